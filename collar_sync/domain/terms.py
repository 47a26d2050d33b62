"""The five points in writing: purpose, scope, access, duration, revocability; and a date to review it.

Terms are immutable: a change is a new proposal. A consent and an agreement share one form; an agreement says its kind
as well. Where something flows while they hold (live sharing, tracking), they say whose it is, from when, and until
when: two weeks unless somebody chooses, 90 days at most, then asked afresh. This module knows that form and how rival
terms combine; it knows no person's act, no lineage and no clock but the `now` it is given.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, get_args

import msgspec

from collar_sync import limits
from collar_sync.core.alike import readings
from collar_sync.core.letters import is_blank, misleads
from collar_sync.domain.reading import MISLEADS
from collar_sync.errors import InvalidInput
from collar_sync.ids import PersonId, StatementId

HOW_TO_PAUSE = "Press Pause, or say so in any way. No reason is asked for, and nothing follows from it."

Kind = Literal["rule", "protocol", "ritual", "tracking", "consequence", "repair loop"]
Flow = Literal["sharing", "tracking"]

_DAY_MILLISECONDS: Final = 24 * 60 * 60 * 1000
FLOW_MILLISECONDS: Final = 14 * _DAY_MILLISECONDS  # the Consent rule: two weeks where nobody chooses
FLOW_MILLISECONDS_MAX: Final = 90 * _DAY_MILLISECONDS  # the Consent rule: 90 days, then asked afresh

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.LINE_CHARACTERS_MAX)]
Lines = Annotated[tuple[Line, ...], msgspec.Meta(max_length=limits.LINES_MAX)]
Purpose = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.PURPOSE_CHARACTERS_MAX)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=limits.MOMENT_MILLISECONDS_MAX)]


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is agreed to. Times are milliseconds since the epoch; `until` None is ongoing, `starts` None is at once.

    `kind` is that of an agreement; a consent has none. `flow` says what may flow while this holds, `whose` it is.
    """

    purpose: Purpose
    includes: Lines
    excludes: Lines = ()
    access: Lines = ()
    how_to_pause: Purpose = HOW_TO_PAUSE
    starts: Moment | None = None
    until: Moment | None = None
    review: Moment | None = None
    kind: Kind | None = None
    flow: Flow | None = None
    whose: Annotated[tuple[PersonId, ...], msgspec.Meta(max_length=limits.PARTIES_MAX)] = ()


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
    lasts = None if terms.until is None or terms.starts is None else terms.until - terms.starts
    table = (
        (is_blank(terms.purpose), "Say what this is for: the purpose is empty."),
        (
            not terms.includes or any(map(is_blank, terms.includes)),
            "Say what is included: a yes to nothing in particular protects nobody.",
        ),
        (
            any(map(misleads, (terms.purpose, terms.how_to_pause, *terms.includes, *terms.excludes, *terms.access))),
            MISLEADS,
        ),
        (lasts is not None and lasts <= 0, "The end must be after the start. Choose a later end, or none."),
        (
            terms.flow is not None and (lasts is None or lasts > FLOW_MILLISECONDS_MAX),
            "What is shared live or tracked ends after 90 days at most, then asked afresh. Choose an earlier end.",
        ),
        ((terms.flow is None) != (not terms.whose), "Say whose it is that would be shared or tracked, and how."),
    )
    return next((reason for applies, reason in table if applies), None)


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
    kind: Kind | None = None,
    flow: Flow | None = None,
    whose: Sequence[PersonId] = (),
) -> Terms:
    """Return the terms a caller wrote, tidied; raises `InvalidInput` with a sentence that says what to change."""
    start, end = moment(starts, "start"), moment(until, "end")
    if flow is not None:
        if flow not in get_args(Flow):
            raise InvalidInput(f"Choose what would flow: {', '.join(get_args(Flow))}.")
        if start is None:
            start = min(now, max(day_of(now), (end or 0) - FLOW_MILLISECONDS_MAX))
        end = start + FLOW_MILLISECONDS if end is None else end
    terms = Terms(
        purpose=_text(purpose, "purpose"),
        includes=_lines(includes, "What is included"),
        excludes=_lines(excludes, "What is not included"),
        access=_lines(access, "The list of who may see"),
        how_to_pause=_text(how_to_pause, "way to pause") or HOW_TO_PAUSE,
        starts=start,
        until=end,
        review=moment(review, "review date"),
        kind=kind,
        flow=flow,
        whose=tuple(sorted(set(whose))),
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
            whose=tuple(each for each in terms.whose if each in other.whose),
        )
        if terms.flow != other.flow:  # they are not about the same kind of thing
            terms = msgspec.structs.replace(terms, includes=())
    if not terms.excludes:
        return terms
    excluded = frozenset[str]().union(*map(readings, terms.excludes))
    return msgspec.structs.replace(
        terms, includes=tuple(line for line in terms.includes if excluded.isdisjoint(readings(line)))
    )


def day_of(moment: int) -> int:
    """Return the moment at which its day begins, in UTC: what is counted from there tells the day, and no minute."""
    return moment - moment % _DAY_MILLISECONDS


def _text(value: str, name: str) -> str:
    value = value.strip()
    if len(value) > limits.PURPOSE_CHARACTERS_MAX:
        raise InvalidInput(
            f"The {name} is too long: {limits.PURPOSE_CHARACTERS_MAX} characters at most. Say it shorter."
        )
    return value


def _lines(values: Sequence[str] | str, name: str) -> tuple[str, ...]:
    values = [values] if isinstance(values, str) else values
    lines = tuple(dict.fromkeys(line.strip() for line in values if not is_blank(line)))
    if len(lines) > limits.LINES_MAX:
        raise InvalidInput(f"{name} has too many lines: {limits.LINES_MAX} at most. Split it into two.")
    if any(len(line) > limits.LINE_CHARACTERS_MAX for line in lines):
        raise InvalidInput(
            f"{name} has a line that is too long: {limits.LINE_CHARACTERS_MAX} characters at most. Say it shorter."
        )
    return lines


def moment(value: datetime | int | None, name: str) -> int | None:
    """Return the moment in milliseconds; raises `InvalidInput` where there is no zone or no such date."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidInput(f"The {name} needs a time zone, so that it is the same moment for everyone.")
        value = round(value.timestamp() * 1000)
    if value is not None and not 0 <= value <= limits.MOMENT_MILLISECONDS_MAX:
        raise InvalidInput(f"The {name} is not a date this record can hold. Choose one from 1970 to 2199.")
    return value
