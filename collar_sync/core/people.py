"""People of a space as every fold reads them: who they are, their devices, and whether they have left.

Nothing here decides membership, knows a document, a key or a clock; it is the plain result that the membership fold
hands out.
"""

import re
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.ids import DeviceId, PersonId

_MISLEADING: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
"""What breaks a line, drives a terminal, cannot be seen or turns round what follows: none of it is in a name.

The table is fixed, and not that of a Unicode, since whether an enrolment counts depends on it.
"""


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
    return bool(name.strip()) and len(name) <= limits.NAME_CHARACTERS_MAX and not _MISLEADING.search(name)
