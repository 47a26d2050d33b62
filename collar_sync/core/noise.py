"""The Noise Protocol Framework (revision 34), of it KK and XXpsk0 with 25519, ChaChaPoly and BLAKE2s, and nothing else.

KK is for two devices that know each other's static key, XXpsk0 for two that share a fresh secret and nothing else. The
primitives are libsodium's and hashlib's. This module knows no frame, no padding and no device: what goes into prologue
and payloads is its caller's. A `Handshake` or `CipherState` that raised once is of no further use.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final, Literal

from nacl import bindings, exceptions

from collar_sync.core import identity
from collar_sync.core.identity import KEY_BYTES
from collar_sync.errors import Closed, HandshakeFailed, InvalidFrame, InvalidInput

Pattern = Literal["KK", "XXpsk0"]

TAG_BYTES: Final = 16  # what sealing adds

_NONCE_RESERVED: Final = (1 << 64) - 1
_MESSAGES: Final[dict[Pattern, tuple[tuple[str, ...], ...]]] = {
    "KK": (("e", "es", "ss"), ("e", "ee", "se")),
    "XXpsk0": (("psk", "e"), ("e", "ee", "s", "es"), ("s", "se")),
}


class CipherState:
    """One direction's key and counter. `nonce` is the number of messages sealed or opened so far."""

    __slots__ = ("_key", "nonce")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.nonce = 0

    def encrypt(self, ad: bytes, plaintext: bytes) -> bytes:
        """Seal the next message."""
        sealed = bindings.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, ad, self._next_nonce(), self._key)
        self.nonce += 1
        return sealed

    def decrypt(self, ad: bytes, ciphertext: bytes) -> bytes:
        """Open the next message; raises `InvalidFrame` where it is not exactly that."""
        if len(ciphertext) < TAG_BYTES:
            raise InvalidFrame("A message was cut short.")
        try:
            opened = bindings.crypto_aead_chacha20poly1305_ietf_decrypt(ciphertext, ad, self._next_nonce(), self._key)
        except exceptions.CryptoError as error:
            raise InvalidFrame("A message was altered, out of order or not from the other device.") from error
        self.nonce += 1
        return opened

    def rekey(self) -> None:
        """Replace the key by one that does not lead back to it; both ends do so after the same message."""
        nonce = bytes(4) + _NONCE_RESERVED.to_bytes(8, "little")
        sealed = bindings.crypto_aead_chacha20poly1305_ietf_encrypt(bytes(KEY_BYTES), b"", nonce, self._key)
        self._key = sealed[:KEY_BYTES]

    def _next_nonce(self) -> bytes:
        if self.nonce >= _NONCE_RESERVED:
            raise Closed("This connection has carried all it may. Connect again.")
        return bytes(4) + self.nonce.to_bytes(8, "little")


class _Symmetric:
    """Chaining key, transcript hash and, once there is one, the handshake's cipher."""

    __slots__ = ("_chaining_key", "_cipher", "hash")

    def __init__(self, protocol_name: bytes) -> None:
        fits = len(protocol_name) <= hashlib.blake2s().digest_size
        self.hash = protocol_name.ljust(32, b"\0") if fits else hashlib.blake2s(protocol_name).digest()
        self._chaining_key = self.hash
        self._cipher: CipherState | None = None

    def mix_hash(self, data: bytes) -> None:
        self.hash = hashlib.blake2s(self.hash + data).digest()

    def mix_key(self, material: bytes) -> None:
        self._chaining_key, key = _derive(self._chaining_key, material, 2)
        self._cipher = CipherState(key)

    def mix_key_and_hash(self, material: bytes) -> None:
        self._chaining_key, mixed, key = _derive(self._chaining_key, material, 3)
        self.mix_hash(mixed)
        self._cipher = CipherState(key)

    def seal(self, plaintext: bytes) -> bytes:
        sealed = plaintext if self._cipher is None else self._cipher.encrypt(self.hash, plaintext)
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed: bytes) -> bytes:
        opened = sealed if self._cipher is None else self._cipher.decrypt(self.hash, sealed)
        self.mix_hash(sealed)
        return opened

    def split(self) -> tuple[CipherState, CipherState]:
        first, second = _derive(self._chaining_key, b"", 2)
        return CipherState(first), CipherState(second)


def _derive(chaining_key: bytes, material: bytes, count: int) -> list[bytes]:
    secret = hmac.digest(chaining_key, material, hashlib.blake2s)
    outputs, output = [], b""
    for counter in range(1, count + 1):
        output = hmac.digest(secret, output + bytes((counter,)), hashlib.blake2s)
        outputs.append(output)
    return outputs


