"""What every shape that a page is shown is made of: names, and when something happened."""

import msgspec

from collar_sync.ids import PersonId


class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every picture is made of."""


class PersonView(View, frozen=True):
    """Somebody by name; `mine` is the person of this laptop."""

    id: PersonId
    name: str
    mine: bool


class WhenView(View, frozen=True):
    """When: in milliseconds for one's own acts, as a local day alone for another's."""

    at: int | None
    day: str
