"""The Undo row: the last own act is taken back by a new one; a pause, a no or a withdrawal never is."""

import pytest

from collar_sync.domain import checklist, limit, pause, presence, repair_forms
from collar_sync.domain import undo as module
from collar_sync.domain.consent_book import DIALECTS, NO
from collar_sync.domain.nouns import OF_KIND
from collar_sync.domain.task_book import DECLINE
from collar_sync.domain.tasks import TaskState, When
from collar_sync.errors import NotAllowed
from tests.domain.plain import DAY, HOUR, Household, PlainLedger, granted, run

NARROWING = {
    *(noun.kind(each) for noun in DIALECTS for each in NO),
    *(pause.PAUSE, DECLINE, limit.SET, presence.HIDE, checklist.UNTICK),
    *(repair_forms.OUT, repair_forms.TAKE_BACK, repair_forms.READY, repair_forms.SIGN),
}


def test_a_done_is_taken_back_by_a_new_act_and_nothing_is_lost(alex: PlainLedger) -> None:
    task = run(alex.tasks.promise("Water the ferns"))
    run(alex.tasks.done(task.id))
    assert alex.undo.last() == "Take back that “Water the ferns” is done."
    said = len(alex.heard)
    run(alex.undo.take_back())
    assert alex.tasks.get(task.id).is_open
    assert len(alex.heard) == said + 1
    assert alex.undo.last() is None, "a promise is not taken back by this"


def opened_again(ledger: PlainLedger) -> PlainLedger:
    """The same device, after its app was closed: what is on its disk."""
    again = PlainLedger(ledger.owner, dict(ledger.people()))
    again.clock, again.heard, again.fields = ledger.clock, dict(ledger.heard), dict(ledger.fields)
    return again


def test_what_was_done_can_be_taken_back_after_the_app_was_closed_and_for_a_day(
    home: Household, alex: PlainLedger
) -> None:
    tasks = [run(alex.tasks.promise(f"Water the {each}")) for each in ("ferns", "moss")]
    tablet = home.second_device("Alex")
    for each in tasks:
        alex.clock += HOUR
        run(alex.tasks.done(each.id))
    run(alex.tasks.rename(tasks[0].id, "Water nothing"))
    home.sync()
    again = opened_again(alex)
    assert again.undo.last() == "Take back that “Water the moss” is done."
    assert tablet.undo.last() is None, "it was not done on this device"
    assert [run(again.undo.take_back()) for _ in range(2)] == [
        "Take back that “Water the moss” is done.",
        "Take back that “Water the ferns” is done.",
    ]
    assert again.undo.last() is None
    assert opened_again(again).undo.last() is None
    later = opened_again(alex)
    later.clock += DAY - HOUR
    assert later.undo.last() is not None
    later.clock += HOUR
    assert later.undo.last() is None


def test_only_what_counts_is_offered_after_the_app_was_closed(home: Household, alex: PlainLedger) -> None:
    asked = run(alex.tasks.ask("Water the ferns", of=home.named("Sam").me))
    alex.say("task.done", asked.id)
    assert opened_again(alex).undo.last() is None


def test_edits_are_taken_back_one_by_one_the_last_first(alex: PlainLedger) -> None:
    task = run(alex.tasks.promise("Water the ferns", "Both pots", due="2026-05-02T18:00", zone="Europe/Berlin"))
    run(alex.tasks.rename(task.id, "Water the moss"))
    run(alex.tasks.describe(task.id, "All three pots"))
    run(alex.tasks.reschedule(task.id, "2026-05-03T09:00"))
    assert [run(alex.undo.take_back()) for _ in range(3)] == [
        (
            "Put back the time of “Water the moss”: 2 May 2026, 18:00, in Europe/Berlin, "
            "in place of 3 May 2026, 09:00, in UTC."
        ),
        "Put back the details of “Water the moss”.",
        "Put back the title: “Water the ferns”.",
    ]
    back = alex.tasks.get(task.id)
    assert (back.terms, back.details, back.state) == (task.terms, task.details, task.state)
    with pytest.raises(NotAllowed, match="nothing of yours to take back"):
        run(alex.undo.take_back())


