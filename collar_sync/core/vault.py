"""What this device keeps: its spaces, what waits to be on the disk, and what follows once it is.

It asks for batches to be stored and knows nothing of who sent what is in them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.durable import AtHand, Batch, Erasure, Seal
from collar_sync.core.equivocation import Proof
from collar_sync.core.events import Effect, Entropy, Now, PeerKey, Refresh, Store
from collar_sync.core.floor import Floor
from collar_sync.core.identity import Keys, PublicKeys
from collar_sync.core.membership import Learnt
from collar_sync.core.peers import PeerRecord
from collar_sync.core.pending import OnTheWay, Pending
from collar_sync.core.shelf import Shelf
from collar_sync.core.space import Space, Unfinished, everything
from collar_sync.core.standing import Ending
from collar_sync.core.steps import Applied
from collar_sync.core.wire import Testimony
from collar_sync.errors import InvalidChange, NotFound, PeerError, StoreDamaged, StoreError
from collar_sync.ids import DeviceId, DocumentId, PersonId, SpaceId

SALT_BYTES: Final = 16
REFUSED: Final = b"refused"
ALLOWED: Final = b"allowed"
_FLOOR: Final = "clock/floor"
_QUIET_MILLISECONDS: Final = (
    60_000  # a document that nobody writes to is sealed, so that opening is quick after a crash
)
_SPARE_MAX: Final = 6  # older chapters awake; each takes a few megabytes
_DAMAGED: Final = (
    "A part of the record on this disk is not what was written. Nothing was overwritten. Check the disk, and go back "
    "to a backup."
)


Settings = Callable[[], Mapping[str, bytes]]  # of the store, as they are on the disk


class Turn(msgspec.Struct, frozen=True):
    """One event's turn: when it happened, its chance, and the effects that it has so far."""

    now: Now
    entropy: Entropy
    out: list[Effect] = []

    def add(self, effect: Effect) -> None:
        """Ask for something to be done."""
        self.out.append(effect)


class SpaceRecord(msgspec.Struct, frozen=True, array_like=True):
    """What is kept about a space beside its documents: the salt of its keys, and as whose device it was let in by whom.

    `person` and `name`, the space's, were in the offer: what holds is read from the space, once it is here.
    """

    salt: bytes
    sponsor: PublicKeys | None = None
    person: PersonId | None = None
    name: str = ""


