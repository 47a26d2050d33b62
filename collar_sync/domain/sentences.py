"""One plain sentence for each kind of statement: who did what. For timelines and for exports that people read.

The reader is "you". A sentence says what happened and nothing of how it was: no count, no lateness, no judgement. Where
it gives None, there is nothing to tell. Words in it come from statements, which nobody can edit afterwards.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from collar_sync.core.letters import is_blank, on_one_line
from collar_sync.core.people import Person
from collar_sync.core.quoting import ended, quoted
from collar_sync.core.statement import Said
from collar_sync.domain import (
    checkin,
    checklist,
    consent_book,
    erasing,
    focus,
    limit,
    moment,
    pause,
    presence,
    reviews,
    schedule,
    slip,
    task_book,
    update,
)
from collar_sync.domain import repair_forms as repair
from collar_sync.domain.consent_book import Dialect
from collar_sync.domain.task_words import day_read
from collar_sync.ids import PersonId

ENROL: Final = "device.enrol"
UNKNOWN: Final = "said something that this version does not know. It is kept."
_NOT_HERE: Final = "something that is not here"


class Folk:
    """Who is who and what is what, as the reader calls them; `statements` are those that sentences may refer to."""

    def __init__(self, me: PersonId, people: Mapping[PersonId, Person], statements: Iterable[Said]) -> None:
        self.me = me
        self.people = people
        self._said: dict[str, Said] = {each.id: each for each in statements}
        self.enrolled = frozenset(each.subject for each in self._said.values() if each.kind == ENROL)
        self.devices = self.enrolled.union(
            (each.device for each in self._said.values()), *(each.devices for each in people.values())
        )

    def name(self, person: object) -> str:
        """Return what the reader calls someone, at the start of a sentence."""
        if person == self.me:
            return "You"
        known = self.people.get(PersonId(person)) if isinstance(person, str) else None
        return on_one_line(known.name) if known is not None else "Someone"

    def whom(self, person: object) -> str:
        """Return what the reader calls someone, within a sentence."""
        return "you" if person == self.me else self.name(person)

    def their(self, person: object) -> str:
        """Return the word for what belongs to someone who was just named."""
        return "your" if person == self.me else "their"

    def they(self, person: object) -> str:
        """Return who is, for someone who was just named."""
        return "you are" if person == self.me else "they are"

    def subject(self, said: Said) -> Said | None:
        """Return what this is about, where that is a statement and here."""
        return self._said.get(said.subject)

    def said(self, identifier: str) -> Said | None:
        """Return a statement by its id, where it is here."""
        return self._said.get(identifier)

    def title(self, said: Said, *fields: str) -> str:
        """Return what a statement calls itself, in quotation marks: the first of these fields that is text."""
        texts = (said.body.get(field) for field in fields)
        return next((quoted(text) for text in texts if isinstance(text, str) and not is_blank(text)), _NOT_HERE)

    def about(self, said: Said, *fields: str) -> str:
        """Return what its subject calls itself."""
        subject = self.subject(said)
        return _NOT_HERE if subject is None else self.title(subject, *fields)


Sentence = Callable[[Said, Folk], str | None]


def _about(words: str, *fields: str) -> Sentence:
    """Make a sentence of who, these words, and what its subject calls itself in place of the braces."""
    return lambda said, folk: ended(f"{folk.name(said.author)} {words.format(folk.about(said, *fields))}")


def _named(words: str, *fields: str) -> Sentence:
    """Make a sentence of who, these words, and what the statement calls itself in place of the braces."""
    return lambda said, folk: ended(f"{folk.name(said.author)} {words.format(folk.title(said, *fields))}")


def _began(said: Said, folk: Folk) -> str | None:
    if said.device in folk.enrolled:
        return None  # whoever was let in did not begin it
    return f"{folk.name(said.author)} began this record."


def _let_in(said: Said, folk: Folk) -> str | None:
    whose = next((each.id for each in folk.people.values() if said.subject in each.devices), None)
    if whose is None:
        return None
    if whose == said.author:
        return f"{folk.name(whose)} added a device of {folk.their(whose)} own."
    return f"{folk.name(said.author)} let {folk.whom(whose)} in."


def _removed(said: Said, folk: Folk) -> str | None:
    others = (each.devices for each in folk.people.values() if each.id != said.author)
    if said.subject not in folk.devices or any(said.subject in devices for devices in others):
        return None  # nobody removes another's device, nor one that never was
    return f"{folk.name(said.author)} removed a device of {folk.their(said.author)} own."


def _left(said: Said, folk: Folk) -> str | None:
    person = folk.people.get(said.author)
    return f"{folk.name(said.author)} left." if person is not None and person.left else None


def _lifted(said: Said, folk: Folk) -> str:
    return f"{folk.name(said.author)} lifted {folk.their(said.author)} pause."


def _offers(dialect: Dialect) -> dict[str, Sentence]:
    """Make the sentences about what is proposed and answered, a consent or an agreement."""

    def offered(said: Said, folk: Folk) -> str:
        what = f"a change of {dialect}" if said.body.get("supersedes") else str(dialect)
        return ended(f"{folk.name(said.author)} proposed {what}: {folk.title(said, 'purpose')}")

    return {
        dialect.kind(consent_book.PROPOSE): offered,
        dialect.kind(consent_book.GRANT): _about("said yes to {}", "purpose"),
        dialect.kind(consent_book.RESUME): _about("lifted a pause on {}", "purpose"),
        dialect.kind("decline"): _about("said no to {}", "purpose"),
        dialect.kind("pause"): _about("paused {}", "purpose"),
        dialect.kind("revoke"): _about("withdrew from {}", "purpose"),
    }


def _lapsed(said: Said, folk: Folk) -> str:
    """What lapsed is not named: some of it may never have been shown to whoever it waited for."""
    return f"{folk.name(said.author)} let lapse what was still waiting for {folk.their(said.author)} yes."


def _loosened(said: Said, folk: Folk) -> str:
    known = [found for found in map(folk.said, said.answers) if found is not None and found.kind == limit.SET]
    what = ", ".join(folk.title(each, "text") for each in known if each.author == said.author) or _NOT_HERE
    return ended(f"{folk.name(said.author)} took back a limit: {what}")


def _asked(said: Said, folk: Folk) -> str:
    return ended(f"{folk.name(said.author)} asked {folk.whom(said.body.get('for'))} for {folk.title(said, 'title')}")


def _done(said: Said, folk: Folk) -> str:
    occurrence = said.body.get("occurrence")
    day = schedule.day_of(occurrence) if isinstance(occurrence, str) else None
    of_day = f" for {day_read(day)}" if day is not None else ""
    return f"{folk.name(said.author)} said that {folk.about(said, 'title')} is done{of_day}."


def _plainly(words: str) -> Sentence:
    """Make a sentence of who and these words."""
    return lambda said, folk: f"{folk.name(said.author)} {words}."


def _nothing(_said: Said, _folk: Folk) -> None:
    """Tell nothing: who is ready, who is not, and who stepped out is nobody's history."""


