"""Noise as published and as others speak it; whoever lacks a key, a secret or the place in the order gets nothing."""

import hashlib
from collections.abc import Sequence
from typing import Literal

import pytest
from noise.connection import Keypair, NoiseConnection

from collar_sync.core import identity
from collar_sync.core.noise import CipherState, Handshake, Pattern
from collar_sync.errors import Closed, HandshakeFailed, InvalidFrame, InvalidInput

PSK = bytes(range(32))
ALICE, BOB, EVE = (hashlib.sha256(name).digest() for name in (b"alice", b"bob", b"eve"))
ALICE_FRESH, BOB_FRESH = (hashlib.sha256(name).digest() for name in (b"alice today", b"bob today"))
PATTERNS: Sequence[Pattern] = ("KK", "XXpsk0")

# Every public key of 25519 that gives zeros to whoever uses it, in canonical form and with the unused top bit set.
LOW_ORDER = [
    "00" * 32,
    "01" + "00" * 31,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "00" * 31 + "80",
]


def alice(pattern: Pattern, *, prologue: bytes = b"us", peer: bytes = BOB, psk: bytes = PSK) -> Handshake:
    return _side(pattern, initiator=True, prologue=prologue, static=ALICE, peer=peer, psk=psk, ephemeral=ALICE_FRESH)


def bob(pattern: Pattern, *, prologue: bytes = b"us", peer: bytes = ALICE, psk: bytes = PSK) -> Handshake:
    return _side(pattern, initiator=False, prologue=prologue, static=BOB, peer=peer, psk=psk, ephemeral=BOB_FRESH)


def _side(
    pattern: Pattern, *, initiator: bool, prologue: bytes, static: bytes, peer: bytes, psk: bytes, ephemeral: bytes
) -> Handshake:
    return Handshake(
        pattern,
        initiator=initiator,
        prologue=prologue,
        static=static,
        ephemeral=ephemeral,
        remote_static=identity.exchange_public(peer) if pattern == "KK" else None,
        psk=psk if pattern == "XXpsk0" else None,
    )


def shake(one: Handshake, other: Handshake) -> list[bytes]:
    messages: list[bytes] = []
    writer, reader = one, other
    while not (one.done and other.done):
        message = writer.write(b"payload %d" % len(messages))
        assert reader.read(message) == b"payload %d" % len(messages)
        messages.append(message)
        writer, reader = reader, writer
    return messages


def independent(pattern: Pattern, role: Literal["initiator", "responder"]) -> NoiseConnection:
    connection = NoiseConnection.from_name(f"Noise_{pattern}_25519_ChaChaPoly_BLAKE2s".encode())
    own, peer = (ALICE, BOB) if role == "initiator" else (BOB, ALICE)
    connection.set_prologue(b"us")
    connection.set_keypair_from_private_bytes(Keypair.STATIC, own)
    if pattern == "KK":
        connection.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, identity.exchange_public(peer))
    else:
        connection.set_psks(psk=PSK)
    connection.set_as_initiator() if role == "initiator" else connection.set_as_responder()
    connection.start_handshake()
    return connection


