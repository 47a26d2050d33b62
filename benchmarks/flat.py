"""Does an edit take longer where a space holds more? The same edits at 1,000, 10,000 and 50,000 tasks, in one run.

At each size two whole devices over loopback, encrypted, signed and verified, writing to disk, as in
`edit_to_readable`; all six are open at once and take turns edit by edit, by alternating authors. Two edits are timed: a
small record put into an app's own document, and one of the newest tasks renamed as the app does it, where "readable"
means that the reader's app was woken and its `tasks.get` shows the title. The past is made beforehand, see `prepared`:
many tasks to a change, all done but the newest twenty.
"""

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from benchmarks.edit_to_readable import OurPair, Task
from benchmarks.measure import TIMES, Answer, Figure, Figures, Row, Table, disk, note, print_answers, ratio, take_turns
from benchmarks.prepared import PASSPHRASE, Prepared, prepared
from collar_sync.node.device import Device
from collar_sync.node.document import Document

SIZES = (1_000, 10_000, 50_000)
ROUNDS = 200
GROWTH_MOST = 1.2
ANSWER_SECONDS_MAX = 10
NEWEST = 20  # tasks that are renamed


class Renaming:
    """Two devices of one space, and their newest tasks."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = devices
        self._spaces = [device.spaces[0] for device in devices]
        self._tasks = [task.id for task in self._spaces[0].tasks.all()[-NEWEST:]]
        self._round = 0

    async def readable(self, rounds: int) -> list[float]:
        """Seconds until the reader can read the new title, one figure a round."""
        return [await self._once() for _ in range(rounds)]

    async def _once(self) -> float:
        self._round += 1
        writer, reader = self._round % 2, 1 - self._round % 2
        task, title = self._tasks[self._round // 2 % NEWEST], f"Evening check-in, round {self._round}"
        read = asyncio.ensure_future(self._read(reader, task, title))
        await asyncio.sleep(0)  # the reader's app waits already when the edit is made
        begun = time.perf_counter()
        await self._spaces[writer].tasks.rename(task, title)
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return await read - begun

    async def _read(self, reader: int, task: str, title: str) -> float:
        async for _ in self._devices[reader].watch():
            if self._spaces[reader].tasks.get(task).title == title:
                break
        return time.perf_counter()


class Pairs:
    """The same two devices, once for each kind of edit."""

    def __init__(self, devices: Sequence[Device], documents: Sequence[Document[Task]]) -> None:
        self.document = OurPair(devices, [device.spaces[0] for device in devices], documents)
        self.task = Renaming(devices)


@contextlib.asynccontextmanager
async def opened(past: Prepared, folder: Path) -> AsyncIterator[Pairs]:
    """Alex's device and Sam's with this past, connected and in step."""
    loopback = ("127.0.0.1", 0)
    open_device = functools.partial(Device.open, passphrase=PASSPHRASE, discovery=False, listen=loopback)
    async with (
        await open_device(past.device(0, folder / "alex")) as alex,
        await open_device(past.device(1, folder / "sam")) as sam,
    ):
        sam.connect("127.0.0.1", alex.port)
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            async for _ in alex.watch():
                peers = [each for device in (alex, sam) for each in device.spaces[0].sync_status()]
                if all(each.in_step for each in peers if each.person_name != "Robin"):
                    break
        documents = [await device.spaces[0].document("tasks", Task) for device in (alex, sam)]
        yield Pairs((alex, sam), documents)


def _answers(question: str, rows: Sequence[Row]) -> list[Answer]:
    figures = [Figure(f"{row.name} beside {rows[0].name}", ratio(row, rows[0]), TIMES, GROWTH_MOST) for row in rows[1:]]
    return [Table(question, rows), Figures("In pairs of one edit each", figures)]


async def run() -> list[Answer]:
    """Give the tables of this question, one for each kind of edit."""
    pasts = {size: prepared(f"tasks-{size}") for size in SIZES}
    answers: list[Answer] = []
    with disk() as folder:
        async with contextlib.AsyncExitStack() as stack:
            pairs = {
                f"{size:,} tasks": await stack.enter_async_context(opened(past, folder / str(size)))
                for size, past in pasts.items()
            }
            questions: dict[str, dict[str, Callable[[int], Awaitable[list[float]]]]] = {
                "Put a record on A → readable on B": {name: each.document.readable for name, each in pairs.items()},
                "Put a record on A → durable on both": {name: each.document.durable for name, each in pairs.items()},
                "Rename a task on A → readable on B": {name: each.task.readable for name, each in pairs.items()},
            }
            for question, contestants in questions.items():
                note(f"flat: {question}, {ROUNDS} rounds at each size")
                answers += _answers(question, await take_turns(contestants, ROUNDS, blocks=ROUNDS))
    return answers


if __name__ == "__main__":
    print_answers(run)
