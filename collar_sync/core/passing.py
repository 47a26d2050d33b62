"""Words in passing, as those who tell and hear them see them, and the gate that says who may hear what. Shapes only.

A word in passing is never written down: it lives in memory, for a while, on the devices of those it was told to.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.ids import DeviceId, PersonId

Gate = Callable[[str, PersonId, PersonId, int], bool]
"""(kind, who speaks, who hears, now) → whether this may be heard. Now is the time of folds, in milliseconds."""

MakeGate = Callable[[Callable[[str], Iterable[Said]], Mapping[PersonId, Person]], Gate]
"""(statements by prefix of their kind, people) → the gate that follows from them."""


class Told(msgspec.Struct, frozen=True):
    """What this device tells just now, to whom; `since` and `ends` in milliseconds since the epoch."""

    kind: str
    body: bytes
    to: tuple[PersonId, ...]
    since: int
    ends: int


class Heard(msgspec.Struct, frozen=True):
    """What another device tells just now. It says no time: that it is here is all there is to know."""

    kind: str
    body: bytes
    person: PersonId
    device: DeviceId


def silence(_statements: Callable[[str], Iterable[Said]], _people: Mapping[PersonId, Person]) -> Gate:
    """The gate where nothing says otherwise: nobody hears anything."""
    return lambda _kind, _speaker, _hearer, _now: False
