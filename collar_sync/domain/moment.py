"""The Small moment rule: one line of thanks, or of a little promise that was kept. Uncounted.

There is no sum, no rank and no "how many" here; a moment is read and that is all.
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
from collar_sync.domain.written import Sentence, sentence, spoken
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "moment."
SHARE: Final = "moment.share"
_UNFIT: Final = "It is no small moment that this version can show."


class Body(msgspec.Struct, frozen=True):
    """What a moment says."""

    text: Sentence


class Moment(msgspec.Struct, frozen=True):
    """One small moment: what, by whom, and when by their own clock."""

    id: StatementId
    person: PersonId
    at: int
    text: str


def read(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[list[Moment], list[Problem]]:
    """Read the moments among the statements, the earliest first; all others are passed over. Never raises."""
    found, problems = spoken(
        statements,
        people,
        prefix=PREFIX,
        kind=SHARE,
        form=Body,
        flaw=lambda _, body: None if body.text.strip() else _UNFIT,
        unfit=_UNFIT,
    )
    return [Moment(said.id, said.author, said.at, body.text) for said, body in found], problems


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
class Moments:
    """The small moments of one space."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> tuple[Moment, ...]:
        """Every moment at hand, the earliest first."""
        found, _ = read(self._ledger.statements(PREFIX), self._ledger.people())
        return tuple(found)

    def visible(self, *, since: int = 0) -> tuple[Moment, ...]:
        """Those of `since` then, by their author's clock, to show to this person now."""
        aside = names(self._ledger)
        found, _ = read(later(self._ledger.statements(PREFIX), since), self._ledger.people())
        return tuple(each for each in found if aside.isdisjoint((each.id, each.person)))

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about moments and does not count."""
        return problems(self._ledger.statements(PREFIX), self._ledger.people())

    async def share(self, text: str) -> Moment:
        """Share one line; raises `InvalidInput`."""
        text = sentence(text, "The line", needed="Write one line: what was it?")
        (identifier,) = await self._ledger.write(Say(kind=SHARE, body={"text": text}))
        return Moment(identifier, self._ledger.me, self._ledger.now(), text)
