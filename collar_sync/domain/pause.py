"""The Pause rule: a stop for the whole space, by anyone, any time, without a reason.

A pause stands until a lift by its own author names it; one that was made meanwhile is not named, so it still stands.
Whose pause came first, by clock or arrival, is never asked. A pause of someone who has left no longer counts; the time
until then stays covered. A pause counts whatever else its statement holds; a lift counts only in its plain form, and
not where its device had been removed before. Nothing here knows what a pause stops.
"""

import enum
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from collar_sync.core.edits import Say
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.reading import (
    BEYOND_CUT,
    NOT_PLAIN,
    UNKNOWN_AUTHOR,
    UNKNOWN_KIND,
    Problem,
    chunks,
    ordered,
    problem,
    unique,
)
from collar_sync.domain.table import Rule, always
from collar_sync.domain.table import read as decide
from collar_sync.errors import NotAllowed
from collar_sync.ids import PersonId, StatementId

PAUSE = "pause"
LIFT = "pause.lift"


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


class PauseReading(msgspec.Struct, frozen=True):
    """What the statements say about pauses: those that stand, every time one covered, and what did not count."""

    standing: tuple[PauseState, ...]
    rests: tuple[Rest, ...]
    problems: tuple[Problem, ...]


def read(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> PauseReading:
    """Fold the pauses and lifts among the statements; all others are passed over."""
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
    rests = {Rest(start=state.at, end=None) for state in standing}
    ended = lifted | {
        said.id: people[said.author].left_at for said in pauses.values() if states[said.id] is State.DEPARTED
    }
    rests |= {Rest(start=pauses[each].at, end=max(pauses[each].at, end)) for each, end in ended.items()}
    return PauseReading(
        standing=tuple(sorted(standing, key=lambda each: (each.at, each.id))),
        rests=tuple(sorted(rests, key=lambda each: (each.start, each.end is None, each.end or 0))),
        problems=ordered(problems),
    )


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
        if not lift.answers:
            problems.append(problem(lift, "It names no pause."))
        for pause in filter(None, map(pauses.get, lift.answers)):
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


@careful
class Pauses:
    """Pausing and lifting in one space, as the person of this device."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def standing(self) -> tuple[PauseState, ...]:
        """Every standing pause; the space is paused while there is one."""
        return standing(self._ledger.statements(PAUSE), self._ledger.people())

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about pauses and does not count."""
        return problems(self._ledger.statements(PAUSE), self._ledger.people())

    async def pause(self) -> PauseState:
        """Pause the space at once; where a pause stands already, this one stands beside it.

        It is written each time: a lift that is on its way from another of this person's devices must not take this one.
        """
        (identifier,) = await self._ledger.write(Say(kind=PAUSE, home="core", early=True))
        found = (each for each in self.standing() if each.id == identifier)
        # Before the first sync has told who this person is, the fold cannot say so; the pause stands all the same.
        return next(found, PauseState(id=identifier, person=self._ledger.me, at=self._ledger.now()))

    async def lift(self) -> None:
        """Lift this person's own pauses, exactly those seen here; raises `NotAllowed` where there is none."""
        own = [each.id for each in self.standing() if each.person == self._ledger.me]
        if not own:
            raise NotAllowed("You have no pause of your own here. A pause is lifted only by the person who made it.")
        await self._ledger.write(*(Say(kind=LIFT, answers=some, home="core") for some in chunks(own)))
