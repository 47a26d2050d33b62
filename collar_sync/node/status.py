"""The truth about the other devices of a space: what each has confirmed, what waits, and why it is not connected.

It works out nothing that the core does not know. Of another's device it tells the day and never the minute, and never
where on a network it is.
"""

import zoneinfo
from datetime import UTC, date, datetime
from typing import Final

import msgspec

from collar_sync.core import session
from collar_sync.core.company import REFUSED
from collar_sync.core.engine import Engine
from collar_sync.core.events import Now
from collar_sync.core.peers import Peer
from collar_sync.core.space import Space
from collar_sync.core.standing import UNVOUCHED
from collar_sync.ids import DeviceId, DocumentId, PersonId

_UNFINISHED: Final = (
    "It was let in from here and has not finished joining, so it holds nothing of this record yet. It goes on by "
    "itself, once both laptops are on and in one network. If it does not, show a new code and join with it there once "
    "more: it stays the same device."
)
_SPONSOR: Final = "The device that invited you"  # before the first sync has told its name


class StoredThere(msgspec.Struct, frozen=True):
    """How much of one document a device has confirmed to be on its disk, of how much there is here, in changes.

    Stored is not read. A device that was never met has confirmed nothing, whatever others passed on to it.
    """

    document: DocumentId
    here: int
    there: int


class DeviceStatus(msgspec.Struct, frozen=True):
    """The truth about one other device. Stored there is not read by anyone."""

    device: DeviceId
    device_name: str
    person: PersonId | None
    person_name: str
    connected: bool
    """Whether it is there now, and has said what it has."""
    last_reached: date | None
    """The day on which it was there last, as this device's zone has it; None where it never was."""
    stored: tuple[StoredThere, ...]
    """What it has confirmed of each shared document, documents sorted."""
    waiting_in: int | None
    """Changes that it said it has and that are not here yet; None while it is not there to say."""
    why: str | None
    """Why it is not connected, in words to act on; None while it is."""
    apart: bool
    """Whether no connection with it is kept, so that it gets nothing; `why` tells the reason."""
    allowable: bool
    """Whether it is this person's own choice here to connect with it again, by `Devices.allow`."""

    @property
    def waiting_out(self) -> int:
        """How many changes it has not confirmed to be on its disk."""
        return sum(each.here - each.there for each in self.stored)

    @property
    def in_step(self) -> bool:
        """Connected, and nothing waits in either direction."""
        return self.connected and self.waiting_out == 0 and self.waiting_in == 0


def status(space: Space, engine: Engine, peer: Peer, now: Now, zone: str) -> DeviceStatus:
    """The status of one peer."""
    device = space.membership.devices.get(peer.key[1])
    person = space.people()[device.person] if device else None
    link = engine.links.get(peer.link) if peer.link is not None else None
    talk = link.session if link is not None else None
    why = engine.links.why_not(peer, now.steady)
    return DeviceStatus(
        device=peer.key[1],
        device_name=device.name if device else _SPONSOR,
        person=person.id if person else None,
        person_name=person.name if person else "",
        connected=why is None,
        last_reached=None if peer.last_reached is None else _day(peer.last_reached, zone),
        stored=()
        if peer.apart is not None  # nothing waits for a device that gets nothing
        else tuple(StoredThere(*each) for each in session.confirmed(space, peer.stored)),
        waiting_in=talk.lacking() if talk is not None and why is None else None,
        why=why and (_unfinished(space, peer) or why),
        apart=peer.apart is not None,
        allowable=peer.apart is not None and peer.apart.reason in {REFUSED, UNVOUCHED},
    )


def _unfinished(space: Space, peer: Peer) -> str | None:
    """What to say of a device that this one let in, and that was never seen to have anything of the space."""
    first = space.membership.first.get(peer.key[1])
    ours = first is not None and first.enroller == space.keys.device
    return _UNFINISHED if ours and peer.link is None and peer.apart is None and not peer.stored else None


def _day(moment: int, zone: str) -> date:
    when = datetime.fromtimestamp(moment / 1000, UTC)
    try:
        return when.astimezone(zoneinfo.ZoneInfo(zone)).date()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return when.date()
