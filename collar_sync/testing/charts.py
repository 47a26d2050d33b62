"""The state charts in docs/, drawn from the tables that the code runs: `python -m collar_sync.testing.charts`.

A machine is a table of rules over facts, and the acts that change a fact. Every state that can be reached, and every
way from one to another, is found by doing all acts from the beginning and reading the table each time; so an arrow that
the code does not know cannot be drawn, and one that it knows cannot be forgotten. It knows no statement.
"""

import dataclasses
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import msgspec

from collar_sync.core import channel
from collar_sync.domain import (
    checklist,
    consent,
    focus,
    gate,
    limit,
    pause,
    presence,
    repair_forms,
    repair_steps,
    sharing,
    task,
)
from collar_sync.domain.repair_forms import Move
from collar_sync.domain.table import Rule, read

Facts = TypeVar("Facts", bound=msgspec.Struct)

PAGE: Final = Path(__file__).resolve().parent.parent.parent / "docs" / "state-charts.md"


@dataclasses.dataclass(frozen=True, slots=True)
class Machine(Generic[Facts]):
    """A table and what changes its facts; an act of None cannot happen then. `about` says what it is, in a sentence."""

    name: str
    about: str
    table: Sequence[Rule[Facts, Any]]
    beginnings: Sequence[Facts]
    acts: Mapping[str, Callable[[Facts], Facts | None]]

    def arrows(self) -> list[tuple[str, str, str]]:
        """Every way from a state to another by an act, found by doing all of them from the beginnings."""
        found: dict[tuple[str, str, str], None] = {}
        waiting = list(self.beginnings)
        seen = set(map(_key, waiting))
        while waiting:
            facts = waiting.pop(0)
            for name, act in self.acts.items():
                after = act(facts)
                if after is None or after == facts:
                    continue
                arrow = (str(read(self.table, facts)), name, str(read(self.table, after)))
                if arrow[0] != arrow[2]:
                    found[arrow] = None
                if _key(after) not in seen:
                    seen.add(_key(after))
                    waiting.append(after)
        return list(found)

    def text(self) -> str:
        """Give the chart as Markdown: the table in its order, then every arrow."""
        begun = dict.fromkeys(str(read(self.table, facts)) for facts in self.beginnings)
        return _section(self.name, self.about, [*_rules(self.table), "", *_diagram(begun, self.arrows())])


@dataclasses.dataclass(frozen=True, slots=True)
class Stages:
    """A table of moves from stage to stage; the first is where it begins."""

    name: str
    about: str
    table: Sequence[Move]

    def text(self) -> str:
        """Give the chart as Markdown: every move."""
        arrows = [(str(each.stage), f"{each.act}, by {each.by}", str(each.to)) for each in self.table]
        return _section(self.name, self.about, _diagram([arrows[0][0]], arrows))


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """A table that is read and has no arrows of its own."""

    name: str
    about: str
    table: Sequence[Rule[Any, Any]]

    def text(self) -> str:
        """Give it as Markdown: the table in its order."""
        return _section(self.name, self.about, _rules(self.table))


def _section(name: str, about: str, lines: Iterable[str]) -> str:
    return "\n".join([f"## {name}", "", about, "", *lines, ""])


def _rules(table: Sequence[Rule[Any, Any]]) -> list[str]:
    found = [f"{place}. **{rule.state}**: {rule.words}" for place, rule in enumerate(table, 1)]
    return ["The first that applies:", "", *found]


def _diagram(begun: Iterable[str], arrows: Iterable[tuple[str, str, str]]) -> list[str]:
    starts = [f"    [*] --> {_node(state)}" for state in begun]
    return ["```mermaid", "stateDiagram-v2", *starts, *_drawn(arrows), "```"]


def _key(facts: msgspec.Struct) -> tuple[Any, ...]:
    return msgspec.structs.astuple(facts)


def _node(state: object) -> str:
    return str(state).replace(" ", "_").replace("-", "_")


