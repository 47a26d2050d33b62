"""Kills, a full disk, a failing disk: nothing that was confirmed is lost."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from collar_sync.shells.store import Store
from tests import needs
from tests.shells.logged import (
    ALEX,
    KEY,
    NOTES,
    ROOT,
    change,
    tip,
)

FILL = """
import sys, pathlib, resource
from collar_sync import ids
from collar_sync.core.durable import Batch, LoggedChange
from collar_sync.errors import StoreError
from collar_sync.shells.store import Store
path, limit = pathlib.Path(sys.argv[1]), int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
store = Store.create(path, bytes(range(32)))
notes = ids.document_id(b"n" * 16)
seq = 0
for attempt in range(1_000):
    try:
        store.write(Batch(changes=[(notes, LoggedChange(b"a" * 24, seq + 1, bytes(32), bytes(20_000)))]))
    except StoreError as error:
        print(f"{type(error).__name__}: {error}")
        break
    seq += 1
print(seq, len(store.load(notes).log))
try:
    store.write(Batch(changes=[(notes, LoggedChange(b"a" * 24, seq + 1, bytes(32), bytes(200_000)))]))
except StoreError as error:
    print(error)
(path.parent.parent / "room").unlink(missing_ok=True)
try:
    store.write(Batch(changes=[(notes, LoggedChange(b"a" * 24, seq + 1, bytes(32), b"small"))]))
    print("written")
except StoreError as error:
    print(error)
store.close()
if not limit:
    again = Store.open(path, bytes(range(32)))
    again.check()
    print(len(again.load(notes).log))
"""


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    needs.namespaces()
    mount = tmp_path / "mount"
    mount.mkdir()
    script = f'mount -t tmpfs -o size=4m none "{mount}" && head -c 2000000 /dev/zero > "{mount}/room" && exec "$@"'
    command = [
        "unshare",
        "-Urm",
        "sh",
        "-c",
        script,
        "sh",
        sys.executable,
        "-c",
        FILL,
        str(mount / "d" / "main.db"),
        "0",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    said, counts, again, later, reopened = done.stdout.splitlines() or pytest.fail(done.stderr)
    assert said.startswith("StoreError: The disk is full, so this was not saved")
    written, kept = map(int, counts.split())
    assert written == kept > 10
    assert "disk is full" in again
    assert later == "written", "with room again, writing goes on"
    assert int(reopened) == kept + 1


def test_a_failing_disk_stops_all_writing_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "d" / "main.db"
    command = [sys.executable, "-c", FILL, str(path), "400000"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    said, counts, again, later = done.stdout.splitlines() or pytest.fail(done.stderr)
    assert "The disk failed while reading or writing" in said
    assert "The disk failed" in again
    assert "The disk failed" in later, "what the disk holds is unknown until opened again"
    written, kept = map(int, counts.split())
    assert written == kept > 5
    opened = Store.open(path, KEY)
    assert len(opened.load(NOTES).log) == kept
    opened.check()
    opened.close()


WRITER = """
import os, sys, pathlib, hashlib
from collar_sync import ids
from collar_sync.core.durable import Batch, LoggedChange, Tip
from collar_sync.shells.store import Store
store = Store.open(pathlib.Path(sys.argv[1]), bytes(range(32)))
notes, actor, seq = ids.document_id(b"n" * 16), b"a" * 24, int(store.load_setting("last") or b"0")
while True:
    many = 1 + seq % 3
    batches = []
    for seq in range(seq + 1, seq + many + 1):
        digest = hashlib.sha256(actor + seq.to_bytes(8, "big")).digest()
        batches.append(Batch(
            changes=[(notes, LoggedChange(actor, seq, digest, digest * 8))],
            tips=[(notes, Tip(actor, seq, digest, bytes([seq & 255]) * 64))],
            settings={"last": str(seq).encode()},
        ))
    store.write_many(batches)
    os.write(1, b"%d\\n" % seq)
"""


def test_twenty_kills_at_random_moments_lose_nothing_that_was_confirmed(path: Path) -> None:
    seed = int(os.environ.get("COLLAR_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"COLLAR_SEED={seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)  # noqa: S311 - a repeatable test
    Store.create(path, KEY).close()
    checked = confirmed = 0
    for kill in range(20):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, cwd=ROOT) as child:
            assert child.stdout is not None
            before, confirmed = confirmed, int(child.stdout.readline())
            assert confirmed > before
            timer = threading.Timer(chance.uniform(0, 0.2), child.kill)
            timer.start()
            for line in child.stdout:
                confirmed = int(line) if line.endswith(b"\n") else confirmed
            timer.join()
        if kill % 2:  # every other time the next writer is the one to find what the kill left
            opened = Store.open(path, KEY)
            log = [*opened.load(NOTES).log]
            assert len(log) >= confirmed
            assert log[checked:] == [change(ALEX, seq) for seq in range(checked + 1, len(log) + 1)]
            assert [*opened.load(NOTES).tips] == [tip(ALEX, len(log))]
            assert opened.load_setting("last") == b"%d" % len(log)
            opened.close()
            checked = len(log)
    opened = Store.open(path, KEY)
    opened.check()
    assert [*opened.load(NOTES).log] == [change(ALEX, seq) for seq in range(1, checked + 1)]
    opened.close()
