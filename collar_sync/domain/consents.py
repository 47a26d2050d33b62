"""The Consent rule: proposed by one, granted by each named party, narrowed by anyone at once.

`Consents` lets the person of this device act, and refuses at the call what would not count. What can be answered, and
how, is `Offers`'.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from collar_sync.core.people import Person
from collar_sync.domain import terms
from collar_sync.domain.consent import UNSEEN_MILLISECONDS, Consent, Narrowing, State
from collar_sync.domain.consent_book import CONSENT
from collar_sync.domain.consent_fold import fold, problems
from collar_sync.domain.given import careful
from collar_sync.domain.offers import Offers
from collar_sync.domain.terms import HOW_TO_PAUSE, Flow, Terms
from collar_sync.ids import PersonId

__all__ = [
    "HOW_TO_PAUSE",
    "PREFIX",
    "UNSEEN_MILLISECONDS",
    "Consent",
    "Consents",
    "Narrowing",
    "State",
    "Terms",
    "fold",
    "problems",
]

PREFIX: Final = CONSENT.prefix


@careful
class Consents(Offers[Consent]):
    """The consents of one space, as the person of this device sees and answers them."""

    noun = CONSENT
    view = Consent

    async def propose(
        self,
        purpose: str,
        includes: Sequence[str] | str,
        excludes: Sequence[str] | str = (),
        access: Sequence[str] | str = (),
        *,
        until: datetime | int | None = None,
        starts: datetime | int | None = None,
        review: datetime | int | None = None,
        parties: Iterable[Person | PersonId] | None = None,
        how_to_pause: str = HOW_TO_PAUSE,
        supersedes: str | Iterable[str] | None = None,
        flow: Flow | None = None,
        whose: Iterable[Person | PersonId] | None = None,
    ) -> Consent:
        """Propose a consent, or with `supersedes` a new version of one; this counts as this person's own grant.

        Times are aware datetimes or milliseconds; None is from now, ongoing, unreviewed. `parties` None is everyone, or
        those named in what is to be replaced; the proposer always takes part. `flow` is what may flow while it holds,
        `whose` it is (None: the proposer's own); without an end that is for two weeks, and 90 days are the most.
        Raises `InvalidInput` and `NotAllowed`.

        Rule (Consent): one proposes and each named party grants for themself; its words never change, a change is a new
        version that all must grant. Live sharing and tracking end, and are asked afresh.
        """
        people = (whose if whose is not None else [self._ledger.me]) if flow is not None else whose or ()
        now = self._ledger.now()
        written = terms.compose(
            purpose=purpose,
            includes=includes,
            excludes=excludes,
            access=access,
            how_to_pause=how_to_pause,
            starts=starts,
            until=until,
            review=review,
            now=now,
            flow=flow,
            whose=[each.id if isinstance(each, Person) else each for each in people],
        )
        replaced = [supersedes] if isinstance(supersedes, str) else supersedes or ()
        return await self._offer(written, parties, replaced, now)
