"""Where this computer is: its addresses that can be used now, and whether it has just been asleep.

Nobody tells a program on every system that the network is another one, or that the lid was closed. So this looks, once
a second, and counts what changed. What follows from it is decided elsewhere. Nothing leaves this computer.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import ifaddr

from collar_sync.shells import clock


@dataclass(frozen=True, slots=True)
class Interface:
    """One of this computer's addresses, the index of the interface that has it, and how many bits name its network."""

    host: str
    index: int
    prefix: int


Interfaces = frozenset[Interface]

_LOOK_SECONDS: Final = 1.0
_PREFIX_MIN: Final = 8  # no network at home is larger; a tunnel may say that everything is
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
        return frozenset(each.host for each in self.interfaces)

    def near(self, host: str) -> bool:
        """Whether this address is on a network that this computer is on now."""
        return near(host, self.interfaces)

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
        hosts = {each.host for each in _interfaces()}
    except OSError:
        return []
    return sorted((host for host in hosts if outward(host) and not link_local(host)), key=rank)


def near(host: str, interfaces: Interfaces) -> bool:
    """Whether an address, as a number, is on the network of one of these: what is sent there passes no router.

    What never leaves this computer is near only where there is nothing else.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if address.is_multicast or address.is_unspecified:
        return False
    if address.is_loopback:
        return not any(outward(each.host) for each in interfaces)
    if isinstance(address, ipaddress.IPv6Address) and address.is_link_local:
        return any(link_local(each.host) and address.scope_id == str(each.index) for each in interfaces)
    return any(
        each.prefix >= _PREFIX_MIN
        and not link_local(each.host)
        and address in ipaddress.ip_network(f"{each.host}/{each.prefix}", strict=False)
        for each in interfaces
    )


def outward(host: str) -> bool:
    """Whether others could reach this computer there."""
    return not ipaddress.ip_address(host).is_loopback


def link_local(host: str) -> bool:
    """Whether this is an IPv6 address that means nothing without its interface."""
    parsed = ipaddress.ip_address(host)
    return isinstance(parsed, ipaddress.IPv6Address) and parsed.is_link_local


def rank(host: str) -> tuple[int, int, str]:
    """Order addresses: IPv4, then wider IPv6, then link-local, then what never leaves this computer."""
    parsed = ipaddress.ip_address(host)
    return (2 * parsed.is_loopback + parsed.is_link_local, parsed.version, host)


def _interfaces() -> Interfaces:
    """List this computer's addresses that can be used now: a new IPv6 one cannot for its first second or two."""
    found = set()
    for adapter in ifaddr.get_adapters():
        for address in adapter.ips:
            host = address.ip if isinstance(address.ip, str) else address.ip[0]
            known = Interface(host.partition("%")[0], adapter.index or 0, address.network_prefix)
            if _usable(known):
                found.add(known)
    return frozenset(found)


def _usable(interface: Interface) -> bool:
    try:
        if ":" in interface.host:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
                probe.bind((interface.host, 0, 0, interface.index if link_local(interface.host) else 0))
        else:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind((interface.host, 0))
    except OSError:
        return False
    return True
