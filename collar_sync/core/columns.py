"""Columns of numbers and texts as Automerge packs them: LEB128, runs, differences, truth values.

A column is a sequence of cells, None where a cell is empty. Reading is bounded: a run is held against the number of
cells that may still come before one of them is made, so a length that somebody else wrote costs nothing. Reading does
not ask which of several spellings was used; writing knows Automerge's only, so who needs one spelling writes again what
was read and compares. This module must not know operations, actors or chunks.

Source: the Automerge binary format, "column types"; byte for byte as its Rust core 0.5.7 writes them.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, groupby, islice
from operator import eq
from typing import Final, TypeVar

from collar_sync.errors import InvalidChange

T = TypeVar("T")

_SHIFTS: Final = range(7, 70, 7)  # 64 bits, seven a byte, after the first
_MORE: Final = 0x80  # in a byte of a number: another byte follows
_BITS: Final = 0x7F  # the seven that count
_SIGN: Final = 0x40  # the highest of those in a last byte
_READY: Final = 1 << 10  # numbers below this are spelled in advance
_MISCOUNTED: Final = "A change holds a run of nothing, or a column with more entries than it may have."


def _unsigned(number: int) -> bytes:
    out = bytearray()
    while number > _BITS:
        out.append(number & _BITS | _MORE)
        number >>= 7
    out.append(number)
    return bytes(out)


def _signed(number: int) -> bytes:
    out = bytearray()
    while not -_SIGN <= number < _SIGN:
        out.append(number & _BITS | _MORE)
        number >>= 7
    out.append(number & _BITS)
    return bytes(out)


_UNSIGNED: Final = tuple(_unsigned(number) for number in range(_READY))
_SIGNED: Final = {number: _signed(number) for number in range(-_READY, _READY)}
_BYTES: Final = range(_MORE)
_SMALL: Final = tuple(byte - ((byte & _SIGN) << 1) for byte in range(_MORE))  # what one byte means as a signed number


def unsigned(number: int) -> bytes:
    """Spell a number from 0 as LEB128."""
    return _UNSIGNED[number] if number < _READY else _unsigned(number)


def signed(number: int) -> bytes:
    """Spell a number as signed LEB128."""
    return _SIGNED.get(number) or _signed(number)


def text(data: bytes) -> str:
    """Read UTF-8; raises `InvalidChange`, as all readers do."""
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError:
        raise InvalidChange("A change holds text that is not UTF-8.") from None


def read_unsigned(data: bytes, position: int) -> tuple[int, int]:
    """Read the number at that position, and say where the next begins; looks at ten bytes at most."""
    try:
        number = data[position]
        if number < _MORE:
            return number, position + 1
        number &= _BITS
        for shift in _SHIFTS:
            position += 1
            byte = data[position]
            number |= (byte & _BITS) << shift
            if byte < _MORE:
                return number, position + 1
    except IndexError:
        raise InvalidChange("A change ends in the middle of a number.") from None
    raise InvalidChange("A change holds a number of more than 64 bits.")


def read_signed(data: bytes, position: int) -> tuple[int, int]:
    """Read the signed number at that position, and say where the next begins."""
    number, after = read_unsigned(data, position)
    if number < _MORE and after - position == 1:
        return _SMALL[number], after
    bits = (after - position) * 7
    return number - (number >> bits - 1 << bits), after


# --- reading ---


def _read_text(data: bytes, position: int) -> tuple[str, int]:
    size, start = read_unsigned(data, position)
    after = start + size
    if after > len(data):
        raise InvalidChange("A change ends in the middle of a text.")
    return text(data[start:after]), after


def _runs(
    data: bytes, cells_max: int, read: Callable[[bytes, int], tuple[T, int]], short: Sequence[T] | None = None
) -> list[T | None]:
    """Read runs of cells; `short` is what a byte alone means, where cells of one byte are usual."""
    cells: list[T | None] = []
    position = 0
    end = len(data)
    while position < end:
        run, position = read_signed(data, position)
        room = cells_max - len(cells)
        if run > room or -run > room:
            raise InvalidChange(_MISCOUNTED)
        if run > 0:
            cell, position = read(data, position)
            cells += [cell] * run
        elif run == 0:
            run, position = read_unsigned(data, position)
            if not 0 < run <= room:
                raise InvalidChange(_MISCOUNTED)
            cells += [None] * run
        elif short is not None and position - run <= end and data[position : position - run].isascii():
            cells += [short[byte] for byte in data[position : position - run]]
            position -= run
        else:
            for _ in range(-run):
                cell, position = read(data, position)
                cells.append(cell)
    return cells


def read_numbers(data: bytes, cells_max: int) -> list[int | None]:
    """Read a column of numbers from 0."""
    return _runs(data, cells_max, read_unsigned, _BYTES)


def read_deltas(data: bytes, cells_max: int) -> list[int | None]:
    """Read a column of numbers, each written as its difference from the last that was not empty."""
    cells = _runs(data, cells_max, read_signed, _SMALL)
    if None not in cells:
        return list(accumulate(cells))
    last = 0
    for index, cell in enumerate(cells):
        if cell is not None:
            last += cell
            cells[index] = last
    return cells


def read_texts(data: bytes, cells_max: int) -> list[str | None]:
    """Read a column of texts."""
    return _runs(data, cells_max, _read_text)


def read_truths(data: bytes, cells_max: int) -> list[bool]:
    """Read a column of truth values: lengths of runs in turn, beginning with False."""
    cells: list[bool] = []
    position = 0
    truth = False
    while position < len(data):
        run, position = read_unsigned(data, position)
        if run > cells_max - len(cells) or (run == 0 and (truth or cells)):
            raise InvalidChange(_MISCOUNTED)
        cells.extend([truth] * run)
        truth = not truth
    return cells


# --- writing ---


def _write(cells: Sequence[T | None], spell: Callable[[T], bytes]) -> bytes:
    """Write runs of cells; nothing but empty cells is no bytes at all."""
    if not cells:
        return b""
    first = cells[0]
    if cells.count(first) == len(cells):
        if first is None:
            return b""
        return (b"\x7f" if len(cells) == 1 else signed(len(cells))) + spell(first)
    if None not in cells and not any(map(eq, cells, islice(cells, 1, None))):
        return signed(-len(cells)) + b"".join(map(spell, cells))  # type: ignore[arg-type]  # none is None
    out = []
    lone: list[bytes] = []
    for cell, same in groupby(cells):
        run = len(list(same))
        if run == 1 and cell is not None:
            lone.append(spell(cell))
            continue
        if lone:
            out += [signed(-len(lone)), *lone]
            lone = []
        out.append(b"\x00" + unsigned(run) if cell is None else signed(run) + spell(cell))
    if lone:
        out += [signed(-len(lone)), *lone]
    return b"".join(out)


def _text(content: str) -> bytes:
    data = content.encode()
    return unsigned(len(data)) + data


def write_numbers(cells: Sequence[int | None]) -> bytes:
    """Write a column of numbers from 0."""
    return _write(cells, unsigned)


def write_deltas(cells: Sequence[int | None]) -> bytes:
    """Write a column of numbers, each as its difference from the last that was not empty."""
    last = 0
    differences: list[int | None] = []
    for cell in cells:
        if cell is None:
            differences.append(None)
        else:
            differences.append(cell - last)
            last = cell
    return _write(differences, signed)


def write_texts(cells: Sequence[str | None]) -> bytes:
    """Write a column of texts, each with its length in bytes before it."""
    return _write(cells, _text)


def write_truths(cells: Sequence[bool]) -> bytes:
    """Write a column of truth values."""
    if True not in cells:
        return unsigned(len(cells)) if cells else b""
    out = []
    awaited = False
    for truth, same in groupby(cells):
        if truth is not awaited:
            out.append(b"\x00")
        out.append(unsigned(len(list(same))))
        awaited = not truth
    return b"".join(out)
