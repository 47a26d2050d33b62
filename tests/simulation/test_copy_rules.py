"""Copies of a record that real devices signed: nothing of a signature or a key is in them, in whatever letters."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.domain.export import Export
from collar_sync.domain.tasks import Tasks
from collar_sync.errors import LocalError
from collar_sync.testing.device import done
from collar_sync.testing.world import World
from tests.domain.lives import CLEAR, choose
from tests.domain.planting import Mutant, noticed, over, words
from tests.simulation.talking import MINUTE, Person, people
from tests.simulation.test_private import Nouns, private_acts

seeds = st.integers(0, 1 << 16)
PIECE_BYTES: Final = 15  # of a signature, in whatever letters: no other text holds them by chance


def lived(seed: int) -> tuple[World, list[Person], Random]:
    """Two or three who ask, agree, say no, pause, and write for themselves; some of it is put away."""
    world, everyone = people(*("Alex", "Sam", "Kim")[: 2 + seed % 2], seed=seed)
    chance = Random(seed)  # noqa: S311 - one seed replays it
    for _ in range(chance.randint(4, 12)):
        person, other = chance.sample(everyone, 2)
        with suppress(LocalError):  # refused at the call: life goes on
            done(chance.choice(_acts(person, other, chance))())
        if chance.random() < 0.5:
            world.settle()
    world.settle()
    if chance.random() < 0.5:
        world.wait(2 * MINUTE)
        world.settle()
    return world, everyone, chance


def _acts(person: Person, other: Person, chance: Random) -> tuple[Callable[[], Any], ...]:
    ledger = person.world.ledger(person.device)
    offer = choose(chance, person.consents.all())
    return (
        lambda: Tasks(ledger).ask("Tea", of=other.id, details="with milk"),
        lambda: person.consents.propose("A photo", ["one photo"], access=["us"]),
        lambda: person.agreements.propose("rule", ["phones away"], CLEAR),
        lambda: person.consents.grant(offer),
        lambda: person.consents.revoke(offer),
        person.pauses.pause,
        person.pauses.lift,
        private_acts(Nouns(ledger), "slip")[chance.randrange(3)],
    )


def signed(world: World) -> set[bytes]:
    """Every signature that any device made, over what it wrote or whom it let in, and every key for them."""
    found: set[bytes] = set()
    for device in world.devices.values():
        for document in device.disk.documents():
            found |= {tip.signature for tip in device.disk.load(document).tips}
        for said in device.space.statements(""):
            found |= set(_bytes(said.body))
        for member in device.space.membership.devices.values():
            found |= {member.public.signing, member.public.exchange}
    return {each for each in found if len(each) >= 32}


def _bytes(found: object) -> Iterator[bytes]:
    if isinstance(found, bytes):
        yield found
    for each in found.values() if isinstance(found, Mapping) else found if isinstance(found, list | tuple) else ():
        yield from _bytes(each)


def written(secret: bytes) -> Iterator[str]:
    """Some bytes as a text may hold them, alone or amid others."""
    yield secret.hex()
    for skip in range(3):
        yield base64.b64encode(secret[skip : PIECE_BYTES - 3 + skip]).decode()
    yield base64.b32encode(secret[: PIECE_BYTES // 5 * 5]).decode()
    yield ",".join(map(str, secret))


def amid(text: str, secrets: Iterable[bytes]) -> list[str]:
    """Which pieces of secrets stand in a text, in any of these letters, great or small, with or without blanks."""
    plain = re.sub(r"[\s\\:]", "", text).replace("-", "+").replace("_", "/").lower()
    pieces = [
        each[at : at + PIECE_BYTES] for each in secrets for at in range(0, len(each) - PIECE_BYTES + 1, PIECE_BYTES)
    ]
    return [letters for piece in pieces for letters in written(piece) if letters.lower() in plain]


@given(st.binary(min_size=64, max_size=64), st.binary(max_size=4))
def test_the_search_finds_a_signature_in_whatever_letters_it_stands(secret: bytes, before: bytes) -> None:
    whole = before + secret
    for text in (
        whole.hex(" "),
        whole.hex(":").upper(),
        base64.b64encode(whole).decode(),
        base64.urlsafe_b64encode(whole).decode(),
        base64.encodebytes(whole).decode(),
        base64.b32encode(secret).decode(),
        json.dumps([*whole], indent=1),
    ):
        assert amid(f"some words {text} and more", [secret])
    assert not amid(json.dumps([*bytes(64)]), [bytes(range(64))])


@over(seeds, share=1 / 16)
def test_a_copy_holds_no_byte_of_any_signature_or_key_that_was_ever_made(seed: int) -> None:
    world, everyone, _ = lived(seed)
    secrets = signed(world)
    assert len({each for each in secrets if len(each) == 64}) >= len(everyone)
    for person in everyone:
        copy = Export(world.ledger(person.device), lambda: "Us")
        for text in (copy.json(), copy.json(journal=True), copy.markdown(), copy.markdown(journal=True)):
            assert amid(text, secrets) == []


COPY: Final = test_a_copy_holds_no_byte_of_any_signature_or_key_that_was_ever_made
TIPS: Final = (
    "''.join(each.signature.hex() for document in ledger._device.disk.documents() "
    "for each in ledger._device.disk.load(document).tips)"
)
PROOFS: Final = (
    "''.join(each.hex() for said in ledger.statements('') for each in said.body.values() if isinstance(each, bytes))"
)

MUTANTS: Final = (
    Mutant(
        "what devices signed as they were let in is in a copy",
        words(
            Export,
            "_copy",
            (
                "space=self._name()",
                f"space=self._name() + {PROOFS}",
            ),
        ),
        COPY,
    ),
    Mutant(
        "a copy says by whose key it can be verified",
        words(
            Export,
            "_copy",
            (
                "space=self._name()",
                "space=self._name() + ledger._device.space.membership.devices[ledger.device].public.signing.hex()",
            ),
        ),
        COPY,
    ),
    Mutant(
        "a copy is signed by whoever makes it",
        words(
            Export,
            "_copy",
            (
                "space=self._name()",
                f"space=self._name() + {TIPS}",
            ),
        ),
        COPY,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    with mutant.plant():
        assert noticed(mutant.property, examples=40)
