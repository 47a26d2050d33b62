"""Whoever asks a view about a person may give the person or their id: every method of every view, found by walking."""

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from collar_sync import domain
from collar_sync.core.people import Person
from collar_sync.domain import presence, progress
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.domain.task import Task
from collar_sync.ids import PersonId
from tests.domain.plain import Household, PlainLedger

Question = Callable[..., Any]


def modules() -> Iterator[Any]:
    for found in pkgutil.iter_modules(domain.__path__):
        yield importlib.import_module(f"{domain.__name__}.{found.name}")


def people_of(question: Question) -> tuple[str, ...]:
    """The names of what it takes that is one person."""
    hints = typing.get_type_hints(question).items()
    return tuple(name for name, hint in hints if name != "return" and PersonId in {hint, *of_union(hint)})


def of_union(hint: object) -> tuple[object, ...]:
    """What it may be one of."""
    return typing.get_args(hint) if typing.get_origin(hint) in {typing.Union, types.UnionType} else ()


def asked_of(view: type) -> dict[str, Question]:
    """The public questions of a view about a person."""
    found = {name: each for name, each in vars(view).items() if inspect.isfunction(each) and name[0] != "_"}
    return {name: each for name, each in found.items() if people_of(each)}


VIEWS = {
    each.__qualname__: each
    for module in modules()
    for each in vars(module).values()
    if inspect.isclass(each) and issubclass(each, msgspec.Struct) and each.__module__ == module.__name__
    if asked_of(each)
}


@pytest.mark.parametrize("view", VIEWS)
def test_every_question_about_a_person_takes_a_person_or_their_id(view: str) -> None:
    for name, question in asked_of(VIEWS[view]).items():
        hints = typing.get_type_hints(question)
        for each in people_of(question):
            assert {Person, PersonId} <= {*of_union(hints[each])}, f"{view}.{name} takes only the id"


async def test_the_answer_is_the_same_for_a_person_and_for_their_id(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    """One of each view while it says something else of Alex than of Sam; a Person was taken for a stranger before."""
    slip = await alex.slips.share((await alex.slips.write("You waited", SlipKind.OTHER)).id)
    await alex.repairs.begin(slip.id)
    await alex.repairs.step_out(slip.id)
    consent = await alex.consents.propose("p", ["x"])
    begun = await alex.checklists.begin("scene", ["x"])
    await alex.checklists.tick(begun.id, "x")
    asked = await alex.tasks.ask("t", of=sam.me)
    alex.say("presence.show", sam.me, {"until": alex.now() + 1})
    await alex.pauses.pause()
    home.sync()
    seen = (
        sam.repairs.get(slip.id),
        sam.consents.get(consent.id),
        sam.checklists.get(begun.id),
        sam.tasks.get(asked.id),
        presence.read(home.everything(), home.people),
    )
    assert {type(each).__name__ for each in seen} == {*VIEWS}
    for view in seen:
        told_apart = False
        for name, question in asked_of(type(view)).items():
            for one, two in ((alex.owner, sam.owner), (sam.owner, alex.owner)):
                also = {"now": sam.now(), "aside": ()}
                given = {name: also[name] for name in also if name in inspect.signature(question).parameters}
                people = [one, two][: len(people_of(question))]
                of_ids = question(view, *(each.id for each in people), **given)
                told_apart |= of_ids != question(view, *[two, one][: len(people)], **given)
                assert question(view, *people, **given) == of_ids, f"{type(view).__name__}.{name}"
        assert told_apart, f"{type(view).__name__} says the same of both, so this shows nothing"


async def test_progress_is_drawn_for_a_person_or_their_id(alex: PlainLedger) -> None:
    made: Task = await alex.tasks.promise("t", due="2026-05-01T09:00")
    assert made.for_person == alex.me
    for viewer in (alex.owner, alex.me):
        assert progress.may_see((), viewer, alex.owner, alex.now())
