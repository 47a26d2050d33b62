"""The test bed itself: each thing that it can do to a network happens, ends in its time, and leaves nothing behind."""

import contextlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.lan.bed import Bed

ANSWERED_SECONDS_MAX = 20.0  # by a machine that is shared
GIVEN_UP_SECONDS = 0.5

ECHO = """
import socket
with socket.create_server(("", 7000), family=socket.AF_INET6, dualstack_ipv6=True) as listening:
    print("ready", flush=True)
    while True:
        with listening.accept()[0] as connection:
            connection.sendall(connection.recv(100))
"""
ASK = """
import socket, sys
with socket.create_connection((sys.argv[1], 7000), timeout=float(sys.argv[2])) as connection:
    connection.sendall(b"hello bridge")
    print(connection.recv(100).decode())
"""
COUNT = """
import select, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
    for roomy in (33, socket.SO_RCVBUF):  # the first is without the bound that the second has, where that is allowed
        try:
            here.setsockopt(socket.SOL_SOCKET, roomy, 16 << 20)
            break
        except PermissionError:
            pass
    here.setsockopt(socket.SOL_SOCKET, 35, 1)  # say when the system took each in, however late it is read
    here.bind(("", 7001))
    group, own = (socket.inet_aton(address) for address in ("224.0.0.251", sys.argv[1]))
    here.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group + own)
    print("ready", flush=True)
    sizes, times, over = [], [], False
    while not over or select.select([here], [], [], float(sys.argv[2]))[0]:
        if here in select.select([here, *[sys.stdin] * (not over)], [], [])[0]:
            data, more, _, _ = here.recvmsg(2000, 100)
            seconds, nanoseconds = struct.unpack("ll", more[0][2])
            sizes.append(len(data))
            times.append(seconds + nanoseconds / 1e9)
        else:
            over = sys.stdin.read() == ""  # all was sent
    print(len(sizes), sum(sizes) / max(times[-1] - times[0], 0.001) if sizes else 0)
"""
SEND = """
import socket, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
    for number in range(int(sys.argv[2])):
        here.sendto(bytes(1000), (sys.argv[1], 7001))
        time.sleep(0.001 if number % 10 == 0 else 0)
"""
ON_THE_WAY_SECONDS_MAX = 0.7  # a slow link holds back half a second's worth


@contextlib.contextmanager
def _echoing(bed: Bed, name: str) -> Iterator[None]:
    """A laptop that says back what it is told, over either family."""
    server = subprocess.Popen([*bed.enter(name), sys.executable, "-c", ECHO], stdout=subprocess.PIPE)
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == b"ready\n"
        yield
    finally:
        server.kill()
        server.communicate()


def _ask(bed: Bed, asker: str, address: str, seconds: float = ANSWERED_SECONDS_MAX) -> str:
    return bed.run(asker, sys.executable, "-c", ASK, address, str(seconds)).strip()


def _reaches(bed: Bed, asker: str, address: str, seconds: float = ANSWERED_SECONDS_MAX) -> bool:
    try:
        return _ask(bed, asker, address, seconds) == "hello bridge"
    except RuntimeError as error:
        if not re.search("timed out|No route to host|unreachable|Cannot assign requested address", str(error)):
            raise
        return False


def _is_cut_off(bed: Bed, asker: str, address: str) -> bool:
    return not _reaches(bed, asker, address, GIVEN_UP_SECONDS)


