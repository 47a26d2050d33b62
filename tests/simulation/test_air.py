"""Words in passing between whole devices: who hears them, how they end, and that they are written nowhere."""

from collections.abc import Sequence

import pytest

from collar_sync import limits
from collar_sync.core import events, wire
from collar_sync.core.links import send
from collar_sync.domain.tasks import Tasks
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.testing.device import done
from tests.simulation.talking import DAY, HOUR, MINUTE, Person, agree, people, written


def test_a_word_reaches_those_it_was_told_to_and_nobody_else() -> None:
    world, (alex, sam, kim) = people("Alex", "Sam", "Kim")
    alex.tell(b"on my way", sam)
    for _ in range(3):
        while world.step():
            assert kim.hears() == []  # not for a moment
        world.wait(1_000)
    assert (sam.hears(), kim.hears(), alex.tells()) == ([b"on my way"], [], [b"on my way"])
    (heard,) = sam.air.heard()
    assert (heard.person, heard.device) == (alex.id, alex.device.space.keys.device)


def test_a_word_is_passed_on_by_nobody() -> None:
    world, (alex, sam, kim) = people("Alex", "Sam", "Kim")
    world.network.part("Alex", "Kim", world.true)
    world.wait(5_000)
    alex.tell(b"hello", sam, kim)
    for _ in range(10):
        world.arrive()
        world.wait(1_000)
    assert (sam.hears(), kim.hears()) == ([b"hello"], [])
    world.settle()
    assert kim.hears() == [b"hello"]  # told by Alex, once they met


def test_the_latest_word_of_a_kind_takes_the_place_of_the_one_before() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    alex.tell(b"one", sam)
    alex.tell(b"two", sam)
    alex.tell(b"other", sam, kind="app/other")
    world.arrive()
    assert (sam.hears(), sam.hears("app/other")) == ([b"two"], [b"other"])


def test_a_word_is_gone_on_both_sides_when_its_lifetime_ends_whatever_the_clocks_show() -> None:
    for clock in (0, -5 * HOUR):
        world, (alex, sam) = people("Alex", "Sam")
        alex.tell(b"soon gone", sam, lifetime=20_000)
        world.arrive()
        world.wait(15_000)
        assert (sam.hears(), alex.tells()) == ([b"soon gone"], [b"soon gone"])
        for person in (alex, sam):
            person.device.clock.jump(clock)
        world.wait(5_000)
        assert (sam.hears(), alex.tells()) == ([], [])


def test_a_clock_that_jumps_ahead_ends_a_word_and_one_that_jumps_back_does_not_bring_it_back() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    alex.tell(b"a while", sam, lifetime=HOUR)
    world.arrive()
    sam.device.clock.jump(2 * HOUR)  # or the laptop slept, and its steady clock with it
    assert sam.hears() == []
    sam.device.clock.jump(-2 * HOUR)
    assert sam.hears() == []
    world.wait(200)
    assert (sam.hears(), alex.tells()) == ([], [b"a while"])


def test_a_hushed_word_is_gone_at_once() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    alex.tell(b"never mind", sam)
    world.arrive()
    alex.air.hush("app/line")
    assert alex.tells() == []
    world.arrive()
    assert sam.hears() == []


def test_a_word_told_to_fewer_is_taken_back_from_the_others() -> None:
    world, (alex, sam, kim) = people("Alex", "Sam", "Kim")
    alex.tell(b"for both", sam, kim)
    world.arrive()
    alex.tell(b"for one", kim)
    world.arrive()
    assert (sam.hears(), kim.hears()) == ([], [b"for one"])


def test_a_pause_ends_every_word_on_both_sides_and_its_lift_brings_none_back() -> None:
    for pausing in (0, 1):
        world, both = people("Alex", "Sam")
        alex, sam = both
        alex.tell(b"before the pause", sam)
        world.arrive()
        done(both[pausing].pauses.pause())
        assert [*both[pausing].air.told(), *both[pausing].air.heard()] == []  # at once, before anything was sent
        world.arrive()
        assert [*alex.air.told(), *sam.air.heard()] == []
        with pytest.raises(NotAllowed):
            alex.tell(b"during it", sam)
        done(both[pausing].pauses.lift())
        world.arrive()
        world.wait(1_000)
        world.arrive()
        assert [*alex.air.told(), *sam.air.heard()] == []
        alex.tell(b"after it", sam)
        world.arrive()
        assert sam.hears() == [b"after it"]


def test_a_word_of_a_device_that_is_refused_is_gone_in_that_moment_and_others_are_still_heard() -> None:
    world, (alex, sam, kim) = people("Alex", "Sam", "Kim")
    sam.tell(b"from Sam", alex)
    kim.tell(b"from Kim", alex)
    world.arrive()
    assert sorted(alex.hears()) == [b"from Kim", b"from Sam"]
    space, device = alex.device.space.id, sam.device.space.keys.device
    world.request(alex.device, lambda number: events.Choose(number, space, device, refuse=True))
    assert alex.hears() == [b"from Kim"], "though its connection was there a moment ago"


