"""The Task rule as a pure fold: one asks, the assignee answers, and only the assignee says done.

Who asked whom is a statement, so its author is verified; the words (title, details, due, zone, repeat) are a record
that both may edit. A decline stands until an acceptance names it; a done stands until an undo names it. A missed
occurrence is a gentle fact: nothing is counted and nothing is lost. In Pause a task is neither due nor missed.
Statements that are not the assignee's to make are passed over, with a reason.
"""

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Scalar
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import schedule
from collar_sync.domain.pause import Rest
from collar_sync.domain.reading import NOT_PLAIN, UNKNOWN_AUTHOR, UNKNOWN_KIND, Problem, ordered, problem, unique
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "task."
RECORD: Final = "task"
ASK: Final = "task.ask"
PROMISE: Final = "task.promise"
ACCEPT: Final = "task.accept"
DECLINE: Final = "task.decline"
DONE: Final = "task.done"
UNDO: Final = "task.undo"

Kind = Literal["task", "ritual", "micro-commitment", "protocol"]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.TITLE_CHARACTERS_MAX)]


class AskBody(msgspec.Struct, frozen=True, rename={"for_person": "for"}):
    """What an ask says: for whom, its title then, and its kind."""

    for_person: PersonId
    title: Title
    kind: Kind = "task"


class PromiseBody(msgspec.Struct, frozen=True):
    """What a promise says: its title then, and its kind. It is for its own author."""

    title: Title
    kind: Kind = "task"


class DoneBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which occurrence was done, by its day or wall time; None where there is only one."""

    occurrence: str | None = None


class TaskState(enum.StrEnum):
    """Where a task stands."""

    ASKED = "asked"  # waits for the assignee's answer
    ACCEPTED = "accepted"
    DECLINED = "declined"
    OPEN = "open"  # promised unasked, not yet kept
    DONE = "done"


class Timing(enum.StrEnum):
    """What the clock makes of a task, for showing."""

    NOT_DUE = "not due"
    DUE = "due"  # its local day is here
    MISSED = "missed"  # its local day is over: a gentle fact
    RESTING = "resting"  # the space is or was paused then: neither due nor missed


class Done(msgspec.Struct, frozen=True):
    """One standing done: which occurrence, and when by the assignee's clock, for showing."""

    id: StatementId
    occurrence: str | None
    at: int


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One task. `id` is the statement that asked or promised it, `record` where its words are kept.

    `title` reads as edited last, `asked_title` as it was asked. `due` is wall time in `zone`; without a zone, in the
    reader's. `repeat` is an RRULE; a task that repeats never reads done as a whole, each day has its own.
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
    due: str | None
    zone: str | None
    repeat: str | None
    state: TaskState
    accepted_at: int | None
    declined_at: int | None
    dones: tuple[Done, ...]
    space_paused: bool
    rests: tuple[Rest, ...]

    @property
    def done_at(self) -> int | None:
        """When it was last said to be done, by the assignee's clock."""
        return self.dones[-1].at if self.dones else None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be answered or done."""
        return self.state in {TaskState.ASKED, TaskState.ACCEPTED, TaskState.OPEN}

    def done_on(self, day: str) -> bool:
        """Whether an occurrence of that day ("2026-05-01") was said to be done."""
        return any(each.occurrence is not None and each.occurrence[:10] == day for each in self.dones)

    def today(self, now: int, zone: str = "UTC") -> str:
        """Return the day it is for the assignee; `zone` is the reader's, for a task that names none."""
        return schedule.local(now, self._where(zone)).date().isoformat()

    def next_day(self, now: int, zone: str = "UTC") -> str | None:
        """Return the first day from today on which this recurs and is not done; None without a simple rule."""
        rule = None if self.repeat is None else schedule.simple(self.repeat)
        if rule is None:
            return None
        start = self._start(zone)
        day: date | None = schedule.local(now, self._where(zone)).date()
        for _ in range(len(self.dones) + 1):
            day = None if day is None else schedule.next_day(rule, start, day)
            if day is None or not self.done_on(day.isoformat()):
                break
            day += timedelta(days=1)
        return None if day is None else day.isoformat()

    def timing(self, now: int, zone: str = "UTC") -> Timing:
        """Return what the clock makes of it at `now`; `zone` is the reader's, for a task that names none.

        Nothing that was not accepted or promised is ever due. A one-off is missed only once its local day is over, and
        not where a pause covered its time. A repeating task is due on its days; of days gone by nothing is said here.
        """
        if self.state not in {TaskState.ACCEPTED, TaskState.OPEN}:
            return Timing.NOT_DUE
        today = schedule.local(now, self._where(zone)).date()
        if self.repeat is not None:
            if self.next_day(now, zone) != today.isoformat():
                return Timing.NOT_DUE
            return Timing.RESTING if self.space_paused else Timing.DUE
        due = None if self.due is None else schedule.wall_time(self.due)
        if due is None or due.date() > today:
            return Timing.NOT_DUE
        moment = schedule.instant(due, self._where(zone))
        if self.space_paused or (moment <= now and any(rest.covers(moment) for rest in self.rests)):
            return Timing.RESTING
        return Timing.DUE if due.date() == today else Timing.MISSED

    def visible_to(self, person: PersonId) -> bool:
        """Whether to show this to them: in Pause, an ask that waits for their answer waits unseen."""
        return not (self.space_paused and self.state is TaskState.ASKED and person == self.for_person != self.asked_by)

    def _where(self, zone: str) -> ZoneInfo:
        return (schedule.zone(self.zone) if self.zone else None) or schedule.zone(zone) or ZoneInfo("UTC")

    def _start(self, zone: str) -> date:
        due = None if self.due is None else schedule.wall_time(self.due)
        return (schedule.local(self.asked_at, self._where(zone)) if due is None else due).date()


