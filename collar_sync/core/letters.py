"""What of a text its reader sees: what is nothing to them, what would mislead them, and which texts read the same.

The tables are fixed, and not those of a version of Unicode, since what counts depends on them and has to be the same on
all devices. Knows no statement, no person and no name.
"""

import re
import unicodedata
from typing import Final

_MISLEADING: Final = re.compile(  # control characters, what cannot be seen, and what turns the direction of the rest
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d159"
    "\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]"
    "|(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0020-\U000e007f]"  # a flag is spelled with these, and nothing else
)
_JOINING: Final = re.compile(  # not seen either, and needed: joiners, the forms of a sign, the spelling of flags
    "[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
_BLANKS: Final = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")  # letters and signs by their table, spaces to a reader
_QUOTES: Final = re.compile("[\"'`\u00ab\u00b4\u00bb\u02b9-\u02bc\u2018-\u201f\u2032-\u2037\u2039\u203a\uff02\uff07]+")
_DASHES: Final = re.compile(r"\s*[-\u02d7\u2010-\u2015\u2212\ufe58\ufe63\uff0d]+\s*")


def misleads(text: str) -> bool:
    """Whether characters that cannot be seen, or that turn the rest round, make this text read otherwise than it is."""
    return _MISLEADING.search(text) is not None


def is_blank(text: str) -> bool:
    """Whether a reader of this sees nothing."""
    return not _seen(text)


def on_one_line(text: str) -> str:
    """Return a text as a part of a sentence: on one line, and without what misleads."""
    return " ".join(_MISLEADING.sub("", text).split())


def plain(text: str) -> str:
    """Return a text as it is compared: two that read the same are the same.

    Case, spaces, what no font shows, a sign's other forms, the sort of its dashes and quotation marks, and a full stop
    at its end make no difference. Letters that look alike do (`alike.readings`).
    """
    one = _DASHES.sub("-", _QUOTES.sub("'", _seen(text)))
    return _seen(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", one).casefold())).rstrip(". ")


def _seen(text: str) -> str:
    return " ".join(_JOINING.sub("", _MISLEADING.sub("", _BLANKS.sub(" ", text))).split())
