"""The ids of documents that take over from others, and what keeps out of them whoever split those.

Rules. Such an id is marked, and is a hash of what it takes over from and of everybody who is excluded from it: its
*line*. A change in a marked document that depends on genesis alone must show that line; every other change there has
one that does in its past; and nobody whom the line names may have written any. So whether a change is acceptable
follows from its bytes, its past and the id, before anybody was convicted as after it, and whoever works the id out
beforehand gains nothing. This module must not know who was convicted, nor what stands in a document.
"""

import hashlib
from collections.abc import Collection, Sequence
from typing import Final

from collar_sync import ids
from collar_sync.core.binding import GENESIS_HASH
from collar_sync.core.change import Change
from collar_sync.core.cover import device_of
from collar_sync.core.edits import SetFields
from collar_sync.errors import InvalidChange
from collar_sync.ids import DeviceId, DocumentId

KIND: Final = "~"  # of records that no app has and nobody reads
_LABEL: Final = b"collar/successor/1"
_FIELD: Final = "~line"


def line(document: DocumentId, excluded: Collection[DeviceId]) -> bytes:
    """Lay out what a document takes over from, and everybody who has no say in it."""
    return b"".join(map(ids.raw_bytes, (document, *sorted(excluded))))


def named(shown: bytes) -> DocumentId:
    """The id of the document of that line."""
    digest = hashlib.sha256(_LABEL + shown).digest()[: ids.SHORT_BYTES]
    return ids.document_id(ids.marked(digest, takes_over=True))


def read(shown: bytes) -> tuple[DocumentId, frozenset[DeviceId]]:
    """What a line says: the document before, and who has no say in what takes over from it."""
    size = ids.SHORT_BYTES
    out = frozenset(ids.device_id(shown[at : at + size]) for at in range(size, len(shown), size))
    return ids.document_id(shown[:size]), out


def shown_in(document: DocumentId, changes: Sequence[Change]) -> bytes:
    """The line that one of these changes shows of this document; empty where none does."""
    return next(filter(None, (_shown(document, change) for change in changes)), b"")


def showing(shown: bytes) -> SetFields:
    """The edit with which a change shows the line of its document."""
    return SetFields(KIND, "line", {_FIELD: shown})


def excluded(
    document: DocumentId, changes: Sequence[Change], known: frozenset[DeviceId] | None = None
) -> frozenset[DeviceId] | None:
    """Who is kept out of a document, as is `known` or one of these changes shows; None where none does."""
    if known is not None:
        return known
    if not ids.takes_over(document):
        return frozenset()
    shown = shown_in(document, changes)
    return read(shown)[1] if shown else None


def check(document: DocumentId, changes: Sequence[Change], out: frozenset[DeviceId] | None) -> None:
    """Refuse changes of whoever is out, and first changes that do not show the line; raises `InvalidChange`."""
    for change in changes:
        first = ids.takes_over(document) and set(change.deps) <= {GENESIS_HASH}
        if first and _shown(document, change) is None:
            raise InvalidChange("A change came in a document that takes over from another without saying from which.")
        if out and device_of(change.actor) in out:
            raise InvalidChange("A change came of a device that split what this document takes over from.")


def _shown(document: DocumentId, change: Change) -> bytes | None:
    values = (op.value.content for op in change.ops if op.key == _FIELD)
    return next((each for each in values if isinstance(each, bytes) and named(each) == document), None)
