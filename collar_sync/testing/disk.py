"""The simulated disk of one device: batches whole or not at all, what is read back, and the ways in which disks fail.

It keeps what the real store keeps, in memory, and beside that every change that was ever written to it, so that a world
can see what a seal or an opening lost. It knows no engine and no meaning of what it keeps.
"""

from collections.abc import Mapping, Sequence

from collar_sync.core.durable import AtHand, Batch, Erasure, Kept, KeptRecord, KeptStatement, LoggedChange, Seal, Tip
from collar_sync.errors import StoreError
from collar_sync.ids import DocumentId, StatementId

Written = dict[tuple[bytes, int], bytes]  # (actor, seq) → hash


class Disk:
    """What survives a crash. A `Shelf` to read from."""

    def __init__(self) -> None:
        self.settings: dict[str, bytes] = {}
        self.written: dict[DocumentId, Written] = {}
        self.full = False
        self.unreadable = 0  # how many more reads fail
        self.failures = 0  # how many did
        self._logs: dict[DocumentId, list[LoggedChange]] = {}
        self._tips: dict[DocumentId, dict[bytes, Tip]] = {}
        self._seals: dict[DocumentId, Seal] = {}
        self._at_hand: tuple[frozenset[StatementId], frozenset[tuple[DocumentId, str]]] = (frozenset(), frozenset())

    def write(self, batch: Batch) -> None:
        """Make a batch durable; raises `StoreError` where there is no room, with nothing of it kept."""
        if self.full:
            raise StoreError("The disk is full. Make room on it, and open this device again.")
        if batch.erase is not None:
            self._erase(batch.erase)
        for document, change in batch.changes:
            self._logs.setdefault(document, []).append(change)
            self.written.setdefault(document, {})[change.actor, change.seq] = change.hash
        for document, tip in batch.tips:
            self._tips.setdefault(document, {})[tip.actor] = tip
        for name, value in batch.settings.items():
            if value is None:
                self.settings.pop(name, None)
            else:
                self.settings[name] = value
        for seal in batch.seals:
            self._seals[seal.document] = seal
            ends = {actor: seq for actor, seq, _ in seal.ends}
            log = self._logs.get(seal.document, [])
            self._logs[seal.document] = [change for change in log if change.seq > ends.get(change.actor, 0)]
        if batch.at_hand is not None:
            self._at_hand = batch.at_hand

    def _erase(self, erasure: Erasure) -> None:
        for document in erasure.documents:
            for kept in (self.written, self._logs, self._tips, self._seals):
                kept.pop(document, None)
        for name in [each for each in self.settings if each.startswith(erasure.settings)]:
            del self.settings[name]

    def copy(self) -> "Disk":
        """The same, to go its own way."""
        other = Disk()
        other.settings = dict(self.settings)
        other.written = {document: dict(written) for document, written in self.written.items()}
        other._logs = {document: list(log) for document, log in self._logs.items()}
        other._tips = {document: dict(tips) for document, tips in self._tips.items()}
        other._seals = dict(self._seals)
        other._at_hand = self._at_hand
        return other

    def documents(self) -> Sequence[DocumentId]:
        """Every document of which anything is here."""
        return sorted(self.written)

    def sealed(self) -> Mapping[DocumentId, Seal]:
        """The seal of every document at rest."""
        return self._seals

    def says(self, identifier: StatementId) -> bool:
        """Whether a statement is among those sealed."""
        return any(each.id == identifier for each in self._statements())

    def load(self, document: DocumentId, *, older: bool = False) -> Kept:  # noqa: ARG002  # it has but one snapshot
        """Everything of one document."""
        self._read()
        seal = self._seals.get(document)
        tips = self._tips.get(document, {})
        return Kept(seal.chunk if seal else None, tuple(self._logs.get(document, ())), tuple(tips.values()))

    def at_hand(self) -> AtHand:
        """What was not finished when its document was sealed."""
        self._read()
        statements, records = self._at_hand
        return AtHand(
            tuple(each for each in self._statements() if each.id in statements),
            tuple(each for each in self._records() if (each.document, each.key) in records),
        )

    def about(self, name: str) -> AtHand:
        """Everything sealed about one name."""
        self._read()
        return AtHand(
            tuple(each for each in self._statements() if name in {each.id, *each.names}),
            tuple(each for each in self._records() if each.key.partition("/")[2] == name),
        )

    def records(self, document: DocumentId, prefix: str) -> Sequence[KeptRecord]:
        """The sealed records of one document whose key starts so."""
        self._read()
        return [each for each in self._records() if each.document == document and each.key.startswith(prefix)]

    def history(
        self, documents: Sequence[DocumentId], before: tuple[int, str], count: int, kind: str | None = None
    ) -> Sequence[KeptStatement]:
        """Sealed statements of these documents, of that kind where one is named, the last said first."""
        self._read()
        found = [each for each in self._statements() if each.document in documents and (each.at, each.id) < before]
        found = [each for each in found if kind in {None, each.kind}]
        return sorted(found, key=lambda each: (each.at, each.id), reverse=True)[:count]

    def _read(self) -> None:
        if self.unreadable:
            self.unreadable -= 1
            self.failures += 1
            raise StoreError(
                "The disk could not be read just now. Try again; if it happens often, the disk is failing."
            )

    def _statements(self) -> list[KeptStatement]:
        return [each for _, seal in sorted(self._seals.items()) for each in seal.statements]

    def _records(self) -> list[KeptRecord]:
        return [each for _, seal in sorted(self._seals.items()) for each in seal.records]
