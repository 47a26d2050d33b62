"""People and devices, between whole devices: leaving, refusing and erasing are one's own, and say nothing."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from random import Random
from typing import Final

import pytest
from hypothesis import strategies as st

from collar_sync.core import events, parting, talk, vault
from collar_sync.core.edits import Scalar
from collar_sync.core.membership import LEAVE, Membership
from collar_sync.core.space import Space
from collar_sync.domain import erasing
from collar_sync.domain.erasing import RECEIPT, Erasing
from collar_sync.domain.export import PRIVATE, Export
from collar_sync.domain.journal import Journal
from collar_sync.domain.limit import Limits
from collar_sync.errors import NotAllowed
from collar_sync.testing.couple import let_in
from collar_sync.testing.device import done
from collar_sync.testing.world import World
from tests.domain.planting import Mutant, both, noticed, over, words
from tests.simulation.talking import HOUR, MINUTE, Person, people
from tests.simulation.test_private import Nouns, private_acts

seeds = st.integers(0, 1 << 16)


def lived(seed: int) -> tuple[World, list[Person], Random]:
    """Three people who have said this and that, not all of which has arrived."""
    world, everyone = people("Alex", "Sam", "Kim", seed=seed)
    chance = Random(seed)  # noqa: S311 - one seed replays it
    for _ in range(chance.randrange(6)):
        person = chance.choice(everyone)
        done(person.pauses.pause() if chance.random() < 0.5 else person.presence.hide())
        for _ in range(chance.randrange(30)):
            world.step()
    world.settle()
    chance.shuffle(everyone)
    return world, everyone, chance


def said(person: Person) -> dict[str, str]:
    """What this person's device heard: by id, who said it and of which kind."""
    return {each.id: f"{each.author} {each.kind}" for each in person.device.space.statements("")}


def connected(one: Person, other: Person) -> bool:
    space, engine = one.device.space, one.device.engine
    assert engine is not None
    peer = engine.links.peers[space.id, other.device.space.keys.device]
    return peer.link is not None and engine.links.get(peer.link) is not None


@over(seeds, st.booleans(), share=1 / 16)
def test_leaving_is_said_where_its_person_chose_so_and_else_nothing_is(seed: int, tell: object) -> None:
    world, (one, other, third), _ = lived(seed)
    before, me = said(other), one.id
    world.answer(one.device, lambda number: events.Leave(number, one.device.space.id, tell=bool(tell)))
    world.go_on(40_000, each=5_000)
    for each in (other, third):
        new = {said(each)[name] for name in said(each).keys() - before.keys()}
        assert new == ({f"{me} {LEAVE}"} if tell else set())
        assert each.device.space.people()[me].left == bool(tell)
        assert not connected(each, one)
    assert connected(other, third)
    assert one.device.space.over
    with pytest.raises(NotAllowed):
        done(one.pauses.pause())


@over(seeds, share=1 / 16)
def test_refusing_a_device_is_said_to_nobody_and_changes_nothing_for_others_and_can_be_taken_back(seed: int) -> None:
    world, (one, other, third), _ = lived(seed)
    refused = other.device.space.keys.device
    before = [said(each) for each in (one, other, third)]
    for refuse in (True, False):
        world.answer(one.device, partial(events.Choose, space=one.device.space.id, device=refused, refuse=refuse))
        world.go_on(40_000, each=5_000)
        assert [said(each) for each in (one, other, third)] == before
        assert connected(other, third)
        assert connected(one, third)
        assert connected(one, other) is not refuse
        assert not other.device.space.over
        assert not other.device.space.people()[one.id].left


@over(seeds, share=1 / 16)
def test_nobody_takes_anybody_elses_device_out(seed: int) -> None:
    world, (one, other, third), _ = lived(seed)
    before = [said(each) for each in (one, other, third)]
    out = partial(events.RemoveDevice, space=one.device.space.id, device=other.device.space.keys.device)
    with pytest.raises(NotAllowed):
        world.answer(one.device, out)
    world.go_on(20_000, each=5_000)
    assert [said(each) for each in (one, other, third)] == before
    assert connected(one, other)


@over(seeds, share=1 / 16)
def test_erasing_here_is_said_to_nobody_and_erases_nothing_elsewhere(seed: int) -> None:
    world, (one, other, third), _ = lived(seed)
    before, me = [said(each) for each in (other, third)], one.id
    world.answer(one.device, partial(_erase, one))
    world.go_on(40_000, each=5_000)
    assert [said(each) for each in (other, third)] == before
    assert not other.device.space.people()[me].left
    assert connected(other, third)
    world.wait(HOUR)
    assert [said(each) for each in (other, third)] == before


