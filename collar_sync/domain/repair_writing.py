"""What people write in a repair: their own part, an apology, shared texts, words of a review; drafts stay private.

Each writes only their own part. What is unfinished, or too early, is saved on this device and sent to nobody; sharing
it is an act of its own. A new text of a sheet names those it replaces, so whoever signed those is asked again.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Say
from collar_sync.core.letters import is_blank
from collar_sync.core.people import Person
from collar_sync.domain import schedule
from collar_sync.domain.given import careful, held
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.private import Drawer
from collar_sync.domain.reading import member
from collar_sync.domain.repair import Repair, Shared, Versions
from collar_sync.domain.repair_forms import (
    APOLOGY,
    BELONGS,
    FACTS,
    FORMS,
    PART,
    PLAN,
    TALK,
    WEEKLY,
    WORD,
    Commitment,
    apology_words,
    flaw,
    part_words,
)
from collar_sync.domain.repair_steps import DETOURS
from collar_sync.domain.repairs import Repairs
from collar_sync.domain.slip_kinds import Hint, hints
from collar_sync.domain.task import never
from collar_sync.domain.tasks import Task, Tasks
from collar_sync.domain.written import lines, parse, passage, text
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId, StatementId

_NAMED_MAX = 64  # texts that one with a body of its own can name; people face no more side by side


_FORMLESS: Final = {
    FACTS: "This cannot be kept as it is. Say it shorter, and in plain text.",
    TALK: "Choose a time to talk, in milliseconds since 1970.",
    WEEKLY: "Choose a weekday from 0, which is Monday, to 6, and a start and an end such as 18:00 and 18:30.",
}


class PartDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A person's own part of a debrief, for themself; `roots` are never shared."""

    facts: str = ""
    impact: str = ""
    meaning: str = ""
    request: str = ""
    roots: str = ""


class ApologyDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An apology in the making: regret, ownership, impact, the concrete change, a question that leaves them free."""

    regret: str = ""
    ownership: str = ""
    impact: str = ""
    change: str = ""
    question: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of its parts are not there yet; it can be saved, and not be offered.

        Rule (Repair loop): an unfinished apology can be saved, not offered.
        """
        return tuple(name for name, value in apology_words(self).items() if is_blank(value))

    @property
    def hints(self) -> tuple[Hint, ...]:
        """Detours by way of shame or intent, and the like. Style never stands in the way.

        Rule (Repair loop): hints name shame and intent as detours; style never blocks.
        """
        return hints("\n".join(apology_words(self).values()), DETOURS)


Draft = TypeVar("Draft", PartDraft, ApologyDraft)


