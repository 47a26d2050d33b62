"""What can be said in a Repair loop: its stages and moves as one table, and the form of each statement.

A repair is of one shared slip-up, whose id is the subject of everything said in it. It goes in rounds, from 1. What all
have to agree on is a *sheet*: a time to talk, the shared facts, the plan of amends, the weekly talk. A version of a
sheet is an immutable statement, so a signature is on its exact text, and an edit, being another version, asks again.
There is no form for forgiveness, for a deadline or for a penalty.
"""

import enum
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

import msgspec

from collar_sync import limits
from collar_sync.core.letters import is_blank, misleads
from collar_sync.core.statement import Said
from collar_sync.domain import schedule
from collar_sync.domain.reading import MISLEADS, NOT_PLAIN
from collar_sync.domain.schedule import UTC_ZONE
from collar_sync.domain.task_book import Kind as TaskKind
from collar_sync.domain.written import Lines, Passage, parse
from collar_sync.ids import PersonId

PREFIX: Final = "repair."


class Stage(enum.StrEnum):
    """Where a repair stands."""

    SHARED = "shared"  # a slip-up was shared; nobody has begun a repair of it
    PAUSE = "pause"
    DEBRIEF = "debrief"
    AMEND = "amend"
    REVIEW = "review"
    CLOSED = "closed"


class Move(msgspec.Struct, frozen=True):
    """One way from a stage to the next: what is said, and whether by anyone or by everyone; or into the next round."""

    stage: Stage
    act: str
    by: Literal["anyone", "everyone"]
    to: Stage
    again: bool = False


BEGIN: Final = "repair.begin"
READY: Final = "repair.ready"
CLOSE: Final = "repair.close"
AGAIN: Final = "repair.again"
TAKE_BACK: Final = "repair.take_back"
OUT: Final = "repair.out"
BACK: Final = "repair.back"
SIGN: Final = "repair.sign"
PART: Final = "repair.part"
APOLOGY: Final = "repair.apology"
WORD: Final = "repair.word"
TALK: Final = "repair.talk"
FACTS: Final = "repair.facts"
PLAN: Final = "repair.plan"
WEEKLY: Final = "repair.weekly"

TABLE: Final[tuple[Move, ...]] = (
    Move(Stage.SHARED, BEGIN, "anyone", Stage.PAUSE),
    Move(Stage.PAUSE, READY, "everyone", Stage.DEBRIEF),
    Move(Stage.DEBRIEF, READY, "everyone", Stage.AMEND),
    Move(Stage.AMEND, READY, "everyone", Stage.REVIEW),
    Move(Stage.REVIEW, AGAIN, "anyone", Stage.PAUSE, again=True),
    Move(Stage.REVIEW, CLOSE, "everyone", Stage.CLOSED),
    Move(Stage.CLOSED, AGAIN, "anyone", Stage.PAUSE, again=True),
)

Round = Annotated[int, msgspec.Meta(ge=1, le=limits.ROUNDS_MAX)]
Clock = Annotated[str, msgspec.Meta(pattern=r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z")]


class Plain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but that it was said."""


class Ready(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """This person is ready for that stage of that round."""

    round: Round
    stage: Stage


class InRound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Close: enough, in this round. Again: this round may begin."""

    round: Round


class Talk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time to talk, milliseconds since the epoch."""

    round: Round
    at: int


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened, as all can say it."""

    round: Round
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.FACTS_CHARACTERS_MAX)]


class Commitment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"person": "for"}):
    """A small promise, which becomes a task by its own person's act. `due` and `repeat` are as a task has them."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.TITLE_CHARACTERS_MAX)]
    person: PersonId
    details: Annotated[str, msgspec.Meta(max_length=limits.SENTENCE_CHARACTERS_MAX)] = ""
    kind: TaskKind = "micro-commitment"
    due: str | None = None
    repeat: str | None = None


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Re-consent and amends: what is on pause, which protocols are active, which limits hold for a time, what changes.

    It grants nothing and lifts nothing: consents, limits and pauses stay where they are, each with its own person.
    """

    round: Round
    on_pause: Lines = ()
    protocols: Lines = ()
    temporary_limits: Lines = ()
    changes: Lines = ()
    amends: Lines = ()
    commitments: Annotated[tuple[Commitment, ...], msgspec.Meta(min_length=1, max_length=limits.COMMITMENTS_MAX)]


class Weekly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A weekly talk with a fixed start and end, local times in a zone; Monday is 0."""

    round: Round
    weekday: Annotated[int, msgspec.Meta(ge=0, le=6)]
    starts: Clock
    ends: Clock
    zone: Annotated[str, msgspec.Meta(max_length=64)]


class Part(msgspec.Struct, frozen=True):
    """One person's own part of the debrief. What it grew from (roots) is never in it."""

    round: Round
    facts: Passage = ""
    impact: Passage = ""
    meaning: Passage = ""
    request: Passage = ""


class Apology(msgspec.Struct, frozen=True):
    """An apology that was offered: each of its parts is there."""

    round: Round
    regret: Annotated[Passage, msgspec.Meta(min_length=1)]
    ownership: Annotated[Passage, msgspec.Meta(min_length=1)]
    impact: Annotated[Passage, msgspec.Meta(min_length=1)]
    change: Annotated[Passage, msgspec.Meta(min_length=1)]
    question: Annotated[Passage, msgspec.Meta(min_length=1)]


class Word(msgspec.Struct, frozen=True):
    """What somebody says in a review. "Still wary" is a full answer."""

    round: Round
    changed: Passage = ""
    recurred: Passage = ""
    still_wary: bool = False


