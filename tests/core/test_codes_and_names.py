"""Codes and names as people write them: read back as they were meant, or explained."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.core import codes
from collar_sync.errors import InvalidInput
from tests.core.two_who_pair import alex_shows, an_offer, sam_types, sent


@pytest.mark.parametrize(
    "typed",
    [
        "48291730",
        "4829 1730",
        " 4829-1730 ",
        "48 29 17 30",
        "4829\N{EN DASH}1730",
        "4829\N{EM DASH}1730",
        "4829\u00a01730\n",
        "\uff14\uff18\uff12\uff19\uff11\uff17\uff13\uff10",
        "\u0664\u0668\u0662\u0669\u0661\u0667\u0663\u0660",
    ],
)
def test_a_code_is_understood_however_it_is_typed(typed: str) -> None:
    assert codes.normalise(typed) == "48291730"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "this has 0"),
        ("4829 173", "this has 7"),
        ("4829 17300", "this has 9"),
        ("4829 173O", "8 digits and nothing else"),
        ("4829.1730", "8 digits and nothing else"),
        ("²8291730", "8 digits and nothing else"),
    ],
)
def test_a_code_that_cannot_be_one_is_explained_before_anything_is_sent(typed: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told) as caught:
        sam_types(typed)
    assert str(caught.value).endswith(".")
    with pytest.raises(InvalidInput):
        alex_shows(typed)


@given(entropy=st.binary(min_size=16, max_size=16))
def test_every_code_is_shown_in_two_groups_of_four_and_read_back(entropy: bytes) -> None:
    code = codes.new_code(entropy)
    assert (len(code), code[4]) == (9, " ")
    assert codes.normalise(code) == code.replace(" ", "")


def test_codes_use_every_digit_in_every_place() -> None:
    made = [codes.new_code(hashlib.md5(b"%d" % number).digest()) for number in range(400)]  # noqa: S324 - 16 bytes
    assert all({code[place] for code in made} == set("0123456789") for place in (0, 1, 2, 3, 5, 6, 7, 8))


def test_a_code_needs_its_full_entropy() -> None:
    for size in (0, 15, 17):
        with pytest.raises(InvalidInput):
            codes.new_code(bytes(size))


@pytest.mark.parametrize(
    "name",
    ["", "   ", "x" * 81, "two\nlines", "bell\a", "broken\ud800", "line\u2028line", "tur\u202en", "un\u200bseen"],
)
def test_a_name_that_cannot_be_shown_is_refused_to_whoever_gives_it(name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        sam_types(name=name)
    with pytest.raises(InvalidInput, match="name"):
        alex_shows(offer=an_offer(space_name=name))


@pytest.mark.parametrize("name", ["S", "Sam & Alex", "Ümläut", "サム", "👩‍👩‍👧 family", "x" * 80])
def test_ordinary_names_are_kept_as_they_are(name: str) -> None:
    sam = sam_types(name=name)
    alex = alex_shows()
    offer = sam.receive(sent(alex.receive(sent(sam.receive(sent(alex.receive(sam.start())))))))
    joined = alex.receive(sent(offer)).joined
    assert joined is not None
    assert joined.person_name == name


def test_neither_side_shows_its_code_when_printed() -> None:
    for side in (alex_shows(), sam_types()):
        assert "4829" not in repr(side)
