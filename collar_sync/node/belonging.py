"""Devices and people coming and going, as an app sees it: which devices there are, and the ways to part.

Each act is this person's own, at once and for good where it says so. Nobody removes another's device, and nobody
expels anybody.
"""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from collar_sync.core import events
from collar_sync.core.space import Space as State
from collar_sync.domain.given import careful
from collar_sync.ids import DeviceId, PersonId, SpaceId
from collar_sync.node.runner import Runner

_NAMED_MAX: Final = 5  # by one notice: altered software could let in a crowd


class KnownDevice(msgspec.Struct, frozen=True):
    """A device that is or was in the space, and whose it is."""

    id: DeviceId
    name: str
    person: PersonId
    person_name: str
    mine: bool
    """Whether it is one of this person's own."""
    here: bool
    """Whether it is this very device."""
    let_in_by: DeviceId | None
    """None for the device of the space's founder."""
    apart: str | None
    """Why no connection with it is kept here, in words; None where one is."""


@careful
class Devices:
    """The devices of one space."""

    def __init__(self, space: SpaceId, state: Callable[[], State], runner: Runner) -> None:
        self._space = space
        self._state = state
        self._runner = runner

    def all(self) -> tuple[KnownDevice, ...]:
        """Every device that was ever let in, this one included, ids sorted."""
        return tuple(self._known(device) for device in sorted(self._state().membership.devices))

    def mine(self) -> tuple[KnownDevice, ...]:
        """This person's own devices that were not removed."""
        return tuple(each for each in self.all() if each.mine and each.id not in self._state().membership.removals)

    async def remove(self, device: DeviceId) -> None:
        """Remove one of this person's own devices, for good: a lost one, or one that is given away, this one too.

        It is told when it is next met, and gets nothing new. What it said before stays; of what it says from now on
        only a pause, a no or a withdrawal counts. What is on it already cannot be called back. Raises `NotAllowed`.

        Rule (People and devices): each removes only their own devices; nobody expels anybody.
        """
        await self._request(lambda number: events.RemoveDevice(number, self._space, device))

    async def refuse(self, device: DeviceId) -> None:
        """Keep no connection with that device from here, at once. It is told nothing; its calls get no answer.

        It can be taken back with `allow`. Others may still pass on what either of the two writes.

        Rule (People and devices): refusing another's device is local, instant and one-sided.
        """
        await self._request(lambda number: events.Choose(number, self._space, device, refuse=True))

    async def allow(self, device: DeviceId) -> None:
        """Connect with that device again, also where the one that let it in had been removed before.

        Rule (People and devices): one's own choice on this device, as the refusal that it ends.
        """
        await self._request(lambda number: events.Choose(number, self._space, device, refuse=False))

    async def leave(self, *, tell: bool) -> None:
        """Stop taking part in the space, as `Space.leave`.

        Rule (People and devices): each leaves by their own act, at once; it announces nothing unless chosen.
        """
        await self._request(lambda number: events.Leave(number, self._space, tell))

    async def erase(self, *, private: bool) -> None:
        """Wipe the space, as `Space.erase`.

        Rule (People and devices): a local yes on this device, for this device only; the journal is untouched.
        """
        await self._request(lambda number: events.Erase(number, self._space, private))

    def notices(self) -> tuple[str, ...]:
        """Which devices of this person others of them let in or removed, and whom any device but this one let in.

        Rule (People and devices): what is enrolled or removed for a person is announced on all of their devices.
        """
        state = self._state()
        me, devices = state.keys.device, state.membership.devices
        let_in = (
            f"{each.name} is one of your devices here, let in by {state.device_name(each.let_in_by)}. "
            "If it is not yours, remove it."
            for each in self.mine()
            if not each.here and each.let_in_by is not None and each.let_in_by != me
            if devices[each.let_in_by].person == state.me
        )
        removed = (
            f"{state.device_name(device)} is no device of yours here any more: {state.device_name(part.by)} removed "
            f"it. If that was not you, remove {state.device_name(part.by)} too."
            for device, parts in state.membership.removals.items()
            if devices[device].person == state.me
            for part in parts
            if part.by not in {device, me}
        )
        return (*let_in, *removed, *self._company())

    def _company(self) -> Iterator[str]:
        """Whom other devices let in, and what that means: one sentence for each that did, however many it brings.

        This person's own are among them: whoever has a lost one in their hands could let in anybody. It asks no clock,
        so it names also those who were here before this person or this device.
        """
        state = self._state()
        devices, people = state.membership.devices, state.people()
        brought: dict[DeviceId, list[str]] = {}
        for device, first in state.membership.first.items():
            newcomer, by = people[devices[device].person], devices[first.enroller].person
            elsewhere = first.enroller != state.keys.device
            if elsewhere and newcomer.id not in {by, state.me} and not newcomer.left:
                brought.setdefault(first.enroller, []).append(newcomer.name)
        for by_device, called in sorted(brought.items()):
            names = sorted(called)[:_NAMED_MAX]
            names += [f"{len(called) - _NAMED_MAX} more"] if len(called) > _NAMED_MAX else []
            one = len(names) == 1
            who = names[0] if one else f"{', '.join(names[:-1])} and {names[-1]}"
            mine = devices[by_device].person == state.me and by_device not in state.membership.removals
            yield (
                f"{who} {'is' if one else 'are'} in this record, let in by {state.device_name(by_device)}, and "
                f"{'reads' if one else 'read'} everything in it, also what was written before."
            ) + (f" If that was not you, remove {state.device_name(by_device)}." if mine else "")

    def problems(self) -> tuple[str, ...]:
        """Who tried to remove what is not theirs."""
        state = self._state()
        return tuple(
            f"{state.device_name(by)} tried to remove {state.device_name(device)}, and only the person whose device "
            "it is can do that. It had no effect."
            for by, device in sorted(state.membership.forged)
        )

    def _known(self, device: DeviceId) -> KnownDevice:
        state = self._state()
        member = state.membership.devices[device]
        first = state.membership.first.get(device)
        return KnownDevice(
            id=device,
            name=member.name,
            person=member.person,
            person_name=state.people()[member.person].name,
            mine=member.person == state.me,
            here=device == state.keys.device,
            let_in_by=first.enroller if first is not None else None,
            apart=state.standing.why_apart(device),
        )

    async def _request(self, make: Callable[[int], events.Event]) -> None:
        _, done = self._runner.request(make)
        await done
