"""The documents of one space on this device, awake or at rest, and which of them new things go to.

A document at rest costs a digest and a version vector; it is woken from the shelf when something is written to it, or
somebody lacks something of it. New records and statements go to the highest chapter known that is not empty, or to the
next once that is full: no clock is asked, and concurrent beginnings merge. Where a document was split, its successor
takes what would go to it. It knows neither people nor what any of it means.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core import identity
from collar_sync.core.cover import device_of
from collar_sync.core.durable import AtHand, Kept, KeptRecord, KeptStatement, Seal, Tip
from collar_sync.core.edits import Scalar
from collar_sync.core.membership import Learnt
from collar_sync.core.replica import EMPTY_DIGEST, Replica
from collar_sync.core.shelf import Shelf
from collar_sync.core.successor import Splits
from collar_sync.errors import InvalidChange, InvalidInput, StoreDamaged
from collar_sync.ids import DeviceId, DocumentId, SpaceId

CORE: Final = "core"
CHAPTER: Final = "chapter-"
_DAMAGED: Final = "A part of the record on this disk is not what was written. Check the disk, and go back to a backup."
_CHAPTERS_OPEN: Final = 2  # the newest ones are at hand whole: one may just have been begun


class Rest(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a document at rest: its digest, its number of entries, the tips that cover it all, its ends.

    `ends` has the newest (actor, seq, hash) of each actor.
    """

    digest: bytes
    entries: int
    tips: tuple[Tip, ...]
    ends: tuple[tuple[bytes, int, bytes], ...]
    operations: int

    def clock(self) -> dict[bytes, int]:
        """How many changes of each actor it holds."""
        return {actor: seq for actor, seq, _ in self.ends}


