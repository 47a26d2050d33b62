"""Puts a store that was made anew in the place of a damaged one, which is kept beside it and never written to.

A power cut at any moment leaves the damaged store where it was, or the new one; what was begun is finished at the next
opening. It knows the names of files, and nothing of what is in them.
"""

from pathlib import Path
from typing import Final

from collar_sync.shells import database, files

KEPT: Final = "damaged-"  # and a number: the directory in which a damaged store is kept, as a device's own
_DECIDED: Final = ".rescued"  # behind the name of the store: the new one, once it is to take the place of the old one


def exchange(fresh: Path, path: Path, key_file: Path) -> Path:
    """Let this file be the store at `path`; where the damaged one, with the key file, is kept from now on.

    The caller holds the store's lock. Raises `StoreError`; nothing has changed then, or all that was decided will.
    """
    number = 1
    while (path.parent / f"{KEPT}{number}" / path.name).exists():
        number += 1
    kept = path.parent / f"{KEPT}{number}"
    files.private_directory(kept)
    files.replace_durably(kept / key_file.name, key_file.read_bytes())
    try:
        files.move_durably(fresh, database.beside(path, _DECIDED))
    except OSError as error:
        raise files.unusable(path, error) from error
    finish(path)
    return kept


def begun(path: Path) -> bool:
    """Whether an exchange was decided and is not finished."""
    return database.beside(path, _DECIDED).exists()


def finish(path: Path) -> None:
    """Finish what was decided, if anything was; the caller holds the store's lock. Raises `StoreError`."""
    if not begun(path):
        return
    number = 1
    while (path.parent / f"{KEPT}{number + 1}").exists():
        number += 1
    kept = path.parent / f"{KEPT}{number}"
    try:
        for name in (database.beside(path, "-wal"), path):  # the log first: it belongs to the file that is still there
            if name.exists():
                files.move_durably(name, kept / name.name)
        files.move_durably(database.beside(path, _DECIDED), path)
    except OSError as error:
        raise files.unusable(path, error) from error
