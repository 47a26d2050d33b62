"""The Consent rule: proposed by one, granted by each named party, narrowed by anyone at once.

`Consents` lets the person of this device act, and refuses at the call what would not count. A no is never refused to
someone named in a consent. Each act writes exactly one durable change and returns the consent as it then reads.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Say
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import consent_book, pause, terms
from collar_sync.domain.consent import UNSEEN_MILLISECONDS, Consent, Narrowing, State
from collar_sync.domain.consent_book import GRANT, NO, PREFIX, PROPOSE, RESUME, Book
from collar_sync.domain.consent_fold import SEEN, fold, problems
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.reading import Problem, chunks, member
from collar_sync.domain.terms import HOW_TO_PAUSE, Terms
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from collar_sync.ids import PersonId, StatementId

__all__ = [
    "HOW_TO_PAUSE",
    "UNSEEN_MILLISECONDS",
    "Consent",
    "Consents",
    "Narrowing",
    "State",
    "Terms",
    "fold",
    "problems",
]

_NAMED_MAX = 64  # statements that one with a body of its own can name; a person faces no more at once

_CLOSED = {
    State.REVOKED: "This was withdrawn, and that is final. If everyone wants it again, propose it afresh.",
    State.SUPERSEDED: "A newer version that everyone granted has replaced this one. Look at that one instead.",
    State.EXPIRED: "This has reached its end. If everyone wants it to go on, propose it afresh.",
}
_DEPARTED = "Someone named in this has left, so it has ended. Propose it afresh with those who are here."


class Consents:
    """The consents of one space, as the person of this device sees and answers them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> tuple[Consent, ...]:
        """Every consent in whatever state, the earliest proposal first, those not to be shown yet included."""
        return tuple(fold(self._statements(), self._ledger.people()).values())

    def visible(self) -> tuple[Consent, ...]:
        """Those to show to this person now."""
        now = self._ledger.now()
        return tuple(each for each in self.all() if each.visible_to(self._ledger.me, now))

    def get(self, consent: str) -> Consent:
        """One consent by the id of its proposal; raises `NotFound`."""
        found = fold(self._statements(), self._ledger.people()).get(StatementId(consent))
        if found is None:
            raise NotFound("There is no such consent here. It may not have arrived yet.")
        return found

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about consents and does not count."""
        return problems(self._ledger.statements(PREFIX), self._ledger.people())

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
    ) -> Consent:
        """Propose a consent, or with `supersedes` a new version of one; this counts as this person's own grant.

        Times are aware datetimes or milliseconds; None is from now, ongoing, unreviewed. `parties` None is everyone, or
        those named in what is to be replaced; the proposer always takes part. Raises `InvalidInput` and `NotAllowed`.
        """
        written = terms.compose(
            purpose=purpose,
            includes=includes,
            excludes=excludes,
            access=access,
            how_to_pause=how_to_pause,
            starts=starts,
            until=until,
            review=review,
            now=self._ledger.now(),
        )
        replaced = tuple(dict.fromkeys([supersedes] if isinstance(supersedes, str) else supersedes or ()))
        versions = [self.get(each) for each in replaced]
        named = self._parties(parties, versions)
        self._may_replace(versions, named)
        body = {name: value for name, value in msgspec.to_builtins(written).items() if value not in (None, (), [])} | {
            "parties": sorted(named)
        }
        if versions:
            body["supersedes"] = sorted(each.id for each in versions)
        answers = self._own_refusals(versions)
        if len(answers) > _NAMED_MAX:
            raise NotAllowed("You have said no to this too often to change it. Propose it afresh instead.")
        (identifier,) = await self._ledger.write(Say(kind=PROPOSE, body=body, answers=answers, home="core"))
        return self.get(identifier)

    async def grant(self, consent: str) -> Consent:
        """Say yes to this version, naming every own standing no that binds it; raises `NotFound`, `NotAllowed`."""
        view = self._mine(consent)
        state = view.state(self._ledger.now())
        if view.departed:
            raise NotAllowed(_DEPARTED)
        if state in _CLOSED:
            raise NotAllowed(_CLOSED[state])
        answers = self._own_refusals([view])
        if self._ledger.me in view.granted_by and not answers:
            return view
        await self._write(GRANT, view, answers)
        return self.get(view.id)

    async def decline(self, consent: str) -> Consent:
        """Say no to this, and with it to every version of it, until this person grants one again."""
        return await self._refuse("consent.decline", consent)

    async def pause(self, consent: str) -> Consent:
        """Pause every version of this at once, until this person resumes it."""
        return await self._refuse("consent.pause", consent)

    async def revoke(self, consent: str) -> Consent:
        """Withdraw from every version of this, for good."""
        return await self._refuse("consent.revoke", consent)

    async def resume(self, consent: str) -> Consent:
        """Lift this person's own pauses on this, exactly those seen here; raises `NotAllowed` where there is none."""
        view = self._mine(consent)
        book = self._book()
        pauses = [said.id for said in book.standing(self._ledger.me, book.offers[view.id]) if NO[said.kind] == "pause"]
        if not pauses:
            raise NotAllowed("You have no pause of your own on this. A pause is lifted only by the person who made it.")
        await self._write(RESUME, view, tuple(pauses))
        return self.get(view.id)

    async def _refuse(self, kind: str, consent: str) -> Consent:
        """Write a no; each time, since a yes on its way from this person's other device cannot name this one."""
        view = self._mine(consent)
        body = {} if NO[kind] == "pause" else {SEEN: self._waiting_before_me()}
        await self._ledger.write(Say(kind=kind, subject=view.id, body=body, home="core"))
        return self.get(view.id)

    async def _write(self, kind: str, view: Consent, answers: Sequence[StatementId]) -> None:
        await self._ledger.write(
            *(Say(kind=kind, subject=view.id, answers=some, home="core") for some in chunks(answers))
        )

    def _mine(self, consent: str) -> Consent:
        view = self.get(consent)
        if self._ledger.me not in view.parties:
            raise NotAllowed("You are not named in this consent, so there is nothing for you to answer.")
        return view

    def _parties(self, parties: Iterable[Person | PersonId] | None, versions: Sequence[Consent]) -> set[PersonId]:
        people = self._ledger.people()
        if parties is not None:
            named = {member(each, people) for each in parties}
        elif versions:
            named = {party for each in versions for party in each.parties if not people[party].left}
        else:
            named = {each.id for each in people.values() if not each.left}
        named.add(self._ledger.me)
        if len(named) == 1:
            raise InvalidInput("A consent is between people. Invite someone first, or name who this is with.")
        if len(named) > limits.PARTIES_MAX:
            raise InvalidInput(f"A consent can name {limits.PARTIES_MAX} people at most. Name fewer.")
        return named

    def _may_replace(self, versions: Sequence[Consent], named: set[PersonId]) -> None:
        people = self._ledger.people()
        if len({each.lineage for each in versions}) > 1:
            raise NotAllowed("These are versions of different consents. Change one at a time.")
        if len(versions) > limits.RIVALS_MAX:
            raise NotAllowed(f"One version can replace {limits.RIVALS_MAX} others at most.")
        for each in versions:
            if self._ledger.me not in each.parties:
                raise NotAllowed("You are not named in that consent, so you cannot propose to change it.")
            if each.revoked_by or each.superseded_by:
                raise NotAllowed(_CLOSED[State.REVOKED if each.revoked_by else State.SUPERSEDED])
            if any(party not in named and not people[party].left for party in each.parties):
                raise NotAllowed(
                    "A change needs everyone who is named in that consent. Name them all, or propose afresh."
                )

    def _own_refusals(self, versions: Sequence[Consent]) -> tuple[StatementId, ...]:
        """Every own no that binds these and that can be answered."""
        book = self._book()
        found = {
            said.id
            for each in versions
            for said in book.standing(self._ledger.me, book.offers[each.id])
            if NO[said.kind] != "revoke"
        }
        return tuple(sorted(found))

    def _waiting_before_me(self) -> list[StatementId]:
        """Proposals by others that this person knows and has not answered: their no does not make these vanish."""
        me, now = self._ledger.me, self._ledger.now()
        waiting = [each for each in self.all() if me in each.waiting_for and each.proposer != me]
        known = [each for each in waiting if not each.held_back_from(me, now)]
        return [each.id for each in known[-_NAMED_MAX:]]

    def _statements(self) -> list[Said]:
        return [*self._ledger.statements(PREFIX), *self._ledger.statements(pause.PAUSE)]

    def _book(self) -> Book:
        return consent_book.read(self._statements(), self._ledger.people())
