"""What is shown of own entries, over arbitrary lives of those who track something: what, as much as fits, and how long.

Each expectation is written from the rule, straight over entries and agreements, and shares no code with it.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any, Final

import msgspec
import pytest
from hypothesis import strategies as st

from collar_sync.domain import tracking
from collar_sync.domain.agreements import Agreement
from collar_sync.domain.consent import State
from collar_sync.domain.tracking import Entry, Tracking
from collar_sync.errors import LocalError
from tests.domain.lives import CLEAR
from tests.domain.plain import DAY, HOUR, MINUTE, Household, PlainLedger, run
from tests.domain.planting import Mutant, noticed, over, words

NAMES: Final = ("Alex", "Sam", "Kim", "Robin")
WORD_BYTES: Final = 2_048
WIDE: Final = (9, 20, 12)
DEEP: Final = (2, 500, 12)
seeds = st.integers(0, 1 << 32)


def lived(seed: int, habits: int, longest: int, notes: int) -> tuple[Household, Random]:
    """Two to four who track habits, change what they track, and write entries, having heard this and that."""
    chance = Random(seed)  # noqa: S311 - one seed replays it
    home = Household(*NAMES[: chance.randint(2, 4)])
    pool = [f"habit {number}" for number in range(habits)]
    _propose(home, home.ledgers[0], chance, pool)
    if chance.random() < 0.5:
        home.second_device(chance.choice(home.ledgers).owner.name)
    home.sync()
    for _ in range(chance.randint(5, 12)):
        ledger = chance.choice(home.ledgers)
        ledger.clock += chance.choice((MINUTE, HOUR, 5 * HOUR, -HOUR))
        acts: tuple[Callable[[], object], ...] = (
            partial(_propose, home, ledger, chance, pool),
            partial(_hold, ledger, chance),
            home.sync,
            partial(_write, ledger, chance, longest, notes),
        )
        with suppress(LocalError):  # refused at the call: life goes on
            chance.choices(acts, (2, 1, 1, 6))[0]()
    meet(home)
    return home, chance


def _propose(home: Household, ledger: PlainLedger, chance: Random, pool: list[str]) -> None:
    """Agree to track something, or to track something else from now on; two may do so at once, and some say no."""
    made = [each.id for each in ledger.agreements.all()]
    before = chance.choice(made) if made and chance.random() < 0.8 else None
    for each in [ledger, *home.ledgers[: chance.randint(0, 1) if before else 0]]:
        lines = chance.sample(pool, chance.randint(len(pool) // 2, len(pool)))
        until = each.now() + chance.choice((DAY // 2, 2 * DAY, 40 * DAY)) if chance.random() < 0.5 else None
        run(each.agreements.propose("tracking", lines, CLEAR, supersedes=before, until=until))
    home.sync()
    for each in home.ledgers:
        for agreement in each.agreements.all():
            if each.me in each.agreements.get(agreement.id).waiting_for and chance.random() < 0.95:
                with suppress(LocalError):
                    run(each.agreements.grant(agreement.id))
    home.sync()


def _hold(ledger: PlainLedger, chance: Random) -> None:
    agreement = chance.choice(ledger.agreements.all()).id
    run(chance.choice((ledger.agreements.pause, ledger.agreements.resume, ledger.agreements.resume))(agreement))


def _write(ledger: PlainLedger, chance: Random, longest: int, notes: int) -> None:
    """Write so many entries at most, about some of what can be written about; or take one out."""
    mine = ledger.tracking.mine()
    if mine and chance.random() < 0.1:
        run(ledger.tracking.remove(chance.choice(mine).id))
    found = ledger.tracking.habits()
    for _ in range(chance.randint(1, notes) if found else 0):
        agreement, habit = chance.choice(found)
        day = date(2026, 5, 1) + timedelta(days=chance.randint(-40, 0))
        note = chance.choice("e\N{SHORTCAKE}") * chance.randint(0, longest)
        run(ledger.tracking.write(agreement.id, habit, note, day.isoformat()))


def meet(home: Household) -> None:
    """All hear everything, all clocks say the same, and whatever is to be shown is."""
    home.sync()
    latest = max(each.now() for each in home.ledgers)
    for ledger in home.ledgers:
        ledger.clock = latest
    for ledger in home.ledgers:
        ledger.tracking.tell()


def holding(ledger: PlainLedger, *people: str) -> list[Agreement]:
    """The agreements to track something that hold now among all of these."""
    return [
        each
        for each in ledger.agreements.all()
        if each.kind == "tracking" and each.state(ledger.now()) is State.ACTIVE and {*people} <= {*each.holds.whose}
    ]


def written(device: PlainLedger, lineage: str, habit: str) -> list[Entry]:
    """What was written there about a habit under any version of one agreement, the newest first."""
    versions = {each.id for each in device.agreements.all() if each.lineage == lineage}
    found = [each for each in device.tracking.mine() if each.agreement in versions and each.habit == habit]
    return sorted(found, key=lambda each: (each.day, each.at, each.id), reverse=True)


def pairs(home: Household) -> Iterable[tuple[PlainLedger, PlainLedger]]:
    """Whoever hears, and the device of somebody else that shows."""
    return ((one, other) for one in home.ledgers for other in home.ledgers if one.me != other.me)


def heard(ledger: PlainLedger, other: PlainLedger) -> list[tuple[str, str, str]]:
    """What one is shown by all devices of another's person, of any agreement."""
    return sorted((each.habit, each.day, each.note) for each in ledger.tracking.of(other.me))


