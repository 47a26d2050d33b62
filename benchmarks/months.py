"""Ordinary months of two people, as the domain's own acting classes write them: what the long question of folds asks.

Each month has its daily tasks and a ritual, check-ins, some moments, sessions and checklists, a few pauses,
consents and agreements offered, granted, changed, ended or withdrawn, and every other month a slip-up and its repair.
What has stood for a year ends, so about as much stands after ten years as after one, and what grows is the past.
The two take turns as life has it, and now and then each opens the app anew. It knows no store.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar

from benchmarks.past import Past
from collar_sync.core.edits import Edit, Scalar, SetFields, SetText
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.agreements import Agreements, Reflection
from collar_sync.domain.checkin import CheckIns
from collar_sync.domain.checklists import Checklists
from collar_sync.domain.consents import Consents
from collar_sync.domain.limit import Limits
from collar_sync.domain.moment import Moments
from collar_sync.domain.pauses import Pauses
from collar_sync.domain.repair_writing import RepairWriting, commitment
from collar_sync.domain.sessions import Sessions
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.domain.slips import Slips
from collar_sync.domain.task import Task
from collar_sync.domain.tasks import Tasks
from collar_sync.ids import DeviceId, PersonId, StatementId

MINUTE: Final = 60_000
DAY: Final = 24 * 60 * MINUTE
DAYS_A_MONTH: Final = 30
_MONTHS_A_YEAR: Final = 12
_PAUSED: Final = 2  # of three months, the one whose consent is on pause for a year
_TASKS_A_DAY: Final = 3

T = TypeVar("T")
Act = Callable[[], Coroutine[Any, Any, object]]


class PastLedger:
    """A ledger of one of the two, over what both have written so far; private records stay in memory."""

    def __init__(self, past: Past, who: int) -> None:
        self._past = past
        self._who = who
        self._private: dict[str, dict[str, dict[str, Scalar]]] = {}
        self._ids = 0
        self.clock = past.household.founded_at

    @property
    def me(self) -> PersonId:
        """Who writes."""
        return self._past.person(self._who)

    @property
    def device(self) -> DeviceId:
        """On which device."""
        return self._past.household.members[self._who].keys.device

    def now(self) -> int:
        """Give the time of this moment of the past."""
        return self.clock

    def zone(self) -> str:
        """Give the zone in which both live."""
        return "Europe/Berlin"

    def people(self) -> Mapping[PersonId, Person]:
        """Everyone in the space."""
        return self._past.space.people()

    def statements(self, prefix: str) -> Sequence[Said]:
        """Everything at hand whose kind starts so."""
        return tuple(self._past.space.statements(prefix))

    def records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        """The records of a kind at hand."""
        return self._past.space.library.records(f"{kind}/")

    def recall(self, name: str) -> bool:
        """Bring to hand what rests about a name."""
        return self._past.space.recall(name)

    def history(self, before: tuple[int, str], count: int, kind: str | None = None) -> Sequence[Said]:
        """What rests, the last said first."""
        return tuple(self._past.space.history(before, count, kind))

    def past(self) -> bytes:
        """What is remembered of what is not at hand."""
        return self._past.space.past

    def new_id(self) -> str:
        """Return an id that was not given before."""
        self._ids += 1
        return f"{self._who}{self.clock:014d}{self._ids:011d}"

    def private_records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        """The private records of a kind."""
        return self._private.get(kind, {})

    async def write_private(self, *edits: SetFields | SetText) -> None:
        """Keep private records."""
        for edit in edits:
            fields = {edit.field: edit.text} if isinstance(edit, SetText) else edit.fields
            self._private.setdefault(edit.kind, {}).setdefault(edit.id, {}).update(fields)

    async def write(self, *edits: Edit, at: int) -> tuple[StatementId, ...]:  # noqa: ARG002  # made up, minute by minute
        """One act, a minute after the one before."""
        self.clock += MINUTE
        return tuple(self._past.write(self._who, edits, self.clock))


class Partner:
    """One of the two, with every acting class of the domain."""

    def __init__(self, past: Past, who: int) -> None:
        self.ledger = PastLedger(past, who)
        self.me = self.ledger.me
        self.tasks = Tasks(self.ledger)
        self.consents = Consents(self.ledger)
        self.pauses = Pauses(self.ledger)
        self.limits = Limits(self.ledger)
        self.agreements = Agreements(self.ledger)
        self.checklists = Checklists(self.ledger)
        self.sessions = Sessions(self.ledger)
        self.check_ins = CheckIns(self.ledger)
        self.moments = Moments(self.ledger)
        self.slips = Slips(self.ledger)
        self.repairs = RepairWriting(self.ledger)


def run(act: Coroutine[Any, Any, T]) -> T:
    """Return the result of an act, which never really waits."""
    try:
        act.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("a past never waits")


class Months:
    """The life of so many months."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._pair = (Partner(past, 0), Partner(past, 1))
        self._ritual: Task | None = None
        self._in_a_year: dict[int, list[Act]] = {}  # by month: what ends a year later

    def live(self, month: int) -> None:
        """One month, numbered from 0."""
        for day in range(month * DAYS_A_MONTH, (month + 1) * DAYS_A_MONTH):
            for each in self._pair:
                each.ledger.clock = self._past.household.founded_at + day * DAY
            if day % 7 == 0:
                self._past.reopen(0)
                self._past.reopen(1)
            self._day(day)
            self._small_things(day)
        self._agree(month)
        if month % 2:
            self._repair()

    def _day(self, day: int) -> None:
        first, second = self._pair if day % 2 else reversed(self._pair)
        asked = [run(first.tasks.ask(f"Photo of the day {day}", of=second.me, due=self._due(first, 18)))]
        asked += [run(first.tasks.ask(f"Call before ten, {day}.{n}", of=second.me)) for n in range(_TASKS_A_DAY - 1)]
        for number, task in enumerate(asked):
            self._at_evening(second)
            if (day + number) % 50 == 0:
                run(second.tasks.decline(task.id))
            elif (day + number) % 200 == 1:  # one in a while waits for a year
                self._in_a_year.setdefault(day // DAYS_A_MONTH, []).append(partial(second.tasks.decline, task.id))
            else:
                run(second.tasks.accept(task.id))
                run(second.tasks.done(task.id))
        if self._ritual is None or day % 90 == 0:
            self._ritual = run(self._pair[1].tasks.promise("Kneel and breathe", repeat="FREQ=DAILY;COUNT=90"))
        self._at_evening(self._pair[1])
        run(self._pair[1].tasks.done(self._ritual.id))
        if day % 10 == 0:
            run(first.pauses.pause())
            run(first.pauses.lift())

    def _small_things(self, day: int) -> None:
        first, second = self._pair
        self._at_evening(second)
        if day % 2:
            run(second.check_ins.share(run(second.check_ins.write("steady", "an early night")).id))
        if day % 10 == 3:
            run(first.moments.share("Thank you for the tea"))
            listed = run(first.checklists.begin("scene", ["water", "a word to stop"], people=[first.me, second.me]))
            run(second.checklists.tick(listed.id, "water", "a word to stop"))
            run(first.checklists.tick(listed.id, "water", "a word to stop"))
            run(first.checklists.end(listed.id))
        if day % 10 == 7:
            begun = run(second.sessions.begin("journaling", 30))
            run(first.sessions.join(begun.id))
            run(first.sessions.end(begun.id))

    def _repair(self) -> None:
        """One slip-up, all the way to the review."""
        first, second = self._pair
        draft = run(first.slips.write("You waited for a call that did not come", SlipKind.PROMISE_MISSED))
        slip = run(first.slips.share(draft.id, [first.me, second.me])).id
        run(second.repairs.begin(slip))
        view = run(first.repairs.propose_talk(slip, first.ledger.now() + 60 * MINUTE))
        run(second.repairs.sign(slip, view.talk.current[0].id))
        self._ready(slip)
        for each in self._pair:
            run(each.repairs.write_part(slip, facts="f", impact="i", meaning="m", request="r"))
            run(each.repairs.share_part(slip))
        view = run(first.repairs.propose_facts(slip, "The call did not come on Sunday."))
        run(second.repairs.sign(slip, view.facts.current[0].id))
        self._ready(slip)
        words = dict.fromkeys(("regret", "ownership", "impact", "change", "question"), "words")
        run(first.repairs.write_apology(slip, **words))
        run(first.repairs.offer_apology(slip))
        promise = commitment("Ten minutes to check in", first.me, repeat="FREQ=DAILY;COUNT=14")
        view = run(first.repairs.propose_plan(slip, changes=["an alarm"], commitments=[promise]))
        run(second.repairs.sign(slip, view.plan.current[0].id))
        self._ready(slip)
        view = run(first.repairs.propose_weekly(slip, 6, "18:00", "18:30", "Europe/Berlin"))
        run(second.repairs.sign(slip, view.weekly.current[0].id))
        for each in self._pair:
            run(each.repairs.say(slip, changed="It is quiet again"))
            run(each.repairs.close(slip))

    def _ready(self, slip: str) -> None:
        for each in self._pair:
            self._at_evening(each)
            run(each.repairs.ready(slip))

    def _agree(self, month: int) -> None:
        first, second = self._pair
        both = [first.me, second.me]
        soon = first.ledger.now() + 14 * DAY
        offered = run(
            first.consents.propose(f"Photos in month {month}", ["one photo a day"], ["faces"], until=soon, parties=both)
        )
        self._at_evening(second)
        run(second.consents.grant(offered.id))
        standing = run(second.consents.propose(f"Evenings of month {month}", ["a call", "a ritual"], parties=both))
        self._at_evening(first)
        run(first.consents.grant(standing.id))
        changed = run(first.consents.propose(f"Evenings of month {month}", ["a call"], supersedes=standing.id))
        run(second.consents.grant(changed.id))
        ends: Sequence[Callable[[str], Coroutine[Any, Any, object]]] = (
            second.consents.revoke,
            second.consents.decline,
            second.consents.pause,
        )
        if month % 12:  # one a year stays
            run(ends[month % 3](changed.id))
        if month % 12 == 0 or month % 3 == _PAUSED:
            self._in_a_year.setdefault(month, []).append(partial(second.consents.revoke, changed.id))
        calm = Reflection(need="To sleep", free_to_refuse=True, source="clarity")
        tracked = run(first.agreements.propose("tracking", ["lights out at eleven"], calm, parties=both))
        run(second.agreements.grant(tracked.id))
        ritual = run(second.agreements.propose("ritual", [f"a walk, {month}"], calm, parties=both))
        run(first.agreements.grant(ritual.id))
        ended: Act = partial(first.agreements.revoke, ritual.id)
        limit = run(second.limits.set(f"Nothing on video, {month}"))
        loosened: Act = partial(second.limits.loosen, limit.id)
        for act, stays in ((ended, month % 6 == 0), (loosened, month % 4 == 0)):
            if stays:
                self._in_a_year.setdefault(month, []).append(act)
            else:
                run(act())
        for act in self._in_a_year.pop(month - _MONTHS_A_YEAR, ()):
            run(act())

    def _at_evening(self, person: Partner) -> None:
        """Both clocks go on together."""
        person.ledger.clock = max(each.ledger.clock for each in self._pair)

    @staticmethod
    def _due(person: Partner, hour: int) -> str:
        return f"{datetime.fromtimestamp(person.ledger.now() / 1000, UTC).date().isoformat()}T{hour}:00"
