"""The shapes of what a page shows of live sharing, presence, habits and follow-through."""

from collections.abc import Mapping, Sequence
from typing import Literal

from collar_sync.domain.occurrences import Standing
from collar_sync.domain.sharing import What
from demo_app.shapes import PersonView, View


class ValueView(View, frozen=True):
    """What this person shares now; all but the words is known on the laptop that shares it."""

    what: What
    text: str
    to: Sequence[PersonView]
    since: int | None
    until: int | None
    here: bool
    """Whether this is that laptop."""


class CoveredView(View, frozen=True):
    """What this person may share now, with whom, and until when a consent of all of them lets it."""

    what: What
    to: Sequence[PersonView]
    until: int


class LiveView(View, frozen=True):
    """What another shares now. Of what is not there, no reason is known."""

    what: What
    text: str


class TheirsView(View, frozen=True):
    """What another tells just now, and whether they may see when this person says that they are here, until then."""

    person: PersonView
    values: Sequence[LiveView]
    here: bool
    presence_until: int | None


class ShownView(View, frozen=True):
    """What is shown of this person by what they agreed to, with nothing typed: own entries, or their follow-through.

    `habit` is empty for follow-through; `id` and `noun` are those of what they agreed to.
    """

    id: str
    noun: Literal["consent", "agreement"]
    habit: str
    to: Sequence[PersonView]
    until: int


class SharingView(View, frozen=True):
    """Everything that flows, in either direction."""

    mine: Sequence[ValueView]
    covered: Sequence[CoveredView]
    theirs: Sequence[TheirsView]
    here_to: Sequence[PersonView]
    """Whom this laptop tells just now that its person is here."""
    shown: Sequence[ShownView]


class FlowTextsView(View, frozen=True):
    """The library's own words for what is offered: each line of live sharing, follow-through, and how to pause."""

    lines: Mapping[What, str]
    follow_through: str
    how_to_pause: str


class MarksView(View, frozen=True):
    """One day of a calendar strip."""

    day: str
    marks: Sequence[Standing | Literal["written"]]


class EntryView(View, frozen=True):
    """One entry; of another's, `id` is empty."""

    id: str
    day: str
    habit: str
    note: str


class EntriesView(View, frozen=True):
    """What one person shows of a habit in the last weeks: as a picture, and each entry, the newest day first."""

    person: PersonView
    days: Sequence[MarksView]
    entries: Sequence[EntryView]


class HabitView(View, frozen=True):
    """A habit that can be written about now, by its agreement; one's own entries first, then those of the others."""

    id: str
    habit: str
    purpose: str
    until: int | None
    sides: Sequence[EntriesView]


class HabitsView(View, frozen=True):
    """All habits that hold now."""

    today: str
    habits: Sequence[HabitView]


class EarlierView(View, frozen=True):
    """Own entries from before the pictures, and about what holds no more; the newest day first."""

    entries: Sequence[EntryView]


class WeekView(View, frozen=True):
    """One week of a plot, from its Monday."""

    monday: str
    done: int
    due: int


class FollowedView(View, frozen=True):
    """One person's follow-through."""

    person: PersonView
    days: Sequence[MarksView]
    weeks: Sequence[WeekView]


class ProgressView(View, frozen=True):
    """One's own follow-through, and that of those who let this person see it."""

    followed: Sequence[FollowedView]
    shown: Sequence[ShownView]
