"""Statements against a plain dict: what was ever validly said is there, by whom it was said, and nothing else is.

Honest devices write, altered software deletes, overwrites, copies and misspells, batches arrive in any causal order,
and devices open again. The model decides from its own reading of the rules what counts; it asks the code for nothing.
"""

import hashlib
import random
import re
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from collar_sync import ids
from collar_sync.core import statement
from collar_sync.core.binding import GENESIS
from collar_sync.core.change import Action, Op, OpId, Value
from collar_sync.core.edits import Say
from collar_sync.core.inspect import inspect
from collar_sync.core.outline import STATEMENTS
from collar_sync.core.statement import Statement
from collar_sync.errors import InvalidInput, PeerError
from tests.core.story import NOW, Forger, couple, join, keys_of
from tests.machines.device import Device
from tests.machines.past import Past, Written, chance_from, in_parts
from tests.machines.search import search

SIDES = 3
ALTERED = 1  # Sam's device also runs altered software
Model = dict[str, tuple[str, str, str, dict[str, Any]]]  # id → who, kind, subject, body


# --- the model ---


def spelled(kind: str, subject: str, body: Any, at: int, answers: Sequence[str], nonce: bytes) -> bytes:
    """The one spelling of a statement."""
    return msgspec.msgpack.encode([kind, subject, body, at, sorted(set(answers)), nonce], order="deterministic")


def named(device: str, raw: bytes) -> str:
    """The id of a statement as said by a device."""
    return "statement_" + hashlib.sha256(b"collar/statement/1" + bytes.fromhex(device[7:]) + raw).hexdigest()


def deep(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else None
    return 0 if inner is None else 1 + max(map(deep, inner), default=0)


def plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and all(map(plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(plain, value))
    if isinstance(value, int) and not isinstance(value, bool):
        return -(2**63) <= value < 2**63
    return value is None or isinstance(value, bool | str | bytes)


def spellable(value: Any) -> bool:
    try:
        msgspec.msgpack.encode(value, order="deterministic")
    except (ValueError, OverflowError, TypeError):
        return False
    return True


def within_bounds(kind: str, subject: str, body: dict[str, Any], at: int, answers: Sequence[str], nonce: bytes) -> bool:
    return (
        1 <= len(kind) <= 64
        and len(subject) <= 128
        and len(nonce) == 8
        and 0 <= at < 2**53
        and len(set(answers)) <= 256
        and all(re.fullmatch("statement_[0-9a-f]{64}", each) for each in answers)
        and plain(body)
        and deep(list(body.values())) <= 9
        and spellable([kind, subject, body])
        and len(spelled(kind, subject, body, at, answers, nonce)) <= 16 * 1024
    )


# --- what is drawn ---

ANSWERS = tuple(ids.statement_id(bytes([place]) * 32) for place in range(4))
words = st.text(max_size=6)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | words | st.binary(max_size=4)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=2))


def nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth - 1):
        found = [found]
    return found


