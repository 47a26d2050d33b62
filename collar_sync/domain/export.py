"""The Export row: one's own copy of what one may see, for reading (Markdown) or for keeping (JSON).

It leaves the encrypted store, and it carries no signature: a memory aid, not a proof. It is made of nothing but what
the lists and the timeline show its person just then, asked over all of the past: what waits unseen there is not here,
nor what does not count, and of another's acts the day, not the minute. What is private is in it only where its person
says so, and what they brought in from other copies never: those are files already.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, cast

import msgspec

from collar_sync.core.edits import Scalar
from collar_sync.core.statement import Said
from collar_sync.domain import in_full
from collar_sync.domain.consent import Consent
from collar_sync.domain.copy_forms import (
    FORMAT,
    VERSION,
    AskedFor,
    Copy,
    DayOf,
    Entry,
    Member,
    Mended,
    Offered,
    OwnLimit,
    Written,
)
from collar_sync.domain.copy_markdown import markdown
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.lists import Lists
from collar_sync.domain.private import REMOVED
from collar_sync.domain.repair import Repair
from collar_sync.domain.task import Task
from collar_sync.domain.task_book import ASK, PROMISE
from collar_sync.domain.task_fold import RECORD
from collar_sync.domain.timeline import Day, Timeline, day_at
from collar_sync.domain.whole import Whole
from collar_sync.ids import PersonId

WARNING: Final = (
    "This is a copy outside the encrypted files of this app: whoever has it can read it. Keep it where nobody finds it "
    "whom you would not hand your device, and delete it when you do not need it. It carries no signatures and proves "
    "nothing; it helps you to remember. What others wrote is in it because they shared it with you here, not with "
    "anyone else."
)
PRIVATE: Final = (  # kinds of private record; a copy holds them only where its person says so
    "journal",
    "limit-draft",
    "contact",
    "checkin",
    "slip",
    "safety",
    "repair-part",
    "repair-apology",
    "script",
    "help",
    "aside",
    "reminder",
    "tracked",
)

OF_THE_PERSON: Final = ("journal", "limit-draft", "contact", "script", "help")
"""What of it is one person's whatever space it lies beside; the rest of it speaks of that space."""

Private = Mapping[str, Mapping[str, Mapping[str, Any]]]  # the fields of private records, by kind and id


@careful
class Export:
    """A copy of one space, as the person of this device may see it. It reads all of the past, so it takes a moment."""

    WARNING = WARNING

    def __init__(self, ledger: Ledger, name: Callable[[], str]) -> None:
        self._ledger = ledger
        self._name = name

    def own(self) -> Private:
        """Return the journal, its drafts and contacts, scripts and help, for a copy of another space of this device.

        Rule (Export): one's own act; nothing that was taken out is in it, and nothing that others wrote.
        """
        return {kind: _kept(self._ledger.private_records(kind)) for kind in OF_THE_PERSON}

    def json(self, *, journal: bool = False, beside: Sequence[Private] = ()) -> str:
        """Return the copy as JSON, which this software can show again; `journal` adds what is private.

        `beside` is what `own` gave of other spaces of this device, which is private, too. What was brought in from
        other copies is in none.

        Rule (Export): one's own act, with its warning; no signatures, so a memory aid and not a proof.
        """
        return msgspec.json.format(msgspec.json.encode(self._copy(beside if journal else None))).decode()

    def markdown(self, *, journal: bool = False, beside: Sequence[Private] = ()) -> str:
        """Return the copy as Markdown, for reading; it holds what the JSON does; `journal` and `beside` as in `json`.

        Rule (Export): one's own act; it says at its head that it has left the encrypted store, and is no proof.
        """
        return markdown(self._copy(beside if journal else None), self._ledger.zone())

    def _copy(self, beside: Sequence[Private] | None) -> Copy:
        """Return the copy; with what is private, here and beside, unless that is None."""
        ledger = self._ledger
        days, said = Timeline(ledger).everything()
        here = ledger.records(RECORD).keys()
        for each in said.values():  # their words may rest
            if each.kind in {ASK, PROMISE} and each.subject not in here:
                ledger.recall(each.subject)
        shown = _Shown(ledger, said.values())
        return Copy(
            format=FORMAT,
            version=VERSION,
            note=WARNING,
            made_on=day_at(ledger, ledger.now()),
            space=self._name(),
            me=ledger.me,
            people=tuple(Member(id=each.id, name=each.name, left=each.left) for each in ledger.people().values()),
            limits=shown.limits(),
            offers=tuple(shown.offers()),
            tasks=shown.tasks(),
            shared=shown.shared(),
            repairs=shown.repairs(),
            days=tuple(map(_day_of, days)),
            private={} if beside is None else _together(ledger, beside),
        )


