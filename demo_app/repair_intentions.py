"""What a page may want of slip-ups and their repair: one shape for each intention."""

from typing import Annotated, Literal

import msgspec

from demo_app.day_intentions import People
from demo_app.intention import Id, Intention, Lines, Name, Text


class WriteSlip(Intention, frozen=True, tag="slip.write"):
    """Write a slip-up for oneself; `mine` is "this was mine"."""

    sentence: Text
    kind: Name
    mine: bool


class OfSlip(Intention, frozen=True):
    """An act on what was written for oneself."""

    id: Id


class ShareSlip(OfSlip, frozen=True, tag="slip.share"):
    """Share it as it stands; these people, or everyone, take part in its repair."""

    people: People | None = None


class RemoveSlip(OfSlip, frozen=True, tag="slip.remove"):
    """Take it out of this laptop."""


class NoteSafety(Intention, frozen=True, tag="safety.write"):
    """Note, for oneself alone, that it is about safety."""

    kind: Name
    text: Text


class SettleSafety(OfSlip, frozen=True, tag="safety.settle"):
    """Show things as usual again."""


class InRepair(Intention, frozen=True, rename="camel"):
    """An act in one repair."""

    repair: Id


class MendStep(InRepair, frozen=True, tag="repair.step"):
    """An act that needs no words."""

    step: Literal[
        "begin",
        "ready",
        "notYet",
        "stepOut",
        "stepBack",
        "close",
        "again",
        "sharePart",
        "offerApology",
        "promise",
    ]


class SignText(InRepair, frozen=True, tag="repair.sign"):
    """Say yes to one exact text."""

    version: Id


class UnsignText(InRepair, frozen=True, tag="repair.take_back"):
    """Take that yes back."""

    version: Id


class DraftPart(InRepair, frozen=True, tag="repair.part"):
    """Save one's own part of the debrief."""

    facts: Text
    impact: Text
    meaning: Text
    request: Text
    roots: Text


class DraftApology(InRepair, frozen=True, tag="repair.apology"):
    """Save an apology, finished or not."""

    regret: Text
    ownership: Text
    impact: Text
    change: Text
    question: Text


class ProposeTalk(InRepair, frozen=True, tag="repair.talk"):
    """Suggest a time to talk, in milliseconds."""

    at: int


class LookedAtSlips(Intention, frozen=True, tag="slip.looked"):
    """This person has looked at what was shared; nobody else is told."""


class WriteFacts(InRepair, frozen=True, tag="repair.facts"):
    """Write the shared facts."""

    text: Text


class SmallPromise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One small promise of a plan; `repeat` is an RFC 5545 rule."""

    title: Text
    whose: Id
    repeat: Name | None = None


class ProposePlan(InRepair, frozen=True, tag="repair.plan"):
    """Suggest re-consent and amends."""

    on_pause: Lines
    temporary_limits: Lines
    changes: Lines
    amends: Lines
    promises: Annotated[tuple[SmallPromise, ...], msgspec.Meta(max_length=8)]


class ProposeWeekly(InRepair, frozen=True, tag="repair.weekly"):
    """Suggest a weekly talk; Monday is 0."""

    weekday: int
    starts: Name
    ends: Name


class SayWord(InRepair, frozen=True, tag="repair.word"):
    """Say in a review what changed and what came up again."""

    changed: Text
    recurred: Text
    still_wary: bool


OfRepairs = (
    WriteSlip
    | ShareSlip
    | RemoveSlip
    | LookedAtSlips
    | NoteSafety
    | SettleSafety
    | MendStep
    | SignText
    | UnsignText
    | DraftPart
    | DraftApology
    | ProposeTalk
    | WriteFacts
    | ProposePlan
    | ProposeWeekly
    | SayWord
)
