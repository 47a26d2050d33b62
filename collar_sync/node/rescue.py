"""Makes a new store out of what can still be read of a damaged one, which is kept as it is, and says what is missing.

Every change is held against its hash, what it follows and its signature, as if a peer had sent it, and the new store is
looked through whole before it takes the place of the old one. A power cut on the way changes nothing. It knows what the
names of settings mean, and nothing of pages and tables.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from collar_sync.errors import StoreDamaged, StoreError
from collar_sync.node.opening import SEED, STORE
from collar_sync.node.rebuilding import Rebuilding
from collar_sync.node.verify import Progress, verify
from collar_sync.shells import database, exchange, files, keystore
from collar_sync.shells.salvage import Salvaged, salvage
from collar_sync.shells.store import Store

_SCRATCH: Final = "rescue.tmp"
_NO_SEED: Final = (
    "The keys of this device were on a page of {path} that cannot be read, so nothing can be rescued from it. It was "
    "left as it is. Restore a backup; or open the app on another folder, and have somebody let you in again."
)


def mend(directory: Path, passphrase: str, progress: Progress = lambda _done, _all: None) -> list[str]:
    """Rescue the store in this directory, where anything is wrong with it; what came of it, in words.

    Answers nothing, and changes nothing, where all is well. The damaged store is kept in the directory that the words
    name. Needs as much room again as the store takes, three times while it lasts. Raises `WrongPassphrase`,
    `StoreInUse`, and `StoreError` where nothing can be rescued, with nothing changed.
    """
    if not keystore.exists(directory):
        raise StoreError(f"There is no device in {directory}.")
    path = directory / STORE
    key = keystore.unlock(directory, passphrase)
    if not path.exists() and not exchange.begun(path):
        raise StoreError(f"The file {path} of your record is missing. Put a backup copy of the folder in its place.")
    lock = files.Lock(database.beside(path, ".lock"))
    scratch = directory / _SCRATCH
    try:
        with _said(path):
            exchange.finish(path)
            shutil.rmtree(scratch, ignore_errors=True)
            files.private_directory(scratch)
            copy = _copied(directory, scratch / "copy")
            try:
                if not verify(copy, passphrase):
                    return []
            except StoreError:
                pass  # whatever it is, it is not well
            found = salvage(path, key, _made(scratch / "pages"))
            shutil.rmtree(copy)
            fresh = _made(scratch / "fresh")
            shutil.copyfile(keystore.path_of(directory), fresh / keystore.path_of(directory).name)
            words = _rebuilt(fresh / STORE, path, key, found, progress)
            findings = verify(fresh, passphrase)
            if findings:
                raise StoreDamaged(f"What was rescued of {path} is not whole, so nothing was changed: {findings[0]}")
            kept = exchange.exchange(fresh / STORE, path, keystore.path_of(directory))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        lock.release()
    aside = (
        f"The damaged file was not altered. It is kept in {kept}, under the same passphrase, with all that is in it, "
        "also what you erase from now on. Remove that folder once nothing is missed."
    )
    return [*words, aside]


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise files.unusable(path, error) from error


def _made(directory: Path) -> Path:
    files.private_directory(directory)
    return directory


def _copied(directory: Path, target: Path) -> Path:
    """Copy the store with its log and its key, to be opened without touching it."""
    files.private_directory(target)
    for each in (keystore.path_of(directory), directory / STORE, database.beside(directory / STORE, "-wal")):
        if each.exists():
            shutil.copyfile(each, target / each.name)
    return target


def _rebuilt(fresh: Path, path: Path, key: bytes, found: Salvaged, progress: Progress) -> list[str]:
    """Make the new store; what could not be brought into it, in words."""
    seed = found.settings.get(SEED)
    if seed is None:
        raise StoreError(_NO_SEED.format(path=path))
    store = Store.create(fresh, key)
    try:
        return [*Rebuilding(store, seed, found).run(progress)]
    finally:
        store.close()
