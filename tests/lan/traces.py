"""What a listener could learn without reading a word: what returns the next day, and which sizes tell something.

What the addresses of a computer tell is not hidden, so they are left out; so is what every home says alike, which is
this protocol and tells nothing about anybody: it is what a capture of another home holds too.
"""

import bisect
import re
import struct
from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zeroconf import DNSIncoming, DNSService  # type: ignore[attr-defined]  # public, says its manual

from tests.lan import capture
from tests.lan.capture import Stream

TOKEN_BYTES = 8
_UDP = 17
_TAG_BYTES, _LENGTH_BYTES, _SMALLEST_BYTES = 16, 4, 256  # of a sealed record, as docs/protocol.md has them
PAIRING = b"\x02"
_HANDSHAKE_BYTES = 272
_CLOSE = 8


@dataclass(frozen=True, slots=True)
class Message:
    """What one WebSocket frame carried, unmasked, and when it was sent."""

    at: float
    body: bytes


def payload(frame: bytes) -> bytes:
    """What a program gave the system to send in this Ethernet frame; nothing where the system spoke for itself."""
    seen = capture.segment(frame)
    if seen is not None:
        return seen.payload
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == 0x0800 and frame[23] == _UDP:
        start = 14 + (frame[14] & 15) * 4
    elif kind == 0x86DD and frame[20] == _UDP:
        start = 54
    else:
        return b""
    size = struct.unpack_from("!H", frame, start + 4)[0]
    return frame[start + 8 : start + size]


def talks(path: Path) -> list[list[Message]]:
    """The messages of every direction of every WebSocket connection in a capture."""
    timed = capture.timed(path)
    times = [at for at, _ in timed]
    streams = capture.streams(frame for _, frame in timed)
    return [messages(stream, times) for stream in streams if capture.unmasked(stream.data()) is not None]


def messages(stream: Stream, times: Sequence[float]) -> list[Message]:
    """The binary messages of one direction of a WebSocket connection; `times` are those of all packets."""
    head, end, rest = stream.data().partition(b"\r\n\r\n")
    offset, starts, found = len(head + end), sorted(stream.places), []
    for code, body in capture.websocket_frames(rest):
        if code not in {2, 8, 9, 10}:
            raise ValueError("each message is one frame, and binary")
        if code == 2:
            piece = starts[bisect.bisect_right(starts, offset) - 1]
            found.append(Message(times[stream.places[piece]], body))
        extended = 0 if len(body) < 126 else 2 if len(body) < 1 << 16 else 8
        offset += 2 + extended + (4 if head.startswith(b"GET ") else 0) + len(body)
    return found


def closing(path: Path) -> set[bytes]:
    """What the close frames of a capture say, each a code and perhaps a reason."""
    streams = capture.streams(frame for _, frame in capture.timed(path))
    talks = [stream.data() for stream in streams if capture.unmasked(stream.data()) is not None]
    rests = [talk.partition(b"\r\n\r\n")[2] for talk in talks]
    return {body for rest in rests for code, body in capture.websocket_frames(rest) if code == _CLOSE}


def said(path: Path, begin: float, end: float) -> list[bytes]:
    """What programs sent between two moments: what was in each packet, and each message unmasked."""
    packets = [payload(frame) for at, frame in capture.timed(path) if begin <= at < end]
    return packets + [message.body for talk in talks(path) for message in talk if begin <= message.at < end]


def tokens(texts: Iterable[bytes], addresses: Collection[bytes], common: Container[bytes] = ()) -> set[bytes]:
    """Every run of 8 bytes in the texts, but for what touches an address or one of the `common` runs."""
    found = set()
    apart = re.compile(b"|".join(map(re.escape, addresses)))
    for text in texts:
        for piece in apart.split(text):
            runs = [piece[at : at + TOKEN_BYTES] for at in range(len(piece) - TOKEN_BYTES + 1)]
            known = [at for at, run in enumerate(runs) if run in common]
            covered = {at + shift for at in known for shift in range(1 - TOKEN_BYTES, TOKEN_BYTES)}
            found |= {run for at, run in enumerate(runs) if at not in covered}
    return found


def padded(size: int) -> bool:
    """Whether a sealed record of this size could be Padmé's work: few bits of its length are set, the rest is zero."""
    inside = size - _TAG_BYTES
    if inside < _SMALLEST_BYTES:
        return False
    exponent = inside.bit_length() - 1
    return inside % (1 << (exponent - exponent.bit_length())) == 0


def told_by_size(path: Path) -> list[int]:
    """Sizes of what was said, handshakes and pairings too, that tell more than which step of the padding it is."""
    return [size for talk in talks(path) for size in (len(message.body) for message in talk) if not padded(size)]


def pairing_sizes(path: Path) -> set[int]:
    """The sizes of all that a pairing says; what two devices say that know each other may begin likewise, by chance."""
    pairings = [talk for talk in talks(path) if talk and talk[0].body[:1] == PAIRING]
    return {len(message.body) for talk in pairings for message in talk if len(talk[0].body) != _HANDSHAKE_BYTES}


def announced(path: Path, begin: float, end: float) -> tuple[set[str], set[str], set[str]]:
    """What was announced between two moments, and not just taken back: instances, host names and ports."""
    names: set[str] = set()
    hosts: set[str] = set()
    ports: set[str] = set()
    for at, frame in capture.timed(path):
        if begin <= at < end and (body := payload(frame)) and capture.segment(frame) is None:
            for record in DNSIncoming(body).answers():
                if isinstance(record, DNSService) and record.ttl:
                    names.add(record.name)
                    hosts.add(record.server)
                    ports.add(str(record.port))
    return names, hosts, ports
