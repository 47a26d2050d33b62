"""What a page may want on an ordinary day: one shape for each intention."""

from typing import Annotated, Literal

import msgspec

from collar_sync.domain.checklist import Occasion
from collar_sync.domain.focus import Kind
from demo_app.intention import Id, Intention, Lines, Text

People = Annotated[tuple[Id, ...], msgspec.Meta(max_length=64)]


class CheckIn(Intention, frozen=True, tag="checkin.write"):
    """Say how one arrives, for oneself; `share` tells the others, too."""

    arriving: Lines
    need: Text
    gratitude: Text
    share: bool


class NotNow(Intention, frozen=True, tag="checkin.notNow"):
    """Answer "not now"."""


class ShareCheckIn(Intention, frozen=True, tag="checkin.share"):
    """Share one as it stands."""

    id: Id


class RemoveCheckIn(Intention, frozen=True, tag="checkin.remove"):
    """Take one's own out of this laptop."""

    id: Id


class NoteMoment(Intention, frozen=True, tag="moment.note"):
    """Share one line."""

    text: Text


class OfferUpdate(Intention, frozen=True, tag="update.offer", rename="camel"):
    """Volunteer an update."""

    changed: Text
    feeling: Text
    in_place: Text


class StartSession(Intention, frozen=True, tag="focus.start"):
    """Start a session that these people may join."""

    kind: Kind
    minutes: int
    people: People


class SessionStep(Intention, frozen=True, tag="focus.step"):
    """An act in a session."""

    session: Id
    step: Literal["join", "takeBreak", "goOn", "leave", "end"]


class BeginChecklist(Intention, frozen=True, tag="checklist.begin"):
    """Begin a round among these people."""

    occasion: Occasion
    title: Text
    lines: Lines
    people: People


class Tick(Intention, frozen=True, tag="checklist.tick"):
    """Tick one line, for oneself."""

    round: Id
    line: Text


class ChecklistStep(Intention, frozen=True, tag="checklist.step"):
    """An act on a whole round."""

    round: Id
    step: Literal["stop", "finish", "again"]


class LookAtDayTexts(Intention, frozen=True, tag="day.texts"):
    """Read the library's own words for these screens."""


OfWords = CheckIn | NotNow | ShareCheckIn | RemoveCheckIn | NoteMoment | OfferUpdate
OfTogether = StartSession | SessionStep | BeginChecklist | Tick | ChecklistStep
OfTheDay = OfWords | OfTogether