class TaskBook(msgspec.Struct, frozen=True):
    """The statements about tasks that count: who asked, and each task's acts by kind."""

    asks: dict[StatementId, tuple[Said, AskBody]]
    acts: dict[StatementId, list[Said]]
    problems: list[Problem]


def fold(
    statements: Iterable[Said],
    records: Mapping[str, Mapping[str, Scalar]],
    people: Mapping[PersonId, Person],
    *,
    rests: Sequence[Rest] = (),
) -> dict[StatementId, Task]:
    """Every task by its id, the earliest asked (by its author's clock) first; `rests` as the pause fold gives them."""
    book = read(statements, people)
    rests = tuple(rests)
    paused = any(rest.end is None for rest in rests)
    found = [
        _view(said, body, book.acts.get(identifier, ()), records.get(said.subject, {}), rests=rests, paused=paused)
        for identifier, (said, body) in book.asks.items()
    ]
    found.sort(key=lambda each: (each.asked_at, each.id))
    return {each.id: each for each in found}


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the task statements that do not count, and why."""
    return ordered(read(statements, people).problems)


def standing_declines(
    statements: Iterable[Said], people: Mapping[PersonId, Person], identifier: StatementId
) -> list[StatementId]:
    """Return the declines of that task that no acceptance names yet."""
    about = (said for said in statements if identifier in (said.id, said.subject))
    _, declined, _ = _standing(read(about, people).acts.get(identifier, []))
    return [said.id for said in declined]


def read(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> TaskBook:
    """Index the task statements among these by task, and pass over others. Never raises, whatever a body holds."""
    asks: dict[StatementId, tuple[Said, AskBody]] = {}
    acts: dict[StatementId, list[Said]] = defaultdict(list)
    problems: list[Problem] = []
    other: list[Said] = []
    for said in unique(statements):
        if not said.kind.startswith(PREFIX):
            continue
        if said.author not in people:
            problems.append(problem(said, UNKNOWN_AUTHOR))
        elif said.kind in {ASK, PROMISE}:
            body = _asked(said)
            if body is None or body.for_person not in people:
                problems.append(problem(said, "It asks nobody here, or not in a form that this version can show."))
            else:
                asks[said.id] = (said, body)
        else:
            other.append(said)
    for said in other:
        ask = asks.get(StatementId(said.subject))
        reason = _objection(said, ask)
        if reason is None:
            acts[StatementId(said.subject)].append(said)
        else:
            problems.append(problem(said, reason))
    for own in acts.values():
        problems += _answers_amiss(own)
    return TaskBook(asks=asks, acts=acts, problems=problems)


Body = TypeVar("Body", bound=msgspec.Struct)


def _parse(body: Mapping[str, Any], form: type[Body]) -> Body | None:
    try:
        return msgspec.convert(dict(body), form)
    except (msgspec.ValidationError, ValueError, TypeError, RecursionError):
        return None


def _asked(said: Said) -> AskBody | None:
    if said.kind == ASK:
        body = _parse(said.body, AskBody)
    else:
        promise = _parse(said.body, PromiseBody)
        body = None if promise is None else AskBody(for_person=said.author, title=promise.title, kind=promise.kind)
    return body if body is not None and body.title.strip() else None


def _occurrence(said: Said) -> str | None:
    body = _parse(said.body, DoneBody)
    return None if body is None else body.occurrence


def _objection(said: Said, ask: tuple[Said, AskBody] | None) -> str | None:
    """Why an act does not count, or None. A decline counts whatever else it holds."""
    if said.kind not in {ACCEPT, DECLINE, DONE, UNDO}:
        return UNKNOWN_KIND
    if ask is None:
        return "It is about a task that is not here."
    if said.author != ask[1].for_person:
        return "Only the person a task is for answers it, says it is done, or takes that back."
    if said.kind in {ACCEPT, UNDO} and said.body:
        return NOT_PLAIN
    if said.kind == DONE:
        body = _parse(said.body, DoneBody)
        if body is None or (body.occurrence is not None and schedule.day_of(body.occurrence) is None):
            return "It does not say which occurrence was done in a form that this version knows."
    return None


def _answers_amiss(acts: Sequence[Said]) -> Iterable[Problem]:
    """Return what a task's acceptances and undos name but cannot answer; the rest of their answers count."""
    kinds = {said.id: said.kind for said in acts}
    for said in acts:
        if said.kind == UNDO and not said.answers:
            yield problem(said, "It names nothing to take back.")
        if said.kind == UNDO and any(kinds.get(answer, DONE) != DONE for answer in said.answers):
            yield problem(said, "It takes back what is no done; a decline is answered by an acceptance.")


