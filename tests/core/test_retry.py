"""When a device that is missing is called again: soon where it may be there, ever less often, at once on any sign."""

import itertools
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core.retry import Retry

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
START = 5 * HOUR


def chances(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # a story, not a secret


def calls(retry: Retry, begun: int, until: int, chance: random.Random) -> list[int]:
    """When it is called between two times, looked at ten times a second."""
    times = []
    for now in range(begun, until, 100):
        if retry.due(now):
            times.append(now)
            retry.called(now, chance.random())
    return times


def found_again(cut: int, chance: random.Random) -> int:
    """How long after such a cut either side calls: both noticed it, one of them a little later."""
    mended = START + cut + chance.randrange(1_000)
    firsts = []
    for noticed in (START + 3_000, START + 3_000 + chance.randrange(1_000)):
        retry = Retry()
        retry.missed(noticed)
        firsts += [time for time in calls(retry, noticed, mended + 60 * SECOND, chance) if time >= mended][:1]
    return min(firsts) - mended


@pytest.mark.parametrize(
    ("cut", "median", "worst"),
    [(10 * SECOND, 400, 700), (3 * MINUTE, 400, 700), (15 * MINUTE, 1_000, 2_000), (HOUR, 3_500, 7_500)],
    ids=["10 s", "3 min", "15 min", "1 h"],
)
def test_after_a_silent_cut_one_of_two_calls_soon_and_the_later_the_longer_it_was(
    cut: int, median: int, worst: int
) -> None:
    chance = chances(7)
    needed = sorted(found_again(cut, chance) for _ in range(60 if cut < HOUR else 20))
    assert statistics.median(needed) <= median
    assert needed[-1] <= worst


@pytest.mark.parametrize(
    ("silently", "first_hour", "later_hours"), [(True, 2_600, 500), (False, 450, 130)], ids=["in silence", "goodbye"]
)
def test_what_calling_in_vain_costs_is_bounded_in_the_first_hour_and_falls(
    *, silently: bool, first_hour: int, later_hours: int
) -> None:
    retry = Retry()
    if silently:
        retry.missed(START)
    else:
        retry.begin(START)
    times = calls(retry, START, START + 10 * HOUR, chances(1))
    hours = [sum(START + hour * HOUR <= time < START + (hour + 1) * HOUR for time in times) for hour in range(10)]
    assert hours[0] <= first_hour
    assert max(hours[1:]) <= later_hours
    assert hours == sorted(hours, reverse=True) or max(hours[5:]) <= 130
    assert min(hours) >= 100, "and nobody gives up"


ACTS = ("news", "soon", "due")


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 2_000)), max_size=60), st.booleans())
def test_no_sign_makes_two_calls_follow_one_another_at_once_and_every_one_leads_to_a_call_in_a_moment(
    acts: list[tuple[str, int]], silently: object
) -> None:
    retry, now, called, sign = Retry(), START, -START, None
    if silently:
        retry.missed(now)
    for act, wait in acts:
        now += wait
        if act == "news":
            retry.begin(now, after=100)
            sign = now
        elif act == "soon":
            retry.soon()
            sign = now
        elif retry.due(now):
            assert now - called >= 100
            retry.called(now, 0.5)
            called, sign = now, None
        elif sign is not None:
            assert now - called < limits.RECONNECT_MILLISECONDS_MIN, "it is only the last call that is waited for"


@given(st.integers(0, 10 * HOUR), st.floats(0, 1), st.booleans())
def test_a_wait_is_never_longer_than_its_part_of_the_time_nor_beyond_its_bounds(
    gone: int, jitter: float, silently: object
) -> None:
    retry = Retry()
    retry.begin(START)
    if silently:
        retry.missed(START)
    now = START + gone
    retry.called(now, jitter)
    part = gone // (limits.RECONNECT_PART_MISSED if silently else limits.RECONNECT_PART)
    wait = min(max(part, limits.RECONNECT_MILLISECONDS_MIN), limits.RECONNECT_MILLISECONDS_MAX)
    assert not retry.due(now + int(wait * 0.75) - 1)
    assert retry.due(now + int(wait * 1.25) + 1)


def test_a_beacon_after_a_silent_loss_does_not_make_the_next_calls_rarer() -> None:
    retry = Retry()
    retry.missed(START)
    retry.called(START, 0.5)
    later = START + 10 * MINUTE
    retry.begin(later, after=100)
    times = calls(retry, later, later + 5 * MINUTE, chances(3))
    waits = [after - before for before, after in itertools.pairwise(times)]
    assert max(waits) <= 15 * MINUTE * 1.25 / limits.RECONNECT_PART_MISSED + 100


def test_where_it_said_goodbye_or_this_computer_moved_it_is_soon_called_less_often() -> None:
    retry = Retry()
    retry.missed(START)
    retry.begin(START + MINUTE)
    retry.let_go()
    times = calls(retry, START + MINUTE, START + 31 * MINUTE, chances(4))
    assert len(times) < 400


def test_who_ends_each_connection_at_once_is_called_ever_more_rarely_until_one_lasts() -> None:
    retry, now, times = Retry(), START, list[int]()
    retry.missed(now)
    while now < START + 10 * MINUTE:
        if retry.due(now):
            times.append(now)
            retry.called(now, 0.5)
            retry.refused(now)
        now += 100
    assert len(times) < 30
    retry.begin(now)
    assert retry.due(now)
