"""A first sync of many years takes as much memory as a few chapters, however far the disk is behind."""

import pytest

from collar_sync import limits
from collar_sync.core.edits import SetFields
from collar_sync.testing.couple import let_in
from collar_sync.testing.device import Device, done
from collar_sync.testing.run import NAMES, NEWCOMER, paired
from collar_sync.testing.world import World

CHAPTERS = 30
ENTRIES = 12
PENDING_BYTES = 3_000  # about one of these chapters
AWAKE_MAX = 11  # core, the two newest, six older ones, one that is being taken in, one that is being written


def years_of(device: Device, world: World) -> None:
    for number in range(CHAPTERS * ENTRIES):
        fields = {"line": f"an evening like any other, number {number}"}
        done(world.ledger(device).write(SetFields("evening", f"{number:04d}", fields)))
        world.arrive()


def on_its_way(device: Device) -> int:
    """Bytes of changes that wait for the disk."""
    return sum(len(change.raw) for store in device.writing for _, change in store.batch.changes)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Alex has years behind them; Sam has not been seen since they paired."""
    monkeypatch.setattr(limits, "CHAPTER_ENTRIES_MAX", ENTRIES)
    monkeypatch.setattr(limits, "BATCH_CHANGES_MAX", 4)
    monkeypatch.setattr(limits, "PENDING_BYTES_MAX", PENDING_BYTES)
    disks, truth = paired(2)
    world = World(7, truth.copy())
    alex = world.add(NAMES[0], disks[NAMES[0]].copy())
    years_of(alex, world)
    world.close(alex)
    world.start(alex)
    return world


@pytest.mark.parametrize("slow", [True, False])
def test_a_newcomer_holds_a_few_chapters_at_a_time_however_slow_its_disk(world: World, *, slow: bool) -> None:
    alex = world.devices[NAMES[0]]
    newcomer = world.add(NEWCOMER)
    let_in(world, alex, newcomer, "12345678")
    newcomer.slow = slow
    pending = awake = 0
    for _ in range(20):
        while world.step():
            pending = max(pending, on_its_way(newcomer))
            awake = max(awake, len(newcomer.space.library.awake))
        world.wait(5_000)
    newcomer.slow = False
    world.settle()  # which sees that all of it came
    library = newcomer.space.library
    assert sum(sum(library.clock(each).values()) for each in library) > CHAPTERS * ENTRIES
    assert pending <= 2 * PENDING_BYTES + 2_000
    assert awake <= AWAKE_MAX


def test_what_was_on_its_way_while_something_was_asked_for_again_is_nobodys_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "PENDING_BYTES_MAX", 0)
    monkeypatch.setattr(limits, "WAITING_BYTES_MAX", 0)
    disks, truth = paired(2)
    world = World(5, truth.copy())
    alex, sam = (world.add(name, disks[name].copy()) for name in NAMES[:2])
    world.settle()

    def edit(line: str) -> None:
        done(world.ledger(alex).write(SetFields("note", "fern", {"line": line})))

    def arrive_at_sam() -> None:
        for end in [end for end in world.network.waiting() if end.place == sam.name]:
            while end.arriving:
                world.effects.deliver(end)

    for line in ("one", "two", "three"):  # the third finds no room at Sam's, whose disk is behind
        edit(line)
    arrive_at_sam()
    while sam.writing:
        world.effects.write(sam)  # and so Sam asks for it again, which Alex does not know yet
    edit("four")
    arrive_at_sam()
    world.settle()
    assert sam.space.problems == alex.space.problems == []
    assert world.ledger(sam).records("note")["fern"] == {"line": "four"}
