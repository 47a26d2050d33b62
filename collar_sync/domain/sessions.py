"""The Focus session rule, acted on: start, join, take a break, leave, end.

What would not count is refused at the call; leaving and ending never are, to someone in it. Each act writes exactly one
durable change and returns the session as it then reads.
"""

from collections.abc import Iterable
from typing import get_args

from collar_sync.core.edits import Edit, Say
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import focus, pause
from collar_sync.domain.aside import names
from collar_sync.domain.focus import BEGIN, BREAK, END, JOIN, LEAVE, PREFIX, RESUME, Kind, Session, State
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger, named, write_in_parts
from collar_sync.domain.reading import Problem, chunks, taking_part
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId, StatementId
from collar_sync.limits import FOCUS_MINUTES_MAX


@careful
class Sessions:
    """The focus sessions of one space, as the person of this device sees and answers them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> tuple[Session, ...]:
        """Every session at hand, the earliest first."""
        return tuple(self._fold().values())

    def current(self) -> Session | None:
        """Return the one that this person is in, if any.

        Rule (Focus session): one at a time per person.
        """
        return next((each for each in self.open() if self._ledger.me in each.inside), None)

    def open(self) -> tuple[Session, ...]:
        """Those that this person is in or may join; what is set aside is not among them, unless they are in it.

        Rule (Focus session): only those asked into it see it as open; what a pause stopped is over for good.
        """
        me, now, aside = self._ledger.me, self._ledger.now(), names(self._ledger)
        over = {State.ENDED, State.STOPPED}
        return tuple(
            each
            for each in self.all()
            if me in each.people
            and each.state(now) not in over
            and (me in each.inside or aside.isdisjoint((each.id, each.begun_by)))
        )

    def get(self, identifier: str) -> Session:
        """One session by its id; raises `NotFound`."""
        return named(
            self._ledger,
            identifier,
            lambda: self._fold().get(StatementId(identifier)),
            "There is no such session here. It may not have arrived yet.",
        )

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about sessions and does not count."""
        return focus.problems(self._statements(), self._ledger.people())

    async def begin(self, kind: Kind, minutes: int, *, people: Iterable[Person | PersonId] | None = None) -> Session:
        """Begin a session, and leave the one this person is in; `people` may join it, None is everyone.

        Raises `InvalidInput`, and `NotAllowed` while a pause stands.

        Rule (Focus session): one at a time per person, and none begins in a pause; nobody is put into it by another.
        """
        if kind not in get_args(Kind):
            raise InvalidInput(f"Choose one of these kinds: {', '.join(get_args(Kind))}.")
        if not 1 <= minutes <= FOCUS_MINUTES_MAX:
            raise InvalidInput(f"A session lasts 1 to {FOCUS_MINUTES_MAX} minutes. Begin another one afterwards.")
        self._no_pause()
        invited = taking_part(people, self._ledger.people(), self._ledger.me)
        body = {"kind": kind, "minutes": minutes, "people": sorted(invited)}
        now = self._ledger.now()
        begun = Say(kind=BEGIN, body=body, answers=self._lifted_ahead(now))
        (identifier, *_) = await write_in_parts(self._ledger, begun, *self._leaving(), at=now)
        return self.get(identifier)

    async def join(self, identifier: str) -> Session:
        """Join a session, and leave the one this person is in; raises `NotAllowed`, `NotFound`.

        Rule (Focus session): each joins for themself, only where they were asked, and is in one at a time.
        """
        found, now = self._mine(identifier), self._ledger.now()
        if found.state(now) in {State.ENDED, State.STOPPED}:
            raise NotAllowed("This session is over. Begin a new one.")
        self._no_pause()
        if self._ledger.me in found.inside:
            return found
        await write_in_parts(self._ledger, Say(kind=JOIN, subject=found.id), *self._leaving(), at=now)
        return self.get(found.id)

    async def take_break(self, identifier: str) -> Session:
        """Let the clock stand still until this person resumes it; raises `NotAllowed`, `NotFound`.

        Rule (Focus session): a break is each person's own, and the clock that everyone sees stands still with it.
        """
        found = self._inside(identifier)
        await self._ledger.write(Say(kind=BREAK, subject=found.id), at=self._ledger.now())
        return self.get(found.id)

    async def resume(self, identifier: str) -> Session:
        """End this person's own breaks, exactly those seen here; raises `NotAllowed` where there is none.

        Rule (Focus session): each person ends only their own breaks; while another's stands, so does the clock.
        """
        found = self._inside(identifier)
        own = focus.breaks_of(self._statements(), self._ledger.people(), found.id, self._ledger.me)
        if not own:
            raise NotAllowed("You have no break of your own here. A break is ended by the person who takes it.")
        says = (Say(kind=RESUME, subject=found.id, answers=some) for some in chunks(each.id for each in own))
        await write_in_parts(self._ledger, *says, at=self._ledger.now())
        return self.get(found.id)

    async def leave(self, identifier: str) -> Session:
        """Leave a session; for the others it goes on. Raises `NotFound`.

        Rule (Focus session): anyone leaves at any time, in a pause too; nobody is asked, and nobody else is thrown out.
        """
        found = self._mine(identifier)
        leaving = self._leaving()
        if self._ledger.me in found.inside and leaving:
            await write_in_parts(self._ledger, *leaving, at=self._ledger.now())
        return self.get(found.id)

    async def end(self, identifier: str) -> Session:
        """End a session for everyone in it; raises `NotAllowed`, `NotFound`.

        Rule (Focus session): anyone asked into it may end it for all; nothing follows from that.
        """
        found = self._mine(identifier)
        await self._ledger.write(Say(kind=END, subject=found.id), at=self._ledger.now())
        return self.get(found.id)

    def _leaving(self) -> list[Edit]:
        """Say that this person leaves whatever they entered, as far as it is seen here; last, what they are in."""
        entered = focus.entries_of(self._statements(), self._ledger.people(), self._ledger.me)
        left: dict[StatementId, list[StatementId]] = {}
        for each in sorted(entered, key=lambda each: (each.at, each.id), reverse=True):
            left.setdefault(focus.session_of(each), []).append(each.id)
        return [
            Say(kind=LEAVE, subject=session, answers=some)
            for session in reversed(left)
            for some in chunks(left[session])
        ]

    def _mine(self, identifier: str) -> Session:
        found = self.get(identifier)
        if self._ledger.me not in found.people:
            raise NotAllowed("You were not asked into this session.")
        return found

    def _inside(self, identifier: str) -> Session:
        found = self._mine(identifier)
        if self._ledger.me not in found.inside:
            raise NotAllowed("Join this session first.")
        return found

    def _no_pause(self) -> None:
        if pause.standing(self._ledger.statements(pause.PAUSE), self._ledger.people()):
            raise NotAllowed("A pause stands. A session can begin when it is lifted.")

    def _lifted_ahead(self, now: int) -> tuple[StatementId, ...]:
        return pause.ahead(self._ledger.statements(pause.PAUSE), self._ledger.people(), now)

    def _statements(self) -> list[Said]:
        return [*self._ledger.statements(PREFIX), *self._ledger.statements(pause.PAUSE)]

    def _fold(self) -> dict[StatementId, Session]:
        return focus.fold(self._statements(), self._ledger.people(), past=self._ledger.past())
