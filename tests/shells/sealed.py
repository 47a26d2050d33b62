"""Seals, and the statements and records of sealed documents, to be written into a store."""

from collar_sync import ids
from collar_sync.core.durable import Batch, KeptRecord, KeptStatement, Seal
from collar_sync.ids import DocumentId
from collar_sync.shells.store import Store
from tests.shells.logged import (
    ALEX,
    NOTES,
    change,
)

DEVICE = ids.device_id(b"d" * 16)

CHUNK = b"chunk of everything up to here" * 100


def end(actor: bytes, seq: int) -> tuple[bytes, int, bytes]:
    return (actor, seq, change(actor, seq).hash)


def statement(
    number: int, kind: str = "task/done", *names: str, subject: str = "", document: DocumentId = NOTES
) -> KeptStatement:
    names = (subject, *names) if subject else names
    raw = f"{number}:{kind}:{names}".encode()
    return KeptStatement(
        ids.statement_id(number.to_bytes(32, "big")), document, DEVICE, kind, names, raw, number // 3, ((ALEX, 1),)
    )


def record(name: str, document: DocumentId = NOTES, **fields: str | float | bytes | None) -> KeptRecord:
    return KeptRecord(document, f"task/{name}", fields)


def seal(
    *ends: tuple[bytes, int, bytes],
    document: DocumentId = NOTES,
    chunk: bytes = CHUNK,
    statements: tuple[KeptStatement, ...] = (),
    records: tuple[KeptRecord, ...] = (),
) -> Batch:
    return Batch(seals=[Seal(document, chunk, ends, statements, records)])


def choice(statements: tuple[KeptStatement, ...] = (), records: tuple[KeptRecord, ...] = ()) -> Batch:
    chosen = frozenset(each.id for each in statements)
    return Batch(at_hand=(chosen, frozenset((each.document, each.key) for each in records)))


def everything(store: Store) -> tuple[object, ...]:
    assert store._connection is not None
    tables = ("authors", "log", "settings", "snapshots", "statements", "spoken_of", "records")
    return tuple(store._connection.execute("SELECT * FROM " + table).fetchall() for table in tables)  # noqa: S608
