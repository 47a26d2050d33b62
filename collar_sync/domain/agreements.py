"""The Agreement rule: the same machinery as a consent, with a kind, three questions first, and a date to look again.

A consequence holds only while everyone named agrees to it just then; none is made by this software. With whoever is in
a repair none can be proposed or granted, nor a pause on one be lifted, so none can be its price; what still waits for a
person's yes as they close it has lapsed for good, whoever proposed it and whenever it arrives. The way two people
repair is agreed on a calm day: not with whoever is in a repair, and not in a pause. What stands between some holds back
no agreement of others, in which none of them is named. A new version is of the kind of what it replaces; rival versions
stay side by side, as with consents. This module must not know what a repair is: it is told who is in one.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, TypedDict, get_args

import msgspec

from collar_sync.core.edits import Say
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import consent_fold, pause, terms
from collar_sync.domain.consent import Consent, State
from collar_sync.domain.consent_book import AGREEMENT, LAPSE
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.offers import Offers
from collar_sync.domain.reading import Problem, chunks
from collar_sync.domain.terms import HOW_TO_PAUSE, Kind
from collar_sync.domain.wording import Rewrite, rewrites
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = AGREEMENT.prefix
REVIEW_MILLISECONDS: Final = 12 * 7 * 24 * 60 * 60 * 1000  # the Agreement rule: reviewed after 12 weeks by default

QUESTIONS: Final = (
    "What need does this serve?",
    "Is each of you free to refuse?",
    "Does it come from clarity, or from fear?",
)

_LET_BE: Final = (
    "Close the repair first, or let it be: this is possible again 14 days after everyone named here has stepped out of "
    "it, or after a slip-up was shared of which nobody began a repair."
)
_CALM: Final[Mapping[Kind, str]] = {
    "consequence": f"Someone named is in a repair, or in a recent slip-up, and nothing can be its price. {_LET_BE}",
    "repair loop": f"How you repair is agreed on a calm day, with no pause and no recent slip-up. {_LET_BE}",
}


class Reflection(msgspec.Struct, frozen=True):
    """The three questions of the Agreement rule, answered by whoever offers; only the need is ever shown to others.

    What is no answer to them, such as the text "no" for a no, raises `InvalidInput`: it would be taken for a yes.
    """

    need: str
    free_to_refuse: bool
    source: Literal["clarity", "fear"]

    def __post_init__(self) -> None:
        """Hold the answers against their questions."""
        if not isinstance(self.need, str):
            raise InvalidInput("Say in words what need this serves.")
        if not isinstance(self.free_to_refuse, bool):
            raise InvalidInput("Answer with yes or no whether each of you is free to refuse.")
        if self.source not in {"clarity", "fear"}:
            raise InvalidInput("Say whether this comes from clarity or from fear.")


class Agreement(Consent, frozen=True, kw_only=True):
    """One agreement as a person reads it; everything a consent has, and its kind."""

    @property
    def kind(self) -> Kind:
        """Return what kind of agreement it is."""
        if self.terms.kind is None:
            raise AssertionError("the book lets in no agreement without a kind")
        return self.terms.kind

    @property
    def need(self) -> str:
        """What need it serves."""
        return self.terms.purpose

    @property
    def temporary(self) -> bool:
        """Whether it has an end; a standing one has none.

        Rule (Agreement): it is temporary or standing; either can be ended by anyone named, at any time.
        """
        return self.holds.until is not None

    @property
    def review(self) -> int:
        """When to look at it again, in milliseconds: as written, or 12 weeks from the day on which it starts.

        Rule (Agreement): it is looked at again after 12 weeks where no other day was named; it does not end by that.
        """
        if self.holds.review is not None:
            return self.holds.review
        begins = terms.day_of(self.proposed_at) if self.holds.starts is None else self.holds.starts
        return begins + REVIEW_MILLISECONDS


def fold(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> dict[StatementId, Agreement]:
    """Every agreement by the id of its proposal, from the agreement, pause and limit statements among these."""
    return consent_fold.fold_as(Agreement, AGREEMENT, statements, people)


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the agreement statements that do not count, and why."""
    return consent_fold.problems(statements, people, AGREEMENT)


class _Day(TypedDict):
    in_repair: Collection[PersonId]
    paused: bool


def hidden(
    statements: Sequence[Said],
    people: Mapping[PersonId, Person],
    me: PersonId,
    now: int,
    *,
    in_repair: Collection[PersonId],
) -> set[str]:
    """Return the ids of agreements that are not to be shown to this person now, while those are in a repair."""
    if not in_repair and not consent_fold.may_hide(statements, people, me, now):
        return set()
    paused = bool(pause.standing(statements, people))
    return {
        each.id
        for each in fold(statements, people).values()
        if not each.visible_to(me, now) or _waits(each, me, in_repair=in_repair, paused=paused)
    }


def _waits(agreement: Agreement, person: PersonId, *, in_repair: Collection[PersonId], paused: bool) -> bool:
    """Whether it waits for that person's yes on a day on which it could not be given."""
    if not agreement.is_new_to(person):
        return False
    return _kept_for_later(agreement.kind, agreement.parties, in_repair=in_repair, paused=paused)


def _kept_for_later(kind: Kind, parties: Iterable[PersonId], *, in_repair: Collection[PersonId], paused: bool) -> bool:
    """Whether an agreement of this kind between those is not to be proposed or granted just now."""
    return kind in _CALM and (any(each in in_repair for each in parties) or (kind == "repair loop" and paused))


