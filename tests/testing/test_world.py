"""Whole lives of several devices, from a seed: every promise holds, and a failing life is told with what replays it."""

import contextlib
import os
import re
import shlex
import subprocess
import sys
from collections import Counter

import pytest

from collar_sync import limits
from collar_sync.testing import run as lives
from collar_sync.testing.__main__ import main
from collar_sync.testing.invariants import Violation
from collar_sync.testing.many import run_all
from collar_sync.testing.mutants import MUTANTS
from collar_sync.testing.run import DEVICES_MIN, NAMES, STEPS, Report, run, total
from collar_sync.testing.world import World

EVERY_KIND = range(DEVICES_MIN, len(NAMES) + 1)
JOBS = min(2, os.cpu_count() or 1)


def live(seeds: range) -> Counter[str]:
    """All that happened in these lives; fails with the replay of each that broke a promise."""
    todo = [(seed, EVERY_KIND[seed % len(EVERY_KIND)], STEPS, None) for seed in seeds]
    results = list(run_all(todo, JOBS))
    broken = [result for result in results if isinstance(result, str)]
    assert broken == []
    happened: Counter[str] = Counter()
    for result in results:
        assert isinstance(result, Report)
        happened.update(result.counts)
    return happened


def test_every_promise_holds_in_sixty_lives_and_every_misfortune_happens_in_them() -> None:
    happened = live(range(100, 160))
    misfortunes = (
        "crashes",
        "cuts",
        "disks full",
        "openings that failed",
        "clocks set",
        "forged",
        "snapshots",
        "documents split",
    )
    assert [each for each in misfortunes if happened[each] == 0] == []


def test_a_conversation_that_begins_with_more_than_may_wait_to_be_sent_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said first was once missed, and said again from its beginning, and missed again."""
    monkeypatch.setattr(lives, "_small", lambda _chance: contextlib.nullcontext())
    monkeypatch.setattr(limits, "OUTBOX_BYTES_MAX", 1_500)
    monkeypatch.setattr(limits, "SENT_BYTES_TOLD", 1)
    step, steps = World.step, Counter[World]()

    def counted(world: World) -> bool:
        steps[world] += 1
        assert steps[world] < 10_000, "it never comes to rest"
        return step(world)

    monkeypatch.setattr(World, "step", counted)
    happened = total([run(seed, 3, hands="splitting") for seed in range(30)])
    assert happened["documents split"] > 0


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_every_promise_holds_in_a_thousand_lives() -> None:
    live(range(10_000, 11_000))


def test_one_seed_is_one_life_in_this_process_and_in_any_other() -> None:
    seeds = range(3)
    here = [run(seed, 3).digest for seed in seeds]
    assert [run(seed, 3).digest for seed in seeds] == here
    assert len(set(here)) == len(here)
    for seed in seeds:
        command = [sys.executable, "-m", "collar_sync.testing", "--seed", str(seed), "--devices", "3"]
        told = subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": str(1 + seed)}, capture_output=True, text=True, check=True
        ).stdout
        assert told.rstrip().endswith(here[seed])


def test_a_broken_promise_is_told_with_the_line_that_replays_it_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    with MUTANTS["a write is answered before it is written"].plant():
        for seed in range(10):
            try:
                run(seed, 3, hands="honest")
            except Violation as violation:
                told, line = str(violation).splitlines()
                break
        else:
            pytest.fail("the planted bug was never noticed")
        assert re.fullmatch(r"python -m collar_sync\.testing --seed \d+ --devices 3 --steps 150 --hands honest", line)
        arguments = shlex.split(line)[3:]
        assert main([*arguments, "--jobs", "1"]) == 1
        assert f"{told}\n{line}\n" in capsys.readouterr().out
    assert main([*arguments, "--jobs", "1"]) == 0
