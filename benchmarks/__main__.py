"""`python -m benchmarks` answers every question, `python -m benchmarks handshake` one of them."""

import asyncio
import importlib
import platform
import sys
import time

from benchmarks.measure import Table

QUESTIONS = ("edit_to_readable", "durable_write", "handshake")


def _answer(question: str) -> list[Table]:
    try:
        module = importlib.import_module(f"benchmarks.{question}")
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error.name} is missing: install the extra `bench`") from error
    tables: list[Table] = asyncio.run(module.run())
    return tables


def main(asked: list[str]) -> None:
    """Print the tables of these questions, or of all."""
    unknown = sorted({*asked} - {*QUESTIONS})
    if unknown:
        raise SystemExit(f"No such question: {', '.join(unknown)}. There are: {', '.join(QUESTIONS)}.")
    print(f"Python {platform.python_version()} on {platform.machine()}; rows compare within one table only.\n")
    begun = time.perf_counter()
    for question in asked or QUESTIONS:
        for table in _answer(question):
            print(table.text(), end="\n\n", flush=True)
    print(f"{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
