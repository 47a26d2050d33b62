"""Two and three engines, no sockets: pairing, sync, wrong codes, crashes."""

from collections.abc import Callable

import pytest

from collar_sync import limits
from collar_sync.core import events, wire
from collar_sync.core.beacon import tags_for
from collar_sync.core.edits import Edit, Say, SetFields, SetText
from collar_sync.core.events import Address
from collar_sync.core.identity import Keys
from collar_sync.core.links import DAY_MILLISECONDS, send
from collar_sync.core.pairing import Joiner
from collar_sync.core.session import unconfirmed
from collar_sync.errors import CollarError, InvalidChange, NotAllowed, PairingFailed, Unreachable, WrongCode
from collar_sync.ids import DocumentId
from collar_sync.testing import Device, World, found_space

NEW = Keys.derive(b"n" * 32, b"salt of a space!")


def shows(code: str, host: Device) -> Callable[[int], events.Event]:
    return lambda number: events.Invite(number, host.space.id, code)


def joins(code: str, host: Device) -> Callable[[int], events.Event]:
    """Sam types a code, and where it is shown."""
    return lambda number: events.Join(number, code, "Sam", "laptop", Address(host.name, host.port))


def writes(device: Device, document: DocumentId | None, *edits: Edit) -> Callable[[int], events.Event]:
    return lambda number: events.Write(number, device.space.id, document, edits)


def test_two_devices_pair_by_code_and_read_what_the_other_writes() -> None:
    world = World(1)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ["Alex", "Sam"])
    assert {person.name for person in sam.space.people().values()} == {"Alex", "Sam"}
    chapter = sam.space.home("chapter")
    edits = (SetFields("task", "1", {"title": "Water the ferns"}), Say("task.ask", "1"))
    world.answer(sam, writes(sam, chapter, *edits))
    world.settle()
    assert alex.space.records(chapter, "task") == {"1": {"title": "Water the ferns"}}
    (said,) = alex.space.statements("task.")
    assert said.author == sam.space.me


def test_an_edit_that_changes_nothing_is_answered_and_leaves_no_change() -> None:
    world = World(2)
    alex = world.add("Alex")
    world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    chapter = alex.space.home("chapter")
    for _ in range(2):
        edits = (SetText("note", "1", "body", "the same words"),)
        assert world.answer(alex, writes(alex, chapter, *edits)) == []
    assert len(alex.disk.load(chapter).log) == 1


def test_an_edit_that_changes_nothing_is_answered_once_what_made_it_nothing_is_on_the_disk() -> None:
    world = World(2)
    alex = world.add("Alex")
    world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    world.settle()
    chapter, edits = alex.space.home("chapter"), (SetText("note", "1", "body", "the same"),)
    first, again = (world.request(alex, writes(alex, chapter, *edits)) for _ in range(2))
    assert not {first, again} & set(alex.answers), "a crash now would lose what both were told is kept"
    world.settle()
    assert {first, again} <= set(alex.answers)
    assert sum(alex.space.library.clock(chapter).values()) == 1


