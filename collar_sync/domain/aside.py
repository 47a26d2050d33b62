"""Hide here, and mute: what one person does not want to look at, on this device, without anyone knowing.

Both are private and local. What is hidden looks to everyone else like unanswered; nothing is declined by it and nothing
is granted. What somebody muted asks, offers, promises, shares or lets be followed waits unseen. What narrows is never
kept from anyone: a pause, a no, a withdrawal, a limit, a leaving always shows. Whatever is hidden can still be
answered, withdrawn from and shown again.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import limit, pause, task_book
from collar_sync.domain.consent_book import DIALECTS, NO
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import PrivateLedger
from collar_sync.domain.private import REMOVED, Drawer
from collar_sync.domain.reading import identify
from collar_sync.errors import InvalidInput
from collar_sync.ids import PersonId, is_id

RECORD: Final = "aside"
ASKING: Final = (
    *("task.ask", "consent.propose", "agreement.propose", "checklist.begin", "focus.begin", "presence.show"),
    *("task.promise", task_book.REWORD, "moment.share", "update.share", "checkin.share", "slip.share", "erase.ask"),
)
"""What of a muted person waits unseen: what asks or offers something, or wants to be read."""


NARROWING: Final = frozenset(
    {
        *(noun.kind(no) for noun in DIALECTS for no in NO),
        *(pause.PAUSE, limit.SET, task_book.DECLINE, "person.leave", "device.remove"),
    }
)
"""What always shows, whatever and whoever is set aside."""


class _Kept(msgspec.Struct, frozen=True):
    at: int = 0


@careful
class Aside:
    """What this person set aside here. An id is that of whatever is hidden, or of a person who is muted."""

    def __init__(self, ledger: PrivateLedger) -> None:
        self._ledger = ledger
        self._kept = Drawer(ledger, RECORD, _Kept, "That is not set aside here.")

    def all(self) -> frozenset[str]:
        """Everything and everyone set aside here."""
        return names(self._ledger)

    async def hide(self, identifier: str) -> None:
        """Show this no more on this device, until it is shown again. Nobody is told, and nothing is answered by it.

        Raises `InvalidInput` for a person, who is muted, not hidden.

        Rule (People and devices): local and one-sided: to the others it looks like unanswered; what narrows still
        shows.
        """
        if not identifier or is_id(identifier, "person"):
            raise InvalidInput("Choose something of this record to hide. A person can be muted instead.")
        await self._kept.put(identifier, at=self._ledger.now())

    async def mute(self, person: Person | PersonId) -> None:
        """Let what this person asks, offers or tells wait unseen on this device. Raises `InvalidInput` for oneself.

        Rule (People and devices): local, instant and one-sided, and they are not told; their pause or no still shows.
        """
        identifier = identify(person)
        if identifier == self._ledger.me:
            raise InvalidInput("You cannot mute yourself. Press Pause if you want quiet.")
        await self._kept.put(identifier, at=self._ledger.now())

    async def show(self, identifier: str) -> None:
        """Show what was hidden or who was muted again; raises `NotFound`.

        Rule (People and devices): undone by the same person as locally as it was done; it answers nothing.
        """
        await self._kept.remove(identifier)


def names(ledger: PrivateLedger) -> frozenset[str]:
    """Return the ids of everything and everyone set aside on this device."""
    records = ledger.private_records(RECORD).items()
    return frozenset(name for name, fields in records if fields.get(REMOVED) is not True)


def unseen(statements: Iterable[Said], aside: frozenset[str]) -> set[str]:
    """Return the ids of what is not to be shown: what is hidden or somebody muted asks, and what is said of it.

    Rule (People and devices): what narrows, a pause, a no or a limit, is never among it.
    """
    if not aside:
        return set()
    statements = [each for each in statements if each.kind not in NARROWING]
    first = {each.id for each in statements if each.id in aside or (each.author in aside and each.kind in ASKING)}
    return {*first, *(each.id for each in statements if each.subject in first)}
