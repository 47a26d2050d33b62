"""Every noun of the domain in one table: what can be said about it, what of it may rest, what of it is not shown.

Whoever asks a question of all nouns asks it here: what does not count, what must stay at hand, what a timeline hides.
Nothing is decided here; each noun's own module does that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from collar_sync.core.edits import Scalar
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import (
    agreements,
    checkin,
    checklist,
    consent_book,
    consent_fold,
    erasing,
    focus,
    limit,
    moment,
    pause,
    presence,
    repair_fold,
    repair_forms,
    reviews,
    settled,
    slip,
    task_book,
    task_fold,
    update,
)
from collar_sync.domain.reading import Problem
from collar_sync.domain.told import Told
from collar_sync.ids import PersonId

People = Mapping[PersonId, Person]
Records = Mapping[str, Mapping[str, Scalar]]  # by `kind/id`


def _nothing(_statements: Sequence[Said], _people: People, _me: PersonId, _now: int) -> set[str]:
    return set()


def _unseen_agreements(statements: Sequence[Said], people: People, me: PersonId, now: int) -> set[str]:
    return agreements.hidden(statements, people, me, now, in_repair=repair_fold.in_repair(statements, people, now))


class Noun(msgspec.Struct, frozen=True, kw_only=True):
    """One noun: the kinds of statement and of record that this version understands, and its answers.

    `open_names` gives the names, ids of statements and records, that must stay at hand at a time; where there is none,
    all of it stays. `hidden` gives those that are not to be shown to this person now. Each is asked over all nouns'
    statements.
    """

    name: str
    kinds: frozenset[str]
    records: frozenset[str] = frozenset()
    problems: Callable[[Iterable[Said], People], tuple[Problem, ...]]
    open_names: Callable[[Sequence[Said], Records, People, int], set[str]] | None = None
    hidden: Callable[[Sequence[Said], People, PersonId, int], set[str]] = _nothing


def _of(name: str, told: Told[Any, Any]) -> Noun:
    """Return a noun that is only told."""
    return Noun(name=name, kinds=frozenset({told.kind}), problems=told.problems, open_names=told.open_names)


NOUNS: Final = (
    Noun(
        name="pause",
        kinds=frozenset({pause.PAUSE, pause.LIFT}),
        problems=pause.problems,
        open_names=pause.open_names,
    ),
    Noun(
        name="limit",
        kinds=frozenset({limit.SET, limit.LOOSEN}),
        problems=limit.problems,
        open_names=limit.open_names,
    ),
    Noun(
        name="consent",
        kinds=consent_book.CONSENT.kinds,
        problems=consent_fold.problems,
        open_names=settled.consents_open,
        hidden=consent_fold.hidden,
    ),
    Noun(
        name="agreement",
        kinds=consent_book.AGREEMENT.kinds,
        problems=agreements.problems,
        open_names=settled.agreements_open,
        hidden=_unseen_agreements,
    ),
    Noun(
        name="task",
        kinds=frozenset(
            {
                task_book.ASK,
                task_book.PROMISE,
                task_book.ACCEPT,
                task_book.DECLINE,
                task_book.DONE,
                task_book.TAKE_BACK,
                task_book.REWORD,
            }
        ),
        records=frozenset({task_fold.RECORD}),
        problems=task_fold.problems,
        open_names=task_fold.open_names,
        hidden=task_fold.hidden,
    ),
    Noun(
        name="checklist",
        kinds=checklist.KINDS,
        problems=checklist.problems,
        open_names=checklist.open_names,
        hidden=checklist.hidden,
    ),
    Noun(name="focus session", kinds=focus.KINDS, problems=focus.problems, open_names=focus.open_names),
    Noun(name="review", kinds=frozenset({reviews.HELD}), problems=reviews.problems, open_names=reviews.open_names),
    _of("check-in", checkin.CHECK_IN),
    _of("moment", moment.MOMENT),
    _of("update", update.UPDATE),
    Noun(
        name="repair",
        kinds=frozenset({slip.SHARE, *repair_forms.FORMS, *repair_forms.NARROWING}),
        problems=repair_fold.problems,
        open_names=repair_fold.open_names,
        hidden=repair_fold.hidden,
    ),
    Noun(
        name="erasing",
        kinds=frozenset({erasing.ASK, erasing.RECEIPT}),
        problems=erasing.problems,
        hidden=erasing.hidden,
    ),
    Noun(name="presence", kinds=frozenset({presence.SHOW, presence.HIDE}), problems=presence.problems),
)
OF_KIND: Final[Mapping[str, Noun]] = {kind: noun for noun in NOUNS for kind in noun.kinds}
