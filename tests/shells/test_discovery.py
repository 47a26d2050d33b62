"""Discovery: devices find each other through every change of network, and a stranger learns nothing.

Each device is a process of its own, in a network namespace that the test makes.
"""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import in_time, needs
from tests.lan.bed import Bed, Holder

ROOT = Path(__file__).parents[2]
FOUND_SECONDS_MAX = 1.5
UNTIL_SECONDS_MAX = 60.0  # when a test gives up


class Seeker:
    """A running tests.shells.seeker."""

    def __init__(self, enter: Sequence[str], letter: str, port: int) -> None:
        self.letter = letter
        self._process = subprocess.Popen(
            [*enter, sys.executable, "-W", "error", "-m", "tests.shells.seeker", letter, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._rest = b""
        self.heard: list[dict[str, Any]] = []
        self._unread: list[dict[str, Any]] = []
        self.wait("ready", UNTIL_SECONDS_MAX)

    def tell(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()

    def wait(self, key: str, seconds: float, which: Callable[[Any], bool] = lambda _: True) -> dict[str, Any]:
        """The first line not asked for yet with this key of which it is true, within the time."""
        until = time.monotonic() + seconds
        while True:
            for line in self._unread:
                if key in line and which(line[key]):
                    self._unread.remove(line)
                    return line
            left = until - time.monotonic()
            if left <= 0:
                pytest.fail(f"{self.letter} never said {key}, but {self.heard[-5:]}")
            self._read(left)

    def forget(self) -> None:
        """What was said so far answers no later question."""
        self._read(0)
        self._unread.clear()

    def _read(self, seconds: float) -> None:
        if self._selector.select(seconds):
            assert self._process.stdout is not None
            *lines, self._rest = (self._rest + os.read(self._process.stdout.fileno(), 65_536)).split(b"\n")
            spoken = [json.loads(line) for line in lines]
            self.heard += spoken
            self._unread += spoken

    def ask(self, what: str) -> Any:
        self.tell(what)
        return self.wait(what, UNTIL_SECONDS_MAX)[what]

    def until(self, what: str, ready: Callable[[Any], bool]) -> None:
        """Asks again and again until the answer will do."""
        until = time.monotonic() + UNTIL_SECONDS_MAX
        while not ready(answer := self.ask(what)):
            assert time.monotonic() < until, f"{self.letter} still says {answer}"
            time.sleep(0.1)

    def close(self) -> str:
        """Closes it, and returns what it printed on its standard error. Calling it again is harmless."""
        if self._process.returncode is not None:
            return ""
        self._selector.close()
        return self._process.communicate(b"close\n", timeout=UNTIL_SECONDS_MAX)[1].decode()


class Seekers:
    """Starts devices and closes them; none may print or warn."""

    def __init__(self) -> None:
        self._running: list[Seeker] = []

    def __call__(self, enter: Sequence[str], letter: str, port: int) -> Seeker:
        seeker = Seeker(enter, letter, port)
        self._running.append(seeker)
        return seeker

    def close(self) -> None:
        complaints = [seeker.close() for seeker in self._running]
        assert complaints == ["" for _ in self._running]


@pytest.fixture
def seekers() -> Iterator[Seekers]:
    started = Seekers()
    yield started
    started.close()


@pytest.fixture
def machine() -> Iterator[Holder]:
    """One computer that is on no network but its own."""
    ip = needs.program("ip", "iproute2")
    holder = Holder(needs.namespaces())
    holder.run(ip, "link", "set", "lo", "up", "multicast", "on")
    holder.run(ip, "route", "add", "224.0.0.0/4", "dev", "lo")
    yield holder
    holder.close()


def is_of(letter: str) -> Callable[[Any], bool]:
    return lambda letters: bool(letters == [letter])


@pytest.mark.alone
def test_two_on_one_machine_find_each_other_and_a_latecomer_finds_both(machine: Holder, seekers: Seekers) -> None:
    def found() -> float:
        alex, sam = started[:] = seekers(machine.enter, "a", 4001), seekers(machine.enter, "s", 4002)
        for seeker in started:
            seeker.wait("announces", UNTIL_SECONDS_MAX)
        begun = time.monotonic()
        seen.update(alex.wait("found", UNTIL_SECONDS_MAX, is_of("s")))
        sam.wait("found", UNTIL_SECONDS_MAX, is_of("a"))
        needed = time.monotonic() - begun
        if needed > FOUND_SECONDS_MAX:
            assert [each.close() for each in started] == ["", ""]
        return needed

    started: list[Seeker] = []
    seen: dict[str, Any] = {}
    in_time.kept(found, FOUND_SECONDS_MAX)
    alex, sam = started
    assert seen["addresses"][0] == ["127.0.0.1", 4002]
    assert seen["tags"] == 16
    time.sleep(1)
    late = seekers(machine.enter, "l", 0)
    late.wait("found", UNTIL_SECONDS_MAX, is_of("a"))
    late.wait("found", UNTIL_SECONDS_MAX, is_of("s"))
    assert alex.ask("local") == []
    assert "on no network" in alex.ask("problem")
    for seeker in (alex, sam):
        everybody = [letter for line in seeker.heard for letter in line.get("found", [])]
        assert set(everybody) == {"a", "s"} - {seeker.letter}, "not itself, and not who only looks"


def test_every_announcement_has_new_names(machine: Holder, seekers: Seekers) -> None:
    alex, sam = seekers(machine.enter, "a", 4001), seekers(machine.enter, "s", 0)
    instances = []
    for reason, epoch in ((None, 20_000), ("refresh", 20_000), ("day 20001", 20_001)):
        if reason is not None:
            alex.tell(reason)
        announced = alex.wait("announces", UNTIL_SECONDS_MAX)
        assert announced["epoch"] == epoch
        instances.append(announced["announces"])
        assert sam.wait("instance", UNTIL_SECONDS_MAX, instances[-1].__eq__)["found"] == ["a"]
    assert len({*instances}) == 3


FLOOD = """
import os, socket, sys, time
from zeroconf import DNSOutgoing, DNSPointer
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
sender.bind(("127.0.0.1", 0))
until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until:
    for _ in range(20):
        out = DNSOutgoing(0x8400)
        for _ in range(12):
            name = os.urandom(16).hex() + "._http._tcp.local."
            out.add_answer_at_time(DNSPointer("_http._tcp.local.", 12, 1, 1_000_000, name), 0)
        for packet in out.packets():
            sender.sendto(packet, ("224.0.0.251", 5353))
    time.sleep(0.01)
"""


def resident_bytes(seeker: Seeker) -> int:
    return int(Path(f"/proc/{seeker._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.alone
def test_a_flood_of_announcements_takes_little_memory_is_named_and_passes(machine: Holder, seekers: Seekers) -> None:
    alex = seekers(machine.enter, "a", 4001)
    alex.wait("announces", UNTIL_SECONDS_MAX)
    time.sleep(0.5)
    before, most, problems = resident_bytes(alex), 0, set[str]()
    begun = time.monotonic()
    with subprocess.Popen([*machine.enter, sys.executable, "-c", FLOOD, str(UNTIL_SECONDS_MAX)]) as flood:
        while flood.poll() is None:
            problems.add(alex.ask("problem"))
            most = max(most, resident_bytes(alex) - before)
            time.sleep(0.1)
            if time.monotonic() - begun > 6 and any("floods" in each for each in problems):
                flood.kill()
    assert most < 24 << 20
    assert any("floods" in each for each in problems)
    sam = seekers(machine.enter, "s", 4002)
    sam.wait("found", UNTIL_SECONDS_MAX, is_of("a"))
    alex.wait("found", UNTIL_SECONDS_MAX, is_of("s"))


WATCH = """
import asyncio, json, sys
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf
async def main():
    responder = AsyncZeroconf()
    def heard(zeroconf, service_type, name, state_change):
        info = AsyncServiceInfo(service_type, name)
        info.load_from_cache(zeroconf)
        text = [[key.decode(), len(value)] for key, value in info.properties.items()]
        print(json.dumps([state_change.name, name, info.server, text]), flush=True)
    browser = AsyncServiceBrowser(responder.zeroconf, "_http._tcp.local.", handlers=[heard])
    await asyncio.to_thread(sys.stdin.read)
    await browser.async_cancel()
    await responder.async_close()
asyncio.run(main())
"""


def test_a_stranger_sees_random_names_a_fixed_number_of_tags_and_a_farewell(machine: Holder, seekers: Seekers) -> None:
    command = [*machine.enter, sys.executable, "-c", WATCH]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stranger:
        assert stranger.stdout is not None
        assert stranger.stdin is not None
        alex = Seeker(machine.enter, "a", 4001)
        instance = alex.wait("announces", UNTIL_SECONDS_MAX)["announces"]
        added, name, server, text = json.loads(stranger.stdout.readline())
        assert alex.close() == ""
        removed, gone, *_ = json.loads(stranger.stdout.readline())
        stranger.stdin.close()
    assert (added, name) == ("Added", f"{instance}._http._tcp.local.")
    assert (removed, gone) == ("Removed", name)
    assert server.removesuffix(".local.") not in name
    assert len(server.removesuffix(".local.")) == 32
    assert text == [["k", 16 * 8]]


CURIOUS = """
import asyncio, json, sys
from zeroconf import DNSOutgoing, DNSQuestion
from zeroconf.asyncio import AsyncZeroconf
async def main():
    responder = AsyncZeroconf()
    await responder.zeroconf.async_wait_for_start()
    print(json.dumps("ready"), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line == "ask\\n":
            question = DNSOutgoing(0)
            question.add_question(DNSQuestion("_http._tcp.local.", 12, 1))
            responder.zeroconf.async_send(question)
        else:
            kept = responder.zeroconf.cache.get_all_by_details("_http._tcp.local.", 12, 1)
            print(json.dumps([record.alias for record in kept]), flush=True)
    await responder.async_close()
asyncio.run(main())
"""


def test_nobody_keeps_a_name_that_was_taken_back_though_an_answer_crossed_the_farewell(
    machine: Holder, seekers: Seekers
) -> None:
    alex = seekers(machine.enter, "a", 4001)
    today = alex.wait("announces", UNTIL_SECONDS_MAX)["announces"]
    command = [*machine.enter, sys.executable, "-c", CURIOUS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as stranger:
        assert stranger.stdout is not None
        assert stranger.stdin is not None
        assert json.loads(stranger.stdout.readline()) == "ready"
        for milliseconds in (0, 3):
            time.sleep(2)  # what was said in the last second would be answered later
            stranger.stdin.write(b"ask\n")
            time.sleep(milliseconds / 1_000)
            alex.tell("refresh")
            today = alex.wait("announces", UNTIL_SECONDS_MAX)["announces"]
        time.sleep(2)
        keeps(stranger, [f"{today}._http._tcp.local."])
        stranger.stdin.close()


def test_nobody_keeps_the_name_of_who_closes_though_an_answer_crossed_the_last_farewells(machine: Holder) -> None:
    command = [*machine.enter, sys.executable, "-c", CURIOUS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as stranger:
        assert stranger.stdout is not None
        assert stranger.stdin is not None
        assert json.loads(stranger.stdout.readline()) == "ready"
        for number, seconds in enumerate((0.6, 0.7, 0.8)):  # the answer is then on its way for a second or more
            leaving = Seeker(machine.enter, "a", 4001 + number)
            leaving.wait("announces", UNTIL_SECONDS_MAX)
            time.sleep(1.2)
            stranger.stdin.write(b"ask\n")
            time.sleep(0.85)
            stranger.stdin.write(b"ask\n")  # what was said in the last second is answered later
            time.sleep(seconds)
            assert leaving.close() == ""
        keeps(stranger, [])
        stranger.stdin.close()


def keeps(stranger: "subprocess.Popen[bytes]", names: list[str]) -> None:
    """Wait until these are the names that it keeps: what nobody takes back, it keeps for much longer."""
    assert stranger.stdin is not None
    assert stranger.stdout is not None
    until = time.monotonic() + UNTIL_SECONDS_MAX
    kept = None
    while kept != names:
        assert time.monotonic() < until, f"it keeps {kept}, and not {names}"
        time.sleep(0.1)
        stranger.stdin.write(b"kept\n")
        kept = json.loads(stranger.stdout.readline())


IMPOSTORS = """
import asyncio, sys
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf
async def main():
    responder = AsyncZeroconf()
    kind, good, tags = "_http._tcp.local.", "0123456789abcdef" * 2, b"x" * 128
    wrong = [
        ("printer", 80, {"k": tags}), ("ABCDEF01" * 4, 80, {"k": tags}), (good[:30], 80, {"k": tags}),
        ("z" * 32, 80, {"k": tags}), ("1" + good[1:], 80, {"k": tags[:127]}), ("2" + good[1:], 80, {"k": b""}),
        ("3" + good[1:], 80, {"k": tags, "x": b"1"}), ("4" + good[1:], 80, {"t": tags}),
        ("5" + good[1:], 0, {"k": tags}), ("6" + good[1:], 80, {}), ("7" + good[1:], 80, {"k": None}),
    ]
    for name, port, text in [*wrong, (good, 80, {"k": b"i" * 8})]:
        info = AsyncServiceInfo(kind, f"{name}.{kind}", port=port, properties=text, server=f"{name[:20]}.local.",
                                parsed_addresses=["127.0.0.1"])
        await responder.async_register_service(info, cooperating_responders=True, strict=False)
    await asyncio.to_thread(sys.stdin.read)
    await responder.async_close()
asyncio.run(main())
"""


def test_announcements_of_another_form_are_not_reported(machine: Holder, seekers: Seekers) -> None:
    alex = seekers(machine.enter, "a", 4001)
    alex.wait("announces", UNTIL_SECONDS_MAX)
    with subprocess.Popen([*machine.enter, sys.executable, "-c", IMPOSTORS], stdin=subprocess.PIPE) as impostors:
        alex.wait("found", UNTIL_SECONDS_MAX, is_of("i"))
        time.sleep(1)
        alex.ask("problem")
        assert impostors.stdin is not None
        impostors.stdin.close()
    assert {line["instance"] for line in alex.heard if "found" in line} == {"0123456789abcdef" * 2}


@pytest.fixture
def bed() -> Iterator[Bed]:
    with Bed("alex", "sam") as made:
        yield made


def test_laptops_find_each_other_again_after_every_change_of_network(bed: Bed, seekers: Seekers) -> None:
    ip = needs.program("ip", "iproute2")
    alex, sam = seekers(bed.enter("alex"), "a", 4001), seekers(bed.enter("sam"), "s", 4002)
    seen = alex.wait("found", UNTIL_SECONDS_MAX, is_of("s"))
    assert seen["addresses"][0] == ["10.77.0.2", 4002]
    sam.wait("found", UNTIL_SECONDS_MAX, is_of("a"))
    assert sam.ask("problem") is None
    assert sam.ask("local") == ["10.77.0.2"]

    sam.forget()
    bed.run("sam", ip, "address", "flush", "dev", "eth0")
    bed.run("sam", ip, "link", "set", "eth0", "down")
    sam.wait("announces", UNTIL_SECONDS_MAX)  # to this computer alone, or first to what was left for a moment
    sam.until("problem", lambda problem: "on no network" in (problem or ""))

    sam.forget()
    alex.forget()
    bed.run("sam", ip, "link", "set", "eth0", "up")
    bed.run("sam", ip, "address", "add", "10.77.0.9/24", "dev", "eth0")
    sam.wait("found", UNTIL_SECONDS_MAX, is_of("a"))
    alex.wait("addresses", UNTIL_SECONDS_MAX, lambda addresses: ["10.77.0.9", 4002] in addresses)
    assert sam.ask("problem") is None


@pytest.mark.slow
def test_while_somebody_is_missing_the_network_is_asked_again_though_every_announcement_was_lost(
    bed: Bed, seekers: Seekers
) -> None:
    bed.block_multicast()
    alex, kim = seekers(bed.enter("alex"), "a", 4001), seekers(bed.enter("alex"), "k", 4003)
    seekers(bed.enter("sam"), "s", 4002).wait("announces", UNTIL_SECONDS_MAX)
    time.sleep(20)  # what the library asks and announces by itself is over by then
    bed.block_multicast(blocked=False)
    time.sleep(20)
    for seeker in (alex, kim):
        seeker.forget()
        assert ["s"] not in [line.get("found") for line in seeker.heard]
    alex.tell("missing")
    alex.wait("found", 3, is_of("s"))


def test_a_link_local_address_comes_with_its_interface(bed: Bed, seekers: Seekers) -> None:
    alex = seekers(bed.enter("alex"), "a", 4001)
    seekers(bed.enter("sam"), "s", 4002)

    def scoped(addresses: list[list[Any]]) -> bool:
        return any(host.startswith("fe80:") for host, _ in addresses)

    seen = alex.wait("addresses", UNTIL_SECONDS_MAX, scoped)["addresses"]
    assert all("%" in host for host, _ in seen if host.startswith("fe80:"))


def test_a_computer_without_any_interface_says_so_and_goes_on_once_it_has_one(seekers: Seekers) -> None:
    ip = needs.program("ip", "iproute2")
    holder = Holder(needs.namespaces())
    try:
        alex = seekers(holder.enter, "a", 4001)
        alex.until("problem", lambda problem: "on no network" in (problem or ""))
        holder.run(ip, "link", "add", "wire0", "type", "veth", "peer", "name", "wire1")
        for wire, address in (("wire0", "10.88.0.1/24"), ("wire1", "10.88.0.2/24")):
            holder.run(ip, "address", "add", address, "dev", wire)
            holder.run(ip, "link", "set", wire, "up")
        alex.wait("announces", UNTIL_SECONDS_MAX)
        alex.until("problem", lambda problem: problem is None)
        alex.until("local", lambda local: local == ["10.88.0.1", "10.88.0.2"])
    finally:
        holder.close()
