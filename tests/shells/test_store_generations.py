"""Two generations of snapshots: what is damaged in the one is read from the other, and nothing goes too early."""

import ast
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from collar_sync.core.durable import Batch, Kept, KeptRecord, KeptStatement, Seal
from collar_sync.core.statement import AT_END
from collar_sync.errors import StoreDamaged, StoreError
from collar_sync.shells import shelves
from collar_sync.shells.store import Store
from tests.shells.logged import ALEX, KEY, NOTES, SAM, TASKS, change, signed, tip
from tests.shells.sealed import end, everything, seal, statement

WHICH: Final = {
    "newest": "WHERE number = (SELECT max(number) FROM snapshots)",
    "oldest": "WHERE number = (SELECT min(number) FROM snapshots)",
}


def sealed_at(*seqs: int, pages: int = 0) -> Batch:
    """A seal whose chunk says what is in it: how far each of Alex's and Sam's changes go."""
    chunk = repr(seqs).encode() + b" " * 2_048 * pages
    return seal(*(end(actor, seq) for actor, seq in zip((ALEX, SAM), seqs, strict=False)), chunk=chunk)


def held(kept: Kept) -> list[tuple[bytes, int]]:
    """Every change that comes out, from chunk and log: each of them once."""
    seqs = ast.literal_eval(kept.chunk.decode()) if kept.chunk else ()
    sealed = [(actor, seq) for actor, last in zip((ALEX, SAM), seqs, strict=False) for seq in range(1, last + 1)]
    assert all(each == change(each.actor, each.seq) for each in kept.log)
    return sorted(sealed + [(each.actor, each.seq) for each in kept.log])


def up_to(alex: int, sam: int) -> list[tuple[bytes, int]]:
    return sorted([(ALEX, seq) for seq in range(1, alex + 1)] + [(SAM, seq) for seq in range(1, sam + 1)])


def meddle(store: Store, statement: str) -> None:
    """Alter rows as a fault of our own could, page checksums and all."""
    for word, clause in WHICH.items():
        statement = statement.replace(word, clause)
    store._open_connection().execute(statement)


def older(store: Store) -> Kept:
    """What there is to fall back on, looked at without a doubt about the newest."""
    return shelves.load(store._open_connection(), NOTES, older=True)


def rows(store: Store) -> int:
    ((count,),) = store._open_connection().execute("SELECT count(*) FROM log").fetchall()
    return int(count)


def sealed_once(store: Store) -> None:
    store.write(signed(ALEX, 1, 2, 3))
    store.write(signed(SAM, 1, 2))
    store.write(sealed_at(3, 2))
    store.write(signed(ALEX, 4, 5))
    store.write(signed(SAM, 3))


def sealed_twice(store: Store) -> None:
    sealed_once(store)
    store.write(sealed_at(5, 3))
    store.write(signed(ALEX, 6))
    store.write(signed(SAM, 4))


NEWEST_DAMAGED = [
    "UPDATE snapshots SET chunk = zeroblob(3000) newest",
    "UPDATE snapshots SET chunk = x'', digest = zeroblob(32) newest",
    "UPDATE snapshots SET digest = zeroblob(32) newest",
    "DELETE FROM snapshots newest",
    "UPDATE snapshots SET document = 'document_0' newest",
    "UPDATE authors SET sealed = dropped, sealed_hash = dropped_hash",
    "UPDATE authors SET sealed = sealed - 1",
    "UPDATE authors SET sealed_hash = zeroblob(32)",
]


