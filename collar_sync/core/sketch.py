"""Turns edits into the operations of one change, against an outline.

Knows structure; no values of records and no bytes of a change.
"""

import math
from collections.abc import Sequence

from collar_sync import limits
from collar_sync.core.change import HEAD, Action, Key, Op, OpId, Value
from collar_sync.core.edits import Scalar, SetFields, SetText
from collar_sync.core.outline import RECORDS, STATEMENTS, Outline
from collar_sync.errors import InvalidInput


class Sketch:
    """The operations of one change of one actor, in order, and the outline as it will be with them."""

    def __init__(self, outline: Outline, actor: bytes, start_op: int) -> None:
        self.outline = outline.branch()
        self.ops: list[Op] = []
        self.touched: set[str] = set()
        self._texts: dict[tuple[OpId, str], str] = {}  # what texts read by now
        self._actor = actor
        self._next = start_op

    def say(self, key: str, raw: bytes) -> None:
        """Put one statement's canonical bytes under its key."""
        self._set(STATEMENTS, key, Value.of(raw))

    def set_fields(self, edit: SetFields) -> None:
        """Set scalar fields of a record, which is made where it is missing."""
        record = self._record(edit.kind, edit.id)
        for name, value in edit.fields.items():
            self._set(record, _field(name), _value(value))

    def set_text(self, edit: SetText, now: str) -> None:
        """Make a text field read `edit.text`, keeping the common start and end of what it reads untouched.

        `now` is what it read before this sketch.
        """
        record = self._record(edit.kind, edit.id)
        name = _field(edit.field)
        now = self._texts.get((record, name), now)
        self._texts[record, name] = edit.text
        text = self.outline.winner(record, name)
        if text is None or self.outline.object(text) is None:
            text = self._op(record, name, Action.MAKE_TEXT, predecessors=self._replaced(record, name))
            now = ""
        start, removed, added = _difference(now, edit.text)
        elements = self.outline.visible(text)
        for element in elements[start : start + removed]:
            self._op(text, element, Action.DELETE, predecessors=self.outline.live(text, element))
        previous: Key = elements[start - 1] if start else HEAD
        for character in added:
            previous = self._op(text, previous, Action.SET, Value.of(character), insert=True)

    def _record(self, kind: str, identifier: str) -> OpId:
        if not kind or "/" in kind or not identifier:
            raise InvalidInput("A record needs a kind without a slash, and an id.")
        key = _field(f"{kind}/{identifier}")
        record = self.outline.winner(RECORDS, key)
        return self._op(RECORDS, key, Action.MAKE_MAP) if record is None else record

    def _set(self, holder: OpId, key: str, value: Value) -> None:
        self._op(holder, key, Action.SET, value, predecessors=self._replaced(holder, key))

    def _replaced(self, holder: OpId, key: Key) -> list[OpId]:
        """What a new value at this key replaces.

        Where altered software put more values side by side than one operation may replace, the greatest go: what stays
        is smaller than the new one, so it is never shown.
        """
        return sorted(self.outline.live(holder, key))[-limits.OP_PREDECESSORS_MAX :]

    def _op(
        self,
        holder: OpId,
        key: Key,
        action: Action,
        value: Value | None = None,
        *,
        insert: bool = False,
        predecessors: Sequence[OpId] = (),
    ) -> OpId:
        if len(self.ops) >= limits.CHANGE_OPS_MAX:
            raise InvalidInput("This is too much to write at once; write it in smaller parts.")
        identifier = (self._next, self._actor)
        op = Op(holder, key, insert, action, value or Value.of(None), tuple(sorted(predecessors)))
        record = self.outline.add(identifier, op)
        if record:
            self.touched.add(record)
        self.ops.append(op)
        self._next += 1
        return identifier


def _field(name: str) -> str:
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise InvalidInput("A name holds a character that cannot be kept.") from error
    if not 0 < size <= limits.KEY_BYTES_MAX:
        raise InvalidInput("A name of a record or field has 1 to 256 bytes.")
    return name


def _value(value: Scalar) -> Value:
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise InvalidInput("A whole number is too large to be kept.")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput("Only finite numbers can be kept.")
    try:
        return Value.of(value)
    except UnicodeEncodeError as error:
        raise InvalidInput("A text holds a character that cannot be kept.") from error


def _difference(old: str, new: str) -> tuple[int, int, str]:
    """Where the texts part, how many characters of the old go, and which come instead."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, len(old) - start - end, new[start : len(new) - end]
