"""Somebody's words as a part of a sentence of ours: on one line, in quotation marks that are ours, and ended once.

Whatever the words are, the sentence around them stays the one that was meant. Knows no statement and no person.
"""

import re
from typing import Final

from collar_sync.core.letters import on_one_line

_INNER: Final = str.maketrans(
    dict.fromkeys("“‟〝❝", "\u2018") | dict.fromkeys("”〞❞", "\u2019")
)  # what stands for our own marks, or looks like them
_ENDED: Final = re.compile(  # a stop of any script, also where quotation marks or brackets close behind it
    "[.!?\u2026\u203c\u203d\u2047-\u2049\u061f\u06d4\u0964\u0965\u3002\uff01\uff0e\uff1f\uff61]"
    "[\"'\u2018\u2019\u201c\u201d\u00ab\u00bb\u2039\u203a\u300d\u300f)\\]\uff09]*$"
)


def quoted(text: str) -> str:
    """Return a text in quotation marks, on one line; it cannot end its own quotation, its marks are the inner ones."""
    return f"“{on_one_line(text).translate(_INNER)}”"


def ended(sentence: str) -> str:
    """Return a sentence with a full stop behind it, unless the words that it ends with bring a stop of their own."""
    return sentence if _ENDED.search(sentence) else f"{sentence}."
