"""One document's replica: verified changes in, records and statements out. The only importer of Automerge.

Rules. Every change, own or a peer's, is inspected, checked against the outline, signed by its actor's tip, and only
then handed to Automerge; what Automerge then holds is compared with what it must hold. The replica's own log, not
Automerge, answers what a peer lacks. It knows no disk, no network and no clock, and not what any record or statement
means.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import msgspec
from automerge import core as automerge

from collar_sync import ids, limits
from collar_sync.core import identity, statement
from collar_sync.core.change import Action, Change, Op, OpId
from collar_sync.core.columns import unsigned
from collar_sync.core.draft import Draft
from collar_sync.core.durable import LoggedChange, Tip
from collar_sync.core.edits import Say, Scalar, SetFields, SetText
from collar_sync.core.inspect import compose, inspect
from collar_sync.core.membership import Learnt, Membership
from collar_sync.core.outline import GENESIS_ACTOR, RECORDS, STATEMENTS, Outline
from collar_sync.core.statement import Statement
from collar_sync.errors import Equivocation, InvalidChange, InvalidSignature, UnknownAuthor
from collar_sync.ids import DeviceId, DocumentId, SpaceId, StatementId

GENESIS: Final = compose(
    actor=GENESIS_ACTOR,
    seq=1,
    start_op=1,
    deps=(),
    ops=(Op(None, "statements", action=Action.MAKE_MAP), Op(None, "records", action=Action.MAKE_MAP)),
)
# Pinned: a replica with another genesis could never meet any other.
GENESIS_HASH: Final = bytes.fromhex("575ea21b2d1b2e613ebfc74bc465ef2c6a88a2681f8079f52fbcb99dc865fd79")
EMPTY_DIGEST: Final = hashlib.sha256(GENESIS_HASH).digest()  # of a document in which nothing was written yet
_JOIN: Final = Op(RECORDS, "~/join", action=Action.MAKE_MAP)  # an empty record that nobody reads
_LOAD_CHANGES: Final = 1_000  # a log is applied in slices: one message must not grow with the years


class Staged(msgspec.Struct, frozen=True):
    """Changes that are well-formed and in their place, but whose authors are not verified yet."""

    changes: tuple[Change, ...]
    outline: Outline
    learnt: tuple[Learnt, ...]
    records: frozenset[str]
    overwritten: frozenset[DeviceId]


class Applied(msgspec.Struct, frozen=True):
    """What one batch added: for the log, for the folds, and for whoever watches."""

    document: DocumentId
    changes: tuple[LoggedChange, ...]
    tips: tuple[Tip, ...]
    learnt: tuple[Learnt, ...]
    records: frozenset[str]
    overwritten: frozenset[DeviceId] = frozenset()


class Author(msgspec.Struct, frozen=True):
    """Who writes a change on this device: the actor of this opening and how its tips are signed."""

    device: DeviceId
    actor: bytes
    sign: Callable[[bytes], bytes]


class Replica:
    """One document of one space on this device."""

    def __init__(self, space: SpaceId, document: DocumentId) -> None:
        self.space = space
        self.document = document
        self.tips: dict[bytes, Tip] = {}
        self._log: list[LoggedChange] = []
        self._places: dict[bytes, list[int]] = {}
        self._last_op: dict[bytes, int] = {GENESIS_HASH: GENESIS.max_op}
        self._heads: set[bytes] = {GENESIS_HASH}
        self._outline = Outline()
        self._records: dict[str, dict[str, Scalar]] = {}  # as last read from Automerge
        self._keys: dict[str, None] = {}  # of all records
        self._doc = _new_doc()

    @property
    def clock(self) -> dict[bytes, int]:
        """How many changes of each actor are here: the version vector."""
        return {actor: len(places) for actor, places in self._places.items()}

    @property
    def heads(self) -> frozenset[bytes]:
        """The hashes of the changes that no other change here follows."""
        return frozenset(self._heads)

    def digest(self) -> bytes:
        """32 bytes that are equal where two replicas hold the same changes."""
        return hashlib.sha256(b"".join(sorted(self._heads))).digest()

    def hash_at(self, actor: bytes, seq: int) -> bytes | None:
        """The hash of an actor's change, or None where it is not here."""
        places = self._places.get(actor, [])
        return self._log[places[seq - 1]].hash if 0 < seq <= len(places) else None

    def missing(self, known: Mapping[bytes, int]) -> list[LoggedChange]:
        """Every change beyond that version vector, each after all it depends on."""
        places: list[int] = []
        for actor, own in self._places.items():
            places += own[known.get(actor, 0) :]
        return [self._log[place] for place in sorted(places)]

    def save(self) -> bytes:
        """The whole document as one Automerge document chunk."""
        return bytes(self._doc.save())

    def restore(self, log: Sequence[LoggedChange], tips: Sequence[Tip]) -> list[Learnt]:
        """Take in this device's own log, once, into a new replica; answers every statement in it.

        The store's pages are authenticated, so signatures are not checked again; that Automerge holds what the log
        says is.
        """
        staged = self.stage([change.raw for change in log])
        self._apply(staged)
        self.tips = {tip.actor: tip for tip in tips}
        return list(staged.learnt)

    def stage(self, raws: Sequence[bytes]) -> Staged:
        """Inspect changes and hold them against this replica, without changing it; those already here are left out.

        Raises `InvalidChange`, or `Equivocation` where a different change has the same actor and seq.
        """
        outline = self._outline.branch()
        changes: list[Change] = []
        records: set[str] = set()
        last_ops: dict[bytes, int] = {}
        own: dict[bytes, list[bytes]] = {}
        for raw in raws:
            if hashlib.sha256(raw[8:]).digest() in self._last_op:
                continue
            change = inspect(raw)
            if change.hash in last_ops:
                continue
            self._place(change, last_ops, own.setdefault(change.actor, []))
            records |= outline.take(change)
            last_ops[change.hash] = change.max_op
            own[change.actor].append(change.hash)
            changes.append(change)
        learnt, overwritten = _statements(changes)
        return Staged(tuple(changes), outline, learnt, frozenset(records), overwritten)

    def admit(self, staged: Staged, tips: Sequence[Tip], membership: Membership) -> Applied:
        """Verify that each author signed, then apply all of it or nothing.

        Raises `UnknownAuthor`, `InvalidSignature`, or `InvalidChange` where Automerge did not take what it was given.
        """
        newest = {change.actor: change for change in staged.changes}
        offered = {tip.actor: tip for tip in tips}
        for actor, change in newest.items():
            device = membership.devices.get(ids.device_id(actor[: ids.SHORT_BYTES]))
            if device is None:
                raise UnknownAuthor("A change came from a device that nobody here has enrolled yet.")
            tip = offered.get(actor)
            if tip is None or (tip.seq, tip.hash) != (change.seq, change.hash):
                raise InvalidSignature("A change came without a signature over it.")
            message = identity.tip_message(self.space, self.document, actor, tip.seq, tip.hash)
            if not identity.verify(device.public.signing, message, tip.signature):
                raise InvalidSignature("A change came with a signature that is not its author's.")
        self._apply(staged)
        return self._applied(staged, {actor: offered[actor] for actor in newest})

    def write(
        self, edits: Sequence[SetFields | SetText], said: Mapping[StatementId, bytes], author: Author
    ) -> Applied | None:
        """Write edits and statements as one signed change.

        None where they change nothing. Raises `InvalidInput` where an edit breaks a bound; nothing is changed then.
        """
        joins, outline, heads = self._joins(author)
        seq, deps, last_op = self._follow(author, joins, heads)
        draft = Draft(outline, author.actor, last_op + 1)
        for identifier, raw in said.items():
            draft.say(_key(identifier), raw)
        for edit in edits:
            if isinstance(edit, SetText):
                draft.set_text(edit, self._text(edit))
            else:
                draft.set_fields(edit)
        if not draft.ops:
            return None
        change = compose(actor=author.actor, seq=seq, start_op=last_op + 1, deps=deps, ops=draft.ops)
        learnt, _ = _statements([change])
        staged = Staged((*joins, change), draft.outline, learnt, frozenset(draft.touched), frozenset())
        self._apply(staged)
        message = identity.tip_message(self.space, self.document, author.actor, change.seq, change.hash)
        return self._applied(staged, {author.actor: Tip(author.actor, change.seq, change.hash, author.sign(message))})

    def _joins(self, author: Author) -> tuple[list[Change], Outline, set[bytes]]:
        """Changes that join the heads where there are more than one change may follow; the heads that are left.

        Honest devices never make so many; altered software can, and must not keep anybody from writing.
        """
        joins: list[Change] = []
        outline, heads = self._outline.branch(), set(self._heads)
        while len(heads) >= limits.CHANGE_DEPS_MAX:
            part = set(sorted(heads)[: limits.CHANGE_DEPS_MAX - 1])
            seq, deps, last_op = self._follow(author, joins, part)
            join = compose(actor=author.actor, seq=seq, start_op=last_op + 1, deps=deps, ops=(_JOIN,))
            outline.take(join)
            joins.append(join)
            heads = heads.difference(deps) | {join.hash}
        return joins, outline, heads

    def _follow(
        self, author: Author, before: Sequence[Change], heads: AbstractSet[bytes]
    ) -> tuple[int, list[bytes], int]:
        """The seq, the dependencies and the last operation before it of the author's next change on these heads.

        `before` are the author's changes that are not applied yet.
        """
        seq = len(self._places.get(author.actor, [])) + len(before) + 1
        previous = before[-1].hash if before else self.hash_at(author.actor, seq - 1)
        deps = sorted(heads | ({previous} if previous else set()))
        ends = {join.hash: join.max_op for join in before}
        return seq, deps, max(ends.get(dep) or self._last_op[dep] for dep in deps)

    def record(self, key: str) -> Mapping[str, Scalar] | None:
        """The fields of the record `kind/id`, texts as str; None where there is none."""
        found = self._records.get(key)
        if found is None:
            holder = self._outline.winner(RECORDS, key)
            if holder is None:
                return None
            found = self._records[key] = self._read(holder)
        return found

    def keys(self) -> list[str]:
        """The keys `kind/id` of all records."""
        return list(self._keys)

    def _place(self, change: Change, last_ops: Mapping[bytes, int], own: Sequence[bytes]) -> None:
        """Refuse a change that does not follow its actor's last one and its dependencies exactly."""
        here = len(self._places.get(change.actor, []))
        if change.seq <= here + len(own):
            raise Equivocation("A device wrote two different histories; one of its stores was copied or altered.")
        if change.seq != here + len(own) + 1:
            raise InvalidChange("A change came without the ones before it.")
        previous = own[-1] if own else self.hash_at(change.actor, change.seq - 1)
        if previous is not None and previous not in change.deps:
            raise InvalidChange("A change does not follow its own author's last one.")
        ends = [last_ops.get(dep) or self._last_op.get(dep) for dep in change.deps]
        known = [end for end in ends if end is not None]
        if len(known) < len(ends):
            raise InvalidChange("A change came without those it depends on.")
        if not change.ops or not known or change.start_op != max(known) + 1:
            raise InvalidChange("A change numbers its operations wrongly.")

    def _apply(self, staged: Staged) -> None:
        """Give changes to Automerge and see that it holds exactly them; on any doubt, start again from the log."""
        heads = set(self._heads)
        for change in staged.changes:
            heads.difference_update(change.deps)
            heads.add(change.hash)
        try:
            for start in range(0, len(staged.changes), _LOAD_CHANGES):
                _feed(self._doc, [change.raw for change in staged.changes[start : start + _LOAD_CHANGES]])
            taken = {bytes(head) for head in self._doc.get_heads()} == heads
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001  # a panic of the binding is no Exception, and leaves the document unusable
            taken = False
        if not taken:
            self._rebuild()
            raise InvalidChange("A change could not be taken in; nothing of it was kept.")
        self._heads = heads
        self._outline.absorb(staged.outline)
        for change in staged.changes:
            self._places.setdefault(change.actor, []).append(len(self._log))
            self._log.append(LoggedChange(change.actor, change.seq, change.hash, change.raw))
            self._last_op[change.hash] = change.max_op
        for key in staged.records:
            self._records.pop(key, None)
            self._keys[key] = None

    def _rebuild(self) -> None:
        self._doc = _new_doc()
        for start in range(0, len(self._log), _LOAD_CHANGES):
            _feed(self._doc, [change.raw for change in self._log[start : start + _LOAD_CHANGES]])

    def _applied(self, staged: Staged, tips: Mapping[bytes, Tip]) -> Applied:
        self.tips.update(tips)
        logged = self._log[len(self._log) - len(staged.changes) :]
        return Applied(
            self.document, tuple(logged), tuple(tips.values()), staged.learnt, staged.records, staged.overwritten
        )

    def _text(self, edit: SetText) -> str:
        found = (self.record(f"{edit.kind}/{edit.id}") or {}).get(edit.field)
        return found if isinstance(found, str) else ""

    def _read(self, holder: OpId) -> dict[str, Scalar]:
        doc, place = self._doc, _object(holder)
        fields: dict[str, Scalar] = {}
        for name in doc.keys(place):
            found = doc.get(place, name)
            if found is None:
                continue
            value, identifier = found
            fields[name] = doc.text(identifier) if isinstance(value, automerge.ObjType) else _scalar(value)
        return fields


