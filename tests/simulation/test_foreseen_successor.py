"""Who works out beforehand which document takes over from one that they will split, and writes there, gains nothing.

Sam's device is altered. It shows something in that document to Alex's, and not to Kim's, before anybody knows of the
split; afterwards both go on in that very document, and hold the same.
"""

from collections.abc import Callable

import pytest

from collar_sync.core import lineage
from collar_sync.core.binding import GENESIS, GENESIS_HASH
from collar_sync.core.change import Action, Change, Op, Value
from collar_sync.core.cover import device_of
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.inspect import inspect
from collar_sync.core.outline import RECORDS
from collar_sync.core.wire import Changes, Proven
from collar_sync.testing import Device
from collar_sync.testing.invariants import in_step
from tests.core.story import Forger, fingerprint
from tests.simulation.hostile_laptop import Scene
from tests.simulation.test_hostile_splits import split, told


class Ahead:
    """The document that takes over from the chapter once Sam's device is known to have split it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.sam = scene.sam.space.keys.device
        self.line = lineage.line(scene.chapter, [self.sam])
        self.document = lineage.named(self.line)

    def forger(self, device: Device) -> Forger:
        return Forger(self.scene.space, self.document, device.space.keys)

    def first(self, forger: Forger, line: bytes | None) -> Change:
        """A record, and the line that it comes with."""
        start_op = GENESIS.max_op + 1
        ops = [Op(RECORDS, "note/ahead", action=Action.MAKE_MAP)]
        if line is not None:
            ops.append(Op((start_op, forger.actor), "~line", value=Value.of(line)))
        return forger.change(*ops)

    def to_alex(self, forger: Forger, change: Change) -> None:
        message = Changes(self.document, (change.raw,), (forger.tip(change),))
        told(self.scene, self.scene.sam, self.scene.alex, message)


def without_a_line(ahead: Ahead) -> None:
    sams = ahead.forger(ahead.scene.sam)
    ahead.to_alex(sams, ahead.first(sams, None))


def with_the_true_line(ahead: Ahead) -> None:
    sams = ahead.forger(ahead.scene.sam)
    ahead.to_alex(sams, ahead.first(sams, ahead.line))


def with_the_line_of_another_document(ahead: Ahead) -> None:
    sams, kim = ahead.forger(ahead.scene.sam), ahead.scene.kim.space.keys.device
    ahead.to_alex(sams, ahead.first(sams, lineage.line(ahead.scene.chapter, [kim])))


def after_what_an_accomplice_began(ahead: Ahead) -> None:
    kims, sams = ahead.forger(ahead.scene.kim), ahead.forger(ahead.scene.sam)
    first = ahead.first(kims, ahead.line)
    ahead.to_alex(kims, first)
    more = Op(RECORDS, "note/more", action=Action.MAKE_MAP)
    ahead.to_alex(sams, sams.change(more, start_op=first.max_op + 1, deps=[first.hash]))


@pytest.mark.parametrize(
    "foresee",
    [without_a_line, with_the_true_line, with_the_line_of_another_document, after_what_an_accomplice_began],
)
def test_what_is_written_ahead_into_a_successor_parts_nobody(foresee: Callable[[Ahead], None]) -> None:
    scene = Scene()
    ahead, (_, _, proof) = Ahead(scene), split(scene, Value.of(1), Value.of(2))
    scene.world.cut(scene.alex, scene.kim)
    scene.world.network.part("Alex", "Kim", scene.world.true)
    foresee(ahead)
    told(scene, scene.sam, scene.kim, Proven(proof))
    scene.world.network.meet("Alex", "Kim")
    scene.world.go_on()
    for device in (scene.alex, scene.kim):
        assert device.space.home("chapter") == ahead.document
        scene.write(device, SetFields("note", device.name, {"title": "goes on"}), Say("task.ask", device.name))
    scene.world.go_on()
    held = [device.space.replica(ahead.document) for device in (scene.alex, scene.kim)]
    assert held[0].heads == held[1].heads
    assert in_step(scene.alex, scene.kim)
    assert in_step(scene.kim, scene.alex)
    assert ahead.sam not in {device_of(actor) for actor in held[0].clock}
    refused = [each for each in scene.alex.space.problems if each.startswith("Sam's laptop was refused: ")]
    assert any("A change came" in each for each in refused)
    for device in (scene.alex, scene.kim):
        found = device.space.library.records("note/")
        assert found["Alex"] == found["Kim"] == {"title": "goes on"}
        before = fingerprint(device.space)
        scene.reopened(device)
        assert fingerprint(device.space) == before


def test_a_first_write_after_a_split_shows_what_its_document_takes_over_from() -> None:
    """Whoever has nothing to bring begins there with an ordinary edit; others take it all the same."""
    scene = Scene()
    ahead, (_, _, proof) = Ahead(scene), split(scene, Value.of(1), Value.of(2))
    for other in (scene.alex, scene.sam):
        scene.world.cut(other, scene.kim)
        scene.world.network.part(other.name, "Kim", scene.world.true)
    assert scene.kim.space.convict(proof)
    scene.write(scene.kim, SetFields("note", "Kim", {"title": "first"}))
    (change,) = scene.kim.space.replica(ahead.document).missing({})
    assert inspect(change.raw).deps == (GENESIS_HASH,)
    scene.world.network.meet("Alex", "Kim")
    told(scene, scene.sam, scene.alex, Proven(proof))
    scene.world.go_on()
    assert scene.alex.space.library.records("note/")["Kim"] == {"title": "first"}
    assert in_step(scene.alex, scene.kim)
