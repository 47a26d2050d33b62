"""Progress and reviews, told as stories."""

from datetime import date

import pytest

from collar_sync.domain.occurrences import Standing
from collar_sync.domain.progress import FOLLOW_THROUGH, Week, plot
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from tests.domain.lives import CLEAR
from tests.domain.plain import DAY, MAY_DAY, Household, PlainLedger
from tests.domain.test_tracking import tracked

MAY = (date(2026, 5, 1), date(2026, 5, 4))


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
    await sam.reviews.held(consent.id, sam.now() + 300 * DAY)
    await sam.reviews.held(consent.id, sam.now() + 7 * DAY)  # sooner than was said just before
    assert sam.reviews.due() == ()
    sam.clock += 8 * DAY
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


async def test_a_picture_of_more_than_a_calendar_is_refused(sam: PlainLedger) -> None:
    for first, last in ((date.min, date.max), (MAY[0], date(2030, 5, 1))):
        with pytest.raises(InvalidInput, match="too long for one calendar"):
            sam.progress.mine(first, last)
