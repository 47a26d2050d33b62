"""What goes through an open channel: messages whole and in order, sizes that tell little, keys that change."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core.channel import Channel, State, padded_bytes
from collar_sync.core.noise import CipherState
from collar_sync.errors import InvalidFrame, InvalidInput
from tests.core.two_ends import alice_calls, assert_closed, bob_listens, connected, delivered, flipped

WHOLE_RECORD = limits.RECORD_BYTES_MAX - 16


# --- messages ---


@given(messages=st.lists(st.tuples(st.booleans(), st.binary(max_size=3_000)), max_size=12))
@settings(max_examples=50)
def test_any_messages_arrive_whole_and_in_order_in_both_directions(messages: list[tuple[bool, bytes]]) -> None:
    alice, bob = connected()
    for from_alice, message in messages:
        sender, receiver = (alice, bob) if from_alice else (bob, alice)
        assert delivered(receiver, sender.seal(message)) == [message]


@pytest.mark.parametrize(
    "length",
    [
        0,
        1,
        WHOLE_RECORD - 5,
        WHOLE_RECORD - 4,
        WHOLE_RECORD - 3,
        WHOLE_RECORD,
        2 * WHOLE_RECORD - 4,
        1_000_000,
        limits.MESSAGE_BYTES_MAX,
    ],
)
def test_messages_of_every_size_up_to_the_bound_arrive_whole(length: int) -> None:
    alice, bob = connected()
    message = bytes(range(251)) * (length // 251 + 1)
    message = message[:length]
    frames = alice.seal(message)
    assert all(len(frame) <= limits.RECORD_BYTES_MAX for frame in frames)
    assert delivered(bob, frames) == [message]
    assert delivered(bob, alice.seal(b"and the next")) == [b"and the next"]


def test_a_message_above_the_bound_is_refused_to_its_sender_and_the_channel_stays() -> None:
    alice, bob = connected()
    with pytest.raises(InvalidInput, match="16 MiB"):
        alice.seal(bytes(limits.MESSAGE_BYTES_MAX + 1))
    assert delivered(bob, alice.seal(b"smaller")) == [b"smaller"]


@given(message=st.binary(max_size=70_000), at=st.integers(0, 1 << 20), bit=st.integers(0, 7))
@settings(max_examples=60)
def test_any_flipped_bit_closes_the_channel(message: bytes, at: int, bit: int) -> None:
    alice, bob = connected()
    frames = alice.seal(message)
    which = at % len(frames)
    assert delivered(bob, frames[:which]) == []
    with pytest.raises(InvalidFrame):
        bob.receive(flipped(frames[which], at % len(frames[which]), bit))
    assert_closed(bob)


@given(
    sizes=st.lists(st.sampled_from([0, 10, 300, 70_000]), min_size=2, max_size=5),
    order=st.data(),
)
@settings(max_examples=60)
def test_frames_that_are_reordered_dropped_or_doubled_close_the_channel(sizes: list[int], order: st.DataObject) -> None:
    alice, bob = connected()
    frames = [frame for number, size in enumerate(sizes) for frame in alice.seal(bytes((number,)) * size)]
    places = list(range(len(frames)))
    arriving = order.draw(st.lists(st.sampled_from(places), min_size=1, max_size=len(frames) + 2))
    good = len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(arriving, places, strict=False))))
    delivered(bob, [frames[place] for place in arriving[:good]])
    if good == len(arriving):
        assert bob.state is State.OPEN
        return
    with pytest.raises(InvalidFrame):
        bob.receive(frames[arriving[good]])
    assert_closed(bob)


def test_a_frame_reflected_to_its_sender_closes_the_channel() -> None:
    alice, _ = connected()
    (frame,) = alice.seal(b"hello")
    with pytest.raises(InvalidFrame):
        alice.receive(frame)
    assert_closed(alice)


def test_a_frame_of_another_connection_closes_the_channel() -> None:
    alice, bob = alice_calls(ephemeral=b"7" * 32), bob_listens()
    (answer,) = bob.receive(alice.start()).send
    alice.receive(answer)
    _, other_bob = connected()
    with pytest.raises(InvalidFrame):
        other_bob.receive(alice.seal(b"hello")[0])


@given(frame=st.binary(max_size=300))
@settings(max_examples=50)
def test_bytes_that_are_no_record_close_the_channel(frame: bytes) -> None:
    _, bob = connected()
    with pytest.raises(InvalidFrame):
        bob.receive(frame)
    assert_closed(bob)


def test_a_frame_longer_than_any_record_is_refused_unopened() -> None:
    _, bob = connected()
    with pytest.raises(InvalidFrame, match="longer"):
        bob.receive(bytes(limits.RECORD_BYTES_MAX + 1))


# --- what a paired device with altered software may try under its own key ---


def lying(bodies: Sequence[bytes]) -> tuple[Channel, list[bytes]]:
    alice, bob = connected()
    return bob, [alice._seal_record(body) for body in bodies]


@pytest.mark.parametrize(
    "bodies",
    [
        [b""],
        [b"\0\0\0"],
        [b"\0\0\0\5hello"],
        [b"\0\0\0\5hello" + bytes(248)],
        [b"\0\0\0\5hello" + bytes(246)],
        [b"\0\0\0\5hello" + bytes(246) + b"!"],
        [(limits.MESSAGE_BYTES_MAX + 1).to_bytes(4, "big") + bytes(WHOLE_RECORD - 4)],
        [b"\xff\xff\xff\xff" + bytes(WHOLE_RECORD - 4)],
        [(70_000).to_bytes(4, "big") + bytes(1_000)],
        [(70_000).to_bytes(4, "big") + bytes(WHOLE_RECORD - 4), bytes(256)],
        [(70_000).to_bytes(4, "big") + bytes(WHOLE_RECORD - 4), b"\1" * (padded_bytes(70_000) - WHOLE_RECORD)],
        [(65_516).to_bytes(4, "big") + bytes(WHOLE_RECORD - 4), b"\1" * (padded_bytes(65_516) - WHOLE_RECORD)],
    ],
    ids=[
        "empty record",
        "half a length",
        "no padding",
        "padding one too long",
        "padding one too short",
        "padding that is not empty",
        "one byte above the bound",
        "four gigabytes announced",
        "a first record cut short",
        "a last record cut short",
        "a tail that speaks",
        "a record of padding that speaks",
    ],
)
def test_a_record_that_sealing_would_not_make_closes_the_channel(bodies: list[bytes]) -> None:
    bob, frames = lying(bodies)
    assert delivered(bob, frames[:-1]) == []
    with pytest.raises(InvalidFrame):
        bob.receive(frames[-1])
    assert_closed(bob)


def test_what_is_kept_of_an_unfinished_message_stays_within_its_announced_size() -> None:
    alice, bob = connected()
    frames = alice.seal(bytes(limits.MESSAGE_BYTES_MAX))
    assert delivered(bob, frames[:-1]) == []
    assert sum(map(len, bob._parts)) <= limits.MESSAGE_BYTES_MAX
    bob.close()
    assert bob._parts == []


# --- sizes and keys ---


@given(length=st.integers(0, limits.MESSAGE_BYTES_MAX))
def test_padding_costs_at_most_an_eighth_and_never_cuts(length: int) -> None:
    padded = padded_bytes(length)
    assert padded >= length + 4
    assert padded == 256 or padded <= (length + 4) * 1.12
    assert padded_bytes(padded - 4) == padded


def test_sizes_seen_on_the_wire_are_few() -> None:
    assert len({padded_bytes(length) for length in range(253)}) == 1
    assert len({padded_bytes(length) for length in range(limits.MESSAGE_BYTES_MAX // 256)}) < 200
    alice, _ = connected()
    assert {len(frame) for text in (b"", b"yes", b"x" * 252) for frame in alice.seal(text)} == {256 + 16}
    assert len(alice.seal(b"x" * 1_000)[0]) == len(alice.seal(b"x" * 1_010)[0])


def test_no_frame_shows_what_it_carries() -> None:
    alice, bob = connected()
    text = b"a sentence that is easy to find"
    assert not any(text[:8] in frame for sender in (alice, bob) for frame in sender.seal(text))


def test_both_ends_change_keys_together_and_old_records_do_not_open_with_new_keys() -> None:
    alice, bob = connected()
    assert alice._sending is not None
    old_key = alice._sending._key
    for number in range(limits.REKEY_RECORDS + 10):
        text = b"%d" % number
        assert delivered(bob, alice.seal(text)) == [text]
    assert alice._sending._key != old_key
    assert bob._receiving is not None
    assert bob._receiving._key == alice._sending._key
    assert delivered(alice, bob.seal(b"the other way")) == [b"the other way"]
    late = CipherState(old_key)
    late.nonce = alice._sending.nonce
    with pytest.raises(InvalidFrame):
        late.decrypt(b"", alice.seal(b"after")[0])


# --- keys that served for long enough ---


def test_a_side_may_change_its_key_at_any_time_and_what_came_before_does_not_open_with_the_new_one() -> None:
    alice, bob = connected()
    assert alice._sending is not None
    old_key = alice._sending._key
    (before,) = alice.seal(b"before")
    (changed,) = alice.rekey()
    (after,) = alice.seal(b"after")
    assert len(changed) == len(before), "a change of keys looks like a short message"
    assert delivered(bob, [before, changed, after]) == [b"before", b"after"]
    assert alice._sending._key != old_key
    late = CipherState(old_key)
    late.nonce = alice._sending.nonce - 1
    with pytest.raises(InvalidFrame):
        late.decrypt(b"", after)
    assert delivered(alice, bob.seal(b"the other way")) == [b"the other way"]


@given(acts=st.lists(st.one_of(st.just(None), st.sampled_from([0, 300, 70_000])), max_size=12))
@settings(max_examples=40)
def test_changes_of_keys_among_messages_of_any_size_lose_nothing(acts: list[int | None]) -> None:
    alice, bob = connected()
    for act in acts:
        message = None if act is None else bytes(act)
        frames = alice.rekey() if message is None else alice.seal(message)
        assert delivered(bob, frames) == ([] if message is None else [message])


def test_a_change_of_keys_inside_a_message_or_in_another_form_closes_the_channel() -> None:
    alice, bob = connected()
    first, *_ = alice.seal(bytes(70_000))
    bob.receive(first)
    with pytest.raises(InvalidFrame):
        bob.receive(alice._seal_record(b"\xff" * 4 + bytes(252)))
    for body in (b"\xff" * 4, b"\xff" * 4 + bytes(253), b"\xff" * 4 + bytes(251) + b"!"):
        bob, (frame,) = lying([body])
        with pytest.raises(InvalidFrame):
            bob.receive(frame)
        assert_closed(bob)
