"""A pause that was lifted is over, also where the clock of whoever lifted it is ahead: by minutes, or by years."""

from datetime import date

import pytest

from collar_sync.domain import checklist, focus
from collar_sync.domain.occurrences import Standing, occurrences
from collar_sync.domain.task import Timing
from tests.domain.plain import DAY, HOUR, MINUTE, Household, PlainLedger, run

AHEAD = {"by two minutes": 2 * MINUTE, "by five hours": 5 * HOUR, "by a century": 36_500 * DAY}


@pytest.mark.parametrize("paused_by", ["a right clock", "the same clock"])
@pytest.mark.parametrize("ahead", AHEAD)
def test_what_begins_after_it_goes_on(
    home: Household, alex: PlainLedger, sam: PlainLedger, ahead: str, paused_by: str
) -> None:
    if paused_by == "the same clock":
        alex.clock += AHEAD[ahead] - MINUTE
    run(alex.pauses.pause())
    home.sync()
    alex.clock += MINUTE if paused_by == "the same clock" else AHEAD[ahead]
    run(alex.pauses.lift())
    home.sync()
    sam.clock += MINUTE
    session = run(sam.sessions.begin("study", 30))
    scene = run(sam.checklists.begin("scene", ["I want this"], people=[sam.me]))
    run(sam.checklists.tick(scene.id))
    home.sync()
    for _ in range(3):
        for ledger in (sam, alex):
            assert ledger.sessions.get(session.id).stopped_at is None
            assert ledger.checklists.get(scene.id).state(sam.now()) is checklist.State.READY
        sam.clock += 5 * MINUTE
    run(alex.pauses.pause())
    home.sync()
    assert sam.sessions.get(session.id).stopped_at is not None, "a new pause stops it all the same"
    assert sam.checklists.get(scene.id).stopped
    run(alex.pauses.lift())
    home.sync()
    assert sam.sessions.get(session.id).stopped_at is not None
    assert sam.checklists.get(scene.id).stopped


def test_what_began_by_somebody_who_had_not_heard_of_its_end_is_still_stopped(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    run(alex.pauses.pause())
    alex.clock += HOUR
    run(alex.pauses.lift())
    sam.clock += 10 * MINUTE
    session = run(sam.sessions.begin("study", 30))
    home.sync()
    assert alex.sessions.get(session.id).state(alex.now()) is focus.State.STOPPED


def test_after_a_lift_by_a_clock_far_ahead_today_is_due_again_and_rings_and_no_day_of_it_is_missed(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = run(sam.tasks.promise("Water the plants", due="2026-05-01T10:00", repeat="FREQ=DAILY", zone="UTC"))
    run(sam.reminders.set(task.id, 0))
    home.sync()
    run(alex.pauses.pause())
    alex.clock += AHEAD["by a century"]
    run(alex.pauses.lift())
    home.sync()
    sam.clock += 3 * DAY + 2 * HOUR
    assert sam.tasks.get(task.id).timing(sam.now()) is Timing.DUE
    assert [each.task for each in sam.reminders.ringing()] == [task.id]
    seen = occurrences(sam.tasks.get(task.id), date(2026, 5, 1), date(2026, 5, 5), sam.now())
    assert [each.standing for each in seen] == [*[Standing.RESTING] * 3, Standing.DUE, Standing.AHEAD]
