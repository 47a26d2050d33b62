"""Help that works offline and records nothing: texts about slip-ups, safety and forgiveness; lists that one may edit.

Reading writes nothing, asks no network and counts nothing. The lists open with the same sentence always, since nobody
may find that out too late. Edits are private; this module is given a `PrivateLedger` only.
"""

from types import MappingProxyType
from typing import Final

import msgspec

from collar_sync.domain.given import careful
from collar_sync.domain.ledger import PrivateLedger
from collar_sync.domain.private import Drawer
from collar_sync.domain.written import sentence
from collar_sync.errors import NotFound

OPENING: Final = (
    "Someone may check this device. If that worries you, use a phone or a computer that they have never had in their "
    "hands (a friend's, a library's) and close this page now. Nothing you read here is recorded."
)
PAUSE_SEEN: Final = (
    "You can press Pause at any moment, without a reason. The others will see that you paused; they will not see why, "
    "nor anything that you read or wrote here."
)


class HelpText(msgspec.Struct, frozen=True):
    """A page of help."""

    title: str
    paragraphs: tuple[str, ...]


def page(written: str) -> HelpText:
    """Return a text as it is written below: its title, and paragraphs between empty lines."""
    title, *paragraphs = (" ".join(part.split()) for part in written.strip().split("\n\n"))
    return HelpText(title, tuple(paragraphs))


