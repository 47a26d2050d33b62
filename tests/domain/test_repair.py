"""One slip-up and its repair, told as stories: through pause, debrief, amend and review, and out of it at any point."""

from collections.abc import Sequence

import pytest

from collar_sync.domain.repair import Repair, Step
from collar_sync.domain.repair_forms import Apology, Facts, Plan, Stage, Weekly
from collar_sync.domain.repair_steps import HINTS, OFFERS, Side
from collar_sync.domain.repair_writing import commitment
from collar_sync.domain.slip import Slip
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from collar_sync.ids import PersonId
from tests.domain.plain import DAY, HOUR, MAY_DAY, MINUTE, Household, PlainLedger

SENTENCE = "You sat alone with your worry until ten, since I did not call as I had promised."
APOLOGY = {
    "regret": "I am sorry that I did not call.",
    "ownership": "I had promised it and I let it slide.",
    "impact": "You were afraid that something had happened, for three hours.",
    "change": "I set an alarm, and I call before I go in.",
    "question": "Is there something about it that you want to ask me, now or some other day?",
}


async def shared(
    home: Household,
    alex: PlainLedger,
    kind: SlipKind = SlipKind.PROMISE_MISSED,
    *,
    mine: bool = True,
    parties: Sequence[PersonId] | None = None,
) -> Slip:
    """Alex wrote down what happened, and shared it."""
    draft = await alex.slips.write(SENTENCE, kind, mine=mine)
    slip = await alex.slips.share(draft.id, parties)
    home.sync()
    return slip


async def everyone_ready(home: Household, slip: Slip) -> Repair:
    for ledger in home.ledgers:
        if ledger.me in slip.parties:
            await ledger.repairs.ready(slip.id)
    home.sync()
    return home.ledgers[0].repairs.get(slip.id)


async def reach(home: Household, stage: Stage, *, mine: bool = True, parties: Sequence[PersonId] | None = None) -> Slip:
    """A repair in which everyone was ready until that stage."""
    slip = await shared(home, home.ledgers[0], mine=mine, parties=parties)
    await home.ledgers[0].repairs.begin(slip.id)
    home.sync()
    while home.ledgers[0].repairs.get(slip.id).stage is not stage:
        await everyone_ready(home, slip)
    return slip


