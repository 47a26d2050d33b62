"""The promise that matters most of a store: what was confirmed is there, whenever the power goes."""

import multiprocessing
import random
import time
from pathlib import Path

import pytest

from tests.node.crash_child import write_for_ever

KILLS = 50


@pytest.mark.timeout(400)
def test_a_device_killed_fifty_times_while_writing_has_every_write_that_it_confirmed(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("forkserver")  # a clean process that has imported everything already
    processes.set_forkserver_preload(["tests.node.crash_child"])
    chance = random.Random(7)  # noqa: S311  # a test is repeatable
    kept: set[str] = set()
    for _ in range(KILLS):
        hearing, telling = processes.Pipe(duplex=False)
        child = processes.Process(target=write_for_ever, args=(tmp_path / "device", telling))
        child.start()
        telling.close()
        missing = kept - hearing.recv()
        assert not missing, f"confirmed, and lost: {sorted(missing)}"
        time.sleep(chance.random() * 0.1)
        child.kill()
        child.join()
        try:
            while True:
                kept.add(hearing.recv())
        except EOFError:
            hearing.close()
    assert len(kept) > KILLS, "too little was written for the kills to mean anything"
