"""One signature of a device stands for all of its own in the past of what it signed, and for nothing else."""

import random
import time

from collar_sync.core.cover import Graph, covered, needed

A, B = b"a" * 16, b"b" * 16
A1, A2, B1 = A + b"opening1", A + b"opening2", B + b"opening1"

# a1 ← b1 ← a2, and a lone b2 beside them
LINE = [(A1, b"a1", ()), (B1, b"b1", (b"a1",)), (A2, b"a2", (b"b1",))]


def test_a_later_opening_covers_an_earlier_one_through_anothers_change() -> None:
    assert covered(LINE, {b"a2"}) == {b"a1", b"a2"}
    assert covered(LINE, {b"a2", b"b1"}) == {b"a1", b"b1", b"a2"}


def test_nobody_covers_anothers_change_and_an_earlier_signature_covers_no_later_change() -> None:
    assert covered(LINE, {b"b1"}) == {b"b1"}
    assert covered(LINE, {b"a1"}) == {b"a1"}
    assert covered(LINE, {b"unknown"}) == set()


def test_what_is_not_in_the_past_is_not_covered() -> None:
    beside = [*LINE, (A1 + b"", b"a3", (b"a1",))]
    assert covered(beside, {b"a2"}) == {b"a1", b"a2"}


def test_only_the_ends_that_nothing_later_of_their_device_covers_need_a_tip() -> None:
    assert needed(LINE) == {A2, B1}
    assert needed([(A1, b"a1", ()), (A2, b"a2", ())]) == {A1, A2}
    assert needed([]) == set()


def test_a_change_that_comes_twice_counts_once() -> None:
    assert covered([*LINE, *LINE], {b"a2"}) == {b"a1", b"a2"}


def plainly(graph: Graph, signed: set[bytes]) -> set[bytes]:
    """The same for one device after the other."""
    found = set[bytes]()
    for device in {actor[:16] for actor, digest, _ in graph if digest in signed}:
        reached = {digest for actor, digest, _ in graph if actor[:16] == device and digest in signed}
        for _, digest, deps in reversed(graph):
            reached |= set(deps) if digest in reached else set()
        found |= {digest for actor, digest, _ in graph if actor[:16] == device and digest in reached}
    return found


def lives(devices: int, changes: int, seed: int) -> list[tuple[bytes, bytes, list[bytes]]]:
    """Devices with two openings each, every change on its actor's last one and on some others."""
    chance = random.Random(seed)  # noqa: S311  # to be repeated
    graph: list[tuple[bytes, bytes, list[bytes]]] = []
    last: dict[bytes, bytes] = {}
    for number in range(changes):
        actor = chance.randrange(devices).to_bytes(16, "big") + bytes([chance.randrange(2)]) * 8
        others = [digest for _, digest, _ in graph[-9:]]
        deps = {*chance.sample(others, min(len(others), chance.randrange(3))), *filter(None, [last.get(actor)])}
        last[actor] = number.to_bytes(32, "big")
        graph.append((actor, last[actor], sorted(deps)))
    return graph


def test_what_is_covered_is_what_a_walk_for_each_device_finds() -> None:
    for seed in range(200):
        graph = lives(4, 40, seed)
        signed = set(random.Random(seed).sample([digest for _, digest, _ in graph], 5))  # noqa: S311
        assert covered(graph, signed) == plainly(graph, signed)
        wanted = needed(graph)
        newest = {actor: digest for actor, digest, _ in graph}
        assert plainly(graph, {newest[actor] for actor in wanted}) == {digest for _, digest, _ in graph}
        for actor in wanted:
            assert len(plainly(graph, {newest[each] for each in wanted - {actor}})) < len(graph)


def test_very_many_devices_in_one_batch_cost_no_more_than_a_few() -> None:
    spent = []
    for devices in (10, 2_000):
        graph = lives(devices, 20_000, 1)
        began = time.process_time()
        covered(graph, {digest for _, digest, _ in graph})
        needed(graph)
        spent.append(time.process_time() - began)
    assert spent[1] < 20 * spent[0], "one walk for each device would take two hundred times as long"
