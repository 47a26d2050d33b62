"""The Consent rule, told as stories."""

from datetime import UTC, date, datetime

import pytest

from collar_sync import limits
from collar_sync.domain.consents import HOW_TO_PAUSE, State
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from tests.domain.plain import DAY, HOUR, MAY_DAY, Household, PlainLedger, granted


async def test_the_five_points_are_kept_as_written(alex: PlainLedger, sam: PlainLedger) -> None:
    consent = await alex.consents.propose(
        " Evenings apart ",
        ["a call", " a photo", "a call", ""],
        ["faces"],
        ["us two"],
        starts=MAY_DAY + HOUR,
        until=datetime(2026, 8, 1, tzinfo=UTC),
        review=MAY_DAY + 30 * DAY,
    )
    assert consent.purpose == "Evenings apart"
    assert consent.includes == ("a call", "a photo")
    assert (consent.excludes, consent.access) == (("faces",), ("us two",))
    assert (consent.starts, consent.until, consent.review) == (MAY_DAY + HOUR, 1_785_542_400_000, MAY_DAY + 30 * DAY)
    assert consent.how_to_pause == HOW_TO_PAUSE
    assert (consent.proposer, consent.parties) == (alex.me, tuple(sorted([alex.me, sam.me])))
    assert consent.terms == consent.holds
    assert (consent.lineage, consent.supersedes, consent.rivals) == (consent.id, (), ())


