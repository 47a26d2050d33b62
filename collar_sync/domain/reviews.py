"""What was agreed and is due to be looked at again: its review date has come, or its end is near.

Part of the Consent and Agreement rules. Looking again is each person's own: to say that one has looked moves the date
for that person alone, and changes nothing about what was agreed. Nothing expires by not being looked at.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Say
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import agreements, consent_book, consent_fold
from collar_sync.domain.agreements import REVIEW_MILLISECONDS, Agreements
from collar_sync.domain.aside import names
from collar_sync.domain.consent import Consent, State
from collar_sync.domain.consent_book import DIALECTS
from collar_sync.domain.consents import Consents
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger, named
from collar_sync.domain.reading import Problem, amiss, ordered, problem, unique
from collar_sync.domain.terms import Moment
from collar_sync.domain.written import parse
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "review."
HELD: Final = "review.held"
SOON_MILLISECONDS: Final = 7 * 24 * 60 * 60 * 1000  # before an end: time enough to talk about what comes after it

_NOT_NAMED: Final = "It looks again at what is not here, or at what its author is not named in."
_OPEN: Final = frozenset({State.ACTIVE, State.PAUSED, State.UPCOMING})

Reason = Literal["its review date has come", "its end is near"]


class HeldBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When its author wants to look again."""

    again_at: Moment


class Review(msgspec.Struct, frozen=True):
    """One thing to look at again, since when, and why."""

    about: Consent
    at: int
    reason: Reason


def due(
    consents: Iterable[Consent], looked: Mapping[tuple[StatementId, PersonId], int], me: PersonId, now: int
) -> tuple[Review, ...]:
    """Return what is due for this person at `now`, what has waited longest first; nothing asks in a pause.

    Rule (Consent): a review only asks to look again; nothing ends by not being looked at, and in a pause nothing asks.
    """
    found: list[Review] = []
    for each in consents:
        if me not in each.parties or each.space_paused or each.state(now) not in _OPEN:
            continue
        again = looked.get((each.id, me), 0)
        if each.review is not None and now >= max(each.review, again):
            found.append(Review(each, max(each.review, again), "its review date has come"))
        elif each.holds.until is not None and now >= each.holds.until - SOON_MILLISECONDS and now >= again:
            found.append(Review(each, each.holds.until - SOON_MILLISECONDS, "its end is near"))
    return tuple(sorted(found, key=lambda review: (review.at, review.about.id)))


def read(
    statements: Iterable[Said], people: Mapping[PersonId, Person]
) -> tuple[dict[tuple[StatementId, PersonId], int], list[Problem]]:
    """Return until when each person has looked at what, by its proposal's id; and what does not count.

    The latest word of each person, by their own clock, holds: they may want to look again sooner than they once said.
    """
    looked: dict[tuple[StatementId, PersonId], tuple[int, StatementId, int]] = {}
    found: list[Problem] = []
    for said in unique(statements):
        if not said.kind.startswith(PREFIX):
            continue
        body = parse(said.body, HeldBody)
        reason = amiss(said, people, known=said.kind == HELD)
        if reason is None and (body is None or body.again_at > said.at + limits.REVIEW_MILLISECONDS_MAX):
            reason = "It names no time within a year at which to look again."
        if body is None or reason is not None:
            found.append(problem(said, reason or ""))
        else:
            key = (StatementId(said.subject), said.author)
            looked[key] = max(looked.get(key, (0, said.id, 0)), (said.at, said.id, body.again_at))
    return {key: again_at for key, (_, _, again_at) in looked.items()}, found


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return what was said about reviews and does not count, such as of what its author is not named in."""
    statements = tuple(statements)
    _, found = read(statements, people)
    amiss = {each.statement for each in found}
    held = [each for each in statements if each.kind == HELD and each.id not in amiss]
    return ordered((*found, *(problem(each, _NOT_NAMED) for each in _outside(held, statements, people))))


def _outside(held: Sequence[Said], statements: Sequence[Said], people: Mapping[PersonId, Person]) -> Iterable[Said]:
    """Return those of these that are of nothing here in which their author is named."""
    books = [consent_book.read(statements, people, noun) for noun in DIALECTS] if held else []
    parties = {name: each.body.parties for book in books for name, each in book.offers.items()}
    return [each for each in held if each.author not in parties.get(StatementId(each.subject), ())]


def open_names(
    statements: Sequence[Said], _records: Mapping[str, object], people: Mapping[PersonId, Person], _now: int
) -> set[str]:
    """Name what does not count; a look back at something stays with that and rests with it."""
    return {each.statement for each in problems(statements, people)}


def due_for(
    statements: Iterable[Said], people: Mapping[PersonId, Person], me: PersonId, now: int
) -> tuple[Review, ...]:
    """Return what is due for this person at `now`, from all that was said."""
    statements = tuple(statements)
    looked, _ = read(statements, people)
    everything = (*consent_fold.fold(statements, people).values(), *agreements.fold(statements, people).values())
    return due(everything, looked, me, now)


@careful
class Reviews:
    """What the person of this device is to look at again."""

    def __init__(self, ledger: Ledger, consents: Consents, made: Agreements) -> None:
        self._ledger = ledger
        self._consents = consents
        self._agreements = made

    def due(self) -> tuple[Review, ...]:
        """Return what is due now, what has waited longest first; what is hidden here is not.

        Rule (Consent): only those named are asked to look again, and nobody while a pause stands.
        """
        looked, _ = read(self._ledger.statements(PREFIX), self._ledger.people())
        aside = names(self._ledger)
        shown = (each for each in self._everything() if each.id not in aside)
        return due(shown, looked, self._ledger.me, self._ledger.now())

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about reviews and does not count."""
        prefixes = (PREFIX, *(noun.prefix for noun in DIALECTS))
        return problems([said for each in prefixes for said in self._ledger.statements(each)], self._ledger.people())

    async def held(self, identifier: str, again_at: int | None = None) -> None:
        """Say that this person has looked at it as it is; it is due again then, or in 12 weeks.

        Raises `InvalidInput`, `NotAllowed` and `NotFound`.

        Rule (Consent): each looks for themself; it moves the date for this person alone and widens nothing.
        """
        found = named(
            self._ledger,
            identifier,
            lambda: next((each for each in self._everything() if each.id == identifier), None),
            "There is no such consent or agreement here. It may not have arrived yet.",
        )
        if self._ledger.me not in found.parties:
            raise NotAllowed("You are not named in this, so there is nothing for you to review.")
        now = self._ledger.now()
        again_at = now + REVIEW_MILLISECONDS if again_at is None else again_at
        if not now < again_at <= now + limits.REVIEW_MILLISECONDS_MAX:
            raise InvalidInput("Choose a later day on which to look again, within a year.")
        await self._ledger.write(Say(kind=HELD, subject=found.id, body={"again_at": again_at}, home="core"), at=now)

    def _everything(self) -> list[Consent]:
        return [*self._consents.all(), *self._agreements.all()]
