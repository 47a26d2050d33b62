"""One device without an engine: its space, its disk, and what is on the way there. The machines' hold on both.

All that they touch of a space stands here. Like the engine it puts to rest only what is stored, and opens core first;
everything at rest is at hand, since nothing here says what is finished.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from collar_sync.core.durable import AtHand, Kept, KeptRecord, KeptStatement, LoggedChange, Seal, Tip
from collar_sync.core.edits import Edit, Say
from collar_sync.core.space import Space
from collar_sync.core.statement import Said
from collar_sync.core.steps import Applied
from collar_sync.ids import DocumentId, StatementId
from tests.core.story import NOW, chance


@dataclass
class Sheet:
    """What a disk holds of one document."""

    seal: Seal | None = None
    rest: bytes | None = None  # while nothing was logged since
    log: list[LoggedChange] = field(default_factory=list)
    tips: dict[bytes, Tip] = field(default_factory=dict)


class Disk:
    """A shelf with what is on one device's disk."""

    def __init__(self) -> None:
        self.sheets: dict[DocumentId, Sheet] = {}

    def load(self, document: DocumentId, *, older: bool = False) -> Kept:  # noqa: ARG002  # it keeps but one
        sheet = self.sheets.get(document, Sheet())
        return Kept(sheet.seal.chunk if sheet.seal else None, tuple(sheet.log), tuple(sheet.tips.values()))

    def at_hand(self) -> AtHand:
        seals = [sheet.seal for sheet in self.sheets.values() if sheet.seal]
        return AtHand(
            tuple(each for seal in seals for each in seal.statements),
            tuple(each for seal in seals for each in seal.records),
        )

    def about(self, name: str) -> AtHand:
        everything = self.at_hand()
        return AtHand(
            tuple(each for each in everything.statements if name in (each.id, *each.names)),
            tuple(each for each in everything.records if each.key.partition("/")[2] == name),
        )

    def records(self, document: DocumentId, prefix: str) -> Sequence[KeptRecord]:
        return [each for each in self.at_hand().records if each.document == document and each.key.startswith(prefix)]

    def history(
        self, _documents: Sequence[DocumentId], _before: tuple[int, str], _count: int, _kind: str | None = None
    ) -> Sequence[KeptStatement]:
        return ()


class Device:
    """One device: its space, its disk, and what is on the way there."""

    def __init__(self, made: Space) -> None:
        self.disk = Disk()
        self.waiting: deque[Applied] = deque()
        self.confirmed: dict[int, Any] = {}  # by the other device, as its sessions share it
        self.space = made
        for document in made.library.shared():
            replica = made.replica(document)
            self.disk.sheets[document] = Sheet(None, None, replica.missing({}), dict(replica.tips))
        self.open()

    def open(self) -> None:
        """Begin with what is on the disk."""
        self.waiting.clear()
        self.space = Space(self.space.id, self.space.keys, self.disk)
        for document in sorted(self.disk.sheets, key=lambda each: (each != self.space.core, each)):
            self.space.library.open(document, self.disk.sheets[document].rest, private=False)
        self.space.hand.take(self.disk.at_hand())

    @property
    def durable(self) -> bool:
        return not self.waiting

    def write(self, document: DocumentId, edits: Sequence[Edit]) -> tuple[Applied, list[StatementId], bytes]:
        """What was applied, the ids of what was said, and the chance that they were made from."""
        drawn = chance(8 + 8 * sum(isinstance(edit, Say) for edit in edits))
        (applied,), said = self.space.write(document, edits, NOW, drawn)
        self.waiting.append(applied)
        return applied, said, drawn

    def receive(self, document: DocumentId, raws: Sequence[bytes], tips: Sequence[Tip]) -> Applied:
        applied = self.space.receive(document, raws, tips)
        if applied.changes:
            self.waiting.append(applied)
        return applied

    def said(self, document: DocumentId) -> list[Said]:
        """What the space says was said in a document."""
        return [each for each in self.space.statements("") if each.document == document]

    def store_next(self) -> Applied:
        """What reached the disk."""
        applied = self.waiting.popleft()
        sheet = self.disk.sheets.setdefault(applied.document, Sheet())
        sheet.log += applied.changes
        sheet.tips.update({tip.actor: tip for tip in applied.tips})
        sheet.rest = None
        return applied

    def put_to_rest(self, document: DocumentId) -> None:
        """Where all is stored."""
        if document in self.space.library.awake and self.space.replica(document).changes and self.durable:
            seal, rest = self.space.seal(document)
            sheet = self.disk.sheets[document]
            sheet.rest = rest
            if seal is not None:
                sheet.seal, sheet.log = seal, []
