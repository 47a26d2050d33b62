"""A replica keeps a batch whole or not at all, and only what its authors signed and what is in its place."""

from collections.abc import Callable, Sequence

import pytest
from automerge import core as automerge
from automerge.core import ObjType

from collar_sync import ids, limits
from collar_sync.core import binding
from collar_sync.core.binding import GENESIS, GENESIS_HASH, load_snapshot
from collar_sync.core.change import HEAD, Action, Change, Op, OpId, Value
from collar_sync.core.durable import Tip
from collar_sync.core.edits import Say, SetFields, SetText
from collar_sync.core.inspect import compose, inspect
from collar_sync.core.outline import RECORDS, STATEMENTS
from collar_sync.errors import (
    CausesMissing,
    Equivocation,
    InvalidChange,
    InvalidInput,
    InvalidSignature,
    PeerError,
    UnknownAuthor,
)
from collar_sync.ids import DocumentId
from tests.core.story import Forger, couple, deliver, fingerprint, keys_of, reopened, state, write

Batch = tuple[Sequence[bytes], Sequence[Tip]]


class Scene:
    """Alex's device, on which Sam's altered software has written one good change: a note with a title and a text."""

    def __init__(self) -> None:
        self.alex, self.sam = couple()
        self.document: DocumentId = self.alex.home("chapter")
        self.sams = Forger(self.alex.id, self.document, self.sam.keys)
        actor = self.sams.actor
        self.record: OpId = (3, actor)
        self.title: OpId = (4, actor)
        self.text: OpId = (5, actor)
        self.letter: OpId = (6, actor)
        self.first = self.sams.change(
            Op(RECORDS, "note/1", action=Action.MAKE_MAP),
            Op(self.record, "title", value=Value.of("Ferns")),
            Op(self.record, "body", action=Action.MAKE_TEXT),
            Op(self.text, HEAD, insert=True, value=Value.of("a")),
        )
        self.alex.receive(self.document, [self.first.raw], [self.sams.tip(self.first)])

    def next(self, *ops: Op, seq: int = 2, start_op: int | None = None, deps: Sequence[bytes] | None = None) -> Change:
        """Sam's second change, good unless told otherwise."""
        return self.sams.change(
            *(ops or (self.retitle(),)),
            seq=seq,
            start_op=self.first.max_op + 1 if start_op is None else start_op,
            deps=(self.first.hash,) if deps is None else deps,
        )

    def retitle(self, title: str = "Moss") -> Op:
        return Op(self.record, "title", value=Value.of(title), predecessors=(self.title,))

    def signed(self, *changes: Change) -> Batch:
        return [change.raw for change in changes], [self.sams.tip(changes[-1])]


def unsigned(scene: Scene) -> Batch:
    return [scene.next().raw], []


def signed_by_another(scene: Scene) -> Batch:
    change = scene.next()
    return [change.raw], [scene.sams.tip(change, keys_of("Alex"))]


def signature_altered(scene: Scene) -> Batch:
    raws, (tip,) = scene.signed(scene.next())
    return raws, [Tip(tip.actor, tip.seq, tip.hash, tip.signature[:-1] + bytes((tip.signature[-1] ^ 1,)))]


def signed_for_another_document(scene: Scene) -> Batch:
    change = scene.next()
    elsewhere = Forger(scene.alex.id, scene.alex.document("notes"), scene.sam.keys)
    return [change.raw], [elsewhere.tip(change)]


def signed_for_another_space(scene: Scene) -> Batch:
    change = scene.next()
    return [change.raw], [Forger(ids.space_id(bytes(16)), scene.document, scene.sam.keys).tip(change)]


def tip_of_another_change(scene: Scene) -> Batch:
    return [scene.next().raw], [scene.sams.tip(scene.next(scene.retitle("Ivy")))]


def tip_of_the_change_before(scene: Scene) -> Batch:
    return [scene.next().raw], [scene.sams.tip(scene.first)]


def last_of_two_unsigned(scene: Scene) -> Batch:
    good = scene.next()
    more = scene.next(scene.retitle("Ivy"), seq=3, start_op=good.max_op + 1, deps=(good.hash,))
    return [good.raw, more.raw], [scene.sams.tip(good)]


def second_author_unsigned(scene: Scene) -> Batch:
    good = scene.next()
    alexs = Forger(scene.alex.id, scene.document, scene.alex.keys)
    forged = alexs.change(scene.retitle("I never wrote this"), start_op=good.max_op + 1, deps=(good.hash,))
    return [good.raw, forged.raw], [scene.sams.tip(good), alexs.tip(forged, scene.sam.keys)]


