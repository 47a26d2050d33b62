"""A promise in seconds, held on a machine that is shared: the first of a few tries that is in time keeps it.

Whoever is late by its own fault is late each time; what other programs of the machine do is another thing each time.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

TRIES: Final = 3


def kept(measure: Callable[[], float], seconds_max: float) -> None:
    """Fails unless one of a few tries takes so many seconds at most; each does all of it anew, and tells how long."""
    taken: list[float] = []
    while len(taken) < TRIES:
        taken.append(measure())
        if taken[-1] <= seconds_max:
            return
    _late(taken, seconds_max)


async def kept_there(measure: Callable[[], Awaitable[float]], seconds_max: float) -> None:
    """The same for what is to be awaited."""
    taken: list[float] = []
    while len(taken) < TRIES:
        taken.append(await measure())
        if taken[-1] <= seconds_max:
            return
    _late(taken, seconds_max)


def stood_back() -> float:
    """For how many seconds by now this thread could have gone on while the machine did other things.

    0 where the system does not tell.
    """
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def _late(taken: list[float], seconds_max: float) -> None:
    pytest.fail(f"late each time: {', '.join(f'{each:.2f}' for each in taken)} s, and {seconds_max} s at most")
