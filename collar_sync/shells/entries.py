"""How a batch becomes rows: changes appended, signatures put on them, settings, seals, and what is erased.

Within a transaction of the caller's, who undoes it whole where anything is refused, and then calls `forget`. It knows
tables and numbers, and nothing of files, locks or keys, nor of what a change means.
"""

from pathlib import Path
from typing import Any, Final

from collar_sync.core.durable import Batch, Seal, Tip
from collar_sync.errors import StoreError
from collar_sync.ids import DocumentId
from collar_sync.shells import database, shelves

WIPE: Final = "store/wipe"  # the setting that says that the file is to be written anew

_APPEND: Final = "INSERT INTO log (author, seq, position, hash, raw, signature) VALUES (?, ?, ?, ?, ?, ?)"
_SIGN: Final = "UPDATE log SET signature = ? WHERE author = ? AND seq = ? AND hash = ?"
_SET_SETTING: Final = (
    "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
)
_UNKNOWN: Final = (
    "A signature came for something that is not in {path}. Nothing was written. Close the app and open it again."
)
_UNSEALED: Final = (
    "What was to be put away of your record is not what {path} holds of it. Nothing was written, and nothing was lost."
)


class Entries:
    """What was written since a store was opened, as far as the next batch needs to know it."""

    def __init__(self, path: Path, position: int) -> None:
        """`position` is the greatest in the log."""
        self._path = path
        self._position = position
        self._authors: dict[tuple[DocumentId, bytes], tuple[int, int]] = {}  # number, and up to where it is sealed
        self.doubted: set[DocumentId] = set()  # somebody could make nothing of their newest snapshot

    def forget(self) -> None:
        """Look up the numbers of authors again."""
        self._authors.clear()

    def put(self, connection: Any, batch: Batch) -> None:
        """Write all that a batch holds. Raises `StoreError` where it does not fit what is there."""
        if batch.erase is not None:
            shelves.erase(connection, batch.erase)
            self.forget()
            connection.execute(_SET_SETTING, (WIPE, b""))
        tips = {(document, tip.actor, tip.seq): tip for document, tip in batch.tips}
        for document, change in batch.changes:
            author, sealed = self._authors.get((document, change.actor)) or self._author(
                connection, document, change.actor
            )
            if change.seq <= sealed:
                raise database.twice(self._path)
            tip = tips.pop((document, change.actor, change.seq), None)
            if tip is not None and tip.hash != change.hash:
                raise StoreError(_UNKNOWN.format(path=self._path))
            self._position = position = self._position + 1
            signature = None if tip is None else tip.signature
            connection.execute(_APPEND, (author, change.seq, position, change.hash, change.raw, signature))
        for (document, actor, _), tip in tips.items():
            self._sign(connection, *self._author(connection, document, actor), tip)
        for name, value in batch.settings.items():
            if value is None:
                connection.execute("DELETE FROM settings WHERE name = ?", (name,))
            else:
                connection.execute(_SET_SETTING, (name, value))
        for seal in batch.seals:
            self._seal(connection, seal)
        if batch.at_hand is not None:
            shelves.choose(connection, *batch.at_hand)

    def _sign(self, connection: Any, author: int, sealed: int, tip: Tip) -> None:
        """Put a signature on a change that is there already."""
        if tip.seq <= sealed:
            known = shelves.sign_sealed(connection, author, tip)
        else:
            known = connection.execute(_SIGN, (tip.signature, author, tip.seq, tip.hash)).rowcount == 1
        if not known:
            raise StoreError(_UNKNOWN.format(path=self._path))

    def _seal(self, connection: Any, seal: Seal) -> None:
        try:
            shelves.put_to_rest(connection, seal, trusted=seal.document not in self.doubted)
        except shelves.Contradiction as error:
            raise StoreError(_UNSEALED.format(path=self._path)) from error
        self.forget()  # they are sealed further now

    def _author(self, connection: Any, document: DocumentId, actor: bytes) -> tuple[int, int]:
        """Look up or draw the number, which is never 0, and up to where the author is sealed."""
        names = (document, actor)
        select = "SELECT number, sealed FROM authors WHERE document = ? AND actor = ?"
        rows = connection.execute(select, names).fetchall()
        if not rows:
            insert = "INSERT INTO authors (document, actor) VALUES (?, ?) RETURNING number, sealed"
            rows = connection.execute(insert, names).fetchall()
        ((number, sealed),) = rows
        author = self._authors[names] = (number, sealed)
        return author
