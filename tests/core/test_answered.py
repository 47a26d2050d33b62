"""A call that was answered is answered once: within an opening, after the next, and whatever a clock says then."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import ids, limits
from collar_sync.core.answered import HOUR_MILLISECONDS, Answered, hour

NOW = 1_790_000_000_000
INSTANCES = (b"announced here",)
SAM, KIM = ((ids.space_id(b"s" * 16), ids.device_id(name * 16)) for name in (b"s", b"k"))


def kept(*settings: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """What is in the store after these writes."""
    store: dict[str, bytes] = {}
    for each in settings:
        for name, value in each.items():
            if value is None:
                store.pop(name, None)
            else:
                store[name] = value
    return store


def ephemeral(number: int) -> bytes:
    return number.to_bytes(32, "big")


def test_a_call_that_named_an_hour_is_remembered_over_openings_however_much_later_it_is() -> None:
    answered = Answered()
    store = kept(answered.add(SAM, ephemeral(1), hour(NOW), INSTANCES))
    later = answered.add(SAM, ephemeral(2), hour(NOW + 1_000 * HOUR_MILLISECONDS), INSTANCES)
    for each in (answered, Answered(kept(store, later))):
        assert ephemeral(1) in each
        assert ephemeral(2) in each
        assert ephemeral(3) not in each


def test_a_call_under_an_announcement_is_not_kept_and_remembered_as_long_as_that_is_known() -> None:
    answered = Answered()
    assert answered.add(SAM, ephemeral(1), INSTANCES[0], INSTANCES) == {}
    answered.add(SAM, ephemeral(2), INSTANCES[0], (*INSTANCES, b"another"))
    assert ephemeral(1) in answered, "an announcement lasts a day"
    answered.add(SAM, ephemeral(3), b"another", (b"another",))
    assert ephemeral(1) not in answered


@given(st.lists(st.tuples(st.booleans(), st.sampled_from((SAM, KIM)), st.integers(-3, 3)), max_size=40))
def test_what_is_in_the_store_is_what_is_remembered_of_calls_that_named_an_hour(
    calls: list[tuple[bool, tuple[ids.SpaceId, ids.DeviceId], int]],
) -> None:
    before, limits.ANSWERED_MAX = limits.ANSWERED_MAX, 5  # type: ignore[misc]  # a constant to everyone else
    answered, store = Answered(), dict[str, bytes]()
    try:
        for number, (announced, peer, shift) in enumerate(calls):
            instance = INSTANCES[0] if announced else hour(NOW + shift * HOUR_MILLISECONDS)
            if not announced and not answered.takes(peer, (instance,)):
                continue
            store = kept(store, answered.add(peer, ephemeral(number), instance, INSTANCES))
            if ephemeral(number) in answered:  # else its hour is over
                assert answered.add(peer, ephemeral(number), instance, INSTANCES) == {}
            again = Answered(store)
            for old, (announced_then, whose, shift_then) in enumerate(calls[: number + 1]):
                named = hour(NOW + shift_then * HOUR_MILLISECONDS)
                if not announced_then:
                    assert (ephemeral(old) in again) == (ephemeral(old) in answered)
                    assert again.takes(whose, (named,)) == answered.takes(whose, (named,))
                    assert ephemeral(old) in again or not again.takes(whose, (named,)), "it would be answered again"
    finally:
        limits.ANSWERED_MAX = before  # type: ignore[misc]


@pytest.mark.parametrize("hours", [0, 1])
def test_of_each_device_no_more_than_so_many_are_remembered_and_what_is_let_go_of_takes_its_hour_with_it(
    hours: int,
) -> None:
    answered, store = Answered(), dict[str, bytes]()
    named = [hour(NOW), hour(NOW + hours * HOUR_MILLISECONDS)]
    store = kept(answered.add(KIM, b"k" * 32, hour(NOW), INSTANCES))
    for number in range(limits.ANSWERED_MAX + 1):
        store = kept(store, answered.add(SAM, ephemeral(number), named[number > 0], INSTANCES))
    assert len(store) <= limits.ANSWERED_MAX + 2
    for each in (answered, Answered(store)):
        assert ephemeral(0) not in each
        assert each.takes(SAM, (named[0], named[1])) == ((named[1],) if hours else ())
        assert each.takes(SAM, (hour(NOW + 2 * HOUR_MILLISECONDS),)), "it may call again soon"
        assert b"k" * 32 in each
        assert each.takes(KIM, (hour(NOW),)), "nobody else pays for who calls so often"
