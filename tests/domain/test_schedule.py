"""Due times and recurrences: what is kept, and that the days are those that dateutil finds."""

from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.domain import schedule

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@st.composite
def simple_rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY"]))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 5))}")
    if frequency == "WEEKLY" and draw(st.booleans()):
        parts.append("BYDAY=" + ",".join(draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True))))
    end = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if end == "COUNT":
        parts.append(f"COUNT={draw(st.integers(1, 30))}")
    if end == "UNTIL":
        parts.append(f"UNTIL={draw(days):%Y%m%d}")
    return ";".join(parts)


@given(simple_rules(), days, st.integers(-20, 200))
def test_the_days_are_those_that_dateutil_finds(rule: str, start: date, offset: int) -> None:
    repeat = schedule.simple(rule)
    assert repeat is not None
    earliest = start + timedelta(days=offset)
    midnight = datetime(start.year, start.month, start.day)  # noqa: DTZ001 - wall time
    expected = rrulestr(rule, dtstart=midnight).after(
        datetime(earliest.year, earliest.month, earliest.day),  # noqa: DTZ001 - wall time
        inc=True,
    )
    assert schedule.next_day(repeat, start, earliest) == (None if expected is None else expected.date())


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;COUNT=14",
        "FREQ=WEEKLY;BYDAY=MO,FR;UNTIL=20261231T180000Z",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    ],
)
def test_a_recurrence_is_kept_as_written(rule: str) -> None:
    assert schedule.repeat_text(f" RRULE:{rule}") == rule


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=SECONDLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=9999999",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=²",
        "FREQ=DAILY;COUNT=2;UNTIL=20260101",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY\nRDATE:20260101",
        "FREQ=DAILY;BYEASTER=x",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;UNTIL=20261350",
        "FREQ=DAILY;" + "X" * 200,
        "DAILY",
    ],
)
def test_what_is_no_recurrence_or_could_keep_a_device_busy_is_not_kept(rule: str) -> None:
    assert not schedule.repeats(rule)
    assert schedule.simple(rule) is None


@given(st.text(max_size=40))
def test_no_text_whatever_breaks_a_reading(text: str) -> None:
    schedule.wall_time(text)
    schedule.day_of(text)
    schedule.zone(text)
    schedule.simple(text)


@pytest.mark.parametrize("name", ["America", "", "/etc/passwd", "../UTC", "Europe/Berlin\x00", "posixrules/", "x" * 65])
def test_what_is_no_zone_is_none(name: str) -> None:
    assert schedule.zone(name) is None


def test_where_clocks_go_back_the_first_of_two_moments_is_meant() -> None:
    berlin = schedule.zone("Europe/Berlin")
    due = schedule.wall_time("2026-10-25T02:30")
    assert berlin is not None
    assert due is not None
    assert schedule.instant(due, berlin) == 1_792_888_200_000  # 00:30Z, still summer time
