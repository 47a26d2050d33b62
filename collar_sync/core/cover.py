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
    for device in {actor[: ids.SHORT_BYTES] for actor, digest, _ in graph if digest in signed}:
        reached: set[bytes] = set()
        for actor, digest, deps in reversed(graph):
            own = actor.startswith(device)
            if digest in reached or (own and digest in signed):
                reached.update(deps)
                if own:
                    found.add(digest)
    return found


def needed(graph: Graph) -> set[bytes]:
    """The actors whose newest change no later one of the same device covers: their tips are enough for all."""
    newest = {actor: digest for actor, digest, _ in graph}
    actors: dict[bytes, list[bytes]] = {}
    for actor in newest:
        actors.setdefault(actor[: ids.SHORT_BYTES], []).append(actor)
    wanted: set[bytes] = set()
    for own in actors.values():
        ends = {newest[actor]: actor for actor in own}
        reached: set[bytes] = set()
        for _, digest, deps in reversed(graph):
            if digest in ends and digest not in reached:
                wanted.add(ends[digest])
                reached.add(digest)
            if digest in reached:
                reached.update(deps)
    return wanted
