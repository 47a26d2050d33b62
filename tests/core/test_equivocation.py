"""Whoever signs two histories is convicted by them, whoever tells; nobody else is, whatever anybody sends."""

from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import ids, limits
from collar_sync.core import equivocation
from collar_sync.core.change import Action, Change, Op, Value
from collar_sync.core.durable import LoggedChange, Tip
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.equivocation import Branch, Convicted, Proof, canonical, changes, name, prove, supplement, verify
from collar_sync.core.inspect import inspect
from collar_sync.core.membership import Membership
from collar_sync.core.outline import RECORDS
from collar_sync.core.space import Space
from collar_sync.errors import (
    Equivocation,
    InvalidChange,
    InvalidInput,
    InvalidSignature,
    PeerError,
    UnknownAuthor,
)
from collar_sync.ids import DocumentId, SpaceId
from tests.core.story import Forger, couple, deliver, join, keys_of, write

Batch = tuple[Sequence[bytes], Sequence[Tip]]


class Scene:
    """Alex's and Kim's devices, and Sam's altered software, which wrote one change that both took in."""

    def __init__(self) -> None:
        self.alex, self.sam = couple()
        self.kim = join(self.alex, "Kim")
        self.document: DocumentId = self.alex.home("chapter")
        self.sams = Forger(self.alex.id, self.document, self.sam.keys)
        self.first = self.sams.change(Op(RECORDS, "note/1", action=Action.MAKE_MAP))
        for space in (self.alex, self.kim):
            space.receive(self.document, *self.signed(self.first))

    @property
    def place(self) -> tuple[SpaceId, DocumentId]:
        return self.alex.id, self.document

    def after(self, before: Change, title: str, *, by: Forger | None = None, seq: int | None = None) -> Change:
        op = Op((3, self.sams.actor), "title", value=Value.of(title))
        seq = before.seq + 1 if seq is None else seq
        return (by or self.sams).change(op, seq=seq, start_op=before.max_op + 1, deps=(before.hash,))

    def history(self, title: str, length: int = 1, after: Change | None = None) -> list[Change]:
        found = [after or self.first]
        for number in range(length):
            found.append(self.after(found[-1], f"{title} {number}"))
        return found[1:]

    def signed(self, *written: Change, by: Forger | None = None) -> Batch:
        return [change.raw for change in written], [(by or self.sams).tip(written[-1])]

    def proof(self, space: Space, batch: Batch) -> Proof | None:
        """What a device makes of a batch that it refused as an equivocation."""
        with pytest.raises(Equivocation):
            space.receive(self.document, *batch)
        return prove(self.place, space.replica(self.document), *batch, space.membership)

    def convicted(self, seq: int = 2) -> Convicted:
        return Convicted(self.sam.keys.device, self.sam.me, self.document, self.sams.actor, seq)


def shown(proof: Proof) -> set[bytes]:
    return {change.hash for change in changes(proof)}


def test_two_signed_histories_give_one_proof_whoever_finds_it_and_it_names_the_device() -> None:
    scene = Scene()
    ferns, moss = scene.history("Ferns"), scene.history("Moss")
    scene.alex.receive(scene.document, *scene.signed(*ferns))
    scene.kim.receive(scene.document, *scene.signed(*moss))
    one = scene.proof(scene.alex, scene.signed(scene.first, *moss))
    other = scene.proof(scene.kim, scene.signed(*ferns))
    assert one is not None
    assert one == other
    assert name(one) == name(other)
    for space in (scene.alex, scene.kim, scene.sam):
        assert verify(one, space.membership) == scene.convicted()
    assert shown(one) == {ferns[0].hash, moss[0].hash}
    assert equivocation.sentence("Sam's phone").startswith("Sam's phone signed two different histories")


