"""What was said in the repairs of a life, read straight from the statements."""

from collections.abc import Iterable

from collar_sync.core.statement import Said
from collar_sync.domain.repair import Repair
from collar_sync.ids import PersonId, StatementId
from tests.domain.plain import Household, PlainLedger

NARROW = {"repair.take_back", "repair.out"}


def heard(home: Household) -> list[Said]:
    """All that may count: said by those who are in the space, and nothing beyond a cut but what narrows."""
    return [s for s in home.everything() if s.author in home.people and (s.kind in NARROW or not s.beyond_cut)]


def about(said: Iterable[Said], view: Repair, kind: str) -> list[Said]:
    """What those who take part said of that kind, about that slip-up."""
    return [s for s in said if s.kind == kind and s.subject == view.id and s.author in view.slip.parties]


def taken_back(said: list[Said], view: Repair, by: str = "repair.take_back") -> set[tuple[PersonId, StatementId]]:
    return {(s.author, answer) for s in about(said, view, by) for answer in s.answers}


def present(home: Household, view: Repair) -> set[PersonId]:
    return {person for person in view.slip.parties if not home.people[person].left}


def some(home: Household, who: int, which: int) -> tuple[PlainLedger, Repair | None]:
    """One person's device, and one of the repairs that it knows."""
    ledger = home.ledgers[who % len(home.ledgers)]
    known = ledger.repairs.all()
    return ledger, known[which % len(known)] if known else None
