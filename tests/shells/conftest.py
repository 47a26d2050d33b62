"""A store in a folder of its own, for the stories about stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collar_sync.shells.store import Store
from tests.shells.logged import KEY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "main.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store.create(path, KEY)
    yield opened
    opened.close()
