"""Which consents and agreements are settled: over for good, or declined, and a month ago. Such a lineage may rest.

It rests whole, with everything that was said about it, and comes back whole once anything new speaks of it. A pause on
it keeps it at hand, for its author to lift, and so does a version that still waits or holds. What does not count stays,
with all that it speaks of: why it does not count is read off both.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.consent import Consent, State
from collar_sync.domain.consent_book import AGREEMENT, CONSENT, Dialect
from collar_sync.domain.consent_fold import fold_as, problems
from collar_sync.ids import PersonId, StatementId

MONTH_MILLISECONDS: Final = 30 * 24 * 60 * 60 * 1000  # what ended lately is still looked at; and a no counts 14 days
_OVER: Final = frozenset({State.REVOKED, State.SUPERSEDED, State.EXPIRED, State.DECLINED})


def consents_open(
    statements: Sequence[Said], _records: Mapping[str, object], people: Mapping[PersonId, Person], now: int
) -> set[str]:
    """Name the consents of every lineage that is not settled at `now`, and what does not count."""
    return _open(CONSENT, statements, people, now)


def agreements_open(
    statements: Sequence[Said], _records: Mapping[str, object], people: Mapping[PersonId, Person], now: int
) -> set[str]:
    """Name the agreements of every lineage that is not settled at `now`, and what does not count."""
    return _open(AGREEMENT, statements, people, now)


def _open(noun: Dialect, statements: Sequence[Said], people: Mapping[PersonId, Person], now: int) -> set[str]:
    before = now - MONTH_MILLISECONDS
    views = fold_as(Consent, noun, statements, people)
    going_on = {each.lineage for each in views.values() if each.state(before) not in _OVER}
    for said in statements:
        if said.at > before and said.kind.startswith(noun.prefix):
            found = views.get(said.id) or views.get(StatementId(said.subject))
            if found is not None:
                going_on.add(found.lineage)
    names: set[str] = {each.id for each in views.values() if each.lineage in going_on}
    return names | {each.statement for each in problems(statements, people, noun)}
