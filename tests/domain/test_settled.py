"""What is settled rests, and comes back whole when anything new speaks of it: as if it had never been away."""

import contextlib
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync.domain import consent_book, pause, settled
from collar_sync.domain.agreements import Agreements
from collar_sync.domain.consent import Consent, State
from collar_sync.domain.consents import Consents
from collar_sync.domain.nouns import NOUNS
from collar_sync.domain.reading import Problem
from collar_sync.domain.terms import Kind
from collar_sync.errors import LocalError
from collar_sync.ids import StatementId
from collar_sync.testing.mutants import replaced, rewritten
from tests.domain.mutants_together import put_away
from tests.domain.plain import DAY, HOUR, Household, PlainLedger, run
from tests.domain.test_any_order import CALM, another, lie, track

OVER: Final = {State.REVOKED, State.SUPERSEDED, State.EXPIRED, State.DECLINED}
IN_CORE: Final = {"pause", "limit", "consent", "agreement", "review"}
STEPS: Final = 20
LIVES_MAX: Final = 60  # in which a planted violation is noticed
Views = Mapping[str, Mapping[str, tuple[State, bool, Consent]]]


def reads(ledger: PlainLedger, offers: Iterable[Consent]) -> Mapping[str, tuple[State, bool, Consent]]:
    """What a person can see of each consent: all but how long nothing was shown that is shown by now."""
    now, me = ledger.now(), ledger.me
    return {
        each.id: (each.state(now), each.visible_to(me, now), msgspec.structs.replace(each, unseen=()))
        for each in offers
    }


def offered(ledger: PlainLedger) -> Views:
    return {
        "consents": reads(ledger, ledger.consents.all()),
        "agreements": reads(ledger, ledger.agreements.all()),
    }


def in_pauses(ledger: PlainLedger) -> Mapping[str, object]:
    """What pauses of long ago make of tasks and sessions."""
    now = ledger.now()
    found: dict[str, object] = {each.id: each.timing(now) for each in ledger.tasks.all() if each.is_open}
    return found | {each.id: (each.stopped_at, each.ended_at) for each in ledger.sessions.all()}


def amiss(ledger: PlainLedger) -> set[Problem]:
    said, people = [*ledger.heard.values()], ledger.people()
    return {each for noun in NOUNS if noun.name in IN_CORE for each in noun.problems(said, people)}


def known(ledger: PlainLedger, noun: Consents | Agreements, chance: Random) -> str:
    """Most often something that goes on; sometimes anything that ever was proposed."""
    everything = {**ledger.shelf, **ledger.heard}.values()
    ever = sorted(each.id for each in everything if each.kind == noun.noun.kind("propose"))
    going_on = [each.id for each in noun.all() if each.state(ledger.now()) not in OVER and each.purpose != "kept"]
    return chance.choice((ever if chance.random() < 0.1 else going_on) or ["none"])


def answer(ledger: PlainLedger, chance: Random) -> Coroutine[Any, Any, object]:
    """Say something to any consent or agreement that was ever proposed, most often that it is over."""
    noun: Consents | Agreements = ledger.consents if chance.random() < 0.5 else ledger.agreements
    acts = [noun.grant, noun.grant, noun.decline, noun.pause, noun.pause, noun.resume, noun.revoke, noun.revoke]
    return chance.choice(acts)(known(ledger, noun, chance))


def propose(ledger: PlainLedger, chance: Random) -> Coroutine[Any, Any, object]:
    """Something new, or a change of what may be long over."""
    until = chance.choice([None, ledger.now() + chance.randint(1, 120) * DAY])
    replaced = known(ledger, ledger.consents, chance) if chance.random() < 0.4 else None
    return ledger.consents.propose("p", chance.sample("abc", 2), until=until, supersedes=replaced)


def agree(ledger: PlainLedger, chance: Random) -> Coroutine[Any, Any, object]:
    replaced = known(ledger, ledger.agreements, chance) if chance.random() < 0.4 else None
    kind: Kind = chance.choice(("rule", "tracking"))
    if replaced is not None:
        kind = ledger.agreements.get(replaced).kind
    return ledger.agreements.propose(kind, chance.choice("abc"), CALM, supersedes=replaced)


async def replace_unnamed(ledger: PlainLedger, chance: Random) -> None:
    """Change something without naming it, as altered software might."""
    replaced = known(ledger, ledger.consents, chance)
    body = {"purpose": "p", "includes": ["a"], "parties": sorted(ledger.people()), "supersedes": [replaced]}
    ledger.say("consent.propose", body=body)


