"""The store's key, drawn once at random and kept in a file under a passphrase.

Argon2id makes the wrapping key from the passphrase, XChaCha20-Poly1305 wraps with it and authenticates the parameters.
A checksum over the whole file tells a damaged file from a wrong passphrase. A forgotten passphrase is final.
Knows nothing of what the key opens; nothing here prints or logs a secret.

A key is created in two steps, so that a crash at first run never leaves a key without a store: `create` writes it
aside, the caller makes the store, `finish` puts it in place. `unlock` reads either.
"""

import hashlib
import os
import struct
import unicodedata
from pathlib import Path
from typing import Final, Literal

import nacl.bindings
import nacl.exceptions
import nacl.pwhash.argon2id

from collar_sync.errors import InvalidInput, StoreDamaged, StoreError, WrongPassphrase
from collar_sync.shells import files

Cost = Literal["interactive", "moderate"]

KEY_BYTES: Final = 32
_NAME: Final = "key.bin"
_NAME_UNFINISHED: Final = "key.tmp"
_VERSION: Final = 1
_HEAD: Final = struct.Struct(">BIQ16s24s")  # version, passes, bytes of memory, salt, nonce; authenticated as written
_WRAPPED_BYTES: Final = KEY_BYTES + 16
_CHECKSUM_BYTES: Final = 32
_FILE_BYTES: Final = _HEAD.size + _WRAPPED_BYTES + _CHECKSUM_BYTES
_PASSPHRASE_BYTES_MAX: Final = 1_024

_COSTS: Final[dict[Cost, tuple[int, int]]] = {
    "interactive": (nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE, nacl.pwhash.argon2id.MEMLIMIT_INTERACTIVE),
    "moderate": (nacl.pwhash.argon2id.OPSLIMIT_MODERATE, nacl.pwhash.argon2id.MEMLIMIT_MODERATE),
}
_PASSES_MAX: Final = nacl.pwhash.argon2id.OPSLIMIT_SENSITIVE
_MEMORY_BYTES_MIN: Final = nacl.pwhash.argon2id.MEMLIMIT_MIN
_MEMORY_BYTES_MAX: Final = nacl.pwhash.argon2id.MEMLIMIT_SENSITIVE


def exists(directory: Path) -> bool:
    """Whether a key was created here, finished or not."""
    return (directory / _NAME).exists() or (directory / _NAME_UNFINISHED).exists()


def finished(directory: Path) -> bool:
    """Whether `finish` was reached: from then on a store belongs to the key, and one that is missing was lost."""
    return (directory / _NAME).exists()


def create(directory: Path, passphrase: str, *, cost: Cost = "moderate") -> bytes:
    """Draw a key of 32 bytes and put it on the disk, wrapped; raises `StoreError` where there is one already."""
    files.forbid_core_dumps()
    files.private_directory(directory)
    if exists(directory):
        raise StoreError(
            f"There is a key in {directory} already. Open it with its passphrase, or choose another folder."
        )
    key = os.urandom(KEY_BYTES)
    files.replace_durably(directory / _NAME_UNFINISHED, _wrap(key, passphrase, cost))
    return key


def finish(directory: Path) -> None:
    """Say that the store made with the key exists; does nothing when it was said before."""
    if finished(directory):
        return
    try:
        files.move_durably(directory / _NAME_UNFINISHED, directory / _NAME)
    except OSError as error:
        raise files.unusable(directory / _NAME, error) from error


def unlock(directory: Path, passphrase: str) -> bytes:
    """Return the key; raises `WrongPassphrase`, `StoreDamaged`, or `StoreError` where the file cannot be read."""
    files.forbid_core_dumps()
    path = path_of(directory)
    return _unwrap(path, _read(path), passphrase)


def new_passphrase(directory: Path, old: str, new: str, *, cost: Cost = "moderate") -> None:
    """Wrap the same key by another passphrase, whole or not at all; raises as `unlock` does.

    Copies made before, backups among them, still open with the old one.
    """
    key = unlock(directory, old)
    files.replace_durably(path_of(directory), _wrap(key, new, cost))


def path_of(directory: Path) -> Path:
    """Where the key is kept, finished or not."""
    return directory / (_NAME_UNFINISHED if not finished(directory) else _NAME)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        name = path.with_name(_NAME)
        raise StoreError(
            f"The key file {name} is missing. Put a backup copy of the whole folder in its place."
        ) from error
    except OSError as error:
        raise files.unusable(path, error) from error


def _wrap(key: bytes, passphrase: str, cost: Cost) -> bytes:
    if cost not in _COSTS:
        raise InvalidInput(f"How hard a passphrase is to guess is one of: {', '.join(_COSTS)}.")
    passes, memory_bytes = _COSTS[cost]
    salt, nonce = os.urandom(16), os.urandom(24)
    head = _HEAD.pack(_VERSION, passes, memory_bytes, salt, nonce)
    wrapping = _stretch(passphrase, salt, passes, memory_bytes)
    body = head + nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(key, head, nonce, wrapping)
    return body + hashlib.sha256(body).digest()


def _unwrap(path: Path, content: bytes, passphrase: str) -> bytes:
    body, checksum = content[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
    if len(content) <= _CHECKSUM_BYTES or hashlib.sha256(body).digest() != checksum:
        raise _damaged(path)
    if body[0] > _VERSION:
        raise StoreError(f"{path} was written by a newer version. Update the app to open it; nothing was changed.")
    if len(content) != _FILE_BYTES:
        raise _damaged(path)
    version, passes, memory_bytes, salt, nonce = _HEAD.unpack_from(body)
    affordable = 0 < passes <= _PASSES_MAX and _MEMORY_BYTES_MIN <= memory_bytes <= _MEMORY_BYTES_MAX
    if version != _VERSION or not affordable:
        raise _damaged(path)
    head, wrapped = body[: _HEAD.size], body[_HEAD.size :]
    wrapping = _stretch(passphrase, salt, passes, memory_bytes)
    try:
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(wrapped, head, nonce, wrapping)
    except nacl.exceptions.CryptoError:
        raise WrongPassphrase from None


def _stretch(passphrase: str, salt: bytes, passes: int, memory_bytes: int) -> bytes:
    try:
        raw = unicodedata.normalize("NFC", passphrase).encode()  # one passphrase, whichever keyboard composed it
    except UnicodeEncodeError:
        raw = b""
    if not 0 < len(raw) <= _PASSPHRASE_BYTES_MAX:
        raise InvalidInput("A passphrase has at least one character and at most 1,024 bytes.")
    try:
        return nacl.pwhash.argon2id.kdf(KEY_BYTES, raw, salt, opslimit=passes, memlimit=memory_bytes)
    except (nacl.exceptions.CryptoError, MemoryError) as error:
        megabytes = memory_bytes >> 20
        raise StoreError(
            f"Checking the passphrase needs {megabytes} MB of free memory. Close other programs, then try again."
        ) from error


def _damaged(path: Path) -> StoreDamaged:
    return StoreDamaged(
        f"The key file {path} is damaged. It was left as it is. Put a backup copy of the whole folder in its place."
    )
