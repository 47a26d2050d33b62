"""The Scripts rule: words that help and words to avoid, by role or without roles; local, and everyone's to edit.

A role is a way to find a text. It is never kept about a person, nothing anywhere is permitted by one, and no text uses
rank to reach closeness. Edits are private; this module is given a `PrivateLedger` only.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from collar_sync.domain.given import careful
from collar_sync.domain.ledger import PrivateLedger
from collar_sync.domain.private import Drawer
from collar_sync.domain.written import lines, sentence
from collar_sync.errors import NotFound


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One set of words. `roles` says whether it speaks of roles; `edited` whether a person made it their own."""

    id: str = ""
    title: str
    helps: tuple[str, ...]
    avoid: tuple[str, ...]
    roles: bool = False
    edited: bool = False


class _Own(msgspec.Struct, frozen=True):
    title: str
    helps: str = ""  # a line each
    avoid: str = ""
    roles: bool = False


SCRIPTS: Final = MappingProxyType(
    {
        "dominant-slipped": Script(
            title="I am the Dominant, and I slipped",
            roles=True,
            helps=(
                "I went past what we had agreed. That was mine to prevent, and I did not.",
                "You said your word, and I was too slow. You were right to say it, and right to be angry.",
                "For now nothing of our protocol holds. You owe me no title, no ritual and no answer.",
                "What I lead, I lead because you let me. You can take that back today.",
                "This is what I will do differently, and you can see whether I do it: …",
                "What would you want to be asked, and what would you rather not be asked yet?",
            ),
            avoid=(
                "You should have used your word sooner.",
                "A good submissive would let this go.",
                "I decide when this is over.",
                "I was only doing it for you.",
                "Kneel, and we will be fine.",
                "Then I suppose I cannot be your Dominant at all.",
            ),
        ),
        "submissive-slipped": Script(
            title="I am the submissive, and I slipped",
            roles=True,
            helps=(
                "I had said that I would, and I did not. You were left waiting.",
                "I hid it, since I was afraid of how you would look at me. Hiding it was mine.",
                "The rule was more than I can keep in a week like this. I should have said so before.",
                "I want to tell you all of it now, once, and answer what you ask.",
                "Here is what I can keep, even in a bad week: …",
                "I would like to make this right. I do not want to be punished for it.",
            ),
            avoid=(
                "Punish me, then it is over.",
                "I am worthless at this.",
                "You never check anyway.",
                "You should have reminded me.",
                "If you were a real Dominant, this would not happen.",
                "I will do anything, just do not be cross.",
            ),
        ),
        "hurt-in-dynamic": Script(
            title="I was hurt, in our dynamic",
            roles=True,
            helps=(
                "Stop. I am speaking as myself now, outside of any role.",
                "When I said my word and it went on, I stopped feeling safe.",
                "I am not ready to go back into our protocol, and I will say when I am.",
                "I can hear what you did. I cannot hear yet why.",
                "What I need first is … and it is all right if the answer is no.",
                "I am still wary. That is all I have today.",
            ),
            avoid=(
                "It was nothing, forget it.",
                "I should be able to take this.",
                "It is my fault, I did not say it loudly enough.",
                "You are a monster.",
                "Prove that you love me.",
            ),
        ),
        "slipped": Script(
            title="I slipped",
            helps=(
                "I did this: … It cost you this: …",
                "I am not going to explain it now. I want to hear what it was like for you.",
                "You did not imagine it. It happened as you say.",
                "I am sorry. You do not have to say anything to that.",
                "From now on I will … You can ask me about it at any time.",
                "Is there something you need from me today, or is it distance that you need?",
            ),
            avoid=(
                "I am sorry that you feel that way.",
                "I did not mean it like that.",
                "You do the same.",
                "Can we not just move on?",
                "I am a terrible person.",
                "What else do you want me to say?",
            ),
        ),
        "hurt": Script(
            title="I was hurt",
            helps=(
                "When … happened, I felt it here: …",
                "I made this of it: … I know that it is my story, and it hurts all the same.",
                "I want to tell it once without being answered.",
                "I need some time, and I will come back to this on …",
                "This would help: … This would not: …",
                "I can hear that you are sorry, and I am not there yet.",
            ),
            avoid=(
                "You always …",
                "You never …",
                "Fine. It does not matter.",
                "If you loved me, you would know.",
                "Now you will see what that is like.",
            ),
        ),
        "listening": Script(
            title="I am listening",
            helps=(
                "Go on. I am here.",
                "What I heard is … Is that right?",
                "Thank you for telling me.",
                "I notice that I want to defend myself. I will not, now. Please go on.",
                "I am getting too full to listen well. Can we take twenty minutes, and then go on?",
            ),
            avoid=("Yes, but …", "That is not how it was.", "Let me explain.", "Are you done?", "Calm down."),
        ),
    }
)


