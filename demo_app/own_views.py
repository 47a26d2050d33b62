"""The journal, scripts and places to turn to, as a page shows them to their person.

They are one person's on one laptop, whatever record was looked at when they were written: a journal that was begun
before two people paired, or beside a record that was erased since, is still there to read. So each of these reads all
records of the laptop, of which the first is the one that is looked at.
"""

from collections.abc import Sequence

import msgspec

from collar_sync.domain.help import PLACES, Place
from collar_sync.domain.journal import NOTE, PROMPTS
from collar_sync.domain.scripts import SCRIPTS, Script
from collar_sync.node import Space
from demo_app.aside_views import aside
from demo_app.own_intentions import LookAtAside, LookAtJournal, LookAtPlaces, LookAtScripts, OfLookingAtOwn
from demo_app.own_pictures import (
    ContactView,
    DraftLimitView,
    EntryView,
    JournalView,
    OwnPlaceView,
    PlacesView,
    ScriptsView,
    ScriptView,
)
from demo_app.shapes import View


def look(spaces: Sequence[Space], intention: OfLookingAtOwn) -> View:
    """Return what is asked for."""
    match intention:
        case LookAtJournal():
            return journal(spaces, intention.entries)
        case LookAtScripts():
            return scripts(spaces)
        case LookAtPlaces():
            return places(spaces)
        case LookAtAside():
            return aside(spaces[0])


def journal(spaces: Sequence[Space], entries: int) -> JournalView:
    """Return the newest entries, every draft of a limit, and everyone to call."""
    written = sorted((each for space in spaces for each in space.journal.all()), key=lambda each: (each.at, each.id))
    drafts = sorted((each for space in spaces for each in space.journal.drafts.all()), key=lambda each: each.at)
    contacts = [each for space in spaces for each in space.journal.contacts.all()]
    return JournalView(
        note=NOTE,
        prompts=dict(PROMPTS),
        entries=[
            EntryView(id=each.id, text=each.text, prompt=each.prompt, at=each.at)
            for each in reversed(written[-entries:])
        ],
        further=len(written) > entries,
        drafts=[DraftLimitView(id=each.id, text=each.text, at=each.at) for each in drafts],
        contacts=[
            ContactView(id=each.id, name=each.name, reach=each.reach, knows=each.knows)
            for each in sorted(contacts, key=lambda each: (each.name.casefold(), each.id))
        ],
    )


def scripts(spaces: Sequence[Space]) -> ScriptsView:
    """Return every script as its person has it here; one that came with the app as they changed it last looked at."""
    found: dict[str, Script] = {}
    for space in reversed(spaces):
        for each in space.scripts.all():
            if each.edited or each.id not in found:
                found[each.id] = each
    return ScriptsView(
        scripts=[
            ScriptView(
                id=each.id,
                title=each.title,
                helps=each.helps,
                avoid=each.avoid,
                roles=each.roles,
                ours=each.id in SCRIPTS,
                edited=each.edited,
            )
            for each in found.values()
        ]
    )


def places(spaces: Sequence[Space]) -> PlacesView:
    """Return the list of places as its person has it here."""
    shown = spaces[0].help.list()
    lists = [{each.id: each for each in space.help.list().places} for space in spaces]
    ours = {name: msgspec.structs.replace(each, id=name) for name, each in PLACES.items()}
    found = [_as_changed(each, lists) for each in ours.values()]
    found += [each for known in lists for each in known.values() if each.id not in ours]
    listed = [each for each in found if each is not None]
    return PlacesView(
        opening=shown.opening,
        places=[OwnPlaceView(id=each.id, name=each.name, reach=each.reach) for each in listed],
        pause=shown.pause,
        changed=any(known.get(name) != each for name, each in ours.items() for known in lists),
    )


def _as_changed(came: Place, lists: Sequence[dict[str, Place]]) -> Place | None:
    """Return a place that came with the app as it was changed first in these lists; None where it was taken out."""
    return next((known.get(came.id) for known in lists if known.get(came.id) != came), came)
