"""Rules of the repair loop over arbitrary lives: how it goes on, what is signed, who can take what back.

Each expectation is written from the rule, straight over the statements, and shares no code with the fold.
"""

from random import Random

import msgspec
from hypothesis import strategies as st

from collar_sync.core.statement import Said
from collar_sync.domain import consents, repair_fold
from collar_sync.domain.repair import Repair, Step
from collar_sync.domain.repair_forms import FORMS, NARROWING, SHEETS, Stage
from collar_sync.errors import LocalError
from collar_sync.ids import PersonId
from tests.domain.plain import DAY, Household, run
from tests.domain.repair_lives import SHEET_NAMES, over_lives, repairs
from tests.domain.repairs_lived import NARROW, about, heard, present, some, taken_back

STAGES = (Stage.PAUSE, Stage.DEBRIEF, Stage.AMEND, Stage.REVIEW)


def said_ready(said: list[Said], view: Repair, number: int, stage: Stage, *, standing: bool) -> set[PersonId]:
    gone = taken_back(said, view) if standing else set()
    wanted = {"round": number, "stage": stage.value}
    return {s.author for s in about(said, view, "repair.ready") if s.body == wanted and (s.author, s.id) not in gone}


@over_lives(st.randoms(use_true_random=False))
def test_the_same_history_gives_the_same_repairs_in_any_order_of_arrival(home: Household, chance: Random) -> None:
    said = home.everything()
    people = home.people
    once = (repairs(home, said), repair_fold.problems(said, people), repair_fold.open_names(said, {}, people, 0))
    again = [*said, *chance.sample(said, len(said) // 2)]
    chance.shuffle(again)
    assert (
        repairs(home, again),
        repair_fold.problems(again, home.people),
        repair_fold.open_names(again, {}, home.people, 0),
    ) == once


@over_lives()
def test_each_stage_opens_only_when_all_are_ready(home: Household) -> None:
    said = heard(home)
    for view in repairs(home).values():
        here = present(home, view)
        if view.stage in STAGES:
            for stage in STAGES[1 : STAGES.index(view.stage) + 1]:
                assert here <= said_ready(said, view, view.round, stage, standing=True)
        for earlier in range(1, view.round):
            for stage in STAGES[1:]:
                assert here <= said_ready(said, view, earlier, stage, standing=False)


@over_lives()
def test_a_stage_for_which_all_are_ready_is_open_whoever_was_slow_and_whenever(home: Household) -> None:
    said = heard(home)
    for view in repairs(home).values():
        if view.stage in STAGES[:-1] and present(home, view):
            following = STAGES[STAGES.index(view.stage) + 1]
            assert not present(home, view) <= said_ready(said, view, view.round, following, standing=True)


@over_lives(st.integers(0, 50), st.integers(0, 50))
def test_not_yet_works_at_once_and_alone(home: Household, who: int, which: int) -> None:
    ledger, view = some(home, who, which)
    if view is None:
        return
    try:
        after = run(ledger.repairs.take_back(view.id))
    except LocalError:
        return
    order = list(Stage)
    assert order.index(after.stage) < order.index(view.stage) or ledger.me not in after.ready
    assert order.index(after.stage) <= order.index(view.stage)


@over_lives()
def test_nobody_is_ready_for_another_and_nobody_takes_that_back_for_another(home: Household) -> None:
    said = heard(home)
    for view in repairs(home).values():
        if view.stage in STAGES[:-1]:
            following = STAGES[STAGES.index(view.stage) + 1]
            own = said_ready(said, view, view.round, following, standing=True)
            assert {*view.ready} == own & present(home, view)


@over_lives()
def test_stepping_out_stands_until_its_own_author_names_it(home: Household) -> None:
    said = heard(home)
    for view in repairs(home).values():
        back = {(a, s) for a, s in taken_back([x for x in said if not x.body], view, "repair.back")}
        out = {s.author for s in about(said, view, "repair.out") if (s.author, s.id) not in back}
        assert {*view.out} == out & present(home, view)
        if out & present(home, view):
            assert view.rests
            assert all(view.asks(person) == () for person in view.present)


@over_lives(st.integers(0, 50), st.integers(0, 50))
def test_it_can_be_left_and_entered_again_at_any_point(home: Household, who: int, which: int) -> None:
    ledger, view = some(home, who, which)
    if view is None or ledger.me not in view.present:
        return
    left = run(ledger.repairs.step_out(view.id))
    assert ledger.me in left.out
    back = run(ledger.repairs.step_back(view.id))
    assert ledger.me not in back.out
    assert (back.stage, back.round, back.parts, back.facts) == (view.stage, view.round, view.parts, view.facts)


@over_lives()
def test_what_waits_for_a_yes_waits_unseen_while_it_rests(home: Household) -> None:
    said = home.everything()
    lifted = {answer for s in said if s.kind == "pause.lift" and not s.beyond_cut for answer in s.answers}
    paused = any(s.kind == "pause" and s.id not in lifted and not home.people[s.author].left for s in said)
    for person in home.people:
        hidden = repair_fold.hidden(said, home.people, person, 0)
        for view in repairs(home).values():
            texts = [each for name in SHEET_NAMES for each in getattr(view, name).current]
            waiting = {each.id for each in texts if person not in each.signed_by}
            if paused or view.out:
                assert waiting <= hidden
                assert view.asks(person) == ()
                steps = {Step.PAUSED, Step.REST, Step.COME_BACK, Step.CLOSED, Step.NOTHING, Step.HELP}
                assert view.next_step(person) in steps
            else:
                assert hidden.isdisjoint(waiting)
                assert {each.id for each in view.asks(person)} == (waiting if person in view.present else set())


@over_lives(st.integers(-4_000, 4_000))
def test_there_is_no_deadline(home: Household, days: int) -> None:
    before = [ledger.repairs.all() for ledger in home.ledgers]
    for ledger in home.ledgers:
        ledger.clock += days * DAY
    assert [ledger.repairs.all() for ledger in home.ledgers] == before


@over_lives()
def test_what_all_agree_on_is_signed_by_all_on_its_exact_text(home: Household) -> None:
    said = heard(home)
    for view in repairs(home).values():
        gone = taken_back(said, view)
        signs = [s for s in about(said, view, "repair.sign") if not s.body and (s.author, s.id) not in gone]
        for name in SHEET_NAMES:
            written = about(said, view, f"repair.{name}")
            for version in (*getattr(view, name).current, *getattr(view, name).earlier):
                (text,) = [s for s in written if s.id == version.id]
                wrote = set() if (text.author, text.id) in gone else {text.author}
                assert {*version.signed_by} <= wrote | {s.author for s in signs if text.id in s.answers}
            agreed = getattr(view, name).agreed
            if agreed is None:
                continue
            (text,) = [s for s in written if s.id == agreed.id]
            wrote = set() if (text.author, text.id) in gone else {text.author}
            assert present(home, view) <= wrote | {s.author for s in signs if text.id in s.answers}
            assert msgspec.to_builtins(agreed.what) == msgspec.to_builtins(
                msgspec.convert(dict(text.body), FORMS[text.kind])
            )


@over_lives(st.integers(0, 50), st.integers(0, 50))
def test_shared_facts_lose_every_signature_when_their_text_changes(home: Household, who: int, which: int) -> None:
    ledger, view = some(home, who, which)
    if view is None:
        return
    try:
        after = run(ledger.repairs.propose_facts(view.id, "changed"))
    except LocalError:
        return
    (text,) = after.facts.current
    assert text.signed_by == (ledger.me,)
    assert after.facts.agreed is None
    others = {*after.present} - {ledger.me}
    assert all(text in after.asks(person) for person in others)


@over_lives()
def test_each_writes_only_their_own_part(home: Household) -> None:
    author = {s.id: s.author for s in home.everything()}
    named = {each.statement for each in repair_fold.problems(home.everything(), home.people)}
    for view in repairs(home).values():
        for shared in (*view.parts, *view.apologies, *view.words):
            assert author[shared.id] == shared.person
            assert shared.person in view.slip.parties
        shown = {each.id for each in view.parts}
        parts = [s for s in about(heard(home), view, "repair.part") if s.id not in named]
        for s in parts:
            assert s.id in shown or any(s.author == other.author and s.id in other.answers for other in parts)


@over_lives()
def test_nothing_of_a_stage_is_shown_for_which_not_everyone_was_ever_ready(home: Household) -> None:
    said = heard(home)
    needs = {"parts": Stage.DEBRIEF, "apologies": Stage.AMEND, "words": Stage.REVIEW}
    for view in repairs(home).values():
        for name, stage in needs.items():
            for shared in getattr(view, name):
                for earlier in STAGES[1 : STAGES.index(stage) + 1]:
                    ready = said_ready(said, view, shared.what.round, earlier, standing=False)
                    assert present(home, view) <= ready


@over_lives()
def test_it_is_closed_when_all_say_so_in_its_last_round_and_not_before(home: Household) -> None:
    said = heard(home)
    for view in repairs(home).values():
        gone = taken_back(said, view)
        closes = [s for s in about(said, view, "repair.close") if s.body == {"round": view.round}]
        closed = {s.author for s in closes if (s.author, s.id) not in gone}
        if view.stage is Stage.CLOSED:
            assert present(home, view) <= closed
        if view.stage is Stage.REVIEW and present(home, view):
            assert not present(home, view) <= closed


@over_lives(st.integers(0, 50), st.integers(0, 50))
def test_anyone_can_go_round_again_and_that_opens_with_a_pause(home: Household, who: int, which: int) -> None:
    ledger, view = some(home, who, which)
    if view is None:
        return
    try:
        after = run(ledger.repairs.again(view.id))
    except LocalError:
        assert view.stage not in {Stage.REVIEW, Stage.CLOSED} or view.rests or ledger.me not in view.present
        return
    assert after.round > view.round
    assert after.stage in STAGES


@over_lives()
def test_a_device_beyond_its_removal_only_narrows(home: Household) -> None:
    kept = [s for s in home.everything() if not s.beyond_cut or s.kind in {*NARROW, "pause"}]
    with_all, without = repairs(home), repairs(home, kept)
    assert with_all == without


@over_lives()
def test_a_repair_grants_nothing_and_lifts_nothing(home: Household) -> None:
    said = home.everything()
    others = [s for s in said if not s.kind.startswith(("repair.", "slip."))]
    assert consents.fold(said, home.people) == consents.fold(others, home.people)
    assert {s.kind for s in said} <= {*FORMS, *NARROWING, "slip.share", "repair.forgive", "update.request"} | {
        "pause",
        "pause.lift",
    }


@over_lives()
def test_there_is_no_forgiveness_to_be_asked_for_or_given(home: Household) -> None:
    asked = {s.id for s in home.everything() if s.kind == "repair.forgive"}
    named = {each.statement for each in repair_fold.problems(home.everything(), home.people)}
    assert asked <= named
    for view in repairs(home).values():
        assert not any("forg" in name for name in view.__struct_fields__)


@over_lives()
def test_what_somebody_said_is_shown_or_named_with_a_reason(home: Household) -> None:
    said = home.everything()
    named = {each.statement for each in repair_fold.problems(said, home.people)}
    views = repairs(home, said)
    for s in said:
        if s.kind == "slip.share":
            assert (s.id in views) != (s.id in named)
        if s.kind in SHEETS and s.id not in named:
            assert s.subject in views


@over_lives()
def test_a_slip_up_is_shared_only_by_its_author_and_never_one_of_the_safety_branch(home: Household) -> None:
    by = {s.id: s for s in home.everything()}
    for view in repairs(home).values():
        said = by[view.id]
        assert (said.author, said.kind, said.body["sentence"]) == (view.slip.person, "slip.share", view.slip.sentence)
        assert said.body["kind"] != "threat"
        assert view.slip.person in view.slip.parties
    assert not any(s.author not in s.body.get("parties", ()) for s in home.everything() if s.id in repairs(home))


@over_lives()
def test_what_is_open_is_what_was_begun_and_not_closed_and_stays_at_hand(home: Household) -> None:
    said = home.everything()
    names = repair_fold.open_names(said, {}, home.people, 0)
    for view in repairs(home, said).values():
        begun = any(not s.body for s in about(heard(home), view, "repair.begin"))
        assert view.is_open == (begun and view.stage is not Stage.CLOSED and len(present(home, view)) > 1)
        assert (view.id in names) == (view.stage is not Stage.CLOSED)
