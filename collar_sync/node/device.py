"""One person's device: its store, its spaces, and the ways in which it meets others."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from collar_sync.core import beacon, events
from collar_sync.core.engine import Engine
from collar_sync.core.events import Address, Introduction
from collar_sync.core.mishaps import Mishap
from collar_sync.core.pairing_frames import are_names
from collar_sync.domain import schedule
from collar_sync.domain.finished import unfinished
from collar_sync.domain.gate import make_gate
from collar_sync.domain.given import careful
from collar_sync.errors import LocalError, NotFound
from collar_sync.ids import SpaceId
from collar_sync.node.doors import Doors
from collar_sync.node.opening import open_store
from collar_sync.node.pairing import Invitation, invite, join
from collar_sync.node.rescue import mend
from collar_sync.node.runner import Runner
from collar_sync.node.showing import keep_showing
from collar_sync.node.space import Space
from collar_sync.node.verify import Progress, verify
from collar_sync.shells import keystore
from collar_sync.shells.backup import restore_backup, write_backup
from collar_sync.shells.discovery import Discovery
from collar_sync.shells.keystore import Cost
from collar_sync.shells.store import Store
from collar_sync.shells.surroundings import Surroundings

SILENT: Final = (
    "Until this app is closed and opened again it saves nothing, and the others are not connected. "
    "What is shown is what was saved."
)
UNSURE: Final = (
    "Until this app is closed and opened again it saves nothing, and the others are not connected. "
    "What was saved cannot be read now, so what is shown may hold something that was not."
)
_LISTEN_AGAIN_SECONDS = 5.0  # between two tries where the address is in use
_INSTANCES_MAX: Final = 8  # announcements that may still be on their way: a network that changes costs several
_FIRST_SYNC_SECONDS: Final = 15.0


@careful
class Device:
    """One device of one person. Open it with `Device.open`; use it as an async context manager or `close` it."""

    def __init__(self, engine: Engine, runner: Runner, store: Store, directory: Path) -> None:
        self._directory = directory
        self._engine = engine
        self._runner = runner
        self._store = store
        self._spaces: dict[SpaceId, Space] = {}
        self._doors = Doors(runner.accept, engine.links.standing)
        self._listen_problem: str | None = None
        self._listening_again: asyncio.Task[None] | None = None
        self._showing = asyncio.create_task(keep_showing(engine, lambda: self.spaces))
        self._surroundings = Surroundings()
        self._discovery: Discovery | None = None
        self._zone = "UTC"
        self._instances: tuple[bytes, ...] = ()  # what this device announced, newest first
        self._falling_silent: asyncio.Task[None] | None = None
        runner.fell_silent = self._fall_silent

    @property
    def port(self) -> int:
        """Where it listens for those to whom a person gave its address; 0 while it does not."""
        return self._doors.port

    @staticmethod
    def exists(directory: Path) -> bool:
        """Whether there is a device here, which its passphrase opens."""
        return keystore.exists(directory)

    @classmethod
    async def open(
        cls,
        directory: Path,
        passphrase: str,
        *,
        listen: tuple[str, int] | None = ("", 0),
        discovery: bool = True,
        cost: Cost = "moderate",
    ) -> Self:
        """Open the device in this directory, made if there is none.

        `listen` is host and port for other devices ("" is every interface, port 0 a free one; None: only dial).
        `discovery` announces and finds devices on the network. `cost` is how hard a passphrase is to guess, where one
        is set. Raises `WrongPassphrase`, `StoreDamaged`, `StoreInUse` and other `StoreError`s, with nothing
        overwritten.
        """
        store, seed = await asyncio.to_thread(open_store, directory, passphrase, cost)
        try:
            engine = await asyncio.to_thread(Engine, seed, store.settings, store, unfinished, make_gate)
        except BaseException:
            store.close()
            raise
        device = cls(engine, Runner(engine, store), store, directory)
        device._runner.start()
        try:
            listening = listen is None or await device._listen(*listen)
            await device._look_around(announce=discovery)
        except BaseException:
            await device.close()
            raise
        if listen is not None and not listening:
            device._listening_again = asyncio.create_task(device._keep_listening(*listen))
        return device

    @staticmethod
    async def verify(directory: Path, passphrase: str, progress: Progress = lambda _done, _all: None) -> list[str]:
        """Look through the whole store in this directory: what is wrong with it, in words; empty when all is well.

        `progress` is told documents done and in all. Raises as `open`; changes nothing.
        """
        return await asyncio.to_thread(verify, directory, passphrase, progress)

    @staticmethod
    async def restore(
        source: Path, directory: Path, passphrase: str, progress: Progress = lambda _done, _all: None
    ) -> None:
        """Make this directory, missing or empty, out of a backup and the passphrase of the day it was made.

        `progress` is told bytes done and in all. Raises `WrongPassphrase`, `StoreDamaged` and `StoreError`, with
        nothing made. Changes made since the backup come back from the other devices; use only one of the two copies.
        """
        await asyncio.to_thread(restore_backup, source, directory, passphrase, progress)

    @staticmethod
    async def rescue(directory: Path, passphrase: str, progress: Progress = lambda _done, _all: None) -> list[str]:
        """Make a new store of what can still be read of a damaged one; what is missing, in words; empty if all is well.

        The damaged one is kept beside it, as it is. `progress` is told documents done and in all. Raises as `open`, and
        `StoreError` where nothing can be rescued, with nothing changed.
        """
        return await asyncio.to_thread(mend, directory, passphrase, progress)

    @property
    def zone(self) -> str:
        """The IANA zone of this device, such as Europe/Berlin: what "today" means in tasks that name no other.

        UTC until the app says what it is. Setting it raises `InvalidInput` for a name that is not known.
        """
        return self._zone

    @zone.setter
    def zone(self, name: str) -> None:
        self._zone = schedule.zone_text(name)

    async def backup(self, target: Path, progress: Progress = lambda _done, _all: None) -> None:
        """Write everything on this device, private documents included, to one new encrypted file.

        It opens with today's passphrase, and keeps what is erased later. Raises `StoreError`, with no file made.
        """
        await asyncio.to_thread(write_backup, self._store, self._directory, target, progress)

    async def new_passphrase(self, old: str, new: str, *, cost: Cost = "moderate") -> None:
        """Open this device with another passphrase from now on: whole or not at all, whatever happens meanwhile.

        The key under it stays the same, so copies of the directory and backups made before still open with the old one.
        Raises `WrongPassphrase`, `InvalidInput` for what cannot be a passphrase, or `StoreError`, with nothing changed.
        """
        await asyncio.to_thread(keystore.new_passphrase, self._directory, old, new, cost=cost)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Say farewell, write what is left, and close; calling it again is harmless."""
        own = [task for task in (self._showing, self._listening_again) if task is not None]
        for task in own:
            task.cancel()
        await asyncio.gather(*own, return_exceptions=True)
        if self._falling_silent is not None:
            await self._falling_silent
        elif self._discovery is not None:
            await self._discovery.close()
        await self._surroundings.close()
        self._doors.turn_away()  # whoever hears the farewell dials again, while the last is being written
        await self._runner.stop()
        await self._doors.close()
        await asyncio.to_thread(self._store.close)

    @property
    def spaces(self) -> tuple[Space, ...]:
        """The spaces on this device."""
        return tuple(self._face(identifier) for identifier in self._engine.spaces)

    @property
    def stopped(self) -> str:
        """Why nothing can be saved here until this device is opened again, in words; empty while all is well."""
        return "" if self._engine.failed is None else str(self._engine.failed)

    def problems(self) -> list[str]:
        """What keeps this device from saving or from meeting others, in words; empty when all is well."""
        if self.stopped:
            return [self.stopped, SILENT if self._engine.as_stored else UNSURE]
        discovery = self._discovery.problem if self._discovery is not None else None
        return [problem for problem in (self._listen_problem, discovery) if problem]

    async def create_space(self, name: str, *, me: str, device_name: str = "laptop") -> Space:
        """Found a space; usable alone from the first moment.

        Rule (People and devices): its founder is one person in it, and has no right that others lack.
        """
        name, me, device_name = _named(name), _named(me), _named(device_name)
        _, founded = self._runner.request(lambda number: events.CreateSpace(number, name, me, device_name))
        return self._face(await founded)

    async def believe_clock(self) -> None:
        """Believe this device's clock again, after it had once been set too far ahead.

        Times only go forward for what was agreed: what was seen to have ended stays so when a clock jumps back. This is
        the way out where the later time was wrong, and it is the person's own act: ask them, and say that what had
        ended may read as going on again. Raises `StoreError`.

        Rule (Consent): what was seen as expired stays so, until a person resets that floor by an act of their own.
        """
        _, believed = self._runner.request(events.BelieveClock)
        await believed

    def invite(self, space: Space, *, own_device: bool = False) -> AbstractAsyncContextManager[Invitation]:
        """Show a code while the context lasts: `async with device.invite(space) as invitation`.

        `own_device` says that the one who joins is another device of this person, not another person's.
        """
        if not self.port:
            raise Mishap.NOT_LISTENING.error()
        return invite(self._runner, space, self.port, own_device=own_device)

    async def join(
        self,
        code: str,
        *,
        me: str,
        compare: Callable[[Introduction], Awaitable[bool]],
        device_name: str = "laptop",
        address: tuple[str, int] | None = None,
    ) -> Space:
        """Join the space of whoever shows this code, found on the network or at an address.

        `compare` is awaited with the three words, which must be the same on both screens, and who is at the other
        end; it answers whether they are. Nothing is kept on either side unless both people say so. Where the connection
        breaks after this one did, the space is kept, goes on by itself and says that it is not here yet. Raises
        `WrongCode`, `Unreachable`, `PairingFailed`, each with what to do.

        Rule (People and devices): both ends say yes to it, each on their own screen; nobody is let in unasked.
        """
        space = self._face(await join(self._runner, code, _named(me), _named(device_name), address, compare))
        await self._first_sync(space)
        return space

    def connect(self, host: str, port: int) -> None:
        """Look for paired devices at this address too, again and again while they are not connected."""
        self._runner.handle(events.Locate(Address(host, port)))

    def looked_at(self) -> None:
        """A person opened the app or looks at it: call whoever is not connected now, whatever was waited for.

        Harmless however often it is called; writing in a space does the same for those of that space.
        """
        self._runner.handle(events.Looked())

    def watch(self) -> AsyncIterator[None]:
        """Yield now, and whenever anything that a person could see may be different."""
        return self._runner.watch()

    async def _first_sync(self, space: Space) -> None:
        """Wait until the people of the space are here, so that the first screen is not an empty one."""
        try:
            async with asyncio.timeout(_FIRST_SYNC_SECONDS):
                async for _ in self.watch():
                    if space.me in space.people():
                        return
        except TimeoutError:
            raise Mishap.NOT_HERE_YET.error() from None

    async def _listen(self, host: str, port: int) -> bool:
        """Listen; where that cannot be, say why and answer false."""
        try:
            await self._doors.open(host, port)
        except LocalError as error:
            self._listen_problem = str(error)
            return False
        self._listen_problem = None
        return True

    async def _keep_listening(self, host: str, port: int) -> None:
        """Try again until it works, and announce it then; meanwhile the device works alone."""
        while not await self._listen(host, port):  # noqa: ASYNC110  # nobody tells when an address is free again
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)
        if self._discovery is not None:
            self._discovery.refresh()
        self._runner.refresh()

    async def _look_around(self, *, announce: bool) -> None:
        """Notice where this computer is; find others there, and be found, where that is wanted."""
        self._surroundings.hear.append(lambda: self._runner.moved(self._surroundings.hosts))
        self._runner.near = self._surroundings.near
        await self._surroundings.start()
        if announce:
            self._discovery = Discovery(
                self._tags,
                self._found,
                self._surroundings,
                next_port=self._doors.next_port,
                missing=self._engine.links.missing,
            )
            self._runner.advertise = self._discovery.refresh
            self._discovery.start()

    def _fall_silent(self) -> None:
        """The disk failed: let nobody in, and be found by nobody, until this device is opened again."""
        self._doors.turn_away()
        if self._listening_again is not None:
            self._listening_again.cancel()
        if self._discovery is not None:
            self._falling_silent = asyncio.create_task(self._discovery.close())

    def _face(self, identifier: SpaceId) -> Space:
        if identifier not in self._engine.spaces:
            raise NotFound("There is no such record on this device.")
        if identifier not in self._spaces:
            self._spaces[identifier] = Space(identifier, self._engine, self._runner, lambda: self.zone)
        return self._spaces[identifier]

    def _tags(self, instance: bytes, epoch: int) -> tuple[bytes, ...]:
        """What to announce under this instance: tags that only paired devices recognise."""
        if instance not in self._instances:
            self._instances = (instance, *self._instances)[:_INSTANCES_MAX]
        return beacon.tags_for(self._engine.advertise(self._instances), epoch, instance, os.urandom(beacon.FILL_BYTES))

    def _found(self, instance: bytes, tags: tuple[bytes, ...], addresses: Sequence[tuple[str, int]]) -> None:
        if instance not in self._instances:
            self._runner.handle(events.Found(instance, tuple(tags), tuple(addresses)))


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not are_names(name):
        raise Mishap.NO_NAME.error()
    return name
