"""What became of a sealed document's bytes is named: damage, a gap, a kill at any moment."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collar_sync.core.durable import Batch, Kept
from collar_sync.core.statement import AT_END
from collar_sync.errors import StoreDamaged
from collar_sync.shells.store import Store
from tests.shells.logged import (
    ALEX,
    KEY,
    NOTES,
    ROOT,
    SAM,
    TASKS,
    as_after_a_crash,
    change,
    open_and_check,
    signed,
    tip,
)
from tests.shells.sealed import choice, end, record, seal, statement


def test_the_snapshots_of_two_documents_cannot_change_places(store: Store) -> None:
    for document in (NOTES, TASKS):
        store.write(Batch(changes=[(document, change(ALEX, 1))]))
        store.write(seal(end(ALEX, 1), document=document, chunk=document.encode()))
    store.check()
    assert store._connection is not None
    store._connection.execute("UPDATE snapshots SET document = document || '?'")
    store._connection.execute("UPDATE snapshots SET document = ? WHERE document = ?", (TASKS, f"{NOTES}?"))
    store._connection.execute("UPDATE snapshots SET document = ? WHERE document = ?", (NOTES, f"{TASKS}?"))
    for document in (NOTES, TASKS):
        assert store.load(document) == Kept(None, (change(ALEX, 1),), ()), "what the log has, and not the other's"
    with pytest.raises(StoreDamaged):
        store.check()


def test_a_record_that_cannot_be_read_is_named_as_damage(store: Store) -> None:
    store.write(signed(ALEX, 1))
    store.write(seal(end(ALEX, 1), records=(record("a", title="A"),)))
    assert store._connection is not None
    store._connection.execute("UPDATE records SET fields = x'ff'")
    with pytest.raises(StoreDamaged):
        store.about("a")


def test_a_gap_between_a_seal_and_the_log_is_named(store: Store) -> None:
    store.write(signed(ALEX, 1, 2))
    store.write(seal(end(ALEX, 2)))
    store.write(signed(ALEX, 4))
    with pytest.raises(StoreDamaged, match=NOTES):
        store.load(NOTES)
    with pytest.raises(StoreDamaged):
        store.check()


SEALER = """
import os, sys, pathlib, hashlib
from collar_sync import ids
from collar_sync.core.durable import Batch, KeptRecord, KeptStatement, LoggedChange, Seal, Tip
from collar_sync.shells.store import Store
store = Store.open(pathlib.Path(sys.argv[1]), bytes(range(32)))
notes, actor, device = ids.document_id(b"n" * 16), b"a" * 24, ids.device_id(b"d" * 16)
seq = int(store.load_setting("last") or b"0")
def digest(seq):
    return hashlib.sha256(actor + seq.to_bytes(8, "big")).digest()
while True:
    seq += 1
    seals = []
    if seq % 3 == 0:
        statements = tuple(
            KeptStatement(
                ids.statement_id(at.to_bytes(32, "big")), notes, device, "k", (str(at),), b"%d" % at, at, ((actor, 1),)
            )
            for at in range(seq)
        )
        record = KeptRecord(notes, "task/a", {"seq": seq})
        seals = [Seal(notes, b"up to %d " % seq * 1_000, ((actor, seq, digest(seq)),), statements, (record,))]
    store.write(Batch(
        changes=[(notes, LoggedChange(actor, seq, digest(seq), digest(seq) * 8))],
        tips=[(notes, Tip(actor, seq, digest(seq), bytes([seq & 255]) * 64))],
        settings={"last": b"%d" % seq},
        seals=seals,
        at_hand=(frozenset([statements[-1].id]), frozenset([(notes, "task/a")])) if seals else None,
    ))
    os.write(1, b"%d\\n" % seq)