@pytest.mark.parametrize("damage", NEWEST_DAMAGED)
@pytest.mark.parametrize("make", [sealed_once, sealed_twice])
def test_a_damaged_newest_snapshot_is_named_and_everything_is_read_without_it(
    path: Path, store: Store, make: Callable[[Store], None], damage: str
) -> None:
    make(store)
    whole, tips = held(store.load(NOTES)), store.load(NOTES).tips
    assert whole == (up_to(5, 3) if make is sealed_once else up_to(6, 4))
    meddle(store, damage)
    kept = store.load(NOTES)
    assert (held(kept), kept.tips) == (whole, tips)
    assert kept == older(store)
    store.write(Batch(settings={"x": b"y"}))
    store.close()
    again = Store.open(path, KEY)
    with pytest.raises(StoreDamaged, match="damaged"):
        again.check()
    assert held(again.load(NOTES)) == whole
    again.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshots SET chunk = zeroblob(3000) oldest",
        "DELETE FROM snapshots oldest",
        "UPDATE authors SET dropped_hash = zeroblob(32)",
        "UPDATE authors SET dropped = dropped - 1",
        "DELETE FROM log WHERE seq = 4",
        "DELETE FROM log WHERE seq = 5",
    ],
)
def test_a_damaged_older_generation_is_named_and_the_next_seal_puts_a_good_one_in_its_place(
    store: Store, damage: str
) -> None:
    sealed_once(store)
    store.write(sealed_at(5, 3))
    meddle(store, damage)
    assert held(store.load(NOTES)) == up_to(5, 3)
    with pytest.raises(StoreDamaged, match=r"is kept twice in .* is damaged.* still there"):
        store.check()
    store.write(signed(ALEX, 6))
    store.write(sealed_at(6, 3))
    store.check()
    assert held(store.load(NOTES)) == held(older(store)) == up_to(6, 3)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshots SET chunk = zeroblob(3000)",
        "UPDATE snapshots SET chunk = x'', digest = zeroblob(32)",
        "DELETE FROM snapshots",
        "UPDATE snapshots SET document = 'document_0'",
        "UPDATE authors SET sealed = 0, dropped = 0",
        "UPDATE authors SET sealed_hash = zeroblob(32), dropped_hash = zeroblob(32)",
        "UPDATE authors SET sealed = 99",
        "DELETE FROM authors",
        "DELETE FROM authors WHERE actor > CAST('b' AS BLOB)",
    ],
)
def test_where_both_generations_are_damaged_that_is_said_and_nothing_is_written(store: Store, damage: str) -> None:
    sealed_twice(store)
    meddle(store, damage)
    before = everything(store)
    with pytest.raises(StoreDamaged, match=f"damaged, in what it keeps of {NOTES}"):
        store.load(NOTES)
    with pytest.raises(StoreDamaged, match="damaged"):
        store.check()
    with pytest.raises(StoreDamaged):
        store.write(Batch(settings={"x": b"y"}))
    assert everything(store) == before


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM snapshots newest; DELETE FROM log WHERE seq = 4",
        "DELETE FROM snapshots newest; DELETE FROM log WHERE seq >= 5",
        "DELETE FROM snapshots newest; DELETE FROM authors WHERE dropped = 0",
    ],
)
def test_the_older_generation_is_not_taken_for_whole_where_the_log_after_it_is_not(store: Store, damage: str) -> None:
    store.write(signed(ALEX, 1, 2, 3))
    store.write(sealed_at(3))
    store.write(signed(ALEX, 4, 5))
    store.write(signed(SAM, 1, 2))
    store.write(sealed_at(5, 2))
    for each in damage.split(";"):
        meddle(store, each)
    with pytest.raises(StoreDamaged):
        store.load(NOTES)


def test_after_each_seal_the_log_holds_no_more_than_what_came_since_the_one_before(store: Store) -> None:
    for number in range(1, 30):
        store.write(signed(ALEX, *range(10 * number - 9, 10 * number + 1)))
        store.write(Batch(changes=[(TASKS, change(ALEX, number))]))
        store.write(sealed_at(10 * number))
        assert rows(store) == 10 + number, "the newest ten, and what another document has"
        assert len(older(store).log) == 10
        assert held(older(store)) == held(store.load(NOTES)) == up_to(10 * number, 0)
    ((count,),) = store._open_connection().execute("SELECT count(*) FROM snapshots").fetchall()
    assert count == 2
    store.check()


def test_an_actor_that_comes_later_keeps_its_rows_until_two_snapshots_hold_them(store: Store) -> None:
    store.write(signed(ALEX, 1))
    store.write(sealed_at(1))
    store.write(signed(SAM, 1, 2))
    store.write(sealed_at(1, 2))
    assert older(store).log == (change(SAM, 1), change(SAM, 2))
    store.write(signed(ALEX, 2))
    store.write(sealed_at(2, 2))
    assert older(store).log == (change(ALEX, 2),)
    assert store.load(NOTES).tips == older(store).tips == (tip(ALEX, 2), tip(SAM, 2))
    store.check()


