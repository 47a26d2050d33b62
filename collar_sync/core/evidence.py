"""The proofs that a space holds, and what follows from all of them together.

The first proof about a device and a document is always kept; what only adds to it, up to a bound. It knows no
document's content and no connection.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

import msgspec

from collar_sync.core import equivocation
from collar_sync.core.equivocation import Convicted, Proof
from collar_sync.core.membership import Membership
from collar_sync.core.successor import Splits
from collar_sync.core.wire import Testimony
from collar_sync.ids import DeviceId, DocumentId

_HEARD_MAX: Final = 64  # each device holds one history, and adds what it heard of others
_SUPPLEMENTS_MAX: Final = 256  # proofs that only show more of a history; a few are usual


class Evidence:
    """The proofs of one space, by name."""

    def __init__(self) -> None:
        self.proofs: dict[bytes, Proof] = {}
        self.heard: dict[bytes, Testimony] = {}
        self.splits = Splits()
        self._convicted: dict[tuple[DocumentId, DeviceId], Convicted] = {}
        self._supplements = 0

    def take(self, proof: Proof, membership: Membership) -> Convicted | None:
        """Keep a proof that holds; None where it is known, or no more of its kind are kept. Raises `PeerError`."""
        name = equivocation.name(proof)
        if name in self.proofs:
            return None
        convicted = equivocation.verify(proof, membership)
        if self._convicted.setdefault((convicted.document, convicted.device), convicted) is not convicted:
            if self._supplements >= _SUPPLEMENTS_MAX:
                return None
            self._supplements += 1
        self.proofs[name] = equivocation.canonical(proof)
        self.splits = Splits(self._convicted.values())
        return convicted

    def keep(self, testimony: Testimony) -> bool:
        """Keep what was heard of a split document; false where it is known, or more than is ever needed."""
        name = hashlib.sha256(msgspec.msgpack.encode(testimony)).digest()
        if name in self.heard or len(self.heard) >= _HEARD_MAX:
            return False
        self.heard[name] = testimony
        return True

    def split(self) -> Iterator[DocumentId]:
        """The documents that were split, each once, where it was first."""
        yield from dict.fromkeys(self.splits.origin(document) for document, _ in self._convicted)

    def shown(self) -> set[bytes]:
        """The hashes of all changes that any proof shows."""
        return {change.hash for proof in self.proofs.values() for change in equivocation.changes(proof)}
