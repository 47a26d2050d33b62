"""The frames of a pairing ⇄ what they say: their sizes, their payloads, and the reasons why one ends.

Knows the form of each frame and its bounds, no key and no order of steps.
"""

import enum
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

from collar_sync.core import identity
from collar_sync.core.identity import KEY_BYTES, SIGNATURE_BYTES, PublicKeys
from collar_sync.core.mishaps import Mishap
from collar_sync.core.noise import TAG_BYTES
from collar_sync.core.people import is_name
from collar_sync.errors import CollarError, HandshakeFailed, LocalError
from collar_sync.ids import DeviceId, PersonId, SpaceId

KIND: Final = b"\x02"  # the first byte of every frame of a pairing
VERSION: Final = 1  # of the pairing alone

_SPAKE_BYTES: Final = 33
PROOF_BYTES: Final = 32
NONCE_BYTES: Final = 32
COMMITMENT_BYTES: Final = 32  # to a nonce
_PAYLOAD_BYTES: Final = 2_048  # three names of the greatest size in every script, keys, ids and a signature
_LENGTH_BYTES: Final = 2

Body = TypeVar("Body", "Offer", "Joining")


class Step(enum.IntEnum):
    """The second byte of each frame."""

    REFUSE = 0
    HELLO = 1
    ANSWER = 2
    PROVE = 3
    OFFER = 4
    JOIN = 5
    DECIDE = 6
    WELCOME = 7


class Verdict(enum.IntEnum):
    """What one side makes of the three words; the last two are the inviter's, of a device that it knows already."""

    YES = 1
    DIFFER = 2
    STOPPED = 3
    LATE = 4
    HERE = 5
    GONE = 6


class Reason(enum.IntEnum):
    """Why a side ends a pairing before there are words."""

    WRONG_CODE = 1
    OTHER_VERSION = 2
    STOPPED = 3


_BODY_BYTES: Final = {
    Step.REFUSE: 2,
    Step.HELLO: 1 + KEY_BYTES + COMMITMENT_BYTES + _SPAKE_BYTES,
    Step.ANSWER: KEY_BYTES + _SPAKE_BYTES,
    Step.PROVE: PROOF_BYTES + KEY_BYTES + TAG_BYTES,
    Step.OFFER: PROOF_BYTES + 2 * KEY_BYTES + TAG_BYTES + _PAYLOAD_BYTES + TAG_BYTES,
    Step.JOIN: KEY_BYTES + TAG_BYTES + _PAYLOAD_BYTES + TAG_BYTES,
    Step.DECIDE: 1 + SIGNATURE_BYTES + TAG_BYTES,
    Step.WELCOME: 1 + TAG_BYTES,
}

FRAME_BYTES: Final = 2_176 + TAG_BYTES  # of every one: a step of Padmé in which the longest has room


class Offer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a joining device is invited to, and by whom; `own` says: as another device of that person."""

    space: SpaceId
    space_name: str
    person: PersonId
    person_name: str
    device_name: str
    public: PublicKeys
    own: bool = False

    def person_of(self, device: DeviceId) -> PersonId:
        """Whose device the joining one becomes."""
        return self.person if self.own else identity.person_of(device)


class Joining(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Who joins: a device and its person's name, which counts where the offer makes it a person of its own.

    `nonce` is what the first frame committed to, and `here` says that the joining device has that space already, and
    its own part in it.
    """

    public: PublicKeys
    person_name: str
    device_name: str
    nonce: Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
    here: bool = False


def refusal(reason: Reason) -> bytes:
    """Give the frame that says why this side ends a pairing before there are words."""
    return frame_of(Step.REFUSE, bytes((reason, VERSION)))


def frame_of(step: Step, body: bytes) -> bytes:
    """Put a frame together, with zeros up to the one size that they all have."""
    return (KIND + bytes((step,)) + body).ljust(FRAME_BYTES, b"\0")


def body_of(frame: bytes, step: Step) -> bytes:
    """What a frame of this step says; raises why the other side ended it instead, where it did."""
    kind, body = frame[:2], frame[2:]
    said = Step.REFUSE if kind == KIND + bytes((Step.REFUSE,)) and step <= Step.JOIN else step
    if kind != KIND + bytes((said,)):
        raise disturbed()
    if said is Step.HELLO and body and body[0] != VERSION:  # whatever follows there
        raise _other_version(body[0])
    body, rest = body[: _BODY_BYTES[said]], body[_BODY_BYTES[said] :]
    if len(frame) != FRAME_BYTES or any(rest):
        raise disturbed()
    if said is Step.REFUSE:
        raise _refused(body[0], body[1], step)
    return body


def _refused(reason: int, version: int, step: Step) -> CollarError:
    match reason:
        case Reason.WRONG_CODE if step is Step.OFFER:
            return Mishap.WRONG_CODE.error()
        case Reason.OTHER_VERSION if version != VERSION:
            return _other_version(version)
        case Reason.STOPPED:
            return Mishap.STOPPED_THERE.error()
        case _:
            return disturbed()


def _other_version(version: int) -> LocalError:
    return (Mishap.NEWER_THERE if version > VERSION else Mishap.OLDER_THERE).error()


def disturbed() -> HandshakeFailed:
    """What is raised for anything that no honest other side sends."""
    return HandshakeFailed(Mishap.DISTURBED.sentence)


def pack(body: Offer | Joining) -> bytes:
    """A payload, of one size whatever it says."""
    raw = msgspec.msgpack.encode(body)
    return (len(raw).to_bytes(_LENGTH_BYTES, "big") + raw).ljust(_PAYLOAD_BYTES, b"\0")


def unpack(payload: bytes, kind: type[Body]) -> Body:
    """What a payload says; raises `HandshakeFailed`."""
    end = _LENGTH_BYTES + int.from_bytes(payload[:_LENGTH_BYTES], "big")
    if any(payload[end:]):
        raise disturbed()
    try:
        return msgspec.msgpack.decode(payload[_LENGTH_BYTES:end], type=kind)
    except (msgspec.MsgspecError, ValueError) as error:
        raise disturbed() from error


def are_names(*names: str) -> bool:
    """Tell whether each is a name: not blank, not too long, and of characters that can be shown on one line."""
    return all(map(is_name, names))