def keep_for_oneself(everyone: list[Person], chance: Random, most: int) -> None:
    """All write some of what one may write for nobody else, about a slip-up or not; some of it comes to rest."""
    world, slips = everyone[0].world, Nouns(everyone[0].world.ledger(everyone[0].device)).slips
    slip = done(slips.share(done(slips.write("I did not call.", "promise-missed")).id)).id
    world.settle()
    for person in everyone:
        acts = private_acts(Nouns(world.ledger(person.device)), slip)
        for act in chance.sample(acts, chance.randint(1, most)):
            done(act())
            if chance.random() < 0.2:
                world.wait(2 * MINUTE)  # what is quiet is sealed
                world.arrive()


def own(person: Person) -> dict[str, dict[str, dict[str, Scalar]]]:
    """Every private record on this person's device, as it reads."""
    ledger = person.world.ledger(person.device)
    found = {kind: {name: dict(each) for name, each in ledger.private_records(kind).items()} for kind in PRIVATE}
    return {kind: records for kind, records in found.items() if records}


def opened_again(person: Person, chance: Random) -> None:
    """Its app is closed, or its machine stops; and it is opened once more."""
    (person.world.close if chance.random() < 0.5 else person.world.crash)(person.device)
    person.world.start(person.device)


@over(seeds, share=1 / 16)
def test_erasing_leaves_the_journal_and_all_that_is_ones_own_as_it_was_and_nothing_else(seed: int) -> None:
    world, (one, *others), chance = lived(seed)
    keep_for_oneself([one, *others], chance, 4)
    before, elsewhere = own(one), [own(each) for each in others]
    private = {*one.device.space.library.private}
    assert private < {*one.device.disk.documents()}, "there is more here than that"
    for _ in range(chance.randint(1, 2)):  # to say so again changes nothing
        world.answer(one.device, partial(_erase, one))
        assert own(one) == before
    opened_again(one, chance)
    assert own(one) == before
    assert {*one.device.disk.documents()} == private
    assert not said(one)
    done(Journal(world.ledger(one.device)).write("what I know now"))
    assert own(one) != before, "and it is gone on with"
    world.go_on(20_000, each=5_000)
    assert [own(each) for each in others] == elsewhere


@over(seeds, share=1 / 16)
def test_erasing_takes_a_yes_on_each_device_and_whoever_gives_it_owes_nobody_a_receipt(seed: int) -> None:
    world, everyone, chance = lived(seed)
    keep_for_oneself(everyone, chance, 2)
    done(Erasing(world.ledger(chance.choice(everyone).device)).ask())
    world.settle()
    before, private = [said(each) for each in everyone], [own(each) for each in everyone]
    ready = everyone[: chance.randint(0, 2)]  # others say nothing to it, or not yet
    told = [each.id for each in ready if chance.random() < 0.5]
    for each in ready:
        if each.id in told:
            done(Erasing(world.ledger(each.device)).receipt())
            world.settle()
        world.answer(each.device, partial(_erase, each))
        world.go_on(20_000, each=5_000)
    kept = everyone[len(ready) :]
    assert [said(each) for each in everyone[: len(ready)]] == [{}] * len(ready)
    for each, heard in zip(kept, before[len(ready) :], strict=True):
        assert {name: words for name, words in said(each).items() if not words.endswith(RECEIPT)} == heard
        requests = Erasing(world.ledger(each.device)).all()
        assert [sorted(receipt.person for receipt in request.receipts) for request in requests] == [sorted(told)]
    assert [own(each) for each in everyone] == private


@over(seeds, share=1 / 32)
def test_a_pause_of_somebody_who_lost_every_device_stands_whoever_refuses_those_and_keeps_nobody_here(
    seed: int,
) -> None:
    """Whoever could end it for them could end it against them. What is left to all is to begin again elsewhere."""
    world, (one, other, third), chance = lived(seed)
    for each in (one, other, third):
        with suppress(NotAllowed):
            done(each.pauses.lift())
    mine, person = done(one.pauses.pause()).id, one.id
    world.settle()
    world.crash(one.device)  # and it is never found again
    world.devices.pop(one.device.name)
    lost = one.device.disk
    again = Person(world, world.add("Again"))
    let_in(world, other.device, again.device, "12345679")
    world.go_on(20_000, each=5_000)
    here = [other, third, again]
    (device,) = other.device.space.people()[person].devices
    assert person != again.id
    for each in here:
        refuse = partial(events.Choose, space=each.device.space.id, device=device, refuse=True)
        world.answer(each.device, refuse)
        with pytest.raises(NotAllowed, match="begin a new record"):
            done(each.pauses.lift())
    world.go_on(20_000, each=5_000)
    for each in here:
        assert [pause.id for pause in each.pauses.standing()] == [mine]
    who = chance.choice(here)
    assert Export(world.ledger(who.device), lambda: "Us").json()
    done(Limits(world.ledger(who.device)).set("not that"))
    world.answer(who.device, lambda number: events.Leave(number, who.device.space.id, tell=True))
    assert who.device.space.over
    assert lost.documents(), "a backup of it is the one way back: whoever has that is that person"


