"""The life of one secure channel between two paired devices, as a table: who may do what, when.

              READY    CALLED   LISTENING  ANSWERED  OPEN    CLOSED
    START     CALLED   -        -          -         -       -
    RECEIVE   -        OPEN     ANSWERED   OPEN      OPEN    -
    SEND      -        -        -          -         OPEN    -
    REKEY     -        -        -          -         OPEN    -

CLOSE leads from everywhere to CLOSED. The initiator is READY, then CALLED; the responder LISTENING, then ANSWERED. A
first message can be a replay, so the responder believes nothing until a record proves that the initiator is there now.
Whatever a peer gets wrong closes the channel. This module knows frames, padding and records; it knows no socket, no
clock, and not what messages say.

On the wire: `01` ‖ KK message 1; KK message 2; then records. Both messages hold zeros, so many that their frames are as
long as the shortest record: sizes tell a stranger what Padmé does, from the first frame on. A message goes as its
length (32 bits, big-endian), itself and zeros up to the padded length, cut into records of the greatest size and one
for the rest, each sealed as one frame. The first message of the initiator is empty: the proof.
A record of the least size whose length is 0xFFFFFFFF is no message: what follows in this direction is under a new key.
"""

import enum
import functools
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Final

from collar_sync import ids, limits
from collar_sync.core import identity, noise
from collar_sync.core.identity import Keys, PublicKeys
from collar_sync.core.noise import CipherState, Handshake
from collar_sync.errors import Closed, CollarError, HandshakeFailed, InvalidFrame, InvalidInput
from collar_sync.ids import DeviceId, SpaceId

KIND: Final = b"\x01"  # the first byte of a connection's first frame, where it asks for such a channel

_HELLO_BYTES: Final = limits.PADDED_BYTES_MIN + noise.TAG_BYTES
_ANSWER: Final = bytes(_HELLO_BYTES - identity.KEY_BYTES - noise.TAG_BYTES)
_CALL: Final = _ANSWER[len(KIND) :]
_LENGTH_BYTES: Final = 4
_REKEY: Final = b"\xff" * _LENGTH_BYTES
_BODY_BYTES_MAX: Final = limits.RECORD_BYTES_MAX - noise.TAG_BYTES


class State(enum.Enum):
    """Where a channel stands."""

    READY = enum.auto()
    CALLED = enum.auto()
    LISTENING = enum.auto()
    ANSWERED = enum.auto()
    OPEN = enum.auto()
    CLOSED = enum.auto()


class Act(enum.Enum):
    """What can be asked of a channel."""

    START = enum.auto()
    RECEIVE = enum.auto()
    SEND = enum.auto()
    REKEY = enum.auto()