class _Shown:
    """What every list shows its person now, over all that was ever said, as a copy has it."""

    def __init__(self, ledger: Ledger, everything: Iterable[Said]) -> None:
        self._ledger = ledger
        self._lists = Lists(Whole(ledger, everything))
        self._people = ledger.people()

    def limits(self) -> tuple[OwnLimit, ...]:
        return tuple(OwnLimit(by=each.person, text=each.text, kind=each.kind) for each in self._lists.limits.standing())

    def offers(self) -> Iterator[Offered]:
        now = self._ledger.now()
        both: tuple[tuple[Literal["consent", "agreement"], tuple[Consent, ...]], ...] = (
            ("consent", self._lists.consents.visible()),
            ("agreement", self._lists.agreements.visible()),
        )
        for noun, views in both:
            for each in views:
                terms = cast("dict[str, Any]", msgspec.to_builtins(each.terms))
                yield Offered(
                    noun=noun,
                    state=each.state(now).value,
                    terms=terms,
                    parties=each.parties,
                    review=each.review,
                    id=each.id,
                )

    def tasks(self) -> tuple[AskedFor, ...]:
        return tuple(map(self._task, self._lists.tasks.visible()))

    def _task(self, task: Task) -> AskedFor:
        return AskedFor(
            title=task.title,
            by=task.asked_by,
            of=task.for_person,
            state=task.state.value,
            details=task.details,
            kind=task.kind,
            due=task.due,
            zone=task.zone,
            repeat=task.repeat,
            done=tuple(sorted({each.occurrence or self._day(each.at) for each in task.dones})),
            id=task.id,
        )

    def shared(self) -> tuple[Written, ...]:
        """What was told everyone and what was ticked together: day by day, the reader's own first."""
        lists, me = self._lists, self._ledger.me
        told: list[tuple[int, PersonId, str, Any]] = [
            (each.at, each.person, each.id, each)
            for found in (lists.check_ins.visible(), lists.moments.visible(), lists.updates.visible())
            for each in found
        ]
        told += [(each.begun_at, each.begun_by, each.id, each) for each in lists.checklists.visible()]
        told.sort(key=lambda each: (self._day(each[0]), each[1] != me, each[1], each[0], each[2]))
        return tuple(self._written(what, by, at, identifier) for at, by, identifier, what in told)

    def repairs(self) -> tuple[Mended, ...]:
        return tuple(map(self._repair, self._lists.repairs.visible()))

    def _repair(self, repair: Repair) -> Mended:
        sheets = (repair.talk, repair.facts, repair.plan, repair.weekly)
        versions = [*repair.before, *(each for sheet in sheets for each in (*sheet.earlier, *sheet.current))]
        own = [*repair.parts, *repair.apologies, *repair.words]
        return Mended(
            by=repair.slip.person,
            day=self._day(repair.slip.at),
            sentence=repair.slip.sentence,
            about=repair.slip.about.label,
            stage=repair.stage.value,
            round=repair.round,
            written=(
                *(self._written(each.what, each.person, each.at, each.id, each.signed_by) for each in versions),
                *(self._written(each.what, each.person, each.at, each.id) for each in own),
            ),
            id=repair.id,
        )

    def _written(self, what: Any, by: PersonId, at: int, identifier: str, yes: tuple[PersonId, ...] = ()) -> Written:
        return Written(
            what=in_full.CALLED[type(what)],
            by=by,
            day=self._day(at),
            words=in_full.words(what, self._name, self._ledger.zone()),
            yes=yes,
            id=identifier,
        )

    def _name(self, person: PersonId) -> str:
        found = self._people.get(person)
        return "" if found is None else found.name

    def _day(self, at: int) -> str:
        return day_at(self._ledger, at)


def _day_of(day: Day) -> DayOf:
    return DayOf(
        day=day.day,
        entries=tuple(
            Entry(by=line.person, text=line.text, at=line.at, kind=line.kind, id=line.id) for line in day.lines
        ),
    )


def _kept(records: Mapping[str, Mapping[str, Scalar]]) -> dict[str, dict[str, Any]]:
    """Return private records but for what was taken out, of which no word leaves the store."""
    return {name: dict(fields) for name, fields in sorted(records.items()) if fields.get(REMOVED) is not True}


def _together(ledger: Ledger, beside: Sequence[Private]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what is private here and in those; where two have the same, as it is here."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for kind in PRIVATE:
        others = [each.get(kind, {}) for each in reversed(beside)] if kind in OF_THE_PERSON else []
        records = {name: fields for each in others for name, fields in each.items()}
        found[kind] = _kept({**records, **ledger.private_records(kind)})
    return found
