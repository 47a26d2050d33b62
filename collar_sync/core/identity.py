"""Who a device is in one space: its keys, and the ids and messages made from them.

One device seed gives independent keys for each space, so that two spaces cannot be linked by their keys. Secrets
redact themselves in every printed form. This module knows no document, no connection and no file; where a seed is kept
is not its business.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec
from nacl import bindings, exceptions

from collar_sync import ids, limits
from collar_sync.core.words import WORDS
from collar_sync.errors import HandshakeFailed, InvalidInput, InvalidSignature
from collar_sync.ids import DeviceId, DocumentId, PersonId, SpaceId, StatementId

KEY_BYTES: Final = 32  # of every public key, X25519 secret and seed
SALT_BYTES: Final = 16
SIGNATURE_BYTES: Final = 64

_HASH_BYTES: Final = 32
_SEQ_MAX: Final = (1 << 64) - 1

Key = Annotated[bytes, msgspec.Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]


class PublicKeys(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What others know of a device in one space: an Ed25519 and an X25519 public key, 32 bytes each."""

    signing: Key
    exchange: Key

    @property
    def device(self) -> DeviceId:
        """The id, a hash of both keys: neither can be swapped."""
        return ids.device_id(_digest(b"collar/device/1", self.signing, self.exchange))


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Keys:
    """One device's secret and public keys in one space. Its repr shows the device id alone."""

    public: PublicKeys
    exchange_secret: bytes
    _signing_secret: bytes
    device: DeviceId = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "device", self.public.device)

    def __repr__(self) -> str:
        return f"<Keys of {self.device}, secrets redacted>"

    @classmethod
    def derive(cls, seed: bytes, salt: bytes) -> "Keys":
        """Derive the keys of the device with this 32-byte seed in the space with this 16-byte random salt."""
        if len(seed) != KEY_BYTES or len(salt) != SALT_BYTES:
            raise InvalidInput("A device seed has 32 bytes and the salt of a space 16.")
        signing_public, signing_secret = bindings.crypto_sign_seed_keypair(
            hkdf(seed, salt, b"collar/key/signing/1", KEY_BYTES)
        )
        exchange_secret = hkdf(seed, salt, b"collar/key/exchange/1", KEY_BYTES)
        public = PublicKeys(signing_public, exchange_public(exchange_secret))
        return cls(public, exchange_secret, signing_secret)

    def sign(self, message: bytes) -> bytes:
        """Sign with Ed25519: 64 bytes."""
        return bindings.crypto_sign(message, self._signing_secret)[:SIGNATURE_BYTES]


def verify(public_signing: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of that signing key signed these bytes; never raises, whatever a peer sent."""
    if len(public_signing) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public_signing)
    except exceptions.CryptoError:
        return False
    return True


def exchange_public(secret: bytes) -> bytes:
    """Compute the X25519 public key, 32 bytes, of a 32-byte secret."""
    if len(secret) != KEY_BYTES:
        raise InvalidInput("An exchange secret has 32 bytes.")
    return bindings.crypto_scalarmult_base(secret)


def agree(secret: bytes, public: bytes) -> bytes:
    """Compute what a secret and another's public key share (X25519, 32 bytes).

    Raises `HandshakeFailed` where the public key is none, or one of the few that give the same zeros to everybody. The
    sizes are looked at here because the binding does not: it would read past the end.
    """
    if len(secret) != KEY_BYTES or len(public) != KEY_BYTES:
        raise HandshakeFailed("The other device sent a key of the wrong size.")
    try:
        return bindings.crypto_scalarmult(secret, public)
    except exceptions.CryptoError as error:
        raise HandshakeFailed("The other device sent a key that protects nothing.") from error


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256, RFC 5869; `length` up to 8,160 bytes."""
    pseudorandom_key = hmac.digest(salt or bytes(_HASH_BYTES), secret, "sha256")
    output = block = b""
    for counter in range(1, -(-length // _HASH_BYTES) + 1):
        block = hmac.digest(pseudorandom_key, block + info + bytes((counter,)), "sha256")
        output += block
    return output[:length]


def person_of(founding_device: DeviceId) -> PersonId:
    """Name the person whose first device this is."""
    return ids.person_id(_digest(b"collar/person/1", ids.raw_bytes(founding_device)))


def space_of(founding_statement: StatementId) -> SpaceId:
    """Name the space that this statement founded."""
    return ids.space_id(_digest(b"collar/space/1", ids.raw_bytes(founding_statement)))


def document_of(space: SpaceId, name: str) -> DocumentId:
    """Name the document of a space: the same id on every device, made without asking anyone."""
    digest = _digest(b"collar/document/1", ids.raw_bytes(space), name.encode())
    return ids.document_id(ids.marked(digest, takes_over=False))


def private_document_of(keys: Keys, name: str) -> DocumentId:
    """Name a document of this device alone: nobody else can work out its id, so nobody can ask for it."""
    drawn = hkdf(keys.exchange_secret, b"", b"collar/private/1" + name.encode(), ids.SHORT_BYTES)
    return ids.document_id(ids.marked(drawn, takes_over=False))


def safety_words(handshake_hash: bytes, nonce: bytes) -> tuple[str, str, str]:
    """Pick three words that both screens show after a handshake; someone in between gets others (but for 2**-24).

    That holds only where neither side can choose what it says of either after it knows the other's.
    """
    first, second, third = _digest(b"collar/words/1", handshake_hash, nonce)[:3]
    return WORDS[first], WORDS[second], WORDS[third]


def tip_message(space: SpaceId, document: DocumentId, actor: bytes, seq: int, change_hash: bytes) -> bytes:
    """Lay out the bytes that a device signs for its newest change.

    Label, space (16), document (16), actor (24), seq (unsigned 64 bits, big-endian), hash (32). Raises
    `InvalidSignature` where actor, seq or hash has another size, since no signature over such a tip can be valid.
    """
    if len(actor) != limits.ACTOR_BYTES or len(change_hash) != _HASH_BYTES or not 0 <= seq <= _SEQ_MAX:
        raise InvalidSignature("A tip names an actor, a number or a hash of the wrong size.")
    place = ids.raw_bytes(space) + ids.raw_bytes(document)
    return b"collar/tip/1" + place + actor + seq.to_bytes(8, "big") + change_hash


def enrol_message(space: SpaceId, enroller: DeviceId, public: PublicKeys, person: PersonId) -> bytes:
    """Lay out the bytes that a new device signs to join: label, space, enroller, both its keys, whose device it is."""
    place = ids.raw_bytes(space) + ids.raw_bytes(enroller)
    return b"collar/enrol/1" + place + public.signing + public.exchange + ids.raw_bytes(person)


def remove_message(space: SpaceId, remover: DeviceId, removed: DeviceId) -> bytes:
    """Lay out the bytes that a device signs to remove another of its person: label, space, remover, removed.

    Whoever shows it to the removed device proves to it that it was removed, and tells it nothing else.
    """
    return b"collar/remove/1" + b"".join(map(ids.raw_bytes, (space, remover, removed)))


def _digest(label: bytes, *parts: bytes) -> bytes:
    """16 bytes; all parts but the last have a fixed length, so that no two inputs read alike."""
    return hashlib.sha256(b"".join((label, *parts))).digest()[: ids.SHORT_BYTES]
