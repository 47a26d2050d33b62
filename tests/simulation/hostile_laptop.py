"""A paired laptop in hostile hands, and every lie that it can tell."""

import functools
import zlib
from collections.abc import Callable

from msgspec.structs import replace

from collar_sync import ids, limits
from collar_sync.core import events, wire
from collar_sync.core.binding import GENESIS_HASH, Binding
from collar_sync.core.change import Action, Change, Op, Value
from collar_sync.core.durable import Tip
from collar_sync.core.edits import Edit, Say, SetFields
from collar_sync.core.links import send
from collar_sync.core.outline import RECORDS, STATEMENTS
from collar_sync.core.wire import Changes, Have, Holding, Snapshot, Stored
from collar_sync.ids import DocumentId
from collar_sync.testing import Device, Disk, World, found_space
from collar_sync.testing.truth import Truth
from tests.core.story import Forger, fingerprint, keys_of

NAMES = ("Alex", "Sam", "Kim")


@functools.cache
def paired() -> tuple[dict[str, Disk], Truth]:
    world = World(11)
    for name in NAMES:
        world.add(name)
    found_space(world, NAMES)
    alex = world.devices["Alex"]
    edits = (SetFields("note", "1", {"title": "Ferns"}), Say("task.ask", "1"))
    world.answer(alex, lambda number: events.Write(number, alex.space.id, alex.space.home("chapter"), edits))
    pause = (Say("pause", home="core"),)
    world.answer(alex, lambda number: events.Write(number, alex.space.id, alex.space.core, pause))
    world.settle()
    return {name: device.disk for name, device in world.devices.items()}, world.truth


class Scene:
    """Three devices in step and connected."""

    def __init__(self) -> None:
        disks, truth = paired()
        self.world = World(12, truth.copy())
        self.world.truth.hostile_names.add("Sam")
        self.alex, self.sam, self.kim = (self.world.add(name, disks[name].copy()) for name in NAMES)
        self.world.arrive()
        self.space = self.alex.space.id
        self.core = self.alex.space.core
        self.chapter = self.alex.space.home("chapter")

    def told(self, speaker: Device, listener: Device, *messages: bytes) -> None:
        """These plain bytes, sealed in the good channel between two devices, by software of the one that is altered."""
        self.world.truth.hostile_names.add(speaker.name)
        out: list[events.Effect] = []
        for link in speaker.running.links.of_space(self.space):
            if link.peer == (self.space, listener.space.keys.device):
                send(link, messages, out)
        assert out, "they are connected"
        for effect in out:
            self.world.effects.carry_out(speaker, effect)

    def sent_by_sam(self, *messages: bytes) -> None:
        """They arrive at Alex's device."""
        self.told(self.sam, self.alex, *messages)
        self.world.arrive()

    def reopened(self, device: Device) -> None:
        """It stops at once, and opens with what is on its disk."""
        self.world.crash(device, kept=0)
        self.world.start(device)

    def forger(self, device: Device, nonce: bytes = b"altered!", name: str = "chapter") -> Forger:
        document = self.core if name == "core" else self.chapter
        return Forger(self.space, document, device.space.keys, nonce)

    def following(self, forger: Forger, *ops: Op, name: str = "chapter") -> Change:
        """A change that is in its place on Alex's device."""
        replica = self.alex.space.replica(self.core if name == "core" else self.chapter)
        start_op = max(replica._last_op[head] for head in replica.heads) + 1
        return forger.change(*ops, start_op=start_op, deps=sorted(replica.heads))

    def write(self, device: Device, *edits: Edit, document: DocumentId | None = None) -> None:
        self.world.answer(device, lambda number: events.Write(number, self.space, document, edits))

    def life_goes_on(self) -> None:
        """What the honest write still reaches everyone, Sam's device too once it behaves."""
        for device in (self.alex, self.kim):
            self.write(device, SetFields("note", device.name, {"title": "still here"}))
        self.world.settle()
        for device in (self.alex, self.kim, self.sam):
            found = device.space.records(self.chapter, "note")
            assert found["Alex"] == found["Kim"] == {"title": "still here"}
        assert fingerprint(self.alex.space) == fingerprint(self.kim.space)
        for device in (self.alex, self.kim):
            before = fingerprint(device.space)
            self.reopened(device)
            assert fingerprint(device.space) == before


def note(text: str = "I never wrote this") -> Op:
    return Op(RECORDS, text, action=Action.MAKE_MAP)


