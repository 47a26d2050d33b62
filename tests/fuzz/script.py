"""What the fuzzer mutates in place of bytes: a script of changes that altered software writes, one after another.

Bytes mutated blindly die at the checksum. A script names authors, causes and operations by small numbers, and becomes
changes whose checksum, order and signature are right unless it says otherwise, so that mutations go deep. Every script
plays: numbers are taken modulo what there is.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from collar_sync import ids, limits
from collar_sync.core import identity, inspect, statement
from collar_sync.core.binding import GENESIS
from collar_sync.core.change import HEAD, Change, Kind, Op, OpId, Value
from collar_sync.core.columns import unsigned
from collar_sync.core.durable import Tip
from collar_sync.core.identity import Keys
from collar_sync.core.outline import GENESIS_ACTOR, RECORDS, STATEMENTS, Outline
from collar_sync.core.statement import Statement
from collar_sync.errors import InvalidInput
from collar_sync.ids import DocumentId, SpaceId

COUNTER_MAX: Final = 1 << 40  # what a script may name; far beyond what any device accepts
REPEAT_MAX: Final = 2_000
SAY: Final = "say"

Reference = int | tuple[int, int]  # the n-th operation there was, from the end; or a counter and an author


class Act(msgspec.Struct, array_like=True):
    """One operation. In `replaces` -1 means all that stands there now; a value `["say", kind]` is something said."""

    holder: Reference | None
    key: str | Reference | None
    insert: bool
    action: int
    value: Any
    replaces: list[Reference]
    repeat: int = 1


class Step(msgspec.Struct, array_like=True):
    """One change: who writes it, what it follows (nothing: all heads), and what is wrong with it."""

    author: int
    follows: list[int]
    acts: list[Act]
    seq_off: int = 0
    start_off: int = 0
    patches: list[tuple[int, int, int, bytes]] = []  # in which column, or -1: anywhere; where, how many go, what comes


Script = list[Step]

_decoder: Final = msgspec.msgpack.Decoder(Script)
encode: Final = msgspec.msgpack.Encoder().encode


def decode(data: bytes) -> Script | None:
    """The script that bytes spell, or None."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def sealed(body: bytes) -> bytes:
    """A change chunk around a body, with the checksum it must have."""
    hashed = b"\x01" + unsigned(len(body)) + body
    return b"\x85\x6f\x4a\x83" + hashlib.sha256(hashed).digest()[:4] + hashed


