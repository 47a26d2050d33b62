"""The Checklist rule: before a scene, or for the care after it, everyone ticks every line afresh, each time.

A round is one occasion, with its lines as they are then. Silence means not ready. Anyone's untick stops the round for
good, unexplained, whatever else is ticked or was; to go on, a new round begins and everyone looks again. A round is for
hours, not for days, and so is each tick, by the clock of whoever ticked. Ready is a reading of the moment: it permits
nothing that a consent does not. In a pause no round is ready, and one that a pause names is over, as is one that it
fell into by the clocks of those who said so: what was ticked before it is not ready after it.
"""

import dataclasses
import enum
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Final, Literal

import msgspec

from collar_sync import limits
from collar_sync.core.letters import is_blank, misleads
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import pause
from collar_sync.domain.pause import Rest
from collar_sync.domain.reading import (
    BEYOND_CUT,
    MISLEADS,
    UNKNOWN_AUTHOR,
    UNKNOWN_KIND,
    Problem,
    id_of,
    ordered,
    problem,
    unique,
)
from collar_sync.domain.table import Rule, always
from collar_sync.domain.table import read as read_table
from collar_sync.domain.terms import Moment
from collar_sync.domain.written import Lines, parse
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "checklist."
BEGIN: Final = "checklist.begin"
TICK: Final = "checklist.tick"
UNTICK: Final = "checklist.untick"
END: Final = "checklist.end"
KINDS: Final = frozenset({BEGIN, TICK, UNTICK, END})

_LASTS_MAX: Final = limits.CHECKLIST_HOURS_MAX * 60 * 60 * 1000

Occasion = Literal["scene", "aftercare"]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.TITLE_CHARACTERS_MAX)]
Everyone = Annotated[tuple[PersonId, ...], msgspec.Meta(min_length=1, max_length=limits.PARTIES_MAX)]


class State(enum.StrEnum):
    """How a round reads. Only `READY` says that everyone ticked everything."""

    WAITING = "waiting"  # someone has not ticked everything: not ready
    READY = "ready"
    PAUSED = "paused"
    OVER = "over"
    STOPPED = "stopped"  # final


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What decides how a round reads."""

    stopped: bool = False
    over: bool = False
    paused: bool = False
    waiting: bool = False


TABLE: Final[tuple[Rule[Facts, State], ...]] = (
    Rule(
        "someone unticked, a pause names it or fell into it, or someone in it has left",
        lambda facts: facts.stopped,
        State.STOPPED,
    ),
    Rule("it was ended, begun afresh, or its time is over", lambda facts: facts.over, State.OVER),
    Rule("a pause of the whole space stands", lambda facts: facts.paused, State.PAUSED),
    Rule("someone has not ticked every line", lambda facts: facts.waiting, State.WAITING),
    Rule("everyone ticked every line", always, State.READY),
)


class BeginBody(msgspec.Struct, frozen=True):
    """What a round is: for what, its lines, who ticks, and until when it can be ready."""

    occasion: Occasion
    title: Title
    lines: Lines
    people: Everyone
    until: Moment


class TickBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lines that were ticked, word for word."""

    lines: Lines


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One occasion: its lines, and who ticked which; `stopped_by` are those who unticked, `departed` who has left.

    `stopped_by_pause` says that a pause of the space names it, or fell into it. It can be ready `until` then: as
    whoever began it wrote, or a day after the first tick.
    """

    id: StatementId
    begun_by: PersonId
    begun_at: int
    occasion: Occasion
    title: str
    lines: tuple[str, ...]
    people: tuple[PersonId, ...]
    until: int
    ticked: tuple[tuple[PersonId, tuple[str, ...]], ...]
    stopped_by: tuple[PersonId, ...]
    departed: tuple[PersonId, ...]
    stopped_by_pause: bool
    ended: bool
    space_paused: bool

    @property
    def stopped(self) -> bool:
        """Whether it is over for good before its time.

        Rule (Checklist): one person's untick is enough, and nobody's tick outdoes it.
        """
        return self.stopped_by_pause or bool(self.stopped_by or self.departed)

    @property
    def waiting_for(self) -> tuple[PersonId, ...]:
        """Who has not ticked every line.

        Rule (Checklist): silence means not ready.
        """
        done = {person for person, lines in self.ticked if set(lines) >= set(self.lines)}
        return tuple(person for person in self.people if person not in done)

    def ticked_by(self, person: Person | PersonId) -> tuple[str, ...]:
        """Return the lines that this person ticked, in the round's order."""
        return dict(self.ticked).get(id_of(person), ())

    def unseen_by(self, person: Person | PersonId) -> bool:
        """Whether it waits unseen.

        Rule (Pause): while one stands, what another began and this person has not answered is not shown to them.
        """
        return self.space_paused and self.begun_by != id_of(person) and not self.ticked_by(person)

    def state(self, now: int) -> State:
        """How it reads at `now`, milliseconds since the epoch.

        Rule (Checklist): ready only where everyone ticked every line afresh; anyone's untick outranks all ticks.
        """
        return read_table(
            TABLE,
            Facts(
                stopped=self.stopped,
                over=self.ended or now >= self.until,
                paused=self.space_paused,
                waiting=bool(self.waiting_for),
            ),
        )


