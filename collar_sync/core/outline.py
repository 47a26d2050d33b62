"""Which operations a document holds: enough to name predecessors, to order text, and to refuse what points nowhere.

Automerge accepts operations on objects and predecessors that do not exist, and saves them into documents that never
load again. So every operation, own or a peer's, passes here first. An outline knows ids and structure, no values of
records. A branch is tried on and absorbed whole, or dropped whole.
"""

import enum
from collections.abc import Collection, Sequence
from typing import Final

from collar_sync import limits
from collar_sync.core.change import HEAD, Action, Change, Key, Op, OpId
from collar_sync.errors import InvalidChange

GENESIS_ACTOR: Final = bytes(limits.ACTOR_BYTES)
STATEMENTS: Final[OpId] = (1, GENESIS_ACTOR)
RECORDS: Final[OpId] = (2, GENESIS_ACTOR)


class Kind(enum.Enum):
    """What an object is for, which decides what may be done in it."""

    STATEMENTS = enum.auto()
    RECORDS = enum.auto()
    RECORD = enum.auto()
    TEXT = enum.auto()


Slot = tuple[OpId, Key]  # one key of one object
_MANY: Final = 16  # side by side at one key: never among honest devices, and so not worth a set below


class Outline:
    """The structure of one document, or a branch of it."""

    def __init__(self, base: "Outline | None" = None) -> None:
        self._base = base
        self._objects: dict[OpId, tuple[Kind, str]] = {}
        self._live: dict[Slot, Sequence[OpId]] = {}  # lists only where they are many, and a branch's own
        self._dead: dict[Slot, set[OpId]] = {}
        self._texts: dict[OpId, dict[OpId, Key]] = {}  # each character ever inserted, and after which one
        if base is None:
            self._objects = {STATEMENTS: (Kind.STATEMENTS, ""), RECORDS: (Kind.RECORDS, "")}

    def branch(self) -> "Outline":
        """A branch that sees this outline and keeps its own additions apart; this must not change meanwhile."""
        return Outline(self)

    def absorb(self, branch: "Outline") -> None:
        """Make a branch's additions this outline's own, and those of the branches that it grew from."""
        if branch._base is not None and branch._base is not self:
            self.absorb(branch._base)
        self._objects.update(branch._objects)
        self._live.update(branch._live)
        for slot, dead in branch._dead.items():
            self._dead.setdefault(slot, dead).update(dead)
        for text, characters in branch._texts.items():
            self._texts.setdefault(text, {}).update(characters)

    def object(self, identifier: OpId) -> tuple[Kind, str] | None:
        """An object's kind and the record key it belongs to, or None where there is no such object."""
        found = self._objects.get(identifier)
        return self._base.object(identifier) if found is None and self._base is not None else found

    def live(self, holder: OpId, key: Key) -> Sequence[OpId]:
        """The operations whose values stand side by side at this key; Automerge shows the greatest."""
        found = self._live.get((holder, key))
        if found is None:
            return () if self._base is None else self._base.live(holder, key)
        return found

    def winner(self, holder: OpId, key: Key) -> OpId | None:
        """The operation that Automerge shows at this key."""
        return max(self.live(holder, key), default=None)

    def visible(self, text: OpId) -> list[OpId]:
        """The ids of a text's characters in order, without those deleted.

        Characters inserted after the same one stand in descending order of their ids, each before those inserted after
        it: Automerge's order. It is worked out only here, when somebody edits, so that no insertion of a peer's can be
        made to cost more than another.
        """
        following: dict[Key, list[OpId]] = {}
        for character, previous in self._characters(text).items():
            following.setdefault(previous, []).append(character)
        for siblings in following.values():
            siblings.sort()
        order: list[OpId] = []
        ahead = following.get(HEAD, [])
        while ahead:
            character = ahead.pop()
            order.append(character)
            ahead.extend(following.get(character, ()))
        return [character for character in order if self.live(text, character)]

    def take(self, change: Change) -> set[str]:
        """Add every operation of a change; answers the record keys it touched.

        Raises `InvalidChange` where one points nowhere or does what its object does not allow; the branch is then
        spoilt.
        """
        touched: set[str] = set()
        for counter, op in enumerate(change.ops, change.start_op):
            touched.add(self.add((counter, change.actor), op))
        touched.discard("")
        return touched

    def add(self, identifier: OpId, op: Op) -> str:
        """Add one operation; answers the key of the record it touched, or nothing for a statement."""
        holder = op.object
        found = None if holder is None else self.object(holder)
        if holder is None or found is None:
            raise InvalidChange("A change writes where nothing may be written.")
        kind, record = found
        if kind is Kind.TEXT:
            key = self._add_to_text(holder, identifier, op)
        else:
            record, key = self._add_to_map(kind, record, identifier, op), op.key
        self._replace(holder, key, identifier, op)
        return record

    def _add_to_map(self, kind: Kind, record: str, identifier: OpId, op: Op) -> str:
        if not isinstance(op.key, str) or op.insert:
            raise InvalidChange("A change treats a map as a list.")
        if len(op.key.encode()) > limits.KEY_BYTES_MAX:
            raise InvalidChange("A change uses a key that is too long.")
        if kind is Kind.RECORDS:
            if op.action is not Action.MAKE_MAP or op.predecessors:
                raise InvalidChange("A change replaces or deletes a record; only its fields may change.")
            self._objects[identifier] = (Kind.RECORD, op.key)
            return op.key
        if kind is Kind.RECORD and op.action is Action.MAKE_TEXT:
            self._objects[identifier] = (Kind.TEXT, record)
            return record
        # Deleting a statement's key is accepted and has no effect: the statement was said.
        if op.action is Action.SET or (op.action is Action.DELETE and kind is Kind.STATEMENTS):
            return record
        raise InvalidChange("A change does what this kind of data does not allow.")

    def _add_to_text(self, holder: OpId, identifier: OpId, op: Op) -> Key:
        if isinstance(op.key, str):
            raise InvalidChange("A change treats a text as a map.")
        if not op.insert:
            if op.action is not Action.DELETE or not op.predecessors:
                raise InvalidChange("A change does to a text what is not done to texts.")
            return op.key
        if op.action is not Action.SET or not isinstance(op.value.content, str) or len(op.value.content) != 1:
            raise InvalidChange("A change inserts into a text what is no character.")
        if op.predecessors:
            raise InvalidChange("A change inserts and replaces at once.")
        if op.key is not HEAD and not self._has_character(holder, op.key):
            raise InvalidChange("A change inserts after a character that was never there.")
        self._texts.setdefault(holder, {})[identifier] = op.key
        return identifier

    def _replace(self, holder: OpId, key: Key, identifier: OpId, op: Op) -> None:
        slot = (holder, key)
        live = self.live(holder, key)
        if op.predecessors:
            here: Collection[OpId] = live if len(live) < _MANY else set(live)
            if not all(each in here or self._is_dead(slot, each) for each in op.predecessors):
                raise InvalidChange("A change replaces a value that was never there.")
            self._dead.setdefault(slot, set()).update(op.predecessors)
            gone: Collection[OpId] = op.predecessors if len(op.predecessors) < _MANY else set(op.predecessors)
            live = tuple([each for each in live if each not in gone])
        if op.action is Action.DELETE:
            self._live[slot] = live
        elif isinstance(live, list) and self._live.get(slot) is live:
            live.append(identifier)
        else:
            self._live[slot] = (*live, identifier) if len(live) < _MANY else [*live, identifier]

    def _is_dead(self, slot: Slot, identifier: OpId) -> bool:
        return identifier in self._dead.get(slot, ()) or (
            self._base is not None and self._base._is_dead(slot, identifier)
        )

    def _has_character(self, text: OpId, character: Key) -> bool:
        return character in self._texts.get(text, ()) or (
            self._base is not None and self._base._has_character(text, character)
        )

    def _characters(self, text: OpId) -> dict[OpId, Key]:
        before = self._base._characters(text) if self._base is not None else {}
        return before | self._texts.get(text, {})
