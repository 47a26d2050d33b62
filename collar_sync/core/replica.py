"""One document's replica: verified changes in, records and statements out.

Rules. Every change, own or a peer's, is inspected, checked against the outline, signed by its actor's tip, and only
then handed to Automerge; what Automerge then holds is compared with what it must hold. The replica's own log, not
Automerge, answers what a peer lacks. It knows no disk, no network and no clock, and not what any record or statement
means.
"""

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from collar_sync import ids, limits
from collar_sync.core import cover, identity, lineage, statement
from collar_sync.core.ancestry import Ancestry
from collar_sync.core.binding import GENESIS, GENESIS_HASH, Binding, load_snapshot
from collar_sync.core.change import Action, Change, Op
from collar_sync.core.durable import Kept, LoggedChange, Tip
from collar_sync.core.edits import Say, Scalar, SetFields, SetText
from collar_sync.core.inspect import TOO_MANY_AT_ONCE, compose, inspect
from collar_sync.core.marks import Marks
from collar_sync.core.membership import Learnt, Membership
from collar_sync.core.outline import RECORDS, STATEMENTS, Outline
from collar_sync.core.sketch import Sketch
from collar_sync.core.statement import Statement
from collar_sync.core.steps import Applied, Author, Draft, Staged
from collar_sync.errors import CausesMissing, Equivocation, InvalidChange, InvalidSignature, UnknownAuthor
from collar_sync.ids import DeviceId, DocumentId, SpaceId, StatementId

EMPTY_DIGEST: Final = hashlib.sha256(GENESIS_HASH).digest()  # of a document in which nothing was written yet
_JOIN: Final = Op(RECORDS, "~/join", action=Action.MAKE_MAP)  # an empty record that nobody reads


