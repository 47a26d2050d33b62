"""One space on this device: its documents, its people, what was said in it. Decides what a batch means for the whole.

It ties membership to documents: core's enrolments say whose changes count, in core itself and in every other document.
It knows no connection, no disk and no meaning of a statement beyond membership; what of a document at rest must stay
at hand, its caller says.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from collar_sync import ids
from collar_sync.core import identity, statement
from collar_sync.core.durable import AtHand, KeptStatement, Seal, Tip
from collar_sync.core.edits import Edit, Home, Say, Scalar
from collar_sync.core.identity import Keys
from collar_sync.core.library import Library
from collar_sync.core.membership import Learnt, Membership
from collar_sync.core.people import Person
from collar_sync.core.replica import Replica, statement_bytes
from collar_sync.core.shelf import Shelf
from collar_sync.core.statement import Said, identify
from collar_sync.core.steps import Applied, Author, Draft
from collar_sync.errors import CollarError, PeerError
from collar_sync.ids import DeviceId, DocumentId, PersonId, SpaceId, StatementId

_NAMES_RECALLED_MAX: Final = 64  # a task is two names; altered software may chain them without end
Records = Mapping[str, Mapping[str, Scalar]]  # by `kind/id`
Unfinished = Callable[[Sequence[Said], Records, Mapping[PersonId, Person]], set[str]]


def everything(said: Sequence[Said], records: Records, _people: Mapping[PersonId, Person]) -> set[str]:
    """Names of all there is: where nothing says what is finished, nothing is."""
    return {each.id for each in said} | {key.partition("/")[2] for key in records}


class Space:
    """The state of one space. `unfinished` names what must stay at hand when its document is put to rest.

    A name is a statement's id or a record's; whatever is about a name, and the record that it tells of, stays too.
    """

    def __init__(self, identifier: SpaceId, keys: Keys, shelf: Shelf, unfinished: Unfinished = everything) -> None:
        self.id = identifier
        self.keys = keys
        self.membership = Membership(identifier)
        self.library = Library(identifier, shelf, self._learn)
        self.core = self.library.core
        self.problems: list[str] = []
        self._unfinished = unfinished
        self._said: dict[str, dict[StatementId, tuple[Learnt, DocumentId]]] = {}
        self._ids: dict[StatementId, str] = {}  # of all in memory, and their kinds
        self._actors: dict[DocumentId, bytes] = {}

    @property
    def me(self) -> PersonId:
        """Whose device this is, in this space."""
        return self.author(self.keys.device)

    def people(self) -> Mapping[PersonId, Person]:
        """Everyone in the space."""
        return self.membership.people()

    def document(self, name: str) -> DocumentId:
        """The id of the shared document of that name."""
        return identity.document_of(self.id, name)

    def private_document(self, name: str) -> DocumentId:
        """The id of this device's own document of that name, which is never offered to anyone."""
        document = identity.private_document_of(self.keys, name)
        self.library.private.add(document)
        return document

    def home(self, home: Home) -> DocumentId:
        """Where new records and statements of that home go now."""
        return self.core if home == "core" else self.library.current_chapter()

    def replica(self, document: DocumentId) -> Replica:
        """The replica of a document, woken where it rested, empty where nothing of it came yet."""
        return self.library.replica(document)

    def statements(self, prefix: str) -> Iterator[Said]:
        """Everything at hand whose kind starts so, by people who are or were members; in no order that means anything.

        At hand is all of core and the newest chapters, and of older ones what is not finished.
        """
        for kind, found in self._said.items():
            if kind.startswith(prefix):
                for learnt, document in found.values():
                    yield self._as_said(learnt, document)

    def history(self, prefix: str, after: str, count: int) -> list[Said]:
        """Up to `count` statements that rest, at hand or not, whose kind starts so, in order of id, beyond `after`."""
        documents = [each for each in self.library.resting if self.library.readable(each)]
        kept = self.library.shelf.history(documents, prefix, after, count)
        found = ((_learnt(each), each.document) for each in kept)
        return [self._as_said(learnt, document) for learnt, document in found if learnt is not None]

    def record(self, document: DocumentId, kind: str, identifier: str) -> Mapping[str, Scalar] | None:
        """One record of a document that is no chapter, or None."""
        return self.replica(document).record(f"{kind}/{identifier}") if document in self.library else None

    def records(self, document: DocumentId, kind: str) -> dict[str, Mapping[str, Scalar]]:
        """The records of a kind in a document that is no chapter, by id."""
        return dict(self.replica(document).records(f"{kind}/")) if document in self.library else {}

    def recall(self, name: str) -> bool:
        """Bring to hand what rests about a name, and about the names that it leads to; whether there was anything."""
        waiting, seen = [name], set[str]()
        found = False
        while waiting and len(seen) < _NAMES_RECALLED_MAX:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            kept = self.library.about(name)
            found = found or bool(kept.statements or kept.records)
            self.take_at_hand(kept)
            for each in kept.statements:
                waiting += [other for other in (each.id, each.subject) if other and other not in seen]
        return found

    def take_at_hand(self, kept: AtHand) -> None:
        """Take in what the store kept of documents at rest."""
        for record in kept.records:
            self.library.keep_at_hand(record)
        by_document: dict[DocumentId, list[Learnt]] = {}
        for each in kept.statements:
            learnt = _learnt(each)
            if learnt is not None:
                by_document.setdefault(each.document, []).append(learnt)
        for document, learnts in by_document.items():
            self._learn(document, learnts)

    def write(
        self, document: DocumentId | None, edits: Sequence[Edit], now: int, chance: bytes
    ) -> tuple[list[Applied], list[StatementId]]:
        """Write edits as one change of this device in each document they belong to, and the ids of what was said.

        With no document named, each goes to its home: where its record is, to core, or to the current chapter. `chance`
        is 8 random bytes and 8 more for each statement. Raises `InvalidInput`; nothing is written then.
        """
        said: dict[StatementId, bytes] = {}
        places: dict[DocumentId, tuple[list[Edit], dict[StatementId, bytes]]] = {}
        for edit in edits:
            rest, own = places.setdefault(document or self._home(edit), ([], {}))
            if isinstance(edit, Say):
                nonce = chance[8 + 8 * len(said) : 16 + 8 * len(said)]
                raw = statement_bytes(edit, at=now, nonce=nonce)
                identifier = identify(self.keys.device, raw)
                said[identifier] = own[identifier] = raw
            rest.append(edit)
        drafts: list[tuple[Replica, Draft]] = []
        for home, (rest, own) in places.items():
            actor = self._actors.setdefault(home, ids.raw_bytes(self.keys.device) + chance[:8])
            replica = self.replica(home)
            author = Author(self.keys.device, actor, self.keys.sign)
            draft = replica.draft([edit for edit in rest if not isinstance(edit, Say)], own, author)
            if draft is not None:
                drafts.append((replica, draft))
        written = [replica.commit(draft) for replica, draft in drafts]
        for applied in written:
            self._arrived(applied)
        return written, list(said)

    def say(self, say: Say, now: int, chance: bytes) -> Applied:
        """Say one thing in core; 16 random bytes."""
        (applied,), _ = self.write(self.core, [say], now, chance)
        return applied

    def receive(self, document: DocumentId, raws: Sequence[bytes], tips: Sequence[Tip]) -> Applied:
        """Verify a peer's batch against who is enrolled, with the enrolments that the batch itself brings to core.

        Raises `PeerError`; nothing of the batch is kept then. An enrolment in it counts only if its own author's
        signature verifies, which `admit` checks for every author of the batch.
        """
        replica = self.replica(document)
        try:
            staged = replica.stage(raws)
            membership = self.membership.with_more(staged.learnt) if document == self.core else self.membership
            applied = replica.admit(staged, tips, membership)
        except PeerError:
            self.library.drop_empty(document)
            raise
        self._arrived(applied)
        for device in applied.overwritten:
            owner = self.membership.devices[device]
            name = self.people()[owner.person].name
            self.note(f"{name}'s {owner.name} tried to delete or overwrite something that was said. It had no effect.")
        return applied

    def seal(self, document: DocumentId) -> tuple[Seal, bytes]:
        """What to write of a document that is quiet, and the setting that goes with it. Raises `InvalidChange`."""
        kept: list[KeptStatement] = []
        if self.library.readable(document):
            for found in self._said.values():
                for learnt, home in found.values():
                    if home == document:
                        said = learnt.statement
                        raw = statement.encode(said)
                        kept.append(KeptStatement(learnt.id, document, learnt.device, said.kind, said.subject, raw))
        return self.library.seal(document, kept)

    def settle(self) -> tuple[set[StatementId], set[tuple[DocumentId, str]]]:
        """Let go of what is finished in documents at rest; answers the statements and records that stay at hand."""
        library = self.library
        said = [each for each in self.statements("") if library.readable(each.document)]
        names = self._unfinished(said, library.readable_records(), self.people())
        names |= {each.subject for each in said if library.whole(each.document)}
        stay: set[StatementId] = set()
        for each in said:
            if library.whole(each.document) or each.id in names or each.subject in names:
                stay.add(each.id)
                names.add(each.subject)
            elif each.document in library.resting:
                del self._said[each.kind][each.id]
                del self._ids[each.id]
        return stay, library.settle(names)

    def note(self, problem: str) -> None:
        """Remember something a person should see; each sentence once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def blame(self, device: DeviceId, error: CollarError) -> None:
        """Name the device whose bytes were refused, and whose it is."""
        owner = self.membership.devices.get(device)
        name = f"{self.people()[owner.person].name}'s {owner.name}" if owner else "A device"
        self.note(f"{name} was refused: {error}")

    def author(self, device: DeviceId) -> PersonId:
        """Whose device this is; before the first sync has told, it is somebody's first."""
        found = self.membership.devices.get(device)
        return found.person if found else identity.person_of(device)

    def said(self, applied: Applied) -> tuple[Said, ...]:
        """What one batch said, with its authors."""
        return tuple(self._as_said(learnt, applied.document) for learnt in applied.learnt)

    def _home(self, edit: Edit) -> DocumentId:
        found = None if isinstance(edit, Say) else self.library.home(f"{edit.kind}/{edit.id}")
        return found or self.home(edit.home)

    def _arrived(self, applied: Applied) -> None:
        self.library.arrived(applied.document)
        self._learn(applied.document, applied.learnt)
        if not self.library.resting or not self.library.readable(applied.document):
            return
        here = {key.partition("/")[2] for key in applied.records}
        for each in applied.learnt:
            subject = each.statement.subject
            if subject and subject not in here and subject not in self._ids:
                self.recall(subject)

    def _learn(self, document: DocumentId, learnt: Iterable[Learnt]) -> None:
        news = list(learnt)
        if document == self.core:
            self.membership = self.membership.with_more(news)
        for each in news:
            if each.id not in self._ids:
                self._ids[each.id] = each.statement.kind
                self._said.setdefault(each.statement.kind, {})[each.id] = (each, document)

    def _as_said(self, learnt: Learnt, document: DocumentId) -> Said:
        own = learnt.statement
        person = self.author(learnt.device)
        return Said(learnt.id, own.kind, own.subject, own.body, own.at, own.answers, person, learnt.device, document)


def _learnt(kept: KeptStatement) -> Learnt | None:
    said = statement.decode(kept.raw)
    return Learnt(kept.device, kept.id, said) if said is not None else None
