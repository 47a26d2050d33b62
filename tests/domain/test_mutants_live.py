"""Every planted violation of presence and live sharing is noticed by the property named after the rule."""

import pytest

from tests.domain.mutants_live import MUTANTS
from tests.domain.planting import Mutant, noticed


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    with mutant.plant():
        assert noticed(mutant.property)


def test_what_is_not_planted_is_not_noticed() -> None:
    properties = {id(mutant.property): mutant.property for mutant in MUTANTS}
    assert [each for each in properties.values() if noticed(each, examples=2)] == []
