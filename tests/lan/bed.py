"""A small network of laptops inside this machine: one bridge, one network namespace a laptop, links to cut and heal.

Everything is made by the test and held by processes of its own that end with it, so nothing is left behind, nothing has
a name that another run could collide with, and no packet leaves the machine: the hub's namespace has no way out. Works
as root and, but for captures, for anybody where user namespaces are allowed. Knows nothing of this library.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from tests import needs

COMMAND_SECONDS_MAX = 20
CAPTURE_SECONDS_MAX = 20
_BRIDGE = "bridge0"


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
    """The laptops by name, each at 10.77.0.1, .2, … and with link-local IPv6, all on one bridge.

    Each has a host name of its own, in `host_names`: what a careless program would tell its network first.
    """

    def __init__(self, *names: str) -> None:
        with contextlib.ExitStack() as making:
            self._ip = needs.program("ip", "iproute2")
            self._nft = needs.program("nft", "nftables")
            self._tcpdump = needs.program("tcpdump", "tcpdump")
            self._hub = Holder(needs.namespaces())
            making.callback(self._hub.close)
            self._hub.run(
                self._ip, "link", "add", _BRIDGE, "type", "bridge", "forward_delay", "0", "mcast_snooping", "0"
            )
            self._hub.run(self._ip, "link", "set", _BRIDGE, "up")
            self._laptops: dict[str, Holder] = {}
            self.addresses: dict[str, str] = {}
            self.host_names: dict[str, str] = {}
            for number, name in enumerate(names, start=1):
                laptop = Holder([*self._hub.enter, "unshare", "-n", "-u", "--"], own_name=True)
                making.callback(laptop.close)
                self._laptops[name] = laptop
                self.addresses[name] = f"10.77.0.{number}"
                self.host_names[name] = f"{name}-at-home-laptop"
                self._wire(name, number)
            self._closing = making.pop_all()

    def _wire(self, name: str, number: int) -> None:
        inside = self._laptops[name]
        port = self._port(name)
        self._hub.run(
            self._ip, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(inside.pid)
        )  # fmt: skip
        self._hub.run(self._ip, "link", "set", port, "master", _BRIDGE, "up")
        inside.run(self._ip, "address", "add", f"10.77.0.{number}/24", "brd", "+", "dev", "eth0")
        inside.run(sys.executable, "-c", f"import socket; socket.sethostname({self.host_names[name]!r})")
        inside.run(self._ip, "link", "set", "lo", "up")
        inside.run(self._ip, "link", "set", "eth0", "up")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _port(self, name: str) -> str:
        return f"port{list(self._laptops).index(name)}"

    def enter(self, name: str) -> tuple[str, ...]:
        """What to put before a command so that it runs on that laptop."""
        return self._laptops[name].enter

    def run(self, name: str, *command: str) -> str:
        """What a command prints on that laptop."""
        return self._laptops[name].run(*command)

    def cut(self, name: str) -> None:
        """From now on nothing passes to or from this laptop, and neither end is told: packets vanish on the bridge."""
        port = self._port(name)
        table = f"cut_{port}"
        self._hub.run(
            self._nft,
            f"table bridge {table} {{ "
            f'chain in {{ type filter hook prerouting priority 0; iifname "{port}" drop; }}; '
            f'chain out {{ type filter hook postrouting priority 0; oifname "{port}" drop; }}; '
            "}",
        )

    def heal(self, name: str) -> None:
        """Undoes `cut`."""
        self._hub.run(self._nft, "delete", "table", "bridge", f"cut_{self._port(name)}")

    def unplug(self, name: str) -> None:
        """Pulls the cable out: the laptop's own interface loses its carrier."""
        self._hub.run(self._ip, "link", "set", self._port(name), "down")

    def plug(self, name: str) -> None:
        """Undoes `unplug`."""
        self._hub.run(self._ip, "link", "set", self._port(name), "up")

    @contextlib.contextmanager
    def capture(self, path: Path) -> Iterator[None]:
        """Writes every packet that crosses the bridge to a pcap file, from the first inside the block to the last.

        Raises where the kernel dropped any. Needs root: tcpdump refuses to work as the root of a user namespace.
        """
        if os.geteuid() != 0:
            needs.missing("capturing packets needs root: run these tests with sudo")
        command = [*self._hub.enter, self._tcpdump, "-i", _BRIDGE, "-s", "0", "-U", "-n", "-Z", "root", "-w", str(path)]
        command += ["-B", "65536", "--immediate-mode"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        try:
            said = process.stderr.readline()
            if "listening on" not in said:
                raise RuntimeError(f"tcpdump did not start: {said}")
            yield
            time.sleep(0.2)  # what was sent last is still on its way to the file
        finally:
            process.terminate()
            said = process.communicate(timeout=CAPTURE_SECONDS_MAX)[1]
        if "0 packets dropped by kernel" not in said:
            raise RuntimeError(f"the capture has holes: {said}")


def _same_user_namespace(pid: int) -> bool:
    return Path(f"/proc/{pid}/ns/user").readlink() == Path("/proc/self/ns/user").readlink()
