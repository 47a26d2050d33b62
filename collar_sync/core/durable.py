"""What must reach the disk: logged changes, signed tips, settings, and the batch that is written whole or not at all.

These are shapes only. They know neither the store that keeps them nor how a signature is made or verified.
"""

import msgspec

from collar_sync.ids import DocumentId


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


class Batch(msgspec.Struct, frozen=True):
    """One transaction: the changes in order of arrival, newer tips, and settings, where None deletes."""

    changes: list[tuple[DocumentId, LoggedChange]] = []
    tips: list[tuple[DocumentId, Tip]] = []
    settings: dict[str, bytes | None] = {}
