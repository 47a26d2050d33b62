"""The charts in docs/ are those that the code runs, and a rule that no longer says what its words do draws another."""

import dataclasses
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from collar_sync.domain import consent
from collar_sync.domain.table import Rule, always, read
from collar_sync.testing import charts
from collar_sync.testing.walks import MACHINES, PASSING, WALKED, Machine

RULES = [(machine, place) for machine in WALKED for place in range(len(machine.table))]
BREAKS: dict[str, Callable[[Rule[Any, Any]], Callable[[Any], bool]]] = {
    "never": lambda _rule: lambda _facts: False,
    "whatever else": lambda _rule: always,
    "just then not": lambda rule: lambda facts: not rule.applies(facts),
}


def test_the_page_is_what_the_tables_draw() -> None:
    assert charts.PAGE.read_text(encoding="utf-8") == charts.page(), "run python -m collar_sync.testing.charts --write"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_of_a_kind_is_drawn(machine: Machine[msgspec.Struct]) -> None:
    kinds = {type(rule.state) for rule in machine.table}
    assert {str(state) for kind in kinds for state in kind} == {str(rule.state) for rule in machine.table}


@pytest.mark.parametrize("machine", WALKED, ids=lambda machine: machine.name)
def test_every_rule_can_be_reached(machine: Machine[msgspec.Struct]) -> None:
    reached = {state for state, _ in machine.begun()} | {end for _, _, end in machine.arrows()}
    assert reached == {str(rule.state) for rule in machine.table}


@pytest.mark.parametrize("kind", BREAKS)
def test_a_rule_that_no_longer_says_what_its_words_do_draws_another_chart(kind: str) -> None:
    """Planted, one after the other, in every row of every table; only the last of each may say "whatever else"."""
    unseen = []
    sound = {machine.name: charts.drawn(machine) for machine in WALKED}
    for machine, place in RULES:
        rule = machine.table[place]
        if kind == "whatever else" and rule.applies is machine.table[-1].applies:
            continue
        broken = dataclasses.replace(rule, applies=BREAKS[kind](rule))
        table = [*machine.table[:place], broken, *machine.table[place + 1 :]]
        try:
            if charts.drawn(dataclasses.replace(machine, table=table)) == sound[machine.name]:
                unseen.append((machine.name, rule.words))
        except StopIteration:
            continue  # nothing applies any more
    assert not unseen


def test_nothing_leads_out_of_what_is_final() -> None:
    (machine,) = (each for each in MACHINES if each.table is consent.TABLE)
    assert {start for start, _, _ in machine.arrows()}.isdisjoint({consent.State.REVOKED.value})
    leaving = {(start, end) for start, _, end in machine.arrows() if start == consent.State.SUPERSEDED.value}
    assert leaving <= {("superseded", "revoked")}


def test_a_word_that_a_pause_or_a_leaving_ends_comes_back_after_a_pause_alone() -> None:
    (machine,) = (each for each in PASSING if "hear" in each.name)
    assert {act for start, act, _ in machine.arrows() if start == "nobody hears it"} == {"all pauses lifted"}


def test_another_table_draws_another_chart() -> None:
    (machine,) = (each for each in MACHINES if each.table is consent.TABLE)
    without = [rule for rule in consent.TABLE if rule.state is not consent.State.REVOKED]
    assert charts.drawn(dataclasses.replace(machine, table=without)) != charts.drawn(machine)
    assert read((Rule("ever", always, 1),), consent.Facts()) == 1
