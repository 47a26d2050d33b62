"""Run worlds from the command line: `--seed N` replays one, `--seeds N` runs many, with progress and a summary.

Answers 1 where a promise was broken; each broken one is told with the line that replays it.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, get_args

from collar_sync.testing.many import run_all
from collar_sync.testing.run import DEVICES_MIN, NAMES, STEPS, Hands, Report

_PROGRESS_SECONDS: Final = 5.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m collar_sync.testing", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay the run of this seed")
    parser.add_argument("--seeds", type=int, default=100, help="how many runs, where no seed is named")
    parser.add_argument("--first", type=int, default=0, help="the first of these seeds")
    parser.add_argument("--devices", default=f"{DEVICES_MIN}-{len(NAMES)}", help="how many, such as 3 or 2-5")
    parser.add_argument("--steps", type=int, default=STEPS, help="how long each life is")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side")
    parser.add_argument("--hands", choices=get_args(Hands), help="in whose hands one device is; else by lot")
    asked = parser.parse_args(arguments)
    low, _, high = asked.devices.partition("-")
    fewest, most = int(low), int(high or low)
    if not DEVICES_MIN <= fewest <= most <= len(NAMES):
        parser.error(f"there can be {DEVICES_MIN} to {len(NAMES)} devices")
    seeds = range(asked.first, asked.first + asked.seeds) if asked.seed is None else (asked.seed,)
    todo = [(seed, fewest + seed % (most - fewest + 1), asked.steps, asked.hands) for seed in seeds]
    return _summarise(run_all(todo, asked.jobs), len(todo))


def _summarise(results: Iterator[Report | str], total: int) -> int:
    started = shown = time.monotonic()
    counts: Counter[str] = Counter()
    digests: list[str] = []
    violations = 0
    for number, result in enumerate(results, 1):
        if isinstance(result, str):
            violations += 1
            _say(result)
        else:
            counts.update(result.counts)
            digests.append(result.digest)
        if time.monotonic() - shown > _PROGRESS_SECONDS:
            shown = time.monotonic()
            _say(f"{number} of {total} runs, {number / (shown - started):.1f} a second, {violations} violations")
    _say(f"{total} runs in {time.monotonic() - started:.1f} s, {violations} violations")
    _say(", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    if total == 1 and digests:
        _say(f"everything that happened: {digests[0]}")
    return 1 if violations else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
