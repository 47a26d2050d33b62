"""The carrier: order, bounds, ends that say why, and silence towards strangers."""

import asyncio
import logging
import os
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from collar_sync import limits
from collar_sync.errors import Closed, LocalError, Unreachable
from collar_sync.shells import transport
from collar_sync.shells.transport import FRAME_BYTES_MAX, Connection, Listener, dial
from tests import in_time

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)

WORDLESS = b"\x88\x02\x03\xe8"  # close, code 1000
NOTICED_SECONDS_MAX = 4.0  # that somebody went silent
UNTIL_SECONDS_MAX = 60  # when a test gives up


@asynccontextmanager
async def listening(
    on_connection: Callable[[Connection], Awaitable[None]], host: str = "127.0.0.1"
) -> AsyncIterator[Listener]:
    listener = Listener(on_connection)
    await listener.start(host)
    try:
        yield listener
    finally:
        await listener.close()


async def echo(connection: Connection) -> None:
    async for frame in connection:
        await connection.send([frame])


async def until_end(connection: Connection) -> list[bytes]:
    return [frame async for frame in connection]


async def until_end_only(connection: Connection) -> None:
    await until_end(connection)


async def spoken_to(port: int, request: bytes, then: bytes | None = None) -> bytes:
    """What a stranger gets for these bytes, and for more after the answer's head, until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        async with asyncio.timeout(UNTIL_SECONDS_MAX):
            if then is not None:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(then)
            return await reader.read()
    finally:
        writer.close()


async def test_frames_arrive_whole_and_in_order() -> None:
    frames = [b"", b"\0", os.urandom(300), os.urandom(FRAME_BYTES_MAX), b"last"]
    async with listening(echo) as listener:
        connection = await dial("127.0.0.1", listener.port)
        await connection.send(frames)
        assert [await anext(connection) for _ in frames] == frames
        assert connection.reason is None
        assert connection.remote == ("127.0.0.1", listener.port)
        await connection.close()


async def test_frames_of_two_senders_do_not_mix() -> None:
    received: list[bytes] = []

    async def collect(connection: Connection) -> None:
        received.extend(await until_end(connection))

    async with listening(collect) as listener:
        connection = await dial("127.0.0.1", listener.port)
        batches = [[bytes([sender]) * 60_000 for _ in range(30)] for sender in range(4)]
        await asyncio.gather(*(connection.send(batch) for batch in batches))
        await connection.close()
    assert received == [frame for batch in batches for frame in batch]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
async def test_one_listener_answers_both_families_on_one_port(host: str) -> None:
    seen: list[str] = []

    async def note(connection: Connection) -> None:
        seen.append(connection.remote[0])

    async with listening(note, "") as listener:
        assert listener.port > 0
        connection = await dial(host, listener.port)
        assert await until_end(connection) == []
    assert seen in (["127.0.0.1"], ["::1"])


async def test_a_slow_reader_slows_the_sender_down() -> None:
    go_on = asyncio.Event()
    received = 0

    async def slow(connection: Connection) -> None:
        nonlocal received
        await go_on.wait()
        async for _ in connection:
            received += 1

    async with listening(slow) as listener:
        connection = await dial("127.0.0.1", listener.port)
        sent = 0

        async def pour() -> None:
            nonlocal sent
            for _ in range(1_000):
                await connection.send([bytes(65_000)])
                sent += 1

        pouring = asyncio.create_task(pour())
        held = -1
        while sent != held:  # it goes on as long as there is room
            held = sent
            await asyncio.sleep(0.3)
        assert held < 400, "what is under way is bounded by buffers, not by what the sender has"
        go_on.set()
        await pouring
        await connection.close()
    assert received == 1_000


async def test_an_end_says_why_on_both_sides_and_tells_the_network_nothing() -> None:
    ended: list[str | None] = []

    async def watch(connection: Connection) -> None:
        await until_end(connection)
        ended.append(connection.reason)
        with pytest.raises(Closed, match="other device closed"):
            await connection.send([b"late"])

    async with listening(watch) as listener:
        connection = await dial("127.0.0.1", listener.port)
        await connection.close("You removed this device.")
        await connection.close("again")
        assert connection.reason == "You removed this device."
        with pytest.raises(Closed, match="You removed this device"):
            await connection.send([b"late"])
        assert await until_end(connection) == []
    assert ended == ["The other device closed the connection."]


async def test_a_reason_is_not_in_the_bytes() -> None:
    async def turn_away(connection: Connection) -> None:
        await connection.close("nobody we know")

    async with listening(turn_away) as listener:
        answer = await spoken_to(listener.port, UPGRADE + b"\r\n")
    assert answer.endswith(b"\r\n\r\n" + WORDLESS)


async def test_whoever_says_why_it_closes_is_not_given_its_words_back() -> None:
    async with listening(until_end_only) as listener:
        answer = await spoken_to(listener.port, UPGRADE + b"\r\n", b"\x88\x87" + bytes(4) + b"\x03\xf3hello")
    assert answer == WORDLESS


async def test_what_is_no_sealed_frame_ends_the_connection_with_a_reason() -> None:
    ended: list[str | None] = []

    async def watch(connection: Connection) -> None:
        assert await until_end(connection) == []
        ended.append(connection.reason)

    masked_text = b"\x81\x82\0\0\0\0hi"
    reserved = b"\xf2\x82\0\0\0\0hi"
    too_long = b"\x82\xff" + (FRAME_BYTES_MAX + 1).to_bytes(8, "big") + bytes(4)
    async with listening(watch) as listener:
        for frame in (masked_text, reserved, too_long):
            answer = await spoken_to(listener.port, UPGRADE + b"\r\n", frame)
            assert answer == WORDLESS, "not what was wrong: that would tell by which software"
    assert ended == [
        "The other device sent text where only sealed frames belong.",
        "The other device sent something that is no valid frame.",
        "The other device sent more than fits one frame.",
    ]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /chat HTTP/1.1\r\n" + UPGRADE.partition(b"\r\n")[2] + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd",
        UPGRADE + b"Origin: http://evil.example\r\n\r\n",
        UPGRADE.replace(b"13", b"12") + b"\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        UPGRADE + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"hello\r\n\r\n",
    ],
    ids=["page", "path", "post", "web page's socket", "version", "long line", "long header", "tls", "noise"],
)
async def test_a_stranger_who_does_not_upgrade_gets_an_empty_refusal_or_nothing(request_bytes: bytes) -> None:
    async with listening(echo) as listener:
        answer = await spoken_to(listener.port, request_bytes)
    assert answer in (b"", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")


async def test_nothing_on_the_wire_names_the_library_or_the_project() -> None:
    asked = bytearray()

    async def overhear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.extend(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    async with await asyncio.start_server(overhear, "127.0.0.1", 0) as server:
        with pytest.raises(Unreachable):
            await dial("127.0.0.1", server.sockets[0].getsockname()[1])
    names = [line.partition(b":")[0] for line in bytes(asked).split(b"\r\n")]
    assert names == [
        b"GET / HTTP/1.1",
        b"Host",
        b"Upgrade",
        b"Connection",
        b"Sec-WebSocket-Key",
        b"Sec-WebSocket-Version",
        b"",
        b"",
    ]
    assert b"Host: localhost\r\n" in asked

    async def turn_away(connection: Connection) -> None:
        await connection.close()

    async with listening(turn_away) as listener:
        answer = await spoken_to(listener.port, UPGRADE + b"Sec-WebSocket-Protocol: chat\r\n\r\n")
    head = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert head == [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ]


async def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    async with listening(echo) as listener:
        connection = await dial("127.0.0.1", listener.port)
        await connection.send([b"private"])
        await anext(connection)
        await spoken_to(listener.port, b"GET /private HTTP/1.1\r\n\r\n")
        await connection.close()
    assert caplog.records == []


async def test_a_fault_in_the_handler_is_not_swallowed() -> None:
    reported: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context.get("exception")))

    async def fail(connection: Connection) -> None:
        raise ZeroDivisionError

    async with listening(fail) as listener:
        connection = await dial("127.0.0.1", listener.port)
        assert await until_end(connection) == []
    assert [type(error) for error in reported] == [ZeroDivisionError]


async def test_strangers_who_dawdle_do_not_keep_a_device_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_OPEN_SECONDS", 2.0 * UNTIL_SECONDS_MAX)
    async with listening(echo) as listener:
        dawdlers = [
            await asyncio.open_connection("127.0.0.1", listener.port)
            for _ in range(limits.CONNECTIONS_UNPROVEN_MAX + 20)
        ]
        connection = await dial("127.0.0.1", listener.port)
        await connection.send([b"in"])
        assert await anext(connection) == b"in"
        async with asyncio.timeout(UNTIL_SECONDS_MAX):
            while sum(reader.at_eof() or reader.exception() is not None for reader, _ in dawdlers) < 20:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await connection.close()
        started = asyncio.get_running_loop().time()
    needed = asyncio.get_running_loop().time() - started
    assert needed < UNTIL_SECONDS_MAX, "closing does not wait for dawdlers"
    for _, writer in dawdlers:
        writer.close()


async def test_an_upgrade_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_OPEN_SECONDS", 0.2)
    async with listening(echo) as listener:
        assert await spoken_to(listener.port, b"GET / HTTP/1.1\r\nHost:") == b""


async def test_an_address_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_OPEN_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(Unreachable, match="Nothing answered in time"):
        await dial("127.0.0.1", deaf.getsockname()[1])


async def test_what_cannot_be_reached_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(
        Unreachable, match=rf"127\.0\.0\.1 port {port} could not be reached\. Nothing is listening there"
    ):
        await dial("127.0.0.1", port)
    for host in ("nobody.invalid", "a b", "x" * 70):
        with pytest.raises(Unreachable, match="There is no device of that name"):
            await dial(host, 1)
    for wrong in (-1, 0, 65_536):
        with pytest.raises(Unreachable, match=f"There is no port {wrong}:"):
            await dial("127.0.0.1", wrong)


async def test_an_address_in_use_is_said_in_words() -> None:
    async with listening(echo) as listener:
        for host in ("", "127.0.0.1"):
            with pytest.raises(LocalError, match=f"Port {listener.port} on this computer is used by another program"):
                await Listener(echo).start(host, listener.port)
    with pytest.raises(LocalError, match=r"cannot listen on nowhere\.invalid port 0"):
        await Listener(echo).start("nowhere.invalid", 0)


async def test_a_peer_that_goes_silent_is_noticed_within_four_seconds() -> None:
    loop = asyncio.get_running_loop()

    async def noticed() -> float:
        async with await asyncio.start_server(silent_server, "127.0.0.1", 0) as server:
            connection = await dial("127.0.0.1", server.sockets[0].getsockname()[1])
            started = loop.time()
            assert await until_end(connection) == []
            assert connection.reason == "The connection was lost: the other device went silent."
            return loop.time() - started

    await in_time.kept_there(noticed, NOTICED_SECONDS_MAX)


async def test_whoever_goes_silent_is_told_no_reason() -> None:
    async def noticed() -> float:
        async with listening(until_end_only) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(UPGRADE + b"\r\n")
            await reader.readuntil(b"\r\n\r\n")
            started = asyncio.get_running_loop().time()
            heard = await reader.read()
            needed = asyncio.get_running_loop().time() - started
            writer.close()
        assert re.fullmatch(rb"(?:\x89\x04.{4})+" + WORDLESS, heard, re.DOTALL), heard
        return needed

    await in_time.kept_there(noticed, NOTICED_SECONDS_MAX)


async def test_a_peer_that_goes_silent_while_much_is_sent_to_it_is_noticed_as_soon() -> None:
    loop = asyncio.get_running_loop()

    async def noticed() -> float:
        over, ended = asyncio.Event(), asyncio.Event()

        async def deaf_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await upgrade(reader, writer)
            await over.wait()
            writer.transport.abort()
            ended.set()

        async with await asyncio.start_server(deaf_server, "127.0.0.1", 0) as server:
            connection = await dial("127.0.0.1", server.sockets[0].getsockname()[1])
            started = loop.time()
            with pytest.raises(Closed, match="lost"):
                await connection.send([os.urandom(60_000)] * 1_000)
            needed = loop.time() - started
            over.set()
            await ended.wait()
            return needed

    await in_time.kept_there(noticed, NOTICED_SECONDS_MAX)


async def test_a_peer_that_is_slow_and_still_there_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(transport._SETTINGS, "ping_timeout", None)  # what is watched here is something else
    got: asyncio.Queue[int] = asyncio.Queue()

    async def slow(connection: Connection) -> None:
        async for frame in connection:
            got.put_nowait(len(frame))
            await asyncio.sleep(0.025)

    async with listening(slow) as listener:
        connection = await dial("127.0.0.1", listener.port)
        await connection.send([os.urandom(60_000)] * 200)
        for _ in range(200):
            assert await got.get() == 60_000
        await connection.close()


async def test_whoever_does_not_read_for_a_while_does_not_take_the_other_for_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both ways are full: this side is busy with what it read before, and the other reads nothing."""
    monkeypatch.setitem(transport._SETTINGS, "ping_interval", None)
    monkeypatch.setattr(transport, "_SILENT_SECONDS", 0.2)
    got: asyncio.Queue[int] = asyncio.Queue()
    reading = asyncio.Event()

    async def busy(connection: Connection) -> None:
        sending = asyncio.create_task(connection.send([bytes(60_000)] * 200))
        await reading.wait()
        async for frame in connection:
            got.put_nowait(len(frame))
        sending.cancel()

    async with listening(busy) as listener:
        connection = await dial("127.0.0.1", listener.port)
        pouring = asyncio.create_task(connection.send([bytes(60_000)] * 200))
        await asyncio.sleep(1)
        reading.set()
        assert not pouring.done()
        for _ in range(200):
            assert await asyncio.wait_for(got.get(), UNTIL_SECONDS_MAX) == 60_000
        await pouring
        connection.abort("")


