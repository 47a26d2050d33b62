"""What is known to break Automerge, row by row, and the room that stops each before Automerge sees it.

Each row is a case with real hostile bytes. What needs a process of its own (documents that unfold into gigabytes) is
among the tests of the sandbox.
"""

import ast
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from automerge import core as automerge

import collar_sync
from collar_sync import limits
from collar_sync.core import wire
from collar_sync.core.binding import GENESIS, Binding
from collar_sync.core.change import HEAD, Action, Change, Op, Value
from collar_sync.core.durable import Tip
from collar_sync.core.edits import Scalar, SetFields, SetText
from collar_sync.core.inspect import inspect
from collar_sync.core.outline import RECORDS
from collar_sync.errors import Equivocation, InvalidChange, InvalidFrame, InvalidInput, InvalidSignature, PeerError
from tests.core.story import Forger, couple, deliver, fingerprint, write
from tests.core.test_inspect_hostile import (
    ACTION,
    DEFLATED,
    KEY_ACTOR,
    LETTER,
    META,
    OBJECT,
    OBJECT_ACTOR,
    PREDECESSORS,
    body,
    change,
    leb,
    replacing,
    run,
    sealed,
    valued,
)

FIRST = GENESIS.max_op + 1
AFTER_GENESIS = b"\x01" + GENESIS.hash
NOWHERE = (FIRST, b"nowhere".ljust(limits.ACTOR_BYTES, b"."))


def bloom(bits_per_entry: int, probes: int, bits: bytes) -> bytes:
    """A sync message of Automerge's that asks with such a filter."""
    filter_ = leb(1) + leb(bits_per_entry) + leb(probes) + bits
    return b"\x42" + leb(1) + bytes(32) + leb(0) + leb(1) + leb(0) + leb(len(filter_)) + filter_ + leb(0)


