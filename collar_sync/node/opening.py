"""A device's directory: its keystore and its store, opened together, made where there are none."""

import os
from pathlib import Path
from typing import Final

from collar_sync.core.durable import Batch
from collar_sync.shells import database, exchange, files, keystore
from collar_sync.shells.keystore import Cost
from collar_sync.shells.store import Store

STORE: Final = "store.db"
SEED: Final = "device/seed"


def open_store(directory: Path, passphrase: str, cost: Cost) -> tuple[Store, bytes]:
    """The store and the device's seed, both made where there are none."""
    path = directory / STORE
    if exchange.begun(path):
        lock = files.Lock(database.beside(path, ".lock"))
        try:
            exchange.finish(path)
        finally:
            lock.release()
    if keystore.exists(directory):
        key = keystore.unlock(directory, passphrase)
    else:
        key = keystore.create(directory, passphrase, cost=cost)
    store = Store.open(path, key) if keystore.finished(directory) or path.exists() else Store.create(path, key)
    try:
        seed = store.load_setting(SEED)
        if seed is None:
            seed = os.urandom(32)
            store.write(Batch(settings={SEED: seed}))
        keystore.finish(directory)
    except BaseException:
        store.close()
        raise
    return store, seed