@pytest.mark.parametrize("damage", NEWEST_DAMAGED[:-2])
def test_a_seal_after_a_damaged_newest_snapshot_replaces_it_and_drops_nothing(store: Store, damage: str) -> None:
    sealed_twice(store)
    log = rows(store)
    meddle(store, damage)
    store.write(sealed_at(6, 4))
    assert rows(store) == log
    assert older(store).chunk == b"(3, 2)"
    assert held(store.load(NOTES)) == held(older(store)) == up_to(6, 4)
    meddle(store, "DELETE FROM snapshots WHERE document = 'document_0'")
    store.check()
    store.write(signed(ALEX, 7))
    store.write(sealed_at(7, 4))
    assert rows(store) == 1
    assert held(store.load(NOTES)) == held(older(store)) == up_to(7, 4)
    store.check()


def test_a_first_snapshot_that_is_damaged_is_replaced_and_the_log_stays_whole(store: Store) -> None:
    sealed_once(store)
    log = rows(store)
    meddle(store, "UPDATE snapshots SET chunk = zeroblob(3000)")
    store.write(sealed_at(5, 3))
    assert rows(store) == log
    assert older(store).chunk is None
    assert held(store.load(NOTES)) == held(older(store)) == up_to(5, 3)
    store.check()


def test_a_seal_over_a_damaged_snapshot_with_a_gap_in_the_log_after_the_one_before_is_refused(store: Store) -> None:
    sealed_twice(store)
    meddle(store, "UPDATE snapshots SET chunk = zeroblob(3000) newest")
    meddle(store, "DELETE FROM log WHERE seq = 4 AND author = 1")
    before = everything(store)
    with pytest.raises(StoreError, match="Nothing was written"):
        store.write(sealed_at(6, 4))
    assert everything(store) == before


def test_a_seal_over_a_damaged_snapshot_that_holds_less_than_that_is_refused(store: Store) -> None:
    sealed_twice(store)
    meddle(store, "DELETE FROM snapshots newest")
    before = everything(store)
    for less in (sealed_at(3, 2), sealed_at(5), sealed_at(5, 2), sealed_at(4, 3)):
        with pytest.raises(StoreError, match="Nothing was written"):
            store.write(less)
    assert everything(store) == before


def test_sealing_again_with_nothing_new_keeps_what_there_is_to_fall_back_on(store: Store) -> None:
    sealed_once(store)
    store.write(sealed_at(5, 3))
    log, before = rows(store), older(store)
    for _ in range(3):
        store.write(sealed_at(5, 3, pages=1))
        assert rows(store) == log
        assert older(store) == before
    meddle(store, "DELETE FROM snapshots newest")
    assert held(store.load(NOTES)) == up_to(5, 3)


def test_a_snapshot_that_somebody_could_make_nothing_of_is_never_what_is_fallen_back_on(store: Store) -> None:
    sealed_twice(store)
    log = rows(store)
    assert store.load(NOTES, older=True).chunk == b"(3, 2)"  # its checksum is right, its reader is at a loss
    store.write(sealed_at(6, 4))
    assert rows(store) == log
    assert store.load(NOTES).chunk == b"(6, 4)"
    store.write(signed(ALEX, 7))
    store.write(sealed_at(7, 4))  # the newest is trusted again
    assert rows(store) == 1
    assert older(store).chunk == b"(6, 4)"
    store.check()


def test_a_doubt_outlives_a_seal_that_was_not_written(store: Store) -> None:
    sealed_twice(store)
    store.load(NOTES, older=True)
    with pytest.raises(StoreError):
        store.write_many([sealed_at(6, 4), signed(ALEX, 1)])
    store.write(sealed_at(6, 4))
    assert older(store).chunk == b"(3, 2)"


def test_of_a_document_that_was_never_sealed_both_generations_are_its_log(store: Store) -> None:
    store.write(signed(ALEX, 1, 2))
    assert store.load(NOTES, older=True) == store.load(NOTES)
    assert store.load(TASKS, older=True) == store.load(TASKS) == Kept(None, (), ())


