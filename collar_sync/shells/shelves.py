"""Documents at rest: their snapshots, and their statements and records as rows that are read without loading anything.

Functions on an open connection, within a transaction of the caller's where they write. A document is sealed only over
what the log, or the seal before, holds exactly; what was sealed is compared with a checksum whenever it is read. Two
generations are kept: the newest snapshot holds what the one before and the log after that hold too, so either may be
damaged. They know the tables and compare bytes; they know nothing of what a change or a statement means, and map no
errors.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from collar_sync.core.durable import AtHand, Erasure, Kept, KeptRecord, KeptStatement, LoggedChange, Seal, Tip
from collar_sync.ids import DeviceId, DocumentId, StatementId

_AUTHORS: Final = (
    "SELECT number, actor, sealed, sealed_hash, dropped, dropped_hash, tip_seq, tip_hash, tip_signature FROM authors"
    " WHERE document = ? ORDER BY number"
)
_LOG: Final = (
    "SELECT actor, seq, hash, raw, signature FROM authors JOIN log ON author = number WHERE document = ?"
    " AND seq > sealed ORDER BY position"
)
_LONGER_LOG: Final = (
    "SELECT actor, seq, hash, raw, signature FROM authors JOIN log ON author = number WHERE document = ?"
    " AND seq > dropped ORDER BY position"
)
_ORPHANS: Final = "SELECT 1 FROM log LEFT JOIN authors ON number = author WHERE number IS NULL LIMIT 1"
_COVERED: Final = (
    "SELECT count(*), max(CASE WHEN seq = ?3 THEN hash END) FROM log WHERE author = ?1 AND seq > ?2 AND seq <= ?3"
)
_HAS_OLDER: Final = "SELECT 1 FROM authors WHERE document = ? AND dropped > 0 LIMIT 1"
_LAST_TIP: Final = (
    "SELECT seq, hash, signature FROM log WHERE author = ? AND seq <= ? AND signature IS NOT NULL"
    " ORDER BY seq DESC LIMIT 1"
)
_PUT_SNAPSHOT: Final = "INSERT INTO snapshots (document, digest, chunk) VALUES (?, ?, ?) RETURNING number"
_SIGN_SEALED: Final = (
    "UPDATE authors SET tip_seq = ?1, tip_hash = ?2, tip_signature = ?3"
    " WHERE number = ?4 AND tip_seq < ?1 AND (sealed > ?1 OR sealed_hash = ?2)"
)
_IS_SEALED: Final = "SELECT 1 FROM authors WHERE number = ?1 AND (sealed > ?2 OR sealed_hash = ?3)"
_PUT_STATEMENT: Final = (
    "INSERT INTO statements (document, id, device, kind, names, raw, said_at, brought) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_PUT_RECORD: Final = (
    "INSERT INTO records (document, key, name, fields) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET fields = excluded.fields"  # what is at hand stays at hand
)
_STATEMENT: Final = "SELECT id, document, device, kind, names, raw, said_at, brought FROM statements"
_ABOUT: Final = (
    f"{_STATEMENT} WHERE id = ?1 OR number IN (SELECT statement FROM spoken_of WHERE name = ?1)"  # noqa: S608 - of constants
    " ORDER BY number"
)
_NAMED: Final = "SELECT number, value FROM statements, json_each(names)"
_SPOKEN_OF: Final = "SELECT statement, name FROM spoken_of"
_MISNAMED: Final = f"SELECT EXISTS ({_NAMED} EXCEPT {_SPOKEN_OF}) OR EXISTS ({_SPOKEN_OF} EXCEPT {_NAMED})"
_RECORD: Final = "SELECT document, key, fields FROM records"
_NEWEST_FIRST: Final = "ORDER BY said_at DESC, id DESC, document LIMIT ?"
_HISTORY_OF_ONE: Final = f"{_STATEMENT} WHERE document = ? AND (said_at, id) < (?, ?) {_NEWEST_FIRST}"
_HISTORY_OF_MANY: Final = (
    f"{_STATEMENT} INDEXED BY statements_by_time WHERE (said_at, id) < (?, ?)"  # noqa: S608 - of constants
    f" AND document IN (SELECT value FROM json_each(?)) {_NEWEST_FIRST}"
)
_HISTORY_OF_A_KIND: Final = (
    f"{_STATEMENT} INDEXED BY statements_by_kind WHERE kind = ? AND (said_at, id) < (?, ?)"  # noqa: S608 - of constants
    f" AND document IN (SELECT value FROM json_each(?)) {_NEWEST_FIRST}"
)

_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(dict[str, Any])  # a union of str and bytes is more than the library can say
_brought = msgspec.msgpack.Decoder(tuple[tuple[bytes, int], ...])
_names = msgspec.json.Decoder(tuple[str, ...])


class Contradiction(Exception):
    """A seal does not fit what is kept, or what is kept does not fit itself."""


def put_to_rest(connection: Any, seal: Seal, *, trusted: bool) -> None:
    """Write what the seal holds beside the newest snapshot, which becomes the older one, and drop what that covers.

    Every end must be a change that is kept, with all changes of its actor before it; every actor of the seal before
    must be in this one. A newest snapshot that is not `trusted` or not what was written, or that holds no less than
    this one, is replaced by it instead, and nothing is dropped. Raises `Contradiction` where it does not fit.
    """
    ends = {actor: (seq, digest) for actor, seq, digest in seal.ends}
    statements = {each.id: each for each in seal.statements}
    records = {each.key: each for each in seal.records}
    several = len(ends) < len(seal.ends) or len(statements) < len(seal.statements) or len(records) < len(seal.records)
    named = {each.document for each in seal.statements} | {each.document for each in seal.records}
    if several or named - {seal.document}:
        raise Contradiction
    authors = _authors(connection, seal.document)
    sealed = {each.actor: each.sealed for each in authors if each.sealed[0]}
    newest = _snapshot(connection, seal.document, sealed, older=False)
    good = trusted and (newest is not None or not sealed)
    _prove(connection, authors, ends, good=good)
    moves_on = good and newest is not None and sealed not in ({}, ends)
    _put_snapshot(connection, seal, ends, older=newest[0] if newest is not None and moves_on else None)
    for author in authors:
        if moves_on and author.sealed[0]:
            connection.execute("DELETE FROM log WHERE author = ? AND seq <= ?", (author.number, author.sealed[0]))
            dropped = (*author.sealed, author.number)
            connection.execute("UPDATE authors SET dropped = ?, dropped_hash = ? WHERE number = ?", dropped)
        if author.actor in ends:
            _seal_author(connection, author, *ends[author.actor])
    _replace_statements(connection, seal.document, statements)
    _replace_records(connection, seal.document, records)


def erase(connection: Any, erasure: Erasure) -> None:
    """Delete all that is kept of documents and settings; what is deleted is overwritten in the file too."""
    connection.execute("PRAGMA secure_delete = ON").fetchall()
    for document in sorted(erasure.documents):
        own = (document,)
        connection.execute("DELETE FROM log WHERE author IN (SELECT number FROM authors WHERE document = ?)", own)
        for table in ("authors", "snapshots", "statements", "records"):
            connection.execute(f"DELETE FROM {table} WHERE document = ?", own)  # noqa: S608 - of constants
    for name in erasure.settings:
        connection.execute("DELETE FROM settings WHERE substr(name, 1, ?) = ?", (len(name), name))


def sign_sealed(connection: Any, author: int, tip: Tip) -> bool:
    """Keep the tip of a change that is sealed, where it is newer; false where another change than that is known.

    The hash can be compared for the newest sealed change only: those before are in the snapshot, which is not read.
    """
    connection.execute(_SIGN_SEALED, (tip.seq, tip.hash, tip.signature, author))
    return bool(connection.execute(_IS_SEALED, (author, tip.seq, tip.hash)).fetchall())


def choose(connection: Any, statements: frozenset[StatementId], records: frozenset[tuple[DocumentId, str]]) -> None:
    """Let these be at hand and no others; a name of something that is not kept is passed over."""
    chosen = {(identifier,) for identifier in statements}
    before = set(connection.execute("SELECT id FROM statements WHERE at_hand = 1").fetchall())
    connection.executemany("UPDATE statements SET at_hand = 0 WHERE id = ?", before - chosen)
    connection.executemany("UPDATE statements SET at_hand = 1 WHERE id = ? AND at_hand = 0", chosen)
    kept = set(connection.execute("SELECT document, key FROM records WHERE at_hand = 1").fetchall())
    connection.executemany("UPDATE records SET at_hand = 0 WHERE document = ? AND key = ?", kept - records)
    connection.executemany("UPDATE records SET at_hand = 1 WHERE document = ? AND key = ?", records - kept)


def load(connection: Any, document: DocumentId, *, older: bool = False) -> Kept:
    """Everything of one document: the newest snapshot and what came after it, or the one before and what came after.

    There is no older snapshot after the first seal: then the log holds everything. Raises `Contradiction` where the
    snapshot, its checksum and the log disagree, or do not reach as far as the newest snapshot.
    """
    authors = _authors(connection, document)
    ends = {each.actor: each.dropped if older else each.sealed for each in authors}
    ends = {actor: end for actor, end in ends.items() if end[0]}
    from_the_first = older and authors and not ends
    found = None if from_the_first else _snapshot(connection, document, ends, older=older)
    if found is None and (ends or (not from_the_first and _numbers(connection, document))):
        raise Contradiction
    if older and orphaned(connection):
        raise Contradiction  # it is not known any more whose changes were here
    tips = {each.actor: each.tip for each in authors if each.tip is not None}
    log = []
    last = {actor: seq for actor, (seq, _) in ends.items()}
    counts = dict(last)
    query = _LONGER_LOG if older else _LOG
    for actor, seq, digest, raw, signature in connection.execute(query, (document,)).fetchall():
        log.append(LoggedChange(actor, seq, digest, raw))
        counts[actor] = counts.get(actor, 0) + 1
        last[actor] = max(seq, last.get(actor, 0))
        if signature is not None and (actor not in tips or tips[actor].seq < seq):
            tips[actor] = Tip(actor, seq, digest, signature)
    if counts != last or any(last.get(each.actor, 0) < each.sealed[0] for each in authors):
        raise Contradiction
    chunk = None if found is None else found[1]
    return Kept(chunk, tuple(log), tuple(tips[each.actor] for each in authors if each.actor in tips))


def orphaned(connection: Any) -> bool:
    """Whether the log holds a change of nobody."""
    return bool(connection.execute(_ORPHANS).fetchall())


def misnamed(connection: Any) -> bool:
    """Whether a statement is not found by just the names that its row says it speaks of."""
    ((found,),) = connection.execute(_MISNAMED).fetchall()
    return bool(found)


def documents(connection: Any) -> list[DocumentId]:
    """Return every document of which anything is kept, or ought to be."""
    rows = connection.execute("SELECT document FROM snapshots UNION SELECT document FROM authors")
    return [DocumentId(document) for (document,) in rows.fetchall()]


def at_hand(connection: Any) -> AtHand:
    """Return all that was chosen to be at hand, in order of arrival."""
    statements = connection.execute(f"{_STATEMENT} WHERE at_hand = 1 ORDER BY number").fetchall()
    records = connection.execute(f"{_RECORD} WHERE at_hand = 1 ORDER BY number").fetchall()
    return AtHand(statements_of(statements), records_of(records))


def about(connection: Any, name: str) -> AtHand:
    """Return the statements whose id it is or that speak of it, and the records whose key is `<kind>/<name>`."""
    statements = connection.execute(_ABOUT, (name,)).fetchall()
    records = connection.execute(f"{_RECORD} WHERE name = ? ORDER BY number", (name,)).fetchall()
    return AtHand(statements_of(statements), records_of(records))


def records(connection: Any, document: DocumentId, prefix: str) -> tuple[KeptRecord, ...]:
    """Return the records of that document whose key starts so."""
    found = connection.execute(
        f"{_RECORD} WHERE document = ? AND key >= ? AND substr(key, 1, ?) = ? ORDER BY key",
        (document, prefix, len(prefix), prefix),
    ).fetchall()
    return records_of(found)


def history(
    connection: Any, documents: Sequence[DocumentId], before: tuple[int, str], count: int, kind: str | None = None
) -> tuple[KeptStatement, ...]:
    """Return up to `count` statements of these documents, the last said first, before this (time, id).

    Where a kind is named, of that kind alone.
    """
    most = max(count, 0)  # SQLite takes a negative limit for none
    if kind is not None:
        rows = connection.execute(_HISTORY_OF_A_KIND, (kind, *before, _json(documents), most))
    elif len(documents) == 1:
        rows = connection.execute(_HISTORY_OF_ONE, (documents[0], *before, most))
    else:
        rows = connection.execute(_HISTORY_OF_MANY, (*before, _json(documents), most))
    return statements_of(rows.fetchall())


class _Author(msgspec.Struct, frozen=True):
    """One actor in a document; the newest snapshot holds its changes up to `sealed`, the one before up to `dropped`."""

    number: int
    actor: bytes
    sealed: tuple[int, bytes]
    dropped: tuple[int, bytes]
    tip: Tip | None  # the newest up to `sealed`


def _authors(connection: Any, document: DocumentId) -> list[_Author]:
    return [
        _Author(
            number,
            actor,
            (sealed, sealed_hash),
            (dropped, dropped_hash),
            Tip(actor, tip_seq, tip_hash, signature) if tip_seq else None,
        )
        for number, actor, sealed, sealed_hash, dropped, dropped_hash, tip_seq, tip_hash, signature in (
            connection.execute(_AUTHORS, (document,)).fetchall()
        )
    ]


def _prove(connection: Any, authors: Sequence[_Author], ends: Mapping[bytes, tuple[int, bytes]], *, good: bool) -> None:
    """Raise `Contradiction` unless the ends follow, by a log without a gap, on what a snapshot is known to hold.

    That is the newest one where it is good, and else the one before.
    """
    if set(ends) - {each.actor for each in authors}:
        raise Contradiction
    for author in authors:
        if author.actor not in ends:
            if author.sealed[0]:
                raise Contradiction  # the snapshot before held more than this one
            continue
        seq, digest = ends[author.actor]
        base = author.sealed if good else author.dropped
        if (seq, digest) == base and seq >= author.sealed[0]:
            continue
        ((count, found),) = connection.execute(_COVERED, (author.number, base[0], seq)).fetchall()
        if seq < author.sealed[0] or count != seq - base[0] or found != digest:
            raise Contradiction


def _seal_author(connection: Any, author: _Author, seq: int, digest: bytes) -> None:
    if (seq, digest) == author.sealed:
        return
    connection.execute("UPDATE authors SET sealed = ?, sealed_hash = ? WHERE number = ?", (seq, digest, author.number))
    for tip_seq, tip_hash, signature in connection.execute(_LAST_TIP, (author.number, seq)).fetchall():
        connection.execute(_SIGN_SEALED, (tip_seq, tip_hash, signature, author.number))


def _put_snapshot(connection: Any, seal: Seal, ends: Mapping[bytes, tuple[int, bytes]], *, older: int | None) -> None:
    """Write the newest snapshot, and let go of all others but the older one: this, or the one that was so before."""
    before = _numbers(connection, seal.document)
    if older is None and connection.execute(_HAS_OLDER, (seal.document,)).fetchall():
        older = min(before, default=None)
    values = (seal.document, _digest(seal.document, seal.chunk, ends), seal.chunk)
    ((number,),) = connection.execute(_PUT_SNAPSHOT, values).fetchall()
    if connection.execute("SELECT chunk FROM snapshots WHERE number = ?", (number,)).fetchall() != [(seal.chunk,)]:
        raise Contradiction
    gone = [(each,) for each in before if each != older]
    connection.executemany("DELETE FROM snapshots WHERE number = ?", gone)


def _numbers(connection: Any, document: DocumentId) -> list[int]:
    """The numbers of a document's snapshots, the older one's first."""
    rows = connection.execute("SELECT number FROM snapshots WHERE document = ? ORDER BY number", (document,))
    return [number for (number,) in rows.fetchall()]


def _snapshot(
    connection: Any, document: DocumentId, ends: Mapping[bytes, tuple[int, bytes]], *, older: bool
) -> tuple[int, bytes] | None:
    """Return number and chunk of the older or the newest snapshot; None where it does not hold just what it must."""
    numbers = _numbers(connection, document)
    number = numbers[0 if older else -1] if numbers else 0
    rows = connection.execute("SELECT digest, chunk FROM snapshots WHERE number = ?", (number,)).fetchall()
    return next(((number, bytes(chunk)) for digest, chunk in rows if digest == _digest(document, chunk, ends)), None)


def _digest(document: DocumentId, chunk: bytes, ends: Mapping[bytes, tuple[int, bytes]]) -> bytes:
    """Return a checksum over a snapshot, whose it is and what it covers."""
    covers = [(actor, seq, digest) for actor, (seq, digest) in sorted(ends.items())]
    digest = hashlib.blake2b(_encoder.encode((document, covers)), digest_size=32)
    digest.update(chunk)
    return digest.digest()


def _replace_statements(connection: Any, document: DocumentId, statements: Mapping[StatementId, KeptStatement]) -> None:
    """Write the difference only: most statements of a document that is sealed again were kept before."""
    query = "SELECT id, device, kind, names, raw, said_at, brought FROM statements WHERE document = ?"
    before = set(connection.execute(query, (document,)).fetchall())
    now = [
        (each.id, each.device, each.kind, _json(each.names), each.raw, each.at, _encoder.encode(each.brought))
        for each in statements.values()
    ]
    gone = [(document, row[0]) for row in before.difference(now)]
    connection.executemany("DELETE FROM statements WHERE document = ? AND id = ?", gone)
    connection.executemany(_PUT_STATEMENT, [(document, *row) for row in now if row not in before])


def _replace_records(connection: Any, document: DocumentId, records: Mapping[str, KeptRecord]) -> None:
    """As `_replace_statements`."""
    before = dict(connection.execute("SELECT key, fields FROM records WHERE document = ?", (document,)).fetchall())
    gone = [(document, key) for key in before if key not in records]
    connection.executemany("DELETE FROM records WHERE document = ? AND key = ?", gone)
    now = {key: _encoder.encode(dict(record.fields)) for key, record in records.items()}
    fresh = [(document, key, key.partition("/")[2], raw) for key, raw in now.items() if before.get(key) != raw]
    connection.executemany(_PUT_RECORD, fresh)


def statements_of(rows: Iterable[Sequence[Any]]) -> tuple[KeptStatement, ...]:
    """Read rows of id, document, device, kind, names, raw, said_at, brought; raises `Contradiction`."""
    try:
        return tuple(
            KeptStatement(
                StatementId(identifier),
                DocumentId(document),
                DeviceId(device),
                kind,
                _names.decode(names),
                raw,
                at,
                _brought.decode(some),
            )
            for identifier, document, device, kind, names, raw, at, some in rows
        )
    except msgspec.MsgspecError as error:
        raise Contradiction from error


def _json(names: Sequence[str]) -> str:
    return msgspec.json.encode(names).decode()


def records_of(rows: Iterable[Sequence[Any]]) -> tuple[KeptRecord, ...]:
    """Read rows of document, key, fields; raises `Contradiction`."""
    try:
        return tuple(KeptRecord(DocumentId(document), key, _decoder.decode(raw)) for document, key, raw in rows)
    except msgspec.DecodeError as error:
        raise Contradiction from error
