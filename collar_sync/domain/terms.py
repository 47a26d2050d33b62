"""The five points of a consent in writing: purpose, scope, access, duration, revocability; and a date to review it.

Terms are immutable: a change is a new proposal. This module knows their form and how rival terms combine; it knows no
person's act, no lineage and no clock but the `now` it is given.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from collar_sync import limits
from collar_sync.errors import InvalidInput
from collar_sync.ids import PersonId, StatementId

HOW_TO_PAUSE = "Press Pause, or say so in any way. No reason is asked for, and nothing follows from it."

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.LINE_CHARACTERS_MAX)]
Lines = Annotated[tuple[Line, ...], msgspec.Meta(max_length=limits.LINES_MAX)]
Purpose = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.PURPOSE_CHARACTERS_MAX)]
Moment = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is agreed to. Times are milliseconds since the epoch; `until` None is ongoing, `starts` None is at once."""

    purpose: Purpose
    includes: Lines
    excludes: Lines = ()
    access: Lines = ()
    how_to_pause: Purpose = HOW_TO_PAUSE
    starts: Moment | None = None
    until: Moment | None = None
    review: Moment | None = None


class Proposal(Terms, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body of a proposal: terms, everyone they bind, and the proposals that they are to replace."""

    parties: Annotated[tuple[PersonId, ...], msgspec.Meta(min_length=2, max_length=limits.PARTIES_MAX)]
    supersedes: Annotated[tuple[StatementId, ...], msgspec.Meta(max_length=limits.RIVALS_MAX)] = ()

    def terms(self) -> Terms:
        """Return the terms alone."""
        return Terms(**{name: getattr(self, name) for name in Terms.__struct_fields__})


def parse(body: Mapping[str, Any]) -> Proposal | None:
    """Return the proposal in this body, or None; an unknown field makes it None, as unseen terms cannot be granted."""
    try:
        return msgspec.convert(dict(body), Proposal)
    except (msgspec.ValidationError, ValueError, TypeError, RecursionError):
        return None


def flaw(terms: Terms) -> str | None:
    """Return what makes well-formed terms no terms, as a sentence to act on."""
    if not terms.purpose.strip():
        return "Say what this consent is for: the purpose is empty."
    if not terms.includes or not all(line.strip() for line in terms.includes):
        return "Say what is included: a consent to nothing in particular protects nobody."
    if terms.until is not None and terms.starts is not None and terms.until <= terms.starts:
        return "The end must be after the start. Choose a later end, or none."
    return None


def compose(
    *,
    purpose: str,
    includes: Sequence[str] | str,
    excludes: Sequence[str] | str,
    access: Sequence[str] | str,
    how_to_pause: str,
    starts: datetime | int | None,
    until: datetime | int | None,
    review: datetime | int | None,
    now: int,
) -> Terms:
    """Return the terms a caller wrote, tidied; raises `InvalidInput` with a sentence that says what to change."""
    terms = Terms(
        purpose=_text(purpose, "purpose"),
        includes=_lines(includes, "included"),
        excludes=_lines(excludes, "not included"),
        access=_lines(access, "who may see"),
        how_to_pause=_text(how_to_pause, "how to pause") or HOW_TO_PAUSE,
        starts=_moment(starts, "start"),
        until=_moment(until, "end"),
        review=_moment(review, "review"),
    )
    reason = flaw(terms)
    if reason is not None:
        raise InvalidInput(reason)
    if terms.until is not None and terms.until <= now:
        raise InvalidInput("The end has passed already. Choose a later one, or none.")
    if terms.review is not None and terms.review <= now:
        raise InvalidInput("The review date has passed already. Choose a later one, or none.")
    return terms


def combine(terms: Terms, others: Sequence[Terms]) -> Terms:
    """Only what all of these include: the narrowest scope, access and time; purpose and words stay those of `terms`."""
    for other in others:
        terms = msgspec.structs.replace(
            terms,
            includes=tuple(line for line in terms.includes if line in other.includes),
            excludes=(*terms.excludes, *(line for line in other.excludes if line not in terms.excludes)),
            access=tuple(line for line in terms.access if line in other.access),
            starts=max((each for each in (terms.starts, other.starts) if each is not None), default=None),
            until=min((each for each in (terms.until, other.until) if each is not None), default=None),
            review=min((each for each in (terms.review, other.review) if each is not None), default=None),
        )
    if not terms.excludes:
        return terms
    excluded = {line.casefold() for line in terms.excludes}
    return msgspec.structs.replace(
        terms, includes=tuple(line for line in terms.includes if line.casefold() not in excluded)
    )


def _text(value: str, name: str) -> str:
    value = value.strip()
    if len(value) > limits.PURPOSE_CHARACTERS_MAX:
        raise InvalidInput(
            f"The {name} is too long: {limits.PURPOSE_CHARACTERS_MAX} characters at most. Say it shorter."
        )
    return value


def _lines(values: Sequence[str] | str, name: str) -> tuple[str, ...]:
    values = [values] if isinstance(values, str) else values
    lines = tuple(dict.fromkeys(line.strip() for line in values if line.strip()))
    if len(lines) > limits.LINES_MAX:
        raise InvalidInput(
            f"The list of {name} is too long: {limits.LINES_MAX} lines at most. Split it into two consents."
        )
    if any(len(line) > limits.LINE_CHARACTERS_MAX for line in lines):
        raise InvalidInput(
            f"A line under {name} is too long: {limits.LINE_CHARACTERS_MAX} characters at most. Say it shorter."
        )
    return lines


def _moment(value: datetime | int | None, name: str) -> int | None:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidInput(f"The {name} needs a time zone, so that it is the same moment for everyone.")
        value = round(value.timestamp() * 1000)
    if value is not None and not 0 <= value < 1 << 53:
        raise InvalidInput(f"The {name} is not a date this record can hold. Choose one after 1970.")
    return value
