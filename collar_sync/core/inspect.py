"""Automerge changes, read and written without Automerge: the dialect of changes this project accepts.

Rules. What is accepted depends on the bytes alone. Nothing is allocated for a length or count before it is held against
`limits`. One change has one spelling: what was read is written again and must give the same bytes, so a change that passes
here is one that Automerge itself could have written. The dialect: maps and texts are made, plain values set, keys and
characters deleted. A text holds single characters, each put once after another. No lists, counters, marks, times, messages,
compression. This module must not know documents, devices or signatures: whether an object or a predecessor exists outside
the change is for the replica to say.

Source: the Automerge binary format, "change chunks"; byte for byte as its Rust core 0.5.7 writes them.
"""

import enum
import hashlib
import struct
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from typing import Final, Literal

import msgspec

from collar_sync import limits
from collar_sync.core import columns
from collar_sync.core.edits import Scalar
from collar_sync.errors import InvalidChange, InvalidInput

OpId = tuple[int, bytes]  # counter, actor; ids compare as Automerge orders them


class Head(enum.Enum):
    """The place before the first character of a text."""

    HEAD = "_head"


HEAD: Final = Head.HEAD
Key = (
    str | OpId | Literal[Head.HEAD]
)  # of a map: a text; of a text: the character it deletes, or after which it inserts


class Action(enum.IntEnum):
    """What an operation does, by Automerge's numbers."""

    MAKE_MAP = 0
    SET = 1
    DELETE = 3
    MAKE_TEXT = 4


class Kind(enum.IntEnum):
    """What a value is; Automerge keeps a signed and an unsigned whole number apart."""

    NULL = 0
    BOOL = 1
    UINT = 3
    INT = 4
    FLOAT = 5
    TEXT = 6
    BYTES = 7


class Value(msgspec.Struct, frozen=True, gc=False):
    """One plain value with its kind."""

    kind: Kind
    content: Scalar

    @classmethod
    def of(cls, scalar: Scalar) -> "Value":
        """The value of a plain Python one; a whole number becomes INT."""
        if isinstance(scalar, str):
            return cls(Kind.TEXT, scalar)
        if scalar is None:
            return NULL
        if isinstance(scalar, bool):
            return TRUE if scalar else FALSE
        if isinstance(scalar, int):
            return cls(Kind.INT, scalar)
        return cls(Kind.FLOAT if isinstance(scalar, float) else Kind.BYTES, scalar)


NULL: Final = Value(Kind.NULL, None)
FALSE: Final = Value(Kind.BOOL, False)
TRUE: Final = Value(Kind.BOOL, True)


class Op(msgspec.Struct, frozen=True, gc=False):
    """One operation. `object` None is the root map; `predecessors` ascend; only SET has a value."""

    object: OpId | None
    key: Key
    insert: bool = False
    action: Action = Action.SET
    value: Value = NULL
    predecessors: tuple[OpId, ...] = ()


class Change(msgspec.Struct, frozen=True):
    """One change: its operations have the ids (start_op, actor), (start_op + 1, actor), … in order."""

    hash: bytes
    actor: bytes
    seq: int
    start_op: int
    deps: tuple[bytes, ...]
    ops: tuple[Op, ...]
    raw: bytes

    @property
    def max_op(self) -> int:
        """The counter of the last operation."""
        return self.start_op + len(self.ops) - 1


HASH_BYTES: Final = 32

_MAGIC: Final = b"\x85\x6f\x4a\x83"
_KIND_AT: Final = 8  # after the magic and four bytes of checksum; the hash begins here
_CHANGE: Final = 1
_COMPRESSED: Final = 2
_SPECS: Final = (0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73)  # in the order of `_cells`
_SPEC_COMPRESSED: Final = 0x08
_ACTIONS: Final = {int(action): action for action in Action}
_DOUBLE: Final = struct.Struct("<d")
_FALSE_CODE: Final = 1
_TRUE_CODE: Final = 2
_BARE: Final = {int(Kind.NULL): NULL, _FALSE_CODE: FALSE, _TRUE_CODE: TRUE}  # values without bytes of their own
_FIRST: Final = (1, b"")  # below every id there is
_UINT_MAX: Final = (1 << 64) - 1
_INT_MAX: Final = (1 << 63) - 1
_UNEVEN: Final = "The columns of a change are not of one length."

_NAMELESS: Final = "A change names an operation by half, or by an actor that it does not list."


