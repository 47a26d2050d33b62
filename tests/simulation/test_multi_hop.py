"""Three devices of which two never meet: all comes through the third, verified end to end, and status stays true."""

import pytest

from collar_sync import ids
from collar_sync.core import events, session, talk, wire
from collar_sync.core.durable import Tip
from collar_sync.core.peers import Peer
from collar_sync.core.reach import SENTENCES, Cause
from collar_sync.domain.consents import State
from collar_sync.testing.device import Device, done
from collar_sync.testing.mutants import rewritten
from collar_sync.testing.world import World
from tests.simulation.talking import Person, people


def apart(seed: int = 3) -> tuple[World, Person, Person, Person]:
    """Alex and Kim are on different networks and what they said to each other before is gone."""
    world, (sam, alex, kim) = people("Sam", "Alex", "Kim", seed=seed)
    for connection in world.network.connections():
        if {end.place for end in connection.ends} == {"Alex", "Kim"}:
            world.network.cut(connection, world.true)
    world.network.part("Alex", "Kim", world.true)
    for person in (alex, kim):  # what they confirmed to each other before is forgotten
        other = alex if person is kim else kim
        _peer(person.device, other.device).stored.clear()
    world.wait(5_000)
    world.arrive()
    return world, sam, alex, kim


def _peer(device: Device, other: Device) -> Peer:
    assert device.engine is not None
    return device.engine.links.peers[device.space.id, other.space.keys.device]


def _unconfirmed(device: Device, other: Device) -> int:
    return session.unconfirmed(device.space, _peer(device, other).stored)


def quiet(world: World) -> None:
    world.go_on(2_000, each=500)


def test_changes_statements_and_tips_of_a_device_that_is_never_met_come_through_a_third() -> None:
    world, _, alex, kim = apart()
    consent = done(alex.consents.propose("Evenings apart", ["a call"]))
    done(kim.pauses.pause())
    quiet(world)
    assert [each.person for each in alex.pauses.standing()] == [kim.id]
    done(kim.pauses.lift())
    done(kim.consents.grant(consent.id))
    quiet(world)
    view = alex.consents.get(consent.id)
    assert kim.id in view.granted_by
    assert view.proposer == alex.id
    done(kim.consents.revoke(consent.id))
    quiet(world)
    assert alex.consents.get(consent.id).state(world.time(alex.device)) is State.REVOKED
    core = alex.device.space.core
    for reader in (alex, kim):
        replica = reader.device.space.replica(core)
        authors = {tip.actor[:16] for tip in replica.tips.values()}
        assert len(authors) == 3  # each device's own signature, not that of whoever passed it on
    assert alex.device.space.library.digest(core) == kim.device.space.library.digest(core)
    assert not alex.device.space.problems
    assert not kim.device.space.problems


def test_a_device_that_was_never_met_has_confirmed_nothing_and_one_that_was_has_confirmed_all() -> None:
    world, sam, alex, kim = apart()
    done(alex.pauses.pause())
    quiet(world)
    assert [each.person for each in kim.pauses.standing()] == [alex.id]  # it is stored there, and nobody said so here
    assert _unconfirmed(alex.device, sam.device) == 0
    held = sum(sum(alex.device.space.library.clock(each).values()) for each in alex.device.space.library.shared())
    assert _unconfirmed(alex.device, kim.device) == held
    world.settle()
    assert _unconfirmed(alex.device, kim.device) == 0


def test_what_passes_through_a_third_is_not_believed_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sam's altered software spoils what Alex signed on the way to Kim: Kim takes nothing of it, and names Sam's."""
    world, sam, alex, kim = apart()
    acting: list[str] = []
    spoilt: list[wire.Message] = []
    tell, encode = world.tell, wire.encode

    def telling(device: Device, event: events.Event) -> None:
        acting.append(device.name)
        tell(device, event)
        acting.pop()

    def altered(message: wire.Message) -> bytes:
        own = ids.raw_bytes(alex.device.space.keys.device)
        if acting[-1] != "Sam" or not isinstance(message, wire.Changes) or message.tips[-1].actor[:16] != own:
            return encode(message)
        tip = message.tips[-1]
        spoilt.append(wire.Changes(message.document, message.changes, (Tip(tip.actor, tip.seq, tip.hash, bytes(64)),)))
        return encode(spoilt[-1])

    monkeypatch.setattr(world, "tell", telling)
    monkeypatch.setattr(wire, "encode", altered)
    done(alex.pauses.pause())
    quiet(world)
    assert spoilt
    assert sam.pauses.standing()
    assert not kim.pauses.standing()
    assert any(problem.startswith("Sam's laptop was refused") for problem in kim.device.space.problems)
    assert not alex.device.space.problems


def test_a_device_that_was_there_and_does_not_answer_any_more_is_said_to_be_off_asleep_or_gone() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    world.network.part("Alex", "Sam", world.true)
    for _ in range(8):
        world.wait(1_000)
        world.arrive()
    assert alex.device.engine is not None
    peer = alex.device.engine.links.peers[alex.device.space.id, sam.device.space.keys.device]
    links = alex.device.engine.links
    assert links.why_not(peer, world.moment(alex.device).steady) == SENTENCES[Cause.AWAY]
    world.settle()
    assert links.why_not(peer, world.moment(alex.device).steady) is None


def test_a_third_that_passes_nothing_on_is_what_these_tests_would_notice() -> None:
    passed_on = "            self.push(space, document, turn)\n"
    with rewritten(talk.Talk, "_take", (passed_on.strip(), "pass")):
        world, _, alex, kim = apart()
        done(alex.pauses.pause())
        quiet(world)
        assert not kim.pauses.standing()
