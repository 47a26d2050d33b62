"""A served laptop before its first run, and one that is open."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.demo.served import PASSPHRASE, Served, served


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
