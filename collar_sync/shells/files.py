"""Private files: a directory and files only their owner reads, replaced whole, held by one process at a time.

Knows files and locks; knows nothing of keys, tables or what the bytes mean.
"""

import contextlib
import os
import stat
import sys
from pathlib import Path

from collar_sync.errors import StoreError, StoreInUse

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl
    import resource

_MODE_DIRECTORY = 0o700
_MODE_FILE = 0o600
_OTHERS = 0o077


def private_directory(directory: Path) -> None:
    """Make sure the directory exists and only its owner can look inside; raises `StoreError`."""
    try:
        directory.mkdir(mode=_MODE_DIRECTORY, parents=True, exist_ok=True)
        if sys.platform != "win32":
            status = directory.stat()
            shared = status.st_mode & stat.S_ISVTX or status.st_uid != os.geteuid()  # /tmp and the like are not ours
            if status.st_mode & _OTHERS and not shared:
                directory.chmod(status.st_mode & ~_OTHERS & 0o7777)
    except OSError as error:
        raise unusable(directory, error) from error


def create_private(path: Path) -> None:
    """Create an empty file that only its owner can read; raises `FileExistsError` where there is one."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE_FILE))


def replace_durably(path: Path, content: bytes) -> None:
    """Give the file this content whole or not at all, on the disk when it returns; raises `StoreError`."""
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _MODE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move_durably(fresh, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise unusable(path, error) from error


def move_durably(source: Path, target: Path) -> None:
    """Rename within one file system, on the disk when it returns; raises `OSError`."""
    source.replace(target)
    if sys.platform == "win32":  # which can neither open nor sync a directory, and journals renames
        return
    for directory in dict.fromkeys((target.parent, source.parent)):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def unusable(path: Path, error: OSError) -> StoreError:
    """Return the sentence for a file the system does not let us use."""
    return StoreError(
        f"{path} cannot be used: {error.strerror or 'the system refused'}. Nothing was overwritten. "
        "Check the disk, its free space and who may write there, then try again."
    )


def forbid_core_dumps() -> None:
    """Keep this process's memory, which holds keys, out of crash files. Where the system has no such limit, a no-op."""
    if sys.platform == "win32":
        return
    limit = 1 if sys.platform == "linux" else 0  # Linux hands a dump to a crash service at 0, but at 1 never
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    resource.setrlimit(resource.RLIMIT_CORE, (limit, most))


class Lock:
    """One holder of a file among all processes, and within this one, until released or the process ends."""

    __slots__ = ("_descriptor",)

    def __init__(self, path: Path) -> None:
        """Take the lock at once; raises `StoreInUse` where it is held."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _MODE_FILE)
        except OSError as error:
            raise unusable(path, error) from error
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError) as error:  # the second is what Windows says
            os.close(descriptor)
            raise StoreInUse(
                f"The record in {path.parent} is already open in another window or program. "
                "Close it there, then try again."
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise unusable(path, error) from error
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let the next one in; calling it again is harmless."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
