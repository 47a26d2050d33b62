"""The shapes of what a page shows of reminders: frozen view models. None holds a word of what it is about."""

from collections.abc import Sequence

from demo_app.shapes import View


class ReminderView(View, frozen=True):
    """That a task is to be remembered at that local time of its day, or of one so many days before."""

    task: str
    days_before: int
    time: str


class RemindersView(View, frozen=True):
    """What this person asked to be reminded of, on this laptop."""

    kept: Sequence[ReminderView]
    here: Sequence[str]
    """The tasks of this space whose moment is here, and was not seen yet."""
    elsewhere: Sequence[str]
    """Other spaces on this laptop in which there is one."""
    gone_by: bool
    """Whether there was one here that nobody saw, and its day is over."""
    rang_at: int | None
    """When the latest of them came, in milliseconds."""
