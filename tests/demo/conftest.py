"""A served laptop before its first run, and one that is open; and the clock of all of them, which begins at noon."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from collar_sync.shells import clock
from tests.demo.served import PASSPHRASE, Served, served

DAY: Final = 24 * 60 * 60 * 1000
NOON: Final = 1_790_000_000_000 // DAY * DAY + DAY // 2


class Clock:
    """The wall clock of every laptop in a test: it goes on by itself, as clocks do, and never meets a midnight."""

    def __init__(self) -> None:
        self.at = NOON
        self._steady = time.monotonic_ns()

    def now(self) -> int:
        """What it says."""
        return self.at + (time.monotonic_ns() - self._steady) // 1_000_000


@pytest.fixture(autouse=True)
def wall(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Noon of one and the same day, until a test says otherwise."""
    wall = Clock()
    monkeypatch.setattr(clock, "now", wall.now)
    return wall


@pytest_asyncio.fixture
async def page(tmp_path: Path) -> AsyncIterator[Served]:
    """The page of a laptop that nobody has used yet, and no browser has entered."""
    async with served(tmp_path) as page:
        yield page


@pytest_asyncio.fixture
async def alex(tmp_path: Path) -> AsyncIterator[Served]:
    """Alex's open laptop, entered with its code."""
    async with served(tmp_path / "alex") as page:
        await page.enter()
        await page.laptop.start("Alex", PASSPHRASE)
        yield page


@pytest_asyncio.fixture
async def sam(tmp_path: Path) -> AsyncIterator[Served]:
    """Sam's open laptop, entered with its code."""
    async with served(tmp_path / "sam") as page:
        await page.enter()
        await page.laptop.start("Sam", PASSPHRASE)
        yield page
