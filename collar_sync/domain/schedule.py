"""When a task is due: local wall time in a named zone, and how it repeats.

Text in, dates out; whatever is not of the form gives None, since most of it comes from records that others edit. A
repeat is an RRULE (RFC 5545) of days, checked by dateutil and kept as it is. For the simple rules (every so many days,
or on some days of every so many weeks) the days are found in closed form; for all others one year after another is
worked out, over a bounded stretch, so that no rule can keep a device busy. The days agree with dateutil's. Knows no
task, no person and no clock.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from dateutil.rrule import rrulestr

from collar_sync import limits
from collar_sync.domain import recurrence
from collar_sync.errors import InvalidInput

_WALL: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_PART: Final = re.compile(r"([A-Z]+)=([A-Z0-9,+-]+)")
_FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
UTC_ZONE: Final = ZoneInfo("UTC")
_YEARS: Final = range(1970, 2200)  # what an agenda of living people needs, and far from where dates overflow
_LOOK_BACK: Final = timedelta(days=366 * 20)  # a rule with a count is looked through from its start
_LOOK_AHEAD: Final = (timedelta(days=400), timedelta(days=366 * 9))  # a leap day can be eight years away
_BROKEN: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)  # dateutil's, for a rule
_STEPS_MAX: Final = 1_000
_COUNT_MAX: Final = 100_000
_NO_RULE: Final = (
    "This recurrence cannot be kept: its form is not known, or no day fits it, such as 30 February. Write a rule such "
    "as FREQ=DAILY;COUNT=14 or FREQ=WEEKLY;BYDAY=MO."
)
_NO_DAY: Final = "From its first day on, no day fits this recurrence. Choose other days, or another day to begin."
_OVER_BEFORE: Final = "This recurrence ends before its first day. Set a later end, or let it begin earlier."


class Repeat(msgspec.Struct, frozen=True):
    """A simple rule: on the `weekdays` (0 is Monday) of each `step`-th week, or without them each `step`-th day."""

    step: int
    weekdays: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None


@lru_cache(maxsize=4096)
def wall_time(text: str) -> datetime | None:
    """Return the naive time of "2026-05-01T18:00", or None."""
    if not _WALL.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.year in _YEARS else None


@lru_cache(maxsize=4096)
def day_of(occurrence: str) -> date | None:
    """Return the day of an occurrence, written as a day "2026-05-01" or as a wall time, or None."""
    if _DAY.fullmatch(occurrence):
        occurrence += "T00:00"
    moment = wall_time(occurrence)
    return None if moment is None else moment.date()


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """Return the IANA zone of that name, or None.

    It is the one of tzdata and never the system's: what is due, and whether it counts, is to be the same on all
    devices, and a system may know names of its own ("localtime") or rules of another year.
    """
    if name not in _zones():
        return None
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("ascii").split())


def instant(due: datetime, where: ZoneInfo) -> int:
    """Milliseconds since the epoch of that wall time there; where clocks go back it is the first of the two."""
    return round(due.replace(tzinfo=where).timestamp() * 1000)


def local(now: int, where: ZoneInfo) -> datetime:
    """Return the naive wall time there at `now`, milliseconds since the epoch; what is beyond 2199 is read as that."""
    moment = datetime.fromtimestamp(min(now, limits.MOMENT_MILLISECONDS_MAX) / 1000, UTC)
    return moment.astimezone(where).replace(tzinfo=None)


@lru_cache(maxsize=4096)
def repeats(rule: str) -> bool:
    """Whether this text is a recurrence that can be kept: of a known form, and on days that there are."""
    parts = _parts(rule)
    if parts is None:
        return False
    start = datetime(2026, 1, 1, tzinfo=UTC if parts.get("UNTIL", "").endswith("Z") else None)
    try:
        rrulestr(rule, dtstart=start)
    except _BROKEN:
        return False
    found = recurrence.parse(parts, start.date())
    return found is not None and recurrence.comes_about(found)


@lru_cache(maxsize=1024)
def simple(rule: str) -> Repeat | None:
    """Return the rule where it is one of the simple ones, else None."""
    parts = _parts(rule) if repeats(rule) else None
    if parts is None or not parts.keys() <= {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}:
        return None
    weekly = parts["FREQ"] == "WEEKLY"
    days = parts.get("BYDAY")
    until = parts.get("UNTIL")
    known = (
        parts["FREQ"] in {"DAILY", "WEEKLY"}
        and (days is None or (weekly and all(day in recurrence.WEEKDAYS for day in days.split(","))))
        and parts.get("WKST", "MO") == "MO"
        and (until is None or re.fullmatch(r"\d{8}", until) is not None)
    )
    if not known:
        return None
    step = int(parts.get("INTERVAL", "1"))
    return Repeat(
        step=step if days is not None or not weekly else 7 * step,
        weekdays=() if days is None else tuple(sorted({recurrence.WEEKDAYS.index(day) for day in days.split(",")})),
        count=int(parts["COUNT"]) if "COUNT" in parts else None,
        until=None if until is None else datetime.strptime(until, "%Y%m%d").replace(tzinfo=UTC).date(),
    )


def next_day(repeat: Repeat, start: date, earliest: date) -> date | None:
    """Return the first day from `earliest` on which what began on `start` recurs, or None."""
    day = max(start, earliest)
    if repeat.weekdays:
        day = _next_weekday(repeat, start, day)
    else:
        day += timedelta(days=-(day - start).days % repeat.step)
    over = (repeat.until is not None and day > repeat.until) or (
        repeat.count is not None and _index(repeat, start, day) >= repeat.count
    )
    return None if over or day.year not in _YEARS else day


@lru_cache(maxsize=4096)
def days_between(rule: str, start: datetime, where: ZoneInfo, first: date, last: date) -> tuple[date, ...]:
    """Return the days from `first` to `last` on which what began at that wall time recurs; none for no rule."""
    repeat = simple(rule)
    if repeat is None:
        return _looked_up(rule, start, where, first, last) if repeats(rule) else ()
    found: list[date] = []
    day = next_day(repeat, start.date(), first)
    while day is not None and day <= last:
        found.append(day)
        day = next_day(repeat, start.date(), day + timedelta(days=1))
    return tuple(found)


def next_on(rule: str, start: datetime, where: ZoneInfo, earliest: date) -> date | None:
    """Return the first day from `earliest` on which what began at that wall time recurs, or None."""
    repeat = simple(rule)
    if repeat is not None:
        return next_day(repeat, start.date(), earliest)
    for stretch in _LOOK_AHEAD:
        found = days_between(rule, start, where, earliest, min(earliest + stretch, date(_YEARS[-1], 12, 31)))
        if found:
            return found[0]
    return None


@lru_cache(maxsize=4096)
def never(rule: str, start: datetime, where: ZoneInfo) -> str | None:
    """Return why what begins at that wall time would never recur, in words, or None where it does.

    Never is not within nine years, which is as far as any rule but the simple ones is looked through.
    """
    if not repeats(rule):
        return _NO_RULE
    if next_on(rule, start, where, start.date()) is not None:
        return None
    endless = ";".join(part for part in rule.split(";") if not part.startswith("UNTIL="))
    return _NO_DAY if next_on(endless, start, where, start.date()) is None else _OVER_BEFORE


def _looked_up(rule: str, start: datetime, where: ZoneInfo, first: date, last: date) -> tuple[date, ...]:
    """Look through these years; a rule that began too long ago to be looked through has none."""
    parts = _parts(rule) or {}
    found = recurrence.parse(parts, start.date())
    if found is None or first - start.date() > _LOOK_BACK:
        return ()
    days = recurrence.days_between(found, first, last)
    if "UNTIL" not in parts:
        return days
    end = _until(parts["UNTIL"], where)
    return tuple(day for day in days if datetime.combine(day, start.time()) <= end)


def _until(text: str, where: ZoneInfo) -> datetime:
    """Return the wall time there at which a rule ends: a day to its end, a moment in UTC where it says so."""
    if "T" not in text:
        return datetime.combine(datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date(), datetime.max.time())
    moment = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return (moment.astimezone(where) if text.endswith("Z") else moment).replace(tzinfo=None)


def due_text(value: str | datetime) -> tuple[str, str | None]:
    """Return a due time as kept: wall time, and the zone where an aware datetime names one; raises `InvalidInput`."""
    where: str | None = None
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            where = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else "UTC"
            value = value if isinstance(value.tzinfo, ZoneInfo) else value.astimezone(UTC)
        value = value.strftime("%Y-%m-%dT%H:%M")
    if wall_time(value) is None:
        raise InvalidInput("Write when it is due as a local time such as 2026-05-01T18:00.")
    return value, where


def zone_text(name: str) -> str:
    """Return the zone's name as kept; raises `InvalidInput`."""
    if zone(name) is None:
        raise InvalidInput("That time zone is not known. Choose one such as Europe/Berlin.")
    return name


