"""Strangers at a running device: whatever they send, they get silence and keep nobody out."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from collar_sync import Device, Space, ids, limits
from collar_sync.core.answered import HOUR_MILLISECONDS, hour
from collar_sync.core.channel import Channel
from collar_sync.core.identity import Keys
from collar_sync.core.pairing_frames import Reason, Step, frame_of, refusal
from collar_sync.core.reach import SENTENCES, Cause
from collar_sync.ids import SpaceId
from collar_sync.shells import clock, transport
from tests.node.people import pair
from tests.node.test_device import UNTIL_SECONDS_MAX, open_device, until

SILENT_SECONDS_MAX: Final = 30  # nobody is borne so long who dawdles, however busy the machine
UPGRADE: Final = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Scene(NamedTuple):
    """Alex and Sam are paired and connected; strangers come to Alex."""

    alex: Device
    sam: Device
    ours: Space
    theirs: Space

    async def goes_on(self) -> None:
        """The two still reach each other, and Alex was told of nothing."""
        task = await self.theirs.tasks.promise("still here")
        await until(self.alex, lambda: any(each.id == task.id for each in self.ours.tasks.all()))
        assert self.alex.problems() == []
        assert self.ours.problems() == ()
        assert len(self.ours.people()) == 2


@contextlib.asynccontextmanager
async def scene(folder: Path, relay: "Relay | None" = None) -> AsyncIterator[Scene]:
    async with await open_device(folder / "alex") as alex, await open_device(folder / "sam") as sam:
        ours = await alex.create_space("Us", me="Alex")
        theirs, _ = await pair(alex, ours, sam)
        each = Scene(alex, sam, ours, theirs)
        if relay is not None:
            async with relay.running(alex.port):
                sam._runner.engine.links.located = ()
                for peer in sam._engine.links.peers.values():
                    peer.addresses = ()
                for connection in list(sam._runner._connections.values()):
                    connection.abort("")
                sam.connect("127.0.0.1", relay.port)
                await until_true(lambda: relay.frames() > 6 and theirs.sync_status()[0].in_step)
                yield each
        else:
            await until(alex, lambda: ours.sync_status()[0].in_step)
            yield each


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """Deadlines a tenth as long, so that a test can wait for them; not for those who are to connect meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "HANDSHAKE_MILLISECONDS_MAX", 500)
        patch.setattr(limits, "GREETING_MILLISECONDS_MAX", 1_000)
        patch.setattr(transport, "_OPEN_SECONDS", 0.5)
        yield


def at(device: Device) -> connect:
    return connect(f"ws://127.0.0.1:{device.port}/", compression=None, proxy=None, ping_interval=None)


async def heard(stranger: ClientConnection) -> list[bytes | str]:
    """Everything that comes until the connection ends."""
    frames: list[bytes | str] = []
    async with asyncio.timeout(SILENT_SECONDS_MAX):
        with contextlib.suppress(ConnectionClosed):
            while True:
                frames.append(await stranger.recv())
    return frames


async def said(device: Device, *frames: bytes | str) -> list[bytes | str]:
    """What a stranger hears who says this and then waits."""
    async with at(device) as stranger:
        for frame in frames:
            with contextlib.suppress(ConnectionClosed):
                await stranger.send(frame)
        return await heard(stranger)


def calls(each: Scene, **changed: object) -> Channel:
    """A call as Sam's device makes it, but for what is changed."""
    sam, alex = each.theirs._state, each.ours._state
    made: dict[str, object] = {
        "keys": sam.keys,
        "peer": alex.keys.public,
        "space": sam.id,
        "instance": hour(clock.now()),
        "ephemeral": os.urandom(32),
        **changed,
    }
    return Channel.initiator(**made)  # type: ignore[arg-type]


