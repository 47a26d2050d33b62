"""A call that was answered is answered once: within an opening, and after the next."""

from hypothesis import given
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core.answered import HOUR_MILLISECONDS, Answered, hour

NOW = 1_790_000_000_000
INSTANCES = (b"announced here",)


def kept(*settings: dict[str, bytes | None]) -> dict[str, bytes]:
    """What is in the store after these writes."""
    store: dict[str, bytes] = {}
    for each in settings:
        for name, value in each.items():
            if value is None:
                store.pop(name, None)
            else:
                store[name] = value
    return store


def test_a_call_that_named_an_hour_is_remembered_over_openings_until_no_such_call_is_new() -> None:
    answered = Answered()
    store = kept(answered.add(b"e" * 32, hour(NOW), INSTANCES, NOW))
    assert b"e" * 32 in answered
    assert b"e" * 32 in Answered(store)
    assert b"f" * 32 not in Answered(store)
    again = Answered(store)
    later = again.add(b"g" * 32, hour(NOW), INSTANCES, NOW + 2 * HOUR_MILLISECONDS)
    assert b"e" * 32 in Answered(kept(store, later))  # type: ignore[arg-type]
    later |= again.add(b"h" * 32, hour(NOW), INSTANCES, NOW + 4 * HOUR_MILLISECONDS)
    assert set(kept(store, later)) == {f"answered/{(b'g' * 32).hex()}", f"answered/{(b'h' * 32).hex()}"}  # type: ignore[arg-type]


def test_a_call_under_an_announcement_is_not_kept_and_remembered_as_long_as_that_is_known() -> None:
    answered = Answered()
    assert answered.add(b"e" * 32, INSTANCES[0], INSTANCES, NOW) == {}
    answered.add(b"f" * 32, hour(NOW), INSTANCES, NOW + 20 * HOUR_MILLISECONDS)
    assert b"e" * 32 in answered, "an announcement lasts a day"
    answered.add(b"g" * 32, hour(NOW), (b"another",), NOW + 20 * HOUR_MILLISECONDS)
    assert b"e" * 32 not in answered


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5 * HOUR_MILLISECONDS)), max_size=40))
def test_what_is_in_the_store_is_what_is_remembered_of_calls_that_named_an_hour(calls: list[tuple[bool, int]]) -> None:
    answered, store, now = Answered(), dict[str, bytes](), NOW
    for number, (announced, later) in enumerate(calls):
        now += later
        ephemeral = number.to_bytes(32, "big")
        instance = INSTANCES[0] if announced else hour(now)
        store = kept(store, answered.add(ephemeral, instance, INSTANCES, now))  # type: ignore[arg-type]
        assert answered.add(ephemeral, instance, INSTANCES, now) == {}
        remembered = {each for each in range(number + 1) if each.to_bytes(32, "big") in answered}
        in_store = {int(name.removeprefix("answered/"), 16) for name in store}
        assert in_store == {each for each in remembered if not calls[each][0]}


def test_no_more_than_so_many_are_remembered_the_oldest_go_first() -> None:
    answered, store = Answered(), dict[str, bytes]()
    for number in range(limits.ANSWERED_MAX + 10):
        for name, value in answered.add(number.to_bytes(32, "big"), hour(NOW), INSTANCES, NOW + number).items():
            if value is None:
                del store[name]
            else:
                store[name] = value
    assert len(store) == limits.ANSWERED_MAX
    assert (9).to_bytes(32, "big") not in answered
    assert (10).to_bytes(32, "big") in answered
