"""Takes turns, times, and prints: the tools of every question.

A shared machine is slow one minute and fast the next, so contestants take turns in short blocks and are compared only
within one table. Collection of garbage stays on, as it is in an app. Knows nothing of what is measured.
"""

import contextlib
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BLOCKS = 5


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


@contextlib.contextmanager
def disk() -> Iterator[Path]:
    """Make a folder below the current one and take it away again: a folder for temporary files may lie in memory."""
    with tempfile.TemporaryDirectory(prefix=".benchmark-", dir=Path.cwd()) as folder:
        yield Path(folder)


async def take_turns(contestants: Mapping[str, Callable[[int], Awaitable[Sequence[float]]]], rounds: int) -> list[Row]:
    """Each contestant's figures of `rounds` rounds, measured in blocks by turns, after a block to warm up.

    A contestant is called with a number of rounds and gives that many figures, in seconds.
    """
    block = max(1, rounds // BLOCKS)
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    for measure in contestants.values():
        await measure(block)
    for _ in range(BLOCKS):
        for name, measure in contestants.items():
            figures[name] += await measure(block)
    return [Row(name, seconds) for name, seconds in figures.items()]