class Stage:
    """Turns steps into signed changes, and keeps count of what was taken in."""

    def __init__(self, space: SpaceId, document: DocumentId, devices: Sequence[Keys]) -> None:
        self._space = space
        self._document = document
        self._keys = list(devices)
        self._authors = [ids.raw_bytes(keys.device) + bytes([opening]) * 8 for opening in (1, 2) for keys in self._keys]
        self._ends = {GENESIS.hash: GENESIS.max_op}
        self._heads = {GENESIS.hash}
        self._last: dict[bytes, tuple[int, bytes]] = {}
        self._names: list[OpId] = [STATEMENTS, RECORDS]

    def play(self, step: Step, outline: Outline) -> tuple[bytes, Tip]:
        """A step as a raw change and the tip that its device signs."""
        author = self._authors[step.author % len(self._authors)]
        seq, previous = self._last.get(author, (0, None))
        known = list(self._ends)
        deps = {known[-1 - back % len(known)] for back in step.follows} or set(self._heads)
        if previous is not None and 0 not in step.follows:
            deps.add(previous)
        seq = max(0, seq + 1 + step.seq_off)
        start = max(0, max(self._ends[dep] for dep in deps) + 1 + step.start_off)
        ops: list[Op] = []
        for act in step.acts:
            ops += self._ops(act, author, start + len(ops), outline)
        raw = sealed(_body(author, seq, start, deps, ops, step.patches))
        digest = hashlib.sha256(raw[8:]).digest()
        message = identity.tip_message(self._space, self._document, author, max(seq, 1), digest)
        keys = self._keys[step.author % len(self._keys)]
        return raw, Tip(author, max(seq, 1), digest, keys.sign(message))

    def taken(self, change: Change) -> None:
        """Note a change that was accepted."""
        self._ends[change.hash] = change.max_op
        self._heads = self._heads.difference(change.deps) | {change.hash}
        self._last[change.actor] = (change.seq, change.hash)
        self._names += [(counter, change.actor) for counter in range(change.start_op, change.max_op + 1)]

    def _ops(self, act: Act, author: bytes, counter: int, outline: Outline) -> list[Op]:
        if act.holder is None and act.key is None and isinstance(act.value, list) and act.value[:1] == [SAY]:
            return [self._said(act.value, author)]
        holder = None if act.holder is None else self._named(act.holder, author)
        key = act.key if isinstance(act.key, str) else HEAD if act.key is None else self._named(act.key, author)
        made: list[Op] = []
        for number in range(min(max(act.repeat, 1), REPEAT_MAX)):
            if number:
                key = f"{key}{number}" if isinstance(key, str) else (counter + number - 1, author)
            here = () if holder is None else outline.live(holder, key)
            replaces = {each for name in act.replaces for each in (here if name == -1 else [self._named(name, author)])}
            made.append(Op(holder, key, act.insert, act.action, _value(act.value), tuple(sorted(replaces))))  # type: ignore[arg-type]  # any number may stand for an action
        return made

    def _said(self, value: list[Any], author: bytes) -> Op:
        words = [each for each in value[1:] if isinstance(each, str)]
        body = next((each for each in value if isinstance(each, dict)), {})
        said = Statement("".join(words[:1]), "".join(words[1:2]), body, 1, (), bytes(8))
        try:
            raw = statement.encode(said)
        except InvalidInput:
            raw = b""
        name = statement.identify(ids.device_id(author[: ids.SHORT_BYTES]), raw).removeprefix("statement_")
        return Op(STATEMENTS, name, value=Value(Kind.BYTES, raw))

    def _named(self, reference: Reference, author: bytes) -> OpId:
        if isinstance(reference, int):
            return self._names[-1 - reference % len(self._names)]
        counter, who = reference
        actors = [author, GENESIS_ACTOR, *self._authors]
        return abs(counter) % COUNTER_MAX, actors[who % len(actors)]


def _value(plain: Any) -> Value:
    if isinstance(plain, list):
        kind = Kind(plain[0] % 8) if len(plain) == 2 and isinstance(plain[0], int) else Kind.NULL
        content = plain[1] if len(plain) == 2 else None
        if kind is Kind.UINT and isinstance(content, int):
            return Value(kind, abs(content) % (1 << 66))
        return _value(content)
    try:
        return Value.of(plain)
    except InvalidInput:
        return Value.of(None)


def _body(
    author: bytes,
    seq: int,
    start: int,
    deps: set[bytes],
    ops: Sequence[Op],
    patches: Sequence[tuple[int, int, int, bytes]],
) -> bytes:
    others = inspect._others(author, tuple(ops))[: limits.CHANGE_ACTORS_MAX]
    frame = inspect._write_frame(author, others, seq, start, tuple(sorted(deps)))
    columns = inspect._read_columns(inspect._write_ops(tuple(ops), [author, *others]), 0)
    for column, place, gone, come in patches:
        if column >= 0:
            columns[column % len(columns)] = _patched(columns[column % len(columns)], place, gone, come)
    found = [(spec, data) for spec, data in zip(inspect._SPECS, columns, strict=True) if data]
    body = b"".join(
        (
            frame,
            unsigned(len(found)),
            *(unsigned(spec) + unsigned(len(data)) for spec, data in found),
            *(dict(found).values()),
        )
    )
    for column, place, gone, come in patches:
        if column < 0:
            body = _patched(body, place, gone, come)
    return body


def _patched(data: bytes, place: int, gone: int, come: bytes) -> bytes:
    at = place % (len(data) + 1)
    return data[:at] + come + data[at + max(0, gone) :]
