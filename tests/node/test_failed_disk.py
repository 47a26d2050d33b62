"""A device whose disk is full while it is used: its person is told, nobody is left to think that it is there."""

import asyncio
from pathlib import Path

import pytest

from collar_sync import Space
from collar_sync.errors import StoreError
from collar_sync.node.device import SILENT
from tests.node.test_device import open_device, two_devices, until

LONG = "words that need room " * 400


async def filled(space: Space) -> tuple[str, StoreError]:
    """Write until there is no room: pages that are there may hold a few. What was refused, and how."""
    for number in range(200):
        words = f"{number} {LONG}"
        try:
            await space.journal.write(words)
        except StoreError as error:
            return words, error
    raise AssertionError("the disk has room for all")


async def test_a_full_disk_is_said_on_both_sides_and_what_it_refused_is_not_shown(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, partner):
        await ours.tasks.ask("Water the ferns", of=partner)
        port = alex.port
        connection = alex._store._connection
        assert connection is not None
        connection.execute("PRAGMA max_page_count = 1").fetchall()  # of those that it has: no more can be added
        refused, error = await filled(ours)
        assert "The disk is full" in str(error)
        assert refused not in [entry.text for entry in ours.journal.all()]
        assert [task.title for task in ours.tasks.all()] == ["Water the ferns"]
        assert alex.problems()[1] == SILENT
        assert "The disk is full" in alex.problems()[0]
        await until(sam, lambda: any("Its disk failed" in str(each.why) for each in theirs.sync_status()))
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises(StoreError):
            await ours.journal.write("still")
        kept = [entry.text for entry in ours.journal.all()]
        await alex.close()
        async with await open_device(tmp_path / "alex") as again:
            (space,) = again.spaces
            assert [entry.text for entry in space.journal.all()] == kept
            assert not again.problems()
            await space.journal.write("There is room")
            sam.connect("127.0.0.1", again.port)
            await until(sam, lambda: all(each.in_step for each in theirs.sync_status()))
