"""Several people write at once, and what they wrote arrives in any order that causes allow: all read the same.

What they read is what Automerge reads, and a text reads what was asked for, at the moment it was asked for.
"""

import time
from collections.abc import Mapping
from typing import Any

import pytest
from automerge import core as automerge
from automerge.core import ObjType, ScalarType
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import ids
from collar_sync.core import binding
from collar_sync.core.binding import GENESIS_HASH
from collar_sync.core.change import Action, Op, OpId, Value
from collar_sync.core.durable import Tip
from collar_sync.core.edits import Scalar, SetFields, SetText
from collar_sync.core.inspect import inspect
from collar_sync.core.outline import RECORDS, Kind, Outline
from collar_sync.core.replica import Replica
from collar_sync.core.space import Space
from collar_sync.core.steps import Author
from collar_sync.errors import InvalidChange
from tests.core.story import chance, couple, deliver, join, state, write

FAMILY = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"

scalars: st.SearchStrategy[Scalar] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.binary(max_size=8),
)
records = st.sampled_from(("fern", "cabin"))
names = st.sampled_from(("title", "body"))  # a text and a plain value may stand side by side in one field
fields = st.builds(SetFields, st.just("note"), records, st.dictionaries(names, scalars, max_size=2))
pieces = st.text(alphabet="ab \U0001fab4\U0001f468\u200d\u0301", max_size=4)
splices = st.tuples(st.just("splice"), records, st.integers(0, 30), st.integers(0, 4), pieces)
writing = st.tuples(st.just("fields"), fields) | splices
reading = st.tuples(st.just("read"), st.integers(1, 4))
steps = st.lists(st.tuples(st.integers(0, 2), writing | reading), min_size=1, max_size=25)


class Writer:
    """One person's replica of one document, and what of the others' changes has reached it."""

    def __init__(self, home: Space) -> None:
        self.home = home
        self.document = home.home("chapter")
        self.replica: Replica = home.replica(self.document)
        self.seen = {GENESIS_HASH}

    def write(self, edit: SetFields | SetText, post: "Post") -> None:
        written, _ = self.home.write(self.document, [edit], 1, chance(8))
        for applied in written:
            (change,), (tip,) = applied.changes, applied.tips
            self.seen.add(change.hash)
            post.letters[change.hash] = (change.raw, tip, frozenset(inspect(change.raw).deps))

    def splice(self, record: str, place: int, removed: int, added: str, post: "Post") -> None:
        now = self.text(record)
        place = min(place, len(now))
        wanted = now[:place] + added + now[place + removed :]
        self.write(SetText("note", record, "body", wanted), post)
        assert self.text(record) == wanted

    def text(self, record: str) -> str:
        found = (self.replica.record(f"note/{record}") or {}).get("body")
        return found if isinstance(found, str) else ""

    def read(self, post: "Post", draw: Any) -> bool:
        """Take in one letter, any of those whose causes are here; false where there is none."""
        ready = [mark for mark, (_, _, deps) in post.letters.items() if mark not in self.seen and deps <= self.seen]
        if not ready:
            return False
        mark = ready[draw.draw(st.integers(0, len(ready) - 1))]
        raw, tip, _ = post.letters[mark]
        self.home.receive(self.document, [raw], [tip])
        self.seen.add(mark)
        return True


class Post:
    """Every change that anyone wrote, with its tip and its causes."""

    def __init__(self) -> None:
        self.letters: dict[bytes, tuple[bytes, Tip, frozenset[bytes]]] = {}


def shown(document: Any, place: bytes) -> dict[str, Scalar]:
    """One record as Automerge reads it, on its own."""
    found: dict[str, Scalar] = {}
    for name in document.keys(place):
        value, identifier = document.get(place, name)
        if value == ObjType.Text:
            found[name] = document.text(identifier)
        else:
            found[name] = bytes(value[1]) if value[0] == ScalarType.Bytes else value[1]
    return found


