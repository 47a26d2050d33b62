"""The store: what was confirmed is there, what is damaged is named, and nobody else reads it."""

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from collar_sync import ids
from collar_sync.core.durable import Batch, Tip
from collar_sync.errors import Closed, StoreError, StoreInUse
from collar_sync.shells.database import SCHEMA_VERSION
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


def test_what_was_written_is_there_when_opened_again(path: Path, store: Store) -> None:
    store.write(signed(ALEX, 1, 2))
    store.write(Batch(changes=[(TASKS, change(SAM, 1))], tips=[(TASKS, tip(SAM, 1))]))
    store.write(signed(SAM, 1))
    store.write(signed(ALEX, 3))
    store.close()
    again = Store.open(path, KEY)
    assert again.documents() == [NOTES, TASKS]
    assert [*again.load(NOTES).log] == [change(ALEX, 1), change(ALEX, 2), change(SAM, 1), change(ALEX, 3)]
    assert [*again.load(NOTES).tips] == [tip(ALEX, 3), tip(SAM, 1)]
    assert [*again.load(TASKS).log] == [change(SAM, 1)]
    assert [*again.load(ids.document_id(b"?" * 16)).log] == []
    again.check()
    again.close()


def test_settings_are_set_replaced_and_deleted(store: Store) -> None:
    store.write(Batch(settings={"spaces/1": b"one", "spaces/2": b"\0two", "salt": b"s"}))
    store.write(Batch(settings={"spaces/1": b"uno", "salt": None, "never": None}))
    assert store.settings() == {"spaces/1": b"uno", "spaces/2": b"\0two"}
    assert store.load_setting("spaces/1") == b"uno"
    assert store.load_setting("salt") is None


def test_a_late_older_tip_does_not_replace_a_newer_one(store: Store) -> None:
    store.write(signed(ALEX, 1, 2, 3))
    store.write(Batch(tips=[(NOTES, tip(ALEX, 2))]))
    assert [*store.load(NOTES).tips] == [tip(ALEX, 3)]


def test_a_tip_may_come_after_its_change_but_never_without_it(store: Store) -> None:
    store.write(Batch(changes=[(NOTES, change(ALEX, 1)), (NOTES, change(ALEX, 2)), (NOTES, change(ALEX, 3))]))
    assert [*store.load(NOTES).tips] == []
    store.write(Batch(tips=[(NOTES, tip(ALEX, 2))]))
    assert [*store.load(NOTES).tips] == [tip(ALEX, 2)]
    for stray in (tip(ALEX, 4), tip(SAM, 1), Tip(ALEX, 3, bytes(32), bytes(64))):
        with pytest.raises(StoreError, match="something that is not in"):
            store.write(Batch(tips=[(NOTES, stray)], settings={"x": b"y"}))
    assert [*store.load(NOTES).tips] == [tip(ALEX, 2)]
    assert store.settings() == {}
    store.check()


def test_a_batch_is_written_whole_or_not_at_all(path: Path, store: Store) -> None:
    store.write(signed(ALEX, 1))
    with pytest.raises(StoreError, match="Nothing was written"):
        store.write_many([signed(SAM, 1), Batch(settings={"x": b"y"}), signed(ALEX, 1)])
    assert [*store.load(NOTES).log] == [change(ALEX, 1)]
    assert store.settings() == {}
    store.write_many([signed(SAM, 1), signed(ALEX, 2)])
    store.close()
    again = Store.open(path, KEY)
    assert [*again.load(NOTES).log] == [change(ALEX, 1), change(SAM, 1), change(ALEX, 2)]
    again.close()


def test_a_thread_other_than_the_opener_may_write_while_another_reads(store: Store) -> None:
    def write() -> None:
        for seq in range(1, 101):
            store.write(signed(ALEX, seq))

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        seqs = [logged.seq for logged in store.load(NOTES).log]
        assert seqs == list(range(1, len(seqs) + 1))
    writer.join()
    assert len(store.load(NOTES).log) == 100


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(Closed):
        store.write(signed(ALEX, 1))
    with pytest.raises(Closed):
        store.settings()