def repeat_text(rule: str) -> str:
    """Return the rule as kept; raises `InvalidInput`."""
    rule = rule.strip().removeprefix("RRULE:")
    if not repeats(rule):
        raise InvalidInput(_NO_RULE)
    return rule


def occurrence_text(value: str) -> str:
    """Return the occurrence as kept; raises `InvalidInput`."""
    if day_of(value) is None:
        raise InvalidInput("Name the occurrence by its day, such as 2026-05-01.")
    return value


def _parts(rule: str) -> dict[str, str] | None:
    """Return the parts of a rule within bounds, or None."""
    if len(rule) > limits.REPEAT_CHARACTERS_MAX:
        return None
    parts: dict[str, str] = {}
    for text in rule.split(";"):
        match = _PART.fullmatch(text)
        if match is None or match[1] in parts:
            return None
        parts[match[1]] = match[2]
    bounds = (("INTERVAL", _STEPS_MAX), ("COUNT", _COUNT_MAX))
    if parts.get("FREQ") not in _FREQUENCIES or ("COUNT" in parts and "UNTIL" in parts):
        return None
    for name, most in bounds:
        number = parts.get(name, "1")
        if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= most:
            return None
    return parts


def _next_weekday(repeat: Repeat, start: date, day: date) -> date:
    first_monday = start - timedelta(days=start.weekday())
    week = (day - first_monday).days // 7
    if week % repeat.step == 0:
        for weekday in repeat.weekdays:
            if weekday >= day.weekday():
                return day + timedelta(days=weekday - day.weekday())
    following = (week // repeat.step + 1) * repeat.step
    return first_monday + timedelta(weeks=following, days=repeat.weekdays[0])


def _index(repeat: Repeat, start: date, day: date) -> int:
    """How many occurrences come before `day`, itself one."""
    if not repeat.weekdays:
        return (day - start).days // repeat.step
    first_monday = start - timedelta(days=start.weekday())
    rounds = (day - first_monday).days // 7 // repeat.step
    before_start = sum(weekday < start.weekday() for weekday in repeat.weekdays)
    before_day = sum(weekday < day.weekday() for weekday in repeat.weekdays)
    return rounds * len(repeat.weekdays) + before_day - before_start