def test_a_crash_while_a_space_is_founded_leaves_all_of_it_or_nothing() -> None:
    kept, writes = 0, 1
    while kept <= writes:
        world = World(2)
        alex = world.add("Alex")
        world.request(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
        writes = len(alex.writing)
        world.crash(alex, kept)
        world.start(alex)
        assert [space.membership.name for space in alex.running.spaces.values()] in ([], ["Us"])
        kept += 1
    assert alex.running.spaces


def test_a_wrong_code_is_told_to_both_and_used_up() -> None:
    world = World(3)
    alex, sam = world.add("Alex"), world.add("Sam")
    world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    shown = world.request(alex, shows("1234 5678", alex))
    wrong = world.answer(sam, joins("1234 5679", alex))
    assert isinstance(wrong, WrongCode)
    assert isinstance(alex.answers[shown], WrongCode)
    late = world.answer(sam, joins("1234 5678", alex))
    assert isinstance(late, Unreachable), "the right code after a wrong one must not work any more"
    assert not sam.running.spaces
    assert len(alex.space.people()) == 1


def waited(world: World, device: Device) -> int:
    """For how many seconds no new code is shown: it is refused to the last of them, and not beyond."""
    try:
        cancelled(world, device)
    except NotAllowed as refused:
        seconds = int("".join(filter(str.isdigit, str(refused))))
        world.wait((seconds - 1) * 1_000)
        with pytest.raises(NotAllowed):
            cancelled(world, device)
        world.wait(1_000)
        cancelled(world, device)
        return seconds
    return 0


def cancelled(world: World, device: Device) -> None:
    """A code is shown, and put away before anybody tries it, which is no failure."""
    number = world.request(device, shows("12345678", device))
    world.tell(device, events.Cancel(number))


@pytest.mark.parametrize("fails", ["a wrong code", "words differ here", "words differ there", "garbage"])
def test_after_a_few_codes_that_somebody_made_fail_each_next_one_waits_twice_as_long_up_to_ten_minutes(
    fails: str,
) -> None:
    world = World(8)
    world.network.announces = False
    alex, sam = world.add("Alex"), world.add("Sam")
    world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    waits: list[int] = []
    for _ in range(10):
        shown = world.request(alex, shows("12345678", alex))
        if fails == "a wrong code":
            world.answer(sam, joins("12345679", alex))
        elif fails == "garbage":
            world.tell(alex, events.Opened(-700, "10.0.0.9"))
            world.tell(alex, events.Received(-700, b"\x02\x01\x01" + bytes(65)))
        else:
            world.request(sam, joins("12345678", alex))
            says_no(world, alex if fails == "words differ here" else sam)
        assert isinstance(alex.answers[shown], CollarError)
        waits.append(waited(world, alex))
    assert waits == [0, 0, 10, 20, 40, 80, 160, 320, 600, 600]
    assert len(alex.space.people()) == 1


def says_no(world: World, device: Device) -> None:
    """The person there sees other words."""
    while not device.comparing:
        assert world.step()
    world.tell(device, events.Compared(device.comparing.popleft(), same=False))
    world.arrive()


def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_it_would_have() -> None:
    world = World(9)
    alex, sam = world.add("Alex"), world.add("Sam")
    world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    for _ in range(limits.PAIRING_FAILURES_FREE + 1):
        world.request(alex, shows("12345678", alex))
        world.answer(sam, joins("12345679", alex))
    alex.clock.jump(-DAY_MILLISECONDS)
    assert waited(world, alex) <= limits.PAIRING_DELAY_MILLISECONDS_MIN // 1_000


def test_nobody_else_can_disturb_a_pairing_that_is_under_way() -> None:
    world = World(10)
    world.network.announces = False
    alex, sam = world.add("Alex"), world.add("Sam")
    world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    shown = world.request(alex, shows("12345678", alex))
    world.request(sam, joins("12345678", alex))
    tried, used = 0, False
    while shown not in alex.answers:
        assert world.step(), "every step of the two is followed by a stranger's"
        used = used or alex.running.advertise(()) == []
        if used:
            tried += 1
            world.tell(alex, events.Opened(-700 - tried, "10.0.0.9"))
            hello = Joiner("12345678", NEW, "Robin", "phone", world.draw).start()
            out = alex.running.handle(events.Received(-700 - tried, hello), world.moment(alex), world.draw)
            assert not any(isinstance(each, events.Send) for each in out), "the code is Sam's to use now"
    assert tried > 5
    assert len(alex.space.people()) == 2


def test_pairing_that_breaks_off_leaves_both_as_they_were_and_says_so() -> None:
    for frames in range(1, 5):
        world = World(frames)
        world.network.announces = False  # so that each step is one of the pairing
        alex, sam = world.add("Alex"), world.add("Sam")
        world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
        shown = world.request(alex, shows("12345678", alex))
        joining = world.request(sam, joins("12345678", alex))
        while not world.network.connections():
            assert world.step()
        for _ in range(frames):
            world.step()
        world.cut(alex, sam)
        world.settle()
        assert isinstance(alex.answers[shown], PairingFailed)
        assert isinstance(sam.answers[joining], PairingFailed | Unreachable)
        assert not sam.running.spaces


def test_a_device_that_has_no_code_shown_gives_a_joining_stranger_nothing() -> None:
    world = World(5)
    alex, sam = world.add("Alex"), world.add("Sam")
    world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    answer = world.answer(sam, joins("12345678", alex))
    assert isinstance(answer, Unreachable)


def test_what_one_wrote_alone_arrives_after_the_other_was_away_and_both_confirm_it_is_stored() -> None:
    world = World(6)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ["Alex", "Sam"])
    world.cut(alex, sam)
    world.network.part("Alex", "Sam", world.true)
    for device in (alex, sam):
        for place in range(100):
            fields = SetFields("note", f"{device.name}{place}", {"line": place})
            chapter = device.space.home("chapter")
            world.answer(device, writes(device, chapter, fields))
    (peer,) = alex.running.links.peers.values()
    assert unconfirmed(alex.space, peer.stored) == 100
    world.settle()
    assert len(alex.space.records(chapter, "note")) == len(sam.space.records(chapter, "note")) == 200
    for device in (alex, sam):
        (peer,) = device.running.links.peers.values()
        assert unconfirmed(device.space, peer.stored) == 0


