"""Documents at rest: what a seal puts in place of the log, what is read back of it, and what it refuses to drop."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collar_sync import ids
from collar_sync.core.durable import AtHand, Batch, Erasure, Kept, KeptRecord, KeptStatement, Seal, Tip
from collar_sync.core.shelf import Shelf
from collar_sync.core.statement import AT_END
from collar_sync.errors import StoreDamaged, StoreError
from collar_sync.ids import DocumentId
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

DEVICE = ids.device_id(b"d" * 16)
CHUNK = b"chunk of everything up to here" * 100


def end(actor: bytes, seq: int) -> tuple[bytes, int, bytes]:
    return (actor, seq, change(actor, seq).hash)


def statement(
    number: int, kind: str = "task/done", *names: str, subject: str = "", document: DocumentId = NOTES
) -> KeptStatement:
    names = (subject, *names) if subject else names
    raw = f"{number}:{kind}:{names}".encode()
    return KeptStatement(
        ids.statement_id(number.to_bytes(32, "big")), document, DEVICE, kind, names, raw, number // 3, ((ALEX, 1),)
    )


def record(name: str, document: DocumentId = NOTES, **fields: str | float | bytes | None) -> KeptRecord:
    return KeptRecord(document, f"task/{name}", fields)


def seal(
    *ends: tuple[bytes, int, bytes],
    document: DocumentId = NOTES,
    chunk: bytes = CHUNK,
    statements: tuple[KeptStatement, ...] = (),
    records: tuple[KeptRecord, ...] = (),
) -> Batch:
    return Batch(seals=[Seal(document, chunk, ends, statements, records)])


def choice(statements: tuple[KeptStatement, ...] = (), records: tuple[KeptRecord, ...] = ()) -> Batch:
    chosen = frozenset(each.id for each in statements)
    return Batch(at_hand=(chosen, frozenset((each.document, each.key) for each in records)))


def everything(store: Store) -> tuple[object, ...]:
    assert store._connection is not None
    tables = ("authors", "log", "settings", "snapshots", "statements", "spoken_of", "records")
    return tuple(store._connection.execute("SELECT * FROM " + table).fetchall() for table in tables)  # noqa: S608


def test_the_store_is_a_shelf(store: Store) -> None:
    shelf: Shelf = store
    assert shelf.load(NOTES) == Kept(None, (), ())
    assert shelf.at_hand() == shelf.about("x") == AtHand()
    assert shelf.history((NOTES,), (AT_END, ""), 10) == shelf.history((), (AT_END, ""), 10) == ()


def test_a_seal_stands_in_place_of_the_log_and_later_changes_come_after_it(path: Path, store: Store) -> None:
    store.write(signed(ALEX, 1, 2))
    store.write(signed(SAM, 1))
    store.write(Batch(changes=[(TASKS, change(SAM, 1))]))
    store.write(seal(end(ALEX, 2), end(SAM, 1)))
    assert store.load(NOTES) == Kept(CHUNK, (), (tip(ALEX, 2), tip(SAM, 1)))
    store.write(signed(SAM, 2))
    store.write(signed(ALEX, 3))
    store.write(Batch(changes=[(NOTES, change(ALEX, 4))]))
    expected = Kept(CHUNK, (change(SAM, 2), change(ALEX, 3), change(ALEX, 4)), (tip(ALEX, 3), tip(SAM, 2)))
    assert store.load(NOTES) == expected
    store.close()
    again = Store.open(path, KEY)
    again.check()
    assert again.load(NOTES) == expected
    assert again.load(TASKS) == Kept(None, (change(SAM, 1),), ())
    assert again.documents() == [NOTES, TASKS]
    again.write(seal(end(ALEX, 4), end(SAM, 2), chunk=b"newer"))
    assert again.load(NOTES) == Kept(b"newer", (), (tip(ALEX, 3), tip(SAM, 2)))
    again.write(signed(ALEX, 5))
    assert again.load(NOTES) == Kept(b"newer", (change(ALEX, 5),), (tip(ALEX, 5), tip(SAM, 2)))
    again.close()


def test_changes_and_their_seal_may_come_in_one_batch(store: Store) -> None:
    changes = signed(ALEX, 1, 2, 3)
    sealed = seal(end(ALEX, 3), statements=(statement(1),)).seals
    store.write(Batch(changes=changes.changes, tips=changes.tips, seals=sealed, settings={"seal/notes": b"digest"}))
    assert store.load(NOTES) == Kept(CHUNK, (), (tip(ALEX, 3),))
    assert store.load_setting("seal/notes") == b"digest"
    store.check()


def test_changes_beyond_the_ends_stay_in_the_log(store: Store) -> None:
    store.write(signed(ALEX, 1, 2, 3))
    store.write(signed(SAM, 1))
    store.write(seal(end(ALEX, 2)))
    assert store.load(NOTES) == Kept(CHUNK, (change(ALEX, 3), change(SAM, 1)), (tip(ALEX, 3), tip(SAM, 1)))
    store.check()


REFUSED = {
    "another change": seal((ALEX, 3, bytes(32)), end(SAM, 2)),
    "a change that is not there": seal(end(ALEX, 4), end(SAM, 2)),
    "an actor that is not there": seal(end(ALEX, 3), end(SAM, 2), end(b"?" * 24, 1)),
    "a change of another document": seal(end(SAM, 1), document=TASKS),
    "nothing": seal(end(ALEX, 0), end(SAM, 2)),
    "less than was sealed": seal(end(ALEX, 3)),
    "less of an actor than was sealed": seal(end(ALEX, 3), end(SAM, 1)),
    "one actor twice": seal(end(ALEX, 2), end(ALEX, 3), end(SAM, 2)),
    "one statement twice": seal(end(ALEX, 3), end(SAM, 2), statements=(statement(1), statement(1))),
    "one record twice": seal(end(ALEX, 3), end(SAM, 2), records=(record("a"), record("a"))),
    "a statement of another document": seal(end(SAM, 2), statements=(statement(1, document=TASKS),)),
    "a record of another document": seal(end(SAM, 2), records=(record("a", document=TASKS),)),
    "a sealed change under another hash": seal((SAM, 2, bytes(32))),
}


@pytest.mark.parametrize("batch", REFUSED.values(), ids=REFUSED.keys())
def test_a_seal_over_anything_but_what_is_there_is_refused_whole(store: Store, batch: Batch) -> None:
    store.write(signed(SAM, 1, 2))
    store.write(seal(end(SAM, 2), statements=(statement(7),), records=(record("b", title="old"),)))
    store.write(signed(ALEX, 1, 2, 3))
    before = everything(store)
    with pytest.raises(StoreError, match=r"not what the store .* holds of it\. Nothing was written") as caught:
        store.write(Batch(settings={"x": b"y"}, seals=batch.seals))
    assert type(caught.value) is StoreError
    assert everything(store) == before
    store.write(seal(end(ALEX, 3), end(SAM, 2)))
    assert store.load(NOTES).chunk == CHUNK


@pytest.mark.parametrize("gap", [1, 2])
def test_a_log_with_a_gap_is_not_sealed(store: Store, gap: int) -> None:
    store.write(signed(ALEX, 1, 2, 3))
    assert store._connection is not None
    store._connection.execute("DELETE FROM log WHERE seq = ?", (gap,))
    before = everything(store)
    with pytest.raises(StoreError, match="Nothing was written"):
        store.write(seal(end(ALEX, 3)))
    assert everything(store) == before
    with pytest.raises(StoreDamaged, match=NOTES):
        store.load(NOTES)


def test_a_seal_after_a_failed_one_in_the_same_write_leaves_nothing(store: Store) -> None:
    store.write(signed(ALEX, 1))
    before = everything(store)
    with pytest.raises(StoreError):
        store.write_many([seal(end(ALEX, 1), statements=(statement(1),)), seal(end(SAM, 1))])
    assert everything(store) == before
    store.write(signed(ALEX, 2))
    assert store.load(NOTES).log == (change(ALEX, 1), change(ALEX, 2))


def test_a_sealed_change_is_not_taken_a_second_time(path: Path, store: Store) -> None:
    store.write(signed(ALEX, 1, 2))
    store.write(seal(end(ALEX, 2)))
    for seq in (1, 2):
        with pytest.raises(StoreError, match="already"):
            store.write(signed(ALEX, seq))
    store.close()
    again = Store.open(path, KEY)
    with pytest.raises(StoreError, match="already"):
        again.write(signed(ALEX, 2))
    assert again.load(NOTES).log == ()
    again.close()


def test_the_tip_of_a_sealed_change_may_come_late_but_never_for_another_change(store: Store) -> None:
    store.write(Batch(changes=[(NOTES, change(ALEX, seq)) for seq in (1, 2, 3)]))
    store.write(seal(end(ALEX, 3)))
    assert store.load(NOTES).tips == ()
    store.write(Batch(tips=[(NOTES, tip(ALEX, 2))]))
    assert store.load(NOTES).tips == (tip(ALEX, 2),)
    with pytest.raises(StoreError, match="not in the store"):
        store.write(Batch(tips=[(NOTES, Tip(ALEX, 3, bytes(32), bytes(64)))]))
    store.write(Batch(tips=[(NOTES, tip(ALEX, 3))]))
    store.write(Batch(tips=[(NOTES, tip(ALEX, 1))]))
    assert store.load(NOTES).tips == (tip(ALEX, 3),)
    with pytest.raises(StoreError, match="not in the store"):
        store.write(Batch(tips=[(NOTES, tip(ALEX, 4))]))


def test_statements_and_records_of_sealed_documents_are_found_by_their_names(store: Store) -> None:
    store.write(signed(ALEX, 1))
    store.write(Batch(changes=[(TASKS, change(ALEX, 1))]))
    said = (statement(1, subject="dishes"), statement(2, subject="laundry"))
    done = record("dishes", title="Dishes \N{BROOM}", repeat=7, weight=0.5, done=True, mark=b"\0\xff", until=None)
    answer = statement(3, "answer", subject=said[1].id, document=TASKS)
    store.write(seal(end(ALEX, 1), statements=said, records=(done, record("dishes-2", title="no"))))
    store.write(seal(end(ALEX, 1), document=TASKS, statements=(answer,)))
    assert store.about("dishes") == AtHand((said[0],), (done,))
    assert store.about(said[1].id) == AtHand((said[1], answer), ())
    assert store.about("dish") == AtHand()
    assert store.at_hand() == AtHand()


def test_a_statement_is_found_by_every_name_that_it_speaks_of_as_it_was_sealed_last(path: Path, store: Store) -> None:
    odd = ("a\0b", "\\", '"', "\N{BROOM}", "\uffff")
    asked, taken = statement(1, subject="dishes"), statement(2, "undo", statement(1).id, "dishes", "dishes")
    other = statement(3, "undo", statement(1).id, *odd, document=TASKS)
    store.write(signed(ALEX, 1))
    store.write(Batch(changes=[(TASKS, change(ALEX, 1))]))
    store.write(seal(end(ALEX, 1), statements=(asked, taken)))
    store.write(seal(end(ALEX, 1), document=TASKS, statements=(other,)))
    assert store.about(asked.id) == AtHand((asked, taken, other))
    assert store.about("dishes") == AtHand((asked, taken))
    assert [store.about(name) for name in odd] == [AtHand((other,))] * len(odd)
    assert store.about("a") == store.about("") == AtHand()
    store.write(signed(ALEX, 2))
    moved, news = statement(2, "undo", "laundry"), statement(4, "undo", other.id)
    store.write(seal(end(ALEX, 2), chunk=b"2", statements=(moved, news)))
    store.close()
    again = Store.open(path, KEY)
    assert again.about(asked.id) == AtHand((other,))
    assert again.about("dishes") == AtHand()
    assert again.about("laundry") == AtHand((moved,))
    assert again.about(other.id) == AtHand((other, news))
    again.check()
    again.write(Batch(erase=Erasure(frozenset({TASKS}), ())))
    assert again.about(other.id) == AtHand((news,))
    again.check()
    again.close()


PLANTED = (
    "DELETE FROM spoken_of WHERE name = 'laundry'",
    "UPDATE spoken_of SET statement = statement + 1 WHERE name = 'laundry'",
    "INSERT INTO spoken_of VALUES ('kitchen', 1)",
    "UPDATE statements SET names = '[]' WHERE number = 2",
    "DROP TRIGGER statement_comes; DELETE FROM statements; INSERT INTO statements SELECT * FROM before",
    "DROP TRIGGER statement_goes; DELETE FROM statements",
)


@pytest.mark.parametrize("planted", PLANTED)
def test_a_check_finds_a_statement_that_is_not_found_by_its_names(store: Store, planted: str) -> None:
    store.write(signed(ALEX, 1))
    said = (statement(1, subject="dishes"), statement(2, "task/undo", "laundry", statement(1).id))
    store.write(seal(end(ALEX, 1), statements=said))
    assert store._connection is not None
    store._connection.executescript("CREATE TEMP TABLE before AS SELECT * FROM statements")
    store.check()
    store._connection.executescript(planted)
    with pytest.raises(StoreDamaged, match="is damaged"):
        store.check()


def test_finding_by_a_name_costs_what_speaks_of_it_and_not_what_else_was_said(store: Store) -> None:
    def work() -> int:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        assert store._connection is not None
        store._connection.set_progress_handler(step, 1)
        assert len(store.about(few[0].id).statements) == 3
        store._connection.set_progress_handler(None, 1)
        return steps

    few = (statement(1), *(statement(number, "undo", statement(1).id) for number in (2, 3)))
    others = tuple(statement(number, "undo", statement(number - 1).id) for number in range(5, 1_000))
    store.write(signed(ALEX, 1))
    store.write(seal(end(ALEX, 1), statements=few))
    alone = work()
    store.write(signed(ALEX, 2))
    store.write(seal(end(ALEX, 2), statements=(*few, *others)))
    assert work() <= alone + 10, "among 1,000 others as among none"


def test_what_is_at_hand_is_replaced_whole_and_outlives_a_new_seal(path: Path, store: Store) -> None:
    store.write(signed(ALEX, 1))
    one, two, three = statement(1), statement(2), statement(3)
    open_task, other = record("a", title="A"), record("b", title="B")
    store.write(seal(end(ALEX, 1), statements=(one, two), records=(open_task, other)))
    store.write(choice((one,), (open_task,)))
    assert store.at_hand() == AtHand((one,), (open_task,))
    store.write(choice((one, two), (other, record("missing"))))
    assert store.at_hand() == AtHand((one, two), (other,))
    store.write(signed(ALEX, 2))
    renamed = record("b", title="B, renamed")
    store.write(seal(end(ALEX, 2), chunk=b"2", statements=(two, three), records=(renamed,)))
    assert store.at_hand() == AtHand((two,), (renamed,))
    assert store.about("a") == AtHand()
    assert store.about(one.id) == AtHand()
    store.write(signed(ALEX, 3))
    both = Batch(
        seals=seal(end(ALEX, 3), chunk=b"3", statements=(one, two, three)).seals, at_hand=choice((three,)).at_hand
    )
    store.write(both)
    store.close()
    again = Store.open(path, KEY)
    assert again.at_hand() == AtHand((three,), ())
    again.close()


@pytest.mark.parametrize("kind", [None, "consent", "\U0010ffff", "consent/"])
@pytest.mark.parametrize("documents", [(NOTES,), (NOTES, TASKS), ()], ids=["one", "two", "none"])
def test_history_is_read_in_pages_the_last_said_first(
    store: Store, documents: tuple[DocumentId, ...], kind: str | None
) -> None:
    chance = random.Random(3)  # noqa: S311 - a repeatable test
    kinds = ("consent/given", "consent/revoked", "consents", "task/done", "consent", "\U0010ffff")
    written = {
        document: tuple(
            statement(number, chance.choice(kinds), document=document)
            for number in chance.sample(range(1_000 * place, 1_000 * place + 500), 200)
        )
        for place, document in enumerate((NOTES, TASKS, ids.document_id(b"o" * 16)))
    }
    for document, statements in written.items():
        store.write(Batch(changes=[(document, change(ALEX, 1))]))
        store.write(seal(end(ALEX, 1), document=document, statements=statements))
    found: list[KeptStatement] = []
    while True:
        page = store.history(documents, (found[-1].at, found[-1].id) if found else (AT_END, ""), 7, kind)
        found += page
        if len(page) < 7:
            break
    wanted = [each for document in documents for each in written[document] if kind in {None, each.kind}]
    assert found == sorted(wanted, key=lambda each: (each.at, each.id), reverse=True)
    assert store.history(documents, (AT_END, ""), 0, kind) == store.history(documents, (AT_END, ""), -1, kind) == ()


@pytest.mark.parametrize("kind", ["slip.share", "none.of.it"])
def test_the_history_of_one_kind_costs_what_there_is_of_it_and_not_what_else_was_said(store: Store, kind: str) -> None:
    def work() -> int:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        assert store._connection is not None
        store._connection.set_progress_handler(step, 1)
        assert len(store.history((NOTES, TASKS), (AT_END, ""), 100, kind)) == (5 if kind == "slip.share" else 0)
        store._connection.set_progress_handler(None, 1)
        return steps

    slips = tuple(statement(number, "slip.share") for number in range(0, 500, 100))
    others = tuple(statement(number, f"task.{number % 7}") for number in range(1, 2_000) if number % 100)
    store.write(signed(ALEX, 1))
    store.write(seal(end(ALEX, 1), statements=slips))
    few = work()
    store.write(signed(ALEX, 2))
    store.write(seal(end(ALEX, 2), statements=(*slips, *others)))
    assert work() <= few + 10, "among 2,000 others as among none"


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


def test_sealing_again_writes_little_more_than_what_is_new(path: Path, store: Store) -> None:
    statements = tuple(statement(number, subject=f"s{number}") for number in range(1_000))
    store.write(signed(ALEX, 1))
    store.write(seal(end(ALEX, 1), statements=statements))
    store.write(signed(ALEX, 2))
    store.check()  # empties the write-ahead log
    wal = path.with_name(path.name + "-wal")
    store.write(seal(end(ALEX, 2), statements=(*statements, statement(5_000))))
    assert 0 < wal.stat().st_size < 20 * 2_100


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
