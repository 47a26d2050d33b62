"""Sam's paired device runs altered software: whatever it sends, Alex's goes on, names it, and Kim notices nothing.

Its keys and its channel are good, since it was let in; only what it says is not. The engines are the production ones.
"""

import functools
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collar_sync import ids, limits
from collar_sync.core import events, membership, wire
from collar_sync.core.answered import hour
from collar_sync.core.binding import GENESIS_HASH, Binding
from collar_sync.core.change import Action, Change, Op, Value
from collar_sync.core.channel import Channel
from collar_sync.core.durable import Tip
from collar_sync.core.edits import Edit, Say, SetFields
from collar_sync.core.identity import PublicKeys, enrol_message, person_of
from collar_sync.core.links import Link, send
from collar_sync.core.outline import RECORDS, STATEMENTS
from collar_sync.core.peers import Peer
from collar_sync.core.wire import Changes, Have, Holding, Known, Snapshot, Stored
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


@pytest.mark.parametrize("case", REFUSED)
def test_a_lie_is_refused_whole_named_and_without_effect_on_anyone_else(case: str) -> None:
    scene = Scene()
    before = fingerprint(scene.alex.space)
    scene.sent_by_sam(*REFUSED[case](scene))
    assert fingerprint(scene.alex.space) == before == fingerprint(scene.kim.space)
    assert len(scene.alex.space.problems) == 1
    assert scene.alex.space.problems[0].startswith("Sam's laptop was refused: ")
    assert scene.kim.space.problems == []
    scene.life_goes_on()
    assert scene.kim.space.problems == []


@settings(max_examples=15)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5), st.integers(0, 1 << 16))
def test_garbage_in_messages_or_in_place_of_frames_never_stops_a_device(garbage: list[bytes], at: int) -> None:
    scene = Scene()
    before = fingerprint(scene.alex.space)
    for piece in garbage:
        place = (scene.space, scene.sam.space.keys.device)
        link = next(link for link in scene.alex.running.links.of_space(scene.space) if link.peer == place)
        scene.world.tell(scene.alex, events.Received(link.id, piece))
        scene.world.settle()
    sams = scene.forger(scene.sam)
    change = scene.following(sams, note())
    message = bytearray(wire.encode(Changes(scene.chapter, (change.raw,), (sams.tip(change),))))
    message[at % len(message)] ^= 1 + at % 255
    scene.sent_by_sam(bytes(message))
    assert fingerprint(scene.alex.space) == before


@pytest.mark.parametrize("action", [Action.DELETE, Action.SET])
def test_a_statement_taken_back_still_stands_everywhere_and_the_device_is_named(action: Action) -> None:
    scene = Scene()
    (pause,) = scene.alex.space.statements("pause")
    key = pause.id.removeprefix("statement_")
    predecessors = tuple(scene.alex.space.replica(scene.core).outline.live(STATEMENTS, key))
    sams = scene.forger(scene.sam, name="core")
    change = scene.following(sams, Op(STATEMENTS, key, action=action, predecessors=predecessors), name="core")
    scene.sent_by_sam(wire.encode(Changes(scene.core, (change.raw,), (sams.tip(change),))))
    for device in (scene.alex, scene.kim):
        assert list(device.space.statements("pause")) == [pause]
        assert device.space.problems == [
            "Sam's laptop tried to delete or overwrite something that was said. It had no effect."
        ]
    scene.life_goes_on()
    assert list(scene.alex.space.statements("pause")) == [pause]


@pytest.mark.parametrize("case", ["a person that is no id", "a key that protects nothing"])
def test_an_enrolment_that_no_honest_device_writes_lets_nobody_in_and_breaks_no_dialling(case: str) -> None:
    scene = Scene()
    robin, sam = keys_of("Robin"), scene.sam.space.keys
    public = PublicKeys(robin.public.signing, bytes(32)) if "key" in case else robin.public
    person = person_of(public.device)
    proof = robin.sign(enrol_message(scene.space, sam.device, public, person))
    body = membership.enrolment("Robin", "phone", public, proof)
    if "person" in case:
        body["person"] = "somebody"
    say = (Say(membership.ENROL, public.device, body, home="core"),)
    scene.write(scene.sam, *say, document=scene.core)
    scene.world.settle()
    for device in (scene.alex, scene.kim):
        assert len(device.space.people()) == len(NAMES)
        scene.reopened(device)
    scene.world.settle()
    scene.life_goes_on()


