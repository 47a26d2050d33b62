"""What a device brings into the documents that take over from those that were split.

It writes what is this device's own, and what those who split them cannot bring any more, as changes that depend on
genesis alone. What has to be brought, `successor` says; this does it, for a whole space.
"""

from collar_sync import ids
from collar_sync.core import equivocation
from collar_sync.core.edits import SetFields, SetText
from collar_sync.core.space import Space
from collar_sync.core.steps import Applied, Author
from collar_sync.core.successor import first_of_each, portions, salvage, words


def bring(space: Space, chance: bytes) -> list[Applied]:
    """Write into the successors of split documents what is this device's to bring there; 8 random bytes."""
    applied: list[Applied] = []
    library, me = space.library, space.keys.device
    _note_enroller(space)
    if me not in space.membership.devices:
        return applied  # nobody would take it yet
    for document in space.evidence.split():
        home = library.splits.home(document)
        if me in library.splits.excluded(home):
            continue  # others bring what it wrote; whoever took this from it before they heard would part from them
        there = library.replica(home)
        authors = {me, *library.splits.excluded(home)}
        edits: list[SetFields | SetText] = []
        sources = [each for each in library.splits.sources(document) if each in library]
        for held in (*map(library.replica, sources), *space.evidence.heard_of(document, space.id)):
            edits += salvage(held.record_keys(), held.record, held.outline, authors, there.record)
        origin = library.splits.origin
        everything = space.sayings.everything()
        frozen = [each for each, place in everything if place != home and origin(place) == document]
        said = words(frozen, me, space.sayings.again_in(home))
        alone = library.fresh(home)  # so that what is brought depends on genesis alone
        author = Author(me, ids.raw_bytes(me) + chance, space.keys.sign)
        for portion in portions(first_of_each(edits), said):
            written = alone.write(portion.edits, portion.said, author)
            if written is not None:
                raws = [each.raw for each in written.changes]
                applied.append(space.receive(home, raws, written.tips, here=True))
        library.drop_empty(home)
    return applied


def _note_enroller(space: Space) -> None:
    """Say what follows where the device that let this one in is not listened to any more."""
    enrolled = space.membership.enrolments()
    mine = {each.enroller for each in enrolled if each.device == space.keys.device} or space.sponsors
    if mine and mine <= space.library.splits.blocked:
        space.note(equivocation.LET_IN_BY_SPLITTER)
