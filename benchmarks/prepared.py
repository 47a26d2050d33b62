"""Stores with a past, made once and kept in `.benchmark-past-…` below the current folder until the code changes.

`python -m benchmarks.prepared years-day` makes one ahead of time. A store is made anew when any source that writes it
has changed, so that no figure comes from a store that other code wrote; BENCHMARK_REUSE=1 keeps it all the same. It
knows no asyncio, and nothing of what is measured.
"""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

import collar_sync
from benchmarks import lives, months
from benchmarks.past import Household, Past
from collar_sync.core.durable import Batch
from collar_sync.shells import keystore
from collar_sync.shells.store import Store

PASSPHRASE: Final = "a long passphrase"
YEARS: Final = 10
DAYS: Final = YEARS * 365
CHANGES: Final = 150_000
_FOUNDED_AT: Final = 1_451_606_400_000  # 2016-01-01
_BULK: Final = 50  # tasks a change where many are wanted quickly
_LEFT_OPEN: Final = 20
_STORE: Final = "store.db"
_FACTS: Final = "facts.msgpack"


class Facts(msgspec.Struct, frozen=True):
    """What is in a prepared store: by which code, who, how much, and how many bytes its documents save as."""

    code: str
    household: Household
    changes: int
    documents: int
    saved_bytes: int
    last_day: str
    seconds: float
    processor_seconds: float = 0.0


class Prepared:
    """One kept store, as the devices of the space have it when they are closed."""

    def __init__(self, folder: Path, facts: Facts) -> None:
        self.facts = facts
        self._folder = folder

    def device(self, place: int, folder: Path) -> Path:
        """The folder of a device of Alex (0), Sam (1) or Robin (2) that holds everything; it may be written to."""
        shutil.copytree(self._folder, folder, ignore=shutil.ignore_patterns(_FACTS))
        store = Store.open(folder / _STORE, keystore.unlock(folder, PASSPHRASE))
        try:
            store.write(Batch(settings=self.facts.household.settings(place)))
        finally:
            store.close()
        return folder

    def newcomer(self, place: int, folder: Path) -> Path:
        """The folder of a device that was let in and holds nothing yet."""
        store = _new_store(folder)
        try:
            store.write(Batch(settings=self.facts.household.settings(place)))
        finally:
            store.close()
        return folder


def _tasks(count: int, past: Past) -> str:
    lives.at_once(past, count, a_change=_BULK, left_open=_LEFT_OPEN)
    return ""


def _years(days_open: int, past: Past) -> str:
    """`days_open`: for how many days a device stays open before it writes as a new actor."""
    life = lives.Days(past, DAYS, CHANGES)
    for day in range(DAYS):
        if day % days_open == 0:
            past.reopen(0)
            past.reopen(1)
        life.live(day)
        if day % 365 == 364:
            _say(f"year {day // 365 + 1} of {YEARS}, {past.changes:,} changes")
    return lives.date(past, DAYS - 1)


def _months(count: int, past: Past) -> str:
    life = months.Months(past)
    for month in range(count):
        life.live(month)
        if month % 12 == 11:
            _say(f"month {month + 1} of {count}, {past.changes:,} changes")
    return lives.date(past, count * months.DAYS_A_MONTH - 1)


LIVES: Final[Mapping[str, Callable[[Past], str]]] = {
    "tasks-200": partial(_tasks, 200),
    "tasks-1000": partial(_tasks, 1_000),
    "tasks-10000": partial(_tasks, 10_000),
    "tasks-50000": partial(_tasks, 50_000),
    "years-day": partial(_years, 1),
    "years-week": partial(_years, 7),
    "months-12": partial(_months, 12),
    "months-120": partial(_months, 120),
}


def prepared(name: str) -> Prepared:
    """The store of that name, made now where it is not there or other code made it."""
    folder = Path.cwd() / f".benchmark-past-{name}"
    facts = _facts(folder)
    if facts is None or (facts.code != _code() and not os.environ.get("BENCHMARK_REUSE")):
        facts = _make(name, folder)
    return Prepared(folder, facts)


def _make(name: str, folder: Path) -> Facts:
    _say(f"preparing {name} …")
    begun, worked = time.perf_counter(), time.process_time()
    unfinished = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    store = _new_store(unfinished)
    household = Household.new(_FOUNDED_AT)
    try:
        past = Past(household, store)
        last_day = LIVES[name](past)
        past.finish()
        assert past.space.problems == []
        chunks = [store.load(document).chunk for document in past.space.library]
    finally:
        store.close()
    assert all(chunks), "every document is sealed"
    saved = sum(len(chunk or b"") for chunk in chunks)
    seconds, processor = time.perf_counter() - begun, time.process_time() - worked
    facts = Facts(_code(), household, past.changes, len(chunks), saved, last_day, seconds, processor)
    (unfinished / _FACTS).write_bytes(msgspec.msgpack.encode(facts))
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    took = f"{seconds:.0f} s, {processor:.0f} of them at work"
    _say(f"prepared {name}: {past.changes:,} changes in {took}; kept in {folder.name}")
    return facts


def _new_store(folder: Path) -> Store:
    key = keystore.create(folder, PASSPHRASE, cost="interactive")
    store = Store.create(folder / _STORE, key)
    keystore.finish(folder)
    return store


def _facts(folder: Path) -> Facts | None:
    try:
        return msgspec.msgpack.decode((folder / _FACTS).read_bytes(), type=Facts)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _code() -> str:
    """A hash of all that decides what is written."""
    own, package = Path(__file__).parent, Path(collar_sync.__file__).parent
    paths = [
        own / "past.py",
        own / "lives.py",
        own / "months.py",
        own / "prepared.py",
        package / "limits.py",
        package / "ids.py",
    ]
    for part in ("core/*.py", "domain/*.py", "shells/store.py", "shells/shelves.py", "shells/database.py"):
        paths += sorted(package.glob(part))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    for asked_for in sys.argv[1:] or LIVES:
        prepared(asked_for)