def test_a_damaged_page_of_the_newest_snapshot_stops_writing_and_reading_goes_on(path: Path, store: Store) -> None:
    store.write(signed(ALEX, *range(1, 31)))
    store.write(sealed_at(30, pages=30))
    store.write(signed(ALEX, *range(31, 41)))
    store.write(sealed_at(40, pages=30))
    store.write(signed(ALEX, *range(41, 46)))
    store.write(Batch(settings={"name": b"value"}))
    newest, before = store.load(NOTES), older(store)
    store.close()
    good = path.read_bytes()
    fell_back = 0
    for page in range(0, len(good), 2_048):
        damaged = bytearray(good)
        damaged[page + 700] ^= 1
        path.write_bytes(damaged)
        try:
            opened = Store.open(path, KEY)
        except StoreDamaged:
            continue
        try:
            first = opened.load(NOTES)
        except StoreDamaged:
            opened.close()
            continue
        assert first in (newest, before)
        if first == before:
            fell_back += 1
            with pytest.raises(StoreDamaged, match="backup copy of the whole folder"):
                opened.write(signed(ALEX, 46))
            assert opened.load(NOTES) == before
            assert opened.settings() == {"name": b"value"}
            with pytest.raises(StoreDamaged):
                opened.check()
        opened.close()
        assert path.read_bytes() == damaged
    assert fell_back >= 31, "each page of the newest snapshot, the last one too"


def test_a_seal_over_damaged_pages_is_refused_or_whole(path: Path, store: Store) -> None:
    said = KeptStatement(
        statement(1).id, NOTES, statement(1).device, "k", ("subject",), os.urandom(9_000), 1, ((ALEX, 1),)
    )
    parts = sealed_at(2, pages=3).seals[0]
    store.write(signed(ALEX, 1, 2))
    store.write(Batch(seals=[Seal(NOTES, parts.chunk, parts.ends, (said,), ())]))
    store.write(signed(ALEX, 3))
    store.close()
    good, parts = path.read_bytes(), sealed_at(3, pages=3).seals[0]
    refused = 0
    for page in range(0, len(good), 2_048):
        damaged = bytearray(good)
        damaged[page + 700] ^= 1
        path.write_bytes(damaged)
        try:
            opened = Store.open(path, KEY)
        except StoreDamaged:
            continue
        try:
            opened.write(Batch(seals=[Seal(NOTES, parts.chunk, parts.ends, (said,), ())]))
        except StoreDamaged:
            refused += 1
            opened.close()
            assert path.read_bytes() == damaged
            continue
        assert held(opened.load(NOTES)) == held(older(opened)) == up_to(3, 0)
        assert opened.history((NOTES,), (AT_END, ""), 2) == (said,)
        opened.close()
    assert refused > 8


def test_a_damaged_page_of_a_long_value_is_never_read_as_zeros(path: Path, store: Store) -> None:
    """SQLCipher answers zeros, and no error, where the last page of a value does not authenticate."""
    long = os.urandom(9_000)
    said = KeptStatement(statement(1).id, NOTES, statement(1).device, "k", ("subject",), long, 1, ((ALEX, 1),))
    store.write(Batch(changes=[(NOTES, change(ALEX, 1)), (TASKS, change(ALEX, 1, long))], settings={"long": long}))
    sealed = Seal(NOTES, long, (end(ALEX, 1),), (said,), (KeptRecord(NOTES, "task/a", {"text": long}),))
    store.write(Batch(seals=[sealed]))
    store.close()
    good = path.read_bytes()
    reads: tuple[Callable[[Store], object], ...] = (
        lambda store: store.load_setting("long"),
        lambda store: store.load(TASKS).log[0].raw,
        lambda store: store.load(NOTES).chunk or long,
        lambda store: store.about("subject").statements[0].raw,
        lambda store: store.history((NOTES,), (AT_END, ""), 1)[0].raw,
        lambda store: store.about("a").records[0].fields["text"],
    )
    named = 0
    for read in reads:
        for page in range(0, len(good), 2_048):
            damaged = bytearray(good)
            damaged[page + random.Random(page).randrange(2_048)] ^= 1  # noqa: S311 - a repeatable test
            path.write_bytes(damaged)
            try:
                opened = Store.open(path, KEY)
            except StoreDamaged:
                continue
            try:
                assert read(opened) == long
            except StoreDamaged:
                named += 1
            finally:
                opened.close()
    assert named >= 20