def test_holding_endless_documents_takes_nothing_from_what_there_is() -> None:
    scene = Scene()
    before = fingerprint(scene.alex.space)
    known = (Known(bytes(limits.ACTOR_BYTES), 1, bytes(32)),)
    for turn in range(2):
        invented = [
            ids.document_id(bytes([turn]) * 8 + place.to_bytes(8, "big")) for place in range(limits.DOCUMENTS_MAX)
        ]
        holdings = tuple(Holding(document, bytes(32), ()) for document in invented)
        scene.sent_by_sam(wire.encode(Have(holdings, complete=False, durable=True)))
        scene.sent_by_sam(*(wire.encode(Stored(document, known)) for document in invented))
        peer = scene.alex.running.links.peers[scene.space, scene.sam.space.keys.device]
        assert len(peer.stored) <= limits.DOCUMENTS_MAX + len(list(scene.alex.space.library))
        scene.world.settle()
    assert fingerprint(scene.alex.space) == before
    for device in (scene.alex, scene.kim):
        assert set(device.space.library) == {scene.core, scene.chapter}
    scene.life_goes_on()


def test_whoever_says_anything_before_its_versions_is_refused_and_named() -> None:
    scene = Scene()
    place = (scene.space, scene.sam.space.keys.device)
    link = next(link for link in scene.alex.running.links.of_space(scene.space) if link.peer == place)
    assert link.session is not None
    link.session.version = None  # as if the connection had just been proven
    scene.sent_by_sam(wire.encode(Have((), complete=True, durable=True)))
    (problem,) = scene.alex.space.problems
    assert problem.startswith("Sam's laptop was refused: ")
    scene.life_goes_on()


def test_what_waits_for_a_disk_that_is_behind_is_no_more_than_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    monkeypatch.setattr(limits, "PENDING_BYTES_MAX", 0)  # one batch on its way, and everything behind it waits
    monkeypatch.setattr(limits, "WAITING_BYTES_MAX", 20_000)
    sams, deps, start = scene.forger(scene.sam), [GENESIS_HASH], 3
    scene.alex.slow = True
    for number in range(1, 101):
        change = sams.change(note(f"note/{number} {'x' * 200}"), seq=number, start_op=start, deps=deps)
        deps, start = [change.hash], change.max_op + 1
        scene.told(scene.sam, scene.alex, wire.encode(Changes(scene.chapter, (change.raw,), (sams.tip(change),))))
        for end in [end for end in scene.world.network.waiting() if end.place == "Alex"]:
            while end.arriving:
                scene.world.effects.deliver(end)
        lines = scene.alex.running._talk._inbox._lines.values()
        assert sum(line.bytes for line in lines) <= 20_000
    assert scene.alex.space.problems == []
    scene.alex.slow = False
    scene.life_goes_on()


def test_of_one_device_no_more_than_one_snapshot_is_looked_at_however_often_it_calls() -> None:
    scene = Scene()
    alex, sams = scene.alex, scene.sam.space.keys
    scene.world.crash(scene.sam)
    scene.world.network.calls.clear()
    (snapshot,) = damaged_snapshot(scene)
    looked_at = 0

    def happens(event: events.Event) -> list[bytes]:
        nonlocal looked_at
        out = alex.running.handle(event, scene.world.moment(alex), scene.world.draw)
        looked_at += sum(isinstance(each, events.Examine) for each in out)
        return [frame for each in out if isinstance(each, events.Send) for frame in each.frames]

    for number in range(-900, -890):
        channel = Channel.initiator(
            keys=sams,
            peer=alex.space.keys.public,
            space=scene.space,
            instance=hour(scene.world.moment(alex).wall),
            ephemeral=scene.world.draw(32),
        )
        happens(events.Opened(number, "10.0.0.9"))
        (answer,) = happens(events.Received(number, channel.start()))
        frames = channel.receive(answer).send
        hello = wire.encode(wire.Hello(limits.WIRE_VERSION_OLDEST, limits.WIRE_VERSION))
        frames += [frame for message in (hello, snapshot, snapshot) for frame in channel.seal(message)]
        for frame in frames:
            happens(events.Received(number, frame))
        happens(events.Closed(number, "It calls again.", None))
    assert looked_at == 1


