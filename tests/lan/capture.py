"""Reads what somebody on the same network sees: packets, the byte streams in them, the WebSocket messages in those.

A plain search of the packets proves nothing: a word may be cut in two by TCP, and a WebSocket client masks what it
sends. So the search runs over three views: each packet as it is, each TCP direction put together by sequence number,
and each WebSocket direction with its frames unmasked and joined. Written here from the RFCs (791, 8200, 9293, 6455), so
that it shares no mistake with the library it watches, of which it knows nothing.
"""

import base64
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Endpoint = tuple[bytes, int]  # packed address, port
_ETHERNET_IPV4, _ETHERNET_IPV6, _ETHERNET_VLAN = 0x0800, 0x86DD, 0x8100
_TCP = 6
_IPV6_OPTIONS = {0, 43, 60}  # hop-by-hop, routing, destination: skipped to reach TCP
_SYN = 0x02
WORD_BYTES_MIN = 8


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment, as sent."""

    source: Endpoint
    target: Endpoint
    sequence: int
    flags: int
    payload: bytes


@dataclass(slots=True)
class Stream:
    """One direction of one TCP connection, put together by sequence number; what was sent twice counts once."""

    source: Endpoint
    target: Endpoint
    first: int | None = None
    pieces: dict[int, bytes] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)  # of the pieces, among the frames

    def data(self) -> bytes:
        """The bytes in order up to the first hole."""
        joined = bytearray()
        for offset, piece in sorted(self.pieces.items()):
            if offset > len(joined):
                break
            joined += piece[len(joined) - offset :]
        return bytes(joined)

    def complete(self) -> bool:
        """Whether every captured byte of this direction is in `data`."""
        return len(self.data()) == max((offset + len(piece) for offset, piece in self.pieces.items()), default=0)


def packets(path: Path) -> list[bytes]:
    """The link-layer frames of a pcap file, as tcpdump writes it on Ethernet; raises ValueError for anything else."""
    return [frame for _, frame in timed(path)]


def timed(path: Path) -> list[tuple[float, bytes]]:
    """The same, each with the time at which it crossed, in seconds since 1970."""
    raw = path.read_bytes()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(raw[:4])
    if order is None or struct.unpack_from(order + "I", raw, 20)[0] != 1:
        raise ValueError("not a pcap file of Ethernet frames")
    found, offset = [], 24
    while offset + 16 <= len(raw):
        seconds, micros, kept, original = struct.unpack_from(order + "IIII", raw, offset)
        if kept != original or offset + 16 + kept > len(raw):
            raise ValueError("a packet was cut short")
        found.append((seconds + micros / 1e6, raw[offset + 16 : offset + 16 + kept]))
        offset += 16 + kept
    return found


def segment(frame: bytes) -> Segment | None:
    """The TCP segment in an Ethernet frame, None for everything else; raises ValueError on a fragment of one."""
    kind, start = struct.unpack_from("!H", frame, 12)[0], 14
    if kind == _ETHERNET_VLAN:
        kind, start = struct.unpack_from("!H", frame, 16)[0], 18
    packet = frame[start:]
    if kind == _ETHERNET_IPV4 and packet[9] == _TCP:
        if struct.unpack_from("!H", packet, 6)[0] & 0x3FFF:
            raise ValueError("an IP fragment: this reader joins TCP only")
        size = struct.unpack_from("!H", packet, 2)[0]
        return _tcp(packet[12:16], packet[16:20], packet[(packet[0] & 15) * 4 : size])
    if kind == _ETHERNET_IPV6:
        following, body = packet[6], packet[40 : 40 + struct.unpack_from("!H", packet, 4)[0]]
        while following in _IPV6_OPTIONS:
            following, body = body[0], body[(body[1] + 1) * 8 :]
        if following == _TCP:
            return _tcp(packet[8:24], packet[24:40], body)
    return None


def _tcp(source: bytes, target: bytes, body: bytes) -> Segment:
    here, there, sequence = struct.unpack_from("!HHI", body)
    return Segment((source, here), (target, there), sequence, body[13] & 0x3F, body[(body[12] >> 4) * 4 :])


def streams(frames: Iterable[bytes]) -> list[Stream]:
    """Every direction of every TCP connection, in order of first appearance; a new SYN opens a new connection."""
    opened: dict[tuple[Endpoint, Endpoint], Stream] = {}
    found = []
    for place, frame in enumerate(frames):
        seen = segment(frame)
        if seen is None:
            continue
        way = (seen.source, seen.target)
        start = (seen.sequence + 1) & 0xFFFFFFFF if seen.flags & _SYN else seen.sequence
        stream = opened.get(way)
        if stream is None or (seen.flags & _SYN and stream.first != start):
            stream = opened[way] = Stream(seen.source, seen.target, first=start)
            found.append(stream)
        assert stream.first is not None
        offset = (start - stream.first) & 0xFFFFFFFF
        if offset >= 1 << 31:
            raise ValueError("a segment from before the first one: the capture began too late")
        if seen.payload and len(seen.payload) > len(stream.pieces.get(offset, b"")):
            stream.pieces[offset] = seen.payload
            stream.places.setdefault(offset, place)
    return found


def unmasked(data: bytes) -> bytes | None:
    """The payloads of one direction's WebSocket frames, unmasked and joined: those of messages, then those of control.

    None where the stream does not open with an HTTP upgrade; raises ValueError where a frame makes no sense.
    """
    head, _, rest = data.partition(b"\r\n\r\n")
    if re.search(rb"^upgrade:\s*websocket\s*$", head, re.IGNORECASE | re.MULTILINE) is None:
        return None
    read = list(websocket_frames(rest))
    return b"".join(payload for code, payload in sorted(read, key=lambda frame: frame[0] & 8))


def websocket_frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Opcode and unmasked payload of each frame; the last may be incomplete and is given as far as it came."""
    offset = 0
    while offset + 2 <= len(data):
        first, second = data[offset], data[offset + 1]
        if first & 0x70 or (first & 0x0F) not in {0, 1, 2, 8, 9, 10}:
            raise ValueError("no WebSocket frame without extensions begins like this")
        offset += 2
        size = second & 0x7F
        if size >= 126:
            form = "!H" if size == 126 else "!Q"
            if offset + struct.calcsize(form) > len(data):
                return
            size = struct.unpack_from(form, data, offset)[0]
            offset += struct.calcsize(form)
        mask = b""
        if second & 0x80:
            mask, offset = data[offset : offset + 4], offset + 4
        payload = data[offset : offset + size]
        offset += size
        yield first & 0x0F, mask_with(mask, payload) if mask else payload


