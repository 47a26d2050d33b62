"""Keeps telling what agreements let others see of own entries: from the opening on, as time and others change it.

A word in passing is gone when the device is closed, and after a day; what an agreement shows goes on for weeks. So each
space is looked at once a second, and asked to show again where anything was said since, or a minute went by. What may
be shown, and to whom, the domain decides, and the gate of words in passing asks once more.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from collar_sync.core.engine import Engine
from collar_sync.errors import CollarError
from collar_sync.ids import SpaceId
from collar_sync.node.space import Space
from collar_sync.shells import clock

_LOOK_SECONDS: Final = 1.0
_MINUTE_MILLISECONDS: Final = 60_000


async def keep_showing(engine: Engine, spaces: Callable[[], Iterable[Space]]) -> None:
    """Go on until cancelled."""
    seen: dict[SpaceId, tuple[int, int, int]] = {}
    while True:
        for space in spaces():
            state = engine.spaces[space.id]
            now = (state.revision, space.now() // _MINUTE_MILLISECONDS, clock.steady() // _MINUTE_MILLISECONDS)
            if now != seen.get(space.id) and not state.over:
                seen[space.id] = now
                with suppress(CollarError):  # a store that cannot be read says so itself
                    space.tracking.tell()
        await asyncio.sleep(_LOOK_SECONDS)
