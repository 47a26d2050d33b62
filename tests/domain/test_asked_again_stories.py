"""A yes to a task, what asks for it anew and what does not, told as stories."""

import pytest

from collar_sync.domain.occurrences import Standing
from collar_sync.domain.tasks import TaskState, Terms, Timing
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import StatementId
from tests.domain.asked_lives import EVENING, MAY, TIMES, TITLES, asked, change
from tests.domain.plain import DAY, MAY_DAY, Household, PlainLedger, run


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
