"""What is refused at the call has written nothing: over arbitrary histories, every act of every noun."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync.core.edits import Edit
from collar_sync.domain import moment
from collar_sync.errors import LocalError, NotAllowed
from collar_sync.ids import StatementId
from tests.domain.histories import live
from tests.domain.plain import DAY, HOUR, PlainLedger, run
from tests.domain.test_any_order import ACTS

STEPS = 60


def refusals(seed: int, people: int) -> int:
    """How many acts were refused in a history; each has written nothing that anyone could read."""
    chance = Random(seed)  # noqa: S311 - one seed replays a history
    home = live(seed, people, 15)
    count = 0
    for _ in range(STEPS):
        ledger = chance.choice(home.ledgers)
        ledger.clock += chance.choice([0, HOUR, DAY, -HOUR])
        if chance.random() < 0.3:
            home.sync()
        before = dict(ledger.heard), dict(ledger.fields)
        try:
            run(chance.choice(ACTS)(ledger, chance))
        except LocalError:
            count += 1
            assert (ledger.heard, ledger.fields) == before
    return count


@settings(max_examples=20)
@given(st.integers(0, 1 << 32), st.integers(2, 4))
def test_what_is_refused_has_written_nothing(seed: int, people: int) -> None:
    refusals(seed, people)


def test_such_histories_have_refusals() -> None:
    assert sum(refusals(seed, 2 + seed % 3) for seed in range(5)) > 50


def test_an_act_that_writes_before_it_refuses_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = PlainLedger.write

    async def late(ledger: PlainLedger, *edits: Edit, at: int | None = None) -> tuple[StatementId, ...]:
        made = await kept(ledger, *edits, at=at)
        if any(edit.kind == moment.SHARE for edit in edits):
            raise NotAllowed("Too late.")
        return made

    monkeypatch.setattr(PlainLedger, "write", late)
    with pytest.raises(AssertionError):
        sum(refusals(seed, 2) for seed in range(20))
