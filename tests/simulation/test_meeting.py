"""Engines that lose each other: which connection is kept, when another is tried, and what makes them hurry."""

import itertools

import pytest

from collar_sync import limits
from collar_sync.core import events
from collar_sync.core.answered import HOUR_MILLISECONDS, hour
from collar_sync.core.beacon import tags_for
from collar_sync.core.channel import Channel
from collar_sync.core.edits import SetFields
from collar_sync.core.links import DAY_MILLISECONDS
from collar_sync.core.mishaps import Mishap
from collar_sync.core.reach import SENTENCES, Cause
from collar_sync.testing import Device, World, found_space
from collar_sync.testing.clock import START_MILLISECONDS
from collar_sync.testing.network import Call

INSTANCE = b"an instance of Alex" + bytes(13)
MINUTE = 60_000


def pair_of(world: World, ahead: tuple[int, int] = (0, 0)) -> tuple[Device, Device]:
    """Two in one space and connected, on a network that carries no announcement but those that a story tells of.

    `ahead` is by how many milliseconds either clock is.
    """
    world.network.announces = False
    alex, sam = world.add("Alex"), world.add("Sam")
    alex.clock.lose(ahead[0])
    sam.clock.lose(ahead[1])
    found_space(world, ["Alex", "Sam"])
    assert len(world.network.connections()) == 1
    return alex, sam


def locate_both(world: World, alex: Device, sam: Device) -> None:
    world.locate(alex, sam)
    world.locate(sam, alex)


def write(world: World, device: Device, edit: SetFields) -> None:
    world.answer(device, lambda number: events.Write(number, device.space.id, None, (edit,)))


def called(world: World, device: Device) -> list[Call]:
    """The calls of a device that nobody has answered yet, the first one first."""
    return [call for call in world.network.calls if call.caller == device.name]


def unanswered(world: World, device: Device) -> list[Call]:
    """Every call comes to nothing; those of this device."""
    calls = called(world, device)
    while world.network.calls:
        call = world.network.calls.popleft()
        world.tell(world.devices[call.caller], events.Closed(call.number, "unreachable"))
    return calls


def dials(world: World, device: Device, milliseconds: int, step: int = 100) -> list[int]:
    """The times at which a device dials, after so many milliseconds each, while every dial comes to nothing."""
    begun, found = world.true, []
    while world.true < begun + milliseconds:
        world.wait(step)
        found += [world.true - begun for _ in unanswered(world, device)]
    return found


def secret_of(device: Device, other: Device) -> bytes:
    """What the announcements of one for the other are tagged with."""
    return device.running.links.peers[device.space.id, other.space.keys.device].secret


def epoch_of(world: World, device: Device) -> int:
    return world.moment(device).wall // DAY_MILLISECONDS


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("after_milliseconds", [1_500, 4_000, 60_000])
@pytest.mark.parametrize("loser", ["Alex", "Sam"])
def test_whoever_lost_the_connection_and_calls_again_is_talked_to_at_once_though_the_other_end_noticed_nothing(
    seed: int, after_milliseconds: int, loser: str
) -> None:
    world = World(seed)
    alex, sam = pair_of(world)
    locate_both(world, alex, sam)
    lost, other = (alex, sam) if loser == "Alex" else (sam, alex)
    world.cut(alex, sam)  # so that the connection in question is a young one
    world.arrive()
    (dead,) = world.network.connections()
    world.wait(after_milliseconds)
    number = next(end.number for end in dead.ends if end.place == lost.name)
    world.tell(lost, events.Closed(number, "this computer is on another network now"))
    world.tell(lost, events.Moved())
    world.arrive()
    lively = [connection for connection in world.network.connections() if connection is not dead]
    assert len(lively) == 1
    write(world, other, SetFields("task", "1", {"title": "Said into the new connection"}))
    for end in dead.ends:
        end.arriving.clear()  # nothing that goes into a dead connection arrives
    world.arrive()
    assert lost.space.library.records("task/"), "the other still spoke into the dead connection"


@pytest.mark.parametrize("seed", range(12))
def test_two_that_call_each_other_at_once_end_with_one_connection_that_carries_both(seed: int) -> None:
    world = World(seed)
    alex, sam = pair_of(world)
    locate_both(world, alex, sam)
    world.cut(alex, sam)
    world.wait(100)  # both are calling by now
    assert {call.caller for call in world.network.calls} == {"Alex", "Sam"}
    before = world.counts["connections"]
    for _ in range(20):
        world.arrive()
        world.wait(100)
    assert len(world.network.connections()) == 1
    assert world.counts["connections"] <= before + 2, "one of each, and none of them in vain"
    for device, other in ((alex, sam), (sam, alex)):
        write(world, device, SetFields("task", device.name, {"title": "Said over the one that is left"}))
        world.arrive()
        assert device.name in other.space.library.records("task/")


