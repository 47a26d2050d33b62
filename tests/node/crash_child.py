"""Opens a device and writes until it is killed; says each write only after it was confirmed."""

import asyncio
import itertools
from multiprocessing.connection import Connection
from pathlib import Path

from collar_sync import Device


def write_for_ever(directory: Path, told: "Connection[object, object]") -> None:
    """Send what is there after opening, as a set; then each title once it is on the disk."""
    asyncio.run(_write(directory, told))


async def _write(directory: Path, told: "Connection[object, object]") -> None:
    device = await Device.open(directory, "a passphrase", listen=None, discovery=False, cost="interactive")
    space = device.spaces[0] if device.spaces else await device.create_space("Us", me="Alex")
    present = {task.title for task in space.tasks.all()}
    told.send(present)
    for number in itertools.count(len(present)):
        await space.tasks.promise(f"{number}")
        told.send(f"{number}")
