"""Where this computer is: changes of address and sleep are noticed, each once, and nothing else is taken for one."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collar_sync.shells import clock, surroundings
from tests import needs
from tests.lan.bed import Bed, Holder

ROOT = Path(__file__).parents[2]
NOTICED_SECONDS_MAX = 3.0
WATCH = """
import asyncio, sys
from collar_sync.shells.surroundings import Surroundings
async def main():
    watched = Surroundings()
    watched.hear.append(lambda: print(watched.changes, *sorted(watched.hosts), flush=True))
    await watched.start()
    print("ready", *sorted(watched.hosts), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await watched.close()
asyncio.run(main())
"""


class Watcher:
    """A process that says what it notices, with the time at which it was heard."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True, cwd=ROOT)
        self.first = self.hear()

    def hear(self) -> list[str]:
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def close(self) -> list[str]:
        """Whatever it said that was not asked for."""
        return self.process.communicate("", timeout=10)[0].splitlines()


@pytest.fixture
def bed() -> Iterator[Bed]:
    with Bed("alex") as made:
        yield made


@pytest.fixture
def watcher(bed: Bed) -> Iterator[Watcher]:
    ip = needs.program("ip", "iproute2")
    until = time.monotonic() + 5
    while "tentative" in bed.run("alex", ip, "address", "show", "dev", "eth0"):  # IPv6 looks for a double first
        assert time.monotonic() < until
        time.sleep(0.1)
    started = Watcher([*bed.enter("alex"), sys.executable, "-W", "error", "-c", WATCH])
    yield started
    assert started.close() == []


def test_a_new_address_is_noticed_with_what_is_left_of_the_old_ones(bed: Bed, watcher: Watcher) -> None:
    kept = [host for host in watcher.first[1:] if host != "10.77.0.1"]
    assert watcher.first[1:] == sorted(["10.77.0.1", *kept])
    assert "127.0.0.1" in kept
    begun = time.monotonic()
    bed.readdress("alex", "10.77.0.9")
    assert watcher.hear() == ["1", *sorted([*kept, "10.77.0.9"])]
    assert time.monotonic() - begun < NOTICED_SECONDS_MAX


def test_a_computer_that_slept_notices_though_its_addresses_are_the_same(watcher: Watcher) -> None:
    watcher.process.send_signal(19)  # SIGSTOP: as a program sees it, the lid is closed
    time.sleep(6.5)
    begun = time.monotonic()
    watcher.process.send_signal(18)
    assert watcher.hear() == ["1", *watcher.first[1:]]
    assert time.monotonic() - begun < NOTICED_SECONDS_MAX


def test_a_short_stop_is_no_sleep_and_the_same_addresses_are_no_change(watcher: Watcher) -> None:
    watcher.process.send_signal(19)
    time.sleep(1.5)
    watcher.process.send_signal(18)
    time.sleep(2.5)
    assert watcher.close() == []


def test_an_address_that_ipv6_still_tries_out_is_none_yet() -> None:
    ip = needs.program("ip", "iproute2")
    holder = Holder(needs.namespaces())
    try:
        holder.run(ip, "link", "add", "wire0", "type", "veth", "peer", "name", "wire1")
        holder.run(ip, "link", "set", "wire1", "up")
        holder.run(ip, "link", "set", "wire0", "up")
        holder.run("sh", "-c", "echo 4 > /proc/sys/net/ipv6/conf/wire0/dad_transmits")  # so many seconds
        watcher = Watcher([*holder.enter, sys.executable, "-c", WATCH])
        holder.run(ip, "address", "add", "fd00::9/64", "dev", "wire0")
        added = time.monotonic()
        while "fd00::9" not in watcher.hear():
            assert "tentative" in holder.run(ip, "-6", "address", "show", "to", "fd00::9")
        assert time.monotonic() - added > 2.5
        watcher.close()
    finally:
        holder.close()


def test_addresses_are_ranked_by_how_likely_they_lead_there() -> None:
    hosts = ["::1", "fe80::1", "fd00::1", "127.0.0.1", "10.0.0.1"]
    assert [host for host, _ in sorted(((host, 0) for host in hosts), key=surroundings.rank)] == [
        "10.0.0.1",
        "fd00::1",
        "fe80::1",
        "127.0.0.1",
        "::1",
    ]


async def test_a_sleep_that_falls_into_a_look_is_noticed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = iter([0, 10_000, *[0] * 100])  # the first look is that of `start`
    shift = 0

    def look() -> surroundings.Interfaces:
        nonlocal shift
        shift += next(slept)
        return frozenset()

    monkeypatch.setattr(surroundings, "_interfaces", look)
    monkeypatch.setattr(surroundings, "_LOOK_SECONDS", 0.01)
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + shift)
    watched = surroundings.Surroundings()
    heard = asyncio.Event()
    watched.hear.append(heard.set)
    await watched.start()
    try:
        await asyncio.wait_for(heard.wait(), 5)
    finally:
        await watched.close()
    assert watched.changes == 1