Form = Plain | Ready | InRound | Talk | Facts | Plan | Weekly | Part | Apology | Word
Sheet = Talk | Facts | Plan | Weekly

FORMS: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {
        BEGIN: Plain,
        READY: Ready,
        CLOSE: InRound,
        AGAIN: InRound,
        BACK: Plain,
        SIGN: Plain,
        PART: Part,
        APOLOGY: Apology,
        WORD: Word,
        TALK: Talk,
        FACTS: Facts,
        PLAN: Plan,
        WEEKLY: Weekly,
    }
)
NARROWING: Final = frozenset({TAKE_BACK, OUT})  # these count whatever they hold, and wherever they were said
SHEETS: Final = (TALK, FACTS, PLAN, WEEKLY)
BELONGS: Final = MappingProxyType(  # the stage that has to have been opened by everyone
    {
        TALK: Stage.PAUSE,
        PART: Stage.DEBRIEF,
        FACTS: Stage.DEBRIEF,
        APOLOGY: Stage.AMEND,
        PLAN: Stage.AMEND,
        WEEKLY: Stage.REVIEW,
        WORD: Stage.REVIEW,
        CLOSE: Stage.REVIEW,
    }
)
_WAYS: Final = {move.to for move in TABLE if move.act == READY}


_FLAWS: Final[Mapping[type, tuple[Callable[[Any, int], bool], str]]] = MappingProxyType(
    {
        Ready: (lambda form, _: form.stage not in _WAYS, "Nobody has to be ready for that."),
        Talk: (
            lambda form, at: not _soonest(at) <= form.at <= at + limits.TALK_MILLISECONDS_MAX,
            "Choose a time to talk between twenty minutes and twenty-four hours from now.",
        ),
        Facts: (
            lambda form, _: is_blank(form.text),
            "Write what happened, as all of you can say it: the text is empty.",
        ),
        Part: (
            lambda form, _: all(map(is_blank, part_words(form).values())),
            "Write at least one of the four: what happened, what it did, what it meant, what you ask for.",
        ),
        Apology: (
            lambda form, _: any(map(is_blank, apology_words(form).values())),
            "An apology that is offered has all its parts. An unfinished one can be saved for later.",
        ),
        Word: (
            lambda form, _: not (form.still_wary or not is_blank(form.changed + form.recurred)),
            'Say what changed or what came up again; "still wary" is a full answer, too.',
        ),
        Weekly: (
            lambda form, _: form.starts >= form.ends or schedule.zone(form.zone) is None,
            "A weekly talk has an end after its start, on the same day, in a time zone such as Europe/Berlin.",
        ),
    }
)


def form_of(said: Said, parties: Collection[PersonId]) -> tuple[msgspec.Struct | None, str | None]:
    """Return the form of a known statement in a repair of those and no reason, or the reason why it is none."""
    form = parse(said.body, FORMS[said.kind])
    if form is None:
        return None, NOT_PLAIN if FORMS[said.kind] in {Plain, Ready, InRound} else "It is not in a form known here."
    return form, flaw(form, said.at, parties)


def flaw(form: msgspec.Struct, at: int, parties: Collection[PersonId]) -> str | None:
    """Return what makes a well-formed statement said at `at` none, as a sentence to act on, or None.

    What all are to sign holds nothing that cannot be seen: a signature is on the text as everyone reads it. And nobody
    is promised for who does not take part, and so has no yes to give.
    """
    if isinstance(form, Facts | Plan) and any(map(misleads, _texts(form))):
        return MISLEADS
    if isinstance(form, Plan):
        return next(filter(None, (_commitment_flaw(each, parties) for each in form.commitments)), None)
    amiss, sentence = _FLAWS.get(type(form), (None, None))
    return sentence if amiss is not None and amiss(form, at) else None


def _soonest(at: int) -> int:
    """Return the earliest time to talk of one that is suggested at `at`."""
    return at + limits.TALK_MILLISECONDS_MIN - limits.TALK_SAID_WITHIN_MILLISECONDS


def part_words(part: Any) -> dict[str, str]:
    """Return the four fields of a part, drafted or shared, by name; never its roots."""
    return {name: getattr(part, name) for name in ("facts", "impact", "meaning", "request")}


def apology_words(apology: Any) -> dict[str, str]:
    """Return the five parts of an apology, drafted or offered, by name."""
    return {name: getattr(apology, name) for name in ("regret", "ownership", "impact", "change", "question")}


def _texts(form: Facts | Plan) -> Iterator[str]:
    if isinstance(form, Facts):
        yield form.text
    else:
        yield from (*form.on_pause, *form.protocols, *form.temporary_limits, *form.changes, *form.amends)
        for each in form.commitments:
            yield from (each.title, each.details)


def _commitment_flaw(commitment: Commitment, parties: Collection[PersonId]) -> str | None:
    if commitment.person not in parties:
        return "A small promise is of somebody who takes part in this repair. Others can be asked for it as a task."
    if is_blank(commitment.title):
        return "Write what the small promise is: its title is empty."
    if commitment.due is not None and schedule.wall_time(commitment.due) is None:
        return "Write when it is due as a local time such as 2026-05-01T18:00."
    if commitment.repeat is not None and not schedule.repeats(commitment.repeat):
        return "Write how it repeats as a rule such as FREQ=DAILY;COUNT=14."
    due = None if commitment.due is None else schedule.wall_time(commitment.due)
    return None if commitment.repeat is None or due is None else schedule.never(commitment.repeat, due, UTC_ZONE)
