"""The proofs that a space holds, and what follows from all of them together.

The first proof about a device and a document is always kept; what only adds to it, up to a bound. It knows no
document's content and no connection.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core import cover, equivocation, identity
from collar_sync.core.change import HASH_BYTES, Change
from collar_sync.core.durable import Kept, LoggedChange, Tip
from collar_sync.core.equivocation import Convicted, Proof
from collar_sync.core.inspect import inspect, inspect_all
from collar_sync.core.library import Library
from collar_sync.core.membership import FOUND, Learnt, Membership
from collar_sync.core.replica import Replica, statements_in
from collar_sync.core.successor import Splits
from collar_sync.core.wire import Testimony
from collar_sync.errors import InvalidSignature, PeerError
from collar_sync.ids import DeviceId, DocumentId, SpaceId

_HEARD_MAX: Final = 64  # each device holds one history, and adds what it heard of others
_SPARE_MAX: Final = 256  # proofs that only show more of a history, or are of no document that is here; a few are usual


class Evidence:
    """The proofs of one space, by name."""

    def __init__(self) -> None:
        self.proofs: dict[bytes, Proof] = {}
        self.heard: dict[bytes, Testimony] = {}
        self.splits = Splits()
        self.lines: dict[DocumentId, bytes] = {}  # that documents here show, which take over from others
        self._convicted: dict[tuple[DocumentId, DeviceId], Convicted] = {}
        self._spare = self._spare_bytes = self._heard_bytes = 0

    def take(self, proof: Proof, membership: Membership, *, here: bool) -> Convicted | None:
        """Keep a proof that holds; None where it is known, or no more of its kind are kept. Raises `PeerError`.

        The first about a device in a document that is `here` is always kept. Of one that is not, it comes again with
        the next connection, when that may be here.
        """
        name = equivocation.name(proof)
        if name in self.proofs:
            return None
        convicted = equivocation.verify(proof, membership)
        place = (convicted.document, convicted.device)
        if place in self._convicted or not here:
            size = equivocation.weight(proof)
            if self._spare >= _SPARE_MAX or self._spare_bytes + size > limits.PROOFS_SPARE_BYTES_MAX:
                return None
            self._spare, self._spare_bytes = self._spare + 1, self._spare_bytes + size
        self._convicted.setdefault(place, convicted)
        self.proofs[name] = equivocation.canonical(proof)
        self._follow()
        return convicted

    def know(self, library: Library, document: DocumentId, shown: bytes = b"") -> None:
        """Follow the line that a document shows, for as long as it is here; `library` goes by that at once."""
        if document not in library:
            news = self.lines.pop(document, None) is not None
        else:
            news = bool(shown) and document not in self.lines
            self.lines |= {document: shown} if news else {}
        if news:
            self._follow()
            library.splits = self.splits

    def _follow(self) -> None:
        self.splits = Splits(self._convicted.values(), self.lines.values())

    def shows(self, document: DocumentId, device: DeviceId) -> bool:
        """Whether a proof shows that this device told two histories in that document."""
        return (document, device) in self._convicted

    def keep(self, testimony: Testimony) -> bool:
        """Keep what was heard of a split document; false where it is known, or more than is ever needed."""
        name = hashlib.sha256(msgspec.msgpack.encode(testimony)).digest()
        size = sum(map(len, testimony.changes))
        full = len(self.heard) >= _HEARD_MAX or self._heard_bytes + size > limits.HEARD_BYTES_MAX
        if name in self.heard or full:
            return False
        self._heard_bytes += size
        self.heard[name] = testimony
        return True

    def split(self) -> Iterator[DocumentId]:
        """The documents that were split, each once, where it was first."""
        yield from dict.fromkeys(self.splits.origin(document) for document, _ in self._convicted)

    def shown(self) -> set[bytes]:
        """The hashes of all changes that any proof shows."""
        return {change.hash for proof in self.proofs.values() for change in equivocation.changes(proof)}

    def heard_of(self, document: DocumentId, space: SpaceId) -> Iterator[Replica]:
        """What others held of a document that was split: a device's own lost changes perhaps among it."""
        for testimony in self.heard.values():
            source = DocumentId(testimony.document)
            if self.splits.origin(source) == document:
                read = [inspect(raw) for raw in testimony.changes]
                log = tuple(LoggedChange(each.actor, each.seq, each.hash, each.raw) for each in read)
                replica = Replica(space, source)
                with suppress(PeerError):  # it is no whole history
                    replica.restore(Kept(None, log, ()))
                    yield replica


def attributed(testimony: Testimony, membership: Membership, *, in_core: bool) -> tuple[list[Change], list[Learnt]]:
    """The changes of a testimony, and what was said in those that a signature of their own device covers.

    In core it may itself let in who signed. Raises `PeerError` where a change is none.
    """
    document = DocumentId(testimony.document)
    changes = list(inspect_all(testimony.changes))
    graph = [(change.actor, change.hash, change.deps) for change in changes]
    everything, _ = statements_in(changes)
    perhaps = membership.with_more(everything) if in_core else membership  # nobody else can have let in who signed
    signed = {tip.hash for tip in testimony.tips if _signed(document, tip, perhaps)}
    counted = cover.covered(graph, signed)
    learnt, _ = statements_in([each for each in changes if each.hash in counted])
    if in_core:  # the founding statement needs no signature: the space is named after it
        founding = (each for each in everything if each.statement.kind == FOUND)
        membership = membership.with_more((*founding, *learnt))
    return changes, [each for each in learnt if each.device in membership.devices]


def _signed(document: DocumentId, tip: Tip, membership: Membership) -> bool:
    device = membership.devices.get(cover.device_of(tip.actor)) if len(tip.actor) == limits.ACTOR_BYTES else None
    if device is None or len(tip.hash) != HASH_BYTES:
        return False
    try:
        message = identity.tip_message(membership.space, document, tip.actor, tip.seq, tip.hash)
    except InvalidSignature:
        return False
    return identity.verify(device.public.signing, message, tip.signature)
