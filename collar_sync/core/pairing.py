"""From eight digits said aloud to two devices that know each other's keys: one code, one try.

    1  joiner    fresh key ‖ SPAKE2 A
    2  inviter   fresh key ‖ SPAKE2 B
    3  joiner    proof of the code ‖ XXpsk0 message 1
    4  inviter   proof of the code ‖ XXpsk0 message 2, in it the offer     (or 0: the code was wrong)
    5  joiner    XXpsk0 message 3, in it the joining device
    6  inviter   welcome, sealed, once the enrolment is durable

SPAKE2 lets a stranger test one code a run, and the joiner proves first: so whoever guesses at an inviter has shown it
by then, and the code is burnt. The proofs and the psk are made from the whole transcript: both fresh keys, both SPAKE2
messages, and who is who. The fresh keys are the ephemerals of the Noise handshake. Frames begin with `02` and their
step, and payloads have one fixed size, since names differ in length.

This module knows no connection, no clock (how long a code lives is its caller's), and not how an enrolment is kept.
"""

import enum
import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec
from spake2 import SPAKE2_A, SPAKE2_B
from spake2.ed25519_basic import NotOnCurve
from spake2.spake2 import SPAKEError

from collar_sync import ids, limits
from collar_sync.core import identity
from collar_sync.core.identity import KEY_BYTES, Keys, PublicKeys, hkdf
from collar_sync.core.noise import TAG_BYTES, CipherState, Handshake
from collar_sync.errors import HandshakeFailed, InvalidFrame, InvalidInput, PairingFailed, WrongCode
from collar_sync.ids import PersonId, SpaceId

KIND: Final = b"\x02"  # the first byte of every frame of a pairing
REFUSAL: Final = KIND + b"\x00"  # to be sent before closing, where `Inviter.receive` raised `WrongCode`
CODE_DIGITS: Final = 8

_ENTROPY_BYTES: Final = 16
_SPAKE_BYTES: Final = 33
_PROOF_BYTES: Final = 32
_PAYLOAD_BYTES: Final = 2_048  # three names of the greatest size in every script, keys, ids and a signature
_LENGTH_BYTES: Final = 2
_ROLES: Final = {"idA": b"collar/pair/joiner/1", "idB": b"collar/pair/inviter/1"}
_DISTURBED: Final = "Something that was no part of the pairing came in between. Please try again with a new code."
_OVER: Final = "The pairing has ended. Please ask for a new code, and try again."

Entropy = Callable[[int], bytes]
Body = TypeVar("Body", "Offer", "Joining")


class _Step(enum.IntEnum):
    """The second byte of each frame."""

    REFUSE = 0
    HELLO = 1
    ANSWER = 2
    PROVE = 3
    OFFER = 4
    JOIN = 5
    WELCOME = 6


_BODY_BYTES: Final = {
    _Step.HELLO: KEY_BYTES + _SPAKE_BYTES,
    _Step.ANSWER: KEY_BYTES + _SPAKE_BYTES,
    _Step.PROVE: _PROOF_BYTES + KEY_BYTES + TAG_BYTES,
    _Step.OFFER: _PROOF_BYTES + 2 * KEY_BYTES + TAG_BYTES + _PAYLOAD_BYTES + TAG_BYTES,
    _Step.JOIN: KEY_BYTES + TAG_BYTES + _PAYLOAD_BYTES + TAG_BYTES,
    _Step.WELCOME: TAG_BYTES,
}


class Offer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a joining device is invited to, and by whom."""

    space: SpaceId
    space_name: str
    person: PersonId
    person_name: str
    device_name: str
    public: PublicKeys


class Joining(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Who joins: a device, its person's name, and its signature over the enrolment."""

    public: PublicKeys
    person_name: str
    device_name: str
    proof: bytes


class PairingStep(msgspec.Struct, frozen=True):
    """What came of one frame: what to send, whom it told about, and whether this side is at its end."""

    send: bytes | None = None
    joined: Joining | None = None
    offer: Offer | None = None
    done: bool = False


