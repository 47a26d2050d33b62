"""The Export row: one's own copy of what one may see, for reading (Markdown) or for keeping (JSON).

It leaves the encrypted store, and it carries no signature: a memory aid, not a proof. It holds what its person may see
just then and no more: not what waits unseen, not what does not count, and of another's acts the day, not the minute.
The journal, and whatever else is private, is in it only where its person says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, cast

import msgspec

from collar_sync.core.edits import Scalar
from collar_sync.core.letters import on_one_line
from collar_sync.core.statement import Said
from collar_sync.domain import aside, checklist, presence, reviews
from collar_sync.domain.agreements import Agreements
from collar_sync.domain.consent import Consent, State
from collar_sync.domain.consent_book import DIALECTS, PROPOSE
from collar_sync.domain.consents import Consents
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.limit import Limits
from collar_sync.domain.nouns import NOUNS
from collar_sync.domain.private import REMOVED
from collar_sync.domain.task_book import ASK, PROMISE
from collar_sync.domain.task_fold import RECORD
from collar_sync.domain.tasks import Tasks
from collar_sync.domain.timeline import Day, Timeline, day_at
from collar_sync.ids import StatementId

FORMAT: Final = "collar_sync export"
VERSION: Final = 1
WARNING: Final = (
    "This is a copy outside the encrypted files of this app: whoever has it can read it. Keep it where nobody finds it "
    "whom you would not hand your device, and delete it when you do not need it. It carries no signatures and proves "
    "nothing; it helps you to remember. What others wrote is in it because they shared it with you here, not with "
    "anyone else."
)
_PROPOSALS: Final = frozenset(noun.kind(PROPOSE) for noun in DIALECTS)
PRIVATE: Final = (  # kinds of private record; a copy holds them only where its person says so
    "journal",
    "limit-draft",
    "contact",
    "checkin",
    "slip",
    "safety",
    "repair-part",
    "repair-apology",
    "script",
    "help",
    "aside",
    "reminder",
    "tracked",
)

OF_THE_PERSON: Final = ("journal", "limit-draft", "contact", "script", "help")
"""What of it is one person's whatever space it lies beside; the rest of it speaks of that space."""

Private = Mapping[str, Mapping[str, Mapping[str, Any]]]  # the fields of private records, by kind and id

_COUNTED: Final = {checklist.BEGIN: ("until",), presence.SHOW: ("until",), reviews.HELD: ("again_at",)}
_MARKS: Final = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>#|"})


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the space, as the copy names them."""

    id: str
    name: str
    left: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: who, in what words; and what was said, as far as this version knows it. `at` is the reader's own."""

    by: str
    text: str
    at: int | None = None
    kind: str = ""
    subject: str = ""
    body: dict[str, Any] = {}
    answers: tuple[str, ...] = ()
    id: str = ""


class DayOf(msgspec.Struct, frozen=True, kw_only=True):
    """What happened on a day."""

    day: str
    entries: tuple[Entry, ...]


class OwnLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that stood: whose, and in what words."""

    by: str
    text: str
    kind: str


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A consent or an agreement as it read: its terms, between whom, in what state, and when to look at it again."""

    noun: Literal["consent", "agreement"]
    state: str
    terms: dict[str, Any]
    parties: tuple[str, ...] = ()
    review: int | None = None


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of a copy, as the JSON has it."""

    format: str
    version: int
    note: str
    made_on: str
    space: str
    me: str
    people: tuple[Member, ...]
    limits: tuple[OwnLimit, ...] = ()
    offers: tuple[Offered, ...] = ()
    days: tuple[DayOf, ...] = ()
    records: dict[str, dict[str, dict[str, Any]]] = {}
    private: dict[str, dict[str, dict[str, Any]]] = {}


@careful
class Export:
    """A copy of one space, as the person of this device may see it. It reads all of the past, so it takes a moment."""

    WARNING = WARNING

    def __init__(self, ledger: Ledger, name: Callable[[], str]) -> None:
        self._ledger = ledger
        self._name = name

    def own(self) -> Private:
        """Return the journal, its drafts and contacts, scripts and help, for a copy of another space of this device.

        Rule (Export): one's own act; nothing that was taken out is in it, and nothing that others wrote.
        """
        return {kind: _kept(self._ledger.private_records(kind)) for kind in OF_THE_PERSON}

    def json(self, *, journal: bool = False, beside: Sequence[Private] = ()) -> str:
        """Return the copy as JSON, which this software can show again; `journal` adds all that is private.

        `beside` is what `own` gave of other spaces of this device, which is private, too.

        Rule (Export): one's own act, with its warning; no signatures, so a memory aid and not a proof.
        """
        return msgspec.json.format(msgspec.json.encode(self._copy(beside if journal else None))).decode()

    def markdown(self, *, journal: bool = False, beside: Sequence[Private] = ()) -> str:
        """Return the copy as Markdown, for reading; `journal` and `beside` as in `json`.

        Rule (Export): one's own act; it says at its head that it has left the encrypted store, and is no proof.
        """
        copy = self._copy(beside if journal else None)
        names = {each.id: each.name for each in copy.people}
        reader = _plain(names.get(copy.me, "you"))  # before anybody was met nobody has a name here
        lines = [f"# {_plain(copy.space)}", "", f"As {reader} could read it on {copy.made_on}.", ""]
        lines += [WARNING, "", "## People", ""]
        lines += [f"- {_plain(each.name)}{' (left)' if each.left else ''}" for each in copy.people]
        lines += ["", "## Limits", ""]
        lines += [f"- {_plain(names.get(each.by, ''))}: {_plain(each.text)} ({each.kind})" for each in copy.limits]
        for noun, title in (("consent", "Consents"), ("agreement", "Agreements")):
            lines += ["", f"## {title}", ""]
            lines += [line for each in copy.offers if each.noun == noun for line in self._terms(each, names)]
        lines += ["", "## Open tasks", "", *self._open_tasks(), "", "## Day by day"]
        for day in copy.days:
            lines += ["", f"### {day.day}", "", *(f"- {_plain(each.text)}" for each in day.entries)]
        for kind, records in copy.private.items():
            words = [line for each in records.values() for line in _fields(each)]
            lines += ["", f"## Private: {kind}", *words] if words else []
        return "\n".join([*lines, ""])

    def _copy(self, beside: Sequence[Private] | None) -> Copy:
        """Return the copy; with what is private, here and beside, unless that is None."""
        ledger = self._ledger
        days, said = Timeline(ledger).everything()
        statements = [*said.values()]
        here = ledger.records(RECORD).keys()
        for each in statements:  # their words may rest, and all of what was settled
            if each.kind in {ASK, PROMISE} and each.subject not in here:
                ledger.recall(each.subject)
            elif each.kind in _PROPOSALS:
                ledger.recall(each.id)
        hidden = set().union(*(noun.hidden(statements, ledger.people(), ledger.me, ledger.now()) for noun in NOUNS))
        hidden |= aside.unseen(statements, aside.names(ledger))
        unseen = {each.subject for each in statements if each.id in hidden}
        kinds = sorted({kind for noun in NOUNS for kind in noun.records})
        return Copy(
            format=FORMAT,
            version=VERSION,
            note=WARNING,
            made_on=day_at(ledger, ledger.now()),
            space=self._name(),
            me=ledger.me,
            people=tuple(Member(id=each.id, name=each.name, left=each.left) for each in ledger.people().values()),
            limits=tuple(
                OwnLimit(by=each.person, text=each.text, kind=each.kind) for each in Limits(ledger).standing()
            ),
            offers=tuple(self._offers()),
            days=tuple(_day_of(day, said) for day in days),
            records={kind: _records(ledger.records(kind), unseen) for kind in kinds},
            private={} if beside is None else _together(ledger, beside),
        )

    def _offers(self) -> Iterable[Offered]:
        now = self._ledger.now()
        both: tuple[tuple[Literal["consent", "agreement"], tuple[Consent, ...]], ...] = (
            ("consent", Consents(self._ledger).visible()),
            ("agreement", Agreements(self._ledger).visible()),
        )
        for noun, views in both:
            for each in views:
                if each.state(now) is not State.SUPERSEDED:
                    terms = cast("dict[str, Any]", msgspec.to_builtins(each.terms))
                    yield Offered(
                        noun=noun, state=each.state(now).value, terms=terms, parties=each.parties, review=each.review
                    )

    def _terms(self, offer: Offered, names: Mapping[str, str]) -> list[str]:
        """Write the five points, between whom, and when to look again."""
        terms = offer.terms
        about = ", ".join(filter(None, (terms.get("kind"), offer.state)))
        lines = [f"- **{_plain(str(terms.get('purpose', '')))}** ({about})"]
        lines.append(f"  - Between: {_names(offer.parties, names)}")
        for field, words in (("includes", "Included"), ("excludes", "Not included"), ("access", "Who may see")):
            values = terms.get(field)
            if values:
                lines.append(f"  - {words}: {'; '.join(_plain(str(each)) for each in values)}")
        if terms.get("flow"):
            how = "Shared live" if terms["flow"] == "sharing" else "Tracked"
            lines.append(f"  - {how}, of {_names(terms['whose'], names)}")
        lines.append(f"  - {self._duration(terms.get('starts'), terms.get('until'), offer.review)}")
        lines.append(f"  - How to pause: {_plain(str(terms.get('how_to_pause', '')))}")
        return lines

    def _duration(self, starts: int | None, until: int | None, review: int | None) -> str:
        days = [None if each is None else day_at(self._ledger, each) for each in (starts, until, review)]
        words = ("from {}", "until {}" if until is not None else "ongoing", "to be looked at again on {}")
        said = (each.format(day) for each, day in zip(words, days, strict=True) if day or each == "ongoing")
        text = ", ".join(said)
        return text[0].upper() + text[1:]

    def _open_tasks(self) -> list[str]:
        people = self._ledger.people()
        found = []
        for each in Tasks(self._ledger).visible():
            if each.is_open:
                due = f", due {each.due.replace('T', ' ')}" if each.due else ""
                found.append(f"- {_plain(people[each.for_person].name)}: {_plain(each.title)}{due}")
                found += [f"  > {_plain(line)}" for line in each.details.splitlines()]
        return found


def _day_of(day: Day, said: Mapping[StatementId, Said]) -> DayOf:
    entries = []
    for line in day.lines:
        found = said.get(line.id)
        known = found is not None and any(found.kind in noun.kinds for noun in NOUNS)
        if found is None or not known:  # keys and proofs of devices are nothing to remember
            entries.append(Entry(by=line.person, text=line.text, at=line.at, kind=line.kind))
        else:
            entries.append(
                Entry(
                    by=line.person,
                    text=line.text,
                    at=line.at,
                    kind=line.kind,
                    subject=found.subject,
                    body=_body(found, own=line.at is not None),
                    answers=found.answers,
                    id=found.id,
                )
            )
    return DayOf(day=day.day, entries=tuple(entries))


def _body(said: Said, *, own: bool) -> dict[str, Any]:
    """Return what was said; of another's act without times that are counted from its minute."""
    counted = () if own else _COUNTED.get(said.kind, ())
    return {name: value for name, value in said.body.items() if name not in counted}


