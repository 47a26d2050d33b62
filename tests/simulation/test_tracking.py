"""Own entries about a habit between whole devices: shown while all agree, gone at the end, on no disk but their own."""

import contextlib
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.domain.agreements import Agreement, Reflection
from collar_sync.domain.tracking import Shown
from collar_sync.errors import LocalError
from collar_sync.testing.device import done
from collar_sync.testing.world import World
from tests.simulation.talking import DAY, HOUR, MINUTE, Person, people, written

HABIT = "lights out by eleven"
WORDS = "a little later than that"
CLEAR = Reflection(need="sleep that carries us", free_to_refuse=True, source="clarity")


def tracked(owner: Person, *others: Person) -> Agreement:
    parties = [person.device.space.me for person in (owner, *others)]
    made = done(owner.agreements.propose("tracking", [HABIT], CLEAR, parties=parties))
    owner.world.arrive()
    for other in others:
        done(other.agreements.grant(made.id))
        owner.world.arrive()
    return made


def note(person: Person, made: Agreement) -> None:
    done(person.tracking.write(made.id, HABIT, f"unwritten-{person.device.name}-marker"))


def showing(world: World, alex: Person, sam: Person) -> Agreement:
    made = tracked(alex, sam)
    entry = done(alex.tracking.write(made.id, HABIT, WORDS))
    world.arrive()
    assert sam.tracking.of(alex.id) == (Shown(made.id, alex.id, HABIT, entry.day, WORDS),)
    return made


Ending = Callable[[World, Person, Person, str], object]
ENDINGS: dict[str, Ending] = {
    "the author withdraws": lambda _w, alex, _sam, agreed: done(alex.agreements.revoke(agreed)),
    "the other withdraws": lambda _w, _alex, sam, agreed: done(sam.agreements.revoke(agreed)),
    "the author pauses it": lambda _w, alex, _sam, agreed: done(alex.agreements.pause(agreed)),
    "the other pauses it": lambda _w, _alex, sam, agreed: done(sam.agreements.pause(agreed)),
    "the author pauses all": lambda _w, alex, _sam, _id: done(alex.pauses.pause()),
    "the other pauses all": lambda _w, _alex, sam, _id: done(sam.pauses.pause()),
    "it ends": lambda world, _alex, _sam, _id: world.wait(15 * DAY),
    "the author takes it back": lambda _w, alex, _sam, _id: done(alex.tracking.remove(alex.tracking.mine()[0].id)),
    "the author goes offline": lambda world, _alex, _sam, _id: world.network.part("Alex", "Sam", world.true),
    "the author closes the app": lambda world, alex, _sam, _id: world.close(alex.device),
    "the author's laptop stops": lambda world, alex, _sam, _id: world.crash(alex.device),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_however_it_ends_nothing_of_it_is_left_with_the_other(how: str) -> None:
    world, (alex, sam) = people("Alex", "Sam")
    author = alex.id
    made = showing(world, alex, sam)
    ENDINGS[how](world, alex, sam, made.id)
    for again in (False, True):
        for _ in range(16):
            world.arrive()
            world.wait(1_000)
        assert sam.tracking.of(author) == ()
        assert sam.air.heard() == ()
        engine = sam.device.engine
        assert engine is not None
        assert all(
            hearing.word is None for ear in engine.air._ears.values() for hearing in ear.kinds.values()
        )  # erased
        for person in (alex, sam) if not again else ():
            if person.device.engine is not None:
                person.tracking.tell()
    world.close(sam.device)
    assert WORDS.encode() not in written(sam.device.disk)
    assert HABIT.encode() in written(sam.device.disk), "what was agreed on is"


def test_what_holds_again_is_shown_again_and_so_it_is_after_the_next_opening() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    made = showing(world, alex, sam)
    shown = sam.tracking.of(alex.id)
    done(sam.agreements.pause(made.id))
    world.arrive()
    alex.tracking.tell()
    assert alex.air.told() == ()
    done(sam.agreements.resume(made.id))
    world.arrive()
    alex.tracking.tell()
    world.arrive()
    assert sam.tracking.of(alex.id) == shown
    author = alex.id
    world.close(alex.device)
    world.start(alex.device)
    for _ in range(limits.AIR_LOST_MILLISECONDS // 1_000 + 2):
        world.arrive()
        world.wait(1_000)
    assert sam.tracking.of(author) == ()
    alex.tracking.tell()
    world.arrive()
    assert sam.tracking.of(author) == shown


@pytest.mark.parametrize("jump", [-9 * HOUR, -30 * DAY, 9 * HOUR])
def test_a_clock_that_jumps_shows_nothing_after_the_end(jump: int) -> None:
    for whose in (0, 1):
        world, both = people("Alex", "Sam")
        alex, sam = both
        showing(world, alex, sam)
        both[whose].device.clock.lose(jump)
        for _ in range(16):
            world.wait(DAY)
            for person in both:
                person.tracking.tell()
            world.arrive()
        assert sam.tracking.of(alex.id) == ()


@settings(max_examples=12)
@given(st.integers(0, 1 << 32))
def test_no_byte_of_an_entry_reaches_a_disk_of_anybody_else_whatever_happens(seed: int) -> None:
    world, everyone = people("Alex", "Sam", "Kim", seed=seed)
    chance = world.chance
    made = tracked(*everyone)
    for turn in range(25):
        person = chance.choice(everyone)
        acts: list[Callable[[], object]] = [
            partial(note, person, made),
            person.tracking.tell,
            partial(world.crash, person.device),
            partial(world.wait, chance.randrange(MINUTE)),
            partial(person.device.clock.jump, chance.randint(-HOUR, HOUR)),
        ]
        with contextlib.suppress(LocalError):
            chance.choices(acts, (6, 3, 1, 4, 1))[0]()
        if turn > 15 and not chance.randrange(6):
            with contextlib.suppress(LocalError):
                done(person.agreements.pause(made.id))
        for _ in range(chance.randrange(40)):
            world.step()
        world.start(person.device)
    world.settle()
    wrote = {person.device.name for person in everyone if person.tracking.mine()}
    for person in everyone:
        world.wait(2 * MINUTE)
        world.close(person.device)
    for person in everyone:
        for name in ("Alex", "Sam", "Kim"):
            marker = f"unwritten-{name}-marker".encode()
            assert (marker in written(person.device.disk)) == (name == person.device.name and name in wrote)


def test_what_waits_for_the_disk_for_oneself_alone_keeps_nobody_from_hearing_that_all_else_is_stored() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    made = tracked(alex, sam)
    world.crash(sam.device)  # it remembers nothing of what others had confirmed
    world.arrive()
    world.start(sam.device)
    while not world.network.waiting():
        if not world.step():
            world.wait(200)
    note(alex, made)
    for _ in range(20):
        for end in world.network.waiting():
            while end.arriving:
                world.effects.deliver(end)
    assert alex.device.writing, "it is not on the disk"
    assert connected(sam), "and they have told each other what they have"
    world.settle()


def connected(person: Person) -> bool:
    links = person.device.running.links.of_space(person.device.space.id)
    return any(link.session is not None and link.session.greeted for link in links)
