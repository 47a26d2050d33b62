"""What removals and leavings come to: which devices this one deals with, and which words count only where they narrow.

Rules. What a removed device said counts as before inside the cut; beyond it only what narrows. The same holds for
devices of the same person that it let in beyond the cut. Whom it let in beyond the cut nobody connects with, be it a
device of its own person or somebody new; people who are nobody's but their own keep their say all the same, so a cut
that lies silences nobody. The seq of a change shows that it is inside only where the change that the cut names is here
too: then all before it are the ones that the remover held. All of it follows from what is held, whatever the order in
which that came. It knows no connection and no clock.
"""

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from collar_sync.core import identity
from collar_sync.core.membership import Enrolling, Membership, reachable
from collar_sync.core.removal import Cut
from collar_sync.core.sayings import Brought
from collar_sync.ids import DeviceId, DocumentId, StatementId

REMOVED: Final = "It was removed by the person whose device it is."
LEFT: Final = "The person whose device it is has left this record."
UNVOUCHED: Final = (
    "It was let in by a device after that one had been removed, so no connection with it is kept. "
    "If you know whose it is, allow it here."
)


class Ending(enum.StrEnum):
    """How a device came to take no part in a space any more."""

    LEFT = "left"
    REMOVED = "removed"
    ERASED = "erased"


OVER: Final[Mapping[Ending | None, str]] = {
    Ending.LEFT: (
        "You have left this record. What is here stays readable until you erase it; nothing new comes or goes."
    ),
    Ending.REMOVED: "This device was removed from here. What is on it stays readable; nothing new comes or goes.",
    Ending.ERASED: "This record was erased here. What is yours alone is still here.",
}

HashAt = Callable[[DocumentId, bytes, int], bytes | None]
Split = Callable[[DocumentId, DeviceId], bool]


def ending(membership: Membership, device: DeviceId) -> Ending | None:
    """How a device's part in a space ended, as far as what was said tells; None while it has not."""
    if device in membership.removals:
        return Ending.REMOVED
    member = membership.devices.get(device)
    return Ending.LEFT if member is not None and member.person in membership.left else None


class Cuts:
    """Whether something is inside what removals leave standing.

    `hash_at` tells the hash of an actor's change in a document where it is here, `split` whether a device was shown to
    have told two histories there: then nothing that it said there is known to be inside.
    """

    def __init__(self, hash_at: HashAt, split: Split) -> None:
        self._hash_at = hash_at
        self._split = split
        self._held: set[tuple[DocumentId, bytes, int, bytes]] = set()

    def inside(self, device: DeviceId, cut: Cut, brought: Iterable[Brought]) -> bool:
        """Whether one of the changes that brought a statement of that device is inside its cut."""
        for document, actor, seq in brought:
            line = cut.get(document, {}).get(actor)
            if line is not None and seq <= line[0] and not self._split(document, device):
                place = (document, actor, *line)
                if place in self._held:
                    return True
                if self._hash_at(document, actor, line[0]) == line[1]:
                    self._held.add(place)
                    return True
        return False


class Standing:
    """Where each device stands, as one membership has it. `brought` has the places of a statement."""

    def __init__(self, membership: Membership, cuts: Cuts, brought: Callable[[StatementId], Iterable[Brought]]) -> None:
        self._membership = membership
        self._cuts = cuts
        self._brought = brought
        self._adrift: set[DeviceId] = set()
        self._vouched: set[DeviceId] = set(membership.devices)
        if membership.cuts:
            founder = next(iter(membership.devices.keys() - membership.first.keys()))
            counting = filter(self._counts, membership.enrolments())
            self._vouched = reachable(founder, counting)
            self._adrift = self._find_adrift()

    def why_apart(self, device: DeviceId) -> str | None:
        """Why no connection with a device is kept, in words; None where it is one of those that belong here."""
        member = self._membership.devices.get(device)
        if member is None:
            return None
        if device in self._membership.removals:
            return REMOVED
        if member.person in self._membership.left:
            return LEFT
        return None if device in self._vouched else UNVOUCHED

    def beyond(self, device: DeviceId, brought: Iterable[Brought]) -> bool:
        """Whether something that a device said counts only where it narrows."""
        cut = self._membership.cuts.get(device)
        if cut is not None and not self._cuts.inside(device, cut, brought):
            return True
        return device in self._adrift

    def _counts(self, enrolling: Enrolling) -> bool:
        """Whether an enrolment was inside its enroller's cut, if that was removed."""
        cut = self._membership.cuts.get(enrolling.enroller)
        return cut is None or self._cuts.inside(enrolling.enroller, cut, self._brought(enrolling.id))

    def _find_adrift(self) -> set[DeviceId]:
        """The devices that are their person's only because a removed one let them in beyond its cut, and theirs.

        Whom another device of that person let in too, once more or before, is that one's as well.
        """
        devices, adopted = self._membership.devices, dict[DeviceId, list[DeviceId]]()
        for step in self._membership.enrolments():
            own = devices[step.enroller].person == devices[step.device].person == step.person
            if own and self._counts(step):
                adopted.setdefault(step.enroller, []).append(step.device)
        ahead = [device for device, member in devices.items() if identity.person_of(device) == member.person]
        sound = set(ahead)
        while ahead:
            news = [device for device in adopted.get(ahead.pop(), ()) if device not in sound]
            sound.update(news)
            ahead += news
        return devices.keys() - sound
