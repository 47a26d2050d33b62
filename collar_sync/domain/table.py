"""A state read off a table: rules in order of precedence, of which the first that applies decides.

A machine's table is data that its code runs, so that the charts in docs/ can be made from it and cannot say anything
else. It knows no noun.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Facts = TypeVar("Facts")
State = TypeVar("State")


@dataclasses.dataclass(frozen=True, slots=True)
class Rule(Generic[Facts, State]):
    """Where it `applies`, the machine is in that state; `words` say when that is, for the charts."""

    words: str
    applies: Callable[[Facts], bool]
    state: State


def read(table: Sequence[Rule[Facts, State]], facts: Facts) -> State:
    """Return the state of the first rule that applies; the last rule of a table always does."""
    return next(rule.state for rule in table if rule.applies(facts))


def always(_facts: object) -> bool:
    """Apply whatever the facts: for the last rule of a table."""
    return True
