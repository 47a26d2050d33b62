"""Goes on saying that this laptop's person is here, from when they said so until they do no more, or it was taken back.

Nothing is noticed: only its person begins it. A lock and the end of the app end it. What a pause, a hide or its own end
took back is not said again by itself, also where it could be.
"""

import asyncio
from contextlib import suppress
from typing import Final

from collar_sync.domain.presence import HERE_MILLISECONDS
from collar_sync.errors import CollarError
from collar_sync.node import Space

AGAIN_SECONDS: Final = HERE_MILLISECONDS / 1000 / 2  # before the word ends by itself


class Here:
    """Being here, as this laptop's person says it in one space at a time."""

    def __init__(self, again_seconds: float = AGAIN_SECONDS) -> None:
        self._again_seconds = again_seconds
        self._going_on: asyncio.Task[None] | None = None
        self._space: Space | None = None

    def say(self, space: Space) -> None:
        """Say it, and go on saying it; raises `NotAllowed` where nobody is to see it."""
        self.stop()
        space.presence.arrive()
        self._space = space
        self._going_on = asyncio.create_task(self._go_on(space))

    def stop(self, space: Space | None = None) -> None:
        """Say nothing more of it, at once, in that space where one is named; nothing where nothing was said."""
        if self._going_on is not None and self._space is not None and space in {None, self._space}:
            self._going_on.cancel()
            self._space.presence.leave()
            self._going_on, self._space = None, None

    async def _go_on(self, space: Space) -> None:
        while True:
            await asyncio.sleep(self._again_seconds)
            if not space.presence.told():
                return
            with suppress(CollarError):  # taken back just now
                space.presence.arrive()
