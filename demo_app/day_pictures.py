"""The shapes of what a page shows of the ordinary day: frozen view models, as the page reads them."""

from collections.abc import Mapping, Sequence

from collar_sync.domain.checklist import Occasion
from demo_app.shapes import PersonView, View, WhenView


class CheckInView(View, frozen=True):
    """How somebody arrived; with `not_now` nothing else. `shared` is always so for another's."""

    id: str
    by: PersonView
    when: WhenView
    arriving: Sequence[str]
    need: str
    gratitude: str
    not_now: bool
    shared: bool


class MomentView(View, frozen=True):
    """One small moment."""

    id: str
    by: PersonView
    when: WhenView
    text: str


class UpdateView(View, frozen=True):
    """One open update."""

    id: str
    by: PersonView
    when: WhenView
    changed: str
    feeling: str
    in_place: str


class TodayView(View, frozen=True):
    """This person's latest check-in of the day, those that others shared, and what was said lately, newest first.

    `slips` is who shared a slip-up that this person has not looked at yet.
    """

    mine: CheckInView | None
    theirs: Sequence[CheckInView]
    moments: Sequence[MomentView]
    updates: Sequence[UpdateView]
    slips: Sequence[PersonView]


class SessionView(View, frozen=True):
    """A shared time. Of one that its viewer is not in, no clock is told.

    `until` is when its minutes will be over, in milliseconds, while its clock runs; `left` is what is left of them
    while it stands. So nothing is pushed for a clock that ticks.
    """

    id: str
    kind: str
    minutes: int
    by: PersonView
    when: WhenView
    people: Sequence[PersonView]
    inside: Sequence[PersonView]
    on_break: Sequence[PersonView]
    state: str
    until: int | None
    left: int | None


class FocusView(View, frozen=True):
    """The session this person is in, as it stands or as it ended today; and those that they may join."""

    mine: SessionView | None
    others: Sequence[SessionView]


class TickView(View, frozen=True):
    """One line of a checklist, and who ticked it."""

    text: str
    ticked: Sequence[PersonView]


class RoundView(View, frozen=True):
    """One round of a checklist, and who has not ticked all of it."""

    id: str
    occasion: Occasion
    title: str
    by: PersonView
    when: WhenView
    people: Sequence[PersonView]
    lines: Sequence[TickView]
    state: str
    waits_for: Sequence[PersonView]
    may_tick: bool
    may_stop: bool
    """Whether this person is named in it, and so can stop it, end it or begin it afresh."""


class ChecklistsView(View, frozen=True):
    """The rounds that can be ready or are, the newest first; and those that were stopped today."""

    open: Sequence[RoundView]
    stopped: Sequence[RoundView]


class DayTextsView(View, frozen=True):
    """The library's own words and kinds for these screens, which do not change."""

    arriving: Sequence[str]
    kinds: Sequence[str]
    starters: Mapping[Occasion, Sequence[str]]
