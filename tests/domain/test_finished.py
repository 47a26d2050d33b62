"""What is over may rest; whatever is not, or is not understood, stays at hand."""

from collar_sync.core.edits import Say, SetFields
from collar_sync.domain.finished import unfinished
from collar_sync.domain.focus import State
from collar_sync.domain.tasks import Task
from tests.domain.plain import DAY, HOUR, Household, PlainLedger, run


def at_hand(ledger: PlainLedger) -> set[str]:
    kinds = {kind for kind, _, _ in ledger.fields}
    records = {f"{kind}/{name}": fields for kind in kinds for name, fields in ledger.records(kind).items()}
    return unfinished(ledger.statements(""), records, ledger.people(), ledger.now(), ledger.past()).names


def stays(ledger: PlainLedger, task: Task) -> bool:
    names = at_hand(ledger)
    assert (task.id in names) == (task.record in names), "its words and its statements go together"
    return task.id in names


def test_a_task_stays_until_it_is_done_and_comes_back_when_that_is_taken_back(alex: PlainLedger) -> None:
    task = run(alex.tasks.promise("Water the ferns"))
    assert stays(alex, task)
    run(alex.tasks.done(task.id))
    assert not stays(alex, task)
    run(alex.tasks.take_back(task.id))
    assert stays(alex, task)


def test_what_was_declined_is_over_until_it_is_accepted(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    task = run(alex.tasks.ask("Water the ferns", of=sam.me))
    home.sync()
    assert stays(sam, task)
    run(sam.tasks.decline(task.id))
    assert not stays(sam, task)
    run(sam.tasks.accept(task.id))
    assert stays(sam, task)


def test_what_repeats_is_never_over_by_a_done(alex: PlainLedger) -> None:
    task = run(alex.tasks.promise("Water the ferns", due="2026-05-01T18:00", repeat="FREQ=DAILY"))
    run(alex.tasks.done(task.id))
    assert stays(alex, task)


def test_what_repeats_so_often_is_over_once_its_own_person_went_on_past_its_end(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = run(sam.tasks.promise("Kneel and breathe", due="2026-05-01T18:00", repeat="FREQ=DAILY;COUNT=14"))
    run(sam.tasks.done(task.id))
    home.sync()
    alex.clock += 900 * DAY
    run(alex.moments.share("From far ahead"))
    home.sync()
    assert stays(alex, task), "no clock but its own person's counts"
    sam.clock += 12 * DAY
    run(sam.moments.share("Still at it"))
    assert stays(sam, task)
    sam.clock += 8 * DAY
    run(sam.moments.share("That was that"))
    assert not stays(sam, task)


def test_what_this_version_does_not_know_stays_and_so_do_words_whose_task_has_not_come(alex: PlainLedger) -> None:
    strange = alex.say("ritual.begun", "something")
    over = run(alex.tasks.promise("Water the ferns"))
    run(alex.tasks.done(over.id))
    newer = alex.say("task.begin-again", over.id)
    run(alex.write(SetFields("ritual", "something", {"title": "Candles"})))
    run(alex.write(SetFields("task", "to-come", {"title": "Not asked yet"})))
    assert {strange.id, newer.id, "something", "to-come"} <= at_hand(alex)


def test_a_consent_a_pause_and_their_answers_stay(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    run(alex.write(Say("pause", home="core"), Say("consent.propose", "", {"purpose": "odd"}, home="core")))
    home.sync()
    run(sam.write(Say("pause", home="core")))
    home.sync()
    assert {said.id for said in home.everything()} <= at_hand(alex)


def test_a_slip_up_stays_with_all_that_was_said_about_it_until_its_repair_is_closed(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    draft = run(alex.slips.write("You waited.", "promise-missed"))
    slip = run(alex.slips.share(draft.id)).id
    home.sync()
    assert slip in at_hand(sam)
    run(alex.repairs.begin(slip))
    for _ in range(3):
        for ledger in (alex, sam):
            run(ledger.repairs.ready(slip))
            home.sync()
    assert slip in at_hand(sam)
    for ledger in (alex, sam):
        run(ledger.repairs.close(slip))
        home.sync()
    assert at_hand(sam) == set()
    run(sam.repairs.again(slip))
    assert slip in at_hand(sam)


def test_ordinary_days_may_rest_and_what_a_newer_version_said_of_them_may_not(alex: PlainLedger) -> None:
    run(alex.check_ins.share(run(alex.check_ins.write("steady")).id))
    run(alex.moments.share("The light was on."))
    run(alex.updates.share("I call first."))
    assert at_hand(alex) == set()
    strange = alex.say("moment.sung", "", {"song": "…"})
    odd = alex.say("checkin.share", "", {"mood": "of a newer version"})
    assert at_hand(alex) == {strange.id, odd.id}


def test_sessions_that_pauses_stopped_rest_with_their_pauses_however_many_there_were(alex: PlainLedger) -> None:
    found = []
    for _ in range(12):
        session = run(alex.sessions.begin("study", 30))
        alex.clock += HOUR // 6
        run(alex.pauses.pause())
        alex.clock += HOUR // 6
        run(alex.pauses.lift())
        alex.clock += DAY
        alex.put_away()
        found.append((session.id, len(alex.statements(""))))
    assert found[-1][1] <= found[1][1], "as many are at hand as after the second"
    for identifier, _ in found:
        assert alex.sessions.get(identifier).state(alex.now()) in {State.STOPPED, State.ENDED}
