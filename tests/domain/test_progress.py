"""Behaviour tracking, progress and reviews, told as stories."""

from datetime import date

import pytest

from collar_sync.domain.agreements import Agreement, Reflection
from collar_sync.domain.occurrences import Standing
from collar_sync.domain.progress import FOLLOW_THROUGH, Week, plot
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from tests.domain.plain import DAY, MAY_DAY, Household, PlainLedger

CLEAR = Reflection(need="sleep that carries us", free_to_refuse=True, source="clarity")
MAY = (date(2026, 5, 1), date(2026, 5, 4))


async def tracked(home: Household, alex: PlainLedger, sam: PlainLedger, *habits: str) -> Agreement:
    made = await alex.agreements.propose("tracking", habits or ["lights out by eleven"], CLEAR)
    home.sync()
    await sam.agreements.grant(made.id)
    home.sync()
    return sam.agreements.get(made.id)


async def test_each_writes_their_own_entries_and_both_read_them_while_both_agree(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    made = await tracked(home, alex, sam)
    assert sam.tracking.habits() == ((made, "lights out by eleven"),)
    entry = await sam.tracking.note(made.id, "lights out by eleven", " a little  later ")
    assert (entry.day, entry.note) == ("2026-05-01", "a little later")
    home.sync()
    assert alex.tracking.of(sam.owner) == sam.tracking.mine() == (entry,)
    await sam.agreements.pause(made.id)
    home.sync()
    assert (alex.tracking.of(sam.owner), sam.tracking.mine()) == ((), (entry,))
    with pytest.raises(NotAllowed, match="Your journal is always yours"):
        await sam.tracking.note(made.id, "lights out by eleven")
    await sam.agreements.resume(made.id)
    home.sync()
    assert alex.tracking.of(sam.me) == (entry,)
    alex.clock += 14 * DAY
    assert alex.tracking.of(sam.me) == ()
    told = [line.text for day in alex.timeline.page().days for line in day.lines]
    assert not any("lights out" in text for text in told)
    assert told


async def test_a_new_version_shows_what_was_written_under_the_one_before_as_far_as_it_includes_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    made = await tracked(home, alex, sam, "sleep", "screens")
    for habit in ("sleep", "screens"):
        await sam.tracking.note(made.id, habit)
    later = await alex.agreements.propose("tracking", ["sleep"], CLEAR, supersedes=made.id)
    home.sync()
    await sam.agreements.grant(later.id)
    home.sync()
    assert [each.habit for each in alex.tracking.of(sam.me)] == ["sleep"]
    assert len(sam.tracking.mine()) == 2


async def test_an_entry_is_taken_back_by_its_author_alone(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    made = await tracked(home, alex, sam)
    entry = await sam.tracking.note(made.id, "lights out by eleven", day="2026-04-30")
    home.sync()
    with pytest.raises(NotFound, match="no such entry of yours"):
        await alex.tracking.retract(entry.id)
    alex.say("track.retract", f"track/{made.id}", answers=[entry.id])
    sam.say("track.retract", "elsewhere", answers=[entry.id])
    home.sync()
    assert alex.tracking.of(sam.me) == (entry,)
    await sam.tracking.retract(entry.id)
    home.sync()
    assert alex.tracking.of(sam.me) == sam.tracking.mine() == ()
    assert {each.reason for each in alex.tracking.problems()} == {
        "It takes back what someone else wrote; only its author can.",
        "It takes back what was written for another agreement than it says.",
    }


async def test_entries_rest_when_their_agreement_has_ended_and_what_was_taken_back_stays_so(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    made = await tracked(home, alex, sam)
    kept = await sam.tracking.note(made.id, "lights out by eleven")
    gone = await sam.tracking.note(made.id, "lights out by eleven")
    await sam.tracking.retract(gone.id)
    sam.put_away()
    assert sam.tracking.mine() == (kept,)
    await sam.agreements.revoke(made.id)
    sam.put_away()
    assert sam.tracking.mine() == ()
    sam.recall(kept.id)
    assert sam.tracking.mine() == (kept,)


async def test_entries_about_anything_but_a_named_habit_are_refused_here_and_named_there(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    made = await tracked(home, alex, sam)
    rule = await alex.agreements.propose("rule", ["phones away"], CLEAR)
    with pytest.raises(NotAllowed, match="no agreement of yours to track"):
        await alex.tracking.note(rule.id, "phones away")
    with pytest.raises(InvalidInput, match="a habit that this agreement names"):
        await alex.tracking.note(made.id, "where you were")
    with pytest.raises(InvalidInput, match="by its day"):
        await alex.tracking.note(made.id, "lights out by eleven", day="yesterday")
    for subject, body in (
        (made.id, {"habit": "where you were", "day": "2026-05-01"}),
        (made.id, {"habit": "lights out by eleven", "day": "2026-02-31"}),
        (made.id, {"habit": "lights out by eleven"}),
        (rule.id, {"habit": "phones away", "day": "2026-05-01"}),
    ):
        alex.say("track.entry", f"track/{subject}", body)
    alex.say("track.location", made.id)
    alex.say("track.entry", made.id, {"habit": "lights out by eleven", "day": "2026-05-01"})
    assert len(alex.tracking.problems()) == 6
    assert alex.tracking.mine() == ()


async def test_progress_is_a_picture_of_ones_own_days(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    task = await sam.tasks.promise("Stretch", due="2026-05-01T07:00", repeat="FREQ=DAILY")
    await sam.tasks.done(task.id)
    some_day = await sam.tasks.promise("Call my sister")
    await sam.tasks.done(some_day.id)
    sam.clock += 2 * DAY
    days = sam.progress.mine(*MAY)
    assert [each.marks for each in days] == [
        (Standing.DONE, Standing.DONE),
        (Standing.MISSED,),
        (Standing.DUE,),
        (Standing.AHEAD,),
    ]
    assert plot(days) == (Week("2026-04-27", done=2, due=3),)
    assert plot(sam.progress.mine(date(2026, 6, 1), date(2026, 6, 7))) == ()
    assert all(each.marks == () for each in alex.progress.mine(*MAY))


async def test_anothers_progress_is_shown_only_while_they_consent_to_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    await sam.tasks.promise("Stretch", due="2026-05-01T07:00", repeat="FREQ=DAILY")
    home.sync()
    with pytest.raises(NotAllowed, match="Their progress is theirs"):
        alex.progress.of(sam.owner, *MAY)
    given = await sam.consents.propose("so that you can cheer", [FOLLOW_THROUGH], flow="tracking")
    home.sync()
    assert not alex.progress.may_see(sam.me)
    await alex.consents.grant(given.id)
    assert alex.progress.of(sam.owner, *MAY) == sam.progress.mine(*MAY)
    home.sync()
    assert not sam.progress.may_see(alex.me)
    await sam.consents.pause(given.id)
    home.sync()
    assert not alex.progress.may_see(sam.owner)
    await sam.consents.resume(given.id)
    home.sync()
    assert alex.progress.may_see(sam.owner)
    alex.clock += 14 * DAY
    assert not alex.progress.may_see(sam.owner)


async def test_what_is_due_for_review_is_shown_until_each_has_looked(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await alex.consents.propose("Evenings", ["a call"], review=MAY_DAY + 30 * DAY)
    rule = await alex.agreements.propose("rule", ["phones away"], CLEAR)
    home.sync()
    await sam.consents.grant(consent.id)
    await sam.agreements.grant(rule.id)
    assert sam.reviews.due() == ()
    home.sync()
    sam.clock += 30 * DAY
    assert [each.about.id for each in sam.reviews.due()] == [consent.id]
    await sam.pauses.pause()
    assert sam.reviews.due() == (), "nothing asks in a pause"
    await sam.pauses.lift()
    sam.clock += 54 * DAY
    assert [(each.about.id, each.reason) for each in sam.reviews.due()] == [
        (consent.id, "its review date has come"),
        (rule.id, "its review date has come"),
    ]
    await sam.reviews.held(consent.id)
    assert [each.about.id for each in sam.reviews.due()] == [rule.id]
    home.sync()
    alex.clock = sam.clock
    assert len(alex.reviews.due()) == 2
    await sam.agreements.revoke(rule.id)
    assert sam.reviews.due() == ()
    sam.clock += 84 * DAY
    assert [each.about.id for each in sam.reviews.due()] == [consent.id]


async def test_a_week_before_its_end_there_is_time_to_talk_about_what_comes_after(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    made = await tracked(home, alex, sam)
    assert made.until is not None
    sam.clock = made.until - 7 * DAY - 1
    assert sam.reviews.due() == ()
    sam.clock += 1
    assert [(each.about.id, each.reason) for each in sam.reviews.due()] == [(made.id, "its end is near")]
    sam.clock += 7 * DAY
    assert sam.reviews.due() == ()


async def test_a_review_of_nothing_or_never_is_refused_here_and_named_there() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    consent = await alex.consents.propose("Evenings", ["a call"], parties=[sam.owner])
    home.sync()
    with pytest.raises(NotFound, match="no such consent or agreement"):
        await sam.reviews.held("statement_x")
    with pytest.raises(NotAllowed, match="not named in this"):
        await kim.reviews.held(consent.id)
    with pytest.raises(InvalidInput, match="within a year"):
        await sam.reviews.held(consent.id, MAY_DAY + 400 * DAY)
    sam.say("review.held", consent.id, {"again_at": MAY_DAY + 400 * DAY})
    sam.say("review.held", consent.id, {"again_at": "never"})
    sam.say("review.demanded", consent.id)
    assert len(sam.reviews.problems()) == 3