def inspect(raw: bytes) -> Change:
    """Read one uncompressed change chunk; raises `InvalidChange` for anything outside the dialect and its bounds."""
    digest, body = _open(raw)
    actors, seq, start_op, deps, found = _read_body(body)
    ops = tuple(_read_ops(found, actors))
    actor = actors[0]
    problem = _problem(actor, seq, start_op, deps, ops)
    if problem is not None:
        raise InvalidChange(problem)
    if _write_body(actor, _others(actor, ops), seq, start_op, deps, ops) != body:
        raise InvalidChange("A change is not spelled in the one way in which Automerge spells it.")
    return Change(digest, actor, seq, start_op, deps, ops, raw)


def compose(*, actor: bytes, seq: int, start_op: int, deps: Iterable[bytes], ops: Iterable[Op]) -> Change:
    """Write a change as Automerge would, `deps` in any order; raises `InvalidInput` where no peer would accept it."""
    deps = tuple(sorted(deps))
    ops = tuple(ops)
    problem = _problem(actor, seq, start_op, deps, ops)
    if problem is not None:
        raise InvalidInput(problem)
    others = _others(actor, ops)
    if len(others) > limits.CHANGE_ACTORS_MAX or any(len(other) != limits.ACTOR_BYTES for other in others):
        raise InvalidInput("A change may name 1,024 other actors at most, each of 24 bytes.")
    try:
        body = _write_body(actor, others, seq, start_op, deps, ops)
    except UnicodeEncodeError as error:
        raise InvalidInput("This text holds half a character and cannot be kept. Please type it again.") from error
    hashed = bytes((_CHANGE,)) + columns.unsigned(len(body)) + body
    digest = hashlib.sha256(hashed).digest()
    raw = _MAGIC + digest[: _KIND_AT - len(_MAGIC)] + hashed
    if len(raw) > limits.CHANGE_BYTES_MAX:
        raise InvalidInput("This is too much to be written at once: 1 MiB at most.")
    return Change(digest, actor, seq, start_op, deps, ops, raw)


# --- reading ---


def _open(raw: bytes) -> tuple[bytes, bytes]:
    """The hash and the body of a chunk."""
    if len(raw) > limits.CHANGE_BYTES_MAX:
        raise InvalidChange("A change is longer than 1 MiB.")
    if len(raw) <= _KIND_AT or not raw.startswith(_MAGIC):
        raise InvalidChange("These bytes are no change.")
    if raw[_KIND_AT] == _COMPRESSED:
        raise InvalidChange("A change came compressed; changes travel as they are.")
    if raw[_KIND_AT] != _CHANGE:
        raise InvalidChange("These bytes are of another kind than a change.")
    size, start = columns.read_unsigned(raw, _KIND_AT + 1)
    if size != len(raw) - start or columns.unsigned(size) != raw[_KIND_AT + 1 : start]:
        raise InvalidChange("A change is shorter or longer than it says.")
    digest = hashlib.sha256(raw[_KIND_AT:]).digest()
    if raw[len(_MAGIC) : _KIND_AT] != digest[: _KIND_AT - len(_MAGIC)]:
        raise InvalidChange("The checksum of a change does not match it.")
    return digest, raw[start:]


def _take(body: bytes, position: int, size: int) -> tuple[bytes, int]:
    if size > len(body) - position:
        raise InvalidChange("A change ends in the middle.")
    return body[position : position + size], position + size


def _read_body(body: bytes) -> tuple[list[bytes], int, int, tuple[bytes, ...], list[bytes]]:
    """Actors (the author first), seq, start_op, deps, and one column for each of `_SPECS`."""
    count, position = columns.read_unsigned(body, 0)
    if count > limits.CHANGE_DEPS_MAX:
        raise InvalidChange("A change may follow 256 others at most.")
    packed, position = _take(body, position, count * HASH_BYTES)
    deps = tuple(packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES))
    author, position = _read_actor(body, position)
    seq, position = columns.read_unsigned(body, position)
    start_op, position = columns.read_unsigned(body, position)
    silence, position = _take(body, position, 2)
    if silence != b"\0\0":
        raise InvalidChange("A change carries a time or a message.")
    count, position = columns.read_unsigned(body, position)
    if count > limits.CHANGE_ACTORS_MAX:
        raise InvalidChange("A change may name 1,024 other actors at most.")
    actors = [author]
    for _ in range(count):
        other, position = _read_actor(body, position)
        actors.append(other)
    return actors, seq, start_op, deps, _read_columns(body, position)


def _read_actor(body: bytes, position: int) -> tuple[bytes, int]:
    size, position = columns.read_unsigned(body, position)
    if size != limits.ACTOR_BYTES:
        raise InvalidChange("An actor in a change does not have 24 bytes.")
    return _take(body, position, size)