def mask_with(mask: bytes, payload: bytes) -> bytes:
    """Masks or unmasks, which is the same."""
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload) ^ int.from_bytes(repeated)).to_bytes(len(payload))


def spellings(word: str | bytes) -> dict[str, bytes]:
    """How a word may lie on the wire: the encodings of text, hex, and base64 and base32 at each of their alignments."""
    raw = word.encode() if isinstance(word, str) else word
    found = {"as it is": raw, "backwards": raw[::-1], "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode()}
    if isinstance(word, str):
        found |= {"utf-16-le": word.encode("utf-16-le"), "utf-16-be": word.encode("utf-16-be")}
    for shift in range(3):
        inner = _aligned(base64.b64encode, raw, shift, 6)
        found |= {f"base64+{shift}": inner, f"base64-url+{shift}": inner.translate(bytes.maketrans(b"+/", b"-_"))}
    for shift in range(5):
        inner = _aligned(base64.b32encode, raw, shift, 5)
        found |= {f"base32+{shift}": inner.lower(), f"BASE32+{shift}": inner}
    return found


def _aligned(encode: Callable[[bytes], bytes], raw: bytes, shift: int, bits: int) -> bytes:
    """The characters, of so many bits each, that no neighbour of the word can change, with `shift` bytes before it."""
    first, last = -(-shift * 8 // bits), (shift + len(raw)) * 8 // bits
    return encode(bytes(shift) + raw)[first:last]


@dataclass(frozen=True, slots=True)
class Views:
    """All that a listener has: packets, TCP directions, WebSocket directions."""

    packets: list[bytes]
    streams: list[bytes]
    messages: list[bytes]

    @classmethod
    def of(cls, path: Path) -> "Views":
        """The three views of a capture; raises ValueError where a TCP direction has a hole, which could hide a word."""
        frames = packets(path)
        directions = streams(frames)
        if not all(direction.complete() for direction in directions):
            raise ValueError("the capture of a TCP connection has a hole")
        data = [direction.data() for direction in directions]
        return cls(frames, data, [message for message in map(unmasked, data) if message is not None])

    def find(self, words: Mapping[str, str | bytes]) -> dict[str, set[str]]:
        """Where each word was found: its name → "view: spelling"; a word that was found nowhere is absent.

        Raises ValueError for a word of less than 8 bytes: chance alone would spell it sooner or later.
        """
        if any(len(word if isinstance(word, bytes) else word.encode()) < WORD_BYTES_MIN for word in words.values()):
            raise ValueError("a word to look for has at least 8 bytes")
        found: dict[str, set[str]] = {}
        named = {"packets": self.packets, "streams": self.streams, "messages": self.messages}
        for name, word in words.items():
            for spelling, needle in spellings(word).items():
                for view, texts in named.items():
                    if any(needle in text for text in texts):
                        found.setdefault(name, set()).add(f"{view}: {spelling}")
        return found
