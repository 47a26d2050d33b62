"""Intentions about the records on this laptop become one call each. Nothing of one is written into another."""

from collar_sync.errors import NotFound
from collar_sync.node import Space
from demo_app.laptop import Laptop
from demo_app.record_intentions import BeginRecord, OfRecords, PauseRecord, StopFlowing


async def act(laptop: Laptop, intention: OfRecords) -> None:
    """Do what is asked."""
    match intention:
        case BeginRecord():
            await laptop.begin(intention.title, intention.called)
        case PauseRecord():
            await _named(laptop, intention.record).pauses.pause()
        case StopFlowing():
            space = _named(laptop, intention.record)
            space.sharing.hush()
            laptop.here.stop(space)


def _named(laptop: Laptop, record: str) -> Space:
    found = next((each for each in laptop.choices() if each.id == record), None)
    if found is None:
        raise NotFound("There is no such record on this laptop.")
    return found
