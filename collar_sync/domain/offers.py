"""What consents and agreements share: everything that the person of this device can answer to what is proposed.

Refused at the call is what would not count. A no is never refused to someone named. Each act writes exactly one durable
change and returns what was answered as it then reads. How something is proposed is each noun's own affair.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, Generic, TypeVar

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Say
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import consent_book, limit, pause
from collar_sync.domain.aside import names
from collar_sync.domain.consent import NOTE, Consent, State
from collar_sync.domain.consent_book import DIALECTS, GRANT, RESUME, Book, Dialect
from collar_sync.domain.consent_fold import SEEN, flowing, fold_as, problems
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger, named, write_in_parts
from collar_sync.domain.reading import Problem, chunks, members
from collar_sync.domain.terms import Terms
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId, StatementId

View = TypeVar("View", bound=Consent)

_NAMED_MAX: Final = 64  # statements that one with a body of its own can name; a person faces no more at once

CLOSED: Final = {
    State.REVOKED: "This was withdrawn, and that is final. If everyone wants it again, propose it afresh.",
    State.SUPERSEDED: "A newer version that everyone granted has replaced this one. Look at that one instead.",
    State.LAPSED: "This waited for a yes while a repair was open, and has lapsed. On a calm day, propose it afresh.",
    State.EXPIRED: "This has reached its end. If everyone wants it to go on, propose it afresh.",
}
_DEPARTED: Final = "Someone named in this has left, so it has ended. Propose it afresh with those who are here."


@careful
class Offers(Generic[View]):
    """Everything of one noun in one space, as the person of this device sees and answers it.

    The Consent rule: it reads as current willingness, never as proof; `NOTE` says so wherever these are shown.
    """

    NOTE = NOTE

    noun: ClassVar[Dialect]
    view: type[View]

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> tuple[View, ...]:
        """Every one at hand in whatever state, the earliest proposal first, those not to be shown yet included.

        What was settled more than a month ago may not be at hand: the timeline tells of it, and `get` brings it back.
        """
        return tuple(self._fold().values())

    def visible(self) -> tuple[View, ...]:
        """Those to show to this person now.

        Rule (Consent): after a no nothing new by another is shown for 14 days; in a pause what waits for a yes waits
        unseen, and what this person hides or mutes is not shown here.
        """
        now, me, aside = self._ledger.now(), self._ledger.me, names(self._ledger)
        return tuple(
            each
            for each in self.all()
            if each.visible_to(me, now) and each.id not in aside and not (each.is_new_to(me) and each.proposer in aside)
        )

    def flowing(self) -> tuple[View, ...]:
        """Those under which something can flow now or later, with their other versions, and none of all the others.

        They read as in `all`, but for what is unseen after a no. Asked again and again, it costs no fold of it all.
        """
        ledger = self._ledger
        said = flowing(self.noun, ledger.statements(self.noun.prefix), ledger.now())
        if not said:
            return ()
        more = (each for prefix in (pause.PAUSE, limit.PREFIX) for each in ledger.statements(prefix))
        return tuple(fold_as(self.view, self.noun, [*said, *more], ledger.people()).values())

    def get(self, identifier: str) -> View:
        """One by the id of its proposal; raises `NotFound`."""
        return named(
            self._ledger,
            identifier,
            lambda: self._fold().get(StatementId(identifier)),
            f"There is no such {self.noun.name} here. It may not have arrived yet.",
        )

    def rivals(self, identifier: str) -> tuple[View, ...]:
        """Return this version and every open one beside it that is to be shown now, side by side; raises `NotFound`.

        Rule (Consent): rival versions are shown side by side and never merged silently.
        """
        found = self.get(identifier)
        shown = {each.id: each for each in self.visible()}
        return (found, *(shown[each] for each in found.rivals if each in shown))

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about these and does not count."""
        return problems(self._ledger.statements(self.noun.prefix), self._ledger.people(), self.noun)

    async def grant(self, identifier: str) -> View:
        """Say yes to this version, naming every own standing no that binds it; raises `NotFound`, `NotAllowed`.

        Rule (Consent): nobody grants for another, and only a party that is named counts; widening needs everyone.
        """
        view = self._mine(identifier)
        now = self._ledger.now()
        state = view.state(now)
        if view.departed:
            raise NotAllowed(_DEPARTED)
        if state in CLOSED:
            raise NotAllowed(CLOSED[state])
        answers = self._own_refusals([view])
        if self._ledger.me in view.granted_by and not answers:
            return view
        await self._write(GRANT, view, answers, now)
        return self.get(view.id)

    async def decline(self, identifier: str) -> View:
        """Say no to this, and with it to every version of it, until this person grants one again.

        Rule (Consent): one person's no is enough, at once and unexplained; only their own later yes answers it.
        """
        return await self._refuse("decline", identifier)

    async def pause(self, identifier: str) -> View:
        """Pause every version of this at once, until this person resumes it.

        Rule (Consent): anyone named pauses it alone, at once and unexplained; only they lift that pause.
        """
        return await self._refuse("pause", identifier)

    async def revoke(self, identifier: str) -> View:
        """Withdraw from every version of this, for good.

        Rule (Consent): anyone named withdraws alone and at once; it is final, and only a new proposal can be granted.
        """
        return await self._refuse("revoke", identifier)

    async def resume(self, identifier: str) -> View:
        """Lift this person's own pauses on this, exactly those seen here; raises `NotAllowed` where there is none.

        Rule (Consent): a pause on it is lifted only by its author; one made meanwhile, or by another, still stands.
        """
        view = self._mine(identifier)
        book = self._book()
        pauses = [said.id for said in book.standing(self._ledger.me, book.offers[view.id]) if book.no(said) == "pause"]
        if not pauses:
            raise NotAllowed("You have no pause of your own on this. A pause is lifted only by the person who made it.")
        await self._write(RESUME, view, tuple(pauses), self._ledger.now())
        return self.get(view.id)

    async def _refuse(self, kind: str, identifier: str) -> View:
        """Write a no; each time, since a yes on its way from this person's other device cannot name this one."""
        view = self._mine(identifier)
        now = self._ledger.now()
        body = {} if kind == "pause" else {SEEN: self._waiting_before_me(now)}
        await self._ledger.write(Say(kind=self.noun.kind(kind), subject=view.id, body=body, home="core"), at=now)
        return self.get(view.id)

    async def _write(self, kind: str, view: View, answers: Sequence[StatementId], now: int) -> None:
        """Answer so many noes of one's own; those that are not named yet go on binding."""
        says = (Say(kind=self.noun.kind(kind), subject=view.id, answers=some, home="core") for some in chunks(answers))
        await write_in_parts(self._ledger, *says, at=now)

    def _mine(self, identifier: str) -> View:
        view = self.get(identifier)
        if self._ledger.me not in view.parties:
            raise NotAllowed(f"You are not named in this {self.noun.name}, so there is nothing for you to answer.")
        return view

    def _parties(self, parties: Iterable[Person | PersonId] | None, versions: Sequence[View]) -> set[PersonId]:
        people = self._ledger.people()
        if parties is None and versions:
            asked = {party for each in versions for party in each.parties if not people[party].left}
        else:
            asked = members(parties, people)
        asked.add(self._ledger.me)
        something = str(self.noun).capitalize()
        if len(asked) == 1:
            raise InvalidInput(f"{something} is between people. Invite someone first, or name who this is with.")
        if len(asked) > limits.PARTIES_MAX:
            raise InvalidInput(f"{something} can name {limits.PARTIES_MAX} people at most. Name fewer.")
        return asked

    def _may_replace(self, versions: Sequence[View], written: Terms, named: set[PersonId]) -> None:
        people = self._ledger.people()
        if len({each.lineage for each in versions}) > 1:
            raise NotAllowed(f"These are versions of different {self.noun.name}s. Change one at a time.")
        if len(versions) > limits.RIVALS_MAX:
            raise NotAllowed(f"One version can replace {limits.RIVALS_MAX} others at most.")
        for each in versions:
            if self._ledger.me not in each.parties:
                raise NotAllowed(f"You are not named in that {self.noun.name}, so you cannot propose to change it.")
            if each.revoked_by or each.superseded_by:
                raise NotAllowed(CLOSED[State.REVOKED if each.revoked_by else State.SUPERSEDED])
            if each.terms.kind != written.kind:
                raise NotAllowed(
                    "A new version is of the same kind. To agree on another kind of thing, propose it afresh."
                )
            if any(party not in named and not people[party].left for party in each.parties):
                raise NotAllowed(
                    f"A change needs everyone who is named in that {self.noun.name}. Name them all, or propose afresh."
                )

    def _own_refusals(self, versions: Sequence[View]) -> tuple[StatementId, ...]:
        """Every own no that binds these and that can be answered."""
        book = self._book()
        found = {
            said.id
            for each in versions
            for said in book.standing(self._ledger.me, book.offers[each.id])
            if book.no(said) != "revoke"
        }
        return tuple(sorted(found))

    def _waiting_before_me(self, now: int) -> list[StatementId]:
        """Proposals by others that this person knows and did not answer one by one: their no makes none of them vanish.

        Those that wait for them come last, so that where there are too many it is these that are named.

        What waited unseen in a pause is not known: it is as new as what comes afterwards. What this person set aside is
        counted as known, since the others read what is named here, and nobody may learn from it what was set aside.
        """
        me, said, people = self._ledger.me, self._statements(), self._ledger.people()
        everything = [each for noun in DIALECTS for each in fold_as(Consent, noun, said, people).values()]
        others = [each for each in everything if me in each.parties and each.proposer != me]
        known = [each for each in others if not each.answered_by(me) and each.visible_to(me, now)]
        known.sort(key=lambda each: me in each.waiting_for)
        return [each.id for each in known[-_NAMED_MAX:]]

    def _fold(self) -> dict[StatementId, View]:
        return fold_as(self.view, self.noun, self._statements(), self._ledger.people())

    def _statements(self) -> list[Said]:
        kinds = (*(noun.prefix for noun in DIALECTS), pause.PAUSE, limit.PREFIX)
        return [each for prefix in kinds for each in self._ledger.statements(prefix)]

    def _book(self) -> Book:
        return consent_book.read(self._ledger.statements(self.noun.prefix), self._ledger.people(), self.noun)

    async def _offer(
        self, written: Terms, named: Iterable[Person | PersonId] | None, replaced: Iterable[str], now: int
    ) -> View:
        """Propose these terms, composed at `now`, to everyone named, in place of the versions to be replaced."""
        versions = [self.get(each) for each in dict.fromkeys(replaced)]
        parties = self._parties(named, versions)
        self._may_replace(versions, written, parties)
        if not parties >= {*written.whose}:
            raise InvalidInput("Whoever is shared or tracked takes part in it. Name them as well.")
        body = {name: value for name, value in msgspec.to_builtins(written).items() if value not in (None, (), [])} | {
            "parties": sorted(parties)
        }
        if versions:
            body["supersedes"] = sorted(each.id for each in versions)
        answers = self._own_refusals(versions)
        if len(answers) > _NAMED_MAX:
            raise NotAllowed("You have said no to this too often to change it. Propose it afresh instead.")
        kind = self.noun.kind(consent_book.PROPOSE)
        replacing = tuple(sorted({*answers, *(each.id for each in versions)}))
        (identifier,) = await self._ledger.write(Say(kind=kind, body=body, answers=replacing, home="core"), at=now)
        return self.get(identifier)
