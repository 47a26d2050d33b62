"""Many runs, side by side in processes of their own; each answers its report, or the violation in words.

The processes begin from nothing, so that the same seeds go the same way on every system.
"""

import gc
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from collar_sync.testing.invariants import Violation
from collar_sync.testing.run import Hands, Report, paired, run

_GARBAGE_OBJECTS: Final = 50_000  # a life makes many objects and keeps few
_TOGETHER: Final = 4  # runs given to a process at a time

Task = tuple[int, int, int, Hands | None]  # seed, devices, steps, hands


def run_all(todo: Sequence[Task], jobs: int) -> Iterator[Report | str]:
    """Run them, in this process where there is one job; the results come in the order of the tasks."""
    devices = sorted({devices for _, devices, _, _ in todo})
    if jobs == 1 or len(todo) == 1:
        _prepare(devices)
        yield from map(_run_one, todo)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _prepare, (devices,)) as pool:
        yield from pool.map(_run_one, todo, chunksize=_TOGETHER)


def _prepare(devices: Sequence[int]) -> None:
    for count in devices:
        paired(count)
    gc.freeze()
    gc.set_threshold(_GARBAGE_OBJECTS)


def _run_one(task: Task) -> Report | str:
    seed, devices, steps, hands = task
    try:
        return run(seed, devices, steps, hands=hands)
    except Violation as violation:
        return str(violation)
