"""The charts in docs/ are those that the code runs."""

import msgspec
import pytest

from collar_sync.domain import consent
from collar_sync.domain.table import Rule, always, read
from collar_sync.testing import charts
from collar_sync.testing.charts import MACHINES, Machine


def test_the_page_is_what_the_tables_draw() -> None:
    assert charts.PAGE.read_text(encoding="utf-8") == charts.page(), "run python -m collar_sync.testing.charts --write"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_is_drawn_and_every_rule_can_be_reached(machine: Machine[msgspec.Struct]) -> None:
    reached = {str(read(machine.table, facts)) for facts in machine.beginnings}
    reached |= {end for _, _, end in machine.arrows()}
    assert reached == {str(rule.state) for rule in machine.table}
    kinds = {type(rule.state) for rule in machine.table}
    assert {str(state) for kind in kinds for state in kind} == reached, "no state without a rule"


def test_nothing_leads_out_of_what_is_final() -> None:
    (machine,) = (each for each in MACHINES if each.table is consent.TABLE)
    assert {start for start, _, _ in machine.arrows()}.isdisjoint({consent.State.REVOKED.value})
    leaving = {(start, end) for start, _, end in machine.arrows() if start == consent.State.SUPERSEDED.value}
    assert leaving <= {("superseded", "revoked")}


def test_another_table_draws_another_chart() -> None:
    (machine,) = (each for each in MACHINES if each.table is consent.TABLE)
    without = [rule for rule in consent.TABLE if rule.state is not consent.State.REVOKED]
    planted = Machine(machine.name, machine.about, without, machine.beginnings, machine.acts)
    assert planted.text() != machine.text()
    assert read((Rule("ever", always, 1),), consent.Facts()) == 1
