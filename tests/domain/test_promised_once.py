"""What one person promises once, such as a commitment of a plan, is one task, on however many devices they do so."""

from contextlib import suppress
from random import Random

import pytest
from hypothesis import strategies as st

from collar_sync.core.statement import Said
from collar_sync.domain import repair_book, task_book, task_fold, tasks, timeline
from collar_sync.domain.nouns import NOUNS
from collar_sync.domain.repair_forms import Commitment
from collar_sync.domain.repair_writing import RepairWriting, commitment
from collar_sync.domain.task_book import DONE, PROMISE, TAKE_BACK
from collar_sync.errors import InvalidInput, LocalError
from collar_sync.ids import StatementId
from tests.domain.paging import in_pages
from tests.domain.plain import HOUR, Household, PlainLedger, run
from tests.domain.planting import Mutant, other, over, words
from tests.domain.planting import noticed as notices
from tests.domain.prices import reviewed

KEYS = ("a plan/0", "a plan/2")


def lived(seed: int) -> Household:
    """Sam's three devices promise what Sam committed to, whether or not they heard that another did, and go on."""
    chance = Random(seed)  # noqa: S311 - one seed replays a life
    home = Household("Sam", "Alex")
    devices = [home.named("Sam"), home.second_device("Sam"), home.second_device("Sam")]
    for _ in range(chance.randint(4, 30)):
        ledger = chance.choice(devices)
        ledger.clock += chance.choice((HOUR, -HOUR))
        mine = [each.id for each in ledger.tasks.all()] or [StatementId("none")]
        act = chance.choice(
            ("promise", "promise", "done", "done", "take_back", "decline", "accept", "hear", "meet", "rename")
        )
        if act == "promise":
            key = chance.choice(KEYS)
            if ledger.tasks.record_of(key) not in {each.record for each in ledger.tasks.all()}:
                run(ledger.tasks.promise("Ask first", repeat=chance.choice((None, "FREQ=DAILY")), once=key))
            continue
        with suppress(LocalError):  # said no to, or done already
            if act == "hear":
                unheard = [said for said in home.everything() if said.id not in ledger.heard]
                ledger.hear(*chance.sample(unheard, chance.randint(0, len(unheard))))
                ledger.learn_records(chance.choice(home.ledgers))
            elif act == "meet":
                home.sync()
            elif act == "rename":
                run(ledger.tasks.rename(chance.choice(mine), "Ask before"))
            else:
                run(getattr(ledger.tasks, act)(chance.choice(mine)))
    home.sync()
    return home


def dones(said: list[Said], record: str) -> set[StatementId]:
    """The dones that stand, of whatever was promised under that record."""
    made = {each.id for each in said if each.kind == PROMISE and each.subject == record}
    undone = {answer for each in said if each.kind == TAKE_BACK and each.subject in made for answer in each.answers}
    return {each.id for each in said if each.kind == DONE and each.subject in made} - undone


lives = st.builds(lived, st.integers(0, 1 << 32))


@over(lives, st.randoms(use_true_random=False))
def test_what_is_promised_once_is_one_task_whatever_devices_did_so_in_whatever_order(
    home: Household, chance: Random
) -> None:
    said = home.everything()
    for ledger in home.ledgers:
        found = ledger.tasks.all()
        assert sorted(each.record for each in found) == sorted({each.subject for each in said if each.kind == PROMISE})
        for each in found:
            assert {one.id for one in each.dones} == dones(said, each.record), "said of any, it is said of it"
            assert {ledger.tasks.get(name) for name in each.names} == {each}, "by whatever name"
    chance.shuffle(said)
    people, records = home.people, home.ledgers[0].records("task")
    assert [*task_fold.fold(said, records, people).values()] == [*home.ledgers[0].tasks.all()]
    assert task_fold.problems(said, people) == ()


@over(lives)
def test_it_is_told_once_and_stays_whole_when_what_is_over_is_put_away(home: Household) -> None:
    ledger = home.ledgers[0]
    told = [line for day in ledger.timeline.everything()[0] for line in day.lines if line.kind == PROMISE]
    assert len(told) == len(ledger.tasks.all())
    assert in_pages(ledger.timeline, 3) == ledger.timeline.everything()[0]
    before = {each.id: each for each in ledger.tasks.all()}
    ledger.put_away()
    assert [each for each in ledger.tasks.all() if each.is_open] == [each for each in before.values() if each.is_open]
    for each in before.values():
        for name in each.names:
            assert ledger.tasks.get(name) == each


async def test_each_device_may_make_the_tasks_of_a_plan_and_one_reminder_rings_once(
    home: Household, alex: PlainLedger
) -> None:
    tablet = home.second_device("Alex")
    for ledger in (alex, tablet):
        made = await ledger.tasks.promise("Ask first", due="2026-05-01T09:00", once=KEYS[0])
        await ledger.reminders.set(made.id)
    home.sync()
    for ledger in (alex, tablet):
        (found,) = ledger.tasks.all()
        assert len(found.names) == 2
        ledger.clock += 2 * HOUR
        (ringing,) = ledger.reminders.ringing()
        await ledger.reminders.seen(ringing)
        assert ledger.reminders.ringing() == ()
        await ledger.reminders.remove(found.id)
        assert ledger.reminders.all() == ()
        await ledger.aside.hide(found.also[0])
        assert ledger.tasks.visible() == ()


