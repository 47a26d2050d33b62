"""How fast laptops find each other, notice that they lost each other, and are in step again: held, and printed.

Each figure is counted by the laptops themselves, on the clock that all processes of a machine share, from what happened
to the network until the slower of the two noticed. `pytest -m slow -s tests/lan/test_figures.py` prints medians.
What it takes to start the program that changes the network is no part of a figure.
"""

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import in_time
from tests.lan.bed import Bed
from tests.lan.remote import Remote, in_step, laptops, pair

pytestmark = pytest.mark.alone

LATECOMER_SECONDS_MAX = 0.5
TOGETHER_SECONDS_MAX = 1.5
NOTICED_SECONDS_MAX = 4.0
HEALED_SECONDS_MAX = 1.0
ROAMED_SECONDS_MAX = 3.0
CUT_SECONDS = 10.0
LONG_CUT_SECONDS = 180.0
ROUNDS = 7


class Home:
    """A bed with two laptops that are paired and in step, which can be switched off and on again."""

    def __init__(self, bed: Bed, folder: Path, alex: Remote, sam: Remote, running: contextlib.ExitStack) -> None:
        self.bed = bed
        self.alex, self.sam = alex, sam
        self._folder = folder
        self._running = running

    def off(self, name: str) -> None:
        """Ends a laptop's process, which ends in silence."""
        remote: Remote = getattr(self, name)
        assert remote.close() == ""

    def on(self, name: str) -> Remote:
        """Starts it again with what it had."""
        remote = Remote(self.bed, name, self._folder / name)
        self._running.callback(remote.close)
        setattr(self, name, remote)
        return remote

    def later(self, ready: Callable[[dict[str, Any]], bool], since: float, counted: float | None = None) -> float:
        """When both laptops saw a connection come to stand so since then, in seconds after what it is `counted` from.

        That may be later than `since`, and what happened before it took no time.
        """
        seen = since + max(laptop.when(ready, since) for laptop in (self.alex, self.sam))
        return max(0.0, seen - (since if counted is None else counted))


@contextlib.contextmanager
def at_home(folder: Path) -> Iterator[Home]:
    """Alex and Sam, paired and in step."""
    with Bed("alex", "sam") as bed, contextlib.ExitStack() as running:
        alex, sam = running.enter_context(laptops(bed, folder))
        pair(alex, sam)
        in_step(alex)
        in_step(sam)
        yield Home(bed, folder, alex, sam, running)


def connected(moment: dict[str, Any]) -> bool:
    return bool(moment["connected"])


def parted(moment: dict[str, Any]) -> bool:
    return not moment["connected"]


def together(moment: dict[str, Any]) -> bool:
    return bool(moment["in_step"])


def latecomer(home: Home) -> float:
    """From opening the second laptop to its connection with the first, which was there for a while."""
    home.off("sam")
    home.alex.until("status", lambda status: not status["connected"])
    time.sleep(2)
    since = time.monotonic()
    return home.later(connected, since, home.on("sam").opened)


def start_together(home: Home) -> float:
    """From opening the later of two laptops, that are switched on at once, to their connection."""
    home.off("sam")
    home.off("alex")
    since = time.monotonic()
    return home.later(connected, since, max(home.on("alex").opened, home.on("sam").opened))


def cut_off(home: Home, seconds: float = CUT_SECONDS) -> tuple[float, float]:
    """From a cut that nobody is told of until both know; from its end until both have what each wrote meanwhile."""
    in_step(home.alex)
    in_step(home.sam)
    before = time.monotonic()
    home.bed.cut("sam")
    cut = time.monotonic()
    noticed = home.later(parted, before, cut)
    titles = {f"written {who} at {cut}" for who in ("here", "there")}
    for laptop, title in zip((home.alex, home.sam), sorted(titles), strict=True):
        laptop("promise", title=title)
    time.sleep(max(0.0, cut + seconds - time.monotonic()))
    since = time.monotonic()
    home.bed.heal("sam")
    healed = home.later(together, since, time.monotonic())
    for laptop in (home.alex, home.sam):
        assert titles <= {title for title, _, _ in laptop("read")["tasks"].values()}
    return noticed, healed


