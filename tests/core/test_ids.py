"""An id has one spelling, says what it names, and gives back the bytes it was made of."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import ids

MAKERS: dict[str, tuple[Callable[[bytes], str], int]] = {
    "device": (ids.device_id, 16),
    "person": (ids.person_id, 16),
    "space": (ids.space_id, 16),
    "document": (ids.document_id, 16),
    "statement": (ids.statement_id, 32),
}


@pytest.mark.parametrize("prefix", MAKERS)
@given(data=st.data())
def test_an_id_gives_back_its_bytes_and_belongs_to_one_kind(prefix: str, data: st.DataObject) -> None:
    make, size = MAKERS[prefix]
    raw = data.draw(st.binary(min_size=size, max_size=size))
    identifier = make(raw)
    assert ids.raw_bytes(identifier) == raw
    assert identifier.startswith(prefix + "_")
    assert [other for other in MAKERS if ids.is_id(identifier, other)] == [prefix]


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "device_",
        "device_" + "a" * 31,
        "device_" + "a" * 33,
        "device_" + "a" * 34,
        "device_" + "A" * 32,
        "device_" + "g" * 32,
        "device_" + "\N{FULLWIDTH DIGIT ONE}" * 32,
        "device_" + "a" * 32 + "\n",
        " device_" + "a" * 32,
        "device" + "a" * 32,
        "statement_" + "a" * 32,
        "device_" + "a" * 64,
        "cat_" + "a" * 32,
    ],
)
def test_a_second_spelling_is_no_id(spelling: str) -> None:
    assert not any(ids.is_id(spelling, prefix) for prefix in MAKERS)
    with pytest.raises(ValueError, match="not an id"):
        ids.raw_bytes(spelling)


@given(st.from_regex(r"(device|space|statement)_[0-9A-Za-z ]{0,70}\n?", fullmatch=True) | st.text())
def test_whatever_is_accepted_is_spelled_as_it_would_be_written(text: str) -> None:
    for prefix, (make, _) in MAKERS.items():
        if ids.is_id(text, prefix):
            assert make(ids.raw_bytes(text)) == text


@pytest.mark.parametrize("thing", [None, 1, b"device_" + b"a" * 32, ["device_"]])
def test_what_is_no_text_is_no_id(thing: object) -> None:
    assert not ids.is_id(thing, "device")
