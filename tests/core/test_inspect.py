"""What Automerge wrote is read and written again to the byte; what we write, Automerge takes for its own."""

from collections.abc import Callable
from typing import Any

import pytest
from automerge import core as automerge
from automerge.core import ObjType, ScalarType
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core.change import FALSE, NULL, TRUE
from collar_sync.core.columns import unsigned
from collar_sync.core.edits import Scalar
from collar_sync.core.inspect import HEAD, Action, Change, Key, Kind, Op, OpId, Value, compose, inspect
from collar_sync.errors import InvalidInput

ALEX, SAM, ROBIN = (bytes([letter]) * limits.ACTOR_BYTES for letter in b"asr")
TYPES = {
    Kind.NULL: ScalarType.Null,
    Kind.BOOL: ScalarType.Boolean,
    Kind.UINT: ScalarType.Uint,
    Kind.INT: ScalarType.Int,
    Kind.FLOAT: ScalarType.F64,
    Kind.TEXT: ScalarType.Str,
    Kind.BYTES: ScalarType.Bytes,
}
KINDS = {str(type_): kind for kind, type_ in TYPES.items()}

Transaction = Any  # the binding's
Document = Any


# --- what Automerge does ---


def write(document: Document, act: Callable[[Transaction], object]) -> bytes | None:
    """The raw change that one transaction makes, or None where it changes nothing."""
    before = document.get_heads()
    with document.transaction() as transaction:
        act(transaction)
    new = document.get_changes(before)
    return bytes(new[0].raw_bytes) if new else None


def receive(document: Document, raws: list[bytes]) -> None:
    message = b"\x42\0\0\0" + unsigned(len(raws)) + b"".join(unsigned(len(raw)) + raw for raw in raws)
    document.receive_sync_message(automerge.SyncState(), automerge.Message.decode(message))


def genesis() -> bytes:
    raw = write(
        automerge.Document(bytes(limits.ACTOR_BYTES)),
        lambda t: [t.put_object(automerge.ROOT, name, ObjType.Map) for name in ("statements", "records")],
    )
    assert raw is not None
    return raw


def everything(document: Document) -> list[bytes]:
    return [bytes(change.raw_bytes) for change in document.get_changes([])]


def shown(document: Document, exid: bytes = automerge.ROOT) -> dict[str, object]:
    """What a document reads, with every value's kind."""
    found: dict[str, object] = {}
    for key in document.keys(exid):
        what, identifier = document.get(exid, key)
        if what == ObjType.Map:
            found[key] = shown(document, identifier)
        elif what == ObjType.Text:
            found[key] = ["text", document.text(identifier)]
        else:
            kind = KINDS[str(what[0])]
            found[key] = Value(kind, bytes(what[1]) if kind is Kind.BYTES else what[1])
    return found


# --- what the operations mean: the plainest possible reader of them ---


class Reader:
    """A document as its operations say it is; it knows nothing of Automerge."""

    def __init__(self) -> None:
        self.made: dict[OpId | None, Action] = {None: Action.MAKE_MAP}
        self.live: dict[tuple[OpId | None, Key], dict[OpId, Op]] = {}
        self.order: dict[OpId | None, list[OpId]] = {}

    def take(self, change: Change) -> None:
        for counter, op in enumerate(change.ops, change.start_op):
            self._take((counter, change.actor), op)

    def _take(self, identifier: OpId, op: Op) -> None:
        key: Key = op.key
        if op.insert:
            row = self.order.setdefault(op.object, [])
            at = row.index(op.key) + 1 if isinstance(op.key, tuple) else 0
            while at < len(row) and row[at] > identifier:
                at += 1
            row.insert(at, identifier)
            key = identifier
        values = self.live.setdefault((op.object, key), {})
        for predecessor in op.predecessors:
            values.pop(predecessor, None)
        if op.action is not Action.DELETE:
            values[identifier] = op
            self.made[identifier] = op.action

    def shown(self, holder: OpId | None = None) -> dict[str, object]:
        found: dict[str, object] = {}
        for (place, key), values in self.live.items():
            if place != holder or not isinstance(key, str) or not values:
                continue
            winner = max(values)
            made = self.made[winner]
            if made is Action.MAKE_MAP:
                found[key] = self.shown(winner)
            elif made is Action.MAKE_TEXT:
                found[key] = ["text", self._text(winner)]
            else:
                found[key] = values[winner].value
        return found

    def _text(self, holder: OpId) -> str:
        rows = [self.live[holder, element].values() for element in self.order.get(holder, [])]
        return "".join(str(op.value.content) for values in rows for op in values)


