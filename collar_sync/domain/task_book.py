"""Reading the statements about tasks: which count, each under its own task, indexed once.

Only the assignee answers a task, says it is done, or takes that back; a decline counts whatever else it holds, and from
a device that had been removed before it is all that counts. A yes says to which words and times it is, and names the
yeses before it. What one person promised under one record, on several devices that had not heard of each other, is one
task. What does not count is named with a reason. Knows not how a task reads now, no pause and no clock.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from collar_sync import limits
from collar_sync.core.letters import is_blank, misleads
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import schedule
from collar_sync.domain.reading import BEYOND_CUT, NOT_PLAIN, UNKNOWN_AUTHOR, UNKNOWN_KIND, Problem, problem, unique
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "task."
ASK: Final = "task.ask"
PROMISE: Final = "task.promise"
ACCEPT: Final = "task.accept"
DECLINE: Final = "task.decline"
DONE: Final = "task.done"
TAKE_BACK: Final = "task.take_back"
REWORD: Final = "task.reword"  # the assignee changed what they had said yes to, and says yes to it as it is now

Kind = Literal["task", "ritual", "micro-commitment", "protocol"]
Serves = Annotated[StatementId, msgspec.Meta(pattern="^statement_[0-9a-f]{1,100}$")] | None
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.TITLE_CHARACTERS_MAX)]


class Terms(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What a yes binds: the title, when it is due and how it repeats. The details are shared text, and bind nobody."""

    title: Title
    due: str | None = None
    zone: str | None = None
    repeat: str | None = None

    @property
    def when(self) -> tuple[str | None, str | None, str | None]:
        """Only its times."""
        return (self.due, self.zone, self.repeat)


class Yes(msgspec.Struct, frozen=True, gc=False):
    """One yes of the assignee: to exactly what, when by their clock, and what it takes the place of."""

    id: StatementId
    at: int
    terms: Terms
    answers: tuple[StatementId, ...]


class AskBody(msgspec.Struct, frozen=True, rename={"for_person": "for"}):
    """What an ask says: for whom, its title then, its kind, and the repair or agreement that it serves."""

    for_person: PersonId
    title: Title
    kind: Kind = "task"
    serves: Serves = None


class PromiseBody(msgspec.Struct, frozen=True):
    """What a promise says, as an ask does, and the times that it promises. It is for its own author."""

    title: Title
    kind: Kind = "task"
    serves: Serves = None
    due: str | None = None
    zone: str | None = None
    repeat: str | None = None


class Done(msgspec.Struct, frozen=True, gc=False):
    """One standing done: which occurrence, and when by the assignee's clock: of another, show the day."""

    id: StatementId
    occurrence: str | None
    at: int


@dataclasses.dataclass(slots=True)
class Entry:
    """One task's statements that count, by kind."""

    said: Said
    body: AskBody
    also: tuple[StatementId, ...] = ()  # the same promise, made on another device
    yeses: list[Yes] = dataclasses.field(default_factory=list)  # acceptances, own new words, and each promise of it
    accepts: list[Said] = dataclasses.field(default_factory=list)
    declines: list[Said] = dataclasses.field(default_factory=list)
    dones: list[Said] = dataclasses.field(default_factory=list)
    take_backs: list[Said] = dataclasses.field(default_factory=list)

    def standing_yeses(self) -> list[Yes]:
        """Return the yeses that no other names, those that the assignee means still; the last (by their clock) last."""
        if not self.yeses[1:]:
            return self.yeses
        named = {answer for yes in self.yeses for answer in yes.answers}
        return sorted((yes for yes in self.yeses if yes.id not in named), key=lambda each: (each.at, each.id))

    def agreed_at(self, terms: Terms) -> int | None:
        """Return since when, by their clock, the assignee's yes has been to these times; None where it is not."""
        if not self.yeses[1:]:  # as most have it
            return next((each.at for each in self.yeses if each.terms.when == terms.when), None)
        yeses = {each.id: each for each in self.yeses}
        found: dict[StatementId, int] = {}
        rest = [*self.standing_yeses()]
        while rest:
            yes = rest.pop()
            if yes.terms.when == terms.when and yes.id not in found:
                found[yes.id] = yes.at
                rest += [yeses[each] for each in yes.answers if each in yeses]
        return min(found.values(), default=None)

    def standing_declines(self) -> list[Said]:
        """Return the declines that no acceptance names."""
        if not self.declines:
            return []
        answered = {answer for said in self.accepts for answer in said.answers}
        return [said for said in self.declines if said.id not in answered]

    def standing_dones(self) -> tuple[Done, ...]:
        """Return the dones that nothing takes back, the last one (by the assignee's clock) last."""
        undone = {answer for said in self.take_backs for answer in said.answers} if self.take_backs else ()
        dones = [
            Done(id=said.id, occurrence=said.body.get("occurrence"), at=said.at)
            for said in self.dones
            if said.id not in undone
        ]
        if len(dones) > 1:
            dones.sort(key=lambda each: (each.at, each.id))
        return tuple(dones)


