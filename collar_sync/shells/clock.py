"""The two clocks of this machine: the wall's, for showing and for days, and the steady one, for deadlines.

The core is given `now`; it never asks. Nothing here knows who asks or why.
"""

import time

_NANOSECONDS_PER_MILLISECOND = 1_000_000


def now() -> int:
    """Milliseconds since the epoch, UTC; may jump when the machine's clock is set."""
    return time.time_ns() // _NANOSECONDS_PER_MILLISECOND


def steady() -> int:
    """Milliseconds from an arbitrary start; never jumps back, and means nothing to another process."""
    return time.monotonic_ns() // _NANOSECONDS_PER_MILLISECOND
