"""A space read apart: what is on the disk, in a thread of its own, while all else goes on; nothing is written there."""

import asyncio
import threading
from pathlib import Path

import pytest

from collar_sync import Space
from collar_sync.errors import Closed
from tests.node.test_device import open_device

WAIT_SECONDS = 60


async def test_what_is_read_apart_is_what_an_await_returned_for(tmp_path: Path) -> None:
    async with await open_device(tmp_path) as device:
        space = await device.create_space("Us", me="Alex")
        await space.tasks.promise("Water the ferns")
        await space.journal.write("what I knew")
        copies = [space.export.json(journal=True), await space.apart(lambda apart: apart.export.json(journal=True))]
        assert copies[0] == copies[1]
        assert await space.apart(lambda apart: apart.automerge(journal=True)) == space.automerge(journal=True)


async def test_people_write_and_pause_while_a_space_is_read_apart_and_it_reads_as_it_was(tmp_path: Path) -> None:
    begun, done = threading.Event(), threading.Event()

    def slowly(apart: Space) -> tuple[int, int, bool]:
        before = len(apart.tasks.all())
        begun.set()
        assert done.wait(WAIT_SECONDS)
        return before, len(apart.tasks.all()), bool(apart.pauses.standing())

    async with await open_device(tmp_path) as device:
        space = await device.create_space("Us", me="Alex")
        await space.tasks.promise("Water the ferns")
        reading = asyncio.create_task(space.apart(slowly))
        assert await asyncio.to_thread(begun.wait, WAIT_SECONDS)
        await space.tasks.promise("Feed the cat")
        await space.pauses.pause()
        done.set()
        assert await reading == (1, 1, False)
        assert len(space.tasks.all()) == 2
        assert space.pauses.standing()


async def test_nothing_can_be_written_to_a_space_that_is_read_apart(tmp_path: Path) -> None:
    async with await open_device(tmp_path) as device:
        space = await device.create_space("Us", me="Alex")
        apart = await space.apart(lambda read: read)
        for act in (apart.tasks.promise("x"), apart.journal.write("x"), apart.drafts.keep("x", {"x": "y"})):
            with pytest.raises(Closed):
                await act
        assert (space.tasks.all(), space.journal.all(), space.drafts.all()) == ((), (), ())


async def test_what_is_brought_to_hand_for_a_copy_stays_with_the_copy(tmp_path: Path) -> None:
    async with await open_device(tmp_path) as device:
        space = await device.create_space("Us", me="Alex")
        task = await space.tasks.promise("Water the ferns")
        before = space.statements("")
        assert await space.apart(lambda apart: apart.recall(task.id) or True)
        assert space.statements("") == before
