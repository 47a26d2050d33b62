"""The machines of the domain, and a walk through each: what the charts in docs/ are drawn from.

A machine is a table of rules over facts, and the acts that change a fact. Every state that can be reached, and every
way from one to another, is found by doing all acts from the beginnings and asking the table's own predicates each time;
so an arrow that the code does not know cannot be drawn, one that it knows cannot be forgotten, and a predicate that no
longer says what its words do draws another chart. It knows no statement and no page.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from collar_sync.domain import (
    checklist,
    consent,
    focus,
    gate,
    limit,
    pause,
    presence,
    repair_steps,
    sharing,
    task,
    tracking,
)
from collar_sync.domain.consent import Consent, Narrowing
from collar_sync.domain.repair_forms import Stage
from collar_sync.domain.repair_steps import Look
from collar_sync.domain.table import Rule, read
from collar_sync.domain.terms import Terms
from collar_sync.ids import PersonId, StatementId

Facts = TypeVar("Facts", bound=msgspec.Struct)


@dataclasses.dataclass(frozen=True, slots=True)
class Machine(Generic[Facts]):
    """A table and what changes its facts; an act of None cannot happen then. `about` says what it is, in a sentence.

    `beginnings` are by what they are called where there are several. Where there are many ways, they are `listed`.
    """

    name: str
    about: str
    table: Sequence[Rule[Facts, Any]]
    beginnings: Mapping[str, Facts]
    acts: Mapping[str, Callable[[Facts], Facts | None]]
    listed: bool = False

    def begun(self) -> list[tuple[str, str]]:
        """Every beginning: the state that it is in, and what it is called."""
        return [(str(read(self.table, facts)), name) for name, facts in self.beginnings.items()]

    def arrows(self) -> list[tuple[str, str, str]]:
        """Every way from a state to another by an act, found by doing all of them from the beginnings."""
        found: dict[tuple[str, str, str], None] = {}
        waiting = [(facts, str(read(self.table, facts))) for facts in self.beginnings.values()]
        seen = {_key(facts): state for facts, state in waiting}
        while waiting:
            facts, state = waiting.pop(0)
            for name, act in self.acts.items():
                after = act(facts)
                if after is None:
                    continue
                key = _key(after)
                if key not in seen:
                    seen[key] = str(read(self.table, after))
                    waiting.append((after, seen[key]))
                if seen[key] != state:
                    found[state, name, seen[key]] = None
        return list(found)


def _key(facts: msgspec.Struct) -> tuple[Any, ...]:
    return msgspec.structs.astuple(facts)


def _becomes(**facts: Any) -> Callable[[Facts], Facts]:
    return lambda before: msgspec.structs.replace(before, **facts)


def _unless(fact: str, **facts: Any) -> Callable[[Facts], Facts | None]:
    return lambda before: None if getattr(before, fact) else msgspec.structs.replace(before, **facts)


MACHINES: Final[Sequence[Machine[Any]]] = (
    Machine(
        "A pause",
        "One person's stop for the whole space. One that is lifted stays lifted; to stop again is another pause.",
        pause.TABLE,
        {"": pause.Facts()},
        {
            "a lift by its author that names it": _becomes(lifted=True),
            "its author leaves": _becomes(left=True),
        },
    ),
    Machine(
        "A limit",
        "One person's statement about themself, in force at once.",
        limit.TABLE,
        {"": limit.Facts()},
        {"a loosening by its author that names it": _becomes(loosened=True)},
    ),
    Machine(
        "A consent, or an agreement",
        "Narrowing takes one person, and nothing said later undoes a withdrawal or a newer version.",
        consent.TABLE,
        {"": consent.Facts(waiting=True), "with a start to come": consent.Facts(waiting=True, early=True)},
        {
            "all have granted": _unless("withdrawn", waiting=False, declined=False),
            "of a consequence, a repair closed by whom it waits for": lambda facts: (
                _becomes(lapsed=True)(facts) if facts.waiting else None
            ),
            "a decline": _becomes(declined=True, waiting=True),
            "a yes by whoever declined": _becomes(declined=False),
            "a pause": _becomes(paused=True),
            "all pauses lifted": _becomes(paused=False),
            "a withdrawal": _becomes(withdrawn=True),
            "a newer version granted by all": _unless("withdrawn", superseded=True),
            "its start": _becomes(early=False),
            "its end": _becomes(early=False, over=True),
        },
    ),
    Machine(
        "Presence, of one person towards another",
        "Off until they show it; one hide, on any of their devices, ends it. To the other all but shown read alike.",
        presence.TABLE,
        {"": presence.Facts(), "with an end far away": presence.Facts(early=True)},
        {
            "a show that names every hide they saw": _becomes(shown=True, hidden=False, over=False),
            "a hide": _becomes(hidden=True),
            "its end": lambda facts: facts if not facts.shown else _becomes(early=False, over=True)(facts),
            "90 days before its end": _becomes(early=False),
            "one of the two leaves": _becomes(departed=True),
        },
    ),
    Machine(
        "A task",
        "Only the assignee moves it on; another's change of it asks them again. A missed occurrence is a gentle fact.",
        task.TABLE,
        {
            "asked": task.Facts(),
            "asked, and repeats": task.Facts(repeats=True),
            "promised": task.Facts(promised=True, agreed=True),
            "promised, and repeats": task.Facts(promised=True, agreed=True, repeats=True),
        },
        {
            "accepted": _becomes(agreed=True, declined=False),
            "changed since the yes": _becomes(agreed=False),
            "declined": _becomes(declined=True),
            "said done": _becomes(done=True),
            "done taken back": _becomes(done=False),
        },
    ),
    Machine(
        "A checklist",
        "One round, for one occasion. Whoever unticks ends it; to go on, everyone looks again in a new one.",
        checklist.TABLE,
        {"": checklist.Facts(waiting=True)},
        {
            "everyone ticked every line": _unless("paused", waiting=False),
            "an untick, or someone leaves": _becomes(stopped=True),
            "a pause of the space": _becomes(paused=True),
            "all pauses lifted": _becomes(paused=False),
            "ended, begun afresh, or its hours are over": _becomes(over=True),
        },
    ),
    Machine(
        "A focus session",
        "The end is soft: nothing follows when the time is up. What a pause stopped does not go on by itself.",
        focus.TABLE,
        {"": focus.Facts()},
        {
            "a break": _becomes(held=True),
            "word of a break that was begun in time": _becomes(held=True, up=False),
            "all breaks ended": _becomes(held=False),
            "its minutes pass": _unless("held", up=True),
            "a pause of the space": _becomes(stopped=True),
            "word that no pause fell into it": _becomes(stopped=False),
            "everyone left": _becomes(empty=True),
            "word of somebody who joined": _becomes(empty=False),
            "ended": _becomes(ended=True),
        },
    ),
)


_ONE: Final = PersonId("one")
_OTHER: Final = PersonId("other")
_STRANGER: Final = PersonId("a stranger")
_END: Final = 2  # milliseconds; it is 1 before
_SHARED: Final = Terms(purpose="p", includes=(sharing.LINES["mood"],), until=_END, flow="sharing", whose=(_ONE,))


def _shared(terms: Terms = _SHARED, *, line: str = sharing.LINES["mood"], **who: PersonId) -> sharing.Facts:
    """What one wants to share with the other, under a consent that both said yes to."""
    both, name = (_ONE, _OTHER), StatementId("it")
    agreed = Consent(
        id=name,
        proposer=_ONE,
        proposed_at=0,
        terms=terms,
        holds=terms,
        parties=both,
        granted_by=both,
        waiting_for=(),
        lineage=name,
        supersedes=(),
    )
    facts = sharing.Facts(consent=agreed, line=line, speaker=_ONE, hearer=_OTHER, now=1)
    return msgspec.structs.replace(facts, **who)


def _consent(**changed: Any) -> Callable[[sharing.Facts], sharing.Facts]:
    return lambda facts: msgspec.structs.replace(facts, consent=msgspec.structs.replace(facts.consent, **changed))


def _no(kind: consent.NarrowingKind) -> Callable[[sharing.Facts], sharing.Facts]:
    no = Narrowing(id=StatementId("no"), kind=kind, person=_OTHER, subject=StatementId("it"), at=0)
    return _consent(narrowings=(no,))


PASSING: Final[Sequence[Machine[Any]]] = (
    Machine(
        "A value shared live",
        "What one consent lets flow of it from one person to another; each consent about it is asked, and any of them "
        "is\nenough. In memory alone, for a day at most: what ends the consent ends the value, on both sides.",
        sharing.TABLE,
        {
            "theirs, and granted by all": _shared(),
            "of a consent about nothing live": _shared(msgspec.structs.replace(_SHARED, flow=None, whose=())),
            "of a consent about tracking": _shared(msgspec.structs.replace(_SHARED, flow="tracking")),
            "somebody else's": _shared(msgspec.structs.replace(_SHARED, whose=(_OTHER,))),
            "for somebody who is not named": _shared(hearer=_STRANGER),
            "of what the consent does not include": _shared(line=sharing.LINES["place"]),
        },
        {
            "a decline": _no("decline"),
            "a pause on it": _no("pause"),
            "that pause lifted": lambda facts: _consent(narrowings=())(facts) if facts.consent.paused_by else None,
            "a withdrawal": _no("revoke"),
            "a pause of the space": _consent(space_paused=True),
            "all pauses of the space lifted": _consent(space_paused=False),
            "one of them leaves": _consent(departed=(_OTHER,)),
            "a limit on that line": _consent(holds=msgspec.structs.replace(_SHARED, includes=())),
            "its end": _becomes(now=_END),
        },
    ),
    Machine(
        "Who may hear a word in passing",
        "Asked on both sides, before it is told and while it is heard.",
        gate.TABLE,
        {
            "presence": gate.Facts(kind=presence.WORD),
            "a value shared live": gate.Facts(kind=sharing.PREFIX + "mood"),
            "entries about a habit": gate.Facts(kind=tracking.PREFIX + "habit"),
            "an app's own": gate.Facts(kind=gate.APP + "word"),
            "of a kind that is not known": gate.Facts(kind="word"),
            "to another device of the same person": gate.Facts(kind=gate.APP + "word", same=True),
        },
        {
            "a pause of the space": _becomes(paused=True),
            "all pauses lifted": _becomes(paused=False),
            "one of the two leaves": _becomes(here=False),
        },
    ),
)

_WRITTEN_IN: Final = frozenset({Stage.PAUSE, Stage.DEBRIEF, Stage.AMEND, Stage.REVIEW})
_NEXT: Final = {Stage.PAUSE: Stage.DEBRIEF, Stage.DEBRIEF: Stage.AMEND, Stage.AMEND: Stage.REVIEW}


def _at(stage: Stage, look: Look) -> Look:
    """A stage that was just opened: nothing is written in it yet."""
    kept = {name: getattr(look, name) for name in ("takes_part", "said_mine", "may_apologise")}
    return Look(stage=stage, agreed=False, **kept)


def _in(*stages: Stage, **facts: Any) -> Callable[[Look], Look | None]:
    return lambda look: msgspec.structs.replace(look, **facts) if look.stage in stages else None


def _aside(fact: str, *, value: bool = True) -> Callable[[Look], Look | None]:
    """What can come between at any time; followed where it is between two of whom neither has to apologise."""
    followed = {fact}
    return lambda look: (
        None
        if look.said_mine or look.may_apologise or not _plain(look, followed)
        else msgspec.structs.replace(look, **{fact: value})
    )


_ASIDE: Final = {"help_first": False, "paused": False, "self_out": False, "other_out": False, "between_people": True}


def _plain(look: Look, without: set[str]) -> bool:
    """Whether one thing at most has come between, beside these: all others are read by their order in the table."""
    return sum(getattr(look, fact) is not usual for fact, usual in _ASIDE.items() if fact not in without) <= 1


def _goes_on(look: Look) -> Look | None:
    """All are ready, or all close it."""
    if not look.ready or look.stage not in _WRITTEN_IN or not _plain(look, set()):
        return None
    return _at(_NEXT.get(look.stage, Stage.CLOSED), look) if _untouched(look) else None


def _untouched(look: Look) -> bool:
    return all(getattr(look, fact) is usual for fact, usual in _ASIDE.items())


def _write(look: Look) -> Look | None:
    if look.stage not in _WRITTEN_IN or look.texts > 1:
        return None
    return msgspec.structs.replace(look, texts=look.texts + 1, signed=False, agreed=False)


STEPS: Final = Machine(
    "What comes next in a repair, for one person",
    "A step is offered, never owed.",
    repair_steps.STEPS,
    {
        "another's slip-up": Look(stage=Stage.SHARED, agreed=False),
        "what they shared as theirs": Look(stage=Stage.SHARED, agreed=False, said_mine=True),
        "what another shared as done to them": Look(stage=Stage.SHARED, agreed=False, may_apologise=True),
        "one in which they take no part": Look(stage=Stage.SHARED, agreed=False, takes_part=False),
    },
    {
        "it is begun": lambda look: _at(Stage.PAUSE, look) if look.stage is Stage.SHARED and _untouched(look) else None,
        "another writes a text": _write,
        "they write the one text": lambda look: (
            msgspec.structs.replace(look, texts=1, signed=True, agreed=False) if look.stage in _WRITTEN_IN else None
        ),
        "they sign it": lambda look: msgspec.structs.replace(look, signed=True) if look.texts == 1 else None,
        "all have signed it": lambda look: (
            msgspec.structs.replace(look, agreed=True) if look.texts == 1 and look.signed else None
        ),
        "they share their part": _in(Stage.DEBRIEF, wrote_part=True),
        "the others share theirs": _in(Stage.DEBRIEF, others_wrote=True),
        "they apologise": _in(Stage.AMEND, apologised=True),
        "another apologises": _in(Stage.AMEND, may_apologise=False),
        "they say a word": _in(Stage.REVIEW, had_word=True),
        "they say that they are ready": lambda look: (
            msgspec.structs.replace(look, ready=True) if look.stage in _WRITTEN_IN else None
        ),
        "not yet": _becomes(ready=False),
        "everyone said so": _goes_on,
        "somebody goes round again": lambda look: (
            _at(Stage.PAUSE, look) if look.stage in {Stage.REVIEW, Stage.CLOSED} and _untouched(look) else None
        ),
        "they note that it is about safety": _aside("help_first"),
        "a pause of the space": _aside("paused"),
        "all pauses lifted": _aside("paused", value=False),
        "they step out": _aside("self_out"),
        "they come back": _aside("self_out", value=False),
        "another steps out": _aside("other_out"),
        "the other comes back": _aside("other_out", value=False),
        "nobody else is left": _aside("between_people", value=False),
    },
    listed=True,
)
WALKED: Final[Sequence[Machine[Any]]] = (*MACHINES, STEPS, *PASSING)
