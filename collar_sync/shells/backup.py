"""One encrypted file that holds a whole device, and the way back from it.

The file is a head, the key file as it is (the store's key under the passphrase of that day), and a copy of the database
in an authenticated stream (libsodium's secretstream) under a key that only the store's key gives. So without the
passphrase nobody learns from it more than its size, not even which pages two backups have in common, and nobody alters
it unseen. Nothing readable is on the disk on the way. Both directions are whole or nothing, whatever happens.

It knows which files a device's directory holds; nothing of what is in them.
"""

import errno
import hashlib
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import nacl.exceptions
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_ABYTES,
    crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    crypto_secretstream_xchacha20poly1305_init_pull,
    crypto_secretstream_xchacha20poly1305_init_push,
    crypto_secretstream_xchacha20poly1305_pull,
    crypto_secretstream_xchacha20poly1305_push,
    crypto_secretstream_xchacha20poly1305_state,
)

from collar_sync.errors import StoreDamaged, StoreError, StoreInUse
from collar_sync.shells import database, files, keystore
from collar_sync.shells.store import Store

Progress = Callable[[int, int], None]
"""Told bytes done and bytes in all, again and again. What it raises ends the work, which leaves nothing behind."""

KEY_NAME: Final = "key.bin"
STORE_NAME: Final = "store.db"
_KEY_NAME_UNFINISHED: Final = "key.tmp"

_MAGIC: Final = bytes.fromhex("96f1c85ad30b7e4c02a9b8e651f73dce")  # drawn by lot
_VERSION: Final = 1
_HEAD: Final = struct.Struct(">16sBIQ")  # magic, version, bytes of the key file, bytes of the database
_CHECKSUM_BYTES: Final = 32  # of the head, behind it, and of the key file, its end
_STREAM_HEAD_BYTES: Final = crypto_secretstream_xchacha20poly1305_HEADERBYTES
_SEAL_BYTES: Final = crypto_secretstream_xchacha20poly1305_ABYTES  # of each block
_PURPOSE: Final = b"backup"
_KEY_BYTES_MAX: Final = 4_096  # of the key file
_STORE_BYTES_MAX: Final = 1 << 40
_BLOCK_BYTES: Final = 1 << 20
_UNFINISHED: Final = ".new"  # after the name of a backup that is being written
_COPY: Final = "backup.tmp"  # in the device's directory while a backup is made
_OURS: Final = (KEY_NAME, _KEY_NAME_UNFINISHED, STORE_NAME, f"{STORE_NAME}-wal", f"{STORE_NAME}.lock")


def write_backup(store: Store, directory: Path, target: Path, progress: Progress = lambda _done, _total: None) -> None:
    """Write the open store of the device in this directory, with its key file, to one new file that is on the disk.

    What is written to the store meanwhile is not in it. The database needs its size once more in the directory for as
    long as this takes. Raises `StoreError` (there is something at the target, the disk is full), `StoreDamaged` (a page
    of the store is not what was written) and `Closed`, with no file made.
    """
    unfinished = target.with_name(target.name + _UNFINISHED)
    safe = f"All that was saved before is safe in {directory}."
    with _said(target.parent, safe):
        _refuse_taken(target)
        if not target.parent.is_dir():
            raise StoreError(f"There is no folder {target.parent}. {safe} Make it first, or choose another place.")
        key = _key_file(directory)
        with _scratch(directory / _COPY) as scratch:
            copy = scratch / STORE_NAME
            with _said(directory, safe):
                store.copy(copy, lambda done, total: progress(done, 2 * total))
            size = copy.stat().st_size
            unfinished.unlink(missing_ok=True)
            try:
                with copy.open("rb") as source, _created(unfinished) as file:
                    secret = store.secret(_PURPOSE)
                    _pack(key, secret, source, size, file, lambda done: progress(size + done, 2 * size))
                _refuse_taken(target)
                files.move_durably(unfinished, target)
            except BaseException:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
                raise