def test_a_proof_says_the_same_in_either_order_and_after_the_wire() -> None:
    scene = Scene()
    scene.alex.receive(scene.document, *scene.signed(*scene.history("Ferns", 3)))
    proof = scene.proof(scene.alex, scene.signed(*scene.history("Moss", 2)))
    assert proof is not None
    turned = Proof(proof.space, proof.document, proof.other, proof.one)
    assert turned != proof
    assert canonical(turned) == proof
    assert name(turned) == name(proof)
    for each in (proof, turned, msgspec.msgpack.decode(msgspec.msgpack.encode(proof), type=Proof)):
        assert verify(each, scene.kim.membership) == scene.convicted()


def test_only_what_comes_after_the_parting_is_in_a_proof_up_to_the_signatures() -> None:
    scene = Scene()
    ferns = scene.history("Ferns", 4)
    scene.alex.receive(scene.document, *scene.signed(*ferns))
    moss = [*ferns[:2], *scene.history("Moss", 3, after=ferns[1])]
    proof = scene.proof(scene.alex, scene.signed(scene.first, *moss))
    assert proof is not None
    assert shown(proof) == {change.hash for change in (*ferns[2:], *moss[2:])}
    assert verify(proof, scene.kim.membership) == scene.convicted(seq=4)


def test_two_histories_in_one_batch_are_a_proof_too() -> None:
    scene = Scene()
    (one,), (two,) = scene.history("Ferns"), scene.history("Moss")
    proof = scene.proof(scene.alex, ([one.raw, two.raw], [scene.sams.tip(one), scene.sams.tip(two)]))
    assert proof is not None
    assert verify(proof, scene.kim.membership) == scene.convicted()
    both = scene.sams.change(
        Op(RECORDS, "note/2", action=Action.MAKE_MAP), seq=3, start_op=one.max_op + 1, deps=(one.hash, two.hash)
    )
    proof = scene.proof(scene.alex, scene.signed(one, two, both))
    assert proof is not None, "one signature over both is a proof as well"
    assert verify(proof, scene.kim.membership) == scene.convicted()


def test_a_later_openings_signature_convicts_for_what_an_earlier_one_wrote() -> None:
    scene = Scene()
    later = Forger(scene.alex.id, scene.document, scene.sam.keys, b"opening2")
    sides = {}
    for space, title in ((scene.alex, "Ferns"), (scene.kim, "Moss")):
        (split,) = scene.history(title)
        write(space, SetFields("note", "9", {"line": "an honest change in between"}))
        end = scene.after(split, "later", by=later, seq=1)
        sides[title] = [split.raw, end.raw], [later.tip(end)]
        space.receive(scene.document, *sides[title])
        assert scene.sams.actor in space.replica(scene.document).tips
        del space.replica(scene.document).tips[scene.sams.actor]  # as after a first sync with the covering tips alone
    one, other = scene.proof(scene.alex, sides["Moss"]), scene.proof(scene.kim, sides["Ferns"])
    assert one is not None
    assert one == other
    assert verify(one, scene.alex.membership) == scene.convicted()
    assert len(one.one.changes) == 2


def test_what_others_wrote_in_between_is_in_the_proof_but_is_not_the_convicteds() -> None:
    scene = Scene()
    deliver(scene.alex, scene.kim, scene.alex.core)
    later = Forger(scene.alex.id, scene.document, scene.sam.keys, b"opening2")
    sides: dict[str, Batch] = {}
    own = set()
    for space, title in ((scene.alex, "Ferns"), (scene.kim, "Moss")):
        (split,) = scene.history(title)
        space.receive(scene.document, *scene.signed(split))
        (honest,) = (inspect(each.raw) for each in write(space, SetFields("note", "9", {"line": "honest"})).changes)
        end = scene.after(honest, "later", by=later, seq=1)
        space.receive(scene.document, [end.raw], [later.tip(end)])
        replica = space.replica(scene.document)
        del replica.tips[scene.sams.actor]
        sides[title] = [each.raw for each in replica.missing({})], list(replica.tips.values())
        own |= {split.hash, end.hash}
    proof = scene.proof(scene.alex, sides["Moss"])
    assert proof is not None
    assert len(proof.one.changes) == len(proof.other.changes) == 3
    assert shown(proof) == own
    assert verify(proof, scene.alex.membership) == scene.convicted()


