"""The key file: what it promises to its owner and to whoever steals it."""

import errno
import hashlib
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from collar_sync.errors import InvalidInput, StoreDamaged, StoreError, WrongPassphrase
from collar_sync.shells import keystore

PASSPHRASE = "seven quiet lanterns"


def made(directory: Path, passphrase: str = PASSPHRASE) -> bytes:
    key = keystore.create(directory, passphrase, cost="interactive")
    keystore.finish(directory)
    return key


def only_file(directory: Path) -> Path:
    (path,) = directory.iterdir()
    return path


def test_the_passphrase_gives_the_key_back(tmp_path: Path) -> None:
    key = made(tmp_path)
    assert len(key) == 32
    assert keystore.unlock(tmp_path, PASSPHRASE) == key


def test_two_stores_never_share_a_key(tmp_path: Path) -> None:
    assert made(tmp_path / "a") != made(tmp_path / "b")


def test_another_passphrase_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    made(tmp_path)
    before = only_file(tmp_path).read_bytes()
    with pytest.raises(WrongPassphrase):
        keystore.unlock(tmp_path, "seven quiet lantern")
    assert only_file(tmp_path).read_bytes() == before


def test_an_accent_typed_in_two_ways_is_one_passphrase(tmp_path: Path) -> None:
    key = made(tmp_path, "caf\N{LATIN SMALL LETTER E WITH ACUTE}")
    assert keystore.unlock(tmp_path, "cafe\N{COMBINING ACUTE ACCENT}") == key


@pytest.mark.parametrize("passphrase", ["", "x" * 1025, "\ud800"])
def test_what_cannot_be_a_passphrase_is_refused_in_words(tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(InvalidInput, match="at least one character"):
        keystore.create(tmp_path, passphrase, cost="interactive")
    assert not keystore.exists(tmp_path)


def test_any_flipped_bit_reads_as_damage_and_not_as_a_wrong_passphrase(tmp_path: Path) -> None:
    made(tmp_path)
    path = only_file(tmp_path)
    good = path.read_bytes()
    for offset in range(len(good)):
        path.write_bytes(good[:offset] + bytes([good[offset] ^ 1]) + good[offset + 1 :])
        with pytest.raises(StoreDamaged, match="backup copy of the whole folder") as caught:
            keystore.unlock(tmp_path, PASSPHRASE)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("size", [0, 1, 32, 33, 60, 120])
def test_a_cut_file_reads_as_damage(tmp_path: Path, size: int) -> None:
    made(tmp_path)
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(StoreDamaged):
        keystore.unlock(tmp_path, PASSPHRASE)


def forge(path: Path, offset: int, content: bytes) -> None:
    body = bytearray(path.read_bytes()[:-32])
    body[offset : offset + len(content)] = content
    path.write_bytes(body + hashlib.sha256(body).digest())


def test_costs_changed_by_another_hand_open_nothing(tmp_path: Path) -> None:
    made(tmp_path)
    path = only_file(tmp_path)
    forge(path, 1, (1).to_bytes(4, "big"))
    with pytest.raises(WrongPassphrase):
        keystore.unlock(tmp_path, PASSPHRASE)
    forge(path, 5, (1 << 60).to_bytes(8, "big"))
    with pytest.raises(StoreDamaged):
        keystore.unlock(tmp_path, PASSPHRASE)


def test_a_file_of_a_newer_version_is_named_as_such(tmp_path: Path) -> None:
    made(tmp_path)
    forge(only_file(tmp_path), 0, b"\2")
    with pytest.raises(StoreError, match="newer version") as caught:
        keystore.unlock(tmp_path, PASSPHRASE)
    assert type(caught.value) is StoreError


def test_a_new_passphrase_opens_the_same_key_and_the_old_one_no_more(tmp_path: Path) -> None:
    key = made(tmp_path)
    keystore.new_passphrase(tmp_path, PASSPHRASE, "eight", cost="interactive")
    assert keystore.unlock(tmp_path, "eight") == key
    with pytest.raises(WrongPassphrase):
        keystore.unlock(tmp_path, PASSPHRASE)
    with pytest.raises(WrongPassphrase):
        keystore.new_passphrase(tmp_path, PASSPHRASE, "nine", cost="interactive")


CRASHING = """
import os, pathlib, sys
from collar_sync.shells import keystore

directory, passphrase = pathlib.Path(sys.argv[1]), "zero"
key = keystore.create(directory, passphrase, cost="interactive")
keystore.finish(directory)
before = (directory / "key.bin").read_bytes()
at = crashes = 0

def crash(event, arguments):
    global at
    if crashing and event in ("open", "os.rename", "os.remove") and str(directory) in str(arguments[0]):
        at -= 1
        if at < 0:
            os._exit(9)

crashing = False
sys.addaudithook(crash)
for number in range(40):
    child = os.fork()
    if child == 0:
        at, crashing = number, True
        keystore.new_passphrase(directory, passphrase, str(number), cost="interactive")
        os._exit(0)
    crashed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert crashed in (0, 9), crashed
    crashes += crashed == 9
    if crashed and (directory / "key.bin").read_bytes() == before:
        continue
    assert keystore.unlock(directory, str(number)) == key
    break
print(crashes)
"""


def test_a_crash_while_the_passphrase_is_changed_leaves_the_old_one_or_the_new_and_the_same_key(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASHING, str(tmp_path)], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 4  # at reading, making room, writing beside, putting in place
    assert only_file(tmp_path).name == "key.bin"


def test_a_disk_that_refuses_the_new_passphrase_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = made(tmp_path)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(StoreError, match="Nothing was overwritten"):
            keystore.new_passphrase(tmp_path, PASSPHRASE, "eight", cost="interactive")
    assert keystore.unlock(tmp_path, PASSPHRASE) == key
    assert only_file(tmp_path).name == "key.bin"


def test_a_crash_at_first_run_leaves_a_key_that_still_opens(tmp_path: Path) -> None:
    assert not keystore.exists(tmp_path)
    key = keystore.create(tmp_path, PASSPHRASE, cost="interactive")
    assert keystore.exists(tmp_path)
    assert not keystore.finished(tmp_path)
    assert keystore.unlock(tmp_path, PASSPHRASE) == key
    keystore.finish(tmp_path)
    keystore.finish(tmp_path)
    assert keystore.finished(tmp_path)
    assert keystore.unlock(tmp_path, PASSPHRASE) == key


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    key = made(tmp_path)
    with pytest.raises(StoreError, match="already"):
        keystore.create(tmp_path, "other", cost="interactive")
    assert keystore.unlock(tmp_path, PASSPHRASE) == key


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"key file .* is missing"):
        keystore.unlock(tmp_path, PASSPHRASE)


def test_the_folder_is_its_owners_alone_and_tells_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o755)
    key = made(directory)
    path = only_file(directory)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    assert key not in content
    assert PASSPHRASE.encode() not in content
    assert b"collar" not in content + path.name.encode()


def test_the_ordinary_cost_is_the_moderate_one(tmp_path: Path) -> None:
    keystore.create(tmp_path, PASSPHRASE)
    assert int.from_bytes(only_file(tmp_path).read_bytes()[5:13], "big") == 256 << 20


def test_a_process_that_holds_a_key_leaves_no_core_dump(tmp_path: Path) -> None:
    program = (
        "import sys, resource, pathlib\n"
        "from collar_sync.shells import keystore\n"
        "keystore.create(pathlib.Path(sys.argv[1]), 'x', cost='interactive')\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    )
    allowed = resource.getrlimit(resource.RLIMIT_CORE)[1]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (allowed, allowed)),
    )
    assert int(done.stdout) in (0, 1)
