"""Columns of numbers and texts: what is written can be read, in Automerge's own spelling, and bombs cost nothing."""

from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.core import columns
from collar_sync.errors import InvalidChange

T = TypeVar("T")

CELLS_MAX = 1_000


def columns_of(cell: st.SearchStrategy[T]) -> st.SearchStrategy[list[T | None]]:
    """Long runs, lone cells and gaps, but never gaps alone: those leave no bytes to count them by."""
    runs = st.lists(st.tuples(st.none() | cell, st.integers(1, 4)), max_size=12)
    cells = runs.map(lambda found: [value for value, count in found for _ in range(count)])
    return cells.filter(lambda column: not column or any(value is not None for value in column))


@pytest.mark.parametrize(
    ("number", "spelled"),
    [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (1023, "ff07"), (1024, "8008"), (2**64 - 1, "ff" * 9 + "01")],
)
def test_a_number_is_spelled_as_leb128(number: int, spelled: str) -> None:
    assert columns.unsigned(number).hex() == spelled
    assert columns.read_unsigned(bytes.fromhex(spelled), 0) == (number, len(spelled) // 2)


@pytest.mark.parametrize(
    ("number", "spelled"),
    [
        (0, "00"),
        (1, "01"),
        (-1, "7f"),
        (63, "3f"),
        (64, "c000"),
        (-64, "40"),
        (-65, "bf7f"),
        (127, "ff00"),
        (-2097152, "8080807f"),
        (2**63 - 1, "ff" * 9 + "00"),
        (-(2**63), "80" * 9 + "7f"),
    ],
)
def test_a_signed_number_is_spelled_as_signed_leb128(number: int, spelled: str) -> None:
    assert columns.signed(number).hex() == spelled
    assert columns.read_signed(bytes.fromhex(spelled), 0) == (number, len(spelled) // 2)


@given(st.integers(0, 2**64 - 1), st.integers(-(2**63), 2**63 - 1), st.binary(max_size=3))
def test_every_number_of_64_bits_is_read_back_wherever_it_stands(number: int, other: int, before: bytes) -> None:
    data = before + columns.unsigned(number) + columns.signed(other)
    found, position = columns.read_unsigned(data, len(before))
    assert found == number
    assert columns.read_signed(data, position) == (other, len(data))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 9, b"\x80" * 10, b"\x80" * 100_000])
def test_a_number_that_does_not_end_within_ten_bytes_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidChange):
        columns.read_unsigned(data, 0)
    with pytest.raises(InvalidChange):
        columns.read_signed(data, 0)


@given(columns_of(st.integers(0, 3) | st.integers(0, 2**64 - 1)))
def test_a_column_of_numbers_is_read_back(cells: list[int | None]) -> None:
    assert columns.read_numbers(columns.write_numbers(cells), len(cells)) == cells


@given(columns_of(st.integers(0, 3) | st.integers(-(2**40), 2**40)))
def test_a_column_of_differences_is_read_back(cells: list[int | None]) -> None:
    assert columns.read_deltas(columns.write_deltas(cells), len(cells)) == cells


@given(columns_of(st.sampled_from(["", "title", "zażółć", "\0"]) | st.text(max_size=300)))
def test_a_column_of_texts_is_read_back(cells: list[str | None]) -> None:
    assert columns.read_texts(columns.write_texts(cells), len(cells)) == cells


@given(st.lists(st.booleans(), max_size=40))
def test_a_column_of_truth_values_is_read_back(cells: list[bool]) -> None:
    assert columns.read_truths(columns.write_truths(cells), len(cells)) == cells


@pytest.mark.parametrize(
    ("cells", "spelled"),
    [
        ([], ""),
        ([None, None], ""),
        ([7], "7f 07"),
        ([7, 7, 7], "03 07"),
        ([1, 2, 3], "7d 01 02 03"),
        ([1, 2, 2], "7f 01 02 02"),
        ([1, 1, 2, 3], "02 01 7e 02 03"),
        ([None, 5], "00 01 7f 05"),
        ([5, None, None], "7f 05 00 02"),
        ([300] * 200, "c801 ac02"),
    ],
)
def test_numbers_are_spelled_in_the_runs_that_automerge_makes(cells: list[int | None], spelled: str) -> None:
    assert columns.write_numbers(cells) == bytes.fromhex(spelled)


@pytest.mark.parametrize(
    ("cells", "spelled"),
    [([], ""), ([False, False], "02"), ([True], "00 01"), ([False, True, True, False], "01 02 01")],
)
def test_truth_values_are_lengths_in_turn_beginning_with_false(cells: list[bool], spelled: str) -> None:
    assert columns.write_truths(cells) == bytes.fromhex(spelled)


def test_differences_skip_empty_cells() -> None:
    assert columns.write_deltas([10, None, 12, 11]) == bytes.fromhex("7f 0a 00 01 7e 02 7f")


HUGE = columns.signed(2**40)


@pytest.mark.parametrize(
    "bomb", [HUGE + b"\x01", columns.signed(-(2**40)) + b"\x01", b"\x00" + columns.unsigned(2**40)]
)
def test_a_run_longer_than_its_column_may_be_is_refused_before_a_cell_is_made(bomb: bytes) -> None:
    for read in (columns.read_numbers, columns.read_deltas, columns.read_texts):
        with pytest.raises(InvalidChange, match="more entries"):
            read(bomb, CELLS_MAX)


def test_a_run_of_truth_longer_than_its_column_may_be_is_refused() -> None:
    with pytest.raises(InvalidChange, match="more entries"):
        columns.read_truths(b"\x05" + HUGE, CELLS_MAX)


def test_many_runs_together_may_not_be_longer_either() -> None:
    assert len(columns.read_numbers(b"\x0a\x01" * 100, CELLS_MAX)) == CELLS_MAX
    with pytest.raises(InvalidChange, match="more entries"):
        columns.read_numbers(b"\x0a\x01" * 101, CELLS_MAX)


def test_runs_of_nothing_are_refused_since_a_megabyte_of_them_would_cost_time() -> None:
    with pytest.raises(InvalidChange, match="run of nothing"):
        columns.read_numbers(b"\x00\x00", CELLS_MAX)
    with pytest.raises(InvalidChange, match="run of nothing"):
        columns.read_truths(b"\x00\x00", CELLS_MAX)
    assert columns.read_truths(b"\x00\x01", CELLS_MAX) == [True]


@pytest.mark.parametrize("data", [b"\x7f", b"\x02", b"\x7d\x01\x02", b"\x7f\x80", b"\x00"])
def test_a_column_that_ends_in_the_middle_is_refused(data: bytes) -> None:
    for read in (columns.read_numbers, columns.read_deltas, columns.read_texts):
        with pytest.raises(InvalidChange):
            read(data, CELLS_MAX)


def test_a_text_longer_than_its_column_or_not_utf8_is_refused() -> None:
    with pytest.raises(InvalidChange, match="middle of a text"):
        columns.read_texts(b"\x7f" + columns.unsigned(2**40) + b"abc", CELLS_MAX)
    with pytest.raises(InvalidChange, match="UTF-8"):
        columns.read_texts(b"\x7f\x02\xff\xfe", CELLS_MAX)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_column_within_bounds_or_refused(data: bytes) -> None:
    for read in (columns.read_numbers, columns.read_deltas, columns.read_texts, columns.read_truths):
        try:
            cells = read(data, CELLS_MAX)
        except InvalidChange:
            continue
        assert len(cells) <= CELLS_MAX
