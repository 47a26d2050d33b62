"""Paired devices recognise each other's announcements; to everybody else each is a handful of random bytes."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core import beacon, identity
from collar_sync.core.identity import Keys, PublicKeys

ALICE, BOB, EVE = (Keys.derive(name * 32, b"salt of a space!") for name in (b"a", b"b", b"e"))
ALICE_AND_BOB = beacon.pair_key(ALICE, BOB.public)
TODAY, INSTANCE, FILL = 20_000, b"random instance", b"f" * 32


def strangers(count: int) -> list[bytes]:
    return [hashlib.sha256(b"%d" % number).digest() for number in range(count)]


def test_both_devices_of_a_pair_compute_the_same_key_and_a_third_another() -> None:
    assert beacon.pair_key(BOB, ALICE.public) == ALICE_AND_BOB
    assert len({ALICE_AND_BOB, beacon.pair_key(ALICE, EVE.public), beacon.pair_key(BOB, EVE.public)}) == 3


def test_a_device_is_recognised_by_its_pair_and_by_nobody_else() -> None:
    tags = beacon.tags_for([*strangers(3), ALICE_AND_BOB], TODAY, INSTANCE, FILL)
    bob_knows = {"eve": beacon.pair_key(BOB, EVE.public), "alice": beacon.pair_key(BOB, ALICE.public)}
    assert beacon.recognise(bob_knows, tags, TODAY, INSTANCE) == "alice"
    eve_knows = {"alice": beacon.pair_key(EVE, ALICE.public), "bob": beacon.pair_key(EVE, BOB.public)}
    assert beacon.recognise(eve_knows, tags, TODAY, INSTANCE) is None


@pytest.mark.parametrize(("days", "recognised"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_be_a_day_apart_and_no_more(*, days: int, recognised: bool) -> None:
    tags = beacon.tags_for([ALICE_AND_BOB], TODAY + days, INSTANCE, FILL)
    assert (beacon.recognise({"alice": ALICE_AND_BOB}, tags, TODAY, INSTANCE) == "alice") is recognised


def test_a_clock_at_the_very_beginning_does_no_harm() -> None:
    tags = beacon.tags_for([ALICE_AND_BOB], 0, INSTANCE, FILL)
    assert beacon.recognise({"alice": ALICE_AND_BOB}, tags, 0, INSTANCE) == "alice"


def test_tags_copied_to_another_instance_are_not_recognised() -> None:
    tags = beacon.tags_for([ALICE_AND_BOB], TODAY, INSTANCE, FILL)
    assert beacon.recognise({"alice": ALICE_AND_BOB}, tags, TODAY, b"another instance") is None


def test_no_tag_is_seen_again_on_another_day_or_instance() -> None:
    seen = [
        beacon.tag(ALICE_AND_BOB, epoch, instance) for epoch in range(50) for instance in (INSTANCE, b"another", b"")
    ]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("pairs", [0, 1, 5, 16, 17, 64])
def test_an_announcement_has_the_same_shape_however_many_devices_are_known(pairs: int) -> None:
    tags = beacon.tags_for(strangers(pairs), TODAY, INSTANCE, FILL)
    assert len(tags) == len(set(tags)) == limits.TAGS_COUNT
    assert {len(each) for each in tags} == {limits.TAG_BYTES}
    assert list(tags) == sorted(tags)  # an order that does not say which are real


def test_what_fills_up_an_announcement_is_drawn_anew_each_time() -> None:
    one, other = (set(beacon.tags_for([ALICE_AND_BOB], TODAY, INSTANCE, fill)) for fill in (FILL, b"g" * 32))
    assert one & other == {beacon.tag(ALICE_AND_BOB, TODAY, INSTANCE)}


def test_with_more_devices_than_places_the_first_stay_and_all_others_get_a_turn() -> None:
    pairs = strangers(40)
    announced = [set(beacon.tags_for(pairs, TODAY, INSTANCE, b"%032d" % turn)) for turn in range(60)]
    for number, key in enumerate(pairs):
        turns = sum(beacon.tag(key, TODAY, INSTANCE) in tags for tags in announced)
        assert turns == 60 if number < limits.TAGS_COUNT // 2 else 0 < turns < 60


def test_a_peer_key_that_protects_nothing_gives_no_key_that_others_know() -> None:
    broken = PublicKeys(EVE.public.signing, bytes(32))
    mine, another = beacon.pair_key(ALICE, broken), beacon.pair_key(BOB, broken)
    assert mine != another
    both = min(broken.exchange, ALICE.public.exchange) + max(broken.exchange, ALICE.public.exchange)
    assert mine != identity.hkdf(bytes(32), b"", b"collar/beacon/1" + both, 32)  # what the zeros would have given
    tags = beacon.tags_for([mine], TODAY, INSTANCE, FILL)
    assert beacon.recognise({"bob": another}, tags, TODAY, INSTANCE) is None


@given(tags=st.lists(st.binary(max_size=40), max_size=40), instance=st.binary(max_size=100))
def test_an_announcement_of_any_bytes_is_a_stranger(tags: list[bytes], instance: bytes) -> None:
    assert beacon.recognise({"alice": ALICE_AND_BOB}, tags, TODAY, instance) is None


def test_the_tags_of_a_pair_stay_what_they_are_in_every_later_version() -> None:
    assert beacon.tag(ALICE_AND_BOB, TODAY, INSTANCE).hex() == "0e4ac5688dbde580"