STRANGER: Final = Keys.derive(os.urandom(32), os.urandom(16))
SAYS: dict[str, Callable[[Scene], list[bytes | str]]] = {
    "nothing": lambda _: [],
    "an empty frame": lambda _: [b""],
    "text": lambda _: ["hello"],
    "garbage": lambda _: [os.urandom(300)],
    "a call that is none": lambda _: [b"\x01" + os.urandom(271)],
    "a call without its padding": lambda each: [calls(each).start()[:49]],
    "a call that is too long": lambda each: [calls(each).start() + b"!"],
    "another version of the channel": lambda each: [b"\x03" + calls(each).start()[1:]],
    "no kind at all": lambda each: [calls(each).start()[1:]],
    "a key that nobody knows": lambda each: [calls(each, keys=STRANGER).start()],
    "a call for somebody else": lambda each: [calls(each, peer=STRANGER.public).start()],
    "another space": lambda each: [calls(each, space=SpaceId(ids.space_id(bytes(16)))).start()],
    "an hour that is over": lambda each: [
        calls(each, instance=hour(clock.now() - 3 * HOUR_MILLISECONDS)).start(),
    ],
    "an instance that was never announced": lambda each: [calls(each, instance=bytes(16)).start()],
    "a pairing without a code shown": lambda _: [frame_of(Step.HELLO, b"\x01" + bytes(65))],
    "the second step first": lambda _: [frame_of(Step.PROVE, bytes(80))],
    "a refusal of nothing": lambda _: [refusal(Reason.WRONG_CODE)],
    "a pairing frame of another size": lambda _: [b"\x02\x01\x01" + bytes(65)],
    "the largest frame": lambda _: [bytes(transport.FRAME_BYTES_MAX)],
    "a frame too large": lambda _: [bytes(transport.FRAME_BYTES_MAX + 1)],
    "a thousand frames": lambda _: [os.urandom(60)] * 1_000,
}


async def test_whatever_a_stranger_says_it_hears_nothing_and_the_two_go_on(tmp_path: Path) -> None:
    async with scene(tmp_path) as each:
        with impatient():
            ends = await asyncio.gather(*(said(each.alex, *make(each)) for make in SAYS.values()))
        assert dict(zip(SAYS, ends, strict=True)) == {name: [] for name in SAYS}
        await each.goes_on()


async def test_a_half_open_handshake_gets_one_answer_and_is_dropped_in_time(tmp_path: Path) -> None:
    async with scene(tmp_path) as each:
        async with at(each.alex) as stranger:
            with impatient():  # by now: on a machine that is busy even this connection may take longer than that
                await stranger.send(calls(each).start())
                (answer,) = await heard(stranger)
        assert len(answer) == 272, "as large for everybody"
        await until_true(lambda: len(each.alex._engine.links.all()) == 1)
        await each.goes_on()


async def test_a_device_that_proves_its_key_and_then_says_nothing_is_dropped_in_time(tmp_path: Path) -> None:
    async with scene(tmp_path) as each:
        await each.sam.close()
        await until(each.alex, lambda: not each.ours.sync_status()[0].connected)
        channel = calls(each)
        async with at(each.alex) as silent:
            await silent.send(channel.start())
            answer = await silent.recv()
            assert isinstance(answer, bytes)
            await silent.send(channel.receive(answer).send[0])
            await until(each.alex, lambda: each.ours.sync_status()[0].why == SENTENCES[Cause.GREETING])
            assert not each.ours.sync_status()[0].connected
            with impatient():
                frames = await heard(silent)
        told = [message for frame in frames if isinstance(frame, bytes) for message in channel.receive(frame).messages]
        assert told, "it was taken for Sam's device, whose keys it has"
        assert not each.ours.sync_status()[0].connected
        async with await open_device(tmp_path / "sam") as sam:
            sam.connect("127.0.0.1", each.alex.port)
            await until(sam, lambda: sam.spaces[0].sync_status()[0].in_step)


async def test_an_upgrade_by_single_bytes_and_frames_by_single_bytes_are_given_up(tmp_path: Path) -> None:
    async with scene(tmp_path) as each:
        with impatient():
            port = await each.alex._doors.next_port()

        async def dribble(first: bytes, slow: bytes) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(first)
            heard = bytearray()  # a reset at the end takes nothing of it away

            async def read() -> None:
                with contextlib.suppress(ConnectionError):
                    while more := await reader.read(4096):
                        heard.extend(more)

            reading = asyncio.create_task(read())
            try:
                async with asyncio.timeout(SILENT_SECONDS_MAX):
                    with contextlib.suppress(ConnectionError):
                        for byte in slow:
                            writer.write(bytes((byte,)))
                            await asyncio.sleep(0.02)
                            if reading.done():
                                break
                    await reading
                return bytes(heard)
            finally:
                reading.cancel()
                writer.close()

        frame = b"\x82\xfe\xff\xff" + bytes(4) + bytes(400)
        with impatient():
            in_http, in_frame = await asyncio.gather(
                dribble(b"", UPGRADE[:-2] + b"X: y\r\n" * 60), dribble(UPGRADE, frame)
            )
        assert in_http == b""
        assert in_frame.startswith(b"HTTP/1.1 101 ")
        assert in_frame.partition(b"\r\n\r\n")[2] in (b"", b"\x88\x02\x03\xe8"), "closed without a word"
        await each.goes_on()


