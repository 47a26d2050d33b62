"""Arbitrary histories of a household, for hypothesis: people who act on what they heard so far, and some who lie.

A history is a seed and a length, so that a failing one prints its seed and is cut to the steps it needs. Each step is
one person's act, honest (through the acting classes) or altered (any statement whatever), or a delivery of some
statements in some order. Clocks jump in both directions. Some leave, and some devices are removed.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from collar_sync.errors import LocalError
from tests.domain import partings
from tests.domain.moments import some_clock
from tests.domain.plain import DAY, Household, PlainLedger, run
from tests.domain.planting import Property, over

NAMES: Final = ("Alex", "Sam", "Kim", "Robin")
KINDS: Final = (
    *("pause", "pause.lift"),
    *(f"consent.{act}" for act in ("propose", "grant", "decline", "pause", "resume", "revoke")),
    *(f"task.{act}" for act in ("ask", "promise", "accept", "decline", "done", "take_back", "reword")),
)
WEIGHTS: Final = {
    **dict.fromkeys(("pause", "merge", "revoke", "refuse", "clock", "device", "propose"), 1),
    **dict.fromkeys(("lift", "decline", "hold", "resume", "ask", "promise", "rename", "move"), 3),
    **dict.fromkeys(("accept", "done", "take_back", "lie", "amend"), 6),
    "grant": 18,
    "hear": 10,
    "meet": 4,
}
DEVICES_MAX: Final = 6

T = TypeVar("T")

json = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def histories() -> st.SearchStrategy[Household]:
    """A household of 2 to 4 people after an arbitrary history."""
    return st.builds(live, seed=st.integers(0, 1 << 32), people=st.integers(2, 4), steps=st.sampled_from(range(51)))


def over_histories(*others: st.SearchStrategy[Any], share: float = 2 / 5) -> Callable[[Property], Property]:
    """Try a property over arbitrary histories and whatever else it takes; fewer than usual, as each is long."""
    return over(histories(), *others, share=share)


def pick(items: Sequence[T], index: int) -> T:
    """Any one of these."""
    return items[index % len(items)]


def pick_if_any(items: Sequence[T], index: int) -> T | None:
    """Any one of these, or None where there is none."""
    return pick(items, index) if items else None


def live(seed: int, people: int, steps: int) -> Household:
    """Alex proposes and asks something, most grant what they see, sometimes two change it at once; life goes on."""
    chance = Random(seed)  # noqa: S311 - one seed replays a history
    home = Household(*NAMES[:people])
    first = run(home.ledgers[0].consents.propose("p", ["a", "b"]))
    home.sync()
    agree(home, chance)
    if chance.random() < 0.3:
        for ledger in home.ledgers[:2]:
            until = ledger.now() + days * DAY if (days := chance.choice([0, 1, 2, 40])) else None
            includes, access = chance.sample("abc", 2), chance.sample("xyz", 2)
            run(ledger.consents.propose("q", includes, access=access, until=until, supersedes=first.id))
        home.sync()
        agree(home, chance)
    run(home.ledgers[0].tasks.ask("t", of=home.ledgers[1].owner, due="2026-05-02T18:00"))
    run(home.ledgers[1].tasks.promise("t", due="2026-05-02T18:00"))
    home.sync()
    for ledger in home.ledgers:
        ledger.clock = some_clock(chance)

    def step_of(ledger: PlainLedger) -> None:
        (name,) = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        step(home, ledger, name, chance)

    partings.live(home, chance, steps, step_of)
    return home


def agree(home: Household, chance: Random) -> None:
    for ledger in home.ledgers:
        for consent in ledger.consents.all():
            if not ledger.consents.get(consent.id).superseded_by and chance.random() < 0.85:
                with suppress(LocalError):  # by a clock far ahead it has ended
                    run(ledger.consents.grant(consent.id))


def step(home: Household, ledger: PlainLedger, name: str, chance: Random) -> None:
    if name == "hear":
        unheard = [said for said in home.everything() if said.id not in ledger.heard]
        ledger.hear(*chance.sample(unheard, chance.randint(0, len(unheard))))
        ledger.learn_records(chance.choice([*home.ledgers, *home.gone]))
    elif name == "meet":
        home.sync()
    elif name == "clock":
        ledger.clock = some_clock(chance)
    elif name == "device":
        if len(home.ledgers) < DEVICES_MAX and ledger not in home.gone:
            again = home.second_device(ledger.owner.name)
            if chance.random() < 0.5:  # their author presses Pause on both, before either hears of the other
                run(again.pauses.pause())
                run(ledger.pauses.pause())
                if chance.random() < 0.5:
                    run(ledger.pauses.lift())
    elif name == "lift":
        paused = [
            each for each in (*home.ledgers, *home.gone) if each.me in {one.person for one in each.pauses.standing()}
        ]
        run(chance.choice(paused or [ledger]).pauses.lift())
    elif name == "lie":
        lie(home, ledger, chance)
    else:
        act(home, ledger, name, chance)


def act(home: Household, ledger: PlainLedger, name: str, chance: Random) -> None:
    everything = ledger.consents.all()
    waiting: list[str] = [each.id for each in everything if ledger.me in each.waiting_for]
    known: list[str] = [each.id for each in everything] or ["none"]
    consent, another = chance.choice(known), chance.choice(known)
    tasks = ledger.tasks.all()
    own: list[str] = [each.id for each in tasks if each.for_person == ledger.me or chance.random() < 0.1]
    task = chance.choice(own or ["none"])
    shared = chance.choice([each.id for each in tasks if ledger.me in {each.for_person, each.asked_by}] or ["none"])
    word, day = chance.choice("tu"), chance.choice("23")
    includes = chance.sample("abc", chance.randint(1, 3))
    until = ledger.now() + chance.randint(1, 60) * DAY if chance.random() < 0.2 else None
    of = chance.choice(sorted(home.people))
    repeat = chance.choice([None, "FREQ=DAILY"])
    acts: dict[str, Callable[[], Any]] = {
        "pause": ledger.pauses.pause,
        "propose": lambda: ledger.consents.propose("p", includes, until=until),
        "amend": lambda: ledger.consents.propose("q", includes, until=until, supersedes=consent),
        "merge": lambda: ledger.consents.propose("r", includes, supersedes={consent, another}),
        "grant": lambda: ledger.consents.grant(chance.choice(waiting or known)),
        "decline": lambda: ledger.consents.decline(consent),
        "hold": lambda: ledger.consents.pause(consent),
        "resume": lambda: ledger.consents.resume(consent),
        "revoke": lambda: ledger.consents.revoke(consent),
        "ask": lambda: ledger.tasks.ask("t", of=of, due="2026-05-02T18:00"),
        "promise": lambda: ledger.tasks.promise("t", due="2026-05-02T18:00", repeat=repeat),
        "accept": lambda: ledger.tasks.accept(task),
        "refuse": lambda: ledger.tasks.decline(task),
        "done": lambda: ledger.tasks.done(task),
        "take_back": lambda: ledger.tasks.take_back(task),
        "rename": lambda: ledger.tasks.rename(shared, word),
        "move": lambda: ledger.tasks.reschedule(shared, f"2026-05-0{day}T18:00", repeat),
    }
    run(acts[name]())


def lie(home: Household, ledger: PlainLedger, chance: Random) -> None:
    """Say any kind about anything, most often what it could be about, naming any answers, as altered software would."""
    everything = sorted(home.everything(), key=lambda said: said.id)
    known = [said.id for said in everything]
    kind = chance.choice(KINDS)
    begun = {"consent.propose", "task.ask", "task.promise"}
    fitting = [said.id for said in everything if said.kind in begun and said.kind[:4] == kind[:4]]
    subject = chance.choice(fitting if fitting and chance.random() < 0.8 else known)
    bodies: dict[str, dict[str, Any]] = {
        "consent.propose": {
            "purpose": "x",
            "includes": ["a"],
            "parties": sorted({ledger.me, chance.choice(sorted(home.people))}),
            "supersedes": chance.sample(known, min(len(known), chance.randint(0, 2))),
        },
        "task.ask": {"for": chance.choice(sorted(home.people)), "title": "x"},
        "task.promise": {"title": "x"},
        "task.accept": {"title": chance.choice("tux")},
        "task.reword": {"title": chance.choice("tu"), "due": "2026-05-02T18:00", "zone": "UTC"},
    }
    named = chance.sample(known, min(len(known), chance.choice([0, 1, 3, 20])))
    body = bodies.get(kind, {})
    ledger.say(kind, subject, body, named + (body.get("supersedes", []) if len(everything) % 5 else []))
