"""What is half typed in the forms of a page: kept in the encrypted store of this laptop, and nowhere in the browser.

A wish that carries the name of a draft is what was half typed, finished: the draft goes once it is done.
"""

from collections.abc import Mapping, Sequence

from collar_sync.errors import NotFound
from collar_sync.node import Space
from demo_app.draft_intentions import DiscardDraft, KeepDraft, LookAtDraft, OfDrafts
from demo_app.shapes import View


class DraftView(View, frozen=True):
    """What stands half typed in a form, by field; nothing where nothing does."""

    words: Mapping[str, str]


async def act(records: Sequence[Space], intention: OfDrafts) -> DraftView | None:
    """Do what the page wants of a draft of one of these records."""
    space = next((each for each in records if each.id == intention.space), None)
    if space is None:
        raise NotFound("There is no such record on this laptop.")
    match intention:
        case LookAtDraft():
            found = space.drafts.find(intention.form)
            return DraftView(words={} if found is None else found.words)
        case KeepDraft():
            before = space.drafts.find(intention.form)
            await space.drafts.keep(intention.form, {**(before.words if before else {}), **intention.words})
        case DiscardDraft():
            await space.drafts.discard(intention.form)
    return None
