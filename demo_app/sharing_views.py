"""Live sharing, presence, habits and follow-through as a page shows them, for as long as they may be shown.

To whoever reads it, paused, over, withdrawn and offline are the same nothing; nothing here says which.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from collar_sync.domain import progress, schedule
from collar_sync.domain.agreements import Agreement
from collar_sync.domain.consent import Consent
from collar_sync.domain.progress import FOLLOW_THROUGH, Day
from collar_sync.domain.sharing import LINES
from collar_sync.domain.terms import HOW_TO_PAUSE
from collar_sync.domain.tracking import Entry, Shown
from collar_sync.ids import PersonId
from collar_sync.node import Space
from demo_app.folk import Folk
from demo_app.shapes import PersonView
from demo_app.sharing_intentions import LookAtEntries, LookAtFlowTexts, LookAtProgress, OfLookingAtWhatFlows
from demo_app.sharing_pictures import (
    CoveredView,
    EarlierView,
    EntriesView,
    EntryView,
    FlowTextsView,
    FollowedView,
    HabitsView,
    HabitView,
    LiveView,
    MarksView,
    ProgressView,
    SharingView,
    ShownView,
    TheirsView,
    ValueView,
    WeekView,
)

STRIP_WEEKS: Final = 5  # of a strip: about a month, and as wide as a phone
PLOT_WEEKS: Final = 12
EARLIER_MAX: Final = 200  # entries that are read at once


TEXTS_OF_FLOW: Final = FlowTextsView(lines=LINES, follow_through=FOLLOW_THROUGH, how_to_pause=HOW_TO_PAUSE)


def look(space: Space, intention: OfLookingAtWhatFlows) -> FlowTextsView | EarlierView | ProgressView:
    """What is read when a page asks for it."""
    match intention:
        case LookAtFlowTexts():
            return TEXTS_OF_FLOW
        case LookAtEntries():
            return earlier(space, space.now())
        case LookAtProgress():
            return follow_through(space, Folk(space), space.now())


def sharing(space: Space, folk: Folk, habits_: HabitsView, now: int) -> SharingView:
    """What flows now, and what could."""
    if space.over:
        return SharingView(mine=(), covered=(), theirs=(), here_to=(), shown=())
    presence = {each.to: each.until for each in space.presence.mine()}
    around = space.presence.here()
    return SharingView(
        mine=[
            ValueView(
                what=each.what,
                text=each.text,
                to=_views(folk, each.to),
                since=each.since,
                until=each.until,
                here=bool(each.to),
            )
            for each in space.sharing.mine()
        ],
        covered=[
            CoveredView(what=what, to=_views(folk, ends), until=max(ends.values()))
            for what, ends in space.sharing.hearers().items()
        ],
        theirs=[
            TheirsView(
                person=other,
                values=[LiveView(what=each.what, text=each.text) for each in space.sharing.of(other.id)],
                here=other.id in around,
                presence_until=presence.get(other.id),
            )
            for other in folk.others()
        ],
        here_to=_views(folk, space.presence.told()),
        shown=[*_entries_shown(habits_), *_progress_shown(space, folk, now)],
    )


def _views(folk: Folk, people: Iterable[PersonId]) -> list[PersonView]:
    return sorted((folk.view(each) for each in people), key=lambda each: (each.name, each.id))


def _entries_shown(habits_: HabitsView) -> list[ShownView]:
    return [
        ShownView(
            id=each.id,
            noun="agreement",
            habit=each.habit,
            to=[side.person for side in each.sides if not side.person.mine],
            until=each.until,
        )
        for each in habits_.habits
        if each.until is not None and each.sides[0].entries
    ]


def _progress_shown(space: Space, folk: Folk, now: int) -> list[ShownView]:
    given: Sequence[Consent] = (*space.consents.flowing(), *space.agreements.flowing())
    return [
        ShownView(
            id=each.id,
            noun="agreement" if isinstance(each, Agreement) else "consent",
            habit="",
            to=_views(folk, to),
            until=each.holds.until,
        )
        for each in given
        if each.holds.until is not None
        and (to := [other.id for other in folk.others() if progress.may_see([each], other.id, folk.me, now)])
    ]


# --- habits ---


def habits(space: Space, folk: Folk, now: int) -> HabitsView:
    """Every habit that holds now, with what each shows of it."""
    today = _today(space, now)
    holding = () if space.over else space.tracking.habits()
    found: list[HabitView] = []
    if holding:
        ours = _Ours(space)
        for agreement, habit in holding:
            others = [other for other in folk.others() if other.id in agreement.holds.whose]
            mine = [_entry(each) for each in ours.about(agreement, habit)]
            theirs = [[_shown(each) for each in ours.shown(agreement, habit, other.id)] for other in others]
            found.append(
                HabitView(
                    id=agreement.id,
                    habit=habit,
                    purpose=agreement.need,
                    until=agreement.holds.until,
                    sides=[
                        _side(person, entries, today)
                        for person, entries in zip([folk.view(folk.me), *others], [mine, *theirs], strict=True)
                    ],
                )
            )
    return HabitsView(today=today.isoformat(), habits=found)


def earlier(space: Space, now: int) -> EarlierView:
    """Own entries that stand beside no habit now, as many as are read at once."""
    first = _days(_today(space, now))[0]
    ours = _Ours(space)
    beside = {
        each.id
        for agreement, habit in (() if space.over else space.tracking.habits())
        for each in ours.about(agreement, habit)
        if each.day >= first
    }
    return EarlierView(entries=[_entry(each) for each in ours.mine[::-1] if each.id not in beside][:EARLIER_MAX])


class _Ours:
    """Own entries, and those that are shown, by the agreement that they are about in whatever version."""

    def __init__(self, space: Space) -> None:
        self.mine = space.tracking.mine()
        self._space = space
        self._lineages = {each.id: each.lineage for each in space.agreements.flowing()}

    def about(self, agreement: Agreement, habit: str) -> list[Entry]:
        return [each for each in self.mine if self._is(each, agreement, habit)]

    def shown(self, agreement: Agreement, habit: str, person: PersonId) -> list[Shown]:
        return [each for each in self._space.tracking.of(person) if self._is(each, agreement, habit)]

    def _is(self, entry: Entry | Shown, agreement: Agreement, habit: str) -> bool:
        return entry.habit == habit and self._lineages.get(entry.agreement) == agreement.lineage


def _side(person: PersonView, entries: Sequence[EntryView], today: date) -> EntriesView:
    strip = _days(today)
    late = [each for each in entries if each.day >= strip[0]]
    days = [MarksView(day=day, marks=["written" for each in late if each.day == day]) for day in strip]
    return EntriesView(person=person, days=days, entries=late[::-1])


def _entry(entry: Entry) -> EntryView:
    return EntryView(id=entry.id, day=entry.day, habit=entry.habit, note=entry.note)


def _shown(entry: Shown) -> EntryView:
    return EntryView(id="", day=entry.day, habit=entry.habit, note=entry.note)


# --- follow-through ---


def follow_through(space: Space, folk: Folk, now: int) -> ProgressView:
    """This person's own, and that of everyone who consents to be seen by them now."""
    today = _today(space, now)
    first = _monday(today) - timedelta(weeks=PLOT_WEEKS - 1)
    followed = [_followed(folk.view(folk.me), space.progress.mine(first, today), today)]
    if space.over:
        return ProgressView(followed=followed, shown=())
    followed += [
        _followed(other, space.progress.of(other.id, first, today), today)
        for other in folk.others()
        if space.progress.may_see(other.id)
    ]
    return ProgressView(followed=followed, shown=_progress_shown(space, folk, now))


def _followed(person: PersonView, days: Sequence[Day], today: date) -> FollowedView:
    strip = {*_days(today)}
    return FollowedView(
        person=person,
        days=[MarksView(day=each.day, marks=each.marks) for each in days if each.day in strip],
        weeks=[WeekView(monday=each.monday, done=each.done, due=each.due) for each in progress.plot(days)],
    )


def _today(space: Space, now: int) -> date:
    return schedule.local(now, schedule.zone(space.zone()) or schedule.UTC_ZONE).date()


def _monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _days(today: date) -> list[str]:
    """The days of a strip: whole weeks up to today."""
    first = _monday(today) - timedelta(weeks=STRIP_WEEKS - 1)
    return [(first + timedelta(days=each)).isoformat() for each in range((today - first).days + 1)]
