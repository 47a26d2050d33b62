"""What an act answers where something else happens while it is done: what was written or told, never a bare error."""

from collections.abc import Callable, Iterable

from collar_sync.core.edits import Edit
from collar_sync.domain.limit import Limits
from collar_sync.domain.sharing import Sharings
from collar_sync.ids import PersonId, StatementId
from collar_sync.testing import Device, World
from collar_sync.testing.device import Air, Ledger, done
from collar_sync.testing.run import paired
from tests.simulation.talking import agree, people


class Meanwhile(Ledger):
    """A device's space, in which something happens before a write returns."""

    def __init__(self, world: World, device: Device, happens: Callable[[], None]) -> None:
        super().__init__(world, device)
        self._happens = happens

    async def write(self, *edits: Edit, at: int | None = None) -> tuple[StatementId, ...]:
        said = await super().write(*edits, at=at)
        self._happens()
        return said


def test_a_limit_that_ones_other_device_loosens_while_it_is_reworded_is_answered_as_it_was_written() -> None:
    disks, truth = paired(2, own=True)
    world = World(1, truth.copy())
    laptop, tablet = (world.add(name, disks[name].copy()) for name in ("Alex", "Sam"))
    world.settle()
    there = Limits(world.ledger(tablet))

    def loosened() -> None:
        world.arrive()
        for each in there.standing():
            done(there.loosen(each.id))
        world.arrive()

    stated = done(Limits(world.ledger(laptop)).set("No calls at work"))
    reworded = done(Limits(Meanwhile(world, laptop, loosened)).reword(stated.id, "No calls before six"))
    assert (reworded.text, reworded.person) == ("No calls before six", laptop.space.me)
    assert Limits(world.ledger(laptop)).standing() == ()


class Late(Air):
    """The words in passing of a device, where some time goes by before telling returns."""

    def __init__(self, world: World, device: Device) -> None:
        super().__init__(world, device)
        self._world = world

    def tell(self, kind: str, body: bytes, to: Iterable[PersonId], lifetime_milliseconds: int) -> None:
        super().tell(kind, body, to, lifetime_milliseconds)
        self._world.true += lifetime_milliseconds


def test_what_is_shared_and_over_at_once_is_answered_as_it_was_told() -> None:
    world, (alex, sam) = people("Alex", "Sam")
    agree(alex, sam)
    ledger = world.ledger(alex.device)
    told_at = ledger.now()
    shared = Sharings(ledger, alex.consents, Late(world, alex.device)).tell("place", "here", lifetime_milliseconds=1)
    assert (shared.text, shared.to, shared.until) == ("here", (sam.id,), told_at + 1)
    assert alex.sharing.mine() == ()
