"""Protections switched off in one laptop's process, one a function: what the search must find then.

Nothing else changes: both laptops still speak with each other, as careless software would.
"""

import hmac
from typing import Any
from unittest import mock

from websockets.frames import Close, CloseCode, Frame, Opcode

from collar_sync.core import beacon, channel
from collar_sync.core.noise import TAG_BYTES, CipherState
from collar_sync.node import device
from collar_sync.shells import transport

HEADER = "Python/3.11 websockets/15.0"


def put(where: Any, name: str, careless: Any) -> None:
    """Replaces one thing for the life of this process."""
    mock.patch.object(where, name, careless).start()


class Nothing(CipherState):
    """Seals with nothing."""

    def encrypt(self, ad: bytes, plaintext: bytes) -> bytes:  # noqa: ARG002  # as the real one
        self.nonce += 1
        return plaintext + bytes(TAG_BYTES)

    def decrypt(self, ad: bytes, ciphertext: bytes) -> bytes:  # noqa: ARG002  # as the real one
        self.nonce += 1
        return ciphertext[:-TAG_BYTES]


def words() -> None:
    """What is said over a channel, once it is open, is not sealed."""
    take_keys = channel.Channel._take_keys

    def take_none(self: Any, handshake: Any) -> None:
        take_keys(self, handshake)
        self._sending, self._receiving = Nothing(bytes(32)), Nothing(bytes(32))

    put(channel.Channel, "_take_keys", take_none)


def steady_tag(pair_key: bytes) -> bytes:
    """The tag of a pair that stays the same."""
    return hmac.digest(pair_key, b"always", "sha256")[:8]


def tag() -> None:
    """A pair is announced by the same tag every day and under every name."""
    put(beacon, "tag", lambda pair_key, _epoch, _instance: steady_tag(pair_key))


def key() -> None:
    """The announcement holds this device's public key."""
    tags = device.Device._tags

    def with_key(self: Any, instance: bytes, epoch: int) -> tuple[bytes, ...]:
        announced = tags(self, instance, epoch)
        real = [beacon.tag(each, epoch, instance) for each in self._engine.advertise(self._instances)]
        for space in self._engine.spaces.values():
            public = space.keys.public.exchange
            return (*(public[at : at + 8] for at in range(0, 32, 8)), *real, *announced)[:16]
        return announced

    put(device.Device, "_tags", with_key)


def header() -> None:
    """A listener says which software it is."""
    serve = vars(transport)["serve"]
    put(transport, "serve", lambda *arguments, **options: serve(*arguments, **{**options, "server_header": HEADER}))


def size() -> None:
    """Nothing is padded."""
    put(channel, "padded_bytes", lambda length: length + 4)


def close() -> None:
    """A connection says as it closes why that is."""
    put(transport, "_CLOSE", Frame(Opcode.CLOSE, Close(CloseCode.GOING_AWAY, "shutting down").serialize()))


def spring() -> None:
    """All of them."""
    for leak in (words, tag, key, header, size, close):
        leak()
