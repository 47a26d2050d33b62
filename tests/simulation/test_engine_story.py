"""Two and three engines, no sockets: pairing, sync, wrong codes, crashes."""

import pytest

from collar_sync import limits
from collar_sync.core import events, wire
from collar_sync.core.beacon import tags_for
from collar_sync.core.edits import Say, SetFields, SetText
from collar_sync.core.events import Address
from collar_sync.core.links import send
from collar_sync.core.session import unconfirmed
from collar_sync.errors import InvalidChange, PairingFailed, Unreachable, WrongCode
from tests.simulation.world import PORT, START, Device, Disk, World, found_space


def test_two_devices_pair_by_code_and_read_what_the_other_writes() -> None:
    world = World(1)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = found_space(world, ["Alex", "Sam"])
    assert {person.name for person in sam.space.people().values()} == {"Alex", "Sam"}
    chapter = sam.space.home("chapter")
    edits = (SetFields("task", "1", {"title": "Water the ferns"}), Say("task.ask", "1"))
    world.answer(sam, lambda number: events.Write(number, space, chapter, edits))
    world.settle()
    assert alex.space.records(chapter, "task") == {"1": {"title": "Water the ferns"}}
    (said,) = alex.space.statements("task.")
    assert said.author == sam.space.me


def test_an_edit_that_changes_nothing_is_answered_and_leaves_no_change() -> None:
    world = World(2)
    alex = world.add("Alex")
    space = world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    chapter = alex.space.home("chapter")
    for _ in range(2):
        edits = (SetText("note", "1", "body", "the same words"),)
        assert world.answer(alex, lambda number, edits=edits: events.Write(number, space, chapter, edits)) == []
    assert len(alex.disk.logs[chapter]) == 1


def test_an_edit_that_changes_nothing_is_answered_once_what_made_it_nothing_is_on_the_disk() -> None:
    world = World(2)
    alex = world.add("Alex")
    space = world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    world.settle()
    chapter, edits = alex.space.home("chapter"), (SetText("note", "1", "body", "the same"),)
    first, again = (world.request(alex, lambda number: events.Write(number, space, chapter, edits)) for _ in range(2))
    assert not {first, again} & set(alex.answers), "a crash now would lose what both were told is kept"
    world.settle()
    assert {first, again} <= set(alex.answers)
    assert sum(alex.space.library.clock(chapter).values()) == 1


