"""One space on this device: its documents, its people, what was said in it. Decides what a batch means for the whole.

It ties membership to documents: core's enrolments say whose changes count, in core itself and in every other document.
It knows no connection, no disk and no meaning of a statement beyond membership; what of a document at rest must stay
at hand, its caller says.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from collar_sync import ids, limits
from collar_sync.core import equivocation, identity, lineage
from collar_sync.core.copies import Copies, sentence
from collar_sync.core.cover import device_of
from collar_sync.core.durable import KeptStatement, Seal, Tip
from collar_sync.core.edits import Edit, Home, Say, Scalar
from collar_sync.core.equivocation import Proof
from collar_sync.core.evidence import Evidence, attributed
from collar_sync.core.hand import Found, Hand
from collar_sync.core.identity import Keys
from collar_sync.core.library import Library
from collar_sync.core.membership import KINDS, Learnt, Membership
from collar_sync.core.own import Own
from collar_sync.core.people import Person
from collar_sync.core.removal import says
from collar_sync.core.replica import Replica, statement_bytes, statements_in
from collar_sync.core.sayings import Brought, Sayings, keep
from collar_sync.core.shelf import Shelf
from collar_sync.core.standing import OVER, Cuts, Ending, Standing, ending
from collar_sync.core.statement import Said, identify
from collar_sync.core.steps import Applied, Author, Draft
from collar_sync.core.wire import Testimony
from collar_sync.errors import CollarError, NotAllowed, refused
from collar_sync.ids import DeviceId, DocumentId, PersonId, SpaceId, StatementId

Records = Mapping[str, Mapping[str, Scalar]]  # by `kind/id`


class Choice(NamedTuple):
    """What is to stay at hand, by names of statements and records; what folds have to know of the rest is `past`."""

    names: set[str]
    past: bytes = b""


Unfinished = Callable[[Sequence[Said], Records, Mapping[PersonId, Person], int, bytes], Choice]  # at a time, of a past


def everything(
    said: Sequence[Said], records: Records, _people: Mapping[PersonId, Person], _now: int, _past: bytes
) -> Choice:
    """All there is: where nothing says what is finished, nothing is."""
    return Choice({each.id for each in said} | {key.partition("/")[2] for key in records})


class Space:
    """The state of one space. `unfinished` names what must stay at hand when its document is put to rest.

    A name is a statement's id or a record's; whatever is about a name, and the record that it tells of, stays too.
    """

    def __init__(self, identifier: SpaceId, keys: Keys, shelf: Shelf, unfinished: Unfinished = everything) -> None:
        self.id = identifier
        self.keys = keys
        self.membership = Membership(identifier)
        self.library = Library(identifier, shelf, self._woken)
        self.core = self.library.core
        self.own = Own(self.library, self._private)
        self.problems: list[str] = []
        self.sponsors: set[DeviceId] = set()  # who let this device in, before core tells
        self.notices: list[str] = []  # what may well be as it should
        self.revision = 0  # grows with whatever is learnt, so that what follows from it can be remembered
        self.past = b""  # what folds have to know of what is not at hand
        self.evidence = Evidence()
        self.ended: Ending | None = None  # what was decided on this device, or proven to it
        self._copies: dict[DocumentId, Copies] = {}
        self._unfinished = unfinished
        self.sayings = Sayings()
        self.hand = Hand(self.library, self.sayings, self._learn)
        self._cuts = Cuts(self.library.hash_at, self.evidence.shows)
        self._standing: Standing | None = None
        self._read: dict[StatementId, Said] = {}  # as folds read it, by who is who at that time
        self._read_by = self.membership
        self._actors: dict[DocumentId, bytes] = {}

    @property
    def me(self) -> PersonId:
        """Whose device this is, in this space."""
        return self.author(self.keys.device)

    @property
    def standing(self) -> Standing:
        """Where each device stands after removals and leavings."""
        if self._standing is None:
            self._standing = Standing(self.membership, self._cuts, self.sayings.brought)
        return self._standing

    @property
    def over(self) -> str:
        """Why this device takes no part in the space any more, in words; empty while it does."""
        return OVER.get(self.ending, "")

    @property
    def ending(self) -> Ending | None:
        """How this device's part in the space ended; None while it has not."""
        return self.ended or ending(self.membership, self.keys.device)

    @property
    def left_silently(self) -> bool:
        """Whether this device left without a word, which can still be said."""
        return self.ended is Ending.LEFT and ending(self.membership, self.keys.device) is None

    def people(self) -> Mapping[PersonId, Person]:
        """Everyone in the space."""
        return self.membership.people()

    def document(self, name: str) -> DocumentId:
        """The id of the shared document of that name."""
        return identity.document_of(self.id, name)

    def private_document(self, name: str) -> DocumentId:
        """The id of this device's own document of that name, which is never offered to anyone."""
        document = self._private(name)
        self.library.private.add(document)
        return document

    def _private(self, name: str) -> DocumentId:
        return identity.private_document_of(self.keys, name)

    def home(self, home: Home) -> DocumentId:
        """Where new records and statements of that home go now."""
        return self.library.splits.home(self.core) if home == "core" else self.library.current_chapter()

    def replica(self, document: DocumentId) -> Replica:
        """The replica of a document, woken where it rested, empty where nothing of it came yet."""
        return self.library.replica(document)

    def statements(self, prefix: str) -> Iterator[Said]:
        """Everything at hand whose kind starts so, by people who are or were members; in no order that means anything.

        At hand are the newest chapters, and of core and of older ones what is not finished.
        """
        if self._read_by is not self.membership:  # whose device it was may be known only now
            self._read, self._read_by = {}, self.membership
        cuts, read = self.membership.cuts, self._read
        for learnt, document in self.sayings.of(prefix):
            said = read.get(learnt.id)
            if said is None:
                said = self._as_said(learnt, document, self.sayings.brought(learnt.id))
                if learnt.device not in cuts and not said.beyond_cut:  # that may read otherwise once more is here
                    read[learnt.id] = said
            yield said

    def history(self, before: tuple[int, str], count: int, kind: str | None = None) -> list[Said]:
        """Up to `count` statements that rest, at hand or not, the last said first, before this, of a kind or of all."""
        return self._found(self.hand.history(before, count, kind))

    def away(self) -> list[Said]:
        """Everything said in core that is finished and not at hand."""
        return [*{each.id: each for each in self._found(self.hand.away())}.values()]

    def record(self, document: DocumentId, kind: str, identifier: str) -> Mapping[str, Scalar] | None:
        """One record of a document that is no chapter, or None."""
        found = [self.replica(each).record(f"{kind}/{identifier}") for each in self.library.parts(document)]
        fields = [each for each in found if each is not None]
        return {name: value for each in fields for name, value in each.items()} if fields else None

    def records(self, document: DocumentId, kind: str) -> dict[str, Mapping[str, Scalar]]:
        """The records of a kind in a document that is no chapter, by id; of the private record in all its parts."""
        if document == self.own.first:
            return self.own.records(f"{kind}/")
        found: dict[str, Mapping[str, Scalar]] = {}
        for part in self.library.parts(document):
            for name, fields in self.replica(part).records(f"{kind}/"):
                found[name] = {**found.get(name, {}), **fields}
        return found

    def recall(self, name: str) -> bool:
        """Bring to hand what is not about a name, and about the names that it leads to; whether there was anything."""
        return self.hand.recall(name)

    def write(
        self, document: DocumentId | None, edits: Sequence[Edit], now: int, chance: bytes, *, last: bool = False
    ) -> tuple[list[Applied], list[StatementId]]:
        """Write edits as one change of this device in each document they belong to, and the ids of what was said.

        With no document named, each goes to its home: where its record is, to core, or to the current chapter. `chance`
        is 8 random bytes and 8 more for each statement; `last` are words that end this device's part. Raises
        `InvalidInput`; nothing is written then.
        """
        said: dict[StatementId, bytes] = {}
        places: dict[DocumentId, tuple[list[Edit], dict[StatementId, bytes]]] = {}
        for edit in edits:
            home = self._home(edit, document)
            if self.over and not last and home not in self.library.private:
                raise NotAllowed(self.over)
            rest, own = places.setdefault(home, ([], {}))
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
            self._arrived(applied, here=True)
        return written, list(said)

    def say(self, say: Say, now: int, chance: bytes) -> Applied:
        """Say one thing in core; 16 random bytes."""
        (applied,), _ = self.write(self.core, [say], now, chance)
        return applied

    def receive(
        self, document: DocumentId, raws: Sequence[bytes], tips: Sequence[Tip], *, here: bool = False
    ) -> Applied:
        """Verify a peer's batch against who is enrolled, with the enrolments that the batch itself brings to core.

        Raises `PeerError`; nothing of the batch is kept then. An enrolment in it counts only if its own author's
        signature verifies, which `admit` checks for every author of the batch.
        """
        replica = self.replica(document)
        try:
            staged = replica.stage(raws)
            self.evidence.know(self.library, document, lineage.shown_in(document, staged.changes))
            in_core = self.library.is_core(document)
            membership = self.membership.with_more(staged.learnt) if in_core else self.membership
            applied = replica.admit(staged, tips, membership)
        finally:
            self.library.drop_empty(document)
            self.evidence.know(self.library, document)
        self._arrived(applied, here=here)
        for device in applied.overwritten:
            name = self.device_name(device)
            self.note(f"{name} tried to delete or overwrite something that was said. It had no effect.")
        return applied

    def convict(self, proof: Proof) -> bool:
        """Take in a proof that a device signed two histories; whether it says anything new.

        What that device says in it was said. Raises `PeerError`, `UnknownAuthor` where core has to come first.
        """
        convicted = self.evidence.take(proof, self.membership, here=DocumentId(proof.document) in self.library)
        if convicted is None:
            return False
        self.library.splits = self.evidence.splits
        self.revision += 1
        self.note(equivocation.sentence(self.device_name(convicted.device)))
        learnt, _ = statements_in(equivocation.changes(proof))
        self._news(convicted.document, learnt)
        if self.library.is_core(convicted.document):  # what was let in there may be known in the successor only
            self.membership = self.membership.with_more(
                each for each, document in self.sayings.of_kinds(KINDS) if self.library.is_core(document)
            )
        self._standing, self._read = None, {}
        self.hand.reopen()
        return True

    def testimony(self) -> list[Testimony]:
        """What is held, and was heard, of documents that were split."""
        own: list[Testimony] = []
        for document in list(self.library):
            if self.library.splits.frozen(document):
                replica = self.replica(document)
                raws = tuple(change.raw for change in replica.missing({}))
                few = len(raws) <= limits.TESTIMONY_CHANGES_MAX and replica.operations() <= limits.BATCH_OPS_MAX
                if few and sum(map(len, raws)) <= limits.TESTIMONY_BYTES_MAX:
                    tips = sorted(replica.tips.values(), key=lambda tip: tip.actor)
                    own.append(Testimony(document, raws, tuple(tips)))
        return [*own, *self.evidence.heard.values()]

    def hear(self, testimony: Testimony, *, kept: bool = False) -> bool:
        """Learn what enrolled devices said in changes that nobody takes any more; whether any of it was new here.

        A change counts where a signature of its own device covers it. `kept` says that this device's own store gave it
        back. Raises `PeerError` where a change is none.
        """
        document = DocumentId(testimony.document)
        if not self.library.splits.frozen(document) and self.membership.devices:
            return False  # nobody who knows anyone needs it
        changes, learnt = attributed(testimony, self.membership, in_core=self.library.is_core(document))
        news = [each for each in learnt if each.id not in self.sayings and not self.hand.rests(each.id)]
        held = self.library.replica(document).holds if document in self.library else set[bytes]().__contains__
        lost = any(device_of(each.actor) == self.keys.device and not held(each.hash) for each in changes)
        self._news(document, news)
        return (bool(news) or lost or kept) and self.evidence.keep(testimony)

    def seal(self, document: DocumentId) -> tuple[Seal, bytes]:
        """What to write of a document that is quiet, and the setting that goes with it. Raises `InvalidChange`."""
        kept: list[KeptStatement] = []
        if self.library.readable(document):
            kept = [keep(learnt, document, brought) for learnt, brought in self.sayings.said_in(document)]
        return self.library.seal(document, kept)

    def rest(self, document: DocumentId) -> None:
        """Let go of a document awake, all of which is in its snapshot on the disk."""
        self.library.rest(document)
        self._copies.pop(document, None)

    def removal(self, device: DeviceId, chance: bytes) -> list[Say]:
        """What this device says to remove another of the same person; 8 random bytes. Raises `NotAllowed`."""
        known = self.membership.devices.get(device)
        if known is None or known.person != self.me:
            raise NotAllowed("That is not one of your devices. Each person removes only their own.")
        return says(self.keys, self.id, device, self.library.ends_of(device), chance)

    def settle(self, now: int) -> tuple[set[StatementId], set[tuple[DocumentId, str]]]:
        """Let go of what is finished at `now`; answers the statements and records at rest that stay at hand."""
        library = self.library
        said = [each for each in self.statements("") if library.readable(each.document)]
        names, self.past = self._unfinished(said, library.records(""), self.people(), now, self.past)
        stay, records, gone = self.hand.choose(said, names)
        for each in gone:
            self._read.pop(each, None)
        return stay, records

    def note(self, text: str, where: list[str] | None = None) -> None:
        """Remember something a person should see, a problem unless it says otherwise; each sentence once."""
        where = self.problems if where is None else where
        if text not in where:
            where.append(text)

    def blame(self, device: DeviceId, error: CollarError) -> None:
        """Name the device whose bytes were refused, and whose it is."""
        self.note(refused(self.device_name(device), error))

    def device_name(self, device: DeviceId) -> str:
        """What a person reads for a device: "Sam's phone"."""
        owner = self.membership.devices.get(device)
        return f"{self.people()[owner.person].name}'s {owner.name}" if owner else "A device"

    def author(self, device: DeviceId) -> PersonId:
        """Whose device this is; before the first sync has told, it is somebody's first."""
        found = self.membership.devices.get(device)
        return found.person if found else identity.person_of(device)

    def said(self, applied: Applied) -> tuple[Said, ...]:
        """What one batch said, with its authors."""
        return tuple(
            self._as_said(learnt, applied.document, self.sayings.brought(learnt.id)) for learnt in applied.learnt
        )

    def _home(self, edit: Edit, document: DocumentId | None) -> DocumentId:
        if document == self.own.first and not isinstance(edit, Say):
            return self.own.home(f"{edit.kind}/{edit.id}")
        if document is not None:
            return self.library.splits.home(document)
        found = None if isinstance(edit, Say) else self.library.home(f"{edit.kind}/{edit.id}")
        return found or self.home(edit.home)

    def _arrived(self, applied: Applied, *, here: bool = False) -> None:
        self.evidence.know(self.library, applied.document, self.library.splits.line_of(applied.document))
        self.library.arrived(applied.document)
        self._news(applied.document, applied.learnt)
        copies = self._copies.setdefault(applied.document, Copies(self.keys.device))
        for change, deps in zip(applied.changes, applied.deps, strict=True):
            noticed = copies.take(change.actor, change.hash, deps, here=here)
            if noticed is not None:
                mine = (device := device_of(change.actor)) == self.keys.device
                text = sentence(noticed, self.device_name(device), mine=mine)
                self.note(text, self.problems if noticed == "copied" else self.notices)

    def _news(self, document: DocumentId, learnt: Sequence[Learnt]) -> None:
        """Take in what was not here before, with all that it has to do with."""
        cuts = self.membership.cuts
        self._learn(document, learnt)
        self.hand.hear(learnt)
        if self.membership.cuts != cuts:  # what counts only where it narrows may be other things now
            self.hand.reopen()

    def _woken(self, document: DocumentId, learnt: Iterable[Learnt]) -> None:
        """Take in what a document holds that wakes; what of core is not at hand stays so."""
        rested = document in self.library.resting
        self._learn(document, learnt, away=rested and self.library.is_core(document))

    def _learn(self, document: DocumentId, learnt: Iterable[Learnt], *, away: bool = False) -> None:
        news = list(learnt)
        self.revision += bool(news)
        if self.library.is_core(document):
            self.membership = self.membership.with_more(news)
            self._standing = None
        for each in news:
            self.sayings.add(document, each, away=away)

    def _found(self, found: Iterable[Found]) -> list[Said]:
        return [self._as_said(one, place, (*brought, *self.sayings.brought(one.id))) for one, place, brought in found]

    def _as_said(self, learnt: Learnt, document: DocumentId, brought: Iterable[Brought]) -> Said:
        own = learnt.statement
        beyond = bool(self.membership.cuts) and self.standing.beyond(learnt.device, brought)
        known = (learnt.id, own.kind, own.subject, own.body, own.at, own.answers)
        return Said(*known, self.author(learnt.device), learnt.device, document, beyond)
