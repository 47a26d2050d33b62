"""A household in memory: one plain ledger per person, and statements carried between them by hand, in any order.

Statements pass through their canonical bytes, as they do on their way through a real document.
"""

import hashlib
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from collar_sync import ids, limits
from collar_sync.core import statement
from collar_sync.core.edits import Edit, Say, Scalar, SetFields, SetText
from collar_sync.core.floor import Floor
from collar_sync.core.passing import Gate, Heard, Told
from collar_sync.core.people import Person
from collar_sync.core.sayings import belonging
from collar_sync.core.statement import Said, Statement
from collar_sync.domain.agreements import Agreements
from collar_sync.domain.aside import Aside
from collar_sync.domain.checkin import CheckIns
from collar_sync.domain.checklists import Checklists
from collar_sync.domain.consents import Consent, Consents
from collar_sync.domain.drafts import Drafts
from collar_sync.domain.erasing import Erasing
from collar_sync.domain.export import Export
from collar_sync.domain.finished import unfinished
from collar_sync.domain.gate import make_gate
from collar_sync.domain.help import Help
from collar_sync.domain.journal import Journal
from collar_sync.domain.limit import Limits
from collar_sync.domain.memory import Memories
from collar_sync.domain.moment import Moments
from collar_sync.domain.pauses import Pauses
from collar_sync.domain.progress import Progress
from collar_sync.domain.reminders import Reminders
from collar_sync.domain.repair_writing import RepairWriting
from collar_sync.domain.reviews import Reviews
from collar_sync.domain.safety import Safety
from collar_sync.domain.scripts import Scripts
from collar_sync.domain.sessions import Sessions
from collar_sync.domain.slips import Slips
from collar_sync.domain.tasks import Tasks
from collar_sync.domain.timeline import Timeline
from collar_sync.domain.tracking import Tracking
from collar_sync.domain.undo import Steps, Undo
from collar_sync.domain.update import Updates
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import DeviceId, PersonId, StatementId

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
KEY_BYTES = 74  # of a statement's id, by which a document holds it
MAY_DAY = 1_777_622_400_000  # 2026-05-01T08:00Z
HOME = ids.document_id(bytes(16))

IN_CORE = ("pause", "consent.", "agreement.", "limit.", "review.")  # kinds that nobody may overlook when news comes

T = TypeVar("T")


def run(act: Coroutine[Any, Any, T]) -> T:
    """The result of an act on a plain ledger, which never really waits."""
    try:
        act.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("a plain ledger never waits")


def person(name: str) -> Person:
    raw = hashlib.sha256(name.encode()).digest()[:16]
    return Person(id=ids.person_id(raw), name=name, devices=(ids.device_id(raw),))


def say(author: Person, written: Statement) -> Said:
    """What this person's device said, as everyone reads it."""
    raw = statement.encode(written)
    read = statement.decode(raw)
    assert read is not None
    return Said(
        id=statement.identify(author.devices[0], raw),
        kind=read.kind,
        subject=read.subject,
        body=read.body,
        at=read.at,
        answers=read.answers,
        author=author.id,
        device=author.devices[0],
        document=HOME,
    )


def speaks_of(said: Said) -> tuple[str, ...]:
    """Every name that a statement is or speaks of."""
    return (said.id, *filter(None, (said.subject,)), *said.answers)


