"""What every test shares: how hypothesis searches, what a failing search prints, and how tests run side by side.

A run of whole folders is shared by a process for each core, up to four. Whoever names files, or wants to see what is
printed, gets one process, at once. A test that is marked `alone` measures time, memory or the network: while it runs,
no other test does. Those come first, so that the other processes wait for them once.
"""

import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from xdist.workermanage import WorkerController

from tests.turns import Turns

PROCESSES_MAX: Final = 4  # with more, the tests that wait for a network or a deadline would crowd each other out

settings.register_profile(
    "everyday",
    deadline=None,  # a shared machine stalls now and then; the suite has its own time limit for each test
    print_blob=True,  # a failing example can be replayed from the log alone
    suppress_health_check=[HealthCheck.too_slow],  # likewise
)
# In CI the same tree gets the same verdict.
settings.register_profile("ci", settings.get_profile("everyday"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "everyday")

TURNS: Final = pytest.StashKey[Turns]()
PLACE: Final = pytest.StashKey[Path]()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes share a run; none where this one does it all."""
    files = all(Path(named.partition("::")[0]).is_file() for named in config.args)
    if files or config.option.capture == "no" or sys.platform == "win32":
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, PROCESSES_MAX) if cores > 1 else 0


def pytest_configure_node(node: WorkerController) -> None:
    """Tells a process, before it starts, where turns are taken; called by the one that hands out the tests."""
    config = node.config
    if PLACE not in config.stash:
        folder = tempfile.TemporaryDirectory(prefix="collar-turns-")
        config.add_cleanup(folder.cleanup)
        config.stash[PLACE] = Path(folder.name, "turns")
        config.stash[PLACE].touch()
    node.workerinput["turns"] = str(config.stash[PLACE])


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.stash[TURNS] = Turns(Path(config.workerinput["turns"]))


def is_alone(item: pytest.Item | None) -> bool:
    return item is not None and item.get_closest_marker("alone") is not None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if TURNS in config.stash:
        items.sort(key=lambda item: not is_alone(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around everything, so that no time limit counts the waiting
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, bool, bool]:
    turns = item.config.stash.get(TURNS, None)
    if turns is None:
        return (yield)
    turns.take(alone=is_alone(item))
    try:
        return (yield)
    finally:
        if not (is_alone(item) and is_alone(nextitem)):
            turns.leave()
