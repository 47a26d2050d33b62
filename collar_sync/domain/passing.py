"""What the domain asks of whoever carries words in passing: told, heard, and gone. A shape only.

It must not know a connection or a lifetime's clock. A word that may not be heard is never given out, whoever asks.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from collar_sync.core.passing import Heard, Told
from collar_sync.ids import PersonId


class Air(Protocol):
    """The words in passing of one space, as one person's device tells and hears them."""

    def tell(self, kind: str, body: bytes, to: Iterable[PersonId], lifetime_milliseconds: int) -> None:
        """Tell these people, in place of what was told of that kind; raises `NotAllowed` where none may hear it."""

    def hush(self, kind: str) -> None:
        """Take back what is told of that kind."""

    def told(self) -> Sequence[Told]:
        """Return what this device tells now."""

    def heard(self) -> Sequence[Heard]:
        """Return what other devices tell now and this person may hear."""
