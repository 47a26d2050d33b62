"""Intentions about what is one person's alone become one call each. Nothing of it is said to anyone but a limit.

What is new is written beside the record that is looked at, the first of `spaces`; what is there already is changed
where it lies.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from collar_sync.errors import NotFound
from collar_sync.ids import PersonId
from collar_sync.node import Space
from demo_app.own_intentions import (
    AddContact,
    AddPlace,
    DraftLimit,
    EditContact,
    EditDraft,
    EditEntry,
    EditPlace,
    EditScript,
    HideHere,
    Mute,
    OfAside,
    OfHelp,
    OfJournal,
    OfOwn,
    ResetPlaces,
    SayDraft,
    ShowAgain,
    TakeOut,
    What,
    WriteEntry,
    WriteScript,
)


class _Kept(Protocol):
    """Whatever can be taken out and put back."""

    async def remove(self, identifier: str) -> object:
        """Take it out."""

    async def restore(self, identifier: str) -> object:
        """Put it back."""


async def act(spaces: Sequence[Space], intention: OfOwn) -> None:
    """Do what is asked."""
    if isinstance(intention, OfAside):
        await _set_aside(spaces[0], intention)
    elif isinstance(intention, OfJournal):
        await _write(spaces, intention)
    elif isinstance(intention, OfHelp):
        await _help(spaces, intention)
    elif isinstance(intention, TakeOut) and intention.what == "script":
        await _everywhere(spaces, lambda space: space.scripts.remove(intention.id))
    elif isinstance(intention, TakeOut):
        await _where_it_is(spaces, lambda space: _kept(space, intention.what).remove(intention.id))
    else:
        await _where_it_is(spaces, lambda space: _kept(space, intention.what).restore(intention.id))


async def _set_aside(space: Space, intention: OfAside) -> None:
    match intention:
        case HideHere():
            await space.aside.hide(intention.id)
        case Mute():
            await space.aside.mute(PersonId(intention.person))
        case ShowAgain():
            await space.aside.show(intention.id)


async def _write(spaces: Sequence[Space], intention: OfJournal) -> None:
    journal = spaces[0].journal
    match intention:
        case WriteEntry():
            await journal.write(intention.text, prompt=intention.prompt)
        case EditEntry():
            await _where_it_is(spaces, lambda space: space.journal.edit(intention.id, intention.text))
        case DraftLimit():
            await journal.drafts.write(intention.text)
        case EditDraft():
            await _where_it_is(spaces, lambda space: space.journal.drafts.edit(intention.id, intention.text))
        case SayDraft():
            await _say(spaces, intention)
        case AddContact():
            await journal.contacts.write(intention.name, intention.reach, intention.knows)
        case EditContact():
            about = (intention.name, intention.reach, intention.knows)
            await _where_it_is(spaces, lambda space: space.journal.contacts.edit(intention.id, *about))


async def _say(spaces: Sequence[Space], intention: SayDraft) -> None:
    """Say a draft as a limit where one looks; what is refused stays a draft."""
    drafts = (draft for space in spaces for draft in space.journal.drafts.all() if draft.id == intention.id)
    draft = next(drafts, None)
    if draft is None:
        raise NotFound("There is no such draft.")
    await spaces[0].limits.set(draft.text, intention.kind)
    await _where_it_is(spaces, lambda space: space.journal.drafts.remove(draft.id))


async def _help(spaces: Sequence[Space], intention: OfHelp) -> None:
    match intention:
        case WriteScript():
            await spaces[0].scripts.write(intention.title, intention.helps, intention.avoid, roles=intention.roles)
        case EditScript():
            await _where_it_is(spaces, lambda space: space.scripts.edit(intention.id, intention.helps, intention.avoid))
        case AddPlace():
            await spaces[0].help.write(intention.name, intention.reach)
        case EditPlace():
            about = (intention.name, intention.reach)
            await _where_it_is(spaces, lambda space: space.help.edit(intention.id, *about))
        case ResetPlaces():
            for space in spaces:
                await space.help.restore()


def _kept(space: Space, what: What) -> _Kept:
    nouns: dict[What, _Kept] = {
        "entry": space.journal,
        "draft": space.journal.drafts,
        "contact": space.journal.contacts,
        "script": space.scripts,
        "place": space.help,
    }
    return nouns[what]


async def _where_it_is(spaces: Sequence[Space], act_: Callable[[Space], Awaitable[object]]) -> None:
    """Do it in the first of these that knows what is meant; raises `NotFound` where none does."""
    *others, last = spaces
    for space in others:
        try:
            await act_(space)
        except NotFound:
            continue
        return
    await act_(last)


async def _everywhere(spaces: Sequence[Space], act_: Callable[[Space], Awaitable[object]]) -> None:
    """Do it in each of these that knows what is meant; raises `NotFound` where none does."""
    missing: list[NotFound] = []
    for space in spaces:
        try:
            await act_(space)
        except NotFound as error:
            missing.append(error)
    if len(missing) == len(spaces):
        raise missing[0]