class Vault:
    """The spaces of this device and the way of their changes to its disk.

    `settings` gives those of its store, `shelf` its documents. Raises `StoreError`, also where one of them does not
    hold what it must.
    """

    def __init__(self, seed: bytes, settings: Settings, shelf: Shelf, unfinished: Unfinished = everything) -> None:
        self.seed = seed
        self._kept = settings
        self._shelf = shelf
        self._unfinished = unfinished
        self.spaces: dict[SpaceId, Space] = {}
        self.records: dict[SpaceId, SpaceRecord] = {}
        self.peer_records: dict[PeerKey, PeerRecord] = {}
        self.choices: dict[PeerKey, bool] = {}  # devices that a person here refuses (true) or allows
        self.notes: dict[tuple[SpaceId, str], bytes] = {}  # of this device's person alone, in no document
        self.documents: dict[DocumentId, SpaceId] = {}
        self._private: set[DocumentId] = set()
        self._sealed: set[DocumentId] = set()  # the snapshot in the store holds all of them
        self._touched: dict[DocumentId, int] = {}  # when something was last written to it, steady milliseconds
        kept = settings()
        self.floor_kept = int.from_bytes(kept.get(_FLOOR, b""), "big")  # the last that was sent to the disk
        self.floor = Floor(self.floor_kept)
        self.halted: StoreError | None = None
        self.on_the_way = OnTheWay[Turn]()
        for name, value in kept.items():
            self._restore_setting(name.split("/"), value)
        for space in self.spaces.values():
            ended = kept.get(f"ended/{space.id}")
            space.ended = None if ended is None else Ending(ended.decode())
            space.past = kept.get(f"past/{space.id}", b"")
        for document, place in self.documents.items():
            shown = kept.get(f"line/{document}", b"")
            self.spaces[place].evidence.lines |= {document: shown} if shown else {}
        self._open(kept)

    def forget_unsaved(self) -> None:
        """Hold what is on the disk and nothing else, once nothing is on its way there; raises `StoreError`."""
        stored = Vault(self.seed, self._kept, self._shelf, self._unfinished)
        for identifier, space in stored.spaces.items():
            before = self.spaces.get(identifier)
            if before is not None:  # what followed from it is not to be taken for what follows now
                space.revision += before.revision + 1
                space.problems, space.notices = before.problems, before.notices
        for mine, theirs in ((self.spaces, stored.spaces), (self.records, stored.records)):  # others hold these too
            mine.clear()
            mine.update(theirs)  # type: ignore[arg-type]  # of one kind each
        self.peer_records, self.choices, self.documents = stored.peer_records, stored.choices, stored.documents
        self.notes = stored.notes
        self._private, self._sealed, self._touched = stored._private, stored._sealed, {}

    def again(self) -> tuple[bytes, Settings, Shelf, Unfinished]:
        """What another engine over the same store is made of."""
        return self.seed, self._kept, self._shelf, self._unfinished

    def keys(self) -> Mapping[SpaceId, Keys]:
        """This device's keys in each space."""
        return {space.id: space.keys for space in self.spaces.values()}

    def space(self, identifier: SpaceId) -> Space:
        """The space of that id; raises `NotFound`."""
        found = self.spaces.get(identifier)
        if found is None:
            raise NotFound("There is no such record on this device.")
        return found

    def begin(self, identifier: SpaceId, keys: Keys) -> Space:
        """A space of which nothing is here yet."""
        return Space(identifier, keys, self._shelf, self._unfinished)

    def add(self, space: Space, record: SpaceRecord) -> dict[str, bytes]:
        """Make a space this device's own, or let it be what this says of it now; the settings to keep with it."""
        self.spaces[space.id] = space
        self.records[space.id] = record
        if record.sponsor is not None:
            space.sponsors.add(record.sponsor.device)
        return space_setting(space.id, record)

    def awaited(self, space: Space) -> bool:
        """Whether this device's own part in a space is not here yet."""
        return not space.over and space.keys.device not in space.membership.devices

    def writable(self) -> None:
        """Raise what went wrong where nothing more can be kept."""
        if self.halted is not None:
            raise self.halted

    def keep(
        self,
        space: Space,
        applied: Sequence[Applied],
        turn: Turn,
        then: Callable[[Turn], None] | None = None,
        beside: Mapping[str, bytes] | None = None,
    ) -> None:
        """Have changes written, and settings `beside` them, all or none; `then` happens once they are on the disk."""
        settings: dict[str, bytes | None] = {**(beside or {})}
        for each in applied:
            if each.document in self._sealed:  # its snapshot does not hold all of it any more
                self._sealed.discard(each.document)
                settings[f"seal/{each.document}"] = None
            marks = space.library.marked(each.document)
            if marks is not None:
                settings[f"marks/{each.document}"] = marks
            self._touched[each.document] = turn.now.steady
            if each.document not in self.documents:
                self.documents[each.document] = space.id
                kind = "private" if each.document in space.library.private else "document"
                settings[f"{kind}/{each.document}"] = space.id.encode()
                if each.document in space.evidence.lines:
                    settings[f"line/{each.document}"] = space.evidence.lines[each.document]
        batch = Batch(
            [(each.document, change) for each in applied for change in each.changes],
            [(each.document, tip) for each in applied for tip in each.tips],
            self._settings(settings),
        )
        size = sum(len(change.raw) for _, change in batch.changes)
        self._store(batch, Pending(space, tuple(applied), then=then, bytes=size), turn)

    def rest(self, turn: Turn, *, closing: bool = False) -> None:
        """Seal what is quiet, let go of what is not needed awake, wake what will be; at closing, seal everything."""
        quiet = turn.now.steady - _QUIET_MILLISECONDS
        busy = {each for pending in self.on_the_way for each in pending.documents()}
        sealed: list[tuple[Space, DocumentId, Seal, bytes]] = []
        released = False
        for space in self.spaces.values():
            library = space.library
            spare, unsealed = library.spare(), library.unsealed()
            crowded = len(spare) > _SPARE_MAX
            for document in sorted(unsealed, key=lambda each: each not in spare):  # used at once
                hurry = closing or (crowded and document in spare)
                if (sealed and not closing) or (not hurry and self._touched.get(document, 0) > quiet):
                    continue  # one at a time: each takes a moment
                try:
                    sealed.append((space, document, *space.seal(document)))
                except InvalidChange as error:
                    space.note(str(error))
                    self._touched[document] = turn.now.steady  # not again at once
            for document in spare if not closing else ():
                due = crowded or self._touched.get(document, 0) <= quiet
                if due and document not in busy and document not in unsealed:
                    space.rest(document)
                    released = True
            drowsy = library.drowsy()
            if drowsy is not None and not closing:
                library.replica(drowsy)
        if sealed or released:
            self._settle(sealed, turn)

    def _settle(self, sealed: Sequence[tuple[Space, DocumentId, Seal, bytes]], turn: Turn) -> None:
        """Let go of what is finished at rest; write what was sealed, with the choice of what stays at hand."""
        stay = [space.settle(self.floor.time) for space in self.spaces.values()]
        if not sealed:
            return
        past: dict[str, bytes | None] = {f"past/{space.id}": space.past for space in self.spaces.values()}
        batch = Batch(
            settings=past | {f"seal/{document}": setting for _, document, _, setting in sealed},
            seals=[seal for _, _, seal, _ in sealed],
            at_hand=(frozenset().union(*(own for own, _ in stay)), frozenset().union(*(own for _, own in stay))),
        )
        documents = frozenset(document for _, document, _, _ in sealed)
        self._sealed |= documents
        size = sum(len(seal.chunk) + sum(len(each.raw) for each in seal.statements) for _, _, seal, _ in sealed)
        self._store(batch, Pending(sealed=documents, bytes=size), turn)

    def keep_settings(
        self, settings: Mapping[str, bytes | None], turn: Turn, then: Callable[[Turn], None] | None = None
    ) -> None:
        """Have settings written; `then` happens once they are on the disk."""
        self._store(Batch(settings=self._settings(settings)), Pending(then=then), turn)

    def note(self, space: Space, name: str, value: bytes | None, turn: Turn, then: Callable[[Turn], None]) -> None:
        """Keep this in the place of the note of that name, or have none; `then` happens once it is on the disk."""
        if value is None:
            self.notes.pop((space.id, name), None)
        else:
            self.notes[space.id, name] = value
        self.keep_settings({f"note/{space.id}/{name}": value}, turn, then)

    def once_durable(self, space: Space, turn: Turn, then: Callable[[Turn], None]) -> None:
        """Do something once all that is known of a space is on the disk: at once where it is."""
        if self.durable(space):
            then(turn)
        else:
            self.keep_settings({}, turn, then)

    def erase(self, space: Space, turn: Turn, then: Callable[[Turn], None], *, private: bool) -> None:
        """Have everything of a space wiped but its private documents, which stay readable under their own keys.

        Where there are none, or where those go too (`private`), nothing of the space is left.
        """
        own = [document for document, place in self.documents.items() if place == space.id]
        kept = [] if private else [document for document in own if document in space.library.private]
        gone = frozenset(own) - set(kept)
        kinds = ("space", "ended", "past", "proof", "heard", "peer", "choice", "answered", "note")
        names = [f"{kind}/{space.id}" for kind in kinds]
        names += [f"{kind}/{document}" for kind in ("document", "seal", "marks", "line") for document in gone]
        settings: dict[str, bytes | None] = {}
        del self.spaces[space.id]
        record = self.records.pop(space.id)
        self.choices = {key: value for key, value in self.choices.items() if key[0] != space.id}
        self.notes = {key: value for key, value in self.notes.items() if key[0] != space.id}
        self.peer_records = {key: value for key, value in self.peer_records.items() if key[0] != space.id}
        for document in gone:
            del self.documents[document]
            self._sealed.discard(document)
            self._touched.pop(document, None)
        if kept:
            left = self.begin(space.id, space.keys)
            left.ended = Ending.ERASED
            left.library.take_over(space.library, kept)
            settings.update(self.add(left, SpaceRecord(record.salt)))
            settings[f"ended/{space.id}"] = Ending.ERASED.encode()
        erasure = Erasure(gone, tuple(names))
        self._store(Batch(settings=self._settings(settings), erase=erasure), Pending(then=then), turn)

    def behind(self) -> bool:
        """Whether so much waits for the disk that nothing more should be taken in from anybody else."""
        return self.halted is None and self.on_the_way.bytes > limits.PENDING_BYTES_MAX

    def durable(self, space: Space) -> bool:
        """Whether all that is known of a space is on the disk."""
        return not any(pending.space is space for pending in self.on_the_way)

    def shared_durable(self, space: Space) -> bool:
        """The same of what others have a part in: nobody is told by this that somebody writes for themself.

        A disk that failed may have done so after a change was made and before it was handed over.
        """
        if self.halted is not None:
            return False
        waiting = (pending for pending in self.on_the_way if pending.space is space)
        return all(each.document in space.library.private for pending in waiting for each in pending.applied)

    def _settings(self, settings: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
        """Every batch keeps the time too: no later fold may believe in an earlier one."""
        self.floor_kept = self.floor.time
        return {**settings, _FLOOR: self.floor_kept.to_bytes(8, "big")}

    def _store(self, batch: Batch, pending: Pending[Turn], turn: Turn) -> None:
        turn.add(Refresh())
        token = self.on_the_way.add(pending)
        turn.add(Store(token, batch))

    def _restore_setting(self, name: list[str], value: bytes) -> None:
        match name:
            case ["space", space]:
                record = msgspec.msgpack.decode(value, type=SpaceRecord)
                identifier = SpaceId(space)
                self.add(self.begin(identifier, Keys.derive(self.seed, record.salt)), record)
            case ["document", document]:
                self.documents[DocumentId(document)] = SpaceId(value.decode())
            case ["private", document]:
                self.documents[DocumentId(document)] = SpaceId(value.decode())
                self._private.add(DocumentId(document))
            case ["choice", space, device]:
                self.choices[SpaceId(space), DeviceId(device)] = value == REFUSED
            case ["note", space, *names]:
                self.notes[SpaceId(space), "/".join(names)] = value
            case ["peer", space, device]:
                key = (SpaceId(space), DeviceId(device))
                self.peer_records[key] = msgspec.msgpack.decode(value, type=PeerRecord)

    def _open(self, settings: Mapping[str, bytes]) -> None:
        """Take in every document, core before the others: enrolments live there."""
        cores = {space.core for space in self.spaces.values()}
        since: dict[SpaceId, list[Learnt]] = {}
        try:
            for document in sorted(self.documents, key=lambda each: (each not in cores, each)):
                library = self.spaces[self.documents[document]].library
                rest = settings.get(f"seal/{document}")
                marks = settings.get(f"marks/{document}")
                news = library.open(document, rest, private=document in self._private, marks=marks)
                since.setdefault(self.documents[document], []).extend(news)
                if rest is not None:
                    self._sealed.add(document)
        except (InvalidChange, msgspec.MsgspecError) as error:
            raise StoreDamaged(_DAMAGED) from error
        kept = self._shelf.at_hand()
        for space in self.spaces.values():
            space.hand.take(
                AtHand(
                    tuple(each for each in kept.statements if self.documents.get(each.document) == space.id),
                    tuple(each for each in kept.records if self.documents.get(each.document) == space.id),
                )
            )
            space.hand.hear(since.get(space.id, ()))
        self._weigh(settings)

    def _weigh(self, settings: Mapping[str, bytes]) -> None:
        """Take in what is kept about split documents; one may let the next be understood, so again until none is."""
        waiting = {name: value for name, value in settings.items() if name.startswith(("proof/", "heard/"))}
        grown = True
        while waiting and grown:
            grown = False
            for name in sorted(waiting, key=lambda each: not each.startswith("proof/")):
                kind, space, _ = name.split("/")
                try:
                    if kind == "proof":
                        self.spaces[SpaceId(space)].convict(msgspec.msgpack.decode(waiting[name], type=Proof))
                    else:
                        self.spaces[SpaceId(space)].hear(
                            msgspec.msgpack.decode(waiting[name], type=Testimony), kept=True
                        )
                except (PeerError, msgspec.MsgspecError):
                    continue  # about a device that is not known yet, perhaps; nothing of it may keep this from opening
                del waiting[name]
                grown = True


def space_setting(space: SpaceId, record: SpaceRecord) -> dict[str, bytes]:
    """What is kept about a space, as a setting of the store."""
    return {f"space/{space}": msgspec.msgpack.encode(record)}