async def test_alex_and_sam_go_through_a_repair_from_the_first_sentence_to_the_close(  # noqa: PLR0915 - a whole story
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await shared(home, alex)
    assert [each.sentence for each in sam.slips.all()] == [SENTENCE]
    assert slip.about.label == "A promise was missed"
    assert sam.repairs.next_step(slip.id) is Step.BEGIN

    await sam.repairs.begin(slip.id)
    home.sync()
    assert alex.repairs.next_step(slip.id) is Step.WRITE_TALK
    await alex.repairs.propose_talk(slip.id, alex.now() + 2 * HOUR)
    home.sync()
    assert sam.repairs.next_step(slip.id) is Step.SIGN_TALK
    (talk,) = sam.repairs.get(slip.id).asks(sam.me)
    await sam.repairs.sign(slip.id, talk.id)
    home.sync()
    assert alex.repairs.get(slip.id).talk.agreed == sam.repairs.get(slip.id).talk.agreed != None  # noqa: E711
    assert (await everyone_ready(home, slip)).stage is Stage.DEBRIEF

    for ledger in (alex, sam):
        assert ledger.repairs.next_step(slip.id) is Step.WRITE_PART
        await ledger.repairs.write_part(slip.id, facts="No call came.", impact="I could not sleep.", roots="For me.")
        await ledger.repairs.share_part(slip.id)
        home.sync()
    assert sam.repairs.next_step(slip.id) is Step.WRITE_FACTS
    await sam.repairs.propose_facts(slip.id, "A call was promised for seven. None came until ten.")
    home.sync()
    assert alex.repairs.next_step(slip.id) is Step.SIGN_FACTS
    (facts,) = alex.repairs.get(slip.id).asks(alex.me)
    await alex.repairs.sign(slip.id, facts.id)
    assert (await everyone_ready(home, slip)).stage is Stage.AMEND

    assert alex.repairs.next_step(slip.id) is Step.WRITE_APOLOGY
    await alex.repairs.write_apology(slip.id, **APOLOGY)
    await alex.repairs.offer_apology(slip.id)
    home.sync()
    assert [each.what for each in sam.repairs.get(slip.id).apologies] == [Apology(round=1, **APOLOGY)]
    assert sam.repairs.next_step(slip.id) is Step.WRITE_PLAN
    promise = commitment(OFFERS[0].title, alex.me, details=OFFERS[0].details, repeat=OFFERS[0].repeat)
    await sam.repairs.propose_plan(slip.id, on_pause=["The evening protocol"], commitments=[promise])
    home.sync()
    (plan,) = alex.repairs.get(slip.id).asks(alex.me)
    assert (await alex.repairs.sign(slip.id, plan.id)).commitments == (promise,)
    (task,) = await alex.repairs.promise(slip.id)
    assert (task.title, task.repeat, task.kind) == (OFFERS[0].title, OFFERS[0].repeat, "micro-commitment")
    assert await alex.repairs.promise(slip.id) == (task,)
    home.sync()
    assert sam.repairs.promised(slip.id) == (task,)
    assert (await everyone_ready(home, slip)).stage is Stage.REVIEW

    await sam.repairs.propose_weekly(slip.id, 6, "18:00", "18:30", "Europe/Berlin")
    home.sync()
    (weekly,) = alex.repairs.get(slip.id).asks(alex.me)
    start, end = (await alex.repairs.sign(slip.id, weekly.id)).weekly_talk(alex.now()) or (0, 0)
    assert (start - MAY_DAY, end - start) == (2 * DAY + 8 * HOUR, 30 * MINUTE)  # Sunday, 18:00 in Berlin
    await sam.repairs.say(slip.id, still_wary=True)
    await alex.repairs.say(slip.id, changed="I called each day.")
    home.sync()
    assert sam.repairs.next_step(slip.id) is Step.CLOSE_OR_AGAIN
    await sam.repairs.close(slip.id)
    assert sam.repairs.get(slip.id).is_open
    home.sync()
    closed = await alex.repairs.close(slip.id)
    assert (closed.stage, closed.is_open, alex.repairs.open()) == (Stage.CLOSED, False, ())
    home.sync()
    assert not [each for ledger in home.ledgers for each in ledger.repairs.problems()]


async def test_an_edit_of_the_shared_facts_asks_everyone_again(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.DEBRIEF)
    first = await alex.repairs.propose_facts(slip.id, "None came until ten.")
    home.sync()
    (text,) = first.facts.current
    assert (await sam.repairs.sign(slip.id, text.id)).facts.agreed is not None
    edited = await sam.repairs.propose_facts(slip.id, "None came until eleven.")
    assert edited.facts.agreed is None
    assert [each.id for each in edited.facts.earlier] == [text.id]
    home.sync()
    assert [each.what for each in alex.repairs.get(slip.id).asks(alex.me)] == [Facts(1, "None came until eleven.")]
    with pytest.raises(NotAllowed, match="newer text"):
        await alex.repairs.sign(slip.id, text.id)


HIDDEN = ("It was \u202eon toN", "No\u200bne came", "\u2066One\u2069 came", "one\x08", "so\u00adme")


@pytest.mark.parametrize("words", HIDDEN)
async def test_what_all_are_to_sign_holds_nothing_that_cannot_be_seen_whoever_wrote_it(
    home: Household, alex: PlainLedger, sam: PlainLedger, words: str
) -> None:
    slip = await reach(home, Stage.AMEND)
    said = {*alex.heard}
    with pytest.raises(InvalidInput, match="cannot be seen"):
        await alex.repairs.propose_facts(slip.id, words)
    promise = commitment("Call at seven", alex.me)
    for plan in ({"amends": [words]}, {"commitments": [commitment("Call", alex.me, details=words)]}):
        with pytest.raises(InvalidInput, match="cannot be seen"):
            await alex.repairs.propose_plan(slip.id, **({"commitments": [promise]} | plan))
    assert {*alex.heard} == said
    altered = [
        alex.say("repair.facts", slip.id, {"round": 1, "text": words}),
        alex.say("repair.plan", slip.id, {"round": 1, "commitments": [{"title": words, "for": alex.me}]}),
    ]
    home.sync()
    view = sam.repairs.get(slip.id)
    assert (view.facts.current, view.plan.current) == ((), ())
    named = {each.statement: each.reason for each in sam.repairs.problems()}
    assert all("cannot be seen" in named[each.id] for each in altered)


async def test_texts_written_at_the_same_time_stand_side_by_side_until_one_replaces_both(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.DEBRIEF)
    await alex.repairs.propose_facts(slip.id, "One.")
    await sam.repairs.propose_facts(slip.id, "Two.")
    home.sync()
    both = alex.repairs.get(slip.id).facts
    assert (len(both.current), both.agreed) == (2, None)
    await alex.repairs.propose_facts(slip.id, "One and two.")
    home.sync()
    (alone,) = sam.repairs.get(slip.id).facts.current
    assert alone.what == Facts(1, "One and two.")
    assert (await sam.repairs.sign(slip.id, alone.id)).facts.agreed is not None


async def test_a_stage_closes_again_when_somebody_is_not_ready_any_more_and_what_was_written_stays(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.DEBRIEF)
    await alex.repairs.write_part(slip.id, facts="No call came.")
    await alex.repairs.share_part(slip.id)
    home.sync()
    assert (await sam.repairs.take_back(slip.id)).stage is Stage.PAUSE
    home.sync()
    assert [each.person for each in alex.repairs.get(slip.id).parts] == [alex.me]
    with pytest.raises(NotAllowed, match=r"That comes later.*Nothing was sent"):
        await alex.repairs.propose_facts(slip.id, "No call came.")
    assert (await sam.repairs.ready(slip.id)).stage is Stage.DEBRIEF


async def test_stepping_out_needs_no_reason_and_only_oneself_comes_back(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.DEBRIEF)
    await sam.repairs.step_out(slip.id)
    home.sync()
    assert alex.repairs.next_step(slip.id) is Step.REST
    assert sam.repairs.next_step(slip.id) is Step.COME_BACK
    with pytest.raises(NotAllowed, match=r"This rests for now.*Nothing was sent"):
        await alex.repairs.propose_facts(slip.id, "No call came.")
    with pytest.raises(NotAllowed, match="You have not stepped out"):
        await alex.repairs.step_back(slip.id)
    await sam.repairs.write_part(slip.id, impact="Written while out.")
    await sam.repairs.step_back(slip.id)
    home.sync()
    assert alex.repairs.next_step(slip.id) is Step.WRITE_PART


async def test_while_the_space_is_paused_nothing_is_asked_and_drafts_can_be_written(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.DEBRIEF)
    await alex.repairs.propose_facts(slip.id, "No call came.")
    await sam.pauses.pause()
    home.sync()
    assert sam.repairs.next_step(slip.id) is Step.PAUSED
    assert sam.repairs.get(slip.id).asks(sam.me) == ()
    assert [each.text for day in sam.timeline.page().days for each in day.lines if "facts" in each.text] == []
    await sam.repairs.write_part(slip.id, impact="I could not sleep.")
    assert sam.repairs.part_draft(slip.id).impact == "I could not sleep."
    await sam.pauses.lift()
    assert len(sam.repairs.get(slip.id).asks(sam.me)) == 1
    assert [each.text for day in sam.timeline.page().days for each in day.lines if "facts" in each.text] != []


async def test_a_part_is_private_until_shared_and_its_roots_never_are(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.DEBRIEF)
    await alex.repairs.write_part(slip.id, facts="No call came.", roots="An old fear.")
    home.sync()
    assert sam.repairs.get(slip.id).parts == ()
    await alex.repairs.share_part(slip.id)
    await alex.repairs.write_part(slip.id, facts="No call came until ten.")
    await alex.repairs.share_part(slip.id)
    home.sync()
    (part,) = sam.repairs.get(slip.id).parts
    assert part.what.facts == "No call came until ten."  # type: ignore[union-attr]  # it is a part
    assert "An old fear." not in repr(home.everything())


async def test_an_unfinished_apology_is_saved_and_not_offered_and_style_never_stands_in_the_way(
    home: Household, alex: PlainLedger
) -> None:
    slip = await reach(home, Stage.AMEND)
    regret = "I am sorry, but I did not mean it. I am a terrible person."
    draft = await alex.repairs.write_apology(slip.id, regret=regret)
    assert draft.missing == ("ownership", "impact", "change", "question")
    assert [each.phrase for each in draft.hints] == ["but", "i did not mean", "i am a terrible"]
    with pytest.raises(NotAllowed, match="saved and not offered"):
        await alex.repairs.offer_apology(slip.id)
    assert alex.repairs.apology_draft(slip.id).regret.startswith("I am sorry")
    rest = {name: words for name, words in APOLOGY.items() if name != "regret"}
    await alex.repairs.write_apology(slip.id, **rest)
    assert len((await alex.repairs.offer_apology(slip.id)).apologies) == 1


async def test_a_review_can_go_round_again_and_a_closed_repair_can_be_taken_up(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.REVIEW)
    await alex.repairs.close(slip.id)
    again = await sam.repairs.again(slip.id)
    assert (again.round, again.stage) == (2, Stage.PAUSE)
    home.sync()
    assert alex.repairs.get(slip.id).round == 2
    for _ in range(3):
        await everyone_ready(home, slip)
    for ledger in home.ledgers:
        await ledger.repairs.close(slip.id)
        home.sync()
    assert alex.repairs.get(slip.id).stage is Stage.CLOSED
    assert (await alex.repairs.take_back(slip.id)).stage is Stage.REVIEW
    assert (await alex.repairs.again(slip.id)).round == 3


async def test_what_would_not_count_is_refused_with_a_sentence(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.PAUSE)
    for talk in (MINUTE, 25 * HOUR, -HOUR):
        with pytest.raises(InvalidInput, match="between twenty minutes and twenty-four hours"):
            await alex.repairs.propose_talk(slip.id, alex.now() + talk)
    with pytest.raises(NotAllowed, match=r"That comes later.*Nothing was sent"):
        await alex.repairs.propose_facts(slip.id, "Too early.")
    with pytest.raises(NotAllowed, match="Nothing of an apology is written yet"):
        await alex.repairs.offer_apology(slip.id)
    with pytest.raises(NotAllowed, match="no yes of yours"):
        await alex.repairs.take_back(slip.id)
    with pytest.raises(NotFound, match="No such slip-up"):
        await alex.repairs.begin("statement_none")
    while alex.repairs.get(slip.id).stage is not Stage.REVIEW:
        await everyone_ready(home, slip)
    with pytest.raises(NotAllowed, match="the last stage"):
        await alex.repairs.ready(slip.id)
    with pytest.raises(InvalidInput, match="one to three"):
        await alex.repairs.propose_plan(slip.id, commitments=[])
    with pytest.raises(InvalidInput, match="an end after its start"):
        await alex.repairs.propose_weekly(slip.id, 6, "18:30", "18:00", "Europe/Berlin")
    with pytest.raises(InvalidInput, match="time zone"):
        await alex.repairs.propose_weekly(slip.id, 6, "18:00", "18:30", "Nowhere")
    with pytest.raises(InvalidInput, match="Choose a weekday from 0, which is Monday"):
        await alex.repairs.propose_weekly(slip.id, 7, "18:00", "25:00", "Europe/Berlin")
    with pytest.raises(InvalidInput, match="full answer"):
        await sam.repairs.say(slip.id)


async def test_who_is_no_part_of_a_repair_has_no_say_in_it() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    draft = await alex.slips.write(SENTENCE, SlipKind.PROMISE_MISSED)
    slip = await alex.slips.share(draft.id, [sam.me])
    home.sync()
    with pytest.raises(NotAllowed, match="do not take part"):
        await kim.repairs.begin(slip.id)
    kim.say("repair.begin", slip.id)
    home.sync()
    assert alex.repairs.get(slip.id).stage is Stage.SHARED
    assert [each.reason for each in alex.repairs.problems()] == [
        "Only those who take part in a repair can say anything in it."
    ]
    assert kim.repairs.next_step(slip.id) is Step.NOTHING


async def test_a_repair_with_nobody_left_in_it_is_over(home: Household, alex: PlainLedger) -> None:
    slip = await reach(home, Stage.DEBRIEF)
    assert alex.repairs.get(slip.id).is_open
    assert alex.repairs.in_repair() == {*home.people}
    home.leave("Sam")
    assert not alex.repairs.get(slip.id).is_open
    assert alex.repairs.in_repair() == frozenset()
    assert alex.repairs.next_step(slip.id) is Step.NOTHING
    with pytest.raises(NotAllowed, match="Nobody else"):
        await alex.repairs.propose_facts(slip.id, "Nobody reads this.")


async def test_a_plan_and_a_weekly_talk_read_as_they_were_agreed(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.REVIEW)
    promise = commitment("Ask first", sam.me)
    view = await alex.repairs.propose_plan(
        slip.id, changes=["One rule less"], temporary_limits=["No phone at night"], commitments=[promise]
    )
    assert view.plan.current[0].what == Plan(
        round=1, changes=("One rule less",), temporary_limits=("No phone at night",), commitments=(promise,)
    )
    assert view.commitments == ()
    view = await alex.repairs.propose_weekly(slip.id, 0, "18:00", "18:30", "Europe/Berlin")
    assert view.weekly.current[0].what == Weekly(1, 0, "18:00", "18:30", "Europe/Berlin")
    home.sync()
    (plan,) = sam.repairs.get(slip.id).plan.current
    assert (await sam.repairs.sign(slip.id, plan.id)).commitments == (promise,)
    assert (await sam.repairs.take_back(slip.id, plan.id)).commitments == ()


async def test_only_ones_own_promise_of_an_agreed_plan_becomes_a_task(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.AMEND)
    await alex.repairs.propose_plan(slip.id, commitments=[commitment("Ask first", sam.me)])
    home.sync()
    for ledger in (alex, sam):
        with pytest.raises(NotAllowed, match="no small promise of yours"):
            await ledger.repairs.promise(slip.id)
    (plan,) = sam.repairs.get(slip.id).asks(sam.me)
    await sam.repairs.sign(slip.id, plan.id)
    home.sync()
    with pytest.raises(NotAllowed, match="no small promise of yours"):
        await alex.repairs.promise(slip.id)
    assert [each.for_person for each in await sam.repairs.promise(slip.id)] == [sam.me]


async def test_who_shared_what_hurt_them_is_offered_no_apology_to_write_and_the_other_is_until_they_agree_on_a_plan(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.AMEND, mine=False)
    assert [alex.repairs.next_step(slip.id), sam.repairs.next_step(slip.id)] == [Step.WRITE_PLAN, Step.WRITE_APOLOGY]
    view = await sam.repairs.propose_plan(slip.id, commitments=[commitment("Call first", sam.me)])
    assert view.next_step(sam.me) is Step.READY_UNSIGNED, "nobody has to"
    await sam.repairs.take_back(slip.id, view.plan.current[0].id)
    assert sam.repairs.next_step(slip.id) is Step.WRITE_APOLOGY
    await sam.repairs.write_apology(slip.id, **dict.fromkeys(APOLOGY, "x"))
    assert (await sam.repairs.offer_apology(slip.id)).next_step(sam.me) is Step.SIGN_PLAN


async def test_hints_are_for_the_side_that_somebody_is_on_by_the_slip_up_alone() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    cases: tuple[tuple[bool, list[PersonId], tuple[Side, ...]], ...] = (
        (True, [sam.me], ("slipped", "hurt", "everyone")),
        (False, [sam.me], ("hurt", "slipped", "everyone")),
        (True, [sam.me, kim.me], ("slipped", "hurt", "hurt")),
        (False, [sam.me, kim.me], ("hurt", "everyone", "everyone")),
    )
    for mine, parties, sides in cases:
        draft = await alex.slips.write(SENTENCE, SlipKind.PROMISE_MISSED, mine=mine)
        view = alex.repairs.get((await alex.slips.share(draft.id, parties)).id)
        assert tuple(view.side(each.owner) for each in home.ledgers) == sides
        for each, side in zip(home.ledgers, sides, strict=True):
            own = () if side == "everyone" else HINTS[side]
            assert view.hints(each.me) == (*own, *HINTS["everyone"])


async def test_who_closes_without_what_all_were_to_sign_is_told_so_and_nobody_is_kept(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.REVIEW)
    for ledger in (alex, sam):
        await ledger.repairs.propose_weekly(slip.id, 6, "18:00", "18:30", "UTC")
        home.sync()
    (weekly,) = alex.repairs.get(slip.id).weekly.current
    await alex.repairs.sign(slip.id, weekly.id)
    await alex.repairs.say(slip.id, still_wary=True)
    view = alex.repairs.get(slip.id)
    assert view.next_step(alex.me) is Step.CLOSE_UNSIGNED
    assert view.says(alex.me).endswith("It is about the shared facts and the plan.")
    for ledger in (alex, sam):
        await ledger.repairs.close(slip.id)
        home.sync()
    assert alex.repairs.get(slip.id).stage is Stage.CLOSED


async def test_no_weekly_talk_is_told_in_a_pause_or_while_somebody_stepped_out(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await reach(home, Stage.REVIEW)
    (weekly,) = (await alex.repairs.propose_weekly(slip.id, 6, "18:00", "18:30", "UTC")).weekly.current
    home.sync()
    agreed = await sam.repairs.sign(slip.id, weekly.id)
    assert agreed.weekly_talk(sam.now()) is not None
    assert (await sam.repairs.step_out(slip.id)).weekly_talk(sam.now()) is None
    await sam.repairs.step_back(slip.id)
    await sam.pauses.pause()
    assert sam.repairs.get(slip.id).weekly_talk(sam.now()) is None
    await sam.pauses.lift()
    assert sam.repairs.get(slip.id).weekly_talk(sam.now()) == agreed.weekly_talk(sam.now())