def _records(records: Mapping[str, Mapping[str, Scalar]], unseen: set[str]) -> dict[str, dict[str, Any]]:
    return {name: dict(fields) for name, fields in sorted(records.items()) if name not in unseen}


def _kept(records: Mapping[str, Mapping[str, Scalar]]) -> dict[str, dict[str, Any]]:
    """Return private records but for what was taken out, of which no word leaves the store."""
    return _records({name: fields for name, fields in records.items() if fields.get(REMOVED) is not True}, set())


def _together(ledger: Ledger, beside: Sequence[Private]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what is private here and in those; where two have the same, as it is here."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for kind in PRIVATE:
        others = [each.get(kind, {}) for each in reversed(beside)] if kind in OF_THE_PERSON else []
        records = {name: fields for each in others for name, fields in each.items()}
        found[kind] = _kept({**records, **ledger.private_records(kind)})
    return found


def _names(people: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(sorted(_plain(names.get(each, "")) for each in people))


def _fields(fields: Mapping[str, Any]) -> list[str]:
    texts = [value for name, value in fields.items() if isinstance(value, str) and value and not name.startswith("~")]
    return ["", *(f"> {_plain(line)}" for value in texts for line in value.splitlines())] if texts else []


def _plain(text: str) -> str:
    """Return a text so that it shows as written, whatever marks it holds, on one line."""
    return on_one_line(text).translate(_MARKS)
