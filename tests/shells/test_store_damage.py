"""Damage: every flipped bit, cut file and lossy log is named, and left as it is."""

import os
import random
from pathlib import Path

import pytest

from collar_sync.core.durable import Batch
from collar_sync.errors import StoreDamaged
from collar_sync.shells.store import Store
from tests.shells.logged import (
    ALEX,
    KEY,
    NOTES,
    SAM,
    TASKS,
    as_after_a_crash,
    change,
    open_and_check,
    signed,
)


def test_a_flipped_bit_anywhere_is_named_and_never_silent(
    path: Path, store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    for seq in range(1, 151):
        store.write(signed(ALEX, seq))
    store.write(Batch(changes=[(TASKS, change(SAM, 1, os.urandom(50_000)))]))
    store.close()
    good = path.read_bytes()
    pages = range(0, len(good), 2048)
    assert len(pages) > 20
    chance = random.Random(7)  # noqa: S311 - a repeatable test
    corners = [offset for page in pages for offset in (page, page + 16, page + 2047 - 80, page + 2047)]
    for offset in corners + chance.sample(range(len(good)), 60):
        damaged = bytearray(good)
        damaged[offset] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(StoreDamaged) as caught:
            open_and_check(path)
        assert str(path) in str(caught.value)
        assert "backup copy of the whole folder" in str(caught.value)
        assert path.read_bytes() == damaged, "a damaged file is left as it is"
    path.write_bytes(good)
    open_and_check(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kept", [0, 10, 2048, 4096, 20_000, -2048, -1])
def test_a_cut_file_is_named(path: Path, store: Store, kept: int) -> None:
    for seq in range(1, 151):
        store.write(signed(ALEX, seq))
    store.close()
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(StoreDamaged):
        open_and_check(path)


def test_a_damaged_page_met_while_reading_stops_all_writing(path: Path, store: Store) -> None:
    for seq in range(1, 151):
        store.write(signed(ALEX, seq))
    store.close()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1  # among the pages of the log
    path.write_bytes(content)
    opened = Store.open(path, KEY)
    with pytest.raises(StoreDamaged):
        [*opened.load(NOTES).log]
    with pytest.raises(StoreDamaged):
        opened.write(Batch(settings={"x": b"y"}))
    opened.close()
    assert path.read_bytes() == content


@pytest.mark.parametrize("seqs", [(1, 3), (2,)], ids=["gap", "no beginning"])
def test_a_log_that_does_not_add_up_is_named(store: Store, seqs: tuple[int, ...]) -> None:
    store.write(signed(ALEX, *seqs))
    with pytest.raises(StoreDamaged):
        store.check()


class TestTheWriteAheadLogAfterACrash:
    """A copy of the files of an open store is what a crash leaves."""

    @pytest.fixture
    def crashed(self, path: Path, store: Store, tmp_path: Path) -> Path:
        for seq in range(1, 31):
            store.write(signed(ALEX, seq))
        return as_after_a_crash(path, tmp_path / "crashed")

    def seqs(self, path: Path) -> list[int]:
        opened = Store.open(path, KEY)
        try:
            opened.check()
            return [logged.seq for logged in opened.load(NOTES).log]
        finally:
            opened.close()

    def test_everything_confirmed_is_there(self, crashed: Path) -> None:
        assert self.seqs(crashed) == list(range(1, 31))

    def test_a_write_cut_short_is_forgotten_and_no_more_than_that(self, crashed: Path) -> None:
        wal = crashed.with_name("main.db-wal")
        wal.write_bytes(wal.read_bytes()[:-1_000])
        assert self.seqs(crashed) == list(range(1, 30))

    def test_damage_before_the_last_write_is_named_and_left_as_it_is(self, crashed: Path) -> None:
        wal = crashed.with_name("main.db-wal")
        good = wal.read_bytes()
        chance = random.Random(11)  # noqa: S311 - a repeatable test
        for offset in [0, 3, 9, 17, 30, 40, 50, *chance.sample(range(60, len(good) - 20_000), 25)]:
            damaged = bytearray(good)
            damaged[offset] ^= 1 << chance.randrange(8)
            wal.write_bytes(damaged)
            with pytest.raises(StoreDamaged, match="backup copy"):
                Store.open(crashed, KEY)
            assert wal.read_bytes() == damaged
        wal.write_bytes(good)
        assert self.seqs(crashed) == list(range(1, 31))

    def test_a_log_begun_anew_over_an_older_one_is_sound(self, path: Path, store: Store, tmp_path: Path) -> None:
        for seq in range(1, 40):
            store.write(signed(ALEX, seq))
        store.check()  # empties the log
        store.write(Batch(changes=[(NOTES, change(SAM, 1, os.urandom(200_000)))]))
        assert store._connection is not None
        store._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        for seq in range(40, 44):
            store.write(signed(ALEX, seq))
        crashed = as_after_a_crash(path, tmp_path / "anew")
        assert crashed.with_name("main.db-wal").stat().st_size > 200_000, "older frames lie behind the new ones"
        assert len(self.seqs(crashed)) == 44
