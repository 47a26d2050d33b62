"""Tags by which two paired devices recognise each other's announcements, and nobody else learns anything.

A tag is a keyed hash of the epoch (a day) and the announcement's random instance, under a key that only the pair can
compute. Every announcement has the same number of tags, real and random ones alike, so that it does not show how many
devices somebody knows. A recognised tag proves nothing, since it can be copied: the handshake proves. This module knows
no network, no clock, and not where a key came from.
"""

import hmac
from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeVar

from collar_sync import limits
from collar_sync.core import identity
from collar_sync.core.identity import KEY_BYTES, Keys, PublicKeys, hkdf
from collar_sync.errors import HandshakeFailed

FILL_BYTES: Final = 32

K = TypeVar("K")


def pair_key(keys: Keys, peer: PublicKeys) -> bytes:
    """Compute the key that this device and that peer share, 32 bytes, the same on both.

    A peer's key that protects nothing would give one that all know: in its place comes one that nobody else does.
    """
    try:
        shared = identity.agree(keys.exchange_secret, peer.exchange)
    except HandshakeFailed:
        shared = hkdf(keys.exchange_secret, b"", b"collar/beacon/nobody/1", KEY_BYTES)
    both = b"".join(sorted((keys.public.exchange, peer.exchange)))
    return hkdf(shared, b"", b"collar/beacon/1" + both, KEY_BYTES)


def tag(pair_key: bytes, epoch: int, instance: bytes) -> bytes:
    """Compute a pair's tag of 8 bytes for an announcement of this instance in this epoch (days since 1970)."""
    message = b"collar/tag/1" + epoch.to_bytes(8, "big", signed=True) + instance
    return hmac.digest(pair_key, message, "sha256")[: limits.TAG_BYTES]


def tags_for(pair_keys: Sequence[bytes], epoch: int, instance: bytes, fill: bytes) -> tuple[bytes, ...]:
    """Give the tags to announce: `TAGS_COUNT`, in an order that tells nothing; `fill` is 32 bytes of fresh entropy.

    Where there are more pairs than fit, the first half of the places goes to the first pairs, the rest by lot.
    """
    first, others = pair_keys[: limits.TAGS_COUNT // 2], pair_keys[limits.TAGS_COUNT // 2 :]
    drawn = sorted(others, key=lambda key: hmac.digest(fill, b"collar/lot/1" + key, "sha256"))
    real = [tag(key, epoch, instance) for key in (*first, *drawn)][: limits.TAGS_COUNT]
    noise = hkdf(fill, b"", b"collar/fill/1", limits.TAGS_COUNT * limits.TAG_BYTES)
    random = [
        noise[at : at + limits.TAG_BYTES] for at in range(len(real) * limits.TAG_BYTES, len(noise), limits.TAG_BYTES)
    ]
    return tuple(sorted(real + random))


def recognise(pair_keys: Mapping[K, bytes], tags: Collection[bytes], now_epoch: int, instance: bytes) -> K | None:
    """Find whose announcement this is, None where it is a stranger's; clocks may be a day apart."""
    announced = frozenset(tags)
    for name, key in pair_keys.items():
        if any(tag(key, now_epoch + shift, instance) in announced for shift in (0, -1, 1)):
            return name
    return None
