"""Part of the Consent rule: what was seen to have ended stays so, until its person believes the clock again."""

import pytest

from collar_sync.core import events
from collar_sync.core.events import Now
from collar_sync.domain.consents import Consents, State
from collar_sync.testing.device import done
from tests.simulation.world import Device, SimulatedLedger, World, found_space

DAY = 24 * 60 * 60 * 1000


def shift(world: World, device: Device, milliseconds: int) -> None:
    """The clocks on the wall jump; the steady ones go on."""
    world.now = Now(world.now.wall + milliseconds, world.now.steady + 1)
    world.tell(device, events.Tick())
    world.settle()


@pytest.mark.parametrize("crash", [False, True])
def test_a_clock_that_jumps_back_revives_nothing_until_its_person_believes_it_again(*, crash: bool) -> None:
    world = World(8)
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ["Alex", "Sam"])
    mine, theirs = Consents(SimulatedLedger(world, alex)), Consents(SimulatedLedger(world, sam))
    consent = done(mine.propose("Evenings", ["a call"], until=world.now.wall + 7 * DAY))
    world.settle()
    done(theirs.grant(consent.id))
    world.settle()

    def state(device: Device) -> State:
        ledger = SimulatedLedger(world, device)
        return Consents(ledger).get(consent.id).state(ledger.now())

    assert state(alex) is State.ACTIVE
    shift(world, alex, 365 * DAY)
    assert state(alex) is State.EXPIRED
    shift(world, alex, -365 * DAY)
    if crash:
        world.crash(alex)
    assert state(alex) is State.EXPIRED
    assert world.answer(alex, events.BelieveClock) is None
    assert state(alex) is State.ACTIVE
    if crash:
        world.crash(alex)
    assert state(alex) is State.ACTIVE
    shift(world, alex, 8 * DAY)
    assert state(alex) is State.EXPIRED
