"""What is no whole backup is named, nothing is written over, and no backup is made of what is damaged."""

import random
import threading
from pathlib import Path

import pytest

from collar_sync.core.durable import Batch
from collar_sync.errors import Closed, StoreDamaged, StoreError, StoreInUse, WrongPassphrase
from collar_sync.shells import backup, keystore
from collar_sync.shells.backup import restore_backup, write_backup
from collar_sync.shells.store import Store
from tests.shells.backup.filled import HEAD_BYTES, PASSPHRASE, fill, fill_much, opened, says


def test_another_passphrase_restores_nothing(device: Store, directory: Path, target: Path, tmp_path: Path) -> None:
    write_backup(device, directory, target)
    here = {*tmp_path.iterdir()}
    with pytest.raises(WrongPassphrase):
        restore_backup(target, tmp_path / "restored", "seven quiet lantern")
    assert {*tmp_path.iterdir()} == here


def test_a_backup_keeps_the_passphrase_of_its_day(device: Store, directory: Path, target: Path, tmp_path: Path) -> None:
    write_backup(device, directory, target)
    keystore.new_passphrase(directory, PASSPHRASE, "eight", cost="interactive")
    with pytest.raises(WrongPassphrase):
        restore_backup(target, tmp_path / "restored", "eight")
    restore_backup(target, tmp_path / "restored", PASSPHRASE)


def refused(source: Path, folder: Path) -> StoreError:
    """Restore what cannot be, and see that nothing came of it."""
    here = {*folder.iterdir()}
    with pytest.raises(StoreError) as caught:
        restore_backup(source, folder / "restored", PASSPHRASE)
    assert {*folder.iterdir()} == here
    assert "Traceback" not in str(caught.value)
    return caught.value