def test_two_people_promise_each_their_own_and_what_is_not_promised_once_is_promised_as_often_as_it_is(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    for ledger in (alex, sam):
        run(ledger.tasks.promise("Ask first", once=KEYS[0]))
        run(ledger.tasks.promise("Ask first"))
        run(ledger.tasks.promise("Ask first"))
    home.sync()
    assert len(alex.tasks.all()) == 6


def test_what_a_new_wording_of_the_plan_leaves_as_it_was_is_the_same_promise_and_in_the_next_round_another() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    slip = reviewed(home)
    daily, once = commitment("Ten minutes", alex.me, repeat="FREQ=DAILY;COUNT=14"), commitment("Read it", alex.me)

    def agree(*commitments: Commitment, changes: str = "") -> list[str]:
        (plan,) = run(sam.repairs.propose_plan(slip, commitments=commitments, changes=[changes])).plan.current
        home.sync()
        run(alex.repairs.sign(slip, plan.id))
        left = len(alex.repairs.to_promise(slip))
        before = len(alex.tasks.all())
        made = run(alex.repairs.promise(slip))
        assert len(made) == before + left
        assert alex.repairs.to_promise(slip) == ()
        home.sync()
        return [each.title for each in made]

    assert agree(daily) == ["Ten minutes"]
    assert agree(commitment("Call", sam.me), daily, changes="a word") == ["Ten minutes"]
    assert sorted(agree(once, daily, once)) == ["Read it", "Read it", "Ten minutes"], "as often as it is in the plan"
    run(sam.repairs.again(slip))
    home.sync()
    for _ in range(3):
        for ledger in home.ledgers:
            run(ledger.repairs.ready(slip))
            home.sync()
    assert sorted(agree(daily)) == ["Read it", "Read it", "Ten minutes", "Ten minutes"]


def test_a_plan_holds_no_promise_of_somebody_who_takes_no_part() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    slip = reviewed(home)
    with pytest.raises(InvalidInput, match="takes part in this repair"):
        run(alex.repairs.propose_plan(slip, commitments=[commitment("Cook", kim.me)]))
    said = alex.say("repair.plan", slip, {"round": 1, "commitments": [{"title": "Cook", "for": kim.me}]})
    home.sync()
    assert sam.repairs.get(slip).plan.current == ()
    assert [each.statement for each in sam.repairs.problems()] == [said.id]


MUTANTS = (
    Mutant(
        "a plan of altered software holds a promise of somebody who takes no part",
        words(repair_book, "_enter", ("form_of(said, entry.slip.parties)", "form_of(said, [*people])")),
        test_a_plan_holds_no_promise_of_somebody_who_takes_no_part,
    ),
    Mutant(
        "a plan can be proposed with a promise of somebody who takes no part",
        words(RepairWriting, "_share", ("view.slip.parties)", "self._ledger.people())")),
        test_a_plan_holds_no_promise_of_somebody_who_takes_no_part,
    ),
    Mutant(
        "a new wording of the plan makes every promise anew",
        words(
            RepairWriting,
            "_own_promises",
            ("{view.id}/{view.round}", "{view.plan.current[0].id}"),
        ),
        test_what_a_new_wording_of_the_plan_leaves_as_it_was_is_the_same_promise_and_in_the_next_round_another,
    ),
    Mutant(
        "what is promised again in the next round was kept already",
        words(RepairWriting, "_own_promises", ("/{view.round}/", "/")),
        test_what_a_new_wording_of_the_plan_leaves_as_it_was_is_the_same_promise_and_in_the_next_round_another,
    ),
    Mutant(
        "each device makes a task",
        words(task_book, "read", ("_made_once(entries)", "entries")),
        test_what_is_promised_once_is_one_task_whatever_devices_did_so_in_whatever_order,
    ),
    Mutant(
        "the first to arrive is the task",
        words(task_book, "_made_once", ("sorted(each, key=lambda entry: entry.said.id)", "each")),
        test_what_is_promised_once_is_one_task_whatever_devices_did_so_in_whatever_order,
    ),
    Mutant(
        "what is said of one is not said of the other",
        words(task_book, "_made_once", ("found[each.said.id] = first", "pass")),
        test_what_is_promised_once_is_one_task_whatever_devices_did_so_in_whatever_order,
    ),
    Mutant(
        "it is found by one of its names only",
        words(tasks.Tasks, "_about", ("names |= {", "names & {")),
        test_what_is_promised_once_is_one_task_whatever_devices_did_so_in_whatever_order,
    ),
    Mutant(
        "a timeline tells it as often as it was promised",
        other(timeline, "NOUNS", tuple(each for each in NOUNS if each.name != "task")),
        test_it_is_told_once_and_stays_whole_when_what_is_over_is_put_away,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    assert not notices(mutant.property, examples=3)
    with mutant.plant():
        assert notices(mutant.property)
