"""When to call a device again that is missing: the longer it has been gone, the longer the waits.

A wait is a fixed part of the time that has passed, so that whoever comes back is missed for at most that part longer,
and a day of calling in vain costs few calls. The part is small where a connection was lost in silence: then the other
side is likely to be there, and nobody tells either when the network is mended. Signs that it may be there now (it
announced itself, somebody writes here) bring the next call forward, and never closer than the least wait to the last.
It knows no device and no address.
"""

from collar_sync import limits


class Retry:
    """The waits between calls of one device. All times are steady milliseconds."""

    def __init__(self) -> None:
        self._since: int | None = None  # when looking for it began; None before the first call
        self._missed: int | None = None  # when it was lost in silence, on the network that this computer is on still
        self._refusals = 0  # connections in a row that ended as soon as they were there
        self._last = 0  # call
        self._next = 0

    def begin(self, steady: int, after: int = 0) -> None:
        """It may well be there now, or in a moment: call at once, but not sooner than this after the last call."""
        self._since = steady
        self._refusals = 0
        self._next = self._last + after if after else 0

    def missed(self, steady: int) -> None:
        """It was lost without a word: as `begin`, and then go on calling more often than where it said goodbye."""
        self.begin(steady)
        self._missed = steady

    def let_go(self) -> None:
        """It is not to be expected where it was lost: it said goodbye, or this computer is on another network."""
        self._missed = None

    def refused(self, steady: int) -> None:
        """It was there, and the connection ended at once: whatever the reason is, calling often does not mend it."""
        self._refusals += 1
        wait = min(limits.RECONNECT_MILLISECONDS_MIN << min(self._refusals, 16), limits.RECONNECT_MILLISECONDS_MAX)
        self._next = max(self._next, steady + wait)

    def soon(self) -> None:
        """There is some sign of it, or a person who may wait for it: call now, unless that was just done."""
        self._next = min(self._next, self._last + limits.RECONNECT_MILLISECONDS_MIN)

    def due(self, steady: int) -> bool:
        """Whether it is time."""
        return steady >= self._next

    def called(self, steady: int, jitter: float) -> None:
        """It was called just now; `jitter`, from 0 to 1, keeps two devices from missing each other again and again."""
        self._since = steady if self._since is None else self._since
        wait = (steady - self._since) // limits.RECONNECT_PART
        if self._missed is not None:
            wait = min(wait, (steady - self._missed) // limits.RECONNECT_PART_MISSED)
        wait = min(max(wait, limits.RECONNECT_MILLISECONDS_MIN), limits.RECONNECT_MILLISECONDS_MAX)
        self._last, self._next = steady, steady + int(wait * (0.75 + jitter / 2))