def restore_backup(
    source: Path, directory: Path, passphrase: str, progress: Progress = lambda _done, _total: None
) -> None:
    """Make a device's directory out of a backup; the passphrase is that of the day it was made.

    The directory must be missing or empty. It comes into being when passphrase, stream and every page were found good,
    and at once. Raises `WrongPassphrase`, `StoreDamaged` (cut short, altered), or `StoreError` (no backup, made
    by a newer version, no room).
    """
    directory = directory.absolute()
    with _said(directory.parent, "Nothing was restored."):
        _refuse_occupied(directory)
        with source.open("rb") as file:
            sizes = _read_head(source, file)
            directory.parent.mkdir(parents=True, exist_ok=True)
            with _scratch(directory.with_name(directory.name + ".restoring")) as scratch:
                _unpack(source, file, sizes, scratch, passphrase, progress)
                if directory.exists():
                    directory.rmdir()  # refused unless it is empty still; and Windows renames nothing over it
                files.move_durably(scratch, directory)


def _pack(
    key_file: bytes, secret: bytes, source: BinaryIO, size: int, target: BinaryIO, progress: Callable[[int], None]
) -> None:
    """Write head, key file and stream; each block answers for the head too, which says how many there are."""
    head = _HEAD.pack(_MAGIC, _VERSION, len(key_file), size)
    state = crypto_secretstream_xchacha20poly1305_state()
    stream_head = crypto_secretstream_xchacha20poly1305_init_push(state, secret)
    target.write(head + hashlib.sha256(head).digest() + key_file + stream_head)
    done = 0
    while done < size:
        block = source.read(_BLOCK_BYTES)
        done += len(block)
        target.write(crypto_secretstream_xchacha20poly1305_push(state, block, head + key_file))
        progress(done)


def _unpacked(file: BinaryIO, size: int, secret: bytes, before: bytes) -> Iterator[bytes]:
    """Yield the blocks of the stream; raises `CryptoError` at the first that was not written here."""
    state = crypto_secretstream_xchacha20poly1305_state()
    crypto_secretstream_xchacha20poly1305_init_pull(state, file.read(_STREAM_HEAD_BYTES), secret)
    done = 0
    while done < size:
        sealed = file.read(min(_BLOCK_BYTES, size - done) + _SEAL_BYTES)
        block, _ = crypto_secretstream_xchacha20poly1305_pull(state, sealed, before)
        done += len(block)
        yield block


