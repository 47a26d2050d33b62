"""What the assignee says yes to is exact: what another changes afterwards asks again, and is not due until then."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from random import Random
from typing import Any, Final

import pytest
from hypothesis import strategies as st

from collar_sync.core.edits import SetFields
from collar_sync.core.statement import Said
from collar_sync.domain import schedule, task_fold
from collar_sync.domain.occurrences import Standing, occurrences
from collar_sync.domain.task import Task
from collar_sync.domain.tasks import TaskState, Terms, Timing
from collar_sync.errors import InvalidInput, LocalError, NotAllowed
from collar_sync.ids import StatementId
from tests.domain import partings
from tests.domain.histories import over_histories
from tests.domain.plain import DAY, HOUR, MAY_DAY, Household, PlainLedger, run
from tests.domain.planting import Property, over

EVENING: Final = "2026-05-01T18:00"
TITLES: Final = ("Water the ferns", "Water the moss")
TIMES: Final = (EVENING, "2026-05-02T18:00")
REPEATS: Final = (None, "FREQ=DAILY", "FREQ=DAILY;INTERVAL=2")
MAY: Final = (date(2026, 5, 1), date(2026, 5, 31))
AGREED: Final = frozenset({TaskState.ACCEPTED, TaskState.OPEN})
AHEAD: Final = frozenset({Standing.AHEAD, Standing.DUE, Standing.MISSED})


def asked(home: Household, repeat: str | None = None) -> str:
    """Let Alex ask Sam for something, and Sam say yes to it."""
    found = run(home.named("Alex").tasks.ask(TITLES[0], of=home.named("Sam").owner, due=EVENING, repeat=repeat))
    home.sync()
    run(home.named("Sam").tasks.accept(found.id))
    home.sync()
    return found.id


def change(home: Household, identifier: str, **fields: Any) -> None:
    """Alex changes these, without another word, as altered software can where the app refuses; everyone hears of it."""
    alex = home.named("Alex")
    run(alex.write(SetFields("task", alex.tasks.get(identifier).record, fields)))
    home.sync()


def live(seed: int, steps: int) -> tuple[Household, str]:
    """One task for Sam, most often agreed to, and what two devices of theirs and one of Alex's do to it."""
    chance = Random(seed)  # noqa: S311 - one seed replays a life
    home = Household("Alex", "Sam")
    home.second_device("Sam")
    alex, sam = home.named("Alex"), home.named("Sam")
    begun = chance.random()
    if begun < 0.2:
        identifier: str = run(sam.tasks.promise(TITLES[0], due=EVENING)).id
    elif begun < 0.4:
        identifier = run(alex.tasks.ask(TITLES[0], of=sam.owner, due=EVENING, repeat=chance.choice(REPEATS))).id
    else:
        identifier = asked(home, chance.choice(REPEATS))
    home.sync()
    for _ in range(steps):
        with suppress(LocalError):
            step(home, chance.choice(home.ledgers), identifier, chance)
        if chance.random() < 0.6:
            home.sync()
    home.sync()
    return home, identifier


def step(home: Household, ledger: PlainLedger, identifier: str, chance: Random) -> None:
    """One act on the task by its people, or by altered software of one of them."""
    record = home.ledgers[0].tasks.get(identifier).record
    words = {"title": chance.choice(TITLES), "due": chance.choice(TIMES), "repeat": chance.choice(REPEATS)}
    known = [each.id for each in ledger.statements("task.") if each.kind not in {"task.ask", "task.take_back"}]
    named = chance.sample(known, min(len(known), chance.randint(0, 4)))
    said = {"title": words["title"], **chance.choice(({}, {"due": words["due"], "zone": "UTC"}))}
    said = chance.choice(({}, said, said))
    sam = home.named("Sam")
    one, liar = chance.choice(list(words)), chance.choice((sam, ledger))
    acts: tuple[tuple[int, Callable[[], Any]], ...] = (
        (2, lambda: run(ledger.tasks.rename(identifier, words["title"] or ""))),
        (4, lambda: run(ledger.tasks.reschedule(identifier, words["due"], words["repeat"], zone="UTC"))),
        (5, lambda: run(sam.tasks.accept(identifier))),
        (2, lambda: run(ledger.tasks.decline(identifier))),
        (3, lambda: run(ledger.tasks.done(identifier))),
        (1, lambda: run(ledger.tasks.take_back(identifier))),
        (1, lambda: run(ledger.undo.take_back())),
        (1, lambda: setattr(ledger, "clock", MAY_DAY + chance.randint(0, 9) * DAY)),
        (2, lambda: run(ledger.write(SetFields("task", record, {one: words[one]})))),
        (6, lambda: liar.say(chance.choice(("task.accept", "task.reword")), identifier, said, named)),
    )
    ((_, act),) = chance.choices(acts, [weight for weight, _ in acts])
    act()