def test_a_change_that_was_sent_before_a_crash_kept_it_comes_back_and_the_story_goes_on() -> None:
    world = World(7)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ["Alex", "Sam"])
    chapter = alex.space.home("chapter")
    for place in range(2):
        fields = (SetFields("note", f"{place}", {"line": place}),)
        world.request(alex, writes(alex, chapter, *fields))
    alex.slow = True
    while len(sam.space.records(chapter, "note")) < 2:
        assert world.step(), "it never came to Sam"
    world.crash(alex, kept=0)
    alex.slow = False
    world.start(alex)
    assert chapter not in alex.space.library.awake, "nothing of it was on the disk"
    fields = (SetFields("note", "after", {"line": 3}),)
    world.request(alex, writes(alex, chapter, *fields))
    world.settle()
    for device in (alex, sam):
        assert set(device.space.records(chapter, "note")) == {"0", "1", "after"}
    (said,) = alex.space.notices
    assert said.startswith("This device was given back something that it had written once and no longer had.")
    assert alex.space.problems == sam.space.problems == sam.space.notices == []


def test_a_peer_whose_changes_are_always_refused_is_dialled_less_and_less_and_never_in_a_busy_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(8)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ["Alex", "Sam"])

    def refuse(*_arguments: object) -> None:
        raise InvalidChange("Refused, whatever it is.")

    monkeypatch.setattr(sam.space, "receive", refuse)
    fields = (SetFields("note", "1", {"line": 1}),)
    chapter = alex.space.home("chapter")
    world.request(alex, writes(alex, chapter, *fields))
    opened = 0
    for _ in range(240):
        steps = 0
        while world.step():
            steps += 1
            assert steps < 200, "it retries without waiting"
        opened = world.counts["connections"]
        world.wait(250)
    assert opened < 40, "in a minute of refusals, both sides together dial a few times"
    assert any("Refused" in problem for problem in sam.space.problems)