bodies = st.dictionaries(words, values, max_size=3)
odd_bodies = (
    st.sampled_from([{"a": 1.5}, {"a": [0.0]}, {"a": 2**63}, {"a": -(2**63) - 1}, {"a": "\ud800"}, {"a": {1: 2}}])
    | st.integers(7, 10).map(lambda depth: {"a": nested(depth)})
    | st.integers(16 * 1024 - 120, 16 * 1024 + 10).map(lambda size: {"a": "x" * size})
)
kinds = st.text(min_size=1, max_size=8)
odd_kinds = st.sampled_from(["", "k" * 64, "k" * 65, "\ud800"])
subjects = words | st.sampled_from(["s" * 128, "s" * 129])
answers: Any = (
    st.lists(st.sampled_from(ANSWERS), max_size=5)
    | st.sampled_from([["statement_"], ["statement_" + "A" * 64], [ids.person_id(bytes(16))]])
    | st.sampled_from([256, 257]).map(
        lambda size: [ids.statement_id(bytes([n // 256, n % 256]) * 16) for n in range(size)]
    )
)


says = st.builds(
    Say,
    kinds | odd_kinds,
    subjects,
    bodies | odd_bodies,
    answers.map(tuple),
)
sides = st.integers(0, SIDES - 1)
arriving = st.lists(st.tuples(sides, sides, st.integers(0, 1 << 32)), max_size=3)  # from whom, to whom, and how
NOT_ONE_SPELLING = (
    lambda raw: raw + b"\0",
    lambda raw: raw[:-1],
    lambda raw: b"\xdc\x00\x06" + raw[1:],  # the same array with a longer head
    lambda raw: b"\x97" + raw[1:] + b"\xc0",  # one more item
    lambda _: b"",
    lambda _: b"words",
    lambda _: "words",
    lambda _: None,
    lambda _: 7,
    lambda _: spelled("", "", {}, 1, (), bytes(8)),
    lambda _: spelled("k", "", {}, 1, (), bytes(7)),
    lambda _: spelled("k", "", {"a": 1.5}, 1, (), bytes(8)),
    lambda _: spelled("k", "", {"a": "x" * 16_384}, 1, (), bytes(8)),
    lambda _: msgspec.msgpack.encode(["k", "", {}, 1, [ANSWERS[1], ANSWERS[0]], bytes(8)]),
    lambda _: msgspec.msgpack.encode(["k", "", {"b": 1, "a": 1}, 1, [], bytes(8)]),
)
DEEDS = ("say", "say again", "copy", "borrow", "misspell", "misplace", "delete", "delete", "overwrite", "wipe", "stuff")
FORBIDDEN = (
    Op(STATEMENTS, "a" * 64, action=Action.MAKE_MAP),
    Op(STATEMENTS, "a" * 64, action=Action.MAKE_TEXT),
    Op(STATEMENTS, "a" * 64, action=Action.DELETE, predecessors=((2, b"?" * 24),)),
    Op(None, "statements", action=Action.MAKE_MAP, predecessors=(STATEMENTS,)),
    Op(None, "statements", action=Action.DELETE, predecessors=(STATEMENTS,)),
)


class Statements(RuleBasedStateMachine):
    """Alex, Sam and Kim; Sam's device runs honest and altered software side by side."""

    def __init__(self) -> None:
        super().__init__()
        alex, sam = couple()
        kim = join(alex, "Kim")
        enrols = alex.replica(alex.core)
        sam.receive(sam.core, [each.raw for each in enrols.missing({})], list(enrols.tips.values()))
        self.devices = [Device(alex), Device(sam), Device(kim)]
        self.document = alex.document("chapter-1")
        self.past = Past()
        self.has: list[set[bytes]] = [set() for _ in self.devices]
        self.seen_wrong = [False for _ in self.devices]
        self.spelling: dict[str, bytes] = {}  # id → bytes
        self.puts: dict[str, list[OpId]] = {}  # key of the document → operations that wrote it
        self.forger = Forger(alex.id, self.document, sam.keys)
        self.forged = 0

    # --- what happens ---

    @rule(
        said=st.lists(st.tuples(sides, st.lists(says, min_size=1, max_size=3)), min_size=1, max_size=3),
        arriving=arriving,
    )
    def people_say(self, said: list[tuple[int, list[Say]]], arriving: list[tuple[int, int, int]]) -> None:
        for side, each in said:
            self._say(side, each)
        for giver, taker, seed in arriving:
            self._arrive(giver, taker, chance_from(seed))

    @rule(
        deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 200)), min_size=1, max_size=4),
        say=st.builds(Say, kinds, words, bodies),
        forbidden=st.none() | st.sampled_from(FORBIDDEN),
        arriving=arriving,
    )
    def altered_software_writes(
        self, deeds: list[tuple[str, int]], say: Say, forbidden: Op | None, arriving: list[tuple[int, int, int]]
    ) -> None:
        self._alter(deeds, say)
        if forbidden is not None:
            self._refuse(forbidden, len(deeds) % SIDES)
        for giver, taker, seed in arriving:
            self._arrive(giver, taker, chance_from(seed))

    @rule(side=sides, rests=st.booleans(), opens=st.booleans())
    def a_document_rests_and_a_device_opens_again(self, side: int, rests: bool, opens: bool) -> None:  # noqa: FBT001
        device = self.devices[side]
        while device.waiting:
            device.store_next()
        if rests:
            device.put_to_rest(self.document)
        if opens:
            device.open()
            self.seen_wrong[side] = False

    # --- what must hold ---

    @invariant()
    def each_device_has_exactly_what_was_said_in_the_changes_it_has(self) -> None:
        for device, has, wrong in zip(self.devices, self.has, self.seen_wrong, strict=True):
            model: Model = {}
            for each in has:
                model.update(self.past.changes[each].meaning[0])
            assert said_in(device, self.document) == model
            sentence = "Sam's phone tried to delete or overwrite something that was said. It had no effect."
            blamed = [problem for problem in device.space.problems if "tried to" in problem]
            assert blamed == ([sentence] if wrong else [])

    # --- the model's hands ---

    def _say(self, side: int, says: list[Say]) -> None:
        device = self.devices[side]
        try:
            applied, said, drawn = device.write(self.document, says)
        except InvalidInput:
            assert not all(self._sayable(each) for each in says)
            return
        assert all(self._sayable(each) for each in says)
        meaning: Model = {}
        for place, (say, identifier) in enumerate(zip(says, said, strict=True)):
            nonce = drawn[8 + 8 * place : 16 + 8 * place]
            raw = spelled(say.kind, say.subject, say.body, NOW, say.answers, nonce)
            assert identifier == named(str(device.space.keys.device), raw)
            self.spelling[identifier] = raw
            meaning[identifier] = (str(device.space.keys.device), say.kind, say.subject, read(raw)[2])
        self._written(side, applied.changes[-1].raw, applied.tips[0], (meaning, False))

    def _alter(self, deeds: list[tuple[str, int]], say: Say) -> None:
        device, has = self.devices[ALTERED], self.has[ALTERED]
        start_op = 1 + max((self.past.changes[each].max_op for each in has), default=GENESIS.max_op)
        ops: list[Op] = []
        meaning: Model = {}
        wrong = False
        for deed, what in deeds:
            op, counts = self._deed(deed, what, say, [*ops], start_op)
            ops.append(op)
            wrong |= counts is None
            meaning.update(counts or {})
        deps = self.past.heads(has) or {GENESIS.hash}
        if self.forged:
            deps.add(max((each for each in has if self._by_forger(each)), key=lambda each: self.past.changes[each].seq))
        change = self.forger.change(*ops, seq=self.forged + 1, start_op=start_op, deps=sorted(deps))
        tip = self.forger.tip(change)
        device.receive(self.document, [change.raw], [tip])
        self.forged += 1
        self._written(ALTERED, change.raw, tip, (meaning, wrong))
        self.seen_wrong[ALTERED] |= wrong

    def _refuse(self, op: Op, side: int) -> None:
        stray = Forger(self.devices[0].space.id, self.document, self.devices[ALTERED].space.keys, b"stray..!")
        change = stray.change(Op(STATEMENTS, "b" * 64, value=Value.of(b"x")), op)
        with pytest.raises(PeerError):
            self.devices[side].receive(self.document, [change.raw], [stray.tip(change)])

    def _arrive(self, giver: int, taker: int, drawn: random.Random) -> None:
        """Some of what another has, in any causal order, in batches, some of it once more."""
        for batch in in_parts(self.past.some(self.has[giver], self.has[taker], drawn), drawn):
            again = [self.past.changes[each] for each in sorted(self.has[taker]) if drawn.random() < 0.2]
            everything = self.past.in_order([each.hash for each in (*batch, *again)], drawn)
            self.devices[taker].receive(self.document, [each.raw for each in everything], self.past.newest(everything))
            self.has[taker] |= {each.hash for each in batch}
            self.seen_wrong[taker] |= any(each.meaning[1] for each in batch)

    def _sayable(self, say: Say) -> bool:
        return within_bounds(say.kind, say.subject, dict(say.body), NOW, say.answers, bytes(8))

    def _by_forger(self, each: bytes) -> bool:
        return self.past.changes[each].actor == self.forger.actor

    def _written(self, side: int, raw: bytes, tip: Any, meaning: tuple[Model, bool]) -> None:
        change = inspect(raw)
        for counter, op in enumerate(change.ops, change.start_op):
            if op.object == STATEMENTS and isinstance(op.key, str) and op.action is not Action.DELETE:
                self.puts.setdefault(op.key, []).append((counter, change.actor))
        past = frozenset(self.has[side])
        written = Written(change.hash, change.actor, change.seq, raw, tip, change.max_op, past, meaning)
        self.past.changes[change.hash] = written
        self.has[side].add(change.hash)

    def _deed(  # noqa: PLR0911  # one answer a deed
        self, deed: str, what: int, say: Say, before: list[Op], start_op: int
    ) -> tuple[Op, Model | None]:
        """One operation of altered software, and what it says; None where it is wrong."""
        me = str(self.devices[ALTERED].space.keys.device)
        raw = spelled(say.kind, say.subject, say.body, what, (), what.to_bytes(8, "big"))
        known = sorted({each for place in self.has[ALTERED] for each in self.past.changes[place].meaning[0]})
        theirs = self.spelling[known[what % len(known)]] if known else raw
        their_key = known[what % len(known)].removeprefix("statement_") if known else "c" * 64
        match deed:
            case "say" | "say again":
                return self._put(named(me, raw)[10:], raw, before, start_op), self._mine(raw)
            case "copy":  # their words in my name: a statement of mine
                return self._put(named(me, theirs)[10:], theirs, before, start_op), self._mine(theirs)
            case "borrow":  # their words under their id: mine only where they were
                mine = known and named(me, theirs)[10:] == their_key
                return self._put(their_key, theirs, before, start_op), self._mine(theirs) if mine else None
            case "misspell":
                odd = NOT_ONE_SPELLING[what % len(NOT_ONE_SPELLING)](raw)
                key = named(me, odd)[10:] if isinstance(odd, bytes) else "d" * 64
                return self._put(key, odd, before, start_op), None
            case "misplace":
                return self._put("e" * 64, raw, before, start_op), None
            case "overwrite":
                return self._put(their_key, raw, before, start_op), (
                    self._mine(raw) if their_key == named(me, raw)[10:] else None
                )
            case "delete" | "wipe":
                there = self._there(their_key, before, start_op)
                if there:
                    return Op(STATEMENTS, their_key, action=Action.DELETE, predecessors=tuple(sorted(there))), None
                return self._put(their_key, None, before, start_op), None
        return Op(STATEMENTS, "f" * 64, value=Value.of(what)), None

    def _mine(self, raw: bytes) -> Model:
        me = str(self.devices[ALTERED].space.keys.device)
        identifier = named(me, raw)
        self.spelling[identifier] = raw
        kind, subject, body, *_ = read(raw)
        return {identifier: (me, kind, subject, body)}

    def _put(self, key: str, value: Any, before: list[Op], start_op: int) -> Op:
        return Op(
            STATEMENTS, key, value=Value.of(value), predecessors=tuple(sorted(self._there(key, before, start_op)))
        )

    def _there(self, key: str, before: list[Op], start_op: int) -> list[OpId]:
        """What the altered device can replace at a key: by changes that it has, or by this one so far."""
        mine = {(self.past.changes[each].actor, self.past.changes[each].max_op) for each in self.has[ALTERED]}
        actors = {actor: max(top for other, top in mine if other == actor) for actor, _ in mine}
        there = [(counter, actor) for counter, actor in self.puts.get(key, []) if counter <= actors.get(actor, 0)]
        own = [
            (counter, self.forger.actor)
            for counter, op in enumerate(before, start_op)
            if op.key == key and op.action is not Action.DELETE
        ]
        return there + own


def said_in(device: Device, document: ids.DocumentId) -> Model:
    """What the space says was said in a document, each thing once, by the person whose device it was."""
    found = device.said(document)
    assert len({each.id for each in found}) == len(found)
    assert all(device.space.author(each.device) == each.author for each in found)
    return {str(each.id): (str(each.device), each.kind, each.subject, dict(each.body)) for each in found}


def read(raw: bytes) -> tuple[str, str, dict[str, Any], int, list[str], bytes]:
    """A statement's bytes as plain values: lists for tuples."""
    kind, subject, body, at, named_answers, nonce = msgspec.msgpack.decode(raw)
    return kind, subject, body, at, named_answers, nonce


@given(
    kinds | odd_kinds,
    subjects,
    bodies | odd_bodies,
    st.sampled_from([-1, 0, NOW, 2**53 - 1, 2**53]),
    answers,
    st.binary(min_size=7, max_size=9),
)
def test_a_statement_within_bounds_has_one_spelling_and_one_beyond_them_none(
    kind: str, subject: str, body: dict[str, Any], at: int, named_answers: list[Any], nonce: bytes
) -> None:
    given_one = Statement(kind, subject, body, at, tuple(named_answers), nonce)
    if not within_bounds(kind, subject, body, at, named_answers, nonce):
        with pytest.raises(InvalidInput):
            statement.encode(given_one)
        if spellable([kind, subject, body]):
            assert statement.decode(spelled(kind, subject, body, at, named_answers, nonce)) is None
        return
    raw = statement.encode(given_one)
    assert raw == spelled(kind, subject, body, at, named_answers, nonce)
    back = statement.decode(raw)
    assert back is not None
    assert msgspec.msgpack.encode(back, order="deterministic") == raw
    for name in ("Alex", "Sam"):
        device = keys_of(name).device
        assert statement.identify(device, raw) == named(str(device), raw)


def test_the_statements_there_are_those_validly_said_whatever_altered_software_writes() -> None:
    run_state_machine_as_test(Statements, settings=search(stories=40, steps=20))


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_the_statements_there_are_those_validly_said_in_long_stories() -> None:
    run_state_machine_as_test(Statements, settings=search(stories=2_000, steps=60))
