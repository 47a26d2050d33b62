"""The Timeline row: plain sentences of who did what, by day, back to the beginning.

What does not count is left out, and so is what is not to be shown to this person now. What another person did shows
its day, never the minute; so within a day one's own lines come first, by time, and then each other person's, and no
order tells when between two of one's own acts another's lay. An act is one line, however many statements it took. A
page holds whole days. Days are those of the reader's zone, by the author's clock, which may have been wrong: it is
shown, and decides nothing.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from collar_sync import ids, limits
from collar_sync.core.removal import REMOVE
from collar_sync.core.statement import AT_END, Said
from collar_sync.domain import aside, schedule
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.nouns import NOUNS
from collar_sync.domain.sentences import SENTENCES, Folk, Sentence, sentence
from collar_sync.errors import InvalidInput
from collar_sync.ids import PersonId, StatementId

_READ_AT_ONCE: Final = 500


def day_at(ledger: Ledger, at: int) -> str:
    """Return the reader's day of that time, milliseconds since the epoch."""
    where = schedule.zone(ledger.zone()) or ZoneInfo("UTC")
    return schedule.local(at, where).date().isoformat()


class Line(msgspec.Struct, frozen=True):
    """One thing that someone did. `at` is the reader's own time, milliseconds; None for what another did."""

    id: StatementId
    kind: str
    person: PersonId
    text: str
    at: int | None


class Day(msgspec.Struct, frozen=True):
    """What happened on one day ("2026-05-01"), and how many lines more there are than are shown."""

    day: str
    lines: tuple[Line, ...]
    more: int = 0


class Page(msgspec.Struct, frozen=True):
    """Some days, the last first; `before` asks for those before them, and is None where there is nothing before.

    A page may be empty and still have something before it, where nothing of its days is to be shown.
    """

    days: tuple[Day, ...]
    before: str | None