# --- a household that writes and meets at random ---

names = st.sampled_from(["title", "due", "é", "n" * limits.KEY_BYTES_MAX])
texts = st.sampled_from(["note", "note", "note", "title"])  # the note is there from the start, in the first map
values = st.one_of(
    st.sampled_from([NULL, TRUE, FALSE, Value(Kind.TEXT, ""), Value(Kind.BYTES, b"")]),
    st.builds(Value, st.just(Kind.INT), st.integers(-(2**63), 2**63 - 1)),
    st.builds(Value, st.just(Kind.UINT), st.integers(0, 2**64 - 1)),
    st.builds(Value, st.just(Kind.FLOAT), st.floats(allow_nan=False, allow_infinity=False)),
    st.builds(Value, st.just(Kind.TEXT), st.text(max_size=8) | st.text(min_size=257, max_size=400)),
    st.builds(Value, st.just(Kind.BYTES), st.binary(max_size=8) | st.binary(min_size=257, max_size=400)),
)
acts = st.one_of(
    st.tuples(st.just("set"), names, values),
    st.tuples(st.just("set"), names, values),
    st.tuples(st.just("delete"), names, st.none()),
    st.tuples(st.just("map"), names, st.none()),
    st.tuples(st.just("text"), names, st.none()),
    st.tuples(st.just("insert"), texts, st.tuples(st.integers(0, 9), st.text(min_size=1, max_size=5))),
    st.tuples(st.just("insert"), texts, st.tuples(st.integers(0, 9), st.text(min_size=1, max_size=5))),
    st.tuples(st.just("cut"), texts, st.integers(0, 9)),
    st.tuples(st.just("cut"), texts, st.integers(0, 9)),
)
turns = st.tuples(st.integers(0, 2), st.lists(acts, min_size=1, max_size=8), st.sets(st.integers(0, 2), max_size=2))


def do(t: Transaction, place: bytes, act: tuple[str, str, Any]) -> None:
    verb, name, what = act
    found = t.get(t.get(automerge.ROOT, "records")[1] if name == "note" else place, name)
    text = found[1] if found is not None and found[0] == ObjType.Text else None
    if verb == "set":
        t.put(place, name, TYPES[what.kind], what.content)
    elif verb == "delete":
        t.delete(place, name)
    elif verb in {"map", "text"}:
        t.put_object(place, name, ObjType.Map if verb == "map" else ObjType.Text)
    elif text is not None and verb == "insert":
        start = min(what[0], t.length(text))
        for offset, character in enumerate(what[1]):
            t.insert(text, start + offset, ScalarType.Str, character)
    elif text is not None and t.length(text):
        t.delete(text, what % t.length(text))


def live_through(turns: list[tuple[int, list[tuple[str, str, Any]], set[int]]]) -> list[Document]:
    """Three devices write turn by turn, each in the newest map it knows, and some hear of it at once."""
    documents = [automerge.Document(actor) for actor in (ALEX, SAM, ROBIN)]
    receive(documents[0], [genesis()])
    write(documents[0], lambda t: t.put_object(t.get(automerge.ROOT, "records")[1], "note", ObjType.Text))
    for document in documents[1:]:
        document.merge(documents[0])
    for who, doing, hearing in turns:
        document = documents[who]

        def act(t: Transaction, doing: list[tuple[str, str, Any]] = doing) -> None:
            place = t.get(automerge.ROOT, "records")[1]
            for each in doing:
                do(t, place, each)
                inner = t.get(place, each[1])
                if each[0] == "map" and inner is not None:
                    place = inner[1]

        write(document, act)
        for other in hearing - {who}:
            documents[other].merge(document)
    for document in documents[1:]:
        documents[0].merge(document)
    return documents


