"""What the domain asks of whoever keeps a space: who is in it, what was said, the records, and one durable write.

It has two sides. `PrivateLedger` is what a person has on this device alone: records in a private document, which is
never offered to anyone, not even to their other devices. Nothing can be said there, so nothing private can count.
This is a shape only. It must not know a document, a store, a network or a clock: `now` comes through here, and it is
never earlier than the latest that the device has persisted, so no fold has to fear a clock that jumps back.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from collar_sync import limits
from collar_sync.core.edits import Edit, Scalar, SetFields, SetText
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.errors import NotFound
from collar_sync.ids import DeviceId, PersonId, StatementId

T = TypeVar("T")


class PrivateLedger(Protocol):
    """What this device keeps for its person alone, within one space."""

    @property
    def me(self) -> PersonId:
        """Whose device this is."""

    def now(self) -> int:
        """Milliseconds since the epoch, never earlier than any value it gave before."""

    def zone(self) -> str:
        """Return the IANA zone of this device: what "today" means where nothing names another."""

    def new_id(self) -> str:
        """Return a fresh random id for a record."""

    def private_records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        """Return the fields of every private record of that kind, by record id."""

    async def write_private(self, *edits: SetFields | SetText) -> None:
        """Make one durable change to the private records; nothing of it leaves this device."""


class Ledger(PrivateLedger, Protocol):
    """One space as one person's device sees it."""

    @property
    def device(self) -> DeviceId:
        """Which device this is."""

    def people(self) -> Mapping[PersonId, Person]:
        """Everyone who is or was in the space."""

    def statements(self, prefix: str) -> Sequence[Said]:
        """Every statement at hand whose kind starts with `prefix`, in any order, each once.

        At hand is all that is recent or unfinished; what is finished and old is brought back by `recall`.
        """

    def records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        """Return the fields of every record of that kind at hand, by record id; text fields read as text."""

    def recall(self, name: str) -> bool:
        """Bring to hand what was put away about a statement's or record's id; whether there was anything."""

    def history(self, before: tuple[int, str], count: int, kind: str | None = None) -> Sequence[Said]:
        """Return up to `count` statements of what rests, at hand or not, the last said first, before (time, id).

        Where a kind is named, of that kind alone, at the cost of those and of no others.
        """

    def past(self) -> bytes:
        """Return what is remembered of statements that are not at hand, as `finished.unfinished` made it."""

    async def write(self, *edits: Edit, at: int) -> tuple[StatementId, ...]:
        """Make one durable change; returns the ids of its `Say` edits in their order.

        `at` is the `now` by which the act was judged: it is signed with that, and so everyone judges it by that.
        """


async def write_in_parts(ledger: Ledger, *edits: Edit, at: int) -> tuple[StatementId, ...]:
    """Make one durable change of these, or where they are many, several in this order, all said at `at`; as `write`.

    How much there is to answer is up to whoever wrote it, and must keep nobody from answering. The device may die, or
    the disk fill up, between two of the changes: so what may not be said without the rest comes last.
    """
    said: list[StatementId] = []
    for start in range(0, len(edits), limits.EDITS_AT_ONCE):
        said += await ledger.write(*edits[start : start + limits.EDITS_AT_ONCE], at=at)
    return tuple(said)


def sought(ledger: Ledger, name: str, find: Callable[[], T | None]) -> T | None:
    """Return what there is of that name, brought back to hand where it rests, or None."""
    found = find()
    return find() if found is None and ledger.recall(name) else found


def named(ledger: Ledger, name: str, find: Callable[[], T | None], missing: str) -> T:
    """Return what there is of that name, as `sought`; raises `NotFound` with that sentence where there is nothing."""
    found = sought(ledger, name, find)
    if found is None:
        raise NotFound(missing)
    return found