def test_everything_that_the_actor_wrote_is_shown_though_a_shorter_way_leads_to_its_signature() -> None:
    scene = Scene()
    ferns = scene.history("Ferns", 3)
    kims = Forger(scene.alex.id, scene.document, scene.kim.keys)
    between = scene.after(ferns[0], "Kim's", by=kims, seq=1)
    op = Op((3, scene.sams.actor), "title", value=Value.of("joined"))
    deps = (ferns[2].hash, between.hash)
    end = scene.sams.change(op, seq=5, start_op=ferns[2].max_op + 1, deps=deps)
    deliver(scene.alex, scene.kim, scene.alex.core)
    raws = [each.raw for each in (*ferns, between, end)]
    (moss,) = scene.history("Moss")
    scene.alex.receive(scene.document, *scene.signed(moss))
    proof = scene.proof(scene.alex, (raws, [scene.sams.tip(end), kims.tip(between)]))
    assert proof is not None
    assert shown(proof) == {each.hash for each in (*ferns, end, moss)}


def test_whoever_built_on_both_of_anothers_histories_is_not_convicted_of_them() -> None:
    scene = Scene()
    branches = []
    for title, opening in (("Ferns", b"opening1"), ("Moss", b"restored")):
        (split,) = scene.history(title)
        alexs = Forger(scene.alex.id, scene.document, scene.alex.keys, opening)
        change = scene.after(split, "Alex's", by=alexs, seq=1)
        branches.append(Branch((split.raw, change.raw), alexs.tip(change)))
    with pytest.raises(InvalidChange, match="one history"):
        verify(Proof(scene.alex.id, scene.document, *branches), scene.alex.membership)


def test_a_proof_that_shows_two_splits_names_the_same_one_in_either_order() -> None:
    scene = Scene()
    later = Forger(scene.alex.id, scene.document, scene.sam.keys, b"opening2")
    branches = []
    for title, order in (("Ferns", (scene.sams, later)), ("Moss", (later, scene.sams))):
        path = [scene.first]
        for number, opening in enumerate(order):
            op = Op((3, scene.sams.actor), "title", value=Value.of(f"{title} {number}"))
            seq = 2 if opening is scene.sams else 1
            path.append(opening.change(op, seq=seq, start_op=path[-1].max_op + 1, deps=(path[-1].hash,)))
        branches.append(Branch(tuple(each.raw for each in path[1:]), order[-1].tip(path[-1])))
    found = [
        verify(Proof(scene.alex.id, scene.document, *pair), scene.alex.membership)
        for pair in (branches, reversed(branches))
    ]
    assert found[0] == found[1]


def forged_by(scene: Scene, author: str) -> Batch:
    (moss,) = scene.history("Moss")
    return [moss.raw], [scene.sams.tip(moss, keys_of(author))]


def with_tip(change: Callable[[Tip], Tip]) -> Callable[[Scene], Batch]:
    def lie(scene: Scene) -> Batch:
        raws, (tip,) = scene.signed(*scene.history("Moss"))
        return raws, [change(tip)]

    return lie


def for_another_document(scene: Scene) -> Batch:
    (moss,) = scene.history("Moss")
    return [moss.raw], [Forger(scene.alex.id, scene.alex.core, scene.sam.keys).tip(moss)]


def unreached(scene: Scene) -> Batch:
    moss, ivy = *scene.history("Moss"), *scene.history("Ivy", 2)[1:]
    return [moss.raw, ivy.raw], [scene.sams.tip(ivy)]


LIES: dict[str, Callable[[Scene], Batch]] = {
    "unsigned": lambda scene: ([scene.history("Moss")[0].raw], []),
    "signed by the one who tells": lambda scene: forged_by(scene, "Kim"),
    "signed by a stranger": lambda scene: forged_by(scene, "nobody"),
    "signature altered": with_tip(lambda tip: Tip(tip.actor, tip.seq, tip.hash, bytes(64))),
    "signature of no size": with_tip(lambda tip: Tip(tip.actor, tip.seq, tip.hash, b"")),
    "actor of no size": with_tip(lambda tip: Tip(b"", tip.seq, tip.hash, tip.signature)),
    "number of no size": with_tip(lambda tip: Tip(tip.actor, -1, tip.hash, tip.signature)),
    "signed for another document": for_another_document,
    "signed for the first change only": lambda scene: (
        [scene.first.raw, scene.history("Moss")[0].raw],
        [scene.sams.tip(scene.first)],
    ),
    "signed what does not build on it": unreached,
}


