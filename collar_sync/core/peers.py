"""The other devices of this device's spaces: where they may be, when they were last reached, what they confirmed.

A peer is one device in one space. It knows no connection's bytes; whether and why it is not connected is told to it.
"""

from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.events import Address, PeerKey
from collar_sync.core.identity import PublicKeys
from collar_sync.core.session import Clock
from collar_sync.ids import DocumentId

NEVER_FOUND: Final = "Not found on this network yet. Both laptops need to be on, unlocked and on the same network."
BLOCKED: Final = "It signed two different histories, so nothing more is taken from it. Set that device up anew."
_DIALS_MAX: Final = 8  # addresses tried side by side
_FOUND_MAX: Final = 4  # announcements kept; a device that changes networks leaves stale ones behind


class PeerRecord(msgspec.Struct, frozen=True, array_like=True):
    """What is kept about a peer between openings."""

    addresses: tuple[Address, ...] = ()
    last_reached: int | None = None
    stored: dict[DocumentId, Clock] = {}


class Peer:
    """One device in one space. `secret` is what both sides' announcements are recognised by."""

    def __init__(self, key: PeerKey, public: PublicKeys, secret: bytes, record: PeerRecord) -> None:
        self.key = key
        self.public = public
        self.secret = secret
        self.addresses = record.addresses
        self.last_reached = record.last_reached
        self.stored: dict[DocumentId, Clock] = dict(record.stored)
        self.blocked = False  # it signed two histories: no connection with it is kept
        self.link: int | None = None
        self.dialling: set[int] = set()
        self.why: str | None = NEVER_FOUND
        self._found: dict[bytes, tuple[Address, ...]] = {}
        self._failures = 0
        self._next_dial = 0

    def record(self) -> PeerRecord:
        """What to keep."""
        return PeerRecord(self.addresses, self.last_reached, dict(self.stored))

    def found(self, instance: bytes, addresses: tuple[Address, ...]) -> None:
        """It announced itself: dial at once, whatever the backoff says."""
        if self._found.get(instance) != addresses:
            self._next_dial = 0
        self._found.pop(instance, None)
        self._found[instance] = addresses
        while len(self._found) > _FOUND_MAX:
            del self._found[next(iter(self._found))]

    def dial_soon(self) -> None:
        """Forget the backoff."""
        self._next_dial = 0

    def due(self, located: tuple[Address, ...], steady: int) -> tuple[Address, ...]:
        """The addresses to dial now, newest announcements first; none while connected, dialling or backing off."""
        if self.blocked or self.link is not None or self.dialling or steady < self._next_dial:
            return ()
        announced = [address for found in reversed(self._found.values()) for address in found]
        wanted: dict[tuple[str, int, bytes | None], Address] = {}
        for address in (*announced, *self.addresses, *located):
            wanted.setdefault((address.host, address.port, address.instance), address)
        return tuple(wanted.values())[:_DIALS_MAX]

    def back_off(self, steady: int, jitter: float) -> None:
        """Wait longer after each failure, with chance in it so that two devices do not keep missing each other."""
        wait = min(limits.RECONNECT_MILLISECONDS_MIN << min(self._failures, 16), limits.RECONNECT_MILLISECONDS_MAX)
        self._next_dial = steady + int(wait * (0.5 + jitter))
        self._failures += 1

    def connected(self, link: int) -> None:
        """A connection to it proved its key."""
        self.link = link
        self.why = None

    def worked(self) -> None:
        """A connection to it lasted: begin anew, without waiting."""
        self._failures = 0
        self._next_dial = 0
