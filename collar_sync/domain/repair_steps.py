"""What comes next in a repair, for one person, as one table that the code runs; and what helps at each stage.

A step is what a screen may offer. Nothing is owed: whatever the step, that person can say "not yet", step out, press
Pause, write privately, or say that they are ready, if that is what they are. Nothing here knows a statement.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from collar_sync.domain.repair_forms import Stage
from collar_sync.domain.slip_kinds import Patterns, patterns
from collar_sync.domain.table import Rule


class Step(enum.StrEnum):
    """What may come next for a person."""

    HELP = "help"  # this person noted that it is about safety: help comes first, and nothing to agree on
    NOTHING = "nothing"  # it is not theirs, or nobody is left to repair it with
    CLOSED = "closed"
    PAUSED = "paused"  # the space is paused
    COME_BACK = "come-back"  # they stepped out, and may come back when they like
    REST = "rest"  # somebody else stepped out
    BEGIN = "begin"
    WAIT = "wait"
    WRITE_TALK = "write-talk"
    SIGN_TALK = "sign-talk"
    WRITE_PART = "write-part"
    WRITE_FACTS = "write-facts"
    SIGN_FACTS = "sign-facts"
    WRITE_APOLOGY = "write-apology"
    WRITE_PLAN = "write-plan"
    SIGN_PLAN = "sign-plan"
    WRITE_WEEKLY = "write-weekly"
    SIGN_WEEKLY = "sign-weekly"
    SAY_WORD = "say-word"
    SAY_READY = "say-ready"
    READY_UNSIGNED = "ready-unsigned"  # not all have signed what this stage, or one before it, was for
    CLOSE_OR_AGAIN = "close-or-again"
    CLOSE_UNSIGNED = "close-unsigned"


SENTENCES: Final = MappingProxyType(
    {
        Step.HELP: "You noted that this is about safety. Look after yourself first; nothing here waits for you.",
        Step.NOTHING: "There is nothing for you to do here.",
        Step.CLOSED: "All of you have closed this. It can be taken up again by any of you.",
        Step.PAUSED: "Everything is paused. All of this rests; what you write for yourself is kept.",
        Step.COME_BACK: "You stepped out. Come back when you like, or not; what was written stays.",
        Step.REST: "Somebody stepped out for now. There is nothing to do until they come back.",
        Step.BEGIN: "Begin a repair, if you want one. It opens with a pause.",
        Step.WAIT: "You have said your part. There is nothing to do until the others are ready.",
        Step.WRITE_TALK: "Suggest a time to talk, between twenty minutes and a day from now, and look after yourself.",
        Step.SIGN_TALK: "A time to talk was suggested. Say yes to it, or suggest another.",
        Step.WRITE_PART: "Write your own part: what happened, what it did to you, what it meant, what you ask for.",
        Step.WRITE_FACTS: "Write down together what happened, as all of you can say it.",
        Step.SIGN_FACTS: "Read the shared facts. Sign them if they are right, or write what would be.",
        Step.WRITE_APOLOGY: "Write an apology; it can be saved unfinished. Offer it when all of it is there.",
        Step.WRITE_PLAN: "Write what is on pause for now, what changes, and one to three small promises.",
        Step.SIGN_PLAN: "Read the plan. Say yes to all of it, or write what you could say yes to.",
        Step.WRITE_WEEKLY: "Agree on a weekly talk, with a fixed start and end.",
        Step.SIGN_WEEKLY: "A weekly talk was suggested. Say yes to it, or suggest another.",
        Step.SAY_WORD: 'Say what changed and what came up again. "Still wary" is a full answer.',
        Step.SAY_READY: "Say that you are ready to go on, once you are. There is no hurry.",
        Step.READY_UNSIGNED: "You have signed what there is, and not all of you have yet. Wait for that, or say that "
        "you are ready to go on without it.",
        Step.CLOSE_OR_AGAIN: "Say that it can be closed, or go round again.",
        Step.CLOSE_UNSIGNED: "Not all of this was signed by all of you. Go back to it, go round again, or say that it "
        "can be closed without it.",
    }
)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What decides the next step of one person. `texts` are those of the stage's sheet that stand side by side.

    `signed` is whether they signed each of these, `agreed` whether all signed whatever the round came to so far.
    """

    stage: Stage
    takes_part: bool = True
    between_people: bool = True
    help_first: bool = False
    paused: bool = False
    self_out: bool = False
    other_out: bool = False
    ready: bool = False
    wrote_part: bool = False
    others_wrote: bool = False
    texts: int = 0
    signed: bool = True
    agreed: bool = True
    said_mine: bool = False
    may_apologise: bool = False
    apologised: bool = False
    had_word: bool = False


def _whatever(_look: Look) -> bool:
    return True


def _at(stage: Stage, *, no_text: Step, unsigned: Step) -> tuple[Rule[Look, Step], Rule[Look, Step]]:
    """Two rows: the sheet of a stage has no one text yet; or it has one that this person has not signed."""
    return (
        Rule(f"in {stage}, its sheet has no one text", lambda it: it.stage is stage and it.texts != 1, no_text),
        Rule(f"in {stage}, they have not signed its text", lambda it: it.stage is stage and not it.signed, unsigned),
    )


