"""Messages come out as they went in; from a peer's bytes comes a message within its bounds, or `InvalidFrame`."""

import tracemalloc
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core import wire
from collar_sync.core.durable import Tip
from collar_sync.core.wire import Changes, Farewell, Have, Hello, Holding, Hush, Known, Message, Snapshot, Stored, Tell
from collar_sync.errors import InvalidFrame, OtherVersion

actors = st.binary(min_size=limits.ACTOR_BYTES, max_size=limits.ACTOR_BYTES)
hashes = st.binary(min_size=32, max_size=32)
seqs = st.integers(1, limits.OP_COUNTER_MAX)
documents = st.text(max_size=64)
known = st.lists(st.builds(Known, actors, seqs, hashes), max_size=4).map(tuple)
tips = st.lists(st.builds(Tip, actors, seqs, hashes, st.binary(max_size=64)), max_size=4).map(tuple)
holdings = st.lists(st.builds(Holding, documents, hashes, st.none() | known), max_size=4).map(tuple)
raws = st.lists(st.binary(max_size=2_000), max_size=4).map(tuple)
openings = st.binary(min_size=wire.OPENING_BYTES, max_size=wire.OPENING_BYTES)
numbers = st.integers(1, (1 << 53) - 1)
kinds = st.text(min_size=1, max_size=limits.AIR_KIND_CHARACTERS_MAX)
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Hello, st.integers(1, 9), st.integers(1, 9)),
    st.builds(Have, holdings, st.booleans(), st.booleans(), st.booleans()),
    st.builds(Changes, documents, raws, tips),
    st.builds(Snapshot, documents, st.binary(max_size=3_000), tips),
    st.builds(Stored, documents, known),
    st.builds(Farewell, st.text(max_size=256)),
    st.builds(
        Tell, openings, numbers, kinds, st.binary(max_size=2_048), st.integers(1, limits.AIR_LIFETIME_MILLISECONDS_MAX)
    ),
    st.builds(Hush, openings, numbers, kinds),
)


def packed(*items: object) -> bytes:
    return b"\x00" + msgspec.msgpack.encode(items)


@given(messages)
def test_every_message_comes_out_as_it_went_in(message: Message) -> None:
    assert wire.decode(wire.encode(message)) == message


def test_a_long_message_is_compressed_and_a_short_one_is_not() -> None:
    long, short = Farewell("a" * 256), Snapshot("document", b"a" * 5_000, ())
    assert wire.encode(long)[:1] == b"\x00"
    assert wire.encode(short)[:1] == b"\x01"
    assert len(wire.encode(short)) < 200
    assert wire.decode(wire.encode(short)) == short


def test_what_does_not_shrink_is_sent_plain() -> None:
    noise = Snapshot("document", zlib.compress(bytes(range(256)) * 8) + bytes(i * i % 251 for i in range(1_500)), ())
    assert len(wire.encode(noise)) <= len(msgspec.msgpack.encode(noise)) + 1


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_a_message_or_an_invalid_frame_and_nothing_else(data: bytes) -> None:
    for attempt in (data, b"\x00" + data, b"\x01" + data, b"\x01" + zlib.compress(data)):
        try:
            wire.decode(attempt)
        except InvalidFrame:
            continue


