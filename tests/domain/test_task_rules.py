"""The Task rule over arbitrary histories of concurrent people with arbitrary clocks."""

from contextlib import suppress
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import strategies as st

from collar_sync.domain import pause, task_fold
from collar_sync.domain.reminders import TEXT
from collar_sync.domain.tasks import Task, TaskState, Timing
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import StatementId
from tests.domain.histories import over_histories, pick, pick_if_any
from tests.domain.partings import within
from tests.domain.plain import DAY, HOUR, MAY_DAY, Household, run
from tests.domain.planting import over

nows = st.integers(MAY_DAY - 100 * DAY, MAY_DAY + 200 * DAY)


def say_done_and_take_one_back(home: Household, which: int) -> None:
    """Let someone say three times that a task of theirs is done, and take back one of them."""
    home.sync()
    target = pick_if_any(home.ledgers[0].tasks.all(), which)
    if target is not None:
        ledger = next(each for each in (*home.ledgers, *home.gone) if each.me == target.for_person)
        said = [ledger.say("task.done", target.id, {"occurrence": f"2026-05-0{each}"}).id for each in (1, 2, 3)]
        ledger.say("task.take_back", target.id, answers=said[:1])


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
    read = task_fold.fold([*said, *said[:3]], home.ledgers[0].records("task"), home.people, rests=rests)
    assert read == expected
    assert list(read) == list(expected)
    assert all({each.id: each for each in ledger.tasks.all()} == expected for ledger in home.ledgers)


@over_histories()
def test_only_the_assignees_own_words_move_a_task(home: Household) -> None:
    everything = fold(home)
    named = {name: each for each in everything.values() for name in each.names}
    said = home.everything()
    own = [
        each
        for each in said
        if each.id in named or each.author == getattr(named.get(StatementId(each.subject)), "for_person", None)
    ]
    rests = pause.read(said, home.people).rests
    assert task_fold.fold(own, home.ledgers[0].records("task"), home.people, rests=rests) == everything
    for each in everything.values():
        for done in each.dones:
            (statement,) = [one for one in said if one.id == done.id]
            assert statement.author == each.for_person


@over_histories(st.integers(0, 50))
def test_a_done_stands_exactly_until_the_assignee_takes_it_back_by_name(home: Household, which: int) -> None:
    say_done_and_take_one_back(home, which)
    everything = fold(home)
    said = home.everything()
    for each in everything.values():
        own = [one for one in said if one.subject in each.names and one.author == each.for_person]
        noes, own = [one for one in own if one.kind == "task.decline"], within(own)
        undone = {answer for one in own if one.kind == "task.take_back" for answer in one.answers}
        dones = {one.id: one.body.get("occurrence") for one in own if one.kind == "task.done" and one.id not in undone}
        assert {done.id for done in each.dones} == dones.keys()
        days = {None, *([each.due[:10]] if each.due else [])}
        whole = any((day if day is None else day[:10]) in days for day in dones.values())
        accepted = {answer for one in own if one.kind == "task.accept" for answer in one.answers}
        declined = any(one.id not in accepted for one in noes)
        assert (each.state is TaskState.DONE) == (whole and not declined and each.repeat is None)


@over_histories()
def test_a_decline_stands_exactly_until_the_assignee_names_it_in_an_acceptance(home: Household) -> None:
    everything = fold(home)
    said = home.everything()
    for each in everything.values():
        own = [one for one in said if one.subject in each.names and one.author == each.for_person]
        accepted = {answer for one in within(own) if one.kind == "task.accept" for answer in one.answers}
        declined = any(one.kind == "task.decline" and one.id not in accepted for one in own)
        assert (each.state is TaskState.DECLINED) == declined


@over_histories(st.lists(st.integers(0, 1 << 40), min_size=1))
def test_no_clock_of_an_author_decides_where_a_task_stands(home: Household, clocks: list[int]) -> None:
    everything = fold(home)
    said = [
        msgspec.structs.replace(each, at=clocks[index % len(clocks)]) for index, each in enumerate(home.everything())
    ]
    other = task_fold.fold(said, home.ledgers[0].records("task"), home.people)
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