def _read_columns(body: bytes, position: int) -> list[bytes]:
    count, position = columns.read_unsigned(body, position)
    if count > len(_SPECS):
        raise InvalidChange("A change has more columns than there are.")
    sizes = []
    for _ in range(count):
        spec, position = columns.read_unsigned(body, position)
        size, position = columns.read_unsigned(body, position)
        if spec & _SPEC_COMPRESSED:
            raise InvalidChange("A column of a change came compressed; changes travel as they are.")
        sizes.append((spec, size))
    found = {}
    for spec, size in sizes:
        found[spec], position = _take(body, position, size)
    if position != len(body):
        raise InvalidChange("A change has bytes after its end.")
    chosen = [found.pop(spec, b"") for spec in _SPECS]
    if found:
        raise InvalidChange("A change has a column that is not known here: a mark, or something newer.")
    return chosen


def _read_ops(found: list[bytes], actors: list[bytes]) -> Iterable[Op]:
    (object_actor, object_counter, key_actor, key_counter, key_text, insert, action, meta, raw, *links) = found
    codes = columns.read_numbers(action, limits.CHANGE_OPS_MAX)
    count = len(codes)
    try:
        actions = [_ACTIONS[code] for code in codes]  # type: ignore[index]  # None is refused like any other
    except KeyError as error:
        raise InvalidChange("A change does something that is not done here: a list, a counter, a mark.") from error
    objects = _read_ids(object_actor, columns.read_numbers(object_counter, count), count, actors)
    keys = _read_keys(key_actor, key_counter, key_text, count, actors)
    inserts = columns.read_truths(insert, count)
    values = _read_values(_full(columns.read_numbers(meta, count), count), raw)
    predecessors = _read_predecessors(links, count, actors)
    if len(inserts) != count:
        raise InvalidChange(_UNEVEN)
    return map(Op, objects, keys, inserts, actions, values, predecessors)


def _full(cells: list[int | None], count: int) -> list[int]:
    """Cells of which none may be empty."""
    if len(cells) != count or None in cells:
        raise InvalidChange(_UNEVEN)
    return cells  # type: ignore[return-value]  # no cell is None here


def _read_ids(data: bytes, counters: list[int | None], count: int, actors: list[bytes]) -> list[OpId | None]:
    if not data and not counters:
        return [None] * count
    indices = columns.read_numbers(data, count)
    if len(indices) != count or len(counters) != count:
        raise InvalidChange(_UNEVEN)
    ids: list[OpId | None] = []
    for index, counter in zip(indices, counters, strict=True):
        if index is None and counter is None:
            ids.append(None)
        elif index is None or counter is None or index >= len(actors):
            raise InvalidChange(_NAMELESS)
        else:
            ids.append((counter, actors[index]))
    return ids


def _read_keys(actor: bytes, counter: bytes, text: bytes, count: int, actors: list[bytes]) -> Sequence[Key]:
    texts = columns.read_texts(text, count) or [None] * count
    if len(texts) != count:
        raise InvalidChange(_UNEVEN)
    if not actor and not counter:
        if None in texts:
            raise InvalidChange("An operation of a change has no key.")
        return texts  # type: ignore[return-value]  # no text is None here
    counters = columns.read_deltas(counter, count)
    indices = columns.read_numbers(actor, count) or [None] * count
    if len(counters) != count or len(indices) != count:
        raise InvalidChange(_UNEVEN)
    keys: list[Key] = []
    for name, at, index in zip(texts, counters, indices, strict=True):
        if at is None:
            if name is None or index is not None:
                raise InvalidChange("An operation of a change has no key.")
            keys.append(name)
        elif name is not None:
            raise InvalidChange("An operation of a change has two keys.")
        elif index is None:
            if at != 0:
                raise InvalidChange(_NAMELESS)
            keys.append(HEAD)
        elif index < len(actors):
            keys.append((at, actors[index]))
        else:
            raise InvalidChange(_NAMELESS)
    return keys


