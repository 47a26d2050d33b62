"""A kill or a full disk leaves a whole backup or none, and a whole device or none."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from collar_sync.shells.backup import restore_backup, write_backup
from collar_sync.shells.store import Store
from tests import needs
from tests.shells.backup.filled import PASSPHRASE, fill_much, opened, says
from tests.shells.logged import ROOT

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
    seconds, kills = 0.002, 0
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
    seconds, kills = 0.002, 0
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
