"""The Pause rule: a stop for the whole space, by anyone, any time, without a reason.

A pause stands until a lift by its own author names it; one that was made meanwhile is not named, so it still stands.
Whose pause came first, by clock or arrival, is never asked. A pause of someone who has left no longer counts; the time
until then stays covered. A pause counts whatever else its statement holds; a lift counts only in its plain form, and
not where its device had been removed before. A pause of somebody who lost every device stands: whoever could end it for
them could end it against them, and another space is the way on. A lifted pause may rest; when it was is remembered in a
few bytes, since what was due then was not missed. What was under way is stopped for good by being named, in the pause
or in its lift: clocks that differ by hours cannot say what a pause fell into. What begins once a pause was lifted names
it, where the clock of whoever lifted it is ahead: it began after that pause, whatever the clocks say. Nothing here
knows what either may be.
"""

import bisect
import enum
import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.people import Person
from collar_sync.core.statement import AT_END, Said
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
from collar_sync.domain.table import read as decide
from collar_sync.ids import PersonId, StatementId, raw_bytes

PAUSE = "pause"
LIFT = "pause.lift"
NAMED_MAX: Final = 64  # pauses that one beginning names; the names of more would not fit beside its words
_SHORT_BYTES: Final = 12  # of an id; two pauses that share them come once in 2**48 pauses


class State(enum.StrEnum):
    """How one pause reads. The space is paused while any of them is standing."""

    STANDING = "standing"
    LIFTED = "lifted"
    DEPARTED = "departed"  # it counts no longer


class Facts(msgspec.Struct, frozen=True):
    """All that the state of one pause depends on."""

    lifted: bool = False
    left: bool = False


TABLE: Final[tuple[Rule[Facts, State], ...]] = (
    Rule("its own author lifted it, and named it", lambda facts: facts.lifted, State.LIFTED),
    Rule("whoever paused has left", lambda facts: facts.left, State.DEPARTED),
    Rule("nothing but these two ends it", always, State.STANDING),
)


class PauseState(msgspec.Struct, frozen=True):
    """One standing pause: who paused, and when by their own clock: of another, show the day."""

    id: StatementId
    person: PersonId
    at: int


class Rest(msgspec.Struct, frozen=True):
    """A time that a pause covered, in milliseconds, for showing; `end` is None while it stands."""

    start: int
    end: int | None

    def covers(self, moment: int) -> bool:
        """Whether that moment lies inside."""
        return self.start <= moment and (self.end is None or moment < self.end)

    def is_far(self, now: int) -> bool:
        """Whether it is over, and by a clock so far ahead that it says nothing of when."""
        return self.end is not None and self.end > now + limits.CLOCKS_APART_MILLISECONDS_MAX


class PauseReading(msgspec.Struct, frozen=True):
    """What the statements say about pauses: those that stand, when any stood, and what did not count.

    `rests` are in order and apart: times that overlap are one. `lifted` has each lifted pause by its id.
    """

    standing: tuple[PauseState, ...]
    rests: tuple[Rest, ...]
    problems: tuple[Problem, ...]
    lifted: Mapping[StatementId, Rest]


def read(
    statements: Iterable[Said],
    people: Mapping[PersonId, Person],
    past: bytes = b"",
    *,
    over: Collection[StatementId] = (),
) -> PauseReading:
    """Fold the pauses and lifts among the statements; all others are passed over.

    `past` is what is remembered of lifted ones that are not among these, see `remember`. What was lifted of those that
    were `over` for whoever asks covers nothing.
    """
    pauses: dict[StatementId, Said] = {}
    lifts: list[Said] = []
    problems: list[Problem] = []
    for said in unique(statements):
        if said.kind != PAUSE and not said.kind.startswith("pause."):
            continue
        if said.author not in people:
            problems.append(problem(said, UNKNOWN_AUTHOR))
        elif said.kind == PAUSE:
            pauses[said.id] = said
        elif said.kind == LIFT:
            lifts.append(said)
        else:
            problems.append(problem(said, UNKNOWN_KIND))
    lifted = _lifted(pauses, lifts, problems)
    states = {
        said.id: decide(TABLE, Facts(lifted=said.id in lifted, left=people[said.author].left))
        for said in pauses.values()
    }
    standing = [
        PauseState(id=said.id, person=said.author, at=said.at)
        for said in pauses.values()
        if states[said.id] is State.STANDING
    ]
    rests = {each: Rest(start=pauses[each].at, end=max(pauses[each].at, end)) for each, end in lifted.items()}
    departed = [said for said in pauses.values() if states[said.id] is State.DEPARTED]
    here = frozenset(_remembered(past).keys() & {_short(each) for each in (*pauses, *over)})
    times: list[tuple[int, int | None]] = [(rest.start, rest.end) for each, rest in rests.items() if each not in over]
    times += [(each.at, max(each.at, people[each.author].left_at)) for each in departed]
    times += [(each.at, None) for each in standing]
    return PauseReading(
        standing=tuple(sorted(standing, key=lambda each: (each.at, each.id))),
        rests=_together(_rested(past, here), times),
        problems=ordered(problems),
        lifted=rests,
    )


