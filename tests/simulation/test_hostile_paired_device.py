"""A paired device with altered software lies in every way we can list: refused, named, without effect on others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import ids, limits
from collar_sync.core import events, membership, wire
from collar_sync.core.answered import hour
from collar_sync.core.binding import GENESIS_HASH
from collar_sync.core.change import Action, Change, Op
from collar_sync.core.channel import Channel
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.identity import PublicKeys, enrol_message, person_of
from collar_sync.core.links import Link
from collar_sync.core.outline import STATEMENTS
from collar_sync.core.peers import Peer
from collar_sync.core.wire import Changes, Have, Holding, Known, Stored
from collar_sync.testing import Device
from tests.core.story import fingerprint, keys_of
from tests.simulation.hostile_laptop import NAMES, REFUSED, Scene, damaged_snapshot, note


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


SPLIT = "Sam's laptop told two different stories of what it wrote"


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
        assert peer.why.startswith("It told two different stories")
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
