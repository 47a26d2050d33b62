"""The Open update rule: what I changed, how I feel, what I put in place; volunteered.

There is no request for one, here or anywhere: no statement of this family but the update itself is known, and what an
altered peer says instead is passed over and named. Nothing says how long ago the last one was.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from collar_sync.core.edits import Say
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.aside import names
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.reading import Problem, later, ordered
from collar_sync.domain.written import Passage, passage, spoken
from collar_sync.errors import InvalidInput
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "update."
SHARE: Final = "update.share"
_UNFIT: Final = "It is no open update that this version can show."


class Body(msgspec.Struct, frozen=True):
    """What an update says; any one of the three is enough."""

    changed: Passage = ""
    feeling: Passage = ""
    in_place: Passage = ""


class Update(msgspec.Struct, frozen=True):
    """One open update, by whom, and when by their own clock."""

    id: StatementId
    person: PersonId
    at: int
    changed: str
    feeling: str
    in_place: str


def read(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[list[Update], list[Problem]]:
    """Read the updates among the statements, the earliest first; all others are passed over. Never raises."""
    found, problems = spoken(
        statements,
        people,
        prefix=PREFIX,
        kind=SHARE,
        form=Body,
        flaw=lambda _, body: None if _says_something(body) else _UNFIT,
        unfit=_UNFIT,
    )
    return [Update(said.id, said.author, said.at, *msgspec.structs.astuple(body)) for said, body in found], problems


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return what was said of this kind and does not count."""
    _, found = read(statements, people)
    return ordered(found)


def open_names(
    statements: Iterable[Said], _records: Mapping[str, object], people: Mapping[PersonId, Person], _now: int
) -> set[str]:
    """Name what must stay at hand: only what is not understood."""
    return {each.statement for each in problems(statements, people)}


@careful
class Updates:
    """The open updates of one space."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> tuple[Update, ...]:
        """Every update at hand, the earliest first."""
        found, _ = read(self._ledger.statements(PREFIX), self._ledger.people())
        return tuple(found)

    def visible(self, *, since: int = 0) -> tuple[Update, ...]:
        """Those of `since` then, by their author's clock, to show to this person now."""
        aside = names(self._ledger)
        found, _ = read(later(self._ledger.statements(PREFIX), since), self._ledger.people())
        return tuple(each for each in found if aside.isdisjoint((each.id, each.person)))

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about updates and does not count."""
        return problems(self._ledger.statements(PREFIX), self._ledger.people())

    async def share(self, changed: str = "", feeling: str = "", in_place: str = "") -> Update:
        """Volunteer an update; raises `InvalidInput`."""
        body = Body(
            passage(changed, "What you changed"),
            passage(feeling, "How you feel"),
            passage(in_place, "What you put in place"),
        )
        if not _says_something(body):
            raise InvalidInput("Write what you changed, how you feel or what you put in place. One of them is enough.")
        words = {name: value for name, value in msgspec.structs.asdict(body).items() if value}
        (identifier,) = await self._ledger.write(Say(kind=SHARE, body=words))
        return Update(identifier, self._ledger.me, self._ledger.now(), body.changed, body.feeling, body.in_place)


def _says_something(body: Body) -> bool:
    return any(value.strip() for value in (body.changed, body.feeling, body.in_place))