@settings(max_examples=150)
@given(st.lists(turns, min_size=1, max_size=8))
def test_whatever_automerge_writes_is_read_written_alike_and_means_what_was_done(
    turns: list[tuple[int, list[tuple[str, str, Any]], set[int]]],
) -> None:
    document = live_through(turns)[0]
    reader = Reader()
    raws = []
    for theirs in document.get_changes([]):
        ours = inspect(bytes(theirs.raw_bytes))
        assert (ours.hash, ours.actor, ours.seq) == (theirs.hash, theirs.actor_id, theirs.seq)
        assert (ours.start_op, ours.max_op, list(ours.deps)) == (theirs.start_op, theirs.max_op, theirs.deps)
        again = compose(
            actor=ours.actor, seq=ours.seq, start_op=ours.start_op, deps=reversed(ours.deps), ops=list(ours.ops)
        )
        assert again == ours
        reader.take(again)
        raws.append(again.raw)
    assert reader.shown() == shown(document)

    copy = automerge.Document(bytes(range(limits.ACTOR_BYTES)))
    receive(copy, raws)
    assert sorted(copy.get_heads()) == sorted(document.get_heads())
    saved = bytes(copy.save())
    assert sorted(automerge.Document.load(saved).get_heads()) == sorted(document.get_heads())


# --- the same by name ---


def test_the_first_change_of_every_document_is_spelled_as_automerge_does() -> None:
    ours = compose(
        actor=bytes(limits.ACTOR_BYTES),
        seq=1,
        start_op=1,
        deps=(),
        ops=[Op(None, name, action=Action.MAKE_MAP) for name in ("statements", "records")],
    )
    assert ours.raw == genesis()


def test_a_record_written_by_hand_is_the_record_that_automerge_writes() -> None:
    first = inspect(genesis())
    records, record = (2, first.actor), (3, SAM)
    fields: dict[str, Scalar] = {
        "title": "Evening check-in",
        "due": 1_700_000_000_000,
        "shared": True,
        "note": None,
        "weight": -0.5,
        "x": b"",
    }
    kinds = [ScalarType.Str, ScalarType.Int, ScalarType.Boolean, ScalarType.Null, ScalarType.F64, ScalarType.Bytes]

    def act(t: Transaction) -> None:
        made = t.put_object(t.get(automerge.ROOT, "records")[1], "task/1", ObjType.Map)
        for (name, value), kind in zip(fields.items(), kinds, strict=True):
            t.put(made, name, kind, value)
        t.put(made, "title", ScalarType.Str, "Morning check-in")
        t.delete(made, "note")

    document = automerge.Document(SAM)
    receive(document, [first.raw])
    ours = compose(
        actor=SAM,
        seq=1,
        start_op=3,
        deps=[first.hash],
        ops=[
            Op(records, "task/1", action=Action.MAKE_MAP),
            *(Op(record, name, value=Value.of(value)) for name, value in fields.items()),
            Op(record, "title", value=Value.of("Morning check-in"), predecessors=((4, SAM),)),
            Op(record, "note", action=Action.DELETE, predecessors=((7, SAM),)),
        ],
    )
    assert ours.raw == write(document, act)
    assert ours == inspect(ours.raw)
    assert ours.max_op == 11


def test_a_text_typed_by_hand_is_the_text_that_automerge_types() -> None:
    first = inspect(genesis())
    text = (3, SAM)

    def act(t: Transaction) -> None:
        made = t.put_object(t.get(automerge.ROOT, "records")[1], "note", ObjType.Text)
        for index, character in enumerate("hi😀"):
            t.insert(made, index, ScalarType.Str, character)
        t.insert(made, 0, ScalarType.Str, "¡")
        t.delete(made, 1)

    document = automerge.Document(SAM)
    receive(document, [first.raw])
    typed: list[tuple[Key, str]] = [(HEAD, "h"), ((4, SAM), "i"), ((5, SAM), "😀"), (HEAD, "¡")]
    ours = compose(
        actor=SAM,
        seq=1,
        start_op=3,
        deps=[first.hash],
        ops=[
            Op((2, first.actor), "note", action=Action.MAKE_TEXT),
            *(Op(text, after, insert=True, value=Value.of(character)) for after, character in typed),
            Op(text, (4, SAM), action=Action.DELETE, predecessors=((4, SAM),)),
        ],
    )
    assert ours.raw == write(document, act)
    assert shown(document)["records"] == {"note": ["text", "¡i😀"]}


