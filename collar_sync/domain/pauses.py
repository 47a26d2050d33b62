"""The Pause rule, acted on: stop at once, and lift what is one's own.

Whoever pauses stops with it what goes on: it is named, so that it does not go on by itself when the pause is lifted.
"""

from typing import Final

from collar_sync import limits
from collar_sync.core.edits import Say
from collar_sync.domain import checklist, focus, pause
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger, write_in_parts
from collar_sync.domain.pause import LIFT, PAUSE, PauseState
from collar_sync.domain.reading import ANSWERS_MAX, Problem, chunks
from collar_sync.errors import NotAllowed
from collar_sync.ids import StatementId

_ONLY_ONES_OWN: Final = (
    "You have no pause of your own here. A pause is lifted only by the person who made it, from a device of theirs. "
    "Where all of those are lost, and no backup is left, it stands: begin a new record together, and keep a copy "
    "of this one."
)


@careful
class Pauses:
    """Pausing and lifting in one space, as the person of this device."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def standing(self) -> tuple[PauseState, ...]:
        """Every standing pause; the space is paused while there is one.

        Rule (Pause): it outranks everything while one stands; a pause of someone who has left no longer counts.
        """
        return pause.standing(self._ledger.statements(PAUSE), self._ledger.people())

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about pauses and does not count."""
        return pause.problems(self._ledger.statements(PAUSE), self._ledger.people())

    async def pause(self) -> PauseState:
        """Pause the space at once; where a pause stands already, this one stands beside it.

        It is written each time: a lift that is on its way from another of this person's devices must not take this one.
        It names the sessions that go on here and the checklists that somebody ticked, which are over with it. One that
        nobody ticked waits, as any ask does.

        Rule (Pause): anyone, at any time, offline too; no reason is asked and nobody has to agree or confirm.
        """
        stops = tuple(self._under_way())
        now = self._ledger.now()
        (identifier,) = await self._ledger.write(Say(kind=PAUSE, answers=stops, home="core", early=True), at=now)
        found = (each for each in self.standing() if each.id == identifier)
        # Before the first sync has told who this person is, the fold cannot say so; the pause stands all the same.
        return next(found, PauseState(id=identifier, person=self._ledger.me, at=now))

    async def lift(self) -> None:
        """Lift this person's own pauses, exactly those seen here; raises `NotAllowed` where there is none.

        It names what was begun or ticked by somebody who had not heard of the pause: nothing goes on by itself after
        it. Until all of one's own are named, those that are not stand.

        Rule (Pause): each person lifts only their own pauses, and one that was made meanwhile still stands.
        """
        own = [each.id for each in self.standing() if each.person == self._ledger.me]
        if not own:
            raise NotAllowed(_ONLY_ONES_OWN)
        stops = self._under_way()
        together = not stops or len(own) + len(stops) <= ANSWERS_MAX
        # each names a pause, or it would be one that lifts nothing
        answers = chunks([*own, *stops]) if together else (*chunks(own), (own[0], *stops))
        lifts = (Say(kind=LIFT, answers=some, home="core") for some in answers)
        await write_in_parts(self._ledger, *lifts, at=self._ledger.now())

    def _under_way(self) -> list[StatementId]:
        """Return what is to be stopped by name, what this person is in first, then where most take part.

        Where there is more than can be named, altered software made it: what is left out is in the pause all the same
        while that stands, and after it as far as its clocks say so.
        """
        me, people, pauses = self._ledger.me, self._ledger.people(), self._ledger.statements(PAUSE)
        sessions = focus.under_way([*self._ledger.statements(focus.PREFIX), *pauses], people)
        rounds = checklist.under_way([*self._ledger.statements(checklist.PREFIX), *pauses], people)
        found = sessions | rounds
        order = sorted(found, key=lambda each: (me in found[each], len(found[each]), each), reverse=True)
        return order[: limits.STOPPED_AT_ONCE]