NEXT: Final = {
    (State.READY, Act.START): State.CALLED,
    (State.CALLED, Act.RECEIVE): State.OPEN,
    (State.LISTENING, Act.RECEIVE): State.ANSWERED,
    (State.ANSWERED, Act.RECEIVE): State.OPEN,
    (State.OPEN, Act.RECEIVE): State.OPEN,
    (State.OPEN, Act.SEND): State.OPEN,
    (State.OPEN, Act.REKEY): State.OPEN,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that may call: its keys and ours in that space, and the instances of ours that it may have seen."""

    space: SpaceId
    keys: Keys
    peer: PublicKeys
    device: DeviceId
    instances: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """What came of one frame: frames to send back, whole messages, and whether just now the channel was established."""

    send: list[bytes] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    established: bool = False


class Channel:
    """One side of one channel. `peer` is whom it is with, None until that is proved.

    After any error a peer caused (`HandshakeFailed`, `InvalidFrame`) it is closed, and every call raises `Closed`.
    """

    def __init__(self, state: State, candidates: Sequence[Candidate], ephemeral: bytes) -> None:
        self.state = state
        self.peer: Candidate | None = None
        self.handshake_hash = b""
        self.remote_ephemeral = b""  # the caller's, once it proved to be a candidate: to be remembered against replays
        self.caller: tuple[SpaceId, DeviceId] | None = None  # whose key that call was made with
        self._candidates = tuple(candidates)
        self._ephemeral = ephemeral
        self._instance = b""
        self._seen: Container[bytes] = ()
        self._handshake: Handshake | None = None
        self._sending: CipherState | None = None
        self._receiving: CipherState | None = None
        self._parts: list[bytes] = []  # of the message that is coming in
        self._content_missing = 0
        self._padded_missing = 0

    @classmethod
    def initiator(cls, *, keys: Keys, peer: PublicKeys, space: SpaceId, instance: bytes, ephemeral: bytes) -> "Channel":
        """Make the calling side, for one device that listens under this instance; `ephemeral` is 32 fresh bytes."""
        return cls(State.READY, (Candidate(space, keys, peer, peer.device, (instance,)),), ephemeral)

    @classmethod
    def responder(
        cls, candidates: Sequence[Candidate], ephemeral: bytes, seen: Container[bytes] = frozenset()
    ) -> "Channel":
        """Make the listening side, for whichever candidate calls; who repeats an ephemeral of `seen` gets nothing."""
        channel = cls(State.LISTENING, candidates, ephemeral)
        channel._seen = seen
        return channel

    @property
    def instance(self) -> bytes:
        """The instance that a caller named, once it proved to be a candidate."""
        return self._instance

    @property
    def established(self) -> bool:
        """Whether the peer has proved that it is there now."""
        return self.state is State.OPEN

    def start(self) -> bytes:
        """Give the initiator's first frame; raises `HandshakeFailed` where the peer's key is none."""
        following = self._allowed(Act.START)
        (candidate,) = self._candidates
        try:
            self._handshake = self._shake(candidate, candidate.instances[0], initiator=True)
            frame = KIND + self._handshake.write(_CALL)
        except HandshakeFailed:
            self.close()
            raise
        self.state = following
        return frame

    def receive(self, frame: bytes) -> Received:
        """Take one frame of the peer; raises `HandshakeFailed` or `InvalidFrame`, and then the channel is closed."""
        following = self._allowed(Act.RECEIVE)
        try:
            match self.state:
                case State.LISTENING:
                    received = self._answer(frame)
                case State.CALLED:
                    received = self._confirm(frame)
                case State.ANSWERED:
                    received = self._believe(frame)
                case _:
                    received = Received(messages=self._open(frame))
        except CollarError:
            self.close()
            raise
        self.state = following
        return received

    def seal(self, message: bytes) -> list[bytes]:
        """Give the frames that carry a message, to be sent in this order; raises `InvalidInput` above its bound."""
        self._allowed(Act.SEND)
        return self._seal(message)

    def rekey(self) -> list[bytes]:
        """Give the frame after which what this side seals is under a new key."""
        self._allowed(Act.REKEY)
        frame = self._seal_record(_REKEY.ljust(limits.PADDED_BYTES_MIN, b"\0"))
        if self._sending is not None:
            self._sending.rekey()
        return [frame]

    def close(self) -> None:
        """End the channel and forget its keys; may be called at any time."""
        self.state = State.CLOSED
        self._handshake = self._sending = self._receiving = None
        self._ephemeral = b""
        self._candidates = ()
        self._parts = []

    def _allowed(self, act: Act) -> State:
        following = NEXT.get((self.state, act))
        if following is None:
            raise Closed("This connection is closed." if self.state is State.CLOSED else "This connection is not open.")
        return following

    def _shake(
        self,
        candidate: Candidate,
        instance: bytes,
        *,
        initiator: bool,
        agree: Callable[[bytes, bytes], bytes] = identity.agree,
    ) -> Handshake:
        return Handshake(
            "KK",
            initiator=initiator,
            prologue=b"collar/kk/1" + ids.raw_bytes(candidate.space) + instance,
            static=candidate.keys.exchange_secret,
            static_public=candidate.keys.public.exchange,
            remote_static=candidate.peer.exchange,
            ephemeral=self._ephemeral,
            agree=agree,
        )

    def _answer(self, frame: bytes) -> Received:
        """Find out, LISTENING, whose call this is; whoever is no candidate gets not one byte."""
        hello = frame[1:]
        if frame[:1] != KIND or len(frame) != _HELLO_BYTES or hello[: identity.KEY_BYTES] in self._seen:
            raise HandshakeFailed("The first frame was no call, or one that was made before.")
        agree = functools.cache(identity.agree)  # one stranger's frame must not cost a product for every instance
        for candidate in self._candidates:
            for instance in candidate.instances:
                handshake = self._shake(candidate, instance, initiator=False, agree=agree)
                try:
                    padding = handshake.read(hello)
                except HandshakeFailed:
                    continue
                if padding != _CALL:
                    raise HandshakeFailed("The padding of a call is not empty.")
                self.remote_ephemeral = hello[: identity.KEY_BYTES]
                self.caller = (candidate.space, candidate.device)
                self._instance = instance
                answer = handshake.write(_ANSWER)
                self._take_keys(handshake)
                self._candidates = (candidate,)
                return Received(send=[answer])
        raise HandshakeFailed("A device called that is not known here.")

    def _confirm(self, frame: bytes) -> Received:
        """Take, CALLED, the answer, which proves the responder; one empty message proves us."""
        handshake = self._handshake
        if handshake is None or len(frame) != _HELLO_BYTES:
            raise HandshakeFailed("The answer to a call has another size.")
        if handshake.read(frame) != _ANSWER:
            raise HandshakeFailed("The padding of an answer is not empty.")
        self._take_keys(handshake)
        (self.peer,) = self._candidates
        return Received(send=self._seal(b""), established=True)

    def _believe(self, frame: bytes) -> Received:
        """Take, ANSWERED, the first record, which shows that the call was no replay."""
        if self._open(frame) != [b""]:
            raise InvalidFrame("The first record of a caller is an empty message.")
        (self.peer,) = self._candidates
        return Received(established=True)

    def _take_keys(self, handshake: Handshake) -> None:
        self._sending, self._receiving = handshake.split()
        self.handshake_hash = handshake.handshake_hash
        self._handshake = None
        self._ephemeral = b""

    def _seal(self, message: bytes) -> list[bytes]:
        length = len(message)
        if length > limits.MESSAGE_BYTES_MAX:
            raise InvalidInput("This is too much to send at once: 16 MiB at most.")
        body = length.to_bytes(_LENGTH_BYTES, "big") + message
        body = body.ljust(padded_bytes(length), b"\0")
        if len(body) <= _BODY_BYTES_MAX:
            return [self._seal_record(body)]
        return [self._seal_record(body[at : at + _BODY_BYTES_MAX]) for at in range(0, len(body), _BODY_BYTES_MAX)]

    def _seal_record(self, body: bytes) -> bytes:
        if self._sending is None:
            raise Closed("This connection is closed.")
        sealed = self._sending.encrypt(b"", body)
        if self._sending.nonce % limits.REKEY_RECORDS == 0:
            self._sending.rekey()
        return sealed

    def _open(self, frame: bytes) -> list[bytes]:
        """Open one record; the message, where this was its last. Sizes are held to exactly what sealing would make."""
        if self._receiving is None or len(frame) > limits.RECORD_BYTES_MAX:
            raise InvalidFrame("A record is longer than any may be.")
        body = self._receiving.decrypt(b"", frame)
        if self._receiving.nonce % limits.REKEY_RECORDS == 0:
            self._receiving.rekey()
        if self._padded_missing == 0 and body[:_LENGTH_BYTES] == _REKEY:
            if len(body) != limits.PADDED_BYTES_MIN or body.count(0) != len(body) - _LENGTH_BYTES:
                raise InvalidFrame("A change of keys came in a form that none has.")
            self._receiving.rekey()
            return []
        expected, start = self._padded_missing, 0
        if expected == 0:
            start = _LENGTH_BYTES
            self._content_missing = int.from_bytes(body[:start], "big")
            if len(body) < start or self._content_missing > limits.MESSAGE_BYTES_MAX:
                raise InvalidFrame("A message announces more than any may hold.")
            expected = padded_bytes(self._content_missing)
        if len(body) != min(expected, _BODY_BYTES_MAX):
            raise InvalidFrame("A record is not as long as its message needs.")
        end = min(len(body), start + self._content_missing)
        if body.count(0, end) != len(body) - end:
            raise InvalidFrame("The padding of a record is not empty.")
        self._padded_missing = expected - len(body)
        self._content_missing -= end - start
        self._parts.append(body[start:end])
        if self._padded_missing:
            return []
        message = b"".join(self._parts)
        self._parts = []
        return [message]


def padded_bytes(length: int) -> int:
    """Compute how many bytes go under seal for a message of this length (Padmé: at most 12 % more, few sizes)."""
    bare = length + _LENGTH_BYTES
    if bare <= limits.PADDED_BYTES_MIN:
        return limits.PADDED_BYTES_MIN
    exponent = bare.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (bare + mask) & ~mask
