"""Planted violations: how one is written down, and how a property over hypothesis' own strategies is tried on it.

A property that notices nothing proves nothing. So each rule of the domain has violations of it, written beside the
property that must fail while they last; what replaces words in the code refuses to exist where those are not there.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from collar_sync.errors import LocalError
from collar_sync.testing.mutants import replaced, rewritten

Planting = Callable[[], AbstractContextManager[Any]]
Property = Callable[..., None]
EXAMPLES: Final = 1_000  # the first that shows a violation ends it; which are tried depends on what else is loaded


class Mutant(msgspec.Struct, frozen=True):
    """One planted violation, and the property that notices it."""

    name: str
    plant: Planting
    property: Property


def words(owner: Any, name: str, *changed: tuple[str, str]) -> Planting:
    """Plant by other words in one function."""
    return lambda: rewritten(owner, name, *changed)


def other(owner: Any, name: str, by: Any) -> Planting:
    """Plant by something else of that name."""
    return lambda: replaced(owner, name, by)


def entry(table: Any, name: str, by: Any) -> Planting:
    """Plant by something else under that name in a table."""
    if name not in table:
        raise LookupError(f"There is no {name!r} in that table, so this mutant changes nothing.")
    return lambda: patch.dict(table, {name: by})


def both(*plantings: Planting) -> Planting:
    """Plant all of these at once: where one violation alone is caught by a second guard."""

    @contextmanager
    def planted() -> Iterator[None]:
        with ExitStack() as stack:
            for each in plantings:
                stack.enter_context(each())
            yield

    return planted


@contextmanager
def inside(struct: msgspec.Struct, **changed: Any) -> Iterator[None]:
    """Put other things into a frozen struct: what reads it has it at hand already, by whatever name."""
    before = {name: getattr(struct, name) for name in changed}
    try:
        for name, value in changed.items():
            msgspec.structs.force_setattr(struct, name, value)
        yield
    finally:
        for name, value in before.items():
            msgspec.structs.force_setattr(struct, name, value)


def without(owner: Any, *states: Any) -> Planting:
    """Plant by a table that forgets what leads to these states."""
    return other(owner, "TABLE", tuple(rule for rule in owner.TABLE if rule.state not in states))


def without_rule(owner: Any, words: str) -> Planting:
    """Plant by a table that forgets the one rule of these words."""
    kept = tuple(rule for rule in owner.TABLE if rule.words != words)
    if len(kept) != len(owner.TABLE) - 1:
        raise LookupError(f"There is no one rule {words!r}, so this mutant changes nothing.")
    return other(owner, "TABLE", kept)


def over(*strategies: st.SearchStrategy[Any], share: float = 1) -> Callable[[Property], Property]:
    """Try a property over these, over so large a share of as many examples as usual."""
    fewer = settings(max_examples=max(1, round(settings().max_examples * share)))

    def decorate(test: Property) -> Property:
        made = fewer(given(*strategies)(test))
        made.rule, made.strategies = test, strategies  # type: ignore[attr-defined]  # for `noticed`
        return made

    return decorate


def noticed(property_: Property, examples: int = EXAMPLES) -> bool:
    """Whether a property made by `over`, or a story, fails just now: as it stands, and not cut down to what fails.

    The same examples are tried each time that the same modules are loaded: hypothesis takes constants out of them.
    """
    rule: Property = getattr(property_, "rule", property_)
    strategies: tuple[st.SearchStrategy[Any], ...] = getattr(property_, "strategies", ())
    quick = settings(max_examples=examples, phases=[Phase.generate], derandomize=True, database=None, print_blob=False)
    try:
        (quick(given(*strategies)(rule)) if strategies else rule)()
    except (AssertionError, LocalError, pytest.fail.Exception):
        return True
    return False
