"""What somebody is called in a space, so that no name passes for another's, nor for a word that stands for a person.

People choose their own names, and two may choose the same, or one that reads the same. Then each of them is called by
it with a word of their own behind it, of those that are easily told apart, on all devices alike. Knows no statement and
no membership.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from collar_sync.core.alike import readings
from collar_sync.core.words import WORDS
from collar_sync.ids import PersonId, raw_bytes

_STANDS_FOR_SOMEBODY: Final = frozenset(
    each
    for word in ("You", "Yourself", "Your", "Me", "I", "Myself", "Someone", "Somebody", "Someone unknown", "Everyone")
    for each in readings(word)
) | readings("Everybody")


def called(chosen: Mapping[PersonId, str]) -> Mapping[PersonId, str]:
    """Return what to call each of these people, by the names that they chose: no two alike, in no order of arrival."""
    read_as = {person: readings(name) for person, name in chosen.items()}
    how_many = Counter(each for read in read_as.values() for each in read)
    found: dict[PersonId, str] = {}
    taken: set[int] = set()
    for person, name in sorted(chosen.items()):
        if not any(
            how_many[each] > 1 or each in _STANDS_FOR_SOMEBODY or each.endswith(")") for each in read_as[person]
        ):
            found[person] = name
            continue
        word = raw_bytes(person)[-1]
        while word in taken and len(taken) < len(WORDS):
            word = (word + 1) % len(WORDS)
        taken.add(word)
        found[person] = f"{name} ({WORDS[word]})"
    return found
