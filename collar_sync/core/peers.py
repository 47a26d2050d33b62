"""The other devices of this device's spaces: where they may be, when they were last reached, what they confirmed.

A peer is one device in one space. It knows no connection's bytes; whether and why it is not connected is told to it.
"""

from collections import deque
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.bucket import Bucket
from collar_sync.core.events import Address, PeerKey
from collar_sync.core.identity import PublicKeys
from collar_sync.core.reach import SENTENCES, Tries
from collar_sync.core.retry import Retry
from collar_sync.core.session import Clock
from collar_sync.core.wire import Farewell
from collar_sync.errors import How
from collar_sync.ids import DocumentId

BLOCKED: Final = (
    "It told two different stories of what it wrote, so nothing more is taken from it. Set that device up anew."
)
_DIALS_MAX: Final = 8  # addresses tried side by side
_DIALLING_MAX: Final = 16  # the same, with those of earlier rounds that still wait for an answer
_NEWS_MILLISECONDS: Final = 100  # tags can be copied: a stranger who announces them makes nobody dial more often
_FOUND_MAX: Final = 4  # announcements kept; a device that changes networks leaves stale ones behind
_HOSTS_MAX: Final = 4  # from which it called and proved its key


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
        self.retry = Retry()
        self._guessed = 0  # times that another guess was tried at once
        self._found: dict[bytes, tuple[Address, ...]] = {}
        self._news = Bucket(limits.NEWS_EACH_MILLISECONDS, limits.NEWS_BURST)
        self._proven: deque[str] = deque(maxlen=_HOSTS_MAX)
        self._turn = 0  # of more addresses than are dialled at once, the place of the first one this time

    def record(self) -> PeerRecord:
        """What to keep."""
        return PeerRecord(self.addresses, self.last_reached, dict(self.stored), self.parted)

    def forget(self) -> None:
        """Keep nothing of where it was and what it had."""
        self.addresses, self.last_reached, self.stored = (), None, {}
        self._found.clear()
        self._proven.clear()

    def found(self, instance: bytes, addresses: tuple[Address, ...], steady: int) -> None:
        """It announced itself: dial at once, whatever was waited for; what was heard before is no reason to hurry.

        Tags can be copied. Whoever announces one thing after the other under them makes nobody dial more often, and of
        what is too much nothing is kept.
        """
        self.tries.heard(steady)
        if self.apart is None:
            self.why = None
        if self._found.get(instance) == addresses:
            self.retry.soon()
        elif self._news.take(steady):
            self.look(steady, after=_NEWS_MILLISECONDS)
        else:
            return
        self._found.pop(instance, None)
        self._found[instance] = addresses
        while len(self._found) > _FOUND_MAX:
            del self._found[next(iter(self._found))]

    def look(self, steady: int, after: int = 0) -> None:
        """Look for it anew, at once: it may well be there now, or in a moment."""
        self._turn = self._guessed = 0
        self.hours = self.hours_there
        self.retry.begin(steady, after)

    def moved(self, steady: int) -> None:
        """This computer is on another network: nothing of before tells anything, and somebody may be reached now."""
        self.tries = Tries()
        if self.apart is None:
            self.why = None
        self.retry.let_go()
        self.look(steady)

    def due(self, located: tuple[Address, ...], steady: int) -> tuple[Address, ...]:
        """The addresses to dial now, newest announcements first; none while connected or waiting.

        A try does not wait for the one before: what was sent into a broken network stays unanswered for seconds after
        it was mended.
        """
        if self.apart is not None or self.link is not None or not self.retry.due(steady):
            return ()
        wanted: dict[tuple[str, int, bytes | None], Address] = {}
        for address in (*self._announced(), *self.addresses, *located):
            wanted.setdefault((address.host, address.port, address.instance), address)
        addresses = tuple(wanted.values())
        start = self._turn % len(addresses) if len(addresses) > _DIALS_MAX else 0
        return (addresses[start:] + addresses[:start])[: min(_DIALS_MAX, _DIALLING_MAX - len(self.dialling))]

    def dialled(self, steady: int, jitter: float) -> None:
        """Those addresses are being dialled; `jitter` is from 0 to 1."""
        self._turn += _DIALS_MAX
        self.retry.called(steady, jitter)

    def connected(self, link: int, host: str) -> None:
        """A connection to it, at this host, proved its key; whether that was worth an effort is seen once it ends."""
        self.link = link
        self.hours = self.hours_there
        self.why = None
        self.tries.reached()
        if host in self._proven:
            self._proven.remove(host)
        self._proven.append(host)

    def failed(self, address: Address, how: How, hours: int) -> None:
        """A call to it came to nothing; at a typed address, perhaps for its clock: another guess at it is tried."""
        self.tries.failed(how, announced=address.instance in self._found)
        if address.instance is None and how == "unanswered" and hours == self.hours:
            self.hours = _HOURS[(_HOURS.index(hours) + 1) % len(_HOURS)]
            if self._guessed < len(_HOURS):
                self._guessed += 1
                self.retry.soon()

    def lost(self, steady: int, *, silently: bool) -> None:
        """The last connection to it ended, after it had lasted: look for it anew, the harder where nobody said why."""
        self.look(steady)
        if silently:
            self.retry.missed(steady)
        else:
            self.retry.let_go()

    def knows(self, host: str) -> int:
        """How well this host is known to be where it is: 2 where it proved its key, 1 where it is announced, else 0."""
        if host in self._proven:
            return 2
        return int(any(host == each.host.partition("%")[0] for each in (*self._announced(), *self.addresses)))

    def why_not(self, steady: int, *, anybody: bool) -> str:
        """Why it is not connected, in words."""
        if self.apart is not None:
            return self.apart.reason
        cause = self.tries.cause(steady, anybody=anybody, met=self.last_reached is not None)
        return self.why or SENTENCES[cause]

    def _announced(self) -> list[Address]:
        return [address for found in reversed(self._found.values()) for address in found]
