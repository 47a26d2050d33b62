"""What the engine may read back from the store: a shape, kept by the real store and by the simulated disk alike.

Reading shows what is on the disk, never what is still on its way. It knows no meaning and no engine.
"""

from collections.abc import Sequence
from typing import Protocol

from collar_sync.core.durable import AtHand, Kept, KeptRecord, KeptStatement
from collar_sync.ids import DocumentId


class Shelf(Protocol):
    """Synchronous reads; each raises `StoreError` where the disk fails and `StoreDamaged` where it holds nonsense."""

    def load(self, document: DocumentId, *, older: bool = False) -> Kept:
        """Everything of one document; empty where there is nothing.

        `older` asks for the same made of the snapshot before the newest, or of no snapshot where the log reaches back
        to the first change: for whoever could not make a document of the newest.
        """

    def at_hand(self) -> AtHand:
        """What sealed documents hold that was not finished when they were sealed, of every space."""

    def about(self, name: str) -> AtHand:
        """What sealed documents hold about one name, at hand or not.

        Every kept statement whose id it is or that speaks of it, and every kept record whose key is `<kind>/<name>`.
        """

    def records(self, document: DocumentId, prefix: str) -> Sequence[KeptRecord]:
        """Every kept record of one sealed document whose key starts so, at hand or not."""

    def history(
        self, documents: Sequence[DocumentId], before: tuple[int, str], count: int, kind: str | None = None
    ) -> Sequence[KeptStatement]:
        """Up to `count` kept statements of these documents, the last said first, before this (time, id).

        Where a kind is named, of that kind alone, at the cost of those and of no others.
        """
