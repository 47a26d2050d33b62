"""One repair as a person reads it: one shared slip-up through pause, debrief, amend and review.

Each stage opens only when all are ready, can be left and entered again, and has no deadline. A view is a plain, frozen
value; what comes next for a person is read off a table, from what was shared alone. The one exception is the view's own
person (`first_help`), whose private notes about safety put help before everything else; nobody else's view knows of
them. Nothing here knows a statement.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.people import Person
from collar_sync.domain import schedule
from collar_sync.domain.reading import id_of
from collar_sync.domain.repair_forms import (
    Apology,
    Commitment,
    Part,
    Plan,
    Sheet,
    Stage,
    Weekly,
    Word,
)
from collar_sync.domain.repair_steps import HINTS, SENTENCES, STEPS, Look, Side, Step
from collar_sync.domain.slip import Slip
from collar_sync.domain.table import read
from collar_sync.ids import PersonId, StatementId

__all__ = ["Repair", "Shared", "Step", "Version", "Versions"]

_BETWEEN: Final = 2  # fewer than two people have nothing to repair between them


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """A part, an apology or a word that its own author shared: whose, when by their clock, and what."""

    id: StatementId
    person: PersonId
    at: int
    what: Part | Apology | Word


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One exact text of a sheet, who wrote it, and whose signature on it stands; writing one is signing it."""

    id: StatementId
    person: PersonId
    at: int
    what: Sheet
    signed_by: tuple[PersonId, ...]


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet: the texts that no newer one replaces, side by side, those before, and the one that is agreed, if any."""

    current: tuple[Version, ...] = ()
    earlier: tuple[Version, ...] = ()
    agreed: Version | None = None


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """One repair as it stands. `id` is its slip-up's. `present` are those who take part and have not left.

    `ready` are those who said the yes that the next stage waits for, `out` who stepped out for now, `out_since` when,
    by their own clocks, where that was on a device that had not been removed. Sheets are those
    of this round; parts, apologies and words are of every round, and `before` has what nothing replaced of the sheets
    of the rounds before this one.
    """

    id: StatementId
    slip: Slip
    stage: Stage
    round: int
    present: tuple[PersonId, ...]
    ready: tuple[PersonId, ...]
    out: tuple[PersonId, ...]
    out_since: tuple[tuple[PersonId, int], ...]
    space_paused: bool
    talk: Versions
    facts: Versions
    plan: Versions
    weekly: Versions
    parts: tuple[Shared, ...]
    apologies: tuple[Shared, ...]
    words: tuple[Shared, ...]
    before: tuple[Version, ...] = ()
    first_help: PersonId | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was begun, is not closed, and is between people who are here."""
        return self.stage not in {Stage.SHARED, Stage.CLOSED} and len(self.present) >= _BETWEEN

    def holds_back(self, person: Person | PersonId, now: int) -> bool:
        """Whether nothing is to be agreed with that person which could be its price.

        From when the slip-up was shared until its repair is closed; but no more once it has been let be for 14 days: a
        slip-up of which nobody began a repair, or one out of which this person stepped, whatever others do.

        Rule (Agreement): no consequence can be proposed as the price of an open repair.
        """
        person = id_of(person)
        if self.stage is Stage.CLOSED or person not in self.present or len(self.present) < _BETWEEN:
            return False
        let_be = [at for each, at in self.out_since if each == person]
        let_be += [self.slip.at] if self.stage is Stage.SHARED else []
        return all(now < at + limits.PRICE_MILLISECONDS_MIN for at in let_be)

    @property
    def rests(self) -> bool:
        """Whether it waits without anyone owing anything: somebody stepped out, or the space is paused.

        Rule (Repair loop): it can be left and re-entered, and has no deadline.
        """
        return self.space_paused or bool(self.out)

    @property
    def waiting_for(self) -> tuple[PersonId, ...]:
        """Who has not said yes to the next stage. It says nothing about why.

        Rule (Repair loop): each stage opens only when all are ready; silence is no reason and no fault.
        """
        return tuple(each for each in self.present if each not in self.ready) if self.is_open else ()

    @property
    def commitments(self) -> tuple[Commitment, ...]:
        """The small promises of the plan that all have agreed to."""
        agreed = self.plan.agreed
        return agreed.what.commitments if agreed is not None and isinstance(agreed.what, Plan) else ()

    def weekly_talk(self, now: int) -> tuple[int, int] | None:
        """When the agreed weekly talk is next, or is just now: its start and end, milliseconds since the epoch.

        None while the space is paused, nor while somebody stepped out.

        Rule (Repair loop): a talk with a fixed start and end, in the agreed IANA zone by zoneinfo.
        """
        if self.rests:
            return None
        agreed = self.weekly.agreed
        where = schedule.zone(agreed.what.zone) if agreed is not None and isinstance(agreed.what, Weekly) else None
        if agreed is None or where is None or not isinstance(agreed.what, Weekly) or not self.is_open:
            return None
        weekly, today = agreed.what, schedule.local(now, where)
        first = today.date() + timedelta(days=(weekly.weekday - today.weekday()) % 7)
        for day in (first, first + timedelta(days=7)):
            start, end = (
                schedule.instant(datetime.combine(day, time.fromisoformat(each)), where)
                for each in (weekly.starts, weekly.ends)
            )
            if now < end:
                return start, end
        return None

    def opened(self, stage: Stage) -> bool:
        """Whether that stage is open now, in this round.

        Rule (Repair loop): each stage opens only when all are ready.
        """
        order = list(Stage)
        return self.stage is not Stage.CLOSED and order.index(stage) <= order.index(self.stage)

    def answered_by(self, person: Person | PersonId) -> bool:
        """Whether that person has a say in it already: a yes, a text, a part of their own, or a stepping out."""
        sheets = (self.talk, self.facts, self.plan, self.weekly)
        signed = (each.signed_by for sheet in sheets for each in (*sheet.current, *sheet.earlier))
        wrote = {each.person for each in (*self.parts, *self.apologies, *self.words)}
        went_on = self.present if self.round > 1 or self.stage not in {Stage.SHARED, Stage.PAUSE} else ()
        return id_of(person) in wrote.union(went_on, self.ready, self.out, *signed)

    def unseen_by(self, person: Person | PersonId) -> frozenset[StatementId]:
        """The texts that wait for that person's yes and are not to be shown to them now.

        Rule (Pause): while one stands, new asks wait unseen; so they do while somebody is out.
        """
        sheets = (self.talk, self.facts, self.plan, self.weekly) if self.rests else ()
        return frozenset(each.id for sheet in sheets for each in sheet.current if id_of(person) not in each.signed_by)

    def read_by(self, person: Person | PersonId) -> "Repair":
        """Return this as they read it: without the texts that wait unseen."""
        unseen = self.unseen_by(person)
        if not unseen:
            return self

        def seen(sheet: Versions) -> Versions:
            return msgspec.structs.replace(
                sheet, current=tuple(each for each in sheet.current if each.id not in unseen)
            )

        return msgspec.structs.replace(
            self, talk=seen(self.talk), facts=seen(self.facts), plan=seen(self.plan), weekly=seen(self.weekly)
        )

    def asks(self, person: Person | PersonId) -> tuple[Version, ...]:
        """The texts of this round that wait for that person's yes.

        None while it rests: they wait unseen then. None for this person where help comes first for them.

        Rule (Repair loop): a signature is on the exact text, so each text of this round asks for itself.
        """
        reader = id_of(person)
        if self.rests or reader not in self.present or reader == self.first_help:
            return ()
        sheets = (self.talk, self.facts, self.plan, self.weekly)
        return tuple(each for sheet in sheets for each in sheet.current if reader not in each.signed_by)

    def next_step(self, person: Person | PersonId) -> Step:
        """What comes next for that person; the first row of `STEPS` that applies. A step is offered, never owed.

        Rule (Safety branch): where help comes first for them it is the only step.
        """
        return read(STEPS, self._look(id_of(person)))

    def says(self, person: Person | PersonId) -> str:
        """What comes next for that person as a sentence, which names what not all have signed."""
        step = self.next_step(person)
        unsigned = step in {Step.READY_UNSIGNED, Step.CLOSE_UNSIGNED}
        return f"{SENTENCES[step]} It is about {' and '.join(self.unsigned)}." if unsigned else SENTENCES[step]

    @property
    def unsigned(self) -> tuple[str, ...]:
        """What all were to agree on so far in this round and not all have signed, as words; nothing waits for it."""
        sheets = (
            (Stage.PAUSE, self.talk, "a time to talk"),
            (Stage.DEBRIEF, self.facts, "the shared facts"),
            (Stage.AMEND, self.plan, "the plan"),
            (Stage.REVIEW, self.weekly, "the weekly talk"),
        )
        now = (
            each for each in sheets if self.opened(each[0]) and (each[0] is not Stage.PAUSE or self.stage is each[0])
        )
        return tuple(words for _, sheet, words in now if sheet.agreed is None)

    def side(self, person: Person | PersonId) -> Side:
        """Return which side of it a person is on, by the slip-up alone.

        Rule (Repair loop): hints differ by side; a side permits nothing and forbids nothing.
        """
        shared_it = id_of(person) == self.slip.person
        if id_of(person) not in self.slip.parties or not (
            self.slip.mine or shared_it or len(self.slip.parties) == _BETWEEN
        ):
            return "everyone"
        return "slipped" if self.slip.mine == shared_it else "hurt"

    def hints(self, person: Person | PersonId) -> tuple[str, ...]:
        """Return what helps that person in the debrief: the hints of their side, and those for everyone."""
        side = self.side(person)
        return (*(HINTS[side] if side != "everyone" else ()), *HINTS["everyone"])

    def _look(self, person: PersonId) -> Look:
        sheets = {Stage.PAUSE: self.talk, Stage.DEBRIEF: self.facts, Stage.AMEND: self.plan, Stage.REVIEW: self.weekly}
        sheet = sheets.get(self.stage, Versions())
        here = {each.person for each in self.parts if each.what.round == self.round}
        return Look(
            stage=self.stage,
            takes_part=person in self.present,
            between_people=len(self.present) >= _BETWEEN,
            help_first=person == self.first_help,
            paused=self.space_paused,
            self_out=person in self.out,
            other_out=bool({*self.out} - {person}),
            ready=person in self.ready,
            wrote_part=person in here,
            others_wrote=here >= {*self.present} - {person},
            texts=len(sheet.current),
            signed=all(person in each.signed_by for each in sheet.current),
            agreed=not self.unsigned,
            said_mine=self.slip.mine and self.slip.person == person,
            may_apologise=not self.slip.mine and self.slip.person != person and not self._others_apologised(),
            apologised=self._said(self.apologies, person),
            had_word=self._said(self.words, person),
        )

    def _others_apologised(self) -> bool:
        """Whether anyone but who shared it has apologised in this round."""
        return any(each.person != self.slip.person and each.what.round == self.round for each in self.apologies)

    def _said(self, shared: Iterable[Shared], person: PersonId) -> bool:
        return any(each.person == person and each.what.round == self.round for each in shared)