@pytest.mark.parametrize("role", ["initiator", "responder"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_we_and_an_independent_implementation_understand_each_other(
    pattern: Pattern, role: Literal["initiator", "responder"]
) -> None:
    ours = alice(pattern) if role == "initiator" else bob(pattern)
    theirs = independent(pattern, "responder" if role == "initiator" else "initiator")
    we_write, count = role == "initiator", 0
    while not theirs.handshake_finished:
        payload = b"handshake payload %d" % count
        if we_write:
            assert bytes(theirs.read_message(ours.write(payload))) == payload
        else:
            assert ours.read(bytes(theirs.write_message(payload))) == payload
        we_write, count = not we_write, count + 1

    assert ours.done
    assert ours.handshake_hash == theirs.get_handshake_hash()
    assert ours.remote_static == identity.exchange_public(BOB if role == "initiator" else ALICE)
    sending, receiving = ours.split()
    for number in range(3):
        text = b"record %d" % number
        assert bytes(theirs.decrypt(sending.encrypt(b"", text))) == text
        assert receiving.decrypt(b"", bytes(theirs.encrypt(text))) == text
    sending.rekey()
    theirs.rekey_inbound_cipher()
    assert bytes(theirs.decrypt(sending.encrypt(b"", b"after rekey"))) == b"after rekey"
    theirs.rekey_outbound_cipher()
    receiving.rekey()
    assert receiving.decrypt(b"", bytes(theirs.encrypt(b"after rekey"))) == b"after rekey"


def test_kk_gives_the_published_cacophony_vector() -> None:
    prologue = b"John Galt"
    first_static = bytes.fromhex("e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1")
    second_static = bytes.fromhex("4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893")
    first = Handshake(
        "KK",
        initiator=True,
        prologue=prologue,
        static=first_static,
        remote_static=bytes.fromhex("31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62"),
        ephemeral=bytes.fromhex("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a"),
    )
    second = Handshake(
        "KK",
        initiator=False,
        prologue=prologue,
        static=second_static,
        remote_static=bytes.fromhex("6bc3822a2aa7f4e6981d6538692b3cdf3e6df9eea6ed269eb41d93c22757b75a"),
        ephemeral=bytes.fromhex("bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b"),
    )
    opening = first.write(b"Ludwig von Mises")
    assert opening.hex() == (
        "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
        "266a5f53784aa3becb0f7485c2759c328937867a4cbaafef07422b0725e098be"
    )
    assert second.read(opening) == b"Ludwig von Mises"
    answer = second.write(b"Murray Rothbard")
    assert answer.hex() == (
        "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
        "008aeea5d76d6abcbab87a18502c8a8352d9933ac11e2a7d228038d721e31e"
    )
    assert first.read(answer) == b"Murray Rothbard"
    assert first.handshake_hash == second.handshake_hash
    assert first.handshake_hash.hex() == "1362b8627a00907ce11e558aba8ce7cbca88e83f0e84ce7db5159b1c3e25ab59"
    forth, back = first.split()
    assert forth.encrypt(b"", b"F. A. Hayek").hex() == "5f92113edf78c3e56e6d67201f5f9e0c8f2930c3e1ffb64ede0358"
    assert back.decrypt(b"", bytes.fromhex("30ebbd9cdcef7f40d99c8cd11e880dac28f5c9e5032c1059b3b56a")) == b"Carl Menger"
    assert forth.encrypt(b"", b"Jean-Baptiste Say").hex() == (
        "b011620dc31f88abd1788db50912952fe45da56e9d0907ab2cbce5f609b58b1cf2"
    )


@pytest.mark.parametrize("pattern", PATTERNS)
def test_both_sides_end_with_one_hash_and_keys_that_fit(pattern: Pattern) -> None:
    one, other = alice(pattern), bob(pattern)
    shake(one, other)
    assert one.handshake_hash == other.handshake_hash
    (one_sends, one_receives), (other_sends, other_receives) = one.split(), other.split()
    assert other_receives.decrypt(b"", one_sends.encrypt(b"", b"to bob")) == b"to bob"
    assert one_receives.decrypt(b"", other_sends.encrypt(b"", b"to alice")) == b"to alice"


@pytest.mark.parametrize("pattern", PATTERNS)
def test_payloads_are_never_readable_on_the_wire(pattern: Pattern) -> None:
    assert not any(b"payload" in message for message in shake(alice(pattern), bob(pattern)))


def test_static_keys_never_cross_the_wire() -> None:
    for pattern in PATTERNS:
        wire = b"".join(shake(alice(pattern), bob(pattern)))
        assert identity.exchange_public(ALICE) not in wire
        assert identity.exchange_public(BOB) not in wire


def test_a_first_message_for_another_pair_or_place_is_refused() -> None:
    for stranger in (alice("KK", prologue=b"them"), alice("KK", peer=EVE)):
        with pytest.raises(HandshakeFailed):
            bob("KK").read(stranger.write(b""))
    for stranger in (alice("XXpsk0", prologue=b"them"), alice("XXpsk0", psk=bytes(32))):
        with pytest.raises(HandshakeFailed):
            bob("XXpsk0").read(stranger.write(b""))


def test_an_initiator_with_another_static_key_is_refused() -> None:
    eve = Handshake(
        "KK",
        initiator=True,
        prologue=b"us",
        static=EVE,
        remote_static=identity.exchange_public(BOB),
        ephemeral=ALICE_FRESH,
    )
    with pytest.raises(HandshakeFailed):
        bob("KK").read(eve.write(b""))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_any_flipped_byte_of_any_handshake_message_is_refused(pattern: Pattern) -> None:
    count = len(shake(alice(pattern), bob(pattern)))
    for place in range(count):
        length = len(shake(alice(pattern), bob(pattern))[place])
        for at in range(0, length, 7):
            writer, reader = alice(pattern), bob(pattern)
            for _ in range(place):
                reader.read(writer.write(b""))
                writer, reader = reader, writer
            message = bytearray(writer.write(b"payload 0"))
            message[at] ^= 1
            with pytest.raises(HandshakeFailed):
                reader.read(bytes(message))
            assert not reader.done
            with pytest.raises(HandshakeFailed):
                reader.split()


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 47, 49, 100])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_message_of_any_other_length_is_refused_and_nothing_else(pattern: Pattern, size: int) -> None:
    with pytest.raises(HandshakeFailed):
        bob(pattern).read((alice(pattern).write(b"") + bytes(64))[:size])