@careful
class Scripts:
    """The scripts as one person has them on this device."""

    def __init__(self, ledger: PrivateLedger) -> None:
        self._own = Drawer(ledger, "script", _Own, "There is no such script.")

    def all(self, *, roles: bool | None = None) -> tuple[Script, ...]:
        """Every script; `roles` keeps those that speak of roles, or those that do not.

        Rule (Scripts): some speak of roles and some do not; a role chooses words, and permits nothing.
        """
        found = {name: msgspec.structs.replace(each, id=name) for name, each in SCRIPTS.items()}
        found |= {name: self._view(name, each) for name, each in sorted(self._own.all().items())}
        return tuple(each for each in found.values() if roles in (None, each.roles))

    def get(self, identifier: str) -> Script:
        """One script; raises `NotFound`."""
        found = next((each for each in self.all() if each.id == identifier), None)
        if found is None:
            raise NotFound("There is no such script.")
        return found

    async def edit(self, identifier: str, helps: Sequence[str], avoid: Sequence[str]) -> Script:
        """Make a script one's own; raises `NotFound`, `InvalidInput`.

        Rule (Scripts): editable, on this device only; no permission anywhere depends on a role.
        """
        before = self.get(identifier)
        await self._own.put(identifier, **_fields(before.title, helps, avoid, roles=before.roles))
        return self.get(identifier)

    async def write(
        self, title: str, helps: Sequence[str], avoid: Sequence[str] = (), *, roles: bool = False
    ) -> Script:
        """Write a script of one's own; raises `InvalidInput`.

        Rule (Scripts): local to this device; `roles` says what it speaks of and gives nobody a right.
        """
        title = sentence(title, "The title", needed="Give it a title, so that you find it again.")
        return self.get(await self._own.add(**_fields(title, helps, avoid, roles=roles)))

    async def remove(self, identifier: str) -> None:
        """Take out one's own script, or one's edits of one that came with the app. Raises `NotFound`.

        Rule (Scripts): one's own copy only; those that came with the app are there again afterwards.
        """
        await self._own.remove(identifier)

    async def restore(self, identifier: str) -> None:
        """Put back what `remove` took out: a script of one's own, or one's edits. Raises `NotFound`.

        Rule (Scripts): one's own copy only, on this device.
        """
        await self._own.restore(identifier)

    @staticmethod
    def _view(name: str, own: _Own) -> Script:
        helps, avoid = tuple(own.helps.splitlines()), tuple(own.avoid.splitlines())
        return Script(id=name, title=own.title, helps=helps, avoid=avoid, roles=own.roles, edited=True)


def _fields(title: str, helps: Sequence[str], avoid: Sequence[str], *, roles: bool) -> dict[str, str | bool]:
    """Return a script as it is kept; raises `InvalidInput`."""
    return {
        "title": title,
        "helps": "\n".join(lines(helps, "The words that help")),
        "avoid": "\n".join(lines(avoid, "The words to avoid")),
        "roles": roles,
    }
