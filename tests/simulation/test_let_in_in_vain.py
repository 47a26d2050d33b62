"""Whoever was let in by a device that is then removed may be known to nobody: they are told, and come in otherwise."""

import pytest

from collar_sync.core import events
from collar_sync.core.company import LET_IN_IN_VAIN
from collar_sync.core.mishaps import Mishap
from collar_sync.core.reach import SENTENCES, Cause
from collar_sync.core.standing import REMOVED, UNVOUCHED
from collar_sync.domain.tasks import Tasks
from collar_sync.errors import PairingFailed
from collar_sync.testing import Device, World, done, found_space
from collar_sync.testing.couple import let_in
from collar_sync.testing.invariants import conversing

CODE = "87654321"


def removed_meanwhile(*, own: bool, synced: bool, seed: int = 1) -> tuple[World, Device, Device, Device]:
    """Alex loses a tablet, and removes it; its finder lets in Sam, who has the space from it where `synced`."""
    world = World(seed)
    alex, tablet, sam = (world.add(name) for name in ("Alex", "Tablet", "Sam"))
    found_space(world, ("Alex", "Tablet"), own=("Tablet",))
    for other in (tablet, sam):
        world.network.part("Alex", other.name, world.true)
    lost = tablet.space.keys.device
    world.answer(alex, lambda number: events.RemoveDevice(number, alex.space.id, lost))
    let_in(world, tablet, sam, CODE, own=own)
    if synced:
        world.arrive()
        assert not sam.awaits()
    world.network.part("Tablet", "Sam", world.true)
    for others in (("Alex", "Sam"), ("Alex", "Tablet")):
        world.network.meet(*others)
    world.go_on()
    assert tablet.space.over
    assert sam.awaits() != synced
    return world, alex, tablet, sam


def why(device: Device, other: Device, world: World) -> str:
    links = device.running.links
    peer = links.peers[device.space.id, other.space.keys.device]
    return links.why_not(peer, world.moment(device).steady) or ""


@pytest.mark.parametrize("own", [False, True], ids=["somebody new", "own"])
def test_who_never_had_the_space_is_told_by_the_removed_device_and_joins_by_a_code_of_another(own: bool) -> None:  # noqa: FBT001  # as pytest passes it
    world, alex, tablet, sam = removed_meanwhile(own=own, synced=False)
    world.network.meet("Tablet", "Sam")
    world.go_on()
    assert LET_IN_IN_VAIN in why(sam, tablet, world)
    assert sam.awaits()
    before = sam.space.keys.device
    let_in(world, alex, sam, CODE, own=own)
    world.go_on()
    assert sam.space.keys.device == before
    belongs(world, alex, sam, own=own)


@pytest.mark.parametrize("own", [False, True], ids=["somebody new", "own"])
def test_who_has_the_space_from_it_reads_what_to_do_and_joins_by_a_code_of_another(own: bool) -> None:  # noqa: FBT001  # as pytest passes it
    world, alex, _, sam = removed_meanwhile(own=own, synced=True)
    world.locate(sam, alex)
    world.go_on()
    assert why(sam, alex, world) == SENTENCES[Cause.UNKNOWN_THERE]
    assert "join here anew with a code of it" in why(sam, alex, world)
    let_in(world, alex, sam, CODE, own=own)
    world.go_on()
    belongs(world, alex, sam, own=own)
    with pytest.raises(PairingFailed, match=Mishap.HERE_ALREADY.sentence):
        let_in(world, alex, sam, CODE, own=own)


def test_the_words_of_ones_own_device_count_whichever_enrolment_of_it_would_be_taken_for_the_first() -> None:
    firsts = set()
    for seed in range(2, 8):
        world, alex, _, sam = removed_meanwhile(own=True, synced=True, seed=seed)
        let_in(world, alex, sam, CODE, own=True)
        world.go_on()
        belongs(world, alex, sam, own=True)
        firsts.add(alex.space.membership.first[sam.space.keys.device].enroller == alex.space.keys.device)
    assert firsts == {True, False}


def test_who_is_known_and_not_connected_with_for_who_let_them_in_is_company_once_another_lets_them_in() -> None:
    world = World(9)
    alex, tablet, kim, sam = (world.add(name) for name in ("Alex", "Tablet", "Kim", "Sam"))
    found_space(world, ("Alex", "Tablet", "Kim"), own=("Tablet",))
    for other in (tablet, kim, sam):
        world.network.part("Alex", other.name, world.true)
    lost = tablet.space.keys.device
    world.answer(alex, lambda number: events.RemoveDevice(number, alex.space.id, lost))
    let_in(world, tablet, sam, CODE)
    world.go_on()
    for other in (kim, sam):
        world.network.meet("Alex", other.name)
    world.go_on()
    device = sam.space.keys.device
    assert alex.space.standing.why_apart(device) == kim.space.standing.why_apart(device) == UNVOUCHED
    let_in(world, alex, sam, CODE)
    world.go_on()
    assert not kim.space.standing.why_apart(device)
    belongs(world, alex, sam, own=False)


