"""Every planted violation of the rules that hold for all nouns is noticed by the property named after the rule."""

import pytest

from tests.domain.lives import broken, prepare
from tests.domain.mutants_record import MUTANTS
from tests.domain.planting import Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    prepare()
    with mutant.plant():
        assert broken(mutant.property.rule) is not None  # type: ignore[attr-defined]
