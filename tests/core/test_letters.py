"""What a reader of a text does not see hides nothing from them, and what reads the same is the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.core.letters import is_blank, misleads, on_one_line, plain
from collar_sync.core.people import is_name

UNSEEN = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202e\u2060\u2066\u2800\u3164\ufeff\uffa0\U0001d159"
NEEDED = (  # by those who write it, though a sign in it is not seen by itself
    "می‌خواهم",  # Persian, with a joiner
    "क्‍ष",  # Hindi
    "👩‍👧 ❤️",  # signs made of others, and one in colour
    "葛\U000e0100城",  # Japanese, in the form that a family writes
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
    "שרה",
    "أليكس",
    "Zoë ᠠ᠋",
)


@pytest.mark.parametrize("sign", [*UNSEEN, "\U000e0041", "\U000e0001", "\U0001bca0", "\x07"], ids=ascii)
def test_a_sign_that_nobody_sees_is_in_no_name_and_in_nothing_that_is_agreed_to(sign: str) -> None:
    for text in (sign, f"Alex{sign}", f"at most 10{sign} - 12"):
        assert misleads(text)
        assert not is_name(text)
        assert sign not in on_one_line(text)
    assert is_blank(sign)
    assert plain(f"Alex{sign}") == "alex"


@pytest.mark.parametrize("text", NEEDED)
def test_what_people_of_any_script_need_is_theirs_to_write(text: str) -> None:
    assert not misleads(text)
    assert is_name(text)
    assert on_one_line(text) == text


def test_a_name_is_seen_and_on_one_line() -> None:
    for name in ("", "  ", "\u200d", "\ufe0f", "Al\nex", "Al\tex", "Al\u2028ex", "\u3000", "x" * 1_000):
        assert not is_name(name)


@given(st.text(max_size=12), st.sampled_from([*UNSEEN, "\u200d", "\ufe0f"]), st.integers(0, 12))
def test_a_sign_that_nobody_sees_makes_no_other_text_and_a_text_compared_is_compared(
    text: str, sign: str, at: int
) -> None:
    if sign in "\u115f\u1160\u2800\u3164\uffa0":  # a space to its reader
        assert plain(f"{text[:at]}{sign}{text[at:]}") == plain(f"{text[:at]} {text[at:]}")
    else:
        assert plain(f"{text[:at]}{sign}{text[at:]}") == plain(text)
    assert plain(plain(text)) == plain(text)
    assert plain(unicodedata.normalize("NFD", text)) == plain(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("photos of Sam's face", "photos of Sam’s face"),  # noqa: RUF001
        ("photos of Sam's face", "Photos of Sam´s face."),  # noqa: RUF001
        ('no "pet" names', "no “pet” names"),
        ('no "pet" names', "no «pet» names"),
        ("take-aways", "take\u2011aways"),
        ("10 - 12 strokes", "10–12 strokes"),  # noqa: RUF001
        ("photos of me", "photos\u2800of me\u2800"),
        ("photos of me", "pho\u00adtos  of\u200b me…"),
    ],
)
def test_another_keyboard_writes_the_same_words(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"), [("photos", "photo"), ("face to face", "face"), ("10-12", "1012"), ("Sam's", "Sams")]
)
def test_other_words_are_others(one: str, other: str) -> None:
    assert plain(one) != plain(other)