@pytest.mark.parametrize("lie", LIES)
def test_a_second_history_that_its_author_did_not_sign_proves_nothing(lie: str) -> None:
    scene = Scene()
    scene.alex.receive(scene.document, *scene.signed(*scene.history("Ferns")))
    assert scene.proof(scene.alex, LIES[lie](scene)) is None


def test_what_is_no_change_is_the_senders_fault() -> None:
    scene = Scene()
    with pytest.raises(InvalidChange):
        prove(scene.place, scene.alex.replica(scene.document), [b"garbage"], [], scene.alex.membership)


def a_proof(scene: Scene, length: int = 1) -> Proof:
    scene.alex.receive(scene.document, *scene.signed(*scene.history("Ferns", length)))
    proof = scene.proof(scene.alex, scene.signed(*scene.history("Moss", length)))
    assert proof is not None
    return proof


def remade(proof: Proof, *, one: Branch | None = None, space: str | None = None, document: str | None = None) -> Proof:
    return Proof(space or proof.space, document or proof.document, one or proof.one, proof.other)


def elsewhere(scene: Scene, proof: Proof) -> Proof:
    return remade(proof, document=scene.alex.core)


def no_document(_scene: Scene, proof: Proof) -> Proof:
    return remade(proof, document="document_")


def another_space(_scene: Scene, proof: Proof) -> Proof:
    return remade(proof, space=ids.space_id(bytes(16)))


def one_history_twice(_scene: Scene, proof: Proof) -> Proof:
    return remade(proof, one=proof.other)


def of_two_devices(scene: Scene, proof: Proof) -> Proof:
    alexs = Forger(scene.alex.id, scene.document, scene.alex.keys)
    change = scene.after(scene.first, "Alex's", by=alexs, seq=2)
    return remade(proof, one=Branch((change.raw,), alexs.tip(change)))


def signed_by_another(scene: Scene, proof: Proof) -> Proof:
    change = scene.history("Ivy")[0]
    return remade(proof, one=Branch((change.raw,), scene.sams.tip(change, scene.kim.keys)))


def a_gap_in_it(scene: Scene, proof: Proof) -> Proof:
    ivy = scene.history("Ivy", 3)
    return remade(proof, one=Branch((ivy[0].raw, ivy[2].raw), scene.sams.tip(ivy[2])))


def signed_elsewhere_in_it(scene: Scene, proof: Proof) -> Proof:
    ivy = scene.history("Ivy", 2)
    return remade(proof, one=Branch((ivy[0].raw, ivy[1].raw), scene.sams.tip(ivy[0])))


def garbage(_scene: Scene, proof: Proof) -> Proof:
    return remade(proof, one=Branch((b"garbage",), proof.one.tip))


def too_many(_scene: Scene, proof: Proof) -> Proof:
    return remade(proof, one=Branch(proof.one.changes * (limits.BATCH_CHANGES_MAX + 1), proof.one.tip))


def empty(_scene: Scene, proof: Proof) -> Proof:
    return remade(proof, one=Branch((), proof.one.tip))


def too_large(scene: Scene, proof: Proof) -> Proof:
    change = scene.after(scene.first, "x" * 1_000_000)
    return remade(proof, one=Branch((change.raw,) * 5, scene.sams.tip(change)))


def nobodys(_scene: Scene, proof: Proof) -> Proof:
    tip = Tip(b"", 2, proof.one.tip.hash, proof.one.tip.signature)
    return Proof(proof.space, proof.document, Branch(proof.one.changes, tip), Branch(proof.other.changes, tip))


