"""Bytes that no honest device sends: each refused with a sentence, at once. Automerge never sees them: it might abort.

Hostile changes are put together here byte by byte, with a valid checksum, so that each meets the check it is aimed at.
"""

import hashlib
import struct
import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core.inspect import HEAD, Action, Change, Op, Value, compose, inspect
from collar_sync.errors import InvalidChange

SECONDS_MAX = 0.05
ALEX, SAM, ROBIN = (bytes([letter]) * limits.ACTOR_BYTES for letter in b"asr")
ONE, TWO = bytes(32), bytes([1] * 32)  # hashes of changes before
OBJECT_ACTOR, OBJECT, KEY_ACTOR, KEY_COUNTER, KEY, INSERT = 0x01, 0x02, 0x11, 0x13, 0x15, 0x34
ACTION, META, VALUE, PREDECESSORS, PREDECESSOR_ACTOR, PREDECESSOR = 0x42, 0x56, 0x57, 0x70, 0x71, 0x73
EXPAND, MARK_NAME, DEFLATED = 0x94, 0xA5, 0x08


def leb(number: int, size: int = 1) -> bytes:
    """LEB128; `size` makes it longer than it need be."""
    out: list[int] = []
    while number > 0x7F or len(out) < size - 1:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def signed(number: int) -> bytes:
    out: list[int] = []
    while not -0x40 <= number < 0x40:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number & 0x7F])


def run(count: int, value: bytes = b"\x00") -> bytes:
    """So many times the same, or, where negative, so many different cells that are not there."""
    return signed(count) + value


def sealed(body: bytes, kind: int = 1) -> bytes:
    """A chunk around a body, with the checksum it must have."""
    hashed = bytes([kind]) + leb(len(body)) + body
    return b"\x85\x6f\x4a\x83" + hashlib.sha256(hashed).digest()[:4] + hashed


def body(raw: bytes) -> bytes:
    """What `sealed` put into a chunk."""
    start = 9
    while raw[start] > 0x7F:
        start += 1
    return raw[start + 1 :]


def packed(found: Iterable[tuple[int, bytes]]) -> bytes:
    found = list(found)
    specs = b"".join(leb(spec) + leb(len(data)) for spec, data in found)
    return leb(len(found)) + specs + b"".join(data for _, data in found)


FIELD = {KEY: b"\x7f\x01a", INSERT: b"\x01", ACTION: b"\x7f\x01", META: b"\x7f\x00", PREDECESSORS: b"\x7f\x00"}
LETTER = {
    OBJECT_ACTOR: b"\x7f\x00",
    OBJECT: b"\x7f\x01",
    KEY_COUNTER: b"\x7f\x00",
    INSERT: b"\x00\x01",
    ACTION: b"\x7f\x01",
    META: b"\x7f\x16",
    VALUE: b"x",
    PREDECESSORS: b"\x7f\x00",
}


