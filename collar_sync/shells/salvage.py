"""Reads every row that can be read out of a damaged database file, and leaves that file as it is.

All tables are walked, from both ends where a walk ends early; and where anything was damaged each page is read for
itself, as if it were the root of a table: so nothing is out of reach because the way to it is gone. Rows that were
freed and not overwritten yet may be among what is found so; they never take the place of one that was walked to. It
knows tables and the forms of their rows, and nothing of what a change, a signature or a setting means.
"""

import bisect
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from collar_sync.core.durable import KeptRecord, KeptStatement
from collar_sync.ids import DocumentId, is_id
from collar_sync.shells import database, shelves
from collar_sync.shells.image import FILLING, Image

_ROOTS: Final = 500  # pages read between two loads of a schema: one of 500 tables takes 10 ms
_BESIDE_MAX: Final = 64  # places of the log looked for before and behind what was found below one page
_COLUMNS: Final = ", ".join(f"c{number}" for number in range(11))
_BY_NUMBER: Final = f"({_COLUMNS})"
_BY_NAME: Final = f"({_COLUMNS}, PRIMARY KEY (c0, c1)) WITHOUT ROWID"
_NUMBERED: Final = ("authors", "snapshots", "statements", "records")
_NAMED: Final = {"settings": ("name",), "log": ("author", "seq")}
_REST: Final = (None,) * 11  # columns that a table does not have
_TORN: Final = 2 * FILLING  # in a value that went on over a page that is gone
_HASH_BYTES, _ACTOR_BYTES = 32, 24

Row = tuple[Any, ...]
Place = tuple[int, int]


class Author(msgspec.Struct, frozen=True):
    """An actor in a document; snapshots hold its changes up to `sealed`, the log none up to `dropped`.

    `tip` is the seq, hash and signature of the newest one that was signed of those that are sealed.
    """

    document: DocumentId
    actor: bytes
    sealed: int = 0
    dropped: int = 0
    tip: tuple[int, bytes, bytes] | None = None


class Logged(msgspec.Struct, frozen=True):
    """A change of the log, with the signature over it where it has one."""

    hash: bytes
    raw: bytes
    signature: bytes | None


class Salvaged(msgspec.Struct):
    """All rows that were read, by what tells them apart. `unread` of `pages` are not what was written last.

    `torn` has the tables that could not be walked whole.
    """

    pages: int
    unread: int
    torn: set[str] = set()
    settings: dict[str, bytes] = {}
    authors: dict[int, Author] = {}
    log: dict[Place, Logged] = {}  # by author and seq
    snapshots: dict[tuple[DocumentId, bytes], bytes] = {}  # by document and checksum
    statements: dict[tuple[DocumentId, str], KeptStatement] = {}  # by document and id
    records: dict[tuple[DocumentId, str], KeptRecord] = {}  # by document and key


def salvage(path: Path, key: bytes, scratch: Path) -> Salvaged:
    """Read all that can be read of the file and of the log beside it; `scratch` is an empty directory for copies.

    Raises `StoreDamaged` where not one page opens with the key, and `StoreError` where the disk fails.
    """
    with database.mapped(path):
        image = Image(path, key, scratch)
        found = Salvaged(image.pages, len(image.unread))
        _walk(image, found)
        if image.unread or found.torn:
            _read_each(image, found)
        return found


def _walk(image: Image, found: Salvaged) -> None:
    """Read each table from its first row on, and from its last one back where that ends early."""
    if image.first is None:
        found.torn.update(_NUMBERED, _NAMED)
        return
    connection = image.connect(own=True)
    try:
        for table in _NUMBERED:
            failed: list[str] = []
            for row in _both_ways(connection, f"SELECT * FROM {table}", ("number",), failed):  # noqa: S608 - of constants
                _sort_numbered(found, row[0], (None, *row[1:], *_REST))
            found.torn |= {table} if failed else set()
        for table, order in _NAMED.items():
            failed = []
            for row in _both_ways(connection, f"SELECT * FROM {table}", order, failed):  # noqa: S608 - of constants
                _sort_named(found, (*row, *_REST))
            found.torn |= {table} if failed else set()
    finally:
        connection.close()


def _read_each(image: Image, found: Salvaged) -> None:
    """Read each page as the root of a table, whatever it is; then what lies between two pages that are gone."""
    pages = range(2, image.pages + 1)
    torn: dict[int, tuple[Place, Place]] = {}  # between which places the rows of the log lie that were found below
    connection = image.connect()
    try:
        for _, name in _as_roots(connection, _BY_NUMBER, pages):
            for number, *row in _both_ways(connection, f"SELECT rowid, * FROM {name}", ("rowid",), []):  # noqa: S608
                _sort_numbered(found, number, tuple(row))
        for page, name in _as_roots(connection, _BY_NAME, pages):
            failed: list[str] = []
            for named in _both_ways(connection, f"SELECT * FROM {name}", ("c0", "c1"), failed):  # noqa: S608
                if _sort_named(found, named):
                    place = (named[0], named[1])
                    first, last = torn.get(page, (place, place))
                    torn[page] = min(first, place), max(last, place)
            if not failed:
                torn.pop(page, None)
        missing = _missing(found)
        for page, name in _as_roots(connection, _BY_NAME, [*torn]):
            start, end = (bisect.bisect(missing, place) for place in torn[page])
            for place in missing[max(start - _BESIDE_MAX, 0) : end + _BESIDE_MAX]:
                with suppress(database.Failure):
                    for named in connection.execute(f"SELECT * FROM {name} WHERE c0 = ? AND c1 = ?", place):  # noqa: S608
                        _sort_named(found, named)
    finally:
        connection.close()


