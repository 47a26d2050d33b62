"""The documents of a space as Automerge saves them: what any tool that knows Automerge opens. Bytes in memory only.

Nothing is left out of them that is in the record: who asks for them asks for everything. They carry no signature of a
change; what devices signed as they were let in or removed is part of the record.
"""

from collections.abc import Mapping
from typing import Final

from collar_sync.core.library import Library

_ENDING: Final = ".automerge"


def saves(library: Library, *, private: bool) -> Mapping[str, bytes]:
    """Return the file name and bytes of every document, private ones only where that is asked for."""
    found: dict[str, bytes] = {}
    for document in library.order(library):
        if document in library.private and not private:
            continue
        kept = library.shelf.load(document) if document in library.resting else None
        if kept is not None and kept.chunk is not None and not kept.log:
            chunk = kept.chunk
        else:  # awake, or its newest snapshot is damaged
            chunk = library.replica(document).save()
        found[library.title(document) + _ENDING] = chunk
    return found
