"""What the assignee says yes to is exact: what another changes afterwards asks again, and is not due until then."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st

from collar_sync.core.statement import Said
from collar_sync.domain import schedule, task_fold
from collar_sync.domain.occurrences import Standing, occurrences
from collar_sync.domain.task import Task
from collar_sync.domain.tasks import TaskState, Timing
from collar_sync.errors import NotAllowed
from collar_sync.ids import StatementId
from tests.domain.asked_lives import (
    AGREED,
    AHEAD,
    EVENING,
    MAY,
    REPEATS,
    change,
    done_as_a_whole,
    over_lives,
    to_it,
    words_of,
    yeses,
)
from tests.domain.histories import over_histories
from tests.domain.plain import DAY, MAY_DAY, Household, run


def held_to_the_rule(read: Task, said: list[Said], now: int) -> None:
    found = yeses(read, said)
    named = {answer for one in found for answer in one.answers}
    agreed = any(to_it(read, one) for one in found if one.id not in named)
    accepted = {answer for one in found if one.kind == "task.accept" for answer in one.answers}
    own = [one for one in said if one.subject in read.names and one.author == read.for_person]
    declined = any(one.kind == "task.decline" and one.id not in accepted for one in own)
    done = done_as_a_whole(read)
    assert (read.state is TaskState.DECLINED) == declined
    assert (read.state is TaskState.DONE) == (done and not declined)
    assert (read.state in AGREED) == (agreed and not declined and not done)
    days = [each for each in occurrences(read, *MAY, now) if each.standing is not Standing.DONE]
    if read.state not in AGREED:
        assert read.timing(now) is Timing.NOT_DUE
        assert not days
    if read.repeat is not None and days:
        first = min(one.at for one in found if to_it(read, one, whole=False))
        assert days[0].day >= schedule.local(first, schedule.UTC_ZONE).date().isoformat()


@over_lives(st.integers(0, 9))
def test_a_task_is_agreed_to_and_due_only_as_a_standing_yes_has_it(life: tuple[Household, str], days: int) -> None:
    home, _ = life
    for ledger in home.ledgers:
        for each in ledger.tasks.all():
            held_to_the_rule(each, home.everything(), MAY_DAY + days * DAY)


@over_histories(st.integers(0, 30), share=1 / 5)
def test_so_it_is_whatever_else_is_said_by_however_many(home: Household, days: int) -> None:
    home.sync()
    for each in home.ledgers[0].tasks.all():
        held_to_the_rule(each, home.everything(), MAY_DAY + days * DAY)


@over_lives(st.randoms(use_true_random=False))
def test_the_same_words_and_statements_read_the_same_in_any_order(life: tuple[Household, str], chance: Random) -> None:
    home, identifier = life
    said = home.everything()
    chance.shuffle(said)
    read = task_fold.fold(said, home.ledgers[0].records("task"), home.people)[StatementId(identifier)]
    assert read == home.named("Sam").tasks.get(identifier)


@over_lives(st.integers(0, 9))
def test_nothing_done_is_lost_whatever_is_changed(life: tuple[Household, str], days: int) -> None:
    home, identifier = life
    said = [each for each in home.everything() if each.subject == identifier]
    undone = {answer for each in said if each.kind == "task.take_back" for answer in each.answers}
    done = {each.id: each.body.get("occurrence") for each in said if each.kind == "task.done" and each.id not in undone}
    read = home.ledgers[0].tasks.get(identifier)
    assert {each.id for each in read.dones} == done.keys()
    if read.state is not TaskState.DECLINED:
        shown = {each.day for each in occurrences(read, *MAY, MAY_DAY + days * DAY) if each.standing is Standing.DONE}
        whole = {read.due[:10]} if read.repeat is None and read.due is not None and None in done.values() else set()
        assert shown == {day[:10] for day in done.values() if day is not None} | whole


@over_lives(st.integers(1, 2))
def test_no_day_before_a_new_yes_is_missed_and_no_own_rewording_asks_or_misses(
    life: tuple[Household, str], which: int
) -> None:
    home, identifier = life
    sam = home.named("Sam")
    change(home, identifier, due="2026-05-03T18:00", zone="UTC")
    run(sam.tasks.accept(identifier))  # so one yes stands
    for number, repeat in enumerate((REPEATS[which], REPEATS[3 - which], REPEATS[which])):
        change(home, identifier, due=EVENING, repeat=repeat)
        sam.clock = MAY_DAY + (10 + 3 * number) * DAY
        again = run(sam.tasks.accept(identifier))
        home.sync()
        assert (again.state in AGREED, again.agreed) == (True, again.terms)
    days = [each for each in occurrences(again, *MAY, sam.now()) if each.standing in AHEAD]
    assert days[0].day >= schedule.local(sam.clock, schedule.UTC_ZONE).date().isoformat()
    sam.clock += 4 * DAY
    before = occurrences(again, *MAY, sam.now())
    assert Standing.MISSED in {each.standing for each in before}
    run(sam.tasks.rename(identifier, "Water everything"))
    assert occurrences(sam.tasks.get(identifier), *MAY, sam.now()) == before
    run(sam.undo.take_back())
    back = sam.tasks.get(identifier)
    assert (back.terms, back.state) == (again.terms, again.state)
    assert occurrences(back, *MAY, sam.now()) == before


@over_lives(st.integers(0, 2))
def test_whoever_changes_their_own_says_yes_to_it_in_the_same_act(life: tuple[Household, str], which: int) -> None:
    home, identifier = life
    ledger = home.ledgers[0] if home.ledgers[0].owner.name == "Sam" else home.ledgers[1 + which % 2]
    found = ledger.tasks.get(identifier)
    assert found.for_person == ledger.me
    assert (run(ledger.tasks.rename(identifier, "what nobody has said yes to yet")).state in AGREED) == (
        found.state in AGREED
    )
    moved = run(ledger.tasks.reschedule(identifier, "2026-05-03T18:00", zone="UTC"))
    if found.state in AGREED and not moved.dones:
        assert (moved.state, moved.terms) == (found.state, moved.agreed)
    if found.state is TaskState.DECLINED:
        assert moved.agreed == found.agreed, "new words of what was declined say yes to nothing"
    home.sync()
    assert {each.tasks.get(identifier).state for each in home.ledgers} == {moved.state}
    said = len(home.everything())
    assert ledger.undo.last() is not None
    run(ledger.undo.take_back())
    back = ledger.tasks.get(identifier)
    assert back.title == "what nobody has said yes to yet"
    assert (back.due, back.repeat) == (found.due, found.repeat)
    if found.state in AGREED and back.repeat is found.repeat and not (back.dones and back.repeat is None):
        assert back.state is found.state, "what is put back is agreed to"
    assert len(home.everything()) <= said + 1


@over_lives(
    st.sampled_from(
        [
            ({"title": "what Alex wrote"}, lambda tasks, it: tasks.rename(it, "what Sam made of it")),
            ({"due": "2026-05-03T05:00"}, lambda tasks, it: tasks.reschedule(it, "2026-05-03T19:00", zone="UTC")),
        ]
    )
)
def test_what_is_put_back_is_agreed_to_only_where_its_person_had_said_yes_to_it(
    life: tuple[Household, str], which: tuple[dict[str, str], Callable[[Any, str], Any]]
) -> None:
    home, identifier = life
    sam = home.named("Sam")
    theirs, own = which
    change(home, identifier, **theirs)
    read = sam.tasks.get(identifier)
    run(own(sam.tasks, identifier))
    run(sam.tasks.accept(identifier))
    meant = [words_of(one) for one in home.everything() if one.author == sam.me]
    run(sam.undo.take_back())
    back = sam.tasks.get(identifier)
    assert (back.title, back.due) == (read.title, read.due)
    assert back.state not in AGREED
    while sam.undo.last() is not None:
        run(sam.undo.take_back())
    said = [one for one in home.everything() if one.author == sam.me and one.kind == "task.reword"]
    assert all(words_of(one) in meant for one in said), "undo says yes to nothing that they had not said yes to"


@over_lives(
    st.integers(0, 30),
    st.sampled_from([{"title": "what nobody agreed to"}, {"due": "2026-05-03T06:00"}, {"zone": "Asia/Tokyo"}]),
)
def test_what_another_changes_waits_and_takes_nothing_done_away(
    life: tuple[Household, str], days: int, fields: dict[str, str]
) -> None:
    home, identifier = life
    found = home.named("Alex").tasks.get(identifier)
    was = {"title": found.title, "due": found.due, "zone": found.zone}
    change(home, identifier, **fields)
    for ledger in home.ledgers:
        read = ledger.tasks.get(identifier)
        assert (read.agreed, read.dones) == (found.agreed, found.dones)
        if found.is_open:
            assert read.state is TaskState.ASKED
            assert read.timing(MAY_DAY + days * DAY) is Timing.NOT_DUE
        elif found.state is TaskState.DONE:
            assert read.state is (TaskState.DONE if done_as_a_whole(read) else TaskState.ASKED)
        else:
            assert read.state is found.state
    change(home, identifier, **{name: was[name] for name in fields})
    assert home.ledgers[0].tasks.get(identifier) == found, "words put back are agreed to as before"


@over_lives()
def test_a_yes_is_to_what_was_shown_and_to_nothing_that_came_while_it_was_read(life: tuple[Household, str]) -> None:
    home, identifier = life
    sam = home.named("Sam")
    change(home, identifier, title="what is shown")
    shown = sam.tasks.get(identifier)
    change(home, identifier, title="what came meanwhile")
    said = [each.id for each in home.everything()]
    if shown.state is not TaskState.DONE:
        with pytest.raises(NotAllowed, match="was changed just before your yes"):
            run(sam.tasks.accept(identifier, shown=shown.terms))
        read = run(sam.tasks.accept(identifier, shown=sam.tasks.get(identifier).terms))
        assert read.agreed == read.terms
    else:
        assert run(sam.tasks.accept(identifier, shown=shown.terms)).state is TaskState.DONE
        assert [each.id for each in home.everything()] == said