class Inviter:
    """The side that shows the code. Anything unexpected burns it: every later frame raises `PairingFailed`.

    `static` is the exchange secret that belongs to `offer.public`; `words` are there once somebody joined.
    """

    _theirs: bytes  # the joiner's fresh key; this and the next since HELLO
    _secrets: "_Secrets"
    _handshake: Handshake  # since PROVE

    def __init__(self, code: str, offer: Offer, static: bytes, entropy: Entropy) -> None:
        _check_names(offer.space_name, offer.person_name, offer.device_name)
        self.words: tuple[str, str, str] | None = None
        self._code = normalise(code)
        self._offer = offer
        self._static = static
        self._entropy = entropy
        self._ephemeral = entropy(KEY_BYTES)
        self._expected: _Step | None = _Step.HELLO
        self._sending: CipherState | None = None

    def receive(self, frame: bytes) -> PairingStep:
        """Take the joiner's next frame.

        Raises `WrongCode` (then send `REFUSAL`), `HandshakeFailed` or `PairingFailed`; after each the code is burnt.
        """
        expected, self._expected = self._expected, None  # burnt, unless this frame proves right
        if expected is None:
            raise PairingFailed("This code is used up. Make a new one, and try again.")
        body = _body(frame, expected)
        match expected:
            case _Step.HELLO:
                step, following = self._exchange(body), _Step.PROVE
            case _Step.PROVE:
                step, following = self._prove(body), _Step.JOIN
            case _:
                return self._enrol(body)
        self._expected = following
        return step

    def welcome(self) -> bytes:
        """Give the last frame, once what joined is enrolled and durable; raises `PairingFailed` where nobody joined."""
        sending, self._sending = self._sending, None
        if sending is None:
            raise PairingFailed("Nobody has joined with this code.")
        return _frame(_Step.WELCOME, sending.encrypt(b"", b""))

    def _exchange(self, body: bytes) -> PairingStep:
        self._theirs = body[:KEY_BYTES]
        spake = SPAKE2_B(self._code.encode(), **_ROLES, entropy_f=self._entropy)
        own = identity.exchange_public(self._ephemeral) + spake.start()
        self._secrets = _Secrets(_finish(spake, body[KEY_BYTES:]), joiner=body, inviter=own)
        return PairingStep(send=_frame(_Step.ANSWER, own))

    def _prove(self, body: bytes) -> PairingStep:
        secrets = self._secrets
        if not hmac.compare_digest(body[:_PROOF_BYTES], secrets.joiner_proof):
            raise WrongCode
        self._handshake = handshake = Handshake(
            "XXpsk0",
            initiator=False,
            prologue=secrets.prologue,
            static=self._static,
            static_public=self._offer.public.exchange,
            ephemeral=self._ephemeral,
            psk=secrets.psk,
        )
        _read(handshake, body[_PROOF_BYTES:], self._theirs)
        return PairingStep(send=_frame(_Step.OFFER, secrets.inviter_proof + handshake.write(_pack(self._offer))))

    def _enrol(self, body: bytes) -> PairingStep:
        handshake = self._handshake
        joined = _unpack(_read(handshake, body, self._theirs), Joining)
        public, offer = joined.public, self._offer
        message = identity.enrol_message(offer.space, offer.public.device, public, identity.person_of(public.device))
        if (
            not _are_names(joined.person_name, joined.device_name)
            or handshake.remote_static != public.exchange
            or public.device == offer.public.device
            or not identity.verify(public.signing, message, joined.proof)
        ):
            raise HandshakeFailed(_DISTURBED)
        self.words = identity.safety_words(handshake.handshake_hash)
        self._sending, _ = handshake.split()
        return PairingStep(joined=joined)


class Joiner:
    """The side where the code is typed. After any error, every later frame raises `PairingFailed`.

    `offer` and `words` are there once the inviter's offer came.
    """

    _theirs: bytes  # the inviter's fresh key; this and the next two since ANSWER
    _secrets: "_Secrets"
    _handshake: Handshake
    _receiving: CipherState  # since OFFER

    def __init__(self, code: str, keys: Keys, person_name: str, device_name: str, entropy: Entropy) -> None:
        _check_names(person_name, device_name)
        self.words: tuple[str, str, str] | None = None
        self.offer: Offer | None = None
        self._keys = keys
        self._names = (person_name, device_name)
        self._ephemeral = entropy(KEY_BYTES)
        self._spake = SPAKE2_A(normalise(code).encode(), **_ROLES, entropy_f=entropy)
        self._expected: _Step | None = None
        self._own = b""  # what the first frame said

    def start(self) -> bytes:
        """Give the first frame; once only."""
        if self._own:
            raise PairingFailed(_OVER)
        self._own = identity.exchange_public(self._ephemeral) + self._spake.start()
        self._expected = _Step.ANSWER
        return _frame(_Step.HELLO, self._own)

    def receive(self, frame: bytes) -> PairingStep:
        """Take the inviter's next frame; raises `WrongCode`, `HandshakeFailed` or `PairingFailed`."""
        expected, self._expected = self._expected, None
        if expected is None:
            raise PairingFailed(_OVER)
        if frame == REFUSAL:
            raise WrongCode if expected is _Step.OFFER else PairingFailed(_OVER)
        body = _body(frame, expected)
        match expected:
            case _Step.ANSWER:
                step, following = self._prove(body), _Step.OFFER
            case _Step.OFFER:
                step, following = self._join(body), _Step.WELCOME
            case _:
                return self._finish(body)
        self._expected = following
        return step

    def _prove(self, body: bytes) -> PairingStep:
        self._theirs = body[:KEY_BYTES]
        secrets = _Secrets(_finish(self._spake, body[KEY_BYTES:]), joiner=self._own, inviter=body)
        self._secrets = secrets
        self._handshake = Handshake(
            "XXpsk0",
            initiator=True,
            prologue=secrets.prologue,
            static=self._keys.exchange_secret,
            static_public=self._keys.public.exchange,
            ephemeral=self._ephemeral,
            psk=secrets.psk,
        )
        return PairingStep(send=_frame(_Step.PROVE, secrets.joiner_proof + self._handshake.write(b"")))

    def _join(self, body: bytes) -> PairingStep:
        handshake, public = self._handshake, self._keys.public
        if not hmac.compare_digest(body[:_PROOF_BYTES], self._secrets.inviter_proof):
            raise WrongCode
        offer = _unpack(_read(handshake, body[_PROOF_BYTES:], self._theirs), Offer)
        if (
            not _are_names(offer.space_name, offer.person_name, offer.device_name)
            or not (ids.is_id(offer.space, "space") and ids.is_id(offer.person, "person"))
            or handshake.remote_static != offer.public.exchange
            or offer.public.device == public.device
        ):
            raise HandshakeFailed(_DISTURBED)
        person = identity.person_of(public.device)
        proof = self._keys.sign(identity.enrol_message(offer.space, offer.public.device, public, person))
        last = handshake.write(_pack(Joining(public, *self._names, proof)))
        self.offer = offer
        self.words = identity.safety_words(handshake.handshake_hash)
        _, self._receiving = handshake.split()
        return PairingStep(send=_frame(_Step.JOIN, last), offer=offer)

    def _finish(self, body: bytes) -> PairingStep:
        try:
            self._receiving.decrypt(b"", body)
        except InvalidFrame as error:
            raise HandshakeFailed(_DISTURBED) from error
        return PairingStep(offer=self.offer, done=True)