def roam(home: Home, address: str) -> float:
    """From another address of one laptop until it reads what the other wrote in that moment."""
    in_step(home.alex)
    in_step(home.sam)
    since = time.monotonic()
    home.bed.forget_ipv6("sam")  # which of both families they were connected over is left to chance
    home.bed.readdress("sam", address)
    moved = time.monotonic()
    task = home.alex("promise", title=f"written for {address}")["id"]
    home.sam.until("read", lambda seen: task in seen["tasks"])
    needed = time.monotonic() - moved
    home.sam.when(connected, since)  # it is a new connection: the old one would have done without that
    return needed


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with at_home(tmp_path_factory.mktemp("home")) as made:
        yield made


def test_a_cut_is_noticed_within_four_seconds_and_within_one_of_its_end_all_is_in_step_again(home: Home) -> None:
    cuts: list[tuple[float, float]] = []

    def cut() -> tuple[float, float]:
        cuts.append(cut_off(home))
        return cuts[-1]

    in_time.kept(lambda: cut()[0], NOTICED_SECONDS_MAX)
    made = iter([*cuts])
    in_time.kept(lambda: (next(made, None) or cut())[1], HEALED_SECONDS_MAX)


def test_a_laptop_with_another_address_is_connected_again_within_three_seconds(home: Home) -> None:
    addresses = iter(range(200, 250))
    in_time.kept(lambda: roam(home, f"10.77.0.{next(addresses)}"), ROAMED_SECONDS_MAX)


def test_a_latecomer_is_connected_within_half_a_second(home: Home) -> None:
    in_time.kept(lambda: latecomer(home), LATECOMER_SECONDS_MAX)


def test_two_that_start_together_are_connected_within_one_and_a_half_seconds(home: Home) -> None:
    in_time.kept(lambda: start_together(home), TOGETHER_SECONDS_MAX)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_after_a_silent_cut_of_three_minutes_all_is_in_step_within_one_second_too(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    def healed() -> float:
        _, needed = cut_off(home, LONG_CUT_SECONDS)
        with capsys.disabled():
            print(f"\nin step after a healed cut of {LONG_CUT_SECONDS:.0f} s: {needed:.2f} s")  # noqa: T201
        return needed

    in_time.kept(healed, HEALED_SECONDS_MAX)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_the_figures_hold_in_the_median_of_several_rounds_after_long_cuts_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions: dict[str, tuple[Callable[[Home], float], float]] = {
        "a latecomer connected": (latecomer, LATECOMER_SECONDS_MAX),
        "two that start together connected": (start_together, TOGETHER_SECONDS_MAX),
        "a cut noticed": (lambda home: cut_off(home, 0)[0], NOTICED_SECONDS_MAX),
        "in step after a healed cut of 10 s": (lambda home: cut_off(home)[1], HEALED_SECONDS_MAX),
        "in step after a healed cut of 40 s": (lambda home: cut_off(home, 40)[1], HEALED_SECONDS_MAX),
        "connected from another address": (lambda home: roam(home, f"10.77.0.{next(addresses)}"), ROAMED_SECONDS_MAX),
    }
    addresses = iter(range(100, 200))
    figures: dict[str, list[float]] = {name: [] for name in questions}
    with at_home(tmp_path) as home:
        for _ in range(ROUNDS):
            for name, (measure, _) in questions.items():
                figures[name].append(measure(home))
    with capsys.disabled():
        print()  # noqa: T201
        for name, (_, most) in questions.items():
            found = sorted(figures[name])
            print(f"{name:40} median {statistics.median(found):5.2f} s, worst {found[-1]:5.2f} s, at most {most} s")  # noqa: T201
    for name, (_, most) in questions.items():
        assert statistics.median(figures[name]) <= most, name
