"""Whatever somebody's words end with, the sentence that quotes them ends once."""

import re
from collections.abc import Callable, Coroutine
from typing import Any, Final

import pytest
from hypothesis import strategies as st

from collar_sync.core import parting, quoting
from collar_sync.core.statement import Said
from collar_sync.domain.sentences import SENTENCES, Folk, sentence
from tests.domain import planting
from tests.domain.plain import Household, run
from tests.domain.planting import Mutant, noticed, words

Act = Callable[[], Coroutine[Any, Any, Any]]

STOPS: Final = ("", ".", "!", "?", "…", "...", "?!", "。", "؟")
MARKS: Final = ("", "”", '"', "\u2019", "'", "»", ")", "”)", "“")
FIELDS: Final = ("title", "text", "sentence", "purpose")

ENDINGS: Final = st.tuples(st.text("a “”", max_size=4), st.sampled_from(STOPS), st.sampled_from(MARKS))


def reads_well(told: str) -> None:
    """One pair of our marks for each quotation, and one stop at the end: that of the words, or else ours."""
    parts = re.split("[“”]", told)
    assert len(parts) % 2 == 1, "every quotation ends"
    assert all(mark == "“”"[place % 2] for place, mark in enumerate(re.findall("[“”]", told)))
    if len(parts) > 1 and parts[-1] in {"", "."}:
        own = parts[-2].rstrip("\u2019\u2018'\"»)")
        assert (parts[-1] == "") is own.endswith((".", "!", "?", "…", "。", "؟"))
    else:
        assert parts[-1].endswith((".", "?"))
        assert not parts[-1].endswith("..")


def of(home: Household, kind: str, text: str) -> tuple[Said, Folk]:
    """A statement of this kind, about one whose every text is this, and so is every text of its own."""
    alex = home.ledgers[0]
    body = dict.fromkeys(FIELDS, text)
    subject = alex.say("limit.set", "", body)
    said = alex.say(kind, subject.id, {**body, "for": alex.me, "occurrence": "2026-05-01"}, answers=[subject.id])
    return said, Folk(alex.me, home.people, [subject, said])


@planting.over(st.sampled_from(sorted(SENTENCES)), ENDINGS)
def test_every_sentence_of_a_timeline_ends_once(kind: str, ending: tuple[str, str, str]) -> None:
    said, folk = of(Household("Alex", "Sam"), kind, "No" + "".join(ending))
    told = sentence(said, folk)
    if told is not None:
        reads_well(told)


@planting.over(ENDINGS)
def test_whatever_undo_would_put_back_is_named_in_a_sentence_that_ends_once(ending: tuple[str, str, str]) -> None:
    alex = Household("Alex").ledgers[0]
    title = "No" + "".join(ending)
    task = run(alex.tasks.promise(title))
    told = []
    acts: tuple[Act, ...] = (
        lambda: alex.tasks.done(task.id),
        lambda: alex.tasks.describe(task.id, "In the kitchen"),
        lambda: alex.tasks.reschedule(task.id, due="2026-05-03T19:00"),
        lambda: alex.tasks.rename(task.id, "Tea"),
    )
    for act in acts:
        run(act())
        told.append(run(alex.undo.take_back()))
        run(act())
    assert len({*told}) == 4
    for each in told:
        reads_well(each)


@planting.over(ENDINGS)
def test_whatever_of_a_task_is_not_read_is_named_in_a_sentence_that_ends_once(ending: tuple[str, str, str]) -> None:
    alex = Household("Alex").ledgers[0]
    task = run(alex.tasks.promise("No" + "".join(ending)))
    alex.fields["task", task.record, "details"] = (1, alex.device, "a" * 100_000)
    alex.fields["task", task.record, "due"] = (1, alex.device, "whenever")
    alex.fields["task", task.record, "repeat"] = (1, alex.device, "FREQ=NEVER")
    told = alex.tasks.unread()
    assert len(told) == 3
    for each in told:
        reads_well(each)


@planting.over(ENDINGS)
def test_what_another_device_says_as_it_closes_ends_once(ending: tuple[str, str, str]) -> None:
    reads_well(parting.said("It is full" + "".join(ending)))


def quoting_lapses(ending: tuple[str, str, str]) -> None:
    reads_well(quoting.ended(f"You asked for {quoting.quoted('No' + ''.join(ending))}"))


MUTANTS: Final = (
    Mutant(
        "every sentence is given a stop",
        words(quoting, "ended", ("if _ENDED.search(sentence)", "if False")),
        planting.over(ENDINGS)(quoting_lapses),
    ),
    Mutant(
        "a stop before a closing mark is not seen",
        words(quoting, "ended", ("_ENDED.search(sentence)", "sentence[-2] in '.!?…'")),
        planting.over(ENDINGS)(quoting_lapses),
    ),
    Mutant(
        "words end their own quotation",
        words(quoting, "quoted", (".translate(_INNER)", "")),
        planting.over(ENDINGS)(quoting_lapses),
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    assert not noticed(mutant.property)
    with mutant.plant():
        assert noticed(mutant.property)
