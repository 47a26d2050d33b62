"""The people of a space as one of them sees them, and when they acted: others by the day and never the minute."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from collar_sync import limits
from collar_sync.core.people import Person
from collar_sync.ids import PersonId
from collar_sync.node import Space
from demo_app.shapes import PersonView, WhenView


class Folk:
    """The people of a space, as this laptop's person sees them."""

    def __init__(self, space: Space) -> None:
        self.me = space.me
        self._people: Mapping[PersonId, Person] = space.people()

    def view(self, person: PersonId) -> PersonView:
        """Somebody by name."""
        known = self._people.get(person)
        return PersonView(id=person, name=known.name if known else "", mine=person == self.me)

    def several(self, people: Iterable[PersonId]) -> list[PersonView]:
        """Some of them, this laptop's person first, the others by name."""
        return sorted(map(self.view, people), key=lambda each: (not each.mine, each.name))

    def device(self, name: str, person: PersonId | None) -> str:
        """A device by whose it is and what they call it."""
        owner = self._people.get(person) if person is not None else None
        return f"{owner.name}’s {name}" if owner is not None else name  # noqa: RUF001 - the apostrophe of good typography

    def others(self) -> list[PersonView]:
        """Everybody else who has not left."""
        return [self.view(each.id) for each in self._people.values() if each.id != self.me and not each.left]

    def when(self, person: PersonId, at: int) -> WhenView:
        """Another's acts show the day, not the minute: the page cannot give away what it was never told."""
        return WhenView(at=at if person == self.me else None, day=day_of(at))


def day_of(at: int) -> str:
    """Return the day of a moment here; of one beyond every calendar, the last there is."""
    return datetime.fromtimestamp(min(at, limits.MOMENT_MILLISECONDS_MAX) / 1000).astimezone().date().isoformat()
