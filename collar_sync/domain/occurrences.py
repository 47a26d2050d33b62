"""The single times at which a task is to be done, and how each of them stands: for a calendar, and for reminders.

A missed occurrence is a gentle fact: nothing follows from it. What lies in a pause is neither due nor missed, and
nothing is ever due that nobody agreed to. Everything is worked out from a task and a `now`; nothing is kept.
"""

import enum
from collections.abc import Iterator
from datetime import date, datetime

import msgspec

from collar_sync.domain import schedule
from collar_sync.domain.task import Task, TaskState
from collar_sync.errors import InvalidInput
from collar_sync.limits import CALENDAR_DAYS_MAX


class Standing(enum.StrEnum):
    """How one occurrence stands, for showing."""

    AHEAD = "ahead"  # its day is still to come
    DUE = "due"  # its day is here
    DONE = "done"
    MISSED = "missed"  # its day is over: a gentle fact
    RESTING = "resting"  # a pause covers or covered it: neither due nor missed


class Occurrence(msgspec.Struct, frozen=True):
    """One time of a task: its local day, the moment it is due where a time is named, and how it stands."""

    day: str
    due_at: int | None
    standing: Standing


def one_calendar(first: date, last: date) -> None:
    """Raise `InvalidInput` for a stretch of more than `CALENDAR_DAYS_MAX` days."""
    if (last - first).days > CALENDAR_DAYS_MAX:
        raise InvalidInput("That is too long for one calendar. Choose a year at most.")


def occurrences(task: Task, first: date, last: date, now: int, zone: str = "UTC") -> tuple[Occurrence, ...]:
    """Every occurrence from `first` to `last`, in order; `zone` is the reader's, for a task that names none.

    None before the day since which the assignee's yes has been to these times, but for every day that was done,
    whatever its times are now; none of what was declined. Raises `InvalidInput` for a stretch of more than
    `CALENDAR_DAYS_MAX` days.
    """
    one_calendar(first, last)
    return tuple(_occurrence(task, day, now, zone) for day in _days(task, first, last, zone))


def _days(task: Task, first: date, last: date, zone: str) -> Iterator[date]:
    if task.state is TaskState.DECLINED:
        return
    agreed = task.agreed_since(zone)
    done = {schedule.day_of(each.occurrence) for each in task.dones if each.occurrence is not None}
    days = {day for day in done if day is not None and first <= day <= last}
    if task.repeat is None:
        due = None if task.due is None else schedule.wall_time(task.due)
        only = None if due is None else due.date()
        whole = task.state is TaskState.DONE or (only is not None and agreed is not None and agreed <= only)
        if only is not None and first <= only <= last and whole:
            days.add(only)
    elif agreed is not None:
        recurs = schedule.days_between(task.repeat, task.start(zone), task.where(zone), first, last)
        days |= {day for day in recurs if day >= agreed}
    yield from sorted(days)


def _occurrence(task: Task, day: date, now: int, zone: str) -> Occurrence:
    where = task.where(zone)
    due = None if task.due is None else schedule.wall_time(task.due)
    due_at = None if due is None else schedule.instant(datetime.combine(day, due.time()), where)
    today = schedule.local(now, where).date()
    if task.done_on(day.isoformat()) or task.state is TaskState.DONE:
        standing = Standing.DONE
    elif day > today:
        standing = Standing.AHEAD
    elif task.rests_on(day, zone, now) or (day == today and task.space_paused):
        standing = Standing.RESTING
    else:
        standing = Standing.DUE if day == today else Standing.MISSED
    return Occurrence(day=day.isoformat(), due_at=due_at, standing=standing)
