"""A paired device that reads nothing, or little, costs the other no memory, and misses nothing in the end."""

import asyncio
import contextlib
import os
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import pytest

from collar_sync import Device, Space, ids, limits
from collar_sync.core import events, wire
from collar_sync.core.answered import hour
from collar_sync.core.channel import Channel
from collar_sync.core.edits import SetFields
from collar_sync.core.links import Link
from collar_sync.shells import clock, transport
from tests.node.people import pair
from tests.node.test_device import open_device, two_devices, until

PIECE_BYTES = 500_000
ALONE = 12  # pieces, to learn what a piece costs that is sent to nobody
MORE_BYTES_MAX = 8 << 20  # what waits on two connections, sealed and not
REQUESTS = 90
ASKED_BYTES_MAX = 3 << 20  # while the answers to them would be more than five


async def written(space: Space, name: str, pieces: int) -> int:
    """So many pieces into an app's own documents, a change each; by how much memory grew."""
    before, _ = tracemalloc.get_traced_memory()
    for number in range(pieces):
        document = space._state.document(f"{name} {number // 10}")
        await space._write(document, (SetFields("piece", f"{number % 10}", {"bytes": os.urandom(PIECE_BYTES)}),))
    return tracemalloc.get_traced_memory()[0] - before


async def mute(alex: Device, ours: Space, theirs: Space, asks: Iterable[wire.Message] = ()) -> None:
    """Sam's device as altered software: proves its key, says that it has nothing, and reads nothing of what comes.

    What it `asks` then goes out as fast as it is taken.
    """
    connection = await transport.dial("127.0.0.1", alex.port)
    channel = Channel.initiator(
        keys=theirs._state.keys,
        peer=ours._state.keys.public,
        space=ours.id,
        instance=hour(clock.now()),
        ephemeral=os.urandom(32),
    )
    await connection.send([channel.start()])
    proof = channel.receive(await anext(connection)).send
    said = (wire.Hello(limits.WIRE_VERSION_OLDEST, limits.WIRE_VERSION), wire.Have((), complete=True, durable=True))
    await connection.send([*proof, *(frame for each in said for frame in channel.seal(wire.encode(each)))])
    connection._socket.transport.pause_reading()
    try:
        for ask in asks:
            await connection.send(channel.seal(wire.encode(ask)))
        await connection._socket.wait_closed()
    finally:
        connection.abort("")


@pytest.mark.parametrize("pieces", [36, pytest.param(200, marks=pytest.mark.slow)], ids=["18 MB", "100 MB"])
async def test_a_peer_that_reads_nothing_of_what_is_written_costs_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, pieces: int
) -> None:
    monkeypatch.setitem(transport._SETTINGS, "ping_timeout", None)  # or it would be thrown out for answering nothing
    tracemalloc.start()
    request.addfinalizer(tracemalloc.stop)
    async with await open_device(tmp_path / "alex") as alex:
        sam = await open_device(tmp_path / "sam")
        ours = await alex.create_space("Us", me="Alex")
        theirs, _ = await pair(alex, ours, sam)
        await sam.close()
        alone = await written(ours, "alone", ALONE)
        listening = asyncio.create_task(mute(alex, ours, theirs))
        await until(alex, lambda: ours.sync_status()[0].connected)
        together = await written(ours, "together", pieces)
        assert not listening.done()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        assert together - alone * pieces / ALONE < MORE_BYTES_MAX
        assert ours.sync_status()[0].waiting_out >= pieces


def requests(space: Space, made_up: int) -> Iterator[wire.Have]:
    """What makes a device send much, without end: everything once more, what it has itself, what nobody has."""
    documents = tuple(space._state.library.shared())
    nothing = tuple(wire.Holding(document, bytes(32), ()) for document in documents)
    unclear = tuple(wire.Holding(document, bytes(32), None) for document in documents)
    unheard_of = tuple(wire.Holding(ids.document_id(each.to_bytes(16)), bytes(32), None) for each in range(made_up))
    while True:
        yield wire.Have(nothing, complete=True, durable=False, again=True)
        yield wire.Have(unclear, complete=False, durable=False)
        yield wire.Have(unheard_of, complete=False, durable=False)


