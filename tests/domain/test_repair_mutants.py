"""A property that notices nothing proves nothing: each planted violation of a rule makes its property fail."""

import inspect
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from collar_sync.domain import repair
from collar_sync.domain.repair_steps import STEPS, Look, Step
from collar_sync.domain.table import Rule
from collar_sync.errors import LocalError
from collar_sync.testing.mutants import replaced
from tests.domain import mutants_days
from tests.domain import test_repair_freedom_rules as free
from tests.domain.mutants_repair import MUTANTS
from tests.domain.planting import noticed
from tests.domain.repair_lives import live
from tests.domain.test_day_rules import Day
from tests.domain.test_repair_freedom_rules import DETOURS_TAKEN

LIVES = 300  # a violation that shows in fewer than one of these is not noticed


def tried(rule: Callable[..., None], seed: int) -> None:
    """The property over one history, with whatever else it takes."""
    inner: Callable[..., None] = rule.hypothesis.inner_test  # type: ignore[attr-defined]  # hypothesis has it there
    chance = Random(seed)  # noqa: S311 - one seed replays a history
    others: dict[str, Any] = {
        "who": chance.randrange(50),
        "which": chance.randrange(50),
        "days": 400,
        "later": seed * 7 % 99,
        "chance": chance,
    }
    others |= {"count": seed % 7, "style": DETOURS_TAKEN[seed % len(DETOURS_TAKEN)]}
    home = live(seed, 2 + seed % 3, chance.randrange(81))
    inner(*(others.get(name, home) for name in inspect.signature(inner).parameters))


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_violation_is_noticed(name: str) -> None:
    planted = MUTANTS[name]
    with planted.plant():
        for seed in range(LIVES):
            try:
                tried(planted.rule, seed)
            except (AssertionError, LocalError, pytest.fail.Exception):
                return
    pytest.fail(f"{LIVES} histories went by and nobody noticed")


FORGOTTEN = [rule for rule in STEPS[:-1] if rule.state is not Step.HELP]  # help has its own above


@pytest.mark.parametrize("forgotten", FORGOTTEN, ids=lambda rule: rule.words)
def test_a_next_step_that_the_table_forgets_is_noticed(forgotten: Rule[Look, Step]) -> None:
    with replaced(repair, "STEPS", tuple(rule for rule in STEPS if rule is not forgotten)):
        assert noticed(
            free.test_whoever_takes_what_is_offered_comes_through_all_stages_and_nobody_before_the_others, examples=60
        )


@pytest.mark.parametrize("name", mutants_days.MUTANTS)
def test_a_planted_violation_on_an_ordinary_day_is_noticed(name: str) -> None:
    planted = mutants_days.MUTANTS[name]
    rule: Callable[[Day], None] = planted.rule.hypothesis.inner_test  # type: ignore[attr-defined]  # as above
    with planted.plant():
        for seed in range(LIVES):
            try:
                rule(Day(seed, 2 + seed % 3, 30))
            except (AssertionError, LocalError, pytest.fail.Exception):
                return
    pytest.fail(f"{LIVES} histories went by and nobody noticed")