def _as_roots(connection: Any, shape: str, pages: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Name a table of that shape for each page, which has it for its root for as long as nothing else is asked for."""
    for start in range(0, len(pages), _ROOTS):
        some = [(page, f"t{page}") for page in pages[start : start + _ROOTS]]
        connection.execute("PRAGMA writable_schema = ON").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM sqlite_schema")
        rows = [(name, name, page, f"CREATE TABLE {name} {shape}") for page, name in some]
        connection.executemany("INSERT INTO sqlite_schema VALUES ('table', ?, ?, ?, ?)", rows)
        connection.execute("PRAGMA writable_schema = RESET").fetchall()
        yield from some
        connection.execute("ROLLBACK")


def _both_ways(connection: Any, query: str, order: Sequence[str], failed: list[str]) -> Iterator[Row]:
    """The whole rows of a query, from the first on; where that fails, from the last one back, as far as it goes."""
    for way in ("", " DESC"):
        try:
            for row in connection.execute(f"{query} ORDER BY {', '.join(each + way for each in order)}"):
                if any(isinstance(value, bytes) and _TORN in value for value in row):
                    failed.append("a value goes on over a page that is gone")
                else:
                    yield row
        except database.Failure as error:
            failed.append(str(error))
        else:
            return


def _missing(found: Salvaged) -> list[Place]:
    """The places of the log of which nothing was found, in order, and a few behind each last one."""
    seqs: dict[int, list[int]] = {number: [] for number in found.authors}
    for number, seq in found.log:
        seqs.setdefault(number, []).append(seq)
    missing: list[Place] = []
    for number, own in sorted(seqs.items()):
        author = found.authors.get(number)
        dropped, sealed = (author.dropped, author.sealed) if author else (0, 0)
        places = range(dropped + 1, max([sealed, dropped, *own]) + 1 + _BESIDE_MAX)
        missing += ((number, seq) for seq in sorted(set(places).difference(own)))
    return missing


# --- rows, by table ---


def _take_setting(found: Salvaged, row: Row) -> None:
    found.settings.setdefault(row[0], row[1])


def _take_author(found: Salvaged, row: Row) -> None:
    number, document, actor, sealed, _, dropped, _, tip_seq, tip_hash, signature = row[:10]
    tip = (tip_seq, tip_hash, signature) if tip_seq and tip_hash and signature else None
    known = found.authors.get(number)
    if known is None or not known.sealed:
        found.authors[number] = Author(DocumentId(document), actor, sealed, dropped, tip)


def _take_logged(found: Salvaged, row: Row) -> None:
    author, seq, _, digest, raw, signature = row[:6]
    found.log.setdefault((author, seq), Logged(digest, raw, signature))


def _take_snapshot(found: Salvaged, row: Row) -> None:
    found.snapshots.setdefault((DocumentId(row[1]), row[2]), row[3])


def _take_statement(found: Salvaged, row: Row) -> None:
    _, document, identifier, device, kind, names, raw, said_at, brought = row[:9]
    with suppress(shelves.Contradiction):
        for each in shelves.statements_of([(identifier, document, device, kind, names, raw, said_at, brought)]):
            found.statements.setdefault((each.document, each.id), each)


def _take_record(found: Salvaged, row: Row) -> None:
    with suppress(shelves.Contradiction):
        for each in shelves.records_of([(row[1], row[2], row[4])]):
            found.records.setdefault((each.document, each.key), each)


def _sort_numbered(found: Salvaged, number: int, row: Row) -> None:
    """Tell by its form of which table a row is whose first column is its number, which is not in it."""
    match row:
        case [None, str(), bytes() as actor, int(), _, int(), _, int(), *_] if len(actor) == _ACTOR_BYTES:
            _take_author(found, (number, *row[1:]))
        case [None, str(), bytes() as digest, bytes(), None, *_] if len(digest) == _HASH_BYTES:
            _take_snapshot(found, row)
        case [None, str(), str(), str(), str(), str(), bytes(), int(), bytes(), *_]:
            _take_statement(found, row)
        case [None, str(), str(), str(), bytes(), int(), None, *_]:
            _take_record(found, row)
        case _:
            pass


def _sort_named(found: Salvaged, row: Row) -> bool:
    """The same where rows lie by their names: a setting, or a change of the log, of which this answers true."""
    match row:
        case [int(), int(), int(), bytes() as digest, bytes(), bytes() | None, None, *_] if len(digest) == _HASH_BYTES:
            _take_logged(found, row)
            return True
        case [str(), bytes() as actor, int() as number, None, *_] if is_id(row[0], "document"):  # the index of authors
            if len(actor) == _ACTOR_BYTES:
                found.authors.setdefault(number, Author(DocumentId(row[0]), actor))
        case [str(), bytes(), None, *_]:
            _take_setting(found, row)
        case _:
            pass
    return False