def call_as(world: World, caller: Device, listener: Device, number: int) -> None:
    """What software of the caller's own could do: one more call, proven, whatever calls of it there are."""
    channel = Channel.initiator(
        keys=caller.space.keys,
        peer=listener.space.keys.public,
        space=listener.space.id,
        instance=hour(world.moment(caller).wall),
        ephemeral=world.draw(32),
    )
    world.tell(listener, events.Opened(number, "10.0.0.9"))
    out = listener.running.handle(events.Received(number, channel.start()), world.moment(listener), world.draw)
    (answer,) = (frame for each in out if isinstance(each, events.Send) for frame in each.frames)
    for frame in channel.receive(answer).send:
        world.tell(listener, events.Received(number, frame))


@pytest.mark.parametrize("caller", ["Alex", "Sam"])
def test_however_often_a_paired_device_calls_at_once_it_has_no_more_than_two_connections(caller: str) -> None:
    world = World(1)
    alex, sam = pair_of(world)
    ours, theirs = (alex, sam) if caller == "Sam" else (sam, alex)
    for number in range(100):
        call_as(world, theirs, ours, -1_000 - number)
        assert sum(link.session is not None for link in ours.running.links.all()) <= 2
    world.wait(2_000)
    call_as(world, theirs, ours, -2_000)
    assert [link.id for link in ours.running.links.of_space(ours.space.id)] == [-2_000], "and the latest is in use"


@pytest.mark.parametrize("lasted_milliseconds", [2_500, 20_000])
def test_after_a_silent_loss_a_device_calls_every_half_second_for_minutes_and_then_ever_less_often(
    lasted_milliseconds: int,
) -> None:
    world = World(1)
    alex, sam = pair_of(world)
    world.locate(sam, alex)
    world.cut(alex, sam)
    world.arrive()
    world.wait(lasted_milliseconds)
    world.cut(alex, sam)
    times = dials(world, sam, 20 * MINUTE)
    waits = [(earlier, later - earlier) for earlier, later in itertools.pairwise(times)]
    swift = [wait for time, wait in waits if time <= 4 * MINUTE]
    late = [wait for time, wait in waits if time > 15 * MINUTE]
    assert times[0] <= 200
    assert (min(swift) >= 300, max(swift) <= 600) == (True, True)
    assert (min(late) >= 1_000, max(late) <= 2_700) == (True, True)
    assert len(set(late)) > 1, "chance is in it, so that two devices do not keep missing each other"


def quiet_minutes(world: World, device: Device, minutes: int) -> int:
    """How often a device calls in the last of so many minutes in which nothing comes of it."""
    dials(world, device, (minutes - 1) * MINUTE, step=1_000)
    return len(dials(world, device, MINUTE))


def test_after_a_goodbye_and_on_another_network_a_device_calls_less_often_than_after_a_silent_loss() -> None:
    found: dict[str, int] = {}
    for why in ("silence", "goodbye", "another network"):
        world = World(1)
        alex, sam = pair_of(world)
        world.locate(sam, alex)
        world.wait(20_000)
        if why == "goodbye":
            world.close(alex)
            world.arrive()
        else:
            if why == "another network":
                world.tell(sam, events.Moved())  # it is noticed before what it broke
            world.cut(alex, sam)
        found[why] = quiet_minutes(world, sam, 10)
    assert found["silence"] > 45
    assert found["goodbye"] <= 8
    assert found["another network"] <= 8


@pytest.mark.parametrize("minutes", [3, 15])
def test_what_both_wrote_during_a_silent_cut_is_on_both_within_two_seconds_of_its_end(minutes: int) -> None:
    world = World(minutes)
    alex, sam = pair_of(world)
    locate_both(world, alex, sam)
    world.go_on(20_000)
    world.network.part("Alex", "Sam", world.true)
    world.go_on(10_000, each=1_000)
    for device in (alex, sam):
        assert world.network.connections() == []
        write(world, device, SetFields("task", device.name, {"title": "Written apart"}))
    world.go_on(minutes * MINUTE, each=200)
    world.network.meet("Alex", "Sam")
    world.go_on(2_000, each=100)
    for device in (alex, sam):
        assert {*device.space.library.records("task/")} == {"Alex", "Sam"}


