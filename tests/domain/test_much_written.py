"""However much somebody else wrote, or a lost device of one's own, nobody is kept from an act of theirs by it."""

import hashlib
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

import pytest

from collar_sync import ids, limits
from collar_sync.core.statement import Said
from collar_sync.domain.checklist import State as RoundState
from collar_sync.domain.consent import State
from collar_sync.domain.pauses import Pauses
from collar_sync.domain.repairs import Repairs
from collar_sync.domain.tasks import TaskState
from collar_sync.errors import InvalidInput, StoreError
from collar_sync.ids import PersonId, StatementId
from tests.domain.plain import HOME, HOUR, Household, PlainLedger, granted, run
from tests.domain.planting import Mutant, noticed, other, words
from tests.domain.prices import reviewed

MANY = 14_500  # more ids than one change has room for

Made = Callable[[int], dict[str, Any]]
Act = Callable[[], Coroutine[Any, Any, Any]]


def planted(by: PlainLedger, kind: str, made: Made = lambda _: {}, *, times: int = MANY) -> list[StatementId]:
    """Have everyone hear that this device said so very much, as altered software does; the statements' ids."""
    said = [
        Said(**({"subject": "", "body": {}, "answers": ()} | made(each) | frame(by, kind, each)))
        for each in range(times)
    ]
    for ledger in by.near:
        ledger.hear(*said)
    return [each.id for each in said]


def frame(by: PlainLedger, kind: str, number: int) -> dict[str, Any]:
    digest = hashlib.sha256(f"{by.device} {kind} {number}".encode()).digest()
    who = {"author": by.me, "device": by.device, "document": HOME}
    return {"id": ids.statement_id(digest), "kind": kind, "at": by.now(), **who}


def rounds(by: PlainLedger, people: Iterable[PersonId]) -> list[StatementId]:
    """So many checklists, begun and ticked by one person."""
    begun = {"occasion": "scene", "lines": ["a"], "people": sorted(people), "until": by.now() + HOUR}
    made = planted(by, "checklist.begin", lambda each: {"body": {**begun, "title": f"t{each}"}})
    planted(by, "checklist.tick", lambda each: {"subject": made[each], "body": {"lines": ["a"]}})
    return made


def written(ledger: PlainLedger, act: Act) -> int:
    """Do it; in how many changes."""
    count, write = 0, ledger.write

    async def counted(*edits: Any, at: int | None = None) -> Any:
        nonlocal count
        count += 1
        return await write(*edits, at=at)

    ledger.write = counted  # type: ignore[method-assign]
    try:
        run(act())
    finally:
        ledger.write = write  # type: ignore[method-assign]
    return count


def dies_after(ledger: PlainLedger, changes: int, act: Act) -> None:
    """Do it on a device that is gone after so many changes."""
    write = ledger.write

    async def short_lived(*edits: Any, at: int | None = None) -> Any:
        nonlocal changes
        if not changes:
            raise StoreError("gone")
        changes -= 1
        return await write(*edits, at=at)

    ledger.write = short_lived  # type: ignore[method-assign]
    try:
        with pytest.raises(StoreError):
            run(act())
    finally:
        ledger.write = write  # type: ignore[method-assign]


def test_a_pause_and_its_lift_are_one_change_each_however_many_checklists_somebody_ticked() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    own = run(sam.checklists.begin("scene", ["water"]))
    home.sync()
    for ledger in (alex, sam):
        run(ledger.checklists.tick(own.id))
    others = rounds(alex, home.people)
    assert written(sam, sam.pauses.pause) == 1
    assert own.id in sam.statements("pause")[-1].answers, "what one ticked oneself is stopped first"
    late = run(alex.checklists.begin("aftercare", ["tea"]))
    home.sync()
    for ledger in (alex, sam):
        ledger.say("checklist.tick", late.id, {"lines": ["tea"]})
    home.sync()
    assert written(sam, sam.pauses.lift) == 1
    assert not sam.pauses.standing()
    read = {each.id: each.state(sam.now()) for each in sam.checklists.all()}
    assert read[own.id] is read[late.id] is RoundState.STOPPED
    assert RoundState.READY not in {read[each] for each in others}


def test_a_repair_closes_however_many_consequences_somebody_proposed_and_none_of_them_is_its_price() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    slip = reviewed(home)
    body = {"purpose": "p", "includes": ["a"], "parties": sorted(home.people), "kind": "consequence"}
    prices = planted(alex, "agreement.propose", lambda _: {"body": body})
    dies_after(sam, 1, lambda: sam.repairs.close(slip))
    assert sam.me not in sam.repairs.get(slip).ready, "what would lapse lapses first"
    run(sam.repairs.close(slip))
    assert sam.me in sam.repairs.get(slip).ready
    assert {each.id: each.state(sam.now()) for each in sam.agreements.all()} == dict.fromkeys(prices, State.LAPSED)