@over(seeds, share=1 / 10)
def test_a_new_version_shows_what_it_includes_of_what_was_written_before_and_nothing_else(seed: int) -> None:
    home, _ = lived(seed, habits=3, longest=3, notes=2)
    for ledger, other in pairs(home):
        devices = [each for each in home.ledgers if each.me == other.me]
        lines = {
            (each.lineage, habit) for each in holding(ledger, ledger.me, other.me) for habit in each.holds.includes
        }
        about = [
            (lineage, entry)
            for device in devices
            for lineage, habit in lines
            for entry in written(device, lineage, habit)
        ]
        assert heard(ledger, other) == sorted((entry.habit, entry.day, entry.note) for _, entry in about)
        for shown in ledger.tracking.of(other.me):
            assert shown.habit in ledger.agreements.get(shown.agreement).holds.includes
            assert ledger.agreements.get(shown.agreement).state(ledger.now()) is State.ACTIVE


def body(entries: Iterable[Entry]) -> bytes:
    return msgspec.msgpack.encode([(each.day, each.note) for each in entries])


@over(seeds, share=1 / 10)
def test_of_six_habits_the_newest_entries_that_fit_are_shown(seed: int) -> None:
    """The six that were written about last; of each as many as one word in passing holds, and one is always shown."""
    home, _ = lived(seed, *(WIDE if seed % 2 else DEEP))
    for device in home.ledgers:
        others = {each.me for each in home.ledgers} - {device.me}
        lines = {
            (each.lineage, habit): set(each.holds.whose) & others
            for each in holding(device, device.me)
            for habit in each.holds.includes
        }
        about = {line: written(device, *line) for line in lines if lines[line]}
        order = sorted(
            filter(None, about.values()), key=lambda each: (each[0].day, each[0].at, each[0].id), reverse=True
        )
        told = {each.kind: each.body for each in device.air.told()}
        assert len(told) == len(order[:6])
        for entries in order[:6]:
            lineage = device.agreements.get(entries[0].agreement).lineage
            found = tracking._lines(told.get(tracking.word(lineage, entries[0].habit), b""))
            shown = len(found)
            assert [(each.day, each.note) for each in found] == [(each.day, each.note) for each in entries[:shown]]
            assert shown >= 1
            assert len(body(entries[:shown])) <= WORD_BYTES
            assert shown == len(entries) or len(body(entries[: shown + 1])) > WORD_BYTES - 3


def told_by(device: PlainLedger, home: Household) -> list[tuple[str, str, bytes]]:
    """Who hears what from one device: by person, the kind of word and its body."""
    heard_by = [(each.me, word) for each in home.ledgers for word in each.air.heard()]
    return sorted((who, word.kind, word.body) for who, word in heard_by if word.device == device.owner.devices[0])


