"""One backup at a time, made or restored beside everything else: how far it is, and what came of it, in words.

It knows where a backup may lie and that the node makes it; nothing of pages, and nothing of what is in it.
"""

import asyncio
import contextlib
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from collar_sync.errors import CollarError, InvalidInput, LocalError
from collar_sync.node import Device
from demo_app import trouble
from demo_app.bell import Bell

STOPPED: Final = "The backup was stopped. No file was made."
NOT_RESTORED: Final = "It was stopped, and nothing was restored. The backup is as it was."
NO_PATH: Final = "Say where the file is to be found, with its whole path, such as /media/disk/copy.bin or D:\\copy.bin."
A_FOLDER: Final = "That is a folder. Write a name for the file behind it."
INSIDE: Final = "That folder is what the backup is a copy of. Choose another place, best on another disk."


class Backup(msgspec.Struct, frozen=True):
    """Where it stands: how much of it is done while it is being made; then its file, or why there is none."""

    running: bool = False
    percent: int = 0
    made: str | None = None
    problem: str | None = None


class Backups:
    """The backups of the device in this directory."""

    def __init__(self, directory: Path, bell: Bell) -> None:
        self.newest = Backup()
        self.restored: int | None = None  # how much of a backup is restored by now, in percent, while that goes on
        self.directory: Final = directory.absolute()
        self._bell = bell
        self._making: asyncio.Task[None] | None = None
        self._stopping = False
        self._asked: str | None = None  # where the newest was to go
        self._free: tuple[str, str] | None = None  # the day, and the place that was found for it

    def suggestion(self, day: str) -> str:
        """A place for the next one: what was refused, to be mended, or a new file under a name that says nothing.

        Whether there is one of that name already is looked up anew for each day, and after each that was made.
        """
        if self.newest.problem is not None and self._asked is not None:
            return self._asked
        if self._free is None or self._free[0] != day:
            names = (f"copy-{day}{f'-{number}' if number > 1 else ''}.bin" for number in itertools.count(1))
            places = (str(Path.home() / name) for name in names)
            self._free = day, next(each for each in places if not os.path.lexists(each))
        return self._free[1]

    def begin(self, device: Device, target: str) -> None:
        """Begin one; raises `InvalidInput` while another is being made."""
        if self.newest.running:
            raise InvalidInput("A backup is being made already. Wait until it is finished, or stop it.")
        self._stopping = False
        self._asked = target
        self._set(Backup(running=True))
        self._making = asyncio.create_task(self._make(device, target))

    def stop(self) -> None:
        """Stop the one that is being made, or restored; nothing of it is left."""
        self._stopping = True

    async def restore(self, source: str, passphrase: str) -> None:
        """Make this laptop's directory, where nothing is yet, out of a backup and the passphrase of its day.

        Raises `InvalidInput`, `WrongPassphrase`, `StoreDamaged`, `StoreError`, and `LocalError` where it was stopped,
        with nothing made.
        """
        path = _whole(source)
        if self.restored is not None:
            raise InvalidInput("A backup is being restored already. Wait until it is finished, or stop it.")
        self._stopping = False
        self._show(0)
        try:
            await Device.restore(path, self.directory, passphrase, self._watched(self._show, NOT_RESTORED))
        finally:
            self._show(None)

    async def close(self) -> None:
        """Stop, and wait until nothing of it is left."""
        self.stop()
        if self._making is not None:
            await self._making

    async def _make(self, device: Device, target: str) -> None:
        try:
            path = await asyncio.to_thread(self._place, target)
            await device.backup(path, self._watched(self._advance, STOPPED))
        except CollarError as error:
            self._set(Backup(problem=str(error)))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not leave the page waiting
            self._set(Backup(problem=trouble.report(error)))
        else:
            self._free = None
            self._set(Backup(made=str(path)))

    def _place(self, target: str) -> Path:
        """The file to write; raises `InvalidInput` where a backup cannot or should not be."""
        path = _whole(target)
        try:
            folder = path.parent.resolve()
            if folder.is_relative_to(self.directory.resolve()):
                raise InvalidInput(INSIDE)
            if path.is_dir():
                raise InvalidInput(A_FOLDER)
        except (OSError, RuntimeError) as error:
            raise InvalidInput(f"{path} cannot be looked at. Choose another place.") from error
        return path

    def _watched(self, advance: Callable[[int], None], stopped: str) -> Callable[[int, int], None]:
        """What tells of progress from another thread; there it ends the work, in that sentence, when it is to stop."""
        loop = asyncio.get_running_loop()

        def progress(done: int, everything: int) -> None:
            if self._stopping:
                raise LocalError(stopped)
            loop.call_soon_threadsafe(advance, done * 100 // max(everything, 1))

        return progress

    def _show(self, percent: int | None) -> None:
        if percent != self.restored:
            self.restored = percent
            self._bell.ring()

    def _advance(self, percent: int) -> None:
        if self.newest.running and percent > self.newest.percent:
            self._set(Backup(running=True, percent=percent))

    def _set(self, backup: Backup) -> None:
        self.newest = backup
        self._bell.ring()


def _whole(text: str) -> Path:
    """Return the file that a person named; raises `InvalidInput` where it is no whole path of one."""
    path = Path(text.strip())
    with contextlib.suppress(RuntimeError):  # nobody's home; then it is not absolute
        path = path.expanduser()
    if not path.is_absolute() or not path.name or "\0" in text:
        raise InvalidInput(NO_PATH)
    return path
