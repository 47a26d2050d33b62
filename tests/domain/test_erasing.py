"""Asking others to erase a record: it asks and does nothing, and receipts are what somebody chose to say."""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import erasing
from collar_sync.domain.erasing import ASK, RECEIPT, Erasing
from collar_sync.domain.reading import BEYOND_CUT, NOT_PLAIN, UNKNOWN_AUTHOR, UNKNOWN_KIND
from collar_sync.ids import PersonId
from tests.domain.plain import Household, PlainLedger, run


def test_a_request_reads_the_same_on_all_devices_and_shows_who_said_that_they_erased(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    asked = run(Erasing(alex).ask())
    home.sync()
    assert [each.receipts for each in Erasing(sam).all()] == [()]
    run(Erasing(sam).receipt())
    home.sync()
    (request,) = Erasing(alex).all()
    assert (request.id, request.person) == (asked.id, alex.me)
    assert [receipt.person for receipt in request.receipts] == [sam.me]
    assert Erasing(alex).all() == Erasing(sam).all()


def test_a_request_is_an_ask_and_waits_unseen_in_a_pause_and_of_whoever_is_muted(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    request = run(Erasing(alex).ask())
    run(sam.pauses.pause())
    home.sync()
    told = "Alex asked everyone to erase this record from their devices."
    assert Erasing(sam).visible() == ()
    assert told not in sam.export.markdown()
    assert [each.id for each in Erasing(alex).visible()] == [request.id]
    run(sam.pauses.lift())
    assert [each.id for each in Erasing(sam).visible()] == [request.id]
    assert told in sam.export.markdown()
    run(sam.aside.mute(alex.me))
    assert Erasing(sam).visible() == ()


def test_without_a_request_there_is_nothing_to_say(sam: PlainLedger) -> None:
    run(Erasing(sam).receipt())
    assert not Erasing(sam).all()
    assert not sam.heard


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "by a stranger": ({"author": PersonId("person_" + "0" * 32)}, UNKNOWN_AUTHOR),
    "of a kind to come": ({"kind": "erase.now"}, UNKNOWN_KIND),
    "with more than is understood": ({"body": {"at": "once"}}, NOT_PLAIN),
    "from a device that was removed before": ({"beyond_cut": True}, BEYOND_CUT),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("kind", [ASK, RECEIPT])
def test_what_does_not_count_is_named(
    home: Household, alex: PlainLedger, sam: PlainLedger, case: str, kind: str
) -> None:
    run(Erasing(alex).ask())
    home.sync()
    run(Erasing(sam).receipt())
    home.sync()
    changes, reason = WRONG[case]
    said = [msgspec.structs.replace(each, **changes) if each.kind == kind else each for each in home.everything()]
    requests, _ = erasing.read(said, home.people)
    found = {each.reason for each in erasing.problems(said, home.people)}
    assert found == ({reason, "It answers no request that is here."} if kind == ASK else {reason})
    assert not any(each.receipts for each in requests)
    assert len(requests) == (kind != ASK)


@given(st.integers(0, 1 << 16))
def test_the_order_of_arrival_makes_no_difference(seed: int) -> None:
    chance, home = Random(seed), Household("Alex", "Sam", "Kim")  # noqa: S311  # to be replayed
    for _ in range(6):
        ledger = chance.choice(home.ledgers)
        run(Erasing(ledger).ask()) if chance.randrange(2) else run(Erasing(ledger).receipt())
        if chance.randrange(2):
            home.sync()
    said: list[Said] = home.everything()
    people: Mapping[PersonId, Person] = home.people
    expected = erasing.read(said, people)
    shuffled: Iterable[Said] = chance.sample(said, len(said))
    assert erasing.read(shuffled, people) == expected
