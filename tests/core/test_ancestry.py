"""Whether a change names only what its author had seen is answered alike whatever else has arrived, and as fast."""

import contextlib
import time
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core import ancestry
from collar_sync.core.ancestry import Ancestry
from collar_sync.core.binding import GENESIS
from collar_sync.core.change import Action, Change, Op
from collar_sync.core.outline import RECORDS, Outline
from collar_sync.errors import InvalidChange

Graph = list[tuple[int, list[int]]]  # of each change: its author, and which earlier ones it follows, as steps back

graphs = st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(1, 12), max_size=4)), min_size=1, max_size=60)


def change(actor: bytes, seq: int, start_op: int, deps: Sequence[bytes], *ops: Op) -> Change:
    """A change that nobody inspects: its hash is its name."""
    return Change(actor[:1] + seq.to_bytes(31, "big"), actor, seq, start_op, tuple(sorted(deps)), ops, b"")


def history(graph: Graph, actors: Sequence[bytes]) -> Iterator[tuple[Change, set[bytes]]]:
    """Changes of one operation each that follow one another so, each with the hashes of its whole causal past."""
    made: list[Change] = [GENESIS]
    pasts: dict[bytes, set[bytes]] = {GENESIS.hash: set()}
    last: dict[bytes, Change] = {}
    for author, steps in graph:
        actor = actors[author]
        before = {made[-min(step, len(made))].hash: made[-min(step, len(made))] for step in steps or [1]}
        if actor in last:
            before[last[actor].hash] = last[actor]
        start = max(each.max_op for each in before.values()) + 1
        new = change(
            actor,
            (last[actor].seq if actor in last else 0) + 1,
            start,
            [*before],
            Op(RECORDS, "k", action=Action.MAKE_MAP),
        )
        past = set().union(*(pasts[dep] | {dep} for dep in before))
        pasts[new.hash] = past
        made.append(new)
        last[actor] = new
        yield new, past


@given(graphs, st.sampled_from([1, 3, 32]))
def test_what_a_change_may_name_is_exactly_what_is_in_its_past(graph: Graph, walk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ancestry, "_WALK", walk)
        actors = [bytes([65 + number]) * limits.ACTOR_BYTES for number in range(6)]
        every = [*history(graph, actors)]
        here = Ancestry(GENESIS)
        for new, _ in every:
            here.check([new])
            here.add(new)
        for asking, past in every:
            for named, _ in every:
                wanted = change(b"\xff" * 24, 1, 1 << 20, asking.deps, Op((named.start_op, named.actor), "k"))
                if named.hash in past:
                    here.check([wanted])
                else:
                    with pytest.raises(InvalidChange, match="cannot have seen"):
                        here.check([wanted])


@given(graphs, st.data())
def test_a_batch_is_judged_as_its_changes_are_one_by_one_and_leaves_no_trace(graph: Graph, data: st.DataObject) -> None:
    actors = [bytes([65 + number]) * limits.ACTOR_BYTES for number in range(6)]
    made = [new for new, _ in history(graph, actors)]
    cut = data.draw(st.integers(0, len(made)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ancestry, "_WALK", 2)
        here, single = Ancestry(GENESIS), Ancestry(GENESIS)
        for new in made[:cut]:
            here.add(new)
            single.add(new)
        before = repr(vars(here))
        here.check(made[cut:])
        assert repr(vars(here)) == before
        odd = change(b"\xff" * 24, 1, 1 << 20, [GENESIS.hash], Op((made[-1].start_op, made[-1].actor), "k"))
        with pytest.raises(InvalidChange):
            here.check([*made[cut:], odd])
        assert repr(vars(here)) == before


def test_what_one_device_refuses_the_other_refuses_too_though_it_knows_more() -> None:
    ours, theirs = (bytes([letter]) * limits.ACTOR_BYTES for letter in b"os")
    record = Op(RECORDS, "note/1", action=Action.MAKE_MAP)
    seen = change(ours, 1, 3, [GENESIS.hash], record)
    blind = change(theirs, 1, 4, [GENESIS.hash], Op((3, ours), "title"))  # names what does not depend on
    ignorant, knowing = Ancestry(GENESIS), Ancestry(GENESIS)
    knowing.add(seen)
    outline = Outline()
    outline.take(seen)
    outline.take(blind)  # which alone would let it pass
    for here in (ignorant, knowing):
        with pytest.raises(InvalidChange, match="cannot have seen"):
            here.check([blind])


def walking(made: Sequence[Change]) -> float:
    """How long it takes on this machine to walk through everything once."""
    known, times = {each.hash: each for each in made}, []
    for _ in range(5):
        began = time.process_time()
        seen, left = set[bytes](), [each.hash for each in made]
        while left:
            digest = left.pop()
            if digest not in seen:
                seen.add(digest)
                left += known[digest].deps
        times.append(time.process_time() - began)
    return min(times)


SHAPES = ["two taking turns", "both at once", "six in a tangle", "a new opening each time", "always from the start"]


def shaped(shape: str, number: int) -> tuple[int, list[int]]:
    """Who writes the change of that number, and what it follows, as steps back."""
    return {
        "two taking turns": (number % 2, [1]),
        "both at once": (number % 2, [1, 2, 3]),
        "six in a tangle": (number * 7 % 11 % 6, [number * step % 19 + 1 for step in (3, 5, 7, 11)]),
        "a new opening each time": (number, [1]),
        "always from the start": (number, [number + 1]),
    }[shape]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_the_past_makes_looking_into_it_slow(shape: str) -> None:
    here, made, count = Ancestry(GENESIS), [GENESIS], 6_000
    last: dict[bytes, Change] = {}
    seconds = 0.0
    for number in range(count):
        author, steps = shaped(shape, number)
        actor = (author + 1).to_bytes(limits.ACTOR_BYTES, "big")
        deps = {made[-min(step, len(made))].hash for step in steps}
        if actor in last:
            deps.add(last[actor].hash)
        named = made[number * 7_919 % len(made)]
        name = Op((named.start_op, named.actor), "k")
        seq = last[actor].seq + 1 if actor in last else 1
        new = Change((number + 1).to_bytes(32, "big"), actor, seq, 2 * number + 3, tuple(sorted(deps)), (name,), b"")
        last[actor] = new
        began = time.process_time()
        with contextlib.suppress(InvalidChange):
            here.check([new])
        here.add(new)
        seconds += time.process_time() - began
        made.append(new)
    assert seconds < 1_000 * walking(made), "walking through everything for each change takes three times as long"
    assert sum(len(clock) for clock in here._clocks.values()) < 10 * count, "more than 40 bytes a change"