def test_whoever_shows_a_code_is_found_whether_announced_before_or_after_the_code_was_typed() -> None:
    for announced_first in (True, False):
        world = World(9)
        world.network.announces = False  # but what is told of here
        alex, sam = world.add("Alex"), world.add("Sam")
        space = world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
        shown = world.request(alex, shows("12345678", alex))
        instance, epoch = b"an instance of A", world.moment(sam).wall // DAY_MILLISECONDS
        tags = tags_for(alex.running.advertise((instance,)), epoch, instance, bytes(32))
        found = events.Found(instance, tags, (("Alex", alex.port),))
        strangers = [events.Found(bytes([n]) * 16, (bytes(8),), (("Kim", 1),)) for n in range(3)]
        if announced_first:
            for each in (*strangers, found):
                world.tell(sam, each)
        joining = world.request(sam, lambda number: events.Join(number, "12345678", "Sam", "laptop", None))
        if not announced_first:
            for each in (*strangers, found):
                world.tell(sam, each)
        world.go_on()
        assert sam.answers[joining] == space
        assert alex.answers[shown] == sam.space.me
        assert len(sam.space.people()) == 2, "and it is connected at the announced place"


def test_a_store_that_is_in_use_twice_is_noticed_by_the_copies_and_by_the_partner_and_loses_nothing() -> None:
    world = World(9)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ["Alex", "Sam"])
    copy = world.add("Copy", alex.disk.copy(), seed=alex.seed)
    world.network.part("Alex", "Copy", world.true)

    def adds(device: Device, name: str) -> None:
        away = copy if device is alex else alex
        world.cut(away, sam)
        world.network.part(away.name, "Sam", world.true)
        world.network.meet(device.name, "Sam")
        world.locate(device, sam)
        world.request(device, writes(device, None, SetFields("note", name, {"line": name})))
        world.go_on()

    for turn in range(2):
        adds(alex, f"alex {turn}")
        adds(copy, f"copy {turn}")
    adds(alex, "alex at last")
    adds(copy, "copy at last")
    written = {"alex 0", "alex 1", "alex at last", "copy 0", "copy 1", "copy at last"}
    assert set(sam.space.library.records("note/")) == set(copy.space.library.records("note/")) == written
    assert [problem for problem in sam.space.problems if "Two copies of Alex's laptop are in use" in problem]
    for device in (alex, copy):
        assert [problem for problem in device.space.problems if "Two copies of this device are in use" in problem]


def test_a_store_restored_from_an_old_copy_syncs_and_loses_nothing() -> None:
    world = World(10)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ["Alex", "Sam"])
    backup = alex.disk.copy()

    def adds(device: Device, name: str) -> None:
        world.answer(device, writes(device, None, SetFields("note", name, {"line": name})))
        world.settle()

    adds(alex, "after the backup")
    adds(sam, "by Sam")
    world.restore(alex, backup)
    adds(alex, "after restoring")
    for device in (alex, sam):
        assert set(device.space.library.records("note/")) == {"after the backup", "by Sam", "after restoring"}
        assert device.space.problems == []
    assert alex.space.replica(alex.space.home("chapter")).heads == sam.space.replica(sam.space.home("chapter")).heads
    assert [notice for notice in alex.space.notices if "given back something that it had written once" in notice]


def test_what_could_not_be_asked_while_too_much_was_unsent_is_asked_once_that_went_out() -> None:
    world = World(11)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = found_space(world, ["Alex", "Sam"])
    (link,) = alex.running.links.of_space(space)
    (back,) = sam.running.links.of_space(space)
    assert link.session is not None
    assert back.session is not None
    chapter = alex.space.home("chapter")
    back.session._unsaid.add(chapter)  # as where its vector was too long for a first message
    link.unsent += limits.OUTBOX_BYTES_MAX + 1
    fields = (SetFields("note", "1", {"line": 1}),)
    world.answer(alex, writes(alex, chapter, *fields))
    world.arrive()
    link.missed = False  # what was written needs no confirmation here
    out: list[events.Effect] = []
    have = wire.Have((wire.Holding(chapter, b"another digest".ljust(32), None),), complete=False, durable=True)
    send(back, [wire.encode(have)], out)
    for effect in out:
        world.effects.carry_out(sam, effect)
    world.arrive()
    assert link.session._unclear == {chapter}
    world.tell(alex, events.Sent(link.id, limits.OUTBOX_BYTES_MAX + 1))
    world.arrive()
    assert sam.space.records(chapter, "note") == {"1": {"line": 1}}