def loaded(replica: Replica) -> dict[str, dict[str, Scalar]]:
    """All records of what `save` gave, loaded by Automerge alone."""
    document: Any = automerge.Document.load(replica.save())
    assert {bytes(head) for head in document.get_heads()} == replica.heads
    _, root = document.get(automerge.ROOT, "records")
    found: dict[str, dict[str, Scalar]] = {}
    for key in document.keys(root):
        # Where several began a record at once, each map shows what no greater one has; Automerge shows the greatest.
        holders = [binding._object(each) for each in sorted(replica.outline.live(RECORDS, key))]
        assert shown(document, holders[-1]) == shown(document, document.get(root, key)[1])
        found[key] = {name: value for holder in holders for name, value in shown(document, holder).items()}
    return found


def spelled(replica: Replica) -> dict[str, list[str]]:
    """Each record's texts in the order that the outline gives their characters."""
    characters: dict[OpId, str] = {}
    texts: list[tuple[str, OpId]] = []
    for logged in replica.missing({}):
        change = inspect(logged.raw)
        for counter, op in enumerate(change.ops, change.start_op):
            if op.insert and isinstance(op.value.content, str):
                characters[counter, change.actor] = op.value.content
            if op.action is Action.MAKE_TEXT and op.object is not None and isinstance(op.key, str):
                found = replica.outline.object((counter, change.actor))
                assert found is not None
                assert found[0] is Kind.TEXT
                holder_wins = replica.outline.winner(RECORDS, found[1]) == op.object
                if holder_wins and replica.outline.winner(op.object, op.key) == (counter, change.actor):
                    texts.append((found[1], (counter, change.actor)))
    spelt: dict[str, list[str]] = {}
    for key, text in texts:
        word = "".join(characters[element] for element in replica.outline.visible(text))
        spelt.setdefault(key, []).append(word)
    return spelt


def exact(record: Mapping[str, Scalar] | None) -> dict[str, tuple[str, Scalar]]:
    """True is not 1 here, nor 1 the same as 1.0."""
    return {name: (type(value).__name__, value) for name, value in (record or {}).items()}


def family() -> tuple[Writer, Writer, Writer]:
    alex, sam = couple()
    kim = join(alex, "Kim")
    deliver(alex, sam, alex.core)
    return Writer(alex), Writer(sam), Writer(kim)


@settings(max_examples=50)
@given(steps, st.data())
def test_whoever_wrote_what_in_whatever_order_it_arrived_all_read_what_automerge_reads(
    happenings: list[tuple[int, tuple[Any, ...]]], data: st.DataObject
) -> None:
    writers, post = family(), Post()
    for who, (kind, *rest) in happenings:
        writer = writers[who]
        if kind == "fields":
            writer.write(rest[0], post)
            now = exact(writer.replica.record(f"note/{rest[0].id}"))
            assert now.items() >= exact(rest[0].fields).items()
        elif kind == "splice":
            writer.splice(rest[0], rest[1], rest[2], rest[3], post)
        else:
            for _ in range(rest[0]):
                writer.read(post, data)
    for writer in writers:
        while writer.read(post, data):
            pass
    first = writers[0].replica
    for writer in writers:
        replica = writer.replica
        assert replica.heads == first.heads
        mine = {key: exact(replica.record(key)) for key in sorted(replica.record_keys())}
        assert mine == {key: exact(first.record(key)) for key in sorted(first.record_keys())}
        assert mine == {key: exact(record) for key, record in loaded(replica).items()}
        for key, texts in spelled(replica).items():
            read = [content for content in (replica.record(key) or {}).values() if isinstance(content, str)]
            assert all(text in read for text in texts)


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.text("xyz", min_size=1, max_size=3), st.integers(0, 3)), min_size=3, max_size=3), st.data()
)
def test_letters_put_at_the_same_place_at_once_stand_in_one_order_and_the_next_edit_still_hits_its_place(
    words: list[tuple[str, int]], data: st.DataObject
) -> None:
    writers, post = family(), Post()
    writers[0].write(SetText("note", "fern", "body", "...."), post)
    for writer in writers:
        writer.read(post, data)
    for writer, (word, removed) in zip(writers, words, strict=True):
        writer.splice("fern", 2, removed % 3, word, post)
        writer.splice("fern", 2, 0, word, post)
    for writer in writers:
        while writer.read(post, data):
            pass
    together = {writer.text("fern") for writer in writers}
    assert len(together) == 1
    (text,) = together
    for writer in writers:
        for place in range(len(text) + 1):
            writer.splice("fern", place, 0, "!", post)
            writer.splice("fern", place, 1, "", post)
            assert writer.text("fern") == text


