"""The Consent rule for changes: amendments, rivals, what a no binds, and what is shown after one. Told as stories."""

import pytest

from collar_sync.domain import reading
from collar_sync.domain.consents import UNSEEN_MILLISECONDS, State
from collar_sync.errors import NotAllowed
from tests.domain.plain import DAY, MAY_DAY, Household, PlainLedger, granted


async def test_a_change_takes_the_old_ones_place_only_when_all_have_granted() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    old = await alex.consents.propose("Movie nights", ["choosing in turn"])
    home.sync()
    await sam.consents.grant(old.id)
    await kim.consents.grant(old.id)
    home.sync()
    new = await sam.consents.propose("Movie nights", ["choosing in turn", "snacks"], supersedes=old.id)
    home.sync()
    await alex.consents.grant(new.id)
    home.sync()
    assert kim.consents.get(old.id).state(kim.now()) is State.ACTIVE
    assert kim.consents.get(new.id).state(kim.now()) is State.PROPOSED
    await kim.consents.grant(new.id)
    replaced = kim.consents.get(old.id)
    assert (replaced.state(kim.now()), replaced.superseded_by) == (State.SUPERSEDED, (new.id,))
    assert kim.consents.get(new.id).state(kim.now()) is State.ACTIVE
    with pytest.raises(NotAllowed, match="newer version"):
        await kim.consents.grant(old.id)
    await kim.consents.decline(new.id)
    assert kim.consents.get(old.id).state(kim.now()) is State.SUPERSEDED


async def test_a_no_binds_the_whole_lineage_and_an_amendment_does_not_slip_past_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await alex.consents.propose("Evenings apart", ["a call"])
    home.sync()
    await sam.consents.decline(consent.id)
    home.sync()
    again = await alex.consents.propose("Evenings apart", ["a call", "please"], supersedes=consent.id)
    home.sync()
    assert sam.consents.get(again.id).state(sam.now()) is State.DECLINED
    assert again.id not in [each.id for each in sam.consents.visible()]