@over_histories(st.integers(0, 50), share=1 / 5)
def test_nobody_answers_for_another_at_the_call_either(home: Household, which: int) -> None:
    everything = fold(home)
    said = len(home.everything())
    for ledger in home.ledgers:
        others = pick_if_any([each for each in everything.values() if each.for_person != ledger.me], which)
        if others is not None:
            for act in (ledger.tasks.accept, ledger.tasks.decline, ledger.tasks.done, ledger.tasks.take_back):
                with pytest.raises(NotAllowed):
                    run(act(others.id))
    assert len(home.everything()) == said


@over_histories(share=1 / 5)
def test_a_promise_is_its_authors_own_and_waits_for_no_yes(home: Household) -> None:
    everything = fold(home)
    for said in home.everything():
        read = everything.get(said.id)
        if said.kind == "task.promise" and read is not None:
            assert read.for_person == read.asked_by == said.author
            assert read.state is not TaskState.ASKED or read.changed
        if said.kind == "task.ask" and read is not None:
            assert (read.for_person, read.asked_by) == (said.body["for"], said.author)


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu"])


@over(zones, zones, st.integers(-48 * 4, 48 * 4))
def test_a_task_is_due_on_its_day_in_its_own_zone_whoever_reads(own: str, reader: str, quarters: int) -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    asked = run(alex.tasks.ask("t", of=sam.me, due="2026-05-03T18:00", zone=own))
    home.sync()
    run(sam.tasks.accept(asked.id))
    home.sync()
    alex.where = reader
    now = MAY_DAY + 2 * DAY + quarters * HOUR // 4
    here = datetime.fromtimestamp(now / 1000, ZoneInfo(own)).date().isoformat()
    expected = {True: Timing.DUE, False: Timing.MISSED if here > "2026-05-03" else Timing.NOT_DUE}
    assert alex.tasks.get(asked.id).timing(now, alex.zone()) is expected[here == "2026-05-03"]


@over(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True), st.integers(1, 9))
def test_each_day_of_what_repeats_is_done_and_taken_back_on_its_own(days: list[int], back: int) -> None:
    alex = Household("Alex", "Sam").ledgers[0]
    task_ = run(alex.tasks.promise("t", due="2026-05-01T18:00", repeat="FREQ=DAILY"))
    for day in days:
        run(alex.tasks.done(task_.id, f"2026-05-0{day}"))
    if back in days:
        run(alex.tasks.take_back(task_.id, f"2026-05-0{back}"))
    read = alex.tasks.get(task_.id)
    assert [day for day in range(1, 10) if read.done_on(f"2026-05-0{day}")] == sorted({*days} - {back})
    assert read.state is TaskState.OPEN


@over_histories(st.integers(0, 600), share=1 / 5)
def test_a_reminder_is_set_by_whom_it_is_for_and_shows_nothing_of_the_task(home: Household, minutes: int) -> None:
    everything = fold(home)
    for ledger in home.ledgers:
        run(ledger.tasks.rename(run(ledger.tasks.promise("x", due="2026-05-02T18:00")).id, "What nobody may read here"))
        ledger.clock = MAY_DAY + DAY + 2 * HOUR
        for each in (*everything.values(), *ledger.tasks.all()):
            if each.for_person != ledger.me:
                with pytest.raises(NotAllowed):
                    run(ledger.reminders.set(each.id, minutes))
            elif each.due is not None:
                with suppress(InvalidInput):  # its moment may have gone by
                    run(ledger.reminders.set(each.id, minutes))
        ledger.clock += 9 * HOUR
        assert "What nobody" not in repr((ledger.reminders.ringing(), ledger.reminders.all()))
        assert "What nobody" not in TEXT
