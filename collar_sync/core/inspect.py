"""Changes ⇄ bytes, without Automerge: reads what a peer sent before Automerge sees it, and writes what it would write.

Rules. Nothing is allocated for a length or a count before it is held against `limits`. A change has one spelling: what
was read is written again and must give the same bytes, so whatever passes could have been written by Automerge itself.
Only plain chunks: a compressed one could inflate to gigabytes. This module must not know documents, devices or
signatures.

Source: the Automerge binary format, "change chunks"; byte for byte as its Rust core 0.5.7 writes them.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from collar_sync import limits
from collar_sync.core import columns
from collar_sync.core.change import (
    FALSE,
    HASH_BYTES,
    HEAD,
    NULL,
    TRUE,
    Action,
    Change,
    Head,
    Key,
    Kind,
    Op,
    OpId,
    Value,
    problem,
)
from collar_sync.errors import InvalidChange, InvalidInput

__all__ = [
    "HEAD",
    "Action",
    "Change",
    "Head",
    "Key",
    "Kind",
    "Op",
    "OpId",
    "Value",
    "compose",
    "inspect",
    "inspect_all",
]

TOO_MANY_AT_ONCE: Final = "More operations came at once than may."
_MAGIC: Final = b"\x85\x6f\x4a\x83"
_HASHED_AT: Final = 8  # after the magic and the checksum, which is the start of the hash
_CHANGE: Final = 1
_COMPRESSED: Final = 2
_NO_TIME_NO_MESSAGE: Final = b"\0\0"
_SPECS: Final = (0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73)  # in the order of `_write_ops`
_KNOWN: Final = frozenset(_SPECS)
_ACTIONS: Final[dict[int | None, Action]] = {int(action): action for action in Action}
_FALSE: Final = 1
_TRUE: Final = 2
_TEXT: Final = int(Kind.TEXT)
_BARE: Final = {int(Kind.NULL): NULL, _FALSE: FALSE, _TRUE: TRUE}  # values without bytes
_DOUBLE: Final = struct.Struct("<d")
_UNEVEN: Final = "The columns of a change are not of one length."
_NAMELESS: Final = "A change names an operation by half, or by an actor that it does not list."


def inspect(raw: bytes) -> Change:
    """Read one change chunk; raises `InvalidChange` for anything outside the dialect and its bounds."""
    digest, body = _open(raw)
    actors, seq, start_op, deps, found = _read_body(body)
    ops = tuple(_read_ops(found, actors))
    wrong = problem(actors[0], seq, start_op, deps, ops)
    if wrong is not None:
        raise InvalidChange(wrong)
    if _write_frame(actors[0], _others(actors[0], ops), seq, start_op, deps) + _write_ops(ops, actors) != body:
        raise InvalidChange("A change is not spelled in the one way in which Automerge spells it.")
    return Change(digest, actors[0], seq, start_op, deps, ops, raw)


def inspect_all(raws: Iterable[bytes]) -> Iterator[Change]:
    """Read the changes of one batch of somebody else's, which holds no more operations than a batch may."""
    room = limits.BATCH_OPS_MAX
    for raw in raws:
        change = inspect(raw)
        room -= len(change.ops)
        if room < 0:
            raise InvalidChange(TOO_MANY_AT_ONCE)
        yield change


def compose(*, actor: bytes, seq: int, start_op: int, deps: Iterable[bytes], ops: Iterable[Op]) -> Change:
    """Write a change as Automerge would, `deps` in any order; raises `InvalidInput` where no device would accept it."""
    deps = tuple(sorted(deps))
    ops = tuple(ops)
    wrong = problem(actor, seq, start_op, deps, ops)
    if wrong is not None:
        raise InvalidInput(wrong)
    others = _others(actor, ops)
    if len(others) > limits.CHANGE_ACTORS_MAX or any(len(other) != limits.ACTOR_BYTES for other in others):
        raise InvalidInput("A change may name 1,024 other actors at most, each of 24 bytes.")
    try:
        body = _write_frame(actor, others, seq, start_op, deps) + _write_ops(ops, [actor, *others])
    except UnicodeEncodeError as error:
        raise InvalidInput("A text holds half a character and cannot be kept. Please write it again.") from error
    hashed = bytes((_CHANGE,)) + columns.unsigned(len(body)) + body
    digest = hashlib.sha256(hashed).digest()
    raw = _MAGIC + digest[: _HASHED_AT - len(_MAGIC)] + hashed
    if len(raw) > limits.CHANGE_BYTES_MAX:
        raise InvalidInput("This is too much to write at once; write it in smaller parts.")
    return Change(digest, actor, seq, start_op, deps, ops, raw)


# --- reading ---


def _open(raw: bytes) -> tuple[bytes, bytes]:
    """Take a chunk apart into its verified hash and its body."""
    if len(raw) > limits.CHANGE_BYTES_MAX:
        raise InvalidChange("A change is longer than 1 MiB.")
    if len(raw) <= _HASHED_AT or not raw.startswith(_MAGIC):
        raise InvalidChange("These bytes are no change.")
    if raw[_HASHED_AT] == _COMPRESSED:
        raise InvalidChange("A change came compressed; changes travel as they are.")
    if raw[_HASHED_AT] != _CHANGE:
        raise InvalidChange("These bytes are something else than a change.")
    size, start = columns.read_unsigned(raw, _HASHED_AT + 1)
    if size != len(raw) - start or raw[_HASHED_AT + 1 : start] != columns.unsigned(size):
        raise InvalidChange("A change is shorter or longer than it says.")
    digest = hashlib.sha256(raw[_HASHED_AT:]).digest()
    if raw[len(_MAGIC) : _HASHED_AT] != digest[: _HASHED_AT - len(_MAGIC)]:
        raise InvalidChange("The checksum of a change does not match it.")
    return digest, raw[start:]


def _take(data: bytes, position: int, size: int) -> tuple[bytes, int]:
    if size > len(data) - position:
        raise InvalidChange("A change ends in the middle.")
    return data[position : position + size], position + size


def _read_body(body: bytes) -> tuple[list[bytes], int, int, tuple[bytes, ...], list[bytes]]:
    """Read the actors (the author first), seq, start_op, deps, and the bytes of a column for each of `_SPECS`."""
    count, position = columns.read_unsigned(body, 0)
    if count > limits.CHANGE_DEPS_MAX:
        raise InvalidChange("A change follows more than 256 others.")
    packed, position = _take(body, position, count * HASH_BYTES)
    deps = tuple([packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)])
    author, position = _read_actor(body, position)
    seq, position = columns.read_unsigned(body, position)
    start_op, position = columns.read_unsigned(body, position)
    silence, position = _take(body, position, len(_NO_TIME_NO_MESSAGE))
    if silence != _NO_TIME_NO_MESSAGE:
        raise InvalidChange("A change carries a time or a message.")
    count, position = columns.read_unsigned(body, position)
    if count > limits.CHANGE_ACTORS_MAX:
        raise InvalidChange("A change names more than 1,024 other actors.")
    actors = [author]
    for _ in range(count):
        other, position = _read_actor(body, position)
        actors.append(other)
    return actors, seq, start_op, deps, _read_columns(body, position)


def _read_actor(body: bytes, position: int) -> tuple[bytes, int]:
    size, position = columns.read_unsigned(body, position)
    if size != limits.ACTOR_BYTES:
        raise InvalidChange("A change names an actor that does not have 24 bytes.")
    return _take(body, position, size)


def _read_columns(body: bytes, position: int) -> list[bytes]:
    count, position = columns.read_unsigned(body, position)
    if count > len(_SPECS):
        raise InvalidChange("A change has more columns than there are.")
    pairs = body[position : position + 2 * count]
    if pairs.isascii() and len(pairs) == 2 * count:  # every number in one byte, as nearly always
        sizes = dict(zip(pairs[::2], pairs[1::2], strict=True))
        position += 2 * count
    else:
        sizes = {}
        for _ in range(count):
            spec, position = columns.read_unsigned(body, position)
            sizes[spec], position = columns.read_unsigned(body, position)
    if len(sizes) != count or not sizes.keys() <= _KNOWN:
        raise InvalidChange("A change has a column twice, or one that is not known here: compressed, a mark, or newer.")
    if sum(sizes.values()) != len(body) - position:
        raise InvalidChange("A change has fewer or more bytes than its columns say.")
    found = {}
    for spec, size in sizes.items():
        found[spec] = body[position : position + size]
        position += size
    return [found.get(spec, b"") for spec in _SPECS]


def _read_ops(found: list[bytes], actors: list[bytes]) -> Iterable[Op]:
    codes = columns.read_numbers(found[6], limits.CHANGE_OPS_MAX)
    count = len(codes)
    try:
        actions = [_ACTIONS[code] for code in codes]
    except KeyError:
        raise InvalidChange("A change does what is not done here: a list, a counter, a mark.") from None
    # What is cheap to count comes first, so that a bomb is refused before the work for any operation is done.
    inserts = columns.read_truths(found[5], count)
    if len(inserts) != count:
        raise InvalidChange(_UNEVEN)
    metas = _full(columns.read_numbers(found[7], count), count)
    predecessors = _read_predecessors(found[9:12], count, actors)
    objects = _read_objects(found[0], found[1], count, actors)
    keys = _read_keys(found[2:5], count, actors)
    values = _read_values(metas, found[8])
    return map(Op, objects, keys, inserts, actions, values, predecessors)


def _full(cells: list[int | None], count: int) -> list[int]:
    """Refuse a column that lacks a cell, or that has an empty one."""
    if len(cells) != count or None in cells:
        raise InvalidChange(_UNEVEN)
    return cells  # type: ignore[return-value]  # none is None


def _read_objects(actor: bytes, counter: bytes, count: int, actors: list[bytes]) -> list[OpId | None]:
    if not actor and not counter:
        return [None] * count
    indices = columns.read_numbers(actor, count)
    counters = columns.read_numbers(counter, count)
    if len(indices) != count or len(counters) != count:
        raise InvalidChange(_UNEVEN)
    objects: list[OpId | None] = []
    for index, at in zip(indices, counters, strict=True):
        if index is None and at is None:
            objects.append(None)
        elif index is None or at is None or index >= len(actors):
            raise InvalidChange(_NAMELESS)
        else:
            objects.append((at, actors[index]))
    return objects


def _read_keys(found: list[bytes], count: int, actors: list[bytes]) -> Sequence[Key]:
    names = columns.read_texts(found[2], count) or [None] * count
    if not found[0] and not found[1] and len(names) == count and None not in names:
        return names  # type: ignore[return-value]  # none is None
    counters = columns.read_deltas(found[1], count) or [None] * count
    indices = columns.read_numbers(found[0], count) or [None] * count
    if len(names) != count or len(counters) != count or len(indices) != count:
        raise InvalidChange(_UNEVEN)
    return [_key(*cells, actors) for cells in zip(names, counters, indices, strict=True)]


def _key(name: str | None, at: int | None, index: int | None, actors: list[bytes]) -> Key:
    if name is not None:
        if at is None and index is None:
            return name
    elif index is None:
        if at == 0:
            return HEAD
    elif at is not None and index < len(actors):
        return at, actors[index]
    raise InvalidChange(_NAMELESS)


def _read_values(metas: list[int], raw: bytes) -> list[Value]:
    values = []
    position = 0
    for meta in metas:
        start = position
        position += meta >> 4
        if position > len(raw):
            raise InvalidChange("A change ends in the middle of a value.")
        code = meta & 0xF
        if code == _TEXT:
            values.append(Value(Kind.TEXT, columns.text(raw[start:position])))
        elif code in _BARE:
            values.append(_BARE[code])
        else:
            values.append(_read_value(code, raw[start:position]))
    if position != len(raw):
        raise InvalidChange("A change holds bytes that belong to no value.")
    return values


def _read_value(code: int, piece: bytes) -> Value:
    if code == Kind.BYTES:
        return Value(Kind.BYTES, piece)
    if code == Kind.INT:
        return Value(Kind.INT, columns.read_signed(piece, 0)[0])
    if code == Kind.UINT:
        return Value(Kind.UINT, columns.read_unsigned(piece, 0)[0])
    if code == Kind.FLOAT and len(piece) == _DOUBLE.size:
        return Value(Kind.FLOAT, _DOUBLE.unpack(piece)[0])
    raise InvalidChange("A change holds a value of a kind that is not kept here.")


def _read_predecessors(found: list[bytes], count: int, actors: list[bytes]) -> list[tuple[OpId, ...]]:
    sizes = _full(columns.read_numbers(found[0], count), count)
    total = sum(sizes)
    if total > limits.CHANGE_PREDECESSORS_MAX or (sizes and max(sizes) > limits.OP_PREDECESSORS_MAX):
        raise InvalidChange("An operation of a change replaces more than it may.")
    if total == 0:
        return [()] * count
    indices = _full(columns.read_numbers(found[1], total), total)
    counters = _full(columns.read_deltas(found[2], total), total)
    if max(indices) >= len(actors):
        raise InvalidChange(_NAMELESS)
    ids = zip(counters, [actors[index] for index in indices], strict=True)
    return [tuple(islice(ids, size)) for size in sizes]


# --- writing ---


def _others(actor: bytes, ops: tuple[Op, ...]) -> list[bytes]:
    """List the other actors that operations name, in order."""
    actors = {actor}
    for op in ops:
        if op.object is not None:
            actors.add(op.object[1])
        if isinstance(op.key, tuple):
            actors.add(op.key[1])
        for _, name in op.predecessors:
            actors.add(name)
    actors.remove(actor)
    return sorted(actors)


def _write_frame(actor: bytes, others: list[bytes], seq: int, start_op: int, deps: tuple[bytes, ...]) -> bytes:
    unsigned = columns.unsigned
    parts = [unsigned(len(deps)), *deps, unsigned(len(actor)), actor, unsigned(seq), unsigned(start_op)]
    parts += [_NO_TIME_NO_MESSAGE, unsigned(len(others))]
    for other in others:
        parts += [unsigned(len(other)), other]
    return b"".join(parts)


def _write_ops(ops: tuple[Op, ...], actors: list[bytes]) -> bytes:
    indices = {actor: index for index, actor in enumerate(actors)}
    objects = [op.object for op in ops]
    keys = [op.key for op in ops]
    encoded = [_encoded(op.value) for op in ops]
    linked = [op.predecessors for op in ops]
    links = [link for each in linked for link in each]
    written = (
        columns.write_numbers([None if each is None else indices[each[1]] for each in objects]),
        columns.write_numbers([None if each is None else each[0] for each in objects]),
        *_write_keys(keys, indices),
        columns.write_truths([op.insert for op in ops]),
        columns.write_numbers([op.action for op in ops]),
        columns.write_numbers([len(piece) << 4 | code for code, piece in encoded]),
        b"".join([piece for _, piece in encoded]),
        columns.write_numbers([len(each) for each in linked]),
        columns.write_numbers([indices[name] for _, name in links]),
        columns.write_deltas([at for at, _ in links]),
    )
    parts = [columns.unsigned(sum(map(bool, written)))]
    for spec, data in zip(_SPECS, written, strict=True):
        if data:
            parts += [columns.unsigned(spec), columns.unsigned(len(data))]
    return b"".join((*parts, *written))


def _write_keys(keys: list[Key], indices: dict[bytes, int]) -> tuple[bytes, bytes, bytes]:
    names = [key if isinstance(key, str) else None for key in keys]
    if None not in names:
        return b"", b"", columns.write_texts(names)
    return (
        columns.write_numbers([indices[key[1]] if isinstance(key, tuple) else None for key in keys]),
        columns.write_deltas([key[0] if isinstance(key, tuple) else 0 if key is HEAD else None for key in keys]),
        columns.write_texts(names),
    )


def _encoded(value: Value) -> tuple[int, bytes]:
    """Spell a value: its code and its bytes."""
    kind, content = value.kind, value.content
    code, piece = int(kind), b""
    if isinstance(content, str):
        piece = content.encode()
    elif isinstance(content, bytes):
        piece = content
    elif isinstance(content, bool):
        code = _TRUE if content else _FALSE
    elif isinstance(content, float):
        piece = _DOUBLE.pack(content)
    elif isinstance(content, int):
        piece = columns.unsigned(content) if kind is Kind.UINT else columns.signed(content)
    return code, piece
