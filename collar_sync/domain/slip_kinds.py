"""Kinds of slip-up as one table: what each threatens, what to repair, and what better looks like. And two word lists.

Words in minimising phrases are shown as ones to avoid; no phrase ever keeps a sentence from being written. What
belongs to the safety branch is a kind of its own (`safety.py`) and never in this table.
"""

import enum
import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import msgspec


class SlipKind(enum.StrEnum):
    """What happened, in the plainest word there is for it."""

    RITUAL_MISSED = "ritual-missed"
    SAFEWORD_LATE = "safeword-late"
    BEYOND_NEGOTIATED = "beyond-negotiated"
    CONFIDENCE_BROKEN = "confidence-broken"
    WATCHED = "watched"
    DISHONEST = "dishonest"
    PROMISE_MISSED = "promise-missed"
    DISMISSED = "dismissed"
    PULLED_AWAY = "pulled-away"
    FORGOTTEN_AGAIN = "forgotten-again"
    OTHER = "other"


class Repairing(msgspec.Struct, frozen=True):
    """Where amends for a kind of slip-up belong."""

    threatens: str
    focus: str
    better: str


class About(msgspec.Struct, frozen=True):
    """What a kind is called, and its row of the table of repairs."""

    label: str
    repairing: Repairing


_KEPT: Final = Repairing(
    "That you can rely on each other, and respect.",
    "Fewer and simpler rules, a reminder that works, a standard that an ordinary week can bear.",
    "Following through becomes steady, even a little dull.",
)
_BODY: Final = Repairing(
    "Safety, of the body or of the heart.",
    "Stop, talk it through, write the limits anew, go through a checklist before each scene.",
    "Each of you can say stop, and it is heard at once.",
)
_SECRET: Final = Repairing(
    "Safety in the world outside, and dignity.",
    "Contain it, delete what can be deleted, agree on new rules for what is private.",
    "Clear habits, and less that is shared at all.",
)
_TRUE: Final = Repairing(
    "The reality that you share.",
    "One full account, questions answered, a plan for being open from here on.",
    "No truth that comes out drop by drop.",
)
_FREE: Final = Repairing(
    "Autonomy.",
    "Take back every permission, name what it was for, and make whatever is granted anew easy to withdraw.",
    "Watching is mutual, a choice, and bounded; or there is none.",
)
_CLOSE: Final = Repairing(
    "The sense of being cared for.",
    "Turn towards each other, in small ways and often.",
    "A reach for the other is noticed.",
)
_OWN: Final = Repairing(
    "Name for yourselves what it touched: being able to rely, safety, privacy, truth, freedom, or care.",
    "Choose amends in the place where the harm was.",
    "Say together what you would see if it were better.",
)

KINDS: Final = MappingProxyType(
    {
        SlipKind.RITUAL_MISSED: About("A rule or ritual was missed", _KEPT),
        SlipKind.SAFEWORD_LATE: About("A safeword was not respected at once", _BODY),
        SlipKind.BEYOND_NEGOTIATED: About("Something went beyond what was negotiated", _BODY),
        SlipKind.CONFIDENCE_BROKEN: About("A confidence was broken", _SECRET),
        SlipKind.WATCHED: About("Somebody was watched or checked on outside of consent", _FREE),
        SlipKind.DISHONEST: About("Something was untrue, or left out", _TRUE),
        SlipKind.PROMISE_MISSED: About("A promise was missed", _KEPT),
        SlipKind.DISMISSED: About("A feeling or a need was waved away", _CLOSE),
        SlipKind.PULLED_AWAY: About("Somebody pulled away", _CLOSE),
        SlipKind.FORGOTTEN_AGAIN: About("It was forgotten, not for the first time", _KEPT),
        SlipKind.OTHER: About("Something else", _OWN),
    }
)

ONE_SENTENCE: Final = (
    "One accurate sentence, and what it did first: "
    '"You spent the evening not knowing whether I was safe, since I did not call as I had promised."'
)


class Hint(msgspec.Struct, frozen=True):
    """A phrase that somebody wrote, and why another one would carry better. It blocks nothing."""

    phrase: str
    why: str


Patterns = Sequence[tuple[re.Pattern[str], str]]


def patterns(*rows: tuple[str, str]) -> Patterns:
    """Return phrases to look for, whole words in any case, each with why."""
    return tuple((re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), why) for pattern, why in rows)


MINIMISING: Final = patterns(
    ("just|only|merely", "It makes small what may not have been small to them. Try the sentence without it."),
    ("not (?:that|so) bad|no big deal|nothing much", "How bad it was is theirs to say."),
    ("overreact(?:ed|ing)?|too sensitive|dramatic", "It speaks of how they felt, not of what happened."),
    ("kind of|sort of|a (?:little )?bit|basically|technically", "It blurs what happened. Say what could be seen."),
    ("everyone does|anyone would|it happens", "It moves the sentence away from the two of you."),
    ("but|although|however", "What comes after it often takes back what came before. End the sentence sooner."),
    ("you made me|you know how i", "It hands over what was yours to choose."),
    ("i didn'?t mean|never meant|my intention", "What was meant can come later. Begin with what it did."),
    ("always|never", "One time, said exactly, is easier to hear than all of them."),
)


def hints(text: str, table: Patterns = MINIMISING) -> tuple[Hint, ...]:
    """Return what to look at again in a text, each phrase once, in the order of the text."""
    found = [(match.start(), match[0].lower(), why) for pattern, why in table for match in pattern.finditer(text)]
    seen: dict[str, Hint] = {}
    for _, phrase, why in sorted(found):
        seen.setdefault(phrase, Hint(phrase, why))
    return tuple(seen.values())
