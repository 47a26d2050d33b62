"""Where this computer is: changes of address and sleep are noticed, each once, and nothing else is taken for one."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from collar_sync.shells import clock, surroundings
from collar_sync.shells.surroundings import Interface, near
from tests import in_time, needs
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
        return self.process.communicate("", timeout=60)[0].splitlines()


@pytest.fixture
def bed() -> Iterator[Bed]:
    with Bed("alex") as made:
        yield made


@pytest.fixture
def watcher(bed: Bed) -> Iterator[Watcher]:
    ip = needs.program("ip", "iproute2")
    until = time.monotonic() + 60
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
    changes = 0

    def noticed() -> float:
        nonlocal changes
        address = f"10.77.0.{20 + changes}"
        bed.readdress("alex", address)
        begun = time.monotonic()
        while (heard := watcher.hear())[1:] != sorted([*kept, address]):
            assert heard[1:] == kept, "a look between the old address and the new one"
            changes += 1
        changes += 1
        assert heard[0] == str(changes)
        return time.monotonic() - begun

    in_time.kept(noticed, NOTICED_SECONDS_MAX)


def test_a_computer_that_slept_notices_though_its_addresses_are_the_same(watcher: Watcher) -> None:
    sleeps = iter("123")

    def noticed() -> float:
        watcher.process.send_signal(19)  # SIGSTOP: as a program sees it, the lid is closed
        time.sleep(6.5)
        begun = time.monotonic()
        watcher.process.send_signal(18)
        assert watcher.hear() == [next(sleeps), *watcher.first[1:]]
        return time.monotonic() - begun

    in_time.kept(noticed, NOTICED_SECONDS_MAX)


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
        added = time.monotonic()
        holder.run(ip, "address", "add", "fd00::9/64", "dev", "wire0")
        while "fd00::9" not in watcher.hear():
            pass  # another address is tried out too
        assert "tentative" not in holder.run(ip, "-6", "address", "show", "to", "fd00::9")
        assert time.monotonic() - added > 2.5
        watcher.close()
    finally:
        holder.close()


def test_addresses_are_ranked_by_how_likely_they_lead_there() -> None:
    hosts = ["::1", "fe80::1", "fd00::1", "127.0.0.1", "10.0.0.1"]
    assert sorted(hosts, key=surroundings.rank) == ["10.0.0.1", "fd00::1", "fe80::1", "127.0.0.1", "::1"]


HERE: Final = frozenset(
    Interface(*each)
    for each in [
        ("127.0.0.1", 1, 8), ("::1", 1, 128), ("192.168.7.20", 2, 24), ("fe80::20", 2, 64), ("fd00:7::20", 2, 64),
        ("130.1.2.3", 3, 16), ("169.254.9.9", 4, 16), ("10.8.0.2", 5, 0), ("fd00:8::2", 6, 128),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    "host",
    ["192.168.7.1", "192.168.7.20", "fe80::1%2", "fd00:7::1", "130.1.200.200", "169.254.1.1", "fd00:8::2"],
)
def test_what_is_on_a_network_of_this_computer_is_near(host: str) -> None:
    assert near(host, HERE)


@pytest.mark.parametrize(
    "host",
    [
        "8.8.8.8", "203.0.113.7", "192.168.8.1", "192.168.6.255", "10.8.0.1", "10.0.0.1", "130.2.2.3", "172.17.0.1",
        "2001:db8::1", "fd00:9::1", "fd00:8::1", "::ffff:8.8.8.8", "::ffff:192.168.7.1", "::ffff:127.0.0.1",
        "127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::",  # noqa: S104
         "224.0.0.251", "ff02::fb%2", "255.255.255.255",
        "fe80::1", "fe80::1%3", "fe80::1%9", "fe80::1%eth0", "64:ff9b::808:808", "localhost", "example.org", "", "7",
    ],
)  # fmt: skip
def test_what_is_beyond_a_router_on_this_computer_alone_or_no_number_is_not_near(host: str) -> None:
    assert not near(host, HERE)


def test_on_no_network_but_its_own_what_is_on_this_computer_is_near() -> None:
    alone = frozenset({Interface("127.0.0.1", 1, 8), Interface("::1", 1, 128)})
    assert near("127.0.0.1", alone)
    assert near("::1", alone)
    assert not near("192.168.7.1", alone)


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
        await asyncio.wait_for(heard.wait(), 60)
    finally:
        await watched.close()
    assert watched.changes == 1
