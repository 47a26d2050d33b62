"""Whose turn it is among the processes that share a run of tests: many at once, or one that is to be alone.

Knows nothing of pytest. Where a process ends, its locks end with it, so nobody waits for one that is gone.
"""

import contextlib
from pathlib import Path

with contextlib.suppress(ImportError):  # Windows has none, and no run is shared there
    import fcntl


class Turns:
    """Locks on one file: every test shares a byte of it, and one that is alone has it to itself.

    The other byte is the door to that: whoever waits to be alone stands in it, so that nobody comes in before.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b")
        self._alone = False

    def take(self, *, alone: bool) -> None:
        """Waits until it is this test's turn."""
        if self._alone:
            return  # kept by the one before
        self._lock(fcntl.LOCK_EX, 0)
        self._lock(fcntl.LOCK_EX if alone else fcntl.LOCK_SH, 1)
        if not alone:
            self._lock(fcntl.LOCK_UN, 0)
        self._alone = alone

    def leave(self) -> None:
        """Lets the others go on."""
        self._lock(fcntl.LOCK_UN, 1)
        self._lock(fcntl.LOCK_UN, 0)
        self._alone = False

    def _lock(self, how: int, byte: int) -> None:
        fcntl.lockf(self._file, how, 1, byte)