class Library:
    """Every document of one space. `learn` is told each statement of a document that wakes."""

    def __init__(self, space: SpaceId, shelf: Shelf, learn: Callable[[DocumentId, Iterable[Learnt]], None]) -> None:
        self.space = space
        self.core = identity.document_of(space, CORE)
        self.shelf = shelf
        self.awake: dict[DocumentId, Replica] = {}
        self.resting: dict[DocumentId, Rest] = {}
        self.private: set[DocumentId] = set()
        self._clocks: dict[DocumentId, Mapping[bytes, int]] = {}  # of documents at rest that were asked about
        self._marks: dict[DocumentId, bytes] = {}  # of documents that are larger than one batch may be
        self._learn = learn
        self.splits = Splits()
        self._records: dict[DocumentId, dict[str, Mapping[str, Scalar]]] = {}  # at hand, of documents at rest
        self._chapters: dict[DocumentId, int] = {}  # every chapter that can be next to those known, and those
        self._newest = 0
        self._foresee()

    def __contains__(self, document: DocumentId) -> bool:
        return document in self.awake or document in self.resting

    def __iter__(self) -> Iterator[DocumentId]:
        yield from self.awake
        yield from self.resting

    def shared(self) -> list[DocumentId]:
        """Every document that others may have, in order."""
        return self.order(each for each in self if each not in self.private and not self.splits.frozen(each))

    def order(self, documents: Iterable[DocumentId]) -> list[DocumentId]:
        """Core first, since without it nothing else can be believed; chapters as they were written."""
        return sorted(documents, key=lambda each: (not self.is_core(each), self._number(each), each))

    def _number(self, document: DocumentId) -> int:
        return self._chapters.get(self.splits.origin(document), 0)

    def is_core(self, document: DocumentId) -> bool:
        """Whether it is core, or took over from it."""
        return self.splits.origin(document) == self.core

    def cores(self) -> frozenset[DocumentId]:
        """Every document of which `is_core` is true, here or not."""
        return self.splits.line(self.core)

    def digest(self, document: DocumentId) -> bytes:
        """32 bytes that are equal where two devices hold the same changes."""
        if document in self.resting:
            return self.resting[document].digest
        return self.awake[document].digest() if document in self.awake else EMPTY_DIGEST

    def ends(self, document: DocumentId) -> tuple[tuple[bytes, int, bytes], ...]:
        """The newest (actor, seq, hash) of each actor."""
        if document in self.resting:
            return self.resting[document].ends
        return self.awake[document].ends() if document in self.awake else ()

    def ends_of(self, device: DeviceId) -> dict[DocumentId, tuple[tuple[bytes, int, bytes], ...]]:
        """The newest (actor, seq, hash) of each actor of a device, by shared document."""
        shared = (document for document in self if document not in self.private)
        return {
            document: tuple(end for end in self.ends(document) if device_of(end[0]) == device) for document in shared
        }

    def hash_at(self, document: DocumentId, actor: bytes, seq: int) -> bytes | None:
        """The hash of an actor's change, or None where it is not here; wakes the document where only its log tells."""
        if document not in self.awake:
            ends = {each: (end, digest) for each, end, digest in self.ends(document)}
            end, digest = ends.get(actor, (0, b""))
            if end <= seq:
                return digest if end == seq else None
        return self.replica(document).hash_at(actor, seq)

    def clock(self, document: DocumentId) -> Mapping[bytes, int]:
        """How many changes of each actor are here."""
        if document in self.resting:
            if document not in self._clocks:
                self._clocks[document] = self.resting[document].clock()
            return self._clocks[document]
        return self.awake[document].clock if document in self.awake else {}

    def replica(self, document: DocumentId) -> Replica:
        """The document awake: woken where it rested, empty where nothing of it came yet. Raises `StoreError`."""
        found = self.awake.get(document)
        if found is not None:
            return found
        if document not in self.resting and len(self.awake) + len(self.resting) >= limits.DOCUMENTS_MAX:
            raise InvalidInput("This record is as large as it can be. Begin another, and keep a copy of this one.")
        found = self._restored(document)[0] if document in self.resting else self.fresh(document)
        self.resting.pop(document, None)
        self._clocks.pop(document, None)
        self._records.pop(document, None)
        self.awake[document] = found
        return found

    def fresh(self, document: DocumentId) -> Replica:
        """A document of which nothing is here."""
        return Replica(self.space, document, self.splits.line_of(document))

    def open(
        self, document: DocumentId, rest: bytes | None, *, private: bool, marks: bytes | None = None
    ) -> Sequence[Learnt]:
        """Take in one document of the store: at rest where it was put to rest, awake otherwise.

        Answers what was said in it since it was: what that has to do with may not be among what was chosen then.
        """
        since: Sequence[Learnt] = ()
        if marks is not None:
            self._marks[document] = marks
        if private:
            self.private.add(document)
        if rest is not None:
            self.resting[document] = msgspec.msgpack.decode(rest, type=Rest)
        else:
            self.awake[document], since = self._restored(document)
        self.arrived(document)
        return since

    def drop_empty(self, document: DocumentId) -> None:
        """Forget a document of which nothing came in the end."""
        if document in self.awake and not self.awake[document].changes:
            del self.awake[document]

    def keep_at_hand(self, record: KeptRecord) -> None:
        """Have a record of a document at rest in memory."""
        if record.document in self.resting:
            self._records.setdefault(record.document, {})[record.key] = record.fields

    def take_over(self, other: "Library", documents: Iterable[DocumentId]) -> None:
        """Have private documents of another library as this one's own."""
        for document in documents:
            self.private.add(document)
            if document in other.awake:
                self.awake[document] = other.awake.pop(document)
            if document in other.resting:
                self.resting[document] = other.resting.pop(document)

    def drop(self, document: DocumentId) -> None:
        """Forget a document whole."""
        self.awake.pop(document, None)
        self.resting.pop(document, None)
        self._records.pop(document, None)

    def arrived(self, document: DocumentId) -> None:
        """Something of a document is here now: it may be a new chapter."""
        if document not in self._chapters:
            return
        while self.entries(self.chapter(self._newest + 1)):
            self._newest += 1
        self._foresee()

    def current_chapter(self) -> DocumentId:
        """Where new records and statements go."""
        newest = max(self._newest, 1)
        full = self.entries(self.chapter(newest)) >= limits.CHAPTER_ENTRIES_MAX
        return self.splits.home(self.chapter(newest + full))

    def entries(self, document: DocumentId) -> int:
        """How much a document and what took over from it hold."""
        parts = {document, *self.splits.sources(document), self.splits.home(document)}
        rested = sum(self.resting[each].entries for each in parts if each in self.resting)
        return rested + sum(self.awake[each].entries for each in parts if each in self.awake)

    def chapter(self, number: int) -> DocumentId:
        """The id of a chapter, numbered from 1."""
        return identity.document_of(self.space, f"{CHAPTER}{number}")

    def title(self, document: DocumentId) -> str:
        """What a file of it is called: its name where it is core or a chapter, its id where it is neither."""
        if document == self.core:
            return CORE
        return f"{CHAPTER}{self._chapters[document]}" if document in self._chapters else document

    def readable(self, document: DocumentId) -> bool:
        """Whether its records are among the space's own: core and the chapters."""
        return self.is_core(document) or self.splits.origin(document) in self._chapters

    def in_rows(self, document: DocumentId) -> bool:
        """Whether its records are kept as rows, to be read while it rests: the space's own, and private ones."""
        return self.readable(document) or document in self.private

    def home(self, key: str) -> DocumentId | None:
        """Where a record `kind/id` of core or a chapter is written; None where there is none."""
        here = [document for document in self._readable() if self.awake[document].has(key)]
        here += [document for document, kept in self._records.items() if key in kept]
        if not here and self.resting:
            here = [each.document for each in self.about(key.partition("/")[2]).records if each.key == key]
        return self.splits.home(max(here, key=self._shown_last)) if here else None

    def records(self, prefix: str) -> dict[str, Mapping[str, Scalar]]:
        """The records at hand of core and chapters whose key starts so, by the rest of it.

        Where a document was split, a record reads as its successor has it, and else as it was.
        """
        found: dict[str, Mapping[str, Scalar]] = {}
        parts = [*self._records, *self._readable()]
        for document in sorted(parts, key=self._shown_last):
            kept = self._records.get(document)
            if kept is None:
                records: Iterable[tuple[str, Mapping[str, Scalar]]] = self.awake[document].records(prefix)
            else:
                records = ((key[len(prefix) :], kept[key]) for key in kept if key.startswith(prefix))
            for name, fields in records:
                found[name] = {**found[name], **fields} if name in found else fields
        return found

    def _shown_last(self, document: DocumentId) -> tuple[bool, DocumentId]:
        """The order in which documents that hold one record are read: the last one's fields show."""
        return not self.splits.frozen(document), document

    def parts(self, document: DocumentId) -> list[DocumentId]:
        """What is here of a document and of what took over from it, in the order in which they were written."""
        line = dict.fromkeys((document, *self.splits.sources(document), self.splits.home(document)))
        return [each for each in line if each in self]

    def settle(self, names: AbstractSet[str]) -> set[tuple[DocumentId, str]]:
        """Let go of records at rest that nothing names; answers those that stay at hand.

        All of core and the newest chapters stays.
        """
        stay: set[tuple[DocumentId, str]] = set()
        for document in [*self._records, *self._readable()]:
            whole, kept = self.whole(document), self._records.get(document)
            keys = self.awake[document].record_keys() if kept is None else kept
            wanted = [key for key in keys if whole or key.partition("/")[2] in names]
            stay.update((document, key) for key in wanted)
            if kept is not None:
                self._records[document] = {key: kept[key] for key in wanted}
        return stay

    def _readable(self) -> list[DocumentId]:
        return [document for document in self.awake if self.readable(document)]

    def whole(self, document: DocumentId) -> bool:
        """Whether all of it is at hand, even at rest."""
        return self.is_core(document) or self._number(document) > max(self._newest, 1) - _CHAPTERS_OPEN

    def unsealed(self) -> list[DocumentId]:
        """Documents awake with changes that no snapshot holds."""
        return [each for each, replica in self.awake.items() if replica.changes > replica.sealed_changes]

    def spare(self) -> list[DocumentId]:
        """Documents awake that are only so because something was looked at: older chapters."""
        return [each for each in self._readable() if not self.whole(each)]

    def drowsy(self) -> DocumentId | None:
        """The next document at rest that will surely be needed: core, or the newest chapter."""
        newest = self.chapter(max(self._newest, 1))
        wanted = (self.splits.home(self.core), self.splits.home(newest))
        return next((each for each in wanted if each in self.resting), None)

    def seal(self, document: DocumentId, said: Iterable[KeptStatement]) -> tuple[Seal, bytes]:
        """What to write of a document that is quiet, and the setting that says that it is all in its snapshot.

        Its statements and records are kept as rows where they are the space's own, its records also where it is
        private. Raises `InvalidChange` where its snapshot does not hold it.
        """
        replica = self.awake[document]
        chunk, ends = replica.seal()
        records: tuple[KeptRecord, ...] = ()
        if self.in_rows(document):
            records = tuple(KeptRecord(document, key, fields) for key, fields in replica.records(""))
        return Seal(document, chunk, ends, tuple(said), records), msgspec.msgpack.encode(self._rest(replica))

    def rest(self, document: DocumentId) -> None:
        """Let go of a document awake, all of which is in its snapshot on the disk."""
        replica = self.awake.pop(document)
        self.resting[document] = self._rest(replica)
        if self.readable(document):
            self._records[document] = dict(replica.records(""))

    def about(self, name: str) -> AtHand:
        """What documents of this space at rest hold about a name."""
        if not self.resting:
            return AtHand()
        found = self.shelf.about(name)
        return AtHand(
            tuple(each for each in found.statements if each.document in self.resting),
            tuple(each for each in found.records if each.document in self.resting and self.readable(each.document)),
        )

    def _rest(self, replica: Replica) -> Rest:
        return Rest(replica.digest(), replica.entries, replica.needed_tips(), replica.ends(), replica.operations())

    def _restored(self, document: DocumentId) -> tuple[Replica, list[Learnt]]:
        """The document as the store has it; from the snapshot before where nothing can be made of the newest.

        And what was said in it in changes that are not in the snapshot.
        """
        replica, kept = Replica(self.space, document), self._kept(document)
        try:
            learnt = replica.restore(kept)
        except InvalidChange:
            replica, kept = Replica(self.space, document), self._kept(document, older=True)
            try:
                learnt = replica.restore(kept)
            except InvalidChange as error:
                raise StoreDamaged(_DAMAGED) from error
        self._learn(document, learnt)
        logged = {(change.actor, change.seq) for change in kept.log}
        return replica, [each for each in learnt if (each.actor, each.seq) in logged]

    def _kept(self, document: DocumentId, *, older: bool = False) -> Kept:
        kept = self.shelf.load(document, older=older)
        return msgspec.structs.replace(kept, marks=self._marks.get(document))

    def marked(self, document: DocumentId) -> bytes | None:
        """Where a document awake can be cut, to be kept, where that is news."""
        news = self.awake[document].marks.news()
        if news is not None:
            self._marks[document] = news
        return news

    def _foresee(self) -> None:
        for number in range(len(self._chapters) + 1, self._newest + limits.CHAPTERS_AHEAD_MAX + 1):
            self._chapters[self.chapter(number)] = number
