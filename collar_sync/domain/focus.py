"""The Focus session rule: a shared time with a clock that everyone in it reads alike.

Each person is in one session at most: entering another leaves the one before. Breaks are each person's own. The end is
soft: when the minutes are over the clock says so and nothing else happens. A pause of the space stops a session for
good: one that names it, and one that fell into it by the clocks of those who said so, unless whoever began it names it
as lifted. Anyone in it may end it. The clock is read off what was said; nothing ticks here.
"""

import dataclasses
import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Final, Literal

import msgspec

from collar_sync import limits
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import pause
from collar_sync.domain.pause import Rest
from collar_sync.domain.reading import (
    BEYOND_CUT,
    NOT_PLAIN,
    UNKNOWN_AUTHOR,
    UNKNOWN_KIND,
    Problem,
    ordered,
    problem,
    unique,
)
from collar_sync.domain.table import Rule, always
from collar_sync.domain.table import read as read_table
from collar_sync.domain.written import parse
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "focus."
BEGIN: Final = "focus.begin"
JOIN: Final = "focus.join"
LEAVE: Final = "focus.leave"
BREAK: Final = "focus.break"
RESUME: Final = "focus.resume"
END: Final = "focus.end"
KINDS: Final = frozenset({BEGIN, JOIN, LEAVE, BREAK, RESUME, END})

_MINUTE: Final = 60_000
_NAMES_NONE: Final[Mapping[str, str]] = {
    LEAVE: "It names no entering of that session by its author that is here.",
    RESUME: "It names no break of its author in that session that is here.",
}

Kind = Literal["journaling", "consent review", "aftercare", "study"]


class State(enum.StrEnum):
    """How a session reads. Its clock runs only in `RUNNING`."""

    RUNNING = "running"
    BREAK = "break"
    TIME_IS_UP = "time is up"  # the soft end: nobody is thrown out
    STOPPED = "stopped"  # by a pause, whatever follows it
    ENDED = "ended"  # final where somebody said so


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What decides how a session reads."""

    ended: bool = False
    empty: bool = False
    stopped: bool = False
    up: bool = False
    held: bool = False


TABLE: Final[tuple[Rule[Facts, State], ...]] = (
    Rule("someone in it ended it", lambda facts: facts.ended, State.ENDED),
    Rule("nobody is in it any more", lambda facts: facts.empty, State.ENDED),
    Rule("a pause of the whole space names it, or fell into it", lambda facts: facts.stopped, State.STOPPED),
    Rule("its minutes are over", lambda facts: facts.up, State.TIME_IS_UP),
    Rule("someone in it takes a break", lambda facts: facts.held, State.BREAK),
    Rule("nothing of all that", always, State.RUNNING),
)


class StartBody(msgspec.Struct, frozen=True):
    """What a session is for, for how long, and who may join it."""

    kind: Kind
    minutes: Annotated[int, msgspec.Meta(ge=1, le=limits.FOCUS_MINUTES_MAX)]
    people: Annotated[tuple[PersonId, ...], msgspec.Meta(min_length=1, max_length=limits.PARTIES_MAX)]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session. Times are milliseconds; `inside` is who is in it, `on_break` whose break stands.

    `halts` are the times at which its clock stood still for a break, in order; the last may have no end yet.
    """

    id: StatementId
    kind: Kind
    minutes: int
    begun_by: PersonId
    begun_at: int
    people: tuple[PersonId, ...]
    inside: tuple[PersonId, ...]
    on_break: tuple[PersonId, ...]
    halts: tuple[Rest, ...]
    stopped_at: int | None
    ended_at: int | None

    def state(self, now: int) -> State:
        """How it reads at `now`, milliseconds since the epoch.

        Rule (Focus session): a soft end, at which time is up and nobody is thrown out; a pause stops it for good.
        """
        return read_table(
            TABLE,
            Facts(
                ended=self.ended_at is not None,
                empty=not self.inside,
                stopped=self.stopped_at is not None,
                up=self.left(now) == 0,
                held=bool(self.on_break),
            ),
        )

    def elapsed(self, now: int) -> int:
        """Return how long its clock ran until `now`, in milliseconds: the same for everyone in it.

        Rule (Focus session): all in it see the same clock, read off what was said; it stands still in breaks and once
        stopped.
        """
        until = min(each for each in (now, self.stopped_at, self.ended_at) if each is not None)
        return max(0, min(until - self.begun_at - self._stood(until), self.minutes * _MINUTE))

    def left(self, now: int) -> int:
        """Return what is left of its minutes, in milliseconds.

        Rule (Focus session): all in it see the same clock; at its end nothing happens by itself.
        """
        return self.minutes * _MINUTE - self.elapsed(now)

    def up_at(self, now: int) -> int | None:
        """Return when its minutes will be over unless its clock stands still; None where that does not run.

        The same at each moment that it runs, so that a screen can let it tick without asking again.

        Rule (Focus session): a soft end, moved on by every break; timers stop in a pause.
        """
        if self.state(now) is not State.RUNNING:
            return None
        return self.begun_at + self.minutes * _MINUTE + self._stood(now)

    def _stood(self, until: int) -> int:
        return sum(
            max(0, min(until, until if each.end is None else each.end) - max(each.start, self.begun_at))
            for each in self.halts
        )


