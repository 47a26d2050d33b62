"""Backups: one file that gives a whole device back, tells nobody else anything, and is never half of anything."""

import random
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collar_sync.core.durable import Batch
from collar_sync.core.statement import AT_END
from collar_sync.errors import Closed, StoreDamaged, StoreError, StoreInUse, WrongPassphrase
from collar_sync.shells import backup, keystore
from collar_sync.shells.backup import restore_backup, write_backup
from collar_sync.shells.store import Store
from tests import needs
from tests.shells.logged import ALEX, NOTES, ROOT, SAM, TASKS, change, signed
from tests.shells.test_seal import choice, end, record, seal, statement

PASSPHRASE = "seven quiet lanterns"
HEAD_BYTES = 29 + 32


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing is made easy here: hundreds of keys are unlocked."""
    monkeypatch.setitem(keystore._COSTS, "interactive", (1, 8_192))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "device"


@pytest.fixture
def device(directory: Path) -> Iterator[Store]:
    key = keystore.create(directory, PASSPHRASE, cost="interactive")
    store = Store.create(directory / backup.STORE_NAME, key)
    store.write(Batch(settings={"device/seed": b"s" * 32}))
    keystore.finish(directory)
    yield store
    store.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder / "august.backup"


def fill(store: Store) -> None:
    store.write(signed(ALEX, 1, 2))
    one, task = statement(1, subject="dishes"), record("dishes", title="Dishes")
    store.write(seal(end(ALEX, 2), statements=(one, statement(2)), records=(task,)))
    store.write(choice((one,), (task,)))
    store.write(signed(ALEX, 3))
    store.write(Batch(changes=[(TASKS, change(SAM, 1))]))


def fill_much(store: Store, seqs: int = 300) -> None:
    """Some 3 MB, which takes many steps to copy."""
    chance = random.Random(1)  # noqa: S311 - a repeatable test
    raws = [(seq, chance.randbytes(10_000)) for seq in range(1, seqs + 1)]
    store.write(Batch(changes=[(NOTES, change(SAM, seq, raw)) for seq, raw in raws]))


def opened(directory: Path, passphrase: str = PASSPHRASE) -> Store:
    return Store.open(directory / backup.STORE_NAME, keystore.unlock(directory, passphrase))


def says(directory: Path) -> tuple[object, ...]:
    """Everything that the device says, having checked it."""
    store = opened(directory)
    try:
        store.check()
        every = [store.load(document) for document in store.documents()]
        history = store.history(store.documents(), (AT_END, ""), 10_000)
        return (every, history, store.at_hand(), store.about("dishes"), store.settings())
    finally:
        store.close()


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


WORK = """
import os, sys, pathlib
from collar_sync.errors import StoreError
from collar_sync.shells import backup, keystore
from collar_sync.shells.store import Store
what, directory, target = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
try:
    if what == "write":
        store = Store.open(directory / "store.db", keystore.unlock(directory, "seven quiet lanterns"))
        os.write(1, b"begun\\n")
        backup.write_backup(store, directory, target)
        store.close()
    else:
        os.write(1, b"begun\\n")
        backup.restore_backup(target, directory, "seven quiet lanterns")
    print("done")
except StoreError as error:
    print(error)
"""


def killed(what: str, directory: Path, target: Path, seconds: float) -> bool:
    """Do this in a program that is killed; false where it was quicker."""
    command = [sys.executable, "-c", WORK, what, str(directory), str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"
        timer = threading.Timer(seconds, child.kill)
        timer.start()
        said = child.stdout.read()
        timer.cancel()
        timer.join()
    assert b"done\n".startswith(said)
    return not said


def test_a_kill_at_any_moment_leaves_a_whole_backup_or_none(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    fill_much(device)
    device.close()
    whole = says(directory)
    seconds, kills = 0.004, 0
    while killed("write", directory, target, seconds) and not target.exists():
        kills += 1
        seconds *= 1.5
    assert kills > 4
    restore_backup(target, tmp_path / "restored", PASSPHRASE)
    assert says(tmp_path / "restored") == whole == says(directory)
    again = target.with_name("again")
    assert not killed("write", directory, again, 60)
    assert {*target.parent.iterdir()} == {target, again}
    assert {each.name for each in directory.iterdir()} == {"key.bin", "store.db", "store.db.lock"}, "nothing lies about"


def test_a_kill_at_any_moment_leaves_a_whole_device_or_none(
    device: Store, directory: Path, target: Path, tmp_path: Path
) -> None:
    fill_much(device)
    write_backup(device, directory, target)
    restored = tmp_path / "some" / "restored"
    seconds, kills = 0.004, 0
    while killed("restore", restored, target, seconds) and not restored.exists():
        kills += 1
        seconds *= 1.5
    assert kills > 4
    device.close()
    assert says(restored) == says(directory)
    assert {*restored.parent.iterdir()} <= {restored, restored.with_name("restored.restoring.lock")}


def test_a_full_disk_is_said_and_leaves_nothing(device: Store, directory: Path, target: Path, tmp_path: Path) -> None:
    needs.namespaces()
    fill_much(device)
    write_backup(device, directory, target)
    device.close()
    mount = tmp_path / "mount"
    mount.mkdir()
    script = (
        f'mount -t tmpfs -o size=1m none "{mount}" && "$0" -c "$1" write "{directory}" "{mount}/backup"'
        f' && "$0" -c "$1" restore "{mount}/device" "{target}" && ls -A "{mount}"'
    )
    command = ["unshare", "-Urm", "sh", "-c", script, sys.executable, WORK]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    begun, written, again, restored = done.stdout.splitlines() or pytest.fail(done.stderr)
    assert begun == again == "begun"
    assert written.startswith(f"The disk of {mount} is full. All that was saved before is safe")
    assert restored.startswith(f"The disk of {mount} is full. Nothing was restored")
    opened(directory).close()
