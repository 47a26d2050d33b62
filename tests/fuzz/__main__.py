"""Fuzzes one target for a number of runs or seconds, with atheris where it is installed, and by chance alone otherwise.

`python -m tests.fuzz apply --runs 100000`. What breaks a promise is written to a file `broken-…` in the current folder,
and `python -m tests.fuzz apply --replay FILE` plays it again. Under atheris new paths through the library steer what is
tried next, and inputs that found one are added to the folder given by --found.
"""

import argparse
import importlib
import importlib.util
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

PLAIN_EVERY = 256  # under atheris: one mutation in so many is libFuzzer's own


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=("apply", "read", "message", "said", "frame"))
    parser.add_argument("--runs", type=int, default=1_000_000_000)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--found", type=Path, help="a folder for inputs that found something new")
    parser.add_argument("--engine", choices=("auto", "atheris", "chance"), default="auto")
    parser.add_argument("--replay", type=Path, nargs="+", help="play these inputs again, and nothing else")
    return parser.parse_args()


def steered(asked: argparse.Namespace) -> None:
    """Let atheris choose. It never returns."""
    atheris = importlib.import_module("atheris")
    rooms = ("inspect", "columns", "change", "outline", "ancestry", "wire", "statement", "channel", "pairing")
    with atheris.instrument_imports(include=[f"collar_sync.core.{room}" for room in rooms]):
        from tests.fuzz import mutation, seeds, targets  # noqa: PLC0415  # must come after

    scripted = asked.target == "apply"

    def one(data: bytes) -> None:
        try:
            targets.try_out(asked.target, data)
        except BaseException:
            Path(f"broken-{asked.target}-{time.time_ns()}").write_bytes(data)
            raise

    def mutated(data: bytes, bytes_max: int, seed: int) -> bytes:
        chance = Random(seed)  # noqa: S311  # not for secrets
        if not scripted and not chance.randrange(PLAIN_EVERY):
            return bytes(atheris.Mutate(data, bytes_max))
        return mutation.mutate(data, chance, scripted=scripted)[:bytes_max]

    def crossed(one: bytes, other: bytes, bytes_max: int, seed: int) -> bytes:
        return mutation.crossed(one, other, Random(seed), scripted=scripted)[:bytes_max]  # noqa: S311  # not for secrets

    folders = [str(seeds.CORPUS / asked.target)]
    if asked.found is not None:
        asked.found.mkdir(parents=True, exist_ok=True)
        folders.insert(0, str(asked.found))
    options: list[str] = [f"-runs={asked.runs}", f"-max_total_time={int(asked.seconds)}", f"-seed={asked.seed}"]
    options += [f"-max_len={mutation.BYTES_MAX}", "-print_final_stats=1", "-timeout=20", "-rss_limit_mb=4096"]
    extras: dict[str, Any] = {"custom_mutator": mutated, "custom_crossover": crossed}
    atheris.Setup([sys.argv[0], *options, *folders], one, **extras)
    atheris.Fuzz()


def replayed(asked: argparse.Namespace) -> None:
    """Play given inputs."""
    from tests.fuzz import targets  # noqa: PLC0415  # atheris instruments what is imported after it

    for path in asked.replay:
        print(path, targets.try_out(asked.target, path.read_bytes()))  # noqa: T201  # a program of the command line


def main() -> None:
    """Do what was asked for."""
    asked = arguments()
    if asked.replay:
        replayed(asked)
    elif asked.engine == "atheris" or (asked.engine == "auto" and importlib.util.find_spec("atheris") is not None):
        steered(asked)
    else:
        from tests.fuzz import search  # noqa: PLC0415  # as above

        report = search.search(asked.target, seed=asked.seed, runs=asked.runs, seconds=asked.seconds)
        print(report)  # noqa: T201  # a program of the command line


if __name__ == "__main__":
    main()
