"""One space as an app sees it: people, tasks, consents, pauses, documents, and the truth about sync."""

import asyncio
import base64
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from collar_sync import limits
from collar_sync.core import events
from collar_sync.core.edits import Edit, Scalar, SetFields, SetText
from collar_sync.core.engine import Engine
from collar_sync.core.mishaps import Mishap
from collar_sync.core.people import Person
from collar_sync.core.space import Space as State
from collar_sync.core.statement import AT_END, Said
from collar_sync.domain.aside import RECORD as ASIDE
from collar_sync.domain.aside import Aside
from collar_sync.domain.drafts import Drafts
from collar_sync.domain.erasing import Erasing
from collar_sync.domain.export import Export
from collar_sync.domain.given import careful
from collar_sync.domain.help import Help
from collar_sync.domain.journal import Journal
from collar_sync.domain.lists import Lists
from collar_sync.domain.memory import PIECE as MEMORY_PIECE
from collar_sync.domain.memory import RECORD as MEMORY
from collar_sync.domain.memory import Memories
from collar_sync.domain.pauses import Pauses
from collar_sync.domain.presence import Presence
from collar_sync.domain.problems import problems, sentence
from collar_sync.domain.progress import Progress
from collar_sync.domain.reminders import Reminders
from collar_sync.domain.reviews import Reviews
from collar_sync.domain.safety import Safety
from collar_sync.domain.scripts import Scripts
from collar_sync.domain.sessions import Sessions
from collar_sync.domain.sharing import Sharings
from collar_sync.domain.slips import Slips
from collar_sync.domain.timeline import Timeline
from collar_sync.domain.tracking import Tracking
from collar_sync.domain.undo import Steps, Undo
from collar_sync.errors import InvalidInput, NotFound, StoreError
from collar_sync.ids import DeviceId, DocumentId, PersonId, SpaceId, StatementId
from collar_sync.node.air import Air, Port
from collar_sync.node.belonging import Devices
from collar_sync.node.document import SCHEMA, Document, schema_version
from collar_sync.node.runner import Runner
from collar_sync.node.saves import saves
from collar_sync.node.status import DeviceStatus, status
from collar_sync.shells import clock

T = TypeVar("T", bound=msgspec.Struct)
Found = TypeVar("Found")
_RECEIPT_SECONDS: Final = 3.0  # for a last word to be on the disks of those who are there
_NAME_CHARACTERS_MAX: Final = 64
_APP: Final = "app/"  # apps' own documents; their names cannot meet those of this library
_OWN: Final = "own"  # the private document of the domain
_PLACES: Final = {ASIDE: ASIDE, MEMORY: MEMORY, MEMORY_PIECE: MEMORY}  # what is asked often, and what is large


