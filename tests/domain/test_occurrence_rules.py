"""Occurrences and reminders over arbitrary lives; each expectation is written from the rule, not from the fold."""

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

from collar_sync.core.edits import Scalar
from collar_sync.core.statement import Said
from collar_sync.domain import schedule
from collar_sync.domain.occurrences import Standing, occurrences
from collar_sync.domain.task import Task, TaskState, Timing
from collar_sync.errors import LocalError, NotFound
from collar_sync.ids import StatementId
from tests.domain.lives import over_lives
from tests.domain.moments import MAY, some_time
from tests.domain.plain import DAY, HOUR, MAY_DAY, Household, PlainLedger, run


def tasks_of(home: Household, ledger: PlainLedger) -> tuple[Task, ...]:
    home.sync()
    return tuple(each for each in ledger.tasks.all() if each.for_person == ledger.me)


def wall_time(moment: int) -> str:
    return schedule.local(moment, schedule.UTC_ZONE).strftime("%Y-%m-%dT%H:%M")


@over_lives
def test_an_occurrence_in_a_pause_is_neither_due_nor_missed(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    run(ledger.tasks.promise("Stretch", due=wall_time(ledger.now() + HOUR // 2), repeat="FREQ=DAILY"))
    run(ledger.pauses.pause())
    begins = ledger.now()
    ledger.clock = max(ledger.clock, begins) + chance.randint(1, 72) * HOUR
    ends = ledger.now()
    if chance.random() < 0.5:
        run(ledger.pauses.lift())
    now = ends + chance.choice([0, chance.randint(0, 9)]) * DAY
    for found in tasks_of(home, ledger):
        for each in occurrences(found, *MAY, now):
            last = schedule.instant(datetime.fromisoformat(each.day) + timedelta(days=1), found.where("UTC")) - 1
            if each.due_at is not None and (begins <= each.due_at < ends or begins <= last < ends):
                assert each.standing not in {Standing.DUE, Standing.MISSED}
            if each.day == schedule.local(now, found.where("UTC")).date().isoformat():
                told = {Standing.DUE: Timing.DUE, Standing.RESTING: Timing.RESTING}.get(each.standing)
                assert told is None or found.timing(now) is told  # a list of today and a calendar say the same


@over_lives
def test_nothing_is_due_or_missed_that_nobody_agreed_to(home: Household, chance: Random) -> None:
    one, other = chance.sample(home.ledgers, 2)
    home.sync()
    late = run(one.tasks.ask("Water the ferns", of=other.me, due=wall_time(one.now() + chance.randint(0, 3) * DAY)))
    home.sync()
    other.clock = max(other.clock, one.now()) + chance.randint(0, 3) * DAY
    with suppress(NotFound):  # it may wait unseen
        run(other.tasks.accept(late.id))
    now = chance.choice([some_time(chance), other.now() + chance.randint(0, 3) * DAY])
    for ledger in home.ledgers:
        said = home.everything()
        for found in tasks_of(home, ledger):
            own = [one for one in said if one.author == found.for_person and found.id in (one.id, one.subject)]
            agreed = [one.at for one in own if one.kind in {"task.accept", "task.promise", "task.done"}]
            for each in occurrences(found, *MAY, now):
                assert agreed
                assert found.state is not TaskState.ASKED or each.standing is Standing.DONE
                if each.standing in {Standing.DUE, Standing.MISSED}:
                    first = schedule.local(min(agreed), found.where("UTC")).date().isoformat()
                    assert each.day >= first
            if found.timing(now) in {Timing.DUE, Timing.MISSED}:
                today = schedule.local(now, found.where("UTC")).date().isoformat()
                day = today if found.repeat is not None else str(found.due)[:10]
                since = schedule.local(min(agreed), found.where("UTC")).date().isoformat()
                assert day >= since


@over_lives
def test_a_missed_occurrence_takes_nothing_away(home: Household, chance: Random) -> None:
    """However late it is read, where a task stands and what was done of it stay, and nothing is written."""
    ledger = chance.choice(home.ledgers)
    before = tasks_of(home, ledger)
    said = len(home.everything())
    for found in before:
        early, late = (
            {each.day for each in occurrences(found, *MAY, now) if each.standing is Standing.DONE}
            for now in (MAY_DAY, MAY_DAY + 300 * DAY)
        )
        assert early == late
    ledger.clock += 300 * DAY
    ledger.reminders.ringing()
    assert (tasks_of(home, ledger), len(home.everything())) == (before, said)


@over_lives
def test_reminders_are_silent_in_a_pause_and_never_leave_the_device(home: Household, chance: Random) -> None:
    home.sync()
    ledger = chance.choice(home.ledgers)
    before: tuple[dict[StatementId, Said], dict[tuple[str, str, str], tuple[int, str, Scalar]]]
    before = dict(ledger.heard), dict(ledger.fields)
    for found in tasks_of(home, ledger):
        try:
            run(ledger.reminders.set(found.id, chance.randint(0, 600)))
        except LocalError:
            continue
    assert (ledger.heard, ledger.fields) == before
    ledger.clock += chance.randint(0, 3) * DAY
    for each in ledger.reminders.ringing():
        assert ledger.tasks.get(each.task).for_person == ledger.me
        if chance.random() < 0.5:
            run(ledger.reminders.seen(each))
            assert each not in ledger.reminders.ringing()
    run(chance.choice(home.ledgers).pauses.pause())
    home.sync()
    ledger.clock += chance.randint(0, 48) * HOUR
    assert ledger.reminders.ringing() == ()
    assert ledger.reminders.gone_by() == ()
    assert ledger.reminders.next_at() is None


@over_lives
def test_of_what_nobody_heard_it_is_told_once_and_of_nothing_that_a_pause_covered(
    home: Household, chance: Random
) -> None:
    """Whatever the device slept through, each day of a task that it asked to be reminded of is told at most once."""
    home.sync()
    ledger = chance.choice(home.ledgers)
    for found in tasks_of(home, ledger):
        with suppress(LocalError):
            run(ledger.reminders.set(found.id, chance.randint(0, 600)))
    set_at = ledger.now()
    with suppress(LocalError):  # others' may stand already, and then nothing is told
        ledger.clock += chance.randint(0, 4) * DAY
        run(ledger.pauses.pause())
        ledger.clock += chance.randint(0, 2) * DAY
        run(ledger.pauses.lift())
    ledger.clock += chance.randint(0, 12) * DAY + chance.randint(0, 23) * HOUR
    before = ledger.reminders.ringing(), ledger.reminders.gone_by()
    for each in (*before[0], *before[1]):
        found = ledger.tasks.get(each.task)
        assert set_at < each.at <= ledger.now()
        (standing,) = (one.standing for one in occurrences(found, *MAY, ledger.now()) if one.day == each.day)
        assert standing not in {Standing.DONE, Standing.RESTING}
        assert (standing is Standing.MISSED) == (each in before[1])
    last = {each.task: each for each in sorted((*before[0], *before[1]), key=lambda one: one.at)}
    for each in last.values():
        run(ledger.reminders.seen(each))
    assert (ledger.reminders.ringing(), ledger.reminders.gone_by()) == ((), ())
