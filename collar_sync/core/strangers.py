"""Which stranger has to go where too many are connected: the one who has dawdled longest at the busiest address.

So a flood from one computer costs its own connections and nobody else's, and whoever can prove a key in a moment has
that moment. It knows neither connections nor keys.
"""

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")


def to_drop(hosts: Mapping[Key, str]) -> Key:
    """The one to drop of these, given each one's address, the oldest first."""
    counts = Counter(hosts.values())
    most = max(counts.values())
    return next(key for key, host in hosts.items() if counts[host] == most)
