"""`python -m benchmarks` answers the quick questions, `… long` the long ones too, `… handshake` one of them.

`python -m benchmarks list` says what there is. Long questions say how far they are on the error stream.
"""

import asyncio
import importlib
import platform
import sys
import time
from collections.abc import Sequence

from benchmarks.measure import Answer

QUICK = ("edit_to_readable", "reconcile", "durable_write", "handshake")  # about a minute
LONG = (
    "verification",
    "flat",
    "ten_years",
    "ten_years_domain",
)  # minutes each, and more the first time: a past is written first


def _answer(question: str) -> Sequence[Answer]:
    try:
        module = importlib.import_module(f"benchmarks.{question}")
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error.name} is missing: install the extra `bench`") from error
    answers: Sequence[Answer] = asyncio.run(module.run())
    return answers


def main(asked: list[str]) -> None:
    """Print the answers of these questions; of the quick ones where none is named. Fails where a figure is over."""
    if asked == ["list"]:
        print("\n".join([*QUICK, *(f"{question} (long)" for question in LONG)]))
        return
    if asked == ["long"]:
        asked = [*QUICK, *LONG]
    unknown = sorted({*asked} - {*QUICK, *LONG})
    if unknown:
        raise SystemExit(f"No such question: {', '.join(unknown)}. There are: {', '.join((*QUICK, *LONG))}.")
    print(f"Python {platform.python_version()} on {platform.machine()}; rows compare within one table only.\n")
    begun = time.perf_counter()
    missed: list[str] = []
    for question in asked or QUICK:
        for answer in _answer(question):
            print(answer.text(), end="\n\n", flush=True)
            missed += answer.missed()
    if not asked:
        print(f"Not asked, since they take minutes: {', '.join(LONG)}. `python -m benchmarks long` asks them too.")
    print(f"{time.perf_counter() - begun:.0f} s")
    if missed:
        raise SystemExit(f"Over what they may be: {'; '.join(missed)}.")


if __name__ == "__main__":
    main(sys.argv[1:])
