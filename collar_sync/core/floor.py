"""The one time of a device: by it folds read, acts are judged, and what is said is signed.

It never goes back, whatever becomes of the wall clock, so nothing that was seen as over comes back; and what is said is
never at the time of what was said here before, so the order of one device's words is the order in which they were said.
It is no clock: the wall's time is told to it. Only a person sets it back, by an act of their own.
"""

from collar_sync.core.statement import AT_END


class Floor:
    """The time of one device; `kept` is what its store remembers, in milliseconds since the epoch."""

    def __init__(self, kept: int = 0) -> None:
        self.time = kept  # the latest that was given out, or is to be

    def now(self, wall: int) -> int:
        """Return the time while the wall clock says that."""
        self.time = max(self.time, wall)
        return self.time

    def said(self, at: int) -> None:
        """Something was said at that time: whatever comes next is later."""
        self.time = max(self.time, min(at + 1, AT_END - 1))

    def believe(self, wall: int) -> None:
        """Go back to what the wall clock says, since its person says so."""
        self.time = max(wall, 0)
