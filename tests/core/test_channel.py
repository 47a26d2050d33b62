"""Two devices that know each other speak in private; whoever else tries, replays, alters or guesses gets nothing."""

import hashlib
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import ids, limits
from collar_sync.core.channel import NEXT, Act, Candidate, Channel, State, padded_bytes
from collar_sync.core.identity import Keys, PublicKeys
from collar_sync.core.noise import CipherState, Handshake
from collar_sync.errors import Closed, HandshakeFailed, InvalidFrame, InvalidInput
from collar_sync.ids import SpaceId

SPACE, OTHER_SPACE = ids.space_id(b"s" * 16), ids.space_id(b"t" * 16)
INSTANCE, OLD_INSTANCE = b"instance today", b"instance of yesterday"
ALICE, BOB, EVE = (Keys.derive(name * 32, b"salt of a space!") for name in (b"a", b"b", b"e"))
HANDSHAKE = 256 + 16  # bytes of the first frames, as of the shortest records
WHOLE_RECORD = limits.RECORD_BYTES_MAX - 16
PINNED_WIRE = "9fddc0a2faf707345a5acdfc658d14e6c78d4896684453f227893deddd5890bb"


def alice_calls(
    *,
    keys: Keys = ALICE,
    peer: PublicKeys = BOB.public,
    space: SpaceId = SPACE,
    instance: bytes = INSTANCE,
    ephemeral: bytes = b"1" * 32,
) -> Channel:
    return Channel.initiator(keys=keys, peer=peer, space=space, instance=instance, ephemeral=ephemeral)


def known(peer: Keys = ALICE, space: SpaceId = SPACE, instances: Sequence[bytes] = (INSTANCE,)) -> Candidate:
    return Candidate(space, BOB, peer.public, peer.device, tuple(instances))


def bob_listens(*candidates: Candidate, seen: frozenset[bytes] = frozenset()) -> Channel:
    return Channel.responder(candidates or (known(),), b"2" * 32, seen)


def connected() -> tuple[Channel, Channel]:
    alice, bob = alice_calls(), bob_listens()
    (answer,) = bob.receive(alice.start()).send
    (proof,) = alice.receive(answer).send
    assert bob.receive(proof).established
    return alice, bob


def delivered(receiver: Channel, frames: Sequence[bytes]) -> list[bytes]:
    return [message for frame in frames for message in receiver.receive(frame).messages]


def assert_closed(channel: Channel) -> None:
    assert channel.state is State.CLOSED
    for attempt in (channel.start, lambda: channel.receive(b""), lambda: channel.seal(b"")):
        with pytest.raises(Closed):
            attempt()


# --- coming together ---


def test_a_call_is_answered_and_proved_in_three_frames() -> None:
    alice, bob = alice_calls(), bob_listens()
    assert (alice.state, bob.state) == (State.READY, State.LISTENING)
    call = alice.start()
    assert (call[:1], len(call), alice.state) == (b"\x01", HANDSHAKE, State.CALLED)
    answered = bob.receive(call)
    assert (len(answered.send), answered.messages, answered.established, bob.state) == (1, [], False, State.ANSWERED)
    proved = alice.receive(answered.send[0])
    assert (len(proved.send), proved.messages, proved.established, alice.state) == (1, [], True, State.OPEN)
    believed = bob.receive(proved.send[0])
    assert (believed.send, believed.messages, believed.established, bob.state) == ([], [], True, State.OPEN)
    assert alice.handshake_hash == bob.handshake_hash
    assert alice.peer is not None
    assert alice.peer.device == BOB.device
    assert bob.peer == known()


def test_the_responder_finds_out_who_calls_and_in_which_space() -> None:
    candidates = [
        known(peer, space, (OLD_INSTANCE, INSTANCE))
        for peer, space in itertools.product((EVE, ALICE), (OTHER_SPACE, SPACE))
    ]
    alice, bob = alice_calls(), bob_listens(*candidates)
    (answer,) = bob.receive(alice.start()).send
    (proof,) = alice.receive(answer).send
    bob.receive(proof)
    assert bob.peer is candidates[3]


@pytest.mark.parametrize(
    "stranger",
    [
        alice_calls(keys=EVE),
        alice_calls(peer=EVE.public),
        alice_calls(space=OTHER_SPACE),
        alice_calls(instance=OLD_INSTANCE),
        alice_calls(instance=INSTANCE + b"x"),
    ],
    ids=["unknown device", "meant for another device", "another space", "an old instance", "a longer instance"],
)
def test_whoever_is_no_candidate_here_gets_not_one_byte(stranger: Channel) -> None:
    bob = bob_listens()
    with pytest.raises(HandshakeFailed):
        bob.receive(stranger.start())
    assert bob.peer is None
    assert_closed(bob)


