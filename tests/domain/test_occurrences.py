"""Occurrences and reminders of the Task rule, told as stories."""

from datetime import date, timedelta

import pytest

from collar_sync import limits
from collar_sync.domain.occurrences import Standing, occurrences
from collar_sync.domain.reminders import TEXT
from collar_sync.domain.tasks import Task
from collar_sync.errors import InvalidInput, NotAllowed
from tests.domain.lives import CLEAR
from tests.domain.plain import DAY, HOUR, MAY_DAY, MINUTE, Household, PlainLedger

EVENING = "2026-05-01T18:00"
MAY = (date(2026, 5, 1), date(2026, 5, 7))


def strip(task: Task, now: int) -> str:
    """One letter a day: Done, Missed, Resting, dUe, Ahead; a dot where there is nothing."""
    letters = {
        Standing.DONE: "D",
        Standing.MISSED: "M",
        Standing.RESTING: "R",
        Standing.DUE: "U",
        Standing.AHEAD: "A",
    }
    found = {each.day: letters[each.standing] for each in occurrences(task, *MAY, now)}
    return "".join(found.get(f"2026-05-{day:02}", ".") for day in range(1, 8))


async def test_each_day_stands_for_itself_and_a_missed_one_takes_nothing_away(sam: PlainLedger) -> None:
    task = await sam.tasks.promise("Stretch", due=EVENING, repeat="FREQ=DAILY;COUNT=6")
    await sam.tasks.done(task.id)
    sam.clock += 3 * DAY
    task = await sam.tasks.done(task.id, "2026-05-03")
    assert strip(task, sam.now()) == "DMDUAA."
    assert [each.occurrence for each in task.dones] == ["2026-05-01", "2026-05-03"]
    assert strip(await sam.tasks.take_back(task.id, "2026-05-03"), sam.now()) == "DMMUAA."