def stranger(scene: Scene) -> Batch:
    kim = Forger(scene.alex.id, scene.document, keys_of("Kim"))
    change = kim.change(scene.retitle(), start_op=scene.first.max_op + 1, deps=(scene.first.hash,))
    return [change.raw], [kim.tip(change)]


def author_of_genesis(scene: Scene) -> Batch:
    deps = (scene.first.hash,)
    change = compose(actor=bytes(limits.ACTOR_BYTES), seq=1, start_op=7, deps=deps, ops=(scene.retitle(),))
    return [change.raw], [scene.sams.tip(change)]


def gap(scene: Scene) -> Batch:
    return scene.signed(scene.next(seq=3))


def dependency_missing(scene: Scene) -> Batch:
    return scene.signed(scene.next(deps=sorted((scene.first.hash, b"\x07" * 32))))


def own_last_change_not_followed(scene: Scene) -> Batch:
    op = Op(RECORDS, "note/2", action=Action.MAKE_MAP)
    return scene.signed(scene.next(op, start_op=3, deps=(GENESIS_HASH,)))


def no_dependency(scene: Scene) -> Batch:
    anew = Forger(scene.alex.id, scene.document, scene.sam.keys, b"another!")
    change = anew.change(Op(RECORDS, "note/2", action=Action.MAKE_MAP), start_op=3, deps=())
    return [change.raw], [anew.tip(change)]


def numbered_too_high(scene: Scene) -> Batch:
    return scene.signed(scene.next(start_op=scene.first.max_op + 2))


def numbered_near_the_end(scene: Scene) -> Batch:
    return scene.signed(scene.next(start_op=limits.OP_COUNTER_MAX))


def numbered_too_low(scene: Scene) -> Batch:
    return scene.signed(scene.next(start_op=scene.first.max_op))


def out_of_order(scene: Scene) -> Batch:
    good = scene.next()
    more = scene.next(scene.retitle("Ivy"), seq=3, start_op=good.max_op + 1, deps=(good.hash,))
    return [more.raw, good.raw], [scene.sams.tip(more)]


def altered_byte(scene: Scene) -> Batch:
    raws, tips = scene.signed(scene.next())
    return [raws[0].replace(b"Moss", b"Miss")], tips


def good_and_garbage(scene: Scene) -> Batch:
    raws, tips = scene.signed(scene.next())
    return [*raws, b"garbage"], tips


def with_ops(make: Callable[[Scene], Sequence[Op]]) -> Callable[[Scene], Batch]:
    return lambda scene: scene.signed(scene.next(*make(scene)))