def ahead(statements: Iterable[Said], people: Mapping[PersonId, Person], now: int) -> tuple[StatementId, ...]:
    """Return the lifted pauses that are over only later than `now` by the clock of whoever lifted them.

    What begins now names these. Where there are more than can be named, those that end last.
    """
    found = [(rest.end or 0, each) for each, rest in read(statements, people).lifted.items()]
    return tuple(each for end, each in sorted(found)[-NAMED_MAX:] if end > now)


def merged(times: Iterable[tuple[int, int | None]]) -> tuple[Rest, ...]:
    """Return times in order, those that overlap or touch as one; without an end is until further notice."""
    found: list[Rest] = []
    for start, end in sorted(times, key=lambda each: (each[0], each[1] is None, each[1] or 0)):
        last = found[-1] if found else None
        if last is not None and (last.end is None or start <= last.end):
            later = None if last.end is None or end is None else max(last.end, end)
            found[-1] = Rest(start=last.start, end=later)
        else:
            found.append(Rest(start=start, end=end))
    return tuple(found)


def _together(before: tuple[Rest, ...], times: Iterable[tuple[int, int | None]]) -> tuple[Rest, ...]:
    """Return both as one; nearly always all of one lies before the other."""
    after = merged(times)
    if not (before and after):
        return before or after
    last = before[-1].end
    if last is not None and last < after[0].start:
        return before + after
    return merged((each.start, each.end) for each in before + after)


def first_within(rests: Sequence[Rest], start: int, end: int | None) -> Rest | None:
    """Return the first of these, in order and apart, that shares some time with that from `start` before `end`."""
    place = bisect.bisect_right(rests, start, key=lambda each: AT_END if each.end is None else each.end)
    found = rests[place] if place < len(rests) else None
    return found if found is not None and (end is None or found.start < end) else None


def remember(statements: Iterable[Said], people: Mapping[PersonId, Person], past: bytes) -> bytes:
    """Return what `read` has to know of all lifted pauses, these and those of the `past`, once they are not at hand."""
    statements = tuple(statements)
    here = {_short(said.id) for said in statements if said.kind == PAUSE}
    times = {name: each for name, each in _remembered(past).items() if name not in here}
    times |= {_short(each): (rest.start, rest.end or 0) for each, rest in read(statements, people).lifted.items()}
    return msgspec.msgpack.encode(sorted((name, *each) for name, each in times.items())) if times else b""


@functools.lru_cache(maxsize=8)
def _remembered(past: bytes) -> Mapping[bytes, tuple[int, int]]:
    rows = msgspec.msgpack.decode(past, type=list[tuple[bytes, int, int]]) if past else []
    return {name: (start, end) for name, start, end in rows}


@functools.lru_cache(maxsize=8)
def _rested(past: bytes, here: frozenset[bytes]) -> tuple[Rest, ...]:
    """Return when the pauses were that are remembered, without those that are here."""
    return merged(each for name, each in _remembered(past).items() if name not in here)


def _short(identifier: StatementId) -> bytes:
    """Return enough of an id to know it again."""
    return raw_bytes(identifier)[:_SHORT_BYTES]


def stopped(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> dict[StatementId, int]:
    """Return what pauses and lifts name as stopped by them, each with the time of the first that does.

    It counts from anyone here, and whatever else the statement holds: it only ever stops. Names of pauses are among
    these.
    """
    found: dict[StatementId, int] = {}
    for said in statements:
        if said.kind in {PAUSE, LIFT} and said.author in people:
            for answer in said.answers:
                found[answer] = min(said.at, found.get(answer, said.at))
    return found


def open_names(
    statements: Sequence[Said], _records: Mapping[str, object], people: Mapping[PersonId, Person], _now: int
) -> set[str]:
    """Name every pause that was not lifted, and what does not count."""
    reading = read(statements, people)
    names: set[str] = {said.id for said in statements if said.kind == PAUSE and said.id not in reading.lifted}
    return names | {each.statement for each in reading.problems}


def _lifted(
    pauses: Mapping[StatementId, Said], lifts: Iterable[Said], problems: list[Problem]
) -> dict[StatementId, int]:
    """Return the pauses that a lift of their own author names, each with the time of the first such lift."""
    lifted: dict[StatementId, int] = {}
    for lift in lifts:
        if lift.beyond_cut:
            problems.append(problem(lift, BEYOND_CUT))
            continue
        if lift.body:
            problems.append(problem(lift, NOT_PLAIN))
            continue
        named = [pauses[each] for each in lift.answers if each in pauses]
        if not named:
            problems.append(problem(lift, "It names no pause that is here."))
        for pause in named:
            if pause.author == lift.author:
                lifted[pause.id] = min(lift.at, lifted.get(pause.id, lift.at))
            else:
                problems.append(problem(lift, "It names a pause of someone else; each person lifts only their own."))
    return lifted


def standing(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[PauseState, ...]:
    """Return the pauses that stand, the earliest (by their authors' clocks) first."""
    return read(statements, people).standing


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the pause statements that do not count, and why."""
    return read(statements, people).problems
