"""People of a space as every fold reads them: who they are, their devices, and whether they have left.

Nothing here decides membership, knows a document, a key or a clock; it is the plain result that the membership fold
hands out.
"""

import re
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.letters import is_blank, misleads
from collar_sync.ids import DeviceId, PersonId

_BREAKS: Final = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029\ud800-\udfff]")  # ends of lines, tabs, halves of a sign


class Person(msgspec.Struct, frozen=True):
    """One member. `name` is what to call them here; `chosen`, what they call themself, is the same but for a namesake.

    `left` is true once they have left the space, for good; `left_at` is when they said so, by their own clock, for
    showing; 0 where they did not.
    """

    id: PersonId
    name: str
    devices: tuple[DeviceId, ...]
    left: bool = False
    left_at: int = 0
    chosen: str = ""


def is_name(name: str) -> bool:
    """Whether this can be what a person, a device or a space is called: not blank, not too long, as it is read."""
    fits = len(name) <= limits.NAME_CHARACTERS_MAX and not is_blank(name)
    return fits and not misleads(name) and not _BREAKS.search(name)