@pytest.mark.parametrize(("version", "answered"), [(b"collar/kk/1", True), (b"collar/kk/2", False)])
def test_only_a_call_that_names_this_version_space_and_instance_is_answered(*, version: bytes, answered: bool) -> None:
    bare = Handshake(
        "KK",
        initiator=True,
        prologue=version + b"s" * 16 + INSTANCE,
        static=ALICE.exchange_secret,
        remote_static=BOB.public.exchange,
        ephemeral=b"1" * 32,
    )
    call, bob = b"\x01" + bare.write(bytes(HANDSHAKE - 49)), bob_listens()
    if answered:
        assert bare.read(bob.receive(call).send[0]) == bytes(HANDSHAKE - 48)
    else:
        with pytest.raises(HandshakeFailed):
            bob.receive(call)


def test_a_conversation_reads_on_the_wire_as_it_did_in_the_first_version() -> None:
    alice, bob = alice_calls(), bob_listens()
    wire = [alice.start()]
    wire += bob.receive(wire[0]).send
    wire += alice.receive(wire[1]).send
    bob.receive(wire[2])
    wire += alice.seal(b"Good evening") + bob.seal(b"Good evening to you") + alice.seal(b"long " * 20_000)
    assert [len(frame) for frame in wire] == [272, 272, 272, 272, 272, 65_535, 34_849]
    assert hashlib.sha256(b"".join(wire)).hexdigest() == PINNED_WIRE


@pytest.mark.parametrize("payload", [b"", bytes(222), bytes(224), bytes(222) + b"!"], ids=len)
def test_a_call_of_another_size_or_with_something_in_its_padding_gets_nothing(payload: bytes) -> None:
    bob = bob_listens()
    with pytest.raises(HandshakeFailed):
        bob.receive(b"\x01" + shaken(ALICE, BOB, initiator=True).write(payload))
    assert_closed(bob)


@pytest.mark.parametrize("payload", [b"", bytes(223), bytes(225), b"!" + bytes(223)], ids=len)
def test_an_answer_of_another_size_or_with_something_in_its_padding_is_not_believed(payload: bytes) -> None:
    alice, bob = alice_calls(), shaken(BOB, ALICE, initiator=False)
    bob.read(alice.start()[1:])
    with pytest.raises(HandshakeFailed):
        alice.receive(bob.write(payload))
    assert_closed(alice)


def shaken(own: Keys, other: Keys, *, initiator: bool) -> Handshake:
    """One side of the handshake alone, without a channel's rules."""
    return Handshake(
        "KK",
        initiator=initiator,
        prologue=b"collar/kk/1" + b"s" * 16 + INSTANCE,
        static=own.exchange_secret,
        remote_static=other.public.exchange,
        ephemeral=b"1" * 32,
    )


def test_nobody_is_let_in_where_nobody_is_known() -> None:
    bob = Channel.responder((), b"2" * 32)
    with pytest.raises(HandshakeFailed):
        bob.receive(alice_calls().start())


@given(frame=st.binary(max_size=200))
def test_no_bytes_of_a_stranger_get_an_answer(frame: bytes) -> None:
    bob = bob_listens()
    with pytest.raises(HandshakeFailed):
        bob.receive(frame)
    assert_closed(bob)


@given(at=st.integers(0, HANDSHAKE - 1), bit=st.integers(0, 7))
@settings(max_examples=60)
def test_a_call_with_any_bit_flipped_gets_nothing(at: int, bit: int) -> None:
    bob = bob_listens()
    with pytest.raises(HandshakeFailed):
        bob.receive(flipped(alice_calls().start(), at, bit))
    assert_closed(bob)


@given(at=st.integers(0, HANDSHAKE - 1), bit=st.integers(0, 7))
@settings(max_examples=60)
def test_an_answer_with_any_bit_flipped_is_not_believed(at: int, bit: int) -> None:
    alice, bob = alice_calls(), bob_listens()
    (answer,) = bob.receive(alice.start()).send
    with pytest.raises(HandshakeFailed):
        alice.receive(flipped(answer, at, bit))
    assert alice.peer is None
    assert_closed(alice)


