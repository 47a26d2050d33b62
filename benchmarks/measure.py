"""Takes turns, times, and prints: the tools of every question.

A shared machine is slow one minute and fast the next, so contestants take turns in short blocks and are compared only
within one table. Collection of garbage stays on, as it is in an app. Knows nothing of what is measured.
"""

import asyncio
import contextlib
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

BLOCKS = 5
TIMES = "\N{MULTIPLICATION SIGN}"  # the unit of a ratio


@dataclass(frozen=True, slots=True)
class Row:
    """One contestant in one table; `seconds` holds one figure a round."""

    name: str
    seconds: Sequence[float]

    @property
    def median(self) -> float:
        """Half of the rounds took no longer, in seconds."""
        return statistics.median(self.seconds)

    @property
    def late(self) -> float:
        """19 of 20 rounds took no longer, in seconds."""
        return statistics.quantiles(self.seconds, n=20, method="inclusive")[-1]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that compare; ratios are against the first. `note` says what was measured."""

    question: str
    rows: Sequence[Row]
    note: str = ""

    def missed(self) -> list[str]:
        """Nothing: rows are compared with each other, not with a bound."""
        return []

    def text(self) -> str:
        """Give the table as lines, in milliseconds; the ratio is this row's median over the first row's."""
        width = max(len(row.name) for row in self.rows)
        first = self.rows[0].median
        lines = [self.question, f"  {'':{width}}  {'median':>10}  {'p95':>10}  {'ratio':>6}  {'rounds':>6}"]
        lines += [
            f"  {row.name:{width}}  {row.median * 1e3:7.3f} ms  {row.late * 1e3:7.3f} ms"
            f"  {row.median / first:6.2f}  {len(row.seconds):6}"
            for row in self.rows
        ]
        return "\n".join([*lines, *(f"  {line}" for line in self.note.splitlines())])


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number and its unit; `most` is what it may be at most, where there is something to reach."""

    name: str
    value: float
    unit: str
    most: float | None = None

    @property
    def over(self) -> bool:
        """Whether it is more than it may be."""
        return self.most is not None and self.value > self.most

    def text(self, width: int) -> str:
        """Give it as one line."""
        line = f"  {self.name:{width}}  {_number(self.value):>10} {self.unit:3}"
        if self.most is None:
            return line.rstrip()
        return f"{line}  at most {_number(self.most)}: {'OVER' if self.over else 'reached'}"


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers that answer one question, each beside what it may be at most. `note` says what was measured."""

    question: str
    figures: Sequence[Figure]
    note: str = ""

    def missed(self) -> list[str]:
        """Name the figures that are more than they may be."""
        return [figure.name for figure in self.figures if figure.over]

    def text(self) -> str:
        """Give them as lines."""
        width = max(len(figure.name) for figure in self.figures)
        lines = [self.question, *(figure.text(width) for figure in self.figures)]
        return "\n".join([*lines, *(f"  {line}" for line in self.note.splitlines())])


class Answer(Protocol):
    """What a question answers with: something to print, and to hold against its bounds."""

    def missed(self) -> list[str]:
        """Name what is more than it may be."""

    def text(self) -> str:
        """Give it as lines."""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.4g}"


def print_answers(run: Callable[[], Awaitable[Sequence[Answer]]]) -> None:
    """Answer one question, and print the answers."""

    async def answers() -> Sequence[Answer]:
        return await run()

    for answer in asyncio.run(answers()):
        print(answer.text(), end="\n\n", flush=True)


def note(text: str) -> None:
    """Say how far a long question is, beside the answers."""
    print(f"  {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def disk() -> Iterator[Path]:
    """Make a folder below the current one and take it away again: a folder for temporary files may lie in memory."""
    with tempfile.TemporaryDirectory(prefix=".benchmark-", dir=Path.cwd()) as folder:
        yield Path(folder)


def ratio(row: Row, other: Row) -> float:
    """How many times as long as `other` this took, in a typical pair of rounds.

    Rounds that took turns one by one are pairs: what slows the machine for a moment slows both, and cancels out.
    """
    return statistics.median(own / theirs for own, theirs in zip(row.seconds, other.seconds, strict=True))


async def take_turns(
    contestants: Mapping[str, Callable[[int], Awaitable[Sequence[float]]]], rounds: int, blocks: int = BLOCKS
) -> list[Row]:
    """Each contestant's figures of `rounds` rounds, measured in blocks by turns, after a block to warm up.

    A contestant is called with a number of rounds and gives that many figures, in seconds. As many blocks as rounds
    make pairs of rounds, see `ratio`.
    """
    block = max(1, rounds // blocks)
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    for measure in contestants.values():
        await measure(block)
    for _ in range(blocks):
        for name, measure in contestants.items():
            figures[name] += await measure(block)
    return [Row(name, seconds) for name, seconds in figures.items()]
