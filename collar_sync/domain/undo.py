"""The Undo row: the last own act that can be taken back, as a new act. A pause, a no or a withdrawal never can.

What can be taken back is listed, kind by kind, and nothing else is: every act that narrows stays out of the list for
good. What was said on this device within a day is found in the record, so closing the app changes nothing. An edit of a
record is put back only where it still reads as this person wrote it; what somebody wrote over it since is theirs. What
a field read before is remembered in memory, since the device was opened, and nowhere else. Words that are put back are
agreed to only where this person had said yes to exactly them: what they replaced may be what another asked.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Edit, Say, Scalar, SetFields, SetText
from collar_sync.core.quoting import ended, quoted
from collar_sync.domain import task_book, task_fold
from collar_sync.domain.ledger import Ledger, write_in_parts
from collar_sync.domain.nouns import OF_KIND
from collar_sync.domain.sentences import Folk
from collar_sync.domain.task_words import times_read
from collar_sync.domain.tasks import Tasks
from collar_sync.errors import NotAllowed
from collar_sync.ids import StatementId

UNDOABLE: Final[Mapping[str, tuple[str, str]]] = {  # by kind: the kind that takes it back, and how that reads
    task_book.DONE: (task_book.TAKE_BACK, "Take back that {} is done."),
}
RECORDS: Final = frozenset({task_fold.RECORD})  # kinds of record whose edits can be put back

_NOTHING: Final = "There is nothing of yours to take back here. A pause, a no and a withdrawal stay as you said them."


class Field(msgspec.Struct, frozen=True):
    """One field of a record that was edited: what it read before, and what was written."""

    kind: str
    record: str
    name: str
    was: Scalar
    wrote: Scalar
    text: bool


class Step(msgspec.Struct, frozen=True):
    """One own act: what was said, as (id, kind, subject), and what was edited."""

    said: tuple[tuple[StatementId, str, str], ...]
    fields: tuple[Field, ...]


class Steps:
    """What was written through this device since it was opened.

    Whoever keeps the ledger tells of each write: `before` it, and with what came of that, after it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.kept: deque[Step] = deque(maxlen=limits.UNDO_STEPS_MAX)
        self.own: list[Edit] = []  # what is being put back now

    def before(self, edits: Sequence[Edit]) -> tuple[Field, ...] | None:
        """Return what these edits are about to replace; None where they cannot be taken back, and need no telling."""
        says = [edit for edit in edits if isinstance(edit, Say) and edit.kind != task_book.REWORD]
        others = [edit for edit in edits if not isinstance(edit, Say)]
        if any(edit is own for edit in edits for own in self.own):
            return None
        if any(say.kind not in UNDOABLE for say in says) or any(each.kind not in RECORDS for each in others):
            return None
        return tuple(field for edit in others for field in self._replaced(edit))

    def wrote(self, edits: Sequence[Edit], said: Sequence[StatementId], before: tuple[Field, ...] | None) -> None:
        """Remember an act, with what `before` gave for it."""
        says = (edit for edit in edits if isinstance(edit, Say))
        pairs = zip(said, says, strict=True)
        acts = tuple((each, say.kind, say.subject) for each, say in pairs if say.kind != task_book.REWORD)
        step = Step(acts, before or ())
        if before is not None and (step.said or step.fields):
            self.kept.append(step)

    def _replaced(self, edit: SetFields | SetText) -> list[Field]:
        fields = self._ledger.records(edit.kind).get(edit.id, {})
        if isinstance(edit, SetText):
            now = fields.get(edit.field)
            was = now if isinstance(now, str) else ""
            return [Field(edit.kind, edit.id, edit.field, was, edit.text, text=True)]
        return [
            Field(edit.kind, edit.id, name, fields.get(name), value, text=False)
            for name, value in edit.fields.items()
            if fields.get(name) != value
        ]


