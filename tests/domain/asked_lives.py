"""One task of Sam's through all that can be said and done to it, and what a yes to it is, read off by other means.

Two devices of Sam's and one of Alex's act on it, and altered software of either.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from collar_sync.core.edits import SetFields
from collar_sync.core.statement import Said
from collar_sync.domain.occurrences import Standing
from collar_sync.domain.task import Task
from collar_sync.domain.tasks import TaskState
from collar_sync.errors import LocalError
from tests.domain import partings
from tests.domain.plain import DAY, MAY_DAY, Household, PlainLedger, run
from tests.domain.planting import Property, over

EVENING: Final = "2026-05-01T18:00"
TITLES: Final = ("Water the ferns", "Water the moss")
TIMES: Final = (EVENING, "2026-05-02T18:00")
REPEATS: Final = (None, "FREQ=DAILY", "FREQ=DAILY;INTERVAL=2")
MAY: Final = (date(2026, 5, 1), date(2026, 5, 31))
AGREED: Final = frozenset({TaskState.ACCEPTED, TaskState.OPEN})
AHEAD: Final = frozenset({Standing.AHEAD, Standing.DUE, Standing.MISSED})


def asked(home: Household, repeat: str | None = None) -> str:
    """Let Alex ask Sam for something, and Sam say yes to it."""
    found = run(home.named("Alex").tasks.ask(TITLES[0], of=home.named("Sam").owner, due=EVENING, repeat=repeat))
    home.sync()
    run(home.named("Sam").tasks.accept(found.id))
    home.sync()
    return found.id


def change(home: Household, identifier: str, **fields: Any) -> None:
    """Alex changes these, without another word, as altered software can where the app refuses; everyone hears of it."""
    alex = home.named("Alex")
    run(alex.write(SetFields("task", alex.tasks.get(identifier).record, fields)))
    home.sync()


def live(seed: int, steps: int) -> tuple[Household, str]:
    """One task for Sam, most often agreed to, and what two devices of theirs and one of Alex's do to it."""
    chance = Random(seed)  # noqa: S311 - one seed replays a life
    home = Household("Alex", "Sam")
    home.second_device("Sam")
    alex, sam = home.named("Alex"), home.named("Sam")
    begun = chance.random()
    if begun < 0.2:
        identifier: str = run(sam.tasks.promise(TITLES[0], due=EVENING)).id
    elif begun < 0.4:
        identifier = run(alex.tasks.ask(TITLES[0], of=sam.owner, due=EVENING, repeat=chance.choice(REPEATS))).id
    else:
        identifier = asked(home, chance.choice(REPEATS))
    home.sync()
    for _ in range(steps):
        with suppress(LocalError):
            step(home, chance.choice(home.ledgers), identifier, chance)
        if chance.random() < 0.6:
            home.sync()
    home.sync()
    return home, identifier


def step(home: Household, ledger: PlainLedger, identifier: str, chance: Random) -> None:
    """One act on the task by its people, or by altered software of one of them."""
    record = home.ledgers[0].tasks.get(identifier).record
    words = {"title": chance.choice(TITLES), "due": chance.choice(TIMES), "repeat": chance.choice(REPEATS)}
    known = [each.id for each in ledger.statements("task.") if each.kind not in {"task.ask", "task.take_back"}]
    named = chance.sample(known, min(len(known), chance.randint(0, 4)))
    said = {"title": words["title"], **chance.choice(({}, {"due": words["due"], "zone": "UTC"}))}
    said = chance.choice(({}, said, said))
    sam = home.named("Sam")
    one, liar = chance.choice(list(words)), chance.choice((sam, ledger))
    acts: tuple[tuple[int, Callable[[], Any]], ...] = (
        (2, lambda: run(ledger.tasks.rename(identifier, words["title"] or ""))),
        (4, lambda: run(ledger.tasks.reschedule(identifier, words["due"], words["repeat"], zone="UTC"))),
        (5, lambda: run(sam.tasks.accept(identifier))),
        (2, lambda: run(ledger.tasks.decline(identifier))),
        (3, lambda: run(ledger.tasks.done(identifier))),
        (1, lambda: run(ledger.tasks.take_back(identifier))),
        (1, lambda: run(ledger.undo.take_back())),
        (1, lambda: setattr(ledger, "clock", MAY_DAY + chance.randint(0, 9) * DAY)),
        (2, lambda: run(ledger.write(SetFields("task", record, {one: words[one]})))),
        (6, lambda: liar.say(chance.choice(("task.accept", "task.reword")), identifier, said, named)),
    )
    ((_, act),) = chance.choices(acts, [weight for weight, _ in acts])
    act()


def over_lives(*others: st.SearchStrategy[Any], share: float = 2 / 5) -> Callable[[Property], Property]:
    """Try a property over such lives: the household, the id of the task, and whatever else it takes."""
    lives = st.builds(live, seed=st.integers(0, 1 << 32), steps=st.integers(0, 12))
    return over(lives, *others, share=share)


def yeses(read: Task, said: Iterable[Said]) -> list[Said]:
    """What the assignee said yes with, the promise included, to words that are named; read off by other means."""
    own = [one for one in partings.within(said) if one.author == read.for_person]
    kinds = {"task.accept", "task.reword"}
    return [
        one
        for one in own
        if (one.kind in kinds and one.subject in read.names and "title" in one.body)
        or (one.kind == "task.promise" and one.id in read.names)
    ]


def words_of(said: Said) -> tuple[Any, ...]:
    return tuple(said.body.get(name) for name in ("title", "due", "zone", "repeat"))


def to_it(read: Task, yes: Said, *, whole: bool = True) -> bool:
    """Whether this yes is to the task as it is now, or at least to its times."""
    words = {"due": read.due, "zone": read.zone, "repeat": read.repeat, **({"title": read.title} if whole else {})}
    return {name: yes.body.get(name) for name in words} == words


def done_as_a_whole(read: Task) -> bool:
    """Whether it was said to be done with no day named, or for the one day that it has."""
    days = {None if each.occurrence is None else each.occurrence[:10] for each in read.dones}
    return read.repeat is None and not days.isdisjoint({None, *([read.due[:10]] if read.due else [])})