def test_a_device_with_a_much_newer_app_is_answered_in_words_and_blamed_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    links, reasons = scene.alex.running.links, list[str]()
    drop = links.drop

    def noted(link: Link, reason: str, now: events.Now, out: list[events.Effect]) -> Peer | None:
        reasons.append(reason)
        return drop(link, reason, now, out)

    monkeypatch.setattr(links, "drop", noted)
    scene.sent_by_sam(wire.encode(wire.Hello(limits.WIRE_VERSION + 1, limits.WIRE_VERSION + 3)))
    assert "Update the app on this device" in reasons[0]
    assert scene.alex.space.problems == []
    scene.life_goes_on()


def note_of(scene: Scene, title: str) -> Change:
    return scene.following(scene.forger(scene.sam), note(title))


def told(scene: Scene, device: Device, change: Change) -> None:
    """Sam's altered software gives one device a change as if it had gone to all."""
    forger = scene.forger(scene.sam)
    scene.told(scene.sam, device, wire.encode(Changes(scene.chapter, (change.raw,), (forger.tip(change),))))


SPLIT = "Sam's laptop signed two different histories of one document"


def test_a_device_that_tells_two_histories_is_proven_named_and_shut_out_and_the_others_go_on_together() -> None:
    scene = Scene()
    scene.write(scene.kim, SetFields("note", "kims", {"title": "Kim's own"}))
    scene.world.settle()
    one, two = note_of(scene, "one"), note_of(scene, "two")
    told(scene, scene.alex, one)
    told(scene, scene.kim, two)
    scene.world.settle()
    sams = scene.sam.space.keys.device
    for device in (scene.alex, scene.kim):
        assert [problem for problem in device.space.problems if problem.startswith(SPLIT)]
        assert device.space.library.splits.blocked == {sams}
        assert device.space.library.splits.frozen(scene.chapter)
        peer = device.running.links.peers[scene.space, sams]
        assert peer.link is None
        assert peer.why is not None
        assert peer.why.startswith("It signed two different histories")
    home = scene.alex.space.home("chapter")
    assert home == scene.kim.space.home("chapter") != scene.chapter
    for device in (scene.alex, scene.kim):
        scene.write(device, SetFields("note", device.name, {"title": "goes on"}), Say("task.ask", device.name))
    scene.world.settle()
    notes = [device.space.library.records("note/") for device in (scene.alex, scene.kim)]
    for found in notes:
        assert found["1"] == {"title": "Ferns"}
        assert found["kims"] == {"title": "Kim's own"}
        assert found["Alex"] == found["Kim"] == {"title": "goes on"}
    alex, kim = scene.alex.space, scene.kim.space
    assert alex.replica(home).heads == kim.replica(home).heads
    assert {each.id for each in alex.statements("")} == {each.id for each in kim.statements("")}
    for device in (scene.alex, scene.kim):
        before = {each.id for each in device.space.statements("")}
        scene.reopened(device)
        assert device.space.library.splits.blocked == {sams}
        assert device.space.home("chapter") == home
        assert {each.id for each in device.space.statements("")} == before


def test_whoever_comes_later_learns_of_a_split_before_anything_else() -> None:
    scene = Scene()
    for other in (scene.alex, scene.sam):
        scene.world.cut(other, scene.kim)
        scene.world.network.part(other.name, "Kim", scene.world.true)
    one, two = note_of(scene, "one"), note_of(scene, "two")
    told(scene, scene.alex, one)
    told(scene, scene.alex, two)
    scene.world.go_on()
    assert scene.alex.space.library.splits.blocked == {scene.sam.space.keys.device}
    assert not scene.kim.space.library.splits.blocked
    scene.world.network.meet("Alex", "Kim")
    scene.world.go_on()
    assert scene.kim.space.library.splits.blocked == {scene.sam.space.keys.device}
    assert scene.kim.space.home("chapter") == scene.alex.space.home("chapter")
