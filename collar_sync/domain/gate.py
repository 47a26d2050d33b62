"""Who may hear which word in passing: none while the space is paused, the others as was shown, granted or agreed.

What was granted ends where a limit says so, at once and on both sides, as it does everywhere else. An app's own kinds
may be heard by everyone who is in the space. A kind that is not known here is heard by nobody. The answer follows from
statements and a `now` alone, so teller and listener come to the same once they know the same.
"""

import enum
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Final

import msgspec

from collar_sync.core.passing import Gate
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import agreements, consents, limit, pause, presence, sharing, tracking
from collar_sync.domain.agreements import Agreement
from collar_sync.domain.consent import Consent
from collar_sync.domain.consent_book import AGREEMENT, CONSENT
from collar_sync.domain.consent_fold import flowing
from collar_sync.domain.table import Rule, always, read
from collar_sync.ids import PersonId

APP: Final = "app/"  # apps' own kinds
_DAY_MILLISECONDS: Final = 86_400_000  # what has ended before the day of a question is looked through once a day


class State(enum.StrEnum):
    """What decides whether a word of a kind may be heard."""

    SILENCE = "nobody hears it"
    OWN = "as whoever else may hear it"
    PRESENCE = "as presence is shown"
    SHARING = "as a consent covers it"
    TRACKING = "as an agreement names the habit"
    OPEN = "everybody here may hear it"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that this depends on; `here` is that both are in the space, `same` that they are one person."""

    kind: str
    paused: bool = False
    here: bool = True
    same: bool = False


TABLE: Final[tuple[Rule[Facts, State], ...]] = (
    Rule("a pause of the space stands", lambda facts: facts.paused, State.SILENCE),
    Rule("one of the two is not in the space, or has left", lambda facts: not facts.here, State.SILENCE),
    Rule("another device of the same person would hear it", lambda facts: facts.same, State.OWN),
    Rule("it says that somebody is here", lambda facts: facts.kind == presence.WORD, State.PRESENCE),
    Rule("it is a value shared live", lambda facts: facts.kind.startswith(sharing.PREFIX), State.SHARING),
    Rule("it is entries about a habit", lambda facts: facts.kind.startswith(tracking.PREFIX), State.TRACKING),
    Rule("it is of an app's own kind", lambda facts: facts.kind.startswith(APP), State.OPEN),
    Rule("this version does not know its kind", always, State.SILENCE),
)


def make_gate(statements: Callable[[str], Iterable[Said]], people: Mapping[PersonId, Person]) -> Gate:
    """Return the gate that follows from what was said.

    Rule (Sharing): nothing flows in a pause; presence, values and entries only as shown, granted or agreed.
    """
    pauses = [*statements(pause.PAUSE)]
    paused = bool(pause.standing(pauses, people))
    shown = presence.read(statements(presence.PREFIX), people)
    said = [each for prefix in (consents.PREFIX, limit.PREFIX) for each in statements(prefix)]
    made = [each for prefix in (agreements.PREFIX, limit.PREFIX) for each in statements(prefix)]
    here = {person.id for person in people.values() if not person.left}

    @cache
    def granted(since: int) -> Collection[Consent]:
        return consents.fold([*flowing(CONSENT, said, since), *pauses], people).values()

    @cache
    def agreed(since: int) -> Collection[Agreement]:
        return agreements.fold([*flowing(AGREEMENT, made, since), *pauses], people).values()

    def may(kind: str, speaker: PersonId, hearer: PersonId, now: int) -> bool:
        facts = Facts(kind=kind, paused=paused, here={speaker, hearer} <= here, same=speaker == hearer)
        match read(TABLE, facts):
            case State.OWN:
                return any(may(kind, speaker, other, now) for other in people if other != speaker)
            case State.PRESENCE:
                return shown.shows(speaker, hearer, now)
            case State.SHARING:
                what = kind.removeprefix(sharing.PREFIX)
                return (
                    sharing.covered_until(granted(now - now % _DAY_MILLISECONDS), what, speaker, hearer, now)
                    is not None
                )
            case State.TRACKING:
                return tracking.may_hear(agreed(now - now % _DAY_MILLISECONDS), kind, speaker, hearer, now)
            case found:
                return found is State.OPEN

    return may
