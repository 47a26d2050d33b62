"""Runs one person, or with --duo two complete ones, until Ctrl+C, a termination signal or the page's own Close.

The two of a duo share this process and nothing else: each has a data directory, a node, a page and a passphrase of its
own, and they pair through the page like two laptops.
"""

import asyncio
import functools
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec

from demo_app.door import Door
from demo_app.laptop import Laptop
from demo_app.launch import launching
from demo_app.meeting import APART_SECONDS_MAX
from demo_app.network import Address
from demo_app.server import serving

LOOK_SECONDS: Final = 0.5


class Seat(msgspec.Struct, frozen=True):
    """One person of a run. `label` stands before their line in the terminal; `port` is their page's, 0 a free one."""

    label: str
    directory: Path
    name_hint: str
    port: int


async def run(seats: Sequence[Seat], *, browser: bool) -> None:
    """Serve every seat until the end, then close every node."""
    laptops: list[Laptop] = []
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.enter_context(_stopping(stop))
        for index, seat in enumerate(seats):
            laptop = Laptop(
                seat.directory,
                name_hint=seat.name_hint,
                neighbour=functools.partial(_address, laptops, len(seats) - 1 - index),
            )
            laptops.append(laptop)
            door = await stack.enter_async_context(serving(laptop, port=seat.port))
            stack.push_async_callback(laptop.close)
            _announce(seat, door)
            if browser:
                await stack.enter_async_context(launching(door))
        _print("Stop with Ctrl+C.")
        await _until_the_end(laptops, stop)


async def _until_the_end(laptops: Sequence[Laptop], stop: asyncio.Event) -> None:
    """Until asked to stop; a laptop whose person closed it is closed at once, the last one ends the run."""
    closed: set[int] = set()
    apart = 0.0
    while not stop.is_set() and len(closed) < len(laptops):
        for index, laptop in enumerate(laptops):
            if laptop.quitting and index not in closed:
                closed.add(index)
                await laptop.close()
        if len(laptops) > 1:
            apart = apart + LOOK_SECONDS if _apart(laptops) else 0.0
            if apart == APART_SECONDS_MAX:
                for laptop in laptops:
                    laptop.introduce()
        try:
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        except TimeoutError:
            continue


def _address(laptops: Sequence[Laptop], index: int) -> Address | None:
    """Where the other half of a duo listens; nowhere, where there is no other."""
    return laptops[index].address if len(laptops) > 1 else None


def _apart(laptops: Sequence[Laptop]) -> bool:
    """Whether both are open and paired and neither wants to be apart, and no line between them is up."""
    spaces = [laptop.space for laptop in laptops]
    if any(laptop.address is None for laptop in laptops) or None in spaces:
        return False
    statuses = [status for space in spaces if space is not None for status in space.sync_status()]
    return bool(statuses) and not any(status.connected or status.apart for status in statuses)


def _announce(seat: Seat, door: Door) -> None:
    """Print where the page is and its code, and again whenever a code was used up."""
    shown = ""

    def say() -> None:
        nonlocal shown
        if door.typed_code != shown:
            shown = door.typed_code
            _print(f"[{seat.label}] open {door.origin}/ and type the code {shown}")

    door.on_admitted = say
    say()


def _print(line: str) -> None:
    """Say it in the terminal at once, also where that is a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def _stopping(stop: asyncio.Event) -> Iterator[None]:
    """Ctrl+C and a termination signal end the run cleanly, on every system."""
    loop = asyncio.get_running_loop()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop.set)

    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform == "win32":
        numbers.append(signal.SIGBREAK)
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
