"""What somebody tells everyone once, and nobody answers: the part that small moments, updates and the like share.

One kind of statement makes one thing that is read; whatever else is said of its family does not count, and is named.
Nothing of it is ever owed, so all that is understood may rest. It knows no noun.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec

from collar_sync import limits
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.aside import names
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.reading import Problem, amiss, ordered, problem, unique
from collar_sync.domain.written import parse
from collar_sync.ids import PersonId, StatementId

People = Mapping[PersonId, Person]
Form = TypeVar("Form", bound=msgspec.Struct)


class Telling(Protocol):
    """One thing that was told: its id, and by whom."""

    @property
    def id(self) -> str:
        """How it is named."""

    @property
    def person(self) -> PersonId:
        """Who told it."""


View = TypeVar("View", bound=Telling)


class Told(msgspec.Struct, Generic[Form, View], frozen=True, kw_only=True):
    """How one kind is read: the form of its body, why one does not count, and what is made of one that does.

    `unfit` is said of a body that is not in that form, `flaw` of one that is and does not count all the same.
    """

    kind: str
    form: type[Form]
    unfit: str
    flaw: Callable[[Said, Form, People], str | None]
    view: Callable[[Said, Form], View]

    @property
    def prefix(self) -> str:
        """What the kinds of this family start with."""
        return self.kind.partition(".")[0] + "."

    def read(self, statements: Iterable[Said], people: People) -> tuple[dict[StatementId, View], list[Problem]]:
        """Read what was told, the earliest (by its author's clock) first, and what does not count. Never raises."""
        found: list[tuple[Said, Form]] = []
        problems: list[Problem] = []
        prefix = self.prefix
        for said in unique(statements):
            if not said.kind.startswith(prefix):
                continue
            body = parse(said.body, self.form)
            reason = amiss(said, people, known=said.kind == self.kind)
            reason = reason or (self.unfit if body is None else self.flaw(said, body, people))
            if body is None or reason is not None:
                problems.append(problem(said, reason or self.unfit))
            else:
                found.append((said, body))
        found.sort(key=lambda each: (each[0].at, each[0].id))
        return {said.id: self.view(said, body) for said, body in found}, problems

    def problems(self, statements: Iterable[Said], people: People) -> tuple[Problem, ...]:
        """Return what was said of this family and does not count."""
        return ordered(self.read(statements, people)[1])

    def open_names(
        self, statements: Iterable[Said], _records: Mapping[str, object], people: People, _now: int
    ) -> set[str]:
        """Name what must stay at hand: only what is not understood."""
        return {each.statement for each in self.problems(statements, people)}


@careful
class Tellings(Generic[View]):
    """What was told of one kind in one space."""

    _told: ClassVar[Told[Any, Any]]

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> tuple[View, ...]:
        """Everything that was told and is at hand, the earliest first."""
        return tuple(self._by_statement().values())

    def visible(self, *, since: int = 0) -> tuple[View, ...]:
        """What was told `since` then, by its author's clock, and is to be shown to this person now.

        What a clock says that is more than a day ahead of the one here is told at no time that is known, so only a list
        of everything holds it; a page of now would hold it for years.

        Rule (Check-in): what its author has not shared is not here; what is set aside is left out on this device only.
        """
        aside = names(self._ledger)
        return tuple(
            each for said, each in self._by_statement(since).items() if aside.isdisjoint((said, each.id, each.person))
        )

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said of its family and does not count."""
        return self._told.problems(self._ledger.statements(self._told.prefix), self._ledger.people())

    def _by_statement(self, since: int = 0) -> dict[StatementId, View]:
        said = self._ledger.statements(self._told.prefix)
        found, _ = self._told.read(_recent(said, since, self._ledger.now()) if since else said, self._ledger.people())
        return found


def _recent(statements: Iterable[Said], since: int, now: int) -> list[Said]:
    return [said for said in statements if since <= said.at <= now + limits.CLOCKS_APART_MILLISECONDS_MAX]
