"""The Task rule over arbitrary histories of concurrent people with arbitrary clocks."""

from random import Random

import msgspec
from hypothesis import strategies as st

from collar_sync.domain import pause, task
from collar_sync.domain.tasks import Task, TaskState, Timing
from collar_sync.ids import StatementId
from tests.domain.histories import over_histories, pick, pick_if_any
from tests.domain.plain import DAY, HOUR, MAY_DAY, Household, run

nows = st.integers(MAY_DAY - 100 * DAY, MAY_DAY + 200 * DAY)


def say_done_and_take_one_back(home: Household, which: int) -> None:
    """Let someone say three times that a task of theirs is done, and take back one of them."""
    home.sync()
    target = pick_if_any(home.ledgers[0].tasks.all(), which)
    if target is not None:
        ledger = next(each for each in home.ledgers if each.me == target.for_person)
        said = [ledger.say("task.done", target.id, {"occurrence": f"2026-05-0{each}"}).id for each in (1, 2, 3)]
        ledger.say("task.undo", target.id, answers=said[:1])


def fold(home: Household) -> dict[StatementId, Task]:
    home.sync()
    return {each.id: each for each in home.ledgers[0].tasks.all()}


@over_histories(st.randoms(use_true_random=False), st.integers(0, 50))
def test_in_any_order_of_arrival_the_same_tasks_are_read(home: Household, chance: Random, which: int) -> None:
    say_done_and_take_one_back(home, which)
    expected = fold(home)
    said = home.everything()
    chance.shuffle(said)
    rests = pause.read(said, home.people).rests
    read = task.fold([*said, *said[:3]], home.ledgers[0].records("task"), home.people, rests=rests)
    assert read == expected
    assert list(read) == list(expected)
    assert all({each.id: each for each in ledger.tasks.all()} == expected for ledger in home.ledgers)


@over_histories()
def test_only_the_assignees_own_words_move_a_task(home: Household) -> None:
    everything = fold(home)
    said = home.everything()
    own = [
        each
        for each in said
        if each.id in everything
        or each.author == getattr(everything.get(StatementId(each.subject)), "for_person", None)
    ]
    rests = pause.read(said, home.people).rests
    assert task.fold(own, home.ledgers[0].records("task"), home.people, rests=rests) == everything
    for each in everything.values():
        for done in each.dones:
            (statement,) = [one for one in said if one.id == done.id]
            assert statement.author == each.for_person


@over_histories(st.integers(0, 50))
def test_a_done_stands_exactly_until_the_assignee_names_it_in_an_undo(home: Household, which: int) -> None:
    say_done_and_take_one_back(home, which)
    everything = fold(home)
    said = home.everything()
    for each in everything.values():
        own = [one for one in said if one.subject == each.id and one.author == each.for_person]
        undone = {answer for one in own if one.kind == "task.undo" for answer in one.answers}
        assert {done.id for done in each.dones} == {
            one.id for one in own if one.kind == "task.done" and one.id not in undone
        }


@over_histories()
def test_a_decline_stands_exactly_until_the_assignee_names_it_in_an_acceptance(home: Household) -> None:
    everything = fold(home)
    said = home.everything()
    for each in everything.values():
        own = [one for one in said if one.subject == each.id and one.author == each.for_person]
        accepted = {answer for one in own if one.kind == "task.accept" for answer in one.answers}
        declined = any(one.kind == "task.decline" and one.id not in accepted for one in own)
        assert (each.state is TaskState.DECLINED) == declined


@over_histories(st.lists(st.integers(0, 1 << 40), min_size=1))
def test_no_clock_of_an_author_decides_where_a_task_stands(home: Household, clocks: list[int]) -> None:
    everything = fold(home)
    said = [
        msgspec.structs.replace(each, at=clocks[index % len(clocks)]) for index, each in enumerate(home.everything())
    ]
    other = task.fold(said, home.ledgers[0].records("task"), home.people)
    assert {each: read.state for each, read in everything.items()} == {each: read.state for each, read in other.items()}


@over_histories(st.integers(0, 50), st.integers(0, 72))
def test_in_pause_no_task_is_due_or_missed(home: Household, who: int, hours: int) -> None:
    run(pick(home.ledgers, who).pauses.pause())
    assert all(each.timing(MAY_DAY + hours * HOUR) in {Timing.NOT_DUE, Timing.RESTING} for each in fold(home).values())


@over_histories(nows)
def test_what_nobody_agreed_to_is_never_due(home: Household, now: int) -> None:
    for each in fold(home).values():
        if each.state in {TaskState.ASKED, TaskState.DECLINED, TaskState.DONE}:
            assert each.timing(now) is Timing.NOT_DUE


@over_histories(st.integers(0, 50), st.integers(0, 50))
def test_a_no_to_an_ask_works_at_once_and_wherever_it_arrives(home: Household, who: int, which: int) -> None:
    ledger = pick(home.ledgers, who)
    target = pick_if_any([each for each in ledger.tasks.all() if each.for_person == ledger.me], which)
    if target is None:
        return
    assert run(ledger.tasks.decline(target.id)).state is TaskState.DECLINED
    assert fold(home)[target.id].state is TaskState.DECLINED