def deflated(raw: bytes) -> bytes:
    """A change in Automerge's compressed form, of a hundred million zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return sealed(packer.compress(body(raw) + bytes(100_000_000)) + packer.flush(), kind=2)


SINGLE: dict[str, tuple[bytes, str]] = {
    "start_op near 2**31": (change(deps=AFTER_GENESIS, start_op=leb(2**31 - 1)), "beyond what any document"),
    "start_op near 2**32": (change(deps=AFTER_GENESIS, start_op=leb(2**32 - 1)), "beyond what any document"),
    "a run-length bomb": (change({ACTION: run(2**40, b"\x01")}), "more entries"),
    "a deflate bomb": (deflated(change()), "came compressed"),
    "a deflate bomb in a column": (change({META | DEFLATED: zlib.compress(bytes(1 << 20))}), "not known here"),
    "100,000 predecessors": (change({PREDECESSORS: b"\x7f" + leb(100_000)}), "replaces more"),
    "100,000,000 predecessors": (change({PREDECESSORS: b"\x7f" + leb(10**8)}), "replaces more"),
    "100,000,000 other actors": (change(others=leb(10**8)), "1,024 other actors"),
    "a column that is not canonical": (change({ACTION: b"\x01\x01"}), "one way"),
    "seq 0": (change(seq=b"\x00"), "numbered from 1"),
    "a corrupt change": (change()[:-1] + b"\x01", "checksum"),
    "an object of an unlisted actor, which panics": (change({OBJECT_ACTOR: b"\x7f\x01"}, base=LETTER), "does not list"),
    "a character of an unlisted actor, which panics": (change({KEY_ACTOR: b"\x7f\x01"}, base=LETTER), "does not list"),
    "a predecessor of an unlisted actor, which panics": (replacing((1, 1)), "does not list"),
    "a counter": (valued(0x18, b"\x01"), "kind that is not kept"),
    "a value of an unknown kind": (valued(0x1A, b"\x01"), "kind that is not kept"),
    "a string of several characters in a text": (
        change({META: b"\x7f\x26", 0x57: b"xy"}, base=LETTER),
        "one character",
    ),
    "a time": (change(silence=b"\x01\x00"), "time or a message"),
    "a message": (change(silence=b"\x00\x02hi"), "time or a message"),
    "an infinite number": (valued(0x85, struct.pack("<d", float("inf"))), "not kept"),
}


@pytest.mark.parametrize("row", SINGLE)
def test_a_change_that_breaks_automerge_is_stopped_by_its_inspection(row: str) -> None:
    raw, sentence = SINGLE[row]
    with pytest.raises(InvalidChange, match=sentence):
        inspect(raw)


@pytest.mark.parametrize(
    "raw", [bloom(10, 1 << 60, b"\x00\x00"), bloom(0, 7, b"")], ids=["a huge count of probes", "no bits at all"]
)
def test_a_sync_message_of_automerge_is_none_of_ours(raw: bytes) -> None:
    for spelled in (raw, b"\x00" + raw, b"\x01" + zlib.compress(raw)):
        with pytest.raises(InvalidFrame):
            wire.decode(spelled)
    with pytest.raises(InvalidChange):
        inspect(raw)


# --- what only shows beside other changes ---


class Home:
    """Alex's device, which has taken in one good change of Sam's altered software."""

    def __init__(self) -> None:
        self.alex, self.sam = couple()
        self.chapter = self.alex.home("chapter")
        self.sams = Forger(self.alex.id, self.chapter, self.sam.keys)
        write(self.alex, SetFields("note", "a", {"title": "Moss"}))  # of which Sam's knows nothing
        (self.alexs,) = self.alex.replica(self.chapter).clock
        self.first = self.sams.change(*(Op(RECORDS, f"note/{each}", action=Action.MAKE_MAP) for each in range(1, 5)))
        self.send(self.first)

    def send(self, *changes: Change) -> None:
        self.alex.receive(self.chapter, [each.raw for each in changes], [self.sams.tip(changes[-1])])

    def next(self, *ops: Op, seq: int = 2, start_op: int = FIRST + 4, deps: Sequence[bytes] = ()) -> Change:
        ops = ops or (Op((FIRST, self.sams.actor), "title", value=Value.of("Ferns")),)
        return self.sams.change(*ops, seq=seq, start_op=start_op, deps=deps or (self.first.hash,))


TOGETHER: dict[str, tuple[Callable[[Home], object], type[PeerError]]] = {
    "an unknown predecessor": (
        lambda home: home.send(home.next(Op((FIRST, home.sams.actor), "title", predecessors=(NOWHERE,)))),
        InvalidChange,
    ),
    "a predecessor of another key": (
        lambda home: home.send(
            home.next(Op((FIRST, home.sams.actor), "title", predecessors=((FIRST + 1, home.sams.actor),)))
        ),
        InvalidChange,
    ),
    "an unknown object": (lambda home: home.send(home.next(Op(NOWHERE, "title"))), InvalidChange),
    "an unknown character": (
        lambda home: home.send(home.next(Op(NOWHERE, HEAD, insert=True, value=Value.of("a")))),
        InvalidChange,
    ),
    "what its author cannot have seen": (
        lambda home: home.send(home.next(Op((FIRST, home.alexs), "title", value=Value.of("mine")))),
        InvalidChange,
    ),
    "what its author cannot have seen, replaced": (
        lambda home: home.send(
            home.next(Op((FIRST, home.sams.actor), "title", predecessors=((FIRST + 1, home.alexs),)))
        ),
        InvalidChange,
    ),
    "a gap in seq": (lambda home: home.send(home.next(seq=3)), InvalidChange),
    "a second change of one actor and seq": (
        lambda home: home.send(home.next(Op((FIRST, home.sams.actor), "title", value=Value.of("from a backup")))),
        Equivocation,
    ),
    "missing dependencies": (
        lambda home: home.send(home.next(deps=sorted((home.first.hash, b"\x07" * 32)))),
        InvalidChange,
    ),
    "operations numbered too high": (lambda home: home.send(home.next(start_op=FIRST + 5)), InvalidChange),
    "the end of all numbers": (lambda home: home.send(home.next(start_op=limits.OP_COUNTER_MAX)), InvalidChange),
    "a record in place of a record": (
        lambda home: home.send(
            home.next(Op(RECORDS, "note/1", action=Action.MAKE_MAP, predecessors=((FIRST, home.sams.actor),)))
        ),
        InvalidChange,
    ),
    "a good change and one in the wrong place": (
        lambda home: home.send(home.next(), home.next(seq=3, start_op=FIRST + 9)),
        InvalidChange,
    ),
    "another's signature": (
        lambda home: (
            home.alex.receive(home.chapter, [home.next().raw], [Tip(home.sams.actor, 2, home.next().hash, bytes(64))])
            and None
        ),
        InvalidSignature,
    ),
}


@pytest.mark.parametrize("row", TOGETHER)
def test_a_change_that_breaks_a_document_is_stopped_whole_and_the_document_goes_on(row: str) -> None:
    act, error = TOGETHER[row]
    home = Home()
    if error is Equivocation:
        home.send(home.next())
    before = fingerprint(home.alex)
    with pytest.raises(error):
        act(home)
    assert fingerprint(home.alex) == before
    write(home.alex, SetText("note", "1", "body", "still here"))
    deliver(home.alex, home.sam, home.chapter)
    assert home.sam.replica(home.chapter).heads == home.alex.replica(home.chapter).heads
    automerge.Document.load(home.alex.replica(home.chapter).save())


# --- what Automerge itself would make of it, and how we hold it ---


def test_a_panic_is_one_answer_and_no_exception() -> None:
    raw = change({OBJECT_ACTOR: b"\x7f\x01"}, base=LETTER, deps=AFTER_GENESIS, start_op=leb(FIRST))
    assert Binding().feed([raw], {inspect(change()).hash}) is False


def test_what_automerge_drops_in_silence_is_one_answer() -> None:
    raw = change({OBJECT: b"\x7f\x02"}, base=LETTER, deps=AFTER_GENESIS, start_op=leb(FIRST))
    assert Binding().feed([raw[:-1] + b"y"], {inspect(raw).hash}) is False


def test_bytes_come_back_as_bytes_and_truth_as_truth() -> None:
    alex, _ = couple()
    fields: dict[str, Scalar] = {"raw": b"\x00\xff", "yes": True, "one": 1, "text": "a"}
    write(alex, SetFields("note", "1", fields), SetText("note", "1", "body", "several characters"))
    record = alex.records(alex.home("chapter"), "note")["1"]
    assert record == {**fields, "body": "several characters"}
    assert (type(record["raw"]), record["yes"] is True) == (bytes, True)


def test_a_counter_is_nothing_that_can_be_written() -> None:
    with pytest.raises(InvalidInput):
        Value.of(object())  # type: ignore[arg-type]


def test_automerge_is_asked_for_nothing_but_these() -> None:
    """No transaction to outlive its document, no fork, no write, nothing of the high-level Document."""
    asked: set[str] = set()
    for path in Path(collar_sync.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        names = [alias.name for node in imports for alias in node.names if "automerge" in ast.unparse(node)]
        if names:
            assert (path.name, names) == ("binding.py", ["core"])
            asked |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used = asked & ({*dir(automerge.Document)} | {*dir(automerge.Transaction)} | {*dir(automerge)})
    used = {name for name in used if not name.startswith("_")}
    assert used <= {
        *("Document", "Message", "ObjType", "ScalarType", "SyncState"),
        *("load", "save", "get", "keys", "text", "get_heads", "get_changes", "receive_sync_message", "decode"),
    }
