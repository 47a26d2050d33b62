"""Presence and live sharing between whole devices: off by default, gone on both sides at their end, written nowhere."""

import contextlib
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.domain.sharing import Live, What
from collar_sync.errors import LocalError, NotAllowed
from collar_sync.testing.device import done
from collar_sync.testing.world import World
from tests.simulation.talking import DAY, HOUR, MINUTE, Person, agree, people, written

PLACE = Live("place", "at the lake")


def sharing(world: World, alex: Person, sam: Person, until: int = 10 * DAY) -> str:
    consent = agree(alex, sam, until=until)
    alex.sharing.tell("place", "at the lake")
    world.arrive()
    assert sam.sharing.of(alex.id) == (PLACE,)
    return consent.id


def test_nothing_can_be_shared_before_everyone_named_has_granted_it() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    for _ in ("before it is proposed", "before it is granted"):
        with pytest.raises(NotAllowed, match="nothing was shared"):
            alex.sharing.tell("place", "at the lake")
        assert alex.sharing.mine() == ()
        consent = done(alex.sharing.propose("place", purpose="near", whose=[alex.id, sam.id]))
    world.arrive()
    done(sam.consents.grant(consent.id))
    with pytest.raises(NotAllowed):
        sam.sharing.tell("mood", "tired")  # another thing than was agreed on
    sam.sharing.tell("place", "at home")  # it goes both ways, and nobody has to
    world.arrive()
    assert (alex.sharing.of(sam.id), sam.sharing.of(alex.id)) == ((Live("place", "at home"),), ())


def test_who_shares_sees_it_all_the_time_and_sees_when_it_has_ended() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    sharing(world, alex, sam)
    (mine,) = alex.sharing.mine()
    assert (mine.what, mine.text, mine.to) == ("place", "at the lake", (sam.id,))
    assert mine.until == world.time(alex.device) + limits.AIR_LIFETIME_MILLISECONDS_MAX
    alex.sharing.hush("place")
    assert alex.sharing.mine() == ()


Ending = Callable[[World, Person, Person, str], None]
ENDINGS: dict[str, Ending] = {
    "the owner stops": lambda _w, alex, _sam, _id: alex.sharing.hush(),
    "the owner withdraws": lambda _w, alex, _sam, consent: _do(alex.consents.revoke(consent)),
    "the other withdraws": lambda _w, _alex, sam, consent: _do(sam.consents.revoke(consent)),
    "the owner pauses it": lambda _w, alex, _sam, consent: _do(alex.consents.pause(consent)),
    "the other pauses it": lambda _w, _alex, sam, consent: _do(sam.consents.pause(consent)),
    "the owner pauses all": lambda _w, alex, _sam, _id: _do(alex.pauses.pause()),
    "the other pauses all": lambda _w, _alex, sam, _id: _do(sam.pauses.pause()),
    "its day is over": lambda world, _alex, _sam, _id: world.wait(DAY),
    "the consent ends": lambda world, _alex, _sam, _id: world.wait(11 * DAY),
    "the owner goes offline": lambda world, _alex, _sam, _id: _part(world),
    "the owner closes the app": lambda world, alex, _sam, _id: world.close(alex.device),
    "the owner's laptop stops": lambda world, alex, _sam, _id: world.crash(alex.device),
}


def _do(act: object) -> None:
    done(act)  # type: ignore[arg-type]  # a coroutine of the domain


def _part(world: World) -> None:
    world.network.part("Alex", "Sam", world.true)


@pytest.mark.parametrize("how", ENDINGS)
def test_however_it_ends_the_other_reads_the_same_nothing(how: str) -> None:
    world, (alex, sam) = people("Alex", "Sam")
    owner = alex.id
    before = sam.sharing.of(owner)
    consent = sharing(world, alex, sam)
    ENDINGS[how](world, alex, sam, consent)
    for _ in range(16):
        world.arrive()
        world.wait(1_000)
    assert sam.sharing.of(owner) == before == ()
    assert sam.air.heard() == ()
    engine = sam.device.engine
    assert engine is not None
    assert all(hearing.word is None for ear in engine.air._ears.values() for hearing in ear.kinds.values())  # erased


@pytest.mark.parametrize("how", [each for each in ENDINGS if not {"stops", "goes", "closes"} & {*each.split()}])
def test_it_is_gone_at_its_owner_too_and_does_not_begin_again_by_itself(how: str) -> None:
    world, (alex, sam) = people("Alex", "Sam")
    consent = sharing(world, alex, sam)
    ENDINGS[how](world, alex, sam, consent)
    world.arrive()
    assert alex.sharing.mine() == ()
    for person in (alex, sam):
        _undo(person.pauses.lift)
        _undo(partial(person.consents.resume, consent))
    world.wait(1_000)
    world.arrive()
    assert (alex.sharing.mine(), sam.sharing.of(alex.id)) == ((), ())


