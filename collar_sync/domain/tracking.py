"""The Behaviour tracking rule: each writes their own entries, against a habit that all of them named.

A habit is a line of an agreement of the kind tracking, which is about everyone in it or about nobody. Entries are what
a person chose to write down; nothing is derived from the use of a device, and nothing is summed. They lie in private
records of the device that they were written on and are nowhere said, so nothing of them can stay with anybody else.
The others are shown them by words in passing: in memory, by days, the newest that fit, while that agreement, or a later
version of it, holds for both and includes the habit. At a pause, a withdrawal or the end they are gone from there.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Annotated, Final

import msgspec

from collar_sync import limits
from collar_sync.core.people import Person
from collar_sync.domain import agreements, schedule, written
from collar_sync.domain.agreements import Agreement, Agreements
from collar_sync.domain.aside import names as set_aside
from collar_sync.domain.consent import State
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.passing import Air
from collar_sync.domain.private import Drawer
from collar_sync.domain.reading import known
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "track/"  # of the kind of the word in passing
RECORD: Final = "tracked"  # the kind of private record
_NAME_BYTES: Final = 16  # of the habit in a word's kind: no two habits meet by chance
_HEAD_BYTES: Final = 3  # of an array in msgpack, however many entries one word holds
_HOUR_MILLISECONDS: Final = 60 * 60 * 1000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One own entry on this device: for which agreement, habit and local day, in what words, and when, by its clock."""

    id: str = ""
    agreement: StatementId
    habit: str
    day: str
    note: str = ""
    at: int = 0


class Shown(msgspec.Struct, frozen=True):
    """An entry that a device of that person shows now, and the agreement that lets it. Of a time it tells the day."""

    agreement: StatementId
    person: PersonId
    habit: str
    day: str
    note: str


class _Line(msgspec.Struct, frozen=True, array_like=True):
    """One entry in the body of a word in passing."""

    day: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    note: written.Sentence = ""


def word(lineage: StatementId, habit: str) -> str:
    """Return the kind of the word in passing that shows the entries about a habit, whatever version names it."""
    return PREFIX + hashlib.blake2s(f"{lineage}\0{habit}".encode(), digest_size=_NAME_BYTES).hexdigest()


def may_hear(agreed: Iterable[Agreement], kind: str, speaker: PersonId, hearer: PersonId, now: int) -> bool:
    """Whether an agreement lets one person hear the other's entries of that kind of word at `now`.

    Rule (Behaviour tracking): mutual or not at all, and bounded by an agreement that both are in.
    """
    return any(
        kind == word(each.lineage, habit) for each, habit in _habits(agreed, speaker, now) if hearer in each.holds.whose
    )


def _habits(agreed: Iterable[Agreement], person: PersonId, now: int) -> Iterator[tuple[Agreement, str]]:
    """Every habit of that person's that can be written about at `now`, with each agreement that names it."""
    for each in agreements.in_force(agreed, "tracking", now):
        if person in each.holds.whose:
            yield from ((each, habit) for habit in each.holds.includes)


