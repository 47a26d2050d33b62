"""A device's store, and where its backup goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collar_sync.core.durable import Batch
from collar_sync.shells import backup, keystore
from collar_sync.shells.store import Store
from tests.shells.backup.filled import PASSPHRASE


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing is made easy here: hundreds of keys are unlocked."""
    monkeypatch.setitem(keystore._COSTS, "interactive", (1, 8_192))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "device"


@pytest.fixture
def device(directory: Path) -> Iterator[Store]:
    key = keystore.create(directory, PASSPHRASE, cost="interactive")
    store = Store.create(directory / backup.STORE_NAME, key)
    store.write(Batch(settings={"device/seed": b"s" * 32}))
    keystore.finish(directory)
    yield store
    store.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder / "august.backup"
