"""The state charts in docs/, drawn from walks through the code's own tables: `python -m collar_sync.testing.charts`.

What there is to draw is found by `walks.py`; this says it as Markdown, and knows no rule.
"""

import dataclasses
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from collar_sync.core import channel
from collar_sync.domain import repair_forms
from collar_sync.domain.repair_forms import Move
from collar_sync.domain.table import Rule
from collar_sync.testing.walks import MACHINES, PASSING, STEPS, Machine

PAGE: Final = Path(__file__).resolve().parent.parent.parent / "docs" / "state-charts.md"


@dataclasses.dataclass(frozen=True, slots=True)
class Stages:
    """A table of moves from stage to stage; the first is where it begins."""

    name: str
    about: str
    table: Sequence[Move]

    def text(self) -> str:
        """Give the chart as Markdown: every move."""
        arrows = [(str(each.stage), f"{each.act}, by {each.by}", str(each.to)) for each in self.table]
        return _section(self.name, self.about, _diagram([(arrows[0][0], "")], arrows))


def drawn(machine: Machine[Any]) -> str:
    """Give a machine as Markdown: the table in its order, where it begins, then every arrow."""
    ways = _listed(machine) if machine.listed else _diagram(machine.begun(), machine.arrows())
    return _section(machine.name, machine.about, [*_rules(machine.table), "", *ways])


def _section(name: str, about: str, lines: Iterable[str]) -> str:
    return "\n".join([f"## {name}", "", about, "", *lines, ""])


def _rules(table: Sequence[Rule[Any, Any]]) -> list[str]:
    found = [f"{place}. **{rule.state}**: {rule.words}" for place, rule in enumerate(table, 1)]
    return ["The first that applies:", "", *found]


def _listed(machine: Machine[Any]) -> list[str]:
    """One line for each act and each state that it leads to, or that it leads on from where that is one alone."""
    ends: dict[tuple[str, str], list[str]] = {}
    for start, act, end in machine.arrows():
        ends.setdefault((act, end), []).append(start)
    ways: dict[tuple[str, str], list[str]] = {}
    for (act, end), starts in ends.items():
        ways.setdefault((act, ", ".join(sorted(starts))), []).append(end)
    order = [*machine.acts]
    lines = sorted((order.index(act), act, starts, sorted(found)) for (act, starts), found in ways.items())
    begun = [f"- at the beginning, {name}: **{state}**" for state, name in machine.begun()]
    return [*begun, *(f"- {act}: {starts} → **{', '.join(found)}**" for _, act, starts, found in lines)]


def _diagram(begun: Iterable[tuple[str, str]], arrows: Iterable[tuple[str, str, str]]) -> list[str]:
    starts = [f"    [*] --> {_node(state)}{name and f': {name}'}" for state, name in begun]
    return ["```mermaid", "stateDiagram-v2", *starts, *_drawn(arrows), "```"]


def _node(state: object) -> str:
    return str(state).replace(" ", "_").replace("-", "_")


def _drawn(arrows: Iterable[tuple[str, str, str]]) -> list[str]:
    """One line for each pair of states, with all acts that lead from one to the other."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for start, act, end in arrows:
        pairs.setdefault((start, end), []).append(act)
    return [f"    {_node(start)} --> {_node(end)}: {', '.join(acts)}" for (start, end), acts in pairs.items()]


REPAIR: Final = Stages(
    "A repair",
    "Each stage opens only when all are ready; a yes can be taken back, and then the stage closes again.",
    repair_forms.TABLE,
)


def _channel() -> str:
    """Every act in every state that the table allows; the last line is what ends each of them."""
    arrows = [(start.name, act.name.lower(), end.name) for (start, act), end in channel.NEXT.items()]
    ends = [(state.name, "close, or anything wrong", channel.State.CLOSED.name) for state in channel.State]
    begun = [(channel.State.READY.name, ""), (channel.State.LISTENING.name, "")]
    about = (
        "Who calls is ready, then called; who listens answers, and believes nothing until a record proves the caller."
    )
    return _section("A secure channel", about, _diagram(begun, [*arrows, *ends[:-1]]))


def page() -> str:
    """Return the whole page."""
    head = [
        "# State charts",
        "",
        "Drawn by `python -m collar_sync.testing.charts --write` from walks through the tables that the code runs; a",
        "test holds that this page is what it draws, another that lives go nowhere else. A state is read from what",
        "was said, so it is the same whatever came first; an arrow says what changes it. Where a rule stands above",
        "another, it outranks it. What has no states has no chart: a request to erase stays one whatever is said to",
        "it, and so do thanks, a check-in and an update.",
        "",
    ]
    charts = [*map(drawn, MACHINES), REPAIR.text(), *map(drawn, (STEPS, *PASSING)), _channel()]
    return "\n".join([*head, *charts])


def main(asked: Sequence[str]) -> None:
    """Print the page, or write it where it belongs."""
    if list(asked) == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main(sys.argv[1:])
