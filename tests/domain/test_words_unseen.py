"""New words of a task wait unseen in a pause and of somebody muted; it goes on as its assignee agreed to it."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import strategies as st

from collar_sync.domain import task_fold
from collar_sync.domain.occurrences import Standing, occurrences
from collar_sync.domain.task import Task
from collar_sync.domain.tasks import TaskState, Timing
from collar_sync.errors import InvalidInput, NotAllowed
from tests.domain.asked_lives import AGREED, MAY, TITLES, asked, change, done_as_a_whole, over_lives
from tests.domain.plain import DAY, HOUR, MAY_DAY, Household, PlainLedger, run


def agrees_to_nothing_unseen(home: Household, ledger: PlainLedger, identifier: str) -> None:
    """Whoever is not shown the new words says no yes to them but by naming them."""
    found, said = ledger.tasks.get(identifier), len(home.everything())
    shown = next((each for each in ledger.tasks.visible() if each.id == identifier), found)
    if found.state is TaskState.ASKED and shown.terms != found.terms:
        for terms in (None, shown.terms):
            with pytest.raises(NotAllowed, match="wait unseen"):
                run(ledger.tasks.accept(identifier, shown=terms))
        assert len(home.everything()) == said
        again = run(ledger.tasks.accept(identifier, shown=found.terms))
        assert (again.agreed, again.title) == (again.terms, found.title)


@over_lives(st.integers(0, 1), st.sampled_from([False, True]))
def test_in_a_pause_new_words_wait_unseen_and_what_was_agreed_to_stays(
    life: tuple[Household, str],
    whose: int,
    done: bool,  # noqa: FBT001 - hypothesis gives it by place
) -> None:
    home, identifier = life
    alex, sam = home.named("Alex"), home.named("Sam")
    if done:
        with suppress(NotAllowed):
            run(sam.tasks.done(identifier))
    before = sam.tasks.get(identifier)
    one = (alex, sam)[whose]
    run(one.pauses.pause())
    change(home, identifier, title="what came in the pause")
    shown: dict[str, Task] = {each.id: each for each in sam.tasks.visible()}
    hidden = task_fold.hidden([*sam.statements("task."), *sam.statements("pause")], sam.people(), sam.me, sam.now())
    fresh = before.agreed is None and not before.dones and before.state is TaskState.ASKED
    assert (identifier in shown) == (identifier not in hidden) == (not fresh or before.asked_by == sam.me)
    if before.state is not TaskState.DECLINED and before.agreed is not None:
        read = shown[identifier]
        over = done_as_a_whole(read)
        assert read.terms == before.agreed
        assert (read.state is TaskState.DONE, read.state in AGREED) == (over, not over)
        assert read.timing(sam.now()) is not Timing.DUE
    assert [each.title for each in alex.tasks.visible()] == ["what came in the pause"]
    agrees_to_nothing_unseen(home, sam, identifier)
    run(one.pauses.lift())
    home.sync()
    assert sam.tasks.visible() == (sam.tasks.get(identifier),), "and then they ask"
    assert sam.tasks.get(identifier).title == "what came in the pause"


@over_lives()
def test_new_words_of_somebody_muted_wait_unseen_and_what_was_agreed_to_stays(life: tuple[Household, str]) -> None:
    home, identifier = life
    alex, sam = home.named("Alex"), home.named("Sam")
    before = sam.tasks.get(identifier)
    run(sam.aside.mute(alex.me))
    change(home, identifier, title="what somebody muted wrote")
    (shown,) = sam.tasks.visible() or (None,)
    if before.asked_by == sam.me:
        assert shown == sam.tasks.get(identifier), "it is a promise of their own"
    elif before.state in AGREED:
        assert shown is not None
        assert shown.terms == before.agreed
        assert shown.state is before.state or before.agreed != before.terms, (
            "of two yeses made apart, the last is shown"
        )
    else:
        assert (shown is None) == before.unanswered, "what they had done of it stays"
    agrees_to_nothing_unseen(home, sam, identifier)
    run(sam.aside.show(alex.me))
    assert sam.tasks.visible() == (sam.tasks.get(identifier),)


@over_lives(
    st.integers(0, 9),
    st.sampled_from([{"title": "pills."}, {"due": None, "repeat": None}, {"due": "2026-05-09T05:00", "repeat": None}]),
)
def test_somebody_muted_switches_off_no_reminder_and_no_day_unseen(
    life: tuple[Household, str], days: int, fields: dict[str, str | None]
) -> None:
    home, identifier = life
    alex, sam = home.named("Alex"), home.named("Sam")
    before = sam.tasks.get(identifier)
    if before.asked_by == sam.me or before.state not in AGREED or before.agreed != before.terms:
        return
    sam.clock = MAY_DAY + days * DAY
    with suppress(InvalidInput):  # it may have no time
        run(sam.reminders.set(identifier, 30))
    sam.clock += 20 * HOUR

    def seen() -> tuple[Any, ...]:
        (shown,) = sam.tasks.visible()
        mine = sam.progress.mine(*MAY), sam.reminders.next_at(), sam.reminders.ringing()
        return (shown, shown.timing(sam.now()), occurrences(shown, *MAY, sam.now()), *mine)

    then = seen()
    run(sam.aside.mute(alex.me))
    change(home, identifier, **fields)
    assert seen() == then
    done = run(sam.tasks.done(identifier))
    (shown,) = sam.tasks.visible()
    assert len(done.dones) == len(before.dones) + (not before.done_on(shown.today(sam.now())))
    assert shown.state is TaskState.DONE or shown.done_on(shown.today(sam.now())), "it is done as it reads"
    run(sam.tasks.take_back(identifier))
    (shown,) = sam.tasks.visible()
    assert (shown.state in AGREED, shown.done_on(shown.today(sam.now()))) == (True, False)


def test_somebody_muted_makes_no_pills_forgotten(home: Household) -> None:
    alex, sam = home.ledgers
    identifier = asked(home, "FREQ=DAILY")
    run(sam.reminders.set(identifier))
    run(sam.aside.mute(alex.me))
    run(alex.tasks.reschedule(identifier, None))
    run(alex.tasks.rename(identifier, "pills."))
    home.sync()
    (shown,) = sam.tasks.visible()
    assert (shown.title, shown.timing(sam.now())) == (TITLES[0], Timing.DUE)
    assert sam.reminders.next_at() == MAY_DAY + 10 * HOUR
    assert [each.marks for each in sam.progress.mine(date(2026, 5, 1), date(2026, 5, 2))] == [
        (Standing.DUE,),
        (Standing.AHEAD,),
    ]
    run(sam.reminders.set(identifier, 60))
    assert sam.reminders.next_at() == MAY_DAY + 9 * HOUR
