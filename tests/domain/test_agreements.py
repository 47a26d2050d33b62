"""The Agreement rule, told as stories."""

from datetime import UTC, datetime
from typing import Any

import pytest

from collar_sync.domain.agreements import QUESTIONS, REVIEW_MILLISECONDS, Agreement, Reflection, hidden, in_force
from collar_sync.domain.consents import State
from collar_sync.domain.sentences import Folk, sentence
from collar_sync.domain.terms import FLOW_MILLISECONDS, FLOW_MILLISECONDS_MAX, Kind
from collar_sync.domain.wording import rewrites
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from tests.domain.plain import DAY, MAY_DAY, Household, PlainLedger

TODAY = MAY_DAY // DAY * DAY
CLEAR = Reflection(need="evenings that belong to us", free_to_refuse=True, source="clarity")


async def agreed(
    home: Household, alex: PlainLedger, sam: PlainLedger, kind: Kind = "rule", until: int | None = None
) -> Agreement:
    agreement = await alex.agreements.propose(kind, ["phones away at dinner"], CLEAR, until=until)
    home.sync()
    await sam.agreements.grant(agreement.id)
    home.sync()
    return sam.agreements.get(agreement.id)


async def test_an_agreement_is_proposed_with_its_need_and_holds_when_everyone_has_granted(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    proposed = await alex.agreements.propose("ritual", ["tea at nine"], CLEAR, excludes=["Sundays"])
    assert (proposed.kind, proposed.need, proposed.temporary) == ("ritual", "evenings that belong to us", False)
    assert proposed.state(alex.now()) is State.PROPOSED
    home.sync()
    read = await sam.agreements.grant(proposed.id)
    assert (read.state(sam.now()), in_force([read], "ritual", sam.now())) == (State.ACTIVE, (read,))
    assert in_force([read], "rule", sam.now()) == ()
    home.sync()
    assert alex.agreements.all() == (read,)
    assert alex.consents.all() == ()


async def test_it_is_looked_at_again_after_12_weeks_unless_another_day_is_chosen(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    assert (await agreed(home, alex, sam)).review == TODAY + REVIEW_MILLISECONDS == TODAY + 84 * DAY
    chosen = await alex.agreements.propose("rule", ["x"], CLEAR, review=datetime(2026, 6, 1, tzinfo=UTC))
    assert chosen.review == 1_780_272_000_000
    later = await alex.agreements.propose("rule", ["x"], CLEAR, starts=MAY_DAY + 7 * DAY)
    assert later.review == MAY_DAY + 91 * DAY


async def test_before_offering_three_questions_are_asked_and_only_the_need_is_told(alex: PlainLedger) -> None:
    assert len(QUESTIONS) == 3
    for reflection, error, words in (
        (Reflection(need=" ", free_to_refuse=True, source="clarity"), InvalidInput, "purpose is empty"),
        (Reflection(need="x", free_to_refuse=False, source="clarity"), NotAllowed, "not free to refuse"),
        (Reflection(need="x", free_to_refuse=True, source="fear"), NotAllowed, "can wait"),
    ):
        with pytest.raises(error, match=words):
            await alex.agreements.propose("rule", ["phones away"], reflection)
    assert alex.heard == {}
    await alex.agreements.propose("rule", ["phones away"], CLEAR)
    (said,) = alex.heard.values()
    assert said.body.keys() == {"kind", "purpose", "includes", "how_to_pause", "parties"}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"free_to_refuse": "no"}, "yes or no"),  # as a form sends it
        ({"free_to_refuse": 1}, "yes or no"),
        ({"source": "love"}, "clarity or from fear"),
        ({"need": None}, "in words"),
    ],
)
def test_what_is_no_answer_to_the_three_questions_is_not_taken_for_a_yes(answers: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Reflection(**{"need": "rest", "free_to_refuse": True, "source": "clarity", **answers})


async def test_rival_amendments_stand_side_by_side_and_only_what_both_include_holds(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    first = await agreed(home, alex, sam)
    yours = await alex.agreements.propose("rule", ["phones away", "no calls"], CLEAR, supersedes=first.id)
    theirs = await sam.agreements.propose("rule", ["phones away", "music on"], CLEAR, supersedes=first.id)
    home.sync()
    assert set(alex.agreements.rivals(yours.id)) == {alex.agreements.get(each.id) for each in (yours, theirs)}
    await alex.agreements.grant(theirs.id)
    await sam.agreements.grant(yours.id)
    home.sync()
    both = alex.agreements.rivals(yours.id)
    assert [each.holds.includes for each in both] == [("phones away",), ("phones away",)]
    assert {each.includes for each in both} == {("phones away", "no calls"), ("phones away", "music on")}


async def test_a_rival_that_waits_unseen_is_not_shown_beside_the_one_that_is_known(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    rule = await alex.agreements.propose("rule", ["phones away"], CLEAR)
    home.sync()
    await sam.agreements.grant(rule.id)
    known = await sam.agreements.propose("rule", ["phones off"], CLEAR, supersedes=rule.id)
    other = await alex.agreements.propose("protocol", ["stand up"], CLEAR)
    home.sync()
    await sam.agreements.decline(other.id)
    pushed = await alex.agreements.propose("rule", ["phones in a box", "and a photo"], CLEAR, supersedes=rule.id)
    home.sync()
    assert [each.id for each in sam.agreements.rivals(known.id)] == [known.id]
    assert [each.id for each in alex.agreements.rivals(known.id)] == [known.id, pushed.id]
    sam.clock += 15 * DAY
    assert [each.id for each in sam.agreements.rivals(known.id)] == [known.id, pushed.id]


async def test_a_consequence_holds_only_while_both_currently_agree(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consequence = await agreed(home, alex, sam, "consequence")
    assert in_force(sam.agreements.all(), "consequence", sam.now()) == (consequence,)
    await sam.agreements.pause(consequence.id)
    home.sync()
    assert in_force(alex.agreements.all(), "consequence", alex.now()) == ()
    await sam.agreements.resume(consequence.id)
    assert len(in_force(sam.agreements.all(), "consequence", sam.now())) == 1
    await alex.agreements.revoke(consequence.id)
    home.sync()
    with pytest.raises(NotAllowed, match="final"):
        await sam.agreements.grant(consequence.id)


async def test_no_consequence_is_the_price_of_an_open_repair(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    waiting = await alex.agreements.propose("consequence", ["no phone for a day"], CLEAR)
    home.sync()
    for ledger in (alex, sam):
        ledger.in_repair.add(sam.me)
    with pytest.raises(NotAllowed, match="nothing can be its price"):
        await alex.agreements.propose("consequence", ["no phone for a week"], CLEAR)
    with pytest.raises(NotAllowed, match="nothing can be its price"):
        await sam.agreements.grant(waiting.id)
    assert sam.agreements.visible() == ()
    for me, unseen in ((sam.me, {waiting.id}), (alex.me, set())):
        assert hidden(home.everything(), home.people, me, MAY_DAY, in_repair={sam.me}) == unseen
        assert hidden(home.everything(), home.people, me, MAY_DAY, in_repair=()) == set()
    assert [each.id for each in alex.agreements.visible()] == [waiting.id]
    await sam.agreements.decline(waiting.id)
    for ledger in (alex, sam):
        ledger.in_repair.clear()
    assert (await sam.agreements.grant(waiting.id)).state(sam.now()) is State.ACTIVE


async def test_what_cannot_be_granted_or_resumed_today_is_named_with_the_reason_that_a_try_is_refused_with(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consequence = await agreed(home, alex, sam, "consequence")
    await agreed(home, alex, sam, "rule")
    loop = await agreed(home, alex, sam, "repair loop")
    await sam.agreements.pause(consequence.id)
    assert sam.agreements.held_back() == {}
    sam.in_repair.add(alex.me)
    held = sam.agreements.held_back()
    assert held.keys() == {consequence.id, loop.id}
    with pytest.raises(NotAllowed) as refused:
        await sam.agreements.resume(consequence.id)
    assert str(refused.value) == held[consequence.id]
    sam.in_repair.clear()
    await sam.agreements.resume(consequence.id)
    await alex.pauses.pause()
    home.sync()
    assert sam.agreements.held_back().keys() == {loop.id}


async def test_how_two_people_repair_is_agreed_on_a_calm_day(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    alex.in_repair.add(sam.me)
    with pytest.raises(NotAllowed, match="on a calm day"):
        await alex.agreements.propose("repair loop", ["twenty minutes apart first"], CLEAR)
    alex.in_repair.clear()
    proposed = await alex.agreements.propose("repair loop", ["twenty minutes apart first"], CLEAR)
    await sam.pauses.pause()
    home.sync()
    with pytest.raises(NotAllowed, match="on a calm day"):
        await sam.agreements.grant(proposed.id)
    await sam.pauses.lift()
    assert (await sam.agreements.grant(proposed.id)).state(sam.now()) is State.ACTIVE


async def test_tracking_is_mutual_for_two_weeks_and_for_90_days_at_most(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    habit = await agreed(home, alex, sam, "tracking")
    assert (habit.terms.flow, set(habit.terms.whose)) == ("tracking", {alex.me, sam.me})
    assert habit.until == TODAY + FLOW_MILLISECONDS == TODAY + 14 * DAY
    longest = await alex.agreements.propose("tracking", ["sleep"], CLEAR, until=alex.now() + FLOW_MILLISECONDS_MAX)
    assert longest.temporary
    with pytest.raises(InvalidInput, match="90 days"):
        await alex.agreements.propose("tracking", ["sleep"], CLEAR, until=alex.now() + FLOW_MILLISECONDS_MAX + 1)
    terms = {"purpose": "p", "includes": ["sleep"], "parties": sorted(home.people), "kind": "tracking"}
    alex.say("agreement.propose", body={**terms, "flow": "tracking", "starts": 0, "until": 1, "whose": [sam.me]})
    alex.say("agreement.propose", body=terms)
    assert {each.reason for each in alex.agreements.problems()} == {
        "Tracking is mutual or not at all: it is about everyone named, or about nobody.",
        "Its terms are not in a form that this version can show.",
    }


async def test_live_sharing_under_a_consent_ends_after_two_weeks_or_90_days_and_says_whose_it_is(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    shared = await alex.consents.propose("so that you know I am well", ["my mood"], flow="sharing")
    assert (shared.terms.whose, shared.starts, shared.until) == ((alex.me,), TODAY, TODAY + 14 * DAY)
    asked = await alex.consents.propose("p", ["your mood"], flow="sharing", whose=[sam.owner])
    assert asked.terms.whose == (sam.me,)
    with pytest.raises(InvalidInput, match="90 days"):
        await alex.consents.propose("p", ["my mood"], flow="sharing", until=MAY_DAY + 91 * DAY)
    with pytest.raises(InvalidInput, match="whose it is"):
        await alex.consents.propose("p", ["my mood"], whose=[alex.me])
    with pytest.raises(InvalidInput, match="what would flow"):
        await alex.consents.propose("p", ["my mood"], flow="watching")  # type: ignore[arg-type]
    body = {"purpose": "p", "includes": ["a"], "parties": sorted(home.people), "flow": "sharing"}
    for more in ({}, {"starts": 0, "until": FLOW_MILLISECONDS_MAX + 1, "whose": [alex.me]}, {"kind": "rule"}):
        alex.say("consent.propose", body={**body, **more})
    alex.say("consent.propose", body={**body, "starts": 0, "until": 1, "whose": ["person_x"]})
    assert len(alex.consents.problems()) == 4


async def test_rivals_about_different_kinds_of_things_share_nothing(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    first = await alex.consents.propose("Evenings", ["near"])
    home.sync()
    await sam.consents.grant(first.id)
    home.sync()
    yours = await alex.consents.propose("Evenings", ["near"], supersedes=first.id)
    theirs = await sam.consents.propose("Evenings", ["near"], flow="tracking", supersedes=first.id)
    home.sync()
    await alex.consents.grant(theirs.id)
    await sam.consents.grant(yours.id)
    home.sync()
    assert [each.holds.includes for each in alex.consents.rivals(yours.id)] == [(), ()]


async def test_after_a_no_to_a_consent_nothing_new_is_pushed_as_an_agreement(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    known = await alex.agreements.propose("rule", ["phones away"], CLEAR)
    consent = await alex.consents.propose("Evenings", ["a call"])
    home.sync()
    await sam.consents.decline(consent.id)
    home.sync()
    pushed = await alex.agreements.propose("rule", ["a call"], CLEAR)
    home.sync()
    assert [each.id for each in sam.agreements.visible()] == [known.id]
    sam.clock += 14 * DAY
    assert {each.id for each in sam.agreements.visible()} == {known.id, pushed.id}


async def test_an_agreement_of_a_kind_from_a_newer_version_is_kept_unread_and_named(alex: PlainLedger) -> None:
    body = {"purpose": "p", "includes": ["a"], "parties": sorted(alex.people()), "kind": "oath"}
    alex.say("agreement.propose", body=body)
    alex.say("agreement.swear")
    assert alex.agreements.all() == ()
    assert {each.reason for each in alex.agreements.problems()} == {
        "Its terms are not in a form that this version can show.",
        "It is of a kind that this version does not know. It is kept; a newer version of the app may show it.",
    }
    with pytest.raises(InvalidInput, match="Choose one of these kinds"):
        await alex.agreements.propose("oath", ["a"], CLEAR)  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="no such agreement"):
        alex.agreements.get("statement_x")


def test_controlling_wordings_are_shown_with_another_way_to_say_them_and_nothing_is_blocked(alex: PlainLedger) -> None:
    found = alex.agreements.rewrites("You must tell me where you are, or else.", "If you loved me you would.")
    assert [each.found for each in found] == ["You must", "or else", "If you loved me"]
    assert all(each.why.endswith(".") and each.instead for each in found)
    assert rewrites("I would like tea at nine, if you want that too.") == ()
    assert [each.found for each in rewrites("you MUST, you must")] == ["you MUST"]


async def test_limits_and_agreements_are_told_in_plain_sentences(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    agreement = await agreed(home, alex, sam)
    await sam.agreements.pause(agreement.id)
    made = await sam.limits.set("No photos")
    await sam.limits.loosen(made.id)
    said = list(sam.heard.values())
    folk = Folk(sam.me, home.people, said)
    assert {sentence(each, folk) for each in said} == {
        "Alex proposed an agreement: “evenings that belong to us”.",
        "You said yes to “evenings that belong to us”.",
        "You paused “evenings that belong to us”.",
        "You set a limit: “No photos”.",
        "You took back a limit: “No photos”.",
    }