def in_anothers_name(scene: Scene) -> list[bytes]:
    as_kim = scene.forger(scene.kim)
    change = scene.following(as_kim, note())
    return [wire.encode(Changes(scene.chapter, (change.raw,), (as_kim.tip(change, scene.sam.space.keys),)))]


def in_alexs_name(scene: Scene) -> list[bytes]:
    as_alex = scene.forger(scene.alex, name="core")
    change = scene.following(as_alex, Op(STATEMENTS, "a" * 64, value=Value.of(b"x")), name="core")
    return [wire.encode(Changes(scene.core, (change.raw,), (as_alex.tip(change, scene.sam.space.keys),)))]


def a_byte_altered(scene: Scene) -> list[bytes]:
    sams = scene.forger(scene.sam)
    change = scene.following(sams, note())
    return [wire.encode(Changes(scene.chapter, (change.raw.replace(b"never", b"often"),), (sams.tip(change),)))]


def unsigned(scene: Scene) -> list[bytes]:
    return [wire.encode(Changes(scene.chapter, (scene.following(scene.forger(scene.sam), note()).raw,), ()))]


def causes_missing(scene: Scene) -> list[bytes]:
    sams = scene.forger(scene.sam)
    change = sams.change(note(), deps=[b"\x01" * 32])
    return [wire.encode(Changes(scene.chapter, (change.raw,), (sams.tip(change),)))]


def two_histories(scene: Scene) -> list[bytes]:
    sams = scene.forger(scene.sam)
    first, second = scene.following(sams, note("one")), scene.following(sams, note("two"))
    return [wire.encode(Changes(scene.chapter, (first.raw, second.raw), (sams.tip(second),)))]


def near_the_end_of_all_counting(scene: Scene) -> list[bytes]:
    sams = scene.forger(scene.sam)
    change = sams.change(note(), start_op=limits.OP_COUNTER_MAX, deps=[GENESIS_HASH])
    return [wire.encode(Changes(scene.chapter, (change.raw,), (sams.tip(change),)))]


def good_then_garbage(scene: Scene) -> list[bytes]:
    sams = scene.forger(scene.sam)
    change = scene.following(sams, note())
    return [wire.encode(Changes(scene.chapter, (change.raw, b"\x85\x6f\x4a\x83garbage"), (sams.tip(change),)))]


def a_stranger_in_core(scene: Scene) -> list[bytes]:
    robin = Forger(scene.space, scene.core, keys_of("Robin"))
    change = scene.following(robin, note(), name="core")
    return [wire.encode(Changes(scene.core, (change.raw,), (robin.tip(change),)))]


def a_gap_in_its_numbers(scene: Scene) -> list[bytes]:
    sams = scene.forger(scene.sam)
    first = scene.following(sams, note("one"))
    third = sams.change(note("three"), seq=3, start_op=first.max_op + 1, deps=[first.hash])
    return [wire.encode(Changes(scene.chapter, (first.raw, third.raw), (sams.tip(third),)))]


def alexs_own_history_continued(scene: Scene) -> list[bytes]:
    replica = scene.alex.space.replica(scene.chapter)
    actor, seq = next(iter(replica.clock.items()))
    as_alex = scene.forger(scene.alex, actor[-8:])
    place = scene.following(as_alex, note())
    change = as_alex.change(note(), seq=seq + 1, start_op=place.start_op, deps=place.deps)
    return [wire.encode(Changes(scene.chapter, (change.raw,), (as_alex.tip(change, scene.sam.space.keys),)))]


def forged(alter: Callable[[Scene, Tip, Change], Tip]) -> Callable[[Scene], list[bytes]]:
    """A good change under a tip that is not its own."""

    def lie(scene: Scene) -> list[bytes]:
        sams = scene.forger(scene.sam)
        change = scene.following(sams, note())
        return [wire.encode(Changes(scene.chapter, (change.raw,), (alter(scene, sams.tip(change), change),)))]

    return lie


def of_another_change(scene: Scene, tip: Tip, _change: Change) -> Tip:
    sams = scene.forger(scene.sam)
    return replace(sams.tip(scene.following(sams, note("another"))), seq=tip.seq)


def of_a_later_number(scene: Scene, _tip: Tip, change: Change) -> Tip:
    sams = scene.forger(scene.sam)
    return sams.tip(sams.change(note(), seq=2, start_op=change.max_op + 1, deps=[change.hash]))


