"""Opens a device, writes, closes and opens it again until it is killed; says each write only once it was confirmed."""

import asyncio
from multiprocessing.connection import Connection
from pathlib import Path

from collar_sync import Device

WRITES = (1, 7, 40)  # before it is closed, in turn: what is sealed at closing is of every length


def write_for_ever(directory: Path, told: "Connection[object, object]") -> None:
    """Send what is there after each opening, as a set; then each title once it is on the disk."""
    asyncio.run(_live(directory, told))


async def _live(directory: Path, told: "Connection[object, object]") -> None:
    turn = 0
    while True:
        device = await Device.open(directory, "a passphrase", listen=None, discovery=False, cost="interactive")
        space = device.spaces[0] if device.spaces else await device.create_space("Us", me="Alex")
        present = {task.title for task in space.tasks.all()}
        told.send(present)
        for number in range(len(present), len(present) + WRITES[turn % len(WRITES)]):
            await space.tasks.promise(f"{number}")
            told.send(f"{number}")
        await device.close()
        turn += 1
