"""Where this computer is: its addresses that can be used now, and whether it has just been asleep.

Nobody tells a program on every system that the network is another one, or that the lid was closed. So this looks, once
a second, and counts what changed. What follows from it is decided elsewhere. Nothing leaves this computer.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import ifaddr

from collar_sync.shells import clock

Interfaces = frozenset[tuple[str, int]]  # address and the index of its interface

_LOOK_SECONDS: Final = 1.0
_ASLEEP_MILLISECONDS: Final = 5_000  # a look that comes so late: this computer slept, or this program was stopped


class Surroundings:
    """Watches from `start` to `close`; whoever is in `hear` is called after each change of addresses or sleep."""

    def __init__(self) -> None:
        self.interfaces: Interfaces = frozenset()
        self.changes = 0
        self.hear: list[Callable[[], None]] = []
        self._looked = (0, 0)  # when, on both clocks: taken before each look, so that no sleep falls between two
        self._task: asyncio.Task[None] | None = None

    @property
    def hosts(self) -> frozenset[str]:
        """This computer's addresses."""
        return frozenset(host for host, _ in self.interfaces)

    async def start(self) -> None:
        """Look for the first time, and go on looking."""
        self._looked = (clock.now(), clock.steady())
        with suppress(OSError):  # too many files are open: the next look will do
            self.interfaces = await asyncio.to_thread(_interfaces)
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Look no more; calling it again is harmless."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            before, self._looked = self._looked, (clock.now(), clock.steady())
            # Asleep, the steady clock stands still on some systems and goes on where only this program was stopped.
            late = any(now - then > _ASLEEP_MILLISECONDS for now, then in zip(self._looked, before, strict=True))
            interfaces = self.interfaces
            with suppress(OSError):
                interfaces = await asyncio.to_thread(_interfaces)
            if late or interfaces != self.interfaces:
                self.interfaces = interfaces
                self.changes += 1
                for hear in self.hear:
                    hear()


def local_addresses() -> list[str]:
    """List the addresses under which others on the network may reach this computer, the likeliest first."""
    try:
        reachable = [address for address in _interfaces() if outward(address) and not link_local(address[0])]
    except OSError:
        return []
    return [host for host, _ in sorted(reachable, key=rank)]


def outward(address: tuple[str, int]) -> bool:
    """Whether others could reach this computer there."""
    return not ipaddress.ip_address(address[0]).is_loopback


def link_local(host: str) -> bool:
    """Whether this is an IPv6 address that means nothing without its interface."""
    parsed = ipaddress.ip_address(host)
    return isinstance(parsed, ipaddress.IPv6Address) and parsed.is_link_local


def rank(address: tuple[str, int]) -> tuple[int, int, str]:
    """Order addresses: IPv4, then wider IPv6, then link-local, then what never leaves this computer."""
    parsed = ipaddress.ip_address(address[0])
    return (2 * parsed.is_loopback + parsed.is_link_local, parsed.version, address[0])


def _interfaces() -> Interfaces:
    """List this computer's addresses that can be used now: a new IPv6 one cannot for its first second or two."""
    found = set()
    for adapter in ifaddr.get_adapters():
        for address in adapter.ips:
            host = address.ip if isinstance(address.ip, str) else address.ip[0]
            known = (host.partition("%")[0], adapter.index or 0)
            if _usable(*known):
                found.add(known)
    return frozenset(found)


def _usable(host: str, index: int) -> bool:
    try:
        if ":" in host:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
                probe.bind((host, 0, 0, index if link_local(host) else 0))
        else:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind((host, 0))
    except OSError:
        return False
    return True
