"""A small network of laptops inside this machine: one network namespace a laptop, bridges, and all that goes wrong.

Everything is made by the test and held by processes of its own that end with it, so nothing is left behind, nothing has
a name that another run could collide with, and no packet leaves the machine: the hub's namespace has no way out. Works
as root and, but for captures, for anybody where user namespaces are allowed. Knows nothing of this library.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Self

from tests import needs

COMMAND_SECONDS_MAX = 60
CAPTURE_SECONDS_MAX = 60
_MARK = """
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as here:
    here.bind((sys.argv[1], 0))
    here.send(bytes(12) + b"\\x88\\xb5" + bytes.fromhex(sys.argv[2]))  # a type that is free for experiments
"""


class Holder:
    """A process that keeps one network namespace alive, a host name too if it is to have its own, and how to enter."""

    def __init__(self, command: Sequence[str], *, own_name: bool = False) -> None:
        nsenter = needs.program("nsenter", "util-linux")
        self._process = subprocess.Popen([*command, "sh", "-c", "echo ready; exec cat"], stdin=-1, stdout=-1)
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            raise RuntimeError("the namespace did not come up")
        self.pid = self._process.pid  # unshare and nsenter become the program that they start
        user = () if _same_user_namespace(self.pid) else ("-U", "--preserve-credentials")
        self.enter = (nsenter, "-t", str(self.pid), *user, "-n", *(["-u"] if own_name else []), "--")

    def run(self, *command: str) -> str:
        """What a command prints inside; raises with its complaint where it fails."""
        result = subprocess.run(
            [*self.enter, *command], capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX, check=False
        )
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()}")
        return result.stdout

    def close(self) -> None:
        """Lets the namespace go; whatever still runs inside is the business of whoever started it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(COMMAND_SECONDS_MAX)
        self._process.stdout.close()


