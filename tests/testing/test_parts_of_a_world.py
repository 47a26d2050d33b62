"""What a world is made of: a network that loses and delays but never invents, a disk that fails whole, wrong clocks."""

import random
from collections.abc import Iterator

import pytest

from collar_sync.core.durable import Batch, LoggedChange, Seal
from collar_sync.core.edits import SetFields
from collar_sync.core.events import Closed, Opened, Received, Sent
from collar_sync.errors import StoreError
from collar_sync.ids import DocumentId
from collar_sync.testing import Device, Violation, World, done, found_space
from collar_sync.testing.clock import HOUR_MILLISECONDS, START_MILLISECONDS, Clock
from collar_sync.testing.disk import Disk
from collar_sync.testing.network import NOTICED_MILLISECONDS, Call, Network

DOCUMENT = DocumentId("document_" + "0" * 32)


def connected(seed: int = 1) -> tuple[Network, int]:
    """Alex called Sam, under number 1; Sam's number for it."""
    network = Network(random.Random(seed))  # noqa: S311  # a simulation must be replayable
    told = dict(network.answer(Call("Alex", 1, "Sam", 1), listens=True))
    assert told["Alex"] == Opened(1)
    assert isinstance(told["Sam"], Opened)
    return network, told["Sam"].connection


def together() -> tuple[World, Device, Device]:
    """A world of two who share a space."""
    world = World(1)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ["Alex", "Sam"])
    return world, alex, sam


def arrivals(network: Network, place: str) -> Iterator[bytes | None]:
    """Each frame that arrives at a device; None once it learns that the connection is over."""
    while ends := [end for end in network.waiting() if end.place == place]:
        for told, event in network.deliver(ends[0]):
            if told == place and not isinstance(event, Sent):
                assert isinstance(event, Received | Closed)
                yield event.frame if isinstance(event, Received) else None


def test_frames_of_one_connection_arrive_in_order_and_a_farewell_after_them() -> None:
    network, number = connected()
    network.send("Sam", number, [b"one", b"two"])
    network.send("Sam", number, [b"three"])
    network.disconnect("Sam", number)
    assert list(arrivals(network, "Alex")) == [b"one", b"two", b"three", None]


def test_a_connection_that_breaks_delivers_whole_frames_up_to_some_byte_and_then_its_end() -> None:
    frames = [bytes([place]) * 10 for place in range(10)]
    lengths = set()
    for seed in range(60):
        network, number = connected(seed)
        network.send("Sam", number, frames)
        network.cut(network.connections()[0], 0)
        network.send("Sam", number, [b"too late"])
        *arrived, end = arrivals(network, "Alex")
        assert end is None
        assert arrived == frames[: len(arrived)]
        lengths.add(len(arrived))
        assert list(arrivals(network, "Sam")) == [None]
    assert {0, len(frames)} < lengths


def test_a_half_open_connection_is_noticed_in_its_time() -> None:
    network, number = connected()
    network.cut(network.connections()[0], 0, told=(0,))
    assert list(arrivals(network, "Alex")) == [None]
    network.notice(NOTICED_MILLISECONDS - 1)
    assert list(arrivals(network, "Sam")) == []
    assert network.numbers("Sam") == [number]
    network.notice(NOTICED_MILLISECONDS)
    assert list(arrivals(network, "Sam")) == [None]
    assert network.connections() == []


def test_devices_that_are_parted_cannot_call_each_other_until_they_meet() -> None:
    network, _ = connected()
    network.part("Sam", "Alex", 0)
    assert [type(event) for _, event in network.answer(Call("Alex", 2, "Sam", 1), listens=True)] == [Closed]
    network.notice(NOTICED_MILLISECONDS)
    assert list(arrivals(network, "Alex")) == list(arrivals(network, "Sam")) == [None]
    network.meet("Alex", "Sam")
    assert [type(event) for _, event in network.answer(Call("Alex", 3, "Sam", 1), listens=True)] == [Opened, Opened]


def change(seq: int) -> LoggedChange:
    return LoggedChange(bytes(24), seq, bytes([seq]) * 32, b"raw")