@dataclasses.dataclass(slots=True)
class _Entry:
    said: Said
    body: BeginBody
    until: int
    ticks: dict[PersonId, set[str]] = dataclasses.field(default_factory=lambda: defaultdict(set))
    stopped: set[PersonId] = dataclasses.field(default_factory=set)
    ticks_said: list[Said] = dataclasses.field(default_factory=list)
    ended: bool = False


def fold(
    statements: Iterable[Said], people: Mapping[PersonId, Person], *, past: bytes = b""
) -> dict[StatementId, Round]:
    """Every round by its id, the earliest begun first, from the checklist and pause statements among these.

    `past` is what is remembered of other pauses.
    """
    statements = tuple(statements)
    entries, _ = _read(statements, people)
    paused, named = bool(pause.standing(statements, people)), pause.stopped(statements, people)
    rests = pause.read(statements, people, past).rests

    def since(tick: Said) -> Sequence[Rest]:  # without those that were over when it was ticked, and are named by it
        return pause.read(statements, people, past, over=tick.answers).rests if tick.answers else rests

    found = [
        _view(entry, people, paused=paused, named=each in named or _fell_into(entry, since))
        for each, entry in entries.items()
    ]
    found.sort(key=lambda each: (each.begun_at, each.id))
    return {each.id: each for each in found}


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the checklist statements that do not count, and why."""
    _, found = _read(statements, people)
    return ordered(found)


def open_names(
    statements: Sequence[Said], _records: Mapping[str, object], people: Mapping[PersonId, Person], _now: int
) -> set[str]:
    """Name the rounds that are neither stopped nor ended, and what is not understood."""
    rounds = fold(statements, people).values()
    open_ones = {each.id for each in rounds if not (each.ended or each.stopped)}
    return open_ones | {each.statement for each in problems(statements, people)}


def under_way(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> dict[StatementId, tuple[PersonId, ...]]:
    """Return the rounds that a pause is to stop, each with who ticked it: somebody did, and nobody ended or stopped it.

    Whether its time is over is not asked: what is over by one clock may be ready by another.
    """
    found = fold(statements, people).values()
    going = (each for each in found if each.ticked and not (each.ended or each.stopped))
    return {each.id: tuple(person for person, _ in each.ticked) for each in going}


def hidden(statements: Sequence[Said], people: Mapping[PersonId, Person], me: PersonId, _now: int) -> set[str]:
    """Name the rounds that wait unseen: those that another began and that this person has not answered, in a pause."""
    return {each.id for each in fold(statements, people).values() if each.unseen_by(me)}


def _read(
    statements: Iterable[Said], people: Mapping[PersonId, Person]
) -> tuple[dict[StatementId, _Entry], list[Problem]]:
    entries: dict[StatementId, _Entry] = {}
    found: list[Problem] = []
    known: list[Said] = []
    for said in unique(statements):
        if said.kind.startswith(PREFIX) and (said.author not in people or said.kind not in KINDS):
            found.append(problem(said, UNKNOWN_AUTHOR if said.author not in people else UNKNOWN_KIND))
        elif said.kind.startswith(PREFIX):
            known.append(said)
    for said in (said for said in known if said.kind == BEGIN):
        body = parse(said.body, BeginBody)
        reason = BEYOND_CUT if said.beyond_cut else _flaw(said, body, people)
        if body is None or reason is not None:
            found.append(problem(said, reason or _UNREADABLE))
        else:
            entries[said.id] = _Entry(said, body, body.until)
    for said in known:
        reason = None if said.kind == BEGIN else _act(entries.get(StatementId(said.subject)), said)
        if reason is not None:
            found.append(problem(said, reason))
    return entries, found


_UNREADABLE: Final = "It is no checklist that this version can show."


def _flaw(said: Said, body: BeginBody | None, people: Mapping[PersonId, Person]) -> str | None:
    if body is None or not body.lines or any(map(is_blank, body.lines)):
        return _UNREADABLE
    table = (
        (bool(said.subject), "It is about something else, and a checklist begins by itself."),
        (len(set(body.lines)) != len(body.lines), "It says a line twice."),
        (any(map(misleads, (body.title, *body.lines))), MISLEADS),
        (said.author not in body.people, "Whoever begins a checklist takes part in it."),
        (not {*body.people} <= people.keys(), "It names someone who is not in this record."),
        (len(set(body.people)) != len(body.people), "It names someone twice."),
        (
            body.until > said.at + _LASTS_MAX,
            f"It would be ready for longer than {limits.CHECKLIST_HOURS_MAX} hours.",
        ),
    )
    return next((reason for applies, reason in table if applies), None)


def _act(entry: _Entry | None, said: Said) -> str | None:
    """Enter this act; or return why it does not count."""
    if entry is None:
        return "It is about a checklist that is not here."
    if said.author not in entry.body.people:
        return "Only those who are named in a checklist tick it, stop it or end it."
    if said.kind == UNTICK:
        entry.stopped.add(said.author)
    elif said.kind == END:
        entry.ended = True
    else:
        body = parse(said.body, TickBody)
        if said.beyond_cut:
            return BEYOND_CUT
        if body is None or not {*body.lines} <= {*entry.body.lines}:
            return "It ticks what this checklist does not say."
        entry.ticks[said.author] |= {*body.lines}
        entry.ticks_said.append(said)
        entry.until = min(entry.until, said.at + _LASTS_MAX)  # the clock of whoever began it may be far ahead
    return None


def _fell_into(entry: _Entry, since: Callable[[Said], Sequence[Rest]]) -> bool:
    """Whether a pause that is over falls between a tick and the end of it all, by the clocks of those who said so."""
    return any(
        pause.first_within([each for each in since(tick) if each.end is not None], tick.at, entry.until)
        for tick in entry.ticks_said
    )


def _view(entry: _Entry, people: Mapping[PersonId, Person], *, paused: bool, named: bool) -> Round:
    body = entry.body
    everyone = tuple(sorted(body.people))
    return Round(
        id=entry.said.id,
        begun_by=entry.said.author,
        begun_at=entry.said.at,
        occasion=body.occasion,
        title=body.title,
        lines=body.lines,
        people=everyone,
        until=entry.until,
        ticked=tuple(
            (each, tuple(line for line in body.lines if line in entry.ticks[each]))
            for each in everyone
            if each in entry.ticks
        ),
        stopped_by=tuple(sorted(entry.stopped)),
        departed=tuple(each for each in everyone if people[each].left),
        stopped_by_pause=named,
        ended=entry.ended,
        space_paused=paused,
    )
