"""Every planted violation of what is one person's alone is noticed by the property named after the rule."""

import pytest

from tests.domain.lives import broken, prepare
from tests.domain.mutants_own import MUTANTS
from tests.domain.planting import Mutant, noticed


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    prepare()
    with mutant.plant():
        if hasattr(mutant.property, "strategies"):
            assert noticed(mutant.property)
        else:
            assert broken(mutant.property.rule) is not None  # type: ignore[attr-defined]
