"""The Agreement rule, on repairs: no consequence is to be had as the price of one, whatever software proposes it.

Honest software neither proposes nor grants one while a repair is open. What altered software proposes all the same
waits unseen, and has lapsed on every device once the person it waits for says that the repair can be closed.
"""

from contextlib import suppress
from random import Random

import msgspec
import pytest
from hypothesis import strategies as st

from collar_sync.core.statement import Said
from collar_sync.domain import (
    agreements,
    consent,
    consent_book,
    repair_writing,
    repairs,
    slip,
)
from collar_sync.domain.agreements import Agreements
from collar_sync.domain.consent import State
from collar_sync.domain.problems import problems
from collar_sync.errors import LocalError, NotAllowed
from collar_sync.ids import PersonId, StatementId
from tests.domain.lives import CLEAR
from tests.domain.plain import DAY, HOUR, Household, PlainLedger, run
from tests.domain.planting import Mutant, noticed, other, over, without, words
from tests.domain.prices import pushed, reviewed, shared

YES = {"agreement.propose", "agreement.grant"}
NO = {"agreement.decline", "agreement.revoke"}


class Life:
    """A household through a repair, and the consequences that must not hold after it."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - one seed replays a life
        self.home = Household(*("Alex", "Sam", "Kim")[: self.chance.randint(2, 3)])
        self.waited: set[StatementId] = set()  # for a yes of somebody who just then closed a repair
        self.refused: set[StatementId] = set()  # to which such a one had once said no
        self._on_a_calm_day()
        self.slip = reviewed(self.home)
        self.home.second_device("Alex")
        self.home.second_device("Sam")
        for _ in range(self.chance.randint(5, 40)):
            with suppress(LocalError):
                self._step(self.chance.choice(self.home.ledgers))
        self.home.sync()

    def _on_a_calm_day(self) -> None:
        for ledger in self.home.ledgers[:2]:
            made = run(ledger.agreements.propose("consequence", ["no phone"], CLEAR))
            self.home.sync()
            for each in self.home.ledgers:
                if self.chance.random() < 0.7:
                    run(each.agreements.grant(made.id))

    def _step(self, ledger: PlainLedger) -> None:
        chance, home = self.chance, self.home
        ledger.clock += chance.choice((HOUR, -HOUR, DAY))
        offers = sorted(each.id for each in home.everything() if each.kind == "agreement.propose")
        offer = chance.choice(offers)
        acts = ("push", "push", "propose", "grant", "force", "no", "hear", "hear", "meet", "close", "close", "again")
        act = chance.choice(acts)
        if act == "push":
            pushed(ledger, *chance.sample(sorted(home.people), 2))
        elif act == "propose":
            run(ledger.agreements.propose(chance.choice(("consequence", "rule")), ["no phone"], CLEAR))
        elif act == "grant":
            run(ledger.agreements.grant(offer))
        elif act == "force":  # as altered software would
            ledger.say("agreement.grant", offer, answers=[each.id for each in ledger.heard.values()][-60:])
        elif act == "no":
            run(chance.choice((ledger.agreements.decline, ledger.agreements.revoke))(offer))
        elif act == "hear":
            unheard = [said for said in home.everything() if said.id not in ledger.heard]
            ledger.hear(*chance.sample(unheard, chance.randint(0, len(unheard))))
        elif act == "meet":
            home.sync()
        elif act == "again":
            run(ledger.repairs.again(self.slip))
        else:
            before = len(ledger.heard)
            waits = self._waiting(ledger)
            run(ledger.repairs.close(self.slip))
            if len(ledger.heard) > before:
                self.waited |= waits
                noes = [each for each in ledger.heard.values() if each.author == ledger.me and each.kind in NO]
                self.refused |= {*offers} if noes else set()

    @staticmethod
    def _waiting(ledger: PlainLedger) -> set[StatementId]:
        """The consequences that this device knows and to which its person has not said yes, in any way."""
        said = [*ledger.heard.values()]
        agreed = {each.id if each.kind == "agreement.propose" else each.subject for each in yeses(said, ledger.me)}
        return {
            each.id
            for each in said
            if each.kind == "agreement.propose"
            and each.body.get("kind") == "consequence"
            and ledger.me in each.body["parties"]
            and each.id not in agreed
        }


def yeses(said: list[Said], person: PersonId) -> list[Said]:
    return [each for each in said if each.kind in YES and each.author == person]


lives = st.builds(Life, st.integers(0, 1 << 32))


@over(lives, st.integers(-40 * DAY, 40 * DAY), st.randoms(use_true_random=False), share=0.6)
def test_what_waited_for_a_yes_when_its_person_closed_a_repair_never_holds(
    life: Life, later: int, chance: Random
) -> None:
    said = life.home.everything()
    chance.shuffle(said)
    for ledger in life.home.ledgers:
        read = agreements.fold(said, life.home.people)
        assert read == {each.id: each for each in ledger.agreements.all()}, "in any order of arrival"
        holding = agreements.in_force(read.values(), "consequence", ledger.now() + later)
        assert life.waited.isdisjoint(each.id for each in holding)
        for each in read.values():
            if ledger.me in each.lapsed_for:
                assert each.id not in {one.id for one in ledger.agreements.visible()}


@over(lives, share=0.6)
def test_nothing_lapses_but_consequences_that_waited(life: Life) -> None:
    read = agreements.fold(life.home.everything(), life.home.people)
    final = {State.REVOKED, State.SUPERSEDED}
    lapsed = {each.id for each in read.values() if each.lapsed_for}
    now = max(ledger.now() for ledger in life.home.ledgers)
    assert lapsed <= life.waited | life.refused
    assert all(read[each].kind == "consequence" for each in lapsed)
    assert all(read[each].state(now) in final for each in life.waited & read.keys() - lapsed)
    refused = {each.statement for each in problems(life.home.everything(), life.home.people)}
    assert not {each.id for each in life.home.everything() if each.kind == "agreement.lapse"} & refused


@over(lives, share=0.4)
def test_on_a_calm_day_it_can_be_proposed_afresh_and_holds_once_all_say_yes(life: Life) -> None:
    home = life.home
    alex, sam = home.ledgers[:2]
    for _ in range(2):
        for ledger in (alex, sam):
            with suppress(LocalError):
                run(ledger.repairs.close(life.slip))
        home.sync()
    if alex.repairs.in_repair():
        return  # they went round again
    made = run(alex.agreements.propose("consequence", ["no phone on Sundays"], CLEAR, parties=[sam.me]))
    home.sync()
    assert made.id in {each.id for each in sam.agreements.all()}
    assert run(sam.agreements.grant(made.id)).state(sam.now()) is State.ACTIVE


async def test_what_altered_software_proposes_in_a_repair_is_never_seen_and_never_granted(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    agreed = await alex.agreements.propose("consequence", ["dishes for a week"], CLEAR)
    home.sync()
    await sam.agreements.grant(agreed.id)
    asked = await alex.agreements.propose("consequence", ["no sweets"], CLEAR)
    rule = await alex.agreements.propose("rule", ["phones away"], CLEAR)
    slip = reviewed(home)
    price = pushed(alex, sam.me)
    home.sync()
    assert price not in {each.id for each in sam.agreements.visible()}
    with pytest.raises(NotAllowed, match="nothing can be its price"):
        await sam.agreements.grant(price)
    await sam.repairs.close(slip)
    home.sync()
    assert alex.agreements.get(price).state(alex.now()) is State.LAPSED
    await alex.repairs.close(slip)
    home.sync()
    assert sam.repairs.in_repair() == frozenset()
    with pytest.raises(NotAllowed, match="has lapsed"):
        await sam.agreements.grant(price)
    for identifier in (price, asked.id):
        assert identifier not in {each.id for each in sam.agreements.visible()}
        assert identifier in {each.id for each in alex.agreements.visible()}, (
            "whoever proposed it sees what became of it"
        )
        sam.say("agreement.grant", identifier, answers=[each.id for each in sam.heard.values()][:60])
    home.sync()
    states = {each.id: each.state(sam.now()) for each in alex.agreements.all()}
    assert states == {
        agreed.id: State.ACTIVE,
        rule.id: State.PROPOSED,
        asked.id: State.LAPSED,
        price: State.LAPSED,
    }
    told = {line.text for day in sam.timeline.page().days for line in day.lines}
    assert "Alex proposed an agreement: “p”." not in told
    assert not any("knows" in text for text in told)


def test_only_what_waits_for_its_author_lapses_by_a_word_of_theirs(home: Household) -> None:
    alex, sam = home.ledgers
    kim = Household("Kim").ledgers[0]
    made = run(alex.agreements.propose("consequence", ["no sweets"], CLEAR))
    rule = run(alex.agreements.propose("rule", ["phones away"], CLEAR))
    stray = [
        alex.say("agreement.lapse", answers=[rule.id]),
        alex.say("agreement.lapse"),
        kim.say("agreement.lapse", answers=[made.id]),
    ]
    home.sync()
    read = agreements.fold([*home.everything(), *stray], home.people)
    assert not any(each.lapsed_for for each in read.values())
    assert {each.statement for each in agreements.problems([*home.everything(), *stray], home.people)} == {
        each.id for each in stray
    }
    beyond = msgspec.structs.replace(sam.say("agreement.lapse", answers=[made.id]), beyond_cut=True)
    assert agreements.fold([*home.everything(), beyond], home.people)[made.id].lapsed_for == (sam.me,), "it narrows"


def test_nothing_that_somebody_asks_of_another_comes_out_of_a_repair_and_only_ones_own_promises_do() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    repaired = shared(sam)
    home.sync()
    begun = run(alex.repairs.begin(repaired))
    began = next(each.id for each in alex.statements("repair.begin"))
    for serves in (repaired, began):
        with pytest.raises(NotAllowed, match="promise something of your own"):
            run(alex.tasks.ask("No phone for a week", of=sam.me, serves=serves))
    alex.say("task.ask", "r", {"for": sam.me, "title": "No phone for a week", "serves": repaired})  # altered software
    own = run(sam.tasks.promise("Call when it gets late", serves=repaired))
    home.sync()
    for ledger in home.ledgers:
        assert [each.id for each in ledger.repairs.promised(begun.id)] == [own.id]
    assert run(alex.tasks.promise("Tea", serves=repaired)) in alex.repairs.promised(repaired)
    assert run(alex.tasks.ask("Breathe first", of=alex.me, serves=repaired)).serves == repaired


NEVER_HOLDS = test_what_waited_for_a_yes_when_its_person_closed_a_repair_never_holds
MUTANTS = (
    Mutant(
        "what another asks came out of the repair",
        words(repair_writing.RepairWriting, "promised", ("each.promised and ", "")),
        test_nothing_that_somebody_asks_of_another_comes_out_of_a_repair_and_only_ones_own_promises_do,
    ),
    Mutant(
        "a price is asked for as a task",
        other(slip, "none_is_its_price", lambda *_: None),
        test_nothing_that_somebody_asks_of_another_comes_out_of_a_repair_and_only_ones_own_promises_do,
    ),
    Mutant("closing says nothing", words(repairs.Repairs, "close", ("*self._lapses(), ", "")), NEVER_HOLDS),
    Mutant("a yes revives what lapsed", without(consent, State.LAPSED), NEVER_HOLDS),
    Mutant(
        "a device's own order decides",
        words(consent_book, "_lapse", ("if answer in book.offers]", "if answer in list(book.offers)[:2]]")),
        NEVER_HOLDS,
    ),
    Mutant(
        "it is shown to whom it lapsed for",
        words(consent.Consent, "visible_to", ("and reader not in self.lapsed_for", "")),
        NEVER_HOLDS,
    ),
    Mutant(
        "what was agreed lapses too",
        words(Agreements, "lapses", ("and me not in each.granted_by", "")),
        test_nothing_lapses_but_consequences_that_waited,
    ),
    Mutant(
        "every agreement lapses",
        words(Agreements, "lapses", ('each.kind == "consequence" and', "")),
        test_nothing_lapses_but_consequences_that_waited,
    ),
    Mutant(
        "what lapsed once can never be had again",
        words(consent_book, "_lapse", ("for each in fitting:", "for each in book.offers.values():")),
        test_on_a_calm_day_it_can_be_proposed_afresh_and_holds_once_all_say_yes,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    assert not noticed(mutant.property, examples=3)
    with mutant.plant():
        assert noticed(mutant.property)
