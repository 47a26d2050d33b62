"""The days of a recurrence (RFC 5545), a year at a time, so that no rule can keep a device busy.

dateutil generates from the start and looks for a day that may never come until the year 9999; here the days of a year
that belong to a rule are worked out at once, and only as many years are looked at as were asked about. The days are
those that dateutil finds.
Rules are of days: nothing here knows an hour, a zone or a clock.
"""

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKS: Final = 53  # of the longest year
_CALENDARS: Final = range(2001, 2029)  # each kind of year: after 28 of them all comes again
_WEEK: Final = 0b1111111
_BYDAY: Final = re.compile(r"([+-]?\d{1,2})?([A-Z]{2})")
_NUMBER: Final = re.compile(r"[+-]?\d{1,3}")
_LISTS: Final = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": _WEEKS, "BYSETPOS": 366}
Name = TypeVar("Name", int, tuple[int, int])
_KNOWN: Final = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_LISTS}


class Rule(msgspec.Struct, frozen=True):
    """One rule, with what it leaves out filled in from its first day."""

    frequency: str
    start: date
    step: int
    week_start: int
    count: int | None
    months: frozenset[int]
    month_days: frozenset[int]
    year_days: frozenset[int]
    weeks: frozenset[int]
    weekdays: frozenset[tuple[int, int]]  # which one of its month or year (0 is each of them), and the weekday
    places: tuple[int, ...]


def parse(parts: Mapping[str, str], start: date) -> Rule | None:
    """Return the rule of these parts, begun on that day; None where a part is not one that is kept."""
    lists = {name: _numbers(parts[name], most) for name, most in _LISTS.items() if name in parts}
    days = _weekdays(parts["BYDAY"]) if "BYDAY" in parts else frozenset()
    frequency, week_start = parts.get("FREQ", ""), parts.get("WKST", "MO")
    if (
        not parts.keys() <= _KNOWN
        or None in lists.values()
        or days is None
        or week_start not in WEEKDAYS
        or ("BYWEEKNO" in parts and (frequency != "YEARLY" or week_start != "MO"))
        or ("BYSETPOS" in parts and frequency not in {"MONTHLY", "YEARLY"})
        or (any(place for place, _ in days) and frequency not in {"MONTHLY", "YEARLY"})
        or any(month < 1 for month in lists.get("BYMONTH") or ())
    ):
        return None
    months, month_days = lists.get("BYMONTH") or frozenset(), lists.get("BYMONTHDAY") or frozenset()
    if not (days or month_days or {"BYYEARDAY", "BYWEEKNO"} & parts.keys()):
        if frequency == "WEEKLY":
            days = frozenset({(0, start.weekday())})
        if frequency in {"MONTHLY", "YEARLY"}:
            month_days = frozenset({start.day})
        if frequency == "YEARLY":
            months = months or frozenset({start.month})
    return Rule(
        frequency=frequency,
        start=start,
        step=int(parts.get("INTERVAL", "1")),
        week_start=WEEKDAYS.index(week_start),
        count=int(parts["COUNT"]) if "COUNT" in parts else None,
        months=months,
        month_days=month_days,
        year_days=lists.get("BYYEARDAY") or frozenset(),
        weeks=lists.get("BYWEEKNO") or frozenset(),
        weekdays=days,
        places=tuple(sorted(lists.get("BYSETPOS") or ())),
    )


def comes_about(rule: Rule) -> bool:
    """Whether any day of any year fits, whenever it begins: the 30th of February, for one, does not come."""
    any_time = msgspec.structs.replace(rule, step=1)
    return any(_of_year(any_time, year) for year in _CALENDARS)


def days_between(rule: Rule, first: date, last: date) -> tuple[date, ...]:
    """Return the days of the rule from `first` to `last`; for a rule with a count, all days from its start are seen."""
    begin = rule.start if rule.count is not None else max(first, rule.start)
    left, found = rule.count, list[date]()
    for year in range(begin.year, last.year + 1):
        days = _of_year(rule, year)
        if year == begin.year:
            days &= -(1 << (begin.timetuple().tm_yday - 1))
        if year == last.year:
            days &= (1 << last.timetuple().tm_yday) - 1
        if left is not None:
            while days.bit_count() > left:  # in the last of its years, and no other
                days ^= 1 << (days.bit_length() - 1)
            left -= days.bit_count()
        if year >= first.year:
            found += _dates(year, days)
    return tuple(day for day in found if day >= first)


def _of_year(rule: Rule, year: int) -> int:
    """Return the days of a year that belong to the rule, whenever it begins, as a set of bits: the first is 1 January.

    Lists of days are looked up as such sets, so a rule of no day costs no more than another.
    """
    days = _fitting(rule, year) & _stepped(rule, year)
    if not rule.places:
        return days
    spans = _calendar(*_looks(year)).months.values() if rule.frequency == "MONTHLY" else (days,)
    return sum(_placed(rule.places, days & span) for span in spans if days & span)


def _placed(places: tuple[int, ...], days: int) -> int:
    """Return those of these days that stand at the places that a rule names."""
    inside = [1 << at for at in _bits(days)]
    found = {place - 1 if place > 0 else len(inside) + place for place in places}
    return sum(inside[place] for place in found if 0 <= place < len(inside))


