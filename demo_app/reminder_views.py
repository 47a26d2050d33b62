"""Reminders as a page shows them: when one comes and that one is here. Nothing of it says what it is about.

Whoever sits before a locked page learns that there is one only where its person wants notices of the system, which
anybody may see anyway.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from collar_sync.domain.reminders import Ringing
from collar_sync.domain.task import Task
from collar_sync.ids import StatementId
from collar_sync.node import Space
from demo_app.reminder_pictures import RemindersView, ReminderView


def reminders(space: Space, records: Sequence[Space]) -> RemindersView:
    """What this person asked to be reminded of in the space they look at, and where else there is something."""
    own = {name: each for each in space.tasks.visible() if each.for_person == space.me for name in each.names}
    here = () if space.over else space.reminders.ringing()
    return RemindersView(
        kept=list(_kept(space, own)),
        here=sorted({own[each.task].id for each in here if each.task in own}),
        elsewhere=[each.id for each in _within(records) if each.id != space.id and each.reminders.ringing()],
        gone_by=not space.over and bool(space.reminders.gone_by()),
        rang_at=rang_at(space, records),
    )


def rang_at(space: Space, records: Sequence[Space]) -> int | None:
    """When the latest unseen one came, in any space of this laptop; none while the one looked at is paused."""
    if space.pauses.standing():
        return None
    found: list[Ringing] = [ringing for each in _within(records) for ringing in each.reminders.ringing()]
    return max((each.at for each in found), default=None)


def _within(records: Sequence[Space]) -> Iterator[Space]:
    """Those in which this person takes part: in a record that is over or erased, nothing is due."""
    return (each for each in records if not each.over and each.me in each.people())


def _kept(space: Space, own: dict[StatementId, Task]) -> Iterator[ReminderView]:
    for each in space.reminders.all():
        task = own.get(each.task)
        if task is None or task.due is None:
            continue
        due = datetime.fromisoformat(task.due)
        at = due - timedelta(minutes=each.minutes_before)
        yield ReminderView(task=task.id, days_before=(due.date() - at.date()).days, time=f"{at:%H:%M}")
