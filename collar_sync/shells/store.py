"""The disk: one SQLCipher file that holds the log of changes, the newest signed tips and settings.

What `write` returned for is on the disk, whole, whatever happens next. One process has the store at a time. The store
keeps bytes and says what is damaged; it knows nothing of what a change, a signature or a setting means, and never of
the passphrase. Synchronous: the caller gives it a thread. Any thread may call, one call is served at a time.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlcipher3 import dbapi2

from collar_sync.core.durable import Batch, LoggedChange, Tip
from collar_sync.errors import Closed, StoreDamaged, StoreError, StoreInUse
from collar_sync.ids import DocumentId
from collar_sync.shells import files, walcheck

SCHEMA_VERSION: Final = 1
KEY_BYTES: Final = 32

# An author is one actor in one document: its number stands for 60 bytes in each row of the log. A row is one cell of
# one tree, with the signature where it was a tip, so that an ordinary write encrypts and syncs a single page.
_SCHEMA: Final = f"""
    CREATE TABLE authors (
        number INTEGER PRIMARY KEY, document TEXT NOT NULL, actor BLOB NOT NULL, UNIQUE (document, actor)
    ) STRICT;
    CREATE TABLE log (
        author INTEGER NOT NULL, seq INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
        raw BLOB NOT NULL, signature BLOB, PRIMARY KEY (author, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    PRAGMA user_version = {SCHEMA_VERSION}
"""
_APPEND: Final = "INSERT INTO log (author, seq, position, hash, raw, signature) VALUES (?, ?, ?, ?, ?, ?)"
_SIGN: Final = "UPDATE log SET signature = ? WHERE author = ? AND seq = ? AND hash = ?"
_SET_SETTING: Final = (
    "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
)
_LOG: Final = (
    "SELECT actor, seq, hash, raw FROM authors JOIN log ON author = number WHERE document = ? ORDER BY position"
)
_TIPS: Final = (
    "SELECT actor, seq, hash, signature FROM authors JOIN log ON author = number AND seq ="
    " (SELECT seq FROM log WHERE author = number AND signature IS NOT NULL ORDER BY seq DESC LIMIT 1)"
    " WHERE document = ? ORDER BY number"
)
_LAST_POSITION: Final = (
    "SELECT max((SELECT position FROM log WHERE author = number ORDER BY seq DESC LIMIT 1)) FROM authors"
)
_GAPS: Final = "SELECT author FROM log GROUP BY author HAVING min(seq) <> 1 OR max(seq) <> count(*) LIMIT 1"


class _DiskError(StoreError):
    """The disk refused a read or a write; what it holds now is known only after opening again."""


_DAMAGED: Final = (
    "The store file {path} is damaged. Nothing was overwritten. To restore: close the app, move the folder {folder} "
    "somewhere safe, and put a backup copy of the whole folder in its place."
)
_IN_USE: Final = "The store {path} is open in another program. Close it there, then try again."
_READ_ONLY: Final = "{path} cannot be opened for writing. Check who may write to its folder, then try again."
_FULL: Final = (
    "The disk is full, so this was not saved; all that was saved before is safe in {path}. "
    "Make room on the disk, then try again."
)
_DISK: Final = (
    "The disk failed while reading or writing {path}; this was not saved. "
    "Check the disk and its free space, then close the app and open it again."
)
_TWICE: Final = "The store {path} holds a change in this place already. Nothing was written."
_UNKNOWN: Final = "A signature came for a change that is not in the store {path}. Nothing was written."
_OTHER: Final = "The store {path} cannot be used any more. Close the app and open it again."

# By SQLite's primary result codes, https://sqlite.org/rescode.html
_SENTENCES: Final[dict[int, tuple[type[StoreError], str]]] = {
    5: (StoreInUse, _IN_USE),  # SQLITE_BUSY
    6: (StoreInUse, _IN_USE),  # SQLITE_LOCKED
    8: (StoreError, _READ_ONLY),  # SQLITE_READONLY
    10: (_DiskError, _DISK),  # SQLITE_IOERR
    11: (StoreDamaged, _DAMAGED),  # SQLITE_CORRUPT
    13: (StoreError, _FULL),  # SQLITE_FULL
    14: (StoreError, _READ_ONLY),  # SQLITE_CANTOPEN
    19: (StoreError, _TWICE),  # SQLITE_CONSTRAINT
    26: (StoreDamaged, _DAMAGED),  # SQLITE_NOTADB: the key is known to be right, so it is the file
}


class Store:
    """An open store. After a damaged page or an I/O error it writes nothing more until it is opened again."""

    __slots__ = ("_authors", "_connection", "_guard", "_lock", "_position", "_stopped", "path")

    def __init__(self, path: Path, lock: files.Lock, connection: Any, position: int) -> None:
        """Use `create` or `open`."""
        self.path = path
        self._lock = lock
        self._connection: Any | None = connection
        self._guard = threading.Lock()
        self._stopped: StoreError | None = None
        self._authors: dict[tuple[DocumentId, bytes], int] = {}
        self._position = position

    @classmethod
    def create(cls, path: Path, key: bytes) -> "Store":
        """Make an empty store under this raw key of 32 bytes; raises `StoreError` where there is something already."""
        files.forbid_core_dumps()
        files.private_directory(path.parent)
        lock = files.Lock(_beside(path, ".lock"))
        try:
            with _mapped(path):
                _make(path, key)
            return cls(path, lock, *_connect(path, key))
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path, key: bytes) -> "Store":
        """Open with the right key; raises `StoreDamaged`, `StoreInUse`, or `StoreError` (missing, newer version)."""
        files.forbid_core_dumps()
        if not path.exists():
            raise StoreError(f"The store file {path} is missing. Put a backup copy of its whole folder in its place.")
        files.private_directory(path.parent)
        lock = files.Lock(_beside(path, ".lock"))
        try:
            _refuse_lossy_wal(path)
            return cls(path, lock, *_connect(path, key))
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Close and let another process in; calling it again is harmless."""
        with self._guard:
            connection, self._connection = self._connection, None
            try:
                if connection is not None:
                    with _mapped(self.path):
                        connection.close()
            finally:
                self._lock.release()

    def load_setting(self, name: str) -> bytes | None:
        """Return one setting, or None where it was never set or was deleted."""
        rows = self._read("SELECT value FROM settings WHERE name = ?", name)
        return bytes(rows[0][0]) if rows else None

    def settings(self) -> dict[str, bytes]:
        """Return every setting by its name."""
        return dict(self._read("SELECT name, value FROM settings ORDER BY name"))

    def documents(self) -> list[DocumentId]:
        """Return the documents that have a change here, in order of their first."""
        rows = self._read("SELECT document FROM authors GROUP BY document ORDER BY min(number)")
        return [DocumentId(document) for (document,) in rows]

    def log(self, document: DocumentId) -> list[LoggedChange]:
        """Return every change of the document in order of arrival."""
        return [LoggedChange(*row) for row in self._read(_LOG, document)]

    def tips(self, document: DocumentId) -> list[Tip]:
        """Return the newest signed tip of each actor of the document."""
        return [Tip(*row) for row in self._read(_TIPS, document)]

    def write(self, batch: Batch) -> None:
        """Write the batch whole; it is on the disk when this returns, and not at all when this raises `StoreError`.

        A tip needs its change, in the batch or in the log; a change already in the log is refused.
        """
        self.write_many((batch,))

    def write_many(self, batches: Sequence[Batch]) -> None:
        """Write all batches, or none, at the price of one; durable and raising as `write`."""
        with self._guard:  # written out, not wrapped: this is what a person waits for
            connection = self._open_connection()
            if self._stopped is not None:
                raise self._stopped
            try:
                connection.execute("BEGIN IMMEDIATE")
                for batch in batches:
                    self._put(connection, batch)
                connection.execute("COMMIT")
            except BaseException as error:
                self._authors.clear()  # numbers drawn in here are gone with it
                with suppress(dbapi2.Error):  # some failures have rolled back already
                    connection.execute("ROLLBACK")
                if isinstance(error, dbapi2.Error):
                    raise self._blamed(error) from error
                raise

    def check(self) -> None:
        """Verify every page and that the log has no gap; raises `StoreDamaged`. Reads the whole file."""
        with self._using() as connection:
            # Pages that a crash left half copied are good in the write-ahead log: copy them before looking.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            findings = (
                connection.execute("PRAGMA cipher_integrity_check").fetchall()
                or connection.execute("PRAGMA quick_check").fetchall() != [("ok",)]
                or connection.execute(_GAPS).fetchall()
            )
            if findings:
                self._stopped = _damaged(self.path)
                raise self._stopped

    def _read(self, query: str, *values: str) -> list[Any]:
        with self._using() as connection:
            return list(connection.execute(query, values))

    @contextmanager
    def _using(self) -> Iterator[Any]:
        with self._guard:
            try:
                yield self._open_connection()
            except dbapi2.Error as error:
                raise self._blamed(error) from error

    def _open_connection(self) -> Any:
        if self._connection is None:
            raise Closed("The store is closed. Open it again to go on.")
        return self._connection

    def _blamed(self, error: dbapi2.Error) -> StoreError:
        """Name the cause; one after which the disk cannot be trusted stops all writing."""
        problem = _sentence(self.path, error)
        if isinstance(problem, StoreDamaged | _DiskError):
            self._stopped = problem
        return problem

    def _put(self, connection: Any, batch: Batch) -> None:
        tips = {(document, tip.actor, tip.seq): tip for document, tip in batch.tips}
        for document, change in batch.changes:
            author = self._authors.get((document, change.actor)) or self._author(connection, document, change.actor)
            tip = tips.pop((document, change.actor, change.seq), None)
            if tip is not None and tip.hash != change.hash:
                raise StoreError(_UNKNOWN.format(path=self.path))
            self._position = position = self._position + 1
            signature = None if tip is None else tip.signature
            connection.execute(_APPEND, (author, change.seq, position, change.hash, change.raw, signature))
        for (document, actor, seq), tip in tips.items():
            author = self._author(connection, document, actor)
            if connection.execute(_SIGN, (tip.signature, author, seq, tip.hash)).rowcount != 1:
                raise StoreError(_UNKNOWN.format(path=self.path))
        for name, value in batch.settings.items():
            if value is None:
                connection.execute("DELETE FROM settings WHERE name = ?", (name,))
            else:
                connection.execute(_SET_SETTING, (name, value))

    def _author(self, connection: Any, document: DocumentId, actor: bytes) -> int:
        """Look up or draw the number, which is never 0."""
        names = (document, actor)
        rows = connection.execute("SELECT number FROM authors WHERE document = ? AND actor = ?", names).fetchall()
        if not rows:
            insert = "INSERT INTO authors (document, actor) VALUES (?, ?) RETURNING number"
            rows = connection.execute(insert, names).fetchall()
        number = self._authors[names] = int(rows[0][0])
        return number


def _make(path: Path, key: bytes) -> None:
    """Put a whole, empty store at the path; a crash leaves at most a file under another name."""
    if path.exists() or _beside(path, "-wal").exists():
        raise StoreError(f"There is a store at {path} already. Open it, or choose another folder.")
    unfinished = _beside(path, ".new")
    for leftover in (unfinished, _beside(unfinished, "-wal")):
        leftover.unlink(missing_ok=True)
    files.create_private(unfinished)
    connection = _plain_connection(unfinished, key)
    try:
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute("COMMIT")
    finally:
        connection.close()
    files.move_durably(unfinished, path)


def _connect(path: Path, key: bytes) -> tuple[Any, int]:
    """Open the connection, and say which position of the log was the last."""
    with _mapped(path):
        connection = _plain_connection(path, key)
        try:
            _refuse_unknown_version(path, connection)
            ((position,),) = connection.execute(_LAST_POSITION).fetchall()
        except BaseException:
            connection.close()
            raise
        return connection, position or 0


def _refuse_unknown_version(path: Path, connection: Any) -> None:
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    if version > SCHEMA_VERSION:
        raise StoreError(f"{path} was written by a newer version. Update the app to open it; nothing was changed.")
    if version != SCHEMA_VERSION:
        raise _damaged(path)


def _refuse_lossy_wal(path: Path) -> None:
    with _mapped(path):
        if not walcheck.intact(_beside(path, "-wal")):
            raise _damaged(path)


def _plain_connection(path: Path, key: bytes) -> Any:
    if len(key) != KEY_BYTES:
        raise ValueError("a raw key has 32 bytes")
    connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False, timeout=0)
    try:
        for pragma in (
            "cipher_log_level = NONE",  # it would print to the terminal of whoever started us
            f"key = \"x'{key.hex()}'\"",
            "cipher_page_size = 2048",  # a change of one row encrypts and syncs one page
            "locking_mode = EXCLUSIVE",  # we are the only one, so no shared-memory file
            "journal_mode = WAL",
            "synchronous = FULL",
            "temp_store = MEMORY",
            "journal_size_limit = 4194304",  # a large import does not leave a large log behind
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _mapped(path: Path) -> Iterator[None]:
    """Turn the library's exceptions into sentences about this file."""
    try:
        yield
    except dbapi2.Error as error:
        raise _sentence(path, error) from error
    except OSError as error:
        raise files.unusable(path, error) from error


def _sentence(path: Path, error: dbapi2.Error) -> StoreError:
    kind, sentence = _SENTENCES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, (_DiskError, _OTHER))
    return kind(sentence.format(path=path, folder=path.parent))


def _damaged(path: Path) -> StoreDamaged:
    return StoreDamaged(_DAMAGED.format(path=path, folder=path.parent))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
