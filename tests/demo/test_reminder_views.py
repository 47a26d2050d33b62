"""What a page is told of reminders: kept on one laptop, content-free, silent in a pause, and no pile afterwards."""

from collar_sync.domain.schedule import UTC_ZONE, local
from demo_app import views
from demo_app.pictures import ClosedState
from tests.demo.conftest import DAY, NOON, Clock
from tests.demo.served import PASSPHRASE, Served
from tests.demo.test_repair_views import _do, _quiet, _seen, _until
from tests.demo.test_views import _paired, _space

HOUR = 60 * 60 * 1000
SECRET = "Kneel by the window"


def _day(at: int) -> str:
    return local(at, UTC_ZONE).date().isoformat()


async def _task(page: Served, *, at: int = NOON + 6 * HOUR, repeat: str | None = None) -> str:
    me, hour = _space(page.laptop).me, f"{local(at, UTC_ZONE):%H:%M}"
    assert await _do(page, "task.add", title=SECRET, of=me, due=_day(at), time=hour, repeat=repeat) is None
    return _seen(page).tasks[-1].id


async def test_a_reminder_is_set_for_a_task_of_ones_own_and_nobody_else_is_told(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    task = await _task(sam)
    assert await _do(alex, "task.add", title="Other", of=_space(sam.laptop).me) is None
    await _until(sam, lambda state: len(state.tasks) == 2)
    await _until(alex, lambda state: len(state.tasks) == 2)
    await _quiet(alex, sam)
    before = views.encode(alex.laptop)
    assert await _do(sam, "reminder.set", task=task, daysBefore=0, time="17:30") is None
    (kept,) = _seen(sam).reminders.kept
    assert (kept.task, kept.days_before, kept.time) == (task, 0, "17:30")
    assert _seen(sam).sync.standing == "in_step", "nothing of it is on its way to anybody"
    assert views.encode(alex.laptop) == before
    (asked,) = [each.id for each in _seen(sam).tasks if each.id != task]
    assert str(await _do(sam, "reminder.set", task=asked, daysBefore=0, time="09:00")).startswith("Give this a time")
    assert str(await _do(alex, "reminder.set", task=task, daysBefore=0, time="09:00")).startswith("Only the person")
    assert str(await _do(sam, "reminder.set", task=task, daysBefore=0, time="18:30")).startswith("A reminder comes at")
    assert str(await _do(sam, "reminder.set", task=task, daysBefore=1, time="18:00")).startswith("That moment has gone")
    assert await _do(sam, "reminder.set", task=task, daysBefore=0, time="25:00") is not None
    assert [each.time for each in _seen(sam).reminders.kept] == ["17:30"]
    assert await _do(sam, "reminder.remove", task=task) is None
    assert _seen(sam).reminders.kept == []


async def test_one_line_says_that_there_is_something_until_it_was_seen_and_none_in_a_pause(
    alex: Served, wall: Clock
) -> None:
    task = await _task(alex, repeat="FREQ=DAILY")
    assert await _do(alex, "reminder.set", task=task, daysBefore=0, time="17:30") is None
    assert (_seen(alex).reminders.here, _seen(alex).reminders.rang_at) == ([], None)
    wall.at += 5 * HOUR + HOUR // 2
    shown = _seen(alex).reminders
    assert (shown.here, shown.gone_by, shown.rang_at) == ([task], False, NOON + 5 * HOUR + HOUR // 2)
    assert await _do(alex, "pause.add") is None
    assert (_seen(alex).reminders.here, _seen(alex).reminders.rang_at) == ([], None)
    wall.at += 2 * DAY
    assert await _do(alex, "pause.lift") is None
    assert not _seen(alex).reminders.gone_by, "of what a pause covered nothing is told afterwards"
    wall.at += 3 * DAY
    shown = _seen(alex).reminders
    assert (shown.here, shown.gone_by) == ([task], True)
    assert await _do(alex, "reminder.seen") is None
    shown = _seen(alex).reminders
    assert (shown.here, shown.gone_by, shown.rang_at) == ([], False, None)
    wall.at += DAY
    assert _seen(alex).reminders.here == [task], "the next time rings again"


async def test_a_locked_page_learns_of_one_only_where_notices_are_on_and_never_of_what(
    alex: Served, wall: Clock
) -> None:
    task = await _task(alex)
    assert await _do(alex, "reminder.set", task=task, daysBefore=0, time="18:00") is None
    wall.at += 6 * HOUR
    assert await _do(alex, "hide") is None
    assert views.picture(alex.laptop) == ClosedState(stage="unlock", may_pause=True, name_hint="")
    assert await _do(alex, "hello", zone="UTC", aloud=True) is None
    locked = views.picture(alex.laptop)
    assert locked == ClosedState(stage="unlock", may_pause=True, name_hint="", rang_at=NOON + 6 * HOUR)
    assert await _do(alex, "reminder.seen") is not None, "behind the lock nothing is done about it"
    assert await _do(alex, "pause.add") is None
    assert views.picture(alex.laptop) == ClosedState(stage="unlock", may_pause=True, name_hint="")


async def test_of_another_space_on_this_laptop_a_reminder_comes_as_well(alex: Served, sam: Served, wall: Clock) -> None:
    task = await _task(sam)
    assert await _do(sam, "reminder.set", task=task, daysBefore=0, time="18:00") is None
    alone = _space(sam.laptop).id
    await _paired(alex, sam)
    assert _seen(sam).space.id != alone
    wall.at += 6 * HOUR
    shown = _seen(sam).reminders
    assert (shown.here, shown.elsewhere, shown.kept) == ([], [alone], [])
    assert shown.rang_at is not None
    assert await _do(sam, "pause.add") is None
    assert _seen(sam).reminders.rang_at is None
    assert await _do(sam, "space.choose", space=alone) is None
    assert (_seen(sam).reminders.here, _seen(sam).reminders.elsewhere) == ([task], [])


async def test_a_reminder_outlives_a_restart(alex: Served, wall: Clock) -> None:
    task = await _task(alex)
    assert await _do(alex, "reminder.set", task=task, daysBefore=0, time="18:00") is None
    await alex.laptop.close()
    alex.laptop.quitting = False
    wall.at += DAY
    await alex.laptop.unlock(PASSPHRASE)
    shown = _seen(alex).reminders
    assert (shown.here, shown.gone_by, shown.rang_at) == ([], True, None)
