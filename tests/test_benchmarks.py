"""What the benchmarks start from is what they say: a life really lived, and questions that are really asked."""

from pathlib import Path

import pytest

from benchmarks import __main__ as main
from benchmarks import lives, prepared, ten_years_domain
from benchmarks.__main__ import LONG, QUICK
from benchmarks.measure import Figure, Figures, Row, ratio
from benchmarks.months import Months
from benchmarks.past import Household, Past
from collar_sync.core.durable import Batch
from collar_sync.core.engine import Engine
from collar_sync.domain.finished import unfinished
from collar_sync.shells.store import KEY_BYTES, Store

DAYS = 30
CHANGES = 1_233
FOUNDED_AT = 1_451_606_400_000


def test_an_ordinary_month_is_written_by_two_in_turns_and_opens_again_with_nothing_lost(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "store.db", bytes(KEY_BYTES))
    household = Household.new(FOUNDED_AT)
    past = Past(household, store)
    life = lives.Days(past, DAYS, CHANGES)
    authors: list[int] = []
    write = past.write
    past.write = lambda who, edits, at: authors.append(who) or write(who, edits, at)  # type: ignore[func-returns-value,method-assign]
    for day in range(DAYS):
        past.reopen(day % 2)
        life.live(day)
    past.finish()
    store.close()

    assert authors == [number % 2 for number in range(CHANGES)]
    again = Store.open(tmp_path / "store.db", bytes(KEY_BYTES))
    settings = again.settings()
    space = Engine(settings["device/seed"], lambda: settings, again, unfinished).spaces[household.space]
    documents = list(space.library)
    changes = sum(sum(space.library.clock(document).values()) for document in documents)
    again.close()
    assert changes == CHANGES + 3  # the founding and two enrolments
    assert len(documents) > 1
    assert set(documents) == set(space.library.resting), "all of it is sealed"
    assert sorted(person.name for person in space.people().values()) == ["Alex", "Robin", "Sam"]
    assert space.problems == []


@pytest.mark.alone
async def test_every_question_of_a_screen_is_answered_in_time_after_two_months(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "store.db", bytes(KEY_BYTES))
    try:
        household = Household.new(FOUNDED_AT)
        past = Past(household, store)
        life = Months(past)
        life.live(0)
        life.live(1)
        past.finish()
        store.write(Batch(settings=household.settings(0)))  # the device of one of the two
        found = await ten_years_domain.asked(store)
    finally:
        store.close()
    slow = {name: figure for name, figure in found.again.items() if figure > ten_years_domain.MILLISECONDS_MAX}
    assert slow == {}
    assert found.again.keys() == found.first.keys() >= ten_years_domain.QUESTIONS.keys()
    asked = ("the newest page of the timeline, in a pause", "the newest page of the timeline, days after an own no")
    assert all(found.again[name] > 0 and found.first[name] > 0 for name in asked)


def test_rounds_in_pairs_are_compared_pair_by_pair() -> None:
    slow_for_a_while = [1.0, 1.0, 9.0, 9.0, 9.0]
    twice = [2 * each for each in slow_for_a_while]
    assert ratio(Row("ours", twice), Row("theirs", slow_for_a_while)) == 2


@pytest.mark.parametrize(("value", "verdict"), [(1.1, "reached"), (1.2, "reached"), (1.21, "OVER")])
def test_a_figure_says_whether_it_is_reached(value: float, verdict: str) -> None:
    assert Figure("growth", value, "", 1.2).text(10).endswith(verdict)


@pytest.mark.parametrize("value", [1.2, 1.21])
def test_the_command_fails_where_a_figure_is_over(value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Figures("How much does it grow?", [Figure("growth", value, "", 1.2), Figure("size", value, "MB")])
    monkeypatch.setattr(main, "_answer", lambda _: [answer])
    if value > 1.2:
        with pytest.raises(SystemExit, match="Over what they may be: growth"):
            main.main(["flat"])
    else:
        main.main(["flat"])


def test_every_question_is_a_module_and_every_life_has_a_maker() -> None:
    own = Path(prepared.__file__).parent
    assert all((own / f"{question}.py").exists() for question in (*QUICK, *LONG))
    assert {"tasks-1000", "tasks-10000", "tasks-50000", "years-day", "years-week", "months-120"} <= {*prepared.LIVES}