_OF_REPAIRS: Final[Mapping[str, Sentence]] = {
    checkin.SHARE: _plainly("shared a check-in"),
    moment.SHARE: _named("shared a small moment: {}", "text"),
    update.SHARE: _plainly("shared an open update"),
    slip.SHARE: _named("shared what happened: {}", "sentence"),
    repair.BEGIN: _about("began a repair: {}", "sentence"),
    repair.TALK: _about("suggested a time to talk about {}", "sentence"),
    repair.PART: _plainly("shared a part of a debrief"),
    repair.FACTS: _named("wrote shared facts: {}", "text"),
    repair.APOLOGY: _about("offered an apology for {}", "sentence"),
    repair.PLAN: _about("suggested what to change after {}", "sentence"),
    repair.WEEKLY: _about("suggested a weekly talk after {}", "sentence"),
    repair.SIGN: _about("said yes to a text about {}", "sentence"),
    repair.WORD: _plainly("spoke in a review"),
    repair.CLOSE: _about("said that it can be closed: {}", "sentence"),
    repair.AGAIN: _about("asked to go round again: {}", "sentence"),
    **dict.fromkeys((repair.READY, repair.TAKE_BACK, repair.OUT, repair.BACK), _nothing),
}


def _showed(said: Said, folk: Folk) -> str | None:
    """Of presence a timeline tells those alone whom it is about; that it was hidden, only whoever hid it."""
    if folk.me not in {said.author, said.subject}:
        return None
    return f"{folk.name(said.author)} chose to show {folk.whom(said.subject)} when {folk.they(said.author)} here."


