"""A task's words and times, as the page wants them: asked, promised, changed; and on which days it would come."""

from datetime import timedelta
from typing import Final

from collar_sync.domain import schedule
from collar_sync.domain.tasks import When
from collar_sync.errors import InvalidInput
from collar_sync.ids import PersonId
from collar_sync.node import Space
from demo_app.shapes import View
from demo_app.task_intentions import AddTask, ChangeTask, LookAhead, Times

AHEAD: Final = 3  # days shown before anybody is asked
DAY_ENDS: Final = "23:59"  # a day and no time of it: to its end


class DaysView(View, frozen=True):
    """The next days of what repeats; fewer where it ends before."""

    days: tuple[str, ...]


async def add(space: Space, wish: AddTask) -> None:
    """Promise it, or ask the other for it."""
    due = _due(wish.due, wish.time)
    if wish.of == space.me:
        await space.tasks.promise(wish.title, wish.details, due=due, repeat=wish.repeat)
    else:
        await space.tasks.ask(wish.title, PersonId(wish.of), wish.details, due=due, repeat=wish.repeat)


async def change(space: Space, wish: ChangeTask) -> None:
    """Change what is named and no more: each is for the library to allow, and for whoever it is for to say yes to."""
    when = None if wish.times is None else _when(space, wish.task, wish.times)
    await space.tasks.reword(wish.task, title=wish.title, when=when, details=wish.details)


def _when(space: Space, task: str, times: Times) -> When:
    due = _due(times.due, times.time)
    if due is None and times.repeat is None:
        return When()
    found = space.tasks.get(task)
    zone = found.zone or (space.zone() if found.for_person == space.me else None)  # whose day it is stays
    return When(due, times.repeat, zone)


def ahead(wish: LookAhead, now: int, zone: str) -> DaysView:
    """Return the next days of these times, from today; raises `InvalidInput` where they never come."""
    start = schedule.wall_time(f"{wish.due}T{wish.time or DAY_ENDS}")
    if start is None:
        raise InvalidInput("That day is in no calendar. Choose another.")
    rule, where = schedule.repeat_text(wish.repeat), schedule.zone(zone) or schedule.UTC_ZONE
    why = schedule.never(rule, start, where)
    if why is not None:
        raise InvalidInput(why)
    found: list[str] = []
    day = schedule.next_on(rule, start, where, max(start.date(), schedule.local(now, where).date()))
    while day is not None and len(found) < AHEAD:
        found.append(day.isoformat())
        day = schedule.next_on(rule, start, where, day + timedelta(days=1))
    return DaysView(days=tuple(found))


def _due(day: str | None, time: str | None) -> str | None:
    return f"{day}T{time or DAY_ENDS}" if day else None
