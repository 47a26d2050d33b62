"""The Safety branch of the Slip-up rule: coercion, intimidation, an ignored safeword, assault, threats, retaliation.

What is noted here stays on this device: no statement, no status, no line of a timeline. The other sees what they see of
somebody who is not ready. So this module is given a `PrivateLedger`, which cannot say anything, and it never suggests
to negotiate: what it offers is help, Pause (with the note that the other will see it), and to write.
"""

import enum
from types import MappingProxyType
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.domain import help as help_pages
from collar_sync.domain.given import careful
from collar_sync.domain.help import Help, HelpList, HelpText
from collar_sync.domain.ledger import PrivateLedger
from collar_sync.domain.private import Drawer
from collar_sync.domain.written import text
from collar_sync.errors import InvalidInput
from collar_sync.ids import is_id


class SafetyKind(enum.StrEnum):
    """What is no slip-up, and is not repaired between the two."""

    COERCION = "coercion"
    INTIMIDATION = "intimidation"
    SAFEWORD_IGNORED = "safeword-ignored"
    ASSAULT = "assault"
    THREAT = "threat"
    RETALIATION = "retaliation"


LABELS: Final = MappingProxyType(
    {
        SafetyKind.COERCION: "I was pushed, pressed or forced into something",
        SafetyKind.INTIMIDATION: "I was frightened, so that I would give in",
        SafetyKind.SAFEWORD_IGNORED: "I said stop, and it was ignored",
        SafetyKind.ASSAULT: "I was hurt, or touched, against my will",
        SafetyKind.THREAT: "I was threatened, or somebody or something dear to me was",
        SafetyKind.RETALIATION: "I said no, and was made to pay for it",
    }
)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One note. `about` is the shared slip-up that it belongs to; empty, it stands for everything that is open.

    `settled` is its own person's word that what is shown for it may be as usual again.
    """

    id: str = ""
    kind: SafetyKind
    text: str = ""
    at: int = 0
    about: str = ""
    settled: bool = False


class SafetyPage(msgspec.Struct, frozen=True):
    """What is shown instead of any next step."""

    text: HelpText
    help: HelpList
    notes: tuple[Note, ...]


@careful
class Safety:
    """What one person noted about their safety, and what is shown to them alone for it."""

    def __init__(self, ledger: PrivateLedger) -> None:
        self._ledger = ledger
        self._notes = Drawer(ledger, "safety", Note, "There is no such note.")
        self._help = Help(ledger)

    def all(self) -> tuple[Note, ...]:
        """Every note, the earliest first."""
        return tuple(sorted(self._notes.all().values(), key=lambda each: (each.at, each.id)))

    def concerns(self, slip: str) -> bool:
        """Whether help comes before anything else where that slip-up is looked at.

        Rule (Safety branch): read from this device's own notes only; nothing of the answer shows to anyone else.
        """
        return any(each.about in ("", slip) and not each.settled for each in self.all())

    def page(self, slip: str = "") -> SafetyPage:
        """What to show: help, and one's own notes about that, or all of them. It suggests nothing to be agreed.

        Rule (Safety branch): help is shown and nothing suggests negotiating; Pause is offered with the note that it is
        seen.
        """
        notes = tuple(each for each in self.all() if not slip or each.about in ("", slip))
        return SafetyPage(help_pages.TEXTS["safety"], self._help.list(), notes)

    async def write(self, kind: SafetyKind | str, words: str = "", *, about: str = "") -> Note:
        """Note that this is about safety; words are not needed. Raises `InvalidInput`.

        Rule (Safety branch): it stays on this device: no statement, no status and no line of the timeline comes of it.
        """
        try:
            kind = SafetyKind(kind)
        except ValueError:
            known = "; ".join(f"{each.value} ({label})" for each, label in LABELS.items())
            raise InvalidInput(f"Choose what comes closest: {known}.") from None
        if about and not is_id(about, "statement"):
            raise InvalidInput("Choose a shared slip-up that this is about, or none: then it is about all.")
        words = text(words, "The note", limits.JOURNAL_CHARACTERS_MAX)
        return self._notes.get(await self._notes.add(kind=kind.value, text=words, at=self._ledger.now(), about=about))

    async def settle(self, identifier: str) -> None:
        """Say that this needs no help before everything else any more; the note stays. Raises `NotFound`.

        Rule (Safety branch): only the one who noted it says so, here; it never settles by itself.
        """
        self._notes.get(identifier)
        await self._notes.put(identifier, settled=True)

    async def remove(self, identifier: str) -> None:
        """Take a note out; its words stay in this device's encrypted history. Raises `NotFound`.

        Rule (Safety branch): theirs alone to take out, on this device, and nobody hears of it.
        """
        await self._notes.remove(identifier)
