"""The Limit rule: a boundary or a hard limit is one person's statement about themself, in force at once.

Nobody grants it, and only its author loosens it, naming exactly those seen. A limit counts whatever else its statement
holds; a loosening counts only in its plain form. Whose clock said what when is never asked. What a limit forbids in
consents and agreements is their fold's affair: there, a line that reads as a limit of somebody named in it does not
hold. Nothing here knows a consent.
"""

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, get_args

import msgspec

from collar_sync import limits
from collar_sync.core.alike import readings
from collar_sync.core.edits import Say
from collar_sync.core.letters import is_blank, on_one_line
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
    known,
    ordered,
    problem,
    unique,
)
from collar_sync.domain.table import Rule, always
from collar_sync.domain.table import read as decide
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "limit."
SET: Final = "limit.set"
LOOSEN: Final = "limit.loosen"

Kind = Literal["boundary", "hard limit"]

UNREADABLE: Final = "A limit in words that this version cannot show. Ask before going on."


class State(enum.StrEnum):
    """How one limit reads; it is in force from the moment it is said."""

    STANDING = "standing"
    LOOSENED = "loosened"


class Facts(msgspec.Struct, frozen=True):
    """All that the state of one limit depends on."""

    loosened: bool = False


TABLE: Final[tuple[Rule[Facts, State], ...]] = (
    Rule("its own author loosened it, and named it", lambda facts: facts.loosened, State.LOOSENED),
    Rule("nobody grants it, and nothing else ends it", always, State.STANDING),
)


class Limit(msgspec.Struct, frozen=True):
    """One standing limit of one person, in their words, and when by their own clock: of another, show the day."""

    id: StatementId
    person: PersonId
    kind: Kind
    text: str
    at: int


class LimitReading(msgspec.Struct, frozen=True):
    """What the statements say about limits: those that stand, and what did not count."""

    standing: tuple[Limit, ...]
    problems: tuple[Problem, ...]


