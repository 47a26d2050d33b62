"""The disk: one SQLCipher file that holds the log of changes, the newest signed tips, documents at rest and settings.

What `write` returned for is on the disk, whole, whatever happens next. One process has the store at a time. The store
keeps bytes and says what is damaged; it knows nothing of what a change, a signature or a setting means, and never of
the passphrase. Synchronous: the caller gives it a thread. Any thread may call, one call is served at a time.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from collar_sync.core.durable import AtHand, Batch, Kept, KeptRecord, KeptStatement
from collar_sync.errors import Closed, StoreDamaged, StoreError
from collar_sync.ids import DocumentId
from collar_sync.shells import database, files, shelves
from collar_sync.shells.entries import WIPE, Entries

KEY_BYTES: Final = database.KEY_BYTES


_BLOCK_BYTES: Final = 1 << 20
_CLOSED: Final = "The record is closed on this device. Open it again to go on."

_Found = TypeVar("_Found")


class Store:
    """An open store. After a damaged page or an I/O error it writes nothing more until it is opened again."""

    def __init__(self, path: Path, key: bytes, lock: files.Lock, connection: Any, position: int) -> None:
        """Use `create` or `open`."""
        self.path = path
        self._lock = lock
        self._connection: Any | None = connection
        self._key = key  # for copies
        self._reader: BinaryIO | None = None  # of the file, for copies
        self._closing = False
        self._copying = threading.Lock()  # whoever has it changes or reads the file itself; taken before `_guard`
        self._guard = threading.Lock()
        self._stopped: StoreError | None = None
        self._entries = Entries(path, position)

    @classmethod
    def create(cls, path: Path, key: bytes) -> "Store":
        """Make an empty store under this raw key of 32 bytes; raises `StoreError` where there is something already."""
        files.forbid_core_dumps()
        files.private_directory(path.parent)
        lock = files.Lock(database.beside(path, ".lock"))
        try:
            with database.mapped(path):
                database.make(path, key)
            return cls(path, key, lock, *database.connect(path, key))
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path, key: bytes) -> "Store":
        """Open with the right key; raises `StoreDamaged`, `StoreInUse`, or `StoreError` (missing, newer version)."""
        files.forbid_core_dumps()
        if not path.exists():
            raise StoreError(
                f"The file {path} of your record is missing. Put a backup copy of the folder in its place."
            )
        files.private_directory(path.parent)
        lock = files.Lock(database.beside(path, ".lock"))
        let_go = lock.release
        try:
            database.refuse_lossy_wal(path)
            store = cls(path, key, lock, *database.connect(path, key))
            let_go = store.close
            if store.load_setting(WIPE) is not None:
                store._wipe()
        except BaseException:
            let_go()
            raise
        return store

    def close(self) -> None:
        """Close and let another process in, ending a copy that is being made; calling it again is harmless."""
        self._closing = True
        with self._copying, self._guard:
            connection, self._connection = self._connection, None
            try:
                if connection is not None:
                    with database.mapped(self.path):
                        connection.close()
            finally:
                if self._reader is not None:
                    self._reader.close()
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

    def load(self, document: DocumentId, *, older: bool = False) -> Kept:
        """Return everything of one document, from the snapshot before where the newest is not what was written.

        Raises `StoreDamaged` where that does not add up either. A page that cannot be read stops all writing, even
        where nothing is lost. `older` doubts the newest: it is replaced when the document is sealed next.
        """
        with self._using() as connection:
            kept = None if older else self._newest(connection, document)
            if kept is None:
                kept = self._sound(document, lambda: shelves.load(self._open_connection(), document, older=True))
                if older:
                    self._entries.doubted.add(document)
            return kept

    def at_hand(self) -> AtHand:
        """Return what sealed documents hold that was chosen to be read at each opening."""
        with self._using() as connection:
            return self._sound(None, lambda: shelves.at_hand(connection))

    def about(self, name: str) -> AtHand:
        """Return the kept statements whose id it is or that speak of it, and records whose key is `<kind>/<name>`."""
        with self._using() as connection:
            return self._sound(None, lambda: shelves.about(connection, name))

    def records(self, document: DocumentId, prefix: str) -> Sequence[KeptRecord]:
        """Return the kept records of one document whose key starts so."""
        with self._using() as connection:
            return self._sound(document, lambda: shelves.records(connection, document, prefix))

    def history(
        self, documents: Sequence[DocumentId], before: tuple[int, str], count: int, kind: str | None = None
    ) -> Sequence[KeptStatement]:
        """Return up to `count` kept statements of these documents, the last said first, before this (time, id).

        Where a kind is named, of that kind alone, at the cost of those and of no others.
        """
        with self._using() as connection:
            return self._sound(None, lambda: shelves.history(connection, documents, before, count, kind))

    def write(self, batch: Batch) -> None:
        """Write the batch whole; it is on the disk when this returns, and not at all when this raises `StoreError`.

        A tip needs its change, in the batch, in the log or sealed; a change that is there already is refused, and so
        is a seal over anything but what is there.
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
                    self._entries.put(connection, batch)
                connection.execute("COMMIT")
                wipe = any(batch.erase is not None for batch in batches)
                self._entries.doubted.difference_update(seal.document for batch in batches for seal in batch.seals)
            except BaseException as error:
                self._entries.forget()  # numbers drawn in here are gone with it
                with suppress(database.Failure):  # some failures have rolled back already
                    connection.execute("ROLLBACK")
                if isinstance(error, database.Failure):
                    raise self._blamed(error) from error
                raise
        if wipe:
            self._wipe()

    def _wipe(self) -> None:
        """Write the file anew without what was erased, so that nothing of it is left in pages that are not used.

        It is erased already; where there is no room for this now, it is done at the next opening.
        """
        with self._copying, self._guard, suppress(database.Failure):
            database.rewrite(self._open_connection())
            self._open_connection().execute("DELETE FROM settings WHERE name = ?", (WIPE,))

    def check(self) -> None:
        """Verify every page, both snapshots of each document, the log and by which names statements are found.

        Raises `StoreDamaged`; `HalfDamaged` where each document can still be read whole, and writing may go on.
        """
        with self._copying, self._using() as connection:
            # Pages that a crash left half copied are good in the write-ahead log: copy them before looking.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            findings = (
                connection.execute("PRAGMA cipher_integrity_check").fetchall()
                or connection.execute("PRAGMA quick_check").fetchall() != [("ok",)]
                or shelves.orphaned(connection)
                or shelves.misnamed(connection)
            )
            if findings:
                raise self._broken(None)
            if not all(self._both(connection, each) for each in shelves.documents(connection)):
                raise database.half_damaged(self.path)

    def check_whole(self) -> None:
        """Verify that nothing that was written is lost: as `check`, and content with one good copy of each document."""
        with suppress(database.HalfDamaged):
            self.check()

    def copy(self, target: Path, progress: Callable[[int, int], None]) -> None:
        """Copy what is written by now to a new file under the same key, while others go on writing, and check the copy.

        `progress` is told bytes done and bytes in all, in the caller's thread; it may not close or check the store. The
        copy is not synced; a crash or an error leaves a useless file, and maybe one to lock it by. Raises `OSError`
        where the target cannot be written, `StoreError` (the disk), `StoreDamaged` (this store) and `Closed`.
        """
        with self._copying:
            with self._using() as connection:
                database.freeze(connection)
            try:
                self._copy_file(target, progress)
            finally:
                with self._using() as connection:
                    database.thaw(connection)
        try:
            copied = Store.open(target, self._key)
            try:
                copied.check_whole()
            finally:
                copied.close()
        except StoreDamaged as error:
            self.check()
            raise database.disk_failed(target) from error

    def secret(self, purpose: bytes) -> bytes:
        """Return a key of 32 bytes for one purpose, which this store's key gives and which does not give it away."""
        return database.secret(self._key, purpose)

    def _copy_file(self, target: Path, progress: Callable[[int, int], None]) -> None:
        """Copy the file as it is, which is encrypted and authenticated page by page."""
        if self._reader is None:
            # Never closed before the connection: SQLite would lose its locks on the file with it.
            self._reader = self.path.open("rb")
        self._reader.seek(0)
        total, done = os.fstat(self._reader.fileno()).st_size, 0
        files.create_private(target)
        with target.open("wb") as file:
            while block := self._reader.read(_BLOCK_BYTES):
                if self._closing:
                    raise Closed(_CLOSED)
                done += file.write(block)
                progress(done, total)

    def _read(self, query: str, *values: str) -> list[Any]:
        with self._using() as connection:
            return list(connection.execute(query, values))

    @contextmanager
    def _using(self) -> Iterator[Any]:
        with self._guard:
            try:
                yield self._open_connection()
                database.prove(self._open_connection())
            except database.Failure as error:
                raise self._blamed(error) from error

    def _open_connection(self) -> Any:
        if self._connection is None:
            raise Closed(_CLOSED)
        return self._connection

    def _blamed(self, error: Exception) -> StoreError:
        """Name the cause; one after which the disk cannot be trusted stops all writing."""
        problem = database.sentence(self.path, error)
        if isinstance(problem, StoreDamaged | database.DiskError):
            self._stopped = problem
        if isinstance(problem, StoreDamaged):
            self._renew()
        return problem

    def _renew(self) -> None:
        """Have what is not damaged readable again."""
        if self._connection is not None and self._copying.acquire(blocking=False):  # a copy needs the file as it is
            try:
                with suppress(StoreError):
                    self._connection = database.renew(self.path, self._key, self._connection)
            finally:
                self._copying.release()

    def _sound(self, document: DocumentId | None, read: Callable[[], _Found]) -> _Found:
        """Read; what does not add up stops all writing, as a damaged page does."""
        try:
            return read()
        except shelves.Contradiction as error:
            raise self._broken(document) from error

    def _newest(self, connection: Any, document: DocumentId) -> Kept | None:
        """Return a document by its newest snapshot; None, and nothing more is written, where a page is damaged."""
        kept = None
        try:
            with suppress(shelves.Contradiction):
                kept = shelves.load(connection, document)
            database.prove(connection)
        except database.Failure as error:
            problem = self._blamed(error)
            if self._stopped is not problem:
                raise problem from error
            return None
        return kept

    def _both(self, connection: Any, document: DocumentId) -> bool:
        """Whether both generations are what was written; raises `StoreDamaged` where neither is."""
        good = []
        for older in (False, True):
            with suppress(shelves.Contradiction):
                shelves.load(connection, document, older=older)
                good.append(older)
        if not good:
            raise self._broken(document)
        return len(good) == 2  # noqa: PLR2004 - generations

    def _broken(self, document: DocumentId | None) -> StoreDamaged:
        problem = database.damaged(self.path, "" if document is None else f", in what it keeps of {document}")
        self._stopped = problem
        return problem
