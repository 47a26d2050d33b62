"""What altered software may try around a document that was split: nobody is kept from opening, blamed or shut out."""

import msgspec

from collar_sync import ids
from collar_sync.core import events, wire
from collar_sync.core.change import Action, Change, Kind, Op, Value
from collar_sync.core.durable import Tip
from collar_sync.core.edits import Say
from collar_sync.core.equivocation import Branch, Proof, canonical
from collar_sync.core.outline import RECORDS, STATEMENTS
from collar_sync.core.replica import statement_bytes
from collar_sync.core.statement import identify
from collar_sync.core.wire import Changes, Proven
from collar_sync.ids import StatementId
from collar_sync.testing import Device
from tests.core.story import NOW, Forger, enrolment_of, keys_of
from tests.simulation.hostile_laptop import Scene


def told(scene: Scene, speaker: Device, listener: Device, *messages: wire.Message) -> None:
    """These messages, in the good channel between two devices."""
    scene.told(speaker, listener, *map(wire.encode, messages))
    scene.world.arrive()


def saying(scene: Scene, forger: Forger, say: Say, name: str = "chapter") -> tuple[Change, StatementId]:
    """A change that says something, in the place that a device's own next change would have."""
    raw = statement_bytes(say, at=NOW, nonce=bytes(8))
    identifier = identify(ids.device_id(forger.actor[: ids.SHORT_BYTES]), raw)
    key = identifier.removeprefix("statement_")
    return scene.following(forger, Op(STATEMENTS, key, value=Value.of(raw)), name=name), identifier


def split(scene: Scene, *values: Value) -> tuple[Change, Change, Proof]:
    """A record of Sam's, one thing written to it, and the proof that another was written in its place."""
    forger = scene.forger(scene.sam)
    first = scene.following(forger, Op(RECORDS, "note/u", action=Action.MAKE_MAP))
    record = (first.start_op, forger.actor)
    after = [
        forger.change(Op(record, "n", value=value), seq=2, start_op=first.start_op + 1, deps=(first.hash,))
        for value in values
    ]
    branches = [Branch((change.raw,), forger.tip(change)) for change in after]
    return first, after[0], canonical(Proof(scene.space, scene.chapter, branches[0], branches[1]))


def reopened(scene: Scene, device: Device) -> None:
    """It opens again, and goes on for a while."""
    scene.reopened(device)
    scene.world.wait(10**6)


def test_a_testimony_with_a_tip_that_is_none_keeps_nobody_from_opening() -> None:
    scene = Scene()
    _, _, proof = split(scene, Value.of(1), Value.of(2))
    told(scene, scene.kim, scene.alex, Proven(proof))
    lee, kims, kims_core = keys_of("Lee"), scene.forger(scene.kim), scene.forger(scene.kim, name="core")
    said, identifier = saying(scene, kims, Say("task.promise", "x"))
    none = Tip(ids.raw_bytes(lee.device) + b"openings", -1, bytes(32), bytes(64))
    assert scene.alex.space.hear(wire.Testimony(scene.chapter, (said.raw,), (kims.tip(said), none)))
    let_in, _ = saying(scene, kims_core, enrolment_of(scene.kim.space, lee, "Lee"), name="core")
    told(scene, scene.kim, scene.alex, Changes(scene.core, (let_in.raw,), (kims_core.tip(let_in),)))
    assert lee.device in scene.alex.space.membership.devices
    (kept,) = scene.alex.space.evidence.heard.values()
    scene.alex.disk.settings[f"heard/{scene.space}/{'0' * 64}"] = msgspec.msgpack.encode(kept)
    reopened(scene, scene.alex)
    assert identifier in {each.id for each in scene.alex.space.statements("")}


def test_a_value_that_this_library_never_writes_keeps_nobody_from_going_on() -> None:
    scene = Scene()
    forger = scene.forger(scene.sam)
    first, second, proof = split(scene, Value(Kind.UINT, (1 << 64) - 1), Value.of(1))
    told(scene, scene.sam, scene.alex, Changes(scene.chapter, (first.raw, second.raw), (forger.tip(second),)))
    told(scene, scene.sam, scene.alex, Proven(proof))
    scene.world.settle()
    for device in (scene.alex, scene.kim):
        assert device.space.library.splits.blocked == {scene.sam.space.keys.device}
        assert not [problem for problem in device.space.problems if "was refused" in problem]
        assert device.space.replica(device.space.home("chapter")).changes, "what is one's own was brought"
        assert device.space.library.records("note/")["1"] == {"title": "Ferns"}
        reopened(scene, device)


def test_batches_that_hold_nothing_make_no_documents_and_move_no_chapter() -> None:
    scene = Scene()
    library = scene.alex.space.library
    before = set(library), scene.alex.space.home("chapter")
    told(scene, scene.sam, scene.alex, *(Changes(library.chapter(place), (), ()) for place in range(2, 9)))
    assert (set(library), scene.alex.space.home("chapter")) == before
    (problem,) = scene.alex.space.problems
    assert problem.startswith("Sam's laptop was refused: ")
    assert problem.endswith("A message came that holds nothing.")


def test_what_was_heard_of_a_split_document_is_known_and_passed_on_after_opening_again() -> None:
    scene = Scene()
    _, _, proof = split(scene, Value.of(1), Value.of(2))
    told(scene, scene.kim, scene.alex, Proven(proof))
    kims = scene.forger(scene.kim)
    said, identifier = saying(scene, kims, Say("task.promise", "x"))
    testimony = wire.Testimony(scene.chapter, (said.raw,), (kims.tip(said),))
    told(scene, scene.kim, scene.alex, testimony)
    assert identifier in {each.id for each in scene.alex.space.statements("")}
    scene.world.tell(scene.alex, events.Stop())
    scene.world.arrive()
    reopened(scene, scene.alex)
    assert identifier in {each.id for each in scene.alex.space.statements("")}
    assert testimony in scene.alex.space.testimony()


def test_of_a_document_that_nobody_split_no_testimony_is_taken() -> None:
    scene = Scene()
    kims = scene.forger(scene.kim)
    said, identifier = saying(scene, kims, Say("task.promise", "x"))
    told(scene, scene.kim, scene.alex, wire.Testimony(scene.chapter, (said.raw,), (kims.tip(said),)))
    assert identifier not in {each.id for each in scene.alex.space.statements("")}
    assert scene.alex.space.testimony() == []


def test_a_fault_of_this_device_is_said_and_nobody_is_blamed_for_it() -> None:
    scene = Scene()
    snapshot = wire.Snapshot(scene.chapter, scene.sam.space.replica(scene.chapter).save(), ())
    scene.told(scene.sam, scene.alex, wire.encode(snapshot))
    while not scene.alex.examining:
        assert scene.world.step()
    examine = scene.alex.examining.popleft()
    scene.world.tell(scene.alex, events.Examined(examine.token, None, "No child could be started.", local=True))
    assert scene.alex.space.problems == ["No child could be started."]
    scene.life_goes_on()