@given(messages, st.data())
def test_a_damaged_message_is_a_message_or_an_invalid_frame_and_nothing_else(
    message: Message, data: st.DataObject
) -> None:
    raw = bytearray(wire.encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        wire.decode(bytes(raw))
    except InvalidFrame:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x02" + msgspec.msgpack.encode([5, "bye"]),
        b"\x00\x92\x05\xa2\xff\xfe",  # a text that is no text
        b"\x00" + b"\x91" * 5_000 + b"\x01",
        packed(6, "bye"),
        packed(5, "a" * 257),
        packed(5),
        packed(3, "document", "text", []),
        packed(4, "d" * 65, []),
        packed(4, "document", [[b"a" * 23, 1, b"h" * 32]]),
        packed(4, "document", [[b"a" * 25, 1, b"h" * 32]]),
        packed(4, "document", [[b"a" * 24, 0, b"h" * 32]]),
        packed(4, "document", [[b"a" * 24, limits.OP_COUNTER_MAX + 1, b"h" * 32]]),
        packed(4, "document", [[b"a" * 24, 1, b"h" * 31]]),
        packed(1, [["document", b"h" * 33, None]], True, True),
        packed(1, [["document", b"h" * 32, None]] * (limits.DOCUMENTS_MAX + 1), True, True),
        packed(2, "document", [b""] * (limits.BATCH_OPS_MAX + 1), []),
        packed(4, "document", [[b"a" * 24, 1, b"h" * 32]] * (limits.ACTORS_MAX + 1)),
        packed(2, "document", [], [[b"a" * 24, "1", b"h" * 32, b"s" * 64]]),
        b"\x00" + msgspec.msgpack.encode([5, "bye"]) + b"more",
        b"\x01" + zlib.compress(msgspec.msgpack.encode([5, "bye"])) + b"more",
        b"\x01" + zlib.compress(msgspec.msgpack.encode([5, "bye"]))[:-1],
    ],
)
def test_what_is_beyond_its_form_or_bounds_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidFrame):
        wire.decode(data)


@pytest.mark.parametrize("size", [limits.MESSAGE_BYTES_MAX + 1, 8 * limits.MESSAGE_BYTES_MAX])
def test_a_message_that_inflates_beyond_all_bounds_is_refused_within_them(size: int) -> None:
    packer = zlib.compressobj(1)
    step = bytes(1 << 20)
    bomb = b"\x01" + b"".join(packer.compress(step[: min(len(step), size - at)]) for at in range(0, size, len(step)))
    bomb += packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(InvalidFrame):
            wire.decode(bomb)
        assert tracemalloc.get_traced_memory()[1] < 4 * limits.MESSAGE_BYTES_MAX
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "fields",
    [
        (8, b"short", 1, "app/line", b"", 1),
        (8, b"opening1", 0, "app/line", b"", 1),
        (8, b"opening1", 1, "", b"", 1),
        (8, b"opening1", 1, "x" * (limits.AIR_KIND_CHARACTERS_MAX + 1), b"", 1),
        (8, b"opening1", 1, "app/line", bytes(limits.AIR_BODY_BYTES_MAX + 1), 1),
        (8, b"opening1", 1, "app/line", b"", 0),
        (8, b"opening1", 1, "app/line", b"", limits.AIR_LIFETIME_MILLISECONDS_MAX + 1),
        (9, b"opening1", 1 << 53, "app/line"),
    ],
)
def test_a_word_in_passing_beyond_a_bound_is_no_message(fields: tuple[object, ...]) -> None:
    with pytest.raises(InvalidFrame):
        wire.decode(packed(*fields))


def test_a_plain_message_beyond_the_bound_is_refused() -> None:
    with pytest.raises(InvalidFrame, match="larger than any message"):
        wire.decode(packed(3, "document", bytes(limits.MESSAGE_BYTES_MAX), []))


@given(st.integers(1, 6), st.integers(0, 4), st.integers(1, 6), st.integers(0, 4))
def test_two_devices_agree_on_the_newest_version_that_both_speak_or_both_say_which_to_update(
    oldest: int, more: int, their_oldest: int, their_more: int
) -> None:
    mine, theirs = (oldest, oldest + more), (their_oldest, their_oldest + their_more)
    common = set(range(mine[0], mine[1] + 1)) & set(range(theirs[0], theirs[1] + 1))
    if common:
        assert wire.agree(Hello(*theirs), oldest=mine[0], newest=mine[1]) == max(common)
        assert wire.agree(Hello(*mine), oldest=theirs[0], newest=theirs[1]) == max(common)
        return
    here, there = ("this", "the other") if mine[1] < theirs[0] else ("the other", "this")
    with pytest.raises(OtherVersion, match=f"Update the app on {here} device"):
        wire.agree(Hello(*theirs), oldest=mine[0], newest=mine[1])
    with pytest.raises(OtherVersion, match=f"Update the app on {there} device"):
        wire.agree(Hello(*mine), oldest=theirs[0], newest=theirs[1])


def test_what_a_later_version_adds_to_its_hello_is_passed_over() -> None:
    assert wire.decode(packed(0, 2, 7, "more", {"things": 1})) == Hello(2, 7)