def _hid(said: Said, folk: Folk) -> str | None:
    if folk.me != said.author:
        return None
    return f"You stopped showing {folk.whom(said.subject) if said.subject else 'anyone'} when you are here."


_OCCASIONS: Final[Mapping[str, str]] = {"scene": "before a scene", "aftercare": "for the care afterwards"}
_TIMES: Final[Mapping[str, str]] = {
    "journaling": "journaling",
    "consent review": "looking at consents",
    "aftercare": "aftercare",
    "study": "study",
}


def _ticking(said: Said, folk: Folk) -> str:
    """A checklist without a name of its own bears that of its occasion."""
    title, occasion = said.body.get("title"), said.body.get("occasion")
    if isinstance(occasion, str) and title == occasion in _OCCASIONS:
        return f"{folk.name(said.author)} began a checklist {_OCCASIONS[occasion]}."
    return ended(f"{folk.name(said.author)} began a checklist: {folk.title(said, 'title')}")


def _focusing(said: Said, folk: Folk) -> str:
    kind = said.body.get("kind")
    words = _TIMES.get(kind) if isinstance(kind, str) else None
    return f"{folk.name(said.author)} began a focus time{f': {words}' if words else ''}."


_TOGETHER: Final[Mapping[str, Sentence]] = {
    checklist.BEGIN: _ticking,
    focus.BEGIN: _focusing,
    reviews.HELD: _about("looked again at {}", "purpose"),
    **dict.fromkeys((*checklist.KINDS - {checklist.BEGIN}, *focus.KINDS - {focus.BEGIN}), _nothing),
}

SENTENCES: Final[Mapping[str, Sentence]] = {
    "space.found": _began,
    ENROL: _let_in,
    "device.remove": _removed,
    "person.leave": _left,
    pause.PAUSE: lambda said, folk: f"{folk.name(said.author)} paused everything.",
    pause.LIFT: _lifted,
    limit.SET: _named("set a limit: {}", "text"),
    limit.LOOSEN: _loosened,
    **_offers(consent_book.CONSENT),
    **_offers(consent_book.AGREEMENT),
    consent_book.AGREEMENT.kind(consent_book.LAPSE): _lapsed,
    task_book.ASK: _asked,
    task_book.PROMISE: _named("promised {}", "title"),
    task_book.ACCEPT: _named("accepted {}", "title"),
    task_book.REWORD: _named("changed {}, and said yes to it as it then was", "title"),
    task_book.DECLINE: _about("said no to {}", "title"),
    task_book.DONE: _done,
    task_book.TAKE_BACK: _about("took back that {} is done", "title"),
    **_TOGETHER,
    **_OF_REPAIRS,
    erasing.ASK: _plainly("asked everyone to erase this record from their devices"),
    erasing.RECEIPT: _plainly("erased this record from a device of theirs"),
    presence.SHOW: _showed,
    presence.HIDE: _hid,
}


def sentence(said: Said, folk: Folk, sentences: Mapping[str, Sentence] = SENTENCES) -> str | None:
    """Say what happened, or None where there is nothing to tell; what is not known is told as that."""
    tell = sentences.get(said.kind)
    return f"{folk.name(said.author)} {UNKNOWN}" if tell is None else tell(said, folk)
