"""What is looked for in a capture beside words: the search finds what returns and what a size tells, and no more."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.core import channel
from tests.lan import traces
from tests.lan.capture import Stream, mask_with

ADDRESS = bytes([10, 77, 0, 2])


@given(st.binary(min_size=8, max_size=8), st.binary(max_size=30), st.binary(max_size=30), st.binary(max_size=30))
def test_eight_bytes_that_return_are_found_wherever_they_stand(
    token: bytes, one: bytes, two: bytes, end: bytes
) -> None:
    assert token in traces.tokens([one + token + two], [ADDRESS * 4]) & traces.tokens(
        [two + token + end], [ADDRESS * 4]
    )


def test_what_every_home_says_and_addresses_are_no_tokens_and_what_stands_beside_them_is_one() -> None:
    common = traces.tokens([b"GET / HTTP/1.1"], [ADDRESS])
    assert traces.tokens([b"GET / HTTP/1.1"], [ADDRESS], common) == set()
    assert b"12345678" in traces.tokens([b"GET / HTTP/1.112345678"], [ADDRESS], common)
    assert traces.tokens([b"only7by" + ADDRESS + b"only7by"], [ADDRESS]) == set()
    assert traces.tokens([b"eightby!" + ADDRESS + b"only7by"], [ADDRESS]) == {b"eightby!"}


def test_every_padded_size_is_recognised_and_hardly_any_other() -> None:
    steps = {channel.padded_bytes(length) + 16 for length in range(60_000)}
    assert {size for size in range(max(steps) + 1) if traces.padded(size)} == steps
    assert len(steps) < 140


@pytest.mark.parametrize("client", [True, False])
def test_each_message_has_the_time_of_the_packet_that_it_began_in(*, client: bool) -> None:
    sizes, mask = (5, 300, 70_000, 1), b"abcd" if client else b""
    head = b"GET / HTTP/1.1\r\n" if client else b"HTTP/1.1 101 Switching\r\n"
    head += b"Upgrade: websocket\r\n\r\n"
    pieces, data, begins = {}, head, []
    for number, size in enumerate(sizes):
        begins.append(len(data))
        flag, body = 0x80 * client, bytes([number]) * size
        length = (
            bytes([flag | size])
            if size < 126
            else bytes([flag | 126]) + struct.pack("!H", size)
            if size < 1 << 16
            else bytes([flag | 127]) + struct.pack("!Q", size)
        )
        data += b"\x82" + length + mask + (mask_with(mask, body) if client else body)
    for at in range(0, len(data), 1_000):
        pieces[at] = data[at : at + 1_000]
    stream = Stream((b"", 1), (b"", 2), first=0, pieces=pieces, places={at: at // 1_000 for at in pieces})
    found = traces.messages(stream, [float(place) for place in range(len(pieces))])
    assert [len(message.body) for message in found] == list(sizes)
    assert [message.at for message in found] == [begin // 1_000 for begin in begins]