def _fitting(rule: Rule, year: int) -> int:
    """Return the days that every list of the rule has, whatever their place among others."""
    looks = _calendar(*_looks(year))
    weekdays = looks.of_months if rule.frequency == "MONTHLY" or rule.months else looks.of_years
    days = looks.all
    for known, named in (
        (looks.months, rule.months),
        (looks.month_days, rule.month_days),
        (looks.year_days, rule.year_days),
        (looks.weeks, rule.weeks),
    ):
        days &= _any(known, named) if named else days
    return days & _any(weekdays, rule.weekdays) if rule.weekdays else days


def _any(known: Mapping[Name, int], named: Iterable[Name]) -> int:
    """Return the days that one of these names has."""
    days = 0
    for each in named:
        days |= known.get(each, 0)
    return days


def _stepped(rule: Rule, year: int) -> int:
    """Return the days of the periods that the rule's interval reaches."""
    start, step, looks = rule.start, rule.step, _calendar(*_looks(year))
    if step == 1:
        return looks.all
    if rule.frequency == "YEARLY":
        return 0 if (year - start.year) % step else looks.all
    if rule.frequency == "MONTHLY":
        since = 12 * (year - start.year) - start.month
        return sum(days for month, days in looks.months.items() if not (since + month) % step)
    begins = date(year, 1, 1).toordinal()
    if rule.frequency == "DAILY":
        return sum(1 << at for at in range((start.toordinal() - begins) % step, looks.all.bit_length(), step))
    week, days = _week(rule, start.toordinal()), 0
    first = _week(rule, begins)
    for each in range(first + (week - first) % step, _week(rule, begins + looks.all.bit_length()) + 1, step):
        at = 7 * each + 1 + rule.week_start - begins
        days |= _WEEK << at if at >= 0 else _WEEK >> -at
    return days & looks.all


def _week(rule: Rule, day: int) -> int:
    """Return the number of the week, as the rule has it, that this day of all days is in."""
    return (day - 1 - rule.week_start) // 7


class _Calendar(msgspec.Struct, frozen=True):
    """A year's days as sets of bits, by month, by day of the month, and so on, also counted from the end."""

    all: int
    months: dict[int, int]
    month_days: dict[int, int]
    year_days: dict[int, int]
    weeks: dict[int, int]
    of_months: dict[tuple[int, int], int]  # the weekdays, by place within their month; 0 is any
    of_years: dict[tuple[int, int], int]


def _looks(year: int) -> tuple[int, bool, bool]:
    """Return all that a year's calendar depends on: its first weekday, and leap days in it and the one before."""
    return date(year, 1, 1).weekday(), calendar.isleap(year), calendar.isleap(year - 1)


@lru_cache(maxsize=28)
def _calendar(*looks: *tuple[int, bool, bool]) -> _Calendar:
    """Return the calendar of the years that look so."""
    year = next(each for each in range(1970, 2400) if _looks(each) == looks)
    tables: tuple[dict[Any, int], ...] = ({}, {}, {}, {}, {}, {})
    length = 366 if looks[1] else 365
    for at in range(length):
        day = date(year, 1, 1) + timedelta(days=at)
        month_length, (iso_year, week, _) = calendar.monthrange(year, day.month)[1], day.isocalendar()
        names = (
            (day.month,),
            (day.day, day.day - month_length - 1),
            (at + 1, at - length),
            (week, week - date(iso_year, 12, 28).isocalendar().week - 1),
            [(place, day.weekday()) for place in (0, *_both_ways(day.day - 1, month_length))],
            [(place, day.weekday()) for place in (0, *_both_ways(at, length))],
        )
        for table, named in zip(tables, names, strict=True):
            for name in named:
                table[name] = table.get(name, 0) | 1 << at
    return _Calendar((1 << length) - 1, *tables)


def _both_ways(at: int, length: int) -> tuple[int, int]:
    """Return which one of its weekday a day is in so long a time, counted from either end."""
    return at // 7 + 1, -((length - 1 - at) // 7 + 1)


def _dates(year: int, days: int) -> Iterator[date]:
    begins = date(year, 1, 1).toordinal()
    return (date.fromordinal(begins + at) for at in _bits(days))


def _bits(days: int) -> Iterator[int]:
    while days:
        lowest = days & -days
        yield lowest.bit_length() - 1
        days ^= lowest


def _numbers(text: str, most: int) -> frozenset[int] | None:
    numbers = [int(each) if _NUMBER.fullmatch(each) else 0 for each in text.split(",")]
    return frozenset(numbers) if all(0 < abs(each) <= most for each in numbers) else None


def _weekdays(text: str) -> frozenset[tuple[int, int]] | None:
    matches = [_BYDAY.fullmatch(each) for each in text.split(",")]
    found = {(int(each[1] or 0), each[2]) for each in matches if each is not None}
    if None in matches or any(name not in WEEKDAYS or abs(place) > _WEEKS for place, name in found):
        return None
    return frozenset((place, WEEKDAYS.index(name)) for place, name in found)