def over_lives(*others: st.SearchStrategy[Any], share: float = 2 / 5) -> Callable[[Property], Property]:
    """Try a property over such lives: the household, the id of the task, and whatever else it takes."""
    lives = st.builds(live, seed=st.integers(0, 1 << 32), steps=st.integers(0, 12))
    return over(lives, *others, share=share)


def yeses(read: Task, said: Iterable[Said]) -> list[Said]:
    """What the assignee said yes with, the promise included, to words that are named; read off by other means."""
    own = [one for one in partings.within(said) if one.author == read.for_person]
    kinds = {"task.accept", "task.reword"}
    return [
        one
        for one in own
        if (one.kind in kinds and one.subject in read.names and "title" in one.body)
        or (one.kind == "task.promise" and one.id in read.names)
    ]


def words_of(said: Said) -> tuple[Any, ...]:
    return tuple(said.body.get(name) for name in ("title", "due", "zone", "repeat"))


def to_it(read: Task, yes: Said, *, whole: bool = True) -> bool:
    """Whether this yes is to the task as it is now, or at least to its times."""
    words = {"due": read.due, "zone": read.zone, "repeat": read.repeat, **({"title": read.title} if whole else {})}
    return {name: yes.body.get(name) for name in words} == words


def done_as_a_whole(read: Task) -> bool:
    """Whether it was said to be done with no day named, or for the one day that it has."""
    days = {None if each.occurrence is None else each.occurrence[:10] for each in read.dones}
    return read.repeat is None and not days.isdisjoint({None, *([read.due[:10]] if read.due else [])})


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


def agrees_to_nothing_unseen(home: Household, ledger: PlainLedger, identifier: str) -> None:
    """Whoever is not shown the new words says no yes to them but by naming them."""
    found, said = ledger.tasks.get(identifier), len(home.everything())
    shown = next((each for each in ledger.tasks.visible() if each.id == identifier), found)
    if found.state is TaskState.ASKED and shown.terms != found.terms:
        for terms in (None, shown.terms):
            with pytest.raises(NotAllowed, match="wait unseen"):
                run(ledger.tasks.accept(identifier, shown=terms))
        assert len(home.everything()) == said
        again = run(ledger.tasks.accept(identifier, shown=found.terms))
        assert (again.agreed, again.title) == (again.terms, found.title)


@over_lives(st.integers(0, 1), st.sampled_from([False, True]))
def test_in_a_pause_new_words_wait_unseen_and_what_was_agreed_to_stays(
    life: tuple[Household, str],
    whose: int,
    done: bool,  # noqa: FBT001 - hypothesis gives it by place
) -> None:
    home, identifier = life
    alex, sam = home.named("Alex"), home.named("Sam")
    if done:
        with suppress(NotAllowed):
            run(sam.tasks.done(identifier))
    before = sam.tasks.get(identifier)
    one = (alex, sam)[whose]
    run(one.pauses.pause())
    change(home, identifier, title="what came in the pause")
    shown: dict[str, Task] = {each.id: each for each in sam.tasks.visible()}
    hidden = task_fold.hidden([*sam.statements("task."), *sam.statements("pause")], sam.people(), sam.me, sam.now())
    fresh = before.agreed is None and not before.dones and before.state is TaskState.ASKED
    assert (identifier in shown) == (identifier not in hidden) == (not fresh or before.asked_by == sam.me)
    if before.state is not TaskState.DECLINED and before.agreed is not None:
        read = shown[identifier]
        over = done_as_a_whole(read)
        assert read.terms == before.agreed
        assert (read.state is TaskState.DONE, read.state in AGREED) == (over, not over)
        assert read.timing(sam.now()) is not Timing.DUE
    assert [each.title for each in alex.tasks.visible()] == ["what came in the pause"]
    agrees_to_nothing_unseen(home, sam, identifier)
    run(one.pauses.lift())
    home.sync()
    assert sam.tasks.visible() == (sam.tasks.get(identifier),), "and then they ask"
    assert sam.tasks.get(identifier).title == "what came in the pause"


@over_lives()
def test_new_words_of_somebody_muted_wait_unseen_and_what_was_agreed_to_stays(life: tuple[Household, str]) -> None:
    home, identifier = life
    alex, sam = home.named("Alex"), home.named("Sam")
    before = sam.tasks.get(identifier)
    run(sam.aside.mute(alex.me))
    change(home, identifier, title="what somebody muted wrote")
    (shown,) = sam.tasks.visible() or (None,)
    if before.asked_by == sam.me:
        assert shown == sam.tasks.get(identifier), "it is a promise of their own"
    elif before.state in AGREED:
        assert shown is not None
        assert shown.terms == before.agreed
        assert shown.state is before.state or before.agreed != before.terms, (
            "of two yeses made apart, the last is shown"
        )
    else:
        assert (shown is None) == before.unanswered, "what they had done of it stays"
    agrees_to_nothing_unseen(home, sam, identifier)
    run(sam.aside.show(alex.me))
    assert sam.tasks.visible() == (sam.tasks.get(identifier),)


