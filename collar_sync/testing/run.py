"""One run of a world from one seed: the lot decides who lives in it and what happens, a `Report` says what came of it.

A run that breaks a promise raises `Violation` with the one line that replays it exactly.
"""

import functools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Literal, get_args

import msgspec

from collar_sync import limits
from collar_sync.core import identity
from collar_sync.core.standing import LEFT, REMOVED
from collar_sync.testing.clock import HOUR_MILLISECONDS
from collar_sync.testing.couple import found_space, let_in
from collar_sync.testing.device import Device
from collar_sync.testing.disk import Disk
from collar_sync.testing.hostile import Hostile
from collar_sync.testing.invariants import Violation, remaining
from collar_sync.testing.life import Life
from collar_sync.testing.passing import last_words
from collar_sync.testing.truth import Truth
from collar_sync.testing.world import World

NAMES: Final = ("Alex", "Sam", "Kim", "Robin", "Jo")
NEWCOMER: Final = "Charlie"
NEWCOMERS: Final = (NEWCOMER, "Dana")
DEVICES_MIN: Final = 2
STEPS: Final = 150
_OWN_FROM: Final = 3  # devices, from which on two may be of one person
Hands = Literal["honest", "hostile", "splitting"]  # splitting: hostile, and it signs two histories
_CHECK_STEPS: Final = 25  # how often everything is looked at, beside what is looked at whenever it changes
_ACT_CHANCE: Final = 0.3  # of a step; in the others something arrives


class Report(msgspec.Struct, frozen=True):
    """What happened in a run, counted, and the digest that its replay must have too."""

    seed: int
    devices: int
    digest: str
    counts: dict[str, int]


def run(seed: int, devices: int | None = None, steps: int = STEPS, *, hands: Hands | None = None) -> Report:
    """Live one life of `steps` steps on 2 to 5 devices, let it come to rest, and see that every promise held.

    `hands` is in whose hands the last of the devices is; None leaves it to the lot. Raises
    `Violation`.
    """
    count = devices or random.Random(seed).randint(DEVICES_MIN, len(NAMES))  # noqa: S311  # to be replayed
    replay = f"python -m collar_sync.testing --seed {seed} --devices {count} --steps {steps}"
    if hands is not None:
        replay += f" --hands {hands}"
    try:
        world = _live(seed, count, steps, hands)
    except Violation as violation:
        raise Violation(f"{violation}\n{replay}") from violation
    except Exception as error:
        raise Violation(f"An engine or the domain raised {error!r}.\n{replay}") from error
    return Report(seed, count, world.digest(), dict(sorted(world.counts.items())))


def _live(seed: int, devices: int, steps: int, hands: Hands | None) -> World:
    own = devices >= _OWN_FROM and bool(seed % 2)
    disks, truth = paired(devices, own=own)
    world = World(seed, truth.copy())
    chance = world.chance
    names = NAMES[:devices]
    by_lot: Hands = chance.choice(get_args(Hands))
    hands = hands or by_lot
    if hands != "honest":
        world.truth.hostile_names.add(names[-1])
    for name in names:
        skew = chance.randint(-9 * HOUR_MILLISECONDS, 9 * HOUR_MILLISECONDS) if chance.randrange(2) else 0
        world.add(name, disks[name].copy(), skew)
    newcomers = [*NEWCOMERS[: chance.randrange(3)]]
    culprit = world.devices[names[-1]]
    hostile = None if hands == "honest" else Hostile(world, culprit, splitting=hands == "splitting")
    life = Life(world, newcomers, hostile)
    world.effects.distrust = 4
    with _small(chance):
        for place in range(steps):
            if chance.random() < _ACT_CHANCE or not world.step():
                life.act()
            if place % _CHECK_STEPS == 0:
                world.check_all()
        world.counts["steps"] = steps
        company = world.settle()
        world.calm()
        if _let_in_anew(world, company):
            world.settle()
        world.counts["words heard at rest"] += last_words(world, world.passing)
    return world


def _let_in_anew(world: World, company: Sequence[Device]) -> bool:
    """Whoever is in the space and can know of nobody there joins again, as it says, by a code of somebody else.

    Then nothing sets it apart any more; whether anybody had to.
    """
    members = [each for each in world.running() if each.running.spaces and not world.invariants.hostile(each)]
    lost = [each for each in members if not each.space.over and world.invariants.unheard_of(each, company)]
    world.effects.distrust = 0
    world.wait(limits.PAIRING_DELAY_MILLISECONDS_MAX)
    for device in lost:
        keys, record = device.space.keys.device, device.running.awaited(device.space)
        person = device.space.me if record is None else record.person
        for host in company:
            own = person == host.space.me
            gone = host.space.standing.why_apart(keys) in {REMOVED, LEFT}
            if gone or not (own or person == identity.person_of(keys)):
                continue  # it is not to come back, or is one more device of somebody else
            let_in(world, host, device, "87654321", own=own)
            world.counts["let in anew"] += 1
            world.arrive()
            if world.invariants.unheard_of(device, company) or device not in remaining([device, *company]):
                raise Violation(f"{device.name} was let in anew, and is still apart.")
            break
    return bool(lost)


@contextmanager
def _small(chance: random.Random) -> Iterator[None]:
    """Let chapters fill, batches grow too large for single changes, disks and peers fall behind, in one short life."""
    together = (
        {"CHAPTER_ENTRIES_MAX": chance.randint(4, 30)},
        {"BATCH_CHANGES_MAX": chance.randint(2, 12)},
        {"PENDING_BYTES_MAX": chance.randint(0, 2_000), "WAITING_BYTES_MAX": chance.randint(0, 8_000)},
        {"OUTBOX_BYTES_MAX": chance.randint(0, 3_000), "SENT_BYTES_TOLD": 1},
        {"BATCH_BYTES_MAX": chance.randint(2_000, 4_000), "SNAPSHOT_CHANGES_BYTES_MAX": 6_000},
    )
    before = {name: getattr(limits, name) for small in together for name in small}
    for small in together:
        if chance.randrange(2):
            for name, value in small.items():
                setattr(limits, name, value)  # a constant to everyone else
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(limits, name, value)


@functools.cache
def paired(devices: int, *, own: bool = False) -> tuple[dict[str, Disk], Truth]:
    """The disks of so many devices that have paired, and how they came to it; each run starts from copies.

    `own` says that the second one is another device of the first person.
    """
    world = World(0)
    names = NAMES[:devices]
    for name in names:
        world.add(name)
    found_space(world, names, names[1:2] if own else ())
    return {name: world.devices[name].disk for name in names}, world.truth


def total(reports: Sequence[Report]) -> Counter[str]:
    """All counts of several runs together."""
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update(report.counts)
    return counts
