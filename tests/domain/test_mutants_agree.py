"""Every planted violation is noticed by the property that is named after the rule it breaks."""

import pytest

from tests.domain import mutants_agree, mutants_partings, mutants_together
from tests.domain.lives import broken, prepare
from tests.domain.planting import Mutant

MUTANTS = (*mutants_agree.MUTANTS, *mutants_together.MUTANTS, *mutants_partings.MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    rule = mutant.property.rule  # type: ignore[attr-defined]
    prepare()
    with mutant.plant():
        assert broken(rule) is not None


def test_what_is_not_planted_is_not_noticed() -> None:
    rules = {mutant.property.rule for mutant in MUTANTS}  # type: ignore[attr-defined]
    assert {rule.__name__: broken(rule, lives=3) for rule in rules} == {rule.__name__: None for rule in rules}