@over_lives(
    st.integers(0, 9),
    st.sampled_from([{"title": "pills."}, {"due": None, "repeat": None}, {"due": "2026-05-09T05:00", "repeat": None}]),
)
def test_somebody_muted_switches_off_no_reminder_and_no_day_unseen(
    life: tuple[Household, str], days: int, fields: dict[str, str | None]
) -> None:
    home, identifier = life
    alex, sam = home.named("Alex"), home.named("Sam")
    before = sam.tasks.get(identifier)
    if before.asked_by == sam.me or before.state not in AGREED or before.agreed != before.terms:
        return
    sam.clock = MAY_DAY + days * DAY
    with suppress(InvalidInput):  # it may have no time
        run(sam.reminders.set(identifier, 30))
    sam.clock += 20 * HOUR

    def seen() -> tuple[Any, ...]:
        (shown,) = sam.tasks.visible()
        mine = sam.progress.mine(*MAY), sam.reminders.next_at(), sam.reminders.ringing()
        return (shown, shown.timing(sam.now()), occurrences(shown, *MAY, sam.now()), *mine)

    then = seen()
    run(sam.aside.mute(alex.me))
    change(home, identifier, **fields)
    assert seen() == then
    done = run(sam.tasks.done(identifier))
    (shown,) = sam.tasks.visible()
    assert len(done.dones) == len(before.dones) + (not before.done_on(shown.today(sam.now())))
    assert shown.state is TaskState.DONE or shown.done_on(shown.today(sam.now())), "it is done as it reads"
    run(sam.tasks.take_back(identifier))
    (shown,) = sam.tasks.visible()
    assert (shown.state in AGREED, shown.done_on(shown.today(sam.now()))) == (True, False)


def test_somebody_muted_makes_no_pills_forgotten(home: Household) -> None:
    alex, sam = home.ledgers
    identifier = asked(home, "FREQ=DAILY")
    run(sam.reminders.set(identifier))
    run(sam.aside.mute(alex.me))
    run(alex.tasks.reschedule(identifier, None))
    run(alex.tasks.rename(identifier, "pills."))
    home.sync()
    (shown,) = sam.tasks.visible()
    assert (shown.title, shown.timing(sam.now())) == (TITLES[0], Timing.DUE)
    assert sam.reminders.next_at() == MAY_DAY + 10 * HOUR
    assert [each.marks for each in sam.progress.mine(date(2026, 5, 1), date(2026, 5, 2))] == [
        (Standing.DUE,),
        (Standing.AHEAD,),
    ]
    run(sam.reminders.set(identifier, 60))
    assert sam.reminders.next_at() == MAY_DAY + 9 * HOUR


def test_what_was_agreed_to_is_still_readable_and_an_earlier_yes_binds_no_longer(home: Household) -> None:
    alex, sam = home.ledgers
    identifier = asked(home)
    changed = run(alex.tasks.reschedule(identifier, "2026-05-01T06:00", zone="UTC"))
    assert (changed.state, changed.changed) == (TaskState.ASKED, True)
    home.sync()
    seen = sam.tasks.get(identifier)
    assert seen.agreed == Terms(title=TITLES[0], due=EVENING, zone="UTC")
    assert [each.id for each in sam.tasks.visible() if each.changed] == [identifier]
    assert seen.timing(MAY_DAY) is seen.timing(MAY_DAY + 2 * DAY) is Timing.NOT_DUE
    again = run(sam.tasks.accept(identifier))
    assert (again.state, again.changed, again.agreed) == (TaskState.ACCEPTED, False, again.terms)
    assert again.timing(MAY_DAY) is Timing.DUE
    run(alex.tasks.reschedule(identifier, EVENING, zone="UTC"))
    home.sync()
    assert sam.tasks.get(identifier).changed, "a yes that another one took the place of binds no longer"