def replaced_laptop() -> tuple[World, Device, Device, Device]:
    """Sam lets in a new laptop of theirs while Alex's is off, and removes the old one, which hears of it."""
    world = World(1)
    alex, old, new = (world.add(name) for name in ("Alex", "Old", "New"))
    found_space(world, ("Alex", "Old"))
    for other in (old, new):
        world.network.part("Alex", other.name, world.true)
    let_in(world, old, new, CODE, own=True)
    world.go_on()
    world.answer(new, lambda number: events.RemoveDevice(number, new.space.id, old.space.keys.device))
    world.go_on()
    assert old.space.over
    assert new.space.keys.device not in alex.space.membership.devices
    return world, alex, old, new


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "opened again"])
def test_a_laptop_that_was_replaced_still_tells_of_the_one_that_replaced_it_and_then_keeps_out_of_it(
    restarted: bool,  # noqa: FBT001  # as pytest passes it
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, alex, old, new = replaced_laptop()
    if restarted:
        world.close(old)
        world.start(old)
    done(Tasks(world.ledger(alex)).promise("said meanwhile"))
    world.network.meet("Alex", "Old")
    world.go_on()
    assert new.space.keys.device in alex.space.membership.devices
    assert not old.space.library.records("task/"), "a removed device takes nothing in"
    assert not any(conversing(device) for device in (alex, old)), "and keeps no connection once that is told"
    done_then = deeds(old, monkeypatch)
    world.go_on(1_200_000, each=60_000)
    assert not done_then, "nor comes back to it"
    world.network.meet("Alex", "New")
    assert set(map(id, world.settle())) == {id(alex), id(new)}
    assert new.space.me == old.space.me
    assert alex.space.standing.why_apart(old.space.keys.device) == REMOVED
    done(Tasks(world.ledger(new)).promise("from the new one"))
    world.go_on()
    (said,) = [each for each in alex.space.statements("task.") if each.device == new.space.keys.device]
    assert (said.author, said.beyond_cut) == (new.space.me, False)


def test_whoever_knows_that_a_device_was_removed_is_not_called_by_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world, alex, tablet, sam = removed_meanwhile(own=True, synced=True)
    assert sam.space.keys.device not in alex.space.membership.devices
    assert why(alex, tablet, world) == REMOVED
    done_then = deeds(tablet, monkeypatch)
    world.go_on(1_200_000, each=60_000)
    assert not done_then


def test_who_never_met_somebody_is_not_told_only_that_they_are_off() -> None:
    """Somebody who knows nothing of this device announces themself to others: being there, they are not recognised."""
    world, alex, old, new = replaced_laptop()
    world.crash(old)  # and it never comes back
    world.network.meet("Alex", "New")
    alex.announcing = True
    world.go_on()
    assert why(new, alex, world) == SENTENCES[Cause.UNMET]
    assert "joins anew with a code of the other" in why(new, alex, world)


def deeds(device: Device, monkeypatch: pytest.MonkeyPatch) -> list[events.Effect]:
    """From now on, every call that a device makes and every frame that it sends."""
    found: list[events.Effect] = []
    handle = device.running.handle

    def watched(event: events.Event, now: events.Now, entropy: events.Entropy) -> list[events.Effect]:
        effects = handle(event, now, entropy)
        found.extend(each for each in effects if isinstance(each, events.Dial | events.Send))
        return effects

    monkeypatch.setattr(device.running, "handle", watched)
    return found


def belongs(world: World, alex: Device, sam: Device, *, own: bool) -> None:
    """A device is in the space as any other, and what it says counts as what any other says."""
    assert not sam.awaits()
    assert (sam.space.me == alex.space.me) == own
    assert not alex.space.standing.why_apart(sam.space.keys.device)
    ledger = world.ledger(sam)
    task = done(Tasks(ledger).promise("said by who was let in twice"))
    world.go_on()
    said = [each for each in alex.space.statements("task.") if each.device == sam.space.keys.device]
    assert said
    assert not any(each.beyond_cut for each in said)
    assert task is not None
    assert sam.space.membership.devices.keys() == alex.space.membership.devices.keys()
