"""The erasing half of the rule of people and devices: who asked that a record be erased, and who says that they did.

Erasing takes a yes on each device, given there. So a request asks and does nothing; a receipt is said by whoever wants
to, just before their device erases it, and nobody is owed one. What somebody saw, copied or backed up cannot be called
back by either. It knows no device's disk.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from collar_sync.core.edits import Say
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import pause
from collar_sync.domain.aside import names
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger, write_in_parts
from collar_sync.domain.reading import NOT_PLAIN, Problem, amiss, chunks, ordered, problem, unique
from collar_sync.ids import DeviceId, PersonId, StatementId

PREFIX: Final = "erase."
ASK: Final = "erase.ask"
RECEIPT: Final = "erase.receipt"
WARNING: Final = (
    "Each device that has this record erases it only when its own person says so there. What somebody has read, "
    "copied, photographed or kept in a backup cannot be called back."
)


class Receipt(msgspec.Struct, frozen=True):
    """Somebody says that one of their devices erases the record; when, by their own clock."""

    person: PersonId
    device: DeviceId
    at: int


class Request(msgspec.Struct, frozen=True):
    """Somebody asks everybody to erase the record; when, by their own clock, and what was said to it since."""

    id: StatementId
    person: PersonId
    at: int
    receipts: tuple[Receipt, ...] = ()


def read(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[tuple[Request, ...], list[Problem]]:
    """Read the requests among the statements, the earliest first, each with its receipts. Never raises."""
    asked: dict[StatementId, Said] = {}
    receipts: dict[StatementId, set[Receipt]] = {}
    said_so: list[Said] = []
    problems: list[Problem] = []
    for said in unique(statements):
        if not said.kind.startswith(PREFIX):
            continue
        reason = amiss(said, people, known=said.kind in {ASK, RECEIPT}) or (NOT_PLAIN if said.body else None)
        if reason is not None:
            problems.append(problem(said, reason))
        elif said.kind == ASK:
            asked[said.id] = said
        else:
            said_so.append(said)
    for said in said_so:
        if asked.keys().isdisjoint(said.answers):
            problems.append(problem(said, "It answers no request that is here."))
        for answer in said.answers:
            receipts.setdefault(answer, set()).add(Receipt(said.author, said.device, said.at))
    found = [
        Request(each.id, each.author, each.at, tuple(sorted(receipts.get(each.id, ()), key=_order)))
        for each in asked.values()
    ]
    return tuple(sorted(found, key=lambda each: (each.at, each.id))), problems


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return what was said about erasing and does not count."""
    _, found = read(statements, people)
    return ordered(found)


def hidden(statements: Sequence[Said], people: Mapping[PersonId, Person], me: PersonId, _now: int) -> set[str]:
    """Name what another asks, while a pause stands.

    Rule (Pause): while one stands, new asks wait unseen.
    """
    if not pause.standing(statements, people):
        return set()
    return {said.id for said in statements if said.kind == ASK and said.author != me}


def _order(receipt: Receipt) -> tuple[int, DeviceId, PersonId]:
    return receipt.at, receipt.device, receipt.person


@careful
class Erasing:
    """Asking others to erase the record of one space, and telling them that it was done here."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> tuple[Request, ...]:
        """Every request, the earliest first; it stays a request until each device's own person says yes there."""
        found, _ = read(self._ledger.statements(PREFIX), self._ledger.people())
        return found

    def visible(self) -> tuple[Request, ...]:
        """Those to show to this person now: in a pause, what another asks waits unseen.

        Rule (Pause): while one stands, new asks wait unseen.
        """
        statements = [*self._ledger.statements(PREFIX), *self._ledger.statements(pause.PAUSE)]
        me, aside = self._ledger.me, names(self._ledger)
        away = hidden(statements, self._ledger.people(), me, self._ledger.now())
        return tuple(each for each in self.all() if each.id not in away and aside.isdisjoint((each.id, each.person)))

    async def ask(self) -> Request:
        """Ask everybody to erase the record from their devices; nothing is erased by it, here or there.

        Rule (People and devices): erasing needs a local yes on each device; to ask decides it for nobody.
        """
        (identifier,) = await self._ledger.write(Say(kind=ASK, home="core"), at=self._ledger.now())
        return next(each for each in self.all() if each.id == identifier)

    async def receipt(self) -> None:
        """Say that this device erases the record, to every request there is; voluntary, and said before it does.

        Rule (People and devices): receipts are voluntary and owed to nobody; nothing here waits for one.
        """
        asked = [each.id for each in self.all()]
        if asked:
            says = (Say(kind=RECEIPT, answers=some, home="core") for some in chunks(asked))
            await write_in_parts(self._ledger, *says, at=self._ledger.now())