def test_a_text_keeps_the_letters_that_both_left_alone() -> None:
    alex, sam, _ = family()
    post, document = Post(), alex.document
    alex.write(SetText("note", "fern", "body", "water the ferns"), post)
    deliver(alex.home, sam.home, document)
    alex.write(SetText("note", "fern", "body", "please water the ferns"), post)
    sam.write(SetText("note", "fern", "body", f"water the ferns {FAMILY}"), post)
    deliver(alex.home, sam.home, document)
    deliver(sam.home, alex.home, document)
    assert alex.text("fern") == sam.text("fern") == f"please water the ferns {FAMILY}"


@pytest.mark.parametrize("text", ["", "\N{SNOWMAN}", FAMILY * 3, "e\u0301", "\r\n\t\0", "a" * 3_000])
def test_a_text_reads_what_was_asked_for_and_asking_again_changes_nothing(text: str) -> None:
    alex, _ = couple()
    for asked in ("something before", text, "something after", text):
        edit = SetText("note", "fern", "body", asked)
        write(alex, edit)
        assert alex.records(alex.home("chapter"), "note")["fern"] == {"body": asked}
        before = state(alex.replica(alex.home("chapter")))
        assert alex.write(alex.home("chapter"), [edit], 1, chance(8)) == ([], [])
        assert state(alex.replica(alex.home("chapter"))) == before


def test_a_new_opening_goes_on_where_the_last_one_stopped() -> None:
    alex, sam = couple()
    document, replica = alex.home("chapter"), alex.replica(alex.home("chapter"))
    for opening in range(5):
        actor = ids.raw_bytes(alex.keys.device) + bytes([opening]) * 8
        author = Author(alex.keys.device, actor, alex.keys.sign)
        replica.write([SetText("note", "fern", "body", "abc"[: opening % 4])], {}, author)
    deliver(alex, sam, document)
    assert state(sam.replica(document))[:4] == state(replica)[:4]


def test_a_branch_of_a_branch_is_absorbed_whole() -> None:
    actor, outline = b"a" * 24, Outline()
    outline.add((3, actor), Op(RECORDS, "note/1", action=Action.MAKE_MAP))
    first = outline.branch()
    first.add((4, actor), Op((3, actor), "line", value=Value.of(1)))
    first.add((8, actor), Op(RECORDS, "note/3", action=Action.MAKE_MAP))
    second = first.branch()
    second.add((5, actor), Op((3, actor), "line", value=Value.of(2), predecessors=((4, actor),)))
    second.add((6, actor), Op(RECORDS, "note/2", action=Action.MAKE_MAP))
    assert outline.live((3, actor), "line") == ()
    outline.absorb(second)
    assert outline.live((3, actor), "line") == ((5, actor),)
    assert outline.object((6, actor)) == (Kind.RECORD, "note/2")
    assert outline.object((8, actor)) == (Kind.RECORD, "note/3")
    late = Op((3, actor), "line", value=Value.of(3), predecessors=((4, actor),))
    outline.branch().add((7, actor), late)  # what was replaced once may be replaced again, by one who had not heard
    with pytest.raises(InvalidChange, match="never there"):
        outline.branch().add((7, actor), Op((3, actor), "due", value=Value.of(3), predecessors=((4, actor),)))


@pytest.mark.parametrize("how", ["side by side", "one after another"])
def test_however_many_values_a_field_had_the_next_one_costs_the_same(how: str) -> None:
    piled = how == "side by side"
    actor, outline = b"a" * 24, Outline()
    outline.add((3, actor), Op(RECORDS, "note/1", action=Action.MAKE_MAP))
    branch = outline.branch()
    began = time.process_time()
    for counter in range(4, 20_004):
        before = () if piled or counter == 4 else ((counter - 1, actor),)
        branch.add((counter, actor), Op((3, actor), "line", value=Value.of(1), predecessors=before))
        if not piled:
            outline.absorb(branch)
            branch = outline.branch()
    assert time.process_time() - began < 2, "quadratic, it takes longer"
    assert len(branch.live((3, actor), "line")) == (20_000 if piled else 1)