class PlainAir:
    """Words in passing between devices always connected; both sides' gates are asked whenever one is read."""

    def __init__(self, ledger: "PlainLedger") -> None:
        self._ledger = ledger
        self._gate: tuple[object, Gate] | None = None
        self.words: dict[str, Told] = {}

    def may(self, kind: str, speaker: PersonId, hearer: PersonId) -> bool:
        ledger = self._ledger
        beyond = sum(each.beyond_cut for each in ledger.heard.values())
        known = (ledger.heard.keys(), [each.left for each in ledger.people().values()], beyond)
        if self._gate is None or self._gate[0] != known:
            self._gate = ((set(known[0]), *known[1:]), make_gate(ledger.statements, ledger.people()))
        return self._gate[1](kind, speaker, hearer, ledger.now())

    def tell(self, kind: str, body: bytes, to: Iterable[PersonId], lifetime_milliseconds: int) -> None:
        now, me = self._ledger.now(), self._ledger.me
        heard_by = tuple(person for person in to if person != me and self.may(kind, me, person))
        if not heard_by:
            raise NotAllowed("Nobody may hear this from you now.")
        self.words[kind] = Told(kind, body, heard_by, now, now + lifetime_milliseconds)

    def hush(self, kind: str) -> None:
        self.words.pop(kind, None)

    def told(self) -> Sequence[Told]:
        for kind, word in list(self.words.items()):
            to = tuple(person for person in word.to if self.may(kind, self._ledger.me, person))
            if not to or word.ends <= self._ledger.now():
                del self.words[kind]
            else:
                self.words[kind] = msgspec.structs.replace(word, to=to)
        return tuple(word for _, word in sorted(self.words.items()))

    def heard(self) -> Sequence[Heard]:
        me = self._ledger.me
        return tuple(
            Heard(word.kind, word.body, other.me, other.owner.devices[0])
            for other in self._ledger.near
            for word in (other.air.told() if other is not self._ledger else ())
            if me in (*word.to, other.me) and self.may(word.kind, other.me, me)
        )


