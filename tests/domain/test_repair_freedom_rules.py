"""What keeps a person free in a repair, over arbitrary lives: leaving, help, what is never said, the next step."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st

from collar_sync.domain import repair_fold
from collar_sync.domain.repair import Repair, Step
from collar_sync.domain.repair_forms import Plan, Stage, Talk, Word
from collar_sync.domain.repair_writing import commitment
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.errors import LocalError, NotAllowed
from collar_sync.ids import PersonId
from tests.domain.plain import DAY, HOUR, MAY_DAY, MINUTE, Household, PlainLedger, run
from tests.domain.planting import over
from tests.domain.repair_lives import APOLOGY, NAMES, lie, over_lives, repairs
from tests.domain.repairs_lived import about, heard, present, some, taken_back

DETOURS_TAKEN = ("I am a terrible person", "I never meant it", "I did not mean to", "but you", "please forgive me")


@over_lives(st.integers(0, 99))
def test_whoever_takes_part_is_in_a_repair_until_it_is_closed_or_was_let_be_for_14_days(
    home: Household, later: int
) -> None:
    now, expected = MAY_DAY + (later - 20) * DAY, set[PersonId]()
    said = heard(home)
    for view in repairs(home).values():
        here = present(home, view)
        begun = any(not s.body for s in about(said, view, "repair.begin"))
        back = {(a, s) for a, s in taken_back([x for x in said if not x.body], view, "repair.back")}
        outs = [s for s in about(said, view, "repair.out") if not s.beyond_cut and (s.author, s.id) not in back]
        for person in here:
            let_be = [s.at for s in outs if s.author == person] + [view.slip.at] * (not begun)
            if view.stage is not Stage.CLOSED and len(here) > 1 and all(now - at < 14 * DAY for at in let_be):
                expected.add(person)
    assert repair_fold.in_repair(home.everything(), home.people, now) == expected


@over_lives(st.integers(0, 50), st.randoms(use_true_random=False))
def test_nobody_is_kept_in_a_repair_longer_than_14_days_whatever_others_say(
    home: Household, who: int, chance: Random
) -> None:
    own = [ledger for ledger in home.ledgers if ledger.device not in home.cuts]
    ledger = own[who % len(own)]
    ledger.hear(*home.everything())
    slips = {each.id for each in ledger.repairs.all() if ledger.me in each.slip.parties}
    for slip in slips:
        run(ledger.repairs.step_out(slip))
    others = [each for each in home.ledgers if each.me != ledger.me]
    for _ in range(20):
        lie(home, chance.choice(others), chance)
    known = [s for s in home.everything() if s.kind != "slip.share" or s.id in slips]
    assert ledger.me not in repair_fold.in_repair(known, home.people, ledger.now() + 14 * DAY)


@over_lives(st.integers(0, 50), st.integers(0, 50))
def test_help_comes_before_everything_for_who_noted_it_and_nobody_else_can_tell(
    home: Household, who: int, which: int
) -> None:
    ledger, view = some(home, who, which)
    if view is None:
        return
    others = [each for each in home.ledgers if each is not ledger]
    seen = [(each.repairs.all(), dict(each.heard)) for each in others]
    said = dict(ledger.heard)
    shared = {person: view.next_step(person) for person in home.people if person != ledger.me}
    asked = {person: view.asks(person) for person in home.people if person != ledger.me}
    run(ledger.safety.write("retaliation", "for nobody else", about=view.id))
    assert ledger.heard == said
    assert ledger.repairs.next_step(view.id) is Step.HELP
    assert ledger.repairs.help(view.id) is not None
    mine = ledger.repairs.get(view.id)
    assert mine.asks(ledger.me) == ()
    assert {person: mine.asks(person) for person in asked} == asked
    assert {person: mine.next_step(person) for person in home.people if person != ledger.me} == shared
    home.sync()
    for each, (_, had) in zip(others, seen, strict=True):
        assert not any("for nobody else" in repr(s) for s in each.heard.values())
        assert had.keys() <= each.heard.keys()
        assert each.repairs.get(view.id).first_help in (None, each.me)


@over_lives(st.integers(0, 50), st.integers(0, 50))
def test_whatever_the_next_step_is_a_person_can_step_out_pause_and_write_privately(
    home: Household, who: int, which: int
) -> None:
    ledger, view = some(home, who, which)
    if view is None or ledger.me not in view.slip.parties:
        return
    run(ledger.repairs.write_part(view.id, impact="still mine"))
    run(ledger.repairs.write_apology(view.id, regret="unfinished"))
    run(ledger.journal.write("still mine"))
    run(ledger.repairs.step_out(view.id))
    run(ledger.pauses.pause())
    assert ledger.repairs.part_draft(view.id).impact == "still mine"


@over_lives(st.integers(0, 50), st.integers(0, 50))
def test_who_takes_no_part_changes_nothing(home: Household, who: int, which: int) -> None:
    ledger, view = some(home, who, which)
    if view is None or ledger.me in view.slip.parties:
        return
    before = repairs(home).get(view.id)
    for kind, body in (("repair.out", {}), ("repair.ready", {"round": 1, "stage": "debrief"}), ("repair.begin", {})):
        ledger.say(kind, view.id, body)
    assert repairs(home).get(view.id) == before
    try:
        run(ledger.repairs.step_out(view.id))
    except NotAllowed:
        return
    raise AssertionError("they were let in")


@over_lives()
def test_roots_and_what_is_noted_about_safety_are_never_said(home: Household) -> None:
    for s in home.everything():
        assert "roots" not in s.body
        assert "for nobody else" not in repr(s)
        assert not s.kind.startswith("safety")


@over_lives(st.randoms(use_true_random=False))
def test_a_talk_is_between_twenty_minutes_and_a_day_from_when_it_was_suggested(home: Household, chance: Random) -> None:
    for ledger in home.ledgers:
        for view in ledger.repairs.all():
            bound = chance.choice((19 * MINUTE, 24 * HOUR)) + chance.choice((-MINUTE, -1, 0, 1, MINUTE))
            ledger.say("repair.talk", view.id, {"round": view.round, "at": ledger.now() + bound})
    by = {s.id: s for s in home.everything()}
    for view in repairs(home).values():
        for text in (*view.talk.current, *view.talk.earlier):
            assert isinstance(text.what, Talk)
            assert 19 * MINUTE <= text.what.at - by[text.id].at <= 24 * HOUR


@over_lives(st.integers(0, 50), st.integers(0, 50), st.integers(0, 6))
def test_a_plan_holds_one_to_three_small_promises_and_an_apology_all_of_its_parts(
    home: Household, who: int, which: int, count: int
) -> None:
    ledger, view = some(home, who, which)
    if view is None:
        return
    whose = [ledger.me, *sorted(home.people)]
    promises = [{"title": f"p{number}", "for": whose[(number * which) % len(whose)]} for number in range(count)]
    ledger.say("repair.plan", view.id, {"round": view.round, "commitments": promises})
    words = {**dict.fromkeys(APOLOGY, "z"), APOLOGY[count % len(APOLOGY)]: " " * (count % 2)}
    ledger.say("repair.apology", view.id, {"round": view.round, **words})
    for each in repairs(home).values():
        for text in (*each.plan.current, *each.plan.earlier):
            assert isinstance(text.what, Plan)
            assert 1 <= len(text.what.commitments) <= 3
            assert all(
                promise.person in each.slip.parties and promise.title.strip() for promise in text.what.commitments
            )
        for shared in each.apologies:
            assert all(getattr(shared.what, part).strip() for part in APOLOGY)


@over_lives(st.integers(0, 50), st.integers(0, 50), st.sampled_from(DETOURS_TAKEN))
def test_an_unfinished_apology_is_kept_and_not_offered_and_its_style_never_stands_in_the_way(
    home: Household, who: int, which: int, style: str
) -> None:
    ledger, view = some(home, who, which)
    if view is None:
        return
    said = set(ledger.heard)
    whole = {name: f"{style}, {name}" for name in APOLOGY}
    missing = APOLOGY[which % len(APOLOGY)]
    run(ledger.repairs.write_apology(view.id, **{**whole, missing: " "}))
    with pytest.raises(NotAllowed):
        run(ledger.repairs.offer_apology(view.id))
    assert set(ledger.heard) == said
    assert ledger.repairs.apology_draft(view.id).missing == (missing,)
    draft = run(ledger.repairs.write_apology(view.id, **{missing: whole[missing]}))
    assert draft.hints
    try:
        after = run(ledger.repairs.offer_apology(view.id))
    except NotAllowed:
        assert not view.opened(Stage.AMEND) or view.rests or ledger.me not in view.present or len(view.present) < 2
        return
    assert whole in [{name: getattr(each.what, name) for name in APOLOGY} for each in after.apologies]


@over_lives(st.integers(0, 50), st.integers(0, 50))
def test_still_wary_is_a_full_answer_and_closes_nothing(home: Household, who: int, which: int) -> None:
    ledger, view = some(home, who, which)
    if view is None or not view.opened(Stage.REVIEW) or view.rests or len(view.present) < 2:
        return
    if ledger.me not in view.present:
        return
    after = run(ledger.repairs.say(view.id, still_wary=True))
    assert (ledger.me, Word(round=view.round, still_wary=True)) in [(each.person, each.what) for each in after.words]
    assert (after.stage, after.ready) == (view.stage, view.ready)


@over_lives(st.integers(0, 50), st.integers(0, 50))
def test_nobody_promises_for_another_what_a_plan_holds(home: Household, who: int, which: int) -> None:
    ledger, view = some(home, who, which)
    if view is None:
        return
    try:
        made = run(ledger.repairs.promise(view.id))
    except LocalError:
        assert ledger.me not in {each.person for each in view.commitments} or ledger.me not in view.slip.parties
        return
    own = {each.title for each in view.commitments if each.person == ledger.me}
    assert {each.asked_title for each in made} == own
    assert all((each.for_person, each.asked_by, each.promised) == (ledger.me, ledger.me, True) for each in made)


def take(ledger: PlainLedger, view: Repair, step: Step) -> None:
    """Do what is offered as the next step, as far as it is anything to do."""
    writing, identifier = ledger.repairs, view.id
    if step in {Step.SIGN_TALK, Step.SIGN_FACTS, Step.SIGN_PLAN, Step.SIGN_WEEKLY}:
        asked = view.asks(ledger.me)
        assert asked, "a yes is offered where nothing is asked"
        run(writing.sign(identifier, asked[0].id))
    elif step is Step.WRITE_PART:
        run(writing.write_part(identifier, impact="i"))
        run(writing.share_part(identifier))
    elif step is Step.WRITE_APOLOGY:
        run(writing.write_apology(identifier, **dict.fromkeys(APOLOGY, "x")))
        run(writing.offer_apology(identifier))
    else:
        acts: dict[Step, Callable[[], Any]] = {
            Step.BEGIN: lambda: writing.begin(identifier),
            Step.COME_BACK: lambda: writing.step_back(identifier),
            Step.WRITE_TALK: lambda: writing.propose_talk(identifier, ledger.now() + HOUR),
            Step.WRITE_FACTS: lambda: writing.propose_facts(identifier, "f"),
            Step.WRITE_PLAN: lambda: writing.propose_plan(identifier, commitments=[commitment("p", ledger.me)]),
            Step.WRITE_WEEKLY: lambda: writing.propose_weekly(identifier, 0, "18:00", "18:30", "UTC"),
            Step.SAY_WORD: lambda: writing.say(identifier, still_wary=True),
            Step.SAY_READY: lambda: writing.ready(identifier),
            Step.READY_UNSIGNED: lambda: writing.ready(identifier),
            Step.CLOSE_OR_AGAIN: lambda: writing.close(identifier),
            Step.CLOSE_UNSIGNED: lambda: writing.close(identifier),
        }
        run(acts[step]())


REST = {Step.HELP, Step.NOTHING, Step.CLOSED, Step.PAUSED, Step.REST, Step.WAIT}


@over_lives()
def test_what_is_offered_as_the_next_step_can_be_taken_and_says_something_new(home: Household) -> None:
    for ledger in home.ledgers:
        for view in ledger.repairs.all():
            step, before = view.next_step(ledger.me), set(ledger.heard)
            if step not in REST:
                try:
                    take(ledger, view, step)
                except LocalError as refusal:
                    raise AssertionError("it is offered, and refused") from refusal
                assert set(ledger.heard) > before
            elif step is Step.WAIT:
                others = {*view.present} - {ledger.me}
                shared = {each.person for each in view.parts if each.what.round == view.round}
                assert ledger.me in view.ready or (view.stage is Stage.DEBRIEF and others - shared)
            elif step is Step.NOTHING:
                assert ledger.me not in view.present or len(view.present) < 2


@over(st.integers(0, 1 << 16), st.integers(2, 4), share=1 / 5)
def test_whoever_takes_what_is_offered_comes_through_all_stages_and_nobody_before_the_others(
    seed: int, people: int
) -> None:
    """In any turn, some stepping out or pausing everything for a while; nobody waits where all of them would wait."""
    chance, home = Random(seed), Household(*NAMES[:people])  # noqa: S311 - one seed replays it
    first = home.ledgers[0]
    draft = run(first.slips.write("You waited.", SlipKind.OTHER, mine=chance.random() < 0.6))
    slip = run(first.slips.share(draft.id, chance.sample(sorted(home.people), chance.randint(2, people))))
    home.sync()
    for turn in range(400):
        ledger = chance.choice(home.ledgers)
        view = ledger.repairs.get(slip.id)
        step = view.next_step(ledger.me)
        offered = {view.next_step(person) for person in view.present}
        assert offered != {Step.WAIT}
        if step in {Step.SAY_READY, Step.CLOSE_OR_AGAIN, Step.READY_UNSIGNED, Step.CLOSE_UNSIGNED}:
            there(view, ledger.me, signed=step in {Step.SAY_READY, Step.CLOSE_OR_AGAIN})
        if step in {Step.WRITE_PLAN, Step.SIGN_PLAN} and not slip.mine and ledger.me != slip.person:
            assert {each.person for each in view.apologies} - {slip.person}, "an apology was offered first"
        if view.stage is Stage.CLOSED:
            assert offered == {Step.CLOSED}
            return
        if turn < 60 and chance.random() < 0.1 and ledger.me in view.present:
            run(chance.choice((partial(ledger.repairs.step_out, slip.id), ledger.pauses.pause))())
        elif step is Step.PAUSED and any(each.person == ledger.me for each in ledger.pauses.standing()):
            run(ledger.pauses.lift())
        elif step not in REST:
            before = set(ledger.heard)
            take(ledger, view, step)
            assert set(ledger.heard) > before
        home.sync()
    raise AssertionError("they never came through")


def there(view: Repair, me: PersonId, *, signed: bool) -> None:
    """One text that this person signed, and their own words, of this round; and whether all have signed all of it."""
    sheets = {Stage.PAUSE: view.talk, Stage.DEBRIEF: view.facts, Stage.AMEND: view.plan, Stage.REVIEW: view.weekly}
    parts, apologies, words = (
        {each.person for each in shared if each.what.round == view.round}
        for shared in (view.parts, view.apologies, view.words)
    )
    assert me in view.present
    assert view.stage in sheets
    assert [me in text.signed_by for text in sheets[view.stage].current] == [True]
    all_signed = [{*view.present} <= {*text.signed_by} for text in sheets[view.stage].current] == [True]
    assert all_signed if signed else view.says(me).endswith(f"about {' and '.join(view.unsigned)}.")
    assert signed == (view.unsigned == ())
    assert view.stage is not Stage.DEBRIEF or {*view.present} <= parts
    assert view.stage is not Stage.AMEND or not view.slip.mine or view.slip.person != me or me in apologies
    assert view.stage is not Stage.REVIEW or me in words
