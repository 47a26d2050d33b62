"""A drawer: private records of one kind, which this device keeps for its person alone.

Whatever works on a `PrivateLedger` only has no way to say anything to anyone. What is taken out of a drawer is no
longer read, but its words stay in the encrypted history of this device, also where its space is erased.
"""

from collections.abc import Mapping
from typing import Final, Generic, TypeVar

import msgspec

from collar_sync.core.edits import Scalar, SetFields
from collar_sync.domain.ledger import PrivateLedger
from collar_sync.errors import NotFound

REMOVED: Final = "~removed"

T = TypeVar("T", bound=msgspec.Struct)


class Drawer(Generic[T]):
    """Private records, each read as a `T`; what does not fit, from a newer version, is kept unread.

    A form that has a field `id` is given that of its record.
    """

    def __init__(self, ledger: PrivateLedger, kind: str, form: type[T], missing: str) -> None:
        self._ledger = ledger
        self._kind = kind
        self._form = form
        self._missing = missing

    def all(self, *, since: int = 0) -> dict[str, T]:
        """Every record that was not taken out, by its id; `since` leaves those unread whose `at` is before it."""
        every = self._ledger.private_records(self._kind).items()
        found = (
            (identifier, self._typed(identifier, fields))
            for identifier, fields in every
            if not since or _at(fields) >= since
        )
        return {identifier: record for identifier, record in found if record is not None}

    def find(self, identifier: str) -> T | None:
        """One record, or None."""
        return self._typed(identifier, self._ledger.private_records(self._kind).get(identifier, {REMOVED: True}))

    def get(self, identifier: str) -> T:
        """One record; raises `NotFound`."""
        found = self.find(identifier)
        if found is None:
            raise NotFound(self._missing)
        return found

    async def add(self, **fields: Scalar) -> str:
        """Put in a new record; its id.

        Rule (Private journal): written to a private document, which never leaves this device.
        """
        identifier = self._ledger.new_id()
        await self.put(identifier, **fields)
        return identifier

    async def put(self, identifier: str, **fields: Scalar) -> None:
        """Set these fields of a record, new or not.

        Rule (Private journal): written to a private document, which never leaves this device.
        """
        await self._ledger.write_private(SetFields(self._kind, identifier, {**fields, REMOVED: False}))

    async def remove(self, identifier: str) -> None:
        """Take a record out; raises `NotFound`.

        Rule (Private journal): one's own to take out; nobody is told, and what was shared of it stays said.
        """
        self.get(identifier)
        await self._ledger.write_private(SetFields(self._kind, identifier, {REMOVED: True}))

    async def restore(self, identifier: str) -> None:
        """Put back a record that was taken out, as it was; raises `NotFound` where there never was one.

        Rule (Private journal): one's own to put back, out of this device's history; nobody is told.
        """
        fields = self._ledger.private_records(self._kind).get(identifier, {})
        if not fields or self._typed(identifier, {**fields, REMOVED: False}) is None:
            raise NotFound(self._missing)
        await self._ledger.write_private(SetFields(self._kind, identifier, {REMOVED: False}))

    def _typed(self, identifier: str, fields: Mapping[str, Scalar]) -> T | None:
        if fields.get(REMOVED) is True:
            return None
        try:
            return msgspec.convert({**fields, "id": identifier}, self._form)
        except msgspec.ValidationError:
            return None


def _at(fields: Mapping[str, Scalar]) -> int:
    at = fields.get("at")
    return at if isinstance(at, int) else 0