def read(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[dict[str, Entry], list[Problem]]:
    """Index the task statements among these by task, and pass over others. Never raises, whatever a body holds."""
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    acts: list[Said] = []
    for said in unique(statements):
        kind = said.kind
        if not kind.startswith(PREFIX):
            continue
        if said.author not in people:
            problems.append(problem(said, UNKNOWN_AUTHOR))
        elif kind in _ACTS:
            acts.append(said)
        elif said.beyond_cut:
            problems.append(problem(said, BEYOND_CUT))
        elif kind not in {ASK, PROMISE}:
            problems.append(problem(said, UNKNOWN_KIND))
        elif (begun := _asked(said)) is None or begun[0].for_person not in people:
            problems.append(problem(said, "It asks nobody here, or not in a form that this version can show."))
        else:
            body, terms = begun
            yeses = [] if terms is None else [Yes(said.id, said.at, terms, said.answers)]
            entries[said.id] = Entry(said=said, body=body, yeses=yeses)
    _enter(_made_once(entries), acts, problems)
    for entry in entries.values():
        if entry.take_backs:
            problems += _take_backs_amiss(entry)
    return entries, problems


def _made_once(entries: dict[str, Entry]) -> Mapping[str, Entry]:
    """Leave one entry of a person's promises under one record, that of the smallest id; return it under every id."""
    same: dict[tuple[PersonId, str], list[Entry]] = {}
    for entry in entries.values():
        if entry.said.kind == PROMISE and entry.said.subject:
            same.setdefault((entry.said.author, entry.said.subject), []).append(entry)
    same = {key: found for key, found in same.items() if len(found) > 1}
    if not same:
        return entries
    found = dict(entries)
    for first, *others in (sorted(each, key=lambda entry: entry.said.id) for each in same.values()):
        first.also = tuple(each.said.id for each in others)
        first.yeses += [yes for each in others for yes in each.yeses]
        for each in others:
            found[each.said.id] = first
            del entries[each.said.id]
    return found


def _enter(entries: Mapping[str, Entry], acts: Iterable[Said], problems: list[Problem]) -> None:
    for said in acts:
        entry = entries.get(said.subject)
        if entry is None:
            reason: str | None = "It is about a task that is not here."
        elif said.author != entry.body.for_person:
            reason = "Only the person a task is for answers it, says it is done, or takes that back."
        elif said.beyond_cut and said.kind != DECLINE:
            reason = BEYOND_CUT
        else:
            reason = _ACTS[said.kind](entry, said)
        if reason is not None:
            problems.append(problem(said, reason))


Body = TypeVar("Body", bound=msgspec.Struct)


def _parse(body: Mapping[str, Any], form: type[Body]) -> Body | None:
    try:
        return msgspec.convert(dict(body), form)
    except (msgspec.ValidationError, ValueError, TypeError, RecursionError):
        return None


def _asked(said: Said) -> tuple[AskBody, Terms | None] | None:
    """Return what this asks, and for a promise to what its author says yes with it; None where neither can be shown."""
    terms: Terms | None = None
    if said.kind == ASK:
        body = _parse(said.body, AskBody)
    else:
        promise = _parse(said.body, PromiseBody)
        terms = _known(Terms(promise.title, promise.due, promise.zone, promise.repeat)) if promise else None
        body = AskBody(said.author, promise.title, promise.kind, promise.serves) if promise and terms else None
    return (body, terms) if body is not None and not is_blank(body.title) and not misleads(body.title) else None


def _known(terms: Terms | None) -> Terms | None:
    """Return these where they say something, in a form that this version knows."""
    known = (
        terms is not None
        and not is_blank(terms.title)
        and not misleads(terms.title)
        and (terms.due is None or schedule.wall_time(terms.due) is not None)
        and (terms.zone is None or schedule.zone(terms.zone) is not None)
        and (terms.repeat is None or schedule.repeats(terms.repeat))
    )
    return terms if known else None


def _agree(entry: Entry, said: Said) -> str | None:
    terms = _known(_parse(said.body, Terms))
    if terms is None:
        return "It does not say to which words it says yes."
    entry.yeses.append(Yes(said.id, said.at, terms, said.answers))
    if said.kind == ACCEPT:
        entry.accepts.append(said)
    return None


def _decline(entry: Entry, said: Said) -> str | None:
    entry.declines.append(said)
    return None


def _do(entry: Entry, said: Said) -> str | None:
    body, occurrence = said.body, said.body.get("occurrence")  # a day or a wall time
    if body and not (len(body) == 1 and isinstance(occurrence, str) and schedule.day_of(occurrence) is not None):
        return "It does not say which occurrence was done in a form that this version knows."
    entry.dones.append(said)
    return None


def _take_back(entry: Entry, said: Said) -> str | None:
    if said.body:
        return NOT_PLAIN
    entry.take_backs.append(said)
    return None


def _take_backs_amiss(entry: Entry) -> Iterable[Problem]:
    """Return what a task's take_backs name but cannot take back; the rest of what they name is taken back."""
    others = {each.id for acts in (entry.yeses, entry.declines, entry.take_backs) for each in acts}
    dones = {each.id for each in entry.dones}
    for said in entry.take_backs:
        if not others.isdisjoint(said.answers):
            yield problem(said, "It takes back what is no done; a decline is answered by an acceptance.")
        elif dones.isdisjoint(said.answers):
            yield problem(said, "It names nothing to take back.")


_ACTS: Final[Mapping[str, Callable[[Entry, Said], str | None]]] = {  # enters what counts; else why it does not
    ACCEPT: _agree,
    REWORD: _agree,
    DECLINE: _decline,
    DONE: _do,
    TAKE_BACK: _take_back,
}