FALSE_PROOFS: dict[Callable[[Scene, Proof], Proof], type[PeerError]] = {
    elsewhere: InvalidSignature,
    no_document: InvalidChange,
    another_space: InvalidChange,
    one_history_twice: InvalidChange,
    of_two_devices: InvalidChange,
    signed_by_another: InvalidSignature,
    a_gap_in_it: InvalidChange,
    signed_elsewhere_in_it: InvalidSignature,
    garbage: InvalidChange,
    too_many: InvalidChange,
    empty: InvalidChange,
    too_large: InvalidChange,
    nobodys: InvalidChange,
}


@pytest.mark.parametrize("make", FALSE_PROOFS, ids=lambda make: make.__name__)
def test_what_proves_nothing_convicts_nobody(make: Callable[[Scene, Proof], Proof]) -> None:
    scene = Scene()
    proof = make(scene, a_proof(scene))
    for each in (proof, Proof(proof.space, proof.document, proof.other, proof.one)):
        with pytest.raises(PeerError) as refused:
            verify(each, scene.kim.membership)
        assert type(refused.value) is FALSE_PROOFS[make]


@pytest.mark.parametrize("make", [too_many, too_large], ids=lambda make: make.__name__)
def test_a_proof_is_measured_before_it_is_read(make: Callable[[Scene, Proof], Proof]) -> None:
    scene = Scene()
    with pytest.raises(InvalidChange, match="longer than any proof"):
        verify(make(scene, a_proof(scene)), scene.kim.membership)


def test_a_proof_about_a_device_that_is_not_enrolled_yet_is_put_off() -> None:
    scene = Scene()
    proof = a_proof(scene)
    with pytest.raises(UnknownAuthor):
        verify(proof, Membership(scene.alex.id))


SCENE = Scene()
PROOF = a_proof(SCENE, 2)
BYTES = msgspec.msgpack.encode(PROOF)


@given(place=st.integers(0, len(BYTES) - 1), bit=st.integers(0, 7))
def test_a_proof_with_any_bit_altered_convicts_nobody_else(place: int, bit: int) -> None:
    altered = bytearray(BYTES)
    altered[place] ^= 1 << bit
    try:
        convicted = verify(msgspec.msgpack.decode(bytes(altered), type=Proof), SCENE.kim.membership)
    except (msgspec.MsgspecError, UnicodeDecodeError, PeerError):
        return
    assert convicted == SCENE.convicted(), (place, bit)


@settings(max_examples=60)
@given(
    turns=st.lists(st.sampled_from(["alex", "kim", "alex again", "exchange"]), min_size=2, max_size=10),
    picks=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=2),
)
def test_whatever_is_put_together_of_honest_changes_convicts_nobody(
    turns: list[str], picks: list[tuple[int, int]]
) -> None:
    alex, sam = couple()
    chapter = alex.home("chapter")
    tips: dict[bytes, Tip] = {}
    for number, turn in enumerate(turns):
        if turn == "exchange":
            deliver(alex, sam, chapter)
            deliver(sam, alex, chapter)
            continue
        space = sam if turn == "kim" else alex
        if turn == "alex again":
            alex._actors.clear()  # as after being opened again
        (tip,) = write(space, SetFields("note", "1", {"title": str(number)})).tips
        tips[tip.hash] = tip
    deliver(alex, sam, chapter)
    logged = sam.replica(chapter).missing({})
    if not logged:
        return
    branches = []
    for start, end in picks:
        last = logged[end % len(logged)]
        path = [each.raw for each in logged[start % len(logged) :] if each.seq <= last.seq]
        branches.append(Branch((*path, last.raw), tips.get(last.hash, next(iter(tips.values())))))
    with pytest.raises(PeerError):
        verify(Proof(alex.id, chapter, *branches), alex.membership)


