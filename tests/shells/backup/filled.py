"""A store with something in it, to be backed up."""

import random
from pathlib import Path

from collar_sync.core.durable import Batch
from collar_sync.core.statement import AT_END
from collar_sync.shells import backup, keystore
from collar_sync.shells.store import Store
from tests.shells.logged import ALEX, NOTES, SAM, TASKS, change, signed
from tests.shells.sealed import choice, end, record, seal, statement

PASSPHRASE = "seven quiet lanterns"

HEAD_BYTES = 29 + 32


def fill(store: Store) -> None:
    store.write(signed(ALEX, 1, 2))
    one, task = statement(1, subject="dishes"), record("dishes", title="Dishes")
    store.write(seal(end(ALEX, 2), statements=(one, statement(2)), records=(task,)))
    store.write(choice((one,), (task,)))
    store.write(signed(ALEX, 3))
    store.write(Batch(changes=[(TASKS, change(SAM, 1))]))


def fill_much(store: Store, seqs: int = 300) -> None:
    """Some 3 MB, which takes many steps to copy."""
    chance = random.Random(1)  # noqa: S311 - a repeatable test
    raws = [(seq, chance.randbytes(10_000)) for seq in range(1, seqs + 1)]
    store.write(Batch(changes=[(NOTES, change(SAM, seq, raw)) for seq, raw in raws]))


def opened(directory: Path, passphrase: str = PASSPHRASE) -> Store:
    return Store.open(directory / backup.STORE_NAME, keystore.unlock(directory, passphrase))


def says(directory: Path) -> tuple[object, ...]:
    """Everything that the device says, having checked it."""
    store = opened(directory)
    try:
        store.check()
        every = [store.load(document) for document in store.documents()]
        history = store.history(store.documents(), (AT_END, ""), 10_000)
        return (every, history, store.at_hand(), store.about("dishes"), store.settings())
    finally:
        store.close()