async def test_withdrawing_an_amendment_withdraws_the_original_too(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await granted(home, alex, sam)
    change = await alex.consents.propose("Evenings apart", ["a call", "more"], supersedes=consent.id)
    home.sync()
    await sam.consents.revoke(change.id)
    home.sync()
    assert alex.consents.get(consent.id).state(alex.now()) is State.REVOKED


async def test_sam_declines_a_change_and_keeps_what_was(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    consent = await granted(home, alex, sam)
    change = await alex.consents.propose("Evenings apart", ["a call", "more"], supersedes=consent.id)
    home.sync()
    await sam.consents.decline(change.id)
    assert sam.consents.get(consent.id).state(sam.now()) is State.DECLINED
    assert (await sam.consents.grant(consent.id)).state(sam.now()) is State.ACTIVE
    assert sam.consents.get(change.id).state(sam.now()) is State.DECLINED


async def test_granting_a_softer_version_does_not_lift_the_pause_on_the_old_one() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    old = await alex.consents.propose("Movie nights", ["choosing in turn"])
    home.sync()
    await sam.consents.grant(old.id)
    await kim.consents.grant(old.id)
    await sam.consents.pause(old.id)
    home.sync()
    softer = await alex.consents.propose("Movie nights", ["choosing together"], supersedes=old.id)
    home.sync()
    assert (await sam.consents.grant(softer.id)).paused_by == ()
    assert sam.consents.get(old.id).state(sam.now()) is State.PAUSED
    home.sync()
    assert (await kim.consents.grant(softer.id)).state(kim.now()) is State.ACTIVE


async def test_sams_counter_proposal_answers_their_own_decline(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await alex.consents.propose("Evenings apart", ["a call", "a photo"])
    home.sync()
    await sam.consents.decline(consent.id)
    counter = await sam.consents.propose("Evenings apart", ["a call"], supersedes=consent.id)
    home.sync()
    assert (await alex.consents.grant(counter.id)).state(alex.now()) is State.ACTIVE
    assert alex.consents.get(consent.id).state(alex.now()) is State.SUPERSEDED


async def test_rival_changes_that_all_granted_hold_only_in_what_both_include(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await granted(home, alex, sam)
    yours = await alex.consents.propose(
        "Yours", ["a call", "a photo", "a visit"], ["faces"], ["us two", "Kim"], supersedes=consent.id
    )
    theirs = await sam.consents.propose(
        "Theirs", ["a visit", "Faces", "a call"], ["names"], ["us two"], until=MAY_DAY + DAY, supersedes=consent.id
    )
    home.sync()
    assert alex.consents.get(yours.id).rivals == (theirs.id,)
    assert alex.consents.get(yours.id).holds == yours.terms
    await alex.consents.grant(theirs.id)
    await sam.consents.grant(yours.id)
    home.sync()
    first, second = alex.consents.get(yours.id), alex.consents.get(theirs.id)
    assert (first.rivals, second.rivals) == ((second.id,), (first.id,))
    assert alex.consents.rivals(first.id) == (first, second)
    assert (first.purpose, second.purpose) == ("Yours", "Theirs")
    assert set(first.holds.includes) == set(second.holds.includes) == {"a call", "a visit"}
    assert set(first.holds.excludes) == set(second.holds.excludes) == {"faces", "names"}
    assert first.holds.access == second.holds.access == ("us two",)
    assert first.holds.until == second.holds.until == MAY_DAY + DAY
    assert first.state(MAY_DAY) is second.state(MAY_DAY) is State.ACTIVE
    assert first.state(MAY_DAY + DAY) is second.state(MAY_DAY + DAY) is State.EXPIRED
    settled = await alex.consents.propose("Ours", ["a call"], supersedes=[yours.id, theirs.id])
    home.sync()
    assert (await sam.consents.grant(settled.id)).holds.includes == ("a call",)
    assert sam.consents.get(yours.id).state(MAY_DAY) is sam.consents.get(theirs.id).state(MAY_DAY) is State.SUPERSEDED


async def test_after_a_no_nothing_new_by_alex_is_shown_to_sam_for_14_days(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    known = await alex.consents.propose("Mornings", ["a text"])
    consent = await granted(home, alex, sam)
    await sam.consents.revoke(consent.id)
    home.sync()
    pushed = await alex.consents.propose("Evenings apart", ["a call"])
    own = await sam.consents.propose("Sundays", ["a walk"])
    home.sync()
    shown = {each.id for each in sam.consents.visible()}
    assert pushed.id not in shown
    assert {known.id, consent.id, own.id} <= shown
    assert {pushed.id, own.id} <= {each.id for each in alex.consents.visible()}
    sam.clock = sam.now() + UNSEEN_MILLISECONDS
    assert pushed.id in {each.id for each in sam.consents.visible()}


async def test_what_waited_unseen_in_a_pause_when_sam_said_no_is_new_to_sam(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await granted(home, alex, sam)
    await sam.pauses.pause()
    pushed = await alex.consents.propose("Evenings apart", ["a call"])
    home.sync()
    await sam.consents.revoke(consent.id)
    await sam.pauses.lift()
    assert pushed.id not in {each.id for each in sam.consents.visible()}
    sam.clock = sam.now() + UNSEEN_MILLISECONDS
    assert pushed.id in {each.id for each in sam.consents.visible()}


async def test_taking_back_ones_own_unanswered_proposal_hides_nothing(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await sam.consents.propose("Typo", ["a wlak"])
    await sam.consents.revoke(slip.id)
    proposal = await alex.consents.propose("Evenings apart", ["a call"])
    home.sync()
    assert proposal.id in {each.id for each in sam.consents.visible()}


async def test_what_someone_agreed_to_ends_when_they_leave() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    consent = await granted(home, alex, sam)
    await kim.consents.grant(consent.id)
    home.sync()
    home.leave("Kim")
    ended = alex.consents.get(consent.id)
    assert (ended.state(alex.now()), ended.departed) == (State.REVOKED, (kim.me,))
    with pytest.raises(NotAllowed, match="has left"):
        await alex.consents.grant(consent.id)
    without = await alex.consents.propose("Evenings apart", ["a call"], supersedes=consent.id)
    home.sync()
    assert (await sam.consents.grant(without.id)).state(sam.now()) is State.ACTIVE


async def test_a_change_cannot_leave_out_someone_who_is_named() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    consent = await alex.consents.propose("Movie nights", ["choosing in turn"])
    home.sync()
    with pytest.raises(NotAllowed, match="needs everyone"):
        await alex.consents.propose("Movie nights", ["us two"], parties=[sam.me], supersedes=consent.id)
    body = {"purpose": "x", "includes": ["y"], "parties": sorted([alex.me, sam.me]), "supersedes": [consent.id]}
    alex.say("consent.propose", body=body, answers=[consent.id])
    home.sync()
    assert [each.id for each in kim.consents.all()] == [consent.id]
    assert [each.reason for each in kim.consents.problems()] == [
        "It would replace a consent without asking everyone named in that."
    ]


async def test_sam_says_yes_after_more_noes_than_one_statement_can_answer(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await alex.consents.propose("Evenings", ["a call"])
    home.sync()
    for _ in range(reading.ANSWERS_MAX + 1):
        await sam.consents.decline(consent.id)
    assert (await sam.consents.grant(consent.id)).state(sam.now()) is State.ACTIVE