def test_a_word_ends_by_itself_where_its_connection_has_been_gone_for_ten_seconds() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    alex.tell(b"still there?", sam, lifetime=HOUR)
    world.arrive()
    world.network.part("Alex", "Sam", world.true)
    world.wait(4_000)
    world.arrive()  # now both ends have noticed
    world.wait(limits.AIR_LOST_MILLISECONDS - 1)
    assert sam.hears() == [b"still there?"]
    world.wait(1)
    assert sam.hears() == []
    world.settle()
    assert sam.hears() == [b"still there?"]  # told again


def test_what_was_hushed_while_parted_does_not_outlast_a_new_connection() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    alex.tell(b"old", sam, lifetime=HOUR)
    alex.tell(b"kept", sam, kind="app/kept", lifetime=HOUR)
    world.arrive()
    for connection in world.network.connections():
        world.network.cut(connection, world.true)
    alex.air.hush("app/line")
    for _ in range(15):
        world.arrive()
        world.wait(1_000)
    assert (sam.hears(), sam.hears("app/kept")) == ([], [b"kept"])


def test_a_device_that_is_opened_anew_tells_nothing_of_what_it_told_before() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    alex.tell(b"from before", sam, lifetime=HOUR)
    world.arrive()
    world.crash(alex.device)
    world.start(alex.device)
    world.settle()
    world.wait(limits.AIR_LOST_MILLISECONDS)
    world.arrive()
    assert (alex.tells(), sam.hears()) == ([], [])
    alex.tell(b"anew", sam)
    world.arrive()
    assert sam.hears() == [b"anew"]


def test_a_device_that_is_opened_anew_is_heard_at_once_and_what_it_told_before_is_gone_at_once() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    for number in range(5):
        alex.tell(b"before %d" % number, sam, lifetime=HOUR)
    alex.tell(b"before", sam, kind="app/other", lifetime=HOUR)
    world.arrive()
    world.crash(alex.device)
    world.start(alex.device)
    world.settle()
    alex.tell(b"after", sam)
    world.arrive()
    assert (sam.hears(), sam.hears("app/other")) == ([b"after"], [])


def test_a_grant_that_arrives_behind_a_word_lets_it_be_heard() -> None:
    """The listener did not know yet that it may hear, and says nothing; once it knows, it is told again."""
    world, (alex, sam) = people("Alex", "Sam")
    gate, sam_engine = [False], sam.device.engine
    assert sam_engine is not None
    make = sam_engine.air._make_gate
    sam_engine.air._make_gate = lambda said, them: make(said, them) if gate[0] else lambda *_: False
    sam_engine.air._gates.clear()
    alex.tell(b"early", sam)
    world.arrive()
    assert sam.hears() == []
    gate[0] = True
    sam_engine.air._gates.clear()
    done(alex.presence.show(sam.id))  # anything that goes to core
    world.arrive()
    assert sam.hears() == [b"early"]


def test_more_words_than_an_honest_device_sends_wait_at_the_teller_and_the_latest_arrives() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    before = world.counts["messages"]
    for number in range(200):
        alex.tell(b"%d" % number, sam)
    world.arrive()
    assert world.counts["messages"] - before <= limits.AIR_BURST
    world.wait(limits.AIR_EACH_MILLISECONDS)
    world.arrive()
    assert sam.hears() == [b"199"]
    assert not sam.device.space.problems


def _shout(person: Person, other: Person, messages: Sequence[wire.Tell | wire.Hush]) -> None:
    """Altered software: messages straight into the channel, past everything that holds an honest device back."""
    device, world = person.device, person.world
    assert device.engine is not None
    world.truth.hostile_names.add(device.name)
    peer = device.engine.links.peers[device.space.id, other.device.space.keys.device]
    link = device.engine.links.get(peer.link or 0)
    out: list[events.Effect] = []
    assert link is not None
    send(link, map(wire.encode, messages), out)
    for effect in out:
        world.effects.carry_out(device, effect)


def test_a_flood_is_dropped_and_one_that_goes_on_closes_the_connection_and_names_the_device() -> None:
    world, (alex, sam, kim) = people("Alex", "Sam", "Kim")
    flood = [wire.Tell(b"overflow", each, "app/line", b"%d" % each, MINUTE) for each in range(1, 500)]
    _shout(sam, alex, flood[:60])
    world.arrive()
    assert alex.hears() == [b"%d" % (2 * limits.AIR_BURST)]  # what came beyond was dropped
    assert not alex.device.space.problems
    _shout(sam, alex, [wire.Hush(b"overflow", 501, "app/line")])
    world.arrive()
    assert alex.hears() == []  # a hush is never dropped
    _shout(sam, alex, [wire.Hush(b"overflow", 503, "app/never told")])  # nor of what is still on its way elsewhere
    world.arrive()
    world.wait(MINUTE)
    _shout(sam, alex, [wire.Tell(b"overflow", 502, "app/never told", b"late", MINUTE)])
    world.arrive()
    assert alex.hears("app/never told") == []
    _shout(sam, alex, flood)
    world.arrive()
    assert any("Sam's laptop was refused" in problem and "faster" in problem for problem in alex.device.space.problems)
    kim.tell(b"calm", alex)
    world.arrive()
    assert alex.hears() == [b"calm"]


