"""Words and times of a task as the page's wishes have them: only what is named changes, and days are shown before."""

import json
from datetime import timedelta

import pytest

from collar_sync import Space
from collar_sync.domain import schedule
from demo_app import actions, views
from demo_app.pictures import OpenState, TaskView
from tests.demo.served import Served

RULE_OF_14 = "FREQ=DAILY;COUNT=14"


async def _do(page: Served, what: str, **fields: object) -> actions.Answer:
    return await actions.perform(page.laptop, json.dumps({"do": what, "number": 1, **fields}))


def _space(page: Served) -> Space:
    assert page.laptop.space is not None
    return page.laptop.space


def _task(page: Served) -> TaskView:
    state = views.picture(page.laptop)
    assert isinstance(state, OpenState)
    (task,) = state.tasks
    return task


async def _days(page: Served, repeat: str, due: str, time: str | None = None) -> list[str]:
    seen = json.loads(
        json.dumps((await _do(page, "task.days", repeat=repeat, due=due, time=time)).seen, default=vars_of)
    )
    days: list[str] = seen["days"]
    return days


def vars_of(view: object) -> dict[str, object]:
    return {name: getattr(view, name) for name in getattr(view, "__struct_fields__", ())}


async def test_only_what_is_named_is_changed_and_each_can_be_put_back(alex: Served) -> None:
    alex.laptop.zone = "Europe/Berlin"
    task = {
        "title": "Water the ferns",
        "due": "2030-05-02",
        "time": "18:00",
        "repeat": RULE_OF_14,
        "details": "Blue can",
    }
    assert (await _do(alex, "task.add", of=_space(alex).me, **task)).problem is None
    before = _task(alex)
    assert (before.details, before.terms.due, before.terms.repeat) == ("Blue can", "2030-05-02T18:00", RULE_OF_14)
    assert before.terms.zone == "Europe/Berlin"
    assert (await _do(alex, "task.change", task=before.id, details="Green can")).problem is None
    assert (_task(alex).details, _task(alex).terms) == ("Green can", before.terms)
    assert (await _do(alex, "task.change", task=before.id, details="")).problem is None
    assert _task(alex).details == ""
    times = {"due": "2030-05-03", "time": None, "repeat": None}
    assert (await _do(alex, "task.change", task=before.id, times=times, title="Water them")).problem is None
    now = _task(alex).terms
    assert (now.title, now.due, now.zone, now.repeat) == ("Water them", "2030-05-03T23:59", "Europe/Berlin", None)
    back = {"due": "2030-05-02", "time": "18:00", "repeat": RULE_OF_14}
    assert (await _do(alex, "task.change", task=before.id, times=back, title="Water the ferns")).problem is None
    assert _task(alex).terms == before.terms
    assert (await _do(alex, "task.change", task=before.id, times={})).problem is None
    assert (_task(alex).terms.due, _task(alex).terms.zone) == (None, None)


async def test_what_is_changed_with_one_press_is_one_line_and_is_taken_back_with_one_press(alex: Served) -> None:
    space = _space(alex)
    await _do(alex, "task.add", title="Water the ferns", of=space.me, due="2030-05-02", details="Blue can")
    before, lines = _task(alex), _lines(space)
    wish = {"title": "Water them", "times": {"due": "2030-05-03"}, "details": "Green can"}
    assert (await _do(alex, "task.change", task=before.id, **wish)).problem is None
    assert (_task(alex).title, _task(alex).due, _task(alex).details) == ("Water them", "2030-05-03", "Green can")
    assert _lines(space) == lines + 1
    assert (await _do(alex, "undo.last")).problem is None
    now = _task(alex)
    assert (now.title, now.due, now.details) == ("Water the ferns", "2030-05-02", "Blue can")
    assert space.undo.last() is None


def _lines(space: Space) -> int:
    return sum(len(day.lines) for day in space.timeline.page().days)


async def test_a_time_is_given_as_the_moment_that_it_is_and_a_day_alone_is_not(alex: Served) -> None:
    alex.laptop.zone = "Asia/Tokyo"
    me = _space(alex).me
    await _do(alex, "task.add", title="x", of=me, due="2030-05-02", time="09:00")
    at = _task(alex)
    assert at.due_at == 1_903_910_400_000  # midnight in London
    await _do(alex, "task.change", task=at.id, times={"due": "2030-05-02"})
    assert (_task(alex).due, _task(alex).due_at) == ("2030-05-02", None)


async def test_the_next_days_are_shown_before_anybody_is_asked(alex: Served) -> None:
    assert await _days(alex, "FREQ=WEEKLY;BYDAY=MO,TH", "2030-05-01") == ["2030-05-02", "2030-05-06", "2030-05-09"]
    assert await _days(alex, "FREQ=MONTHLY", "2030-01-31", "18:00") == ["2030-01-31", "2030-03-31", "2030-05-31"]
    assert await _days(alex, "FREQ=DAILY;UNTIL=20300502", "2030-05-01") == ["2030-05-01", "2030-05-02"]
    space = _space(alex)
    today = schedule.local(space.now(), schedule.UTC_ZONE).date()
    gone = (today - timedelta(days=9)).isoformat()
    assert (await _days(alex, "FREQ=DAILY", gone))[0] == today.isoformat(), "what has begun goes on from today"


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"repeat": "FREQ=DAILY;UNTIL=20300501", "due": "2030-05-02"}, "ends before its first day"),
        ({"repeat": "FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2", "due": "2030-05-02"}, "cannot be kept"),
        ({"repeat": "every day", "due": "2030-05-02"}, "cannot be kept"),
        ({"repeat": "FREQ=DAILY", "due": "2030-02-30"}, "in no calendar"),
    ],
)
async def test_what_never_comes_is_said_in_a_sentence(alex: Served, wish: dict[str, str], sentence: str) -> None:
    answer = await _do(alex, "task.days", **wish)
    assert answer.seen is None
    assert answer.problem is not None
    assert sentence in answer.problem
    assert answer.problem.endswith((".", "MO."))