def _erase(person: Person, number: int) -> events.Event:
    return events.Erase(number, person.device.space.id)


LEAVING: Final = test_leaving_is_said_where_its_person_chose_so_and_else_nothing_is
REFUSING: Final = test_refusing_a_device_is_said_to_nobody_and_changes_nothing_for_others_and_can_be_taken_back
ERASING: Final = test_erasing_here_is_said_to_nobody_and_erases_nothing_elsewhere
OWN: Final = test_erasing_leaves_the_journal_and_all_that_is_ones_own_as_it_was_and_nothing_else
PAUSED: Final = test_a_pause_of_somebody_who_lost_every_device_stands_whoever_refuses_those_and_keeps_nobody_here
REMOVING: Final = test_nobody_takes_anybody_elses_device_out
YES: Final = test_erasing_takes_a_yes_on_each_device_and_whoever_gives_it_owes_nobody_a_receipt
GONE: Final = "space.membership.left[member.person], space.membership._people = 1, None"
ERASED: Final = "Erasure(gone, tuple(names))"
WITH_OWN: Final = "Erasure(frozenset(own), tuple(names))"
WHERE_ASKED: Final = (
    "any(True for _ in space.statements('erase.ask')) "
    "and self._vault.erase(space, turn, lambda _later: None, private=False)"
)
SAYS_RECEIPT: Final = (
    "self._say(space, [Say('erase.receipt', home='core', "
    "answers=tuple(each.id for each in space.statements('erase.ask')))], 1 << 40, turn)"
)
SAYS: Final = "self._say(space, [Say(LEAVE, home='core')], 1 << 40, turn)"

MUTANTS: Final[Mapping[str, Mutant]] = {
    each.name: each
    for each in (
        Mutant("leaving is always told", words(parting.Parting, "leave", ("if event.tell:", "if True:")), LEAVING),
        Mutant("leaving is never told", words(parting.Parting, "leave", ("if event.tell:", "if False:")), LEAVING),
        Mutant(
            "a refusal is told",
            words(parting.Parting, "choose", ("self._company.meet(", f"{SAYS}; self._company.meet(")),
            REFUSING,
        ),
        Mutant(
            "a refused device stays in company",
            words(parting.Parting, "choose", ("self._vault.choices[space.id, event.device] = event.refuse", "pass")),
            REFUSING,
        ),
        Mutant(
            "to erase is to leave with a word",
            words(parting.Parting, "erase", ("space.ended = Ending.ERASED", f"{SAYS}; space.ended = Ending.ERASED")),
            ERASING,
        ),
        Mutant(
            "to erase takes the journal along",
            words(vault.Vault, "erase", ("gone = frozenset(own) - set(kept)", "gone = frozenset(own)")),
            OWN,
        ),
        Mutant("the journal is there until the app is closed", words(vault.Vault, "erase", (ERASED, WITH_OWN)), OWN),
        Mutant("nobody knows the journal any more", words(vault.Vault, "erase", ("if kept:", "if False:")), OWN),
        Mutant(
            "what was shared stays on the disk",
            words(vault.Vault, "erase", ("Erasure(gone, tuple(names))", "Erasure(frozenset(), tuple(names))")),
            OWN,
        ),
        Mutant(
            "whoever is there removes anybody's device",
            both(
                words(Space, "removal", ("if known is None or known.person != self.me:", "if known is None:")),
                words(Membership, "_parting", ("if device.person != by.person:", "if False:")),
            ),
            REMOVING,
        ),
        Mutant(
            "whoever is refused has left",
            words(
                parting.Parting,
                "choose",
                ("self._company.meet(", f"{GONE}; self._company.meet("),
            ),
            PAUSED,
        ),
        Mutant(
            "to be asked is to erase",
            words(
                talk.Talk,
                "_take",
                ("link.session.received(", f"{WHERE_ASKED}; link.session.received("),
            ),
            YES,
        ),
        Mutant(
            "whoever erases says so",
            words(
                parting.Parting,
                "erase",
                ("space.ended = Ending.ERASED", f"{SAYS_RECEIPT}; space.ended = Ending.ERASED"),
            ),
            YES,
        ),
        Mutant(
            "a receipt is said for everybody",
            words(
                erasing,
                "read",
                ("receipts.setdefault(answer, set()).add(", "receipts.setdefault(answer, set()).update("),
                (
                    "Receipt(said.author, said.device, said.at)",
                    "Receipt(each, said.device, said.at) for each in people",
                ),
            ),
            YES,
        ),
    )
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_violation_is_noticed(name: str) -> None:
    with MUTANTS[name].plant():
        assert noticed(MUTANTS[name].property, examples=80)
