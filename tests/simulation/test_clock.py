"""Part of the Consent rule: what was seen to have ended stays so, until its person believes the clock again."""

import pytest

from collar_sync.core import events
from collar_sync.domain.consents import Consents, State
from collar_sync.testing import Device, World, done, found_space

DAY = 24 * 60 * 60 * 1000


def shift(world: World, device: Device, milliseconds: int) -> None:
    """The clock on the wall jumps; the steady one goes on."""
    device.clock.lose(milliseconds)
    world.tell(device, events.Tick())
    world.go_on()


@pytest.mark.parametrize("crash", [False, True])
def test_a_clock_that_jumps_back_revives_nothing_until_its_person_believes_it_again(*, crash: bool) -> None:
    world = World(8)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ["Alex", "Sam"])
    mine, theirs = Consents(world.ledger(alex)), Consents(world.ledger(sam))
    consent = done(mine.propose("Evenings", ["a call"], until=world.time(alex) + 7 * DAY))
    world.settle()
    done(theirs.grant(consent.id))
    world.settle()

    def state(device: Device) -> State:
        ledger = world.ledger(device)
        return Consents(ledger).get(consent.id).state(ledger.now())

    def reopened() -> None:
        world.crash(alex)
        world.start(alex)

    assert state(alex) is State.ACTIVE
    shift(world, alex, 365 * DAY)
    assert state(alex) is State.EXPIRED
    shift(world, alex, -365 * DAY)
    if crash:
        reopened()
    assert state(alex) is State.EXPIRED
    assert world.answer(alex, events.BelieveClock) is None
    assert state(alex) is State.ACTIVE
    if crash:
        reopened()
    assert state(alex) is State.ACTIVE
    shift(world, alex, 8 * DAY)
    assert state(alex) is State.EXPIRED
