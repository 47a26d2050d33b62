"""The test bed itself: laptops reach each other, a cut is silent, a pulled cable is not, and nothing is left behind."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.lan.bed import Bed

ECHO = """
import socket
with socket.create_server(("", 7000)) as listening:
    print("ready", flush=True)
    while True:
        with listening.accept()[0] as connection:
            connection.sendall(connection.recv(100))
"""
ASK = """
import socket, sys
with socket.create_connection((sys.argv[1], 7000), timeout=1) as connection:
    connection.sendall(b"hello bridge")
    print(connection.recv(100).decode())
"""


@contextlib.contextmanager
def _echoing(bed: Bed, name: str) -> Iterator[None]:
    server = subprocess.Popen([*bed.enter(name), sys.executable, "-c", ECHO], stdout=subprocess.PIPE)
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == b"ready\n"
        yield
    finally:
        server.kill()
        server.communicate()


def _ask(bed: Bed, asker: str, asked: str) -> str:
    return bed.run(asker, sys.executable, "-c", ASK, bed.addresses[asked]).strip()


def test_laptops_reach_each_other_and_the_bridge_sees_every_packet(tmp_path: Path) -> None:
    with Bed("alex", "sam", "kim") as bed, _echoing(bed, "sam"):
        with bed.capture(tmp_path / "seen.pcap"):
            assert _ask(bed, "alex", "sam") == "hello bridge"
            assert _ask(bed, "kim", "sam") == "hello bridge"
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
            _ask(bed, "alex", "sam")
        assert "NO-CARRIER" not in bed.run("sam", needs.program("ip", "iproute2"), "link", "show", "eth0")
        bed.heal("sam")
        assert _ask(bed, "alex", "sam") == "hello bridge"


def test_a_pulled_cable_is_noticed_by_the_laptop_and_can_be_put_back() -> None:
    with Bed("alex", "sam") as bed, _echoing(bed, "sam"):
        bed.unplug("sam")
        assert "NO-CARRIER" in bed.run("sam", needs.program("ip", "iproute2"), "link", "show", "eth0")
        bed.plug("sam")
        assert _ask(bed, "alex", "sam") == "hello bridge"


def test_no_way_leads_out_and_nothing_is_left_behind() -> None:
    ip = needs.program("ip", "iproute2")
    before = subprocess.run([ip, "-o", "link"], capture_output=True, check=True).stdout
    with Bed("alex") as bed:
        assert bed.run("alex", ip, "route", "show", "default") == ""
        entered = bed.enter("alex")
    after = subprocess.run([ip, "-o", "link"], capture_output=True, check=True).stdout
    assert after == before
    assert subprocess.run([*entered, "true"], capture_output=True, check=False).returncode != 0