def load_snapshot(chunk: bytes) -> list[bytes]:
    """The raw changes in one document chunk, in causal order, without genesis. They are as unverified as any others.

    Raises `InvalidChange` where Automerge cannot load it.
    """
    if chunk[:4] != b"\x85\x6f\x4a\x83" or chunk[8:9] != b"\x00":
        raise InvalidChange("A snapshot came that is none.")
    try:
        changes = automerge.Document.load(chunk).get_changes([])
        return [bytes(change.raw_bytes) for change in changes if bytes(change.hash) != GENESIS_HASH]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the binding is no Exception
        raise InvalidChange("A snapshot came that cannot be loaded.") from error


def statement_bytes(say: Say, *, at: int, nonce: bytes) -> bytes:
    """The canonical bytes of something said; raises `InvalidInput`."""
    return statement.encode(Statement(say.kind, say.subject, dict(say.body), at, say.answers, nonce))


def _statements(changes: Sequence[Change]) -> tuple[tuple[Learnt, ...], frozenset[DeviceId]]:
    """Every valid statement that these changes put, and the devices that deleted or wrote what is none.

    Looking at the changes, not at the document, is what makes a statement impossible to take back or overwrite.
    """
    learnt: list[Learnt] = []
    overwritten: set[DeviceId] = set()
    for change in changes:
        device = ids.device_id(change.actor[: ids.SHORT_BYTES])
        for op in change.ops:
            if op.object != STATEMENTS:
                continue
            raw = op.value.content
            said = statement.decode(raw) if op.action is Action.SET and isinstance(raw, bytes) else None
            if said is None or not isinstance(raw, bytes):
                overwritten.add(device)
                continue
            identifier = statement.identify(device, raw)
            if _key(identifier) == op.key:
                learnt.append(Learnt(device, identifier, said))
            else:
                overwritten.add(device)
    return tuple(learnt), frozenset(overwritten)


def _new_doc() -> automerge.Document:
    doc = automerge.Document(bytes(limits.ACTOR_BYTES))  # it never writes: every change is composed here
    _feed(doc, [GENESIS.raw])
    return doc


def _feed(doc: automerge.Document, raws: Sequence[bytes]) -> None:
    """Apply raw changes in a sync message without heads; with heads Automerge walks every ancestor."""
    message = b"".join((b"\x42\x00\x00\x00", unsigned(len(raws)), *(unsigned(len(raw)) + raw for raw in raws)))
    doc.receive_sync_message(automerge.SyncState(), automerge.Message.decode(message))


def _object(identifier: OpId) -> bytes:
    """Automerge's external id of an object; the actor index in it is a hint that it looks up again."""
    counter, actor = identifier
    return b"\x10" + unsigned(len(actor)) + actor + b"\x00" + unsigned(counter)


def _scalar(value: tuple[Any, Any]) -> Scalar:
    kind, content = value
    return bytes(content) if kind == automerge.ScalarType.Bytes else content


def _key(identifier: StatementId) -> str:
    return identifier.removeprefix("statement_")
