"""What a screen's question costs after ten years of ordinary months: each is one fold, or a few, over what is at hand.

Two people with daily tasks, a ritual, pauses, consents, agreements and all the rest that `months` says. The store is
opened as an app opens it, and each question is asked as a page asks it: of the opened store, and again after some news;
the slower counts. Some are asked in a pause too, and days after a no of one's own, when things are to be hidden. Beside
each is the same after one year. The past is written beforehand by the domain's own acts, see `months`, which takes some
minutes the first time.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Final

from benchmarks.measure import TIMES, Answer, Figure, Figures, disk, note, print_answers
from benchmarks.prepared import PASSPHRASE, prepared
from collar_sync.core import events
from collar_sync.core.edits import Say
from collar_sync.core.engine import Engine
from collar_sync.core.events import Now
from collar_sync.domain.finished import unfinished
from collar_sync.domain.pause import LIFT, PAUSE
from collar_sync.node.runner import Runner
from collar_sync.node.space import Space
from collar_sync.shells import keystore
from collar_sync.shells.store import Store

MILLISECONDS_MAX: Final = 50
GROWTH_MOST: Final = 1.5  # in nine years
SLOWEST_FIRST: Final = "the slowest first answer"
_NOTHING_MILLISECONDS: Final = 0.5  # growth is measured against no less: half a millisecond is noise
_REQUEST: Final = 1
_STEADY: Final = 1 << 40  # milliseconds; long after anything was last written to
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
        space.check_ins.all(),
        space.moments.all(),
        space.slips.all(),
    ),
    "whether there is a pause": lambda space, _now: space.pauses.standing(),
    "the newest page of the timeline": lambda space, _now: space.timeline.page(),
    "a page from the first month": lambda space, _now: space.timeline.page("2016-01-20"),
    "what can be undone": lambda space, _now: space.undo.last(),
    "what does not count": lambda space, _now: space.problems(),
}


PAGES: Final = ("the newest page of the timeline", "a page from the first month")
IN_A_PAUSE: Final = (*PAGES, "today's tasks", "the checklists", "the agreements")


async def asked(store: Store) -> Mapping[str, float]:
    """Ask every question of the device of this store; the median of some rounds, in milliseconds."""
    settings = store.settings()
    engine = Engine(settings["device/seed"], settings, store, unfinished)
    space = Space(next(iter(engine.spaces)), engine, Runner(engine, store))
    assert space.problems() == ()
    first, found = _answers(space, QUESTIONS, "")
    write = partial(_write, engine, space)
    write(Say(PAUSE, home="core"))
    paused, in_a_pause = _answers(space, IN_A_PAUSE, ", in a pause")
    write(*(Say(LIFT, answers=(each.id,), home="core") for each in space.pauses.standing()))
    refused = next(each for each in reversed(space.consents.all()) if space.me in each.parties)
    write(Say("consent.decline", refused.id, home="core"))
    after, after_a_no = _answers(space, PAGES, ", days after an own no")
    write(Say("limit.set", body={"text": "Nothing before ten", "kind": "boundary"}, home="core"))
    write(Say("moment.share", body={"text": "Thank you for the tea"}))
    _, again = _answers(space, QUESTIONS, "")
    slower = {name: max(each, again[name]) for name, each in found.items()}
    return {
        **slower,
        **in_a_pause,
        **after_a_no,
        SLOWEST_FIRST: max(*first.values(), *paused.values(), *after.values()),
    }


def _write(engine: Engine, space: Space, *said: Say) -> None:
    """Have news as the engine takes it; that it is not on the disk yet changes no answer."""
    now = Now(space.now(), _STEADY)
    engine.handle(events.Write(_REQUEST, space.id, None, said), now, os.urandom)


def _answers(space: Space, names: Iterable[str], when: str) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds of processor time that each takes: the first time, and the median of some rounds."""
    now = space.now()
    first, median = {}, {}
    for name in names:
        times = []
        for _ in range(ROUNDS):
            begun = time.process_time()
            QUESTIONS[name](space, now)
            times.append((time.process_time() - begun) * 1e3)
        first[name + when], median[name + when] = times[0], statistics.median(times)
    return first, median


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
    for name, milliseconds in found[120].items():
        figures.append(Figure(name, milliseconds, "ms", MILLISECONDS_MAX))
        growth = milliseconds / max(found[12][name], _NOTHING_MILLISECONDS)
        figures.append(Figure("  beside after one year", growth, TIMES, GROWTH_MOST))
    title = f"Ten years of months: {changes[120]:,} changes; beside one year, {changes[12]:,}"
    return [Figures(title, figures, "Processor time, the median of some rounds: a fold waits for nothing.")]


if __name__ == "__main__":
    print_answers(run)