def test_what_was_done_on_its_days_is_asked_again_where_it_is_made_a_single_one(home: Household) -> None:
    alex, sam = home.ledgers
    identifier = asked(home, "FREQ=DAILY")
    run(sam.tasks.done(identifier))
    home.sync()
    for due in (None, "2026-05-05T09:00"):
        run(alex.tasks.reschedule(identifier, due, zone="UTC"))
        home.sync()
        days = [(each.day, each.marks) for each in sam.progress.mine(*MAY) if each.marks]
        assert days == [("2026-05-01", (Standing.DONE,))], "it was done on its own day, and on no other"
    read = sam.tasks.get(identifier)
    assert (read.state, read.changed) == (TaskState.ASKED, True)
    with pytest.raises(InvalidInput, match="no longer due on that day"):
        run(sam.tasks.done(identifier, "2026-05-02"))
    assert run(sam.tasks.accept(identifier)).state is TaskState.ACCEPTED
    days = [(each.day, each.marks) for each in sam.progress.mine(*MAY) if each.marks]
    assert days == [("2026-05-01", (Standing.DONE,)), ("2026-05-05", (Standing.AHEAD,))]
    assert run(sam.tasks.done(identifier)).state is TaskState.DONE
    assert run(sam.tasks.take_back(identifier)).state is TaskState.ACCEPTED
    again = [(each.day, each.marks) for each in sam.progress.mine(*MAY) if each.marks]
    assert again == days, "taking back the one takes back no day before it"
    with pytest.raises(NotAllowed, match="nothing to take back"):
        run(sam.tasks.take_back(identifier))


def test_what_one_day_of_it_was_done_waits_in_a_pause_as_it_was_agreed_to(home: Household) -> None:
    alex, sam = home.ledgers
    daily, once = asked(home, "FREQ=DAILY"), asked(home)
    for each in (daily, once):
        run(sam.tasks.done(each))
    run(sam.pauses.pause())
    home.sync()
    run(alex.tasks.reschedule(daily, "2026-05-05T09:00", zone="UTC"))
    for each in (daily, once):
        run(alex.tasks.rename(each, "ANSWER ME"))
    home.sync()
    shown = {each.id: each for each in sam.tasks.visible()}
    assert {each.title for each in shown.values()} == {TITLES[0]}
    assert (shown[StatementId(daily)].repeat, shown[StatementId(daily)].state) == ("FREQ=DAILY", TaskState.ACCEPTED)
    assert shown[StatementId(once)].state is TaskState.DONE


def test_words_that_two_changed_while_apart_ask_again(home: Household) -> None:
    alex, sam = home.ledgers
    identifier = asked(home)
    run(sam.tasks.rename(identifier, TITLES[1]))
    run(alex.tasks.reschedule(identifier, TIMES[1], zone="UTC"))
    home.sync()
    assert {each.tasks.get(identifier).state for each in home.ledgers} == {TaskState.ASKED}


def test_a_promise_that_another_changed_binds_nobody(home: Household) -> None:
    sam = home.named("Sam")
    promised = run(sam.tasks.promise("Call my sister", due=EVENING, zone="UTC"))
    home.sync()
    change(home, promised.id, title="Call my mother")
    assert (sam.tasks.get(promised.id).changed, sam.tasks.get(promised.id).timing(MAY_DAY)) == (True, Timing.NOT_DUE)
    assert run(sam.tasks.accept(promised.id)).state is TaskState.OPEN


def test_the_details_bind_nobody(home: Household) -> None:
    alex, _ = home.ledgers
    identifier = asked(home)
    assert run(alex.tasks.describe(identifier, "Both pots, please")).state is TaskState.ACCEPTED


def test_two_tasks_with_the_same_words_are_both_still_agreed_to_when_their_person_changes_them(home: Household) -> None:
    alex, sam = home.ledgers
    promised = run(sam.tasks.promise("Call my sister"))
    home.sync()
    alex.say("task.ask", promised.record, {"for": sam.me, "title": "Call my sister"})  # as altered software could
    home.sync()
    assert run(sam.tasks.rename(promised.id, "Call my brother")).state is TaskState.OPEN


def test_words_that_cannot_be_read_are_put_back_as_they_read(home: Household) -> None:
    sam = home.named("Sam")
    promised = run(sam.tasks.promise("Call my sister"))
    home.sync()
    change(home, promised.id, due=5)
    assert sam.tasks.get(promised.id).state is TaskState.OPEN, "it reads as it was promised"
    run(sam.tasks.reschedule(promised.id, EVENING, zone="UTC"))
    run(sam.undo.take_back())
    assert sam.tasks.get(promised.id).state is TaskState.OPEN
    assert not sam.tasks.problems()


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"title": 5}, {"title": " "}, {"title": "t" * 201}, {"title": "t", "unless": "it rains"}),
        *({"title": "t", "due": "soon"}, {"title": "t", "zone": "x"}, {"title": "t", "repeat": "FREQ=" + "9" * 5_000}),
    ],
)
def test_a_yes_to_nothing_that_can_be_shown_is_none_and_is_said_so(
    alex: PlainLedger, sam: PlainLedger, home: Household, body: dict[str, object]
) -> None:
    found = run(alex.tasks.ask("t", of=sam.owner))
    home.sync()
    no = sam.say("task.decline", found.id)
    said = sam.say("task.accept", found.id, body, [no.id])
    assert sam.tasks.get(found.id).state is TaskState.DECLINED
    assert [each.statement for each in sam.tasks.problems()] == [said.id]
