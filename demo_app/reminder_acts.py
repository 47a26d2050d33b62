"""Intentions about reminders become one call each, or one for each reminder. They are kept on this laptop alone."""

from datetime import datetime, timedelta

from collar_sync.domain.reminders import Ringing
from collar_sync.ids import StatementId
from collar_sync.node import Space
from demo_app.reminder_intentions import OfReminders, RemoveReminder, SeenReminders, SetReminder


async def act(space: Space, intention: OfReminders) -> None:
    """Do what is asked."""
    match intention:
        case SetReminder():
            await space.reminders.set(intention.task, _minutes_before(space, intention))
        case RemoveReminder():
            await space.reminders.remove(intention.task)
        case SeenReminders():
            latest: dict[StatementId, Ringing] = {}
            for each in (*space.reminders.gone_by(), *space.reminders.ringing()):
                if each.task not in latest or each.at > latest[each.task].at:
                    latest[each.task] = each
            for each in latest.values():
                await space.reminders.seen(each)


def _minutes_before(space: Space, intention: SetReminder) -> int:
    """From the time on the clock to how long before the task is due that is; whether that may be is not asked here."""
    due = next((each.due for each in space.tasks.visible() if each.id == intention.task), None)
    if due is None:
        return 0
    at = datetime.fromisoformat(f"{due[:10]}T{intention.time}") - timedelta(days=intention.days_before)
    return (datetime.fromisoformat(due) - at) // timedelta(minutes=1)
