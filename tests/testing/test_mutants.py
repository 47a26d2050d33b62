"""A world that notices nothing proves nothing: each planted bug breaks a promise within so many lives."""

import pytest

from collar_sync.testing.invariants import Violation
from collar_sync.testing.mutants import MUTANTS, rewritten
from collar_sync.testing.run import DEVICES_MIN, paired, run


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_bug_is_noticed(name: str) -> None:
    mutant = MUTANTS[name]
    for devices in range(DEVICES_MIN, 5):
        for own in (False, True):
            paired(devices, own=own)  # by sound code
    with mutant.plant():
        for seed in range(mutant.seeds):
            try:
                run(seed, DEVICES_MIN + seed % 3, hands="hostile" if mutant.hostile else "honest")
            except Violation as violation:
                if isinstance(violation.__cause__, Violation):
                    return  # a promise was broken; anything else that was raised may be the fault of the mutant
    pytest.fail(f"{mutant.seeds} lives went by and nobody noticed")


class Example:
    def answer(self) -> int:
        return 42


def test_a_planted_bug_is_gone_afterwards_and_one_that_changes_nothing_is_refused() -> None:
    sound = Example.answer
    with rewritten(Example, "answer", ("return 42", "return 41")):
        assert Example().answer() == 41
    assert Example.answer is sound
    with pytest.raises(LookupError), rewritten(Example, "answer", ("return 43", "return 41")):
        pass
