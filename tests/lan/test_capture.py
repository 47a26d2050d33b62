"""The search for words on the wire finds them, whether cut in two by TCP, masked by the client or encoded."""

import base64
import struct
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lan import capture
from tests.lan.bed import Bed
from tests.lan.capture import Views

SERVER = """
import asyncio, websockets.asyncio.server
async def main():
    async def talk(connection):
        async for message in connection:
            await connection.send("heard: " + message)
    async with websockets.asyncio.server.serve(talk, "", 7000, compression=None):
        print("ready", flush=True)
        await asyncio.Future()
asyncio.run(main())
"""
CLIENT = """
import asyncio, sys, websockets.asyncio.client
async def main():
    async with websockets.asyncio.client.connect(f"ws://{sys.argv[1]}:7000", compression=None) as connection:
        for word in sys.argv[2:]:
            await connection.send(word)
            print(await connection.recv())
asyncio.run(main())
"""
ALEX, SAM = b"\x0a\x4d\x00\x01", b"\x0a\x4d\x00\x02"


def frame(sequence: int, payload: bytes, *, flags: int = 0x10, six: bool = False, back: bool = False) -> bytes:
    """An Ethernet frame with one TCP segment from Alex to Sam, or back."""
    source, target = (SAM, ALEX) if back else (ALEX, SAM)
    ports = (7000, 4000) if back else (4000, 7000)
    tcp = struct.pack("!HHIIBBHHH", *ports, sequence & 0xFFFFFFFF, 0, 5 << 4, flags, 0, 0, 0) + payload
    if six:
        lead = b"\xfe\x80" + bytes(10)
        packet = struct.pack("!IHBB", 6 << 28, len(tcp), 6, 64) + lead + source + lead + target + tcp
        return bytes(12) + b"\x86\xdd" + packet
    packet = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + source + target + tcp
    return (bytes(12) + b"\x08\x00" + packet).ljust(60, b"\0")  # short frames are padded on Ethernet


def test_in_a_plaintext_conversation_every_word_is_found_though_the_client_masked_its_own(tmp_path: Path) -> None:
    words = {"title": "Evening check-in", "accents": "après-midi à deux", "long": "so much to say " * 20_000}
    with Bed("alex", "sam") as bed:
        server = subprocess.Popen([*bed.enter("sam"), sys.executable, "-c", SERVER], stdout=subprocess.PIPE)
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == b"ready\n"
            with bed.capture(tmp_path / "seen.pcap"):
                for word in words.values():
                    for start in range(0, len(word), 100_000):  # as much as one argument may hold
                        piece = word[start : start + 100_000]
                        heard = bed.run("alex", sys.executable, "-c", CLIENT, bed.addresses["sam"], piece)
                        assert heard == f"heard: {piece}\n"
        finally:
            server.kill()
            server.communicate()
    views = Views.of(tmp_path / "seen.pcap")
    found = views.find({**words, "long": words["long"][:90_000]})
    assert found["title"] == {"packets: as it is", "streams: as it is", "messages: as it is"}
    assert "messages: as it is" in found["accents"]
    assert found["long"] == {"streams: as it is", "messages: as it is"}, "too long for one packet, whole in the stream"
    from_alex = [stream for stream in views.streams if stream.startswith(b"GET ")]
    assert from_alex
    assert not any(b"Evening" in stream for stream in from_alex), "masked, so only unmasking can find it"
    assert sum(b"Evening check-in" in message for message in views.messages) == 2, "asked and heard"


def test_a_word_cut_in_two_sent_twice_and_out_of_order_is_put_together() -> None:
    frames = [
        frame(99, b"", flags=2),
        frame(100, b"Even"),
        frame(107, b"check-in"),
        frame(100, b"Eveni"),
        frame(104, b"ing"),
        frame(115, b"", flags=0x11),
    ]
    (stream,) = capture.streams(frames)
    assert stream.data() == b"Evencheck-in"[:4] + b"ing" + b"check-in"
    assert stream.complete()


