"""What a page may want of a task's words and times: one shape for each intention. It does nothing."""

from typing import Annotated

import msgspec

from collar_sync import limits
from demo_app.intention import Day, Id, Intention, Name, Text, Time

Details = Annotated[str, msgspec.Meta(max_length=limits.DETAILS_CHARACTERS_MAX)]


class Times(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When something is due, local time, and how it repeats, an RRULE; None is not at all."""

    due: Day | None = None
    time: Time | None = None
    repeat: Name | None = None


class AddTask(Intention, frozen=True, tag="task.add"):
    """Promise something, or ask somebody else for it."""

    title: Text
    of: Id
    due: Day | None = None
    time: Time | None = None
    repeat: Name | None = None
    details: Details = ""


class ChangeTask(Intention, frozen=True, tag="task.change"):
    """Have a task say something else: of its title, its times and its details, those that are named."""

    task: Id
    title: Text | None = None
    times: Times | None = None
    details: Details | None = None


class LookAhead(Intention, frozen=True, tag="task.days"):
    """See on which days something of these times would come next."""

    due: Day
    repeat: Name
    time: Time | None = None