def _read_values(metas: list[int], raw: bytes) -> list[Value]:
    values = []
    position = 0
    for meta in metas:
        code = meta & 0xF
        piece, position = _take(raw, position, meta >> 4)
        if code == Kind.TEXT:
            try:
                values.append(Value(Kind.TEXT, str(piece, "utf-8")))
            except UnicodeDecodeError as error:
                raise InvalidChange("A change holds text that is not UTF-8.") from error
        elif code in _BARE:
            values.append(_BARE[code])
        elif code == Kind.BYTES:
            values.append(Value(Kind.BYTES, piece))
        elif code == Kind.INT:
            values.append(Value(Kind.INT, columns.read_signed(piece, 0)[0]))
        elif code == Kind.UINT:
            values.append(Value(Kind.UINT, columns.read_unsigned(piece, 0)[0]))
        elif code == Kind.FLOAT and len(piece) == _DOUBLE.size:
            values.append(Value(Kind.FLOAT, _DOUBLE.unpack(piece)[0]))
        else:
            raise InvalidChange("A change holds a value of a kind that is not kept here.")
    if position != len(raw):
        raise InvalidChange("A change has bytes that belong to no value.")
    return values


def _read_predecessors(links: list[bytes], count: int, actors: list[bytes]) -> Iterable[tuple[OpId, ...]]:
    sizes = _full(columns.read_numbers(links[0], count), count)
    total = sum(sizes)
    if total > limits.CHANGE_PREDECESSORS_MAX or (total and max(sizes) > limits.OP_PREDECESSORS_MAX):
        raise InvalidChange("An operation of a change replaces more than it may.")
    indices = _full(columns.read_numbers(links[1], total), total)
    counters = _full(columns.read_deltas(links[2], total), total)
    if total == 0:
        return [()] * count
    if max(indices) >= len(actors):
        raise InvalidChange(_NAMELESS)
    ids = zip(counters, [actors[index] for index in indices], strict=True)
    return [tuple(islice(ids, size)) for size in sizes]


# --- what a change may say ---


def _problem(actor: bytes, seq: int, start_op: int, deps: tuple[bytes, ...], ops: tuple[Op, ...]) -> str | None:
    """What is wrong with it, in a sentence for either side; None where nothing is."""
    if len(actor) != limits.ACTOR_BYTES:
        return "An actor has 24 bytes."
    if not 1 <= seq <= start_op:
        return "Changes are numbered from 1, and each brought at least one operation."
    if not 1 <= len(ops) <= limits.CHANGE_OPS_MAX:
        return "A change holds 1 to 20,000 operations."
    if start_op + len(ops) - 1 > limits.OP_COUNTER_MAX:
        return "A change counts its operations beyond what any document reaches."
    if len(deps) > limits.CHANGE_DEPS_MAX or any(len(dep) != HASH_BYTES for dep in deps):
        return "A change follows 256 others at most, each named by its hash."
    if any(one >= other for one, other in pairwise(deps)):
        return "The changes that a change follows are named in order, each once."
    replaced = 0
    for counter, op in enumerate(ops, start_op):
        predecessors = op.predecessors
        if predecessors:
            replaced += len(predecessors)
            if len(predecessors) > limits.OP_PREDECESSORS_MAX or replaced > limits.CHANGE_PREDECESSORS_MAX:
                return "An operation of a change replaces more than it may."
        problem = _problem_of_map(op) if isinstance(op.key, str) else _problem_of_text(op)
        if problem is None and not _in_place(op, counter, actor, start_op, ops):
            problem = "An operation of a change names one that cannot have come before it, or is of another kind."
        if problem is not None:
            return problem
    return None


def _problem_of_map(op: Op) -> str | None:
    key = op.key
    if op.insert or not key:
        return "A field of a map has a name and is not inserted."
    if len(key) * 4 > limits.KEY_BYTES_MAX and len(str(key).encode(errors="replace")) > limits.KEY_BYTES_MAX:
        return "A key has 256 bytes at most."
    if op.action is Action.SET:
        return _problem_of_value(op.value)
    if op.value.kind is not Kind.NULL:
        return "Only a set value is a value."
    if op.action is Action.DELETE and not op.predecessors:
        return "A deletion names what it deletes."
    return None


def _problem_of_text(op: Op) -> str | None:
    value = op.value
    if op.object is None:
        return "The root of a document is a map."
    if op.insert:
        if op.action is not Action.SET or value.kind is not Kind.TEXT or len(value.content) != 1 or op.predecessors:
            return "A text takes one character at a time."
    elif op.action is not Action.DELETE or value.kind is not Kind.NULL or op.predecessors != (op.key,):
        return "A character of a text is only ever deleted, and nothing else with it."
    return None


def _problem_of_value(value: Value) -> str | None:
    kind, content = value.kind, value.content
    if kind is Kind.INT and not -_INT_MAX <= content + 1 <= _INT_MAX:
        return "A whole number beyond 64 bits cannot be kept."
    if kind is Kind.UINT and not 0 <= content <= _UINT_MAX:
        return "A whole number beyond 64 bits cannot be kept."
    if kind is Kind.FLOAT and content != content:
        return "A value that is not a number cannot be kept as one."
    return None


