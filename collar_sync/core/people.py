"""People of a space as every fold reads them: who they are, their devices, and whether they have left.

Nothing here decides membership, knows a document, a key or a clock; it is the plain result that the membership fold
hands out.
"""

import msgspec

from collar_sync.ids import DeviceId, PersonId


class Person(msgspec.Struct, frozen=True):
    """One member. `name` is what they call themself; `left` is true once they have left the space, for good.

    `left_at` is when they said so, by their own clock, for showing; 0 where they did not.
    """

    id: PersonId
    name: str
    devices: tuple[DeviceId, ...]
    left: bool = False
    left_at: int = 0
