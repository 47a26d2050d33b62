"""The simulated network: connections that delay, break at any byte, linger half-open, and places that are parted.

Frames of one connection arrive in the order in which they were sent, those of different connections in any order: who
asks for the next thing to arrive picks it. A connection that breaks delivers whole frames up to some byte, and then
each end learns of it, or for a while only one does. Nothing here knows what a frame means or which software sends it.
"""

import random
from collections import deque
from collections.abc import Iterator
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.events import Closed, Event, Opened, Received, Sent
from collar_sync.errors import How

NOTICED_MILLISECONDS: Final = 4_000  # how long an end can believe in a connection that is dead: its pings tell


class Call(msgspec.Struct, frozen=True):
    """A connection that a device wants: its own name and number for it, and whom it dials."""

    caller: str
    number: int
    host: str
    port: int


class End:
    """One end of a connection: whose, its number there, and what is on its way to it; None is the news of its end."""

    def __init__(self, place: str, number: int) -> None:
        self.place = place
        self.number = number
        self.arriving: deque[bytes | None] = deque()
        self.taken = 0  # bytes that arrived, of which the other end was not told yet
        self.silent_since: int | None = None  # true milliseconds; of an end that still believes in a dead connection


class Connection:
    """Two ends, and whether anything still passes between them."""

    def __init__(self, caller: End, listener: End) -> None:
        self.ends = (caller, listener)
        self.broken = False

    def other(self, end: End) -> End:
        """The far end."""
        return self.ends[1] if end is self.ends[0] else self.ends[0]


class Network:
    """Every connection between the devices of a world, and the pairs of them that are parted."""

    def __init__(self, chance: random.Random) -> None:
        self.parted: set[tuple[str, str]] = set()
        self.calls: deque[Call] = deque()
        self.announces = True  # a guest network swallows announcements
        self._chance = chance
        self._ends: dict[tuple[str, int], tuple[Connection, End]] = {}
        self._strangers = 0

    def connections(self) -> list[Connection]:
        """Every connection that at least one end believes in, the oldest first."""
        return list({id(connection): connection for connection, _ in self._ends.values()}.values())

    def between(self, one: str, other: str) -> list[Connection]:
        """Those between two devices."""
        pair = _pair(one, other)
        return [each for each in self.connections() if _pair(*(end.place for end in each.ends)) == pair]

    def reaches(self, one: str, other: str) -> bool:
        """Whether two devices are on one network."""
        return _pair(one, other) not in self.parted

    def hears(self, one: str, other: str) -> bool:
        """Whether each of two devices hears what the other announces."""
        return self.announces and self.reaches(one, other)

    def part(self, one: str, other: str, true: int) -> None:
        """Put two devices on different networks; what connects them goes silent, and each end notices in its time."""
        self.parted.add(_pair(one, other))
        for connection in self.between(one, other):
            self.cut(connection, true, told=())

    def meet(self, one: str, other: str) -> None:
        """Put two devices on one network again."""
        self.parted.discard(_pair(one, other))

    def answer(self, call: Call, *, listens: bool) -> Iterator[tuple[str, Event]]:
        """Let a call come through, or not; what each side is told of it, the listener first."""
        if not listens or not self.reaches(call.caller, call.host):
            how: How = "refused" if self.reaches(call.caller, call.host) else "silent"
            yield call.caller, Closed(call.number, "No device answered there.", how)
            return
        self._strangers -= 1
        connection = Connection(End(call.caller, call.number), End(call.host, self._strangers))
        for end in connection.ends:
            self._ends[end.place, end.number] = (connection, end)
        yield call.host, Opened(self._strangers)
        yield call.caller, Opened(call.number)

    def send(self, place: str, number: int, frames: list[bytes]) -> None:
        """Put frames on their way; into a dead connection they are lost."""
        connection, end = self._ends.get((place, number), (None, None))
        if connection is not None and end is not None and not connection.broken:
            connection.other(end).arriving.extend(frames)

    def disconnect(self, place: str, number: int) -> None:
        """One end closes: what it sent before still arrives, and then the news."""
        connection, end = self._ends.pop((place, number), (None, None))
        if connection is not None and end is not None and not connection.broken:
            connection.broken = True
            connection.other(end).arriving.append(None)

    def cut(self, connection: Connection, true: int, told: tuple[int, ...] = (0, 1)) -> None:
        """Break a connection at some byte of what is on its way in either direction.

        The ends named in `told` learn of it at once, the others when their pings go unanswered.
        """
        if connection.broken:
            return
        connection.broken = True
        for place, end in enumerate(connection.ends):
            lost_from = sum(len(frame) for frame in end.arriving if frame is not None)
            if self._chance.randrange(2):  # else all of it is through already, and what follows is lost
                lost_from = self._chance.randint(0, lost_from)
            kept: deque[bytes | None] = deque()
            for frame in end.arriving:
                lost_from -= len(frame or b"")
                if lost_from < 0:
                    break  # this frame was cut in the middle: nothing of it is seen
                kept.append(frame)
            end.arriving = kept
            if place in told:
                end.arriving.append(None)
            else:
                end.silent_since = true

    def vanish(self, place: str, true: int) -> None:
        """A device stops at once: its ends are gone, and the far ends learn of it now or in their time."""
        self.calls = deque(call for call in self.calls if call.caller != place)
        for connection, end in [found for (at, _), found in self._ends.items() if at == place]:
            told = self._chance.random() < 0.5  # noqa: PLR2004  # a machine that resets, or one that is just gone
            self.cut(connection, true, told=(1 - connection.ends.index(end),) if told else ())
            del self._ends[place, end.number]

    def notice(self, true: int) -> None:
        """Tell the ends that have been silent for long enough."""
        for _, end in self._ends.values():
            if end.silent_since is not None and true - end.silent_since >= NOTICED_MILLISECONDS:
                end.silent_since = None
                end.arriving.append(None)

    def numbers(self, place: str) -> list[int]:
        """The connections that a device believes in."""
        return [number for at, number in self._ends if at == place]

    def waiting(self) -> list[End]:
        """Every end to which something is on its way."""
        return [end for _, end in self._ends.values() if end.arriving]

    def deliver(self, end: End) -> Iterator[tuple[str, Event]]:
        """The next thing that arrives at an end, and what the other end is told of it."""
        frame = end.arriving.popleft()
        if frame is None:
            self._ends.pop((end.place, end.number), None)
            yield end.place, Closed(end.number, "The connection broke off.")
            return
        yield end.place, Received(end.number, frame)
        end.taken += len(frame)
        connection, _ = self._ends.get((end.place, end.number), (None, None))
        if end.taken >= limits.SENT_BYTES_TOLD and connection is not None:
            sender = connection.other(end)
            yield sender.place, Sent(sender.number, end.taken)
            end.taken = 0


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
