"""A statement has one spelling and one id for each who says it; once said, no change takes it back."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import ids, limits
from collar_sync.core import statement
from collar_sync.core.change import Action, Op, Value
from collar_sync.core.edits import Say
from collar_sync.core.inspect import inspect
from collar_sync.core.outline import STATEMENTS
from collar_sync.core.space import Space
from collar_sync.core.statement import Json, Statement
from collar_sync.core.steps import Applied
from collar_sync.errors import InvalidInput
from tests.core.story import Forger, couple, deliver, fingerprint, keys_of, reopened, write

NONCE = b"12345678"
ANSWERS = tuple(sorted(ids.statement_id(bytes([place]) * 32) for place in range(3)))
plain: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
statements = st.builds(
    Statement,
    st.text(min_size=1, max_size=64),
    st.text(max_size=128),
    st.dictionaries(st.text(max_size=10), plain, max_size=4),
    st.integers(0, (1 << 53) - 1),
    st.lists(st.sampled_from(ANSWERS)).map(tuple),
    st.binary(min_size=8, max_size=8),
)


def said(**changes: object) -> Statement:
    plain_one = Statement("pause", "", {"why": "tired"}, 5, (), NONCE)
    return msgspec.structs.replace(plain_one, **changes)


@given(statements)
def test_what_was_said_is_read_again_and_spelled_the_same(one: Statement) -> None:
    raw = statement.encode(one)
    read = statement.decode(raw)
    assert read is not None
    assert (read.kind, read.subject, read.body, read.at, read.nonce) == (
        one.kind,
        one.subject,
        one.body,
        one.at,
        one.nonce,
    )
    assert set(read.answers) == set(one.answers)
    assert statement.encode(read) == raw
    assert statement.decode_kept(raw) == read


def test_the_order_in_which_things_are_named_changes_nothing() -> None:
    one = said(body={"a": 1, "b": {"c": 2, "d": 3}}, answers=ANSWERS)
    two = said(body={"b": {"d": 3, "c": 2}, "a": 1}, answers=(*reversed(ANSWERS), ANSWERS[0]))
    assert statement.encode(one) == statement.encode(two)


@pytest.mark.parametrize(
    "spelling",
    [
        [*msgspec.structs.astuple(said())],
        ["pause", "", {"b": 1, "a": 2}, 5, [], NONCE],
        ["pause", "", {}, 5, list(reversed(ANSWERS)), NONCE],
        ["pause", "", {}, 5, [ANSWERS[0], ANSWERS[0]], NONCE],
        ["pause", "", {}, 5, ["statement_" + "A" * 64], NONCE],
        ["pause", "", {}, 5, [ids.device_id(bytes(16))], NONCE],
        ["pause", "", {}, 5, [], NONCE, "more"],
        ["pause", "", {}, 5, [], NONCE[:7]],
        ["pause", "", {}, -1, [], NONCE],
        ["pause", "", {}, 1 << 53, [], NONCE],
        ["pause", "", {}, 5.0, [], NONCE],
        ["pause", "", {"n": 1.5}, 5, [], NONCE],
        ["pause", "", {"n": 1 << 63}, 5, [], NONCE],
        ["pause", "", {"n": {1: 2}}, 5, [], NONCE],
        ["", "", {}, 5, [], NONCE],
        ["k" * 65, "", {}, 5, [], NONCE],
        ["pause", "s" * 129, {}, 5, [], NONCE],
        ["pause", "", {"long": "x" * limits.STATEMENT_BYTES_MAX}, 5, [], NONCE],
        ["pause", "", {}, 5, ["statement_" + f"{n:064x}" for n in range(257)], NONCE],
        {"kind": "pause"},
    ],
)
def test_another_spelling_or_one_beyond_its_bounds_is_no_statement(spelling: object) -> None:
    raw = msgspec.msgpack.encode(spelling)
    if isinstance(spelling, list) and spelling[2:3] == [{"why": "tired"}]:
        assert statement.decode(raw) == said(), "the first of these is the plain one, which shows that the others count"
        longer = raw.replace(b"\xa5pause", b"\xd9\x05pause")
        assert longer != raw
        assert statement.decode(longer) is None
        assert statement.decode(raw + b"\x00") is None
    else:
        assert statement.decode(raw) is None


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_statement_or_the_only_spelling_of_one(raw: bytes) -> None:
    for attempt in (raw, b"\x96\xa5pause\xa0\x80\x05\x90\xc4\x08" + raw, b"\x96\xa5pause\xa0" + raw):
        read, kept = statement.decode(attempt), statement.decode_kept(attempt)
        assert read is None or (statement.encode(read) == attempt and kept == read)


@given(statements, st.data())
def test_no_damaged_spelling_keeps_its_id(one: Statement, data: st.DataObject) -> None:
    raw = bytearray(statement.encode(one))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    device = keys_of("Alex").device
    if statement.decode(bytes(raw)) is not None:
        assert statement.identify(device, bytes(raw)) != statement.identify(device, statement.encode(one))


@pytest.mark.parametrize(
    "body", [{"n": 1.5}, {"n": {1}}, {"n": object()}, {"n": 1 << 70}, {"n": "\ud800"}, {"n": [[1.5]]}]
)
def test_what_cannot_be_written_down_is_refused_to_the_one_who_says_it(body: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        statement.encode(said(body=body))


@pytest.mark.parametrize("wrong", [{"kind": b"task.ask"}, {"subject": b"x"}, {"body": [1]}, {"at": True}, {"body": ()}])
def test_what_no_other_device_could_read_is_never_written(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="cannot be written down"):
        statement.encode(said(**wrong))


def test_the_same_words_said_by_another_device_are_another_statement() -> None:
    raw = statement.encode(said())
    ids_of = {statement.identify(keys_of(name).device, raw) for name in ("Alex", "Sam")}
    assert len(ids_of) == 2
    assert all(ids.is_id(each, "statement") for each in ids_of)


def test_what_one_said_cannot_be_put_into_the_document_again_as_said_by_another() -> None:
    alex, sam = couple()
    core = alex.core
    said_by_sam = write(sam, Say("pause", home="core"), document=core)
    deliver(sam, alex, core)
    (op,) = [op for op in _ops_of(said_by_sam) if op.object == STATEMENTS]
    copy = Forger(alex.id, core, alex.keys)
    heads = sorted(sam.replica(core).heads)
    start_op = _next_op(sam)
    change = copy.change(Op(STATEMENTS, op.key, value=op.value), start_op=start_op, deps=heads)
    sam.receive(core, [change.raw], [copy.tip(change)])
    (found,) = sam.statements("pause")
    assert found.author == sam.me
    assert len(sam.problems) == 1
    assert sam.problems[0].startswith("Alex's laptop")


@pytest.mark.parametrize("how", ["delete", "overwrite"])
def test_deleting_or_overwriting_what_was_said_has_no_effect_and_names_the_device(how: str) -> None:
    alex, sam = couple()
    core = alex.core
    write(alex, Say("pause", home="core"), document=core)
    deliver(alex, sam, core)
    (pause,) = alex.statements("pause")
    key = pause.id.removeprefix("statement_")
    altered = Forger(alex.id, core, sam.keys)
    action = Action.DELETE if how == "delete" else Action.SET
    value = Value.of(None) if how == "delete" else Value.of(b"never mind")
    predecessors = tuple(alex.replica(core).outline.live(STATEMENTS, key))
    change = altered.change(
        Op(STATEMENTS, key, action=action, value=value, predecessors=predecessors),
        start_op=_next_op(alex),
        deps=sorted(alex.replica(core).heads),
    )
    alex.receive(core, [change.raw], [altered.tip(change)])
    assert list(alex.statements("pause")) == [pause]
    assert alex.problems == ["Sam's phone tried to delete or overwrite something that was said. It had no effect."]
    again = reopened(alex)
    assert list(again.statements("pause")) == [pause]
    write(alex, Say("pause.lift", answers=(pause.id,), home="core"), document=core)
    deliver(alex, sam, core)
    assert fingerprint(sam) == fingerprint(alex)


def _ops_of(applied: Applied) -> list[Op]:
    return [op for change in applied.changes for op in inspect(change.raw).ops]


def _next_op(space: Space) -> int:
    replica = space.replica(space.core)
    return max(replica._last_op[head] for head in replica.heads) + 1
