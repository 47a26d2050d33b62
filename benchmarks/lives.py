"""What a couple does, day by day or all at once: tasks asked, answered, done and edited, by two authors in turns.

The ordinary life has ten tasks a day. Each is asked by one and for the other, with title, due time and zone; nearly all
are accepted and done the same day, some are declined, a few stay open for ever; and the words of those of today and
yesterday are edited. Every act is one change, and the two take turns throughout. It knows no store.
"""

import datetime as dt
from collections import deque
from typing import Final

from benchmarks.past import Past
from collar_sync.core.edits import Edit, Say, SetFields
from collar_sync.domain.task_book import ACCEPT, ASK, DECLINE, DONE
from collar_sync.domain.task_fold import RECORD
from collar_sync.ids import StatementId

DAY_MILLISECONDS: Final = 86_400_000
TASKS_A_DAY: Final = 10
_DECLINED_EVERY: Final = 50
_OPEN_EVERY: Final = 200
_RECENT: Final = 2 * TASKS_A_DAY
_ZONE: Final = "Europe/Berlin"
_WORDS: Final = ("Evening check-in", "Photo of the day", "Call before ten", "Read one chapter aloud", "Kneel and wait")
_MINUTE_MILLISECONDS: Final = 60_000


class Days:
    """An ordinary life of so many days with so many changes in all; the first day is `founded_at`."""

    def __init__(self, past: Past, days: int, changes: int) -> None:
        self._past = past
        self._days = days
        self._changes = changes
        self._written = 0
        self._tasks = 0
        self._recent: deque[tuple[StatementId, str]] = deque(maxlen=_RECENT)  # a task and its record

    def live(self, day: int) -> None:
        """One day, numbered from 0."""
        begun = self._written % 2  # whose turn it is
        today = [self._ask((begun + place) % 2, day) for place in range(TASKS_A_DAY)]
        pairs = [each for first, second in zip(today[::2], today[1::2], strict=True) for each in (second, first)]
        numbers = {record: self._tasks - TASKS_A_DAY + place for place, (_, record) in enumerate(today)}
        for task, record in pairs:
            declined = numbers[record] % _DECLINED_EVERY == 0
            terms = {} if declined else _terms(self._past, numbers[record], day)
            self._act(day, Say(DECLINE if declined else ACCEPT, task, terms))
        for task, record in pairs:
            if numbers[record] % _DECLINED_EVERY and numbers[record] % _OPEN_EVERY != 1:
                self._act(day, Say(DONE, task))
            else:
                self._edit(day, record)
        self._recent.extend(today)
        while self._written < self._changes * (day + 1) // self._days:
            self._edit(day, self._recent[self._written % len(self._recent)][1])

    def _ask(self, who: int, day: int) -> tuple[StatementId, str]:
        self._tasks += 1
        record = f"{self._tasks:026d}"
        task = self._act(day, *asked(self._past, who, record, self._tasks, day))
        return task, record

    def _edit(self, day: int, record: str) -> None:
        if self._written % 3:
            self._act(day, SetFields(RECORD, record, {"title": f"{_title(self._written)}, and then tell me"}))
        else:
            self._act(day, SetFields(RECORD, record, {"due": f"{date(self._past, day)}T21:{self._written % 60:02}"}))

    def _act(self, day: int, *edits: Edit) -> StatementId:
        who = self._written % 2
        at = self._past.household.founded_at + day * DAY_MILLISECONDS + self._written % 600 * _MINUTE_MILLISECONDS
        self._written += 1
        said = self._past.write(who, edits, at)
        return said[0] if said else StatementId("")


def at_once(past: Past, tasks: int, *, a_change: int, left_open: int) -> None:
    """Have so many tasks there quickly: many to a change, two authors in turns, all done but the newest."""
    asked_by: list[StatementId] = []
    for start in range(0, tasks, a_change):
        who, day = start // a_change % 2, start // TASKS_A_DAY
        at = past.household.founded_at + day * DAY_MILLISECONDS
        edits: list[Edit] = []
        for number in range(start, min(start + a_change, tasks)):
            edits += asked(past, who, f"{number:026d}", number, number // TASKS_A_DAY)
        waiting, asked_by = asked_by, past.write(who, edits, at)
        if waiting:
            past.write(who, [Say(DONE, each) for each in waiting], at)  # the other asked these
    for start in range(0, len(asked_by) - left_open, a_change):
        past.write(1 - who, [Say(DONE, each) for each in asked_by[:-left_open][start : start + a_change]], at)


def asked(past: Past, who: int, record: str, number: int, day: int) -> tuple[Edit, Edit]:
    """What asking for something writes, as the app's `ask` does."""
    body = {"for": past.person(1 - who), "title": _title(number), "kind": "task"}
    return Say(ASK, record, body), SetFields(RECORD, record, {**_terms(past, number, day), "repeat": None})


def _terms(past: Past, number: int, day: int) -> dict[str, str]:
    return {"title": _title(number), "due": f"{date(past, day)}T{18 + number % 4}:00", "zone": _ZONE}


def _title(number: int) -> str:
    return f"{_WORDS[number % len(_WORDS)]}, number {number}"


def date(past: Past, day: int) -> str:
    """The day as text, "2016-01-01" for day 0."""
    at = past.household.founded_at + day * DAY_MILLISECONDS
    return dt.datetime.fromtimestamp(at / 1000, dt.UTC).date().isoformat()
