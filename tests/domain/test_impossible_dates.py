"""Days that never come: refused where somebody sets them, kept unread where another did, and cheap to see through.

Which days a rule has is held against dateutil in `test_schedule.py`; here they are looked through for nine years.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import strategies as st

from collar_sync.core.edits import SetFields
from collar_sync.domain import recurrence, schedule, task_fold, task_words, tasks
from collar_sync.domain.repair_writing import commitment
from collar_sync.errors import InvalidInput
from collar_sync.testing.mutants import replaced
from tests.domain.plain import Household, PlainLedger, run
from tests.domain.planting import Mutant, noticed, other, over, words

DUE: Final = datetime(2026, 5, 1, 18)  # noqa: DTZ001 - wall time
STEPS_MAX: Final = 5_000  # calls and returns, dateutil's own look at the form among them: a look at each day has 60,000
NINE_YEARS: Final = timedelta(days=366 * 9)
LOOKED_AT_MAX: Final = 40  # years, for one rule however often it is asked about


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules of a known form, whose days may or may not come."""
    parts = [f"FREQ={draw(st.sampled_from(('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY')))}"]
    numbers = {"BYMONTH": (1, 12), "BYMONTHDAY": (28, 31), "BYYEARDAY": (1, 366)}
    for name in draw(st.lists(st.sampled_from(sorted(numbers)), unique=True, max_size=2)):
        values = draw(st.lists(st.integers(*numbers[name]), min_size=1, max_size=2, unique=True))
        parts.append(f"{name}={','.join(map(str, values))}")
    if draw(st.booleans()):
        parts.append(f"BYDAY={draw(st.sampled_from(('MO', 'SU,WE')))}")
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.sampled_from((2, 4, 7)))}")
    if draw(st.booleans()):
        parts.append(f"UNTIL={draw(st.dates(date(2026, 1, 1), date(2027, 12, 31))):%Y%m%d}")
    return ";".join(parts)


def comes(rule: str) -> bool:
    """Whether what is due then ever recurs, looked through day by day."""
    parts = dict(part.split("=") for part in rule.split(";"))
    until = parts.pop("UNTIL", "99991231")
    found = recurrence.parse(parts, DUE.date())
    assert found is not None
    days = recurrence.days_between(found, DUE.date(), DUE.date() + NINE_YEARS)
    return any(f"{day:%Y%m%d}" <= until for day in days)


def home_of(*names: str) -> tuple[Household, PlainLedger, PlainLedger]:
    home = Household(*names)
    alex, sam = home.ledgers
    return home, alex, sam


@over(rules(), share=1 / 5)
def test_what_never_recurs_is_refused_at_the_call_in_words_and_nothing_is_kept(rule: str) -> None:
    home, alex, sam = home_of("Alex", "Sam")
    task_of = run(alex.tasks.promise("t")).id
    before = ({*alex.heard}, dict(alex.fields))
    due = f"{DUE:%Y-%m-%dT%H:%M}"
    calls: tuple[Any, ...] = (
        lambda: alex.tasks.ask("t", of=sam.me, due=due, repeat=rule),
        lambda: alex.tasks.promise("t", due=due, repeat=rule),
        lambda: alex.tasks.reschedule(task_of, due, rule),
    )
    for call in calls:
        if not comes(rule):
            with pytest.raises(InvalidInput, match=r"Write a rule|Choose other days|Set a later end"):
                run(call())
            assert ({*alex.heard}, dict(alex.fields)) == before
        else:
            assert run(call()).repeat == rule
    home.sync()
    assert [each.unread() for each in (alex.tasks, sam.tasks)] == [(), ()]


def test_a_day_that_comes_once_in_many_years_is_one_that_comes() -> None:
    _, alex, _ = home_of("Alex", "Sam")
    rule = "FREQ=DAILY;BYYEARDAY=9;BYDAY=MO"  # a Monday in 2023, and then in 2034
    made = run(alex.tasks.promise("t", due="2026-05-01T18:00", repeat=rule))
    assert made.next_day(alex.now()) == "2034-01-09"


@over(rules(), st.sampled_from(("2026-05-01T18:00", "2026-02-30T18:00", None, 5)), share=1 / 5)
def test_what_never_recurs_and_another_wrote_is_kept_unread_named_with_a_reason_and_stands_in_nobodys_way(
    rule: str, due: str | int | None
) -> None:
    home, alex, sam = home_of("Alex", "Sam")
    made = run(alex.tasks.ask("Tea", of=sam.me))
    run(alex.write(SetFields("task", made.record, {"due": due, "repeat": rule, "zone": "UTC"})))
    home.sync()
    found, named = sam.tasks.get(made.id), sam.tasks.unread()
    if due == "2026-05-01T18:00":
        assert (found.repeat, len(named)) == ((rule, 0) if comes(rule) else (None, 1))
    assert all("Tea" in line and "anew" in line for line in named)
    assert sam.records("task")[made.record]["repeat"] == rule, "it is kept"
    run(sam.tasks.accept(made.id))
    found.timing(sam.now())
    assert sam.tasks.get(made.id).is_open
    run(sam.tasks.reschedule(made.id, "2026-05-02T18:00", "FREQ=DAILY"))
    assert (sam.tasks.get(made.id).repeat, sam.tasks.unread()) == ("FREQ=DAILY", ())