@careful
class Agreements(Offers[Agreement]):
    """The agreements of one space, as the person of this device sees and answers them.

    `in_repair` answers who is in a repair just then.
    """

    noun = AGREEMENT
    view = Agreement

    def __init__(self, ledger: Ledger, in_repair: Callable[[], Collection[PersonId]] = tuple) -> None:
        super().__init__(ledger)
        self._in_repair = in_repair

    def visible(self) -> tuple[Agreement, ...]:
        """Those to show to this person now; what waits for their yes waits unseen while it could not be granted.

        Rule (Agreement): what could not be granted today, such as a consequence while somebody named is in a repair,
        waits unseen. Otherwise as with consents.
        """
        me, day = self._ledger.me, self._day()
        return tuple(each for each in super().visible() if not _waits(each, me, **day))

    def held_back(self) -> Mapping[StatementId, str]:
        """Return those that nobody can grant, resume or change today, each with the sentence that says why.

        Rule (Agreement): no consequence is the price of a repair, and how to repair is agreed on a calm day. What
        narrows one can be done on any day.
        """
        day = self._day()
        return {each.id: _CALM[each.kind] for each in self.all() if _kept_for_later(each.kind, each.parties, **day)}

    def rewrites(self, *texts: str) -> tuple[Rewrite, ...]:
        """Return wordings in a draft that read as controlling, each with another way to say it; nothing is blocked.

        Rule (Agreement): before offering, a controlling wording is met with another one; style never blocks.
        """
        return tuple(dict.fromkeys(each for text in texts for each in rewrites(text)))

    async def propose(
        self,
        kind: Kind,
        includes: Sequence[str] | str,
        reflection: Reflection,
        *,
        excludes: Sequence[str] | str = (),
        access: Sequence[str] | str = (),
        until: datetime | int | None = None,
        starts: datetime | int | None = None,
        review: datetime | int | None = None,
        parties: Iterable[Person | PersonId] | None = None,
        how_to_pause: str = HOW_TO_PAUSE,
        supersedes: str | Iterable[str] | None = None,
    ) -> Agreement:
        """Propose an agreement, or with `supersedes` a new version of one; this counts as this person's own grant.

        `reflection` answers the three questions. Times are aware datetimes or milliseconds; without `until` it stands,
        and without `review` it is looked at again after 12 weeks. Tracking is about everyone named, for two weeks where
        nobody chooses and for 90 days at most. Raises `InvalidInput` and `NotAllowed`.

        Rule (Agreement): three questions come first; no consequence is proposed as the price of an open repair, and how
        to repair is agreed on a calm day. A change needs the yes of everyone named.
        """
        if kind not in get_args(Kind):
            raise InvalidInput(f"Choose one of these kinds: {', '.join(get_args(Kind))}.")
        if not reflection.free_to_refuse:
            raise NotAllowed("An agreement that someone is not free to refuse is none. Wait until each of you is.")
        if reflection.source != "clarity":
            raise NotAllowed("What comes from fear can wait. Keep it as a draft, and offer it when you see clearly.")
        replaced = [supersedes] if isinstance(supersedes, str) else tuple(supersedes or ())
        tracking = kind == "tracking"
        named = self._parties(parties, [self.get(each) for each in replaced])
        if _kept_for_later(kind, named, **self._day()):
            raise NotAllowed(_CALM[kind])
        now = self._ledger.now()
        written = terms.compose(
            purpose=reflection.need,
            includes=includes,
            excludes=excludes,
            access=access,
            how_to_pause=how_to_pause,
            starts=starts,
            until=until,
            review=review,
            now=now,
            kind=kind,
            flow="tracking" if tracking else None,
            whose=sorted(named) if tracking else (),
        )
        return await self._offer(written, named, replaced, now)

    async def grant(self, identifier: str) -> Agreement:
        """Say yes to this version; raises as a consent's grant does, or by the Agreement rule on calm days.

        Rule (Agreement): nobody grants for another, and no consequence is granted while anyone named in it is in a
        repair.
        """
        self._only_on_a_calm_day(self.get(identifier))
        return await super().grant(identifier)

    async def resume(self, identifier: str) -> Agreement:
        """Lift this person's own pauses on it; raises as a consent's resume does, or as `grant` on calm days.

        Rule (Agreement): only its author lifts a pause on it; on a consequence, not with whoever is in a repair.
        """
        self._only_on_a_calm_day(self.get(identifier))
        return await super().resume(identifier)

    def lapses(self) -> list[Say]:
        """Return what to say as a repair is closed: every consequence that waits for this person's yes has lapsed.

        Rule (Agreement): no consequence is the price of a repair, so one that waits for this person's yes ends as they
        close it.
        """
        now, me = self._ledger.now(), self._ledger.me
        waiting = [
            each.id
            for each in self.all()
            if each.kind == "consequence" and me in each.parties and me not in each.granted_by
            if each.state(now) not in {State.REVOKED, State.SUPERSEDED, State.LAPSED}
        ]
        return [Say(AGREEMENT.kind(LAPSE), answers=some, home="core") for some in chunks(waiting)] if waiting else []

    def _only_on_a_calm_day(self, found: Agreement) -> None:
        if _kept_for_later(found.kind, found.parties, **self._day()):
            raise NotAllowed(_CALM[found.kind])

    def _day(self) -> _Day:
        """Return what kind of day it is."""
        paused = pause.standing(self._ledger.statements(pause.PAUSE), self._ledger.people())
        return {"in_repair": self._in_repair(), "paused": bool(paused)}


def in_force(everything: Iterable[Agreement], kind: Kind, now: int) -> tuple[Agreement, ...]:
    """Return the agreements of this kind that hold at `now`: everyone named agrees, and nothing stands against it.

    Rule (Agreement): a consequence, like any agreement, holds only while everyone named currently agrees.
    """
    return tuple(each for each in everything if each.kind == kind and each.state(now) is State.ACTIVE)