def hour(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M")


OF_CORE: Final[list[Callable[[PlainLedger, Random], Coroutine[Any, Any, object]]]] = [
    *(answer, answer, answer, answer, propose, propose, agree, track),
    replace_unnamed,
    lambda ledger, chance: ledger.limits.set(chance.choice("abc")),
    lambda ledger, chance: ledger.limits.loosen(chance.choice([e.id for e in ledger.limits.standing()] or ["none"])),
    lambda ledger, chance: ledger.reviews.held(known(ledger, ledger.agreements, chance)),
    lambda ledger, _: ledger.pauses.pause(),
    lambda ledger, _: ledger.pauses.lift(),
    lambda ledger, _: ledger.pauses.lift(),
    lambda ledger, chance: ledger.tasks.promise("t", due=hour(ledger.now() + chance.randint(-30, 5) * DAY)),
    lambda ledger, _: ledger.sessions.begin("study", 240),
]


def live_on(home: Household, chance: Random) -> None:
    """Some weeks, in which people make, change and end things, and answer by name what was settled long ago."""
    for _ in range(STEPS):
        ledger = chance.choice(home.ledgers)
        ledger.clock += chance.choice([0, HOUR, DAY, -HOUR])
        with contextlib.suppress(LocalError):  # refused at the call: life goes on
            if chance.random() < 0.3:
                home.sync()
            elif chance.random() < 0.03 and home.everything():
                lie(home, ledger, chance)
            else:
                run(chance.choice(OF_CORE)(ledger, chance))
    home.sync()


def begin(home: Household) -> StatementId:
    """A consent that is on pause, one that ends in half a year, and something that was due in a pause long ago."""
    first, second = home.ledgers[:2]
    paused = run(first.consents.propose("kept", ["a"], parties=[second.me]))
    ending = run(first.consents.propose("p", ["b"], parties=[second.me], until=first.now() + 180 * DAY))
    run(second.pauses.pause())
    run(second.tasks.promise("t", due=hour(second.now() + HOUR)))
    second.clock += 2 * HOUR
    run(second.pauses.lift())
    home.sync()
    for each in (paused, ending):
        run(second.consents.grant(each.id))
    run(second.consents.pause(paused.id))
    home.sync()
    return ending.id


def check(seed: int, people: int) -> int:
    """One history, put away now and then; how many consents and agreements were away in the end."""
    home, chance = Household(*"abcd"[:people]), Random(seed)  # noqa: S311 - one seed replays a history
    ending = begin(home)
    for _ in range(5):
        live_on(home, chance)
        for ledger in home.ledgers:
            ledger.clock += chance.choice([0, 5, 20, 40]) * DAY
            if chance.random() < 0.7:
                ledger.put_away()
    with contextlib.suppress(LocalError):
        run(home.ledgers[1].consents.revoke(ending))
    home.ledgers[1].put_away()
    for ledger in home.ledgers:
        run(ledger.consents.propose("p", ["a"]))
    home.sync()
    return sum(compare(ledger, chance) for ledger in home.ledgers[:2])


def compare(ledger: PlainLedger, chance: Random) -> int:
    """What a device reads, beside one that heard the same in another order and never put anything away."""
    whole = another(ledger, chance)
    whole.hear(*ledger.shelf.values())
    here, there = offered(ledger), offered(whole)
    away = 0
    for noun, views in there.items():
        assert here[noun].keys() <= views.keys()
        for identifier, view in views.items():
            if identifier in here[noun]:
                assert here[noun][identifier] == view
            else:
                assert view[0] in OVER
                away += 1
    assert ledger.limits.standing() == whole.limits.standing()
    assert ledger.pauses.standing() == whole.pauses.standing()
    assert ledger.reviews.due() == whole.reviews.due()
    assert ledger.tracking.habits() == whole.tracking.habits()
    assert in_pauses(ledger).items() <= in_pauses(whole).items()
    assert amiss(ledger) == amiss(whole)
    for name in sorted(whole.heard):
        ledger.recall(name)
    assert offered(ledger) == there
    return away


@settings(max_examples=8)
@given(st.integers(0, 1 << 32), st.integers(2, 4))
def test_what_was_put_away_between_reads_as_if_it_had_never_been_away(seed: int, people: int) -> None:
    check(seed, people)


def test_in_such_histories_much_is_away_in_the_end() -> None:
    assert sum(check(seed, 2) for seed in range(16)) > 10


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_histories_read_as_if_nothing_had_been_away() -> None:
    for seed in range(1_000):
        check(seed, 2 + seed % 3)


def consume(lives: Iterable[int]) -> None:
    for _ in lives:
        pass


Plant = Callable[[], AbstractContextManager[None]]
MUTANTS: Final[Mapping[str, Plant]] = {
    "a paused consent is settled": lambda: rewritten(
        settled, "_open", ("each.state(before) not in _OVER", "each.state(before) not in {*_OVER, State.PAUSED}")
    ),
    "what ends later is settled": lambda: rewritten(
        settled, "_open", ("each.state(before) not in _OVER", "each.state(1 << 52) not in _OVER")
    ),
    "a no of today is settled": lambda: rewritten(settled, "_open", ("said.at > before", "False")),
    "what does not count rests": lambda: rewritten(
        settled, "_open", ("names | {each.statement for each in problems(statements, people, noun)}", "names")
    ),
    "a standing limit rests": put_away("limit"),
    "when a pause was is forgotten": lambda: replaced(pause, "remember", lambda *_: b""),
    "a pause that was put away ends at once": lambda: rewritten(
        pause,
        "remember",
        ("rest.end or 0", "rest.start + 1"),
    ),
    "a standing pause rests": put_away("pause"),
    "a version may replace what it does not name": lambda: rewritten(
        consent_book, "_place", ("not {*body.supersedes} <= {*said.answers}", "False")
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_violation_is_noticed(name: str) -> None:
    with MUTANTS[name](), pytest.raises(AssertionError):
        consume(check(seed, 2) for seed in range(LIVES_MAX))
