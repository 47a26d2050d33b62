"""Controlling wordings and gentler ones to put in their place, offered before something is proposed.

A small table of plain patterns, in the order they are looked for. It only ever offers: whoever writes decides, nothing
is blocked, and nothing about what was written leaves the device. It knows no person, no role and no noun.
"""

import re
from typing import Final

import msgspec


class Rewrite(msgspec.Struct, frozen=True):
    """A wording that was found, what it may do to the one who reads it, and another way to say it."""

    found: str
    why: str
    instead: str


_ORDER: Final = "It leaves no room to say no."
_RULE: Final = "It is about the whole person, for ever."
_PRICE: Final = "It makes a yes the price of something else."
_FEAR: Final = "It asks for a yes out of fear."
_WATCH: Final = "It asks for watching, not for trust."

_TABLE: Final[tuple[tuple[str, str, str], ...]] = (
    (r"you (?:must|have to|need to|are required to)", _ORDER, "I would like you to … if you want that too"),
    (r"you (?:are not|aren't) allowed(?: to)?", _ORDER, "I would feel better if you did not … Is that all right?"),
    (r"you may not|you can(?:no|')t", _ORDER, "I would rather you did not … What would you need for that?"),
    (
        r"i (?:forbid|do not allow|don't allow|won't let|will not let)",
        _ORDER,
        "I am not at ease with … Can we find a way?",
    ),
    (r"no (?:matter what|exceptions|excuses|arguments|discussion)", _ORDER, "unless one of us says otherwise that day"),
    (r"without (?:asking|question|complaint|hesitation)", _ORDER, "and you can ask, or stop, at any time"),
    (r"you (?:always|never)", _RULE, "last week, when …"),
    (
        r"(?:real|true|good|proper) (?:subs?|submissives?|slaves?|dom(?:me|inant)?s?|partners?)",
        _RULE,
        "what matters to me here is …",
    ),
    (
        r"if you (?:really )?(?:love|loved|trust|trusted|respect|respected) me",
        _PRICE,
        "it would mean a lot to me, and no is a fine answer",
    ),
    (r"you owe (?:me|us)|after (?:all|everything) i", _PRICE, "I am asking you for …"),
    (r"(?:to )?(?:earn|deserve|win) (?:back )?(?:my|our|the) \w+", _PRICE, "what would help me is …"),
    (r"prove (?:to me |it|that|your)", _PRICE, "it would help me to see …"),
    (
        r"or else|otherwise i(?:'ll| will)|i(?:'ll| will) leave(?: you)?",
        _FEAR,
        "I am worried about … Can we talk about it?",
    ),
    (
        r"(?:there will be|face) consequences|you(?:'ll| will) (?:regret|pay|be sorry)",
        _FEAR,
        "if this does not work out, let us talk about why",
    ),
    (r"(?:as )?(?:a )?punish(?:ed|ment)? (?:for|you)", _FEAR, "what would help us both to come back from this is …"),
    (
        r"(?:show|give|send) me your (?:phone|messages|passwords?|location)",
        _WATCH,
        "I would feel safer if we agreed what we share",
    ),
    (
        r"(?:at all times|every minute|wherever you are|whenever i (?:want|ask|say))",
        _WATCH,
        "at times that we both choose",
    ),
    (r"ask (?:for )?(?:my )?permission", _ORDER, "check in with me, if we both want that"),
)

_PATTERNS: Final = tuple((re.compile(rf"\b(?:{pattern})", re.IGNORECASE), why, other) for pattern, why, other in _TABLE)


def rewrites(text: str) -> tuple[Rewrite, ...]:
    """Return what in a text reads as controlling, as it stands there, each with another way to say it."""
    found: dict[str, tuple[int, Rewrite]] = {}
    for pattern, why, other in _PATTERNS:
        for match in pattern.finditer(text):
            key = match[0].casefold()
            found.setdefault(key, (match.start(), Rewrite(found=match[0].strip(), why=why, instead=other)))
    return tuple(each for _, each in sorted(found.values(), key=lambda place: place[0]))
