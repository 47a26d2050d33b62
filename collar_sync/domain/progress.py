"""The Progress rule: a picture of what was followed through, derived from what was said to be done, never stored.

There are no points, streaks or ranks, and nothing is added up beyond the days and weeks of the picture. A slip-up is no
part of it. Everyone sees their own; another's only while a consent or agreement of theirs to be tracked holds, in which
both take part and which includes `FOLLOW_THROUGH`. It is made from the tasks that are at hand.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import msgspec

from collar_sync.core.people import Person
from collar_sync.domain import schedule
from collar_sync.domain.agreements import Agreements
from collar_sync.domain.aside import names
from collar_sync.domain.consent import Consent, State
from collar_sync.domain.consents import Consents
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.occurrences import Standing, occurrences, one_calendar
from collar_sync.domain.reading import id_of, known
from collar_sync.domain.task import Task
from collar_sync.domain.tasks import Tasks
from collar_sync.errors import NotAllowed
from collar_sync.ids import PersonId

FOLLOW_THROUGH: Final = "what was done of what was agreed"
_WEEK: Final = 7


class Day(msgspec.Struct, frozen=True):
    """One day of a calendar strip: how each occurrence of that day stands, for drawing."""

    day: str
    marks: tuple[Standing, ...]


class Week(msgspec.Struct, frozen=True):
    """One week of a small plot, from its Monday: what was done of what fell into it outside of pauses."""

    monday: str
    done: int
    due: int


def strip(
    tasks: Iterable[Task], person: Person | PersonId, first: date, last: date, now: int, zone: str
) -> tuple[Day, ...]:
    """Every day from `first` to `last` with its marks, of the tasks that are for this person.

    What was done without a day of its own stands on the day on which it was said. Raises `InvalidInput` for a stretch
    that is longer than a calendar.

    Rule (Progress): a picture before a number, derived from done statements; a slip-up is never counted.
    """
    one_calendar(first, last)
    whose = id_of(person)
    days: dict[str, list[Standing]] = {
        (first + timedelta(days=each)).isoformat(): [] for each in range((last - first).days + 1)
    }
    for task in tasks:
        if task.for_person != whose:
            continue
        for each in occurrences(task, first, last, now, zone):
            days[each.day].append(each.standing)
        undated = [each.at for each in task.dones if each.occurrence is None]
        if task.repeat is None and task.due is None and undated:
            done = schedule.local(undated[-1], task.where(zone)).date().isoformat()
            if done in days:
                days[done].append(Standing.DONE)
    order = list(Standing)
    return tuple(Day(day=day, marks=tuple(sorted(marks, key=order.index))) for day, marks in days.items())


def plot(days: Iterable[Day]) -> tuple[Week, ...]:
    """Return the weeks of a strip; a week in which nothing was due is left out, not counted as nothing.

    Rule (Progress): weeks stand beside each other; no points, streaks or ranks are made of them.
    """
    counted = {Standing.DONE, Standing.MISSED}
    weeks: dict[str, list[Standing]] = {}
    for each in days:
        day = date.fromisoformat(each.day)
        monday = (day - timedelta(days=day.weekday())).isoformat()
        weeks.setdefault(monday, []).extend(mark for mark in each.marks if mark in counted)
    return tuple(
        Week(monday=monday, done=marks.count(Standing.DONE), due=len(marks)) for monday, marks in weeks.items() if marks
    )


def may_see(consents: Iterable[Consent], viewer: Person | PersonId, person: Person | PersonId, now: int) -> bool:
    """Whether this viewer may see that person's progress at `now`.

    Rule (Progress): everyone sees their own; another's only under that person's active tracking consent.
    """
    viewer, person = id_of(viewer), id_of(person)
    return viewer == person or any(
        each.state(now) is State.ACTIVE
        and each.terms.flow == "tracking"
        and person in each.holds.whose
        and viewer in each.parties
        and FOLLOW_THROUGH in each.holds.includes
        for each in consents
    )


@careful
class Progress:
    """The pictures that the person of this device may see."""

    def __init__(self, ledger: Ledger, tasks: Tasks, consents: Consents, agreements: Agreements) -> None:
        self._ledger = ledger
        self._tasks = tasks
        self._consents = consents
        self._agreements = agreements

    def mine(self, first: date, last: date) -> tuple[Day, ...]:
        """Return this person's own days.

        Rule (Progress): derived each time and never stored; one's own needs nobody's consent.
        """
        return strip(self._tasks.as_read(), self._ledger.me, first, last, self._ledger.now(), self._ledger.zone())

    def may_see(self, person: Person | PersonId) -> bool:
        """Whether that person's days are to be shown to this person now; raises `InvalidInput` for a stranger.

        Those of somebody muted here are not, and they are not told.

        Rule (Progress): another's only while their own consent to be tracked holds, in which both take part.
        """
        identifier = known(person, self._ledger.people())
        return identifier not in names(self._ledger) and self._shows(identifier)

    def of(self, person: Person | PersonId, first: date, last: date) -> tuple[Day, ...]:
        """Return another's days; raises `NotAllowed` where no consent of theirs shows them now, or `InvalidInput`.

        Of somebody muted here none are shown, and they are not told.

        Rule (Progress): another's is shown only under their tracking consent, and stops with it at once.
        """
        identifier = known(person, self._ledger.people())
        if not self._shows(identifier):
            raise NotAllowed("Their progress is theirs. It is shown only while they consent to it.")
        if identifier in names(self._ledger):
            return ()
        return strip(self._tasks.all(), identifier, first, last, self._ledger.now(), self._ledger.zone())

    def _shows(self, identifier: PersonId) -> bool:
        given: list[Consent] = [*self._consents.flowing(), *self._agreements.flowing()]
        return may_see(given, self._ledger.me, identifier, self._ledger.now())
