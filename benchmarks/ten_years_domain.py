"""What a screen's question costs after ten years of ordinary months: each is one fold, or a few, over what is at hand.

Two people with daily tasks, a ritual, pauses, consents, agreements and all the rest that `months` says. The store is
opened as an app opens it, and each question is asked as a page asks it; beside each is the same after one year. The
past is written beforehand by the domain's own acts, see `months`, which takes some minutes the first time.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Final

from benchmarks.measure import TIMES, Answer, Figure, Figures, disk, note, print_answers
from benchmarks.prepared import PASSPHRASE, prepared
from collar_sync.core.engine import Engine
from collar_sync.domain.finished import unfinished
from collar_sync.node.runner import Runner
from collar_sync.node.space import Space
from collar_sync.shells import keystore
from collar_sync.shells.store import Store

MILLISECONDS_MAX: Final = 50
ROUNDS: Final = 7
_LAST: Final = date(2025, 11, 1)  # near the end of ten years

Question = Callable[[Space, int], object]  # of a space, at a time

QUESTIONS: Final[Mapping[str, Question]] = {
    "today's tasks": lambda space, now: [each.timing(now, "UTC") for each in space.tasks.visible()],
    "the consents": lambda space, now: [each.state(now) for each in space.consents.visible()],
    "the agreements": lambda space, now: [each.state(now) for each in space.agreements.visible()],
    "the limits": lambda space, _now: space.limits.standing(),
    "the checklists": lambda space, now: [each.state(now) for each in space.checklists.open()],
    "the focus sessions": lambda space, now: [each.state(now) for each in space.sessions.all()],
    "which habits are tracked": lambda space, _now: space.tracking.habits(),
    "four weeks of progress": lambda space, _now: space.progress.mine(_LAST - timedelta(27), _LAST),
    "what is due for review": lambda space, _now: space.reviews.due(),
    "the repairs and what comes next": lambda space, _now: [
        space.repairs.next_step(each.id) for each in space.repairs.open()
    ],
    "whether its kind came up before": lambda space, _now: space.slips.outside_help("promise-missed"),
    "check-ins, moments and slip-ups": lambda space, _now: (
        space.check_ins.shared(),
        space.moments.all(),
        space.slips.shared(),
    ),
    "whether there is a pause": lambda space, _now: space.pauses.standing(),
    "the newest page of the timeline": lambda space, _now: space.timeline.page(),
    "a page from the first month": lambda space, _now: space.timeline.page("2016-01-20"),
    "what can be undone": lambda space, _now: space.undo.last(),
    "what does not count": lambda space, _now: space.problems(),
}


async def asked(store: Store) -> Mapping[str, float]:
    """Ask every question of the device of this store; the median of some rounds, in milliseconds."""
    settings = store.settings()
    engine = Engine(settings["device/seed"], settings, store, unfinished)
    space = Space(next(iter(engine.spaces)), engine, Runner(engine, store))
    assert space.problems() == ()
    now = space.now()
    return {name: _median(partial(ask, space, now)) for name, ask in QUESTIONS.items()}


def _median(ask: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        ask()
        times.append((time.process_time() - begun) * 1e3)
    return statistics.median(times)


async def run() -> list[Answer]:
    """Give a figure for each question, and how it grew since the first year."""
    found: dict[int, Mapping[str, float]] = {}
    changes: dict[int, int] = {}
    for months in (12, 120):
        past = await asyncio.to_thread(prepared, f"months-{months}")
        note(f"ten_years_domain: {months} months")
        changes[months] = past.facts.changes
        with disk() as folder:
            device = past.device(0, folder / "alex")
            store = Store.open(device / "store.db", keystore.unlock(device, PASSPHRASE))
            try:
                found[months] = await asked(store)
            finally:
                store.close()
    figures = []
    for name in QUESTIONS:
        figures.append(Figure(name, found[120][name], "ms", MILLISECONDS_MAX))
        figures.append(Figure("  beside after one year", found[120][name] / max(found[12][name], 0.1), TIMES))
    title = f"Ten years of months: {changes[120]:,} changes; beside one year, {changes[12]:,}"
    return [Figures(title, figures, "Processor time, the median of some rounds: a fold waits for nothing.")]


if __name__ == "__main__":
    print_answers(run)