"""


def test_kills_at_random_moments_leave_all_of_a_seal_or_nothing_of_it(path: Path) -> None:
    seed = int(os.environ.get("COLLAR_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"COLLAR_SEED={seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)  # noqa: S311 - a repeatable test
    Store.create(path, KEY).close()
    confirmed = 0
    for _ in range(16):
        with subprocess.Popen([sys.executable, "-c", SEALER, str(path)], stdout=subprocess.PIPE, cwd=ROOT) as child:
            assert child.stdout is not None
            before, confirmed = confirmed, int(child.stdout.readline())
            assert confirmed > before
            timer = threading.Timer(chance.uniform(0, 0.15), child.kill)
            timer.start()
            for line in child.stdout:
                confirmed = int(line) if line.endswith(b"\n") else confirmed
            timer.join()
        opened = Store.open(path, KEY)
        opened.check()
        last = int(opened.load_setting("last") or b"0")
        assert last >= confirmed
        sealed = last // 3 * 3
        kept = opened.load(NOTES)
        assert kept.log == tuple(change(ALEX, seq) for seq in range(sealed + 1, last + 1))
        assert kept.tips == (tip(ALEX, last),)
        assert kept.chunk == (b"up to %d " % sealed * 1_000 if sealed else None)
        older, before = opened.load(NOTES, older=True), max(sealed - 3, 0)
        assert older.log == tuple(change(ALEX, seq) for seq in range(before + 1, last + 1))
        assert older.tips == kept.tips
        assert older.chunk == (b"up to %d " % before * 1_000 if before else None)
        at_hand = opened.at_hand()
        assert [dict(each.fields) for each in at_hand.records] == [{"seq": sealed}] * bool(sealed)
        assert [each.raw for each in at_hand.statements] == [b"%d" % (sealed - 1)] * bool(sealed)
        assert len(opened.history([NOTES], (AT_END, ""), 1 << 20)) == sealed
        assert [len(opened.about(str(at)).statements) for at in (0, sealed - 1, sealed)] == [bool(sealed)] * 2 + [0]
        opened.close()


FILLED = bytes(range(256)) * 100


def fill(store: Store) -> None:
    """A store with everything in it: a long log, snapshots over several pages, statements, records, a newer tail."""
    for seq in range(1, 61):
        store.write(signed(ALEX, seq))
    statements = tuple(statement(number, subject=f"subject {number}") for number in range(150))
    records = tuple(record(f"{number}", title="title " * 20) for number in range(30))
    store.write(seal(end(ALEX, 40), chunk=FILLED[::3]))
    store.write(seal(end(ALEX, 50), chunk=FILLED, statements=statements, records=records))
    store.write(choice(statements[::7], records[::3]))
    store.write(Batch(changes=[(TASKS, change(SAM, 1))], tips=[(TASKS, tip(SAM, 1))], settings={"name": b"value"}))
    store.write(seal(end(SAM, 1), document=TASKS, chunk=FILLED[::-1]))


def whole(kept: Kept) -> Kept:
    """What is kept of a document of `fill`; what the newest generation says where the older one says the same."""
    between = tuple(change(ALEX, seq) for seq in range(41, 51))
    if kept.chunk == FILLED[::3] and kept.log[:10] == between:
        return Kept(FILLED, kept.log[10:], kept.tips)
    if kept == Kept(None, (change(SAM, 1),), (tip(SAM, 1),)):
        return Kept(FILLED[::-1], (), kept.tips)
    return kept


READS: tuple[Callable[[Store], object], ...] = (
    lambda store: whole(store.load(NOTES)),
    lambda store: whole(store.load(TASKS)),
    lambda store: store.load(NOTES, older=True),
    lambda store: store.load(TASKS, older=True),
    lambda store: store.at_hand(),
    lambda store: store.history((NOTES, TASKS), (AT_END, ""), 1_000),
    lambda store: store.history((NOTES,), (100, ""), 1_000),
    lambda store: store.history((NOTES, TASKS), (AT_END, ""), 1_000, "task/done"),
    lambda store: [store.about(name) for name in ("subject 3", "3", statement(5).id)],
    lambda store: store.settings(),
    lambda store: store.documents(),
)


def contents(path: Path) -> list[object]:
    """Everything a store says, having checked it."""
    opened = Store.open(path, KEY)
    try:
        opened.check()
        return [read(opened) for read in READS]
    finally:
        opened.close()


def unless_damaged(path: Path, right: list[object]) -> list[object]:
    """What a store says without a check, with what ought to be in place of what it finds damaged."""
    said = []
    for read, expected in zip(READS, right, strict=True):
        try:
            opened = Store.open(path, KEY)
        except StoreDamaged:
            return right
        try:
            said.append(read(opened))
        except StoreDamaged:
            said.append(expected)
        finally:
            opened.close()
    return said


def flipped(good: bytes, chance: random.Random, count: int) -> Iterator[bytes]:
    for offset in chance.sample(range(len(good)), count):
        damaged = bytearray(good)
        damaged[offset] ^= 1 << chance.randrange(8)
        yield bytes(damaged)


def test_a_flipped_bit_anywhere_in_a_file_with_sealed_documents_is_named(path: Path, store: Store) -> None:
    fill(store)
    store.close()
    right = contents(path)
    good = path.read_bytes()
    for damaged in flipped(good, random.Random(5), 250):  # noqa: S311 - a repeatable test
        path.write_bytes(damaged)
        with pytest.raises(StoreDamaged, match="backup copy of the whole folder") as caught:
            open_and_check(path)
        assert str(path) in str(caught.value)
        assert path.read_bytes() == damaged, "a damaged file is left as it is"
        assert unless_damaged(path, right) == right, "without a check too, nothing wrong is said"
    path.write_bytes(good)
    assert contents(path) == right


def test_a_flipped_bit_anywhere_in_a_write_ahead_log_with_seals_is_named_or_unwrites_the_last_write(
    path: Path, store: Store, tmp_path: Path
) -> None:
    fill(store)
    before = contents(as_after_a_crash(path, tmp_path / "before"))
    store.write(signed(ALEX, 61))
    crashed = as_after_a_crash(path, tmp_path / "crashed")
    wal = crashed.with_name(crashed.name + "-wal")
    store_bytes, good = crashed.read_bytes(), wal.read_bytes()
    named = 0
    for damaged in flipped(good, random.Random(6), 150):  # noqa: S311 - a repeatable test
        crashed.write_bytes(store_bytes)
        wal.write_bytes(damaged)
        try:
            assert contents(crashed) == before
        except StoreDamaged as error:
            assert str(crashed) in str(error)  # noqa: PT017 - either is right
            assert wal.read_bytes() == damaged
            named += 1
    assert named > 100
    crashed.write_bytes(store_bytes)
    wal.write_bytes(good)
    assert contents(crashed) != before
