"""How the devices of a world come together: one founds a space, the others join it by a code, as people do."""

from collections.abc import Sequence

from collar_sync.core import events
from collar_sync.errors import CollarError
from collar_sync.ids import SpaceId
from collar_sync.testing.device import Device
from collar_sync.testing.world import World


def found_space(world: World, names: Sequence[str], own: Sequence[str] = ()) -> SpaceId:
    """The first device founds a space, the others join it by code, as people do; `own` are more of the first person."""
    first, *others = (world.devices[name] for name in names)
    space: SpaceId = world.answer(first, lambda number: events.CreateSpace(number, "Us", first.name, "laptop"))
    world.settle()
    for place, other in enumerate(others):
        let_in(world, first, other, f"1234567{place}", own=other.name in own)
        world.settle()
    return space


def let_in(world: World, host: Device, newcomer: Device, code: str, *, own: bool = False) -> None:
    """One person shows a code and another types it; raises what either is told instead.

    What either of them tried before, and nobody answered, they stop.
    """
    for device in (host, newcomer):
        give_up(world, device)
    world.request(host, lambda number: events.Invite(number, host.space.id, code, own))
    address = events.Address(host.name, host.port)
    joined = world.answer(newcomer, lambda number: events.Join(number, code, newcomer.name, "laptop", address))
    if isinstance(joined, CollarError):
        raise joined


def give_up(world: World, device: Device) -> None:
    """A person stops showing a code, or looking for whoever shows one."""
    for number in device.asked:
        world.tell(device, events.Cancel(number))
    device.asked.clear()