def test_a_receipt_answers_however_many_requests_to_erase() -> None:
    alex, sam = Household("Alex", "Sam").ledgers
    planted(alex, "erase.ask")
    run(sam.erasing.receipt())
    assert all(each.receipts for each in sam.erasing.all())


def test_where_somebody_lets_in_more_than_one_thing_can_name_one_names_those_with_whom_it_is() -> None:
    home = Household("Alex", "Sam", *(f"N{number}" for number in range(20)))
    alex, sam = home.ledgers[:2]
    for share in (
        lambda: sam.sessions.begin("study", 5),
        lambda: sam.checklists.begin("scene"),
        lambda: sam.slips.share(run(sam.slips.write("I forgot to call", "other")).id),
    ):
        with pytest.raises(InvalidInput, match="Name those with whom it is"):
            run(share())
    assert run(sam.sessions.begin("study", 5, people=[alex.me])).people == tuple(sorted((alex.me, sam.me)))
    assert run(sam.checklists.begin("scene", people=[alex.me])).people == tuple(sorted((alex.me, sam.me)))
    draft = run(sam.slips.write("I forgot to call", "other"))
    assert run(sam.slips.share(draft.id, [alex.me])).parties == tuple(sorted((alex.me, sam.me)))


class Lost:
    """What a lost device of Sam's said in Sam's name, again and again, and what Sam does about it."""

    def __init__(self) -> None:
        self.home = Household("Alex", "Sam")
        self.alex, self.sam = self.home.ledgers
        self.lost = self.home.second_device("Sam")

    def pauses(self) -> tuple[Act, Callable[[], bool]]:
        planted(self.lost, "pause")
        return self.sam.pauses.lift, lambda: not self.alex.pauses.standing()

    def sessions(self) -> tuple[Act, Callable[[], bool]]:
        body = {"kind": "study", "minutes": 5, "people": [self.sam.me]}
        made = planted(self.lost, "focus.begin", lambda _: {"body": body}, times=MANY // 3)  # each is left by itself
        return lambda: self.sam.sessions.leave(max(made)), lambda: self.sam.sessions.current() is None

    def declines(self) -> tuple[Act, Callable[[], bool]]:
        task = run(self.alex.tasks.ask("Water the ferns", of=self.sam.me))
        planted(self.lost, "task.decline", lambda _: {"subject": task.id})
        self.home.sync()
        return (
            lambda: self.sam.tasks.accept(task.id),
            lambda: self.alex.tasks.get(task.id).state is TaskState.ACCEPTED,
        )

    def dones(self) -> tuple[Act, Callable[[], bool]]:
        task = run(self.sam.tasks.promise("Water the ferns"))
        planted(self.lost, "task.done", lambda _: {"subject": task.id})
        self.home.sync()
        return lambda: self.sam.tasks.take_back(task.id), lambda: self.alex.tasks.get(task.id).state is TaskState.OPEN

    def pauses_of_one(self) -> tuple[Act, Callable[[], bool]]:
        consent = run(granted(self.home, self.alex, self.sam))
        planted(self.lost, "consent.pause", lambda _: {"subject": consent.id})
        return lambda: self.sam.consents.resume(consent.id), lambda: self._active(consent.id)

    def steps_out(self) -> tuple[Act, Callable[[], bool]]:
        slip = reviewed(self.home, people=2)
        planted(self.lost, "repair.out", lambda _: {"subject": slip})
        return lambda: self.sam.repairs.step_back(slip), lambda: not self.alex.repairs.get(slip).rests

    def _active(self, identifier: str) -> bool:
        return self.alex.consents.get(identifier).state(self.alex.now()) is State.ACTIVE


@pytest.mark.parametrize(
    "what",
    [Lost.pauses, Lost.sessions, Lost.declines, Lost.dones, Lost.pauses_of_one, Lost.steps_out],
)
def test_whoever_lost_a_device_answers_all_that_it_said_and_until_then_it_stands(
    what: Callable[[Lost], tuple[Act, Callable[[], bool]]],
) -> None:
    life = Lost()
    act, answered = what(life)
    dies_after(life.sam, 1, act)
    life.home.sync()
    assert not answered(), "a part of it changes nothing"
    run(act())
    life.home.sync()
    assert answered()


MUTANTS: Final = (
    Mutant(
        "all of it is one change",
        other(limits, "EDITS_AT_ONCE", 1 << 30),
        test_a_receipt_answers_however_many_requests_to_erase,
    ),
    Mutant(
        "whoever made most is stopped first",
        words(Pauses, "_under_way", ("(me in found[each], len(found[each]), each)", "each")),
        test_a_pause_and_its_lift_are_one_change_each_however_many_checklists_somebody_ticked,
    ),
    Mutant(
        "a repair can be closed before all has lapsed",
        words(
            Repairs,
            "close",
            (
                "*self._lapses(), closed",
                "closed, *self._lapses()",
            ),
        ),
        test_a_repair_closes_however_many_consequences_somebody_proposed_and_none_of_them_is_its_price,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    with mutant.plant():
        assert noticed(mutant.property)
