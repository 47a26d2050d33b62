"""The model of time that the machines share: changes, what came before each, and who has which.

A story's seed draws which of the changes that one side has the other gets, and in which order; whatever it draws, a
change comes after everything that its author had. Nothing here knows the code under test.
"""

import random
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class Written:
    """One change as it was written: where it stands, all that its author had then, and what the model makes of it."""

    hash: bytes
    actor: bytes
    seq: int
    raw: bytes
    tip: Any
    max_op: int
    past: frozenset[bytes]
    meaning: Any = None


@dataclass
class Past:
    """Everything that was ever written in one document."""

    changes: dict[bytes, Written] = field(default_factory=dict)

    def heads(self, has: AbstractSet[bytes]) -> set[bytes]:
        """Of these, the ones that none of these follows."""
        followed: set[bytes] = set()
        for each in has:
            followed |= self.changes[each].past
        return set(has) - followed

    def clock(self, has: Iterable[bytes]) -> dict[bytes, int]:
        """How many changes of each actor these are."""
        counts: dict[bytes, int] = {}
        for each in has:
            actor = self.changes[each].actor
            counts[actor] = counts.get(actor, 0) + 1
        return counts

    def beyond(self, has: Iterable[bytes], known: Mapping[bytes, int]) -> set[bytes]:
        """Of these, the ones that a version vector does not cover."""
        return {each for each in has if self.changes[each].seq > known.get(self.changes[each].actor, 0)}

    def in_order(self, chosen: Iterable[bytes], chance: random.Random) -> list[Written]:
        """These in any order that puts each after everything of these that came before it."""
        left = sorted(chosen)
        order: list[Written] = []
        while left:
            free = [each for each in left if not self.changes[each].past & set(left)]
            picked = chance.choice(free)
            left.remove(picked)
            order.append(self.changes[picked])
        return order

    def some(self, source: AbstractSet[bytes], target: AbstractSet[bytes], chance: random.Random) -> list[Written]:
        """Some of what the source has and the target lacks, as the target could take it; often all of it."""
        lacking = self.in_order(source - target, chance)
        return lacking if chance.random() < 0.5 else lacking[: chance.randint(0, len(lacking))]

    def follows(self, order: Iterable[Written], has: AbstractSet[bytes]) -> bool:
        """Whether each of these comes after all that came before it, on top of what is there."""
        there = set(has)
        for each in order:
            if not each.past <= there:
                return False
            there.add(each.hash)
        return True

    def newest(self, order: Iterable[Written]) -> list[Any]:
        """The tips that cover these changes: of each actor's last."""
        tips: dict[bytes, Written] = {}
        for each in order:
            if each.actor not in tips or tips[each.actor].seq < each.seq:
                tips[each.actor] = each
        return [each.tip for each in tips.values()]


def chance_from(seed: int) -> random.Random:
    """The chance that a story's seed draws from."""
    return random.Random(seed)  # noqa: S311  # a story must be told again the same


def in_parts(order: list[Written], chance: random.Random) -> list[list[Written]]:
    """The same order, cut into batches."""
    parts: list[list[Written]] = []
    while order:
        size = chance.randint(1, len(order))
        parts.append(order[:size])
        order = order[size:]
    return parts
