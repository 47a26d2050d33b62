"""Session messages ⇄ bytes. Knows the form of a message and its bounds, never what it means.

Everything here travels inside an authenticated channel; it is bounded all the same, since a paired device may run
altered software. A message is one byte (0 plain, 1 zlib) and a msgpack array.
"""

import zlib
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from collar_sync import limits
from collar_sync.core.durable import Tip
from collar_sync.core.equivocation import Proof
from collar_sync.errors import InvalidFrame, OtherVersion

COMPRESS_ABOVE_BYTES: Final = 1_024  # below, zlib gains less than Padmé gives away

Actor = Annotated[bytes, Meta(min_length=limits.ACTOR_BYTES, max_length=limits.ACTOR_BYTES)]
Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]
Sequence = Annotated[int, Meta(ge=1, le=limits.OP_COUNTER_MAX)]
Document = Annotated[str, Meta(max_length=64)]
_Changes = Annotated[tuple[bytes, ...], Meta(max_length=limits.BATCH_OPS_MAX)]  # each has an operation or more
_Tips = Annotated[tuple[Tip, ...], Meta(max_length=limits.ACTORS_MAX)]


class Known(msgspec.Struct, frozen=True, array_like=True):
    """The newest change of one actor that the sender has: an entry of its version vector."""

    actor: Actor
    seq: Sequence
    hash: Hash


class Holding(msgspec.Struct, frozen=True, array_like=True):
    """What the sender has of one document: the digest of its version vector, and the vector where there was room."""

    document: Document
    digest: Hash
    known: Annotated[tuple[Known, ...], Meta(max_length=limits.ACTORS_MAX)] | None


class Have(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """What the sender has. `complete` says that it has no document but these; `durable`, that all of it is on disk.

    `again` says that what was sent of these documents could not be kept, and is to be sent once more.
    """

    holdings: Annotated[tuple[Holding, ...], Meta(max_length=limits.DOCUMENTS_MAX)]
    complete: bool
    durable: bool
    again: bool = False


class Changes(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """Raw changes in causal order, and the signed tip of every actor among them."""

    document: Document
    changes: _Changes
    tips: _Tips


class Snapshot(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """A whole document as one Automerge document chunk, and the signed tip of each of its actors."""

    document: Document
    chunk: bytes
    tips: _Tips


class Stored(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """These changes of the document, and all before them, are on the sender's disk. Stored is not read."""

    document: Document
    known: Annotated[tuple[Known, ...], Meta(max_length=limits.ACTORS_MAX)]


class Farewell(msgspec.Struct, frozen=True, array_like=True, tag=5):
    """Why the sender closes this connection, in words.

    `parted` says that it keeps none with this device any more, since that was removed or its person left; `removal` is
    by whose device, and that one's signature for it.
    """

    reason: Annotated[str, Meta(max_length=256)]
    parted: bool = False
    removal: tuple[Document, Annotated[bytes, Meta(max_length=64)]] | None = None


class Hello(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """The versions of this protocol that the sender speaks; the first message of each side. Its form never changes.

    What a later version adds to it comes at the end and is passed over.
    """

    oldest: Annotated[int, Meta(ge=1)]
    newest: Annotated[int, Meta(ge=1)]


class Proven(msgspec.Struct, frozen=True, array_like=True, tag=6):
    """A proof that a device signed two histories; each before anything else, and to everybody once it is known."""

    proof: Proof


class Testimony(msgspec.Struct, frozen=True, array_like=True, tag=7):
    """What is held of a document that was split: nobody takes its changes any more; what was said in them counts."""

    document: Document
    changes: Annotated[tuple[bytes, ...], Meta(max_length=limits.TESTIMONY_CHANGES_MAX)]
    tips: _Tips


OPENING_BYTES: Final = 8  # random, drawn when a device first tells something after being opened

_Opening = Annotated[bytes, Meta(min_length=OPENING_BYTES, max_length=OPENING_BYTES)]
_Kind = Annotated[str, Meta(min_length=1, max_length=limits.AIR_KIND_CHARACTERS_MAX)]
_Number = Annotated[int, Meta(ge=1, lt=1 << 53)]


class Tell(msgspec.Struct, frozen=True, array_like=True, tag=8):
    """A word in passing, in place of the one of that kind before; `number` grows while the sender is open.

    `lifetime` is how many milliseconds it has left. It is kept in memory, never passed on, never stored.
    """

    opening: _Opening
    number: _Number
    kind: _Kind
    body: Annotated[bytes, Meta(max_length=limits.AIR_BODY_BYTES_MAX)]
    lifetime: Annotated[int, Meta(ge=1, le=limits.AIR_LIFETIME_MILLISECONDS_MAX)]


class Hush(msgspec.Struct, frozen=True, array_like=True, tag=9):
    """The word of that kind is taken back."""

    opening: _Opening
    number: _Number
    kind: _Kind


Message = Hello | Have | Changes | Snapshot | Stored | Farewell | Proven | Testimony | Tell | Hush

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Message)


def agree(hello: Hello, *, oldest: int = limits.WIRE_VERSION_OLDEST, newest: int = limits.WIRE_VERSION) -> int:
    """The newest version that both sides speak; raises `OtherVersion`, in words that say which side to update."""
    version = min(hello.newest, newest)
    if version < max(hello.oldest, oldest):
        which = "newer" if hello.oldest > newest else "older"
        update = "Update the app on this device" if which == "newer" else "Update the app on the other device"
        raise OtherVersion(f"It runs a version of this app that is too much {which}. {update}, then both sync again.")
    return version


def encode(message: Message) -> bytes:
    """The bytes of a message, compressed where that pays."""
    plain = _encoder.encode(message)
    if len(plain) > COMPRESS_ABOVE_BYTES:
        packed = zlib.compress(plain, 1)
        if len(packed) < len(plain):
            return b"\x01" + packed
    return b"\x00" + plain


def decode(data: bytes) -> Message:
    """The message, or `InvalidFrame`; never inflates beyond `MESSAGE_BYTES_MAX`."""
    if data[:1] == b"\x00":
        plain = data[1:]
    elif data[:1] == b"\x01":
        plain = _inflate(data[1:])
    else:
        raise InvalidFrame("A message of an unknown form came; the other device may run a newer version.")
    if len(plain) > limits.MESSAGE_BYTES_MAX:
        raise InvalidFrame("A message was larger than any message may be.")
    try:
        message: Message = _decoder.decode(plain)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidFrame("A message could not be read; the other device may run a newer version.") from error
    return message


def _inflate(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(packed, limits.MESSAGE_BYTES_MAX)
    except zlib.error as error:
        raise InvalidFrame("A compressed message was damaged.") from error
    if inflater.unconsumed_tail or not inflater.eof or inflater.unused_data:
        raise InvalidFrame("A compressed message was damaged or larger than any message may be.")
    return plain