def test_while_a_network_swallows_everything_a_device_has_no_more_than_a_few_calls_under_way() -> None:
    world = World(2)
    alex, sam = pair_of(world)
    for port in range(2, 12):
        world.tell(sam, events.Locate(events.Address("Alex", port)))
    world.wait(20_000)
    world.cut(alex, sam)
    world.network.calls.clear()
    for _ in range(40):  # four seconds, in which no dial is answered
        world.wait(100)
        links = [link for link in sam.running.links.all() if link.outgoing]
        assert len(links) <= 16
    assert len(links) == 16, "those under way do not stand in the way of another try"


@pytest.mark.parametrize("news", ["moved", "a beacon", "the same beacon again", "a person writes", "a person looks"])
def test_a_device_that_calls_rarely_by_now_calls_at_once_on_any_sign_that_it_may_be_of_use(news: str) -> None:
    world = World(3)
    alex, sam = pair_of(world)
    epoch = epoch_of(world, sam)
    tags = tags_for([secret_of(sam, alex)], epoch, INSTANCE, bytes(32))
    announcement = events.Found(INSTANCE, tags, (("Alex", 7),))
    if news == "the same beacon again":
        world.tell(sam, announcement)
    world.locate(sam, alex)
    world.wait(20_000)
    world.cut(alex, sam)
    dials(world, sam, 180 * MINUTE, step=10_000)
    world.true += limits.RECONNECT_MILLISECONDS_MIN
    if news == "a person writes":
        edit = SetFields("task", "1", {"title": "Is anybody there?"})
        world.request(sam, lambda number: events.Write(number, sam.space.id, None, (edit,)))
    else:
        signs: dict[str, events.Event] = {"moved": events.Moved(), "a person looks": events.Looked()}
        world.tell(sam, signs.get(news, announcement))
    assert "Alex" in [call.host for call in called(world, sam)]
    unanswered(world, sam)
    world.tell(sam, events.Looked())
    assert called(world, sam) == [], "and not again at once"


@pytest.mark.parametrize("what", ["the same", "news", "somebody looks"])
def test_signs_that_come_all_the_time_make_nobody_call_all_the_time(what: str) -> None:
    world = World(4)
    alex, sam = pair_of(world)
    epoch = epoch_of(world, sam)
    tags = tags_for([secret_of(sam, alex)], epoch, INSTANCE, bytes(32))
    world.wait(20_000)
    world.cut(alex, sam)
    dialled: list[tuple[int, int]] = []
    for number in range(6_000):
        world.true += 10
        found = events.Found(INSTANCE, tags, (("Alex", 7 + number * (what == "news")),))
        world.tell(sam, events.Looked() if what == "somebody looks" else found)
        dialled += [(world.true, call.port) for call in unanswered(world, sam)]
    assert len({time for time, _ in dialled}) <= 60_000 / limits.RECONNECT_MILLISECONDS_MIN * 4 / 3 + limits.NEWS_BURST
    ports = {port for _, port in dialled}
    assert len(ports) <= limits.NEWS_BURST + 60_000 / limits.NEWS_EACH_MILLISECONDS + 2, "nor scan a computer's ports"


def test_addresses_of_earlier_announcements_are_called_beside_the_newest() -> None:
    world = World(5)
    alex, sam = pair_of(world)
    epoch = epoch_of(world, sam)
    secret = secret_of(sam, alex)
    for number in range(3):
        instance = bytes([number]) * 32
        addresses = ((f"10.0.0.{number}", 7), (f"fe80::{number}%2", 7))
        world.tell(sam, events.Found(instance, tags_for([secret], epoch, instance, bytes(32)), addresses))
    world.wait(20_000)
    world.cut(alex, sam)
    hosts = [call.host for call in called(world, sam)]
    assert hosts[:6] == ["10.0.0.2", "fe80::2%2", "10.0.0.1", "fe80::1%2", "10.0.0.0", "fe80::0%2"]
    assert sorted(hosts[6:]) == ["Alex"], "and where it was when they paired"


def test_of_more_addresses_than_are_called_at_once_each_gets_its_turn() -> None:
    world = World(7)
    alex, sam = pair_of(world)
    sam.running.links.peers[sam.space.id, alex.space.keys.device].addresses = ()
    alex.running.advertise((INSTANCE,))
    epoch = epoch_of(world, sam)
    secret = secret_of(sam, alex)
    world.wait(20_000)
    world.cut(alex, sam)
    others = tuple((f"a virtual network {number}", 7) for number in range(15))
    addresses = (*others, ("Alex", alex.port))
    world.tell(sam, events.Found(INSTANCE, tags_for([secret], epoch, INSTANCE, bytes(32)), addresses))
    for _ in range(12):
        world.wait(200)
        world.arrive()
    assert len(world.network.connections()) == 1