STEPS: Final[tuple[Rule[Look, Step], ...]] = (
    Rule("they noted that it is about safety", lambda it: it.help_first, Step.HELP),
    Rule(
        "it is not theirs, or nobody else is left", lambda it: not (it.takes_part and it.between_people), Step.NOTHING
    ),
    Rule("all have closed it", lambda it: it.stage is Stage.CLOSED, Step.CLOSED),
    Rule("the space is paused", lambda it: it.paused, Step.PAUSED),
    Rule("they stepped out", lambda it: it.self_out, Step.COME_BACK),
    Rule("somebody else stepped out", lambda it: it.other_out, Step.REST),
    Rule("nobody has begun", lambda it: it.stage is Stage.SHARED, Step.BEGIN),
    Rule("they said yes to the next stage", lambda it: it.ready, Step.WAIT),
    *_at(Stage.PAUSE, no_text=Step.WRITE_TALK, unsigned=Step.SIGN_TALK),
    Rule("in debrief, their part is missing", lambda it: _in_debrief(it) and not it.wrote_part, Step.WRITE_PART),
    Rule("in debrief, another's part is missing", lambda it: _in_debrief(it) and not it.others_wrote, Step.WAIT),
    *_at(Stage.DEBRIEF, no_text=Step.WRITE_FACTS, unsigned=Step.SIGN_FACTS),
    Rule(
        "in amend, it was theirs and they have not apologised",
        lambda it: it.stage is Stage.AMEND and it.said_mine and not it.apologised,
        Step.WRITE_APOLOGY,
    ),
    Rule(
        "in amend, another was hurt, none of the others has apologised, and they said yes to no plan",
        lambda it: it.stage is Stage.AMEND and it.may_apologise and not (it.texts and it.signed),
        Step.WRITE_APOLOGY,
    ),
    *_at(Stage.AMEND, no_text=Step.WRITE_PLAN, unsigned=Step.SIGN_PLAN),
    *_at(Stage.REVIEW, no_text=Step.WRITE_WEEKLY, unsigned=Step.SIGN_WEEKLY),
    Rule(
        "in review, they have not said a word", lambda it: it.stage is Stage.REVIEW and not it.had_word, Step.SAY_WORD
    ),
    Rule(
        "in review, not all of this round is signed by all",
        lambda it: it.stage is Stage.REVIEW and not it.agreed,
        Step.CLOSE_UNSIGNED,
    ),
    Rule("in review, all else is said", lambda it: it.stage is Stage.REVIEW, Step.CLOSE_OR_AGAIN),
    Rule("not all have signed", lambda it: not it.agreed, Step.READY_UNSIGNED),
    Rule("all else is said", _whatever, Step.SAY_READY),
)


def _in_debrief(look: Look) -> bool:
    return look.stage is Stage.DEBRIEF


AFTERCARE: Final = (
    "Water.",
    "Something small to eat.",
    "Both feet on the floor: five things you see, four you hear, three you can touch.",
    "Warmth: a blanket, a shower, a hand if you want one, and none if you do not.",
    "Sleep, or an hour of lying down, before anything is decided.",
    "No long messages to each other until the time to talk.",
)

ROOTS: Final = (
    "For you alone: what did this grow from? Tiredness, an old fear, a habit, something you did not dare to say? "
    "Roots explain; they never excuse, and they are never shared with your part."
)

Side = Literal["slipped", "hurt", "everyone"]  # whose it was, who was hurt, and where that is not known; never a rank

HINTS: Final[Mapping[Side, tuple[str, ...]]] = MappingProxyType(
    {
        "slipped": (
            "Listen to the end before you answer anything.",
            "Say back what you heard, and ask whether it is right.",
            "You will want to explain. What it did comes first, and for now it is enough.",
            "If you are flooded, say so and step out for a while; that is no running away.",
        ),
        "hurt": (
            "Say what you saw and heard, as a camera would have seen it.",
            'Say what it did in your body and in your day, without "always" and "never".',
            "What you think it means is a story; say that it is yours. It matters all the same.",
            "Ask for what would help, not for what would punish. You owe no comfort.",
        ),
        "everyone": (
            "One speaks, the others listen. Then the other way round.",
            "Nobody has to agree on what it felt like, only on what happened.",
            "No closeness is owed at the end of a talk.",
        ),
    }
)

DETOURS: Final[Patterns] = patterns(
    (
        "i(?:'?m| am) (?:such )?an? (?:terrible|awful|bad|horrible|worthless)|i hate myself|i(?:'?m| am) the worst",
        "Shame is a detour: it asks the other to comfort you. Stay with what it did to them.",
    ),
    (
        "i(?: really)? (?:didn'?t|never|did not) meant?|(?:was|were) not my intention|wasn'?t my intention",
        "Intent is a detour: what you meant does not lessen what it did. It can wait until they ask.",
    ),
    (
        "i only wanted",
        "Intent is a detour: what you meant does not lessen what it did. It can wait until they ask.",
    ),
    (
        "if you (?:felt|feel|were)|if i (?:hurt|upset|offended)",
        '"If" leaves open whether it happened. Say that it did.',
    ),
    ("but|however|although", "What comes after it often takes the apology back. End the sentence before it."),
    ("you (?:also|too)|you made me|because you", "Their share, if there is one, belongs into another talk."),
    (
        "forgive me|please forgive|can you forgive|move on|get over|make it up to me",
        "It asks for something. A question that leaves them free asks what they need, or whether they want to answer.",
    ),
)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A small promise that is offered for a plan: its title, what it means, and how it repeats."""

    title: str
    details: str
    repeat: str | None = None


OFFERS: Final = (
    Offer(
        title="Ten minutes to check in",
        details="Each day for two weeks, at the same time, and ended on time.",
        repeat="FREQ=DAILY;COUNT=14",
    ),
    Offer(title="A checklist before each scene", details="Both go through it afresh, every time."),
    Offer(title="A review once a week", details="What changed, what came up again.", repeat="FREQ=WEEKLY"),
    Offer(title="Ask before changing a protocol", details="And wait for the answer."),
)
