"""The life of one secure channel: coming together, who gets no answer, and the table of what each state allows."""

import hashlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync.core.channel import NEXT, Act, Candidate, Channel, State
from collar_sync.core.identity import Keys, PublicKeys
from collar_sync.core.noise import Handshake
from collar_sync.errors import Closed, HandshakeFailed, InvalidFrame
from tests.core.two_ends import (
    ALICE,
    BOB,
    EVE,
    INSTANCE,
    OLD_INSTANCE,
    OTHER_SPACE,
    SPACE,
    alice_calls,
    assert_closed,
    bob_listens,
    connected,
    delivered,
    flipped,
    known,
)

HANDSHAKE = 256 + 16  # bytes of the first frames, as of the shortest records

PINNED_WIRE = "9fddc0a2faf707345a5acdfc658d14e6c78d4896684453f227893deddd5890bb"


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
