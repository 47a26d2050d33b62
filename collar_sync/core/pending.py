"""What is on its way to the disk, and what follows once it is there.

It numbers batches and knows which of them are not written yet; nothing of what is in one, and of no disk.
"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import msgspec

from collar_sync.core.space import Space
from collar_sync.core.steps import Applied
from collar_sync.ids import DocumentId

T = TypeVar("T")


class Pending(msgspec.Struct, Generic[T], frozen=True):
    """What a batch on its way to the disk holds, and what follows."""

    space: Space | None = None
    applied: tuple[Applied, ...] = ()
    sealed: frozenset[DocumentId] = frozenset()
    then: Callable[[T], None] | None = None
    bytes: int = 0

    def documents(self) -> set[DocumentId]:
        """The documents that it holds something of."""
        return {each.document for each in self.applied} | self.sealed


class OnTheWay(Generic[T]):
    """Every batch that was asked to be stored and is not yet, by its number."""

    def __init__(self) -> None:
        self.asked = 0  # how many there were in all: the number of the last
        self.bytes = 0  # of those that are not stored
        self._pending: dict[int, Pending[T]] = {}

    def __iter__(self) -> Iterator[Pending[T]]:
        return iter(self._pending.values())

    def add(self, pending: Pending[T]) -> int:
        """One more; its number."""
        self.asked += 1
        self._pending[self.asked] = pending
        self.bytes += pending.bytes
        return self.asked

    def take(self, number: int) -> Pending[T]:
        """Take out one that is stored."""
        taken = self._pending.pop(number)
        self.bytes -= taken.bytes
        return taken

    def give_up(self, after: int = 0) -> None:
        """Wait no more for those that came after that one: they never reach the disk."""
        self._pending = {number: pending for number, pending in self._pending.items() if number <= after}
        self.bytes = sum(pending.bytes for pending in self)

    def empty(self) -> bool:
        """Whether all is stored."""
        return not self._pending
