"""The Agreement rule, on calm days: consequences, and how to repair, are agreed on when no slip-up is fresh.

What is held back by a slip-up or a repair, for whom and for how long; what narrows can be done on any day.
"""

from typing import Any, Final

import msgspec
import pytest

from collar_sync.domain import (
    agreements,
    consent_book,
    repair_book,
    repair_fold,
)
from collar_sync.domain.agreements import Agreements
from collar_sync.domain.consent import State
from collar_sync.domain.offers import Offers
from collar_sync.domain.terms import Kind
from collar_sync.errors import NotAllowed
from collar_sync.ids import PersonId
from tests.domain.lives import CLEAR
from tests.domain.plain import DAY, Household, PlainLedger, run
from tests.domain.planting import Mutant, noticed, other, words
from tests.domain.prices import pushed, reviewed, shared

KINDS: Final[tuple[Kind, ...]] = ("consequence", "repair loop")  # which are for a calm day


def test_nobody_makes_a_consequence_hold_in_a_repair_by_lifting_a_pause_and_anybody_ends_one() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    made = {kind: run(alex.agreements.propose(kind, ["no phone"], CLEAR)) for kind in (*KINDS, "rule")}
    home.sync()
    for each in made.values():
        run(sam.agreements.grant(each.id))
        run(sam.agreements.pause(each.id))
    slip = reviewed(home)
    before = len(sam.heard)
    for kind in KINDS:
        with pytest.raises(NotAllowed, match="14 days"):
            run(sam.agreements.resume(made[kind].id))
        assert sam.agreements.get(made[kind].id).state(sam.now()) is State.PAUSED
    assert len(sam.heard) == before, "nothing was said"
    assert run(sam.agreements.resume(made["rule"].id)).state(sam.now()) is State.ACTIVE
    home.sync()
    assert run(alex.agreements.pause(made["consequence"].id)).paused_by == tuple(sorted((alex.me, sam.me)))
    assert run(alex.agreements.revoke(made["repair loop"].id)).state(alex.now()) is State.REVOKED
    for ledger in home.ledgers:
        run(ledger.repairs.close(slip))
    home.sync()
    run(sam.agreements.resume(made["consequence"].id))
    home.sync()
    assert run(alex.agreements.resume(made["consequence"].id)).state(alex.now()) is State.ACTIVE, "on a calm day"


def test_what_takes_the_place_of_an_agreement_is_of_its_kind_whatever_software_proposes_it() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    made = run(alex.agreements.propose("consequence", ["no phone"], CLEAR))
    home.sync()
    run(sam.agreements.grant(made.id))
    home.sync()
    reviewed(home)
    with pytest.raises(NotAllowed, match="of the same kind"):
        run(alex.agreements.propose("rule", ["no phone for a week"], CLEAR, supersedes=made.id))
    terms: dict[str, Any] = {"purpose": "p", "includes": ["no phone for a week"], "parties": sorted(home.people)}
    body = {**terms, "kind": "rule", "supersedes": [made.id]}
    forced = alex.say("agreement.propose", body=body, answers=[made.id])
    home.sync()
    for yes in (sam.say("agreement.grant", forced.id), forced):
        assert yes.id in {each.statement for each in sam.agreements.problems()}
    assert [(each.id, each.state(sam.now())) for each in sam.agreements.all()] == [(made.id, State.ACTIVE)]


def held_back(ledger: PlainLedger, *parties: PersonId) -> bool:
    """Whether neither a consequence nor a way to repair can be proposed to those."""
    outcomes = set()
    for kind in KINDS:
        try:
            run(ledger.agreements.propose(kind, ["no phone for a week"], CLEAR, parties=parties))
            outcomes.add(False)
        except NotAllowed as refusal:
            outcomes.add("14 days" in str(refusal))
    (outcome,) = outcomes
    return outcome


