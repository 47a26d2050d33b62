"""Fresh processes for `ten_years`, so that memory and start are those of an app that was just started.

`python -m benchmarks.aged <what> <folder> …` does one thing with the device in that folder and prints what it measured
as one line of JSON. Memory is what the system counts as resident, in MB of 10**6 bytes; 0 where it does not say.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Final, NoReturn

from benchmarks.overheard import overhearing
from benchmarks.prepared import PASSPHRASE
from collar_sync.core.engine import Engine
from collar_sync.domain.finished import unfinished
from collar_sync.node.device import Device
from collar_sync.node.runner import Runner
from collar_sync.node.space import Space
from collar_sync.shells.store import Store

if sys.platform != "win32":
    import resource

HALF_A_DAY: Final = 20  # changes
_SETTLE_SECONDS: Final = 3.0
_LOOPBACK: Final = ("127.0.0.1", 0)
_SYNC_SECONDS_MAX: Final = 600  # then what is missing is said
_LOOK_SECONDS: Final = 0.05

Found = Mapping[str, float]


async def start(folder: Path, day: str, key: str) -> Found:
    """Open the store by its key and read the tasks of one day: what stands between an unlocked key and a screen."""
    begun = time.perf_counter()
    store = Store.open(folder / "store.db", bytes.fromhex(key))
    opened = time.perf_counter()
    settings = store.settings()
    engine = Engine(settings["device/seed"], lambda: settings, store, unfinished)
    space = Space(next(iter(engine.spaces)), engine, Runner(engine, store))
    today = [task for task in space.tasks.visible() if (task.due or "").startswith(day)]
    readable = time.perf_counter()
    found = {
        "seconds": readable - begun,
        "store_seconds": opened - begun,
        "today": len(today),
        "memory": memory(),
        "memory_peak": memory_peak(),
    }
    store.close()
    return found


async def use(folder: Path, day: str) -> Found:
    """Open as an app does, let it run a little, write once, and close."""
    device = await _open(folder)
    space = device.spaces[0]
    today = [task for task in space.tasks.visible() if (task.due or "").startswith(day)]
    await asyncio.sleep(_SETTLE_SECONDS)
    settled = memory()
    await space.tasks.rename(today[0].id, "Evening check-in, a little later")
    begun = time.perf_counter()
    await device.close()
    return {"close_seconds": time.perf_counter() - begun, "memory": settled}


async def kill(folder: Path, _day: str) -> NoReturn:
    """Write half a day, and be killed."""
    device = await _open(folder)
    space = device.spaces[0]
    other = next(person for person in space.people() if person != space.me)
    for number in range(HALF_A_DAY // 2):
        task = await space.tasks.ask(f"Evening check-in, number {number}", of=other)
        await space.tasks.rename(task.id, f"Evening check-in, number {number}, at nine")
    os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    raise AssertionError  # not reached


async def serve(folder: Path) -> Found:
    """Be there for a newcomer until the error stream's reader closes this one's input."""
    device = await _open(folder)
    print(json.dumps({"port": device.port}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await device.close()
    return {"memory_peak": memory_peak()}


async def arrive(folder: Path, port: str, changes: str) -> Found:
    """Connect as a newcomer that was let in, and wait until every change is here."""
    with overhearing() as heard:
        device = await _open(folder)
        space = next(iter(device._engine.spaces.values()))  # noqa: SLF001 -- the app is not told of single documents
        before = memory()
        begun = time.perf_counter()
        device.connect("127.0.0.1", int(port))
        here = 0
        while here < int(changes) and time.perf_counter() < begun + _SYNC_SECONDS_MAX:
            await asyncio.sleep(_LOOK_SECONDS)
            here = sum(sum(space.library.clock(each).values()) for each in space.library)
        arrived = time.perf_counter()
        settled = memory()
        await device.close()
    return {
        "seconds": arrived - begun,
        "missing": int(changes) - here,
        "close_seconds": time.perf_counter() - arrived,
        "memory_before": before,
        "memory": settled,
        "memory_peak": memory_peak(),
        "messages": sum(heard.messages.values()),
        "sent_bytes": sum(heard.sent_bytes.values()),
        "plain_bytes": sum(heard.plain_bytes.values()),
        **{f"plain_bytes_{kind}": size for kind, size in heard.plain_bytes.items()},
    }


def memory() -> float:
    """What this process has in memory now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def memory_peak() -> float:
    """The most that this process had in memory since it began."""
    if sys.platform == "win32":
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


async def _open(folder: Path) -> Device:
    return await Device.open(folder, PASSPHRASE, discovery=False, listen=_LOOPBACK)


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    if what == "start":
        more.append(sys.stdin.readline().strip())
    works: Mapping[str, Callable[..., Coroutine[None, None, Found]]] = {
        "start": start,
        "use": use,
        "kill": kill,
        "serve": serve,
        "arrive": arrive,
    }
    print(json.dumps(asyncio.run(works[what](Path(where), *more))))
