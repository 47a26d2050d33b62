"""There is one time by which an act is judged and with which it is signed, whatever the wall clock does meanwhile.

So nothing that a person did by the sentences of this software turns out not to count, for them or for anybody else.
Clocks here are set to anything before an act, and go on while it is done, as real ones do.
"""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Final

import pytest
from hypothesis import strategies as st

from collar_sync.core.floor import Floor
from collar_sync.domain import checklists, repair_writing, reviews
from collar_sync.domain.problems import problems
from collar_sync.domain.repair_forms import Talk
from collar_sync.errors import LocalError
from tests.domain.lives import CLEAR
from tests.domain.moments import some_clock
from tests.domain.plain import DAY, HOUR, MAY_DAY, MINUTE, Household, PlainLedger, run
from tests.domain.planting import Mutant, noticed, over, words

PACES: Final = (0, 1, 1, 7, 900)
seeds = st.integers(0, 1 << 32)


def acts(home: Household, ledger: PlainLedger, slip: str, chance: Random) -> tuple[Callable[[], Awaitable[Any]], ...]:
    """Acts that are judged by the time, each as near as may be to what is refused."""
    agreed = ledger.agreements.all()[0].id
    return (
        lambda: ledger.checklists.begin("scene", hours=chance.choice((1, 24))),
        lambda: ledger.sessions.begin("study", 1),
        lambda: ledger.repairs.propose_talk(slip, ledger.now() + chance.choice((19 * MINUTE, 20 * MINUTE, 24 * HOUR))),
        lambda: ledger.reviews.held(agreed, ledger.now() + chance.choice((1, 2, 366 * DAY))),
        lambda: ledger.consents.propose("p", ["a"], until=ledger.now() + chance.choice((1, 3, DAY)), flow="tracking"),
        lambda: ledger.tasks.promise("a", due="2026-05-01T18:00", repeat="FREQ=DAILY;COUNT=3"),
        ledger.pauses.pause,
        ledger.pauses.lift,
        lambda: chance.choice(home.ledgers).checklists.tick(ledger.checklists.all()[-1].id),
    )


def lived(seed: int) -> tuple[Household, list[str]]:
    """Two people after some acts by any clocks, and what became of acts that were not refused at once."""
    chance, home, amiss = Random(seed), Household("Alex", "Sam"), list[str]()  # noqa: S311 - one seed replays it
    alex, sam = home.ledgers
    run(alex.agreements.propose("rule", ["a"], CLEAR))
    slip = run(sam.slips.share(run(sam.slips.write("You waited, since I did not call.", "promise-missed")).id)).id
    run(sam.repairs.begin(slip))
    home.sync()
    for _ in range(chance.randint(1, 12)):
        ledger = chance.choice(home.ledgers)
        ledger.clock, ledger.pace = chance.choice((ledger.clock, some_clock(chance))), chance.choice(PACES)
        act = chance.choice(acts(home, ledger, slip, chance))
        before = [len(each.heard) for each in home.ledgers]
        try:
            run(act())  # type: ignore[arg-type]  # each is a coroutine
        except (LocalError, IndexError) as refused:
            if before != [len(each.heard) for each in home.ledgers]:
                amiss.append(f"It was said, and then: {refused}")
        if chance.random() < 0.3:
            home.sync()
    home.sync()
    return home, amiss


@over(seeds, share=0.3)
def test_what_an_act_was_judged_to_be_it_is_to_everybody_whatever_the_clock_does(seed: int) -> None:
    home, amiss = lived(seed)
    assert amiss == []
    for ledger in home.ledgers:
        assert problems(ledger.statements(""), ledger.people()) == ()


@over(st.lists(st.integers(0, 3), min_size=2))
def test_what_one_device_says_is_ordered_as_it_was_said_whatever_its_clock_does(clocks: list[int]) -> None:
    alex = Household("Alex").ledgers[0]
    times: list[int] = []
    for clock in clocks:
        alex.clock = clock
        times.append(run(alex.moments.share("Thank you.")).at)
    assert times == sorted({*times})
    assert times == [each.at for each in alex.moments.all()]


async def test_a_round_begun_while_the_clock_was_set_back_is_the_one_that_is_open(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    first = await alex.checklists.begin("scene", hours=24)
    alex.clock -= 13 * HOUR
    second = await alex.checklists.begin("scene", hours=24)
    assert [each.id for each in alex.checklists.open()] == [second.id]
    home.sync()
    assert [each.id for each in sam.checklists.open()] == [second.id]
    assert first.id != second.id
    assert problems(sam.statements(""), sam.people()) == ()


async def test_in_twenty_minutes_is_soon_enough_for_a_talk_however_long_it_takes_to_say_so(alex: PlainLedger) -> None:
    slip = (await alex.slips.share((await alex.slips.write("I did not call.", "promise-missed")).id)).id
    await alex.repairs.begin(slip)
    meant = alex.now() + 20 * MINUTE
    alex.clock += 59_000
    assert (await alex.repairs.propose_talk(slip, meant)).talk.current[0].what == Talk(round=1, at=meant)
    alex.clock += 2_000
    with pytest.raises(LocalError, match="between twenty minutes"):
        await alex.repairs.propose_talk(slip, meant)


def test_a_floor_gives_no_earlier_time_and_no_time_twice_for_two_things_said() -> None:
    floor = Floor(MAY_DAY)
    assert floor.now(MAY_DAY - DAY) == MAY_DAY
    floor.said(MAY_DAY)
    assert floor.now(MAY_DAY) == MAY_DAY + 1
    assert floor.now(MAY_DAY + HOUR) == MAY_DAY + HOUR
    floor.said(MAY_DAY)
    assert floor.time == MAY_DAY + HOUR
    floor.believe(MAY_DAY)
    assert floor.now(0) == MAY_DAY


MUTANTS: Final = (
    Mutant(
        "a checklist is said at another time than it is counted from",
        words(checklists.Checklists, "begin", ("*closed, at=now)", "*closed, at=now - 1)")),
        test_what_an_act_was_judged_to_be_it_is_to_everybody_whatever_the_clock_does,
    ),
    Mutant(
        "a talk is judged by one time and said at another",
        words(repair_writing.RepairWriting, "_share", ("flaw(form, now,", "flaw(form, now - 60_000,")),
        test_what_an_act_was_judged_to_be_it_is_to_everybody_whatever_the_clock_does,
    ),
    Mutant(
        "a review is judged by one time and said at another",
        words(reviews.Reviews, "held", ("at=now)", "at=now - 1)")),
        test_what_an_act_was_judged_to_be_it_is_to_everybody_whatever_the_clock_does,
    ),
    Mutant(
        "what is said at one moment has one time",
        words(Floor, "said", ("at + 1", "at")),
        test_what_one_device_says_is_ordered_as_it_was_said_whatever_its_clock_does,
    ),
    Mutant(
        "what is said has the time of the wall",
        words(PlainLedger, "write", ("at = self.now() if at is None else at", "at = self.clock")),
        test_what_an_act_was_judged_to_be_it_is_to_everybody_whatever_the_clock_does,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    with mutant.plant():
        assert noticed(mutant.property)
