"""A world of people who tell each other things in passing, and what stands of it on every disk."""

from collections.abc import Sequence

import msgspec

from collar_sync.domain.agreements import Agreements
from collar_sync.domain.consents import Consent, Consents
from collar_sync.domain.pauses import Pauses
from collar_sync.domain.presence import Presence
from collar_sync.domain.sharing import Sharings, What
from collar_sync.domain.tracking import Tracking
from collar_sync.ids import PersonId
from collar_sync.testing.couple import found_space
from collar_sync.testing.device import Air, Device, done
from collar_sync.testing.disk import Disk
from collar_sync.testing.world import World

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Person:
    """One person at one device of a world, with the faces that an app has."""

    def __init__(self, world: World, device: Device) -> None:
        self.world = world
        self.device = device
        self.air = Air(world, device)
        ledger = world.ledger(device)
        self.consents = Consents(ledger)
        self.pauses = Pauses(ledger)
        self.presence = Presence(ledger, self.air)
        self.sharing = Sharings(ledger, self.consents, self.air)
        self.agreements = Agreements(ledger)
        self.tracking = Tracking(ledger, self.agreements, self.air)

    @property
    def id(self) -> PersonId:
        return self.device.space.me

    def tell(self, body: bytes, *to: "Person", kind: str = "app/line", lifetime: int = MINUTE) -> None:
        self.air.tell(kind, body, [person.device.space.me for person in to], lifetime)

    def hears(self, kind: str = "app/line") -> list[bytes]:
        return [heard.body for heard in self.air.heard() if heard.kind == kind]

    def tells(self, kind: str = "app/line") -> list[bytes]:
        return [told.body for told in self.air.told() if told.kind == kind]


def people(*names: str, seed: int = 1) -> tuple[World, list[Person]]:
    """People who share a space and are connected."""
    world = World(seed)
    for name in names:
        world.add(name)
    found_space(world, names)
    return world, [Person(world, world.devices[name]) for name in names]


def agree(owner: Person, *others: Person, until: int | None = None, what: Sequence[What] = ("place",)) -> Consent:
    """Propose and grant live sharing."""
    parties = [person.device.space.me for person in (owner, *others)]
    ends = None if until is None else owner.world.time(owner.device) + until
    consent = done(owner.sharing.propose(what, purpose="To feel near", whose=parties, parties=parties, until=ends))
    owner.world.arrive()
    for other in others:
        done(other.consents.grant(consent.id))
        owner.world.arrive()
    return owner.consents.get(consent.id)


def written(disk: Disk) -> bytes:
    """Every byte that a disk was ever given and still has: settings, changes, tips, seals."""
    parts = [name.encode() + value for name, value in disk.settings.items()]
    for document in disk.documents():
        kept = disk.load(document)
        parts += [change.raw for change in kept.log]
    parts += [msgspec.msgpack.encode(seal) for seal in disk.sealed().values()]
    parts += [chunk for seal in disk.sealed().values() if (chunk := seal.chunk)]
    return b"\0".join(parts)