class Bed:
    """The laptops by name, each on the network `home` at 10.77.0.1, .2, … and with link-local IPv6.

    Each has a host name of its own, in `host_names`: what a careless program would tell its network first. A network is
    one bridge; others come into being when a laptop is moved or plugged into them, at 10.77.1.x, 10.77.2.x and so on.
    """

    def __init__(self, *names: str, ipv4: bool = True, unshare: Sequence[str] | None = None) -> None:
        """`ipv4=False` leaves IPv6 alone; `unshare` is the command that makes the first namespace."""
        with contextlib.ExitStack() as making:
            self._ip = needs.program("ip", "iproute2")
            self._nft = needs.program("nft", "nftables")
            self._tc = needs.program("tc", "iproute2")
            self._tcpdump = needs.program("tcpdump", "tcpdump")
            self._hub = Holder(unshare or needs.namespaces())
            making.callback(self._hub.close)
            self._ipv4 = ipv4
            self._bridges: dict[str, str] = {}
            self._bridge("home")
            self._laptops: dict[str, Holder] = {}
            self._ports: dict[tuple[str, str], str] = {}  # the bridge's end of each laptop's interface
            self.addresses: dict[str, str] = {}
            self.host_names: dict[str, str] = {}
            for name in names:
                laptop = Holder([*self._hub.enter, "unshare", "-n", "-u", "--"], own_name=True)
                making.callback(laptop.close)
                self._laptops[name] = laptop
                self.host_names[name] = f"{name}-at-home-laptop"
                laptop.run(sys.executable, "-c", f"import socket; socket.sethostname({self.host_names[name]!r})")
                laptop.run(self._ip, "link", "set", "lo", "up")
                self.wire(name, "home", "eth0")
            self._closing = making.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def enter(self, name: str) -> tuple[str, ...]:
        """What to put before a command so that it runs on that laptop."""
        return self._laptops[name].enter

    def run(self, name: str, *command: str) -> str:
        """What a command prints on that laptop."""
        return self._laptops[name].run(*command)

    def address(self, name: str, network: str = "home") -> str:
        """Where a laptop is on a network, unless it was given another address there."""
        return f"10.77.{list(self._bridges).index(network)}.{1 + list(self._laptops).index(name)}"

    def link_local(self, name: str, interface: str = "eth0") -> str:
        """The IPv6 address of an interface that leads nowhere but to its own network."""
        told = self.run(name, self._ip, "-o", "-6", "address", "show", "dev", interface, "scope", "link")
        return told.split("inet6 ")[1].split("/")[0]

    def wire(self, name: str, network: str, interface: str) -> None:
        """Gives a laptop one interface more, on that network."""
        inside, bridge = self._laptops[name], self._bridge(network)
        port = self._ports[name, interface] = f"port{len(self._ports)}"
        self._hub.run(
            self._ip, "link", "add", port, "type", "veth", "peer", "name", interface, "netns", str(inside.pid)
        )  # fmt: skip
        self._hub.run(self._ip, "link", "set", port, "master", bridge, "up")
        self.readdress(name, self.address(name, network), interface)
        inside.run(self._ip, "link", "set", interface, "up")

    def readdress(self, name: str, address: str, interface: str = "eth0") -> None:
        """Gives a laptop another IPv4 address in place of what that interface has; the cable stays in."""
        inside = self._laptops[name]
        inside.run(self._ip, "-4", "address", "flush", "dev", interface)
        if self._ipv4:
            inside.run(self._ip, "address", "add", f"{address}/24", "brd", "+", "dev", interface)
        self.addresses[name] = address

    def forget_ipv6(self, name: str, interface: str = "eth0") -> None:
        """Takes the IPv6 addresses from a laptop's interface, until it is plugged in anew."""
        self.run(name, self._ip, "-6", "address", "flush", "dev", interface)

    def roam(self, name: str, network: str) -> None:
        """Takes a laptop to another network: out there, in here, with the address that it has here."""
        port = self._ports[name, "eth0"]
        self.unplug(name)
        self._hub.run(self._ip, "link", "set", port, "master", self._bridge(network))
        self.readdress(name, self.address(name, network))
        self.plug(name)

    def cut(self, name: str) -> None:
        """From now on nothing passes to or from this laptop, and neither end is told: packets vanish on the bridge."""
        self._drop_at(name, "cut", "drop")

    def heal(self, name: str) -> None:
        """Undoes `cut`."""
        self._forget("cut", name)

    def lose(self, name: str, percent: int) -> None:
        """From now on each packet to or from this laptop is lost with this probability; 0 undoes it."""
        with contextlib.suppress(RuntimeError):
            self._forget("loss", name)
        if percent:
            self._drop_at(name, "loss", f"numgen random mod 100 < {percent} drop")

    def part(self, *groups: Collection[str]) -> None:
        """From now on laptops of different groups do not reach each other, and nobody is told."""
        ports = ["{ " + ", ".join(self._ports_of(*group)) + " }" for group in groups]
        rules = [f"iifname {one} oifname {other} drop;" for one in ports for other in ports if one != other]
        self._hub.run(
            self._nft,
            f"table bridge parted {{ chain f {{ type filter hook forward priority 0; {' '.join(rules)} }}; }}",
        )

    def join(self) -> None:
        """Undoes `part`."""
        self._hub.run(self._nft, "delete", "table", "bridge", "parted")

    def block_multicast(self, *, blocked: bool = True) -> None:
        """From now on nobody's announcements arrive; what IPv6 needs to find its neighbours still does."""
        if not blocked:
            self._hub.run(self._nft, "delete", "table", "bridge", "mute")
            return
        rules = "ip daddr 224.0.0.0/4 drop; ip6 daddr ff02::fb drop;"
        self._hub.run(self._nft, f"table bridge mute {{ chain f {{ type filter hook forward priority 0; {rules} }}; }}")

    def isolate(self, *names: str, isolated: bool = True) -> None:
        """Makes a guest network of it: these laptops reach whoever is not isolated, and not one another."""
        for port in self._ports_of(*names):
            switched = ("isolated", "on" if isolated else "off")
            self._hub.run(self._ip, "link", "set", "dev", port, "type", "bridge_slave", *switched)

    def slow(self, name: str, kilobits: int) -> None:
        """From now on no more than this many kilobits a second pass to this laptop, and as many from it."""
        shape = ("root", "tbf", "rate", f"{kilobits}kbit", "burst", "16kb", "latency", "500ms")
        self._hub.run(self._tc, "qdisc", "replace", "dev", self._ports[name, "eth0"], *shape)
        self.run(name, self._tc, "qdisc", "replace", "dev", "eth0", *shape)

    def firewall(self, name: str, *, up: bool = True) -> None:
        """From now on this laptop lets nobody connect to it, and says nothing; it may connect itself."""
        if not up:
            self.run(name, self._nft, "delete", "table", "inet", "guard")
            return
        rule = "iifname != lo tcp flags syn / syn,ack drop;"
        self.run(name, self._nft, f"table inet guard {{ chain i {{ type filter hook input priority 0; {rule} }}; }}")

    def unplug(self, name: str, interface: str = "eth0") -> None:
        """Pulls the cable out: the laptop's own interface loses its carrier."""
        self._hub.run(self._ip, "link", "set", self._ports[name, interface], "down")

    def plug(self, name: str, interface: str = "eth0") -> None:
        """Undoes `unplug`."""
        self._hub.run(self._ip, "link", "set", self._ports[name, interface], "up")

    def _bridge(self, network: str) -> str:
        if network not in self._bridges:
            bridge = self._bridges[network] = f"bridge{len(self._bridges)}"
            settings = ("type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
            self._hub.run(self._ip, "link", "add", bridge, *settings)
            self._hub.run(self._ip, "link", "set", bridge, "up")
        return self._bridges[network]

    def _ports_of(self, *names: str) -> list[str]:
        return [port for (name, _), port in self._ports.items() if name in names]

    def _drop_at(self, name: str, why: str, verdict: str) -> None:
        ports = "{ " + ", ".join(self._ports_of(name)) + " }"
        self._hub.run(
            self._nft,
            f"table bridge {why}_{name} {{ "
            f"chain in {{ type filter hook prerouting priority 0; iifname {ports} {verdict}; }}; "
            f"chain out {{ type filter hook postrouting priority 0; oifname {ports} {verdict}; }}; "
            "}",
        )

    def _forget(self, why: str, name: str) -> None:
        self._hub.run(self._nft, "delete", "table", "bridge", f"{why}_{name}")

    @contextlib.contextmanager
    def capture(self, path: Path) -> Iterator[None]:
        """Writes every packet that crosses the first network to a pcap file, from the first in the block to the last.

        Raises where the kernel dropped any. Needs root: tcpdump refuses to work as the root of a user namespace.
        """
        if os.geteuid() != 0:
            needs.missing("capturing packets needs root: run these tests with sudo")
        command = [
            *self._hub.enter,
            self._tcpdump,
            "-i",
            self._bridges["home"],
            "-s",
            "0",
            "-U",
            "-n",
            "-Z",
            "root",
            "-w",
            str(path),
        ]
        command += ["-B", "65536", "--immediate-mode"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        try:
            said = process.stderr.readline()
            if "listening on" not in said:
                raise RuntimeError(f"tcpdump did not start: {said}")
            yield
            self._written(path)
        finally:
            process.terminate()
            said = process.communicate(timeout=CAPTURE_SECONDS_MAX)[1]
        if "0 packets dropped by kernel" not in said:
            raise RuntimeError(f"the capture has holes: {said}")

    def _written(self, path: Path) -> None:
        """Waits until what was sent by now is in the file, which is written in order."""
        mark = os.urandom(46)
        self._hub.run(sys.executable, "-c", _MARK, self._bridges["home"], mark.hex())
        until = time.monotonic() + CAPTURE_SECONDS_MAX
        while mark not in path.read_bytes():
            if time.monotonic() > until:
                raise RuntimeError("the capture does not go on")
            time.sleep(0.05)


def _same_user_namespace(pid: int) -> bool:
    return Path(f"/proc/{pid}/ns/user").readlink() == Path("/proc/self/ns/user").readlink()
