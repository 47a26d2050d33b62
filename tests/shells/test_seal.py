"""Documents at rest: what a seal puts in place of the log, and what it refuses to drop."""

from pathlib import Path

import pytest

from collar_sync.core.durable import AtHand, Batch, Kept, Tip
from collar_sync.core.shelf import Shelf
from collar_sync.core.statement import AT_END
from collar_sync.errors import StoreDamaged, StoreError
from collar_sync.shells.store import Store
from tests.shells.logged import (
    ALEX,
    KEY,
    NOTES,
    SAM,
    TASKS,
    change,
    signed,
    tip,
)
from tests.shells.sealed import CHUNK, end, everything, record, seal, statement


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
    with pytest.raises(StoreError, match=r"not what .*main\.db holds of it\. Nothing was written") as caught:
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
        with pytest.raises(StoreError, match=r"holds something else where this belongs\. Nothing was written"):
            store.write(signed(ALEX, seq))
    store.close()
    again = Store.open(path, KEY)
    with pytest.raises(StoreError, match=r"holds something else where this belongs\. Nothing was written"):
        again.write(signed(ALEX, 2))
    assert again.load(NOTES).log == ()
    again.close()


def test_the_tip_of_a_sealed_change_may_come_late_but_never_for_another_change(store: Store) -> None:
    store.write(Batch(changes=[(NOTES, change(ALEX, seq)) for seq in (1, 2, 3)]))
    store.write(seal(end(ALEX, 3)))
    assert store.load(NOTES).tips == ()
    store.write(Batch(tips=[(NOTES, tip(ALEX, 2))]))
    assert store.load(NOTES).tips == (tip(ALEX, 2),)
    with pytest.raises(StoreError, match=r"A signature came for something that is not in .* Nothing was written"):
        store.write(Batch(tips=[(NOTES, Tip(ALEX, 3, bytes(32), bytes(64)))]))
    store.write(Batch(tips=[(NOTES, tip(ALEX, 3))]))
    store.write(Batch(tips=[(NOTES, tip(ALEX, 1))]))
    assert store.load(NOTES).tips == (tip(ALEX, 3),)
    with pytest.raises(StoreError, match=r"A signature came for something that is not in .* Nothing was written"):
        store.write(Batch(tips=[(NOTES, tip(ALEX, 4))]))


def test_sealing_again_writes_little_more_than_what_is_new(path: Path, store: Store) -> None:
    statements = tuple(statement(number, subject=f"s{number}") for number in range(1_000))
    store.write(signed(ALEX, 1))
    store.write(seal(end(ALEX, 1), statements=statements))
    store.write(signed(ALEX, 2))
    store.check()  # empties the write-ahead log
    wal = path.with_name(path.name + "-wal")
    store.write(seal(end(ALEX, 2), statements=(*statements, statement(5_000))))
    assert 0 < wal.stat().st_size < 20 * 2_100
