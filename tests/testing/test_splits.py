"""Who comes late to a document that was split hears all that was said in it, or is told why nobody listens."""

import pytest

from collar_sync.core.cover import device_of
from collar_sync.core.equivocation import LET_IN_BY_SPLITTER
from collar_sync.domain.tasks import Tasks
from collar_sync.testing.couple import let_in
from collar_sync.testing.device import done
from collar_sync.testing.hostile import Hostile
from collar_sync.testing.run import NAMES, NEWCOMER, paired
from collar_sync.testing.world import World


@pytest.fixture(params=["core", "chapter"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    """Alex, and Sam, whose device is in hostile hands, has promised something, and splits what they write in."""
    disks, truth = paired(2)
    world = World(3, truth.copy())
    alex, sam = (world.add(name, disks[name].copy()) for name in NAMES[:2])
    world.truth.hostile_names.add(sam.name)
    world.settle()
    done(Tasks(world.ledger(sam)).promise("the long letter"))
    world.settle()
    assert sam.engine is not None
    hostile = Hostile(world, sam, splitting=True)
    monkeypatch.setattr(hostile, "_document", lambda: sam.space.home(request.param))
    (link,) = sam.engine.links.of_space(sam.space.id)
    while not alex.space.evidence.proofs:
        hostile.send(link, hostile.split(link))
        world.arrive()
    return world


def test_what_was_said_in_a_document_before_it_was_split_is_heard_by_whoever_joins_later(world: World) -> None:
    alex = world.devices[NAMES[0]]
    newcomer = world.add(NEWCOMER)
    let_in(world, alex, newcomer, "12345678")
    world.settle()  # which sees that both read the same
    assert [task.title for task in Tasks(world.ledger(newcomer)).all()] == ["the long letter"]


def test_who_was_let_in_by_a_device_that_nobody_listens_to_is_told_what_to_do(world: World) -> None:
    sam = world.devices[NAMES[1]]
    newcomer = world.add(NEWCOMER)
    let_in(world, sam, newcomer, "12345678")
    world.settle()
    assert LET_IN_BY_SPLITTER in newcomer.space.problems
    world.close(newcomer)
    world.start(newcomer)
    world.wait(1_000)
    assert LET_IN_BY_SPLITTER in newcomer.space.problems


def test_who_split_a_document_brings_nothing_into_the_one_that_takes_over(world: World) -> None:
    """Others bring it. Who took it from that device, before they heard of the split, would part from those who had."""
    space = world.devices[NAMES[1]].space
    world.arrive()
    (document,) = space.evidence.split()
    written_by = {device_of(actor) for actor in space.library.clock(space.library.splits.home(document))}
    assert space.keys.device not in written_by
    alex = world.devices[NAMES[0]]
    assert [task.title for task in Tasks(world.ledger(alex)).all()] == ["the long letter"]