def _read_head(source: Path, file: BinaryIO) -> tuple[int, int]:
    """Return the bytes of the key file and of the database, once the file is known to be that long."""
    head = file.read(_HEAD.size)
    checksum = file.read(_CHECKSUM_BYTES)
    if not head.startswith(_MAGIC[: len(head)]):
        raise StoreError(f"{source} is not a backup of this app. Choose another file.")
    if len(checksum) < _CHECKSUM_BYTES:
        raise _cut_short(source)
    _, version, key_bytes, store_bytes = _HEAD.unpack(head)
    if hashlib.sha256(head).digest() != checksum:
        raise _altered(source)
    if version > _VERSION:
        raise StoreError(f"{source} was made by a newer version. Update the app to restore it; nothing was changed.")
    if version < _VERSION or not 0 < key_bytes <= _KEY_BYTES_MAX or not 0 < store_bytes <= _STORE_BYTES_MAX:
        raise _altered(source)
    seals_bytes = -(-store_bytes // _BLOCK_BYTES) * _SEAL_BYTES
    expected = _HEAD.size + _CHECKSUM_BYTES + key_bytes + _STREAM_HEAD_BYTES + store_bytes + seals_bytes
    size = file.seek(0, os.SEEK_END)
    if size != expected:
        raise _cut_short(source) if size < expected else _altered(source)
    return key_bytes, store_bytes


def _unpack(
    source: Path, file: BinaryIO, sizes: tuple[int, int], scratch: Path, passphrase: str, progress: Progress
) -> None:
    """Make a device out of the file in a directory of nobody's, and prove that it opens and is whole."""
    key_bytes, store_bytes = sizes
    file.seek(0)
    head = file.read(_HEAD.size + _CHECKSUM_BYTES)[: _HEAD.size]
    key_file = file.read(key_bytes)
    with _created(scratch / _KEY_NAME_UNFINISHED) as target:
        target.write(key_file)
    try:
        key = keystore.unlock(scratch, passphrase)
        with _created(scratch / STORE_NAME) as target:
            done = 0
            for block in _unpacked(file, store_bytes, database.secret(key, _PURPOSE), head + key_file):
                done += target.write(block)
                progress(done, 2 * store_bytes)
        store = Store.open(scratch / STORE_NAME, key)
        try:
            store.check_whole()
        finally:
            store.close()
    except (StoreDamaged, nacl.exceptions.CryptoError) as error:
        raise _altered(source) from error
    (scratch / f"{STORE_NAME}.lock").unlink(missing_ok=True)
    keystore.finish(scratch)
    progress(2 * store_bytes, 2 * store_bytes)


def _key_file(directory: Path) -> bytes:
    """Return the key file, once its own checksum, which is its end, says that it is worth keeping."""
    content = (directory / KEY_NAME).read_bytes()
    whole = hashlib.sha256(content[:-_CHECKSUM_BYTES]).digest() == content[-_CHECKSUM_BYTES:]
    if not whole or len(content) > _KEY_BYTES_MAX:
        raise StoreDamaged(f"The key file {directory / KEY_NAME} is damaged. No backup was made: use an older one.")
    return content


@contextmanager
def _scratch(directory: Path) -> Iterator[Path]:
    """Have an empty directory that only its owner looks into, and nothing of it left behind; one at a time."""
    guard = directory.with_name(directory.name + ".lock")
    try:
        lock = files.Lock(guard)
    except StoreInUse as error:
        raise StoreInUse(f"This is being done already for {directory.parent}. Wait until it is finished.") from error
    try:
        _clear(directory)
        files.private_directory(directory)
        yield directory
    finally:
        with suppress(OSError):
            _clear(directory)
        lock.release()
        with suppress(OSError):
            guard.unlink()


def _clear(directory: Path) -> None:
    """Remove what was left behind under a name of ours; what is not ours stays, and is an `OSError`."""
    if directory.exists():
        for name in _OURS:
            (directory / name).unlink(missing_ok=True)
        directory.rmdir()


@contextmanager
def _created(path: Path) -> Iterator[BinaryIO]:
    """Write a new private file, on the disk when this ends."""
    files.create_private(path)
    with path.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _said(folder: Path, outcome: str) -> Iterator[None]:
    """Turn what the system refuses in this folder into sentences."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreError(f"The disk of {folder} is full. {outcome} Make room, then try again.") from error
        where = str(error.filename or folder).removesuffix(_UNFINISHED)  # as it was given to us
        raise StoreError(
            f"{where} cannot be used: {error.strerror or 'the system refused'}. {outcome} "
            "Check the disk and who may read and write there, then try again."
        ) from error


def _refuse_taken(target: Path) -> None:
    if os.path.lexists(target):  # a link that leads nowhere is somebody's too
        raise StoreError(f"There is a file at {target} already. It was left as it is: choose another name.")


def _refuse_occupied(directory: Path) -> None:
    if keystore.exists(directory) or (directory / STORE_NAME).exists():
        raise StoreError(f"There is a device in {directory} already. It was left as it is: choose another folder.")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise StoreError(f"{directory} is not an empty folder. It was left as it is: choose another one.")


def _cut_short(source: Path) -> StoreDamaged:
    return StoreDamaged(
        f"The backup {source} ends too early. Nothing was restored. Copy it once more from where it was made, or use "
        "another backup."
    )


def _altered(source: Path) -> StoreDamaged:
    return StoreDamaged(
        f"The backup {source} is damaged. Nothing was restored. Copy it once more from where it was made, or use "
        "another backup."
    )
