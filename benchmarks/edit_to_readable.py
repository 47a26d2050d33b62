"""How long until what one person writes is readable on the other's device.

Two whole devices over loopback, encrypted, signed and verified, writing to disk. Two rows are ours. "Readable": the
reader's app was woken and read the title; the disks may still be at work. "Durable": it is on both disks too, since the
writer's `await` returned and the reader's app was told by `changes()`. Authors alternate, since that is what a couple
does and what Automerge finds hardest. Beside it pycrdt-websocket: plaintext, in memory, nothing durable; its round ends
when the reader's document shows the title. Both ends of all contestants share one process and one loop.
"""

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from benchmarks import pycrdt_pair
from benchmarks.measure import Table, disk, print_answers, take_turns
from collar_sync.core.events import Introduction
from collar_sync.node.device import Device
from collar_sync.node.document import Document
from collar_sync.node.space import Space

ROUNDS = 500
ROUNDS_PACED = 150
PACE_SECONDS = 0.02  # between edits: the loop has gone to sleep, as it does between a person's
ANSWER_SECONDS_MAX = 10


class Task(msgspec.Struct):
    """What is written, on both sides of the comparison: a title and a tick."""

    title: str
    done: bool


class OurPair:
    """Two paired devices, each with the same document open."""

    def __init__(self, devices: Sequence[Device], spaces: Sequence[Space], documents: Sequence[Document[Task]]) -> None:
        self._documents = documents
        self._round = 0
        self._watching = [device.watch() for device in devices]
        self._changes = [space.changes() for space in spaces]

    async def readable(self, rounds: int, pause: float = 0.0) -> list[float]:
        """Seconds until the reader can read it, one figure a round."""
        return [(await self._once(pause))[0] for _ in range(rounds)]

    async def durable(self, rounds: int, pause: float = 0.0) -> list[float]:
        """Seconds until the reader can read it and both have it on disk, one figure a round."""
        return [max(await self._once(pause)) for _ in range(rounds)]

    async def _once(self, pause: float) -> tuple[float, float]:
        """One edit, by the other author than the last: seconds until readable, and until durable on both sides."""
        self._round += 1
        writer, reader = self._round % 2, 1 - self._round % 2
        key, title = f"task{self._round}", f"Evening check-in, round {self._round}"
        read = asyncio.ensure_future(self._read(reader, key, title))
        told = asyncio.ensure_future(self._told(reader))
        await asyncio.sleep(0)  # the reader's app waits already when the edit is made
        begun = time.perf_counter()
        await self._documents[writer].put(key, Task(title, done=False))
        written = time.perf_counter()
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            seen, stored = await read, await told
        if pause:
            await asyncio.sleep(pause)
        return seen - begun, max(written, stored) - begun

    async def _read(self, reader: int, key: str, title: str) -> float:
        async for _ in self._watching[reader]:
            task = self._documents[reader].get(key)
            if task is not None and task.title == title:
                break
        return time.perf_counter()

    async def _told(self, reader: int) -> float:
        async for change in self._changes[reader]:
            if not change.mine:
                break
        return time.perf_counter()


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[OurPair]:
    """Both devices, paired over loopback and in step."""
    loopback = ("127.0.0.1", 0)
    open_device = functools.partial(Device.open, passphrase="a long passphrase", discovery=False, cost="interactive")
    async with (
        await open_device(folder / "alex", listen=loopback) as alex,
        await open_device(folder / "sam", listen=loopback) as sam,
    ):
        ours = await alex.create_space("Us", me="Alex")
        async with alex.invite(ours) as invitation:

            async def same(seen: Introduction) -> bool:
                return seen.words == (await invitation.met()).words

            joining = sam.join(invitation.code, me="Sam", compare=same, address=("127.0.0.1", alex.port))
            theirs, _ = await asyncio.gather(joining, invitation.confirm())
        async for _ in alex.watch():
            if all(status.in_step for space in (ours, theirs) for status in space.sync_status()):
                break
        yield OurPair((alex, sam), (ours, theirs), [await space.document("tasks", Task) for space in (ours, theirs)])


async def run() -> list[Table]:
    """Give the tables of this question: back to back, and paced."""
    with disk() as folder:
        async with opened(folder) as ours, pycrdt_pair.opened() as theirs:
            at_once = {
                "pycrdt-websocket, plaintext, in memory": theirs.measure,
                "collar_sync, readable": ours.readable,
                "collar_sync, and durable on both sides": ours.durable,
            }
            paced = {name: functools.partial(measure, pause=PACE_SECONDS) for name, measure in at_once.items()}
            return [
                Table("Edit on A → readable on B, back to back", await take_turns(at_once, ROUNDS)),
                Table(
                    f"Edit on A → readable on B, one every {PACE_SECONDS * 1e3:.0f} ms",
                    await take_turns(paced, ROUNDS_PACED),
                    "ours: encrypted, signed, verified",
                ),
            ]


if __name__ == "__main__":
    print_answers(run)