def test_who_settles_a_conflict_names_every_value_it_replaces_and_every_actor_once() -> None:
    first = inspect(genesis())
    records = (2, first.actor)
    rivals = [
        compose(actor=actor, seq=1, start_op=3, deps=[first.hash], ops=[Op(records, "k", value=Value.of(actor))])
        for actor in (SAM, ROBIN)
    ]
    document = automerge.Document(ALEX)
    receive(document, [first.raw, *(rival.raw for rival in rivals)])
    raw = write(document, lambda t: t.put(t.get(automerge.ROOT, "records")[1], "k", ScalarType.Int, 1))
    assert raw is not None
    settled = inspect(raw)
    assert settled.ops == (Op(records, "k", value=Value.of(1), predecessors=((3, ROBIN), (3, SAM))),)
    assert set(settled.deps) == {rival.hash for rival in rivals}
    again = compose(actor=ALEX, seq=1, start_op=4, deps=[rival.hash for rival in rivals], ops=settled.ops)
    assert again.raw == raw


def test_the_largest_change_is_read_and_written_alike() -> None:
    def act(t: Transaction) -> None:
        made = t.put_object(t.get(automerge.ROOT, "records")[1], "note", ObjType.Text)
        for index in range(limits.CHANGE_OPS_MAX - 1):
            t.insert(made, index // 2, ScalarType.Str, "long"[index % 4])

    document = automerge.Document(SAM)
    receive(document, [genesis()])
    raw = write(document, act)
    assert raw is not None
    change = inspect(raw)
    assert len(change.ops) == limits.CHANGE_OPS_MAX
    again = compose(actor=SAM, seq=1, start_op=3, deps=change.deps, ops=change.ops)
    assert again.raw == raw


def test_a_whole_number_keeps_whether_it_had_a_sign() -> None:
    assert Value.of(5) == Value(Kind.INT, 5) != Value(Kind.UINT, 5)
    assert Value.of(True) == TRUE != Value.of(1)
    assert Value.of(False) == FALSE
    assert [Value.of(plain).kind for plain in (None, 1.0, "", b"")] == [Kind.NULL, Kind.FLOAT, Kind.TEXT, Kind.BYTES]


def test_a_change_needs_a_whole_actor() -> None:
    with pytest.raises(InvalidInput, match="24 bytes"):
        compose(actor=ALEX[:16], seq=1, start_op=1, deps=(), ops=[ROOT_FIELD])


def test_a_value_that_is_not_plain_has_no_kind() -> None:
    with pytest.raises(InvalidInput, match="Only text, numbers"):
        Value.of(["a", "list"])  # type: ignore[arg-type]


# --- what no device would accept is not written either ---

ROOT_FIELD = Op(None, "a")


@pytest.mark.parametrize(
    ("ops", "sentence"),
    [
        ([], "1 to 20,000 operations"),
        ([ROOT_FIELD] * (limits.CHANGE_OPS_MAX + 1), "1 to 20,000 operations"),
        ([Op(None, "a", value=Value.of("\ud800"))], "half a character"),
        ([Op(None, "\ud800")], "half a character"),
        ([Op(None, "é" * 129)], "256 bytes"),
        ([Op(None, "a", value=Value.of(2**63))], "64 bits"),
        ([Op(None, "a", value=Value(Kind.UINT, -1))], "64 bits"),
        ([Op(None, "a", value=Value.of(float("nan")))], "not kept"),
        ([Op(None, "a", value=Value(Kind.INT, "one"))], "kind that it is said to be"),
        ([Op(None, "a", predecessors=((2, SAM), (1, SAM)))], "cannot have come before"),
        ([Op(None, "a", predecessors=((1, b"short"),))], "24 bytes"),
        ([Op(None, "a", predecessors=tuple((n, SAM) for n in range(1, 258)))], "cannot have come before"),
        ([Op(None, "a", predecessors=tuple((n, SAM) for n in range(1, 257)))] * 79, "20,000 values"),
        ([ROOT_FIELD] * (limits.CHANGE_SLOT_OPS_MAX + 1), "one place"),
        ([Op((1, SAM), HEAD, insert=True, value=Value.of("x"))] * (limits.CHANGE_SLOT_OPS_MAX + 1), "one place"),
        ([Op(None, str(n), value=Value.of(bytes(2**19))) for n in range(2)], "smaller parts"),
        ([Op((n + 1, n.to_bytes(24)), "a") for n in range(limits.CHANGE_ACTORS_MAX + 1)], "1,024 other actors"),
    ],
)
def test_what_breaks_a_bound_is_not_written_and_says_so(ops: list[Op], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        compose(actor=ALEX, seq=1, start_op=1 << 20, deps=(), ops=ops)
