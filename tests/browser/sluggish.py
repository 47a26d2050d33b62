"""A slow machine, on purpose: everything a story waits for comes late by chance, so that none can count on being quick.

Apps and pages stand still now and then, a page loads slowly, what it is told reaches it late, and whoever acts
hesitates. How late is drawn from the seed, the test and the window, so the same command draws the same again; what it
falls on is up to the machine, so something rare may need several seeds. Nothing is lost or turned round: whatever fails
here can fail on any machine that is busy enough. It takes no time of any processor. Knows no story and no page.
"""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright._impl._sync_base import SyncBase
from playwright.sync_api import BrowserContext, Page

from tests.lan.bed import Holder

SCRIPT = (Path(__file__).parent / "sluggish.js").read_text()
PROCESSES = (b"-m\0demo_app", b"-m\0tests.browser.", b"--type=renderer")  # the apps, and the pages
STILL_SECONDS_MAX = (0.02, 0.05, 0.2, 0.8)  # how long some of these stand still at once
AWAKE_SECONDS_MAX = 1.0  # and how long none does in between
LATENCY_MILLISECONDS = (0, 20, 80)  # of each file that a page loads
BYTES_PER_SECOND = (-1, 2_000_000, 500_000)  # of all of them; -1 is as fast as they come
HESITATION_SECONDS_MAX = (0.0, 0.0, 0.0, 0.0, 0.05, 0.05, 0.05, 1.5)  # before each thing that is done or read


class Sluggish:
    """What is late, and by how much."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._windows = 0

    def _chance(self, *of: object) -> random.Random:
        return random.Random(f"{self._seed} {of}")  # noqa: S311 - it keeps no secret

    def window(self, context: BrowserContext, page: Page) -> None:
        """From now on this window's page is slow, whatever it opens."""
        self._windows += 1
        chance = self._chance("window", self._windows)
        context.add_init_script(SCRIPT.replace("SEED", str(chance.getrandbits(31))))
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": chance.choice(LATENCY_MILLISECONDS),
                "downloadThroughput": chance.choice(BYTES_PER_SECOND),
                "uploadThroughput": -1,
            },
        )

    @contextlib.contextmanager
    def machine(self, network: Holder) -> Iterator[None]:
        """Meanwhile apps and pages in this network stand still now and then, some of them at once."""
        over, chance = threading.Event(), self._chance("machine")

        def stall() -> None:
            while not over.wait(chance.uniform(0, AWAKE_SECONDS_MAX)):
                with contextlib.ExitStack() as still:
                    for process in _running(network):
                        if chance.choice((True, False)):
                            still.enter_context(_standing_still(process))
                    time.sleep(chance.uniform(0, chance.choice(STILL_SECONDS_MAX)))

        stalling = threading.Thread(target=stall)
        stalling.start()
        try:
            yield
        finally:
            over.set()
            stalling.join()

    @contextlib.contextmanager
    def hands(self, test: str) -> Iterator[None]:
        """Whoever acts and looks in this test hesitates now and then."""
        chance = self._chance("hands", test)
        at_once = SyncBase._sync

        def hesitantly(self: SyncBase, awaitable: Any) -> Any:
            time.sleep(chance.uniform(0, chance.choice(HESITATION_SECONDS_MAX)))
            return at_once(self, awaitable)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SyncBase, "_sync", hesitantly)
            yield


def _running(network: Holder) -> list[Path]:
    """The apps and pages in this network, the oldest first."""
    inside = (Path("/proc") / str(network.pid) / "ns/net").readlink()
    found = []
    for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda each: int(each.name)):
        with contextlib.suppress(OSError):  # it is over, or nothing of ours
            if (process / "ns/net").readlink() == inside:
                command = (process / "cmdline").read_bytes()
                found += [process] if any(each in command for each in PROCESSES) else []
    return found


@contextlib.contextmanager
def _standing_still(process: Path) -> Iterator[None]:
    with contextlib.ExitStack() as held:
        with contextlib.suppress(ProcessLookupError):  # it is over by now
            handle = os.pidfd_open(int(process.name))  # so that no other process of that number is meant
            held.callback(os.close, handle)
            held.callback(_send, handle, signal.SIGCONT)
            _send(handle, signal.SIGSTOP)
        yield


def _send(handle: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, number)
