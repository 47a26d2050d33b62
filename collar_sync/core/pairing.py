"""From eight digits said aloud to two devices that know each other's keys: one code, one try, two people who agree.

    1  joiner    version ‖ fresh key ‖ commitment to a nonce ‖ SPAKE2 A
    2  inviter   fresh key ‖ SPAKE2 B
    3  joiner    proof of the code ‖ XXpsk0 message 1
    4  inviter   proof of the code ‖ XXpsk0 message 2, in it the offer
    5  joiner    XXpsk0 message 3, in it the joining device and its nonce  both show three words now
    6  joiner    its person's verdict, sealed; with a yes its signature over the enrolment
    7  inviter   its person's verdict, sealed; a yes once the enrolment is durable
    0  either    instead of 2 to 5, unsealed: why it ends

SPAKE2 lets a stranger test one code a run, and the joiner proves first: so whoever guesses at an inviter has shown it
by then, and the code is burnt. The proofs and the psk are made from the whole transcript: version, both fresh keys,
both SPAKE2 messages, and who is who. The fresh keys are the ephemerals of the Noise handshake. Frames begin with `02`
and their step, and payloads have one fixed size, since names differ in length. Nothing is signed before the words were
compared, so a "no" leaves nothing that could be used.

The words follow from the handshake's hash up to the offer, and from the nonce. A joiner has said all that goes into
them before the inviter drew anything, an inviter before the nonce is known. So whoever knows the code and stands in
between has one chance in all words, and cannot look for other things to say that would give the same ones.

This module knows no connection, no clock (how long a code lives is its caller's), and not how an enrolment is kept.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

import msgspec
from spake2 import SPAKE2_A, SPAKE2_B
from spake2.ed25519_basic import NotOnCurve
from spake2.spake2 import SPAKEError

from collar_sync import ids
from collar_sync.core import identity
from collar_sync.core.codes import normalise
from collar_sync.core.identity import KEY_BYTES, SIGNATURE_BYTES, Keys, PublicKeys, hkdf
from collar_sync.core.mishaps import Mishap
from collar_sync.core.noise import CipherState, Handshake
from collar_sync.core.pairing_frames import (
    COMMITMENT_BYTES,
    NONCE_BYTES,
    PROOF_BYTES,
    VERSION,
    Joining,
    Offer,
    Step,
    Verdict,
    are_names,
    body_of,
    disturbed,
    frame_of,
    pack,
    unpack,
)
from collar_sync.errors import HandshakeFailed, InvalidFrame

_ROLES: Final = {"idA": b"collar/pair/joiner/1", "idB": b"collar/pair/inviter/1"}

Entropy = Callable[[int], bytes]
Held = Callable[[Offer], tuple[Keys, bool] | None]


def nowhere(_offer: Offer) -> None:
    """What a device that is in no space holds of any."""


class PairingStep(msgspec.Struct, frozen=True):
    """What came of one frame: what to send, and whom or what it told of; `proof` belongs to a YES of the joiner."""

    send: bytes | None = None
    joined: Joining | None = None
    offer: Offer | None = None
    verdict: Verdict | None = None
    proof: bytes = b""


class Inviter:
    """The side that shows the code. Anything unexpected burns it: every later frame raises `PairingFailed`.

    `static` is the exchange secret that belongs to `offer.public`; `words` are there once somebody joined.
    """

    _theirs: bytes  # the joiner's fresh key; this and the next two since HELLO
    _commitment: bytes
    _secrets: "_Secrets"
    _handshake: Handshake  # since PROVE
    _offered: bytes  # the handshake's hash up to the offer, likewise
    _receiving: CipherState  # since JOIN
    _public: PublicKeys  # of who joins, likewise

    def __init__(self, code: str, offer: Offer, static: bytes, entropy: Entropy) -> None:
        _check_names(offer.space_name, offer.person_name, offer.device_name)
        self.words: tuple[str, str, str] | None = None
        self._code = normalise(code)
        self._offer = offer
        self._static = static
        self._entropy = entropy
        self._ephemeral = entropy(KEY_BYTES)
        self._expected: Step | None = Step.HELLO
        self._sending: CipherState | None = None

    def receive(self, frame: bytes) -> PairingStep:
        """Take the joiner's next frame.

        Raises `WrongCode`, `HandshakeFailed` or `PairingFailed`; after each the code is burnt.
        """
        expected, self._expected = self._expected, None  # burnt, unless this frame proves right
        if expected is None:
            raise Mishap.OVER.error()
        body = body_of(frame, expected)
        match expected:
            case Step.HELLO:
                step, self._expected = self._exchange(body), Step.PROVE
            case Step.PROVE:
                step, self._expected = self._prove(body), Step.JOIN
            case Step.JOIN:
                step, self._expected = self._meet(body), Step.DECIDE
            case _:
                step = self._hear(body)
        return step

    def welcome(self, verdict: Verdict = Verdict.YES) -> bytes:
        """Give the last frame: YES once what joined is enrolled and durable, another to undo it all.

        Raises `PairingFailed` where nobody joined, or it was given already.
        """
        sending, self._sending = self._sending, None
        if sending is None:
            raise Mishap.OVER.error()
        return frame_of(Step.WELCOME, sending.encrypt(b"", bytes((verdict,))))

    def _exchange(self, body: bytes) -> PairingStep:
        start = 1 + KEY_BYTES + COMMITMENT_BYTES
        self._theirs, self._commitment = body[1 : 1 + KEY_BYTES], body[1 + KEY_BYTES : start]
        spake = SPAKE2_B(self._code.encode(), **_ROLES, entropy_f=self._entropy)
        own = identity.exchange_public(self._ephemeral) + spake.start()
        self._secrets = _Secrets(_finish(spake, body[start:]), joiner=body, inviter=own)
        return PairingStep(send=frame_of(Step.ANSWER, own))

    def _prove(self, body: bytes) -> PairingStep:
        secrets = self._secrets
        if not hmac.compare_digest(body[:PROOF_BYTES], secrets.joiner_proof):
            raise Mishap.WRONG_CODE.error()
        self._handshake = handshake = Handshake(
            "XXpsk0",
            initiator=False,
            prologue=secrets.prologue,
            static=self._static,
            static_public=self._offer.public.exchange,
            ephemeral=self._ephemeral,
            psk=secrets.psk,
        )
        _read(handshake, body[PROOF_BYTES:], self._theirs)
        offer = handshake.write(pack(self._offer))
        self._offered = handshake.handshake_hash
        return PairingStep(send=frame_of(Step.OFFER, secrets.inviter_proof + offer))

    def _meet(self, body: bytes) -> PairingStep:
        handshake = self._handshake
        joined = unpack(_read(handshake, body, self._theirs), Joining)
        if (
            not are_names(joined.person_name, joined.device_name)
            or handshake.remote_static != joined.public.exchange
            or joined.public.device == self._offer.public.device
            or not hmac.compare_digest(_commitment(joined.nonce), self._commitment)
        ):
            raise disturbed()
        self._public = joined.public
        self.words = identity.safety_words(self._offered, joined.nonce)
        self._sending, self._receiving = handshake.split()
        return PairingStep(joined=joined)

    def _hear(self, body: bytes) -> PairingStep:
        verdict, proof = _verdict(self._receiving, body)
        device, offer = self._public.device, self._offer
        message = identity.enrol_message(offer.space, offer.public.device, self._public, offer.person_of(device))
        forged = verdict is Verdict.YES and not identity.verify(self._public.signing, message, proof)
        if forged or verdict in {Verdict.HERE, Verdict.GONE}:
            raise disturbed()
        return PairingStep(verdict=verdict, proof=proof)


class Joiner:
    """The side where the code is typed. After any error, every later frame raises `PairingFailed`.

    `offer` and `words` are there once the inviter's offer came, and `keys` are those that it joins with. `held` gives
    the keys that this device has in the space of an offer already, and whether its own part in it is here: then it
    joins as the device that it is there.
    """

    _theirs: bytes  # the inviter's fresh key; this and the next two since ANSWER
    _secrets: "_Secrets"
    _handshake: Handshake
    _receiving: CipherState  # since OFFER

    def __init__(
        self, code: str, keys: Keys, person_name: str, device_name: str, entropy: Entropy, held: Held = nowhere
    ) -> None:
        _check_names(person_name, device_name)
        self.words: tuple[str, str, str] | None = None
        self.offer: Offer | None = None
        self.keys = keys
        self._held = held
        self._names = (person_name, device_name)
        self._ephemeral = entropy(KEY_BYTES)
        self._nonce = entropy(NONCE_BYTES)
        self._spake = SPAKE2_A(normalise(code).encode(), **_ROLES, entropy_f=entropy)
        self._expected: Step | None = None
        self._own = b""  # what the first frame said
        self._sending: CipherState | None = None  # until the verdict is given
        self._agreed = False

    def start(self) -> bytes:
        """Give the first frame; once only."""
        if self._own:
            raise Mishap.OVER.error()
        fresh = identity.exchange_public(self._ephemeral)
        self._own = bytes((VERSION,)) + fresh + _commitment(self._nonce) + self._spake.start()
        self._expected = Step.ANSWER
        return frame_of(Step.HELLO, self._own)

    def receive(self, frame: bytes) -> PairingStep:
        """Take the inviter's next frame; raises `WrongCode`, `HandshakeFailed` or `PairingFailed`."""
        expected, self._expected = self._expected, None
        if expected is None:
            raise Mishap.OVER.error()
        body = body_of(frame, expected)
        match expected:
            case Step.ANSWER:
                step, self._expected = self._prove(body), Step.OFFER
            case Step.OFFER:
                step, self._expected = self._join(body), Step.WELCOME
            case _:
                step = self._hear(body)
        return step

    def decide(self, verdict: Verdict) -> bytes:
        """Give the frame with this side's verdict; once only, and raises `PairingFailed` before there are words."""
        sending, self._sending = self._sending, None
        if sending is None or self.offer is None:
            raise Mishap.OVER.error()
        proof = bytes(SIGNATURE_BYTES)
        if verdict is Verdict.YES:
            self._agreed = True
            public, offer = self.keys.public, self.offer
            person = offer.person_of(public.device)
            proof = self.keys.sign(identity.enrol_message(offer.space, offer.public.device, public, person))
        return frame_of(Step.DECIDE, sending.encrypt(b"", bytes((verdict,)) + proof))

    def _prove(self, body: bytes) -> PairingStep:
        self._theirs = body[:KEY_BYTES]
        secrets = _Secrets(_finish(self._spake, body[KEY_BYTES:]), joiner=self._own, inviter=body)
        self._secrets = secrets
        self._handshake = Handshake(
            "XXpsk0",
            initiator=True,
            prologue=secrets.prologue,
            static=self.keys.exchange_secret,
            static_public=self.keys.public.exchange,
            ephemeral=self._ephemeral,
            psk=secrets.psk,
        )
        return PairingStep(send=frame_of(Step.PROVE, secrets.joiner_proof + self._handshake.write(b"")))

    def _join(self, body: bytes) -> PairingStep:
        handshake = self._handshake
        if not hmac.compare_digest(body[:PROOF_BYTES], self._secrets.inviter_proof):
            raise Mishap.WRONG_CODE.error()
        offer = unpack(_read(handshake, body[PROOF_BYTES:], self._theirs), Offer)
        if (
            not are_names(offer.space_name, offer.person_name, offer.device_name)
            or not (ids.is_id(offer.space, "space") and ids.is_id(offer.person, "person"))
            or handshake.remote_static != offer.public.exchange
        ):
            raise disturbed()
        held = self._held(offer)
        if held is not None:
            self.keys = held[0]
            handshake.use_static(self.keys.exchange_secret, self.keys.public.exchange)
        if offer.public.device == self.keys.public.device:
            raise disturbed()
        self.offer = offer
        self.words = identity.safety_words(handshake.handshake_hash, self._nonce)
        here = held is not None and held[1]
        last = handshake.write(pack(Joining(self.keys.public, *self._names, self._nonce, here)))
        self._sending, self._receiving = handshake.split()
        return PairingStep(send=frame_of(Step.JOIN, last), offer=offer)

    def _hear(self, body: bytes) -> PairingStep:
        verdict, _ = _verdict(self._receiving, body)
        if verdict is Verdict.YES and not self._agreed:
            raise disturbed()
        return PairingStep(verdict=verdict)


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


def _commitment(nonce: bytes) -> bytes:
    """What says that a nonce was drawn, and not which."""
    return hashlib.sha256(b"collar/pair/commitment/1" + nonce).digest()


def _finish(spake: Any, message: bytes) -> bytes:
    try:
        return bytes(spake.finish(message))
    except (SPAKEError, NotOnCurve, ValueError) as error:
        raise disturbed() from error


def _read(handshake: Handshake, message: bytes, ephemeral: bytes) -> bytes:
    """Read a Noise message whose sender must be the one that began the pairing."""
    try:
        payload = handshake.read(message)
    except HandshakeFailed as error:
        raise disturbed() from error
    if handshake.remote_ephemeral != ephemeral:
        raise disturbed()
    return payload


def _verdict(receiving: CipherState, body: bytes) -> tuple[Verdict, bytes]:
    try:
        opened = receiving.decrypt(b"", body)
        return Verdict(opened[0]), opened[1:]
    except (InvalidFrame, ValueError) as error:
        raise disturbed() from error


def _check_names(*names: str) -> None:
    if not are_names(*names):
        raise Mishap.NO_NAME.error()