def _view(
    said: Said,
    body: AskBody,
    acts: Sequence[Said],
    words: Mapping[str, Scalar],
    *,
    rests: tuple[Rest, ...],
    paused: bool,
) -> Task:
    accepted, declined, dones = _standing(acts)
    repeat = _repeat(words)
    promised = said.kind == PROMISE
    if declined:
        state = TaskState.DECLINED
    elif dones and repeat is None:
        state = TaskState.DONE
    elif promised:
        state = TaskState.OPEN
    else:
        state = TaskState.ACCEPTED if accepted or dones else TaskState.ASKED
    title = words.get("title")
    details = words.get("details")
    due = words.get("due")
    zone = words.get("zone")
    return Task(
        id=said.id,
        record=said.subject,
        title=title if isinstance(title, str) and 0 < len(title.strip()) <= limits.TITLE_CHARACTERS_MAX else body.title,
        asked_title=body.title,
        details=details if isinstance(details, str) else "",
        for_person=body.for_person,
        asked_by=said.author,
        asked_at=said.at,
        promised=promised,
        kind=body.kind,
        due=due if isinstance(due, str) and schedule.wall_time(due) is not None else None,
        zone=zone if isinstance(zone, str) and schedule.zone(zone) is not None else None,
        repeat=repeat,
        state=state,
        accepted_at=max((each.at for each in accepted), default=None),
        declined_at=max((each.at for each in declined), default=None),
        dones=tuple(sorted(dones, key=lambda each: (each.at, each.id))),
        space_paused=paused,
        rests=rests,
    )


def _standing(acts: Sequence[Said]) -> tuple[list[Said], list[Said], list[Done]]:
    """Return the acceptances, the declines that none of them names, and the dones that no undo names."""
    if not acts:
        return [], [], []
    accepted = [said for said in acts if said.kind == ACCEPT]
    answered = {answer for said in accepted for answer in said.answers}
    declined = [said for said in acts if said.kind == DECLINE and said.id not in answered]
    undone = {answer for said in acts if said.kind == UNDO for answer in said.answers}
    dones = [
        Done(id=said.id, occurrence=_occurrence(said), at=said.at)
        for said in acts
        if said.kind == DONE and said.id not in undone
    ]
    return accepted, declined, dones


def _repeat(words: Mapping[str, Scalar]) -> str | None:
    repeat = words.get("repeat")
    return repeat if isinstance(repeat, str) and schedule.repeats(repeat) else None
