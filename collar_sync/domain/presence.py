"""The Presence rule: whether somebody is here now is told only to those whom they chose to show it, for a time.

To show it is one person's own act, needs no answer, and is off until it is done; to hide it is instant and one-sided. A
show counts in the last 90 days before its end, and only once it has answered every hide that binds the same person;
what it does not name is not answered, so a hide on another device always holds. Nothing here follows from how a device
is used: an app says `arrive` when its person wants that said.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from collar_sync.core.edits import Say
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.aside import names
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.passing import Air
from collar_sync.domain.reading import (
    ANSWERS_MAX,
    BEYOND_CUT,
    NOT_PLAIN,
    UNKNOWN_AUTHOR,
    UNKNOWN_KIND,
    Problem,
    id_of,
    identify,
    member,
    ordered,
    problem,
    unique,
)
from collar_sync.domain.table import Rule, always
from collar_sync.domain.table import read as decide
from collar_sync.domain.terms import FLOW_MILLISECONDS, FLOW_MILLISECONDS_MAX, Moment, moment
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "presence."
SHOW: Final = "presence.show"
HIDE: Final = "presence.hide"
EVERYONE: Final = ""  # the subject of a hide that binds all

WORD: Final = "presence"  # the kind of the word in passing
HERE_MILLISECONDS: Final = 300_000  # an app that is gone without a word is not here after five minutes


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a show."""

    until: Moment


class State(enum.StrEnum):
    """How one person's presence reads towards another: only `SHOWN` lets anything be told, all else reads alike."""

    DEPARTED = "departed"
    HIDDEN = "hidden"
    OFF = "off"
    OVER = "over"
    EARLY = "early"
    SHOWN = "shown"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides whether one person's presence may be told to another at a moment."""

    departed: bool = False
    hidden: bool = False
    shown: bool = False
    over: bool = False
    early: bool = False


TABLE: Final[tuple[Rule[Facts, State], ...]] = (
    Rule("one of the two has left", lambda facts: facts.departed, State.DEPARTED),
    Rule("a hide of theirs stands that no show of theirs names", lambda facts: facts.hidden, State.HIDDEN),
    Rule("they have not shown it to that person", lambda facts: not facts.shown, State.OFF),
    Rule("its end has come", lambda facts: facts.over, State.OVER),
    Rule("its end is more than 90 days away", lambda facts: facts.early, State.EARLY),
    Rule("nothing stands against it", always, State.SHOWN),
)


class Showing(msgspec.Struct, frozen=True):
    """A person shows another when they are here, until then, in milliseconds since the epoch."""

    person: PersonId
    to: PersonId
    until: int


class Towards(msgspec.Struct, frozen=True):
    """Where one person's presence stands towards another, whatever the time.

    `until` is the earliest end of the shows that stand, None where none does; `heads` are the shows and hides that
    nothing of the same person names.
    """

    departed: bool
    hidden: bool
    until: int | None
    heads: frozenset[StatementId]

    def state(self, now: int) -> State:
        """How it reads at `now`.

        Rule (Sharing): off by default; hidden, over and never shown read alike to the other.
        """
        until = self.until
        facts = Facts(
            departed=self.departed,
            hidden=self.hidden,
            shown=until is not None,
            over=until is not None and now >= until,
            early=until is not None and now < until - FLOW_MILLISECONDS_MAX,
        )
        return decide(TABLE, facts)


class Reading(msgspec.Struct, frozen=True):
    """What the statements say about presence: of whom towards whom, by (person, to), and what does not count."""

    towards: Mapping[tuple[PersonId, PersonId], Towards]
    problems: tuple[Problem, ...]

    def shows(self, person: Person | PersonId, to: Person | PersonId, now: int) -> bool:
        """Whether that person may be seen as here by the other at `now`.

        Rule (Sharing): only towards whom its subject chose, and only until then.
        """
        towards = self.towards.get((id_of(person), id_of(to)))
        return towards is not None and towards.state(now) is State.SHOWN


