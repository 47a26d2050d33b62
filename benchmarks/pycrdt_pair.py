"""Two pycrdt documents in step over pycrdt-websocket: plaintext, in memory, one hop over loopback. The peer to beat.

The kindest way to set it up: the server's own room document is one of the two, so an edit crosses one connection and no
relay; no compression; nothing is written to disk.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence

import websockets.asyncio.client
import websockets.asyncio.server
from pycrdt import Channel, Doc, Map, Provider
from pycrdt.websocket import WebsocketServer
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

ROOM = "/room"

Tasks = Map[Map[str | bool]]


class _Wire(Channel):
    """What pycrdt asks of a connection, over one of `websockets`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def path(self) -> str:
        return ROOM

    async def send(self, message: bytes) -> None:
        await self._connection.send(message)

    async def recv(self) -> bytes:
        message = await self._connection.recv()
        assert isinstance(message, bytes)
        return message

    async def __anext__(self) -> bytes:
        try:
            return await self.recv()
        except ConnectionClosed:
            raise StopAsyncIteration from None


class PycrdtPair:
    """Both documents, each with a map of tasks; `measure` times edits by alternating authors."""

    def __init__(self, documents: Sequence[Doc[Tasks]]) -> None:
        self._tasks = [document.get("tasks", type=Map) for document in documents]
        self._arrived: asyncio.Future[None] | None = None
        self._expected = ("", "")
        self._round = 0
        self._reader = 0
        self._watching = [tasks.observe_deep(self._looker(side)) for side, tasks in enumerate(self._tasks)]

    def _looker(self, side: int) -> Callable[[Sequence[object]], None]:
        def look(_events: Sequence[object]) -> None:
            self._look(side)

        return look

    def _look(self, side: int) -> None:
        key, title = self._expected
        if self._arrived is not None and not self._arrived.done() and side == self._reader:
            task = self._tasks[side].get(key)
            if task is not None and task.get("title") == title:
                self._arrived.set_result(None)

    async def fill(self, count: int) -> None:
        """Put `count` tasks there before anything is timed, by both in turns, and wait until both have all."""
        for number in range(count):
            self._tasks[number % 2][f"old{number}"] = Map({"title": f"An old promise, number {number}", "done": False})
            if number % 500 == 499:
                await asyncio.sleep(0)
        while any(len(tasks) < count for tasks in self._tasks):  # noqa: ASYNC110 -- nothing is timed here
            await asyncio.sleep(0.01)

    async def measure(self, rounds: int, pause: float = 0.0) -> list[float]:
        """Seconds from the call that edits on one side to the title being readable on the other, one a round."""
        found = []
        for _ in range(rounds):
            self._round += 1
            writer, self._reader = self._round % 2, 1 - self._round % 2
            key, title = f"task{self._round}", f"Evening check-in, round {self._round}"
            self._expected = (key, title)
            self._arrived = asyncio.get_running_loop().create_future()
            begun = time.perf_counter()
            self._tasks[writer][key] = Map({"title": title, "done": False})
            await asyncio.wait_for(self._arrived, 10)
            found.append(time.perf_counter() - begun)
            if pause:
                await asyncio.sleep(pause)
        return found


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[PycrdtPair]:
    """Both sides, connected over loopback and in step."""
    mine: Doc[Tasks] = Doc()
    async with WebsocketServer(auto_clean_rooms=False) as rooms:

        async def serve(connection: Connection) -> None:
            await rooms.serve(_Wire(connection))

        async with websockets.asyncio.server.serve(serve, "127.0.0.1", 0, compression=None) as server:
            port = server.sockets[0].getsockname()[1]
            room = await rooms.get_room(ROOM)
            async with (
                websockets.asyncio.client.connect(f"ws://127.0.0.1:{port}{ROOM}", compression=None) as connection,
                Provider(mine, _Wire(connection)),
            ):
                pair = PycrdtPair([room.ydoc, mine])
                await pair.fill(2)
                yield pair