async def test_nothing_is_the_price_of_a_slip_up_that_was_just_shared(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = shared(sam)
    home.sync()
    assert held_back(alex, sam.me)
    assert held_back(sam, alex.me)
    price = pushed(alex, sam.me)
    home.sync()
    assert price not in {each.id for each in sam.agreements.visible()}
    assert price in agreements.hidden(
        home.everything(), home.people, sam.me, sam.now(), in_repair=sam.repairs.in_repair()
    )
    with pytest.raises(NotAllowed, match="nothing can be its price"):
        await sam.agreements.grant(price)
    await sam.repairs.begin(slip)
    home.sync()
    for ledger in home.ledgers:
        ledger.clock += 400 * DAY
        assert held_back(ledger, *home.people), "a repair that was begun has no deadline"


def test_a_slip_up_of_which_nobody_begins_a_repair_holds_nothing_back_after_14_days(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    shared(sam)
    home.sync()
    alex.clock += 14 * DAY - 1
    assert held_back(alex, sam.me)
    alex.clock += 1
    assert not held_back(alex, sam.me)


def test_whoever_left_a_repair_for_14_days_is_held_back_by_it_no_more_whatever_others_do() -> None:
    home = Household("Alex", "Sam", "Kim", "Robin")
    alex, sam, kim, robin = home.ledgers
    slip = shared(sam, alex.me)
    home.sync()
    run(sam.repairs.begin(slip))
    home.sync()
    assert held_back(alex, kim.me)
    assert not held_back(kim, robin.me), "neither takes part"
    run(alex.repairs.step_out(slip))
    home.sync()
    assert held_back(alex, kim.me), "a break is no way to a price"
    for ledger in home.ledgers:
        ledger.clock += 14 * DAY
    assert not held_back(alex, kim.me)
    assert not held_back(kim, alex.me)
    assert held_back(alex, sam.me), "who is in it still is not to pay a price, and could say no to it as well"
    run(sam.repairs.step_out(slip))
    home.sync()
    for ledger in home.ledgers:
        ledger.clock += 14 * DAY
    assert not held_back(alex, sam.me)
    run(alex.repairs.step_back(slip))
    home.sync()
    assert held_back(kim, alex.me), "who comes back is in it again"


def test_a_device_that_was_removed_frees_nobody_by_stepping_out() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    slip = shared(sam)
    home.sync()
    run(alex.repairs.begin(slip))
    out = sam.say("repair.out", slip)
    home.sync()
    for beyond_cut in (False, True):
        said = [
            msgspec.structs.replace(each, beyond_cut=beyond_cut and each.id == out.id) for each in home.everything()
        ]
        assert (sam.me in repair_fold.in_repair(said, home.people, sam.now() + 14 * DAY)) == beyond_cut
        assert repair_fold.fold(said, home.people)[slip].out == (sam.me,), "all of it rests, as that narrows"


MUTANTS: Final = (
    Mutant(
        "a device that was removed makes room for a price",
        words(repair_book.Entry, "out_since", (" and not said.beyond_cut", "")),
        test_a_device_that_was_removed_frees_nobody_by_stepping_out,
    ),
    Mutant(
        "a pause on a consequence is lifted in a repair",
        other(Agreements, "resume", Offers.resume),
        test_nobody_makes_a_consequence_hold_in_a_repair_by_lifting_a_pause_and_anybody_ends_one,
    ),
    *(
        Mutant(
            name,
            words(owner, check, (compared, "False")),
            test_what_takes_the_place_of_an_agreement_is_of_its_kind_whatever_software_proposes_it,
        )
        for name, owner, check, compared in (
            ("a rule takes the place of a consequence", Offers, "_may_replace", "each.terms.kind != written.kind"),
            (
                "altered software puts a rule in the place of a consequence",
                consent_book,
                "_misplaced",
                "any(parent.body.kind != body.kind for parent in parents)",
            ),
        )
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    assert not noticed(mutant.property, examples=3)
    with mutant.plant():
        assert noticed(mutant.property)
