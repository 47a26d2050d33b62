"""The encrypted database file: how it is made and opened, its tables, and what its failures are called.

It knows the key, the library and what each table is for; nothing of batches and documents, never the passphrase. All
that `sqlcipher3` raises is turned into a sentence here.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlcipher3 import dbapi2

from collar_sync.errors import StoreDamaged, StoreError, StoreInUse
from collar_sync.shells import files, walcheck

SCHEMA_VERSION: Final = 2
KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
Failure: Final[type[Exception]] = dbapi2.Error  # all that the library raises; see `sentence`
PAGE_BYTES: Final = 2_048
_CHECKPOINT_PAGES: Final = 1_000  # of the write-ahead log, until they are copied into the file

# An author is one actor in one document: its number stands for 60 bytes in each row of the log. A row is one cell of
# one tree, with the signature where it was a tip, so that an ordinary write encrypts and syncs a single page. Changes
# of an author up to `sealed` are in the document's newest snapshot, of which the newest tip is kept here; those up to
# `dropped` are in the snapshot before too, and in the log no more. Newer snapshots have higher numbers. What names a
# statement speaks of stands in its row, a list in JSON; that it is found by them, no writer of rows can forget.
_SCHEMA: Final = """
    CREATE TABLE authors (
        number INTEGER PRIMARY KEY, document TEXT NOT NULL, actor BLOB NOT NULL,
        sealed INTEGER NOT NULL DEFAULT 0, sealed_hash BLOB, dropped INTEGER NOT NULL DEFAULT 0, dropped_hash BLOB,
        tip_seq INTEGER NOT NULL DEFAULT 0, tip_hash BLOB, tip_signature BLOB, UNIQUE (document, actor)
    ) STRICT;
    CREATE TABLE log (
        author INTEGER NOT NULL, seq INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
        raw BLOB NOT NULL, signature BLOB, PRIMARY KEY (author, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE snapshots (
        number INTEGER PRIMARY KEY, document TEXT NOT NULL, digest BLOB NOT NULL, chunk BLOB NOT NULL
    ) STRICT;
    CREATE INDEX snapshots_by_document ON snapshots (document);
    CREATE TABLE statements (
        number INTEGER PRIMARY KEY, document TEXT NOT NULL, id TEXT NOT NULL, device TEXT NOT NULL, kind TEXT NOT NULL,
        names TEXT NOT NULL, raw BLOB NOT NULL, said_at INTEGER NOT NULL, brought BLOB NOT NULL,
        at_hand INTEGER NOT NULL DEFAULT 0,
        UNIQUE (document, id)
    ) STRICT;
    CREATE INDEX statements_by_id ON statements (id);
    CREATE INDEX statements_by_time ON statements (said_at, id, document);
    CREATE INDEX statements_by_kind ON statements (kind, said_at);
    CREATE INDEX statements_at_hand ON statements (number) WHERE at_hand = 1;
    CREATE TABLE spoken_of (
        name TEXT NOT NULL, statement INTEGER NOT NULL, PRIMARY KEY (name, statement)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER statement_comes AFTER INSERT ON statements BEGIN
        INSERT INTO spoken_of SELECT DISTINCT value, new.number FROM json_each(new.names);
    END;
    CREATE TRIGGER statement_goes AFTER DELETE ON statements BEGIN
        DELETE FROM spoken_of WHERE statement = old.number AND name IN (SELECT value FROM json_each(old.names));
    END;
    CREATE TABLE records (
        number INTEGER PRIMARY KEY, document TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
        fields BLOB NOT NULL, at_hand INTEGER NOT NULL DEFAULT 0, UNIQUE (document, key)
    ) STRICT;
    CREATE INDEX records_by_name ON records (name);
    CREATE INDEX records_at_hand ON records (number) WHERE at_hand = 1;
"""
_LAST_POSITION: Final = (
    "SELECT max((SELECT position FROM log WHERE author = number ORDER BY seq DESC LIMIT 1)) FROM authors"
)


class HalfDamaged(StoreDamaged):
    """One of two copies of a document is not what was written, and the other is: nothing is lost."""


class DiskError(StoreError):
    """The disk refused a read or a write; what it holds now is known only after opening again."""


_DAMAGED: Final = (
    "The file {path}, which holds your record, is damaged{where}. Nothing was overwritten. Close the app. What can be "
    "read is rescued by: python -m collar_sync rescue {folder}. Or move that folder somewhere safe, and put a backup "
    "copy of the whole folder in its place."
)
_HALF_DAMAGED: Final = (
    "A part of your record is kept twice in {path}, and one of the two is damaged. All of it is still there, in the "
    "other, and nothing was overwritten; it will be written whole again. Check the disk, and keep the last good backup "
    "until then."
)
_IN_USE: Final = "{path} is open in another program. Close it there, then try again."
_READ_ONLY: Final = "{path} cannot be opened for writing. Check who may write to its folder, then try again."
_FULL: Final = (
    "The disk is full, so this was not saved; all that was saved before is safe in {path}. "
    "Make room on the disk, then close the app and open it again."
)
_DISK: Final = (
    "The disk failed while reading or writing {path}; this was not saved. "
    "Check the disk and its free space, then close the app and open it again."
)
_TWICE: Final = "{path} holds something else where this belongs. Nothing was written. Close the app and open it again."
_OTHER: Final = "{path} cannot be used any more. Close the app and open it again."

_CORRUPT: Final = 11  # SQLITE_CORRUPT
# By SQLite's primary result codes, https://sqlite.org/rescode.html
_SENTENCES: Final[dict[int, tuple[type[StoreError], str]]] = {
    5: (StoreInUse, _IN_USE),  # SQLITE_BUSY
    6: (StoreInUse, _IN_USE),  # SQLITE_LOCKED
    8: (StoreError, _READ_ONLY),  # SQLITE_READONLY
    10: (DiskError, _DISK),  # SQLITE_IOERR
    _CORRUPT: (StoreDamaged, _DAMAGED),
    13: (StoreError, _FULL),  # SQLITE_FULL
    14: (StoreError, _READ_ONLY),  # SQLITE_CANTOPEN
    19: (StoreError, _TWICE),  # SQLITE_CONSTRAINT
    26: (StoreDamaged, _DAMAGED),  # SQLITE_NOTADB: the key is known to be right, so it is the file
}


def make(path: Path, key: bytes) -> None:
    """Put a whole, empty database at the path; a crash leaves at most a file under another name."""
    if path.exists() or beside(path, "-wal").exists():
        raise StoreError(f"There is a record at {path} already. Open it, or choose another folder.")
    unfinished = beside(path, ".new")
    for leftover in (unfinished, beside(unfinished, "-wal")):
        leftover.unlink(missing_ok=True)
    files.create_private(unfinished)
    connection = plain_connection(unfinished, key, salt(key))
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT")
    finally:
        connection.close()
    files.move_durably(unfinished, path)


def connect(path: Path, key: bytes) -> tuple[Any, int]:
    """Open the connection, and say which position of the log was the last; raises `StoreError`."""
    with mapped(path):
        connection = plain_connection(path, key)
        try:
            _refuse_unknown_version(path, connection)
            ((position,),) = connection.execute(_LAST_POSITION).fetchall()
        except BaseException:
            connection.close()
            raise
        return connection, position or 0


def renew(path: Path, key: bytes, connection: Any) -> Any:
    """Close a connection that met a page that it could not read, after which it reads none, and return another.

    Raises `StoreError`.
    """
    refuse_lossy_wal(path)  # recovering from it now would lose what comes after the damage, and say nothing
    with mapped(path):
        connection.close()
        return plain_connection(path, key)


def prove(connection: Any) -> None:
    """Raise `Failure` where a page did not authenticate since the connection was opened.

    Where it is the last page of a long value, the library answers zeros and says nothing; only its status tells.
    """
    if connection.execute("PRAGMA cipher_status").fetchall() != [("1",)]:
        error: Any = dbapi2.DatabaseError("a page was not what was written")
        error.sqlite_errorcode = _CORRUPT
        raise error


def secret(key: bytes, purpose: bytes) -> bytes:
    """Derive a key of 32 bytes for one purpose, of at most 16 bytes, from the database's key."""
    return hashlib.blake2b(key=key, person=purpose, digest_size=KEY_BYTES).digest()


def freeze(connection: Any) -> None:
    """Bring the file up to date, and leave it as it is until `thaw`: what is written meanwhile is in the log beside it.

    Raises `Failure`.
    """
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()


def rewrite(connection: Any) -> None:
    """Write the whole file anew, with nothing in it but what is kept now, and empty the log beside it.

    Raises `Failure`.
    """
    connection.execute("VACUUM").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def thaw(connection: Any) -> None:
    """Let the file change again."""
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}").fetchall()


def disk_failed(path: Path) -> DiskError:
    """Return the error for a file that does not read as it was written."""
    return DiskError(_DISK.format(path=path))


def refuse_lossy_wal(path: Path) -> None:
    """Raise `StoreDamaged` where the write-ahead log lost something that was confirmed."""
    with mapped(path):
        if not walcheck.intact(beside(path, "-wal")):
            raise damaged(path)


@contextmanager
def mapped(path: Path) -> Iterator[None]:
    """Turn the library's exceptions into sentences about this file."""
    try:
        yield
    except Failure as error:
        raise sentence(path, error) from error
    except OSError as error:
        raise files.unusable(path, error) from error


def sentence(path: Path, error: Exception) -> StoreError:
    """Return what to raise in place of a `Failure`."""
    kind, text = _SENTENCES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, (DiskError, _OTHER))
    return kind(text.format(path=path, folder=path.parent, where=""))


def damaged(path: Path, where: str = "") -> StoreDamaged:
    """Return the error for a file that is not what was written; `where` continues "is damaged"."""
    return StoreDamaged(_DAMAGED.format(path=path, folder=path.parent, where=where))


def half_damaged(path: Path) -> HalfDamaged:
    """Return the error for a document of which one generation is not what was written, and the other is."""
    return HalfDamaged(_HALF_DAMAGED.format(path=path))


def twice(path: Path) -> StoreError:
    """Return the error for a change in a place that is taken."""
    return StoreError(_TWICE.format(path=path))


def beside(path: Path, ending: str) -> Path:
    """Return the path of a file that belongs to this one."""
    return path.with_name(path.name + ending)


def _refuse_unknown_version(path: Path, connection: Any) -> None:
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    if version > SCHEMA_VERSION:
        raise StoreError(f"{path} was written by a newer version. Update the app to open it; nothing was changed.")
    if 0 < version < SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by an unfinished version, from before the first release, which this one cannot read; "
            "nothing was changed. Open it with the version that wrote it."
        )
    if version != SCHEMA_VERSION:
        raise damaged(path)


def salt(key: bytes) -> bytes:
    """Return what a new file begins with: drawn from the key, which is random, so it is known where that is lost."""
    return secret(key, b"salt")[:_SALT_BYTES]


def plain_connection(path: Path, key: bytes, salt: bytes = b"") -> Any:
    """Open a file of ours, whatever it holds, with the salt that it begins with or with this one.

    Raises `Failure`.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("a raw key has 32 bytes")
    connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False, timeout=0)
    try:
        for pragma in (
            "cipher_log_level = NONE",  # it would print to the terminal of whoever started us
            f"key = \"x'{key.hex()}{salt.hex()}'\"",
            f"cipher_page_size = {PAGE_BYTES}",  # a change of one row encrypts and syncs one page
            "locking_mode = EXCLUSIVE",  # we are the only one, so no shared-memory file
            "journal_mode = WAL",
            "synchronous = FULL",
            "temp_store = MEMORY",
            f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
            "journal_size_limit = 4194304",  # a large import does not leave a large log behind
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection
