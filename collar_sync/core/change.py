"""What a change is made of, and what it may say: the dialect of Automerge that this project speaks.

Maps and texts are made, plain values set, fields and characters deleted. A text holds single characters, each inserted
once and perhaps deleted. There are no lists, counters, marks, times or messages. Whether a change is acceptable here
depends on nothing but itself: this module must not know bytes, documents, devices or signatures, and whether an
operation named in a change exists in a document is for the replica to say.
"""

import enum
import math
from collections import Counter
from itertools import pairwise
from typing import Final, Literal

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Scalar
from collar_sync.errors import InvalidInput

OpId = tuple[int, bytes]  # counter, actor; tuples compare as Automerge orders ids

HASH_BYTES: Final = 32  # SHA-256

_INT_MAX: Final = (1 << 63) - 1
_UINT_MAX: Final = (1 << 64) - 1


class Head(enum.Enum):
    """The place before the first character of a text."""

    HEAD = "_head"


HEAD: Final = Head.HEAD
Key = str | OpId | Literal[Head.HEAD]  # in a map a name; in a text the character to delete, or after which to insert


class Action(enum.IntEnum):
    """What an operation does, by Automerge's numbers."""

    MAKE_MAP = 0
    SET = 1
    DELETE = 3
    MAKE_TEXT = 4


class Kind(enum.IntEnum):
    """What a value is, by Automerge's numbers; whole numbers with and without a sign are two kinds."""

    NULL = 0
    BOOL = 1  # False; True is 2 on the wire
    UINT = 3
    INT = 4
    FLOAT = 5
    TEXT = 6
    BYTES = 7


class Value(msgspec.Struct, frozen=True, gc=False):
    """One plain value and its kind."""

    kind: Kind
    content: Scalar

    @classmethod
    def of(cls, scalar: Scalar) -> "Value":
        """Give a plain value its kind, INT to a whole number; raises `InvalidInput` for what is not plain."""
        kind = _KINDS.get(type(scalar))
        if kind is None:
            raise InvalidInput("Only text, numbers, yes or no, bytes and nothing can be kept.")
        return cls(kind, scalar)


_TYPES: Final[dict[Kind, type]] = {
    Kind.NULL: type(None),
    Kind.BOOL: bool,
    Kind.UINT: int,
    Kind.INT: int,
    Kind.FLOAT: float,
    Kind.TEXT: str,
    Kind.BYTES: bytes,
}
_KINDS: Final = {scalar: kind for kind, scalar in _TYPES.items()}  # of the two for int, the later: INT

NULL: Final = Value(Kind.NULL, None)
FALSE: Final = Value(Kind.BOOL, False)
TRUE: Final = Value(Kind.BOOL, True)


class Op(msgspec.Struct, frozen=True, gc=False):
    """One operation. `object` None is the root map; `predecessors` ascend; a value belongs to SET alone."""

    object: OpId | None
    key: Key
    insert: bool = False
    action: Action = Action.SET
    value: Value = NULL
    predecessors: tuple[OpId, ...] = ()


class Change(msgspec.Struct, frozen=True):
    """One change. Its operations have the ids (start_op, actor), (start_op + 1, actor), … in order; `deps` ascend."""

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


def problem(actor: bytes, seq: int, start_op: int, deps: tuple[bytes, ...], ops: tuple[Op, ...]) -> str | None:
    """Find what no device would accept in such a change: a sentence, or None where all is well."""
    found = _problem_of_frame(actor, seq, start_op, deps, len(ops))
    if found is not None:
        return found
    replaced = 0
    for counter, op in enumerate(ops, start_op):
        found = _problem_of_field(op) if isinstance(op.key, str) else _problem_of_character(op)
        if found is not None:
            return found
        if not _names_earlier(op, counter, actor, start_op):
            return "An operation names too many others, or one that cannot have come before it."
        replaced += len(op.predecessors)
    if replaced > limits.CHANGE_PREDECESSORS_MAX:
        return "A change replaces 20,000 values at most."
    if len(ops) > limits.CHANGE_SLOT_OPS_MAX:
        places = Counter([(op.object, op.key, op.insert) for op in ops])
        if max(places.values()) > limits.CHANGE_SLOT_OPS_MAX:
            return "A change writes to one place, or after one character, 8 times at most."
    return None


def _problem_of_frame(actor: bytes, seq: int, start_op: int, deps: tuple[bytes, ...], count: int) -> str | None:
    if len(actor) != limits.ACTOR_BYTES:
        return "An actor has 24 bytes."
    if not 1 <= seq <= start_op:
        return "The changes of an actor are numbered from 1, and each holds at least one operation."
    if not 1 <= count <= limits.CHANGE_OPS_MAX:
        return "A change holds 1 to 20,000 operations."
    if start_op + count - 1 > limits.OP_COUNTER_MAX:
        return "A change counts its operations beyond what any document reaches."
    if len(deps) > limits.CHANGE_DEPS_MAX or any(len(dep) != HASH_BYTES for dep in deps) or not _ascend(deps):
        return "A change follows 256 others at most, each named once by its hash, in order."
    return None


def _ascend(items: tuple[bytes, ...] | tuple[OpId, ...]) -> bool:
    return all(one < other for one, other in pairwise(items))  # type: ignore[operator]  # both are of one type


def _problem_of_field(op: Op) -> str | None:
    key = op.key
    if op.insert or not isinstance(key, str) or not key:
        return "A field of a map has a name and is not inserted."
    if len(key) * 4 > limits.KEY_BYTES_MAX and len(key.encode(errors="replace")) > limits.KEY_BYTES_MAX:
        return "The name of a field has 256 bytes at most."
    if op.action is Action.SET:
        return _problem_of_value(op.value)
    if op.value.kind is not Kind.NULL:
        return "Only what is set has a value."
    if op.action is Action.DELETE and not op.predecessors:
        return "A deletion names what it deletes."
    return None


def _problem_of_character(op: Op) -> str | None:
    if op.object is None:
        return "The root of a document is a map."
    if op.insert:
        content = op.value.content
        if op.action is Action.SET and isinstance(content, str) and len(content) == 1 and not op.predecessors:
            return None
        return "A text takes one character at a time, and nothing else."
    if op.action is Action.DELETE and op.value.kind is Kind.NULL and op.predecessors == (op.key,):
        return None
    return "A character of a text is deleted by itself, and never changed."


def _problem_of_value(value: Value) -> str | None:
    kind, content = value.kind, value.content
    if type(content) is not _TYPES[kind]:
        return "A value is not of the kind that it is said to be."
    if isinstance(content, int):
        least, most = (0, _UINT_MAX) if kind is Kind.UINT else (~_INT_MAX, _INT_MAX)
        if not least <= content <= most:
            return "A whole number has 64 bits at most."
    if isinstance(content, float) and not math.isfinite(content):
        return "A number that is infinite, or none at all, is not kept."
    return None


def _names_earlier(op: Op, counter: int, actor: bytes, start_op: int) -> bool:
    """Whether every id named is of an earlier change, or of an earlier operation of this one."""
    for name in (op.object, op.key, *op.predecessors):
        if isinstance(name, tuple):
            at = name[0]
            if at < 1 or (at >= start_op and (at >= counter or name[1] != actor)):
                return False
    predecessors = op.predecessors
    if len(predecessors) > 1:
        return len(predecessors) <= limits.OP_PREDECESSORS_MAX and _ascend(predecessors)
    return True