class Undo:
    """What the person of this device did last, and can take back."""

    def __init__(self, ledger: Ledger, steps: Steps) -> None:
        self._ledger = ledger
        self._steps = steps

    def last(self) -> str | None:
        """Return what `take_back` would do, as a sentence; None where there is nothing to take back.

        Rule (Undo): only own acts of a listed kind; a pause, a decline or a withdrawal is never one.
        """
        step = next(self._standing(), None)
        return None if step is None else self._sentence(step)

    async def take_back(self) -> str:
        """Take back the last own act that can be, by a new act; says what that was. Raises `NotAllowed`.

        Rule (Undo): it reverses no pause, no decline and no withdrawal, and nothing that somebody else wrote since.
        """
        step = next(self._standing(), None)
        if step is None:
            raise NotAllowed(_NOTHING)
        text = self._sentence(step)
        edits: list[Edit] = [Say(UNDOABLE[kind][0], subject, answers=(each,)) for each, kind, subject in step.said]
        back = [_put_back(field) for field in step.fields]
        whole = _together([edit for edit in back if isinstance(edit, SetFields)])
        edits += [*(edit for edit in back if isinstance(edit, SetText)), *whole]
        edits += Tasks(self._ledger).reworded(whole, back=True)
        self._steps.own += edits
        try:
            await write_in_parts(self._ledger, *edits, at=self._ledger.now())
        finally:
            self._steps.own = [own for own in self._steps.own if not any(own is edit for edit in edits)]
        kept = (each for each in self._steps.kept if each is not step)
        self._steps.kept = deque(kept, maxlen=limits.UNDO_STEPS_MAX)
        return text

    def _standing(self) -> Iterator[Step]:
        """Return the steps that can be taken back still, the last first."""
        for step in (*reversed(self._steps.kept), *self._earlier()):
            if all(self._unanswered(*said) for said in step.said) and all(map(self._untouched, step.fields)):
                yield step

    def _earlier(self) -> Iterator[Step]:
        """Return what was said on this device before it was opened, within a day, the last (by its clock) first."""
        ledger = self._ledger
        begun = ledger.now() - limits.UNDO_MILLISECONDS_MAX
        known = {each for step in self._steps.kept for each, _, _ in step.said}
        for kind in UNDOABLE:
            own = (said for said in ledger.statements(kind) if said.device == ledger.device and said.kind == kind)
            found = [said for said in own if said.at > begun and said.id not in known]
            if not found:
                continue
            noun = OF_KIND[kind]
            family = [each for other in sorted(noun.kinds) for each in ledger.statements(other) if each.kind == other]
            amiss = {each.statement for each in noun.problems(family, ledger.people())}
            for said in sorted(found, key=lambda each: (each.at, each.id), reverse=True)[: limits.UNDO_STEPS_MAX]:
                if said.id not in amiss:
                    yield Step(((said.id, said.kind, said.subject),), ())

    def _unanswered(self, identifier: StatementId, kind: str, _subject: str) -> bool:
        return all(identifier not in each.answers for each in self._ledger.statements(UNDOABLE[kind][0]))

    def _untouched(self, field: Field) -> bool:
        return self._ledger.records(field.kind).get(field.record, {}).get(field.name) == field.wrote

    def _sentence(self, step: Step) -> str:
        for identifier, kind, _ in step.said:
            family = self._ledger.statements(kind.partition(".")[0] + ".")
            folk = Folk(self._ledger.me, self._ledger.people(), family)
            said = folk.said(identifier)
            if said is None:
                return UNDOABLE[kind][1].format("that")
            return UNDOABLE[kind][1].format(folk.about(said, "title"))
        return _edited(step.fields, self._ledger.records(step.fields[0].kind).get(step.fields[0].record, {}))


def _edited(fields: Sequence[Field], words: Mapping[str, Scalar]) -> str:
    """Name all that one edit changed: the title as it was, else whose words they are; then the times, the details."""
    by_name = {each.name: each for each in fields}
    title, text = by_name.pop("title", None), by_name.pop("details", None)
    now = words.get("title")
    whose = f" of {quoted(now)}" if isinstance(now, str) and title is None else ""
    was = f": {quoted(title.was)}" if title is not None and isinstance(title.was, str) else ""
    parts = [] if title is None else [f"the title{was}"]
    parts += [f"the time{whose}: {_other_times(words, fields)}"] if by_name else []
    parts += [] if text is None else [f"the details{'' if by_name else whose}"]
    return ended(f"Put back {'; '.join(parts)}")


def _other_times(words: Mapping[str, Scalar], fields: Iterable[Field]) -> str:
    """Name the times before an edit, and those that these words have since it."""
    before = {**words, **{each.name: each.was for each in fields}}
    zoned = before.get("zone") != words.get("zone")
    return f"{times_read(before, zoned=zoned)}, in place of {times_read(words, zoned=zoned)}"


def _together(edits: Iterable[SetFields]) -> list[SetFields]:
    """Make one edit of those of one record, so that a yes to it can be to all of them."""
    found: dict[tuple[str, str], dict[str, Scalar]] = {}
    for each in edits:
        found.setdefault((each.kind, each.id), {}).update(each.fields)
    return [SetFields(kind, record, fields) for (kind, record), fields in found.items()]


def _put_back(field: Field) -> SetFields | SetText:
    if field.text:
        return SetText(field.kind, field.record, field.name, str(field.was))
    return SetFields(field.kind, field.record, {field.name: field.was})