async def test_a_pause_leaves_what_it_covered_neither_due_nor_missed(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    timed = await sam.tasks.promise("Stretch", due=EVENING, repeat="FREQ=DAILY")
    whole = await sam.tasks.promise("Water the ferns", repeat="FREQ=DAILY")
    alex.clock += DAY + 12 * HOUR  # 20:00 on the second, after it was due
    await alex.pauses.pause()
    home.sync()
    now = MAY_DAY + DAY + 13 * HOUR
    assert strip(sam.tasks.get(timed.id), now) == "MRAAAAA"
    alex.clock += DAY  # 20:00 on the third
    await alex.pauses.lift()
    home.sync()
    now = MAY_DAY + 4 * DAY
    assert strip(sam.tasks.get(timed.id), now) == "MRRMUAA"  # the second was not over yet
    assert strip(sam.tasks.get(whole.id), now) == "MRRMUAA"


async def test_nothing_is_due_before_it_was_accepted_or_after_it_was_declined(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await alex.tasks.ask("Stretch", of=sam.me, due=EVENING, repeat="FREQ=DAILY")
    home.sync()
    assert strip(sam.tasks.get(task.id), MAY_DAY + 3 * DAY) == "......."
    sam.clock += 2 * DAY
    assert strip(await sam.tasks.accept(task.id), sam.now()) == "..UAAAA"
    assert strip(await sam.tasks.decline(task.id), sam.now()) == "......."


async def test_a_task_that_does_not_recur_has_one_occurrence_or_none(sam: PlainLedger) -> None:
    task = await sam.tasks.promise("Call my sister", due="2026-05-03T18:00")
    assert strip(task, MAY_DAY) == "..A...."
    assert strip(task, MAY_DAY + 3 * DAY) == "..M...."
    assert strip(await sam.tasks.done(task.id), MAY_DAY + 3 * DAY) == "..D...."
    assert strip(await sam.tasks.promise("Some day"), MAY_DAY) == "......."
    with pytest.raises(InvalidInput, match="a year at most"):
        occurrences(
            task,
            date(2026, 5, 1),
            MAY[0] + timedelta(days=limits.CALENDAR_DAYS_MAX + 1),
            MAY_DAY,
        )


async def test_occurrences_keep_their_wall_time_over_a_change_of_clocks(sam: PlainLedger) -> None:
    sam.where = "Europe/Berlin"
    task = await sam.tasks.promise("Stretch", due="2026-10-24T18:00", repeat="FREQ=DAILY")
    found = occurrences(task, date(2026, 10, 24), date(2026, 10, 25), MAY_DAY)
    moments = [each.due_at for each in found]
    assert None not in moments
    assert moments == [1_792_857_600_000, 1_792_857_600_000 + 25 * HOUR]


async def test_tasks_of_every_kind_say_what_they_serve(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    repair = alex.say("repair.begin")
    for kind in ("task", "ritual", "micro-commitment", "protocol"):
        assert (await sam.tasks.promise("Ask before changing it", kind=kind, serves=repair.id)).serves == repair.id
    agreed = await alex.agreements.propose("rule", ["phones away"], CLEAR)
    asked = await alex.tasks.ask("Check in", of=sam.me, serves=agreed.id)
    home.sync()
    assert sam.tasks.get(asked.id).serves == agreed.id
    with pytest.raises(InvalidInput, match="Choose a repair or an agreement"):
        await sam.tasks.promise("Check in", serves="our quarrel")
    odd = sam.say("task.promise", "record", {"title": "t", "serves": "our quarrel"})
    assert [each.statement for each in sam.tasks.problems()] == [odd.id]


async def test_sam_is_reminded_before_each_time_and_not_again_once_seen(sam: PlainLedger) -> None:
    task = await sam.tasks.promise("Stretch", due=EVENING, repeat="FREQ=DAILY")
    await sam.reminders.set(task.id, 30)
    assert (sam.reminders.ringing(), sam.reminders.next_at()) == ((), MAY_DAY + 9 * HOUR + 30 * MINUTE)
    sam.clock += 9 * HOUR + 30 * MINUTE
    (ringing,) = sam.reminders.ringing()
    assert (ringing.task, ringing.day) == (task.id, "2026-05-01")
    await sam.reminders.seen(ringing)
    assert sam.reminders.ringing() == ()
    sam.clock += DAY
    assert [each.day for each in sam.reminders.ringing()] == ["2026-05-02"]
    await sam.tasks.done(task.id)
    assert sam.reminders.ringing() == ()
    await sam.tasks.done(task.id, "2026-05-03")
    next_day = MAY_DAY + 3 * DAY + 9 * HOUR + 30 * MINUTE
    assert sam.reminders.next_at() == next_day, "nothing wakes anybody for what is done already"
    await sam.reminders.remove(task.id)
    assert (sam.reminders.all(), sam.reminders.next_at()) == ((), None)
    await sam.reminders.remove(task.id)


async def test_what_sam_was_not_there_to_hear_is_told_once_and_not_for_ever(sam: PlainLedger) -> None:
    task = await sam.tasks.promise("Stretch", due=EVENING, repeat="FREQ=DAILY")
    await sam.reminders.set(task.id, 30)
    sam.clock += 3 * DAY
    await sam.tasks.done(task.id, "2026-05-02")
    told = sam.reminders.gone_by()
    assert [each.day for each in told] == ["2026-05-01", "2026-05-03"]
    assert sam.reminders.ringing() == (), "of today it rings at its time"
    await sam.reminders.seen(told[-1])
    assert sam.reminders.gone_by() == ()
    sam.clock += 30 * DAY
    assert [each.day for each in sam.reminders.gone_by()] == [f"2026-05-{day}" for day in range(27, 32)] + [
        "2026-06-01",
        "2026-06-02",
    ]


async def test_a_reminder_that_could_never_ring_is_not_taken(sam: PlainLedger) -> None:
    task = await sam.tasks.promise("Stretch", due=EVENING)
    sam.clock += 9 * HOUR
    with pytest.raises(InvalidInput, match="still to come"):
        await sam.reminders.set(task.id, 60)
    assert sam.reminders.all() == ()
    await sam.reminders.set(task.id, 59)


async def test_reminders_are_silent_in_a_pause_and_afterwards_for_what_it_covered(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await sam.tasks.promise("Stretch", due=EVENING)
    await sam.reminders.set(task.id)
    sam.clock += 9 * HOUR
    alex.clock += 9 * HOUR
    await alex.pauses.pause()
    home.sync()
    sam.clock += HOUR
    assert (sam.reminders.ringing(), sam.reminders.next_at()) == ((), None)
    alex.clock += 2 * HOUR
    await alex.pauses.lift()
    home.sync()
    sam.clock += 3 * HOUR
    assert sam.reminders.ringing() == ()


async def test_a_reminder_is_kept_on_this_device_alone_and_shows_nothing_of_the_task(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await sam.tasks.promise("Stretch", due=EVENING)
    before = dict(sam.heard), dict(sam.fields)
    await sam.reminders.set(task.id, 10)
    assert (sam.heard, sam.fields) == before
    assert "Stretch" not in TEXT
    home.sync()
    assert alex.reminders.all() == ()


async def test_only_the_assignee_sets_reminders_and_only_where_there_is_a_time(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await alex.tasks.ask("Stretch", of=sam.me, due=EVENING)
    with pytest.raises(NotAllowed, match="Only the person a task is for"):
        await alex.reminders.set(task.id)
    home.sync()
    with pytest.raises(InvalidInput, match="up to a week"):
        await sam.reminders.set(task.id, limits.REMINDER_MINUTES_MAX + 1)
    untimed = await sam.tasks.promise("Some day")
    with pytest.raises(InvalidInput, match="Give this a time first"):
        await sam.reminders.set(untimed.id)
    await sam.write_private()
    sam.own["reminder"] = {task.id: {"minutes_before": "soon"}}
    assert sam.reminders.all() == ()
