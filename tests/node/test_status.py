"""What a device says of others: stored, waiting, and why not connected, each cause made to happen on real sockets."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st

from collar_sync import Device, Space
from collar_sync.core import beacon
from collar_sync.core.reach import SENTENCES, Cause
from collar_sync.node import status
from collar_sync.node.status import DeviceStatus
from collar_sync.shells import clock, transport
from collar_sync.shells.surroundings import local_addresses
from collar_sync.testing.mutants import replaced
from tests.domain.planting import noticed, over
from tests.node.test_device import two_devices, until

DAY = 86_400_000
HERE = (local_addresses() or ["127.0.0.1"])[
    0
]  # what is announced elsewhere than on a network of this one is not called


@contextlib.asynccontextmanager
async def alone(tmp_path: Path) -> AsyncIterator[tuple[Device, Space]]:
    """Alex's device, opened again; Sam's is closed."""
    async with two_devices(tmp_path) as (alex, _, ours, _, _partner):
        await until(alex, lambda: ours.sync_status()[0].in_step)
    async with await Device.open(tmp_path / "alex", "a passphrase", listen=None, discovery=False) as alex:
        yield alex, alex.spaces[0]


def only(space: Space) -> DeviceStatus:
    (status,) = space.sync_status()
    return status


def announce(alex: Device, ours: Space, port: int) -> None:
    """What the network brings when Sam's device announces itself, at this port of this machine."""
    (peer,) = alex._engine.links.peers.values()
    instance = b"sams instance 01"
    tags = beacon.tags_for([peer.secret], clock.now() // DAY, instance, bytes(beacon.FILL_BYTES))
    alex._found(instance, tags, [(HERE, port)])


async def says(alex: Device, ours: Space, cause: Cause) -> None:
    try:
        await until(alex, lambda: only(ours).why == SENTENCES[cause])
    except TimeoutError:
        pytest.fail(f"it says: {only(ours).why}")


async def test_nobody_and_others_are_told_apart(tmp_path: Path) -> None:
    async with alone(tmp_path) as (alex, ours):
        await says(alex, ours, Cause.NOBODY)
        assert "type the other laptop's address" in (only(ours).why or "")
        alex._found(b"somebody else 01", (bytes(8),) * 16, [("127.0.0.1", 9)])
        await says(alex, ours, Cause.UNHEARD)


async def test_a_device_that_is_heard_and_turns_calls_away_has_a_firewall_or_a_closed_app(tmp_path: Path) -> None:
    async with alone(tmp_path) as (alex, ours):
        with socket.socket() as nobody:
            nobody.bind((HERE, 0))
            announce(alex, ours, nobody.getsockname()[1])
            await says(alex, ours, Cause.TURNED_AWAY)


async def test_a_device_that_is_heard_and_never_answers_is_kept_apart_by_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with alone(tmp_path) as (alex, ours):
        monkeypatch.setattr(transport, "_OPEN_SECONDS", 0.3)
        with socket.create_server((HERE, 0)) as silent:  # takes connections, and says nothing
            announce(alex, ours, silent.getsockname()[1])
            await says(alex, ours, Cause.APART)
        assert "this network does not let devices see each other" in (only(ours).why or "")


async def test_something_else_at_its_address_is_said(tmp_path: Path) -> None:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with alone(tmp_path) as (alex, ours), await asyncio.start_server(answer, HERE, 0) as server:
        announce(alex, ours, server.sockets[0].getsockname()[1])
        await says(alex, ours, Cause.STRANGE)


async def test_a_device_that_does_not_know_this_one_is_said_to_answer_and_not_accept_it(tmp_path: Path) -> None:
    opening = Device.open(tmp_path / "stranger", "a passphrase", listen=(HERE, 0), discovery=False, cost="interactive")
    async with alone(tmp_path) as (alex, ours), await opening as stranger:
        await stranger.create_space("Theirs", me="Kim")
        announce(alex, ours, stranger.port)
        await says(alex, ours, Cause.UNKNOWN_THERE)


async def test_what_was_announced_on_a_network_that_is_not_here_any_more_is_not_called_and_a_typed_address_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: set[str] = set()
    dial = transport.dial

    async def watched(host: str, port: int) -> transport.Connection:
        called.add(host)
        return await dial(host, port)

    monkeypatch.setattr(transport, "dial", watched)
    async with alone(tmp_path) as (alex, _):
        (peer,) = alex._engine.links.peers.values()
        instance = b"sams instance 02"
        tags = beacon.tags_for([peer.secret], clock.now() // DAY, instance, bytes(beacon.FILL_BYTES))
        alex._found(instance, tags, [(host, 9) for host in ("203.0.113.5", "2001:db8::5", HERE)])
        alex.connect("127.0.0.7", 9)
        await until(alex, lambda: {HERE, "127.0.0.7"} <= called)
        await asyncio.sleep(0.5)
        assert called <= {HERE, "127.0.0.7", "127.0.0.1"}  # the last is where they paired


async def test_what_the_other_side_said_as_it_closed_comes_first(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, _, _partner):
        await until(alex, lambda: only(ours).in_step)
        assert only(ours).why is None
        await sam.close()
        await until(alex, lambda: only(ours).why == "It was closed.")
        await asyncio.sleep(0.5)  # calls that nobody answers change nothing about that
        assert only(ours).why == "It was closed."


async def test_a_status_tells_the_day_and_never_the_minute_or_the_network(tmp_path: Path) -> None:
    async with alone(tmp_path) as (alex, ours):
        status = only(ours)
        assert type(status.last_reached) is date
        alex.connect("127.0.0.1", 9)
        await asyncio.sleep(0.5)
        assert "127.0.0.1" not in repr(only(ours))
        assert not any(isinstance(value, int) and value > DAY for value in _values(only(ours)))


def _values(status: DeviceStatus) -> list[object]:
    return [getattr(status, name) for name in status.__struct_fields__]


async def test_what_is_stored_there_is_told_by_document_and_what_waits_in_each_direction(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, _, _partner):
        await until(alex, lambda: only(ours).in_step)
        assert all(each.here == each.there > 0 for each in only(ours).stored)
        before = {each.document: each.here for each in only(ours).stored}
        await sam.close()
        await until(alex, lambda: not only(ours).connected)
        assert only(ours).waiting_in is None  # nobody is there to say
        await ours.tasks.promise("one")
        await ours.pauses.pause()
        after = {each.document: (each.here, each.there) for each in only(ours).stored}
        waiting = {document: here - there for document, (here, there) in after.items() if here != there}
        assert sorted(waiting.values()) == [1, 1]
        assert only(ours).waiting_out == 2
        assert all(after[document][1] == before.get(document, 0) for document in after)


@over(
    st.integers(0, 4_000_000_000_000), st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/Lima"])
)
def test_of_when_another_was_there_last_the_day_is_told_and_no_minute(moment: int, zone: str) -> None:
    told = status._day(moment, zone)
    assert type(told) is date
    assert told == datetime.fromtimestamp(moment / 1000, ZoneInfo(zone)).date()


def test_a_minute_that_is_told_is_noticed() -> None:
    with replaced(status, "_day", lambda moment, _zone: datetime.fromtimestamp(moment / 1000, UTC)):
        assert noticed(test_of_when_another_was_there_last_the_day_is_told_and_no_minute)
    with replaced(status, "_day", lambda moment, _zone: datetime.fromtimestamp(moment / 1000, UTC).date()):
        assert noticed(test_of_when_another_was_there_last_the_day_is_told_and_no_minute)