@pytest.mark.parametrize("point", LOW_ORDER)
def test_keys_that_give_zeros_are_refused(point: str) -> None:
    public = bytes.fromhex(point)
    with pytest.raises(HandshakeFailed):
        identity.agree(ALICE, public)
    with pytest.raises(HandshakeFailed):
        bob("KK").read(public + bytes(16))
    aimed = Handshake("KK", initiator=True, prologue=b"", static=ALICE, remote_static=public, ephemeral=ALICE_FRESH)
    with pytest.raises(HandshakeFailed):
        aimed.write(b"")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_of_another_size_never_reach_the_library(size: int) -> None:
    with pytest.raises(HandshakeFailed):
        identity.agree(ALICE, bytes(size))
    with pytest.raises(InvalidInput):
        identity.exchange_public(bytes(size))
    with pytest.raises(InvalidInput):
        Handshake("XXpsk0", initiator=True, prologue=b"", static=ALICE, ephemeral=ALICE_FRESH, psk=bytes(size))


def test_a_side_that_speaks_or_listens_out_of_turn_is_stopped() -> None:
    one, other = alice("KK"), bob("KK")
    with pytest.raises(HandshakeFailed):
        other.write(b"")
    with pytest.raises(HandshakeFailed):
        one.read(bytes(48))
    shake(one, other)
    with pytest.raises(HandshakeFailed):
        one.write(b"")
    with pytest.raises(HandshakeFailed):
        other.read(bytes(48))


def test_a_handshake_that_failed_cannot_be_taken_up_again() -> None:
    reader, opening = bob("KK"), alice("KK").write(b"")
    with pytest.raises(HandshakeFailed):
        reader.read(opening[:-1])
    with pytest.raises(HandshakeFailed):
        reader.read(opening)
    with pytest.raises(HandshakeFailed):
        reader.write(b"")


def test_nothing_can_be_split_before_the_end() -> None:
    one = alice("KK")
    one.write(b"")
    with pytest.raises(HandshakeFailed):
        one.split()


def test_keys_that_do_not_belong_to_a_pattern_are_refused() -> None:
    public = identity.exchange_public(BOB)
    with pytest.raises(InvalidInput):
        Handshake("KK", initiator=True, prologue=b"", static=ALICE, ephemeral=ALICE_FRESH)
    with pytest.raises(InvalidInput):
        Handshake(
            "KK", initiator=True, prologue=b"", static=ALICE, ephemeral=ALICE_FRESH, remote_static=public, psk=PSK
        )
    with pytest.raises(InvalidInput):
        Handshake("XXpsk0", initiator=True, prologue=b"", static=ALICE, ephemeral=ALICE_FRESH)


def test_a_sealed_message_opens_once_in_its_place_and_with_its_context() -> None:
    key = b"k" * 32
    sealing = CipherState(key)
    first, second = sealing.encrypt(b"context", b"first"), sealing.encrypt(b"", b"second")

    for wrong in (second, first[:-1], first[:15], b"", first + b"\0"):
        with pytest.raises(InvalidFrame):
            CipherState(key).decrypt(b"context", wrong)
    with pytest.raises(InvalidFrame):
        CipherState(key).decrypt(b"", first)
    opening = CipherState(key)
    assert opening.decrypt(b"context", first) == b"first"
    with pytest.raises(InvalidFrame):
        opening.decrypt(b"context", first)
    assert opening.decrypt(b"", second) == b"second"


def test_a_key_after_rekey_opens_nothing_older_and_the_count_goes_on() -> None:
    sealing, late = CipherState(b"k" * 32), CipherState(b"k" * 32)
    old = sealing.encrypt(b"", b"old")
    sealing.rekey()
    late.rekey()
    with pytest.raises(InvalidFrame):
        late.decrypt(b"", old)
    late.nonce = 1
    assert late.decrypt(b"", sealing.encrypt(b"", b"new")) == b"new"


def test_the_reserved_last_number_is_never_used() -> None:
    state = CipherState(b"k" * 32)
    state.nonce = (1 << 64) - 2
    state.encrypt(b"", b"the last one")
    with pytest.raises(Closed):
        state.encrypt(b"", b"one too many")