def test_a_peer_cannot_take_more_memory_than_its_kinds() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    for start in range(1, 200, 20):
        words = [wire.Tell(b"manykind", each, f"app/{each}", bytes(2_048), MINUTE) for each in range(start, start + 20)]
        _shout(sam, alex, words)
        world.arrive()
        world.wait(30 * limits.AIR_EACH_MILLISECONDS)
        world.arrive()
    engine = alex.device.engine
    assert engine is not None
    assert all(len(ear.kinds) <= limits.AIR_KINDS_MAX for ear in engine.air._ears.values())
    assert len(alex.air.heard()) == limits.AIR_KINDS_MAX


def test_numbers_and_openings_decide_not_the_order_of_arrival() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    _shout(sam, alex, [wire.Tell(b"opening1", 5, "app/line", b"new", MINUTE)])
    _shout(sam, alex, [wire.Tell(b"opening1", 4, "app/line", b"old", MINUTE)])
    world.arrive()
    assert alex.hears() == [b"new"]
    _shout(sam, alex, [wire.Hush(b"opening1", 6, "app/line"), wire.Tell(b"opening1", 5, "app/line", b"new", MINUTE)])
    world.arrive()
    assert alex.hears() == []


def test_a_word_that_is_told_again_ends_when_it_would_have_ended_however_long_that_took() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    again = wire.Tell(b"opening1", 5, "app/line", b"for a minute", MINUTE)
    _shout(sam, alex, [again])
    world.arrive()
    world.wait(30_000)
    _shout(sam, alex, [again])  # as if it had been on its way all the while
    world.arrive()
    world.wait(29_999)
    assert alex.hears() == [b"for a minute"]
    world.wait(1)
    assert alex.hears() == []
    _shout(sam, alex, [again])
    world.arrive()
    assert alex.hears() == []
    _shout(sam, alex, [wire.Tell(b"opening1", 6, "app/line", b"another", MINUTE)])
    world.arrive()
    assert alex.hears() == [b"another"]


@pytest.mark.parametrize(
    ("kind", "body", "lifetime"),
    [
        ("", b"", MINUTE),
        ("app/" + "x" * limits.AIR_KIND_CHARACTERS_MAX, b"", MINUTE),
        ("app/line", bytes(limits.AIR_BODY_BYTES_MAX + 1), MINUTE),
        ("app/line", b"", 0),
        ("app/line", b"", DAY + 1),
    ],
)
def test_a_word_beyond_a_bound_is_refused_at_the_call(kind: str, body: bytes, lifetime: int) -> None:
    _, (alex, sam) = people("Alex", "Sam")
    with pytest.raises(InvalidInput):
        alex.tell(body, sam, kind=kind, lifetime=lifetime)
    assert alex.air.told() == ()


def test_one_more_kind_than_are_told_at_once_is_refused_and_those_that_are_told_stay() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    for number in range(limits.AIR_KINDS_MAX):
        alex.tell(b"x", sam, kind=f"app/{number}")
    with pytest.raises(InvalidInput, match="Stop one"):
        alex.tell(b"x", sam, kind="app/more")
    world.arrive()
    assert len(sam.air.heard()) == limits.AIR_KINDS_MAX


def test_no_byte_of_a_word_is_on_any_disk() -> None:
    world, (alex, sam, kim) = people("Alex", "Sam", "Kim")
    secret = b"unwritten-marker-7f3a"
    for person in (alex, sam, kim):
        person.tell(secret, *(other for other in (alex, sam, kim) if other is not person), lifetime=DAY)
    world.arrive()
    assert sam.hears() == [secret, secret]
    done(kim.presence.show(alex.id))
    done(Tasks(world.ledger(kim.device)).promise("written-marker-91c2"))
    world.settle()
    for person in (alex, sam, kim):
        world.wait(2 * MINUTE)  # documents that are quiet are sealed
        world.arrive()
        world.close(person.device)
        assert b"written-marker-91c2" in written(person.device.disk)  # the search finds what was written
        assert secret not in written(person.device.disk)


def test_who_takes_no_part_any_more_is_told_so_and_tells_nobody_anything() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    agree(alex, sam)
    alex.sharing.tell("place", "by the sea")
    world.answer(alex.device, lambda number: events.Leave(number, alex.device.space.id, tell=False))
    for tell in (lambda: alex.sharing.tell("place", "at home"), lambda: alex.tell(b"a line", sam)):
        with pytest.raises(NotAllowed, match="You have left this record"):
            tell()
    assert not alex.air.told()
