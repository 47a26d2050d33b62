"""What somebody is called in a space, so that no name passes for another's, nor for a word that stands for a person.

People choose their own names, and two may choose the same, or one that reads the same. Then each of them is called by
it with a word of their own behind it, of those that are easily told apart, on all devices alike. Knows no statement and
no membership.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Final

from collar_sync.core.words import WORDS
from collar_sync.ids import PersonId, raw_bytes

_UNSHOWN: Final = re.compile(  # what no font shows (Default_Ignorable_Code_Point), and control characters
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_STANDS_FOR_SOMEBODY: Final = frozenset(
    {"you", "yourself", "your", "me", "i", "myself", "someone", "somebody", "someone unknown", "everyone", "everybody"}
)


def plain(text: str) -> str:
    """Return a text without what is nothing to its reader: case, spaces, what no font shows, a sign's other forms.

    Only for comparing. Letters of other scripts that look alike stay apart: which do depends on the font.
    """
    seen = " ".join(_UNSHOWN.sub("", text).split())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return " ".join(_UNSHOWN.sub("", folded).split())


def called(chosen: Mapping[PersonId, str]) -> Mapping[PersonId, str]:
    """Return what to call each of these people, by the names that they chose: no two alike, in no order of arrival."""
    read_as = {person: plain(name) for person, name in chosen.items()}
    how_many = Counter(read_as.values())
    found: dict[PersonId, str] = {}
    taken: set[int] = set()
    for person, name in sorted(chosen.items()):
        own = read_as[person]
        if how_many[own] == 1 and own not in _STANDS_FOR_SOMEBODY and not own.endswith(")"):
            found[person] = name
            continue
        word = raw_bytes(person)[-1]
        while word in taken and len(taken) < len(WORDS):
            word = (word + 1) % len(WORDS)
        taken.add(word)
        found[person] = f"{name} ({WORDS[word]})"
    return found
