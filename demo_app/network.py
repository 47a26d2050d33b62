"""This machine's addresses, for one person to read to another; and an address as a person types it."""

import ipaddress
from collections.abc import Sequence
from typing import Final

import ifaddr

from collar_sync.node.pairing import parse_address

Address = tuple[str, int]

SHOWN_MAX: Final = 3  # more than these, and nobody knows which to try


def reachable_at(port: int) -> Sequence[str]:
    """The addresses of this machine in its local networks, with the port; its own loopback where it has none."""
    found = [
        address.ip
        for adapter in ifaddr.get_adapters()
        for address in adapter.ips
        if isinstance(address.ip, str) and not ipaddress.ip_address(address.ip).is_loopback
    ]
    return [f"{ip}:{port}" for ip in found[:SHOWN_MAX] or ["127.0.0.1"]]


def parse(text: str) -> Address | None:
    """An address such as 192.168.1.20:41234; None for nothing typed. Raises `InvalidInput`."""
    text = text.strip()
    if not text:
        return None
    return parse_address(text)