@over(seeds, share=1 / 20)
def test_what_is_shown_is_told_again_before_its_day_is_over_and_no_more_often_than_that(seed: int) -> None:
    """For as long as it holds and not a moment more, however often the app looks, at least once an hour."""
    home, chance = lived(seed, habits=2, longest=3, notes=1)
    device = chance.choice(home.ledgers)
    before, kinds, start, tells = told_by(device, home), len(device.air.told()), device.now(), 0
    ends: dict[str, list[int]] = {}
    for agreement in holding(device, device.me):
        for habit in agreement.holds.includes:
            ends.setdefault(tracking.word(agreement.lineage, habit), []).append(agreement.holds.until or 0)
    first = min((end for each in ends.values() for end in each), default=0)
    tell = device.air.tell

    def counted(*given: Any) -> None:
        nonlocal tells
        tells += 1
        tell(*given)

    device.air.tell = counted  # type: ignore[assignment,method-assign]
    while device.now() < start + 2 * DAY:
        step = chance.randint(20, 59) * MINUTE
        for each in home.ledgers:
            each.clock += step
        if device.now() < first and chance.random() < 0.3:
            assert told_by(device, home) == before
        device.tracking.tell()
        assert all(device.now() < each.ends <= max(ends[each.kind]) for each in device.air.told())
    assert tells <= 3 * kinds


def test_a_newer_version_that_ends_earlier_ends_what_was_told_before_it() -> None:
    test_what_is_shown_is_told_again_before_its_day_is_over_and_no_more_often_than_that.rule(7)  # type: ignore[attr-defined]


NEW: Final = test_a_new_version_shows_what_it_includes_of_what_was_written_before_and_nothing_else
NEWEST: Final = test_of_six_habits_the_newest_entries_that_fit_are_shown
AGAIN: Final = test_what_is_shown_is_told_again_before_its_day_is_over_and_no_more_often_than_that

MUTANTS: Final = (
    Mutant(
        "a version shows what was written under it alone",
        words(Tracking, "_wanted", ("word(about.lineage, entry.habit)", "word(about.id, entry.habit)")),
        NEW,
    ),
    Mutant(
        "what another agreement names is shown as well",
        words(tracking, "word", (r'f"{lineage}\0{habit}"', 'f"{habit}"')),
        NEW,
    ),
    Mutant(
        "of rivals all shows that either includes",
        words(tracking, "_habits", ("each.holds.includes", "each.terms.includes")),
        NEW,
    ),
    Mutant(
        "what no version in force includes any more is shown",
        words(
            tracking, "_habits", ("for habit in each.holds.includes", "for habit in (*each.holds.includes, 'habit 0')")
        ),
        NEW,
    ),
    Mutant(
        "what is shown is named by the first version",
        words(Tracking, "of", ("names[heard.kind][0].id", "names[heard.kind][0].lineage")),
        NEW,
    ),
    Mutant("the oldest are shown", words(Tracking, "_wanted", ("reversed(self.mine())", "self.mine()")), NEWEST),
    Mutant(
        "what is too long is passed over",
        words(tracking, "_body", ("break", "left += len(msgspec.msgpack.encode(line)); continue")),
        NEWEST,
    ),
    Mutant(
        "half of what fits is shown",
        words(tracking, "_body", ("limits.AIR_BODY_BYTES_MAX - _HEAD_BYTES", "limits.AIR_BODY_BYTES_MAX // 2")),
        NEWEST,
    ),
    Mutant(
        "more is told than a word holds",
        words(tracking, "_body", ("limits.AIR_BODY_BYTES_MAX - _HEAD_BYTES", "limits.AIR_BODY_BYTES_MAX + 500")),
        NEWEST,
    ),
    Mutant(
        "the habits that were named first are shown",
        words(Tracking, "_wanted", ("for kind in written_about if kind in wanted]", "for kind in wanted]")),
        NEWEST,
    ),
    Mutant("every habit is shown", words(Tracking, "_wanted", ("[: limits.TRACKED_HABITS_MAX]", "")), NEWEST),
    Mutant(
        "what was told once is never told again",
        words(Tracking, "tell", ("min(ends, now + _HOUR_MILLISECONDS) <= before.ends <= until", "True")),
        AGAIN,
    ),
    Mutant(
        "what ends earlier by a newer version is told as long as it was to be before",
        words(Tracking, "tell", ("<= before.ends <= until", "<= before.ends")),
        AGAIN,
    ),
    Mutant(
        "it is told again each time the app looks",
        words(Tracking, "tell", ("min(ends, now + _HOUR_MILLISECONDS) <= before.ends <= until", "False")),
        AGAIN,
    ),
    Mutant(
        "it is told for a day, whatever ends sooner",
        words(Tracking, "tell", ("min(until, now + limits.AIR_LIFETIME_MILLISECONDS_MAX)", "now + 86_400_000")),
        AGAIN,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    with mutant.plant():
        assert noticed(mutant.property, examples=600)
