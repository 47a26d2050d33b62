"""Fuzzing without instruments: an input that leads to an outcome not seen before is kept and mutated further."""

import time
from random import Random
from typing import Final

import msgspec

from tests.fuzz import mutation, script, seeds, targets

_KEPT_MAX: Final = 5_000
_NEW_MIN: Final = 20  # inputs that are not kept with the project, however slow the machine


class Failure(Exception):
    """An input that broke a promise; its text says how to play it again."""


class Report(msgspec.Struct, frozen=True):
    """What a search did: inputs tried, and the changes that they held, outcomes seen, seconds."""

    runs: int
    changes: int
    outcomes: int
    seconds: float


def corpus(name: str) -> list[bytes]:
    """The inputs of a target that are kept with the project."""
    return [path.read_bytes() for path in sorted((seeds.CORPUS / name).iterdir())]


def search(name: str, *, seed: int, runs: int, seconds: float) -> Report:
    """Try inputs until so many were, or the time is over, and some beyond those that are kept; raises `Failure`."""
    chance = Random(seed)  # noqa: S311  # not for secrets
    kept, scripted = corpus(name), name == "apply"
    seen: set[str] = set()
    first = len(kept)
    began, tried, changes = time.monotonic(), 0, 0
    while tried < runs and (time.monotonic() - began < seconds or tried < first + _NEW_MIN):
        if tried < first:
            data = kept[tried]
        elif chance.random() < 0.1:
            data = mutation.crossed(chance.choice(kept), chance.choice(kept), chance, scripted=scripted)
        else:
            data = mutation.mutate(chance.choice(kept), chance, scripted=scripted)
        outcome = tried_out(name, data, seed)
        if outcome not in seen and len(kept) < _KEPT_MAX:
            seen.add(outcome)
            kept.append(data)
        tried += 1
        changes += len((script.decode(data) or ())[: targets.STEPS_MAX]) if scripted else 0
    return Report(tried, changes, len(seen), time.monotonic() - began)


def tried_out(name: str, data: bytes, seed: int = 0) -> str:
    """One input's outcome; raises `Failure`, which says how to try it again, whatever it was that came out."""
    try:
        return targets.try_out(name, data)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the binding is no Exception
        raise Failure(f"target {name}, seed {seed}, input bytes.fromhex('{data.hex()}')") from error