NOWHERE: OpId = (1, b"n" * limits.ACTOR_BYTES)
REFUSED: dict[str, tuple[Callable[[Scene], Batch], type[PeerError]]] = {
    "unsigned": (unsigned, InvalidSignature),
    "signed by another": (signed_by_another, InvalidSignature),
    "signature altered": (signature_altered, InvalidSignature),
    "signed for another document": (signed_for_another_document, InvalidSignature),
    "signed for another space": (signed_for_another_space, InvalidSignature),
    "tip of another change": (tip_of_another_change, InvalidSignature),
    "tip of the change before": (tip_of_the_change_before, InvalidSignature),
    "last of two unsigned": (last_of_two_unsigned, InvalidSignature),
    "one author of two forged": (second_author_unsigned, InvalidSignature),
    "stranger": (stranger, UnknownAuthor),
    "author of genesis": (author_of_genesis, UnknownAuthor),
    "gap": (gap, CausesMissing),
    "dependency missing": (dependency_missing, CausesMissing),
    "own last change not followed": (own_last_change_not_followed, InvalidChange),
    "no dependency": (no_dependency, InvalidChange),
    "numbered too high": (numbered_too_high, InvalidChange),
    "numbered near the end": (numbered_near_the_end, InvalidChange),
    "numbered too low": (numbered_too_low, InvalidChange),
    "out of order": (out_of_order, CausesMissing),
    "altered byte": (altered_byte, InvalidChange),
    "good and garbage": (good_and_garbage, InvalidChange),
    "write in the root": (with_ops(lambda _: [Op(None, "more", action=Action.MAKE_MAP)]), InvalidChange),
    "delete in the root": (
        with_ops(lambda _: [Op(None, "records", action=Action.DELETE, predecessors=(RECORDS,))]),
        InvalidChange,
    ),
    "unknown object": (with_ops(lambda _: [Op(NOWHERE, "title")]), InvalidChange),
    "a value as an object": (with_ops(lambda scene: [Op(scene.title, "title")]), InvalidChange),
    "unknown predecessor": (
        with_ops(lambda scene: [Op(scene.record, "title", predecessors=(NOWHERE,))]),
        InvalidChange,
    ),
    "predecessor of another key": (
        with_ops(lambda scene: [Op(scene.record, "due", predecessors=(scene.title,))]),
        InvalidChange,
    ),
    "scalar over a record": (
        with_ops(lambda scene: [Op(RECORDS, "note/1", predecessors=(scene.record,))]),
        InvalidChange,
    ),
    "scalar beside records": (with_ops(lambda _: [Op(RECORDS, "note/2")]), InvalidChange),
    "text as a record": (with_ops(lambda _: [Op(RECORDS, "note/2", action=Action.MAKE_TEXT)]), InvalidChange),
    "delete of a record": (
        with_ops(lambda scene: [Op(RECORDS, "note/1", action=Action.DELETE, predecessors=(scene.record,))]),
        InvalidChange,
    ),
    "delete of a field": (
        with_ops(lambda scene: [Op(scene.record, "title", action=Action.DELETE, predecessors=(scene.title,))]),
        InvalidChange,
    ),
    "map in a record": (with_ops(lambda scene: [Op(scene.record, "x", action=Action.MAKE_MAP)]), InvalidChange),
    "map among statements": (with_ops(lambda _: [Op(STATEMENTS, "x", action=Action.MAKE_MAP)]), InvalidChange),
    "text in a text": (with_ops(lambda scene: [Op(scene.text, "x", action=Action.MAKE_TEXT)]), InvalidChange),
    "letter into a record": (
        with_ops(lambda scene: [Op(scene.record, HEAD, insert=True, value=Value.of("b"))]),
        InvalidChange,
    ),
    "letter after none": (
        with_ops(lambda scene: [Op(scene.text, NOWHERE, insert=True, value=Value.of("b"))]),
        InvalidChange,
    ),
    "letter deleted that never was": (
        with_ops(lambda scene: [Op(scene.text, NOWHERE, action=Action.DELETE, predecessors=(NOWHERE,))]),
        InvalidChange,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_unsigned_or_out_of_place_is_refused_whole_and_the_honest_go_on(case: str) -> None:
    make, error = REFUSED[case]
    scene = Scene()
    raws, tips = make(scene)
    replica = scene.alex.replica(scene.document)
    before = state(replica), fingerprint(scene.alex)
    with pytest.raises(PeerError) as refused:
        scene.alex.receive(scene.document, raws, tips)
    assert type(refused.value) is error
    assert (state(replica), fingerprint(scene.alex)) == before
    write(scene.alex, SetFields("note", "1", {"title": "Alex's"}), SetText("note", "1", "body", "still here"))
    honest = scene.next()
    scene.alex.receive(scene.document, *scene.signed(honest))
    assert honest.hash in replica.heads
    deliver(scene.alex, scene.sam, scene.document)
    assert fingerprint(scene.sam) == fingerprint(scene.alex)
    automerge.Document.load(replica.save())


def test_a_change_whose_causes_are_missing_is_refused_before_automerge_could_queue_it() -> None:
    scene = Scene()
    with pytest.raises(InvalidChange, match="without those it depends on"):
        scene.alex.replica(scene.document).stage(dependency_missing(scene)[0])


def test_a_second_change_of_one_actor_and_number_is_an_equivocation() -> None:
    scene = Scene()
    before = fingerprint(scene.alex)
    for rival in (scene.next(scene.retitle(), seq=1, start_op=7), None):
        if rival is None:
            one, two = scene.next(), scene.next(scene.retitle("Ivy"))
            batch: Batch = [one.raw, two.raw], [scene.sams.tip(two)]
        else:
            batch = scene.signed(rival)
        with pytest.raises(Equivocation):
            scene.alex.receive(scene.document, *batch)
        assert fingerprint(scene.alex) == before


def test_a_batch_that_was_taken_in_changes_nothing_when_it_comes_again() -> None:
    scene = Scene()
    before = fingerprint(scene.alex)
    applied = scene.alex.receive(scene.document, *scene.signed(scene.first))
    assert (applied.changes, applied.learnt) == ((), ())
    assert fingerprint(scene.alex) == before
    good = scene.next()
    applied = scene.alex.receive(scene.document, *scene.signed(scene.first, good, good))
    assert [change.hash for change in applied.changes] == [good.hash]


def test_genesis_is_what_automerge_writes_and_its_hash_is_pinned() -> None:
    document = automerge.Document(bytes(limits.ACTOR_BYTES))
    with document.transaction() as transaction:
        for name in ("statements", "records"):
            transaction.put_object(automerge.ROOT, name, ObjType.Map)
    (change,) = document.get_changes([])
    assert bytes(change.raw_bytes) == GENESIS.raw
    assert bytes(change.hash) == GENESIS.hash == GENESIS_HASH
    assert GENESIS_HASH.hex() == "575ea21b2d1b2e613ebfc74bc465ef2c6a88a2681f8079f52fbcb99dc865fd79"


@pytest.mark.parametrize(
    "edit",
    [
        SetFields("no/te", "1", {"a": 1}),
        SetFields("", "1", {"a": 1}),
        SetFields("note", "", {"a": 1}),
        SetFields("note", "1", {"": 1}),
        SetFields("note", "1", {"a": float("nan")}),
        SetFields("note", "1", {"a": 1 << 63}),
        SetFields("note", "1", {"a": "\ud800"}),
        SetFields("note", "1", {"k" * 257: 1}),
        SetText("note", "1", "body", "half \ud800"),
        SetText("note", "1", "body", "a" * limits.CHANGE_OPS_MAX),
    ],
)
def test_an_edit_beyond_its_bounds_is_refused_and_nothing_beside_it_is_written(edit: SetFields | SetText) -> None:
    alex, _ = couple()
    write(alex, SetFields("note", "0", {"a": 1}))
    before = fingerprint(alex)
    with pytest.raises(InvalidInput):
        write(alex, SetFields("note", "0", {"a": 2}), Say("pause"), edit)
    assert fingerprint(alex) == before
    write(alex, SetFields("note", "0", {"a": 3}))
    assert alex.records(alex.home("chapter"), "note")["0"]["a"] == 3


def test_a_replica_opened_again_from_its_log_is_the_same_one() -> None:
    scene = Scene()
    write(scene.alex, SetText("note", "1", "body", "words"), Say("task.ask", "1"))
    assert fingerprint(reopened(scene.alex)) == fingerprint(scene.alex)


def test_a_snapshot_gives_every_change_in_an_order_that_can_be_taken_in_and_is_verified_like_any_other() -> None:
    scene = Scene()
    for place in range(20):
        write(scene.alex, SetFields("note", str(place), {"n": place}), SetText("note", "1", "body", "x" * place))
    replica = scene.alex.replica(scene.document)
    raws = load_snapshot(replica.save())
    assert {inspect(raw).hash for raw in raws} == {change.hash for change in replica.missing({})}
    tips = list(replica.tips.values())
    before = fingerprint(scene.sam)
    forged = [Tip(tip.actor, tip.seq, tip.hash, bytes(64)) for tip in tips]
    for damaged in (tips[:1], forged):
        with pytest.raises(InvalidSignature):
            scene.sam.receive(scene.document, raws, damaged)
        assert fingerprint(scene.sam) == before
    scene.sam.receive(scene.document, raws, tips)
    assert fingerprint(scene.sam) == fingerprint(scene.alex)


@pytest.mark.parametrize("place", [0, 4, 8, 9, 12, 30, -1])
def test_a_damaged_snapshot_is_refused(place: int) -> None:
    scene = Scene()
    chunk = bytearray(scene.alex.replica(scene.document).save())
    chunk[place] ^= 0x55
    with pytest.raises(InvalidChange):
        load_snapshot(bytes(chunk))
    with pytest.raises(InvalidChange):
        load_snapshot(scene.first.raw)


def test_a_change_that_automerge_drops_in_silence_is_noticed_and_nothing_of_it_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alex, sam = couple()
    chapter = alex.home("chapter")
    write(alex, SetFields("note", "1", {"line": "kept"}))
    deliver(alex, sam, chapter)
    write(alex, SetFields("note", "2", {"line": "dropped at first"}))
    before, feed, fed = state(sam.replica(chapter)), binding._feed, list[int]()

    def drop_once(doc: object, raws: Sequence[bytes]) -> None:
        fed.append(len(raws))
        if len(fed) > 1:
            feed(doc, raws)  # type: ignore[arg-type]  # the binding's document

    monkeypatch.setattr(binding, "_feed", drop_once)
    with pytest.raises(InvalidChange, match="could not be taken in"):
        deliver(alex, sam, chapter)
    assert state(sam.replica(chapter)) == before
    deliver(alex, sam, chapter)
    assert sam.replica(chapter).heads == alex.replica(chapter).heads
