"""The Repair loop rule, acted on: begin, be ready or not yet, step out and back, sign, go round again, close.

Whoever is not ready says nothing at all, or takes a yes back; no reason is asked and none is kept. What would not count
is refused at the call. While somebody is out or the space is paused nothing is asked of anyone; one's own part and an
apology can be saved as drafts (`repair_writing.py`). Each act writes exactly one durable change and returns the repair
as it reads.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Say
from collar_sync.core.statement import Said
from collar_sync.domain import pause, repair_book, slip
from collar_sync.domain.aside import names
from collar_sync.domain.given import careful
from collar_sync.domain.help import HelpText
from collar_sync.domain.ledger import Ledger, named, write_in_parts
from collar_sync.domain.reading import Problem, chunks
from collar_sync.domain.repair import Repair, Step
from collar_sync.domain.repair_book import Entry
from collar_sync.domain.repair_fold import fold, in_repair, is_paused, problems
from collar_sync.domain.repair_forms import (
    AGAIN,
    BACK,
    BEGIN,
    CLOSE,
    OUT,
    PREFIX,
    READY,
    SHEETS,
    SIGN,
    TABLE,
    TAKE_BACK,
    Ready,
    Stage,
)
from collar_sync.domain.safety import Safety, SafetyPage
from collar_sync.domain.slips import Slips
from collar_sync.errors import NotAllowed, NotFound
from collar_sync.ids import PersonId, StatementId

OUTSIDER: Final = "You do not take part in this repair."
ALONE: Final = "Nobody else who takes part in this is here any more. What you write for yourself is kept."
_UNSENT: Final = "Nothing was sent. Your own part, and an apology, can be saved as drafts meanwhile."
RESTS: Final = f"This rests for now, since somebody stepped out or everything is paused. {_UNSENT}"
NOT_OPEN: Final = f"That comes later: each stage opens once everyone is ready for it. {_UNSENT}"
CLOSED: Final = "This is closed. Any of you can take it up again."
_NO_YES: Final = "There is no yes of yours to take back here. Not being ready needs no word."
_NO_SIGNATURE: Final = "You have no yes to that text to take back."


@careful
class Repairs:
    """The repairs of one space, as the person of this device sees and takes part in them.

    `lapses` gives what is to be said with it where this person says that one can be closed.
    """

    def __init__(self, ledger: Ledger, lapses: Callable[[], Iterable[Say]] = tuple) -> None:
        self._ledger = ledger
        self._lapses = lapses
        self._safety = Safety(ledger)
        self._slips = Slips(ledger)

    def all(self) -> tuple[Repair, ...]:
        """Every shared slip-up at hand with its repair, the earliest first; closed ones fold away by `is_open`."""
        return tuple(self._own(each) for each in self._fold().values())

    def visible(self) -> tuple[Repair, ...]:
        """Those to show to this person now, begun or not and closed or not, without the texts that wait unseen.

        Where whoever shared the slip-up is muted, those in which this person has said something already.

        Rule (Pause): while one stands, texts that wait for this person's yes wait unseen, as while somebody is out.
        """
        me, aside = self._ledger.me, names(self._ledger)
        return tuple(
            each.read_by(me)
            for each in self.all()
            if each.id not in aside and (each.slip.person not in aside or each.answered_by(me))
        )

    def open(self) -> tuple[Repair, ...]:
        """Those to show that are begun and not closed.

        Rule (Repair loop): closed ones fold away; what is set aside here stays open for the others, who are not told.
        """
        return tuple(each for each in self.visible() if each.is_open)

    def get(self, identifier: str) -> Repair:
        """One by the id of its slip-up; raises `NotFound`."""
        return self._own(
            named(
                self._ledger,
                identifier,
                lambda: self._fold().get(StatementId(identifier)),
                "No such slip-up was shared here. It may not have arrived yet.",
            )
        )

    def next_step(self, identifier: str) -> Step:
        """What comes next for this person, their private notes about safety included.

        Rule (Safety branch): where this person noted a matter of safety, help is the step and nothing is to be
        negotiated.
        """
        return self.get(identifier).next_step(self._ledger.me)

    def in_repair(self) -> frozenset[PersonId]:
        """Who is in one just now, or in a slip-up of these two weeks: nothing agreed with them is to be its price.

        Rule (Agreement): no consequence can be proposed as the price of an open repair.
        """
        return in_repair(self._statements(), self._ledger.people(), self._ledger.now())

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about repairs and does not count."""
        return problems(self._statements(), self._ledger.people())

    def before(self, identifier: str) -> HelpText | None:
        """A text for this person alone, to read before this repair, where its kind has come up before.

        Rule (Slip-up): a kind that recurs suggests outside help, to this person alone, before another loop.
        """
        return self._slips.outside_help(self.get(identifier).slip.kind)

    def help(self, identifier: str) -> SafetyPage | None:
        """What is shown to this person instead of any step, where they noted that this is about safety.

        Rule (Safety branch): this device alone knows of it; the others see an ordinary "not ready".
        """
        return self._safety.page(identifier) if self._safety.concerns(identifier) else None

    async def begin(self, identifier: str) -> Repair:
        """Begin the repair of a shared slip-up; raises `NotFound`, `NotAllowed`.

        Rule (Repair loop): one of those who take part is enough, and it opens with a pause; it has no deadline.
        """
        view = self._mine(identifier)
        if view.stage is Stage.SHARED:
            self.may(view, Stage.SHARED)
            await self._ledger.write(Say(kind=BEGIN, subject=view.id), at=self._ledger.now())
        return self.get(view.id)

    async def ready(self, identifier: str) -> Repair:
        """Say that this person is ready: a stage opens only when all are. Raises `NotAllowed`.

        Rule (Repair loop): each is ready for themself only; who is not, says nothing and gives no reason.
        """
        view = self._mine(identifier)
        self.may(view, Stage.PAUSE)
        if view.stage is Stage.REVIEW:
            raise NotAllowed("The review is the last stage. Say that it can be closed, or go round again.")
        if self._ledger.me not in view.ready:
            following = next(move.to for move in TABLE if move.stage is view.stage and move.act == READY)
            said = Say(READY, view.id, {"round": view.round, "stage": following.value})
            await self._ledger.write(said, at=self._ledger.now())
        return self.get(view.id)

    async def close(self, identifier: str) -> Repair:
        """Say that it can be closed. Raises `NotAllowed`.

        What could have become its price, as it waited for this person's yes all the while, has lapsed with that. Where
        that is more than one change holds, some lapses before it is said that this can be closed, and none after.

        Rule (Repair loop): it closes once all say so, each for themself; nobody is asked to forgive.
        """
        view = self._mine(identifier)
        self.may(view, Stage.REVIEW)
        if self._ledger.me not in view.ready:
            closed = Say(CLOSE, view.id, {"round": view.round})
            await write_in_parts(self._ledger, *self._lapses(), closed, at=self._ledger.now())
        return self.get(view.id)

    async def again(self, identifier: str) -> Repair:
        """Go round again, in the review or after it was closed; it begins with a pause. Raises `NotAllowed`.

        Rule (Repair loop): one person alone is enough to go round again, and everyone's yes is asked afresh in it.
        """
        view = self._mine(identifier)
        if view.stage is not Stage.CLOSED:
            self.may(view, Stage.REVIEW)
        if view.round >= limits.ROUNDS_MAX:
            raise NotAllowed("This has gone round more often than it can. Somebody from outside may help more.")
        await self._ledger.write(Say(AGAIN, view.id, {"round": view.round + 1}), at=self._ledger.now())
        return self.get(view.id)

    async def take_back(self, identifier: str, version: str | None = None) -> Repair:
        """Take back this person's yes, at once, as any narrowing: to that text, or else to the next stage.

        Where there is none to the next stage, that to the stage that is open now: it closes again until everyone is
        ready, and what was written there stays. Raises `NotFound`, `NotAllowed`.

        Rule (Repair loop): a yes is taken back by whoever gave it, alone, at any time and unexplained.
        """
        view = self._mine(identifier)
        entry = self._entry(view)
        yeses = self._readiness(entry, view) if version is None else self._signatures(entry, version)
        if not yeses:
            raise NotAllowed(_NO_YES if version is None else _NO_SIGNATURE)
        await self._answer(TAKE_BACK, view, yeses)
        return self.get(view.id)

    async def step_out(self, identifier: str) -> Repair:
        """Step out for now, without a reason; all of it rests meanwhile.

        Rule (Repair loop): it can be left by anyone who takes part, at once and alone, and nothing in it runs out.
        """
        view = self._mine(identifier)
        await self._ledger.write(Say(kind=OUT, subject=view.id), at=self._ledger.now())
        return self.get(view.id)

    async def step_back(self, identifier: str) -> Repair:
        """Come back, naming the steppings out seen here; raises `NotAllowed`.

        Rule (Repair loop): each comes back for themself only, when they choose to.
        """
        view = self._mine(identifier)
        entry = self._entry(view)
        outs = [act.said for act in entry.acts.get(OUT, ()) if act.said.author == self._ledger.me]
        standing = {said.id for said in outs if entry.stands(said)}
        if not standing:
            raise NotAllowed("You have not stepped out of this.")
        await self._answer(BACK, view, standing)
        return self.get(view.id)

    async def sign(self, identifier: str, version: str) -> Repair:
        """Say yes to a text by its id. Raises `NotFound`, `NotAllowed`.

        Rule (Repair loop): a signature is on the exact text and is one's own; an edit asks everyone again.
        """
        view = self._mine(identifier)
        found = self._version(view, version)
        self.may(view, Stage.PAUSE)
        if self._ledger.me not in found:
            yes = Say(kind=SIGN, subject=view.id, answers=(StatementId(version),))
            await self._ledger.write(yes, at=self._ledger.now())
        return self.get(view.id)

    def may(self, view: Repair, stage: Stage) -> None:
        """Raise `NotAllowed`, with a sentence, where nothing of that stage can be said now.

        Rule (Repair loop): a stage opens only when all are ready, and all rests while somebody is out or a pause
        stands.
        """
        table = (
            (self._ledger.me not in view.present, OUTSIDER),
            (len(view.present) < 2, ALONE),  # noqa: PLR2004 - a repair is between people
            (view.stage is Stage.CLOSED, CLOSED),
            (view.rests, RESTS),
            (not view.opened(stage), NOT_OPEN),
        )
        reason = next((reason for applies, reason in table if applies), None)
        if reason is not None:
            raise NotAllowed(reason)

    def _mine(self, identifier: str) -> Repair:
        view = self.get(identifier)
        if self._ledger.me not in view.slip.parties:
            raise NotAllowed(OUTSIDER)
        return view

    def _readiness(self, entry: Entry, view: Repair) -> set[StatementId]:
        """Return this person's yeses to the next stage; where there is none, those to the stage that is open now."""
        for toward in (True, False):
            moves = [m for m in TABLE if m.by == "everyone" and (m.stage if toward else m.to) is view.stage]
            yeses = {said.id for move in moves for said in self._yeses(entry, move.act, view.round, move.to)}
            if yeses:
                return yeses
        return set()

    def _signatures(self, entry: Entry, version: str) -> set[StatementId]:
        """Return this person's yeses to one text: signatures, and the text itself where they wrote it."""
        signs = [act.said for act in entry.acts.get(SIGN, ()) if version in act.said.answers]
        written = [act.said for kind in SHEETS for act in entry.acts.get(kind, ()) if act.said.id == version]
        return {each.id for each in (*signs, *written) if each.author == self._ledger.me and entry.stands(each)}

    def _yeses(self, entry: Entry, act: str, number: int, stage: Stage) -> Iterable[Said]:
        for said, form in entry.acts.get(act, ()):
            fits = form.stage is stage if isinstance(form, Ready) else True
            mine = said.author == self._ledger.me and entry.stands(said)
            if mine and fits and getattr(form, "round", number) == number:
                yield said

    @staticmethod
    def _version(view: Repair, version: str) -> tuple[PersonId, ...]:
        for sheet in (view.talk, view.facts, view.plan, view.weekly):
            for each in sheet.current:
                if each.id == version:
                    return each.signed_by
            if any(each.id == version for each in sheet.earlier):
                raise NotAllowed("A newer text has taken the place of that one. Look at the newer one.")
        raise NotFound("There is no such text in this round. It may not have arrived yet.")

    async def _answer(self, kind: str, view: Repair, named: Iterable[StatementId]) -> None:
        """Answer so many words of one's own; those that are not named yet stand."""
        says = (Say(kind=kind, subject=view.id, answers=some) for some in chunks(named))
        await write_in_parts(self._ledger, *says, at=self._ledger.now())

    def _own(self, view: Repair) -> Repair:
        first = self._ledger.me if self._safety.concerns(view.id) else None
        return msgspec.structs.replace(view, first_help=first)

    def _fold(self) -> dict[StatementId, Repair]:
        people = self._ledger.people()
        return fold(self._statements(), people, paused=is_paused(self._ledger.statements(pause.PAUSE), people))

    def _entry(self, view: Repair) -> Entry:
        entries, _ = repair_book.read(self._statements(), self._ledger.people())
        return entries[view.id]

    def _statements(self) -> list[Said]:
        return [*self._ledger.statements(slip.PREFIX), *self._ledger.statements(PREFIX)]
