"""The other devices of this device's spaces: where they may be, when they were last reached, what they confirmed.

A peer is one device in one space. It knows no connection's bytes; whether and why it is not connected is told to it.
"""

from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.events import Address, PeerKey
from collar_sync.core.identity import PublicKeys
from collar_sync.core.reach import SENTENCES, Tries
from collar_sync.core.session import Clock
from collar_sync.core.wire import Farewell
from collar_sync.errors import How
from collar_sync.ids import DocumentId

BLOCKED: Final = "It signed two different histories, so nothing more is taken from it. Set that device up anew."
_DIALS_MAX: Final = 8  # addresses tried side by side
_DIALLING_MAX: Final = 16  # the same, with those of earlier rounds that still wait for an answer
_NEWS_MILLISECONDS: Final = 100  # tags can be copied: a stranger who announces them makes nobody dial more often
_FOUND_MAX: Final = 4  # announcements kept; a device that changes networks leaves stale ones behind


_HOURS: Final = tuple(3 * step * sign for step in range(9) for sign in ((1, -1) if step else (1,)))
"""How far ahead the other's clock may be: 0, then ever more either way, to a day. A listener takes an hour each way."""


class PeerRecord(msgspec.Struct, frozen=True, array_like=True):
    """What is kept about a peer between openings."""

    addresses: tuple[Address, ...] = ()
    last_reached: int | None = None
    stored: dict[DocumentId, Clock] = {}
    parted: bool = False  # it knows that this device's person left


class Apart(msgspec.Struct, frozen=True):
    """Why no connection with a device is kept, in words, and what it is told when it calls: nothing, if that is None.

    Then its call is not even answered.
    """

    reason: str
    farewell: Farewell | None = None


class Peer:
    """One device in one space. `secret` is what both sides' announcements are recognised by."""

    def __init__(self, key: PeerKey, public: PublicKeys, secret: bytes, record: PeerRecord) -> None:
        self.key = key
        self.public = public
        self.secret = secret
        self.addresses = record.addresses
        self.last_reached = record.last_reached
        self.stored: dict[DocumentId, Clock] = dict(record.stored)
        self.apart: Apart | None = None  # why no connection with it is kept
        self.parted = record.parted
        self.link: int | None = None
        self.dialling: set[int] = set()
        self.why: str | None = None  # what was said as the last connection was closed on purpose
        self.tries = Tries()
        self.hours_there = 0  # by which its clock was ahead when it last answered at a typed address
        self.hours = 0  # what the next call supposes
        self._guessed = 0  # times that another guess was tried at once
        self._found: dict[bytes, tuple[Address, ...]] = {}
        self._failures = 0
        self._swift = 0  # tries left that follow one another closely
        self._last_dial = 0
        self._next_dial = 0
        self._turn = 0  # of more addresses than are dialled at once, the place of the first one this time

    def record(self) -> PeerRecord:
        """What to keep."""
        return PeerRecord(self.addresses, self.last_reached, dict(self.stored), self.parted)

    def forget(self) -> None:
        """Keep nothing of where it was and what it had."""
        self.addresses, self.last_reached, self.stored = (), None, {}
        self._found.clear()

    def found(self, instance: bytes, addresses: tuple[Address, ...], steady: int) -> None:
        """It announced itself: dial at once, whatever the backoff says; what was heard before is no reason to hurry."""
        self.tries.heard(steady)
        if self.apart is None:
            self.why = None
        if self._found.pop(instance, None) == addresses:
            self._next_dial = min(self._next_dial, self._last_dial + limits.RECONNECT_SWIFT_MILLISECONDS)
        else:
            self.hurry()
            self._next_dial = self._last_dial + _NEWS_MILLISECONDS
        self._found[instance] = addresses
        while len(self._found) > _FOUND_MAX:
            del self._found[next(iter(self._found))]

    def dial_soon(self) -> None:
        """Forget the backoff."""
        self._failures = 0
        self._next_dial = 0

    def hurry(self) -> None:
        """It may well be there now, or in a moment: dial at once, and again and again for a while."""
        self._swift = limits.RECONNECT_SWIFT_TRIES
        self._turn = self._guessed = 0
        self.hours = self.hours_there
        self.dial_soon()

    def due(self, located: tuple[Address, ...], steady: int) -> tuple[Address, ...]:
        """The addresses to dial now, newest announcements first; none while connected or backing off.

        While a connection was lost lately, a try does not wait for the one before: what was sent into a broken network
        stays unanswered for seconds after it was mended.
        """
        if (
            self.apart is not None
            or self.link is not None
            or steady < self._next_dial
            or (self.dialling and not self._swift)
        ):
            return ()
        announced = [address for found in reversed(self._found.values()) for address in found]
        wanted: dict[tuple[str, int, bytes | None], Address] = {}
        for address in (*announced, *self.addresses, *located):
            wanted.setdefault((address.host, address.port, address.instance), address)
        addresses = tuple(wanted.values())
        start = self._turn % len(addresses) if len(addresses) > _DIALS_MAX else 0
        return (addresses[start:] + addresses[:start])[: min(_DIALS_MAX, _DIALLING_MAX - len(self.dialling))]

    def back_off(self, steady: int, jitter: float) -> None:
        """Wait longer after each failure, with chance in it so that two devices do not keep missing each other."""
        self._last_dial = steady
        self._turn += _DIALS_MAX
        if self._swift:
            self._swift -= 1
            self._next_dial = steady + int(limits.RECONNECT_SWIFT_MILLISECONDS * (0.75 + jitter / 2))
            return
        wait = min(limits.RECONNECT_MILLISECONDS_MIN << min(self._failures, 16), limits.RECONNECT_MILLISECONDS_MAX)
        self._next_dial = steady + int(wait * (0.5 + jitter))
        self._failures += 1

    def connected(self, link: int) -> None:
        """A connection to it proved its key; whether it was worth hurrying for is seen once it ends."""
        self.link = link
        self.hours = self.hours_there
        self._swift = 0
        self.why = None
        self.tries.reached()

    def failed(self, address: Address, how: How, hours: int) -> None:
        """A call to it came to nothing; at a typed address, perhaps for its clock: another guess at it is tried."""
        self.tries.failed(how, announced=address.instance in self._found)
        if address.instance is None and how == "unanswered" and hours == self.hours:
            self.hours = _HOURS[(_HOURS.index(hours) + 1) % len(_HOURS)]
            if self._guessed < len(_HOURS):
                self._guessed += 1
                self._next_dial = min(self._next_dial, self._last_dial + limits.RECONNECT_SWIFT_MILLISECONDS)

    def why_not(self, steady: int, *, anybody: bool) -> str | None:
        """Why it is not connected, in words; None while it is."""
        if self.link is not None:
            return None
        if self.apart is not None:
            return self.apart.reason
        return self.why or SENTENCES[self.tries.cause(steady, anybody=anybody)]

    def worked(self) -> None:
        """A connection to it lasted: begin anew, without waiting."""
        self.hurry()
