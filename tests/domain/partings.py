"""How people and devices come to take no part in a life any more, and still say something; for all generators.

In some lives somebody leaves, in some a person removes a device of theirs on another. What such a device says then, and
what it had said that its remover had not heard of, may be heard of by anybody at any time. A rule is asked of those
that take part.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from random import Random
from typing import Final

import msgspec

from collar_sync.core.statement import Said
from collar_sync.errors import LocalError
from tests.domain.plain import Household, PlainLedger, run

REMOVED: Final = 0.3  # in how many lives a device is removed
LEFT: Final = 0.25  # in how many somebody leaves
GONE_SPEAKS: Final = 0.2  # how often it is one of those that take no part who acts next, where there is one

Act = Callable[[PlainLedger], None]


def live(home: Household, chance: Random, steps: int, act: Act, *, stay: int = 1) -> None:
    """So many steps of a life, each by one device; at least so many people `stay`."""
    removed = chance.randint(0, steps) if chance.random() < REMOVED else None
    left = chance.randint(0, steps) if chance.random() < LEFT else None
    for number in range(steps + 1):
        if number == removed:
            _remove(home, chance, act)
        if number == left:
            _leave(home, chance, act, stay)
        if number < steps:
            speaks = home.gone if home.gone and chance.random() < GONE_SPEAKS else home.ledgers
            _try(act, chance.choice(speaks))


def within(said: Iterable[Said]) -> list[Said]:
    """Those of these that may widen something: not from beyond a cut."""
    return [each for each in said if not each.beyond_cut]


def cut(home: Household, chance: Random) -> list[Said]:
    """All that was said, as it counts once one more device was removed that had said any of it beyond its cut."""
    device, share = chance.choice([*home.ledgers, *home.gone]).device, chance.random()
    return [
        msgspec.structs.replace(each, beyond_cut=each.beyond_cut or (each.device == device and chance.random() < share))
        for each in home.everything()
    ]


def _remove(home: Household, chance: Random, act: Act) -> None:
    """A person removes one of their devices on another; it has said things unheard, and goes on saying some."""
    pairs = [(one, other) for one in home.ledgers for other in home.ledgers if one is not other and one.me == other.me]
    if not pairs:
        owner = chance.choice(home.ledgers)
        pairs = [(home.second_device(owner.owner.name), owner)]
    gone, by = chance.choice(pairs)
    if chance.random() < 0.8:
        gone.hear(*home.everything())
        gone.learn_records(by)
    for _ in range(chance.randint(0, 4)):
        _try(act, gone)
    if chance.random() < 0.5:
        by.hear(*(said for said in gone.heard.values() if said.device == gone.device))
    home.remove(gone, by)
    for _ in range(chance.randint(2, 8)):
        _try(act, gone)


def _leave(home: Household, chance: Random, act: Act, stay: int) -> None:
    """Somebody leaves, out of a pause of theirs or not; word of a last one may come later."""
    here = home.present()
    if len(here) <= stay:
        return
    gone = chance.choice([each for each in home.ledgers if each.me in here])
    for _ in range(chance.randint(0, 2)):
        _try(act, gone)
    if chance.random() < 0.4:
        run(gone.pauses.pause())
    home.leave(gone.owner.name)


def _try(act: Act, ledger: PlainLedger) -> None:
    with suppress(LocalError):  # refused at the call: life goes on
        act(ledger)
