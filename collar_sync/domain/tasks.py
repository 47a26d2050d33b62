"""The Task rule, acted on: ask, promise, accept, decline, say done, take it back, and edit the words together.

`Tasks` refuses at the call what would not count. Undo takes back a done and nothing else: no decline, no pause. Each
act writes exactly one durable change and returns the task as it then reads.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from collar_sync.core.edits import Edit, Say, Scalar, SetFields, SetText
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import pause, schedule, slip, task_book
from collar_sync.domain.aside import names
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger, named, write_in_parts
from collar_sync.domain.reading import Problem, chunks, member
from collar_sync.domain.task import Task, TaskState, Timing
from collar_sync.domain.task_book import (
    ACCEPT,
    ASK,
    DECLINE,
    DONE,
    PREFIX,
    PROMISE,
    REWORD,
    TAKE_BACK,
    Done,
    Kind,
    Terms,
)
from collar_sync.domain.task_fold import RECORD, fold, problems, terms, unread
from collar_sync.domain.task_words import When, details_text, here, kind_text, serving, some_day, times, title_text
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId, StatementId

__all__ = ["Done", "Kind", "Task", "TaskState", "Tasks", "Terms", "Timing", "When", "fold", "problems"]

_RECORD_BYTES: Final = 16


@careful
class Tasks:
    """The tasks of one space, as the person of this device sees and answers them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> tuple[Task, ...]:
        """Every task in whatever state, the earliest asked first, those not to be shown yet included."""
        return tuple(self._fold(self._ledger.statements(PREFIX)).values())

    def as_read(self) -> tuple[Task, ...]:
        """Every task as this person reads it: while new words of it wait unseen, as they had agreed to it."""
        aside, me = names(self._ledger), self._ledger.me
        return tuple(each.read_by(me, aside) for each in self.all())

    def visible(self) -> tuple[Task, ...]:
        """Those to show to this person now.

        While new asks wait unseen, in Pause and where somebody muted asked, so do new words of what this person had
        said yes to: it reads as it was agreed to. What somebody muted promises, or asks of others, waits unseen too.

        Rule (Task): in Pause new asks wait unseen; whoever asked is not told what is hidden or muted here.
        """
        aside, me = names(self._ledger), self._ledger.me
        return tuple(
            each
            for each in self.as_read()
            if each.visible_to(me)
            and aside.isdisjoint(each.names)
            and not (each.asked_by in aside and (each.unanswered or each.for_person != me))
        )

    def get(self, identifier: str) -> Task:
        """One task by its id; raises `NotFound`."""
        return named(
            self._ledger,
            identifier,
            lambda: self._find(identifier),
            "There is no such task here. It may not have arrived yet.",
        )

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about tasks and does not count."""
        return problems(self._ledger.statements(PREFIX), self._ledger.people())

    def unread(self) -> tuple[str, ...]:
        """Return what of the words of tasks is kept and not read, in sentences that name them; of those to show now."""
        words = self._ledger.records(RECORD)
        return tuple(line for each in self.visible() for line in unread(each, words.get(each.record, {})))

    async def ask(
        self,
        title: str,
        of: Person | PersonId,
        details: str = "",
        *,
        due: str | datetime | None = None,
        repeat: str | None = None,
        kind: Kind = "task",
        zone: str | None = None,
        serves: str | None = None,
    ) -> Task:
        """Ask someone for something; they are free to decline.

        `due` is local wall time ("2026-05-01T18:00", or a datetime) in the assignee's IANA `zone`, `repeat` an RRULE;
        where no zone is named it is theirs, which their own device adds when they accept. A time gone by is taken as
        any other: what was yesterday may be written down today. `serves` is the agreement that it is for: no repair.
        Raises `InvalidInput` and `NotAllowed`.

        Rule (Task): anyone may ask and the assignee is free to decline; due is wall time in the assignee's IANA zone
        (by zoneinfo and tzdata), a recurrence an RRULE of whole days as RFC 5545 has it.
        """
        person = member(of, self._ledger.people())
        slip.none_is_its_price(self._ledger, person, serves)
        body: dict[str, Scalar] = {
            "for": person,
            "title": title_text(title),
            "kind": kind_text(kind),
            **serving(serves),
        }
        when = times(due, repeat, zone)
        if person == self._ledger.me:
            when = here(when, self._ledger.zone())
        return await self._begin(ASK, body, details, when)

    async def promise(
        self,
        title: str,
        details: str = "",
        *,
        due: str | datetime | None = None,
        repeat: str | None = None,
        kind: Kind = "task",
        zone: str | None = None,
        serves: str | None = None,
        once: str | None = None,
    ) -> Task:
        """Promise something unasked; only this person marks it kept. Raises `InvalidInput`.

        What this person promises `once`, under that name, is one task, whichever of their devices do so.

        Rule (Task): anyone may promise something unasked, and only they mark it kept; times as for an ask.
        """
        body: dict[str, Scalar] = {"title": title_text(title), "kind": kind_text(kind), **serving(serves)}
        record = None if once is None else self.record_of(once)
        when = here(times(due, repeat, zone), self._ledger.zone())
        return await self._begin(PROMISE, body, details, when, record)

    def record_of(self, once: str) -> str:
        """Return where the words are kept of what this person promises once, under that name."""
        return hashlib.blake2s(f"{self._ledger.me}\0{once}".encode(), digest_size=_RECORD_BYTES).hexdigest()

    async def accept(self, identifier: str, shown: Terms | None = None) -> Task:
        """Say yes to what was asked of this person, naming every own decline and yes before.

        `shown` is what they were shown: raises `NotAllowed` where it reads otherwise by now, since a change may arrive
        while somebody reads. Without it the yes is to how it reads at the call, unless new words wait unseen.

        Rule (Task): only the assignee accepts, and their yes is to exactly this title and these times.
        """
        found = self._mine(identifier)
        if found.state not in {TaskState.ASKED, TaskState.DECLINED}:
            return found
        if shown != found.terms and found.read_by(self._ledger.me, names(self._ledger)) != found:
            raise NotAllowed("New words of this wait unseen for now. Say yes to them once they are shown to you.")
        if shown is not None and shown != found.terms:
            raise NotAllowed("This was changed just before your yes. Read it as it is now, and then say yes or no.")
        when: dict[str, Scalar] = {"due": found.due, "zone": found.zone, "repeat": found.repeat}
        placed = here(when, self._ledger.zone())
        edits = self._yes(ACCEPT, found, {**_words(found), **placed}, declines=True)
        if placed != when:
            edits.append(SetFields(RECORD, found.record, {"zone": placed["zone"]}))
        await write_in_parts(self._ledger, *edits, at=self._ledger.now())
        return self.get(identifier)

    async def decline(self, identifier: str) -> Task:
        """Say no; it stands until this person accepts. Written each time, so that no yes on its way can hide it.

        Rule (Task): only the assignee declines, without a reason; nothing follows from it.
        """
        found = self._mine(identifier)
        await self._ledger.write(Say(kind=DECLINE, subject=found.id), at=self._ledger.now())
        return self.get(identifier)

    async def done(self, identifier: str, occurrence: str | None = None) -> Task:
        """Say it is done; for a repeating task `occurrence` is its day, today unless named. Only the assignee can.

        Rule (Task): only the assignee says done, for each occurrence by itself; nobody confirms or grades it.
        """
        found, now = self._mine(identifier).read_by(self._ledger.me, names(self._ledger)), self._ledger.now()
        if found.state is TaskState.DECLINED:
            raise NotAllowed("You said no to this. Accept it first if you want to mark it done.")
        if occurrence is None and found.repeat is not None:
            occurrence = found.today(now, self._ledger.zone())
        if (found.repeat is not None and found.done_on(str(occurrence)[:10])) or found.state is TaskState.DONE:
            return found
        body = {} if occurrence is None else {"occurrence": schedule.occurrence_text(occurrence)}
        if occurrence is not None and found.repeat is None and occurrence[:10] != str(found.due)[:10]:
            raise InvalidInput("This is no longer due on that day. Mark it done without naming a day.")
        await self._ledger.write(Say(kind=DONE, subject=found.id, body=body), at=now)
        return self.get(identifier)

    async def take_back(self, identifier: str, occurrence: str | None = None) -> Task:
        """Take back this person's done, naming exactly those seen here; for a repeating task, of one day (today).

        Rule (Task): only the assignee takes back their own done, and without a reason.
        """
        found = self._mine(identifier).read_by(self._ledger.me, names(self._ledger))
        if occurrence is None and found.repeat is not None:
            occurrence = found.today(self._ledger.now(), self._ledger.zone())
        days = {None, found.due and found.due[:10]} if occurrence is None else {occurrence[:10]}
        named = [each.id for each in found.dones if (each.occurrence and each.occurrence[:10]) in days]
        if not named:
            raise NotAllowed("There is nothing to take back here: this is not marked done.")
        await self._say(TAKE_BACK, found, named)
        return self.get(identifier)

    async def rename(self, identifier: str, title: str) -> Task:
        """Change the title; either of the two may. How it was asked stays readable as `asked_title`.

        The assignee who had said yes says yes to the new words with it; where the other changes them, they wait for it.

        Rule (Task): the words are shared text, and a yes binds only to those it was given to; who asked whom is never
        edited.
        """
        return await self.reword(identifier, title=title)

    async def describe(self, identifier: str, details: str) -> Task:
        """Change the details; either of the two may, and edits at the same time merge by character.

        Rule (Task): the details are shared text that no yes is bound to; who asked and the assignee write them.
        """
        return await self.reword(identifier, details=details)

    async def reschedule(
        self,
        identifier: str,
        due: str | datetime | None = None,
        repeat: str | None = None,
        *,
        zone: str | None = None,
    ) -> Task:
        """Set when it is due and how it repeats, both anew; None is not at all. As for a title, either may.

        Where no zone is named it is the assignee's, as far as it is known here.

        Rule (Task): wall time in an IANA zone, RRULE of RFC 5545; new times by the other wait for the assignee's yes.
        """
        return await self.reword(identifier, when=When(due, repeat, zone))

    async def reword(
        self, identifier: str, *, title: str | None = None, when: When | None = None, details: str | None = None
    ) -> Task:
        """Change what is named of its title, its times and its details, together: it is taken back together, too.

        Rule (Task): what is changed at once is one change, and one yes of the assignee's who changes it.
        """
        found = self._shared(identifier)
        fields: dict[str, Scalar] = {}
        if title is not None:
            fields["title"] = title_text(title)
        if when is not None:
            theirs = self._ledger.zone() if found.for_person == self._ledger.me else found.zone
            new = times(when.due, when.repeat, when.zone)
            fields |= some_day(new if theirs is None else here(new, theirs), found.asked_at)
        words = [SetFields(RECORD, found.record, fields)] if fields else []
        texts = [] if details is None else [SetText(RECORD, found.record, "details", details_text(details))]
        await write_in_parts(self._ledger, *words, *texts, *self.reworded(words), at=self._ledger.now())
        return self.get(identifier)

    def reworded(self, edits: Iterable[SetFields], *, back: bool = False) -> list[Edit]:
        """Return this person's yes to own tasks as these edits make them, where they had said yes to them before.

        Where they put words `back`, only to what this person had said yes to: another may have written those words.
        """
        agreed = [each for each in self.all() if each.for_person == self._ledger.me and each.agreed_at is not None]
        return [
            say
            for edit in edits
            for task in agreed
            if (edit.kind, edit.id) == (RECORD, task.record) and task.state is not TaskState.DECLINED
            for say in self._yes(REWORD, task, {**_words(task), **edit.fields}, declines=False, back=back)
        ]

    def _yes(
        self, kind: str, found: Task, words: Mapping[str, Scalar], *, declines: bool, back: bool = False
    ) -> list[Edit]:
        entries, _ = task_book.read(self._about(found.id), self._ledger.people())
        entry = entries[found.id]
        before = [each.id for each in entry.standing_yeses()]
        before += [each.id for each in entry.standing_declines()] if declines else []
        meant = terms(words, found.asked_title, found.asked_at)
        if back and all(each.terms != meant for each in entry.yeses):
            return []
        body = msgspec.to_builtins(meant)
        return [Say(kind=kind, subject=found.id, body=body, answers=some) for some in chunks(before)]

    async def _begin(
        self,
        kind: str,
        body: dict[str, Scalar],
        details: str,
        when: dict[str, Scalar],
        record: str | None = None,
    ) -> Task:
        record = self._ledger.new_id() if record is None else record
        now = self._ledger.now()
        fields = {name: value for name, value in some_day(when, now).items() if value is not None}
        if kind == PROMISE:
            body = {**body, **fields}
        edits: list[Edit] = [
            Say(kind=kind, subject=record, body=body),
            SetFields(RECORD, record, {"title": body["title"], **fields}),
        ]
        if details:
            edits.append(SetText(RECORD, record, "details", details_text(details)))
        (identifier,) = await self._ledger.write(*edits, at=now)
        return self.get(identifier)

    async def _say(self, kind: str, found: Task, answers: Iterable[StatementId]) -> None:
        says = (Say(kind, found.id, answers=some) for some in chunks(answers))
        await write_in_parts(self._ledger, *says, at=self._ledger.now())

    def _mine(self, identifier: str) -> Task:
        found = self.get(identifier)
        if found.for_person != self._ledger.me:
            raise NotAllowed("Only the person a task is for answers it, marks it done, or takes that back.")
        return found

    def _shared(self, identifier: str) -> Task:
        found = self.get(identifier)
        if self._ledger.me not in {found.for_person, found.asked_by}:
            raise NotAllowed("Only the one who asked and the one it is for can change the words of a task.")
        return found

    def _fold(self, statements: Iterable[Said]) -> dict[StatementId, Task]:
        people = self._ledger.people()
        rests = pause.read(self._ledger.statements(pause.PAUSE), people, self._ledger.past()).rests
        return fold(statements, self._ledger.records(RECORD), people, rests=rests)

    def _find(self, identifier: str) -> Task | None:
        found = self._fold(self._about(identifier)).values()
        return next((each for each in found if identifier in each.names), None)

    def _about(self, identifier: str) -> list[Said]:
        """What was said about a task, by whatever id it is called."""
        statements = self._ledger.statements(PREFIX)
        names = {identifier}
        made = next((each for each in statements if each.id == identifier), None)
        if made is not None and made.kind == PROMISE and made.subject:
            names |= {each.id for each in statements if each.kind == PROMISE and each.subject == made.subject}
        return [said for said in statements if said.id in names or said.subject in names]


def _words(found: Task) -> dict[str, Scalar]:
    return {"title": found.title, "due": found.due, "zone": found.zone, "repeat": found.repeat}
