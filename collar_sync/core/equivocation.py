"""Two histories signed by one device: the proof of it, and whom it convicts.

Rules. A device writes one change for each (actor, seq), and its signature over a change stands for everything of its
own in the past of that change. So whoever holds two different changes of one (actor, seq), each in the past of what
that device signed, can show it to anybody: whether a proof holds follows from its bytes and from who was ever enrolled,
and from nothing else. What follows from proofs is for `successor` to say. This module must not know connections, disks
or Automerge, and not what a record or a statement means.
"""

import hashlib
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Annotated, Final, Protocol

import msgspec
from msgspec import Meta

from collar_sync import ids, limits
from collar_sync.core import identity
from collar_sync.core.change import Change
from collar_sync.core.cover import device_of
from collar_sync.core.durable import LoggedChange, Tip
from collar_sync.core.inspect import inspect, inspect_all
from collar_sync.core.membership import Membership
from collar_sync.errors import Equivocation, InvalidChange, InvalidSignature, UnknownAuthor
from collar_sync.ids import DeviceId, DocumentId, PersonId, SpaceId

PROOF_BYTES_MAX: Final = limits.BATCH_BYTES_MAX  # of the changes of both branches; two of the longest changes fit
PROOF_CHANGES_MAX: Final = limits.BATCH_CHANGES_MAX  # of one branch; nearly always it is one
LET_IN_BY_SPLITTER: Final = (
    "The device that let this one in is no longer listened to, so others may never have heard of this one. If it stays "
    "without a connection to any of them, set it up anew and have one of them let it in."
)
_Raw = Annotated[bytes, Meta(max_length=limits.CHANGE_BYTES_MAX)]
_Path = Annotated[tuple[_Raw, ...], Meta(min_length=1, max_length=PROOF_CHANGES_MAX)]