@dataclasses.dataclass(slots=True)
class _Entry:
    said: Said
    body: StartBody
    breaks: dict[StatementId, Said] = dataclasses.field(default_factory=dict)
    resumes: list[Said] = dataclasses.field(default_factory=list)
    ends: list[Said] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class _Book:
    entries: dict[StatementId, _Entry] = dataclasses.field(default_factory=dict)
    entered: dict[PersonId, list[Said]] = dataclasses.field(default_factory=dict)  # starts and joins that count
    left: set[StatementId] = dataclasses.field(default_factory=set)  # of those, the ones that their author left
    problems: list[Problem] = dataclasses.field(default_factory=list)


def fold(
    statements: Iterable[Said], people: Mapping[PersonId, Person], *, past: bytes = b""
) -> dict[StatementId, Session]:
    """Every session by its id, the earliest first, from the focus and pause statements among these.

    `past` is what is remembered of other pauses.
    """
    statements = tuple(statements)
    book = _read(statements, people)
    rests, named = pause.read(statements, people, past).rests, pause.stopped(statements, people)
    inside: dict[StatementId, list[PersonId]] = {}
    for person, entered in book.entered.items():
        last = _last(book, entered)
        if last is not None and not people[person].left:
            inside.setdefault(session_of(last), []).append(person)
    found = [
        _view(entry, inside.get(each, []), _since(entry, rests, statements, people, past), named.get(each))
        for each, entry in book.entries.items()
    ]
    found.sort(key=lambda each: (each.begun_at, each.id))
    return {each.id: each for each in found}


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the focus statements that do not count, and why."""
    return ordered(_read(statements, people).problems)


def open_names(
    statements: Sequence[Said], _records: Mapping[str, object], people: Mapping[PersonId, Person], _now: int
) -> set[str]:
    """Name the sessions that somebody is in and nobody ended, those that each entered last, and what is amiss.

    With each of these the first pause that fell into it; one that names a session stays as long as that does.
    """
    book = _read(statements, people)
    over = {State.ENDED, State.STOPPED}
    sessions = fold(statements, people).values()
    names: set[str] = {each.id for each in sessions if each.state(0) not in over}
    lasts = (_last(book, entered) for entered in book.entered.values())
    names |= {session_of(last) for last in lasts if last is not None}
    named = pause.stopped(statements, people)
    lifted = sorted(pause.read(statements, people).lifted.items(), key=lambda each: (each[1].start, each[0]))
    for each in sessions:
        if each.id in names and each.stopped_at is not None and each.id not in named:
            later = (pair for pair in lifted if pair[0] not in book.entries[each.id].said.answers)
            fell = (name for name, rest in later if pause.first_within((rest,), each.begun_at, each.ended_at))
            names.update(islice(fell, 1))
    return names | {each.statement for each in book.problems}


def under_way(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> dict[StatementId, tuple[PersonId, ...]]:
    """Return the sessions that a pause is to stop, each with who is in it: nobody ended it and no pause names it."""
    statements = tuple(statements)
    named = pause.stopped(statements, people)
    found = fold(statements, people).values()
    going = (each for each in found if each.inside and each.ended_at is None and each.id not in named)
    return {each.id: each.inside for each in going}


def entries_of(statements: Iterable[Said], people: Mapping[PersonId, Person], me: PersonId) -> tuple[Said, ...]:
    """Return every start and join of this person that they did not leave."""
    book = _read(statements, people)
    return tuple(each for each in book.entered.get(me, ()) if each.id not in book.left)


def breaks_of(statements: Iterable[Said], people: Mapping[PersonId, Person], session: str, me: PersonId) -> list[Said]:
    """Return every standing break of this person in that session."""
    entry = _read(statements, people).entries.get(StatementId(session))
    return [] if entry is None else [each for each, end in _breaks(entry) if end is None and each.author == me]


def _last(book: _Book, entered: Iterable[Said]) -> Said | None:
    """Return the last start or join, by its author's clock, of those that they did not leave."""
    return max(
        (each for each in entered if each.id not in book.left), key=lambda each: (each.at, each.id), default=None
    )


