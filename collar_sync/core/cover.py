"""Which changes a device's signature covers: everything that device wrote in the causal past of what it signed.

A device signs over a hash, and the hash names all that came before. An honest device never builds on a change in its
own name that it did not write, so one signature stands for all its earlier openings too. Pure graph work: it verifies
no signature.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from collar_sync import ids
from collar_sync.ids import DeviceId

Graph = Sequence[tuple[bytes, bytes, Sequence[bytes]]]  # (actor, hash, deps), each after those it depends on


def device_of(actor: bytes) -> DeviceId:
    """The device that an actor belongs to."""
    return ids.device_id(actor[: ids.SHORT_BYTES])


def covered(graph: Graph, signed: AbstractSet[bytes]) -> set[bytes]:
    """The changes that are in the past of one of these hashes, of their own device, or are that one."""
    found: set[bytes] = set()
    past = _Past(graph)
    for actor, digest, deps in reversed(graph):
        own = past.bit(actor)
        after = past.take(digest) | (own if digest in signed else 0)
        past.pass_on(after, deps)
        if after & own:
            found.add(digest)
    return found


def needed(graph: Graph) -> set[bytes]:
    """The actors whose newest change no later one of the same device covers: their tips are enough for all."""
    newest = {actor: digest for actor, digest, _ in graph}
    wanted: set[bytes] = set()
    past = _Past(graph)
    for actor, digest, deps in reversed(graph):
        own, after = past.bit(actor), past.take(digest)
        if newest[actor] == digest and not after & own:
            wanted.add(actor)
            after |= own
        past.pass_on(after, deps)
    return wanted


class _Past:
    """For each change the devices in whose past it is, a bit for each: one walk does for any number of devices."""

    def __init__(self, graph: Graph) -> None:
        self._bits: dict[bytes, int] = {}
        self._after = {digest: 0 for _, digest, _ in graph}

    def bit(self, actor: bytes) -> int:
        """The bit of an actor's device."""
        return self._bits.setdefault(actor[: ids.SHORT_BYTES], 1 << len(self._bits))

    def take(self, digest: bytes) -> int:
        """The devices in whose past a change is: asked after all that depend on it, and told once."""
        return self._after.pop(digest, 0)

    def pass_on(self, after: int, deps: Sequence[bytes]) -> None:
        """What a change depends on is in the same pasts."""
        if after:
            for dep in deps:
                if dep in self._after:
                    self._after[dep] |= after