def test_one_process_at_a_time(path: Path, store: Store) -> None:
    program = (
        "import sys, pathlib\n"
        "from collar_sync.errors import StoreInUse\n"
        "from collar_sync.shells.store import Store\n"
        "try:\n    Store.open(pathlib.Path(sys.argv[1]), bytes(range(32)))\n"
        "except StoreInUse as error:\n    print(error)\n"
    )

    def other_process() -> str:
        command = [sys.executable, "-c", program, str(path)]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout

    assert "already open in another window or program" in other_process()
    with pytest.raises(StoreInUse):
        Store.open(path, KEY)
    store.close()
    assert other_process() == ""


def test_files_are_their_owners_alone_and_their_names_tell_nothing(path: Path, store: Store) -> None:
    store.write(signed(ALEX, 1))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    names = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert names == {"main.db": 0o600, "main.db-wal": 0o600, "main.db.lock": 0o600}


def test_a_folder_of_many_owners_is_not_locked_up(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    Store.create(shared / "main.db", KEY).close()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777


def test_nothing_readable_in_any_file_open_crashed_or_closed(path: Path, store: Store, tmp_path: Path) -> None:
    marker = "lavender-harbour-7731"
    raw = marker.encode() + marker.encode("utf-16-le") + marker.encode("utf-16-be")
    big = raw * 4_000  # several pages, and more than the cache holds of one
    for seq in range(1, 200):
        store.write(Batch(changes=[(NOTES, change(ALEX, seq, raw))], settings={marker: raw}))
    store.write(Batch(changes=[(NOTES, change(ALEX, 200, big))]))
    needles = [marker.encode(), marker.encode("utf-16-le"), marker.encode("utf-16-be"), NOTES.encode(), ALEX, b"SQLite"]

    def found(directory: Path) -> set[bytes]:
        contents = [file.read_bytes() + file.name.encode() for file in directory.iterdir()]
        return {needle for needle in needles for content in contents if needle in content}

    crashed = as_after_a_crash(path, tmp_path / "crashed")
    assert found(crashed.parent) == set()
    store.close()
    assert found(path.parent) == set()

    plain = tmp_path / "plain"
    plain.mkdir()
    connection = sqlite3.connect(plain / "main.db")
    connection.execute("CREATE TABLE log (document, actor, raw)")
    connection.execute("INSERT INTO log VALUES (?, ?, ?)", (NOTES, ALEX, raw))
    connection.commit()
    connection.close()
    assert found(plain) == set(needles)


def test_a_missing_store_is_named_and_not_begun_anew(path: Path) -> None:
    with pytest.raises(StoreError, match="missing"):
        Store.open(path, KEY)
    assert not path.parent.exists()


def test_a_store_is_never_created_over_another(path: Path, store: Store) -> None:
    store.write(signed(ALEX, 1))
    store.close()
    with pytest.raises(StoreError, match="already"):
        Store.create(path, bytes(32))
    open_and_check(path)


def test_a_log_left_behind_by_a_lost_store_is_not_mixed_into_a_new_one(path: Path, store: Store) -> None:
    store.write(signed(ALEX, 1))
    lost = as_after_a_crash(path, path.parent.with_name("lost"))
    lost.unlink()
    with pytest.raises(StoreError, match="already"):
        Store.create(lost, KEY)


def test_a_crash_while_creating_leaves_nothing_in_the_way(path: Path) -> None:
    path.parent.mkdir()
    (path.parent / "main.db.new").write_bytes(b"half")
    Store.create(path, KEY).close()
    open_and_check(path)
    assert not (path.parent / "main.db.new").exists()


@pytest.mark.parametrize(
    ("version", "reason"),
    [(SCHEMA_VERSION + 1, "newer version"), (SCHEMA_VERSION - 1, "Open it with the version that wrote it")],
)
def test_a_store_of_another_version_is_left_alone(path: Path, store: Store, version: int, reason: str) -> None:
    assert store._connection is not None
    store._connection.execute(f"PRAGMA user_version = {version}")
    store.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=reason) as caught:
        Store.open(path, KEY)
    assert type(caught.value) is StoreError
    assert path.read_bytes() == before