@careful
class Tracking:
    """What the person of this device tracks together with others."""

    def __init__(self, ledger: Ledger, made: Agreements, air: Air) -> None:
        self._ledger = ledger
        self._agreements = made
        self._air = air
        self._entries = Drawer(ledger, RECORD, Entry, "There is no such entry of yours on this device.")

    def habits(self) -> tuple[tuple[Agreement, str], ...]:
        """Every habit that can be written about now, with the agreement that names it.

        Rule (Behaviour tracking): only a habit that was named in an agreement, and only while that holds.
        """
        return tuple(_habits(self._agreements.flowing(), self._ledger.me, self._ledger.now()))

    def mine(self) -> tuple[Entry, ...]:
        """Every own entry that was written on this device, by day, whatever became of the agreement."""
        return tuple(sorted(self._entries.all().values(), key=lambda each: (each.day, each.at, each.id)))

    def of(self, person: Person | PersonId) -> tuple[Shown, ...]:
        """Return what that person shows of it at this moment, by day; of oneself, what one's other devices do.

        Of somebody muted here nothing is shown, and they are not told.

        Rule (Behaviour tracking): another's entries show only to who tracks that habit too, while it is agreed.
        """
        identifier = known(person, self._ledger.people())
        words = [each for each in self._air.heard() if each.person == identifier and each.kind.startswith(PREFIX)]
        if not words or identifier in set_aside(self._ledger):
            return ()
        now = self._ledger.now()
        mine = tuple(_habits(self._agreements.flowing(), self._ledger.me, now))
        names = {word(each.lineage, habit): (each, habit) for each, habit in mine if identifier in each.holds.whose}
        found = [
            Shown(names[heard.kind][0].id, identifier, names[heard.kind][1], line.day, line.note)
            for heard in words
            if heard.kind in names
            for line in _lines(heard.body)
        ]
        return tuple(sorted(found, key=lambda each: (each.day, each.habit, each.note)))

    async def write(self, agreement: str, habit: str, note: str = "", day: str | None = None) -> Entry:
        """Write an own entry; `day` is a local day such as 2026-05-01, today unless named.

        Raises `InvalidInput`, `NotFound`, and `NotAllowed` while the agreement does not hold.

        Rule (Behaviour tracking): own entries only, each written by hand; nothing is derived from use of the device.
        """
        found = self._agreements.get(agreement)
        now = self._ledger.now()
        if found.kind != "tracking" or self._ledger.me not in found.holds.whose:
            raise NotAllowed("This is no agreement of yours to track something.")
        if found.state(now) is not State.ACTIVE:
            raise NotAllowed("This agreement does not hold now, so nothing is shown. Your journal is always yours.")
        if habit not in found.holds.includes:
            raise InvalidInput("Choose a habit that this agreement names.")
        where = schedule.zone(self._ledger.zone())
        today = schedule.local(now, where or schedule.UTC_ZONE).date().isoformat()
        text = written.sentence(note, "The note")
        kept = schedule.occurrence_text(today if day is None else day)[:10]
        identifier = await self._entries.add(agreement=found.id, habit=habit, day=kept, note=text, at=now)
        self.tell()
        return self._entries.get(identifier)

    async def remove(self, *entries: str) -> None:
        """Take own entries out, and back from whoever is shown them; raises `NotFound`.

        Rule (Behaviour tracking): own entries are their author's to take back, whatever became of the agreement.
        """
        if not entries or not {*entries} <= self._entries.all().keys():
            raise NotFound("There is no such entry of yours here, or it was taken back already.")
        for each in dict.fromkeys(entries):
            await self._entries.remove(each)
        self.tell()

    async def restore(self, entry: str) -> None:
        """Put back an own entry that was taken out, as it was; raises `NotFound` where there never was one.

        Rule (Behaviour tracking): its author's to put back; the others see it while it is agreed.
        """
        await self._entries.restore(entry)
        self.tell()

    def tell(self) -> None:
        """Tell those who track a habit too what is written here about it, as far as it is not told already.

        Whoever keeps the ledger calls this again and again, since time and others' acts change what may be shown.

        Rule (Behaviour tracking): bounded by its agreement: a pause, a withdrawal or the end takes it back from the
        others.
        """
        wanted = self._wanted()
        told = {each.kind: each for each in self._air.told() if each.kind.startswith(PREFIX)}
        for kind in told.keys() - wanted.keys():
            self._air.hush(kind)
        now = self._ledger.now()
        for kind, (body, to, until) in wanted.items():
            before = told.get(kind)
            ends = min(until, now + limits.AIR_LIFETIME_MILLISECONDS_MAX)
            lasts = before is not None and min(ends, now + _HOUR_MILLISECONDS) <= before.ends <= until
            if before is None or not lasts or (before.body, {*before.to}) != (body, to):
                with suppress(NotAllowed, InvalidInput):  # the gate just closed, or an app tells too many kinds
                    self._air.tell(kind, body, sorted(to), ends - now)

    def _wanted(self) -> dict[str, tuple[bytes, set[PersonId], int]]:
        """What is to be told now: by kind of word, its body, to whom, and until when at most."""
        now, me, people = self._ledger.now(), self._ledger.me, self._ledger.people()
        made = {each.id: each for each in self._agreements.flowing()}
        written_about: dict[str, list[Entry]] = {}
        holding = [*_habits(made.values(), me, now)]
        for entry in reversed(self.mine()) if holding else ():
            about = made.get(entry.agreement)
            if about is not None:
                written_about.setdefault(word(about.lineage, entry.habit), []).append(entry)
        wanted: dict[str, tuple[bytes, set[PersonId], int]] = {}
        for each, habit in holding:
            kind = word(each.lineage, habit)
            to = {person for person in each.holds.whose if person != me and not people[person].left}
            if kind in written_about and to and each.holds.until is not None:
                _, others, until = wanted.get(kind, (b"", set[PersonId](), 0))
                wanted[kind] = (_body(written_about[kind]), to | others, max(until, each.holds.until))
        newest = [kind for kind in written_about if kind in wanted][: limits.TRACKED_HABITS_MAX]
        return {kind: wanted[kind] for kind in newest}


def _body(entries: Sequence[Entry]) -> bytes:
    """The newest of these entries, as many as one word in passing holds; the longest note fits alone."""
    pieces: list[_Line] = []
    left = limits.AIR_BODY_BYTES_MAX - _HEAD_BYTES
    for each in entries:
        line = _Line(each.day, each.note)
        left -= len(msgspec.msgpack.encode(line))
        if left < 0:
            break
        pieces.append(line)
    return msgspec.msgpack.encode(pieces)


def _lines(body: bytes) -> tuple[_Line, ...]:
    """The entries in a word, those about no day left out; none where a newer version or altered software wrote it."""
    try:
        lines = msgspec.msgpack.decode(body, type=tuple[_Line, ...])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ()
    return tuple(line for line in lines if schedule.day_of(line.day) is not None)
