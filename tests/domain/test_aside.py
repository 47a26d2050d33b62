"""Hide here, and mute: local, known to nobody, and never over what narrows."""

from collections.abc import Callable, Sequence

import pytest

from collar_sync.domain import aside
from collar_sync.domain.consents import State
from collar_sync.domain.timeline import Line
from collar_sync.errors import InvalidInput, NotFound
from tests.domain.histories import over_histories
from tests.domain.lives import CLEAR
from tests.domain.plain import DAY, Household, PlainLedger, granted, run


def lines(ledger: PlainLedger) -> list[Line]:
    return [line for day in ledger.timeline.page(lines=10_000).days for line in day.lines]


def told(ledger: PlainLedger) -> list[str]:
    return [line.text for line in lines(ledger)]


def test_what_is_hidden_here_looks_like_unanswered_to_everyone_else(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = run(alex.tasks.ask("Kneel at nine", of=sam.me))
    home.sync()
    run(sam.aside.hide(task.id))
    home.sync()
    assert sam.tasks.visible() == ()
    assert told(sam) == []
    assert "Kneel at nine" not in sam.export.markdown()
    assert alex.tasks.get(task.id) == task
    assert alex.tasks.visible() == (task,)
    run(sam.aside.show(task.id))
    assert sam.tasks.visible() == (task,)


def test_a_check_in_that_is_hidden_is_in_no_list_no_timeline_and_no_copy(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    arrived = run(alex.check_ins.write(["tender"], need="a quiet evening"))
    run(alex.check_ins.share(arrived.id))
    home.sync()
    (shown,) = sam.check_ins.visible()
    assert "quiet evening" in sam.export.json()
    run(sam.aside.hide(shown.id))
    assert sam.check_ins.visible() == ()
    assert told(sam) == []
    assert "quiet evening" not in sam.export.json()


def test_what_is_hidden_can_still_be_answered_and_withdrawn_from(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = run(granted(home, alex, sam))
    run(sam.aside.hide(consent.id))
    assert sam.consents.visible() == ()
    run(sam.consents.revoke(consent.id))
    home.sync()
    assert alex.consents.get(consent.id).state(alex.now()) is State.REVOKED


def test_what_somebody_muted_asks_waits_unseen_and_what_they_narrow_shows(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = run(granted(home, alex, sam))
    run(sam.aside.mute(home.people[alex.me]))
    run(alex.tasks.ask("Kneel at nine", of=sam.me))
    run(alex.consents.propose("A new thing", ["a call"]))
    run(alex.moments.share("Thank you"))
    run(alex.consents.revoke(consent.id))
    run(alex.limits.set("Nothing on video"))
    run(alex.pauses.pause())
    home.sync()
    assert sam.tasks.visible() == ()
    assert [each.purpose for each in sam.consents.visible()] == ["Evenings apart"], "what was answered shows"
    assert len(sam.pauses.standing()) == 1
    sentences = told(sam)
    assert {"Alex withdrew from “Evenings apart”.", "Alex set a limit: “Nothing on video”."} <= {*sentences}
    assert "Alex paused everything." in sentences
    assert not [line for line in sentences if "nine" in line or "new thing" in line or "Thank" in line]


def test_what_somebody_muted_wants_to_be_read_or_answered_is_in_no_list(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    run(sam.aside.mute(alex.me))
    run(alex.moments.share("Thank you"))
    run(alex.updates.share("I moved out"))
    run(alex.check_ins.share(run(alex.check_ins.write("tender")).id))
    scene = run(alex.checklists.begin("scene", ["I want this"]))
    session = run(alex.sessions.begin("consent review", 30))
    slip = run(alex.slips.share(run(alex.slips.write("You waited for an hour", "promise-missed")).id))
    run(alex.repairs.begin(slip.id))
    home.sync()
    assert (sam.moments.visible(), sam.updates.visible(), sam.check_ins.visible()) == ((), (), ())
    assert (sam.checklists.open(), sam.sessions.open()) == ((), ())
    assert (sam.slips.visible(), sam.repairs.open()) == ((), ())
    assert not told(sam)
    for ledger in (sam, alex):
        run(ledger.repairs.ready(slip.id))
        home.sync()
        assert [each.id for each in sam.repairs.open()] == [slip.id]
    run(sam.checklists.tick(scene.id))
    run(sam.sessions.join(session.id))
    assert [each.id for each in sam.checklists.open()] == [scene.id], "what was answered shows"
    assert [each.id for each in sam.sessions.open()] == [session.id]
    run(sam.aside.show(alex.me))
    assert [len(each) for each in (sam.moments.visible(), sam.updates.visible(), sam.check_ins.visible())] == [1, 1, 1]


def test_what_is_hidden_is_in_no_list_of_its_noun(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    rule = run(alex.agreements.propose("rule", "phones away", CLEAR, review=alex.now() + 1))
    home.sync()
    run(sam.agreements.grant(rule.id))
    moment = run(alex.moments.share("Thank you"))
    update = run(alex.updates.share("I moved out"))
    check_in = run(alex.check_ins.share(run(alex.check_ins.write("tender")).id))
    scene = run(alex.checklists.begin("scene", ["I want this"]))
    session = run(alex.sessions.begin("consent review", 30))
    slip = run(alex.slips.share(run(alex.slips.write("You waited for an hour", "promise-missed")).id))
    run(alex.repairs.begin(slip.id))
    home.sync()
    sam.clock += DAY // 24
    lists: dict[str, Callable[[], Sequence[object]]] = {
        rule.id: sam.reviews.due,
        moment.id: sam.moments.visible,
        update.id: sam.updates.visible,
        str(check_in.said): sam.check_ins.visible,
        scene.id: sam.checklists.open,
        session.id: sam.sessions.open,
        slip.id: sam.slips.visible,
    }
    assert {name: len(every()) for name, every in lists.items()} == dict.fromkeys(lists, 1)
    assert len(sam.repairs.open()) == 1
    for identifier, every in lists.items():
        run(sam.aside.hide(identifier))
        assert every() == ()
    assert sam.repairs.open() == ()
    assert alex.repairs.open()


@pytest.mark.parametrize("put_aside", [True, False])
def test_what_is_set_aside_changes_no_word_of_what_is_said(
    home: Household, alex: PlainLedger, sam: PlainLedger, *, put_aside: bool
) -> None:
    consent = run(granted(home, alex, sam))
    waiting = run(alex.consents.propose("A new thing", ["a call"]))
    hidden = run(alex.consents.propose("Another", ["a visit"]))
    home.sync()
    if put_aside:
        run(sam.aside.mute(alex.me))
        run(sam.aside.hide(hidden.id))
    run(sam.consents.decline(consent.id))
    (said,) = sam.statements("consent.decline")
    assert {*said.body["seen"]} == {waiting.id, hidden.id}


def test_nobody_mutes_themself_and_what_is_not_aside_cannot_be_shown_again(sam: PlainLedger) -> None:
    with pytest.raises(InvalidInput):
        run(sam.aside.mute(sam.me))
    with pytest.raises(NotFound):
        run(sam.aside.show("statement_x"))


@over_histories()
def test_whatever_is_set_aside_nothing_is_said_and_no_pause_no_and_withdrawal_is_kept_from_anyone(
    home: Household,
) -> None:
    home.sync()
    me, other = home.ledgers[0], home.ledgers[-1]
    said, theirs = {*me.heard}, other.consents.all()
    narrowing = {line.id for line in lines(me) if line.kind in aside.NARROWING}
    for each in said:
        run(me.aside.hide(each))
    for somebody in {*home.people} - {me.me}:
        run(me.aside.mute(somebody))
    home.sync()
    assert ({*me.heard}, other.consents.all()) == (said, theirs)
    assert {line.id for line in lines(me) if line.kind in aside.NARROWING} == narrowing
    assert me.pauses.standing() == other.pauses.standing()
