"""A world at rest counts what a change costs: messages among those in step, and calls to who is missing."""

import pytest

from collar_sync.core import events
from collar_sync.core.retry import Retry
from collar_sync.core.talk import Talk
from collar_sync.testing import World, found_space
from collar_sync.testing.invariants import Violation
from collar_sync.testing.mutants import rewritten

CHANGES = 6


@pytest.fixture
def world() -> World:
    """Alex and Sam in step; Kim, who left without a word, listens on, and answers nobody. Then some seconds pass."""
    world = World(3)
    names = ("Alex", "Sam", "Kim")
    for name in names:
        world.add(name)
    found_space(world, names)
    kim = world.devices["Kim"]
    world.answer(kim, lambda number: events.Leave(number, kim.space.id, tell=False))
    world.settle()
    world.true += 5_000
    return world


def test_whoever_is_missing_is_called_once_by_each_however_much_is_written(world: World) -> None:
    before = world.counts["connections"]
    world.calm(CHANGES)
    assert world.counts["connections"] - before == 2


def test_that_who_is_missing_is_called_for_each_change_is_noticed(world: World) -> None:
    least = "min(self._next, self._last + limits.RECONNECT_MILLISECONDS_MIN)"
    with rewritten(Retry, "soon", (least, "0")), pytest.raises(Violation, match="calls of 2 devices to 1"):
        world.calm(CHANGES)


def test_that_what_is_stored_is_said_twice_is_noticed(world: World) -> None:
    told = "[confirmation], turn.out"
    with rewritten(Talk, "stored", (told, f"[confirmation, {told[1:]}")), pytest.raises(Violation, match="messages"):
        world.calm(CHANGES)


def test_whoever_is_missing_is_called_where_it_was_heard_and_where_a_person_said_it_is(world: World) -> None:
    for name in ("Alex", "Sam"):
        world.locate(world.devices[name], world.devices["Kim"])
    world.arrive()
    world.true += 5_000
    before = world.counts["connections"]
    world.calm(CHANGES)
    assert world.counts["connections"] - before == 4