def _in_place(op: Op, counter: int, actor: bytes, start_op: int, ops: tuple[Op, ...]) -> bool:
    """Whether every operation named is an earlier one, and of the right kind where it is of this change."""
    place, key = op.object, op.key
    mapped = isinstance(key, str)
    if place is not None:
        if place[0] >= start_op:
            if place[0] >= counter or place[1] != actor:
                return False
            if ops[place[0] - start_op].action is not (Action.MAKE_MAP if mapped else Action.MAKE_TEXT):
                return False
        elif place[0] < 1:
            return False
    if isinstance(key, tuple):
        if key[0] >= start_op:
            if key[0] >= counter or key[1] != actor:
                return False
            after = ops[key[0] - start_op]
            if not after.insert or after.object != place:
                return False
        elif key[0] < 1:
            return False
    last = _FIRST
    for predecessor in op.predecessors:
        if predecessor <= last:
            return False
        last = predecessor
        if predecessor[0] >= start_op:
            if predecessor[0] >= counter or predecessor[1] != actor:
                return False
            before = ops[predecessor[0] - start_op]
            if mapped and (before.object != place or before.key != key or before.action is Action.DELETE):
                return False
    return True


# --- writing ---


def _others(actor: bytes, ops: tuple[Op, ...]) -> list[bytes]:
    """The other actors that operations name, in order."""
    actors = set()
    for op in ops:
        if op.object is not None:
            actors.add(op.object[1])
        if isinstance(op.key, tuple):
            actors.add(op.key[1])
        for predecessor in op.predecessors:
            actors.add(predecessor[1])
    actors.discard(actor)
    return sorted(actors)


def _write_body(
    actor: bytes, others: list[bytes], seq: int, start_op: int, deps: tuple[bytes, ...], ops: tuple[Op, ...]
) -> bytes:
    unsigned = columns.unsigned
    parts = [unsigned(len(deps)), *deps, unsigned(len(actor)), actor, unsigned(seq), unsigned(start_op)]
    parts += [b"\0\0", unsigned(len(others))]  # no time, no message
    for other in others:
        parts += [unsigned(len(other)), other]
    indices = {name: index for index, name in enumerate((actor, *others))}
    written = [(spec, data) for spec, data in zip(_SPECS, _cells(ops, indices), strict=True) if data]
    parts.append(unsigned(len(written)))
    for spec, data in written:
        parts += [unsigned(spec), unsigned(len(data))]
    parts += [data for _, data in written]
    return b"".join(parts)


def _cells(ops: tuple[Op, ...], indices: dict[bytes, int]) -> Iterable[bytes]:
    """One column for each of `_SPECS`."""
    objects = [op.object for op in ops]
    yield columns.write_numbers([None if name is None else indices[name[1]] for name in objects])
    yield columns.write_numbers([None if name is None else name[0] for name in objects])
    keys = [op.key for op in ops]
    yield columns.write_numbers([indices[key[1]] if isinstance(key, tuple) else None for key in keys])
    yield columns.write_deltas([key[0] if isinstance(key, tuple) else 0 if key is HEAD else None for key in keys])
    yield columns.write_texts([key if isinstance(key, str) else None for key in keys])
    yield columns.write_truths([op.insert for op in ops])
    yield columns.write_numbers([op.action for op in ops])
    metas = []
    pieces = []
    for op in ops:
        code, piece = _encoded(op.value)
        metas.append(len(piece) << 4 | code)
        pieces.append(piece)
    yield columns.write_numbers(metas)
    yield b"".join(pieces)
    yield columns.write_numbers([len(op.predecessors) for op in ops])
    links = [predecessor for op in ops for predecessor in op.predecessors]
    yield columns.write_numbers([indices[name] for _, name in links])
    yield columns.write_deltas([counter for counter, _ in links])


def _encoded(value: Value) -> tuple[int, bytes]:
    """The code and the bytes of a value."""
    kind, content = value.kind, value.content
    if kind is Kind.TEXT:
        return kind, content.encode()
    if kind is Kind.BYTES:
        return kind, content
    if kind is Kind.INT:
        return kind, columns.signed(content)
    if kind is Kind.BOOL:
        return _TRUE_CODE if content else _FALSE_CODE, b""
    if kind is Kind.UINT:
        return kind, columns.unsigned(content)
    if kind is Kind.FLOAT:
        return kind, _DOUBLE.pack(content)
    return kind, b""
