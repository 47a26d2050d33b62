"""Where one document can be cut, to be sent in slices: moments at which every change then here was signed for.

A signature covers what came before it, so a slice needs the tips of its own end, and those are replaced as an actor
goes on. So now and then the tips of that moment are kept. A mark says how far each actor was that had gone on since the
mark before; it holds whatever the order in which a log is read back. It knows no bytes of a change and no document.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.durable import Tip

_SLICE_CHANGES: Final = 5_000


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """How far each actor was that went on since the mark before, and the tips that cover all that it added."""

    ends: tuple[tuple[bytes, int], ...]
    tips: tuple[Tip, ...]


_decoder = msgspec.msgpack.Decoder(tuple[Mark, ...])


class Marks:
    """The marks of one document, and what came since the last."""

    def __init__(self, kept: bytes | None = None) -> None:
        self._marks: list[Mark] = list(_decoder.decode(kept)) if kept is not None else []
        self._ends: dict[bytes, int] = {}
        self._tips: dict[bytes, Tip] = {}
        self._ops = self._bytes = self._changes = 0
        self._told = len(self._marks)

    def clock(self) -> dict[bytes, int]:
        """How far each actor was at the last mark."""
        return {actor: seq for mark in self._marks for actor, seq in mark.ends}

    def grow(self, ends: Mapping[bytes, int], tips: Iterable[Tip], ops: int, size: int, changes: int) -> None:
        """A batch was taken in, up to these ends and with tips that cover it; a mark is made before it where due."""
        if self._ends and self._full(ops, size, changes):
            self._marks.append(self._last())
            self._ends, self._tips = {}, {}
            self._ops = self._bytes = self._changes = 0
        self._ends.update(ends)
        self._tips.update((tip.actor, tip) for tip in tips)
        self._ops += ops
        self._bytes += size
        self._changes += changes

    def slices(self, known: Mapping[bytes, int]) -> Iterator[tuple[dict[bytes, int], tuple[Tip, ...]]]:
        """How far each slice goes for each actor, and its tips, in order; but for those that are known whole."""
        upto: dict[bytes, int] = {}
        for mark in (*self._marks, self._last()):
            upto.update(mark.ends)
            if any(seq > known.get(actor, 0) for actor, seq in mark.ends):
                yield dict(upto), mark.tips

    def news(self) -> bytes | None:
        """All marks, to be kept, where one was made since this was asked last."""
        if self._told == len(self._marks):
            return None
        self._told = len(self._marks)
        return msgspec.msgpack.encode(self._marks)

    def _full(self, ops: int, size: int, changes: int) -> bool:
        """Whether so much more would be more than a slice should hold: half of what one message may."""
        large = self._ops + ops > limits.BATCH_OPS_MAX // 2 or self._bytes + size > limits.BATCH_BYTES_MAX // 2
        return large or self._changes + changes > _SLICE_CHANGES

    def _last(self) -> Mark:
        return Mark(tuple(self._ends.items()), tuple(self._tips.values()))
