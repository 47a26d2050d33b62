"""What is held against a world at rest: all that was promised, and what somebody who is missing may cost."""

import pytest

from collar_sync.core import bringing, events
from collar_sync.testing import World, found_space
from collar_sync.testing.couple import let_in
from collar_sync.testing.invariants import Violation
from collar_sync.testing.run import run

LEFT_BEFORE_THE_SPLIT = 715  # somebody writes notes and leaves without a word, and then the chapter is split
LEFT_AND_CALLED = 978  # whoever writes calls somebody who left without a word


@pytest.mark.parametrize("seed", [LEFT_BEFORE_THE_SPLIT, LEFT_AND_CALLED])
def test_who_left_without_a_word_breaks_no_promise_to_those_who_stay(seed: int) -> None:
    run(seed)


def test_that_those_who_stay_do_not_bring_their_own_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "salvage", lambda *_: [])
    with pytest.raises(Violation, match="read them differently"):
        run(36, hands="splitting")


def test_who_looks_for_a_code_that_nobody_shows_stops_that_to_be_let_in_by_somebody_else() -> None:
    world = World(1)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ("Alex",))
    sam.asked.append(world.request(sam, lambda number: events.Join(number, "11112222", "Sam", "laptop", None)))
    world.arrive()
    let_in(world, alex, sam, "87654321")
    assert sam.running.spaces