def test_a_crash_while_a_space_is_founded_leaves_all_of_it_or_nothing() -> None:
    world = World(2)
    alex = world.add("Alex")
    world.request(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    for kept in range(len(alex.writing) + 1):
        disk = Disk()
        for store in list(alex.writing)[:kept]:
            disk.write(store.batch)
        crashed = Device("Alex", alex.seed, disk)
        assert [space.membership.name for space in crashed.engine.spaces.values()] in ([], ["Us"])
    assert crashed.engine.spaces


def test_a_wrong_code_is_told_to_both_and_used_up() -> None:
    world = World(3)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    shown = world.request(alex, lambda number: events.Invite(number, space, "1234 5678"))
    wrong = world.answer(sam, lambda number: events.Join(number, "1234 5679", "Sam", "laptop", Address("Alex", PORT)))
    assert isinstance(wrong, WrongCode)
    assert isinstance(alex.answers[shown], WrongCode)
    late = world.answer(sam, lambda number: events.Join(number, "1234 5678", "Sam", "laptop", Address("Alex", PORT)))
    assert isinstance(late, Unreachable), "the right code after a wrong one must not work any more"
    assert not sam.engine.spaces
    assert len(alex.space.people()) == 1


def test_pairing_that_breaks_off_leaves_both_as_they_were_and_says_so() -> None:
    for frames in range(1, 5):
        world = World(frames)
        alex, sam = world.add("Alex"), world.add("Sam")
        space = world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
        shown = world.request(alex, lambda number, space=space: events.Invite(number, space, "12345678"))
        joining = world.request(
            sam, lambda number: events.Join(number, "12345678", "Sam", "laptop", Address("Alex", PORT))
        )
        while not world.pipes:
            world.step()
        for _ in range(frames):
            world.step()
        world.cut(world.pipes[0])
        world.settle()
        assert isinstance(alex.answers[shown], PairingFailed)
        assert isinstance(sam.answers[joining], PairingFailed | Unreachable)
        assert not sam.engine.spaces


def test_a_device_that_has_no_code_shown_gives_a_joining_stranger_nothing() -> None:
    world = World(5)
    alex, sam = world.add("Alex"), world.add("Sam")
    world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    answer = world.answer(sam, lambda number: events.Join(number, "12345678", "Sam", "laptop", Address("Alex", PORT)))
    assert isinstance(answer, Unreachable)


def test_what_one_wrote_alone_arrives_after_the_other_was_away_and_both_confirm_it_is_stored() -> None:
    world = World(6)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = found_space(world, ["Alex", "Sam"])
    world.locate_all()
    world.settle()
    world.parted.add(frozenset(("Alex", "Sam")))
    for pipe in list(world.pipes):
        world.cut(pipe)
    for device in (alex, sam):
        for place in range(100):
            fields = SetFields("note", f"{device.name}{place}", {"line": place})
            chapter = device.space.home("chapter")
            world.answer(device, lambda number: events.Write(number, space, chapter, (fields,)))  # noqa: B023
    (peer,) = alex.engine.links.peers.values()
    assert unconfirmed(alex.space, peer.stored) == 100
    world.parted.clear()
    world.settle()
    assert len(alex.space.records(chapter, "note")) == len(sam.space.records(chapter, "note")) == 200
    for device in (alex, sam):
        (peer,) = device.engine.links.peers.values()
        assert unconfirmed(device.space, peer.stored) == 0


def test_a_change_that_was_sent_before_a_crash_kept_it_comes_back_and_the_story_goes_on() -> None:
    world = World(7)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = found_space(world, ["Alex", "Sam"])
    world.locate_all()
    world.settle()
    chapter = alex.space.home("chapter")
    for place in range(2):
        fields = (SetFields("note", f"{place}", {"line": place}),)
        world.request(alex, lambda number, fields=fields: events.Write(number, space, chapter, fields))
    for pipe in world.pipes:
        for end, (device, number) in enumerate(pipe.ends):
            while pipe.arriving[end] and device is sam:
                world.tell(sam, events.Received(number, pipe.arriving[end].popleft()))
    assert len(sam.space.records(chapter, "note")) == 2
    world.crash(alex)
    assert chapter not in alex.space.library.awake, "nothing of it was on the disk"
    fields = (SetFields("note", "after", {"line": 3}),)
    world.request(alex, lambda number: events.Write(number, space, chapter, fields))
    world.settle()
    for device in (alex, sam):
        assert set(device.space.records(chapter, "note")) == {"0", "1", "after"}
    (said,) = alex.space.notices
    assert said.startswith("This device was given back something that it once wrote and no longer had.")
    assert alex.space.problems == sam.space.problems == sam.space.notices == []


def test_a_peer_whose_changes_are_always_refused_is_dialled_less_and_less_and_never_in_a_busy_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(8)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = found_space(world, ["Alex", "Sam"])

    def refuse(*_arguments: object) -> None:
        raise InvalidChange("Refused, whatever it is.")

    monkeypatch.setattr(sam.space, "receive", refuse)
    fields = (SetFields("note", "1", {"line": 1}),)
    chapter = alex.space.home("chapter")
    world.request(alex, lambda number: events.Write(number, space, chapter, fields))
    world.locate_all()
    opened = 0
    for _ in range(240):
        steps = 0
        while world.step():
            steps += 1
            assert steps < 200, "it retries without waiting"
        opened = -world.strangers
        world.wait(250)
    assert opened < 40, "in a minute of refusals, both sides together dial a few times"
    assert any("Refused" in problem for problem in sam.space.problems)


def test_whoever_shows_a_code_is_found_whether_announced_before_or_after_the_code_was_typed() -> None:
    for announced_first in (True, False):
        world = World(9)
        alex, sam = world.add("Alex"), world.add("Sam")
        space = world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
        shown = world.request(alex, lambda number, space=space: events.Invite(number, space, "12345678"))
        instance, epoch = b"an instance of A", START // 86_400_000
        tags = tags_for(alex.engine.advertise((instance,)), epoch, instance, bytes(32))
        found = events.Found(instance, tags, (("Alex", PORT),))
        strangers = [events.Found(bytes([n]) * 16, (bytes(8),), (("Kim", PORT),)) for n in range(3)]
        if announced_first:
            for each in (*strangers, found):
                world.tell(sam, each)
        joining = world.request(sam, lambda number: events.Join(number, "12345678", "Sam", "laptop", None))
        if not announced_first:
            for each in (*strangers, found):
                world.tell(sam, each)
        world.settle()
        assert sam.answers[joining] == space
        assert alex.answers[shown] == sam.space.me
        assert len(sam.space.people()) == 2, "and it is connected at the announced place"


def test_a_store_that_is_in_use_twice_is_noticed_by_the_copies_and_by_the_partner_and_loses_nothing() -> None:
    world = World(9)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = found_space(world, ["Alex", "Sam"])
    world.locate_all()
    world.settle()
    copy = world.add("Copy", alex.disk.copy())
    copy.seed = alex.seed
    copy.open()
    world.parted.add(frozenset({"Alex", "Copy"}))

    def writes(device: Device, name: str) -> None:
        for pipe in list(world.pipes):
            world.cut(pipe)
        world.parted = {frozenset({other, "Sam"}) for other in ("Alex", "Copy") if other != device.name}
        world.tell(device, events.Locate(Address("Sam", PORT)))
        edits = (SetFields("note", name, {"line": name}),)
        world.request(device, lambda number: events.Write(number, space, None, edits))
        world.settle()

    for turn in range(2):
        writes(alex, f"alex {turn}")
        writes(copy, f"copy {turn}")
    writes(alex, "alex at last")
    writes(copy, "copy at last")
    written = {"alex 0", "alex 1", "alex at last", "copy 0", "copy 1", "copy at last"}
    assert set(sam.space.library.records("note/")) == set(copy.space.library.records("note/")) == written
    assert [problem for problem in sam.space.problems if "The store of Alex's laptop is in use twice" in problem]
    for device in (alex, copy):
        assert [problem for problem in device.space.problems if "This device's store is in use twice" in problem]


def test_a_store_restored_from_an_old_copy_syncs_and_loses_nothing() -> None:
    world = World(10)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = found_space(world, ["Alex", "Sam"])
    world.locate_all()
    world.settle()
    backup = alex.disk.copy()

    def writes(device: Device, name: str) -> None:
        edits = (SetFields("note", name, {"line": name}),)
        world.answer(device, lambda number: events.Write(number, space, None, edits))
        world.settle()

    writes(alex, "after the backup")
    writes(sam, "by Sam")
    alex.disk = backup
    world.crash(alex)
    writes(alex, "after restoring")
    for device in (alex, sam):
        assert set(device.space.library.records("note/")) == {"after the backup", "by Sam", "after restoring"}
        assert device.space.problems == []
    assert alex.space.replica(alex.space.home("chapter")).heads == sam.space.replica(sam.space.home("chapter")).heads
    assert [notice for notice in alex.space.notices if "given back something that it once wrote" in notice]


def test_what_could_not_be_asked_while_too_much_was_unsent_is_asked_once_that_went_out() -> None:
    world = World(11)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = found_space(world, ["Alex", "Sam"])
    world.locate_all()
    world.settle()
    (link,) = alex.engine.links.of_space(space)
    (back,) = sam.engine.links.of_space(space)
    assert link.session is not None
    assert back.session is not None
    chapter = alex.space.home("chapter")
    back.session._unsaid.add(chapter)  # as where its vector was too long for a first message
    link.unsent += limits.OUTBOX_BYTES_MAX + 1
    fields = (SetFields("note", "1", {"line": 1}),)
    world.answer(alex, lambda number: events.Write(number, space, chapter, fields))
    while world.step():
        pass
    link.missed = False  # what was written needs no confirmation here
    out: list[events.Effect] = []
    have = wire.Have((wire.Holding(chapter, b"another digest".ljust(32), None),), complete=False, durable=True)
    send(back, [wire.encode(have)], out)
    for effect in out:
        assert isinstance(effect, events.Send)
        world._send(sam, effect)
    while world.step():
        pass
    assert link.session._unclear == {chapter}
    world.tell(alex, events.Sent(link.id, limits.OUTBOX_BYTES_MAX + 1))
    while world.step():
        pass
    assert sam.space.records(chapter, "note") == {"1": {"line": 1}}
