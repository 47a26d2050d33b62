"""Moments of a life at which a rule is asked about."""

from datetime import date
from random import Random

from tests.domain.plain import DAY, MAY_DAY

MAY = (date(2026, 4, 1), date(2026, 6, 30))


def some_time(chance: Random) -> int:
    return MAY_DAY + chance.randint(-40 * DAY, 60 * DAY)
