"""Two ends of one channel, connected in memory."""

from collections.abc import Sequence

import pytest

from collar_sync import ids
from collar_sync.core.channel import Candidate, Channel, State
from collar_sync.core.identity import Keys, PublicKeys
from collar_sync.errors import Closed
from collar_sync.ids import SpaceId

SPACE, OTHER_SPACE = ids.space_id(b"s" * 16), ids.space_id(b"t" * 16)

INSTANCE, OLD_INSTANCE = b"instance today", b"instance of yesterday"

ALICE, BOB, EVE = (Keys.derive(name * 32, b"salt of a space!") for name in (b"a", b"b", b"e"))


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


def flipped(frame: bytes, at: int, bit: int) -> bytes:
    changed = bytearray(frame)
    changed[at] ^= 1 << bit
    return bytes(changed)