def test_a_partner_is_recognised_though_the_clocks_are_a_day_apart_and_not_by_one_more() -> None:
    world = World(6)
    alex, sam = pair_of(world)
    here = epoch_of(world, sam)
    secret = secret_of(sam, alex)
    world.wait(20_000)
    world.cut(alex, sam)
    dials(world, sam, 1_000)
    for days, recognised in ((-2, False), (-1, True), (1, True), (2, False)):
        host = f"days{days}"
        instance = host.encode().ljust(32)
        world.tell(sam, events.Found(instance, tags_for([secret], here + days, instance, bytes(32)), ((host, 7),)))
        world.wait(200)
        assert (host in {call.host for call in called(world, sam)}) is recognised


@pytest.mark.parametrize("hours", [-25, -24, -14, -2, 3, 5, 23, 25])
def test_at_a_typed_address_a_partner_is_reached_though_the_clocks_are_a_day_apart(hours: int) -> None:
    world = World(1)
    alex, sam = pair_of(world, ahead=(0, hours * HOUR_MILLISECONDS))
    world.go_on(10_000, each=200)
    assert len(sam.space.people()) == len(alex.space.people()) == 2
    world.cut(alex, sam)
    world.go_on(600, each=200)
    assert len(world.network.connections()) == 1, "and at once, the next time"


def test_a_code_that_was_on_the_screen_while_the_computer_slept_is_used_up_when_it_wakes() -> None:
    world = World(1)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = world.answer(alex, lambda number: events.CreateSpace(number, "Us", "Alex", "laptop"))
    shown = world.request(alex, lambda number: events.Invite(number, space, "12345678"))
    world.wait(1_000)
    assert shown not in alex.answers
    alex.clock.jump(limits.PAIRING_MILLISECONDS_MAX)  # the steady clock stands still meanwhile
    world.wait(200)
    assert str(alex.answers[shown]) == Mishap.UNUSED.sentence
    address = events.Address(alex.name, alex.port)
    told = world.answer(sam, lambda number: events.Join(number, "12345678", "Sam", "laptop", address))
    assert str(told) == Mishap.NOT_SHOWN.sentence


def test_on_another_network_what_was_said_on_the_last_one_is_no_reason_any_more() -> None:
    world = World(1)
    alex, sam = pair_of(world)
    world.close(sam)
    world.arrive()
    links = alex.running.links
    (peer,) = links.peers.values()
    assert links.why_not(peer, world.moment(alex).steady) == "It was closed."
    world.tell(alex, events.Moved())
    assert links.why_not(peer, world.moment(alex).steady) == SENTENCES[Cause.NOBODY]


def test_a_clock_at_the_very_beginning_keeps_no_caller_out() -> None:
    world = World(1)
    alex, _ = pair_of(world, ahead=(-START_MILLISECONDS, -START_MILLISECONDS))
    assert world.moment(alex).wall < HOUR_MILLISECONDS


def test_a_call_to_a_typed_address_is_answered_once_though_the_clock_is_set_back_to_the_hour_that_it_names() -> None:
    world = World(11)
    alex, sam = world.add("Alex"), world.add("Sam")
    world.network.announces = False
    found_space(world, ["Alex", "Sam"])

    def call(stranger: int) -> bytes:
        space, named = alex.space, hour(world.moment(alex).wall)
        keys, public = sam.space.keys, space.keys.public
        channel = Channel.initiator(keys=keys, peer=public, space=space.id, instance=named, ephemeral=world.draw(32))
        frame = channel.start()
        assert said(stranger, frame), "it is answered once"
        return frame

    def said(stranger: int, frame: bytes) -> bool:
        """Whether this first frame of somebody gets an answer."""
        world.tell(alex, events.Opened(stranger))
        answers = alex.running.handle(events.Received(stranger, frame), world.moment(alex), world.draw)
        for each in answers:
            world.effects.carry_out(alex, each)
        world.arrive()
        return any(isinstance(each, events.Send) and each.connection == stranger for each in answers)

    recorded = call(-901)
    for number in range(3):
        alex.clock.lose(10 * HOUR_MILLISECONDS)
        call(-902 - number)
    alex.clock.lose(-30 * HOUR_MILLISECONDS)
    assert not said(-906, recorded)
    world.close(alex)
    world.start(alex)
    assert not said(-907, recorded)
    call(-908)
