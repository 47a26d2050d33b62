"""How long until one change is safely on disk, beside a bare sqlite3 insert of the same bytes that is as durable.

Both on the same disk, WAL with synchronous FULL. Ours writes the change, its author, its hash and its signed tip,
encrypted and authenticated; the bare one writes the bytes. The two take turns write by write: a disk that others use
too is slow for a while and quick for a while, and in blocks of a hundred one of the two would have all the bad luck.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import TIMES, Answer, Figure, Figures, Table, disk, print_answers, ratio, take_turns
from collar_sync import ids, limits
from collar_sync.core.durable import Batch, LoggedChange, Tip
from collar_sync.shells.store import KEY_BYTES, Store

QUESTION = "Durable write of one change of 200 bytes"
RATIO_MOST = 1.5
BARE = "sqlite3, plain, WAL, FULL"
CHANGE_BYTES = 200
ROUNDS = 500


class _Ours:
    def __init__(self, folder: Path) -> None:
        self.store = Store.create(folder / "ours" / "store", os.urandom(KEY_BYTES))
        self._document = ids.document_id(bytes(ids.SHORT_BYTES))
        self._actor = os.urandom(limits.ACTOR_BYTES)
        self._seq = 0

    async def measure(self, rounds: int) -> Sequence[float]:
        found = []
        for _ in range(rounds):
            self._seq += 1
            raw = os.urandom(CHANGE_BYTES)
            digest = hashlib.sha256(raw).digest()
            change = LoggedChange(actor=self._actor, seq=self._seq, hash=digest, raw=raw)
            tip = Tip(actor=self._actor, seq=self._seq, hash=digest, signature=bytes(64))
            begun = time.perf_counter()
            self.store.write(Batch(changes=[(self._document, change)], tips=[(self._document, tip)], settings={}))
            found.append(time.perf_counter() - begun)
        return found


class _Bare:
    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("CREATE TABLE log (position INTEGER PRIMARY KEY, raw BLOB NOT NULL)")

    async def measure(self, rounds: int) -> Sequence[float]:
        found = []
        for _ in range(rounds):
            raw = os.urandom(CHANGE_BYTES)
            begun = time.perf_counter()
            self.connection.execute("INSERT INTO log (raw) VALUES (?)", (raw,))
            found.append(time.perf_counter() - begun)
        return found


async def run() -> list[Answer]:
    """Give the table of this question, and the ratio of its pairs."""
    with disk() as folder:
        ours, bare = _Ours(folder), _Bare(folder)
        try:
            rows = await take_turns({BARE: bare.measure, "collar_sync store": ours.measure}, ROUNDS, blocks=ROUNDS)
        finally:
            ours.store.close()
            bare.connection.close()
    beside = Figure("ours beside bare", ratio(rows[1], rows[0]), TIMES, RATIO_MOST)
    return [
        Table(QUESTION, rows, "ours: encrypted, authenticated, with the change's author, hash and signed tip"),
        Figures("In pairs of one write each", [beside]),
    ]


if __name__ == "__main__":
    print_answers(run)
