"""What peers sent that is not taken in yet: in order, by connection, and no more than a bound.

Changes count in the order in which they came. So what comes behind a snapshot waits until that was looked at, and all
of it waits while the disk is far behind. What there is no room for is asked for again: overload delays, it never
refuses. It knows what messages weigh, and neither reads nor judges them.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from collar_sync import limits
from collar_sync.core.durable import Tip
from collar_sync.core.links import Link
from collar_sync.core.wire import Changes, Snapshot
from collar_sync.ids import DocumentId

_TIP_BYTES: Final = 512  # more than a tip takes in memory
_CHANGE_BYTES: Final = 64  # what a change takes beside its own bytes


class Line:
    """What waits on one connection."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.waiting: deque[Changes | Snapshot] = deque()
        self.bytes = 0
        self.examining: int | None = None  # the token of the snapshot that is being looked at
        self.overflowed = False  # there was no room for something


class Inbox:
    """The lines of all connections."""

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}
        self._examining: dict[int, tuple[Link, DocumentId, Sequence[Tip]]] = {}
        self._tokens = 0

    def put(self, link: Link, message: Changes | Snapshot) -> bool:
        """Let a message wait its turn; false where there is no room for it."""
        line = self._lines.get(link.id)
        if line is None or line.link is not link:
            line = self._lines[link.id] = Line(link)
        weight = _weight(message)
        if line.waiting and line.bytes + weight > limits.WAITING_BYTES_MAX:
            line.overflowed = True
            return False
        line.waiting.append(message)
        line.bytes += weight
        return True

    def next(self, link: Link) -> Changes | Snapshot | None:
        """Whose turn it is; None where nothing waits, or a snapshot is being looked at.

        One of a device at a time, that of a connection which ended meanwhile included: else calling again would pay.
        """
        line = self._lines.get(link.id)
        if line is None or line.examining is not None or not line.waiting:
            return None
        busy = isinstance(line.waiting[0], Snapshot) and any(
            other.peer == link.peer for other, _, _ in self._examining.values()
        )
        return None if busy else line.waiting[0]

    def take(self, link: Link) -> None:
        """Take out what `next` answered."""
        line = self._lines[link.id]
        line.bytes -= _weight(line.waiting.popleft())

    def examine(self, link: Link) -> int:
        """Take out the snapshot that `next` answered, to be looked at under this token; its bytes are let go of."""
        line = self._lines[link.id]
        message = line.waiting[0]
        self.take(link)
        self._tokens += 1
        line.examining = self._tokens
        self._examining[self._tokens] = (link, DocumentId(message.document), message.tips)
        return self._tokens

    def asked_by(self, token: int) -> Link | None:
        """On which connection the snapshot of that token came; None where it was forgotten."""
        found = self._examining.get(token)
        return None if found is None else found[0]

    def examined(self, token: int) -> tuple[DocumentId, Sequence[Tip]]:
        """A snapshot was looked at: of which document it is, under which tips. What came behind it has its turn."""
        link, document, tips = self._examining.pop(token)
        line = self._lines.get(link.id)
        if line is not None and line.link is link:
            line.examining = None
        return document, tips

    def emptied(self, link: Link) -> bool:
        """Whether all was taken in of a line that had once no room: asked once, after which the line ends."""
        line = self._lines.get(link.id)
        if line is None or line.waiting or line.examining is not None:
            return False
        del self._lines[link.id]
        return line.overflowed

    def forget(self, link: Link) -> None:
        """A connection ended: what waits on it is not needed any more."""
        line = self._lines.get(link.id)
        if line is not None and line.link is link:
            del self._lines[link.id]
            if line.examining is not None:  # it goes on being looked at, for nobody
                _, document, _ = self._examining[line.examining]
                self._examining[line.examining] = (link, document, ())

    def links(self) -> Iterator[Link]:
        """The connections on which something waits."""
        for line in list(self._lines.values()):
            yield line.link


def _weight(message: Changes | Snapshot) -> int:
    if isinstance(message, Snapshot):
        size = len(message.chunk)
    else:
        size = sum(map(len, message.changes)) + _CHANGE_BYTES * len(message.changes)
    return size + _TIP_BYTES * len(message.tips)