def _undo(act: Callable[[], object]) -> None:
    try:
        _do(act())
    except LocalError:
        return


def test_whoever_said_no_is_not_told_again_when_they_say_yes_again_while_others_still_hear() -> None:
    world, (alex, sam, kim) = people("Alex", "Sam", "Kim")
    consent = agree(alex, sam).id
    agree(alex, kim)
    alex.sharing.tell("place", "at the lake")
    world.arrive()
    assert sam.sharing.of(alex.id) == kim.sharing.of(alex.id) == (PLACE,)
    done(sam.consents.pause(consent))
    world.arrive()
    assert (sam.sharing.of(alex.id), kim.sharing.of(alex.id)) == ((), (PLACE,))
    done(sam.consents.resume(consent))
    world.arrive()
    world.wait(1_000)
    world.arrive()
    assert (sam.sharing.of(alex.id), kim.sharing.of(alex.id)) == ((), (PLACE,))
    assert [each.to for each in alex.sharing.mine()] == [(kim.id,)]


@pytest.mark.parametrize("jump", [-9 * HOUR, -30 * DAY, 9 * HOUR])
def test_a_clock_that_jumps_lets_nothing_flow_or_stay_after_its_end(jump: int) -> None:
    for whose in (0, 1):
        world, both = people("Alex", "Sam")
        alex, sam = both
        sharing(world, alex, sam, until=2 * HOUR)
        both[whose].device.clock.lose(jump)
        for _ in range(13):
            world.wait(10 * MINUTE)
            world.arrive()
        assert (alex.sharing.mine(), sam.sharing.of(alex.id)) == ((), ())
        for person, other in ((alex, sam), (sam, alex)):
            with contextlib.suppress(NotAllowed):  # where a clock is behind, it does not look over yet
                person.sharing.tell("place", "again")
            world.arrive()
            assert other.sharing.of(person.id) == ()  # it is over for one of them: nothing is told, or nothing heard


def test_presence_is_off_until_its_subject_shows_it_and_one_act_hides_it_at_once() -> None:
    world, (alex, sam, kim) = people("Alex", "Sam", "Kim")
    with pytest.raises(NotAllowed):
        alex.presence.arrive()
    done(alex.presence.show(sam.id))
    alex.presence.arrive()
    world.arrive()
    assert [*sam.presence.here(), *kim.presence.here(), *alex.presence.here()] == [alex.id]
    done(alex.presence.hide())
    assert alex.air.told() == ()
    world.arrive()
    assert sam.presence.here() == set()
    with pytest.raises(NotAllowed):
        alex.presence.arrive()
    done(alex.presence.show(sam.id))
    alex.presence.arrive()
    world.arrive()
    assert sam.presence.here() == {alex.id}
    world.wait(5 * MINUTE)
    assert sam.presence.here() == set()  # an app that says nothing more is not here


@settings(max_examples=15)
@given(st.integers(0, 1 << 32))
def test_no_byte_of_a_shared_value_reaches_a_disk_or_a_change_whatever_happens(seed: int) -> None:
    world, (alex, sam, kim) = people("Alex", "Sam", "Kim", seed=seed)
    chance = world.chance
    consent = agree(alex, sam, kim, what=("place", "mood", "free"))
    marker = f"unwritten-{seed}-marker"
    everyone = [alex, sam, kim]
    for turn in range(25):
        person = chance.choice(everyone)
        what: What = chance.choice(("place", "mood", "free"))
        acts: list[Callable[[], object]] = [
            partial(person.sharing.tell, what, marker),
            partial(world.crash, person.device),
            partial(world.wait, chance.randrange(MINUTE)),
            partial(person.device.clock.jump, chance.randint(-HOUR, HOUR)),
        ]
        with contextlib.suppress(LocalError):
            chance.choices(acts, (6, 1, 4, 1))[0]()
        if turn > 15 and not chance.randrange(6):
            _undo(partial(person.consents.pause, consent.id))
        for _ in range(chance.randrange(40)):
            world.step()
        world.start(person.device)
    world.settle()
    for person in everyone:
        world.wait(2 * MINUTE)
        world.close(person.device)
        assert b"To feel near" in written(person.device.disk)
        assert marker.encode() not in written(person.device.disk)
