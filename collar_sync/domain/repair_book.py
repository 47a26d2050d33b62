"""Reading the statements of repairs: which count, each under its own slip-up, indexed once.

A yes (ready, a signature, a version of a sheet, close) stands until its own author's "not yet" names it; a stepping out
until its own author's "back" names it. What belongs to a stage counts once everyone was ready for that stage, and stays
readable when somebody is not any more. Knows no clock, no private record and no text that is shown.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeVar

import msgspec

from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import slip
from collar_sync.domain.reading import BEYOND_CUT, UNKNOWN_AUTHOR, UNKNOWN_KIND, Problem, problem, unique
from collar_sync.domain.repair_forms import (
    AGAIN,
    BACK,
    BELONGS,
    CLOSE,
    FORMS,
    NARROWING,
    OUT,
    PREFIX,
    READY,
    SHEETS,
    SIGN,
    TABLE,
    TAKE_BACK,
    Move,
    Plain,
    Ready,
    Stage,
    form_of,
)
from collar_sync.domain.slip import Slip
from collar_sync.ids import PersonId, StatementId

_MOVES: Final = frozenset(move.act for move in TABLE)
_YES: Final = frozenset({READY, SIGN, CLOSE, *SHEETS})
_EARLY: Final = "It belongs to a stage for which not everyone was ready."

F = TypeVar("F", bound=msgspec.Struct)


class Act(NamedTuple):
    """A statement that counts, and what it says."""

    said: Said
    form: msgspec.Struct


class Place(NamedTuple):
    """A stage of a round."""

    round: int
    stage: Stage


_START: Final = Place(1, Stage.SHARED)
Sayers = Callable[[Move, int], frozenset[PersonId]]


@dataclasses.dataclass(slots=True)
class Entry:
    """One repair: its slip-up, who takes part and has not left, and its statements that count, by kind."""

    slip: Slip
    present: frozenset[PersonId]
    acts: dict[str, list[Act]] = dataclasses.field(default_factory=dict)
    taken_back: set[StatementId] = dataclasses.field(default_factory=set)
    yeses: dict[tuple[str, int, Stage | None], list[Said]] = dataclasses.field(default_factory=dict)  # by move
    reached: set[Place] = dataclasses.field(default_factory=set)
    now: Place = _START

    def said(self, kind: str, form: type[F]) -> Iterator[tuple[Said, F]]:
        """Yield what was said of that kind."""
        for said, each in self.acts.get(kind, ()):
            if isinstance(each, form):
                yield said, each

    def stands(self, said: Said) -> bool:
        """Whether its author has not taken it back."""
        return said.id not in self.taken_back

    def out(self) -> set[PersonId]:
        """Who has stepped out and not come back."""
        return {said.author for said, _ in self.acts.get(OUT, ()) if self.stands(said)} & self.present

    def out_since(self) -> tuple[tuple[PersonId, int], ...]:
        """Since when whoever stepped out has been out, by their own clock; what was said beyond a cut frees nobody."""
        outs = [said for said, _ in self.acts.get(OUT, ()) if self.stands(said) and not said.beyond_cut]
        since: dict[PersonId, int] = {}
        for said in outs:
            since[said.author] = min(said.at, since.get(said.author, said.at))
        return tuple(sorted(since.items()))

    def sayers(self, move: Move, number: int, *, standing: bool) -> frozenset[PersonId]:
        """Who said what that move needs, in that round; ever, or so that it stands."""
        key = (move.act, number + move.again, move.to if move.act == READY else None)
        return frozenset(said.author for said in self.yeses.get(key, ()) if not standing or self.stands(said))


def read(
    statements: Iterable[Said], people: Mapping[PersonId, Person]
) -> tuple[dict[StatementId, Entry], list[Problem]]:
    """Index the repairs of the slip-ups among these; all others are passed over. Never raises."""
    everything = tuple(unique(statements))
    slips, _ = slip.SLIP.read(everything, people)
    entries = {
        each.id: Entry(each, frozenset(person for person in each.parties if not people[person].left))
        for each in slips.values()
    }
    problems: list[Problem] = []
    for said in everything:
        if said.kind.startswith(PREFIX):
            reason = _enter(said, entries, people)
            if reason is not None:
                problems.append(problem(said, reason))
    for entry in entries.values():
        _take_back(entry, problems)
        _walk(entry)
        _keep_what_is_open(entry, problems)
    return entries, problems


def _enter(said: Said, entries: Mapping[StatementId, Entry], people: Mapping[PersonId, Person]) -> str | None:
    """Enter one statement, or return why it does not count."""
    narrows = said.kind in NARROWING
    entry = entries.get(StatementId(said.subject))
    if said.author not in people:
        return UNKNOWN_AUTHOR
    if not narrows and said.kind not in FORMS:
        return UNKNOWN_KIND
    if entry is None:
        return "It is about a slip-up that is not here."
    if said.author not in entry.slip.parties:
        return "Only those who take part in a repair can say anything in it."
    if said.beyond_cut and not narrows:
        return BEYOND_CUT
    form, reason = (Plain(), None) if narrows else form_of(said, entry.slip.parties)
    if form is not None and reason is None:
        entry.acts.setdefault(said.kind, []).append(Act(said, form))
        if said.kind in _MOVES:
            stage = form.stage if isinstance(form, Ready) else None
            entry.yeses.setdefault((said.kind, getattr(form, "round", 1), stage), []).append(said)
    return reason


def _take_back(entry: Entry, problems: list[Problem]) -> None:
    """Enter what "not yet" and "back" name; nobody takes back what another said."""
    yeses = {act.said.id: act.said for kind in _YES for act in entry.acts.get(kind, ())}
    outs = {act.said.id: act.said for act in entry.acts.get(OUT, ())}
    for kind, known in ((TAKE_BACK, yeses), (BACK, outs)):
        for said, _ in entry.acts.get(kind, ()):
            named = [known[each] for each in said.answers if each in known]
            entry.taken_back |= {each.id for each in named if each.author == said.author}
            if not named:
                problems.append(problem(said, "It names nothing that it could take back."))
            elif any(each.author != said.author for each in named):
                problems.append(problem(said, "It names what somebody else said; nobody takes that back for them."))


def _walk(entry: Entry) -> None:
    """Find every stage that was ever open, as if nothing had been taken back, and then the one that is open now."""
    place = _follow(entry, _START, lambda move, number: entry.sayers(move, number, standing=False))
    start = Stage.PAUSE if Place(place.round, Stage.PAUSE) in entry.reached else Stage.SHARED
    entry.now = _follow(
        entry, Place(place.round, start), lambda move, number: entry.sayers(move, number, standing=not move.again)
    )


def _follow(entry: Entry, place: Place, sayers: Sayers) -> Place:
    """Go through the table from a place for as long as what the next move needs was said."""
    while True:
        entry.reached.add(place)
        move = next((each for each in TABLE if each.stage is place.stage and _open(entry, each, place, sayers)), None)
        if move is None:
            return place
        place = Place(place.round + move.again, move.to)


def _open(entry: Entry, move: Move, place: Place, sayers: Sayers) -> bool:
    said = sayers(move, place.round)
    return bool(said) if move.by == "anyone" else bool(entry.present) and entry.present <= said


def _keep_what_is_open(entry: Entry, problems: list[Problem]) -> None:
    """Let go of what belongs to stages that were never open to everyone, naming it."""
    for kind, stage in BELONGS.items():
        kept: list[Act] = []
        for act in entry.acts.get(kind, ()):
            if Place(getattr(act.form, "round", 1), stage) in entry.reached:
                kept.append(act)
            else:
                problems.append(problem(act.said, _EARLY))
        if kind in entry.acts:
            entry.acts[kind] = kept
    problems += _aimless(entry)


def _aimless(entry: Entry) -> Iterator[Problem]:
    """Name the yeses to what is not there: a stage that could not be next, a text, a round."""
    for said, ready in entry.said(READY, Ready):
        before = (move.stage for move in TABLE if move.act == READY and move.to is ready.stage)
        if not any(Place(ready.round, stage) in entry.reached for stage in before):
            yield problem(said, _EARLY)
    known = {act.said.id for kind in SHEETS for act in entry.acts.get(kind, ())}
    for said, _ in entry.acts.get(SIGN, ()):
        if known.isdisjoint(said.answers):
            yield problem(said, "It signs nothing that is here.")
    for said, form in entry.said(AGAIN, msgspec.Struct):
        if getattr(form, "round", 1) > entry.now.round:
            yield problem(said, "It would begin a round before the one it follows was there.")