@contextmanager
def counted() -> Iterator[list[int]]:
    looked_at: list[int] = []
    of_year = recurrence._of_year

    def counting(rule: Any, year: int) -> int:
        looked_at.append(year)
        return of_year(rule, year)

    with replaced(recurrence, "_of_year", counting):
        yield looked_at


@over(rules(), st.sampled_from((1970, 2026, 2199)), share=1 / 5)
def test_whatever_a_rule_says_it_is_looked_through_for_a_bounded_time_and_once(rule: str, year: int) -> None:
    for cached in (schedule.repeats, schedule.never, schedule.days_between):
        cached.cache_clear()
    with counted() as looked_at:
        for _ in range(3):
            schedule.never(rule, DUE.replace(year=year), schedule.UTC_ZONE)
    assert len(looked_at) <= LOOKED_AT_MAX


SLOW: Final = (
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=100000",
    "FREQ=DAILY;BYMONTHDAY=31;BYYEARDAY=60;INTERVAL=997",
    "FREQ=WEEKLY;BYDAY=MO;BYYEARDAY=366;INTERVAL=2;UNTIL=21990101",
    "FREQ=MONTHLY;BYDAY=5MO,5TU;BYMONTH=2;BYSETPOS=9;INTERVAL=7",
    "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=7;BYDAY=SU",
)


@pytest.mark.parametrize("rule", SLOW)
def test_a_rule_of_no_day_is_seen_through_in_few_steps_as_somebody_may_write_a_thousand_of_them(rule: str) -> None:
    schedule.never(rule, DUE, schedule.UTC_ZONE)  # the calendars of the years are made once
    for cached in (schedule.repeats, schedule.never, schedule.days_between, schedule.simple):
        cached.cache_clear()
    steps = 0

    def step(_frame: object, _event: str, _argument: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(step)
    try:
        schedule.never(rule, DUE, schedule.UTC_ZONE)
    finally:
        sys.setprofile(None)
    assert steps < STEPS_MAX


def test_no_small_promise_is_of_days_that_never_come() -> None:
    _, alex, _ = home_of("Alex", "Sam")
    for rule in ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=4;BYMONTHDAY=31", "FREQ=DAILY;COUNT=0"):
        with pytest.raises(InvalidInput, match="30 February"):
            commitment("Tea", alex.me, repeat=rule)
    assert commitment("Tea", alex.me, repeat="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29").repeat is not None


def test_a_time_gone_by_is_taken_as_any_other() -> None:
    _, alex, _ = home_of("Alex", "Sam")
    found = run(alex.tasks.promise("I did this yesterday", due="2026-04-30T18:00"))
    assert not run(alex.tasks.done(found.id)).is_open


def test_what_another_asks_in_a_pause_is_named_in_no_list_either() -> None:
    home, alex, sam = home_of("Alex", "Sam")
    run(sam.pauses.pause())
    made = run(alex.tasks.ask("Come home early", of=sam.me))
    run(alex.write(SetFields("task", made.record, {"repeat": "FREQ=DAILY;COUNT=0"})))
    home.sync()
    assert sam.tasks.unread() == ()
    run(sam.pauses.lift())
    assert len(sam.tasks.unread()) == 1


PROMISED: Final = test_no_small_promise_is_of_days_that_never_come
AT_THE_CALL: Final = test_what_never_recurs_is_refused_at_the_call_in_words_and_nothing_is_kept
UNREAD: Final = test_what_never_recurs_and_another_wrote_is_kept_unread_named_with_a_reason_and_stands_in_nobodys_way
BOUNDED: Final = test_whatever_a_rule_says_it_is_looked_through_for_a_bounded_time_and_once

MUTANTS: Final = (
    Mutant("any day is one that comes", other(recurrence, "comes_about", lambda _rule: True), PROMISED),
    Mutant("whatever never recurs is set", other(task_words, "never", lambda *_: None), AT_THE_CALL),
    Mutant("whatever never recurs is read", other(task_fold, "never", lambda *_: None), UNREAD),
    Mutant("nobody is told what is not read", other(tasks, "unread", lambda *_: ()), UNREAD),
    Mutant(
        "what never recurs does not come at all",
        words(
            task_fold,
            "_view",
            ("yeses = ", "declines = [said] if words.get('repeat') and read_as.repeat is None else declines; yeses = "),
        ),
        UNREAD,
    ),
    Mutant(
        "a rule is looked through to the end of all years",
        other(schedule, "_LOOK_AHEAD", (timedelta(days=365 * 60),)),
        BOUNDED,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    with mutant.plant():
        for cached in (schedule.repeats, schedule.never, schedule.days_between):
            cached.cache_clear()
        seen = noticed(mutant.property, examples=80)
    for cached in (schedule.repeats, schedule.never, schedule.days_between):
        cached.cache_clear()
    assert seen
