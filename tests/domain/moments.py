"""Moments of a life at which a rule is asked about."""

from datetime import date
from random import Random

from tests.domain.plain import DAY, HOUR, MAY_DAY, MINUTE

MAY = (date(2026, 4, 1), date(2026, 6, 30))


def some_clock(chance: Random) -> int:
    """What a clock shows that is right, or wrong by minutes, hours or days."""
    return MAY_DAY + chance.choice((0, MINUTE, HOUR, HOUR, DAY)) * chance.randint(-12, 40)


def some_time(chance: Random) -> int:
    return MAY_DAY + chance.randint(-40 * DAY, 60 * DAY)
