"""Loads a peer's snapshot in a process of its own, so that hostile bytes can take that one's memory and time, not ours.

Rules. One child, started at the first use, asked one thing at a time, ended when idle, after anything unforeseen, and
with this process. It gets what it loads through its pipe: nothing of it stands in a command line, an environment or a
file. What it answers is read within bounds and believed no more than the peer's own bytes. Nothing here knows what a
change is. On Windows and macOS the deadline alone bounds the child's memory.
"""

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Final

from collar_sync import limits
from collar_sync.errors import Closed, InvalidChange, LocalError
from collar_sync.shells.cell import COUNT, LOADED, READY, SIZE, TOO_MUCH

# The package without its front door, which would bring sockets and the store along: three times the start, for nothing.
_PROGRAM: Final = (
    "import json, sys, types\n"
    "root, sys.path = json.loads(sys.stdin.buffer.readline())\n"
    "sys.modules['collar_sync'] = package = types.ModuleType('collar_sync')\n"
    "package.__path__ = [root]\n"
    "from collar_sync.shells.cell import main\n"
    "main()\n"
)
_ENVIRONMENT: Final = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # without these Python may not start
_NOT_LOADED: Final = "A snapshot came that cannot be loaded."
_TOO_MUCH: Final = "A snapshot came that unfolds into more than any document holds."
_BROKE: Final = "A snapshot came that nothing can load within the memory and time there is for it."
_CLOSED: Final = "This was closed before what came in had been looked at."
_CANNOT_START: Final = "What came in could not be looked at: this computer has no room for it. Free some memory first."


class Sandbox:
    """Loads snapshots elsewhere. To be used in one event loop."""

    def __init__(self, load_seconds: float = limits.SNAPSHOT_LOAD_SECONDS_MAX) -> None:
        self._load_seconds = load_seconds
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._killed = False
        self._closed = False

    async def changes(self, chunk: bytes) -> tuple[bytes, ...]:
        """The raw changes in a document chunk, as `load_snapshot` answers them: unverified, not even inspected.

        Raises `InvalidChange` where they cannot be had, and, for which no peer is to blame, `Closed` where this sandbox
        was closed and `LocalError` where no child can be started. Cancelling it ends the child.
        """
        if len(chunk) > limits.MESSAGE_BYTES_MAX:
            raise InvalidChange("A snapshot is longer than 16 MiB.")
        async with self._turn:
            if self._closed:
                raise Closed(_CLOSED)
            if self._idle is not None:
                self._idle.cancel()
            try:
                found = await self._ask(chunk)
            except BaseException:
                await self._end()
                raise
            self._idle = asyncio.get_running_loop().call_later(limits.SNAPSHOT_IDLE_SECONDS, self._kill)
            return found

    async def close(self) -> None:
        """End the child, in the middle of a load too. Again is harmless."""
        self._closed = True
        self._kill()  # whoever waits for an answer notices
        async with self._turn:
            if self._idle is not None:
                self._idle.cancel()
            await self._end()

    async def _ask(self, chunk: bytes) -> tuple[bytes, ...]:
        child = self._child
        if child is None or not await self._sent(child, chunk):  # a child from before may be gone: killed, idle
            await self._end()
            child = await self._start()
            if not await self._sent(child, chunk):
                raise self._broken(LocalError(_CANNOT_START))
        try:
            async with asyncio.timeout(self._load_seconds):
                return await self._answer(child)
        except (TimeoutError, asyncio.IncompleteReadError, OSError):
            raise self._broken(InvalidChange(_BROKE)) from None

    async def _start(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        place = [str(Path(__file__).parent.parent), [entry for entry in sys.path if isinstance(entry, str)]]
        try:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-c", _PROGRAM),
                stdin=pipe,
                stdout=pipe,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )
            self._child, self._killed = child, False
            if self._closed:  # meanwhile
                self._kill()
            async with asyncio.timeout(limits.SNAPSHOT_START_SECONDS_MAX):
                await self._send(child, json.dumps(place).encode() + b"\n")
        except (TimeoutError, asyncio.IncompleteReadError, OSError, ValueError):
            raise self._broken(LocalError(_CANNOT_START)) from None
        return child

    async def _sent(self, child: asyncio.subprocess.Process, chunk: bytes) -> bool:
        """Whether the child took the chunk; what happens after that is the chunk's doing."""
        try:
            async with asyncio.timeout(self._load_seconds):
                await self._send(child, SIZE.pack(len(chunk)), chunk)
        except (TimeoutError, asyncio.IncompleteReadError, OSError):
            return False
        return True

    @staticmethod
    async def _send(child: asyncio.subprocess.Process, *parts: bytes) -> None:
        """Send, and wait until it was read."""
        assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018  # both are pipes
        for part in parts:
            child.stdin.write(part)
        await child.stdin.drain()
        if await child.stdout.readexactly(len(READY)) != READY:
            raise OSError

    @staticmethod
    async def _answer(child: asyncio.subprocess.Process) -> tuple[bytes, ...]:
        assert child.stdout is not None  # noqa: S101  # it is a pipe
        read = child.stdout.readexactly
        outcome, count = COUNT.unpack(await read(COUNT.size))
        if outcome != LOADED:
            raise InvalidChange(_TOO_MUCH if outcome == TOO_MUCH else _NOT_LOADED)
        room = limits.SNAPSHOT_CHANGES_BYTES_MAX
        found: list[bytes] = []
        while len(found) < count <= limits.BATCH_OPS_MAX:
            (size,) = SIZE.unpack(await read(SIZE.size))
            room -= size
            if room < 0:
                raise InvalidChange(_TOO_MUCH)
            found.append(await read(size))
        if len(found) < count:
            raise InvalidChange(_TOO_MUCH)
        return tuple(found)

    def _broken(self, error: InvalidChange | LocalError) -> InvalidChange | LocalError:
        """The error, or, where it came of closing, what says so."""
        return Closed(_CLOSED) if self._closed else error

    def _kill(self) -> None:
        """Kill the child, once: to signal a process that has ended would take its end from who waits for it."""
        child = self._child
        if child is not None and child.returncode is None and not self._killed:
            self._killed = True
            with contextlib.suppress(ProcessLookupError):
                child.kill()

    async def _end(self) -> None:
        """See the child gone."""
        child = self._child
        if child is None:
            return
        if child.stdout is not None and child.stdout.at_eof():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), limits.CLOSE_SECONDS)  # it is ending already
        self._kill()
        self._child = None
        await asyncio.shield(child.communicate())  # which waits, and reads what was still on its way
