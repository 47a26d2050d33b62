"""Reminders: set by the one a task is for, on this device, for themself alone.

Part of the Task rule. A reminder is a private record: nobody else learns that there is one. What it shows is content-
free, since a screen is seen by others. While any pause stands nothing rings, and nothing rings afterwards for what a
pause covered. What nobody was there to hear is not made up for: that there was something is said once, and that is all.
It must not know how a reminder is shown.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

import msgspec

from collar_sync.core.edits import Scalar, SetFields
from collar_sync.domain import schedule
from collar_sync.domain.aside import names
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.occurrences import Occurrence, Standing, occurrences
from collar_sync.domain.task import Task
from collar_sync.domain.tasks import Tasks
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import StatementId
from collar_sync.limits import REMINDER_MINUTES_MAX

RECORD: Final = "reminder"
TEXT: Final = "There is something you wanted to remember."
GONE_BY_DAYS: Final = 7  # how long it is told of what nobody heard; later it is only old

_MINUTE: Final = 60_000
_YESTERDAY: Final = timedelta(days=-1)
_AHEAD: Final = timedelta(days=1 + REMINDER_MINUTES_MAX // (24 * 60))


class Reminder(msgspec.Struct, frozen=True):
    """That a task is to be remembered so many minutes before each time it is due."""

    task: StatementId
    minutes_before: int


class Ringing(msgspec.Struct, frozen=True):
    """A reminder whose moment is here, and for which day; what to show is `TEXT`, never the task."""

    task: StatementId
    day: str
    at: int


@careful
class Reminders:
    """The reminders that the person of this device set on this device."""

    def __init__(self, ledger: Ledger, tasks: Tasks) -> None:
        self._ledger = ledger
        self._tasks = tasks

    def all(self) -> tuple[Reminder, ...]:
        """Every reminder that is set, by task.

        Rule (Task): set by the assignee and kept on this device; nobody else learns of any.
        """
        return tuple(reminder for reminder, _ in self._kept())

    async def set(self, task: str, minutes_before: int = 0) -> Reminder:
        """Be reminded so many minutes before each time the task is due; raises `InvalidInput`, `NotAllowed`.

        Rule (Task): only the assignee sets a reminder, for themself; it is local, and what it shows is content-free.
        """
        found = self._tasks.get(task).read_by(self._ledger.me, names(self._ledger))
        if found.for_person != self._ledger.me:
            raise NotAllowed("Only the person a task is for sets reminders of it, for themself.")
        if found.due is None:
            raise InvalidInput("Give this a time first, so that there is something to be reminded before.")
        if not 0 <= minutes_before <= REMINDER_MINUTES_MAX:
            raise InvalidInput("A reminder comes at the time itself, or up to a week before.")
        due = schedule.wall_time(found.due)
        if due is not None and found.repeat is None:  # or it would never be heard, and nothing would say so
            at = schedule.instant(due, found.where(self._ledger.zone())) - minutes_before * _MINUTE
            if at <= self._ledger.now():
                raise InvalidInput("That moment has gone by. Choose one that is still to come.")
        await self._write(found.id, {"minutes_before": minutes_before, "seen": self._ledger.now()})
        return Reminder(task=found.id, minutes_before=minutes_before)

    async def remove(self, task: str) -> None:
        """Be reminded of this task no longer; nothing happens where there is no reminder.

        Rule (Task): the assignee's own affair, on this device alone; nobody is told.
        """
        same = next((each.names for each in self._tasks.all() if task in each.names), (StatementId(task),))
        for each in self.all():
            if each.task in same:
                await self._write(each.task, {"minutes_before": None})

    async def seen(self, ringing: Ringing) -> None:
        """Let this one rest; the next time the task is due rings again.

        Rule (Task): that it was seen stays on this device; it says nothing about the task.
        """
        await self._write(ringing.task, {"seen": ringing.at})

    def ringing(self) -> tuple[Ringing, ...]:
        """Those whose moment is here and that were not seen yet; none while any pause stands.

        Rule (Task): silent while any pause stands, and afterwards for what a pause covered.
        """
        now = self._ledger.now()
        return tuple(each for each, occurrence in self._times() if each.at <= now and _rings(occurrence))

    def gone_by(self) -> tuple[Ringing, ...]:
        """Those of the last days that nobody saw and whose day is over, as where the device was off: for one line.

        Rule (Task): a missed occurrence is a gentle fact; silent while any pause stands, and for what one covered.
        """
        times = self._times(timedelta(days=-GONE_BY_DAYS), timedelta())
        return tuple(each for each, occurrence in times if occurrence.standing is Standing.MISSED)

    def next_at(self) -> int | None:
        """When the next one rings, in milliseconds, for whoever keeps the clock; None where none is near.

        Rule (Task): no reminder is due in Pause, so nothing is to be waited for.
        """
        now = self._ledger.now()
        return min(
            (each.at for each, occurrence in self._times() if each.at > now and _rings(occurrence)), default=None
        )

    def _times(self, since: timedelta = _YESTERDAY, until: timedelta = _AHEAD) -> Iterator[tuple[Ringing, Occurrence]]:
        """Every reminder of the days around now that was not seen yet, with the occurrence it belongs to."""
        now, zone = self._ledger.now(), self._ledger.zone()
        kept = tuple(self._kept())
        tasks: Mapping[str, Task] = (
            {name: each for each in self._tasks.as_read() for name in each.names} if kept else {}
        )
        for reminder, seen in kept:
            task = tasks.get(reminder.task)
            if task is None or task.for_person != self._ledger.me or task.space_paused:
                continue
            today = schedule.local(now, task.where(zone)).date()
            for each in occurrences(task, today + since, today + until, now, zone):
                at = None if each.due_at is None else each.due_at - reminder.minutes_before * _MINUTE
                if at is not None and at > seen:
                    yield Ringing(task=reminder.task, day=each.day, at=at), each

    def _kept(self) -> Iterator[tuple[Reminder, int]]:
        for task, fields in sorted(self._ledger.private_records(RECORD).items()):
            minutes, seen = fields.get("minutes_before"), fields.get("seen")
            if isinstance(minutes, int) and 0 <= minutes <= REMINDER_MINUTES_MAX:
                yield Reminder(StatementId(task), minutes), seen if isinstance(seen, int) else 0

    async def _write(self, task: str, fields: Mapping[str, Scalar]) -> None:
        await self._ledger.write_private(SetFields(RECORD, task, fields))


def _rings(occurrence: Occurrence) -> bool:
    return occurrence.standing in {Standing.DUE, Standing.AHEAD}
