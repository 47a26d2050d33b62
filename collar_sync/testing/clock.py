"""The clocks of a simulated device: a wall clock that is wrong and jumps, a steady one that begins anew when opened.

True time is the world's own: milliseconds since it began. Nothing here knows what a device does with the time.
"""

from typing import Final

from collar_sync.core.events import Now

START_MILLISECONDS: Final = 1_790_000_000_000  # what an exact wall clock shows when a world begins
HOUR_MILLISECONDS: Final = 3_600_000
# Announcements are tagged by the day, and the day beside it is tried too: clocks further apart never meet.
SKEW_MILLISECONDS_MAX: Final = 11 * HOUR_MILLISECONDS


class Clock:
    """Both clocks of one device; `skew` is by how many milliseconds its wall clock is ahead."""

    def __init__(self, skew: int = 0) -> None:
        self._skew = 0
        self._steady_from = 0
        self.jump(skew)

    def now(self, true: int) -> Now:
        """What both clocks show at a true time."""
        return Now(START_MILLISECONDS + true + self._skew, true - self._steady_from)

    def jump(self, milliseconds: int) -> None:
        """Set the wall clock forward or back, as far as a world allows."""
        self._skew = max(-SKEW_MILLISECONDS_MAX, min(SKEW_MILLISECONDS_MAX, self._skew + milliseconds))

    def lose(self, milliseconds: int) -> None:
        """The same without bounds, as an empty battery or a person does it: announcements may not be recognised."""
        self._skew += milliseconds

    def restart(self, true: int, steady: int) -> None:
        """The machine starts again: its steady clock shows `steady` at this true time."""
        self._steady_from = true - steady
