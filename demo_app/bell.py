"""A bell, rung whenever something a page shows has changed. It carries no content, so who is slow misses nothing."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """Rings for everybody who listens; rings that nobody has answered yet are one ring."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()

    def ring(self) -> None:
        """Something changed."""
        for listener in self._listeners:
            listener.set()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set by each ring, and at first; the listener clears it before it looks."""
        listener = asyncio.Event()
        listener.set()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