class Replica:
    """One document of one space on this device; a first change shows its `line` where it takes over from another."""

    def __init__(self, space: SpaceId, document: DocumentId, line: bytes = b"") -> None:
        self.space = space
        self.document = document
        self._line = line
        self._out = lineage.excluded(document, ())  # who may write nothing here; None before a change showed it
        self.tips: dict[bytes, Tip] = {}
        self.marks = Marks()
        self._op_counts = array("I")  # of each change in the log
        self._log: list[LoggedChange] = []
        self._deps: list[tuple[bytes, ...]] = []  # of each change in the log
        self._places: dict[bytes, list[int]] = {}
        self._place_of: dict[bytes, int] = {}
        self._last_op: dict[bytes, int] = {GENESIS_HASH: GENESIS.max_op}
        self._heads: set[bytes] = {GENESIS_HASH}
        self.outline = Outline()
        self._ancestry = Ancestry(GENESIS)
        self._records: dict[str, dict[str, Scalar]] = {}  # as last read from Automerge
        self._keys: dict[str, None] = {}  # of all records
        self._statements = 0
        self.sealed_changes = 0  # how many of the changes here are in the store's snapshot
        self._doc = Binding()

    @property
    def clock(self) -> dict[bytes, int]:
        """How many changes of each actor are here: the version vector."""
        return {actor: len(places) for actor, places in self._places.items()}

    @property
    def changes(self) -> int:
        """How many changes are here."""
        return len(self._log)

    @property
    def entries(self) -> int:
        """How many records and statements are here: when a chapter is full."""
        return len(self._keys) + self._statements

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

    def holds(self, change: bytes) -> bool:
        """Whether the change of that hash is here."""
        return change in self._place_of

    def missing(self, known: Mapping[bytes, int], upto: Mapping[bytes, int] | None = None) -> list[LoggedChange]:
        """Every change beyond that version vector, each after all it depends on; `upto` says where to end."""
        places: list[int] = []
        for actor, own in self._places.items():
            places += own[known.get(actor, 0) : None if upto is None else upto.get(actor, 0)]
        return [self._log[place] for place in sorted(places)]

    def operations(self, changes: Iterable[LoggedChange] | None = None) -> int:
        """How many operations these changes, which are here, or all have together."""
        counts = self._op_counts
        return sum(counts) if changes is None else sum(counts[self._place_of[each.hash]] for each in changes)

    def save(self) -> bytes:
        """The whole document as one Automerge document chunk."""
        return self._doc.save()

    def restore(self, kept: Kept) -> list[Learnt]:
        """Take in what this device's own store holds, once, into a new replica; answers every statement in it.

        The store's pages are authenticated, so signatures are not checked again; that Automerge holds what the log
        says is. Raises `InvalidChange` where it does not.
        """
        sealed = load_snapshot(kept.chunk) if kept.chunk is not None else []
        staged = self.stage([*sealed, *(change.raw for change in kept.log)], limits.OP_COUNTER_MAX)
        self._apply(staged)
        self.tips = {tip.actor: tip for tip in kept.tips}
        self.marks = Marks(kept.marks)
        before = self.marks.clock()
        self._mark(self.missing(before), (tip for tip in kept.tips if tip.seq > before.get(tip.actor, 0)))
        self.sealed_changes = len(sealed)
        return list(staged.learnt)

    def needed_tips(self) -> tuple[Tip, ...]:
        """The tips that together cover every change here."""
        graph = [(change.actor, change.hash, deps) for change, deps in zip(self._log, self._deps, strict=True)]
        wanted = cover.needed(graph)
        return tuple(tip for actor, tip in self.tips.items() if actor in wanted)

    def signed_by(self, hashes: AbstractSet[bytes]) -> bool:
        """Whether their devices' signatures over these changes cover every change here."""
        graph = [(change.actor, change.hash, deps) for change, deps in zip(self._log, self._deps, strict=True)]
        return len(cover.covered(graph, hashes)) == len(graph)

    def seal(self) -> tuple[bytes, tuple[tuple[bytes, int, bytes], ...]]:
        """The whole document as one chunk that was seen to hold every change here, and the newest one of each actor.

        Raises `InvalidChange` where Automerge does not give back exactly what it was given: then nothing may go.
        """
        chunk = self.save()
        if sorted(load_snapshot(chunk)) != sorted(change.raw for change in self._log):
            raise InvalidChange("A part of this record could not be made shorter. It is kept as it is, and whole.")
        self.sealed_changes = len(self._log)
        return chunk, self.ends()

    def ends(self) -> tuple[tuple[bytes, int, bytes], ...]:
        """The newest change of each actor: (actor, seq, hash)."""
        newest = (self._log[places[-1]] for places in self._places.values())
        return tuple((change.actor, change.seq, change.hash) for change in newest)

    def stage(self, raws: Sequence[bytes], ops_max: int = limits.BATCH_OPS_MAX) -> Staged:
        """Inspect changes and hold them against this replica, without changing it; those already here are left out.

        Raises `InvalidChange`, also where they have more operations than `ops_max`, or `Equivocation` where a different
        change has the same actor and seq.
        """
        outline = self.outline.branch()
        changes: list[Change] = []
        records: set[str] = set()
        last_ops: dict[bytes, int] = {}
        own: dict[bytes, list[bytes]] = {}
        clock: dict[bytes, int] = {}
        for raw in raws:
            place = self._place_of.get(hashlib.sha256(raw[8:]).digest())
            if place is not None:
                known = self._log[place]
                clock[known.actor] = max(known.seq, clock.get(known.actor, 0))
                continue
            change = inspect(raw)
            if change.hash in last_ops:
                continue
            ops_max -= len(change.ops)
            if ops_max < 0:
                raise InvalidChange(TOO_MANY_AT_ONCE)
            self._place(change, last_ops, own.setdefault(change.actor, []))
            records |= outline.take(change)
            last_ops[change.hash] = change.max_op
            own[change.actor].append(change.hash)
            changes.append(change)
            clock[change.actor] = change.seq
        self._ancestry.check(changes)
        learnt, overwritten = statements_in(changes)
        return Staged(clock, tuple(changes), outline, learnt, frozenset(records), overwritten)

    def admit(self, staged: Staged, tips: Sequence[Tip], membership: Membership) -> Applied:
        """Verify that each author may write here and signed, then apply all of it or nothing.

        Raises `UnknownAuthor`, `InvalidSignature`, or `InvalidChange` where Automerge did not take what it was given.
        """
        lineage.check(self.document, staged.changes, lineage.excluded(self.document, staged.changes, self._out))
        offered, signed = {tip.actor: tip for tip in tips}, list[Change]()
        newest = {change.actor: change for change in staged.changes}
        for actor, change in newest.items():
            device = membership.devices.get(cover.device_of(actor))
            if device is None:
                raise UnknownAuthor("A change came from a device that nobody here has enrolled yet.")
            tip = offered.get(actor)
            if tip is None or (tip.seq, tip.hash) != (change.seq, change.hash):
                continue
            message = identity.tip_message(self.space, self.document, actor, tip.seq, tip.hash)
            if not identity.verify(device.public.signing, message, tip.signature):
                raise InvalidSignature("A change came with a signature that is not its author's.")
            signed.append(change)
        if len(signed) < len(newest):
            graph = [(change.actor, change.hash, change.deps) for change in staged.changes]
            if len(cover.covered(graph, {change.hash for change in signed})) < len(graph):
                raise InvalidSignature("A change came without a signature over it.")
        self._apply(staged)
        return self._applied(staged, {change.actor: offered[change.actor] for change in signed})

    def draft(
        self, edits: Sequence[SetFields | SetText], said: Mapping[StatementId, bytes], author: Author
    ) -> Draft | None:
        """Work out edits and statements as one signed change, to be committed before this replica changes.

        None where they change nothing. Raises `InvalidInput` where an edit breaks a bound.
        """
        joins, outline, heads = self._joins(author)
        seq, deps, last_op = self._follow(author, joins, heads)
        sketch = Sketch(outline, author.actor, last_op + 1)
        for identifier, raw in said.items():
            sketch.say(_key(identifier), raw)
        for edit in edits:
            if isinstance(edit, SetText):
                sketch.set_text(edit, self._text(edit))
            else:
                sketch.set_fields(edit)
        if not sketch.ops:
            return None
        if self._line and heads == {GENESIS_HASH}:
            sketch.set_fields(lineage.showing(self._line))
        change = compose(actor=author.actor, seq=seq, start_op=last_op + 1, deps=deps, ops=sketch.ops)
        learnt, _ = statements_in([change])
        staged = Staged({}, (*joins, change), sketch.outline, learnt, frozenset(sketch.touched), frozenset())
        message = identity.tip_message(self.space, self.document, author.actor, change.seq, change.hash)
        return Draft(staged, Tip(author.actor, change.seq, change.hash, author.sign(message)))

    def write(
        self, edits: Sequence[SetFields | SetText], said: Mapping[StatementId, bytes], author: Author
    ) -> Applied | None:
        """Draft and commit; None where the edits change nothing."""
        draft = self.draft(edits, said, author)
        return None if draft is None else self.commit(draft)

    def commit(self, draft: Draft) -> Applied:
        """Apply what was drafted."""
        self._apply(draft.staged)
        return self._applied(draft.staged, {draft.tip.actor: draft.tip})

    def _joins(self, author: Author) -> tuple[list[Change], Outline, set[bytes]]:
        """Changes that join the heads where there are more than one change may follow; the heads that are left.

        Honest devices never make so many; altered software can, and must not keep anybody from writing.
        """
        joins: list[Change] = []
        outline, heads = self.outline.branch(), set(self._heads)
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
            # Devices that began it at once made a map each: the greatest shows last, and none hides a field of another.
            holders = sorted(self.outline.live(RECORDS, key))
            if not holders:
                return None
            found = self._records[key] = {}
            for holder in holders:
                found.update(self._doc.read(holder))
        return found

    def has(self, key: str) -> bool:
        """Whether there is a record `kind/id`."""
        return key in self._keys

    def record_keys(self) -> Iterable[str]:
        """The keys `kind/id` of all records."""
        return self._keys

    def records(self, prefix: str) -> Iterator[tuple[str, Mapping[str, Scalar]]]:
        """Every record whose key starts so: the rest of its key, and its fields."""
        for key in self._keys:
            if key.startswith(prefix):
                yield key[len(prefix) :], self.record(key) or {}

    def _place(self, change: Change, last_ops: Mapping[bytes, int], own: Sequence[bytes]) -> None:
        """Refuse a change that does not follow its actor's last one and its dependencies exactly."""
        here = len(self._places.get(change.actor, []))
        if change.seq <= here + len(own):
            raise Equivocation("A device told two different stories of what it wrote; it was copied, or altered.")
        if change.seq != here + len(own) + 1:
            raise CausesMissing("A change came without the ones before it.")
        previous = own[-1] if own else self.hash_at(change.actor, change.seq - 1)
        if previous is not None and previous not in change.deps:
            raise InvalidChange("A change does not follow its own author's last one.")
        ends = [last_ops.get(dep) or self._last_op.get(dep) for dep in change.deps]
        known = [end for end in ends if end is not None]
        if len(known) < len(ends):
            raise CausesMissing("A change came without those it depends on.")
        if not change.ops or not known or change.start_op != max(known) + 1:
            raise InvalidChange("A change numbers its operations wrongly.")

    def _apply(self, staged: Staged) -> None:
        """Give changes to Automerge and see that it holds exactly them; on any doubt, start again from the log."""
        heads = set(self._heads)
        for change in staged.changes:
            heads.difference_update(change.deps)
            heads.add(change.hash)
        if not self._doc.feed([change.raw for change in staged.changes], heads):
            self._doc = Binding()
            self._doc.feed([change.raw for change in self._log], set(self._heads))
            raise InvalidChange("A change could not be taken in; nothing of it was kept.")
        self._heads = heads
        self._out = lineage.excluded(self.document, staged.changes, self._out)
        self.outline.absorb(staged.outline)
        for change in staged.changes:
            self._places.setdefault(change.actor, []).append(len(self._log))
            self._place_of[change.hash] = len(self._log)
            self._log.append(LoggedChange(change.actor, change.seq, change.hash, change.raw))
            self._deps.append(change.deps)
            self._op_counts.append(len(change.ops))
            self._ancestry.add(change)
            self._last_op[change.hash] = change.max_op
        self._statements += len(staged.learnt)
        for key in staged.records:
            self._records.pop(key, None)
            self._keys[key] = None

    def _applied(self, staged: Staged, tips: Mapping[bytes, Tip]) -> Applied:
        self.tips.update(tips)
        logged = self._log[len(self._log) - len(staged.changes) :]
        self._mark(logged, tips.values())
        deps, learnt = tuple(change.deps for change in staged.changes), staged.learnt
        signed, own = tuple(tips.values()), (staged.records, staged.overwritten)
        return Applied(self.document, staged.clock, tuple(logged), deps, signed, learnt, *own)

    def _mark(self, changes: Sequence[LoggedChange], tips: Iterable[Tip]) -> None:
        ends, size = {change.actor: change.seq for change in changes}, sum(len(change.raw) for change in changes)
        self.marks.grow(ends, tips, self.operations(changes), size, len(changes))

    def _text(self, edit: SetText) -> str:
        found = (self.record(f"{edit.kind}/{edit.id}") or {}).get(edit.field)
        return found if isinstance(found, str) else ""


def statement_bytes(say: Say, *, at: int, nonce: bytes) -> bytes:
    """The canonical bytes of something said; raises `InvalidInput`."""
    return statement.encode(Statement(say.kind, say.subject, dict(say.body), at, say.answers, nonce))


def statements_in(changes: Sequence[Change]) -> tuple[tuple[Learnt, ...], frozenset[DeviceId]]:
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
                learnt.append(Learnt(device, identifier, said, change.actor, change.seq))
            else:
                overwritten.add(device)
    return tuple(learnt), frozenset(overwritten)


def _key(identifier: StatementId) -> str:
    return identifier.removeprefix("statement_")
