"""Two sides of a pairing, step by step, for tests that stand on one of them or in between."""

import hashlib
from collections.abc import Callable

import pytest

from collar_sync import ids
from collar_sync.core import identity
from collar_sync.core.identity import Keys
from collar_sync.core.pairing import Inviter, Joiner, PairingStep
from collar_sync.core.pairing_frames import (
    Offer,
    Reason,
    Verdict,
    refusal,
)
from collar_sync.errors import PairingFailed

ALEX, SAM, EVE = (Keys.derive(name * 32, b"salt of a space!") for name in (b"a", b"s", b"e"))

CODE, WRONG = "4829 1730", "4829 1731"


def entropy_of(seed: bytes) -> Callable[[int], bytes]:
    """Draw bytes that a test can draw again."""
    count = 0

    def draw(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(seed + b"%d" % count).digest(size)

    return draw


def an_offer(keys: Keys = ALEX, space_name: str = "Us", device_name: str = "Alex's laptop") -> Offer:
    return Offer(
        space=ids.space_id(b"s" * 16),
        space_name=space_name,
        person=identity.person_of(keys.device),
        person_name="Alex",
        device_name=device_name,
        public=keys.public,
    )


def alex_shows(code: str = CODE, offer: Offer | None = None, keys: Keys = ALEX, seed: bytes = b"alex") -> Inviter:
    return Inviter(code, offer or an_offer(keys), keys.exchange_secret, entropy_of(seed))


def sam_types(code: str = CODE, keys: Keys = SAM, seed: bytes = b"sam", name: str = "Sam") -> Joiner:
    return Joiner(code, keys, name, "Sam's laptop", entropy_of(seed))


def sent(step: PairingStep) -> bytes:
    assert step.send is not None
    return step.send


def frames_of(inviter: Inviter, joiner: Joiner) -> list[bytes]:
    """Every frame of a pairing that goes well, in order."""
    frames = [joiner.start()]
    frames.append(sent(inviter.receive(frames[-1])))
    frames.append(sent(joiner.receive(frames[-1])))
    frames.append(sent(inviter.receive(frames[-1])))
    frames.append(sent(joiner.receive(frames[-1])))
    assert inviter.receive(frames[-1]).joined is not None
    frames.append(joiner.decide(Verdict.YES))
    assert inviter.receive(frames[-1]).verdict is Verdict.YES
    frames.append(inviter.welcome())
    assert joiner.receive(frames[-1]).verdict is Verdict.YES
    return frames


def introduce(alex: Inviter, sam: Joiner) -> None:
    """Up to the three words on both screens."""
    alex.receive(sent(sam.receive(sent(alex.receive(sent(sam.receive(sent(alex.receive(sam.start())))))))))


def assert_burnt(side: Inviter | Joiner, *frames: bytes) -> None:
    for frame in (*frames, b"", refusal(Reason.WRONG_CODE)):
        with pytest.raises(PairingFailed):
            side.receive(frame)
    assert side.words is None
    if isinstance(side, Inviter):
        with pytest.raises(PairingFailed):
            side.welcome()