def _counted(bed: Bed, sender: str, receiver: str, address: str, packets: int) -> tuple[int, float]:
    """How many of so many packets of 1,000 bytes arrive, and how many bytes a second."""
    command = [*bed.enter(receiver), sys.executable, "-c", COUNT, bed.addresses[receiver], str(ON_THE_WAY_SECONDS_MAX)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as counting:
        assert counting.stdout is not None
        assert counting.stdin is not None
        assert counting.stdout.readline() == b"ready\n"
        bed.run(sender, sys.executable, "-c", SEND, address, str(packets))
        counting.stdin.close()
        count, speed = counting.stdout.readline().split()
    return int(count), float(speed)


def test_laptops_reach_each_other_and_the_bridge_sees_every_packet(tmp_path: Path) -> None:
    with Bed("alex", "sam", "kim") as bed, _echoing(bed, "sam"):
        with bed.capture(tmp_path / "seen.pcap"):
            assert _ask(bed, "alex", bed.addresses["sam"]) == "hello bridge"
            assert _ask(bed, "kim", bed.addresses["sam"]) == "hello bridge"
        assert (tmp_path / "seen.pcap").read_bytes().count(b"hello bridge") == 4


def test_each_laptop_has_a_host_name_of_its_own_and_this_machine_keeps_its_own() -> None:
    here = socket.gethostname()
    with Bed("alex", "sam") as bed:
        for name in ("alex", "sam"):
            said = bed.run(name, sys.executable, "-c", "import socket; print(socket.gethostname())").strip()
            assert said == bed.host_names[name] == f"{name}-at-home-laptop"
    assert socket.gethostname() == here


def test_a_cut_is_silent_and_heals() -> None:
    with Bed("alex", "sam") as bed, _echoing(bed, "sam"):
        bed.cut("sam")
        with pytest.raises(RuntimeError, match="timed out"):
            _ask(bed, "alex", bed.addresses["sam"], GIVEN_UP_SECONDS)
        assert "NO-CARRIER" not in bed.run("sam", needs.program("ip", "iproute2"), "link", "show", "eth0")
        bed.heal("sam")
        assert _ask(bed, "alex", bed.addresses["sam"]) == "hello bridge"


def test_a_pulled_cable_is_noticed_by_the_laptop_and_can_be_put_back() -> None:
    with Bed("alex", "sam") as bed, _echoing(bed, "sam"):
        bed.unplug("sam")
        assert "NO-CARRIER" in bed.run("sam", needs.program("ip", "iproute2"), "link", "show", "eth0")
        bed.plug("sam")
        assert _ask(bed, "alex", bed.addresses["sam"]) == "hello bridge"


def test_a_network_that_falls_apart_leaves_each_part_whole_until_it_is_joined_again() -> None:
    with Bed("alex", "sam", "kim") as bed, _echoing(bed, "sam"):
        bed.part({"alex", "sam"}, {"kim"})
        assert _reaches(bed, "alex", bed.addresses["sam"])
        assert _is_cut_off(bed, "kim", bed.addresses["sam"])
        bed.join()
        assert _reaches(bed, "kim", bed.addresses["sam"])


@pytest.mark.alone
def test_of_a_lossy_link_about_as_many_packets_are_missing_as_were_asked_for() -> None:
    with Bed("alex", "sam") as bed:
        assert _counted(bed, "alex", "sam", bed.addresses["sam"], 10)[0] == 10  # each knows where the other is
        bed.lose("sam", 30)
        count, _ = _counted(bed, "alex", "sam", bed.addresses["sam"], 2_000)
        assert 1_250 < count < 1_550, "1,400 are expected; by chance never so far off"
        bed.lose("sam", 0)
        assert _counted(bed, "alex", "sam", bed.addresses["sam"], 100)[0] == 100


@pytest.mark.alone
def test_a_slow_link_passes_what_it_may_and_no_more_in_both_directions() -> None:
    with Bed("alex", "sam") as bed:
        bed.slow("sam", 4_000)
        for sender, receiver in (("alex", "sam"), ("sam", "alex")):
            count, bytes_a_second = _counted(bed, sender, receiver, bed.addresses[receiver], 200)
            assert count == 200
            assert 300_000 < bytes_a_second < 600_000, "4 Mbit/s are 500 kB/s with headers, and 16 kB at once"


def test_where_multicast_is_blocked_everything_else_passes() -> None:
    with Bed("alex", "sam") as bed, _echoing(bed, "sam"):
        ip = needs.program("ip", "iproute2")
        for name in ("alex", "sam"):
            bed.run(name, ip, "route", "add", "224.0.0.0/4", "dev", "eth0")
        assert _counted(bed, "alex", "sam", "224.0.0.251", 10)[0] == 10
        bed.block_multicast()
        assert _counted(bed, "alex", "sam", "224.0.0.251", 10)[0] == 0
        assert _reaches(bed, "alex", bed.addresses["sam"])
        bed.block_multicast(blocked=False)
        assert _counted(bed, "alex", "sam", "224.0.0.251", 10)[0] == 10


def test_guests_reach_their_host_and_not_each_other() -> None:
    with Bed("alex", "sam", "kim") as bed, _echoing(bed, "sam"):
        bed.isolate("alex", "sam")
        assert _is_cut_off(bed, "alex", bed.addresses["sam"])
        assert _reaches(bed, "kim", bed.addresses["sam"])
        bed.isolate("alex", "sam", isolated=False)
        assert _reaches(bed, "alex", bed.addresses["sam"])


def test_a_laptop_with_a_firewall_is_not_called_and_may_call() -> None:
    with Bed("alex", "sam") as bed, _echoing(bed, "alex"), _echoing(bed, "sam"):
        bed.firewall("sam")
        assert _is_cut_off(bed, "alex", bed.addresses["sam"])
        assert _reaches(bed, "sam", bed.addresses["alex"])
        bed.firewall("sam", up=False)
        assert _reaches(bed, "alex", bed.addresses["sam"])


def test_a_laptop_is_where_its_address_is_and_follows_it_to_another_network() -> None:
    with Bed("alex", "sam") as bed, _echoing(bed, "sam"):
        bed.readdress("sam", "10.77.0.99")
        assert _reaches(bed, "alex", "10.77.0.99")
        assert _is_cut_off(bed, "alex", "10.77.0.2")
        bed.roam("sam", "café")
        assert bed.addresses["sam"] == "10.77.1.2"
        assert _is_cut_off(bed, "alex", "10.77.1.2")
        bed.wire("alex", "café", "wifi0")
        assert _reaches(bed, "alex", "10.77.1.2"), "with a foot in either network"
        bed.roam("sam", "home")
        assert _reaches(bed, "alex", "10.77.0.2")


def test_with_ipv6_alone_there_is_no_other_address() -> None:
    with Bed("alex", "sam", ipv4=False) as bed, _echoing(bed, "sam"):
        ip = needs.program("ip", "iproute2")
        assert bed.run("sam", ip, "-4", "address", "show", "dev", "eth0") == ""
        until = time.monotonic() + 30  # duplicate address detection takes its time
        address = f"{bed.link_local('sam')}%eth0"
        while _is_cut_off(bed, "alex", address):
            assert time.monotonic() < until


def test_all_of_it_works_without_privileges_in_a_user_namespace_of_its_own() -> None:
    unprivileged = (needs.program("unshare", "util-linux"), "-Urn", "--")
    if subprocess.run([*unprivileged, "true"], capture_output=True, check=False).returncode:
        needs.missing("user namespaces are off: sysctl -w kernel.unprivileged_userns_clone=1")
    with Bed("alex", "sam", unshare=unprivileged) as bed, _echoing(bed, "sam"):
        assert _reaches(bed, "alex", bed.addresses["sam"])
        bed.cut("sam")
        assert _is_cut_off(bed, "alex", bed.addresses["sam"])
        bed.heal("sam")
        bed.part({"alex"}, {"sam"})
        assert _is_cut_off(bed, "alex", bed.addresses["sam"])
        bed.join()
        assert _reaches(bed, "alex", bed.addresses["sam"])
        bed.isolate("alex", "sam")
        assert _is_cut_off(bed, "alex", bed.addresses["sam"])
        bed.slow("sam", 1_000)
        bed.lose("sam", 10)
        bed.firewall("alex")
        bed.block_multicast()
        bed.roam("alex", "café")


def test_no_way_leads_out_and_nothing_is_left_behind() -> None:
    ip = needs.program("ip", "iproute2")
    before = subprocess.run([ip, "-o", "link"], capture_output=True, check=True).stdout
    with Bed("alex") as bed:
        assert bed.run("alex", ip, "route", "show", "default") == ""
        entered = bed.enter("alex")
    after = subprocess.run([ip, "-o", "link"], capture_output=True, check=True).stdout
    assert after == before
    assert subprocess.run([*entered, "true"], capture_output=True, check=False).returncode != 0
