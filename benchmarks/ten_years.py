"""What ten years cost: 36,500 tasks in 150,000 changes by two authors in turns, over 3,650 days.

Twice: each person's device opened anew every day, so that it writes as 7,300 actors in all, and every week. Asked are
what crosses to a newcomer, beside what the documents save as; how long a start takes, after a clean close and after
kill -9 in the middle of a day; memory; the size of the store; and closing. The past is written beforehand by the
library itself, see `past`, which takes some minutes the first time. Each figure comes from fresh processes.
"""

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import TIMES, Answer, Figure, Figures, disk, note, print_answers
from benchmarks.prepared import CHANGES, DAYS, PASSPHRASE, Facts, Prepared, prepared
from collar_sync.shells import keystore

VARIANTS: Final = {"an opening a day": "years-day", "an opening a week": "years-week"}
STARTS: Final = 5
WIRE_RATIO_MAX: Final = 1.1
START_MILLISECONDS_MAX: Final = 300
MEMORY_MAX: Final = 150
_SECONDS_MAX: Final = 1_200
_STORE: Final = "store.db"

START_NOTE: Final = "A start is from the unlocked key, without Argon2id and imports, the file in the system's cache."
SYNC_NOTE: Final = "Peaks include the 64 MB that Argon2id takes for a moment before."

Measured = dict[str, Any]


def _child(*arguments: str, key: str = "") -> Measured:
    """What a fresh process measured; empty where it was killed, as one is that asks for it."""
    ran = subprocess.run(  # noqa: S603 -- this very Python
        [sys.executable, "-m", "benchmarks.aged", *arguments],
        input=key,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_SECONDS_MAX,
        check=False,
    )
    if arguments[0] == "kill":
        assert ran.returncode < 0, "it was killed"
        return {}
    assert ran.returncode == 0, f"{arguments[0]} failed"
    measured: Measured = json.loads(ran.stdout.splitlines()[-1])
    return measured


def _starts(folder: Path, facts: Facts) -> Measured:
    """The medians of some starts."""
    key = keystore.unlock(folder, PASSPHRASE).hex()
    found = [_child("start", str(folder), facts.last_day, key=key) for _ in range(STARTS)]
    return {name: statistics.median(each[name] for each in found) for name in found[0]}


def _opened(past: Prepared, folder: Path) -> list[Figure]:
    """Starts, memory, the store's size and closing, on a device that holds all of it."""
    device = past.device(0, folder / "alex")
    size = (device / _STORE).stat().st_size / 1e6
    clean = _starts(device, past.facts)
    killed = folder / "killed"
    shutil.copytree(device, killed)
    _child("kill", str(killed), past.facts.last_day)
    crashed = _starts(killed, past.facts)
    used = _child("use", str(device), past.facts.last_day)
    assert clean["today"], "there is something to read"
    return [
        Figure("start to readable, after a clean close", clean["seconds"] * 1e3, "ms", START_MILLISECONDS_MAX),
        Figure("start to readable, after kill -9 in mid-day", crashed["seconds"] * 1e3, "ms", START_MILLISECONDS_MAX),
        Figure("of the first: opening the store's file", clean["store_seconds"] * 1e3, "ms"),
        Figure("tasks of that day", clean["today"], ""),
        Figure("memory, opened and read", clean["memory"], "MB", MEMORY_MAX),
        Figure("memory, the same after kill -9", crashed["memory"], "MB", MEMORY_MAX),
        Figure("memory, the app running for a moment", used["memory"], "MB", MEMORY_MAX),
        Figure("closing after one edit", used["close_seconds"] * 1e3, "ms"),
        Figure("the store's file", size, "MB"),
    ]


def _first_sync(past: Prepared, folder: Path) -> list[Figure]:
    """Everything crosses to a device that was just let in; server and newcomer are processes of their own."""
    server = past.device(0, folder / "server")
    newcomer = past.newcomer(2, folder / "newcomer")
    with subprocess.Popen(  # noqa: S603 -- this very Python
        [sys.executable, "-m", "benchmarks.aged", "serve", str(server)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stdout is not None
        port = json.loads(serving.stdout.readline())["port"]
        found = _child("arrive", str(newcomer), str(port), str(past.facts.changes))
        rest, _ = serving.communicate("")
    served = json.loads(rest.splitlines()[-1])
    saved = past.facts.saved_bytes
    return [
        Figure("bytes of all messages to the newcomer", found["plain_bytes"], "B"),
        Figure("the same after zlib, as sealed", found["sent_bytes"], "B"),
        Figure("sum of all documents' save()", saved, "B"),
        Figure("messages beside save()", found["plain_bytes"] / saved, TIMES, WIRE_RATIO_MAX),
        Figure("after zlib beside save()", found["sent_bytes"] / saved, TIMES, WIRE_RATIO_MAX),
        Figure("messages", found["messages"], ""),
        Figure("first sync, until all is there or ten minutes", found["seconds"], "s"),
        Figure("changes that had not come by then", found["missing"], "", 0),
        Figure("newcomer's closing after it", found["close_seconds"], "s"),
        Figure("newcomer's memory before", found["memory_before"], "MB"),
        Figure("newcomer's memory when all is there", found["memory"], "MB"),
        Figure("newcomer's memory at its peak", found["memory_peak"], "MB"),
        Figure("the same beyond that before", found["memory_peak"] - found["memory_before"], "MB", MEMORY_MAX),
        Figure("server's memory at its peak", served["memory_peak"], "MB"),
    ]


def _answer(name: str, past: Prepared) -> Sequence[Answer]:
    note(f"ten_years: {name}")
    with disk() as folder:
        opened = _opened(past, folder)
        note(f"ten_years: {name}, first sync")
        synced = _first_sync(past, folder)
    what = f"{past.facts.changes:,} changes in {past.facts.documents} documents, {name}"
    return [
        Figures(f"Ten years at rest: {what}", opened, START_NOTE),
        Figures(f"Ten years to a newcomer: {what}", synced, SYNC_NOTE),
    ]


async def run() -> list[Answer]:
    """Give the figures of both variants."""
    answers: list[Answer] = []
    for name, key in VARIANTS.items():
        past = await asyncio.to_thread(prepared, key)
        assert past.facts.changes >= CHANGES
        answers += await asyncio.to_thread(_answer, f"{name} in {DAYS:,} days", past)
    return answers


if __name__ == "__main__":
    print_answers(run)
