"""The Private journal rule: anything, for nobody else; with prompts for self-trust, draft limits, and people to call.

All of it lies in this device's private document, so a partner is never sent any of it and nobody's other device either.
Nothing here can say anything: it is given a `PrivateLedger` only. It is never counted and never asked for.
"""

from types import MappingProxyType
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import PrivateLedger
from collar_sync.domain.private import Drawer
from collar_sync.domain.written import sentence, text
from collar_sync.errors import InvalidInput

PROMPTS: Final = MappingProxyType(
    {
        "knew": "What did I know, and when did I know it?",
        "need": "What do I need, before anybody else's needs come into it?",
        "refuse": "What do I refuse, whatever it costs me to say so?",
        "trusted": "Where did I listen to myself this week, and what happened then?",
    }
)
NOTE: Final = (
    "Only this device has what you write here. Whoever has this device unlocked, knows your passphrase, or has an "
    "administrator's account on it can read it. If that may be somebody you would not show it to, write elsewhere."
)
_EMPTY: Final = "There is nothing written yet. A single word is enough."


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `prompt` is a key of `PROMPTS` or empty; `at` is when it was begun, milliseconds since the epoch."""

    id: str = ""
    text: str
    prompt: str = ""
    at: int = 0


class DraftLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that its person is still thinking about. It binds nobody until they say it as a limit."""

    id: str = ""
    text: str
    at: int = 0


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to call: who, how to reach them, and what they know already."""

    id: str = ""
    name: str
    reach: str = ""
    knows: str = ""


@careful
class DraftLimits:
    """Limits that one person is still thinking about; nobody is told of any."""

    def __init__(self, ledger: PrivateLedger) -> None:
        self._ledger = ledger
        self._kept = Drawer(ledger, "limit-draft", DraftLimit, "There is no such draft.")

    def all(self) -> tuple[DraftLimit, ...]:
        """Every draft of a limit, the earliest first."""
        return tuple(sorted(self._kept.all().values(), key=lambda each: (each.at, each.id)))

    async def write(self, words: str) -> DraftLimit:
        """Write a draft of a limit; raises `InvalidInput`.

        Rule (Private journal): it never leaves this device, and binds nobody until its person says it as a limit.
        """
        return self._kept.get(await self._kept.add(text=_draft(words), at=self._ledger.now()))

    async def edit(self, identifier: str, words: str) -> DraftLimit:
        """Change a draft; raises `NotFound`, `InvalidInput`.

        Rule (Private journal): a draft is its person's to change as often as they like; none of it is sent.
        """
        self._kept.get(identifier)
        await self._kept.put(identifier, text=_draft(words))
        return self._kept.get(identifier)

    async def remove(self, identifier: str) -> None:
        """Take a draft out: it was said as a limit, or is not wanted. Raises `NotFound`.

        Rule (Private journal): taking it out says nothing to anyone and loosens no limit.
        """
        await self._kept.remove(identifier)

    async def restore(self, identifier: str) -> None:
        """Put back a draft that was taken out; raises `NotFound`.

        Rule (Private journal): it is a draft again, and binds nobody.
        """
        await self._kept.restore(identifier)


@careful
class Contacts:
    """My people to call; nobody is told who they are."""

    def __init__(self, ledger: PrivateLedger) -> None:
        self._kept = Drawer(ledger, "contact", Contact, "There is nobody of that kind in your list.")

    def all(self) -> tuple[Contact, ...]:
        """Everyone in the list, by name."""
        return tuple(sorted(self._kept.all().values(), key=lambda each: (each.name.casefold(), each.id)))

    async def write(self, name: str, reach: str = "", knows: str = "") -> Contact:
        """Add somebody to call; raises `InvalidInput`.

        Rule (Private journal): my people to call are known to this device only.
        """
        return self._kept.get(await self._kept.add(**_contact(name, reach, knows)))

    async def edit(self, identifier: str, name: str, reach: str = "", knows: str = "") -> Contact:
        """Put this in the place of what is there about somebody; raises `NotFound`, `InvalidInput`.

        Rule (Private journal): only its person changes the list, and no byte of it is sent.
        """
        self._kept.get(identifier)
        await self._kept.put(identifier, **_contact(name, reach, knows))
        return self._kept.get(identifier)

    async def remove(self, identifier: str) -> None:
        """Take somebody off the list; raises `NotFound`.

        Rule (Private journal): nobody hears that they are or were in it.
        """
        await self._kept.remove(identifier)

    async def restore(self, identifier: str) -> None:
        """Put somebody back on the list; raises `NotFound`.

        Rule (Private journal): nobody hears that they are in it again.
        """
        await self._kept.restore(identifier)


@careful
class Journal:
    """One person's private journal in one space; `NOTE` is said wherever it is shown."""

    NOTE = NOTE

    def __init__(self, ledger: PrivateLedger) -> None:
        self._ledger = ledger
        self._entries = Drawer(ledger, "journal", Entry, "There is no such entry in your journal.")
        self.drafts = DraftLimits(ledger)
        self.contacts = Contacts(ledger)

    def all(self) -> tuple[Entry, ...]:
        """Every entry, the earliest first."""
        return tuple(sorted(self._entries.all().values(), key=lambda each: (each.at, each.id)))

    async def write(self, words: str, *, prompt: str = "") -> Entry:
        """Write an entry, freely or to a prompt; raises `InvalidInput`.

        Rule (Private journal): anything, in a private document: no byte of it is ever sent, and none is asked for.
        """
        if prompt and prompt not in PROMPTS:
            raise InvalidInput(f"Choose one of these prompts, or none: {', '.join(PROMPTS)}.")
        words = text(words, "The entry", limits.JOURNAL_CHARACTERS_MAX, needed=_EMPTY)
        return self._entries.get(await self._entries.add(text=words, prompt=prompt, at=self._ledger.now()))

    async def edit(self, identifier: str, words: str) -> Entry:
        """Change an entry; raises `NotFound`, `InvalidInput`.

        Rule (Private journal): only its person's, on this device; no byte of it is ever sent.
        """
        self._entries.get(identifier)
        words = text(words, "The entry", limits.JOURNAL_CHARACTERS_MAX, needed=_EMPTY)
        await self._entries.put(identifier, text=words)
        return self._entries.get(identifier)

    async def remove(self, identifier: str) -> None:
        """Take an entry out; its words stay in this device's encrypted history. Raises `NotFound`.

        Rule (Private journal): its person's alone to take out; there was never a copy with anyone else.
        """
        await self._entries.remove(identifier)

    async def restore(self, identifier: str) -> None:
        """Put back an entry that was taken out, of the day when it was written; raises `NotFound`.

        Rule (Private journal): its person's alone to put back, on this device.
        """
        await self._entries.restore(identifier)


def _draft(words: str) -> str:
    return text(words, "The draft", limits.PASSAGE_CHARACTERS_MAX, needed=_EMPTY)


def _contact(name: str, reach: str, knows: str) -> dict[str, str]:
    return {
        "name": sentence(name, "The name", needed="Write whom to call: the name is empty."),
        "reach": sentence(reach, "How to reach them"),
        "knows": sentence(knows, "What they know"),
    }
