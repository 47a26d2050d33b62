"""The Behaviour tracking rule: each writes their own entries, against a habit that all of them named.

A habit is a line of an agreement of the kind tracking, which is about everyone in it or about nobody. Entries are what
a person chose to write down; nothing is derived from the use of a device, and nothing is summed. One's own entries stay
readable; another's are shown only while that agreement, or a later version of it, holds for both and includes the
habit. What was written can be taken back by its author.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Say
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import agreements, limit, pause, schedule, written
from collar_sync.domain.agreements import Agreement, Agreements
from collar_sync.domain.consent import State
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.reading import Problem, amiss, chunks, ordered, problem, unique
from collar_sync.domain.written import parse
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from collar_sync.ids import PersonId, StatementId

PREFIX: Final = "track."
ENTRY: Final = "track.entry"
RETRACT: Final = "track.retract"
_MONTH_MILLISECONDS: Final = 30 * 24 * 60 * 60 * 1000
_ABOUT: Final = "track/"  # and the agreement: a name of its own, so that entries rest though the agreement never does
KINDS: Final = frozenset({ENTRY, RETRACT})


class EntryBody(msgspec.Struct, frozen=True):
    """What an entry says: of which habit, for which local day, and in the author's own words."""

    habit: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.LINE_CHARACTERS_MAX)]
    day: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    note: written.Sentence = ""


class Entry(msgspec.Struct, frozen=True):
    """One person's own entry: for which agreement, which habit, which day, and when by their own clock."""

    id: StatementId
    agreement: StatementId
    lineage: StatementId
    person: PersonId
    habit: str
    day: str
    note: str
    at: int


def fold(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Entry, ...]:
    """Every entry that counts and was not taken back, by day; from the tracking and agreement statements among these.

    It says what was written, not who may see it; that is `visible`.
    """
    statements = tuple(statements)
    found, _ = _read(statements, people, agreements.fold(statements, people))
    return found


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the tracking statements that do not count, and why."""
    statements = tuple(statements)
    _, found = _read(statements, people, agreements.fold(statements, people))
    return ordered(found)


def visible(
    entries: Iterable[Entry], everything: Mapping[StatementId, Agreement], me: PersonId, now: int
) -> tuple[Entry, ...]:
    """Return the entries that this person may be shown at `now`: their own, and others' while it is mutual."""
    holding = [each for each in everything.values() if each.kind == "tracking" and each.state(now) is State.ACTIVE]
    shared = {
        (each.lineage, person, line)
        for each in holding
        if me in each.holds.whose
        for person in each.holds.whose
        for line in each.holds.includes
    }
    return tuple(each for each in entries if each.person == me or (each.lineage, each.person, each.habit) in shared)


def hidden(statements: Sequence[Said], people: Mapping[PersonId, Person], me: PersonId, now: int) -> set[str]:
    """Name the entries that are not to be shown to this person now."""
    everything = agreements.fold(statements, people)
    found, _ = _read(statements, people, everything)
    shown = {each.id for each in visible(found, everything, me, now)}
    return {said.id for said in statements if said.kind == ENTRY and said.author != me and said.id not in shown}


def open_names(
    statements: Sequence[Said], _records: Mapping[str, object], people: Mapping[PersonId, Person]
) -> set[str]:
    """Name the entries whose agreement has not ended, and what is not understood.

    No clock is asked: an agreement has ended once something was said a month after its end, since clocks may be wrong.
    What was taken back goes with it.
    """
    everything = agreements.fold(statements, people)
    latest = max((said.at for said in statements), default=0) - _MONTH_MILLISECONDS
    going_on = {
        each.lineage
        for each in everything.values()
        if each.kind == "tracking" and each.state(latest) not in {State.REVOKED, State.SUPERSEDED, State.EXPIRED}
    }
    names = {_ABOUT + each.id for each in everything.values() if each.lineage in going_on}
    _, amiss_ones = _read(statements, people, everything)
    return names | {each.statement for each in amiss_ones}


def _read(
    statements: Iterable[Said], people: Mapping[PersonId, Person], everything: Mapping[StatementId, Agreement]
) -> tuple[tuple[Entry, ...], list[Problem]]:
    entries: dict[StatementId, Entry] = {}
    found: list[Problem] = []
    retracts: list[Said] = []
    for said in unique(statements):
        if not said.kind.startswith(PREFIX):
            continue
        if said.kind == RETRACT and said.author in people:  # it narrows: it counts whatever else it holds
            retracts.append(said)
            continue
        reason = amiss(said, people, known=said.kind == ENTRY) or _entry_flaw(said, everything)
        body = parse(said.body, EntryBody)
        if reason is not None or body is None:
            found.append(problem(said, reason or "It is no entry that this version can show."))
        else:
            about = everything[_agreement_of(said)]
            entries[said.id] = Entry(
                said.id, about.id, about.lineage, said.author, body.habit, body.day, body.note, said.at
            )
    gone: set[StatementId] = set()
    for said in retracts:
        named = [entries[answer] for answer in said.answers if answer in entries]
        gone.update(each.id for each in named if each.person == said.author and each.agreement == _agreement_of(said))
        if any(each.person != said.author for each in named):
            found.append(problem(said, "It takes back what someone else wrote; only its author can."))
        elif any(each.agreement != _agreement_of(said) for each in named):
            found.append(problem(said, "It takes back what was written for another agreement than it says."))
    standing = [each for each in entries.values() if each.id not in gone]
    return tuple(sorted(standing, key=lambda each: (each.day, each.at, each.id))), found


