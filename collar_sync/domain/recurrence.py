"""The days of a recurrence (RFC 5545), one day asked at a time, so that no rule can keep a device busy.

dateutil generates from the start and looks for a day that may never come until the year 9999; here a day either belongs
to a rule or does not, and only as many days are looked at as were asked about. The days are those that dateutil finds.
Rules are of days: nothing here knows an hour, a zone or a clock.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import msgspec

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKS: Final = 53  # of the longest year
_NINE_YEARS: Final = (date(2024, 1, 1), date(2032, 12, 31))  # three leap days, and weeks numbered 53
_BYDAY: Final = re.compile(r"([+-]?\d{1,2})?([A-Z]{2})")
_NUMBER: Final = re.compile(r"[+-]?\d{1,3}")
_LISTS: Final = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": _WEEKS, "BYSETPOS": 366}
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
    """Whether any day of nine years fits, whenever it begins: the 30th of February, for one, does not come."""
    any_time = msgspec.structs.replace(rule, step=1, start=_NINE_YEARS[0])
    return next(_days(any_time, *_NINE_YEARS), None) is not None


def days_between(rule: Rule, first: date, last: date) -> tuple[date, ...]:
    """Return the days of the rule from `first` to `last`; for a rule with a count, all days from its start are seen."""
    found = _days(rule, rule.start if rule.count is not None else max(first, rule.start), last)
    counted = (day for place, day in enumerate(found) if rule.count is None or place < rule.count)
    return tuple(day for day in counted if day >= first)


def _days(rule: Rule, first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if _belongs(rule, day):
            yield day
        day += timedelta(days=1)


def _belongs(rule: Rule, day: date) -> bool:
    if (_period(rule, day) - _period(rule, rule.start)) % rule.step or not _fits(rule, day):
        return False
    if not rule.places:
        return True
    begins = day.replace(day=1) if rule.frequency == "MONTHLY" else date(day.year, 1, 1)
    return day in _chosen(rule, begins)


def _period(rule: Rule, day: date) -> int:
    """Return the number of the day, week, month or year that steps are counted in."""
    if rule.frequency == "DAILY":
        return day.toordinal()
    if rule.frequency == "WEEKLY":
        return (day.toordinal() - 1 - rule.week_start) // 7
    return 12 * day.year + day.month if rule.frequency == "MONTHLY" else day.year


@lru_cache(maxsize=64)
def _chosen(rule: Rule, begins: date) -> frozenset[date]:
    """Return the days of a month or year that stand at the places that the rule names."""
    length = _month_length(begins) if rule.frequency == "MONTHLY" else _year_length(begins)
    days = [begins + timedelta(days=each) for each in range(length)]
    inside = [day for day in days if _fits(rule, day)]
    places = (place - 1 if place > 0 else len(inside) + place for place in rule.places)
    return frozenset(inside[place] for place in places if 0 <= place < len(inside))


def _fits(rule: Rule, day: date) -> bool:
    """Whether every list of the rule has this day, whatever its place among others."""
    length, yearly = _month_length(day), day.timetuple().tm_yday
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.month_days or bool({day.day, day.day - length - 1} & rule.month_days))
        and (not rule.year_days or bool({yearly, yearly - _year_length(day) - 1} & rule.year_days))
        and (not rule.weeks or _week_fits(rule, day))
        and (not rule.weekdays or _weekday_fits(rule, day))
    )


def _week_fits(rule: Rule, day: date) -> bool:
    year, week, _ = day.isocalendar()
    weeks = date(year, 12, 28).isocalendar().week
    return bool({week, week - weeks - 1} & rule.weeks)


def _weekday_fits(rule: Rule, day: date) -> bool:
    within_month = rule.frequency == "MONTHLY" or bool(rule.months)
    place = day.day if within_month else day.timetuple().tm_yday
    length = _month_length(day) if within_month else _year_length(day)
    places = {0, (place - 1) // 7 + 1, -((length - place) // 7 + 1)}
    return any((each, day.weekday()) in rule.weekdays for each in places)


def _numbers(text: str, most: int) -> frozenset[int] | None:
    numbers = [int(each) if _NUMBER.fullmatch(each) else 0 for each in text.split(",")]
    return frozenset(numbers) if all(0 < abs(each) <= most for each in numbers) else None


def _weekdays(text: str) -> frozenset[tuple[int, int]] | None:
    matches = [_BYDAY.fullmatch(each) for each in text.split(",")]
    found = {(int(each[1] or 0), each[2]) for each in matches if each is not None}
    if None in matches or any(name not in WEEKDAYS or abs(place) > _WEEKS for place, name in found):
        return None
    return frozenset((place, WEEKDAYS.index(name)) for place, name in found)


def _month_length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _year_length(day: date) -> int:
    return 366 if calendar.isleap(day.year) else 365