def session_of(said: Said) -> StatementId:
    """Return the session that a start or join is about."""
    return said.id if said.kind == BEGIN else StatementId(said.subject)


def _read(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> _Book:
    book = _Book()
    acts: list[Said] = []
    for said in unique(statements):
        if not said.kind.startswith(PREFIX):
            continue
        if said.author not in people:
            book.problems.append(problem(said, UNKNOWN_AUTHOR))
        elif said.kind not in KINDS:
            book.problems.append(problem(said, UNKNOWN_KIND))
        elif said.kind != BEGIN:
            acts.append(said)
        else:
            body = parse(said.body, StartBody)
            fits = body is not None and not said.subject and said.author in body.people
            if body is None or not fits or said.beyond_cut or not {*body.people} <= people.keys():
                flaw = BEYOND_CUT if said.beyond_cut else "It is no session that this version can show."
                book.problems.append(problem(said, flaw))
            else:
                book.entries[said.id] = _Entry(said, body)
                book.entered.setdefault(said.author, []).append(said)
    for said in acts:
        reason = _act(book, said)
        if reason is not None:
            book.problems.append(problem(said, reason))
    own = {(each.id, each.author): session_of(each) for entered in book.entered.values() for each in entered}
    book.left = {
        answer
        for said in acts
        if said.kind == LEAVE
        for answer in said.answers
        if own.get((answer, said.author)) == said.subject
    }
    book.problems += _naming_nothing(book, acts, own)
    return book


def _naming_nothing(
    book: _Book, acts: Iterable[Said], own: Mapping[tuple[StatementId, PersonId], StatementId]
) -> Iterator[Problem]:
    """Yield who would leave what they did not enter, or end a break that is not theirs, or not here."""
    breaks = {
        (name, each.author): entry.said.id for entry in book.entries.values() for name, each in entry.breaks.items()
    }
    amiss = {each.statement for each in book.problems}
    for said in acts:
        known = {LEAVE: own, RESUME: breaks}.get(said.kind)
        if known is None or said.id in amiss:
            continue
        if all(known.get((answer, said.author)) != said.subject for answer in said.answers):
            yield problem(said, _NAMES_NONE[said.kind])


def _act(book: _Book, said: Said) -> str | None:
    """Enter this act; or return why it does not count."""
    if said.kind == LEAVE:
        return None
    entry = book.entries.get(StatementId(said.subject))
    if entry is None:
        return "It is about a session that is not here."
    if said.author not in entry.body.people:
        return "Only those who were asked into a session have a say in it."
    if said.kind in {JOIN, RESUME} and (said.body or said.beyond_cut):
        return NOT_PLAIN if said.body else BEYOND_CUT
    if said.kind == JOIN:
        book.entered.setdefault(said.author, []).append(said)
    elif said.kind == BREAK:
        entry.breaks[said.id] = said
    elif said.kind == RESUME:
        entry.resumes.append(said)
    else:
        entry.ends.append(said)
    return None


def _breaks(entry: _Entry) -> list[tuple[Said, int | None]]:
    """Return every break with when its own author ended it, by name, or None while it stands."""
    ended: dict[StatementId, int] = {}
    for said in entry.resumes:
        for answer in said.answers:
            found = entry.breaks.get(answer)
            if found is not None and found.author == said.author:
                ended[answer] = min(max(said.at, found.at), ended.get(answer, said.at))
    return [(said, ended.get(said.id)) for said in entry.breaks.values()]


def _since(
    entry: _Entry, rests: Sequence[Rest], statements: Sequence[Said], people: Mapping[PersonId, Person], past: bytes
) -> Sequence[Rest]:
    """Return these times without those of pauses that were over when it was begun, and are named by it."""
    over = entry.said.answers
    return pause.read(statements, people, past, over=over).rests if over else rests


def _view(entry: _Entry, inside: Iterable[PersonId], rests: Sequence[Rest], named: int | None) -> Session:
    begun = entry.said.at
    here = tuple(sorted(inside))
    ended = min((max(each.at, begun) for each in entry.ends), default=None)
    within = pause.first_within(rests, begun, ended)
    stops = [named] if within is None else [named, within.start]
    breaks = [(each, end) for each, end in _breaks(entry) if end is not None or each.author in here]
    return Session(
        id=entry.said.id,
        kind=entry.body.kind,
        minutes=entry.body.minutes,
        begun_by=entry.said.author,
        begun_at=begun,
        people=tuple(sorted({*entry.body.people})),
        inside=here,
        on_break=tuple(sorted({each.author for each, end in breaks if end is None})),
        halts=pause.merged([(each.at, end) for each, end in breaks]),
        stopped_at=min((max(each, begun) for each in stops if each is not None), default=None),
        ended_at=ended,
    )
