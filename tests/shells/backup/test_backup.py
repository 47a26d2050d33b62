"""A backup gives the whole device back, is its owner's alone, and is written beside whatever goes on."""

import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from collar_sync.core.durable import Batch
from collar_sync.shells import backup, keystore
from collar_sync.shells.backup import restore_backup, write_backup
from collar_sync.shells.store import Store
from tests.shells.backup.filled import HEAD_BYTES, PASSPHRASE, fill, fill_much, opened, says
from tests.shells.logged import ALEX, NOTES, SAM, TASKS, change, signed
from tests.shells.sealed import end, record, seal, statement


def test_a_backup_gives_the_whole_device_back_beside_the_one_it_was_made_of(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    fill(device)
    write_backup(device, directory, target)
    device.write(signed(ALEX, 4))
    restored = tmp_path / "new" / "device"
    restore_backup(target, restored, PASSPHRASE)
    store = opened(restored)
    assert store.load_setting("device/seed") == b"s" * 32
    assert store.settings() == device.settings()
    assert [each.seq for each in store.load(NOTES).log] == [3]
    assert [each.seq for each in device.load(NOTES).log] == [3, 4], "both are open"
    store.write(signed(ALEX, 4))
    store.close()
    device.close()
    assert says(restored) == says(directory)
    assert {each.name for each in restored.iterdir()} == {backup.KEY_NAME, "store.db", "store.db.lock"}
    assert [each.name for each in restored.parent.iterdir()] == ["device"]


def test_the_files_of_a_device_have_the_names_that_a_backup_gives_them() -> None:
    from collar_sync.node import opening  # noqa: PLC0415 - the story of these names alone needs it

    assert opening.STORE == backup.STORE_NAME
    assert (keystore._NAME, keystore._NAME_UNFINISHED) == (backup.KEY_NAME, backup._KEY_NAME_UNFINISHED)


def test_a_backup_is_one_file_that_is_its_owners_alone(device: Store, directory: Path, target: Path) -> None:
    fill(device)
    before = {each.name for each in directory.iterdir()}
    write_backup(device, directory, target)
    assert [each.name for each in target.parent.iterdir()] == [target.name]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert {each.name for each in directory.iterdir()} == before


def test_a_restored_device_is_its_owners_alone(device: Store, directory: Path, target: Path, tmp_path: Path) -> None:
    write_backup(device, directory, target)
    restored = tmp_path / "restored"
    restore_backup(target, restored, PASSPHRASE)
    assert stat.S_IMODE(restored.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in restored.iterdir()} == {0o600}
    assert {each.name for each in restored.iterdir()} == {backup.KEY_NAME, backup.STORE_NAME}


def test_an_empty_folder_takes_a_backup(device: Store, directory: Path, target: Path, tmp_path: Path) -> None:
    write_backup(device, directory, target)
    (tmp_path / "empty").mkdir()
    restore_backup(target, tmp_path / "empty", PASSPHRASE)
    device.close()
    assert says(tmp_path / "empty") == says(directory)


def test_a_backup_is_of_one_moment_while_others_go_on_writing(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    fill_much(device)
    begun, finished = threading.Event(), threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not finished.is_set():
            batch = signed(ALEX, written + 1)
            number = b"%d" % (written + 1)
            device.write(Batch(changes=batch.changes, tips=batch.tips, settings={"last": number}))
            written += 1
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        begun.wait()
        before = written
        between: list[int] = []
        write_backup(device, directory, target, lambda _done, _total: between.append(written))
    finally:
        finished.set()
        writer.join()
    assert before < between[0] < between[-1] < written, "nobody waited for the backup"
    restore_backup(target, tmp_path / "restored", PASSPHRASE)
    store = opened(tmp_path / "restored")
    kept = store.load(NOTES)
    last = int(store.load_setting("last") or b"0")
    assert before <= last <= between[0] + 1
    assert [each for each in kept.log if each.actor == ALEX] == [change(ALEX, seq) for seq in range(1, last + 1)]
    assert [(each.actor, each.seq) for each in kept.tips] == [(ALEX, last)]
    assert len(kept.log) == 300 + last
    store.close()
    device.check()
    assert len(device.load(NOTES).log) == 300 + written
    device.close()
    says(directory)


def test_much_written_while_the_backup_is_made_spoils_neither(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    fill_much(device)
    device.write(Batch(settings={"x": b"before"}))
    steps = 0

    def progress(_done: int, _total: int) -> None:
        nonlocal steps
        steps += 1
        if steps == 1:
            device.write(seal(end(SAM, 300), statements=(statement(1),)))
            device.write(Batch(changes=[(TASKS, change(ALEX, 1, bytes(6_000_000)))], settings={"x": b"after"}))

    write_backup(device, directory, target, progress)
    assert steps > 4
    assert device.load(NOTES).log == ()
    restore_backup(target, tmp_path / "restored", PASSPHRASE)
    store = opened(tmp_path / "restored")
    assert len(store.load(NOTES).log) == 300
    assert store.load_setting("x") == b"before"
    store.close()
    device.write(Batch(settings={"x": b"later"}))
    assert (directory / "store.db").stat().st_size > 6_000_000, "the file takes in again what is written"
    device.close()
    says(directory)


def test_progress_ends_where_it_should(device: Store, directory: Path, target: Path, tmp_path: Path) -> None:
    fill_much(device)
    told: list[tuple[int, int]] = []
    work: list[Callable[[Callable[[int, int], None]], None]] = [
        lambda progress: write_backup(device, directory, target, progress),
        lambda progress: restore_backup(target, tmp_path / "restored", PASSPHRASE, progress),
    ]
    for each in work:
        told.clear()
        each(lambda done, total: told.append((done, total)))
        assert len(told) > 4
        assert sorted(told) == told
        assert {total for _, total in told} == {told[-1][0]}
        assert told[-1][0] > 6_000_000


def test_work_that_is_given_up_leaves_nothing_behind(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    fill_much(device)

    class GivenUp(Exception):
        pass

    def give_up_after(part: float) -> Callable[[int, int], None]:
        def progress(done: int, total: int) -> None:
            if done >= part * total:
                raise GivenUp

        return progress

    before = {each.name for each in directory.iterdir()}
    for part in (0.0, 0.3, 0.7, 1.0):
        with pytest.raises(GivenUp):
            write_backup(device, directory, target, give_up_after(part))
        assert [*target.parent.iterdir()] == []
        assert {each.name for each in directory.iterdir()} == before
    write_backup(device, directory, target)
    here = {*tmp_path.iterdir()}
    for part in (0.0, 0.3, 1.0):
        with pytest.raises(GivenUp):
            restore_backup(target, tmp_path / "restored", PASSPHRASE, give_up_after(part))
        assert {*tmp_path.iterdir()} == here


def test_nothing_readable_is_in_the_backup_or_on_the_disk_on_the_way(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    marker = "lavender-harbour-7731"
    raw = marker.encode() + marker.encode("utf-16-le") + marker.encode("utf-16-be")
    fill_much(device)
    device.write(Batch(changes=[(NOTES, change(ALEX, 1, raw * 5_000))], settings={marker: raw}))
    device.write(
        seal(
            end(SAM, 300),
            end(ALEX, 1),
            chunk=raw * 5_000,
            statements=(statement(1, subject=marker),),
            records=(record(marker, title=marker),),
        )
    )
    device.write(Batch(changes=[(NOTES, change(ALEX, 2, raw))]))
    needles = [marker.encode(), marker.encode("utf-16-le"), marker.encode("utf-16-be"), NOTES.encode(), ALEX]
    needles += [b"SQLite", b"collar", b"sqlcipher", PASSPHRASE.encode(), keystore.unlock(directory, PASSPHRASE)]
    seen: set[str] = set()

    def search(*_progress: int) -> None:
        for file in tmp_path.rglob("*"):
            if file.is_file():
                seen.add(file.name)
                content = file.name.encode() + file.read_bytes()
                assert [needle for needle in needles if needle in content] == []

    write_backup(device, directory, target, search)
    restore_backup(target, tmp_path / "restored", PASSPHRASE, search)
    search()
    assert {"store.db", "store.db-wal", target.name, f"{target.name}.new", "key.bin", "key.tmp"} <= seen


def test_two_backups_of_one_store_have_nothing_in_common(device: Store, directory: Path, target: Path) -> None:
    fill(device)
    other = target.with_name("other")
    write_backup(device, directory, target)
    write_backup(device, directory, other)
    start = HEAD_BYTES + (directory / backup.KEY_NAME).stat().st_size

    def pieces(path: Path) -> set[bytes]:
        content = path.read_bytes()[start:]
        return {content[at : at + 16] for at in range(len(content) - 16)}

    assert pieces(target) & pieces(other) == set()