@careful
class Space:
    """The record that the people in it share. Reads come from memory; an awaited write is on this device's disk."""

    def __init__(
        self, identifier: SpaceId, engine: Engine, runner: Runner, zone: Callable[[], str] = lambda: "UTC"
    ) -> None:
        self.id = identifier
        self._zone = zone
        lists = Lists(self)
        self.tasks = lists.tasks
        self.reminders = Reminders(self, self.tasks)
        self.timeline = Timeline(self)
        self._steps = Steps(self)
        self.undo = Undo(self, self._steps)
        self.export = Export(self, lambda: self.name)
        self.memories = Memories(self)
        self.aside = Aside(self)
        self.consents = lists.consents
        self.agreements = lists.agreements
        self.repairs = lists.repairs
        self.checklists = lists.checklists
        self.sessions = Sessions(self)
        self.progress = Progress(self, self.tasks, self.consents, self.agreements)
        self.reviews = Reviews(self, self.consents, self.agreements)
        self.limits = lists.limits
        self.pauses = Pauses(self)
        self.check_ins = lists.check_ins
        self.moments = lists.moments
        self.updates = lists.updates
        self.slips = Slips(self)
        self.safety = Safety(self)
        self.journal = Journal(self)
        self.drafts = Drafts(self)
        self.help = Help(self)
        self.scripts = Scripts(self)
        self.erasing = Erasing(self)
        self.devices = Devices(identifier, lambda: self._state, runner)
        self._forms: dict[DocumentId, tuple[str, int]] = {}  # documents that the app opened
        self._engine = engine
        self._runner = runner
        port = Port(lambda: self._state, runner)
        self.air = Air(port)
        self.presence = Presence(self, port)
        self.sharing = Sharings(self, self.consents, port)
        self.tracking = Tracking(self, self.agreements, port)

    @property
    def name(self) -> str:
        """What its founder called it."""
        awaited = self._engine.awaited(self._state)
        return self._state.membership.name if awaited is None else awaited.name

    @property
    def me(self) -> PersonId:
        """The id of the person whose device this is; `people()[space.me]` is the person."""
        return self._state.me

    @property
    def device(self) -> DeviceId:
        """This device, in this space."""
        return self._state.keys.device

    def now(self) -> int:
        """The time for folds, milliseconds since the epoch: never earlier than the latest that this device kept."""
        return self._engine.time(clock.now())

    def zone(self) -> str:
        """Return the IANA zone of this device, as the app set it; see `Device.zone`."""
        return self._zone()

    def people(self) -> Mapping[PersonId, Person]:
        """Everyone in the space, this person included."""
        return self._state.people()

    def statements(self, prefix: str) -> Sequence[Said]:
        """Everything said whose kind starts so, in no order that means anything."""
        return tuple(self._state.statements(prefix))

    def records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        """The records of a kind, by id."""
        return self._state.library.records(f"{kind}/")

    def recall(self, name: str) -> bool:
        """Bring to hand what older chapters hold about a name; whether there was anything."""
        return self._state.recall(name)

    def history(
        self, before: tuple[int, str] = (AT_END, ""), count: int = 200, kind: str | None = None
    ) -> Sequence[Said]:
        """Up to `count` statements of documents at rest, the last said first, before this (time, id).

        Where a kind is named, of that kind alone.
        """
        return tuple(self._state.history(before, count, kind))

    def past(self) -> bytes:
        """What is remembered of what is not at hand."""
        return self._state.past

    def new_id(self) -> str:
        """Return a fresh random id for a record."""
        return base64.b32encode(os.urandom(16)).decode().rstrip("=").lower()

    async def write(self, *edits: Edit, at: int | None = None) -> tuple[StatementId, ...]:
        """Write edits, all or none, each where it belongs; returns the ids of what was said, in order.

        Whoever looked at `now()` before that gives it as `at`, so that it is signed with the time it was judged by.
        """
        before = self._steps.before(edits)
        said = await self._write(None, edits, at)
        self._steps.wrote(edits, said, before)
        return tuple(said)

    def private_records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        """The records of a kind that this device keeps for its person alone, by id."""
        return self._state.records(self._private(kind), kind)

    async def write_private(self, *edits: SetFields | SetText) -> None:
        """Write records for this device's person alone; all or none of those that belong together."""
        for document in dict.fromkeys(self._private(edit.kind) for edit in edits):
            await self._write(document, [edit for edit in edits if self._private(edit.kind) == document])

    def notes(self) -> Mapping[str, bytes]:
        """What this device notes for its person, by name: in no document, and without a history."""
        return self._engine.notes(self.id)

    async def note(self, name: str, value: bytes | None) -> None:
        """Keep this in place of the note of that name, or have none; it never leaves this device."""
        _, noted = self._runner.request(lambda number: events.Note(number, self.id, name, value))
        await noted

    def _private(self, kind: str) -> DocumentId:
        return self._state.private_document(_PLACES.get(kind, _OWN))

    async def document(self, name: str, form: type[T], *, version: int = 1, private: bool = False) -> Document[T]:
        """Open an app's own document in this space: the same on every device that names it the same.

        `version` is that of `form`; raise it with every change that an older app could misread. A private document is
        this device's alone, and is never offered to anyone.
        """
        if not 0 < len(name) <= _NAME_CHARACTERS_MAX:
            raise InvalidInput("A document's name has 1 to 64 characters.")
        if not (isinstance(form, type) and issubclass(form, msgspec.Struct)):
            raise InvalidInput("The form of a document's records is a class made of msgspec.Struct.")
        document = (self._state.private_document if private else self._state.document)(_APP + name)
        self._state.replica(document)  # an app reads at once, so it is woken now
        self._forms[document] = (name, version)
        return Document(
            form,
            lambda: self.me,
            lambda kind, identifier: self._state.record(document, kind, identifier),
            lambda kind: self._state.records(document, kind),
            lambda edits: self._write(document, edits),
            version,
        )

    async def changes(self) -> AsyncIterator[events.Changed]:
        """Every change of this space from now on, own and partner's, verified and durable."""
        async for change in self._runner.changes():
            if change.space == self.id:
                yield change

    async def apart(self, read: Callable[["Space"], Found]) -> Found:
        """Answer what `read` finds in this space as it is on the disk now, in a thread, while all else here goes on.

        For what reads all of the past, as a copy does: everybody would wait for it here, and what was brought to hand
        for it would stay. `read` is given the space to read from; nothing can be written to that one.

        Rule (Pause): nothing that takes long stands in its way.
        """
        try:
            return await asyncio.to_thread(read, await self._apart())
        except StoreError:  # a document may have been put to rest or written to in between
            return await asyncio.to_thread(read, await self._apart())

    async def _apart(self) -> "Space":
        runner = await self._runner.apart()
        return Space(self.id, runner.engine, runner, self._zone)

    def sync_status(self) -> tuple[DeviceStatus, ...]:
        """The truth about every other device of this space, ids sorted."""
        peers = sorted(self._engine.links.peers.values(), key=lambda peer: peer.key)
        now, zone = self._runner.now(), self.zone()
        own = (peer for peer in peers if peer.key[0] == self.id)
        return tuple(status(self._state, self._engine, peer, now, zone) for peer in own)

    def automerge(self, *, journal: bool = False) -> Mapping[str, bytes]:
        """Every document as a file that any tool for Automerge opens, by file name; see `Export.WARNING`.

        It is the raw record: also what is not shown yet, and others' acts to the minute. `journal` adds private ones,
        with the words of what was taken out of them.

        Rule (Export): one's own act; it leaves the encrypted store: a memory aid, not a proof.
        """
        return saves(self._state.library, private=journal)

    @property
    def over(self) -> str:
        """Why this device takes no part in the space any more, in words; empty while it does."""
        return self._state.over

    @property
    def left_silently(self) -> bool:
        """Whether this device left without a word: for the others its person is one who is not reached."""
        return self._state.left_silently

    async def leave(self, *, tell: bool = False) -> None:
        """Leave, at once and for good; what is here stays readable until it is erased.

        Nobody is told, and this device just falls silent, unless `tell` says so: then all your devices leave, your
        pauses end and so do consents that name you, and those who are not reached now hear of it when they are. Whoever
        fell silent can still say so later (`left_silently`), with `tell`.

        Rule (People and devices): local, instant and one-sided; it announces nothing unless chosen.
        """
        await self.devices.leave(tell=tell)

    async def erase(self, *, receipt: bool = False, private: bool = False) -> None:
        """Wipe this space from this device, so that nothing of it can be read here any more; leave it with that.

        What is yours alone here, the journal for one, stays, unless you say `private`: then it is wiped as well, now or
        after the space was, and this device may be let in anew. A copy (`export.json(journal=True)`) brings it along.
        What others have, and what is in a backup, cannot be called back from here. `receipt` tells those who asked for
        it, as far as they are connected now.

        Rule (People and devices): a local yes, for this device only; receipts are voluntary and the journal is
        untouched.
        """
        if receipt and not self.over:
            await self.erasing.receipt()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RECEIPT_SECONDS):
                    async for _ in self._runner.watch():
                        if all(each.waiting_out == 0 for each in self.sync_status() if each.connected):
                            break
        await self.devices.erase(private=private)

    @property
    def _state(self) -> State:
        found = self._engine.spaces.get(self.id)
        if found is None:
            raise NotFound("There is no such record on this device.")
        return found

    def problems(self) -> tuple[str, ...]:
        """What was refused or ignored here, and why, in words."""
        newer = [
            self._newer(f"A part of this record, {name!r},", self._state.records(document, SCHEMA), version)
            for document, (name, version) in self._forms.items()
        ]
        schemas = self._state.library.records(f"{SCHEMA}/")
        newer.append(self._newer("Part of this record", schemas, limits.SCHEMA_VERSION))
        people = self.people()
        ignored = dict.fromkeys(sentence(each, people) for each in problems(self.statements(""), people))
        return (*self._state.problems, *self.devices.problems(), *filter(None, newer), *self.tasks.unread(), *ignored)

    def notices(self) -> tuple[str, ...]:
        """What a person may want to know and may well be as it should: that the space is still to come, for one."""
        awaited = self._engine.awaited(self._state) is not None
        return (*([Mishap.NOT_HERE_YET.sentence] if awaited else []), *self._state.notices, *self.devices.notices())

    def _newer(self, what: str, records: Mapping[str, object], version: int) -> str:
        if schema_version(records) <= version:
            return ""
        return f"{what} was written by a newer version. All of it is kept; update the app here to see the rest."

    async def _write(
        self, document: DocumentId | None, edits: Sequence[Edit], at: int | None = None
    ) -> list[StatementId]:
        _, written = self._runner.request(lambda number: events.Write(number, self.id, document, tuple(edits), at))
        said: list[StatementId] = await written
        return said
