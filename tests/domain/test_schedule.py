"""Due times and recurrences: what is kept, and that the days are those that dateutil finds."""

import re
import zoneinfo
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path

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
        "FREQ=DAILY;BYHOUR=0,1,2;BYMINUTE=0,1,2",
        "FREQ=DAILY;BYSECOND=1",
        "FREQ=WEEKLY;BYSETPOS=1",
        "FREQ=DAILY;BYDAY=2MO",
        "FREQ=MONTHLY;BYWEEKNO=3",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYMONTHDAY=0",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;UNTIL=20261350",
        "FREQ=DAILY;COUNT=0",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=4,6;BYMONTHDAY=31;COUNT=100000",
        "FREQ=YEARLY;BYYEARDAY=1;BYMONTH=5",
        "FREQ=YEARLY;BYWEEKNO=20;BYMONTH=12",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=40",
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


@pytest.mark.parametrize("name", ["localtime", "posixrules", "right/Europe/Berlin", "zone.tab", "tzdata.zi"])
def test_what_only_some_systems_know_as_a_zone_is_none_anywhere(name: str) -> None:
    assert schedule.zone(name) is None


def test_zones_are_those_of_tzdata_whatever_the_system_has(tmp_path: Path) -> None:
    """The system's is put in the way: one file for Berlin that is New York's."""
    (tmp_path / "Europe").mkdir()
    new_york = resources.files("tzdata").joinpath("zoneinfo", "America", "New_York").read_bytes()
    (tmp_path / "Europe/Berlin").write_bytes(new_york)
    try:
        zoneinfo.reset_tzpath([str(tmp_path)])
        zoneinfo.ZoneInfo.clear_cache()
        schedule.zone.cache_clear()
        berlin = schedule.zone("Europe/Berlin")
        assert berlin is not None
        assert schedule.local(0, berlin).hour == 1
    finally:
        zoneinfo.reset_tzpath()
        zoneinfo.ZoneInfo.clear_cache()
        schedule.zone.cache_clear()


def test_where_clocks_go_back_the_first_of_two_moments_is_meant() -> None:
    berlin = schedule.zone("Europe/Berlin")
    due = schedule.wall_time("2026-10-25T02:30")
    assert berlin is not None
    assert due is not None
    assert schedule.instant(due, berlin) == 1_792_888_200_000  # 00:30Z, still summer time


def test_where_clocks_go_forward_what_is_due_in_the_lost_hour_is_due_just_after_it() -> None:
    berlin = schedule.zone("Europe/Berlin")
    due = schedule.wall_time("2026-03-29T02:30")
    assert berlin is not None
    assert due is not None
    assert schedule.instant(due, berlin) == 1_774_747_800_000  # 01:30Z, 03:30 there


RULES = (
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=7",
    "FREQ=DAILY;BYMONTH=3,4;COUNT=40",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;UNTIL=20290101T000000Z",
    "FREQ=YEARLY;BYWEEKNO=1,-1;BYDAY=MO,SU",
    "FREQ=YEARLY;INTERVAL=2",
    "FREQ=YEARLY;BYMONTH=1,6",
    "FREQ=YEARLY;BYDAY=20MO,-1SU",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
    "FREQ=YEARLY;BYYEARDAY=1,100,-1",
    "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1,-1",
    "FREQ=MONTHLY",
    "FREQ=WEEKLY;BYMONTH=5",
    "FREQ=DAILY;INTERVAL=3;BYDAY=MO,TU;BYMONTHDAY=13,14",
)


@given(st.sampled_from(RULES) | simple_rules(), days, st.integers(-20, 800), st.integers(0, 400))
def test_the_days_of_every_rule_are_those_that_dateutil_finds(rule: str, start: date, offset: int, length: int) -> None:
    began = datetime(start.year, start.month, start.day, 18)  # noqa: DTZ001 - wall time
    first = start + timedelta(days=offset)
    last = first + timedelta(days=length)
    where = schedule.zone("Europe/Berlin")
    assert where is not None
    found = schedule.days_between(rule, began, where, first, last)
    to_the_end_of_the_day = re.sub(r"UNTIL=(\d{8})$", r"UNTIL=\1T235959", rule).replace("0000Z", "0000")
    expected = [
        moment.date()
        for moment in rrulestr(to_the_end_of_the_day, dtstart=began).between(
            datetime.combine(first, datetime.min.time()), datetime.combine(last, datetime.max.time()), inc=True
        )
    ]
    assert list(found) == expected
    assert schedule.next_on(rule, began, where, first) == (
        expected[0] if expected else schedule.next_on(rule, began, where, last)
    )


def test_a_rule_ends_at_a_moment_in_utc_or_with_its_last_day() -> None:
    where = schedule.zone("Pacific/Auckland")
    assert where is not None
    began = datetime(2026, 5, 1, 18)  # noqa: DTZ001 - wall time
    span = (date(2026, 5, 1), date(2026, 5, 9))
    monthly = "FREQ=DAILY;BYMONTH=5;UNTIL="
    assert len(schedule.days_between(monthly + "20260503", began, where, *span)) == 3
    assert len(schedule.days_between(monthly + "20260503T060000Z", began, where, *span)) == 3  # 18:00 there
    assert len(schedule.days_between(monthly + "20260503T055959Z", began, where, *span)) == 2


@pytest.mark.timeout(10)
def test_no_rule_keeps_a_device_busy() -> None:
    where = schedule.zone("UTC")
    assert where is not None
    began = datetime(2007, 1, 1, 18)  # noqa: DTZ001 - wall time
    never = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=100000"
    assert schedule.next_on(never, began, where, date(2026, 5, 1)) is None
    span = (date(2026, 5, 1), date(2026, 6, 1))
    assert schedule.days_between("FREQ=DAILY;BYMONTH=5", began.replace(year=1970), where, *span) == ()