async def test_pings_without_end_from_one_that_reads_no_answer_take_no_memory() -> None:
    sizes: list[int] = []
    frame = b"\x89\xfd" + bytes(4) + bytes(125)

    async def flood(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(frame * 500)
            await writer.drain()

    async def watched(connection: Connection) -> None:
        await until_end(connection)
        sizes.append(connection._socket.transport.get_write_buffer_size())

    async with listening(watched) as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, limit=1)
        writer.write(UPGRADE + b"\r\n")
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(flood(writer), UNTIL_SECONDS_MAX)
        writer.close()
        assert not reader.at_eof()
    assert sizes
    assert max(sizes) < 8 * FRAME_BYTES_MAX


async def silent_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Upgrades, and then is as one whose cable was cut."""
    await upgrade(reader, writer)
    await reader.read()
    writer.close()


async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = await reader.readuntil(b"\r\n\r\n")
    key = next(line for line in request.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key")).split(b": ")[1]
    writer.write(transport_accept(key))


def transport_accept(key: bytes) -> bytes:
    from websockets.utils import accept_key  # noqa: PLC0415 - the fixed hash of RFC 6455

    accept = accept_key(key.decode()).encode()
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"


async def test_small_frames_are_not_held_back() -> None:
    async with listening(echo) as listener:
        connection = await dial("127.0.0.1", listener.port)
        held = connection._socket.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert held != 0
        await connection.close()


async def test_nobody_new_is_let_in_before_it_closes_and_who_is_there_goes_on_until_then() -> None:
    async with listening(echo) as listener:
        connection = await dial("127.0.0.1", listener.port)
        listener.turn_away()
        with pytest.raises(Unreachable):
            await dial("127.0.0.1", listener.port)
        await connection.send([b"still here"])
        assert await anext(connection) == b"still here"
        await listener.close()
        assert await until_end(connection) == []


async def test_a_connection_that_is_aborted_ends_at_once_and_says_why_on_this_side() -> None:
    async with listening(echo) as listener:
        connection = await dial("127.0.0.1", listener.port)
        assert connection.local[0] == "127.0.0.1"
        assert connection.local[1] not in {0, listener.port}
        assert not listener.idle
        connection.abort("The network is another one.")
        assert await until_end(connection) == []
        assert connection.reason == "The network is another one."
        async with asyncio.timeout(UNTIL_SECONDS_MAX):
            while not listener.idle:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.01)
