"""What came before a change: whether its author can have seen the operations that it names.

A change may name only what is in its causal past, or whether it is acceptable would depend on what had arrived here
before it, and honest devices would part. All changes of an actor follow one another, so the past of a change is a
number of changes for each actor: its clock. Most changes name what the ones that they depend on wrote. For the others
the graph is walked down as far as the nearest clocks that were kept; one is kept wherever a walk grows long, so no
shape of the graph makes walks longer. Pure graph work: it must not know what operations mean, nor whether those that
are named exist in the changes that are said to hold them, which is for the outline to say.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from collar_sync.core.change import Change
from collar_sync.errors import InvalidChange

_WALK: Final = 32  # changes looked at, beyond which a clock is kept; each takes 0.3 µs
_ACTORS_PER_STEP: Final = 8  # with more actors, and so longer clocks, fewer are kept: 32 bytes a change at most


class Ancestry:
    """The graph of the changes of one document, each added after those it depends on."""

    def __init__(self, genesis: Change) -> None:
        self._places: dict[bytes, int] = {}
        self._deps: list[tuple[int, ...]] = []
        self._authors: list[int] = []  # by number, in order of appearance
        self._seqs: list[int] = []
        self._walks: list[int] = []  # how many changes are between here and kept clocks, at most; 0 with a clock
        self._clocks: dict[int, array[int]] = {}
        self._numbers: dict[bytes, int] = {}
        self._starts: list[list[int]] = []  # of each actor: the first operation of each of its changes
        self._genesis = genesis.actor
        self.add(genesis)

    def add(self, change: Change) -> None:
        """Add a change that is in its place: what it depends on is here, with its author's last one among it."""
        number = self._numbers.setdefault(change.actor, len(self._numbers))
        if number == len(self._starts):
            self._starts.append([])
        self._starts[number].append(change.start_op)
        place, deps = len(self._deps), tuple([self._places[dep] for dep in change.deps])
        walk = 1 + sum([self._walks[dep] for dep in deps])
        if walk > self._walk_max():
            below, clocks = self._walk(deps)
            walk = 1 + len(below)
            if walk > self._walk_max():
                self._clocks[place] = self._clock(below, clocks)
                walk = 0
        self._places[change.hash] = place
        self._deps.append(deps)
        self._authors.append(number)
        self._seqs.append(change.seq)
        self._walks.append(walk)
        if walk == 0:
            self._count(self._clocks[place], place)

    def check(self, changes: Sequence[Change]) -> None:
        """Refuse changes of which one names an operation outside its causal past; this stays as it was.

        They are in their place, each after those of them that it depends on. Raises `InvalidChange`.
        """
        before = len(self._deps)
        try:
            for change in changes:
                if not self._has_seen(change):
                    raise InvalidChange("A change names an operation that its author cannot have seen.")
                if change is not changes[-1]:
                    self.add(change)
        finally:
            for change in reversed(changes[: len(self._deps) - before]):
                self._remove(change)

    def _remove(self, change: Change) -> None:
        """Take back the change that was added last."""
        place = self._places.pop(change.hash)
        self._clocks.pop(place, None)
        for column in (self._deps, self._authors, self._seqs, self._walks):
            column.pop()
        number = self._numbers[change.actor]
        self._starts[number].pop()
        if not self._starts[number]:
            self._starts.pop()
            del self._numbers[change.actor]

    def _has_seen(self, change: Change) -> bool:
        wanted: dict[int, int] = {}
        for actor, counter in _named(change, self._genesis).items():
            number = self._numbers.get(actor)
            seq = 0 if number is None else bisect_right(self._starts[number], counter)
            if number is None or seq == 0:
                return False
            wanted[number] = seq
        if not wanted:
            return True
        deps = [self._places[dep] for dep in change.deps]
        self._strike(wanted, deps)
        if not wanted:
            return True
        below, clocks = self._walk(deps)
        self._strike(wanted, below)
        for place in clocks:
            clock = self._clocks[place]
            known = len(clock)
            for number in [each for each, seq in wanted.items() if each < known and clock[each] >= seq]:
                del wanted[number]
        return not wanted

    def _strike(self, wanted: dict[int, int], places: Iterable[int]) -> None:
        """Remove what these changes, and those before them of the same actors, are."""
        authors, seqs = self._authors, self._seqs
        for place in places:
            seq = wanted.get(authors[place])
            if seq is not None and seqs[place] >= seq:
                del wanted[authors[place]]

    def _walk(self, deps: Iterable[int]) -> tuple[set[int], set[int]]:
        """Every change at or below these down to kept clocks, and those with the clocks."""
        below: set[int] = set()
        clocks: set[int] = set()
        ahead = list(deps)
        while ahead:
            place = ahead.pop()
            if self._walks[place] == 0:
                clocks.add(place)
            elif place not in below:
                below.add(place)
                ahead += self._deps[place]
        return below, clocks

    def _walk_max(self) -> int:
        return max(_WALK, len(self._numbers) // _ACTORS_PER_STEP)

    def _clock(self, below: Iterable[int], clocks: Iterable[int]) -> "array[int]":
        """How many changes of each actor these changes and those clocks hold together."""
        clock = array("I")
        for place in clocks:
            other = self._clocks[place]
            longer, shorter = (clock, other) if len(clock) >= len(other) else (other, clock)
            clock = array("I", map(max, longer, shorter)) + longer[len(shorter) :]
        for place in below:
            self._count(clock, place)
        return clock

    def _count(self, clock: "array[int]", place: int) -> None:
        number, seq = self._authors[place], self._seqs[place]
        if number >= len(clock):
            clock.extend([0] * (number + 1 - len(clock)))
        clock[number] = max(clock[number], seq)


def _named(change: Change, genesis: bytes) -> Mapping[bytes, int]:
    """The actors other than its own and genesis whose operations a change names, each with the latest one's counter."""
    furthest: dict[bytes, int] = {}
    own = change.actor
    for op in change.ops:
        for name in (op.object, op.key, *op.predecessors):
            if isinstance(name, tuple) and name[1] != own and name[1] != genesis:
                counter, actor = name
                if counter > furthest.get(actor, 0):
                    furthest[actor] = counter
    return furthest
