"""Where other devices knock: at the address that was asked for, and at ports that are announced and change.

A port that stays the same would link the announcements of one day to those of the next. So each announcement has a
port of its own, and the last few go on listening, since whoever heard of them may be on their way. A port that a person
chose, though, is the one that is announced: perhaps a firewall lets through no other. Decides nothing about who enters.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from collar_sync.errors import LocalError
from collar_sync.shells.transport import Connection, Listener

_PASSING_MAX: Final = 4  # a network that changes takes two or three announcements to settle


class Doors:
    """Every listener of one device; `accept` serves each connection that comes in, `standing` is as a listener's."""

    def __init__(self, accept: Callable[[Connection], Awaitable[None]], standing: Callable[[str], int]) -> None:
        self.port = 0  # of the address that was asked for; 0 until it listens
        self._accept = accept
        self._standing = standing
        self._host = ""
        self._chosen = False
        self._first: Listener | None = None
        self._passing: deque[Listener] = deque()
        self._leaving: list[Listener] = []  # let nobody new in; what came through them goes on

    async def open(self, host: str, port: int) -> None:
        """Listen at this address; raises `LocalError`."""
        first = Listener(self._accept, self._standing)
        await first.start(host, port)
        self._first, self._host, self._chosen, self.port = first, host, port != 0, first.port

    async def next_port(self) -> int:
        """The port for one more announcement; 0 where this device does not listen."""
        if self._first is None or self._chosen:
            return self.port
        listener = Listener(self._accept, self._standing)
        try:
            await listener.start(self._host, 0)
        except LocalError:
            return self.port  # better found by an old port than not at all
        self._passing.append(listener)
        await self._retire()
        return listener.port

    def turn_away(self) -> None:
        """Let nobody new in anywhere."""
        for listener in self._all():
            listener.turn_away()

    async def close(self) -> None:
        """Stop listening and close every connection."""
        for listener in self._all():
            await listener.close()

    async def _retire(self) -> None:
        while len(self._passing) > _PASSING_MAX:
            oldest = self._passing.popleft()
            oldest.turn_away()
            self._leaving.append(oldest)
        for listener in [each for each in self._leaving if each.idle]:
            self._leaving.remove(listener)
            await listener.close()

    def _all(self) -> list[Listener]:
        first = [self._first] if self._first is not None else []
        return [*first, *self._passing, *self._leaving]