TEXTS: Final = MappingProxyType(
    {
        "slip-up": page(
            """
            After a slip-up

            Something that was promised did not happen, or something happened that was not agreed. That matters, and
            it can be looked at. There is no hurry: nothing here expires.

            Begin with one accurate sentence, and in it with what it did to the other. Leave out why, for now. It
            stays yours until you share it, and you may never want to.

            If you share it, the two of you can go through four stages: a pause, to calm down; a debrief, where each
            says their own part; amends, with an apology and a few small promises; and a review, some weeks long.
            Each opens only when all of you are ready. Each of you can step out, and back in.

            Whoever was hurt owes nothing in it: no forgiveness, no closeness, no thanks for an apology.

            When the same thing keeps happening, another round is rarely what helps. Somebody outside may: a
            counsellor who knows relationships like yours, or a friend you both trust.
            """
        ),
        "safety": page(
            """
            When it is about safety

            Some things are no slip-up: being forced, frightened or threatened; a safeword that was ignored; being
            hurt in a way you had not agreed to; being punished for a no. None of that is repaired by talking it
            through, and none of it is for you to make right.

            A no is a no, in every dynamic, under every agreement, whatever was granted before. What you granted you
            can withdraw at once, alone and without saying why.

            What you note in this place stays on this device. The other sees what they would see if you were not
            ready to talk, and nothing else. If you had said that you were ready, you can take that back, as at any
            other time.

            You do not have to decide anything today. If you can, tell one person you trust where you are.

            If you are in danger now, call the emergency number of the place where you are.

            If you think of leaving, plan it with somebody from outside first where you can: it is the time at which
            a person who uses force is most dangerous.
            """
        ),
        "forgiveness": page(
            """
            Forgiveness, and trust

            There is no button for forgiveness here, and no date by which it is due. It is not a step of a repair,
            and a repair can close without it.

            Where it comes, it often comes in stages. First the hurt is felt, and nothing about it has to be fair or
            finished. Then, perhaps, somebody decides not to go on paying it back. Later what happened finds its
            place among other things that are true. Much later the anger may be gone for a day, and come back, and
            go again. One can stop at any of these.

            Forgiving is not trusting. Forgiveness is given; trust is learnt, from small promises that are kept when
            nobody asks. Somebody can forgive and still be wary, and being wary is a full answer.

            Nor is it forgetting, excusing, staying, or going on as before.

            Whoever slipped cannot ask for it. What they can do is be easy to believe: say exactly what they will
            do, do it, and leave the rest of the time to the other.
            """
        ),
        "outside": page(
            """
            Somebody from outside

            This kind of thing has come up before. That says nothing about how much you care. It says that good will
            alone has not changed it yet.

            Before you go through another repair, think of somebody from outside: a counsellor who knows
            relationships with structure, a doctor, somebody from your community whom both of you trust.

            Only you see this.
            """
        ),
    }
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody or somewhere to turn to. `id` is that of its record, or of the one that it came with."""

    id: str = ""
    name: str
    reach: str = ""
    hidden: bool = False


PLACES: Final = MappingProxyType(
    {
        "emergency": Place(
            name="The emergency number of your country",
            reach="112 works in all of the European Union and in many other places; 911 in North America; 999 in the "
            "United Kingdom.",
        ),
        "helpline": Place(
            name="A helpline for violence in relationships",
            reach="Most countries have one that is free, day and night, and does not ask your name. Look it up on "
            "another device, and write it here under a name that says nothing.",
        ),
        "medical": Place(
            name="A doctor or an emergency ward",
            reach="They can treat you, and write down what they see, whatever you decide about it later.",
        ),
        "aware": Place(
            name="A counsellor who knows dynamics like yours",
            reach="Ask for one who is kink-aware: a dynamic is nothing to be cured of, and no excuse for harm.",
        ),
        "person": Place(
            name="One person who believes you",
            reach="A friend, a sister, a neighbour. Your private list of people to call is the place for their number.",
        ),
    }
)


class HelpList(msgspec.Struct, frozen=True):
    """What is shown where help is: the opening sentence always comes first."""

    opening: str
    places: tuple[Place, ...]
    pause: str


@careful
class Help:
    """Help texts, and this person's own list of places to turn to."""

    def __init__(self, ledger: PrivateLedger) -> None:
        self._places = Drawer(ledger, "help", Place, "There is no such place in your list.")

    @staticmethod
    def text(name: str) -> HelpText:
        """One of `TEXTS`; raises `NotFound`."""
        found = TEXTS.get(name)
        if found is None:
            raise NotFound(f"There is no such help text. There are: {', '.join(TEXTS)}.")
        return found

    def list(self) -> HelpList:
        """The places to turn to, as this person edited them, behind the sentence that is always first.

        Rule (Safety branch): it opens with "someone may check this device", whatever was edited, and needs no network.
        """
        own = self._places.all()
        found = {name: msgspec.structs.replace(each, id=name) for name, each in PLACES.items()}
        found |= dict(sorted(own.items()))
        return HelpList(OPENING, tuple(each for each in found.values() if not each.hidden), PAUSE_SEEN)

    async def write(self, name: str, reach: str = "") -> HelpList:
        """Add a place; raises `InvalidInput`.

        Rule (Safety branch): the list is local and this person's to edit; nobody is told.
        """
        await self._places.add(**_place(name, reach))
        return self.list()

    async def edit(self, identifier: str, name: str, reach: str = "") -> HelpList:
        """Put this in the place of what is there, one's own or one it came with; raises `InvalidInput`, `NotFound`.

        Rule (Safety branch): every place is this person's to change, those it came with too, on this device only.
        """
        self._known(identifier)
        await self._places.put(identifier, **_place(name, reach))
        return self.list()

    async def remove(self, identifier: str) -> HelpList:
        """Take a place out of the list; `restore` brings back those it came with. Raises `NotFound`.

        Rule (Safety branch): every place can be taken out; the opening sentence stays.
        """
        known = self._known(identifier)
        if identifier in PLACES:
            await self._places.put(identifier, name=known.name, reach=known.reach, hidden=True)
        else:
            await self._places.remove(identifier)
        return self.list()

    async def restore(self, identifier: str = "") -> HelpList:
        """Put back one place that was taken out, as it stood; raises `NotFound`.

        Without an id, read all places that it came with as they were; one's own stay.

        Rule (Safety branch): local as all of the list; what this person added is kept.
        """
        if not identifier:
            for each in PLACES.keys() & self._places.all().keys():
                await self._places.remove(each)
        elif self._places.find(identifier) is not None:
            await self._places.put(identifier, hidden=False)
        elif identifier not in PLACES:
            await self._places.restore(identifier)
        return self.list()

    def _known(self, identifier: str) -> Place:
        found = self._places.find(identifier) or PLACES.get(identifier)
        if found is None:
            raise NotFound("There is no such place in your list.")
        return found


def _place(name: str, reach: str) -> dict[str, str | bool]:
    """Return a place as it is kept; raises `InvalidInput`."""
    return {
        "name": sentence(name, "The name", needed="Write whom or what to turn to: the name is empty."),
        "reach": sentence(reach, "How to reach it"),
        "hidden": False,
    }