def _drawn(arrows: Iterable[tuple[str, str, str]]) -> list[str]:
    """One line for each pair of states, with all acts that lead from one to the other."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for start, act, end in arrows:
        pairs.setdefault((start, end), []).append(act)
    return [f"    {_node(start)} --> {_node(end)}: {', '.join(acts)}" for (start, end), acts in pairs.items()]


def _becomes(**facts: bool) -> Callable[[Facts], Facts]:
    return lambda before: msgspec.structs.replace(before, **facts)


def _unless(fact: str, **facts: bool) -> Callable[[Facts], Facts | None]:
    return lambda before: None if getattr(before, fact) else msgspec.structs.replace(before, **facts)


def _repair() -> tuple[Stages, Choice]:
    return (
        Stages(
            "A repair",
            "Each stage opens only when all are ready; a yes can be taken back, and then the stage closes again.",
            repair_forms.TABLE,
        ),
        Choice("What comes next in a repair, for one person", "A step is offered, never owed.", repair_steps.STEPS),
    )


MACHINES: Final[Sequence[Machine[Any]]] = (
    Machine(
        "A pause",
        "One person's stop for the whole space. One that is lifted stays lifted; to stop again is another pause.",
        pause.TABLE,
        [pause.Facts()],
        {
            "a lift by its author that names it": _becomes(lifted=True),
            "its author leaves": _becomes(left=True),
        },
    ),
    Machine(
        "A limit",
        "One person's statement about themself, in force at once.",
        limit.TABLE,
        [limit.Facts()],
        {"a loosening by its author that names it": _becomes(loosened=True)},
    ),
    Machine(
        "A consent, or an agreement",
        "Narrowing takes one person, and nothing said later undoes a withdrawal or a newer version.",
        consent.TABLE,
        [consent.Facts(waiting=True), consent.Facts(waiting=True, early=True)],
        {
            "all have granted": _unless("withdrawn", waiting=False, declined=False),
            "of a consequence, a repair closed by whom it waits for": lambda facts: (
                _becomes(lapsed=True)(facts) if facts.waiting else None
            ),
            "a decline": _becomes(declined=True, waiting=True),
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
        [presence.Facts(), presence.Facts(early=True)],
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
        [
            task.Facts(),
            task.Facts(repeats=True),
            task.Facts(promised=True, agreed=True),
            task.Facts(promised=True, agreed=True, repeats=True),
        ],
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
        [checklist.Facts(waiting=True)],
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
        [focus.Facts()],
        {
            "a break": _becomes(held=True),
            "all breaks ended": _becomes(held=False),
            "its minutes pass": _unless("held", up=True),
            "a pause of the space": _becomes(stopped=True),
            "ended, or everyone left": _becomes(ended=True),
        },
    ),
)


PASSING: Final[Sequence[Choice]] = (
    Choice(
        "A value shared live",
        "What one consent lets flow of it from one person to another; each consent about it is asked, and any of them "
        "is\nenough. In memory alone, for a day at most: what ends the consent ends the value, on both sides.",
        sharing.TABLE,
    ),
    Choice(
        "Who may hear a word in passing", "Asked on both sides, before it is told and while it is heard.", gate.TABLE
    ),
)


def _channel() -> str:
    """Every act in every state that the table allows; the last line is what ends each of them."""
    arrows = [(start.name, act.name.lower(), end.name) for (start, act), end in channel.NEXT.items()]
    ends = [(state.name, "close, or anything wrong", channel.State.CLOSED.name) for state in channel.State]
    begun = [channel.State.READY.name, channel.State.LISTENING.name]
    about = (
        "Who calls is ready, then called; who listens answers, and believes nothing until a record proves the caller."
    )
    return _section("A secure channel", about, _diagram(begun, [*arrows, *ends[:-1]]))


def page() -> str:
    """Return the whole page."""
    head = [
        "# State charts",
        "",
        "Drawn by `python -m collar_sync.testing.charts --write` from the tables that the code runs; a test holds that",
        "this page is what it draws. A state is read from what was said, so it is the same whatever came first; an",
        "arrow says what changes it. Where a rule stands above another, it outranks it. What has no states has no",
        "chart: a request to erase stays one whatever is said to it, and so do thanks, a check-in and an update.",
        "",
    ]
    charts: list[Machine[Any] | Stages | Choice] = [*MACHINES, *_repair(), *PASSING]
    drawn = [each.text() for each in charts] + [_channel()]
    return "\n".join([*head, *drawn])


def main(asked: Sequence[str]) -> None:
    """Print the page, or write it where it belongs."""
    if list(asked) == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main(sys.argv[1:])
