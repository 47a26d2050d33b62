"""Words as a caller writes them, tidied and bounded; and bodies as a peer wrote them, read or None.

Every sentence names the thing and says what to do. It knows no kind of statement, no person and no clock.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

import msgspec

from collar_sync import limits
from collar_sync.core.letters import is_blank
from collar_sync.errors import InvalidInput

Sentence = Annotated[str, msgspec.Meta(max_length=limits.SENTENCE_CHARACTERS_MAX)]
Passage = Annotated[str, msgspec.Meta(max_length=limits.PASSAGE_CHARACTERS_MAX)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.LINE_CHARACTERS_MAX)]
Lines = Annotated[tuple[Line, ...], msgspec.Meta(max_length=limits.LINES_MAX)]

Form = TypeVar("Form", bound=msgspec.Struct)


def parse(body: Mapping[str, Any], form: type[Form]) -> Form | None:
    """Return the body in that form, or None where it does not have it. Never raises."""
    try:
        return msgspec.convert(dict(body), form)
    except (msgspec.ValidationError, ValueError, TypeError, RecursionError):
        return None


def text(value: str, name: str, characters_max: int, *, needed: str = "") -> str:
    """Return the text without blanks around it; raises `InvalidInput`, with `needed` where there must be some."""
    value = value.strip()
    if needed and is_blank(value):
        raise InvalidInput(needed)
    if len(value) > characters_max:
        raise InvalidInput(f"{name} is too long: {characters_max:,} characters at most. Say it shorter, or in parts.")
    return value


def sentence(value: str, name: str, *, needed: str = "") -> str:
    """Return one sentence; raises `InvalidInput`."""
    return " ".join(text(value, name, limits.SENTENCE_CHARACTERS_MAX, needed=needed).split())


def passage(value: str, name: str, *, needed: str = "") -> str:
    """Return a few sentences; raises `InvalidInput`."""
    return text(value, name, limits.PASSAGE_CHARACTERS_MAX, needed=needed)


def lines(values: Sequence[str] | str, name: str) -> tuple[str, ...]:
    """Return the lines, each once and none empty; raises `InvalidInput`."""
    values = [values] if isinstance(values, str) else values
    found = tuple(dict.fromkeys(" ".join(line.split()) for line in values if not is_blank(line)))
    if len(found) > limits.LINES_MAX:
        raise InvalidInput(f"{name} has too many lines: {limits.LINES_MAX} at most. Keep those that matter most.")
    if any(len(line) > limits.LINE_CHARACTERS_MAX for line in found):
        raise InvalidInput(
            f"{name} has a line that is too long: {limits.LINE_CHARACTERS_MAX} characters at most. Say it shorter."
        )
    return found
