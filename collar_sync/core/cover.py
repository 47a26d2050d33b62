"""Which changes a device's signature covers: everything that device wrote in the causal past of what it signed.

A device signs over a hash, and the hash names all that came before. An honest device never builds on a change in its
own name that it did not write, so one signature stands for all its earlier openings too. Pure graph work: it verifies
no signature.
"""

from collections.abc import Iterable, Sequence

from collar_sync import ids
from collar_sync.core.change import Change
from collar_sync.ids import DeviceId


def device_of(actor: bytes) -> DeviceId:
    """The device that an actor belongs to."""
    return ids.device_id(actor[: ids.SHORT_BYTES])


def all_covered(changes: Sequence[Change], signed: Iterable[Change]) -> bool:
    """Whether each change, in causal order, is in the past of one that its own device signed, or is that one."""
    by_device: dict[bytes, set[bytes]] = {}
    for change in signed:
        by_device.setdefault(change.actor[: ids.SHORT_BYTES], set()).add(change.hash)
    uncovered = {change.hash: change.actor[: ids.SHORT_BYTES] for change in changes}
    for device, reached in by_device.items():
        for change in reversed(changes):
            if change.hash in reached:
                reached.update(change.deps)
                if uncovered.get(change.hash) == device:
                    del uncovered[change.hash]
    return not uncovered


def needed(log: Sequence[tuple[bytes, bytes, Sequence[bytes]]]) -> set[bytes]:
    """The actors whose newest change no later one of the same device covers: their tips are enough for all.

    `log` has (actor, hash, deps) of every change of a document, each after those it depends on.
    """
    newest = {actor: digest for actor, digest, _ in log}
    actors: dict[bytes, list[bytes]] = {}
    for actor in newest:
        actors.setdefault(actor[: ids.SHORT_BYTES], []).append(actor)
    wanted: set[bytes] = set()
    for own in actors.values():
        ends = {newest[actor]: actor for actor in own}
        reached: set[bytes] = set()
        for _, digest, deps in reversed(log):
            if digest in ends and digest not in reached:
                wanted.add(ends[digest])
                reached.add(digest)
            if digest in reached:
                reached.update(deps)
    return wanted
