"""Automerge at arm's length: the only importer of the binding. It holds changes that were inspected, and reads them.

Rules. Whatever goes wrong inside, a panic included, comes out as one answer: it did not take it. A document after that
is dropped by its owner and made anew. Nothing here decides whether a change is acceptable.
"""

from collections.abc import Sequence
from typing import Any, Final

from automerge import core as automerge

from collar_sync import limits
from collar_sync.core.change import Action, Op, OpId
from collar_sync.core.columns import unsigned
from collar_sync.core.edits import Scalar
from collar_sync.core.inspect import compose
from collar_sync.core.outline import GENESIS_ACTOR
from collar_sync.errors import InvalidChange

GENESIS: Final = compose(
    actor=GENESIS_ACTOR,
    seq=1,
    start_op=1,
    deps=(),
    ops=(Op(None, "statements", action=Action.MAKE_MAP), Op(None, "records", action=Action.MAKE_MAP)),
)
# Pinned: a replica with another genesis could never meet any other.
GENESIS_HASH: Final = bytes.fromhex("575ea21b2d1b2e613ebfc74bc465ef2c6a88a2681f8079f52fbcb99dc865fd79")
_FEED_CHANGES: Final = 1_000  # a log is applied in slices: one message must not grow with the years
_CHUNK_START: Final = b"\x85\x6f\x4a\x83"
_DOCUMENT_CHUNK: Final = b"\x00"  # after the start and a checksum of four bytes


class Binding:
    """One Automerge document, which never writes: every change is composed by us."""

    def __init__(self) -> None:
        self._doc = automerge.Document(bytes(limits.ACTOR_BYTES))
        _feed(self._doc, [GENESIS.raw])

    def feed(self, raws: Sequence[bytes], heads: set[bytes]) -> bool:
        """Apply changes; answers whether the document has exactly these heads then. If not, it must not be used."""
        try:
            for start in range(0, len(raws), _FEED_CHANGES):
                _feed(self._doc, raws[start : start + _FEED_CHANGES])
            return {bytes(head) for head in self._doc.get_heads()} == heads
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001  # a panic of the binding is no Exception, and leaves the document unusable
            return False

    def save(self) -> bytes:
        """The whole document as one document chunk."""
        return bytes(self._doc.save())

    def read(self, holder: OpId) -> dict[str, Scalar]:
        """The fields of one map, texts as str."""
        doc, place = self._doc, _object(holder)
        fields: dict[str, Scalar] = {}
        for name in doc.keys(place):
            found = doc.get(place, name)
            if found is None:
                continue
            value, identifier = found
            fields[name] = doc.text(identifier) if isinstance(value, automerge.ObjType) else _scalar(value)
        return fields


def load_snapshot(chunk: bytes) -> list[bytes]:
    """The raw changes in one document chunk, in causal order, without genesis. They are as unverified as any others.

    Raises `InvalidChange` where Automerge cannot load it. A hostile chunk can take all memory: a peer's is loaded in a
    process of its own.
    """
    if not chunk.startswith(_CHUNK_START) or chunk[8:9] != _DOCUMENT_CHUNK:
        raise InvalidChange("A snapshot came that is none.")
    try:
        changes = automerge.Document.load(chunk).get_changes([])
        return [bytes(change.raw_bytes) for change in changes if bytes(change.hash) != GENESIS_HASH]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the binding is no Exception
        raise InvalidChange("A snapshot came that cannot be loaded.") from error


def _feed(doc: automerge.Document, raws: Sequence[bytes]) -> None:
    """Apply raw changes in a sync message without heads; with heads Automerge walks every ancestor."""
    message = b"".join((b"\x42\x00\x00\x00", unsigned(len(raws)), *(unsigned(len(raw)) + raw for raw in raws)))
    doc.receive_sync_message(automerge.SyncState(), automerge.Message.decode(message))


def _object(identifier: OpId) -> bytes:
    """Automerge's external id of an object; the actor index in it is a hint that it looks up again."""
    counter, actor = identifier
    return b"\x10" + unsigned(len(actor)) + actor + b"\x00" + unsigned(counter)


def _scalar(value: tuple[Any, Any]) -> Scalar:
    kind, content = value
    return bytes(content) if kind == automerge.ScalarType.Bytes else content