def change(
    changed: dict[int, bytes | None] | None = None,
    *,
    base: dict[int, bytes] = FIELD,
    deps: bytes = b"\x00",
    actor: bytes = ALEX,
    seq: bytes = b"\x01",
    start_op: bytes = b"\x05",
    silence: bytes = b"\x00\x00",
    others: bytes = b"\x00",
    columns: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """One change that sets the field `a` of the root to null as its operation 5, but for what is changed."""
    frame = deps + leb(len(actor)) + actor + seq + start_op + silence + others
    found = [(spec, data) for spec, data in sorted((base | (changed or {})).items()) if data is not None]
    return sealed(frame + (columns or packed(found)) + after)


def others(*actors: bytes) -> bytes:
    return leb(len(actors)) + b"".join(leb(len(actor)) + actor for actor in actors)


def valued(meta: int, value: bytes) -> bytes:
    return change({META: b"\x7f" + leb(meta), VALUE: value or None})


def replacing(*predecessors: tuple[int, int], actors: bytes = b"\x00", action: int = 1) -> bytes:
    """The field set, or deleted, in place of operations given as difference of counter and actor's index."""
    count = len(predecessors)
    literal = signed(-count)
    return change(
        {
            ACTION: b"\x7f" + leb(action),
            PREDECESSORS: b"\x7f" + leb(count),
            PREDECESSOR_ACTOR: literal + b"".join(leb(index) for _, index in predecessors),
            PREDECESSOR: literal + b"".join(signed(step) for step, _ in predecessors),
        },
        others=actors,
    )


def many(count: int, changed: dict[int, bytes | None] | None = None) -> bytes:
    """So many operations in some twenty bytes."""
    each = {KEY: b"\x01a", ACTION: b"\x01", META: b"\x00", PREDECESSORS: b"\x00"}
    base = {spec: run(count, value) for spec, value in each.items()}
    return change(changed, base=base | {INSERT: leb(count)})


def sample() -> Change:
    """An ordinary change: a record with its fields, a text, something replaced, something deleted."""
    record, text = (5, ALEX), (9, ALEX)
    return compose(
        actor=ALEX,
        seq=2,
        start_op=5,
        deps=[ONE, TWO],
        ops=[
            Op((2, SAM), "task/1", action=Action.MAKE_MAP, predecessors=((3, SAM), (4, ROBIN))),
            Op(record, "title", value=Value.of("Evening check-in")),
            Op(record, "due", value=Value.of(1_700_000_000_000)),
            Op(record, "weight", value=Value.of(0.5)),
            Op(record, "note", action=Action.MAKE_TEXT),
            Op(text, HEAD, insert=True, value=Value.of("h")),
            Op(text, (10, ALEX), insert=True, value=Value.of("é")),
            Op(text, (10, ALEX), action=Action.DELETE, predecessors=((10, ALEX),)),
            Op(record, "due", action=Action.DELETE, predecessors=((7, ALEX),)),
            Op((1, SAM), "statement", value=Value.of(b"bytes")),
        ],
    )


BILLION = leb(1 << 40)
BODY = body(sample().raw)

BOMBS = {
    "start_op near 2**31": (change(start_op=leb(2**31 - 1)), "beyond what any document"),
    "start_op near 2**32": (change(start_op=leb(2**32 - 1)), "beyond what any document"),
    "start_op of 64 bits": (change(start_op=leb(2**64 - 1)), "beyond what any document"),
    "start_op of more than 64 bits": (change(start_op=b"\xff" * 30 + b"\x01"), "more than 64 bits"),
    "a long run of actions": (change({ACTION: run(2**40, b"\x01")}), "more entries"),
    "a long run of unlike actions": (change({ACTION: run(-(2**40), b"\x01")}), "more entries"),
    "a long run of empty actions": (change({ACTION: b"\x00" + BILLION}), "more entries"),
    "a long run of keys": (change({KEY: run(2**40, b"\x01a")}), "more entries"),
    "a long run of empty keys": (change({KEY: b"\x00" + BILLION}), "more entries"),
    "a long run of insertions": (change({INSERT: BILLION}), "more entries"),
    "a long run of values": (change({META: run(2**40)}), "more entries"),
    "a long run of objects": (change({OBJECT_ACTOR: run(2**40), OBJECT: run(2**40)}), "more entries"),
    "a long run of characters": (change({KEY_ACTOR: run(2**40), KEY_COUNTER: run(2**40)}), "more entries"),
    "runs of nothing": (change({INSERT: b"\x00" * 1_000_000}), "run of nothing"),
    "runs of nothing in a column of numbers": (change({META: b"\x00" * 1_000_000}), "run of nothing"),
    "one operation too many": (many(limits.CHANGE_OPS_MAX + 1), "more entries"),
    "the most operations, of which the last is none": (
        many(limits.CHANGE_OPS_MAX, {META: run(limits.CHANGE_OPS_MAX - 1)}),
        "one length",
    ),
    "one field written once too often": (many(limits.CHANGE_SLOT_OPS_MAX + 1), "8 times at most"),
    "a value of a terabyte": (valued(1 << 44 | 7, b"x"), "middle of a value"),
    "a key of a terabyte": (change({KEY: b"\x7f" + BILLION + b"a"}), "middle of a text"),
    "100,000 predecessors": (change({PREDECESSORS: b"\x7f" + leb(100_000)}), "replaces more"),
    "100,000,000 predecessors": (change({PREDECESSORS: b"\x7f" + leb(10**8)}), "replaces more"),
    "one predecessor too many": (change({PREDECESSORS: b"\x7f" + leb(257)}), "replaces more"),
    "five million predecessors in a few bytes": (
        many(
            20_000,
            {PREDECESSORS: run(20_000, leb(256)), PREDECESSOR: run(5_120_000), PREDECESSOR_ACTOR: run(5_120_000)},
        ),
        "replaces more",
    ),
    "100,000,000 other actors": (change(others=leb(10**8)), "1,024 other actors"),
    "one other actor too many": (change(others=leb(1025)), "1,024 other actors"),
    "100,000,000 changes before": (change(deps=leb(10**8)), "more than 256"),
    "one change before too many": (change(deps=leb(257) + bytes(32 * 257)), "more than 256"),
    "100,000,000 columns": (sealed(b"\x00\x18" + ALEX + b"\x01\x05\x00\x00\x00" + leb(10**8)), "more columns"),
    "a compressed change": (sealed(b"\xed\xc1" * 500_000, kind=2), "came compressed"),
    "a compressed column": (change({META | DEFLATED: b"\x7f\x00"}), "compressed"),
    "more than a megabyte": (change(after=bytes(1 << 20)), "longer than 1 MiB"),
}
MALFORMED = {
    "nothing": (b"", "no change"),
    "four bytes": (b"\x85\x6f\x4a\x83", "no change"),
    "garbage": (hashlib.sha256(b"garbage").digest() * 3, "no change"),
    "a document": (sealed(BODY, kind=0), "something else"),
    "an unknown chunk": (sealed(BODY, kind=9), "something else"),
    "a byte after the end": (change() + b"\x00", "shorter or longer"),
    "two changes": (change() + change(), "shorter or longer"),
    "an overlong length": (change()[:9] + leb(len(change()) - 10, 2) + body(change()), "shorter or longer"),
    "a wrong checksum": (change()[:4] + bytes(4) + change()[8:], "checksum"),
    "seq 0": (change(seq=b"\x00"), "numbered from 1"),
    "seq beyond the operations there were": (change(seq=b"\x06"), "numbered from 1"),
    "start_op 0": (change(start_op=b"\x00"), "numbered from 1"),
    "a short actor": (change(actor=ALEX[:16]), "24 bytes"),
    "a short other actor": (change(others=others(SAM[:16])), "24 bytes"),
    "a time": (change(silence=b"\x01\x00"), "time or a message"),
    "a message": (change(silence=b"\x00\x02hi"), "time or a message"),
    "bytes after the columns": (change(after=b"\x00"), "fewer or more bytes"),
    "an unknown column": (change({0x62: b"\x7f\x00"}), "not known here"),
    "the start of a mark": (change({EXPAND: b"\x00\x01"}), "not known here"),
    "the name of a mark": (change({MARK_NAME: b"\x7f\x04bold"}), "not known here"),
    "a list": (change({ACTION: b"\x7f\x02"}), "not done here"),
    "an increment": (change({ACTION: b"\x7f\x05"}), "not done here"),
    "a mark": (change({ACTION: b"\x7f\x07"}), "not done here"),
    "an unknown action": (change({ACTION: b"\x7f\x63"}), "not done here"),
    "no action": (change({ACTION: b"\x00\x01"}), "not done here"),
    "no operations": (change(base={}), "1 to 20,000 operations"),
    "a counter": (valued(0x18, b"\x01"), "kind that is not kept"),
    "a moment": (valued(0x19, b"\x01"), "kind that is not kept"),
    "an unknown value": (valued(0x1A, b"\x01"), "kind that is not kept"),
    "half a float": (valued(0x45, b"\x00" * 4), "kind that is not kept"),
    "no number": (valued(0x85, struct.pack("<d", float("nan"))), "not kept"),
    "infinity": (valued(0x85, struct.pack("<d", float("inf"))), "not kept"),
    "a number of no bytes": (valued(0x04, b""), "middle of a number"),
    "a signed number beyond 64 bits": (valued(0xA4, b"\xff" * 9 + b"\x01"), "64 bits"),
    "an unsigned number beyond 64 bits": (valued(0xA3, b"\xff" * 9 + b"\x02"), "64 bits"),
    "a text that is not UTF-8": (valued(0x26, b"\xff\xfe"), "UTF-8"),
    "a surrogate": (valued(0x36, b"\xed\xa0\x80"), "UTF-8"),
    "a key that is not UTF-8": (change({KEY: b"\x7f\x01\xff"}), "UTF-8"),
    "bytes of no value": (change({VALUE: b"x"}), "belong to no value"),
    "an empty key": (change({KEY: b"\x7f\x00"}), "has a name"),
    "a key too long": (change({KEY: b"\x7f" + leb(257) + b"a" * 257}), "256 bytes"),
    "no key": (change({KEY: None}), "by half"),
    "two keys": (change({KEY_COUNTER: b"\x7f\x00"}), "by half"),
    "a key of an actor alone": (change({KEY_ACTOR: b"\x7f\x00"}), "by half"),
    "a character without an actor": (change({KEY_COUNTER: b"\x7f\x03"}, base=LETTER), "by half"),
    "an object without an actor": (change({OBJECT_ACTOR: b"\x00\x01"}, base=LETTER), "by half"),
    "an object of an unlisted actor": (change({OBJECT_ACTOR: b"\x7f\x01"}, base=LETTER), "does not list"),
    "a character of an unlisted actor": (change({KEY_ACTOR: b"\x7f\x01"}, base=LETTER), "does not list"),
    "a predecessor of an unlisted actor": (replacing((1, 1)), "does not list"),
    "a column of objects too long": (change({OBJECT_ACTOR: b"\x02\x00"}, base=LETTER), "more entries"),
    "no column of objects' actors": (change({OBJECT_ACTOR: None}, base=LETTER), "not of one length"),
    "a change before cut short": (sealed(b"\x02" + ONE), "ends in the middle"),
    "a column of characters too short": (many(2, {KEY: b"\x7f\x01a\x00\x01", KEY_COUNTER: b"\x7f\x00"}), "one length"),
    "no insertions": (change({INSERT: None}), "not of one length"),
    "no values": (change({META: None}), "not of one length"),
    "an empty value": (change({META: b"\x00\x01"}), "not of one length"),
    "no count of predecessors": (change({PREDECESSORS: None}), "not of one length"),
    "predecessors that are not there": (change({PREDECESSORS: b"\x7f\x01"}), "not of one length"),
}
OUT_OF_PLACE = {
    "an object of the future": (change({OBJECT: b"\x7f\x05"}, base=LETTER), "cannot have come before"),
    "an object 0": (change({OBJECT: b"\x7f\x00"}, base=LETTER), "cannot have come before"),
    "a character of the future": (change({KEY_ACTOR: b"\x7f\x00", KEY_COUNTER: b"\x7f\x05"}, base=LETTER), "before it"),
    "a character below 0": (change({KEY_ACTOR: b"\x7f\x00", KEY_COUNTER: b"\x7f\x7f"}, base=LETTER), "before it"),
    "itself as predecessor": (replacing((5, 0)), "cannot have come before"),
    "a predecessor of the future": (replacing((500, 0)), "cannot have come before"),
    "a predecessor 0": (replacing((0, 0)), "cannot have come before"),
    "a predecessor below 0": (replacing((-3, 0)), "cannot have come before"),
    "a predecessor of another that is not earlier": (replacing((5, 1), actors=others(SAM)), "cannot have come before"),
    "one predecessor twice": (replacing((1, 0), (0, 0)), "cannot have come before"),
    "predecessors out of order": (replacing((3, 0), (-1, 0)), "cannot have come before"),
    "predecessors out of order by actor": (replacing((1, 1), (0, 0), actors=others(SAM)), "cannot have come before"),
    "a deletion of nothing": (change({ACTION: b"\x7f\x03"}), "names what it deletes"),
    "an insertion into a map": (change({INSERT: b"\x00\x01"}), "not inserted"),
    "a map with a value": (change({ACTION: b"\x7f\x00", META: b"\x7f\x01"}), "has a value"),
    "a deletion with a value": (change({ACTION: b"\x7f\x03", META: b"\x7f\x01"}), "has a value"),
    "a text at the root": (change({OBJECT_ACTOR: None, OBJECT: None}, base=LETTER), "root of a document"),
    "two characters at once": (change({META: b"\x7f\x26", VALUE: b"xy"}, base=LETTER), "one character at a time"),
    "no character": (change({META: b"\x7f\x06", VALUE: None}, base=LETTER), "one character at a time"),
    "a number in a text": (change({META: b"\x7f\x14", VALUE: b"\x01"}, base=LETTER), "one character at a time"),
    "a map in a text": (change({ACTION: b"\x7f\x00", META: b"\x7f\x00", VALUE: None}, base=LETTER), "one character"),
    "a character overwritten": (change({INSERT: b"\x01"}, base=LETTER), "never changed"),
    "a deletion at the head": (
        change({INSERT: b"\x01", ACTION: b"\x7f\x03", META: b"\x7f\x00", VALUE: None}, base=LETTER),
        "by itself",
    ),
}
SPELLED_OTHERWISE = {
    "an overlong seq": change(seq=leb(1, 2)),
    "an overlong start_op": change(start_op=leb(5, 3)),
    "an overlong length of a column": sealed(body(change()).replace(b"\x56\x02", b"\x56\x82\x00")),
    "an overlong count of other actors": change(others=leb(0, 2)),
    "an overlong number": valued(0x24, b"\x85\x00"),
    "an overlong unsigned number": valued(0x23, b"\x85\x00"),
    "a number with a byte after it": valued(0x24, b"\x05\x05"),
    "a null with a byte": valued(0x10, b"x"),
    "an overlong kind of value": change({META: b"\x7f\x80\x00"}),
    "a run of one": change({ACTION: b"\x01\x01"}),
    "a run split in two": many(4, {META: b"\x02\x00\x02\x00"}),
    "a run written out": many(3, {META: b"\x7d\x00\x00\x00"}),
    "two runs of unlike cells": many(2, {META: b"\x7f\x00\x7f\x01"}),
    "an overlong run": many(2, {META: b"\x82\x00\x00"}),
    "an overlong run of insertions": change({INSERT: b"\x81\x00"}),
    "a column of nothing but gaps": change({OBJECT_ACTOR: b"\x00\x01", OBJECT: b"\x00\x01"}),
    "an empty column": change({VALUE: b""}),
    "empty columns of predecessors": change({PREDECESSOR_ACTOR: b"", PREDECESSOR: b""}),
    "columns out of order": change(columns=packed(reversed(FIELD.items()))),
    "an actor that no operation names": change(others=others(SAM)),
    "the author among the others": replacing((1, 1), actors=others(ALEX)),
    "an actor twice": replacing((1, 1), (2, 2), actors=others(SAM, SAM)),
    "actors out of order": replacing((1, 2), (2, 1), actors=others(SAM, ROBIN)),
}
REFUSED = BOMBS | MALFORMED | OUT_OF_PLACE | {name: (raw, "one way") for name, raw in SPELLED_OTHERWISE.items()}
REFUSED |= {
    "changes before out of order": (change(deps=b"\x02" + TWO + ONE), "in order"),
    "one change before twice": (change(deps=b"\x02" + ONE + ONE), "in order"),
    "a column twice": (change(columns=packed([*FIELD.items(), (META, b"\x7f\x00")])), "twice"),
}


def refusal(raw: bytes) -> tuple[str, float]:
    """The sentence with which bytes are refused, and the seconds it took."""
    began = time.process_time()
    with pytest.raises(InvalidChange) as caught:
        inspect(raw)
    return str(caught.value), time.process_time() - began


@pytest.mark.parametrize("base", [FIELD, LETTER])
def test_the_change_that_is_spoilt_below_is_sound_itself(base: dict[int, bytes]) -> None:
    assert len(inspect(change(base=base)).ops) == 1
    assert len(inspect(many(limits.CHANGE_SLOT_OPS_MAX)).ops) == limits.CHANGE_SLOT_OPS_MAX
    assert inspect(replacing((1, 0), (2, 1), actors=others(SAM))).ops[0].predecessors == ((1, ALEX), (3, SAM))


@pytest.mark.parametrize(("raw", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_no_honest_device_sends_is_refused_at_once_and_with_its_reason(raw: bytes, sentence: str) -> None:
    said, seconds = refusal(raw)
    assert sentence in said
    assert min(seconds, *(refusal(raw)[1] for _ in range(2))) < SECONDS_MAX  # the best of three: machines are shared


def test_a_change_with_any_bit_flipped_is_refused() -> None:
    raw = sample().raw
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        refusal(bytes(flipped))


def test_a_change_cut_short_anywhere_is_refused_with_and_without_a_new_checksum() -> None:
    raw = sample().raw
    for size in range(len(raw)):
        refusal(raw[:size])
    for size in range(len(BODY)):
        refusal(sealed(BODY[:size]))


def test_a_change_with_a_byte_more_anywhere_is_refused_with_a_new_checksum_or_is_another_sound_change() -> None:
    for place in range(len(BODY) + 1):
        for byte in (0x00, 0x01, 0x7F, 0x80, 0xFF):
            sound_or_refused(sealed(BODY[:place] + bytes([byte]) + BODY[place:]))


def test_a_change_with_any_bit_flipped_and_a_new_checksum_is_refused_or_is_another_sound_change() -> None:
    sound = 0
    for bit in range(len(BODY) * 8):
        flipped = bytearray(BODY)
        flipped[bit // 8] ^= 1 << bit % 8
        sound += sound_or_refused(sealed(bytes(flipped)))
    assert 0 < sound < len(BODY) * 8  # a letter may become another letter


def sound_or_refused(raw: bytes) -> bool:
    try:
        found = inspect(raw)
    except InvalidChange:
        return False
    again = compose(actor=found.actor, seq=found.seq, start_op=found.start_op, deps=found.deps, ops=found.ops)
    assert again == found
    assert again.raw == raw
    return True


splices = st.tuples(st.integers(0, len(BODY)), st.integers(0, 6), st.binary(max_size=6) | st.just(BILLION))


@settings(max_examples=500)
@given(st.sampled_from([BODY, body(change()), body(change(base=LETTER))]), st.lists(splices, min_size=1, max_size=4))
def test_a_change_spliced_at_random_is_refused_or_sound(start: bytes, splices: list[tuple[int, int, bytes]]) -> None:
    spliced = start
    for place, gone, come in splices:
        spliced = spliced[:place] + come + spliced[place + gone :]
    sound_or_refused(sealed(spliced))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_or_without_the_frame_of_a_change(data: bytes) -> None:
    refusal(data)
    sound_or_refused(sealed(data))
    sound_or_refused(sealed(BODY[: -len(data) or None] + data))
