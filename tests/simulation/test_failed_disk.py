"""A device whose disk failed parts with everybody, says why, and shows what is stored, no more and no less."""

import pytest

from collar_sync.core import events
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.standing import REMOVED
from collar_sync.errors import StoreError
from collar_sync.testing import Device
from collar_sync.testing.run import NAMES, paired
from collar_sync.testing.world import World

FAILED = "Its disk failed"


class Story:
    """Alex's laptop, Sam's, and perhaps Alex's tablet, in step."""

    def __init__(self, *, own: bool = False) -> None:
        disks, truth = paired(3, own=own)
        self.world = World(1, truth.copy())
        self.alex, self.other, self.kim = (self.world.add(name, disks[name].copy()) for name in NAMES[:3])
        self.world.settle()

    def as_stored(self) -> bool:
        return self.alex.running.as_stored

    def titles(self, device: Device) -> set[object]:
        return {fields.get("title") for fields in device.space.library.records("note/").values()}

    def write(self, device: Device, title: str) -> int:
        space = device.space
        edits = (SetFields("note", title, {"title": title}), Say("task.promise", title))
        return self.world.request(device, lambda number: events.Write(number, space.id, None, edits))

    def connected(self, device: Device) -> set[str]:
        links = device.running.links.of_space(device.space.id)
        return {self.world.truth.names[link.peer[1]] for link in links if link.peer is not None}

    def why(self, device: Device, other: Device) -> str:
        place = (device.space.id, other.space.keys.device)
        return str(device.running.links.why_not(device.running.links.peers[place], self.world.moment(device).steady))


def test_what_a_full_disk_refused_is_not_shown_and_the_device_says_so_and_falls_silent() -> None:
    story = Story()
    world, alex, kim = story.world, story.alex, story.kim
    world.answer(
        alex, lambda number: events.Write(number, alex.space.id, None, (SetFields("note", "a", {"title": "kept"}),))
    )
    world.arrive()
    alex.disk.full = True
    story.write(alex, "refused")
    assert "refused" in story.titles(alex), "it is on its way to the disk"
    world.arrive()
    assert alex.running.failed is not None
    assert story.as_stored()
    assert story.titles(alex) == {"kept"}
    assert "refused" not in {said.subject for said in alex.space.statements("task.")}
    assert story.connected(alex) == set()
    assert story.connected(kim) == {"Sam"}
    assert FAILED in story.why(kim, alex)
    assert all("This device's disk failed" in story.why(alex, other) for other in (kim, story.other))
    with pytest.raises(StoreError):
        story.write(alex, "again")
    world.go_on()
    assert story.connected(alex) == set(), "whoever calls it is turned away"
    assert alex.running.advertise((alex.instance,)) == [], "and it is announced to nobody"
    world.check(alex)
    alex.disk.full = False
    world.settle()
    assert story.connected(alex) == {"Sam", "Kim"}


def test_what_a_disk_that_cannot_be_read_refused_is_not_shown() -> None:
    story = Story(own=True)
    world, alex = story.world, story.alex
    removed = story.other.space.keys.device
    alex.disk.unreadable = 1
    with pytest.raises(StoreError):
        world.request(alex, lambda number: events.RemoveDevice(number, alex.space.id, removed))
    assert alex.space.standing.why_apart(removed) is None
    assert REMOVED not in story.why(alex, story.other)
    world.arrive()
    world.wait(250)
    world.arrive()
    assert story.connected(alex) == set()
    world.check(alex)


def test_what_was_on_its_way_when_a_read_failed_is_shown_once_it_is_stored() -> None:
    story = Story(own=True)
    world, alex = story.world, story.alex
    alex.slow = True
    number = story.write(alex, "on its way")
    removed = story.other.space.keys.device
    alex.disk.unreadable = 1
    with pytest.raises(StoreError):
        world.request(alex, lambda number: events.RemoveDevice(number, alex.space.id, removed))
    assert not story.as_stored()
    world.arrive()
    assert story.as_stored()
    assert number in alex.answers
    assert "on its way" in story.titles(alex)
    assert alex.space.standing.why_apart(removed) is None


def test_where_what_is_stored_cannot_be_read_that_is_tried_again_and_the_app_can_say_so() -> None:
    story = Story(own=True)
    world, alex = story.world, story.alex
    alex.disk.unreadable = 10_000
    with pytest.raises(StoreError):
        world.request(alex, lambda number: events.RemoveDevice(number, alex.space.id, story.other.space.keys.device))
    world.go_on(30_000)
    assert not story.as_stored()
    assert story.connected(alex) == set()
    alex.disk.unreadable = 0
    world.go_on(30_000)
    assert story.as_stored()
    assert alex.space.standing.why_apart(story.other.space.keys.device) is None


def test_a_code_that_is_shown_ends_where_the_disk_fails() -> None:
    story = Story()
    world, alex = story.world, story.alex
    number = world.request(alex, lambda number: events.Invite(number, alex.space.id, "12345678", own=False))
    alex.disk.full = True
    story.write(alex, "refused")
    world.arrive()
    assert isinstance(alex.answers[number], Exception)