class PlainLedger:
    """One person's device: what it heard so far, and a clock that a story may set to anything."""

    def __init__(self, owner: Person, people: dict[PersonId, Person]) -> None:
        self.owner = owner
        self.me = owner.id
        self.device = owner.devices[0]
        self.clock = MAY_DAY
        self.pace = 0  # by how many milliseconds it goes on whenever somebody looks at it
        self.where = "UTC"
        self.heard: dict[StatementId, Said] = {}
        self.fields: dict[tuple[str, str, str], tuple[int, str, Scalar]] = {}
        self.own: dict[str, dict[str, dict[str, Scalar]]] = {}  # private records, by kind and id
        self.noted: dict[str, bytes] = {}
        self.shelf: dict[StatementId, Said] = {}  # what rests, at hand or not
        self.near: Sequence[PlainLedger] = ()  # those that hear what is told here in passing
        self.air = PlainAir(self)
        self.pauses = Pauses(self)
        self.consents = Consents(self)
        self.in_repair: set[PersonId] = set()  # as a story says, beside those who are
        self.agreements = Agreements(self, lambda: self.in_repair | self.repairs.in_repair())
        self.limits = Limits(self)
        self.check_ins = CheckIns(self)
        self.moments = Moments(self)
        self.updates = Updates(self)
        self.slips = Slips(self)
        self.safety = Safety(self)
        self.journal = Journal(self)
        self.drafts = Drafts(self)
        self.help = Help(self)
        self.scripts = Scripts(self)
        self.repairs = RepairWriting(self, self.agreements.lapses)
        self.tasks = Tasks(self)
        self.reminders = Reminders(self, self.tasks)
        self.checklists = Checklists(self)
        self.sessions = Sessions(self)
        self.tracking = Tracking(self, self.agreements, self.air)
        self.progress = Progress(self, self.tasks, self.consents, self.agreements)
        self.reviews = Reviews(self, self.consents, self.agreements)
        self.timeline = Timeline(self)
        self.steps = Steps(self)
        self.undo = Undo(self, self.steps)
        self.export = Export(self, lambda: "Us")
        self.memories = Memories(self)
        self.aside = Aside(self)
        self.erasing = Erasing(self)
        self._people = people
        self.floor = Floor()
        self._past = b""
        self._written = 0

    def now(self) -> int:
        self.clock += self.pace
        return self.floor.now(self.clock)

    def zone(self) -> str:
        return self.where

    def people(self) -> Mapping[PersonId, Person]:
        return self._people

    def statements(self, prefix: str) -> Sequence[Said]:
        return [said for said in self.heard.values() if said.kind.startswith(prefix)]

    def records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        found: dict[str, dict[str, Scalar]] = {}
        for (each, record, field), (_, _, value) in self.fields.items():
            if each == kind:
                found.setdefault(record, {})[field] = value
        return found

    def recall(self, name: str) -> bool:
        """Bring back from the shelf what is about a name, and about what that leads to."""
        return self._bring([name], self.shelf.values())

    def _bring(self, names: Iterable[str], shelf: Iterable[Said]) -> bool:
        about_it: dict[str, list[Said]] = {}
        for each in shelf:
            for name in speaks_of(each):
                about_it.setdefault(name, []).append(each)
        waiting, seen = [*names], set[str]()
        before = len(self.heard)
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                for each in about_it.get(name, ()):
                    self.heard[each.id] = each
                    waiting += speaks_of(each)
        return len(self.heard) > before

    def history(self, before: tuple[int, str], count: int, kind: str | None = None) -> Sequence[Said]:
        rested = (each for each in self.shelf.values() if kind in {None, each.kind})
        found = sorted(rested, key=lambda each: (each.at, each.id), reverse=True)
        return [each for each in found if (each.at, each.id) < before][:count]

    def put_away(self) -> None:
        """All documents are put to rest: what is over is at hand no more."""
        kinds = {kind for kind, _, _ in self.fields}
        records = {f"{kind}/{name}": fields for kind in kinds for name, fields in self.records(kind).items()}
        said = [*self.heard.values()]
        names, self._past = unfinished(said, records, self.people(), self.now(), self._past)
        names = belonging(said, names)
        self.shelf.update(self.heard)
        self.heard = {each.id: each for each in self.shelf.values() if each.id in names}

    def past(self) -> bytes:
        return self._past

    def new_id(self) -> str:
        self._written += 1
        return hashlib.sha256(f"{self.owner.devices} {self._written}".encode()).hexdigest()[:26]

    def notes(self) -> Mapping[str, bytes]:
        return self.noted

    async def note(self, name: str, value: bytes | None) -> None:
        self.noted.pop(name, None)
        if value is not None:
            self.noted[name] = value

    def private_records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        return self.own.get(kind, {})

    async def write_private(self, *edits: SetFields | SetText) -> None:
        for edit in edits:
            fields = {edit.field: edit.text} if isinstance(edit, SetText) else edit.fields
            self.own.setdefault(edit.kind, {}).setdefault(edit.id, {}).update(fields)

    async def write(self, *edits: Edit, at: int | None = None) -> tuple[StatementId, ...]:
        """All or none, and no more than one change of a real document holds; without `at`, said at this moment."""
        made: list[StatementId] = []
        before = self.steps.before(edits)
        at = self.now() if at is None else at
        assert at <= self.now(), "nothing is said at a time that has not come"
        says = [
            self._words(edit.kind, edit.subject, edit.body, edit.answers, at) for edit in edits if isinstance(edit, Say)
        ]
        if sum(len(statement.encode(each)) + KEY_BYTES for each in says) > limits.CHANGE_BYTES_MAX:
            raise InvalidInput("This is too much to write at once; write it in smaller parts.")
        for edit in edits:
            if isinstance(edit, Say):
                said = say(self.owner, says[len(made)])
                self.hear(said)
                made.append(said.id)
            else:
                fields = {edit.field: edit.text} if isinstance(edit, SetText) else edit.fields
                for field, value in fields.items():
                    key = (edit.kind, edit.id, field)
                    stamp = self.fields[key][0] + 1 if key in self.fields else 0
                    self.fields[key] = (stamp, self.owner.devices[0], value)
        if says:
            self.floor.said(at)
        self.steps.wrote(edits, made, before)
        return tuple(made)

    def say(
        self, kind: str, subject: str = "", body: Mapping[str, Any] | None = None, answers: Iterable[StatementId] = ()
    ) -> Said:
        """Say anything at all, as altered software would."""
        at = self.now()
        said = say(self.owner, self._words(kind, subject, body or {}, answers, at))
        self.hear(said)
        self.floor.said(at)
        return said

    def _words(
        self, kind: str, subject: str, body: Mapping[str, Any], answers: Iterable[StatementId], at: int
    ) -> Statement:
        self._written += 1
        return Statement(
            kind=kind,
            subject=subject,
            body=msgspec.to_builtins(body),
            at=at,
            answers=tuple(answers),
            nonce=self._written.to_bytes(8, "big"),
        )

    def hear(self, *said: Said) -> None:
        self.heard.update((each.id, each) for each in said)
        if self.shelf:  # news brings to hand all of core that it has to do with
            names = [name for each in said for name in speaks_of(each)]
            self._bring(names, [each for each in self.shelf.values() if each.kind.startswith(IN_CORE)])

    def learn_records(self, other: "PlainLedger") -> None:
        for key, value in other.fields.items():
            known = self.fields.get(key)
            if known is None or known[:2] < value[:2]:
                self.fields[key] = value


