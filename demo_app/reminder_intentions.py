"""What a page may want of reminders: one shape for each intention."""

from typing import Annotated

import msgspec

from demo_app.intention import Id, Intention, Time


class SetReminder(Intention, frozen=True, tag="reminder.set", rename="camel"):
    """Be reminded of a task at that local time, on its day or so many days before."""

    task: Id
    days_before: Annotated[int, msgspec.Meta(ge=0, le=7)]
    time: Time


class RemoveReminder(Intention, frozen=True, tag="reminder.remove"):
    """Be reminded of it no longer."""

    task: Id


class SeenReminders(Intention, frozen=True, tag="reminder.seen"):
    """Let all those rest whose moment is here or has gone by."""


OfReminders = SetReminder | RemoveReminder | SeenReminders