class _Secrets:
    """What both sides know when their codes were the same, each part under its own label."""

    __slots__ = ("inviter_proof", "joiner_proof", "prologue", "psk")

    def __init__(self, key: bytes, *, joiner: bytes, inviter: bytes) -> None:
        transcript = hashlib.sha256(b"collar/pair/transcript/1" + joiner + inviter).digest()
        self.joiner_proof, self.inviter_proof = (
            hmac.digest(hkdf(key, transcript, b"collar/pair/proof/" + role, 32), transcript, "sha256")
            for role in (b"joiner/1", b"inviter/1")
        )
        self.psk = hkdf(key, transcript, b"collar/pair/psk/1", KEY_BYTES)
        self.prologue = b"collar/xx/1" + transcript


def new_code(entropy: bytes) -> str:
    """Make a code as it is shown, `4829 1730`, from 16 bytes of fresh entropy."""
    if len(entropy) != _ENTROPY_BYTES:
        raise InvalidInput("A code is made from 16 bytes of entropy.")
    digits = f"{int.from_bytes(entropy, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"
    return f"{digits[:4]} {digits[4:]}"


def normalise(code: str) -> str:
    """Reduce a code as somebody typed it to its 8 digits; spaces, dashes and the digits of any script are fine."""
    digits = ""
    for character in code:
        digit = unicodedata.decimal(character, None)
        if digit is not None:
            digits += str(digit)
        elif not character.isspace() and unicodedata.category(character) != "Pd":
            raise InvalidInput("A pairing code is 8 digits and nothing else, like 4829 1730. Please type it again.")
    if len(digits) != CODE_DIGITS:
        raise InvalidInput(
            f"A pairing code is 8 digits, like 4829 1730, and this has {len(digits)}."
            " Please look at the other screen again."
        )
    return digits


def _frame(step: _Step, body: bytes) -> bytes:
    return KIND + bytes((step,)) + body


def _body(frame: bytes, step: _Step) -> bytes:
    if len(frame) != len(KIND) + 1 + _BODY_BYTES[step] or frame[:2] != KIND + bytes((step,)):
        raise HandshakeFailed(_DISTURBED)
    return frame[2:]


def _finish(spake: Any, message: bytes) -> bytes:
    try:
        return bytes(spake.finish(message))
    except (SPAKEError, NotOnCurve, ValueError) as error:
        raise HandshakeFailed(_DISTURBED) from error


def _read(handshake: Handshake, message: bytes, ephemeral: bytes) -> bytes:
    """Read a Noise message whose sender must be the one that began the pairing."""
    try:
        payload = handshake.read(message)
    except HandshakeFailed as error:
        raise HandshakeFailed(_DISTURBED) from error
    if handshake.remote_ephemeral != ephemeral:
        raise HandshakeFailed(_DISTURBED)
    return payload


def _pack(body: Offer | Joining) -> bytes:
    raw = msgspec.msgpack.encode(body)
    return (len(raw).to_bytes(_LENGTH_BYTES, "big") + raw).ljust(_PAYLOAD_BYTES, b"\0")


def _unpack(payload: bytes, kind: type[Body]) -> Body:
    end = _LENGTH_BYTES + int.from_bytes(payload[:_LENGTH_BYTES], "big")
    try:
        return msgspec.msgpack.decode(payload[_LENGTH_BYTES:end], type=kind)
    except (msgspec.MsgspecError, ValueError) as error:
        raise HandshakeFailed(_DISTURBED) from error


def _are_names(*names: str) -> bool:
    """Tell whether each is a name: not blank, not too long, and of characters that can be shown on one line."""
    return all(
        name.strip()
        and len(name) <= limits.NAME_CHARACTERS_MAX
        and not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name)
        for name in names
    )


def _check_names(*names: str) -> None:
    if not _are_names(*names):
        raise InvalidInput("A name needs at least one letter and at most 80 characters, on one line.")