class Handshake:
    """One side of one handshake: `write` and `read` in turn until `done`, then `split`.

    `static` is this side's X25519 secret and `ephemeral` 32 bytes of fresh entropy. `static_public` and `agree` only
    save time: the public key where it is known, and an X25519 that remembers, for trying one message with many keys.
    """

    def __init__(
        self,
        pattern: Pattern,
        *,
        initiator: bool,
        prologue: bytes,
        static: bytes,
        ephemeral: bytes,
        remote_static: bytes | None = None,
        psk: bytes | None = None,
        static_public: bytes | None = None,
        agree: Callable[[bytes, bytes], bytes] = identity.agree,
    ) -> None:
        if (pattern == "KK") == (remote_static is None) or (pattern == "XXpsk0") == (psk is None):
            raise InvalidInput("KK takes a remote static key, XXpsk0 a psk, and neither takes the other.")
        if len(ephemeral) != KEY_BYTES or (psk is not None and len(psk) != KEY_BYTES):
            raise InvalidInput("An ephemeral secret and a psk have 32 bytes.")
        self.remote_static = remote_static
        self.remote_ephemeral: bytes | None = None
        self._initiator = initiator
        self._static = static
        self._static_public = static_public or identity.exchange_public(static)
        self._ephemeral = ephemeral
        self._psk = psk
        self._agree = agree
        self._messages = _MESSAGES[pattern]
        self._step = 0
        self._failed = False
        self._symmetric = _Symmetric(f"Noise_{pattern}_25519_ChaChaPoly_BLAKE2s".encode())
        self._symmetric.mix_hash(prologue)
        if remote_static is not None:
            ours_first = (self._static_public, remote_static) if initiator else (remote_static, self._static_public)
            for public in ours_first:
                self._symmetric.mix_hash(public)

    def use_static(self, secret: bytes, public: bytes) -> None:
        """Take another static key pair. In XX an initiator's own is used first in its last message: until then only."""
        if self._psk is None or not self._initiator or self._step != len(self._messages) - 1:
            raise InvalidInput("The static key of a handshake changes before it is used, or not at all.")
        self._static, self._static_public = secret, public

    @property
    def done(self) -> bool:
        """Whether every message went through."""
        return self._step == len(self._messages) and not self._failed

    @property
    def handshake_hash(self) -> bytes:
        """The transcript's hash, 32 bytes; once done, equal on both sides and unique to this handshake."""
        return self._symmetric.hash

    def write(self, payload: bytes) -> bytes:
        """Make the next message of this side, with `payload` sealed as far as the pattern has keys by then."""
        parts = [self._write_token(token) for token in self._next(ours=True)]
        parts.append(self._symmetric.seal(payload))
        return b"".join(parts)

    def read(self, message: bytes) -> bytes:
        """Take the other side's next message and give its payload; raises `HandshakeFailed` for anything else."""
        tokens = self._next(ours=False)
        self._failed = True  # until all of it has proved right
        rest = message
        try:
            for token in tokens:
                rest = self._read_token(token, rest)
            payload = self._symmetric.open(rest)
        except InvalidFrame as error:
            raise HandshakeFailed("The other device could not prove a key that is known here.") from error
        self._failed = False
        return payload

    def split(self) -> tuple[CipherState, CipherState]:
        """Give the keys for (sending, receiving) on this side, once done."""
        if not self.done:
            raise HandshakeFailed("This handshake did not come to its end.")
        first, second = self._symmetric.split()
        return (first, second) if self._initiator else (second, first)

    def _next(self, *, ours: bool) -> tuple[str, ...]:
        first_side_speaks = self._step % 2 == 0
        if self._failed or self._step == len(self._messages) or (first_side_speaks == self._initiator) != ours:
            raise HandshakeFailed("A handshake message came out of turn.")
        self._step += 1
        return self._messages[self._step - 1]

    def _write_token(self, token: str) -> bytes:
        match token:
            case "e":
                public = identity.exchange_public(self._ephemeral)
                self._mix_ephemeral(public)
                return public
            case "s":
                return self._symmetric.seal(self._static_public)
        self._mix_secret(token)
        return b""

    def _read_token(self, token: str, message: bytes) -> bytes:
        match token:
            case "e":
                self.remote_ephemeral, rest = message[:KEY_BYTES], message[KEY_BYTES:]
                self._mix_ephemeral(self.remote_ephemeral)
                return rest
            case "s":
                self.remote_static = self._symmetric.open(message[: KEY_BYTES + TAG_BYTES])
                return message[KEY_BYTES + TAG_BYTES :]
        self._mix_secret(token)
        return message

    def _mix_ephemeral(self, public: bytes) -> None:
        self._symmetric.mix_hash(public)
        if self._psk is not None:
            self._symmetric.mix_key(public)

    def _mix_secret(self, token: str) -> None:
        if self._psk is not None and token == "psk":  # noqa: S105 - Noise calls the parts of a message tokens
            self._symmetric.mix_key_and_hash(self._psk)
            return
        mine, theirs = (token[0], token[1]) if self._initiator else (token[1], token[0])
        secret = self._ephemeral if mine == "e" else self._static
        public = self.remote_ephemeral if theirs == "e" else self.remote_static
        self._symmetric.mix_key(self._agree(secret, public or b""))
