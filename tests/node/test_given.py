"""What an app gives to a noun of a space: of another type than it says, it is refused at once, and nothing is lost."""

import inspect
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, Union, get_origin, get_type_hints

import msgspec
import pytest

from collar_sync import Device, Document, Say, Space
from collar_sync.domain.given import careful
from collar_sync.domain.repair_writing import commitment
from collar_sync.domain.safety import SafetyKind
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.errors import InvalidInput
from collar_sync.ids import PersonId, StatementId


async def alone(folder: Path) -> tuple[Device, Space]:
    device = await Device.open(folder, "a long passphrase", listen=None, discovery=False, cost="interactive")
    return device, await device.create_space("Us", me="Alex")


NAMED: Final = {Literal, Union, Iterable, Sequence, tuple}  # what a type may be made of, and is looked into


def acts(device: Device, space: Space, document: Document[Any]) -> Iterator[tuple[str, Any, inspect.Parameter]]:
    """Every public method of a device, a space, its nouns and an app's document, and each thing that it is given."""
    held = {name: noun for name, noun in vars(space).items() if not name.startswith("_")}
    for noun in ("id", "undo"):  # an app hands nothing to these
        del held[noun]
    for noun, each in {"device": device, "space": space, "document": document, **held}.items():
        for name, method in inspect.getmembers(each, inspect.isroutine):
            if name.startswith("_") or (noun, name) == ("repairs", "may"):
                continue
            hints = get_type_hints(method)
            for parameter in inspect.signature(method).parameters.values():
                hint = hints[parameter.name]
                if isinstance(hint, type | UnionType) or get_origin(hint) in NAMED:
                    yield f"{noun}.{name}", method, parameter


class Note(msgspec.Struct):
    words: str = ""


async def given_wrongly(method: Any, parameter: inspect.Parameter) -> None:
    if parameter.kind is parameter.VAR_POSITIONAL:
        before = [each for each in inspect.signature(method).parameters.values() if each.kind < parameter.kind]
        answer = method(*("text" for _ in before), object())
    else:
        answer = method(**{parameter.name: object()})
    if inspect.isawaitable(answer):
        await answer


async def test_a_thing_of_another_type_is_refused_by_every_act_of_every_noun_in_a_sentence(tmp_path: Path) -> None:
    device, space = await alone(tmp_path / "alex")
    async with device:
        before, met = space.statements(""), set()
        document = await space.document("notes", Note)
        for name, method, parameter in acts(device, space, document):
            sentence = rf"^`{parameter.name}` is to be .+; this is something of the type object\.$"
            with pytest.raises(InvalidInput, match=sentence):
                await given_wrongly(method, parameter)
            met.add((name, parameter.name))
        assert len(met) > 200, "the nouns are looked at, all of them"
        assert space.statements("") == before


async def test_what_is_of_another_type_loses_nothing_that_was_written_before(tmp_path: Path) -> None:
    device, space = await alone(tmp_path / "alex")
    wrong: Any = b"bytes"
    async with device:
        entry = await space.journal.write("I knew it")
        with pytest.raises(InvalidInput, match="`words` is to be text; this is bytes"):
            await space.journal.edit(entry.id, wrong)
        assert [each.text for each in space.journal.all()] == ["I knew it"]
        with pytest.raises(InvalidInput, match="`about` is to be text; this is nothing"):
            await space.safety.write(SafetyKind.COERCION, "he was angry", about=None)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="`mine` is to be yes or no; this is a whole number"):
            await space.slips.write("I was late", SlipKind.RITUAL_MISSED, mine=1)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="`lines` is to be a whole number; this is a number"):
            space.timeline.page(lines=3.5)  # type: ignore[arg-type]
        await space.journal.write("and the store is as well as it was")
        assert len(space.journal.all()) == 2


