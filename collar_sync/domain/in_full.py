"""What somebody wrote for the others, in full: every word of it that is shown, line by line, under plain headings.

For a copy that is read without this app. It reads what the lists made of what was said, so it shows no word that they
do not; and it must not know a statement.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from collar_sync.domain import schedule
from collar_sync.domain.checkin import CheckIn
from collar_sync.domain.checklist import Round
from collar_sync.domain.moment import Moment
from collar_sync.domain.repair_forms import Apology, Commitment, Facts, Part, Plan, Talk, Weekly, Word
from collar_sync.domain.update import Update
from collar_sync.ids import PersonId

Words = dict[str, tuple[str, ...]]
Naming = Callable[[PersonId], str]

_FIELDS: Final[Mapping[type, Mapping[str, str]]] = {
    CheckIn: {"arriving": "Arriving", "need": "A need", "gratitude": "A gratitude"},
    Moment: {"text": "In one line"},
    Update: {"changed": "What I changed", "feeling": "How I feel", "in_place": "What I put in place"},
    Round: {"title": "For", "lines": "Lines"},
    Facts: {"text": "What happened"},
    Part: {
        "facts": "What happened",
        "impact": "What it did",
        "meaning": "What it meant",
        "request": "What I ask for",
    },
    Apology: {
        "regret": "What I regret",
        "ownership": "What is mine",
        "impact": "What it did to you",
        "change": "What I change",
        "question": "A question to you",
    },
    Word: {"changed": "What changed", "recurred": "What came up again"},
    Plan: {
        "on_pause": "On pause",
        "protocols": "Protocols that are active",
        "temporary_limits": "Limits for a time",
        "changes": "What changes",
        "amends": "Amends",
    },
}
_DAYS: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
CALLED: Final[Mapping[type, str]] = {
    CheckIn: "check-in",
    Moment: "small moment",
    Update: "open update",
    Round: "checklist",
    Talk: "time to talk",
    Facts: "shared facts",
    Plan: "plan",
    Weekly: "weekly talk",
    Part: "part of the debrief",
    Apology: "apology",
    Word: "word in a review",
}


def words(written: Any, name: Naming, zone: str) -> Words:
    """Return every word of this, by heading; people by `name`, times as they are in `zone`."""
    found = {heading: _lines(getattr(written, field)) for field, heading in _FIELDS.get(type(written), {}).items()}
    return {heading: lines for heading, lines in (found | _more(written, name, zone)).items() if lines}


def _more(written: Any, name: Naming, zone: str) -> Words:
    """Return what is not written in words of its own."""
    more: Words = {}
    match written:
        case CheckIn(not_now=True):
            more = {"Arriving": ("not now",)}
        case Round():
            whole = [person for person, lines in written.ticked if {*lines} >= {*written.lines}]
            more = {"All of it ticked by": tuple(sorted(map(name, whole)))}
        case Word(still_wary=True):
            more = {"Still wary": ("yes",)}
        case Plan():
            more = {"Small promises": tuple(_promise(each, name) for each in written.commitments)}
        case Talk():
            where = schedule.zone(zone) or schedule.UTC_ZONE
            more = {"When": (schedule.local(written.at, where).strftime("%Y-%m-%d %H:%M"),)}
        case Weekly():
            more = {"When": (f"{_DAYS[written.weekday]}, {written.starts} to {written.ends} ({written.zone})",)}
    return more


def _promise(promise: Commitment, name: Naming) -> str:
    due = promise.due and f"due {promise.due.replace('T', ' ')}"
    more = "; ".join(filter(None, (promise.details, due, promise.repeat)))
    return f"{name(promise.person)}: {promise.title}{f' ({more})' if more else ''}"


def _lines(value: str | Iterable[str]) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    return tuple(line for text in texts for line in text.splitlines() if line.strip())
