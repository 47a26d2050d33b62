"""Who has to go where too many are connected who have proved nothing: the one who has dawdled longest at its address.

It is one of the address with most of them, so a flood from one computer costs its own connections. And it is one of the
newcomer's own standing: who comes from where a paired device was, or is announced, has places that no stranger takes,
however many addresses that one has. It knows neither connections nor keys.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from collar_sync import limits

Key = TypeVar("Key")


class From(NamedTuple):
    """Where a connection comes from, and how well that host is known: 0 for a stranger's."""

    host: str
    standing: int = 0


def to_drop(unproven: Mapping[Key, From], newcomer: Key) -> Key | None:
    """Whom the newcomer among these, the oldest first, costs a place; None while there is room."""
    standing = unproven[newcomer].standing
    hosts = {key: place.host for key, place in unproven.items() if place.standing == standing}
    if len(hosts) <= limits.CONNECTIONS_UNPROVEN_MAX:
        return None
    counts = Counter(hosts.values())
    most = max(counts.values())
    return next(key for key, host in hosts.items() if counts[host] == most)