def test_a_full_disk_keeps_nothing_of_a_batch_and_what_it_kept_before() -> None:
    disk = Disk()
    disk.write(Batch(changes=[(DOCUMENT, change(1))], settings={"a": b"1"}))
    disk.full = True
    with pytest.raises(StoreError):
        disk.write(Batch(changes=[(DOCUMENT, change(2))], settings={"a": b"2"}))
    assert disk.load(DOCUMENT).log == (change(1),)
    assert disk.settings == {"a": b"1"}


def test_a_sealed_document_keeps_only_later_changes_in_its_log_and_all_are_known_to_have_been_written() -> None:
    disk = Disk()
    disk.write(Batch(changes=[(DOCUMENT, change(1)), (DOCUMENT, change(2))]))
    disk.write(Batch(seals=[Seal(DOCUMENT, b"chunk", ((bytes(24), 1, change(1).hash),), (), ())]))
    kept = disk.load(DOCUMENT)
    assert (kept.chunk, kept.log) == (b"chunk", (change(2),))
    assert len(disk.written[DOCUMENT]) == 2
    other = disk.copy()
    other.write(Batch(changes=[(DOCUMENT, change(3))]))
    assert disk.load(DOCUMENT).log == (change(2),)


def test_a_disk_that_cannot_be_read_says_so_as_often_as_it_was_told_to() -> None:
    disk = Disk()
    disk.unreadable = 2
    for _ in range(2):
        with pytest.raises(StoreError):
            disk.load(DOCUMENT)
    assert disk.load(DOCUMENT).log == ()


def test_a_wall_clock_jumps_within_bounds_and_a_steady_one_never_does() -> None:
    clock = Clock(HOUR_MILLISECONDS)
    assert clock.now(5).wall == START_MILLISECONDS + HOUR_MILLISECONDS + 5
    clock.jump(-2 * HOUR_MILLISECONDS)
    assert clock.now(5).wall == START_MILLISECONDS - HOUR_MILLISECONDS + 5
    assert clock.now(7).steady - clock.now(5).steady == 2
    clock.restart(10, 1_000)
    assert clock.now(11).steady == 1_001
    clock.jump(100 * HOUR_MILLISECONDS)
    assert clock.now(0).wall < START_MILLISECONDS + 24 * HOUR_MILLISECONDS
    steady = clock.now(0).steady
    clock.lose(-9_000 * HOUR_MILLISECONDS)
    assert clock.now(0).wall < START_MILLISECONDS - 8_000 * HOUR_MILLISECONDS
    assert clock.now(0).steady == steady


def test_what_connects_two_devices_is_cut_and_both_know_before_anything_else_happens() -> None:
    world, alex, sam = together()
    world.cut(alex, sam)
    assert world.network.connections() == []
    assert [list(device.running.links.of_space(device.space.id)) for device in (alex, sam)] == [[], []]
    assert {call.caller for call in world.network.calls} == {"Alex", "Sam"}, "each calls again"
    world.go_on(2_000, each=500)
    assert len(world.network.connections()) == 1


def test_where_announcements_are_swallowed_only_an_address_that_a_person_types_leads_to_a_device() -> None:
    world, alex, sam = together()
    world.network.announces = False
    world.close(alex)
    world.start(alex)  # it listens elsewhere now
    for peer in alex.running.links.peers.values():
        peer.forget()
    world.go_on()
    assert world.network.connections() == []
    world.locate(sam, alex)
    world.go_on()
    assert len(world.network.connections()) == 1


def test_a_device_whose_backup_was_put_back_may_say_that_it_lost_something_and_no_other_may() -> None:
    world, alex, sam = together()
    backup = alex.disk.copy()
    done(world.ledger(alex).write(SetFields("note", "fern", {"line": "newer than the backup"})))
    world.settle()
    world.restore(alex, backup)
    assert "fern" not in world.ledger(alex).records("note")
    world.settle()
    assert "fern" in world.ledger(alex).records("note")
    (notice,) = alex.space.notices
    sam.space.notices.append(notice)
    with pytest.raises(Violation, match="Sam believes that it once lost something, which it did not"):
        world.check(sam)


def test_two_devices_may_run_from_one_store_and_each_has_a_name_of_its_own() -> None:
    world, alex, _ = together()
    copy = world.add("Copy", alex.disk.copy(), seed=alex.seed)
    assert copy.space.keys.device == alex.space.keys.device
    assert copy.name != alex.name