class Household:
    """Everyone in one space, each with a ledger of their own; who is in it, and what was removed, is known to all.

    `ledgers` are the devices that take part. `gone` are those that do no more: of people who have left, and removed
    ones. They know nothing of that and may say anything still, as altered software would; it may be heard of later.
    """

    def __init__(self, *names: str) -> None:
        everyone = [person(name) for name in names]
        self.people = {each.id: each for each in everyone}
        self.ledgers: list[PlainLedger] = []
        self.gone: list[PlainLedger] = []
        self.cuts: dict[DeviceId, frozenset[StatementId]] = {}  # by removed device: what its remover had heard of it
        for each in everyone:
            self.join(PlainLedger(each, self.people))

    def join(self, ledger: PlainLedger) -> None:
        self.ledgers.append(ledger)
        ledger.near = self.ledgers

    def named(self, name: str) -> PlainLedger:
        return next(each for each in (*self.ledgers, *self.gone) if each.owner.name == name)

    def present(self) -> list[PersonId]:
        """Everyone who has not left."""
        return [each.id for each in self.people.values() if not each.left]

    def second_device(self, name: str) -> PlainLedger:
        """Another device of the same person, as yet out of touch."""
        owner = self.named(name).owner
        number = len(self.ledgers) + len(self.gone)
        device = ids.device_id(hashlib.sha256(f"{name} again {number}".encode()).digest()[:16])
        ledger = PlainLedger(msgspec.structs.replace(owner, devices=(device,)), self.people)
        self.join(ledger)
        return ledger

    def everything(self) -> list[Said]:
        """All that was ever said, as whoever has heard of each removal reads it."""
        heard = {said.id: said for ledger in (*self.ledgers, *self.gone) for said in ledger.heard.values()}
        return [self._judged(said) for said in heard.values()]

    def sync(self) -> None:
        """Everyone who takes part hears everything."""
        said = self.everything()
        for ledger in self.ledgers:
            ledger.hear(*said)
            for other in self.ledgers:
                ledger.learn_records(other)

    def leave(self, name: str) -> None:
        """Someone leaves for good, and none of their devices takes part any more."""
        gone = self.named(name)
        self.people[gone.me] = msgspec.structs.replace(self.people[gone.me], left=True, left_at=gone.now())
        for ledger in [each for each in self.ledgers if each.me == gone.me]:
            self.part(ledger)

    def remove(self, ledger: PlainLedger, by: PlainLedger) -> None:
        """A person removes a device of theirs on another; what that one had not heard of it is beyond the cut."""
        assert ledger.me == by.me
        self.cuts[ledger.device] = frozenset(said.id for said in by.heard.values() if said.device == ledger.device)
        self.part(ledger)
        for each in self.ledgers:
            for known in (each.heard, each.shelf):
                known.update((said.id, self._judged(said)) for said in known.values())

    def part(self, ledger: PlainLedger) -> None:
        """A device takes part no more."""
        self.ledgers.remove(ledger)
        self.gone.append(ledger)

    def _judged(self, said: Said) -> Said:
        """A statement, as it counts by all removals."""
        cut = self.cuts.get(said.device)
        return said if cut is None else msgspec.structs.replace(said, beyond_cut=said.id not in cut)


async def granted(
    home: Household,
    proposer: PlainLedger,
    other: PlainLedger,
    *,
    starts: int | None = None,
    until: int | None = None,
) -> Consent:
    """A consent that one proposed and the other granted, and everyone heard of."""
    consent = await proposer.consents.propose(
        "Evenings apart", ["a call", "a photo"], ["faces"], ["us two"], starts=starts, until=until
    )
    home.sync()
    await other.consents.grant(consent.id)
    home.sync()
    return other.consents.get(consent.id)
