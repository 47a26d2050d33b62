"""One person's laptop: the node, open or not, and which space is looked at.

It holds what outlives a browser window and no window may decide alone. It writes nothing into a space beyond founding
one: the rest is for `actions`, through the domain; how two laptops pair is in `meeting`. A bell rings whenever a page
would look different.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

from collar_sync.domain.pause import PauseState
from collar_sync.errors import CollarError, InvalidInput, NotFound
from collar_sync.ids import DeviceId, StatementId
from collar_sync.node import Device, DeviceStatus, Space
from demo_app import network
from demo_app.backups import Backups
from demo_app.bell import Bell
from demo_app.here import Here
from demo_app.lock import Lock
from demo_app.meeting import Meeting, Pairing, cancel
from demo_app.network import Address

SPACE_NAME: Final = "Ours"
DEVICE_NAME: Final = "laptop"  # whose it is stands before it wherever it is read

Stage = Literal["firstRun", "unnamed", "unlock", "open"]


class Laptop:
    """One data directory and its node, opened by `opening`. `neighbour` is where the other half of a --duo listens."""

    def __init__(
        self,
        directory: Path,
        *,
        name_hint: str = "",
        neighbour: Callable[[], Address | None] = lambda: None,
        opening: Callable[[Path, str], Awaitable[Device]] = Device.open,
    ) -> None:
        self.bell: Final = Bell()
        self.here: Final = Here()
        self.backups: Final = Backups(directory, self.bell)
        self.name_hint: Final = name_hint
        self.aloud = False  # whether the browser shows notices of the system, by its person's choice
        self._zone = "UTC"
        self.quitting = False
        self._directory = directory
        self._meeting: Final = Meeting(self.bell, neighbour)
        self._opening = opening
        self._device: Device | None = None
        self._space: Space | None = None
        self._lock: Lock | None = None
        self._hidden = False
        self._watching: asyncio.Task[None] | None = None
        self._reached: set[tuple[DeviceId, StatementId]] = set()

    @property
    def zone(self) -> str:
        """The IANA time zone of this laptop's person, as the browser says it; UTC where that name is not known here."""
        return self._zone

    @zone.setter
    def zone(self, name: str) -> None:
        self._zone = name
        if self._device is not None:
            with contextlib.suppress(InvalidInput):
                self._device.zone = name

    def looked_at(self) -> None:
        """Its person is here: whoever is missing is called at once."""
        if self._device is not None:
            self._device.looked_at()

    @property
    def stage(self) -> Stage:
        """Which way in the page shows, or that it is open."""
        if self._device is None:
            return "unlock" if Device.exists(self._directory) else "firstRun"
        if self._hidden:
            return "unlock"
        return "open" if self._space is not None else "unnamed"

    @property
    def space(self) -> Space | None:
        """The space that is looked at; there also behind the lock, so that Pause works."""
        return self._space

    @property
    def records(self) -> Sequence[Space]:
        """Every record on this laptop, the one that is looked at first: what is one's own lies beside any of them."""
        spaces = self._device.spaces if self._device is not None else ()
        return sorted(spaces, key=lambda each: each is not self._space)

    @property
    def address(self) -> Address | None:
        """Where this node can be reached from this machine, while it is open."""
        return ("127.0.0.1", self._device.port) if self._device is not None else None

    # --- the way in and out ---

    async def start(self, name: str, passphrase: str) -> None:
        """First run: make the store, and a space of one's own."""
        if Device.exists(self._directory):
            raise InvalidInput("There is a record on this laptop already. Reload the page to open it.")
        await self._open(passphrase)
        await self.found(name)

    async def found(self, name: str) -> None:
        """Make a space of one's own, where there is none yet."""
        device = self._opened()
        if self._space is None:
            self._space = await device.create_space(SPACE_NAME, me=name, device_name=DEVICE_NAME)
        self.bell.ring()

    async def unlock(self, passphrase: str) -> None:
        """Open the store, or lift the lock that hiding put before it; raises `WrongPassphrase`."""
        if self._device is None or self._lock is None:
            await self._open(passphrase)
        else:
            await asyncio.to_thread(self._lock.check, passphrase)
        self._hidden = False
        self.bell.ring()

    def hide(self) -> None:
        """Lock every window of this laptop. The node goes on in the background, and Pause still works."""
        self._hidden = self._device is not None
        self.here.stop()
        self.bell.ring()

    async def close(self) -> None:
        """Close the node; everything that was confirmed is on the disk."""
        self.quitting = True
        self.here.stop()
        self.bell.ring()
        await self._meeting.close()
        await cancel(self._watching)
        await self.backups.close()
        if self._device is not None:
            await self._device.close()
            self._device, self._space = None, None

    async def new_passphrase(self, old: str, new: str) -> None:
        """Open with another passphrase from now on, behind the lock too; raises `WrongPassphrase`, `InvalidInput`."""
        lock = await asyncio.to_thread(Lock, new)
        await self._opened().new_passphrase(old, new)
        self._lock = lock

    def back_up(self, target: str) -> None:
        """Begin to write everything to one encrypted file; how far it is, and what came of it, is in `backups`."""
        self.backups.begin(self._opened(), target)

    async def believe_clock(self) -> None:
        """Believe the clock of this laptop again, after it had once been set too far ahead."""
        await self._opened().believe_clock()

    def quit(self) -> None:
        """Ask for the end: whoever runs this laptop closes it."""
        self.quitting = True
        self.bell.ring()

    # --- which space ---

    def choices(self) -> Sequence[Space]:
        """The spaces worth choosing between: the one looked at, those begun here, and those with something in them."""
        if self._device is None:
            return ()
        return [
            each
            for each in self._device.spaces
            if _is_here(each) and (each is self._space or each.name != SPACE_NAME or _has_something(each))
        ]

    async def begin(self, title: str, called: str) -> None:
        """Found one more space, of that title, and look at it; this person is `called` as they are here, or otherwise.

        Raises `InvalidInput` where one of that title is here already: nobody could tell the two apart.
        """
        mine, title = self._looked_at(), " ".join(title.split())
        if any(each.name == title for each in self._opened().spaces if _is_here(each)):
            raise InvalidInput("You have a record of that name. Choose another, so that you can tell the two apart.")
        await self.stop_pairing()
        me = called.strip() or mine.people()[mine.me].chosen
        self._look_at(await self._opened().create_space(title, me=me, device_name=DEVICE_NAME))

    def choose(self, space_id: str) -> None:
        """Look at another of this laptop's spaces."""
        for each in self._opened().spaces:
            if each.id == space_id:
                self._meeting.forget()
                self._look_at(each)
                return
        raise NotFound("There is no such record on this laptop.")

    async def erase(self, *, receipt: bool, private: bool) -> None:
        """Wipe the space that is looked at from here, and look at another; a fresh one of one's own, where none is."""
        space = self._looked_at()
        name = space.people()[space.me].chosen
        await self.stop_pairing()
        self.here.stop()
        self._space = self._likeliest(other_than=space)  # nothing may look at one that is half gone
        await self.found(name)
        try:
            await space.erase(receipt=receipt, private=private)
        except CollarError:
            self._space = space
            raise

    # --- pairing ---

    @property
    def pairing(self) -> Pairing:
        """Where pairing stands."""
        return self._meeting.pairing

    @property
    def notice(self) -> str | None:
        """What a duo is told once its two windows had to be introduced to each other."""
        return self._meeting.notice

    async def show_code(self, *, own: bool = False) -> None:
        """Show a code until it is used, runs out, or is stopped; `own` for another laptop of this person."""
        await self._meeting.show_code(self._opened(), self._looked_at(), own=own)

    async def join(self, code: str, address: Address | None, called: str = "") -> None:
        """Use the code that the other laptop shows; this one is `called` so. What comes of it is in `pairing`."""
        mine = self._looked_at()
        me, called = mine.people()[mine.me].name, called.strip() or DEVICE_NAME
        await self._meeting.join(self._opened(), code, address, me=me, called=called, then=self._look_at)

    def compared(self, *, same: bool) -> None:
        """This person compared the words."""
        self._meeting.compared(same=same)

    async def stop_pairing(self) -> None:
        """Stop showing or using a code."""
        await self._meeting.stop()

    def introduce(self) -> None:
        """Tell the node where its neighbour on this machine is; for where the network carries no multicast."""
        if self._device is not None:
            self._meeting.introduce(self._device)

    # --- what the page may know of the node ---

    @property
    def stopped(self) -> Sequence[str]:
        """Why nothing can be saved until the app is started again, and what that means; empty while all is well."""
        return self._device.problems() if self._device is not None and self._device.stopped else ()

    def problems(self) -> Sequence[str]:
        """What is wrong on this laptop, in words."""
        return self._device.problems() if self._device is not None else ()

    def addresses(self) -> Sequence[str]:
        """Where another laptop could reach this one, to be typed there."""
        return network.reachable_at(self._device.port) if self._device is not None else ()

    def has_reached(self, status: DeviceStatus, pauses: Iterable[PauseState]) -> bool:
        """Whether one of these own pauses is known to be stored on that device."""
        return any((status.device, each.id) in self._reached for each in pauses)

    # --- inside ---

    async def _open(self, passphrase: str) -> None:
        device = await self._opening(self._directory, passphrase)
        self._lock = await asyncio.to_thread(Lock, passphrase)
        self._device = device
        self.zone = self._zone
        self._space = self._likeliest()
        self._watching = asyncio.create_task(self._watch(device))
        self.bell.ring()

    async def _watch(self, device: Device) -> None:
        self._note_reached()
        async for _ in device.watch():
            self._note_reached()
            self.bell.ring()

    def _note_reached(self) -> None:
        """Remember which own pauses are stored where: what is written later must not make them look unsent again."""
        space = self._space
        if space is None:
            return
        own = [each.id for each in space.pauses.standing() if each.person == space.me]
        for status in space.sync_status():
            if status.waiting_out == 0 and status.last_reached is not None:
                self._reached.update((status.device, each) for each in own)

    def _likeliest(self, other_than: Space | None = None) -> Space | None:
        """The space to look at first: one that this person takes part in, with the most people."""
        spaces = [each for each in self._opened().spaces if each is not other_than and _is_here(each)]
        return max(spaces, key=lambda each: (not each.over, len(each.people())), default=None)

    def _opened(self) -> Device:
        if self._device is None:
            raise InvalidInput("Unlock this laptop first.")
        return self._device

    def _looked_at(self) -> Space:
        if self._space is None:
            raise InvalidInput("Say what you are called first.")
        return self._space

    def _look_at(self, space: Space) -> None:
        self._space = space
        self.bell.ring()


def _has_something(space: Space) -> bool:
    return bool(len(space.people()) > 1 or space.tasks.all() or space.pauses.standing())


def _is_here(space: Space) -> bool:
    """Whether there is anything of it: of an erased one, only what its person wrote for themself alone."""
    return space.me in space.people()
