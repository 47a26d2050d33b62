"""Tells a write-ahead log that a crash cut short from one whose confirmed part was damaged.

SQLite takes the first frame that does not add up for the end of the log and forgets what follows, in silence. At the
end that is right: the last transaction may never have been confirmed. Further in it is loss: each commit is synced
before the next one is begun, so a frame after a commit proves that everything up to that commit was once whole.
Knows the file format (https://sqlite.org/fileformat2.html#the_write_ahead_log), nothing of keys or tables. Reads only.
"""

import struct
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_HEADER: Final = struct.Struct(">8I")  # magic, version, page size, sequence, two salts, two checksums
_FRAME: Final = struct.Struct(">6I")  # page, pages after a commit or 0, two salts, two checksums
_SUMMED_BYTES: Final = 24  # of the header
_FRAME_SUMMED_BYTES: Final = 8  # of a frame's header, before its page
_MAGIC: Final = 0x377F0682  # the last bit says which byte order the checksums read
_MASK: Final = 0xFFFFFFFF
_PAGE_BYTES_MIN, _PAGE_BYTES_MAX = 512, 65_536

_Sums = tuple[int, int]


def intact(path: Path) -> bool:
    """Whether nothing that was confirmed is lost from this log. True for a log that is missing or empty."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return True
    if len(content) <= _HEADER.size + _FRAME.size:
        return True
    magic, _, page_bytes, _, *salts, _, _ = _HEADER.unpack_from(content)
    header_sound = _sums(content[:_SUMMED_BYTES], (0, 0), big=bool(magic & 1)) == _HEADER.unpack_from(content)[6:]
    if not header_sound or magic & ~1 != _MAGIC or not _PAGE_BYTES_MIN <= page_bytes <= _PAGE_BYTES_MAX:
        return False  # it is synced before the first frame is written
    frames = list(_frames(content, page_bytes, (salts[0], salts[1])))
    sound = _sound(content, frames, page_bytes, big=bool(magic & 1))
    return not any(commits for _, commits in frames[sound:-1])


def versions(path: Path, page_bytes: int) -> dict[int, list[int]]:
    """Where the log has which page of the database, the oldest first, up to the last commit in it.

    Nothing is checked: a page that was damaged, or its number, has to be told by what is in it.
    """
    content = path.read_bytes() if path.exists() else b""
    if len(content) <= _HEADER.size + _FRAME.size:
        return {}
    first = _FRAME.unpack_from(content, _HEADER.size)[2:4]
    salts = _HEADER.unpack_from(content)[4:6]
    frames = [*_frames(content, page_bytes, salts)] or [*_frames(content, page_bytes, first)]
    last = max((place for place, (_, commits) in enumerate(frames) if commits), default=-1)
    found: dict[int, list[int]] = {}
    for offset, _ in frames[: last + 1]:
        found.setdefault(_FRAME.unpack_from(content, offset)[0], []).append(offset + _FRAME.size)
    return found


def _frames(content: bytes, page_bytes: int, salts: tuple[int, int]) -> Iterator[tuple[int, bool]]:
    """Yield offset and whether it commits, for each frame up to the last one written since the log was begun anew."""
    pending: list[tuple[int, bool]] = []
    for offset in range(_HEADER.size, len(content) - _FRAME.size - page_bytes + 1, _FRAME.size + page_bytes):
        _, pages, first, second, _, _ = _FRAME.unpack_from(content, offset)
        pending.append((offset, pages != 0))
        if (first, second) == salts:  # frames before this one are of this log too, whatever their salts say now
            yield from pending
            pending.clear()


def _sound(content: bytes, frames: list[tuple[int, bool]], page_bytes: int, *, big: bool) -> int:
    """Count the frames that add up, from the first on."""
    salts = _HEADER.unpack_from(content)[4:6]
    sums: _Sums = _HEADER.unpack_from(content)[6:]
    for count, (offset, _) in enumerate(frames):
        head = _FRAME.unpack_from(content, offset)
        sums = _sums(content[offset : offset + _FRAME_SUMMED_BYTES], sums, big=big)
        body = offset + _FRAME.size
        sums = _sums(content[body : body + page_bytes], sums, big=big)
        if head[2:4] != salts or head[4:] != sums:
            return count
    return len(frames)


def _sums(content: bytes, sums: _Sums, *, big: bool) -> _Sums:
    words = array("I", content)
    if big != (sys.byteorder == "big"):
        words.byteswap()
    first, second = sums
    pairs = iter(words)
    for even, odd in zip(pairs, pairs, strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second
