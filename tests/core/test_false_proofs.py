"""What proves nothing convicts nobody: lies, forgeries and bytes put together of honest changes."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import ids, limits
from collar_sync.core.durable import Tip
from collar_sync.core.edits import SetFields
from collar_sync.core.equivocation import Branch, Proof, prove, verify
from collar_sync.core.membership import Membership
from collar_sync.errors import (
    InvalidChange,
    InvalidSignature,
    PeerError,
    UnknownAuthor,
)
from tests.core.split_history import Batch, Scene, a_proof
from tests.core.story import Forger, couple, deliver, keys_of, write


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
