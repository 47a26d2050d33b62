"""Arbitrary histories of a repair, for hypothesis: two to four people, some on two devices, some of whom lie.

A history is a seed, a number of people and a length. Clocks jump by minutes to weeks in both directions, most sign what
is written down together and somebody then writes it anew, statements arrive in any
order or not yet, somebody may leave, and a device may turn out to have been removed before it said what it said.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync.core.statement import Said
from collar_sync.domain.repair import Repair
from collar_sync.domain.repair_fold import fold, is_paused
from collar_sync.domain.repair_forms import FORMS, NARROWING, SHEETS, Stage
from collar_sync.domain.repair_writing import commitment
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.errors import LocalError
from collar_sync.ids import StatementId
from tests.domain import partings
from tests.domain.moments import some_clock
from tests.domain.plain import DAY, HOUR, Household, PlainLedger, run

NAMES: Final = ("Alex", "Sam", "Kim", "Robin")
KINDS: Final = (*FORMS, *NARROWING)
WEIGHTS: Final = {
    **dict.fromkeys(("pause", "clock", "device", "slip", "draft", "safety"), 1),
    "out": 3,
    **dict.fromkeys(("again", "lift", "not_ready", "word"), 3),
    **dict.fromkeys(("apology", "close", "meet", "back", "talk"), 5),
    **dict.fromkeys(("facts", "plan", "weekly", "sign", "hear", "part", "lie"), 8),
    "unsign": 5,
    "ready": 30,
}
OFTEN: Final = ("slip.share", "repair.back", "repair.part", "repair.take_back") * 2
NAMES_WHAT: Final = {"repair.back": {"repair.out"}, "repair.part": {"repair.part"}, "repair.sign": {*SHEETS}}
SHEET_NAMES: Final = ("talk", "facts", "plan", "weekly")
DEVICES_MAX: Final = 6
APOLOGY: Final = ("regret", "ownership", "impact", "change", "question")


def lives() -> st.SearchStrategy[Household]:
    """A household of 2 to 4 people after an arbitrary history of a repair."""
    return st.builds(live, seed=st.integers(0, 1 << 32), people=st.integers(2, 4), steps=st.sampled_from(range(81)))


def over_lives(*others: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Try a rule over arbitrary histories and whatever else it takes; fewer than usual, as each is long."""
    few = settings(max_examples=max(1, settings().max_examples // 4))

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        return few(given(lives(), *others)(test))

    return decorate


def repairs(home: Household, said: Sequence[Said] | None = None) -> dict[StatementId, Repair]:
    """Every repair as somebody reads it who has heard all of that."""
    said = home.everything() if said is None else said
    return fold(said, home.people, paused=is_paused(said, home.people))


def live(seed: int, people: int, steps: int) -> Household:
    """Alex shares a slip-up and most are ready most of the time; life goes on."""
    chance = Random(seed)  # noqa: S311 - one seed replays a history
    home = Household(*NAMES[:people])
    for ledger in home.ledgers:
        ledger.clock = some_clock(chance)
    first = home.ledgers[0]
    draft = run(first.slips.write("You waited, since I did not call.", chance.choice(list(SlipKind))))
    slip = run(first.slips.share(draft.id))
    run(first.repairs.begin(slip.id))
    home.sync()

    def step_of(ledger: PlainLedger) -> None:
        (name,) = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        step(home, ledger, name, chance)

    partings.live(home, chance, steps, step_of, stay=2)  # a household of one has nothing to repair
    return home


def step(home: Household, ledger: PlainLedger, name: str, chance: Random) -> None:
    """Do one thing to the household, or have one person act."""
    things: Mapping[str, Callable[[], object]] = {
        "hear": lambda: _hear(home, ledger, chance),
        "meet": home.sync,
        "clock": lambda: setattr(ledger, "clock", some_clock(chance)),
        "device": lambda: _device(home, ledger),
        "lie": lambda: lie(home, ledger, chance),
        "ready": lambda: _most(home, "say_ready", chance),
        "close": lambda: _most(home, "say_close", chance),
        "sign": lambda: _most(home, "say_yes", chance),
        **{sheet: partial(_write_together, home, ledger, sheet, chance) for sheet in SHEET_NAMES},
    }
    things.get(name, lambda: act(ledger, name, chance))()


def _device(home: Household, ledger: PlainLedger) -> None:
    if len(home.ledgers) < DEVICES_MAX and ledger not in home.gone:
        home.second_device(ledger.owner.name)


def _hear(home: Household, ledger: PlainLedger, chance: Random) -> None:
    unheard = [said for said in home.everything() if said.id not in ledger.heard]
    ledger.hear(*chance.sample(unheard, chance.randint(0, len(unheard))))


def _write_together(home: Household, ledger: PlainLedger, sheet: str, chance: Random) -> None:
    """Write something down, sometimes two at once; mostly all hear it, most sign it, and somebody writes it anew."""
    act(ledger, sheet, chance)
    if chance.random() < 0.15:
        act(chance.choice(home.ledgers), sheet, chance)
    if chance.random() < 0.8:
        home.sync()
        _most(home, "say_yes", chance)
        if chance.random() < 0.4:
            act(chance.choice(home.ledgers), sheet, chance)


def _most(home: Household, name: str, chance: Random) -> None:
    for ledger in home.ledgers:
        if chance.random() < 0.8:
            with contextlib.suppress(LocalError):
                act(ledger, name, chance)
    home.sync()


def act(ledger: PlainLedger, name: str, chance: Random) -> None:
    known: list[str] = [each.id for each in ledger.repairs.all()] or ["none"]
    slip = chance.choice([*known, *known[:1] * 3])
    view = ledger.repairs.get(slip)
    current = [each for sheet in (view.talk, view.facts, view.plan, view.weekly) for each in sheet.current]
    texts = [each.id for each in current]
    signed = chance.choice([each.id for each in current if ledger.me in each.signed_by] or ["none"])
    asked = [each.id for each in view.asks(ledger.me)]
    text = chance.choice(asked if asked and chance.random() < 0.9 else [*texts, "none"])
    whose = chance.choice(sorted(ledger.people()))
    writing = ledger.repairs
    acts: dict[str, Callable[[], Any]] = {
        "pause": ledger.pauses.pause,
        "lift": ledger.pauses.lift,
        "slip": lambda: _slip(ledger, chance),
        "say_ready": lambda: writing.ready(slip),
        "say_close": lambda: writing.close(slip),
        "again": lambda: writing.again(slip),
        "not_ready": lambda: writing.take_back(slip),
        "out": lambda: writing.step_out(slip),
        "back": lambda: writing.step_back(slip),
        "say_yes": lambda: writing.sign(slip, text),
        "unsign": lambda: writing.take_back(slip, signed),
        "talk": lambda: writing.propose_talk(slip, ledger.now() + HOUR),
        "facts": lambda: writing.propose_facts(slip, chance.choice("abc")),
        "plan": lambda: writing.propose_plan(slip, commitments=[commitment("p", whose), commitment("q", ledger.me)]),
        "weekly": lambda: writing.propose_weekly(slip, chance.randint(0, 6), "18:00", "18:30", "Europe/Berlin"),
        "word": lambda: writing.say(slip, still_wary=True),
        "draft": lambda: writing.write_part(slip, facts="f", roots="r"),
        "safety": lambda: ledger.safety.write("threat", "for nobody else", about=slip),
        "part": lambda: _part(ledger, slip),
        "apology": lambda: _apology(ledger, slip),
    }
    run(acts[name]())


async def _slip(ledger: PlainLedger, chance: Random) -> None:
    draft = await ledger.slips.write("You waited.", chance.choice(list(SlipKind)), mine=chance.random() < 0.7)
    people = sorted(ledger.people())
    await ledger.slips.share(draft.id, chance.sample(people, chance.randint(1, len(people))))


async def _part(ledger: PlainLedger, slip: str) -> None:
    await ledger.repairs.write_part(slip, impact="i", roots="r")
    await ledger.repairs.share_part(slip)


async def _apology(ledger: PlainLedger, slip: str) -> None:
    await ledger.repairs.write_apology(slip, **dict.fromkeys(APOLOGY, "x"))
    await ledger.repairs.offer_apology(slip)


def lie(home: Household, ledger: PlainLedger, chance: Random) -> None:
    """Say any kind about any slip-up, in form or not, naming any answers, as altered software would."""
    said = sorted(home.everything(), key=lambda each: each.id)
    known = [each.id for each in said]
    kind = chance.choice([*KINDS, *OFTEN, "repair.forgive", "update.request"])
    slips = [each.id for each in said if each.kind == "slip.share"]
    subject = chance.choice(slips if chance.random() < 0.9 else known)
    number = chance.choice([1, 1, 1, 2, 3, 0])
    everybody = sorted(home.people)
    bodies: Mapping[str, dict[str, Any]] = {
        "repair.ready": {"round": number, "stage": chance.choice(list(Stage)).value},
        "repair.talk": {"round": number, "at": ledger.now() + chance.choice([HOUR, 0, 25 * HOUR, 40 * DAY])},
        "repair.facts": {"round": number, "text": chance.choice(["a", "z", " "])},
        "repair.plan": {"round": number, "commitments": [{"title": "x", "for": chance.choice(everybody)}]},
        "repair.part": {"round": number, "impact": "z"},
        "repair.apology": {"round": number, **dict.fromkeys(APOLOGY, "z")},
        "repair.word": {"round": number, "still_wary": True},
        "slip.share": {"sentence": "z", "kind": chance.choice(["other", "threat"]), "parties": everybody[:2]},
        **{each: {"round": number} for each in ("repair.close", "repair.again")},
    }
    body = dict(bodies.get(kind, {}))
    if chance.random() < 0.1:
        body["more"] = chance.choice([1, "x", []])
    wanted = NAMES_WHAT.get(kind, {*SHEETS, "repair.ready", "repair.close", "repair.sign"})
    fitting = [each.id for each in said if each.kind in wanted]
    pool = fitting if fitting and chance.random() < 0.8 else known
    ledger.say(kind, subject, body, chance.sample(pool, min(len(pool), chance.choice([0, 1, 2, 8]))))
