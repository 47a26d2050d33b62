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


class ShareMoment(Intention, frozen=True, tag="moment.share"):
    """Share one line."""

    text: Text


class ShareUpdate(Intention, frozen=True, tag="update.share", rename="camel"):
    """Share an update, unasked."""

    changed: Text
    feeling: Text
    in_place: Text


class BeginSession(Intention, frozen=True, tag="focus.begin"):
    """Begin a session that these people may join."""

    kind: Kind
    minutes: int
    people: People


class SessionStep(Intention, frozen=True, tag="focus.step"):
    """An act in a session."""

    session: Id
    step: Literal["join", "takeBreak", "resume", "leave", "end"]


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
    step: Literal["untick", "end", "again"]


class LookAtDayTexts(Intention, frozen=True, tag="day.texts"):
    """Read the library's own words for these screens."""


OfWords = CheckIn | NotNow | ShareCheckIn | RemoveCheckIn | ShareMoment | ShareUpdate
OfTogether = BeginSession | SessionStep | BeginChecklist | Tick | ChecklistStep
OfTheDay = OfWords | OfTogether
