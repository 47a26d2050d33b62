"""What a screen's question costs after ten years of ordinary months: each is one fold, or a few, over what is at hand.

Two people with daily tasks, a ritual, pauses, consents, agreements and all the rest that `months` says. The store is
opened as an app opens it, and each question is asked as a page asks it: of the opened store, and again after some news;
the slower counts. Some are asked in a pause too, and days after a no of one's own, when things are to be hidden. Beside
each is the same after one year. All of it is asked in some processes, each started for it, of the two stores in turns:
whatever this process did before would be in its figures, and one start is no measure of a first answer. Garbage left
behind is collected before each question, or it would be charged to whichever comes next. The past is written beforehand
by the domain's own acts, see `months`, which takes some minutes the first time.
"""

import asyncio
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

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
YEARS: Final = (12, 120)  # months
STARTS: Final = 5  # of a process; one start to the next differs by half
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
    "whether another kind did, which never has": lambda space, _now: space.slips.outside_help("dismissed"),
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


class Times(msgspec.Struct, frozen=True):
    """Milliseconds of processor time, by question: the first time that it was asked, and the median of some rounds."""

    first: dict[str, float]
    again: dict[str, float]


async def asked(store: Store) -> Times:
    """Ask every question of the device of this store."""
    settings = store.settings()
    engine = Engine(settings["device/seed"], lambda: settings, store, unfinished)
    space = Space(next(iter(engine.spaces)), engine, Runner(engine, store))
    assert space.problems() == ()
    opened = _answers(space, QUESTIONS, "")
    write = partial(_write, engine, space)
    write(Say(PAUSE, home="core"))
    paused = _answers(space, IN_A_PAUSE, ", in a pause")
    write(*(Say(LIFT, answers=(each.id,), home="core") for each in space.pauses.standing()))
    refused = next(each for each in reversed(space.consents.all()) if space.me in each.parties)
    write(Say("consent.decline", refused.id, home="core"))
    after_a_no = _answers(space, PAGES, ", days after an own no")
    write(Say("limit.set", body={"text": "Nothing before ten", "kind": "boundary"}, home="core"))
    write(Say("moment.share", body={"text": "Thank you for the tea"}))
    news = _answers(space, QUESTIONS, "")
    slower = {name: max(each, news.again[name]) for name, each in opened.again.items()}
    return Times(opened.first | paused.first | after_a_no.first, slower | paused.again | after_a_no.again)


def _write(engine: Engine, space: Space, *said: Say) -> None:
    """Have news as the engine takes it; that it is not on the disk yet changes no answer."""
    now = Now(space.now(), _STEADY)
    engine.handle(events.Write(_REQUEST, space.id, None, said), now, os.urandom)


def _answers(space: Space, names: Iterable[str], when: str) -> Times:
    now = space.now()
    found = Times({}, {})
    for name in names:
        times = []
        gc.collect()  # what opening and the questions before left behind is not charged to this one
        for _ in range(ROUNDS):
            begun = time.process_time()
            QUESTIONS[name](space, now)
            times.append((time.process_time() - begun) * 1e3)
        found.first[name + when], found.again[name + when] = times[0], statistics.median(times)
    return found


def _asked_here(device: Path) -> Times:
    store = Store.open(device / "store.db", keystore.unlock(device, PASSPHRASE))
    try:
        return asyncio.run(asked(store))
    finally:
        store.close()


def _asked_anew(device: Path) -> Times:
    """Ask in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.ten_years_domain", str(device)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
    return msgspec.json.decode(done.stdout, type=Times)


def _medians(starts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """By question, the median of all starts."""
    every = [*starts]
    return {name: statistics.median(each[name] for each in every) for name in every[0]}


def _growth(later: float, early: float) -> float:
    return later / max(early, _NOTHING_MILLISECONDS)


def _figures(name: str, later: float, early: float) -> list[Figure]:
    return [
        Figure(name, later, "ms", MILLISECONDS_MAX),
        Figure("  beside after one year", _growth(later, early), TIMES, GROWTH_MOST),
    ]


async def run() -> list[Answer]:
    """Give a figure for each question, and how it grew since the first year."""
    pasts = {months: await asyncio.to_thread(prepared, f"months-{months}") for months in YEARS}
    found: dict[int, list[Times]] = {months: [] for months in YEARS}
    with disk() as folder:
        devices = {months: past.device(0, folder / f"alex-{months}") for months, past in pasts.items()}
        for start in range(STARTS):
            note(f"ten_years_domain: start {start + 1} of {STARTS}")
            for months, device in devices.items():
                found[months].append(await asyncio.to_thread(_asked_anew, device))
    early, later = (_medians(each.again for each in found[months]) for months in YEARS)
    early_first, later_first = (_medians(each.first for each in found[months]) for months in YEARS)
    figures = [each for name, took in later.items() for each in _figures(name, took, early[name])]
    slowest = max(later_first, key=lambda name: later_first[name])
    figures += _figures(f"the slowest first answer: {slowest}", later_first[slowest], early_first[slowest])
    growths = {name: _growth(took, early_first[name]) for name, took in later_first.items()}
    most = max(growths, key=lambda name: growths[name])
    figures.append(Figure(f"the first answer that grew most: {most}", growths[most], TIMES))
    title = "Ten years of months: {1:,} changes; beside one year, {0:,}".format(
        *(each.facts.changes for each in pasts.values())
    )
    told = (
        f"Processor time: a fold waits for nothing. The median of {STARTS} starts of a process, of which each gives the"
        f"\nmedian of {ROUNDS} rounds; of the first answer, the median of as many first times."
    )
    return [Figures(title, figures, told)]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(msgspec.json.encode(_asked_here(Path(sys.argv[1]))).decode())
    else:
        print_answers(run)
