"""The Pause rule, told as stories."""

import pytest

from collar_sync.domain import pause, reading
from collar_sync.domain.consents import State
from collar_sync.domain.problems import problems
from collar_sync.domain.reading import UNKNOWN_KIND
from collar_sync.errors import NotAllowed
from tests.domain.plain import HOUR, MAY_DAY, Household, PlainLedger


async def test_sam_pauses_and_everyone_reads_it(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    made = await sam.pauses.pause()
    assert sam.pauses.standing() == (made,)
    home.sync()
    assert alex.pauses.standing() == (made,)
    assert (made.person, made.at) == (sam.me, MAY_DAY)


async def test_only_sam_lifts_what_sam_paused(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    made = await sam.pauses.pause()
    home.sync()
    with pytest.raises(NotAllowed, match="lifted only by the person who made it"):
        await alex.pauses.lift()
    alex.say("pause.lift", answers=[made.id])
    home.sync()
    assert sam.pauses.standing() == (made,)
    assert [each.reason for each in sam.pauses.problems()] == [
        "It names a pause of someone else; each person lifts only their own."
    ]
    await sam.pauses.lift()
    assert sam.pauses.standing() == ()


async def test_a_pause_made_while_another_device_lifts_still_stands(home: Household, sam: PlainLedger) -> None:
    phone = home.second_device("Sam")
    await sam.pauses.pause()
    home.sync()
    await phone.pauses.lift()
    again = await sam.pauses.pause()
    home.sync()
    assert sam.pauses.standing() == phone.pauses.standing() == (again,)


async def test_alex_may_add_a_pause_and_sams_lift_leaves_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    await sam.pauses.pause()
    home.sync()
    own = await alex.pauses.pause()
    home.sync()
    await sam.pauses.lift()
    assert sam.pauses.standing() == (own,)


async def test_a_pause_of_someone_who_has_left_no_longer_counts(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    await sam.pauses.pause()
    home.sync()
    home.leave("Sam")
    assert alex.pauses.standing() == ()


async def test_a_lift_names_more_pauses_than_one_statement_can(sam: PlainLedger) -> None:
    for _ in range(reading.ANSWERS_MAX + 1):
        await sam.pauses.pause()
    await sam.pauses.lift()
    assert sam.pauses.standing() == ()


async def test_a_pause_counts_whatever_it_holds_and_a_lift_only_in_its_plain_form(sam: PlainLedger) -> None:
    made = sam.say("pause", body={"why": ["no reason is asked", 7]})
    sam.say("pause.lift", body={"only if": "Alex agrees"}, answers=[made.id])
    assert [each.id for each in sam.pauses.standing()] == [made.id]


async def test_a_pause_pressed_by_a_stranger_or_of_an_unknown_kind_is_named_and_does_not_count(
    home: Household, sam: PlainLedger
) -> None:
    stranger = Household("Nobody").named("Nobody")
    sam.hear(stranger.say("pause"))
    sam.say("pause.forever")
    sam.say("pause.lift")
    assert sam.pauses.standing() == ()
    assert {(each.kind, each.reason) for each in problems(sam.heard.values(), home.people)} == {
        ("pause", "It was said by someone who is not in this record."),
        (
            "pause.forever",
            UNKNOWN_KIND,
        ),
        ("pause.lift", "It names no pause that is here."),
    }


async def test_while_one_pause_stands_every_consent_reads_as_paused_and_then_as_before(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await alex.consents.propose("Evenings", ["a call"])
    home.sync()
    await sam.consents.grant(consent.id)
    await sam.pauses.pause()
    home.sync()
    assert alex.consents.get(consent.id).state(alex.now()) is State.PAUSED
    await sam.pauses.lift()
    home.sync()
    assert alex.consents.get(consent.id).state(alex.now()) is State.ACTIVE


async def test_new_asks_wait_unseen_while_a_pause_stands(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    await sam.pauses.pause()
    consent = await alex.consents.propose("Evenings", ["a call"])
    task = await alex.tasks.ask("Water the plants", of=sam.owner)
    home.sync()
    assert sam.consents.visible() == ()
    assert sam.tasks.visible() == ()
    await sam.pauses.lift()
    assert [each.id for each in sam.consents.visible()] == [consent.id]
    assert [each.id for each in sam.tasks.visible()] == [task.id]


async def test_the_time_a_pause_covered_is_remembered_for_showing(home: Household, sam: PlainLedger) -> None:
    await sam.pauses.pause()
    sam.clock += HOUR
    await sam.pauses.lift()
    (rest,) = pause.read(sam.statements("pause"), home.people).rests
    assert (rest.start, rest.end) == (MAY_DAY, MAY_DAY + HOUR)
    assert rest.covers(MAY_DAY)
    assert not rest.covers(MAY_DAY + HOUR)


async def test_the_time_that_a_pause_covered_stays_covered_when_whoever_paused_leaves() -> None:
    home = Household("Alex", "Kim")
    alex, kim = home.ledgers
    await kim.pauses.pause()
    kim.clock += HOUR
    home.sync()
    home.leave("Kim")
    (rest,) = pause.read(alex.statements("pause"), home.people).rests
    assert (rest.start, rest.end) == (MAY_DAY, MAY_DAY + HOUR)
    assert alex.pauses.standing() == ()
