"""A paired device in hostile hands cannot take more than so much of another's memory, however hard it tries."""

import tracemalloc
from collections.abc import Callable

import pytest

from collar_sync import ids, limits
from collar_sync.core import events, wire
from collar_sync.core.durable import Tip
from collar_sync.core.links import Link, send
from collar_sync.testing.device import Device
from collar_sync.testing.run import NAMES, paired
from collar_sync.testing.world import World
from tests.core.test_slices import dense

MEMORY_BYTES_MAX = 64 << 20


def scene() -> tuple[World, Device, Device, Link]:
    """Alex, Sam and a connection between them, as Sam's device sees it."""
    disks, truth = paired(2)
    world = World(1, truth.copy())
    alex, sam = (world.add(name, disks[name].copy()) for name in NAMES[:2])
    world.truth.hostile_names.add(sam.name)
    world.settle()
    assert sam.engine is not None
    (link,) = sam.engine.links.of_space(sam.space.id)
    return world, alex, sam, link


def large_changes(sam: Device, number: int) -> wire.Message:
    return wire.Changes(sam.space.core, tuple(bytes([number]) * (1 << 20) for _ in range(15)), ())


def endless_holdings(_sam: Device, number: int) -> wire.Message:
    made = (ids.document_id(bytes([number]) * 8 + place.to_bytes(8, "big")) for place in range(limits.DOCUMENTS_MAX))
    return wire.Have(tuple(wire.Holding(each, bytes(32), ()) for each in made), complete=False, durable=True)


def endless_vectors(_sam: Device, number: int) -> wire.Message:
    actors = [bytes([number]) * 16 + place.to_bytes(8, "big") for place in range(limits.ACTORS_MAX)]
    known = tuple(wire.Known(actor, 1, bytes(32)) for actor in actors)
    made = (ids.document_id(bytes([number]) * 8 + place.to_bytes(8, "big")) for place in range(10))
    return wire.Have(tuple(wire.Holding(each, bytes(32), known) for each in made), complete=False, durable=True)


def endless_confirmations(sam: Device, number: int) -> wire.Message:
    actors = (bytes([number]) * 16 + place.to_bytes(8, "big") for place in range(limits.ACTORS_MAX))
    return wire.Stored(sam.space.core, tuple(wire.Known(actor, 1, bytes(32)) for actor in actors))


def snapshots(sam: Device, number: int) -> wire.Message:
    return wire.Snapshot(sam.space.core, b"\x85\x6f\x4a\x83" + bytes([number]) * (15 << 20), ())


def signatures_behind_a_snapshot(sam: Device, number: int) -> wire.Message:
    if number == 0:
        return wire.Snapshot(sam.space.core, b"\x85\x6f\x4a\x83", ())
    actors = (bytes([number]) * 16 + place.to_bytes(8, "big") for place in range(limits.ACTORS_MAX))
    tips = tuple(Tip(actor, 1, actor + actor[:8], actor + actor + actor[:16]) for actor in actors)
    return wire.Changes(sam.space.core, (b"a",), tips)


def very_many_operations(sam: Device, _number: int) -> wire.Message:
    forger, changes = dense(sam.space, 2 * limits.BATCH_OPS_MAX // limits.CHANGE_OPS_MAX)
    return wire.Changes(sam.space.home("chapter"), tuple(each.raw for each in changes), (forger.tip(changes[-1]),))


@pytest.mark.parametrize(
    ("make", "messages"),
    [
        (large_changes, 8),
        (endless_holdings, 8),
        (endless_vectors, 3),
        (endless_confirmations, 8),
        (snapshots, 8),
        (signatures_behind_a_snapshot, 16),
        (very_many_operations, 1),
    ],
)
def test_a_hostile_peer_takes_no_more_than_its_share_of_memory(
    make: Callable[[Device, int], wire.Message], messages: int
) -> None:
    world, alex, sam, link = scene()
    out: list[events.Effect] = []
    send(link, [wire.encode(make(sam, number)) for number in range(messages)], out)
    for effect in out:
        assert isinstance(effect, events.Send)
        world.network.send(sam.name, effect.connection, effect.frames)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for end in [end for end in world.network.waiting() if end.place == alex.name]:
            while end.arriving:
                for name, event in world.network.deliver(end):
                    world.tell(world.devices[name], event)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most - before <= MEMORY_BYTES_MAX


def test_a_peer_that_calls_again_and_again_has_one_snapshot_looked_at_at_a_time() -> None:
    world, alex, sam, _ = scene()
    looked_at: list[events.Examine] = []
    for _ in range(4):
        assert sam.engine is not None
        (link,) = sam.engine.links.of_space(sam.space.id)
        out: list[events.Effect] = []
        send(link, [wire.encode(wire.Snapshot(sam.space.core, b"\x85\x6f\x4a\x83" + bytes(15 << 20), ()))], out)
        for effect in out:
            assert isinstance(effect, events.Send)
            world.network.send(sam.name, effect.connection, effect.frames)
        while world.step():
            looked_at += alex.examining
            alex.examining.clear()
        for connection in world.network.connections():
            world.network.cut(connection, world.true)
        for _ in range(20):
            world.wait(1_000)
            world.arrive()
    assert len(looked_at) == 1
    alex.examining.extend(looked_at)
    world.step()
    assert not alex.examining, "the connection is gone, and what waits on the one that is there has its turn"
