"""What the charts draw is what happens: whatever is lived, a state comes only where the chart has ways to it.

The states are those that the folds read from a part of what was said and from more of it, at a time and later.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

import pytest

from collar_sync.core.statement import Said
from collar_sync.domain import (
    agreements,
    checklist,
    consent,
    consent_book,
    consents,
    focus,
    limit,
    pause,
    task,
    task_fold,
)
from collar_sync.testing.walks import MACHINES, Machine
from tests.domain.lives import broken, over_lives, prepare
from tests.domain.moments import some_time
from tests.domain.plain import Household
from tests.domain.planting import Planting, words

CHART: Final[Mapping[object, Machine[Any]]] = {id(machine.table): machine for machine in MACHINES}
Read = Callable[[list[Said], Household, int], dict[str, str]]


def _pauses(said: list[Said], home: Household, _now: int) -> dict[str, str]:
    found = pause.read(said, home.people)
    standing = {str(each.id): "standing" for each in found.standing}
    others = {str(each.id): "departed" for each in said if each.kind == "pause" and home.people[each.author].left}
    return {**others, **standing, **{str(each): "lifted" for each in found.lifted}}


def _limits(said: list[Said], home: Household, _now: int) -> dict[str, str]:
    standing = {each.id for each in limit.standing(said, home.people)}
    return {each.id: "standing" if each.id in standing else "loosened" for each in said if each.kind == "limit.set"}


def _offers(said: list[Said], home: Household, now: int) -> dict[str, str]:
    views = (*consents.fold(said, home.people).values(), *agreements.fold(said, home.people).values())
    return {each.id: str(each.state(now)) for each in views}


READ: Final[tuple[tuple[Any, Read], ...]] = (
    (pause, _pauses),
    (limit, _limits),
    (consent, _offers),
    (task, lambda said, home, _now: {k: str(v.state) for k, v in task_fold.fold(said, {}, home.people).items()}),
    (checklist, lambda said, home, now: {k: str(v.state(now)) for k, v in checklist.fold(said, home.people).items()}),
    (focus, lambda said, home, now: {k: str(v.state(now)) for k, v in focus.fold(said, home.people).items()}),
)


def ways(machine: Machine[Any]) -> dict[str, set[str]]:
    """Every state, with all that it can come to, itself among them."""
    found: dict[str, set[str]] = {str(rule.state): {str(rule.state)} for rule in machine.table}
    arrows = machine.arrows()
    for _ in found:
        for start, _act, end in arrows:
            found[start] |= found[end]
    return found


WAYS: Final = {module.__name__: ways(CHART[id(module.TABLE)]) for module, _ in READ}


def overbid(home: Household, chance: Random, now: int) -> list[Said]:
    """Somebody, on an altered device, says yes at that time to all that there is, naming every no that they said."""
    liar = chance.choice(home.ledgers)
    home.sync()
    liar.clock = now
    own = [each.id for each in home.everything() if each.author == liar.me and each.kind not in {"task.done", "pause"}]
    offers = [(noun, each.id) for noun in ("consent", "agreement") for each in getattr(liar, f"{noun}s").all()]
    return [
        *(liar.say(f"{noun}.{yes}", name, answers=own[-120:]) for noun, name in offers for yes in ("grant", "resume")),
        *(liar.say("checklist.tick", each.id, {"lines": list(each.lines)}) for each in liar.checklists.all()),
        *(liar.say("focus.join", each.id) for each in liar.sessions.all()),
    ]


@over_lives
def test_a_state_comes_only_where_its_chart_has_ways_to(home: Household, chance: Random) -> None:
    said = sorted(home.everything(), key=lambda each: each.id)
    early, late = sorted((some_time(chance), some_time(chance)))
    share = chance.random()
    some = [each for each in said if chance.random() < share]
    said += overbid(home, chance, late)
    for module, read in READ:
        before, afterwards = read(some, home, early), read(said, home, late)
        for name, state in before.items():
            if name in afterwards:
                assert afterwards[name] in WAYS[module.__name__][state], (module.__name__, state, afterwards[name])


PLANTED: Final[Mapping[str, Planting]] = {
    "a later yes undoes a withdrawal": words(consent_book, "_answer", ('elif kind == "revoke":', "elif False:")),
    "a tick makes a round last longer": words(checklist, "_act", ("entry.until = min(", "entry.until = max(")),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_way_that_no_chart_has_is_noticed(name: str) -> None:
    rule = test_a_state_comes_only_where_its_chart_has_ways_to.rule  # type: ignore[attr-defined]
    prepare()
    with PLANTED[name]():
        assert broken(rule) is not None