def test_a_flipped_bit_anywhere_in_a_backup_is_named(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    fill(device)
    write_backup(device, directory, target)
    good = target.read_bytes()
    start = HEAD_BYTES + (directory / backup.KEY_NAME).stat().st_size + 24 + 10
    chance = random.Random(9)  # noqa: S311 - a repeatable test
    for offset in [*range(start), *chance.sample(range(start, len(good)), 200), len(good) - 1]:
        damaged = bytearray(good)
        damaged[offset] ^= 1 << chance.randrange(8)
        target.write_bytes(damaged)
        problem = refused(target, tmp_path)
        if offset < 16:
            assert "is not a backup" in str(problem)
        else:
            assert type(problem) is StoreDamaged
            assert "is damaged. Nothing was restored" in str(problem)
        assert str(target) in str(problem)
    target.write_bytes(good)
    restore_backup(target, tmp_path / "restored", PASSPHRASE)


def test_a_backup_that_was_cut_short_or_grew_is_named(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    fill(device)
    write_backup(device, directory, target)
    good = target.read_bytes()
    for size in (0, 1, 15, 16, 17, 28, 29, 60, 61, 62, 100, 200, 300, 2_500, len(good) - 33, len(good) - 1):
        target.write_bytes(good[:size])
        problem = refused(target, tmp_path)
        assert type(problem) is StoreDamaged
        assert "ends too early" in str(problem)
    target.write_bytes(good + b"\0")
    assert "is damaged" in str(refused(target, tmp_path))


def test_the_pieces_of_two_backups_do_not_fit_together(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    fill_much(device)
    write_backup(device, directory, target)
    older = target.read_bytes()
    device.write(Batch(settings={"x": b"y"}))
    target.unlink()
    write_backup(device, directory, target)
    newer = target.read_bytes()
    assert len(older) == len(newer)
    start = HEAD_BYTES + (directory / backup.KEY_NAME).stat().st_size + 24
    block = (1 << 20) + 17
    for cut in (start - 10, start, start + block, len(newer) - 100):
        target.write_bytes(older[:cut] + newer[cut:])
        assert type(refused(target, tmp_path)) is StoreDamaged
    swapped = newer[:start] + newer[start + block : start + 2 * block] + newer[start : start + block]
    target.write_bytes(swapped + newer[start + 2 * block :])
    assert type(refused(target, tmp_path)) is StoreDamaged
    keystore.create(tmp_path / "other", PASSPHRASE, cost="interactive")
    other = (tmp_path / "other" / "key.tmp").read_bytes()
    target.write_bytes(newer[:HEAD_BYTES] + other + newer[HEAD_BYTES + len(other) :])
    assert type(refused(target, tmp_path)) is StoreDamaged


@pytest.mark.parametrize("content", [b"x", b"PK\3\4 some archive" * 100, bytes(5_000)])
def test_another_file_is_said_to_be_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "photo.jpg").write_bytes(content)
    assert "is not a backup" in str(refused(tmp_path / "photo.jpg", tmp_path))


def test_a_missing_backup_and_a_folder_are_said_in_words(tmp_path: Path) -> None:
    assert "No such file" in str(refused(tmp_path / "missing", tmp_path))
    assert "cannot be used" in str(refused(tmp_path, tmp_path))


def test_a_place_that_cannot_be_written_is_named_as_it_was_given(
    device: Store, directory: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match=f"^There is no folder {tmp_path / 'missing'}. .*Make it first"):
        write_backup(device, directory, tmp_path / "missing" / "copy.bin")
    name = "c" * 252  # what is unfinished has a longer one, which no file may have
    with pytest.raises(StoreError, match=f"^{tmp_path / name} cannot be used"):
        write_backup(device, directory, tmp_path / name)


def test_a_backup_of_a_newer_version_is_left_alone(
    device: Store, directory: Path, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(backup, "_VERSION", 2)
        write_backup(device, directory, target)
    problem = refused(target, tmp_path)
    assert type(problem) is StoreError
    assert "newer version" in str(problem)


def test_nothing_is_written_over(device: Store, directory: Path, target: Path, tmp_path: Path) -> None:
    target.write_bytes(b"dear")
    with pytest.raises(StoreError, match="already"):
        write_backup(device, directory, target)
    assert target.read_bytes() == b"dear"
    target.unlink()
    write_backup(device, directory, target)
    with pytest.raises(StoreError, match=r"a device in .* already"):
        restore_backup(target, directory, PASSPHRASE)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one").write_bytes(b"dear")
    for occupied in (tmp_path / "letters", tmp_path / "letters" / "one"):
        with pytest.raises(StoreError, match="not an empty folder"):
            restore_backup(target, occupied, PASSPHRASE)
    assert (tmp_path / "letters" / "one").read_bytes() == b"dear"
    device.check()


def test_a_file_that_appears_meanwhile_is_not_written_over(device: Store, directory: Path, target: Path) -> None:
    def appear(_done: int, _total: int) -> None:
        target.write_bytes(b"dear")

    with pytest.raises(StoreError, match="already"):
        write_backup(device, directory, target, appear)
    assert target.read_bytes() == b"dear"
    assert [each.name for each in target.parent.iterdir()] == [target.name]


def test_a_second_backup_or_restore_of_one_device_waits_its_turn(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    def another(_done: int, _total: int) -> None:
        with pytest.raises(StoreInUse, match="being done already"):
            write_backup(device, directory, target.with_name("other"))

    def another_restore(_done: int, _total: int) -> None:
        with pytest.raises(StoreInUse, match="being done already"):
            restore_backup(target, tmp_path / "restored", PASSPHRASE)

    write_backup(device, directory, target, lambda done, total: another(done, total) if done > total / 2 else None)
    restore_backup(target, tmp_path / "restored", PASSPHRASE, another_restore)
    assert [each.name for each in target.parent.iterdir()] == [target.name]
    device.close()
    assert says(tmp_path / "restored") == says(directory)


def test_closing_the_store_ends_the_backup(device: Store, directory: Path, target: Path) -> None:
    fill_much(device)
    closers: list[threading.Thread] = []
    waits: list[bool] = []

    def close(_done: int, _total: int) -> None:
        if not closers:
            closers.append(threading.Thread(target=device.close))
            closers[0].start()
            closers[0].join(0.3)
            waits.append(closers[0].is_alive())

    with pytest.raises(Closed):
        write_backup(device, directory, target, close)
    closers[0].join()
    assert waits == [True], "whoever closes waits until the copy has ended"
    assert [*target.parent.iterdir()] == []
    with pytest.raises(Closed):
        write_backup(device, directory, target)
    opened(directory).close()


def test_no_backup_is_made_of_a_damaged_store(device: Store, directory: Path, target: Path) -> None:
    fill_much(device)
    device.close()
    content = bytearray((directory / backup.STORE_NAME).read_bytes())
    content[len(content) // 2] ^= 1
    (directory / backup.STORE_NAME).write_bytes(content)
    store = opened(directory)
    with pytest.raises(StoreDamaged, match="is damaged"):
        write_backup(store, directory, target)
    with pytest.raises(StoreDamaged):
        store.write(Batch(settings={"x": b"y"}))
    store.close()
    assert [*target.parent.iterdir()] == []


def test_no_backup_is_made_of_a_damaged_key_file(device: Store, directory: Path, target: Path) -> None:
    path = directory / backup.KEY_NAME
    good = path.read_bytes()
    for damaged in (b"", good[:-1], good[:40] + bytes([good[40] ^ 1]) + good[41:], good[:-1] + bytes([good[-1] ^ 1])):
        path.write_bytes(damaged)
        with pytest.raises(StoreDamaged, match=r"key file .* is damaged"):
            write_backup(device, directory, target)
        assert [*target.parent.iterdir()] == []
    path.unlink()
    with pytest.raises(StoreError, match="No such file"):
        write_backup(device, directory, target)


def test_a_copy_that_does_not_read_as_it_was_written_is_no_backup(device: Store, directory: Path, target: Path) -> None:
    fill_much(device)
    copy = directory / "backup.tmp" / backup.STORE_NAME

    def spoil(done: int, total: int) -> None:
        if done * 2 == total:
            with copy.open("r+b") as file:
                file.seek(50_000)
                file.write(b"\0\1\2\3")

    with pytest.raises(StoreError, match="The disk failed"):
        write_backup(device, directory, target, spoil)
    assert [*target.parent.iterdir()] == []
    device.write(Batch(settings={"still": b"writing"}))


def test_a_restored_store_that_does_not_read_as_it_was_written_is_not_put_in_place(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    fill_much(device)
    write_backup(device, directory, target)
    here = {*tmp_path.iterdir()}

    def spoil(done: int, total: int) -> None:
        if done * 2 == total:
            with (tmp_path / "restored.restoring" / backup.STORE_NAME).open("r+b") as file:
                file.seek(50_000)
                file.write(b"\0\1\2\3")

    with pytest.raises(StoreDamaged, match="Nothing was restored"):
        restore_backup(target, tmp_path / "restored", PASSPHRASE, spoil)
    assert {*tmp_path.iterdir()} == here


def test_a_folder_that_is_filled_meanwhile_is_left_alone(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    write_backup(device, directory, target)
    restored = tmp_path / "restored"

    def fill_it(_done: int, _total: int) -> None:
        restored.mkdir(exist_ok=True)
        (restored / "one").write_bytes(b"dear")

    with pytest.raises(StoreError, match="Nothing was restored"):
        restore_backup(target, restored, PASSPHRASE, fill_it)
    assert [each.name for each in restored.iterdir()] == ["one"]
    assert not (tmp_path / "restored.restoring").exists()