@careful
class RepairWriting(Repairs):
    """Repairs, and all that is written in them."""

    def __init__(self, ledger: Ledger, lapses: Callable[[], Iterable[Say]] = tuple) -> None:
        super().__init__(ledger, lapses)
        self._tasks = Tasks(ledger)
        self._parts = Drawer(ledger, "repair-part", PartDraft, "There is no such draft.")
        self._apologies = Drawer(ledger, "repair-apology", ApologyDraft, "There is no such draft.")

    def part_draft(self, identifier: str) -> PartDraft:
        """This person's own part in this round, as it is kept on this device."""
        return self._parts.find(self._slot(self.get(identifier))) or PartDraft()

    def apology_draft(self, identifier: str) -> ApologyDraft:
        """This person's apology in this round, as it is kept on this device."""
        return self._apologies.find(self._slot(self.get(identifier))) or ApologyDraft()

    async def write_part(
        self,
        identifier: str,
        *,
        facts: str | None = None,
        impact: str | None = None,
        meaning: str | None = None,
        request: str | None = None,
        roots: str | None = None,
    ) -> PartDraft:
        """Save fields of this person's own part, at any time, whatever rests; None leaves one as it is.

        `facts` are what could be observed, `impact` what it did to the body, `meaning` the story made of it, `request`
        what would help; `roots`, where it grew from, are never shared. Raises `InvalidInput`.

        Rule (Repair loop): one's own part only, and private until shared; roots stay private and excuse nothing.
        """
        words = {"facts": facts, "impact": impact, "meaning": meaning, "request": request, "roots": roots}
        return await self._draft(self._parts, identifier, words)

    async def write_apology(
        self,
        identifier: str,
        *,
        regret: str | None = None,
        ownership: str | None = None,
        impact: str | None = None,
        change: str | None = None,
        question: str | None = None,
    ) -> ApologyDraft:
        """Save parts of an apology, unfinished or not; None leaves one as it is. Raises `InvalidInput`.

        `ownership` is without excuses, `change` is concrete, `question` leaves the other free.

        Rule (Repair loop): one's own only, saved in any state and seen by nobody until it is offered.
        """
        words = {"regret": regret, "ownership": ownership, "impact": impact, "change": change, "question": question}
        return await self._draft(self._apologies, identifier, words)

    async def share_part(self, identifier: str) -> Repair:
        """Share this person's own part in place of the one before; the roots stay here.

        Rule (Repair loop): a part is private until its own author shares it, in the debrief, which all were ready for.
        """
        view = self._mine(identifier)
        words = part_words(self.part_draft(view.id))
        return await self._share(PART, view, {"round": view.round, **words}, self._before(view, view.parts))

    async def offer_apology(self, identifier: str) -> Repair:
        """Offer the apology that is drafted; raises `NotAllowed` with what it lacks.

        Rule (Repair loop): regret, ownership, impact, the concrete change and a question that returns agency, all
        there.
        """
        view = self._mine(identifier)
        draft = self.apology_draft(view.id)
        if draft == ApologyDraft():
            raise NotAllowed("Nothing of an apology is written yet. What you draft stays with you until you offer it.")
        if draft.missing:
            raise NotAllowed(
                f"The apology is saved and not offered. It lacks {', '.join(draft.missing)}. Take your time."
            )
        words = {"round": view.round, **apology_words(draft)}
        return await self._share(APOLOGY, view, words, self._before(view, view.apologies))

    async def propose_talk(self, identifier: str, at: int) -> Repair:
        """Suggest a time to talk, milliseconds since the epoch, 20 minutes to 24 hours from now.

        Rule (Repair loop): the pause has an agreed time to talk; whoever suggests one decides it for nobody else.
        """
        view = self._mine(identifier)
        return await self._share(TALK, view, {"round": view.round, "at": at}, self._replaced(view.talk))

    async def propose_facts(self, identifier: str, words: str) -> Repair:
        """Write the shared facts, in place of all texts seen here, and sign them.

        Rule (Repair loop): shared facts are signed on the exact text; a new one asks everyone again.
        """
        view = self._mine(identifier)
        words = text(words, "The text", limits.FACTS_CHARACTERS_MAX, needed="Write what happened: the text is empty.")
        return await self._share(FACTS, view, {"round": view.round, "text": words}, self._replaced(view.facts))

    async def propose_plan(
        self,
        identifier: str,
        *,
        on_pause: Sequence[str] = (),
        protocols: Sequence[str] = (),
        temporary_limits: Sequence[str] = (),
        changes: Sequence[str] = (),
        amends: Sequence[str] = (),
        commitments: Sequence[Commitment] = (),
    ) -> Repair:
        """Suggest re-consent and amends, in place of all plans seen here; raises `InvalidInput`.

        It grants and lifts nothing: what is on pause, each pauses; a limit, each says as their own.

        Rule (Repair loop): all must agree; one to three small promises, and no one's consent or limit changes by it.
        """
        view = self._mine(identifier)
        people = self._ledger.people()
        if not 1 <= len(commitments) <= limits.COMMITMENTS_MAX:
            raise InvalidInput("Choose one to three small promises. More are not kept.")
        for each in commitments:
            member(each.person, people)
        body = {
            "round": view.round,
            "on_pause": lines(on_pause, "What is on pause"),
            "protocols": lines(protocols, "The list of protocols"),
            "temporary_limits": lines(temporary_limits, "The list of limits"),
            "changes": lines(changes, "What changes"),
            "amends": lines(amends, "The amends"),
            "commitments": [_plain(each) for each in commitments],
        }
        return await self._share(PLAN, view, body, self._replaced(view.plan))

    async def propose_weekly(self, identifier: str, weekday: int, starts: str, ends: str, zone: str) -> Repair:
        """Suggest a weekly talk, Monday being 0, from "18:00" to "18:30" in an IANA zone; raises `InvalidInput`.

        Rule (Repair loop): a talk with a fixed start and end, agreed by all; its zone is one that zoneinfo knows.
        """
        view = self._mine(identifier)
        body = {
            "round": view.round,
            "weekday": weekday,
            "starts": starts,
            "ends": ends,
            "zone": schedule.zone_text(zone),
        }
        return await self._share(WEEKLY, view, body, self._replaced(view.weekly))

    async def say(self, identifier: str, *, changed: str = "", recurred: str = "", still_wary: bool = False) -> Repair:
        """Say in a review what changed and what came up again; "still wary" is a full answer. Raises `InvalidInput`.

        Rule (Repair loop): each speaks for themself; "still wary" is a full answer, and forgiveness has no field.
        """
        view = self._mine(identifier)
        body = {
            "round": view.round,
            "changed": passage(changed, "What changed"),
            "recurred": passage(recurred, "What came up again"),
            "still_wary": still_wary,
        }
        return await self._share(WORD, view, body, ())

    def promised(self, identifier: str) -> tuple[Task, ...]:
        """What people promised of themselves for this repair, whosever it is; what one asked of another is none of it.

        Rule (Repair loop): small promises are each person's own; nobody makes one for another.
        """
        view = self.get(identifier)
        return tuple(each for each in self._tasks.all() if each.promised and each.serves == view.id)

    async def promise(self, identifier: str) -> tuple[Task, ...]:
        """Make tasks of this person's own small promises in the plan that all have agreed to, each once on all devices.

        One that a new wording of the plan leaves as it was is the same one. Nobody makes one for another: a promise is
        its own person's act. Where all of its days went by meanwhile, it is promised as what is done once. Raises
        `NotAllowed` where none is agreed.

        Rule (Repair loop): small promises that all agreed to become tasks, each by the person whose promise it is.
        """
        view = self._mine(identifier)
        if not self._own_promises(view):
            raise NotAllowed("There is no small promise of yours in a plan that all of you have agreed to.")
        for once, each in self._unpromised(view).items():
            gone = each.repeat and never(each.repeat, each.due, self._ledger.zone(), self._ledger.now())
            serve = partial(self._tasks.promise, kind=each.kind, serves=view.id, once=once)
            await serve(each.title, each.details, due=each.due, repeat=None if gone else each.repeat)
        return tuple(each for each in self.promised(view.id) if each.for_person == self._ledger.me)

    def to_promise(self, identifier: str) -> tuple[Commitment, ...]:
        """Return this person's small promises in the plan that all have agreed to of which no task was made yet.

        Rule (Repair loop): only this person's own, and only from a plan that all have agreed to.
        """
        return tuple(self._unpromised(self.get(identifier)).values())

    def _unpromised(self, view: Repair) -> dict[str, Commitment]:
        there = {each.record for each in self.promised(view.id) if each.for_person == self._ledger.me}
        own = self._own_promises(view).items()
        return {once: each for once, each in own if self._tasks.record_of(once) not in there}

    def _own_promises(self, view: Repair) -> dict[str, Commitment]:
        """This person's, each under the name by which it is made once: its round and what it says, and no more."""
        mine = [each for each in view.commitments if each.person == self._ledger.me]
        found: dict[str, Commitment] = {}
        for at, each in enumerate(mine):
            again = mine[:at].count(each)
            found[f"{view.id}/{view.round}/{again}/{msgspec.json.encode(_plain(each)).decode()}"] = each
        return found

    async def _share(self, kind: str, view: Repair, body: dict[str, Any], answers: tuple[StatementId, ...]) -> Repair:
        """Say something of a stage that is open, held first against what every device will hold it against."""
        plain = {name: value for name, value in body.items() if value not in ("", (), [], False) or name == "weekday"}
        form, now = parse(msgspec.to_builtins(plain), FORMS[kind]), self._ledger.now()
        reason = _FORMLESS.get(kind, _FORMLESS[FACTS]) if form is None else None
        reason = reason or (None if form is None else flaw(form, now, view.slip.parties))
        if reason is not None:
            raise InvalidInput(reason)
        self.may(view, BELONGS[kind])
        await self._ledger.write(Say(kind=kind, subject=view.id, body=plain, answers=answers), at=now)
        return self.get(view.id)

    def _before(self, view: Repair, shared: Sequence[Shared]) -> tuple[StatementId, ...]:
        own = (each for each in shared if each.person == self._ledger.me and each.what.round == view.round)
        return tuple(each.id for each in own)

    @staticmethod
    def _replaced(sheet: Versions) -> tuple[StatementId, ...]:
        return tuple(each.id for each in sheet.current[-_NAMED_MAX:])

    @staticmethod
    def _slot(view: Repair) -> str:
        return f"{view.id}-{view.round}"

    async def _draft(self, drawer: Drawer[Draft], identifier: str, words: dict[str, str | None]) -> Draft:
        slot = self._slot(self.get(identifier))
        given = {name: passage(value, f"The part “{name}”") for name, value in words.items() if value is not None}
        await drawer.put(slot, **given)
        return drawer.get(slot)


@held
def commitment(
    title: str, person: Person | PersonId, *, details: str = "", due: str | None = None, repeat: str | None = None
) -> Commitment:
    """Return a small promise for a plan; raises `InvalidInput`.

    Rule (Repair loop): it names whose it is and makes no task yet; `repeat` is an RRULE of RFC 5545.
    """
    title = text(title, "The title", limits.TITLE_CHARACTERS_MAX, needed="Write what the small promise is.")
    return Commitment(
        title=title,
        person=person.id if isinstance(person, Person) else person,
        details=text(details, "The details", limits.SENTENCE_CHARACTERS_MAX),
        due=None if due is None else schedule.due_text(due)[0],
        repeat=None if repeat is None else schedule.repeat_text(repeat),
    )


def _plain(commitment: Commitment) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(commitment)
    return {name: value for name, value in found.items() if value not in (None, "")}
