"""What is held against a world at rest: all that was promised, and what somebody who is missing may cost."""

from itertools import product

import pytest

from collar_sync.core import bringing, events
from collar_sync.core.edits import SetFields
from collar_sync.errors import StoreError
from collar_sync.testing import World, found_space
from collar_sync.testing.couple import let_in
from collar_sync.testing.hostile import Hostile
from collar_sync.testing.invariants import Violation
from collar_sync.testing.run import paired, run

CROSSED = 80  # two connections of the same two cross, and one is told of what the other brings
LEFT_AND_CALLED = 978  # whoever writes calls somebody who left without a word


def test_who_left_without_a_word_breaks_no_promise_to_those_who_stay() -> None:
    run(LEFT_AND_CALLED)


def test_who_wrote_notes_and_left_without_a_word_before_a_split_breaks_no_promise_to_those_who_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only where such a note had arrived it is read, and those who stay hold the same all the same."""
    disks, truth = paired(4)
    world = World(3, truth.copy())
    alex, sam, kim, robin = (world.add(name, disks[name].copy()) for name in ("Alex", "Sam", "Kim", "Robin"))
    world.truth.hostile_names.add(robin.name)
    world.settle()
    for one, other in product(("Alex", "Sam"), ("Kim", "Robin")):
        world.network.part(one, other, world.true)
    edit = SetFields("note", "fern", {"line": "written and left", "by": "Sam"})
    world.answer(sam, lambda number: events.Write(number, sam.space.id, None, (edit,)))
    world.go_on()
    world.answer(sam, lambda number: events.Leave(number, sam.space.id, tell=False))
    hostile = Hostile(world, robin, splitting=True)
    monkeypatch.setattr(hostile, "_document", lambda: robin.space.home("chapter"))
    while not kim.space.evidence.proofs:
        links = {link.peer[1]: link for link in robin.running.links.of_space(robin.space.id) if link.peer is not None}
        hostile.send(links[kim.space.keys.device], hostile.split(links[kim.space.keys.device]))
        world.go_on()
    assert [each.name for each in world.settle()] == ["Alex", "Kim"]
    assert alex.space.library.records("note/")["fern"]["line"] == "written and left"
    assert "fern" not in kim.space.library.records("note/")


def test_connections_that_cross_leave_nobody_waiting_for_what_was_confirmed() -> None:
    run(CROSSED)


def test_that_those_who_stay_do_not_bring_their_own_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "salvage", lambda *_: [])
    found = []
    for seed in (0, 17, 21, 39, 40):  # lives in which a document is split, most of them
        try:
            run(seed, 3, hands="splitting")
        except Violation as violation:
            found.append(str(violation))
    assert any("read them differently" in each for each in found)


def test_who_looks_for_a_code_that_nobody_shows_stops_that_to_be_let_in_by_somebody_else() -> None:
    world = World(1)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ("Alex",))
    sam.asked.append(world.request(sam, lambda number: events.Join(number, "11112222", "Sam", "laptop", None)))
    world.arrive()
    let_in(world, alex, sam, "87654321")
    assert sam.running.spaces


@pytest.mark.parametrize("tell", [True, False], ids=["with a word", "in silence"])
def test_whom_somebody_let_in_who_then_left_is_company_or_where_nobody_was_told_joins_anew(tell: bool) -> None:  # noqa: FBT001  # as pytest passes it
    world = World(1)
    alex, sam, kim, charlie = (world.add(name) for name in ("Alex", "Sam", "Kim", "Charlie"))
    found_space(world, ("Alex", "Sam", "Kim"))
    for one, other in product(("Alex", "Kim"), ("Sam", "Charlie")):
        world.network.part(one, other, world.true)
    let_in(world, sam, charlie, "12345678")
    world.go_on()
    world.answer(sam, lambda number: events.Leave(number, sam.space.id, tell=tell))
    world.go_on()
    assert [each.name for each in world.settle()] == [each.name for each in (alex, kim, charlie)[: 2 + tell]]
    if not tell:
        let_in(world, alex, charlie, "87654321")
        assert len(world.settle()) == 3


def test_a_removal_over_which_a_disk_failed_is_refused_and_made_again_once_that_is_opened() -> None:
    disks, truth = paired(2, own=True)
    world = World(1, truth.copy())
    alex, tablet = (world.add(name, disks[name].copy()) for name in ("Alex", "Sam"))
    removed = tablet.space.keys.device
    alex.disk.unreadable = 1
    with pytest.raises(StoreError):
        world.request(alex, lambda number: events.RemoveDevice(number, alex.space.id, removed))
    world.check(alex)
    world.crash(alex)
    world.start(alex)
    assert removed not in alex.space.membership.removals
    world.answer(alex, lambda number: events.RemoveDevice(number, alex.space.id, removed))
    assert [each.name for each in world.settle()] == ["Alex"]


def test_a_device_whose_disk_failed_over_a_change_tells_nobody_that_it_is_stored() -> None:
    disks, truth = paired(3, own=True)
    world = World(1, truth.copy())
    alex, tablet, _ = (world.add(name, disks[name].copy()) for name in ("Alex", "Sam", "Kim"))
    world.arrive()
    alex.disk.unreadable = 1
    removed = tablet.space.keys.device
    with pytest.raises(StoreError):
        world.request(alex, lambda number: events.RemoveDevice(number, alex.space.id, removed))
    world.cut(alex, world.devices["Kim"])
    world.go_on()  # the world watches for this
