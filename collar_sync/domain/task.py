"""One task as it reads: where it stands, what a yes to it is to, and what a clock makes of it.

A yes is to exactly the title and the times that it names: where they read otherwise now, the task reads as asked again,
and is not due, until the assignee says yes to them or they are put back. A missed occurrence is a gentle fact: nothing
is counted and nothing is lost. In Pause a task is neither due nor missed. It knows no statement: `task_fold` makes it.
"""

import enum
from collections.abc import Container, Iterable
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from collar_sync.core.people import Person
from collar_sync.domain import pause, schedule
from collar_sync.domain.pause import Rest
from collar_sync.domain.reading import id_of
from collar_sync.domain.table import Rule, always, read
from collar_sync.domain.task_book import Done, Kind, Terms
from collar_sync.ids import PersonId, StatementId


class TaskState(enum.StrEnum):
    """Where a task stands."""

    ASKED = "asked"  # waits for the assignee's answer to the words as they are now
    ACCEPTED = "accepted"
    DECLINED = "declined"
    OPEN = "open"  # promised unasked, not yet kept
    DONE = "done"


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What decides where a task stands."""

    declined: bool = False
    done: bool = False  # no day of it was named, or the one that it has
    repeats: bool = False
    promised: bool = False
    agreed: bool = False  # a standing yes of the assignee is to exactly the words as they are now


TABLE: Final[tuple[Rule[Facts, TaskState], ...]] = (
    Rule("a decline stands", lambda facts: facts.declined, TaskState.DECLINED),
    Rule("a done stands, and it does not repeat", lambda facts: facts.done and not facts.repeats, TaskState.DONE),
    Rule("it was promised unasked, as it is now", lambda facts: facts.promised and facts.agreed, TaskState.OPEN),
    Rule("the assignee accepted it as it is now", lambda facts: facts.agreed, TaskState.ACCEPTED),
    Rule("nothing was said yet, or it was changed since", always, TaskState.ASKED),
)


def stands(facts: Facts) -> TaskState:
    """Return where a task of these facts stands."""
    return read(TABLE, facts)


class Timing(enum.StrEnum):
    """What the clock makes of a task, for showing."""

    NOT_DUE = "not due"
    DUE = "due"  # its local day is here
    MISSED = "missed"  # its local day is over: a gentle fact
    RESTING = "resting"  # the space is or was paused then: neither due nor missed


class Task(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One task. `id` is the statement that asked or promised it, `record` where its words are kept.

    `title` reads as edited last, `asked_title` as it was asked. `due` is wall time in `zone`; without a zone, in the
    reader's. `repeat` is an RRULE; a task that repeats never reads done as a whole, each day has its own. `serves` is
    the repair or agreement that it was asked or promised for; where two devices of one person promised it, `also` are
    its other ids. `agreed` is what the assignee said yes to last, by their clock, `yes_at` since when their yes has
    been to the times of that; `agreed_at` to these, None where no yes is to the task as it is now.
    """

    id: StatementId
    record: str
    title: str
    asked_title: str
    details: str
    for_person: PersonId
    asked_by: PersonId
    asked_at: int
    promised: bool
    kind: Kind
    serves: StatementId | None
    also: tuple[StatementId, ...]
    due: str | None
    zone: str | None
    repeat: str | None
    state: TaskState
    accepted_at: int | None
    agreed: Terms | None
    yes_at: int | None
    agreed_at: int | None
    declined_at: int | None
    dones: tuple[Done, ...]
    space_paused: bool
    rests: tuple[Rest, ...]

    @property
    def names(self) -> tuple[StatementId, ...]:
        """Every id that it may be called by."""
        return (self.id, *self.also)

    @property
    def done_at(self) -> int | None:
        """When it was last said to be done, by the assignee's clock."""
        return self.dones[-1].at if self.dones else None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be answered or done."""
        return self.state in {TaskState.ASKED, TaskState.ACCEPTED, TaskState.OPEN}

    @property
    def terms(self) -> Terms:
        """What a yes to it now would be to."""
        return Terms(title=self.title, due=self.due, zone=self.zone, repeat=self.repeat)

    @property
    def changed(self) -> bool:
        """Whether it waits for an answer because it was changed since the assignee's yes to `agreed`.

        Rule (Task): a yes is to the words that it names, so nobody is bound by what another changed since.
        """
        return self.state is TaskState.ASKED and self.agreed is not None

    @property
    def unanswered(self) -> bool:
        """Whether it waits for its first answer: no yes of the assignee stands, nor anything that they did.

        Rule (Task): silence is no yes: nothing is due until the assignee accepts.
        """
        return self.state is TaskState.ASKED and self.agreed is None and not self.dones

    def as_agreed(self) -> "Task":
        """Return a task that was changed since the assignee's yes to `agreed`, done or not, as it was then.

        What they said no to reads as it was before: as they agreed to it, or else under the title it was asked by.
        """
        if self.state is TaskState.DECLINED:
            words = {"title": self.asked_title} if self.agreed is None else msgspec.structs.asdict(self.agreed)
            return msgspec.structs.replace(self, **words)
        if self.state not in {TaskState.ASKED, TaskState.DONE} or self.agreed is None or self.agreed_at is not None:
            return self
        then = self.agreed
        done = is_whole(self.dones, then.due)
        facts = Facts(done=done, repeats=then.repeat is not None, promised=self.promised, agreed=True)
        words, state = msgspec.structs.asdict(then), stands(facts)
        return msgspec.structs.replace(self, **words, state=state, agreed_at=self.yes_at)

    def read_by(self, person: Person | PersonId, aside: Container[str]) -> "Task":
        """Return this as they read it, who set these aside: as they agreed to it, while new words wait unseen."""
        waits = self.space_paused or self.asked_by in aside
        return self.as_agreed() if self.for_person == id_of(person) and waits else self

    def done_on(self, day: str) -> bool:
        """Whether an occurrence of that day ("2026-05-01") was said to be done.

        Rule (Task): done is said per occurrence, and only by the assignee.
        """
        return any(each.occurrence is not None and each.occurrence[:10] == day for each in self.dones)

    def today(self, now: int, zone: str = "UTC") -> str:
        """Return the day it is for the assignee; `zone` is the reader's, for a task that names none."""
        return schedule.local(now, self.where(zone)).date().isoformat()

    def next_day(self, now: int, zone: str = "UTC") -> str | None:
        """Return the first day from today on which this recurs and is not done; None where it does not.

        Rule (Task): days recur by RRULE (RFC 5545), in the assignee's IANA zone by zoneinfo and tzdata.
        """
        if self.repeat is None:
            return None
        start, where = self.start(zone), self.where(zone)
        day: date | None = schedule.local(now, where).date()
        for _ in range(len(self.dones) + 1):
            day = None if day is None else schedule.next_on(self.repeat, start, where, day)
            if day is None or not self.done_on(day.isoformat()):
                break
            day += timedelta(days=1)
        return None if day is None else day.isoformat()

    def timing(self, now: int, zone: str = "UTC") -> Timing:
        """Return what the clock makes of it at `now`; `zone` is the reader's, for a task that names none.

        Nothing that was not accepted or promised is ever due, nor on a day before that. A one-off is missed only once
        its local day is over. A repeating task is due on its days; of days gone by nothing is said here. What a pause
        covered rests, on that day and after it.

        Rule (Task): a missed occurrence is a gentle fact, without penalty; in Pause nothing is due or missed. Its days
        are those of its IANA zone, the assignee's.
        """
        if self.state not in {TaskState.ACCEPTED, TaskState.OPEN}:
            return Timing.NOT_DUE
        today = schedule.local(now, self.where(zone)).date()
        day = None if self.due is None else schedule.wall_time(self.due)
        due = None if day is None else day.date()
        if self.repeat is not None:
            due = today if self.next_day(now, zone) == today.isoformat() else None
        agreed = self.agreed_since(zone)
        if due is None or agreed is None or not agreed <= due <= today:
            return Timing.NOT_DUE
        if self.space_paused or self.rests_on(due, zone, now):
            return Timing.RESTING
        return Timing.DUE if due == today else Timing.MISSED

    def agreed_since(self, zone: str = "UTC") -> date | None:
        """Return the day since which the assignee's yes has been to these times; None where it is to others.

        Rule (Task): no day before the assignee's yes to these times is ever due or missed.
        """
        return None if self.agreed_at is None else schedule.local(self.agreed_at, self.where(zone)).date()

    def rests_on(self, day: date, zone: str, now: int) -> bool:
        """Whether a pause covered what was due that day: its time, or the end of its day.

        Where only a day is named, any of that day is enough. What was lifted by a clock far ahead is over, so of today
        it covers nothing.

        Rule (Pause): occurrences inside a pause are neither due nor missed, also after it was lifted.
        """
        where, rests = self.where(zone), self.rests
        if day.isoformat() >= self.today(now, zone):
            rests = tuple(each for each in rests if not each.is_far(now))
        due = None if self.due is None else schedule.wall_time(self.due)
        ends = schedule.instant(datetime.combine(day + timedelta(days=1), datetime.min.time()), where)
        if due is None:
            begins = schedule.instant(datetime.combine(day, datetime.min.time()), where)
            return pause.first_within(rests, begins, ends) is not None
        moment = schedule.instant(datetime.combine(day, due.time()), where)
        return any(pause.first_within(rests, each, each + 1) for each in (moment, ends - 1))

    def visible_to(self, person: Person | PersonId) -> bool:
        """Whether to show this to them: in Pause, an ask that waits for their answer waits unseen.

        Rule (Pause): new asks wait unseen while one stands; what was answered before stays in sight.
        """
        asked_of = id_of(person) == self.for_person != self.asked_by
        return not (self.space_paused and self.unanswered and asked_of)

    def where(self, zone: str) -> ZoneInfo:
        """Return the zone of its times; `zone` is the reader's, for a task that names none."""
        return (schedule.zone(self.zone) if self.zone else None) or schedule.zone(zone) or ZoneInfo("UTC")

    def start(self, zone: str) -> datetime:
        """Return the wall time from which it recurs: its due time, or the start of the day on which it was asked."""
        return _start(self.due, self.asked_at, self.where(zone))


def never(repeat: str, due: str | None, zone: str | None, asked_at: int) -> str | None:
    """Return why a task of these words would never recur, or None where it does; no reader's zone is asked."""
    where = (schedule.zone(zone) if zone else None) or schedule.UTC_ZONE
    return schedule.never(repeat, _start(due, asked_at, where), where)


def is_whole(dones: Iterable[Done], due: str | None) -> bool:
    """Whether one of these is of the whole of a task that does not repeat: it names no day, or the one that it has."""
    day = None if due is None else due[:10]
    return any(each.occurrence is None or each.occurrence[:10] == day for each in dones)


def _start(due: str | None, asked_at: int, where: ZoneInfo) -> datetime:
    found = None if due is None else schedule.wall_time(due)
    return found or datetime.combine(schedule.local(asked_at, where), datetime.min.time())