def test_what_was_changed_at_once_is_taken_back_at_once(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    asked = run(sam.tasks.ask("Water the ferns", of=alex.owner, details="Both pots", zone="Europe/Berlin"))
    home.sync()
    task = run(alex.tasks.accept(asked.id))
    said = len(alex.heard)
    when = When("2026-05-03T09:00", zone="Europe/Berlin")
    changed = run(alex.tasks.reword(task.id, title="Water the moss", when=when, details="All three"))
    assert (changed.title, changed.due, changed.details) == ("Water the moss", "2026-05-03T09:00", "All three")
    assert changed.state is TaskState.ACCEPTED, "whom it is for says yes to what they write"
    assert len(alex.heard) == said + 1
    assert run(alex.undo.take_back()) == (
        "Put back the title: “Water the ferns”; the time: no time, in place of 3 May 2026, 09:00; the details."
    )
    now = alex.tasks.get(task.id)
    assert (now.terms, now.details, now.state) == (task.terms, "Both pots", TaskState.ACCEPTED)
    assert alex.undo.last() is None
    run(alex.tasks.reword(task.id, when=when, details="All three"))
    assert alex.undo.last() == (
        "Put back the time of “Water the ferns”: no time, in place of 3 May 2026, 09:00; the details."
    )
    run(alex.tasks.reword(task.id))
    assert len(alex.undo.last() or "") > 0, "nothing named is nothing changed"


def test_the_times_that_are_put_back_and_those_that_go_are_named(alex: PlainLedger) -> None:
    task = run(alex.tasks.promise("Water the ferns"))
    for due, repeat in (
        ("2026-05-02T18:00", None),
        ("2026-05-02T18:00", "FREQ=DAILY;COUNT=14"),
        ("2026-05-02T18:00", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260630"),
        (None, "FREQ=WEEKLY;BYDAY=MO,FR"),
        (None, "FREQ=MONTHLY;BYMONTHDAY=1"),
    ):
        run(alex.tasks.reschedule(task.id, due, repeat, zone="Europe/Berlin"))
    assert [run(alex.undo.take_back()).partition(": ")[2] for _ in range(5)] == [
        "every week on Monday, Friday, in place of repeating as FREQ=MONTHLY;BYMONTHDAY=1.",
        "2 May 2026, 18:00, every 2 weeks, until 30 June 2026, in place of every week on Monday, Friday.",
        "2 May 2026, 18:00, every day, 14 times, in place of 2 May 2026, 18:00, every 2 weeks, until 30 June 2026.",
        "2 May 2026, 18:00, in place of 2 May 2026, 18:00, every day, 14 times.",
        "no time, in place of 2 May 2026, 18:00, in Europe/Berlin.",
    ]


def test_what_another_wrote_over_it_since_stays(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    task = run(alex.tasks.ask("Water the ferns", of=sam.me))
    run(alex.tasks.rename(task.id, "Water the moss"))
    home.sync()
    run(sam.tasks.rename(task.id, "Water everything"))
    home.sync()
    assert alex.undo.last() is None
    assert sam.undo.last() == "Put back the title: “Water the moss”."


def test_nobody_takes_back_what_another_did(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    run(sam.tasks.done(run(sam.tasks.promise("Water the ferns")).id))
    home.sync()
    assert alex.undo.last() is None


def test_what_was_taken_back_already_is_not_offered_again(alex: PlainLedger) -> None:
    task = run(alex.tasks.promise("Water the ferns"))
    run(alex.tasks.done(task.id))
    run(alex.tasks.take_back(task.id))
    assert alex.undo.last() is None


def test_a_pause_a_no_and_a_withdrawal_are_never_offered(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    consent = run(granted(home, alex, sam))
    task = run(alex.tasks.ask("Water the ferns", of=sam.me))
    home.sync()
    run(sam.tasks.decline(task.id))
    run(sam.consents.pause(consent.id))
    run(sam.consents.revoke(consent.id))
    run(sam.pauses.pause())
    assert sam.undo.last() is None
    with pytest.raises(NotAllowed):
        run(sam.undo.take_back())


def test_no_kind_that_narrows_is_on_the_list_and_every_kind_on_it_is_known() -> None:
    assert NARROWING.isdisjoint(module.UNDOABLE)
    assert {kind for pair in module.UNDOABLE.items() for kind in (pair[0], pair[1][0])} <= OF_KIND.keys()
    assert {inverse for inverse, _ in module.UNDOABLE.values()} & NARROWING == set()


def test_nothing_that_an_app_hands_it_changes_what_can_be_taken_back(alex: PlainLedger) -> None:
    acts = {name for name in dir(alex.undo) if not name.startswith("_")}
    assert acts == {"last", "take_back"}, "what was written is told by whoever keeps the ledger, and by nobody else"
