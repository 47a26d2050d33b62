"""What must reach the disk: logged changes, signed tips, settings, seals, and the batch that is written whole or not.

These are shapes only. They know neither the store that keeps them nor how a signature is made or verified.
"""

from collections.abc import Mapping

import msgspec

from collar_sync.core.edits import Scalar
from collar_sync.ids import DeviceId, DocumentId, StatementId


class LoggedChange(msgspec.Struct, frozen=True):
    """One raw, uncompressed Automerge change and what its inspection found: 24-byte actor, seq from 1, 32-byte hash."""

    actor: bytes
    seq: int
    hash: bytes
    raw: bytes


class Tip(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An actor's newest change, and its device's 64-byte signature over it, which covers all the actor wrote before."""

    actor: bytes
    seq: int
    hash: bytes
    signature: bytes


class KeptStatement(msgspec.Struct, frozen=True):
    """A statement of a sealed document, as the store keeps it beside the document: canonical bytes and their author.

    It is found by its id and by each of the `names` that it speaks of. `at` is when it was said, by its author's clock,
    in milliseconds: history is read by it. `brought` has the (actor, seq) of each change that put it there: one, unless
    its author's software was altered.
    """

    id: StatementId
    document: DocumentId
    device: DeviceId
    kind: str
    names: tuple[str, ...]
    raw: bytes
    at: int
    brought: tuple[tuple[bytes, int], ...]


class KeptRecord(msgspec.Struct, frozen=True):
    """A record of a sealed document as it reads: `kind/id` and its fields, texts as str."""

    document: DocumentId
    key: str
    fields: Mapping[str, Scalar]


class Seal(msgspec.Struct, frozen=True):
    """A document put to rest: its snapshot, proven to hold all of its changes, in place of their rows in the log.

    `ends` has the newest change in the snapshot for each actor: (actor, seq, hash). `statements` and `records` replace
    what was kept of the document before.
    """

    document: DocumentId
    chunk: bytes
    ends: tuple[tuple[bytes, int, bytes], ...]
    statements: tuple[KeptStatement, ...]
    records: tuple[KeptRecord, ...]


class AtHand(msgspec.Struct, frozen=True):
    """What sealed documents hold that is not finished, and so is read at each opening."""

    statements: tuple[KeptStatement, ...] = ()
    records: tuple[KeptRecord, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """Everything the store holds of one document: its snapshot, the changes logged since, and the newest tips.

    A document that was never sealed has no snapshot, and all of its changes in the log.
    """

    chunk: bytes | None
    log: tuple[LoggedChange, ...]
    tips: tuple[Tip, ...]
    marks: bytes | None = None  # a setting of the document's, from whoever reads the store


class Erasure(msgspec.Struct, frozen=True):
    """Documents, and settings whose names begin so, of which nothing may be left anywhere in the file."""

    documents: frozenset[DocumentId]
    settings: tuple[str, ...]


class Batch(msgspec.Struct, frozen=True):
    """One transaction: changes in order of arrival, newer tips, settings, where None deletes, and seals.

    `erase` is done first.
    `at_hand`, where it is not None, replaces the whole choice of what is at hand: ids of kept statements, and
    (document, key) of kept records; it is applied after the seals.
    """

    changes: list[tuple[DocumentId, LoggedChange]] = []
    tips: list[tuple[DocumentId, Tip]] = []
    settings: dict[str, bytes | None] = {}
    seals: list[Seal] = []
    erase: Erasure | None = None
    at_hand: tuple[frozenset[StatementId], frozenset[tuple[DocumentId, str]]] | None = None