def _agreement_of(said: Said) -> StatementId:
    return StatementId(said.subject.removeprefix(_ABOUT) if said.subject.startswith(_ABOUT) else "")


def _entry_flaw(said: Said, everything: Mapping[StatementId, Agreement]) -> str | None:
    agreement = everything.get(_agreement_of(said))
    body = parse(said.body, EntryBody)
    if agreement is None or agreement.kind != "tracking":
        return "It is about no agreement to track something that is here."
    if said.author not in agreement.terms.whose:
        return "Only those whose habit it is write entries, and only their own."
    if body is not None and (body.habit not in agreement.includes or schedule.day_of(body.day) is None):
        return "It is about a habit that this agreement does not name, or about no day."
    return None


class Tracking:
    """What the person of this device tracks together with others."""

    def __init__(self, ledger: Ledger, made: Agreements) -> None:
        self._ledger = ledger
        self._agreements = made

    def habits(self) -> tuple[tuple[Agreement, str], ...]:
        """Every habit that can be written about now, with the agreement that names it."""
        now, me = self._ledger.now(), self._ledger.me
        holding = agreements.in_force(self._agreements.all(), "tracking", now)
        return tuple((each, line) for each in holding if me in each.holds.whose for line in each.holds.includes)

    def mine(self) -> tuple[Entry, ...]:
        """Every own entry at hand, whatever became of the agreement."""
        return tuple(each for each in self._visible() if each.person == self._ledger.me)

    def of(self, person: Person | PersonId) -> tuple[Entry, ...]:
        """Return another's entries at hand, as far as an agreement that holds for both shows them now."""
        identifier = person.id if isinstance(person, Person) else person
        return tuple(each for each in self._visible() if each.person == identifier)

    def problems(self) -> tuple[Problem, ...]:
        """Return what was said about tracking and does not count."""
        return problems(self._statements(), self._ledger.people())

    async def note(self, agreement: str, habit: str, note: str = "", day: str | None = None) -> Entry:
        """Write an own entry; `day` is a local day such as 2026-05-01, today unless named.

        Raises `InvalidInput`, `NotFound`, and `NotAllowed` while the agreement does not hold.
        """
        found = self._agreements.get(agreement)
        now = self._ledger.now()
        if found.kind != "tracking" or self._ledger.me not in found.holds.whose:
            raise NotAllowed("This is no agreement of yours to track something.")
        if found.state(now) is not State.ACTIVE:
            raise NotAllowed("This agreement does not hold now, so nothing is shared. Your journal is always yours.")
        if habit not in found.holds.includes:
            raise InvalidInput("Choose a habit that this agreement names.")
        where = schedule.zone(self._ledger.zone())
        today = schedule.local(now, where or schedule.UTC_ZONE).date().isoformat()
        text = written.sentence(note, "The note")
        kept = schedule.occurrence_text(today if day is None else day)[:10]
        body = {"habit": habit, "day": kept, "note": text}
        (identifier,) = await self._ledger.write(Say(kind=ENTRY, subject=_ABOUT + found.id, body=body))
        return Entry(identifier, found.id, found.lineage, self._ledger.me, habit, kept, text, now)

    async def retract(self, *entries: str) -> None:
        """Take own entries back; raises `NotFound`."""
        own = {each.id: each for each in self.mine()}
        if not entries or not {*entries} <= own.keys():
            raise NotFound("There is no such entry of yours here, or it was taken back already.")
        chosen = [own[StatementId(each)] for each in entries]
        await self._ledger.write(
            *(
                Say(kind=RETRACT, subject=_ABOUT + agreement, answers=some)
                for agreement in sorted({each.agreement for each in chosen})
                for some in chunks(each.id for each in chosen if each.agreement == agreement)
            )
        )

    def _visible(self) -> tuple[Entry, ...]:
        statements, people = self._statements(), self._ledger.people()
        everything = agreements.fold(statements, people)
        found, _ = _read(statements, people, everything)
        return visible(found, everything, self._ledger.me, self._ledger.now())

    def _statements(self) -> list[Said]:
        kinds = (PREFIX, agreements.PREFIX, pause.PAUSE, limit.PREFIX)
        return [each for prefix in kinds for each in self._ledger.statements(prefix)]
