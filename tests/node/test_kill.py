"""The promise that matters most of a store: what was confirmed is there, whenever the power goes."""

import multiprocessing
import os
import random
import time
from pathlib import Path

import pytest

from collar_sync import Device
from tests.node.crash_child import write_for_ever

SECONDS = 0.6  # for a device to write, close and open again,
OPENINGS = 2  # and so many times as long as it took to open the first time


async def killed(directory: Path, kills: int) -> None:
    """Kill a device at moments drawn by lot, while it opens, writes, puts to rest and closes; look for each write."""
    seed = int(os.environ.get("COLLAR_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"COLLAR_SEED={seed}")  # noqa: T201  # shown when the test fails
    chance = random.Random(seed)  # noqa: S311  # a test is repeatable
    processes = multiprocessing.get_context("forkserver")  # a clean process that has imported everything already
    processes.set_forkserver_preload(["tests.node.crash_child"])
    kept: set[str] = set()
    closings = number = 0
    # As many as were asked for; on a machine that is busy with other things some more, until enough was cut off.
    while number < kills or (number < 5 * kills and not (len(kept) > kills and closings > kills // 10)):
        number += 1
        hearing, telling = processes.Pipe(duplex=False)
        child = processes.Process(target=write_for_ever, args=(directory, telling))
        started = time.monotonic()
        child.start()
        telling.close()
        openings = _hear(hearing.recv(), kept)  # the first
        pace = time.monotonic() - started  # of this machine, which may be busy with other things
        end = time.monotonic() + chance.random() * max(SECONDS, OPENINGS * pace)
        while (left := end - time.monotonic()) > 0:
            if hearing.poll(left):
                openings += _hear(hearing.recv(), kept)
        child.kill()
        child.join()
        try:
            while True:
                openings += _hear(hearing.recv(), kept)
        except EOFError:
            hearing.close()
        closings += max(0, openings - 1)
    assert len(kept) > kills, "too little was written for the kills to mean anything"
    assert closings > kills // 10, "too few closings for any kill to fall into one"
    assert await Device.verify(directory, "a passphrase") == []


def _hear(told: object, kept: set[str]) -> int:
    """Take in what the child said; 1 where it told what is there after opening."""
    if isinstance(told, str):
        kept.add(told)
        return 0
    assert isinstance(told, set)
    missing = kept - told
    assert not missing, f"confirmed, and lost: {sorted(missing)}"
    return 1


@pytest.mark.timeout(400)
async def test_a_device_killed_twenty_times_has_every_write_that_it_confirmed(tmp_path: Path) -> None:
    await killed(tmp_path / "device", 20)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
async def test_a_device_killed_a_thousand_times_has_every_write_that_it_confirmed(tmp_path: Path) -> None:
    await killed(tmp_path / "device", 1_000)
