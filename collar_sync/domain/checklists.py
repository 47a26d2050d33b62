"""The Checklist rule, acted on: begin a round, tick, untick, end, begin afresh.

What would not count is refused at the call; an untick never is, to someone named. Each act writes exactly one durable
change and returns the round as it then reads.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, get_args

from collar_sync.core.edits import Say
from collar_sync.core.letters import misleads
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import pause, written
from collar_sync.domain.aside import names
from collar_sync.domain.checklist import (
    BEGIN,
    END,
    PREFIX,
    TICK,
    UNTICK,
    Occasion,
    Round,
    State,
    fold,
    problems,
)
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger, named
from collar_sync.domain.reading import MISLEADS, Problem, taking_part
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId, StatementId
from collar_sync.limits import CHECKLIST_HOURS_MAX, TITLE_CHARACTERS_MAX

_HOUR: Final = 60 * 60 * 1000
_CLOSED_MAX: Final = 64  # rounds that one beginning closes; nobody has so many open

STARTERS: Final[Mapping[Occasion, tuple[str, ...]]] = {
    "scene": (
        "I am here because I want to be, and I could say no.",
        "I slept and ate enough, and took nothing that clouds me.",
        "I know what we are going to do, and what we are not.",
        "I know the word that stops everything, and I will use it.",
        "I said what is different about me today.",
        "Water, a blanket and what we may need for safety are within reach.",
        "We know how we will look after each other afterwards.",
    ),
    "aftercare": (
        "I had something to drink, and something to eat if I wanted it.",
        "I am warm, and nothing hurts that should not.",
        "I said how I am, or that I cannot say yet.",
        "I know when we talk about it.",
        "I know whom I can reach tonight and tomorrow.",
    ),
}


@careful
class Checklists:
    """The checklists of one space, as the person of this device sees and answers them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> tuple[Round, ...]:
        """Every round at hand, the earliest begun first."""
        return tuple(self._fold().values())

    def visible(self) -> tuple[Round, ...]:
        """Those to show to this person now, open or not; what waits unseen, in a pause or set aside, is not among them.

        Rule (Pause): while one stands, what another began and this person has not answered waits unseen.
        """
        me, aside = self._ledger.me, names(self._ledger)
        return tuple(
            each
            for each in self.all()
            if not each.unseen_by(me) and each.id not in aside and (each.begun_by not in aside or each.ticked_by(me))
        )

    def open(self) -> tuple[Round, ...]:
        """Those to show that can still become ready, or are.

        Rule (Checklist): one that was unticked or ended is not open; in a pause what another began waits unseen.
        """
        now, still = self._ledger.now(), {State.WAITING, State.READY, State.PAUSED}
        return tuple(each for each in self.visible() if each.state(now) in still)

    def get(self, identifier: str) -> Round:
        """One round by its id; raises `NotFound`."""
        return named(
            self._ledger,
            identifier,
            lambda: self._fold().get(StatementId(identifier)),
            "There is no such checklist here. It may not have arrived yet.",
        )

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about checklists and does not count."""
        return problems(self._ledger.statements(PREFIX), self._ledger.people())

    async def begin(
        self,
        occasion: Occasion,
        lines: Sequence[str] | str = (),
        title: str = "",
        *,
        people: Iterable[Person | PersonId] | None = None,
        hours: int = 12,
    ) -> Round:
        """Begin a round; earlier ones of the same name that are still open are over with it.

        Without `lines`, those that `STARTERS` offers; `people` None is everyone, and whoever begins takes part. It can
        be ready for so many hours. Raises `InvalidInput` and `NotAllowed`.

        Rule (Checklist): it begins with nothing ticked, since silence means not ready; each ticks for themself.
        """
        if occasion not in get_args(Occasion):
            raise InvalidInput(f"Choose one of these occasions: {', '.join(get_args(Occasion))}.")
        if not 1 <= hours <= CHECKLIST_HOURS_MAX:
            raise InvalidInput(
                f"A checklist is for 1 to {CHECKLIST_HOURS_MAX} hours. Begin it afresh when the time comes."
            )
        kept = written.lines(lines, "The checklist") or STARTERS[occasion]
        title = written.text(title, "The title", TITLE_CHARACTERS_MAX) or occasion
        if any(map(misleads, (title, *kept))):
            raise InvalidInput(MISLEADS)
        invited = taking_part(people, self._ledger.people(), self._ledger.me)
        own = [each for each in self.all() if self._ledger.me in each.people and not each.ended]
        before = [each.id for each in own if (each.title, each.occasion) == (title, occasion)]
        now = self._ledger.now()
        body = {
            "occasion": occasion,
            "title": title,
            "lines": list(kept),
            "people": sorted(invited),
            "until": now + hours * _HOUR,
        }
        closed = (Say(kind=END, subject=each) for each in before[-_CLOSED_MAX:])
        (made, *_) = await self._ledger.write(Say(kind=BEGIN, body=body), *closed, at=now)
        return self.get(made)

    async def again(self, identifier: str, *, hours: int = 12) -> Round:
        """Begin the same list afresh, with nothing ticked; raises as `begin` and `get`.

        Rule (Checklist): all tick afresh each time; nothing of the round before counts in this one.
        """
        found, everyone = self._mine(identifier), self._ledger.people()
        here = [each for each in found.people if not everyone[each].left]
        return await self.begin(found.occasion, found.lines, found.title, people=here, hours=hours)

    async def tick(self, identifier: str, *lines: str) -> Round:
        """Tick these lines, or all of them; for this person alone. Raises `InvalidInput`, `NotAllowed`, `NotFound`.

        Rule (Checklist): each ticks only for themself; ready permits nothing that a consent does not.
        """
        found, now = self._mine(identifier), self._ledger.now()
        state = found.state(now)
        if state in {State.STOPPED, State.OVER}:
            raise NotAllowed("This round is over. Begin it afresh, so that everyone looks again.")
        if state is State.PAUSED:
            raise NotAllowed("A pause stands. Nothing is ticked until it is lifted.")
        chosen = [" ".join(line.split()) for line in lines] or list(found.lines)
        if not {*chosen} <= {*found.lines}:
            raise InvalidInput("That line is not in this checklist. Begin a new one with it.")
        if {*chosen} <= {*found.ticked_by(self._ledger.me)}:
            return found
        over = pause.ahead(self._ledger.statements(pause.PAUSE), self._ledger.people(), now)
        await self._ledger.write(Say(kind=TICK, subject=found.id, body={"lines": chosen}, answers=over), at=now)
        return self.get(found.id)

    async def untick(self, identifier: str) -> Round:
        """Stop this round at once and for good, without a reason; raises `NotFound`, or where one is not named.

        Rule (Checklist): anyone's untick stops it for all, whatever is ticked; to go on, all tick afresh.
        """
        found = self._mine(identifier)
        await self._ledger.write(Say(kind=UNTICK, subject=found.id), at=self._ledger.now())
        return self.get(found.id)

    async def end(self, identifier: str) -> Round:
        """Say that what this round was for has been; raises `NotFound`, or where one is not named.

        Rule (Checklist): anyone named may end it; what is over never reads as ready.
        """
        found = self._mine(identifier)
        await self._ledger.write(Say(kind=END, subject=found.id), at=self._ledger.now())
        return self.get(found.id)

    def _mine(self, identifier: str) -> Round:
        found = self.get(identifier)
        if self._ledger.me not in found.people:
            raise NotAllowed("Only those who are named in a checklist tick it, stop it or end it.")
        return found

    def _fold(self) -> dict[StatementId, Round]:
        said: list[Said] = [*self._ledger.statements(PREFIX), *self._ledger.statements(pause.PAUSE)]
        return fold(said, self._ledger.people(), past=self._ledger.past())