class Relay:
    """Somebody in between: passes bytes on, keeps them, and alters what it is told to."""

    def __init__(self) -> None:
        self.port = 0
        self.up: list[bytes] = []  # each connection's bytes, towards the listener
        self.down: list[bytes] = []
        self.alter: Callable[[bytes], bytes] = lambda passing: passing
        self._writers: list[asyncio.StreamWriter] = []

    def frames(self) -> int:
        """About how many frames passed downwards in the newest connection; each is longer than that."""
        return len(self.down[-1]) // 100 if self.down else 0

    @contextlib.asynccontextmanager
    async def running(self, port: int) -> AsyncIterator[None]:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                writer.close()
                return
            self._writers += (writer, far_writer)
            place = len(self.up)
            self.up.append(b"")
            self.down.append(b"")
            await asyncio.gather(
                self._pass(reader, far_writer, self.up, place), self._pass(far_reader, writer, self.down, place)
            )

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for writer in self._writers:
                writer.close()
            await asyncio.sleep(0.05)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: list[bytes], place: int
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while passing := await reader.read(1 << 16):
                kept[place] += passing
                writer.write(self.alter(passing))
                await writer.drain()
        writer.close()


async def replayed(port: int, recorded: bytes) -> bytes:
    """What comes for a whole recorded conversation, said again byte for byte."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = bytearray()  # a reset at the end takes nothing of it away
    try:
        async with asyncio.timeout(SILENT_SECONDS_MAX):
            writer.write(recorded)
            with contextlib.suppress(ConnectionError):
                while more := await reader.read(4096):
                    heard.extend(more)
        return bytes(heard)
    finally:
        writer.close()


async def test_a_recorded_conversation_said_again_gets_nothing_also_after_the_app_was_opened_again(
    tmp_path: Path,
) -> None:
    relay = Relay()
    async with scene(tmp_path, relay) as each:
        recorded = relay.up[-1]
        assert len(recorded) > 1_000
        with impatient():
            answer = await replayed(each.alex.port, recorded)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 ")
        assert body in (b"", b"\x88\x02\x03\xe8"), "not one frame"
        await each.goes_on()
        port = each.alex.port
        await each.alex.close()
        again = await Device.open(tmp_path / "alex", "a passphrase", listen=("127.0.0.1", port), discovery=False)
        async with again:
            with impatient():
                answer = await replayed(port, recorded)
            assert answer.partition(b"\r\n\r\n")[2] in (b"", b"\x88\x02\x03\xe8")
            await until(again, lambda: again.spaces[0].sync_status()[0].connected)


async def test_bits_altered_on_the_way_end_the_connection_and_nothing_wrong_is_taken_in(tmp_path: Path) -> None:
    relay = Relay()
    async with scene(tmp_path, relay) as each:
        before = len(relay.up)

        def flip(passing: bytes) -> bytes:
            return passing[:-1] + bytes((passing[-1] ^ 1,)) if len(passing) > 200 else passing

        relay.alter = flip
        task = await each.theirs.tasks.promise("altered on the way")
        await until_true(lambda: len(relay.up) > before)
        assert all(each.id != task.id for each in each.ours.tasks.all())
        relay.alter = lambda passing: passing
        await until(each.alex, lambda: any(one.id == task.id for one in each.ours.tasks.all()))
        assert [task.title for task in each.ours.tasks.all()] == ["altered on the way"]


async def test_what_a_device_sends_is_worth_nothing_when_it_is_sent_back_to_it(tmp_path: Path) -> None:
    """Alex dials somebody who mirrors: to Alex itself, or back on the same connection."""
    async with scene(tmp_path) as each:
        await each.sam.close()
        mirrored: list[bytes] = []

        async def mirror(connection: transport.Connection) -> None:
            async for frame in connection:
                mirrored.append(frame)
                with contextlib.suppress(Exception):
                    await connection.send([frame])

        listener = transport.Listener(mirror)
        await listener.start("127.0.0.1")
        relay = Relay()
        async with relay.running(each.alex.port):
            each.alex.connect("127.0.0.1", listener.port)
            each.alex.connect("127.0.0.1", relay.port)
            await until_true(lambda: bool(mirrored) and bool(relay.up))
            await asyncio.sleep(1)
            assert not each.ours.sync_status()[0].connected
        await listener.close()
        assert {len(frame) for frame in mirrored} == {272}, "a call, and nothing after it"


async def until_true(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(UNTIL_SECONDS_MAX):
        while not true():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