@careful
class Timeline:
    """What happened in one space, as the person of this device may see it.

    `sentences` are those for kinds of statement; an app that says things of its own adds its own.
    """

    def __init__(self, ledger: Ledger, sentences: Mapping[str, Sentence] = SENTENCES) -> None:
        self._ledger = ledger
        self._sentences = sentences

    def page(self, before: str | None = None, lines: int = limits.TIMELINE_LINES) -> Page:
        """Return the last days before that day, all of them where it is None, until there are so many lines.

        Raises `InvalidInput` where `before` is no day.

        Rule (Timeline): plain sentences of who did what, by day; of another's act the day, never the minute.
        """
        end = AT_END if before is None else self._start(before)
        at_hand = [each for each in self._ledger.statements("") if each.at < end]
        found = self._newest(at_hand, end, min(max(lines, 1), limits.TIMELINE_READ_MAX))
        if not found:
            return Page(days=(), before=None)
        first = self._day(found[-1].at)
        start = self._start(first)
        rest, further = self._resting(start, end)
        everything = {each.id: each for each in (*rest, *at_hand) if each.at >= start}
        further = further or any(each.at < start for each in at_hand)
        return Page(days=self._days([*everything.values()]), before=first if further else None)

    def everything(self) -> tuple[tuple[Day, ...], Mapping[StatementId, Said]]:
        """Return all days, the last first and none cut short, and every statement by id; it reads all of the past.

        Rule (Timeline): the same sentences and the same silences as a page, of all that was ever said.
        """
        found = {each.id: each for each in self._ledger.statements("")}
        before = (AT_END, "")
        while more := self._ledger.history(before, _READ_AT_ONCE):
            found.update((each.id, each) for each in more)
            before = (more[-1].at, more[-1].id)
        statements = [*found.values()]
        return self._told(self._counting(statements, statements), statements), found

    def _newest(self, at_hand: Iterable[Said], end: int, count: int) -> list[Said]:
        both = {each.id: each for each in (*self._ledger.history((end, ""), count), *at_hand)}
        return heapq.nlargest(count, both.values(), key=lambda each: (each.at, each.id))

    def _resting(self, start: int, end: int) -> tuple[list[Said], bool]:
        """Return what rests of this time, as much as a page may read, and whether there is anything before it."""
        found: list[Said] = []
        before = (end, "")
        while len(found) < limits.TIMELINE_READ_MAX:
            more = self._ledger.history(before, _READ_AT_ONCE)
            found += [each for each in more if each.at >= start]
            if len(more) < _READ_AT_ONCE or more[-1].at < start:
                return found, any(each.at < start for each in more)
            before = (more[-1].at, more[-1].id)
        return found, True

    def _days(self, page: Sequence[Said]) -> tuple[Day, ...]:
        """Tell what counts of a page and may be shown; what it is about is brought to hand first."""
        at_hand = self._ledger.statements("")
        known = {each.id for each in at_hand}
        names: list[str] = [said.id for said in page]
        names += [said.subject for said in page if ids.is_id(said.subject, "statement")]
        missing = dict.fromkeys(name for name in names if name not in known)
        for name in missing:
            self._ledger.recall(name)
        if missing:
            at_hand = self._ledger.statements("")
        most = limits.TIMELINE_DAY_LINES_MAX
        days = self._told(self._counting(page, at_hand), at_hand)
        return tuple(Day(each.day, each.lines[:most], max(len(each.lines) - most, 0)) for each in days)

    def _told(self, shown: Iterable[Said], at_hand: Iterable[Said]) -> tuple[Day, ...]:
        me = self._ledger.me
        folk = Folk(me, self._ledger.people(), at_hand)
        days: dict[str, list[tuple[tuple[bool, str, int, str], Line]]] = {}
        shown = [*shown]
        parts = _parts(shown)
        for said in shown:
            text = None if said.id in parts else sentence(said, folk, self._sentences)
            if text is not None:
                own = said.author == me
                line = Line(said.id, said.kind, said.author, text, said.at if own else None)
                order = (not own, said.author, said.at, said.id)
                days.setdefault(self._day(said.at), []).append((order, line))
        return tuple(
            Day(day, tuple(line for _, line in sorted(days[day], key=lambda each: each[0])))
            for day in sorted(days, reverse=True)
        )

    def _counting(self, page: Sequence[Said], everything: Sequence[Said]) -> list[Said]:
        """Of these, what counts and may be shown now, as read among everything at hand.

        Asked are the nouns of these, and of what these are about: what is said of something hidden is hidden too.
        """
        people, me, now = self._ledger.people(), self._ledger.me, self._ledger.now()
        subjects = {said.subject for said in page}
        kinds = {said.kind for said in page}
        both = kinds | {said.kind for said in everything if said.id in subjects}
        amiss = {each.statement for noun in NOUNS if noun.kinds & kinds for each in noun.problems(everything, people)}
        asked = {noun.hidden for noun in NOUNS if noun.kinds & both}
        hidden = set().union(*(ask(everything, people, me, now) for ask in asked))
        left_out = amiss | hidden | aside.unseen(everything, aside.names(self._ledger))
        return [said for said in page if said.id not in left_out and said.subject not in hidden]

    def _day(self, at: int) -> str:
        return day_at(self._ledger, at)

    def _start(self, day: str) -> int:
        found = schedule.day_of(day)
        if found is None:
            raise InvalidInput("Name a day from 1970 to 2199, such as 2026-05-01.")
        return schedule.instant(datetime.combine(found, time.min), self._where())

    def _where(self) -> ZoneInfo:
        return schedule.zone(self._ledger.zone()) or ZoneInfo("UTC")


def _parts(shown: Iterable[Said]) -> set[StatementId]:
    """Return those that only go on with what another began: an act that names more than one can.

    The parts of an act are one device's, of one time, and differ in nothing but what they answer, those of a removal in
    nothing but its cut.
    """
    found: set[StatementId] = set()
    begun: set[tuple[str | bytes | int, ...]] = set()
    for said in sorted(shown, key=lambda each: each.id):
        if said.answers or said.kind == REMOVE:
            words = said.body.get("name") if said.kind == REMOVE else said.body
            body = msgspec.msgpack.encode(words, order="deterministic")
            act = (said.device, said.kind, said.subject, body, said.at)
            if act in begun:
                found.add(said.id)
            begun.add(act)
    return found
