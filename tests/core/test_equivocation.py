"""One device that tells two histories is proven by what it signed, whoever finds it, and everybody learns of it."""

from collections.abc import Sequence

import msgspec
import pytest

from collar_sync import limits
from collar_sync.core import equivocation
from collar_sync.core.change import Action, Change, Op, Value
from collar_sync.core.durable import LoggedChange, Tip
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.equivocation import Branch, Proof, canonical, changes, name, prove, supplement, verify
from collar_sync.core.inspect import inspect
from collar_sync.core.outline import RECORDS
from collar_sync.errors import (
    Equivocation,
    InvalidChange,
    InvalidInput,
)
from tests.core.split_history import Batch, Scene, a_proof
from tests.core.story import Forger, deliver, join, write


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
    assert equivocation.sentence("Sam's phone").startswith("Sam's phone told two different stories")


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