async def test_alex_proposes_sam_grants_and_both_read_active(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await alex.consents.propose("Evenings apart", "a call")
    assert consent.state(alex.now()) is State.PROPOSED
    assert (consent.granted_by, consent.waiting_for) == ((alex.me,), (sam.me,))
    home.sync()
    consent = await sam.consents.grant(consent.id)
    assert consent.state(sam.now()) is State.ACTIVE
    assert consent.covers("a call", sam.now())
    assert not consent.covers("a photo", sam.now())
    home.sync()
    assert alex.consents.all() == sam.consents.all() == (consent,)


async def test_nobody_grants_for_another(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    consent = await alex.consents.propose("Evenings apart", ["a call"])
    alex.say("consent.grant", consent.id)
    home.sync()
    assert sam.consents.get(consent.id).state(sam.now()) is State.PROPOSED


async def test_kim_who_is_not_named_can_neither_grant_nor_withdraw() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    consent = await alex.consents.propose("Evenings apart", ["a call"], parties=[sam.owner])
    home.sync()
    for act in (kim.consents.grant, kim.consents.revoke, kim.consents.pause, kim.consents.decline):
        with pytest.raises(NotAllowed, match="not named"):
            await act(consent.id)
    kim.say("consent.grant", consent.id)
    kim.say("consent.revoke", consent.id)
    await sam.consents.grant(consent.id)
    home.sync()
    assert alex.consents.get(consent.id).state(alex.now()) is State.ACTIVE
    assert len(alex.consents.problems()) == 2


async def test_three_people_need_three_yeses() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    consent = await alex.consents.propose("Movie nights", ["choosing in turn"])
    home.sync()
    assert (await sam.consents.grant(consent.id)).waiting_for == (kim.me,)
    home.sync()
    assert (await kim.consents.grant(consent.id)).state(kim.now()) is State.ACTIVE


async def test_a_withdrawal_is_final_and_a_grant_on_its_way_changes_nothing(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await alex.consents.propose("Evenings apart", ["a call"])
    home.sync()
    phone = home.second_device("Sam")
    phone.hear(*home.everything())
    await phone.consents.grant(consent.id)
    revoked = await sam.consents.revoke(consent.id)
    assert revoked.state(sam.now()) is State.REVOKED
    home.sync()
    for ledger in home.ledgers:
        with pytest.raises(NotAllowed, match="final"):
            await ledger.consents.grant(consent.id)
        with pytest.raises(NotAllowed, match="final"):
            await ledger.consents.propose("Evenings apart", ["a call"], supersedes=consent.id)
    withdrawal = alex.consents.get(consent.id).last_narrowing
    assert withdrawal is not None
    sam.say("consent.grant", consent.id, answers=[withdrawal.id])
    home.sync()
    assert alex.consents.get(consent.id).state(alex.now()) is State.REVOKED
    assert [each.reason for each in alex.consents.problems()] == ["It answers a withdrawal, and a withdrawal is final."]


async def test_after_a_withdrawal_a_new_proposal_can_be_granted(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await granted(home, alex, sam)
    await sam.consents.revoke(consent.id)
    home.sync()
    fresh = await granted(home, sam, alex)
    assert fresh.lineage != consent.lineage
    assert fresh.state(sam.now()) is State.ACTIVE


async def test_sam_declines_and_can_change_their_mind(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    consent = await alex.consents.propose("Evenings apart", ["a call"])
    home.sync()
    declined = await sam.consents.decline(consent.id)
    assert declined.state(sam.now()) is State.DECLINED
    assert (declined.declined_by, declined.waiting_for) == ((sam.me,), ())
    home.sync()
    alex.say("consent.grant", consent.id, answers=[declined.narrowings[0].id])
    home.sync()
    assert sam.consents.get(consent.id).state(sam.now()) is State.DECLINED
    assert (await sam.consents.grant(consent.id)).state(sam.now()) is State.ACTIVE


async def test_a_grant_that_does_not_name_the_decline_does_not_answer_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await alex.consents.propose("Evenings apart", ["a call"])
    home.sync()
    phone = home.second_device("Sam")
    phone.hear(*home.everything())
    await sam.consents.decline(consent.id)
    await phone.consents.grant(consent.id)
    home.sync()
    assert alex.consents.get(consent.id).state(alex.now()) is State.DECLINED


async def test_a_pause_on_a_consent_is_lifted_only_by_its_author(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await granted(home, alex, sam)
    paused = await sam.consents.pause(consent.id)
    assert (paused.state(sam.now()), paused.paused_by) == (State.PAUSED, (sam.me,))
    home.sync()
    with pytest.raises(NotAllowed, match="lifted only by the person who made it"):
        await alex.consents.resume(consent.id)
    alex.say("consent.resume", consent.id, answers=[paused.narrowings[0].id])
    home.sync()
    assert alex.consents.get(consent.id).state(alex.now()) is State.PAUSED
    assert (await sam.consents.resume(consent.id)).state(sam.now()) is State.ACTIVE


async def test_both_paused_so_both_must_resume(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    consent = await granted(home, alex, sam)
    await sam.consents.pause(consent.id)
    await alex.consents.pause(consent.id)
    home.sync()
    assert (await sam.consents.resume(consent.id)).state(sam.now()) is State.PAUSED
    home.sync()
    assert (await alex.consents.resume(consent.id)).state(alex.now()) is State.ACTIVE


async def test_a_resume_answers_no_decline(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    consent = await granted(home, alex, sam)
    declined = await sam.consents.decline(consent.id)
    sam.say("consent.resume", consent.id, answers=[declined.narrowings[0].id])
    assert sam.consents.get(consent.id).state(sam.now()) is State.DECLINED
    with pytest.raises(NotAllowed, match="no pause of your own"):
        await sam.consents.resume(consent.id)


async def test_expiry_needs_no_act_and_a_clock_that_jumps_back_does_not_revive_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await granted(home, alex, sam, until=MAY_DAY + DAY)
    assert consent.state(MAY_DAY + DAY - 1) is State.ACTIVE
    sam.clock = MAY_DAY + DAY
    assert consent.state(sam.now()) is State.EXPIRED
    sam.clock = MAY_DAY
    assert consent.state(sam.now()) is State.EXPIRED
    with pytest.raises(NotAllowed, match="reached its end"):
        await sam.consents.grant(consent.id)


async def test_a_consent_that_starts_later_permits_nothing_before(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await granted(home, alex, sam, starts=MAY_DAY + DAY)
    assert consent.state(sam.now()) is State.UPCOMING
    assert consent.state(MAY_DAY + DAY) is State.ACTIVE


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"includes": []}, "Say what is included: a yes to nothing in particular protects nobody."),
        ({"purpose": " "}, "Say what this is for: the purpose is empty."),
        ({"starts": 2, "until": 2}, "The end must be after the start. Choose a later end, or none."),
        ({"price": "everything"}, "Its terms are not in a form that this version can show."),
        ({"until": "soon"}, "Its terms are not in a form that this version can show."),
        ({"supersedes": ["statement_x"]}, "It does not answer what it would replace."),
        ({"parties": "twice"}, "It names someone twice."),
        ({"parties": "others"}, "Whoever proposes a consent takes part in it; nobody agrees for others."),
        ({"parties": "stranger"}, "It names someone who is not in this record."),
    ],
)
async def test_a_proposal_that_could_not_be_made_here_is_named_and_does_not_count(
    body: dict[str, object], reason: str
) -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    parties = {
        "twice": [alex.me, sam.me, sam.me],
        "others": [sam.me, kim.me],
        "stranger": [alex.me, "person_x"],
    }.get(str(body.get("parties")), [alex.me, sam.me])
    alex.say("consent.propose", body={"purpose": "p", "includes": ["i"], **body, "parties": parties})
    home.sync()
    assert sam.consents.all() == ()
    assert [each.reason for each in sam.consents.problems()] == [reason]


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"purpose": "  "}, "purpose is empty"),
        ({"includes": [" "]}, "Say what is included"),
        ({"starts": MAY_DAY + DAY, "until": MAY_DAY + HOUR}, "end must be after the start"),
        ({"until": MAY_DAY}, "end has passed already"),
        ({"review": MAY_DAY}, "review date has passed already"),
        ({"until": datetime(2027, 1, 1)}, "needs a time zone"),  # noqa: DTZ001 - the point of it
        ({"until": date(2027, 1, 1)}, "`until` is to be a datetime or a whole number"),
        ({"review": 1.8e12}, "`review` is to be a datetime or a whole number"),
        ({"starts": True}, "`starts` is to be a datetime or a whole number"),
        ({"until": -1}, "not a date"),
        ({"purpose": "Even\u202egnin"}, "characters that cannot be seen"),
        ({"includes": ["a call", "a\u200b photo"]}, "characters that cannot be seen"),
        ({"excludes": ["fa\x08ces"]}, "characters that cannot be seen"),
        ({"access": ["us\u2066 two"]}, "characters that cannot be seen"),
        ({"purpose": "x" * (limits.PURPOSE_CHARACTERS_MAX + 1)}, "purpose is too long"),
        ({"includes": ["x" * (limits.LINE_CHARACTERS_MAX + 1)]}, "What is included has a line that is too long"),
        ({"excludes": [str(each) for each in range(limits.LINES_MAX + 1)]}, "What is not included has too many lines"),
        ({"parties": ["person_x"]}, "not in this record"),
        ({"parties": []}, "between people"),
    ],
)
async def test_a_proposal_that_says_too_little_or_too_much_is_refused_with_what_to_do(
    alex: PlainLedger, terms: dict[str, object], sentence: str
) -> None:
    complete: dict[str, object] = {"purpose": "Evenings", "includes": ["a call"], **terms}
    with pytest.raises(InvalidInput, match=sentence):
        await alex.consents.propose(**complete)  # type: ignore[arg-type]
    assert alex.heard == {}


async def test_a_consent_that_is_not_here_is_said_to_be_not_here(alex: PlainLedger) -> None:
    with pytest.raises(NotFound, match="no such consent"):
        await alex.consents.grant("statement_x")


async def test_a_person_who_left_cannot_be_named(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    home.leave("Sam")
    with pytest.raises(NotAllowed, match="Sam has left"):
        await alex.consents.propose("Evenings", ["a call"], parties=[sam.owner])


async def test_terms_that_read_otherwise_than_they_are_do_not_count_and_an_ordinary_text_of_any_script_does(
    alex: PlainLedger, sam: PlainLedger, home: Household
) -> None:
    parties = sorted(home.people)
    alex.say("consent.propose", "", {"purpose": "p", "includes": ["no\u202eotohp"], "parties": parties})
    words = "Évenings, ערב, 夜\n\twith a family: 👩\u200d👧\r\n"
    await alex.consents.propose(words, ["\u0645\u06cc\u200c\u062e"])
    home.sync()
    assert [each.purpose for each in sam.consents.all()] == [words.strip()]
    (found,) = sam.consents.problems()
    assert "cannot be seen" in found.reason
