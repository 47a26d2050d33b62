"""Every planted violation of what a yes to a task binds is noticed by the property named after the rule."""

import pytest

from tests.domain.mutants_asked import MUTANTS
from tests.domain.planting import Mutant, noticed


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    with mutant.plant():
        assert noticed(mutant.property)


def test_what_is_not_planted_is_not_noticed() -> None:
    properties = {mutant.property.__name__: mutant.property for mutant in MUTANTS}
    assert {name: noticed(each, examples=2) for name, each in properties.items()} == dict.fromkeys(properties, False)