def of_another_document(scene: Scene, _tip: Tip, change: Change) -> Tip:
    return scene.forger(scene.sam, name="core").tip(change)


def of_another_space(scene: Scene, _tip: Tip, change: Change) -> Tip:
    elsewhere = ids.space_id(b"another space of")
    return Forger(elsewhere, scene.chapter, scene.sam.space.keys).tip(change)


def a_snapshot(signer: str) -> Callable[[Scene], list[bytes]]:
    """All that is here and a change in Kim's name, which nobody signed, or Sam's software did."""

    def lie(scene: Scene) -> list[bytes]:
        replica, as_kim = scene.alex.space.replica(scene.chapter), scene.forger(scene.kim)
        change = scene.following(as_kim, note())
        binding = Binding()
        binding.feed([*(each.raw for each in replica.missing({})), change.raw], {change.hash})
        more = (as_kim.tip(change, scene.sam.space.keys),) if signer else ()
        return [wire.encode(Snapshot(scene.chapter, binding.save(), (*replica.tips.values(), *more)))]

    return lie


def into(document: Callable[[Scene], str], *, whole: bool = False) -> Callable[[Scene], list[bytes]]:
    """A change, well signed for it, in a document that Sam's device cannot know of."""

    def lie(scene: Scene) -> list[bytes]:
        name = document(scene)
        forger = Forger(scene.space, DocumentId(name), scene.sam.space.keys) if ids.is_id(name, "document") else None
        forger = forger or scene.forger(scene.sam)
        change = forger.change(note())
        if whole:
            binding = Binding()
            binding.feed([change.raw], {change.hash})
            return [wire.encode(Snapshot(name, binding.save(), (forger.tip(change),)))]
        return [wire.encode(Changes(name, (change.raw,), (forger.tip(change),)))]

    return lie


def journal(scene: Scene) -> str:
    return scene.alex.space.private_document("journal")


def damaged_snapshot(scene: Scene) -> list[bytes]:
    chunk = bytearray(scene.alex.space.replica(scene.chapter).save())
    chunk[-3] ^= 1
    return [wire.encode(Snapshot(scene.chapter, bytes(chunk), ()))]


def plain(*messages: bytes) -> Callable[[Scene], list[bytes]]:
    return lambda _: list(messages)


REFUSED: dict[str, Callable[[Scene], list[bytes]]] = {
    "a change in Kim's name": in_anothers_name,
    "a statement in Alex's name": in_alexs_name,
    "a byte altered": a_byte_altered,
    "unsigned": unsigned,
    "causes missing": causes_missing,
    "two histories": two_histories,
    "near the end of all counting": near_the_end_of_all_counting,
    "good, then garbage": good_then_garbage,
    "a stranger in core": a_stranger_in_core,
    "a gap in its numbers": a_gap_in_its_numbers,
    "Alex's own history continued": alexs_own_history_continued,
    "a tip that signs nothing": forged(lambda _scene, tip, _change: replace(tip, signature=bytes(64))),
    "a tip of another change": forged(of_another_change),
    "a tip of a later number": forged(of_a_later_number),
    "a tip of another document": forged(of_another_document),
    "a tip of another space": forged(of_another_space),
    "a snapshot with a change that nobody signed": a_snapshot(""),
    "a snapshot with a change in Kim's name": a_snapshot("Sam"),
    "a change into the journal": into(journal),
    "a snapshot of the journal": into(journal, whole=True),
    "a change in no document": into(lambda _: "core"),
    "a snapshot of no document": into(lambda _: "document_" + "g" * 32, whole=True),
    "what it has of the journal": lambda scene: [
        wire.encode(Have((Holding(journal(scene), bytes(32), ()),), complete=False, durable=True))
    ],
    "a damaged snapshot": damaged_snapshot,
    "nothing": plain(b""),
    "garbage": plain(b"garbage"),
    "a text that is none": plain(b"\x00\x92\x05\xa2\xff\xfe"),
    "a bomb": plain(b"\x01" + zlib.compress(bytes(limits.MESSAGE_BYTES_MAX + 1), 1)),
    "no document": plain(wire.encode(Stored("core", ()))),
    "no snapshot": plain(wire.encode(Snapshot("document_" + "0" * 32, b"\x85\x6f\x4a\x83" + bytes(40), ()))),
}