@given(
    st.binary(min_size=1, max_size=300),
    st.integers(0, 2**32 - 1),
    st.randoms(use_true_random=False),
    st.sampled_from([4, 6]),
)
def test_whatever_the_cuts_repeats_order_and_start_the_stream_reads_as_it_was_sent(
    sent: bytes, start: int, random: Random, version: int
) -> None:
    pieces = [(offset, sent[offset : offset + random.randrange(1, 40)]) for offset in range(0, len(sent), 7)]
    pieces += [(offset, sent[offset : offset + 7]) for offset in range(0, len(sent), 7)]
    random.shuffle(pieces)
    frames = [frame(start - 1, b"", flags=2, six=version == 6)]
    frames += [frame(start + at, piece, six=version == 6) for at, piece in pieces]
    (stream,) = capture.streams(frames)
    assert stream.complete()
    assert stream.data() == sent


def test_a_hole_is_noticed_and_the_two_directions_and_two_connections_are_kept_apart() -> None:
    holed = capture.streams([frame(0, b"", flags=2), frame(1, b"ab"), frame(5, b"ef")])
    assert not holed[0].complete()
    two = capture.streams(
        [
            frame(0, b"", flags=2),
            frame(1, b"one"),
            frame(500, b"", flags=0x12, back=True),
            frame(501, b"back", back=True),
            frame(9000, b"", flags=2),
            frame(9001, b"two"),
        ]
    )
    assert [stream.data() for stream in two] == [b"one", b"back", b"two"]


def test_other_traffic_is_no_segment_and_a_fragment_is_refused() -> None:
    assert capture.segment(bytes(12) + b"\x08\x06" + bytes(46)) is None
    fragment = bytearray(frame(1, b"x"))
    fragment[20] = 0x20
    with pytest.raises(ValueError, match="fragment"):
        capture.segment(bytes(fragment))


def test_masked_frames_of_every_size_are_unmasked_and_joined_past_a_ping_between_them() -> None:
    mask = b"\x11\x22\x33\x44"

    def masked(opcode: int, payload: bytes) -> bytes:
        size = len(payload)
        if size < 126:
            head = bytes([opcode, 0x80 | size])
        elif size < 1 << 16:
            head = bytes([opcode, 0xFE]) + struct.pack("!H", size)
        else:
            head = bytes([opcode, 0xFF]) + struct.pack("!Q", size)
        return head + mask + capture.mask_with(mask, payload)

    upgrade = b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    sent = (
        masked(0x02, b"Even") + masked(0x89, b"ping") + masked(0x80, b"ing" + b"x" * 200) + masked(0x82, b"y" * 70_000)
    )
    assert b"Even" not in sent
    assert capture.unmasked(upgrade + sent) == b"Evening" + b"x" * 200 + b"y" * 70_000 + b"ping"
    assert capture.unmasked(b"GET / HTTP/1.1\r\n\r\nhello") is None
    with pytest.raises(ValueError, match="no WebSocket frame"):
        capture.unmasked(upgrade + b"\xc1\x00")


@given(
    st.text(min_size=3, max_size=12).filter(lambda word: len(word.encode()) >= 8), st.binary(max_size=9), st.binary()
)
def test_a_word_is_found_in_every_spelling_whatever_stands_around_it(word: str, before: bytes, after: bytes) -> None:
    raw = word.encode()
    around = before + raw + after
    texts = [
        around,
        raw[::-1],
        before + word.encode("utf-16-le") + after,
        before + word.encode("utf-16-be") + after,
        around.hex().encode(),
        around.hex().upper().encode(),
        base64.b64encode(around),
        base64.urlsafe_b64encode(around),
        base64.b32encode(around),
        base64.b32encode(around).lower(),
    ]
    for text in texts:
        views = Views(packets=[], streams=[], messages=[b"noise", text])
        assert views.find({"word": word})["word"], text
    assert Views([b"noise"], [b"more noise"], []).find({"word": word + "!" * 8}) == {}


def test_a_word_so_short_that_chance_would_spell_it_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 bytes"):
        Views([], [], []).find({"word": "collar"})


def test_a_file_that_is_no_capture_or_was_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seen.pcap"
    path.write_bytes(b"not a capture at all, but long enough")
    with pytest.raises(ValueError, match="not a pcap"):
        capture.packets(path)
    header = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
    path.write_bytes(header + struct.pack("<IIII", 0, 0, 3, 3) + b"abc")
    assert capture.packets(path) == [b"abc"]
    path.write_bytes(header + struct.pack("<IIII", 0, 0, 3, 9) + b"abc")
    with pytest.raises(ValueError, match="cut short"):
        capture.packets(path)