@contextlib.asynccontextmanager
async def asked_without_end(folder: Path, made_up: int) -> AsyncIterator[tuple[Device, Space, Link]]:
    """Alex's device with some megabytes, Sam's as altered software that asks, and reads nothing; the link between."""
    async with await open_device(folder / "alex") as alex:
        sam = await open_device(folder / "sam")
        ours = await alex.create_space("Us", me="Alex")
        theirs, _ = await pair(alex, ours, sam)
        await sam.close()
        await written(ours, "alone", ALONE)
        listening = asyncio.create_task(mute(alex, ours, theirs, requests(ours, made_up)))
        await until(alex, lambda: any(link.behind for link in alex._engine.links.of_space(ours.id)))
        (link,) = alex._engine.links.of_space(ours.id)
        yield alex, ours, link
        assert not listening.done()
        assert [*alex._engine.links.of_space(ours.id)] == [link]
        assert ours.problems() == ()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_a_peer_that_asks_without_end_and_reads_nothing_costs_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setitem(transport._SETTINGS, "ping_timeout", None)  # or it would be thrown out for answering nothing
    monkeypatch.setattr(limits, "UNREAD_WAITS", 0)  # as much as it can ask
    async with asked_without_end(tmp_path, 1_500) as (alex, _, link):
        assert link.channel is not None
        assert link.channel._receiving is not None
        tracemalloc.start()
        request.addfinalizer(tracemalloc.stop)
        taken, most = link.channel._receiving.nonce, 0
        while link.channel._receiving.nonce < taken + REQUESTS:
            assert link.id in alex._runner._connections
            await asyncio.sleep(0.05)
            most = max(most, tracemalloc.get_traced_memory()[0])
        assert most < ASKED_BYTES_MAX


@pytest.mark.alone
async def test_a_peer_that_asks_without_end_and_reads_nothing_leaves_time_for_everybody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(transport._SETTINGS, "ping_timeout", None)
    async with asked_without_end(tmp_path, 300) as (alex, ours, link):
        handle, loop, spent, frames = alex._runner.handle, asyncio.get_running_loop(), 0.0, 0

        def timed(event: events.Event) -> None:
            nonlocal spent, frames
            begun = loop.time()
            handle(event)
            if isinstance(event, events.Received) and event.connection == link.id:
                spent, frames = spent + loop.time() - begun, frames + 1

        monkeypatch.setattr(alex._runner, "handle", timed)
        begun = loop.time()
        while frames < 30:
            await ours.tasks.promise("written meanwhile")
            await asyncio.sleep(0.02)
        assert spent / (loop.time() - begun) < 0.5


async def test_who_fell_behind_gets_everything_once_it_reads_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, _):
        monkeypatch.setattr(limits, "OUTBOX_BYTES_MAX", 20_000)
        monkeypatch.setattr(limits, "SENT_BYTES_TOLD", 1_000)
        await until(alex, lambda: ours.sync_status()[0].in_step)
        go_on = asyncio.Event()
        (link,) = alex._engine.links.of_space(ours.id)
        (outbox,) = (each for number, each in alex._runner._outboxes.items() if number == link.id)
        take = outbox.get

        async def slowly() -> list[bytes] | str:
            await go_on.wait()
            return await take()

        monkeypatch.setattr(outbox, "get", slowly)
        for number in range(120):
            await ours.tasks.promise(f"a small promise {number}")
        assert link.lagging
        assert link.unsent < 3 * limits.OUTBOX_BYTES_MAX
        assert len(theirs.tasks.all()) < 120
        go_on.set()
        await until(sam, lambda: len(theirs.tasks.all()) == 120)
        await until(alex, lambda: ours.sync_status()[0].in_step)
        assert ours.problems() == theirs.problems() == ()
