"""Arbitrary lives of 2 to 4 people with all that they want of each other, for properties and for planted violations.

A life is one seed: people act on what they heard so far, some lie, devices are out of touch, and clocks jump; some
leave, and some devices are removed. A rule is a function of a household after such a life, and of chance; `over_lives`
makes a property of it that tries many lives, and `broken` looks for one in which it does not hold.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync.core.floor import Floor
from collar_sync.domain.agreements import Reflection
from collar_sync.domain.consent import Consent
from collar_sync.domain.nouns import NOUNS
from collar_sync.domain.progress import FOLLOW_THROUGH
from collar_sync.domain.terms import Kind
from collar_sync.errors import LocalError
from collar_sync.ids import StatementId
from tests.domain import partings
from tests.domain.plain import DAY, HOUR, MAY_DAY, MINUTE, Household, PlainLedger, run

Rule = Callable[[Household, Random], None]

NAMES: Final = ("Alex", "Sam", "Kim", "Robin")
LIVES: Final = 150  # looked through for one that shows a planted violation
DEVICES_MAX: Final = 5
CLEAR: Final = Reflection(need="n", free_to_refuse=True, source="clarity")
AGREEMENT_KINDS: Final[tuple[Kind, ...]] = ("rule", "protocol", "ritual", "tracking", "consequence", "repair loop")
LINES: Final = ("a", "b", "c")
OF_NOUN: Final = {noun.name: noun.kinds for noun in NOUNS}
KINDS: Final = (
    *(kind for noun in ("limit", "agreement", "checklist", "focus session") for kind in sorted(OF_NOUN[noun])),
    *("review.held", "pause", "pause.lift", "consent.propose", "consent.grant", "task.done"),
)


def over_lives(rule: Rule) -> Callable[[], None]:
    """Make a property of a rule: it holds after every life."""

    def test(seed: int, chance: Random) -> None:
        rule(after(seed), chance)

    # Its name is how hypothesis tells it from other properties, and pytest finds it.
    test.__name__, test.__qualname__, test.__doc__ = rule.__name__, rule.__qualname__, rule.__doc__
    few = settings(max_examples=max(1, settings().max_examples // 5))
    made = few(given(seed=st.integers(0, 1 << 32), chance=st.randoms(use_true_random=False))(test))
    made.rule = rule  # type: ignore[attr-defined]
    return made


def broken(rule: Rule, lives: int = LIVES) -> int | None:
    """Return the number of the first of so many lives in which a rule does not hold, or None."""
    for number in range(lives):
        for again in range(2):
            try:
                rule(after(number), Random(2 * number + again))  # noqa: S311 - one seed replays it
            except (AssertionError, LocalError, pytest.fail.Exception):
                return number
    return None


def prepare(lives: int = LIVES) -> None:
    """Live these first, while nothing is planted: what is lived is kept, and another test would find it as it was."""
    for number in range(lives):
        _live(number)


def after(seed: int) -> Household:
    """A household of its own after the life of this seed."""
    return twin(_live(seed))


def twin(lived: Household) -> Household:
    """Another household to which the same happened, with nothing remembered but what is on its devices."""
    home = Household()
    home.people = dict(lived.people)
    home.cuts = dict(lived.cuts)
    for each in (*lived.ledgers, *lived.gone):
        ledger = PlainLedger(each.owner, home.people)
        for name in ("clock", "where", "_written"):
            setattr(ledger, name, getattr(each, name))
        ledger.floor = Floor(each.floor.time)
        ledger.heard, ledger.fields = dict(each.heard), dict(each.fields)
        ledger.own = {kind: {name: dict(fields) for name, fields in found.items()} for kind, found in each.own.items()}
        ledger.air.words = dict(each.air.words)
        home.join(ledger)
        if each in lived.gone:
            home.part(ledger)
    return home


@lru_cache(maxsize=LIVES)
def _live(seed: int) -> Household:
    chance = Random(seed)  # noqa: S311 - one seed replays a life
    home = Household(*NAMES[: chance.randint(2, 4)])
    _begin(home, chance)
    happening, weights = zip(*_HAPPENINGS, strict=True)

    def step_of(ledger: PlainLedger) -> None:
        (act,) = chance.choices(happening, weights)
        act(home, ledger, chance)

    partings.live(home, chance, chance.randint(0, 70), step_of, stay=2)
    return home


def _begin(home: Household, chance: Random) -> None:
    """Some agree on something to begin with: without that, little of what follows could be."""
    alex, sam = home.ledgers[:2]
    parties = list(home.people) if chance.random() < 0.5 else [alex.me, sam.me]
    kinds: tuple[Kind, ...] = ("tracking", "consequence" if chance.random() < 0.5 else "rule")
    made = [run(alex.agreements.propose(kind, LINES, CLEAR, parties=parties)).id for kind in kinds]
    given_by = chance.choice(home.ledgers)
    shown = run(given_by.consents.propose("p", [FOLLOW_THROUGH, *LINES], flow="tracking"))
    for each in LINES[:2]:
        run(sam.tasks.promise(each, due="2026-05-01T18:00", repeat=chance.choice((None, "FREQ=DAILY"))))
    run(alex.checklists.begin("scene", LINES))
    run(sam.sessions.begin("study", 30))
    home.sync()
    for ledger in home.ledgers:
        for each in made:
            if ledger.me in parties and chance.random() < 0.9:
                run(ledger.agreements.grant(each))
        if chance.random() < 0.8:
            run(ledger.consents.grant(shown.id))
        if chance.random() < 0.7:
            run(ledger.checklists.tick(ledger.checklists.all()[0].id))
    home.sync()
    if chance.random() < 0.4:
        _rivals(home, chance, made[0])


def _rivals(home: Household, chance: Random, changed: str) -> None:
    """Two people change one thing at once, and all say yes to both."""
    for ledger in home.ledgers[:2]:
        until, access = ledger.now() + chance.choice((1, 3, 80)) * DAY, chance.sample(LINES, 2)
        run(
            ledger.agreements.propose(
                "tracking", chance.sample(LINES, 2), CLEAR, access=access, until=until, supersedes=changed
            )
        )
    home.sync()
    for ledger in home.ledgers:
        for agreement in ledger.agreements.all():
            if ledger.me in ledger.agreements.get(agreement.id).waiting_for and not agreement.superseded_by:
                with suppress(LocalError):  # replaced by what was just granted
                    run(ledger.agreements.grant(agreement.id))
    home.sync()


def choose(chance: Random, found: Iterable[Any]) -> str:
    """The id of any one of these, or of none."""
    ids = [each.id for each in found]
    return chance.choice(ids) if ids else "none"


def _hear(home: Household, ledger: PlainLedger, chance: Random) -> None:
    unheard = [said for said in home.everything() if said.id not in ledger.heard]
    ledger.hear(*chance.sample(unheard, chance.randint(0, len(unheard))))
    ledger.learn_records(chance.choice([*home.ledgers, *home.gone]))


def _meet(home: Household, _ledger: PlainLedger, _chance: Random) -> None:
    home.sync()


def _clock(_home: Household, ledger: PlainLedger, chance: Random) -> None:
    ledger.clock = MAY_DAY + chance.choice((MINUTE, HOUR, DAY)) * chance.randint(-30, 40)


def _device(home: Household, ledger: PlainLedger, _chance: Random) -> None:
    if len(home.ledgers) < DEVICES_MAX and ledger not in home.gone:
        home.second_device(ledger.owner.name)


def _pauses(_home: Household, ledger: PlainLedger, chance: Random) -> None:
    run(ledger.pauses.pause() if chance.random() < 0.4 else ledger.pauses.lift())


def _limits(_home: Household, ledger: PlainLedger, chance: Random) -> None:
    if chance.random() < 0.6:
        run(ledger.limits.set(chance.choice(LINES), chance.choice(("boundary", "hard limit"))))
    else:
        run(ledger.limits.loosen(choose(chance, ledger.limits.standing())))


def _propose(home: Household, ledger: PlainLedger, chance: Random) -> None:
    kind = chance.choice(AGREEMENT_KINDS)
    replaced = choose(chance, ledger.agreements.all()) if chance.random() < 0.6 else None
    parties = chance.sample(sorted(home.people), chance.randint(2, len(home.people)))
    lines = chance.sample(LINES, chance.randint(1, 3))
    until = ledger.now() + chance.randint(1, 90) * DAY if chance.random() < 0.3 else None
    if replaced is not None:
        kind = ledger.agreements.get(replaced).kind
    run(
        ledger.agreements.propose(
            kind, lines, CLEAR, until=until, supersedes=replaced, parties=None if replaced else parties
        )
    )


def _answer(_home: Household, ledger: PlainLedger, chance: Random) -> None:
    offers = chance.choice((ledger.agreements, ledger.agreements, ledger.consents))
    everything: list[Consent] = [*offers.all()]
    waiting = [each for each in everything if ledger.me in each.waiting_for]
    acts = (offers.decline, offers.pause, offers.resume, offers.revoke)
    act = offers.grant if chance.random() < 0.6 else chance.choices(acts, (3, 3, 6, 1))[0]
    run(act(choose(chance, waiting or everything)))


def _checklists(_home: Household, ledger: PlainLedger, chance: Random) -> None:
    lists = ledger.checklists
    acts: tuple[Callable[[str], Any], ...] = (
        lists.tick,
        lambda each: lists.tick(each, chance.choice(LINES)),
        lists.again,
        lists.untick,
        lists.end,
    )
    (act,) = chance.choices(acts, (6, 2, 3, 1, 1))
    run(act(choose(chance, lists.all())))


def _sessions(_home: Household, ledger: PlainLedger, chance: Random) -> None:
    sessions = ledger.sessions
    acts: tuple[Callable[[str], Any], ...] = (
        lambda _each: sessions.begin("study", chance.randint(1, 60)),
        sessions.join,
        sessions.take_break,
        sessions.resume,
        sessions.leave,
        sessions.end,
    )
    (act,) = chance.choices(acts, (3, 5, 3, 3, 2, 1))
    run(act(choose(chance, sessions.all())))


def _tracking(_home: Household, ledger: PlainLedger, chance: Random) -> None:
    if chance.random() < 0.2:
        run(ledger.tracking.remove(choose(chance, ledger.tracking.mine())))
    elif habits := ledger.tracking.habits():
        agreement, habit = chance.choice(habits)
        run(ledger.tracking.write(agreement.id, habit, f"so it was, wrote {ledger.owner.name}"))


def _tasks(_home: Household, ledger: PlainLedger, chance: Random) -> None:
    tasks = ledger.tasks
    own = [each for each in tasks.all() if each.for_person == ledger.me]
    acts: tuple[Callable[[str], Any], ...] = (
        tasks.done,
        tasks.take_back,
        tasks.accept,
        tasks.decline,
        lambda _each: tasks.ask("t", of=chance.choice(sorted(ledger.people())), due="2026-05-02T09:00"),
        ledger.reminders.set,
    )
    (act,) = chance.choices(acts, (6, 2, 3, 1, 3, 2))
    run(act(choose(chance, own)))


def _review(_home: Household, ledger: PlainLedger, chance: Random) -> None:
    run(ledger.reviews.held(choose(chance, ledger.agreements.all())))


def _lie(home: Household, ledger: PlainLedger, chance: Random) -> None:
    """Say any kind about anything, most often what it could be about, naming any answers, as altered software would."""
    everything = sorted(home.everything(), key=lambda said: said.id)
    known: list[StatementId] = [said.id for said in everything]
    kind = chance.choice(KINDS)
    fitting = [said.id for said in everything if said.kind.partition(".")[0] == kind.partition(".")[0]]
    subject = chance.choice(fitting if fitting and chance.random() < 0.8 else known)
    if kind in {"checklist.begin", "focus.begin"} and chance.random() < 0.8:
        subject = StatementId("")
    body = lies(home, ledger, chance).get(kind, {}) if chance.random() < 0.8 else {"more": True}
    ledger.say(kind, subject, body, chance.sample(known, min(len(known), chance.choice((0, 1, 3, 20)))))


def lies(home: Household, ledger: PlainLedger, chance: Random) -> Mapping[str, Mapping[str, Any]]:
    """Bodies in the right form, with whatever content."""
    some = sorted({ledger.me, chance.choice(sorted(home.people))})
    starts = ledger.now() + chance.randint(-5, 5) * DAY
    offer = {"purpose": "x", "includes": chance.sample(LINES, 2), "parties": some}
    until = starts + chance.randint(1, 400) * DAY
    flow = {"flow": "tracking", "starts": starts, "until": until, "whose": chance.choice((some, some[:1]))}
    kind = chance.choice(AGREEMENT_KINDS)
    return {
        "limit.set": {"text": chance.choice(LINES), "kind": "boundary"},
        "agreement.propose": {**offer, "kind": kind, **(flow if kind == "tracking" else {})},
        "consent.propose": {**offer, "includes": [FOLLOW_THROUGH], **flow, "whose": chance.sample(some, 1)},
        "checklist.begin": {
            "occasion": "scene",
            "title": "t",
            "lines": list(LINES),
            "people": some,
            "until": ledger.now() + chance.randint(-3, 40) * HOUR,
        },
        "checklist.tick": {"lines": chance.sample(LINES, chance.randint(1, 3))},
        "focus.begin": {"kind": "study", "minutes": chance.randint(1, 200), "people": some},
        "review.held": {"again_at": ledger.now() + chance.randint(0, 800) * DAY},
    }


_HAPPENINGS: Final[tuple[tuple[Callable[[Household, PlainLedger, Random], None], int], ...]] = (
    (_hear, 6),
    (_meet, 3),
    (_clock, 2),
    (_device, 1),
    (_pauses, 2),
    (_limits, 2),
    (_propose, 3),
    (_answer, 8),
    (_checklists, 5),
    (_sessions, 5),
    (_tracking, 3),
    (_tasks, 5),
    (_review, 1),
    (_lie, 6),
)