def read(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> Reading:
    """Fold the statements about presence; all others are passed over. No order of arrival is looked at."""
    problems: list[Problem] = []
    hides: dict[PersonId, list[Said]] = {}
    shows: dict[PersonId, list[tuple[Said, int]]] = {}
    for said in unique(statements):
        if not said.kind.startswith(PREFIX):
            continue
        if said.author not in people:
            problems.append(problem(said, UNKNOWN_AUTHOR))
        elif said.kind == HIDE and said.subject not in people and said.subject != EVERYONE:
            problems.append(problem(said, "It hides presence from someone who is not here."))
        elif said.kind == HIDE:
            hides.setdefault(said.author, []).append(said)
        elif said.kind == SHOW:
            until, reason = _showing(said, people)
            if until is not None:
                shows.setdefault(said.author, []).append((said, until))
            else:
                hides.setdefault(said.author, []).append(said)  # what opens nothing ends what it was to replace
                problems.append(problem(said, reason))
        else:
            problems.append(problem(said, UNKNOWN_KIND))
    towards = {
        (person, other): _towards(
            [said for said in hides.get(person, ()) if said.subject in {EVERYONE, other}],
            [(said, until) for said, until in shows.get(person, ()) if said.subject == other],
            departed=people[person].left or people[other].left,
        )
        for person in people
        for other in people
    }
    return Reading(towards, ordered(problems))


def _towards(hides: Sequence[Said], shows: Sequence[tuple[Said, int]], *, departed: bool) -> Towards:
    """What one person's hides and shows come to; only what names a hide answers it."""
    answered = {answer for said in (*hides, *(said for said, _ in shows)) for answer in said.answers}
    hidden = [said.id for said in hides if said.id not in answered]
    standing = [(said, until) for said, until in shows if said.id not in answered]
    return Towards(
        departed=departed,
        hidden=bool(hidden),
        until=min((until for _, until in standing), default=None),
        heads=frozenset((*hidden, *(said.id for said, _ in standing))),
    )


def _showing(said: Said, people: Mapping[PersonId, Person]) -> tuple[int | None, str]:
    """Until when a show counts, or why it does not."""
    try:
        until = msgspec.convert(dict(said.body), _Body).until
    except (msgspec.ValidationError, ValueError, TypeError, RecursionError):
        return None, NOT_PLAIN
    if said.subject not in people or said.subject == said.author:
        return None, "It shows presence to someone who is not in this record."
    return (None, BEYOND_CUT) if said.beyond_cut else (until, "")


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the statements about presence that do not count, and why."""
    return read(statements, people).problems


@careful
class Presence:
    """Being seen as here, in one space, as the person of this device chooses it and sees others'."""

    def __init__(self, ledger: Ledger, air: Air) -> None:
        self._ledger = ledger
        self._air = air

    def mine(self) -> tuple[Showing, ...]:
        """To whom this person shows when they are here, now, and until when.

        Rule (Sharing): who shows their presence sees all the time to whom.
        """
        now, me = self._ledger.now(), self._ledger.me
        return tuple(
            Showing(me, to, towards.until)
            for (person, to), towards in sorted(self._read().towards.items())
            if person == me and towards.until is not None and towards.state(now) is State.SHOWN
        )

    async def show(self, to: Person | PersonId, *, until: datetime | int | None = None) -> Showing:
        """Let that person see when this one is here, for two weeks or until then; 90 days at most.

        Rule (Sharing): off until its subject turns it on, person by person; 90 days at most, then chosen afresh.
        """
        other = member(to, self._ledger.people())
        now = self._ledger.now()
        if other == self._ledger.me:
            raise InvalidInput("You see your own presence anyway. Choose someone else.")
        until = moment(until, "end") if until is not None else now + FLOW_MILLISECONDS
        if until is None or until <= now:
            raise InvalidInput("The end has passed already. Choose a later one.")
        if until - now > FLOW_MILLISECONDS_MAX:
            raise InvalidInput("Presence is shown for 90 days at most, then chosen afresh. Choose an earlier end.")
        answers = sorted(self._heads(other))[-ANSWERS_MAX:]
        await self._ledger.write(Say(SHOW, other, {"until": until}, tuple(answers), home="core"), at=now)
        return Showing(self._ledger.me, other, until)

    async def hide(self, to: Person | PersonId | None = None) -> None:
        """Stop showing it to that person, or to everyone, at once; refused only for an id that is no person's.

        Rule (Sharing): its subject ends it alone, at once, offline too; it reads like being away.
        """
        subject = EVERYONE if to is None else identify(to)
        if subject == EVERYONE or not self._others_see(subject):
            self._air.hush(WORD)
        answers = sorted(self._heads(subject))[-ANSWERS_MAX:]
        hide = Say(HIDE, subject, {}, tuple(answers), home="core", early=True)
        await self._ledger.write(hide, at=self._ledger.now())

    def arrive(self) -> None:
        """Say that this person is here, to those they show it to, for five minutes; raises `NotAllowed` if none.

        Rule (Sharing): a word in memory, with a lifetime, only to those whom its subject chose.
        """
        to = [each.to for each in self.mine()]
        if not to:
            raise NotAllowed("You show nobody when you are here. Choose first whom you want to show it.")
        self._air.tell(WORD, b"", to, HERE_MILLISECONDS)

    def leave(self) -> None:
        """Say nothing more of being here.

        Rule (Sharing): who shows it stops alone and at once, and no trace of it is in the record.
        """
        self._air.hush(WORD)

    def told(self) -> frozenset[PersonId]:
        """Whom this device tells just now that its person is here; nobody once a pause, a hide or the end took it back.

        Rule (Sharing): who shares sees it all the time.
        """
        return frozenset(person for told in self._air.told() if told.kind == WORD for person in told.to)

    def here(self) -> frozenset[PersonId]:
        """Who says that they are here now; everybody else may be anywhere, and so may who is muted here.

        Rule (Sharing): paused, hidden, over and offline read alike; no time is told.
        """
        return frozenset(heard.person for heard in self._air.heard() if heard.kind == WORD) - {
            self._ledger.me,
            *names(self._ledger),
        }

    def _others_see(self, subject: str) -> bool:
        return any(each.to != subject for each in self.mine())

    def _heads(self, subject: str) -> set[StatementId]:
        """What this person's next word about that person, or about everyone, is to name."""
        return {
            head
            for (person, other), towards in self._read().towards.items()
            if person == self._ledger.me and subject in {EVERYONE, other}
            for head in towards.heads
        }

    def _read(self) -> Reading:
        return read(self._ledger.statements(PREFIX), self._ledger.people())
