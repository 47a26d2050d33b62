"""Columns of numbers and texts as Automerge packs them: LEB128, runs, deltas, truth values.

A column is a sequence of cells, None where a cell is empty. Reading is bounded: a run is compared with the number of cells
that may still come before one of them is made, so a length somebody else wrote costs nothing. Reading is also lenient about
which of several spellings was used; writing knows only Automerge's own, so whoever needs one spelling writes again what was
read and compares. Nothing here knows operations, actors or chunks.

Source: the Automerge binary format, "column encodings"; byte for byte as its Rust core 0.5.7 writes them.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, groupby
from typing import Final, TypeVar

from collar_sync.errors import InvalidChange

T = TypeVar("T")

LEB_BYTES_MAX: Final = 10  # 64 bits, seven a byte

_CUT_SHORT: Final = "A change ends in the middle of a column."
_MISCOUNTED: Final = "A change holds a run of no entries, or more entries than there are operations."


def _unsigned(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _signed(number: int) -> bytes:
    out = bytearray()
    while not -0x40 <= number < 0x40:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number & 0x7F)
    return bytes(out)


_UNSIGNED: Final = tuple(_unsigned(number) for number in range(1 << 10))
_SIGNED: Final = {number: _signed(number) for number in range(-(1 << 10), 1 << 10)}
_SIGN: Final = tuple(byte - ((byte & 0x40) << 1) for byte in range(0x80))  # what one byte alone means, signed


def unsigned(number: int) -> bytes:
    """LEB128 of a number from 0."""
    return _UNSIGNED[number] if number < 1 << 10 else _unsigned(number)


def signed(number: int) -> bytes:
    """Signed LEB128."""
    return _SIGNED.get(number) or _signed(number)


def read_unsigned(data: bytes, position: int) -> tuple[int, int]:
    """The number at that position, and the position after it; at most ten bytes are looked at."""
    number = shift = 0
    for byte in data[position : position + LEB_BYTES_MAX]:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, position + shift // 7
    raise InvalidChange("A change holds a number that is cut short or longer than 64 bits.")


def read_signed(data: bytes, position: int) -> tuple[int, int]:
    """The signed number at that position, and the position after it."""
    number, after = read_unsigned(data, position)
    bits = (after - position) * 7
    return number - (number >> bits - 1 << bits), after


# --- reading: bytes → cells ---


def _read_numbers(data: bytes, position: int, count: int) -> tuple[list[int], int]:
    cells = data[position : position + count]
    if cells.isascii() and len(cells) == count:
        return list(cells), position + count
    numbers = []
    for _ in range(count):
        number, position = read_unsigned(data, position)
        numbers.append(number)
    return numbers, position


def _read_differences(data: bytes, position: int, count: int) -> tuple[list[int], int]:
    cells = data[position : position + count]
    if cells.isascii() and len(cells) == count:
        return [_SIGN[byte] for byte in cells], position + count
    numbers = []
    for _ in range(count):
        number, position = read_signed(data, position)
        numbers.append(number)
    return numbers, position


def _read_texts(data: bytes, position: int, count: int) -> tuple[list[str], int]:
    texts = []
    size_whole = len(data)
    for _ in range(count):
        size, position = read_unsigned(data, position)
        if size > size_whole - position:
            raise InvalidChange(_CUT_SHORT)
        try:
            texts.append(str(data[position : position + size], "utf-8"))
        except UnicodeDecodeError as error:
            raise InvalidChange("A change holds text that is not UTF-8.") from error
        position += size
    return texts, position


def _read_runs(data: bytes, cells_max: int, read: Callable[[bytes, int, int], tuple[list[T], int]]) -> list[T | None]:
    cells: list[T | None] = []
    position = 0
    end = len(data)
    while position < end:
        byte = data[position]
        if byte < 0x80:
            run = _SIGN[byte]
            position += 1
        else:
            run, position = read_signed(data, position)
        if run == 0:
            run, position = read_unsigned(data, position)
            if not 0 < run <= cells_max - len(cells):
                raise InvalidChange(_MISCOUNTED)
            cells.extend([None] * run)
            continue
        if abs(run) > cells_max - len(cells):
            raise InvalidChange(_MISCOUNTED)
        if run < 0:
            found, position = read(data, position, -run)
            cells.extend(found)
        else:
            found, position = read(data, position, 1)
            cells.extend(found * run)
    return cells


def read_numbers(data: bytes, cells_max: int) -> list[int | None]:
    """The cells of a column of numbers from 0; raises `InvalidChange`, as all readers do."""
    return _read_runs(data, cells_max, _read_numbers)


def read_deltas(data: bytes, cells_max: int) -> list[int | None]:
    """The cells of a column of numbers written as differences; empty cells take no part in them."""
    cells = _read_runs(data, cells_max, _read_differences)
    if None not in cells:
        return list(accumulate(cells))  # type: ignore[arg-type]  # no cell is None here
    last = 0
    for index, cell in enumerate(cells):
        if cell is not None:
            last += cell
            cells[index] = last
    return cells


def read_texts(data: bytes, cells_max: int) -> list[str | None]:
    """The cells of a column of texts."""
    return _read_runs(data, cells_max, _read_texts)


def read_truths(data: bytes, cells_max: int) -> list[bool]:
    """The cells of a column of truth values: lengths of runs in turn, beginning with False."""
    cells: list[bool] = []
    position = 0
    truth = False
    while position < len(data):
        run, position = read_unsigned(data, position)
        if run > cells_max - len(cells) or (run == 0 and cells):
            raise InvalidChange(_MISCOUNTED)
        cells.extend([truth] * run)
        truth = not truth
    return cells


# --- writing: cells → bytes ---


def _write_runs(cells: Sequence[bytes | None]) -> bytes:
    """Runs of cells that are encoded already; a column of nothing but empty cells is no bytes at all."""
    if not cells:
        return b""
    first = cells[0]
    if cells.count(first) == len(cells):
        if first is None:
            return b""
        return b"\x7f" + first if len(cells) == 1 else signed(len(cells)) + first
    out = []
    lone: list[bytes] = []
    for cell, same in groupby(cells):
        run = len(list(same))
        if run == 1 and cell is not None:
            lone.append(cell)
            continue
        if lone:
            out.append(signed(-len(lone)))
            out += lone
            lone = []
        out.append(b"\x00" + unsigned(run) if cell is None else signed(run) + cell)
    if lone:
        out.append(signed(-len(lone)))
        out += lone
    return b"".join(out)


def write_numbers(cells: Iterable[int | None]) -> bytes:
    """A column of numbers from 0."""
    return _write_runs([None if cell is None else unsigned(cell) for cell in cells])


def write_deltas(cells: Iterable[int | None]) -> bytes:
    """A column of numbers as differences."""
    last = 0
    encoded: list[bytes | None] = []
    for cell in cells:
        if cell is None:
            encoded.append(None)
        else:
            encoded.append(signed(cell - last))
            last = cell
    return _write_runs(encoded)


def write_texts(cells: Iterable[str | None]) -> bytes:
    """A column of texts, each with its length in bytes before it."""
    encoded: list[bytes | None] = []
    for cell in cells:
        if cell is None:
            encoded.append(None)
        else:
            text = cell.encode()
            encoded.append(unsigned(len(text)) + text)
    return _write_runs(encoded)


def write_truths(cells: Iterable[bool]) -> bytes:  # noqa: FBT001  # cells are what is written, not a switch
    """A column of truth values."""
    out = []
    awaited = False
    for truth, same in groupby(cells):
        if truth is not awaited:
            out.append(b"\x00")
        out.append(unsigned(len(list(same))))
        awaited = not truth
    return b"".join(out)
