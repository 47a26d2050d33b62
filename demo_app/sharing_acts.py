"""Intentions of live sharing, presence, habits and follow-through become one call each. The domain decides."""

from typing import TypedDict

from collar_sync.domain.progress import FOLLOW_THROUGH
from collar_sync.ids import PersonId
from collar_sync.node import Space
from demo_app.here import Here
from demo_app.sharing_intentions import (
    HidePresence,
    Offer,
    OfferProgress,
    OfferSharing,
    OfPresence,
    OfSharing,
    RemoveEntry,
    RestoreEntry,
    SayHere,
    SayNothing,
    Share,
    ShowPresence,
    StopSharing,
    WriteEntry,
)


class _Offered(TypedDict):
    purpose: str
    excludes: tuple[str, ...]
    access: tuple[str, ...]
    until: int | None
    parties: list[PersonId]
    whose: list[PersonId]


async def act(space: Space, here: Here, intention: OfSharing) -> None:
    """Do what is asked."""
    if isinstance(intention, OfPresence):
        await _be_here(space, here, intention)
        return
    match intention:
        case OfferSharing():
            await space.sharing.propose(intention.what, **_offered(intention))
        case OfferProgress():
            await space.consents.propose(includes=FOLLOW_THROUGH, flow="tracking", **_offered(intention))
        case Share():
            space.sharing.tell(intention.what, intention.text, lifetime_milliseconds=intention.milliseconds)
        case StopSharing():
            space.sharing.hush(intention.what)
            if intention.what is None:
                here.stop()
        case WriteEntry():
            await space.tracking.write(intention.agreement, intention.habit, intention.note, intention.day)
        case RemoveEntry():
            await space.tracking.remove(intention.id)
        case RestoreEntry():
            await space.tracking.restore(intention.id)


async def _be_here(space: Space, here: Here, intention: OfPresence) -> None:
    match intention:
        case ShowPresence():
            await space.presence.show(PersonId(intention.to))
            if space.presence.told():
                here.say(space)  # to whom it is shown since, too
        case HidePresence():
            await space.presence.hide(PersonId(intention.to))
        case SayHere():
            here.say(space)
        case SayNothing():
            here.stop()


def _offered(offer: Offer) -> _Offered:
    return _Offered(
        purpose=offer.purpose,
        excludes=offer.excludes,
        access=offer.access,
        until=offer.until,
        parties=[PersonId(each) for each in offer.people],
        whose=[PersonId(each) for each in offer.whose],
    )
