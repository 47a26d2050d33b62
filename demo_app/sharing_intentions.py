"""What a page may want of live sharing, of presence, of habits and of follow-through: one shape for each intention."""

from typing import Annotated

import msgspec

from collar_sync.domain.sharing import What
from demo_app.day_intentions import People
from demo_app.intention import Day, Id, Intention, Lines, Text


class Offer(Intention, frozen=True):
    """A consent under which something flows: whose it is, with whom, and until when, in milliseconds."""

    purpose: Text
    whose: People
    people: People
    excludes: Lines
    access: Lines
    until: int | None


class OfferSharing(Offer, frozen=True, tag="sharing.offer"):
    """Offer that these values may be shared live."""

    what: Annotated[tuple[What, ...], msgspec.Meta(max_length=8)]


class OfferProgress(Offer, frozen=True, tag="progress.offer"):
    """Offer that follow-through may be seen."""


class Share(Intention, frozen=True, tag="sharing.tell"):
    """Share what was typed, for so long at the most."""

    what: What
    text: Text
    milliseconds: int


class StopSharing(Intention, frozen=True, tag="sharing.stop"):
    """Share this no more; without a name nothing any more, and not being here either."""

    what: What | None = None


class ShowPresence(Intention, frozen=True, tag="presence.show"):
    """Let somebody see when this person says that they are here."""

    to: Id


class HidePresence(Intention, frozen=True, tag="presence.hide"):
    """Let them see it no more."""

    to: Id


class SayHere(Intention, frozen=True, tag="presence.here"):
    """Say that this person is here, to those whom they show it."""


class SayNothing(Intention, frozen=True, tag="presence.away"):
    """Say it no more."""


class WriteEntry(Intention, frozen=True, tag="habit.write"):
    """Write an own entry about a habit that an agreement names."""

    agreement: Id
    habit: Text
    note: Text
    day: Day


class RemoveEntry(Intention, frozen=True, tag="habit.remove"):
    """Take an own entry back."""

    id: Id


class RestoreEntry(Intention, frozen=True, tag="habit.restore"):
    """Put it back."""

    id: Id


class LookAtFlowTexts(Intention, frozen=True, tag="flow.texts"):
    """Read the words in which something is offered under which things flow."""


class LookAtEntries(Intention, frozen=True, tag="habit.earlier"):
    """Read one's own entries that are not shown beside a habit: of earlier, and about what holds no more."""


class LookAtProgress(Intention, frozen=True, tag="progress.look"):
    """See the pictures of follow-through that this person may see."""


OfPresence = ShowPresence | HidePresence | SayHere | SayNothing
OfSharing = OfferSharing | OfferProgress | Share | StopSharing | OfPresence | WriteEntry | RemoveEntry | RestoreEntry
OfLookingAtWhatFlows = LookAtFlowTexts | LookAtEntries | LookAtProgress