class Branch(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Raw changes, each of which depends on the one before, and the signed tip that is the last of them."""

    changes: _Path
    tip: Tip


class Proof(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Two branches, signed by one device, that hold different changes of one of its actors and one seq."""

    space: Annotated[str, Meta(max_length=64)]
    document: Annotated[str, Meta(max_length=64)]
    one: Branch
    other: Branch


class Convicted(msgspec.Struct, frozen=True):
    """What a proof shows: whose device signed twice, and where; another proof may show it earlier."""

    device: DeviceId
    person: PersonId
    document: DocumentId
    actor: bytes
    seq: int


class History(Protocol):
    """What is held of one document; a `Replica` is one."""

    @property
    def tips(self) -> Mapping[bytes, Tip]:
        """Signed tips, by actor; an actor may have none where a later one of its device covers it."""

    def hash_at(self, actor: bytes, seq: int) -> bytes | None:
        """The hash of an actor's change, or None where it is not here."""

    def missing(self, known: Mapping[bytes, int]) -> Sequence[LoggedChange]:
        """Every change beyond that version vector."""


class _Walk:
    """Everything in a graph of changes that one signed tip covers."""

    def __init__(self, tip: Tip, graph: Mapping[bytes, Change]) -> None:
        self.tip = tip
        self.toward: dict[bytes, Change] = {}  # hash → the change that depends on it, on a shortest way to the tip
        self._next: dict[bytes, Change] = {}  # hash → the next change of the same actor
        self.own: dict[bytes, Change] = {}  # by hash; all that the tip's device wrote
        ahead = deque(change for change in (graph.get(tip.hash),) if change and _is_tip(change, tip))
        seen = {tip.hash}
        while ahead:
            change = ahead.popleft()
            if change.actor[: ids.SHORT_BYTES] == tip.actor[: ids.SHORT_BYTES]:
                self.own[change.hash] = change
            for dep in change.deps:
                before = graph.get(dep)
                if before is not None and (before.actor, before.seq + 1) == (change.actor, change.seq):
                    self._next[dep] = change
                if before is not None and dep not in seen:
                    seen.add(dep)
                    self.toward[dep] = change
                    ahead.append(before)

    def branch(self, first: Change, *, whole: bool) -> Branch:
        """The way from a change of the device to the tip: past all that its actor wrote since, or the shortest."""
        path = [first]
        while path[-1].hash != self.tip.hash:
            last = path[-1].hash
            path.append(self._next.get(last, self.toward[last]) if whole else self.toward[last])
        return Branch(tuple(change.raw for change in path), self.tip)


def prove(
    place: tuple[SpaceId, DocumentId], held: History, raws: Sequence[bytes], tips: Sequence[Tip], membership: Membership
) -> Proof | None:
    """Find two signed histories in what is held and what was offered; None where no second one is signed.

    None is the sender's lie where its batch was refused as an equivocation: answer with `InvalidSignature`. Raises
    `InvalidChange` where a change offered is none, and `Equivocation` where there are two signed histories whose proof
    would be longer than a proof may be.
    """
    graph = {change.hash: change for change in inspect_all(raws)}
    walks = [_Walk(tip, graph) for tip in tips if _signed(place, tip, membership)]
    found: dict[tuple[bytes, int], tuple[Change, _Walk]] = {}
    for walk in walks:
        news = sorted(walk.own.values(), key=_age)
        apart = [change for change in news if held.hash_at(change.actor, change.seq) not in (None, change.hash)]
        for change in apart:
            mine = _held_walk(held, change)
            if mine is not None:
                last = [each for each in apart if each.actor == change.actor][-1]
                return _shorter(place, (change, walk, mine), (last, walk, mine), held)
        for change in news:
            rival, other = found.setdefault((change.actor, change.seq), (change, walk))
            if rival.hash != change.hash:
                return _written(place, walk.branch(change, whole=True), other.branch(rival, whole=True))
    return None


def supplement(proof: Proof, held: History, shown: Collection[bytes]) -> Proof | None:
    """Make another proof where more is held of the history that was split than anybody has shown, or None.

    `shown` are the hashes of all `changes` of the proofs known. Each device does so for every new proof that it
    takes in or makes: thus whatever anybody holds of a split history comes to everybody, and what was said in it counts
    everywhere. Expects a proof that was verified.
    """
    device = device_of(proof.one.tip.actor)
    graph = {each.hash: inspect(each.raw) for each in held.missing({})}
    walks = [_Walk(tip, graph) for tip in held.tips.values() if device_of(tip.actor) == device]
    for walk in sorted(walks, key=lambda each: (-len(each.own), each.tip.hash)):
        found = _supplement(proof, walk, shown)
        if found is not None:
            return found
    return None


def verify(proof: Proof, membership: Membership) -> Convicted:
    """Hold a proof against who was ever enrolled; the order of its branches does not matter.

    Raises `InvalidSignature` or `InvalidChange` where it proves nothing, and `UnknownAuthor` where its device is not
    enrolled here yet: put it off until core has come.
    """
    tips = (proof.one.tip, proof.other.tip)
    if proof.space != membership.space or not ids.is_id(proof.document, "document"):
        raise InvalidChange("A proof came that belongs to another space.")
    if not _within_bounds(proof):
        raise InvalidChange("A proof came that is longer than any proof may be.")
    if any(len(tip.actor) != limits.ACTOR_BYTES for tip in tips):
        raise InvalidChange("A proof came that names no writer.")
    device = membership.devices.get(device_of(tips[0].actor))
    if device is None:
        raise UnknownAuthor("A proof came about a device that nobody here has enrolled yet.")
    document = DocumentId(proof.document)
    if not all(_signed((membership.space, document), tip, membership) for tip in tips):
        raise InvalidSignature("A proof came with a signature that is not its author's.")
    actor, seq = _first_apart(proof)
    return Convicted(device.id, device.person, document, actor, seq)


def changes(proof: Proof) -> list[Change]:
    """The convicted device's own changes in a verified proof: it signed them, so what is said in them was said."""
    author = proof.one.tip.actor[: ids.SHORT_BYTES]
    read = [*_read(proof.one), *_read(proof.other)]
    return list({each.hash: each for each in read if each.actor[: ids.SHORT_BYTES] == author}.values())


def canonical(proof: Proof) -> Proof:
    """The same proof with its branches in order: equal evidence is equal bytes."""
    one, other = sorted((proof.one, proof.other), key=lambda branch: (branch.tip.hash, branch.changes))
    return Proof(proof.space, proof.document, one, other)


def weight(proof: Proof) -> int:
    """How many bytes its changes have."""
    return sum(len(raw) for branch in (proof.one, proof.other) for raw in branch.changes)


def name(proof: Proof) -> bytes:
    """32 bytes that are equal for equal evidence: what a proof is kept under."""
    return hashlib.sha256(msgspec.msgpack.encode(canonical(proof))).digest()


def sentence(device: str) -> str:
    """What a person reads, where `device` reads like "Sam's phone"."""
    return (
        f"{device} told two different stories of what it wrote: its software was altered, or a copy of it was in use "
        "beside it. It is no longer listened to here, and the record goes on without it. Set that device up anew."
    )


def _supplement(proof: Proof, walk: _Walk, everything: Collection[bytes]) -> Proof | None:
    branches = [(branch, _own(branch)) for branch in (proof.one, proof.other)]
    actor, _ = _first_apart(proof)
    chain = sorted((each for each in walk.own.values() if each.actor == actor), key=_age)
    apart = [[each for each in chain if shown.get(_key(each), each.hash) != each.hash] for _, shown in branches]
    if not any(apart):
        return None
    # A history that is neither of the two may have left both before the proof begins: it is shown from its start.
    first = chain[0] if all(apart) else next(changes[0] for changes in apart if changes)
    mine = walk.branch(first, whole=True)
    if all(digest in everything for digest in _own(mine).values()):
        return None
    rival = next(branch for (branch, _), changes in zip(branches, apart, strict=True) if changes)
    try:
        return _written((SpaceId(proof.space), DocumentId(proof.document)), mine, rival)
    except Equivocation:
        return None


def _held_walk(held: History, rival: Change) -> tuple[Change, _Walk] | None:
    """The change that is held in a rival's place, and what covers it: its actor's own tip, or a later opening's."""
    actor = rival.actor
    own = held.tips.get(actor)
    others = (tip for tip in held.tips.values() if device_of(tip.actor) == device_of(actor) and tip.actor != actor)
    for tip in (*((own,) if own is not None and own.seq >= rival.seq else ()), *others):
        logged: Iterable[LoggedChange] = held.missing({})
        if tip is own:
            logged = (each for each in logged if each.actor == actor)
        walk = _Walk(tip, {each.hash: inspect(each.raw) for each in logged})
        here = walk.own.get(held.hash_at(actor, rival.seq) or b"")
        if here is not None:
            return here, walk
    return None


def _shorter(
    place: tuple[SpaceId, DocumentId],
    first: tuple[Change, _Walk, tuple[Change, _Walk]],
    last: tuple[Change, _Walk, tuple[Change, _Walk]],
    held: History,
) -> Proof:
    """The proof from where two histories part or, where that is too long, from the last change that both number."""
    change, walk, (here, mine) = first
    try:
        return _written(place, mine.branch(here, whole=True), walk.branch(change, whole=True))
    except Equivocation:
        change, walk, (_, mine) = last
        latest = mine.own.get(held.hash_at(change.actor, change.seq) or b"", here)
        rival = change if latest.seq == change.seq else first[0]
        return _written(place, mine.branch(latest, whole=False), walk.branch(rival, whole=False))


def _written(place: tuple[SpaceId, DocumentId], one: Branch, other: Branch) -> Proof:
    proof = canonical(Proof(*place, one, other))
    if not _within_bounds(proof):
        raise Equivocation("A device wrote two different histories, too long to be passed on as a proof.")
    return proof


def _read(branch: Branch) -> Iterator[Change]:
    """The changes of a branch, each of which depends on the one before and the last of which is its tip."""
    path = [inspect(raw) for raw in branch.changes]
    if not _is_tip(path[-1], branch.tip):
        raise InvalidSignature("A proof came whose signature is over another change.")
    if not all(before.hash in after.deps for before, after in pairwise(path)):
        raise InvalidChange("A proof came whose changes do not follow each other.")
    yield from path


def _own(branch: Branch) -> dict[tuple[bytes, int], bytes]:
    """The hashes of what a branch holds of the device that signed it, by actor and seq."""
    author = branch.tip.actor[: ids.SHORT_BYTES]
    return {_key(each): each.hash for each in _read(branch) if each.actor[: ids.SHORT_BYTES] == author}


def _first_apart(proof: Proof) -> tuple[bytes, int]:
    """The first (actor, seq) of which the branches hold different changes."""
    proof = canonical(proof)
    other = _own(proof.other)
    apart = [key for key, digest in _own(proof.one).items() if other.get(key, digest) != digest]
    if not apart:
        raise InvalidChange("A proof came that shows one history, not two.")
    return apart[0]


def _key(change: Change) -> tuple[bytes, int]:
    return change.actor, change.seq


def _age(change: Change) -> tuple[int, bytes]:
    """What is greater for each change than for those that it depends on."""
    return change.start_op, change.actor


def _is_tip(change: Change, tip: Tip) -> bool:
    return (change.actor, change.seq, change.hash) == (tip.actor, tip.seq, tip.hash)


def _signed(place: tuple[SpaceId, DocumentId], tip: Tip, membership: Membership) -> bool:
    device = membership.devices.get(device_of(tip.actor)) if len(tip.actor) == limits.ACTOR_BYTES else None
    if device is None:
        return False
    try:
        message = identity.tip_message(*place, tip.actor, tip.seq, tip.hash)
    except InvalidSignature:
        return False
    return identity.verify(device.public.signing, message, tip.signature)


def _within_bounds(proof: Proof) -> bool:
    branches = (proof.one.changes, proof.other.changes)
    raws = [raw for each in branches for raw in each]
    if not all(0 < len(each) <= PROOF_CHANGES_MAX for each in branches) or sum(map(len, raws)) > PROOF_BYTES_MAX:
        return False
    ops = accumulate(len(inspect(raw).ops) for raw in raws)
    return all(count <= limits.BATCH_OPS_MAX for count in ops)
