"""Who may hear which word in passing: none while the space is paused, presence and live sharing as they were granted.

What was granted ends where a limit says so, at once and on both sides, as it does everywhere else. An app's own kinds
may be heard by everyone who is in the space. A kind that is not known here is heard by nobody. The answer follows from
statements and a `now` alone, so teller and listener come to the same once they know the same.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from collar_sync.core.passing import Gate
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import consents, limit, pause, presence, sharing
from collar_sync.ids import PersonId

APP: Final = "app/"  # apps' own kinds


def make_gate(statements: Callable[[str], Iterable[Said]], people: Mapping[PersonId, Person]) -> Gate:
    """Return the gate that follows from what was said."""
    pauses = [*statements(pause.PAUSE)]
    paused = bool(pause.standing(pauses, people))
    shown = presence.read(statements(presence.PREFIX), people)
    said = [each for prefix in (consents.PREFIX, limit.PREFIX) for each in statements(prefix)]
    agreed = [*consents.fold([*said, *pauses], people).values()]

    def may(kind: str, speaker: PersonId, hearer: PersonId, now: int) -> bool:
        known = people.get(speaker), people.get(hearer)
        if paused or any(person is None or person.left for person in known):
            return False
        if speaker == hearer:  # another device of the same person
            return any(may(kind, speaker, other, now) for other in people if other != speaker)
        if kind == presence.WORD:
            return shown.shows(speaker, hearer, now)
        if kind.startswith(sharing.PREFIX):
            what = kind.removeprefix(sharing.PREFIX)
            return sharing.covered_until(agreed, what, speaker, hearer, now) is not None
        return kind.startswith(APP)

    return may