def test_everything_that_anybody_holds_of_split_histories_comes_to_everybody_with_the_proofs() -> None:
    scene = Scene()
    lee = join(scene.alex, "Lee")
    ferns = scene.history("Ferns", 5)
    histories = [
        ferns[:3],  # the start of one
        ferns,
        [*ferns[:2], *scene.history("Moss", 3, after=ferns[1])],
        scene.history("Ivy", 4),  # parted earlier than the others from each other
    ]
    spaces = [scene.alex, scene.kim, lee, scene.sam]
    for space, history in zip(spaces, histories, strict=True):
        space.receive(scene.document, *scene.signed(scene.first, *history))
    first = scene.proof(scene.alex, scene.signed(*histories[2]))
    assert first is not None
    kept = [first]
    for proof in kept:
        assert verify(proof, scene.alex.membership).device == scene.sam.keys.device
        for space in spaces:
            everything = {digest for each in kept for digest in shown(each)}
            more = supplement(proof, space.replica(scene.document), everything)
            kept += [more] if more is not None else []
    known = {digest for proof in kept for digest in shown(proof)}
    assert known >= {change.hash for history in histories for change in history}
    assert len(kept) <= len(histories)


def test_whoever_holds_nothing_more_adds_nothing_to_a_proof() -> None:
    scene = Scene()
    proof = a_proof(scene, 2)
    assert supplement(proof, scene.alex.replica(scene.document), shown(proof)) is None
    assert supplement(proof, scene.alex.replica(scene.document), set()) is not None
    for held in (scene.kim.replica(scene.document), scene.alex.replica(scene.alex.core)):
        assert supplement(proof, held, set()) is None


class Held:
    """One actor's history, held without a replica, for lengths that would take one long."""

    def __init__(self, written: Sequence[Change], tip: Tip) -> None:
        self.tips = {tip.actor: tip}
        self._log = [LoggedChange(each.actor, each.seq, each.hash, each.raw) for each in written]

    def hash_at(self, _actor: bytes, seq: int) -> bytes | None:
        return self._log[seq - 1].hash if seq <= len(self._log) else None

    def missing(self, _known: object) -> Sequence[LoggedChange]:
        return self._log


def test_histories_too_long_for_a_proof_are_proven_by_their_ends_or_named_without_proof() -> None:
    scene = Scene()
    long = limits.BATCH_CHANGES_MAX + 10
    ferns, moss = scene.history("Ferns", long), scene.history("Moss", long)
    held = Held([scene.first, *ferns], scene.sams.tip(ferns[-1]))
    proof = prove(scene.place, held, *scene.signed(*moss), scene.alex.membership)
    assert proof is not None
    assert len(proof.one.changes) == len(proof.other.changes) == 1
    assert verify(proof, scene.alex.membership) == scene.convicted(long + 1)
    with pytest.raises(Equivocation, match="too long"):
        prove(scene.place, held, *scene.signed(moss[0]), scene.alex.membership)


def test_statements_in_a_split_history_can_be_read_from_its_proof() -> None:
    scene = Scene()
    applied = write(scene.sam, Say("pause"), document=scene.document)
    raw = applied.changes[0].raw
    scene.alex.receive(scene.document, [raw], list(applied.tips))
    (pause,) = scene.alex.statements("pause")
    again = Forger(scene.alex.id, scene.document, scene.sam.keys, applied.changes[0].actor[16:])
    rival = again.change(Op(RECORDS, "note/2", action=Action.MAKE_MAP))
    proof = scene.proof(scene.alex, ([rival.raw], [again.tip(rival)]))
    assert proof is not None
    keys = {op.key for change in changes(proof) for op in change.ops}
    assert pause.id.removeprefix("statement_") in keys


def test_a_change_of_the_largest_size_on_both_sides_can_be_proven() -> None:
    scene = Scene()
    size = limits.CHANGE_BYTES_MAX
    with pytest.raises(InvalidInput):
        scene.after(scene.first, "x" * size)
    one, two = (scene.after(scene.first, letter * (size - 300)) for letter in "ab")
    held = Held([scene.first, one], scene.sams.tip(one))
    proof = prove(scene.place, held, *scene.signed(two), scene.alex.membership)
    assert proof is not None
    assert verify(proof, scene.alex.membership) == scene.convicted()
    assert len(msgspec.msgpack.encode(proof)) < limits.MESSAGE_BYTES_MAX