def test_nobody_can_answer_for_the_device_that_was_called() -> None:
    alice = alice_calls()
    eve = Channel.responder([Candidate(SPACE, EVE, ALICE.public, ALICE.device, (INSTANCE,))], b"3" * 32)
    with pytest.raises(HandshakeFailed):
        eve.receive(alice.start())
    other_call = alice_calls(peer=EVE.public)
    other_eve = Channel.responder([Candidate(SPACE, EVE, ALICE.public, ALICE.device, (INSTANCE,))], b"3" * 32)
    (answer,) = other_eve.receive(other_call.start()).send
    with pytest.raises(HandshakeFailed):
        alice.receive(answer)


def test_a_replayed_call_is_never_taken_for_a_present_device() -> None:
    alice, bob = alice_calls(), bob_listens()
    call = alice.start()
    (answer,) = bob.receive(call).send
    (proof,) = alice.receive(answer).send

    again = Channel.responder([known()], b"9" * 32)
    again.receive(call)
    assert again.peer is None
    with pytest.raises(Closed):
        again.seal(b"for Alice only")
    with pytest.raises(InvalidFrame):
        again.receive(proof)
    assert again.peer is None
    assert_closed(again)


def test_a_call_that_was_accepted_before_gets_nothing() -> None:
    first = bob_listens()
    call = alice_calls().start()
    first.receive(call)
    assert first.remote_ephemeral == call[1:33]
    second = bob_listens(seen=frozenset({first.remote_ephemeral}))
    with pytest.raises(HandshakeFailed):
        second.receive(call)


def test_the_first_record_of_a_caller_is_the_proof_and_nothing_else() -> None:
    alice, bob = alice_calls(), bob_listens()
    (answer,) = bob.receive(alice.start()).send
    alice.receive(answer)
    assert alice._sending is not None
    alice._sending.nonce = 0
    with pytest.raises(InvalidFrame):
        bob.receive(alice.seal(b"not empty")[0])
    assert_closed(bob)


def test_a_peer_key_that_protects_nothing_is_not_called() -> None:
    alice = alice_calls(peer=PublicKeys(BOB.public.signing, bytes(32)))
    with pytest.raises(HandshakeFailed):
        alice.start()
    assert_closed(alice)


def test_a_candidate_with_such_a_key_does_not_keep_the_others_out() -> None:
    broken = PublicKeys(EVE.public.signing, bytes(32))
    bob = bob_listens(Candidate(SPACE, BOB, broken, broken.device, (INSTANCE,)), known())
    assert bob.receive(alice_calls().start()).send


def test_nothing_is_sealed_before_the_channel_is_open_and_asking_does_no_harm() -> None:
    alice, bob = alice_calls(), bob_listens()
    for channel in (alice, bob):
        with pytest.raises(Closed):
            channel.seal(b"too early")
    (answer,) = bob.receive(alice.start()).send
    with pytest.raises(Closed):
        bob.seal(b"too early")
    with pytest.raises(Closed):
        alice.start()
    (proof,) = alice.receive(answer).send
    assert bob.receive(proof).established
    assert delivered(bob, alice.seal(b"now")) == [b"now"]


def test_a_closed_channel_has_forgotten_its_keys() -> None:
    alice, _ = connected()
    alice.close()
    assert (alice._sending, alice._receiving, alice._ephemeral) == (None, None, b"")
    assert_closed(alice)


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


def flipped(frame: bytes, at: int, bit: int) -> bytes:
    changed = bytearray(frame)
    changed[at] ^= 1 << bit
    return bytes(changed)


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


# --- the table ---


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", Act)
def test_what_the_table_does_not_allow_is_refused_and_leaves_everything_as_it_was(state: State, act: Act) -> None:
    if (state, act) in NEXT:
        return
    channel = in_state(state)
    with pytest.raises(Closed):
        {
            Act.START: channel.start,
            Act.RECEIVE: lambda: channel.receive(b""),
            Act.SEND: lambda: channel.seal(b""),
            Act.REKEY: channel.rekey,
        }[act]()
    assert channel.state is state


def in_state(state: State) -> Channel:
    alice, bob = alice_calls(), bob_listens()
    match state:
        case State.READY:
            return alice
        case State.LISTENING:
            return bob
        case State.OPEN:
            return connected()[0]
        case State.CLOSED:
            alice.close()
            return alice
        case _:
            bob.receive(alice.start())
            return alice if state is State.CALLED else bob


@pytest.mark.parametrize("state", State)
def test_whatever_a_peer_gets_wrong_leads_to_closed_from_every_state_that_hears(state: State) -> None:
    if (state, Act.RECEIVE) not in NEXT:
        return
    channel = in_state(state)
    with pytest.raises((HandshakeFailed, InvalidFrame)):
        channel.receive(b"wrong")
    assert_closed(channel)