async def test_what_would_protect_nobody_is_refused_and_not_passed_over_in_silence(tmp_path: Path) -> None:
    device, space = await alone(tmp_path / "alex")
    stranger = PersonId("person_" + "0" * 32)
    slip = StatementId("statement_" + "0" * 64)
    async with device:
        with pytest.raises(InvalidInput, match="nobody here"):
            await space.presence.hide(PersonId("sam"))
        with pytest.raises(InvalidInput, match="nobody here"):
            await space.aside.mute(PersonId(slip))
        with pytest.raises(InvalidInput, match="can be muted instead"):
            await space.aside.hide(stranger)
        with pytest.raises(InvalidInput, match="one of: place, mood, free"):
            space.sharing.hush("moods")  # type: ignore[arg-type]
        for asked in (space.limits.of, space.tracking.of, space.sharing.of, space.progress.may_see):
            with pytest.raises(InvalidInput, match="not in this record"):
                asked(stranger)
        with pytest.raises(InvalidInput, match="Choose a shared slip-up"):
            await space.safety.write(SafetyKind.THREAT, about="hnjr4wdq4ty4zmi4eeyf2gfhja")
        assert space.safety.all() == ()
        await space.safety.write(SafetyKind.THREAT, about=slip)
        assert space.safety.concerns(slip)
        with pytest.raises(InvalidInput, match="too long"):
            await space.scripts.write("Words of mine", ["x" * 301])
        assert [each.title for each in space.scripts.all() if each.edited] == [], "nothing is half written"


async def test_what_is_far_too_much_or_half_a_character_stops_nothing(tmp_path: Path) -> None:
    device, space = await alone(tmp_path / "alex")
    async with device:
        assert space.timeline.page(lines=1 << 80).days == space.timeline.page().days
        with pytest.raises(InvalidInput, match=r"made of msgspec\.Struct"):
            await space.document("notes", dict)  # type: ignore[type-var]
        with pytest.raises(InvalidInput, match="`title` is to be text; this is nothing"):
            commitment(None, space.me)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="half a character"):
            await space.journal.write("\ud800")
        assert space.journal.all() == ()
        for lifetime, answer in (
            (float("nan"), "a whole number"),
            (float("inf"), "a whole number"),
            (10**400, "a day at most. Choose a shorter time"),
            (0, "a moment at least. Choose a longer time"),
            (-5, "a moment at least. Choose a longer time"),
        ):
            with pytest.raises(InvalidInput, match=answer):
                space.air.tell("tune", Note("la"), to=[space.me], lifetime_milliseconds=lifetime)  # type: ignore[arg-type]
        for body in (Note("\ud800"), Note(object())):  # type: ignore[arg-type]
            with pytest.raises(InvalidInput, match="cannot be told"):
                space.air.tell("tune", body, to=[space.me], lifetime_milliseconds=5_000)
        assert device.problems() == []


async def test_nothing_can_be_said_in_private(tmp_path: Path) -> None:
    device, space = await alone(tmp_path / "alex")
    async with device:
        with pytest.raises(InvalidInput, match="`edits` is to be a SetFields or a SetText"):
            await space.write_private(Say("pause"))  # type: ignore[arg-type]
        assert space.statements("pause") == ()


def test_what_fits_goes_through_and_is_not_used_up() -> None:
    @careful
    class Noun:
        def act(self, words: "list[str] | str", *more: int, **others: str) -> list[str]:
            return [*words, *map(str, more), *others]

        def at(self, place: tuple[str, int] | None, seconds: float = 1) -> None:
            """Go there."""

    Noun().at(("here", 1), 2)
    Noun().at(None, 2.5)
    for place in (("here", "1"), ("here",), ["here", 1]):
        with pytest.raises(InvalidInput, match=r"`place` is to be \(text, a whole number\) or nothing"):
            Noun().at(place)  # type: ignore[arg-type]
    assert Noun().act(["a", "b"], 1, 2, c="d") == ["a", "b", "1", "2", "c"]
    assert Noun().act("ab") == ["a", "b"]
    for wrong in (("a", True), ("a", 1.5)):
        with pytest.raises(InvalidInput, match="`more` is to be a whole number"):
            Noun().act(*wrong)
    with pytest.raises(
        InvalidInput, match="`words` is to be a list of text or text; this is something of the type list"
    ):
        Noun().act(["a", None])  # type: ignore[list-item]
    with pytest.raises(InvalidInput, match="`others` is to be text; this is nothing"):
        Noun().act("a", c=None)  # type: ignore[arg-type]
