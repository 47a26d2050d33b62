"""One act is one line of the timeline, however many statements it took to say it."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

import pytest

from collar_sync import limits
from collar_sync.core import removal
from collar_sync.core.edits import Edit, Say
from collar_sync.domain import erasing, pauses, timeline
from collar_sync.domain.reading import ANSWERS_MAX
from collar_sync.ids import StatementId
from tests.domain.paging import in_pages
from tests.domain.plain import DAY, HOME, HOUR, MINUTE, Household, PlainLedger, granted, run
from tests.domain.planting import Mutant, noticed, words

MANY: Final = 3 * ANSWERS_MAX + 1  # one act that takes four statements

Act = Callable[[], Coroutine[Any, Any, Any]]


class Slow(PlainLedger):
    """A device on which every change takes a minute to write."""

    async def write(self, *edits: Edit, at: int | None = None) -> tuple[StatementId, ...]:
        self.clock += MINUTE
        return await super().write(*edits, at=at)


def lines(ledger: PlainLedger, words: str) -> list[str]:
    """What of everything is told in these words."""
    return [line.text for day in in_pages(ledger.timeline, 5) for line in day.lines if words in line.text]


def lift(home: Household, alex: PlainLedger, _sam: PlainLedger) -> Act:
    for _ in range(MANY):
        alex.say("pause")
    home.sync()
    return alex.pauses.lift


def receipt(home: Household, alex: PlainLedger, sam: PlainLedger) -> Act:
    for _ in range(MANY):
        sam.say(erasing.ASK)
    home.sync()
    return alex.erasing.receipt


def resume(home: Household, alex: PlainLedger, sam: PlainLedger) -> Act:
    consent = run(granted(home, alex, sam))
    for _ in range(MANY):
        alex.say("consent.pause", consent.id)
    home.sync()
    return lambda: alex.consents.resume(consent.id)


def accept(home: Household, alex: PlainLedger, sam: PlainLedger) -> Act:
    task = run(sam.tasks.ask("Evening check-in", of=alex.me))
    home.sync()
    for _ in range(MANY):
        alex.say("task.decline", task.id)
    home.sync()
    return lambda: alex.tasks.accept(task.id)


ACTS: Final = {
    "lifted your pause": lift,
    "erased this record": receipt,
    "lifted a pause on": resume,
    "accepted": accept,
}


@pytest.mark.parametrize(("words", "prepared"), ACTS.items())
def test_an_act_that_takes_several_statements_is_told_once(
    home: Household, alex: PlainLedger, sam: PlainLedger, words: str, prepared: Callable[..., Act]
) -> None:
    act = prepared(home, alex, sam)
    before = len(alex.heard)
    run(act())
    assert len(alex.heard) - before == 4, "it took several statements"
    home.sync()
    assert len(lines(alex, words)) == 1
    assert len(lines(sam, words.replace("your", "their"))) == 1


def test_an_act_that_takes_several_changes_one_after_the_other_is_told_once() -> None:
    home = Household("Sam")
    alex = Slow(Household("Alex").ledgers[0].owner, home.people)
    home.people[alex.me] = alex.owner
    home.join(alex)
    act = lift(home, alex, home.ledgers[0])
    for _ in range(limits.EDITS_AT_ONCE * ANSWERS_MAX):
        alex.say("pause")
    alex.clock = started = alex.clock + DAY  # what a day holds is cut, and so many pauses fill it
    run(act())
    assert alex.clock - started == 2 * MINUTE, "it took two changes"
    assert len(lines(alex, "lifted your pause")) == 1


def test_a_removal_that_takes_several_statements_is_told_once_and_another_once_more(
    home: Household, alex: PlainLedger
) -> None:
    again = home.second_device("Alex")
    again.say("pause")
    home.sync()
    lost = again.device
    ends = tuple((bytes(8) + number.to_bytes(8, "big"), number, bytes(32)) for number in range(1, 301))
    for name in (b"one", b"another"):
        parts = [*removal.bodies(name, bytes(64), {HOME: ends})]
        assert len(parts) > 1
        run(alex.write(*(Say(removal.REMOVE, lost, body) for body in parts)))
    assert len(lines(alex, "removed a device")) == 2


def test_two_acts_of_one_kind_are_two_lines_on_whatever_days(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    for pause in (HOUR, DAY, HOUR):
        run(alex.pauses.pause())
        run(alex.pauses.lift())
        alex.clock += pause
    home.sync()
    assert len(lines(alex, "lifted your pause")) == 3
    assert len(lines(sam, "lifted their pause")) == 3


def test_two_devices_that_lift_at_one_moment_are_two_lines(home: Household, alex: PlainLedger) -> None:
    run(alex.pauses.pause())
    other = home.second_device("Alex")
    home.sync()
    other.clock = alex.now()
    run(other.pauses.lift())
    run(alex.pauses.lift())
    home.sync()
    assert len({said.at for said in alex.statements("pause.lift")}) == 1
    assert len(lines(alex, "lifted your pause")) == 2


def test_what_answers_nothing_is_told_as_often_as_it_was_said(home: Household, alex: PlainLedger) -> None:
    run(alex.write(*(Say("pause") for _ in range(3))))
    home.sync()
    assert len(lines(alex, "paused everything")) == 3


def test_the_line_is_the_same_whatever_of_it_rests_and_however_it_is_paged(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    run(lift(home, alex, sam)())
    home.sync()
    whole = in_pages(sam.timeline, 10_000)
    sam.clock += 60 * DAY
    sam.put_away()
    assert in_pages(sam.timeline, 3) == whole


def told_once() -> None:
    home = Household("Alex", "Sam")
    test_an_act_that_takes_several_statements_is_told_once(home, *home.ledgers, "accepted", accept)


def told_twice() -> None:
    home = Household("Alex", "Sam")
    test_two_acts_of_one_kind_are_two_lines_on_whatever_days(home, *home.ledgers)


def told_by_two() -> None:
    home = Household("Alex")
    test_two_devices_that_lift_at_one_moment_are_two_lines(home, *home.ledgers)


def removed_once() -> None:
    home = Household("Alex")
    test_a_removal_that_takes_several_statements_is_told_once_and_another_once_more(home, *home.ledgers)


def told_thrice() -> None:
    home = Household("Alex")
    test_what_answers_nothing_is_told_as_often_as_it_was_said(home, *home.ledgers)


MUTANTS: Final = (
    Mutant("every part is a line", words(timeline, "_parts", ("if act in begun", "if False")), told_once),
    Mutant(
        "every part that takes a change is a line",
        words(pauses, "write_in_parts", ("at=at)", "at=ledger.now())")),
        test_an_act_that_takes_several_changes_one_after_the_other_is_told_once,
    ),
    Mutant("whatever follows is a part", words(timeline, "_parts", ("body, said.at)", "body)")), told_twice),
    Mutant("whoever says the same is one", words(timeline, "_parts", ("(said.device, ", "(")), told_by_two),
    Mutant(
        "every part of a removal is a line",
        words(timeline, "_parts", ("if said.answers or said.kind == REMOVE:", "if said.answers:")),
        removed_once,
    ),
    Mutant(
        "what answers nothing is a part",
        words(timeline, "_parts", ("if said.answers or said.kind == REMOVE:", "if said.kind:")),
        told_thrice,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    with mutant.plant():
        assert noticed(mutant.property)
