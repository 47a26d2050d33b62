"""What the domain asks of whoever keeps a space: who is in it, what was said, the records, and one durable write.

This is a shape only. It must not know a document, a store, a network or a clock: `now` comes through here, and it is
never earlier than the latest that the device has persisted, so no fold has to fear a clock that jumps back.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from collar_sync.core.edits import Edit, Scalar
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.ids import PersonId, StatementId


class Ledger(Protocol):
    """One space as one person's device sees it."""

    @property
    def me(self) -> PersonId:
        """Whose statements `write` makes."""

    def now(self) -> int:
        """Milliseconds since the epoch, never earlier than any value it gave before."""

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

    def new_id(self) -> str:
        """Return a fresh random id for a record."""

    async def write(self, *edits: Edit) -> tuple[StatementId, ...]:
        """Make one durable change; returns the ids of its `Say` edits in their order."""