def read(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> LimitReading:
    """Fold the limits and their loosenings among the statements; all others are passed over. Never raises."""
    made: dict[StatementId, Said] = {}
    loosenings: list[Said] = []
    problems: list[Problem] = []
    for said in unique(statements):
        if not said.kind.startswith(PREFIX):
            continue
        if said.author not in people:
            problems.append(problem(said, UNKNOWN_AUTHOR))
        elif said.kind == SET:
            made[said.id] = said
        elif said.kind == LOOSEN:
            loosenings.append(said)
        else:
            problems.append(problem(said, UNKNOWN_KIND))
    loosened = _loosened(made, loosenings, problems)
    standing = [
        _limit(said) for said in made.values() if decide(TABLE, Facts(loosened=said.id in loosened)) is State.STANDING
    ]
    return LimitReading(
        standing=tuple(sorted(standing, key=lambda each: (each.at, each.id))),
        problems=ordered(problems),
    )


def _loosened(
    made: Mapping[StatementId, Said], loosenings: Iterable[Said], problems: list[Problem]
) -> set[StatementId]:
    """Return the limits that a loosening of their own author names."""
    loosened: set[StatementId] = set()
    for said in loosenings:
        if said.body or said.beyond_cut:
            problems.append(problem(said, NOT_PLAIN if said.body else BEYOND_CUT))
            continue
        named = [made[each] for each in said.answers if each in made]
        if not named:
            problems.append(problem(said, "It names no limit that is here."))
        for limit in named:
            if limit.author == said.author:
                loosened.add(limit.id)
            else:
                problems.append(problem(said, "It names a limit of someone else; only its author loosens a limit."))
    return loosened


def _limit(said: Said) -> Limit:
    text, kind = said.body.get("text"), said.body.get("kind")
    readable = isinstance(text, str) and not is_blank(text) and len(text) <= limits.LINE_CHARACTERS_MAX
    return Limit(
        id=said.id,
        person=said.author,
        kind="boundary" if kind == "boundary" else "hard limit",
        text=text.strip() if isinstance(text, str) and readable else UNREADABLE,
        at=said.at,
    )


def standing(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Limit, ...]:
    """Return the limits that stand, the earliest (by their authors' clocks) first."""
    return read(statements, people).standing


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the limit statements that do not count, and why."""
    return read(statements, people).problems


def open_names(
    statements: Sequence[Said], _records: Mapping[str, object], people: Mapping[PersonId, Person], _now: int
) -> set[str]:
    """Name the limits that stand, and what does not count."""
    reading = read(statements, people)
    return {each.id for each in reading.standing} | {each.statement for each in reading.problems}


def lines(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> dict[PersonId, frozenset[str]]:
    """Return what each person has set a limit to, as `alike.readings` has it, for comparing with a consent's lines."""
    found: dict[PersonId, set[str]] = defaultdict(set)
    for each in standing(statements, people):
        found[each.person] |= readings(each.text)
    return {person: frozenset(texts) for person, texts in found.items()}


@careful
class Limits:
    """The limits of everyone in one space; the person of this device sets and loosens their own."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def standing(self) -> tuple[Limit, ...]:
        """Return every standing limit, the earliest first.

        Rule (Limit): each stands until its own author takes it back; no time, no clock and nobody else ends it.
        """
        return standing(self._ledger.statements(PREFIX), self._ledger.people())

    def of(self, person: Person | PersonId) -> tuple[Limit, ...]:
        """Return the standing limits of one person; raises `InvalidInput` for a stranger, of whom nothing is known.

        Rule (Limit): what a person set for themself; nobody sets a limit for another.
        """
        identifier = known(person, self._ledger.people())
        return tuple(each for each in self.standing() if each.person == identifier)

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about limits and does not count."""
        return problems(self._ledger.statements(PREFIX), self._ledger.people())

    async def set(self, text: str, kind: Kind = "boundary") -> Limit:
        """State a limit of this person; it is in force at once, and nobody is asked. Raises `InvalidInput`.

        Rule (Limit): one person's statement about themself, in force at once and granted by nobody.
        """
        body = _body(text, kind)
        now = self._ledger.now()
        (identifier,) = await self._ledger.write(Say(kind=SET, body=body, home="core", early=True), at=now)
        return self._stated(identifier, body["text"], kind, now)

    async def loosen(self, limit: str) -> None:
        """Take back one limit of this person; raises `NotFound`, and `NotAllowed` for anyone else's.

        Rule (Limit): only its own author loosens a limit; no consent or agreement does it for them.
        """
        found = self._mine(limit)
        await self._ledger.write(Say(kind=LOOSEN, answers=(found.id,), home="core"), at=self._ledger.now())

    async def reword(self, limit: str, text: str, kind: Kind = "boundary") -> Limit:
        """Put other words in the place of one limit of this person, in one change; raises as `set` and `loosen`.

        Rule (Limit): only its own author rewords it, and there is no moment between at which neither stands.
        """
        body, now = _body(text, kind), self._ledger.now()
        loosened = Say(kind=LOOSEN, answers=(self._mine(limit).id,), home="core")
        made, _ = await self._ledger.write(Say(kind=SET, body=body, home="core"), loosened, at=now)
        return self._stated(made, body["text"], kind, now)

    def _stated(self, identifier: StatementId, text: str, kind: Kind, now: int) -> Limit:
        """The limit that was just written, as it stands.

        Before the first sync the fold cannot say whose it is, though it stands. And another device of this person may
        have loosened it by now.
        """
        found = (each for each in self.standing() if each.id == identifier)
        return next(found, Limit(id=identifier, person=self._ledger.me, kind=kind, text=text, at=now))

    def _mine(self, limit: str) -> Limit:
        found = next((each for each in self.standing() if each.id == limit), None)
        if found is None:
            raise NotFound("There is no such limit here, or it was taken back already.")
        if found.person != self._ledger.me:
            raise NotAllowed("Only the person whose limit it is can loosen it.")
        return found


def _body(text: str, kind: Kind) -> dict[str, str]:
    text = on_one_line(text)
    if is_blank(text):
        raise InvalidInput("Write what the limit is: it is empty.")
    if len(text) > limits.LINE_CHARACTERS_MAX:
        raise InvalidInput(f"A limit has {limits.LINE_CHARACTERS_MAX} characters at most. Say it shorter, or in two.")
    if kind not in get_args(Kind):
        raise InvalidInput(f"Choose one of these kinds: {', '.join(get_args(Kind))}.")
    return {"text": text, "kind": kind}
