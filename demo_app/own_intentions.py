"""What a page may want of what is its person's alone: the journal, scripts, places to turn to, what is set aside."""

from typing import Annotated, Literal

import msgspec

from collar_sync import limits
from demo_app.intention import Id, Intention, Lines, Name, Text

Entry = Annotated[str, msgspec.Meta(max_length=limits.JOURNAL_CHARACTERS_MAX)]
What = Literal["entry", "draft", "contact", "script", "place"]


class LookAtJournal(Intention, frozen=True, tag="journal.look"):
    """Read so many entries, the newest first, and everything else in the journal."""

    entries: Annotated[int, msgspec.Meta(ge=1, le=2_000)]


class LookAtScripts(Intention, frozen=True, tag="scripts.look"):
    """Read the words that help, as they are on this laptop."""


class LookAtPlaces(Intention, frozen=True, tag="places.look"):
    """Read the places to turn to, as they are on this laptop."""


class LookAtAside(Intention, frozen=True, tag="aside.look"):
    """Read what is hidden here and who is muted."""


class WriteEntry(Intention, frozen=True, tag="journal.write"):
    """Write an entry, freely or to a prompt."""

    text: Entry
    prompt: Name


class EditEntry(Intention, frozen=True, tag="journal.edit"):
    """Change an entry."""

    id: Id
    text: Entry


class DraftLimit(Intention, frozen=True, tag="draft.write"):
    """Write down a limit that one is still thinking about."""

    text: Text


class EditDraft(Intention, frozen=True, tag="draft.edit"):
    """Change one."""

    id: Id
    text: Text


class SayDraft(Intention, frozen=True, tag="draft.say"):
    """Say it as a limit: from then on it holds, and everyone in the space reads it."""

    id: Id
    kind: Literal["boundary", "hard limit"]


class AddContact(Intention, frozen=True, tag="contact.write"):
    """Add somebody to call."""

    name: Text
    reach: Text
    knows: Text


class EditContact(Intention, frozen=True, tag="contact.edit"):
    """Change what is noted about them."""

    id: Id
    name: Text
    reach: Text
    knows: Text


class WriteScript(Intention, frozen=True, tag="script.write"):
    """Write words of one's own."""

    title: Text
    helps: Lines
    avoid: Lines
    roles: bool


class EditScript(Intention, frozen=True, tag="script.edit"):
    """Make a script one's own."""

    id: Id
    helps: Lines
    avoid: Lines


class AddPlace(Intention, frozen=True, tag="place.write"):
    """Add a place to turn to."""

    name: Text
    reach: Text


class EditPlace(Intention, frozen=True, tag="place.edit"):
    """Change one."""

    id: Id
    name: Text
    reach: Text


class ResetPlaces(Intention, frozen=True, tag="place.reset"):
    """Read those that came with the app as they were."""


class TakeOut(Intention, frozen=True, tag="own.remove"):
    """Take something of one's own out."""

    what: What
    id: Id


class PutBack(Intention, frozen=True, tag="own.restore"):
    """Put back what was taken out."""

    what: What
    id: Id


class HideHere(Intention, frozen=True, tag="aside.hide"):
    """Show something no more on this laptop, without anyone knowing."""

    id: Id


class Mute(Intention, frozen=True, tag="aside.mute"):
    """Let what somebody asks wait unseen on this laptop, without anyone knowing."""

    person: Id


class ShowAgain(Intention, frozen=True, tag="aside.show"):
    """Show again what is hidden, or whoever is muted."""

    id: Id


OfJournal = WriteEntry | EditEntry | DraftLimit | EditDraft | SayDraft | AddContact | EditContact
OfHelp = WriteScript | EditScript | AddPlace | EditPlace | ResetPlaces
OfAside = HideHere | Mute | ShowAgain
OfOwn = OfJournal | OfHelp | TakeOut | PutBack | OfAside
OfLookingAtOwn = LookAtJournal | LookAtScripts | LookAtPlaces | LookAtAside
