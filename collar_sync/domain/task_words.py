"""The words of a task: as a caller gives them, held against their bounds, and as they read in a sentence.

Nothing is said or written here, and no state is asked; what is out of bounds is refused with what to do instead.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, get_args

import msgspec

from collar_sync import ids, limits
from collar_sync.core.edits import Scalar
from collar_sync.core.letters import is_blank, on_one_line
from collar_sync.domain import schedule
from collar_sync.domain.task import never
from collar_sync.domain.task_book import Kind
from collar_sync.errors import InvalidInput

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WEEK_DAYS: Final = 7
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def title_text(title: str) -> str:
    """Return a title on one line; raises `InvalidInput` where it is empty or too long."""
    title = on_one_line(title)
    if is_blank(title):
        raise InvalidInput("Write what this is about: the title is empty.")
    if len(title) > limits.TITLE_CHARACTERS_MAX:
        raise InvalidInput(
            f"The title is too long: {limits.TITLE_CHARACTERS_MAX} characters at most. Put the rest into the details."
        )
    return title


def details_text(details: str) -> str:
    """Return these details; raises `InvalidInput` where they are too long."""
    if len(details) > limits.DETAILS_CHARACTERS_MAX:
        raise InvalidInput(
            f"The details are too long: {limits.DETAILS_CHARACTERS_MAX} characters at most. Say it shorter."
        )
    return details


def kind_text(kind: str) -> str:
    """Return a kind of task; raises `InvalidInput` where there is no such kind."""
    if kind not in get_args(Kind):
        raise InvalidInput(f"Choose one of these kinds: {', '.join(get_args(Kind))}.")
    return kind


def serving(serves: str | None) -> dict[str, str]:
    """Return what a task serves as the body of an ask says it; raises `InvalidInput` for what is no id."""
    if serves is None:
        return {}
    if not ids.is_id(serves, "statement"):
        raise InvalidInput("Choose a repair or an agreement that this serves, or none.")
    return {"serves": serves}


class When(msgspec.Struct, frozen=True):
    """When something is due and how it repeats, as a caller gives it, all three anew; None is not at all."""

    due: str | datetime | None = None
    repeat: str | None = None
    zone: str | None = None


def times(due: str | datetime | None, repeat: str | None, zone: str | None) -> dict[str, Scalar]:
    """Return the fields `due`, `zone` and `repeat` of a task's record; raises `InvalidInput` for what is no time."""
    text, where = (None, None) if due is None else schedule.due_text(due)
    if zone is not None and where is not None and zone != where:
        raise InvalidInput("The due time names one time zone and the task another. Give only one of them.")
    where = zone if zone is not None else where
    return {
        "due": text,
        "zone": None if where is None else schedule.zone_text(where),
        "repeat": None if repeat is None else schedule.repeat_text(repeat),
    }


def here(when: dict[str, Scalar], zone: str) -> dict[str, Scalar]:
    """Return these times in a person's own zone, where there is a time or a recurrence and no zone is named."""
    timed = when["due"] is not None or when["repeat"] is not None
    return {**when, "zone": zone} if timed and when["zone"] is None else when


def some_day(when: dict[str, Scalar], asked_at: int) -> dict[str, Scalar]:
    """Return these words; raises `InvalidInput` where they tell of a recurrence that never comes about."""
    due, zone, repeat = (None if when[name] is None else str(when[name]) for name in ("due", "zone", "repeat"))
    why = None if repeat is None else never(repeat, due, zone, asked_at)
    if why is not None:
        raise InvalidInput(why)
    return when


def times_read(words: Mapping[str, Scalar], *, zoned: bool = False) -> str:
    """Return the times among these words as a part of a sentence, and with `zoned` the zone in which they are."""
    due, zone, repeat = words.get("due"), words.get("zone"), words.get("repeat")
    moment = schedule.wall_time(due) if isinstance(due, str) else None
    parts = [] if moment is None else [f"{day_read(moment.date())}, {moment:%H:%M}"]
    parts += [_repeating(repeat)] if isinstance(repeat, str) else []
    if not parts:
        return "no time"
    return ", ".join([*parts, f"in {zone}"] if zoned and isinstance(zone, str) else parts)


def _repeating(rule: str) -> str:
    found = schedule.simple(rule)
    if found is None:
        return f"repeating as {on_one_line(rule)}"
    weeks = bool(found.weekdays) or found.step % _WEEK_DAYS == 0
    step = found.step // _WEEK_DAYS if weeks and not found.weekdays else found.step
    name = "week" if weeks else "day"
    parts = [f"every {name}" if step == 1 else f"every {step} {name}s"]
    if found.weekdays:
        parts[0] += " on " + ", ".join(_DAYS[each] for each in found.weekdays)
    parts += [] if found.count is None else ["once" if found.count == 1 else f"{found.count} times"]
    parts += [] if found.until is None else [f"until {day_read(found.until)}"]
    return ", ".join(parts)


def day_read(day: date) -> str:
    """Return a day as a part of a sentence."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
