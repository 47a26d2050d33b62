"""What one device keeps for its person alone: private documents; what is new goes to the newest until it is full.

Those at rest are read as rows and never loaded; one is woken only where something in it is changed. So reading and
writing cost the same after ten years. None is ever offered to anyone. It knows no meaning of any record.
"""

from collections.abc import Callable, Mapping
from typing import Final

from collar_sync import limits
from collar_sync.core.edits import Scalar
from collar_sync.core.library import Library
from collar_sync.ids import DocumentId

NAME: Final = "own"  # of the first; an app that names a private document so means all of them


class Own:
    """The private record of one device in one space; `document_of` gives the id of a private document by its name."""

    def __init__(self, library: Library, document_of: Callable[[str], DocumentId]) -> None:
        self._library = library
        self._document_of = document_of
        self._known: list[DocumentId] = []

    @property
    def first(self) -> DocumentId:
        """The first of them, which stands for all."""
        return self._chapter(0)

    def records(self, prefix: str) -> dict[str, Mapping[str, Scalar]]:
        """Every private record whose key starts so, by the rest of its key."""
        library = self._library
        found: dict[str, Mapping[str, Scalar]] = {}
        for document in self._chapters():
            if document in library.resting:
                rows = library.shelf.records(document, prefix)
                found.update((each.key[len(prefix) :], each.fields) for each in rows)
            else:
                found.update(library.awake[document].records(prefix))
        return found

    def home(self, key: str) -> DocumentId:
        """Where a record `kind/id` is written: where it is, or the newest that has room."""
        library = self._library
        chapters = self._chapters()
        for document in reversed(chapters):
            resting = document in library.resting
            if (
                any(each.key == key for each in library.shelf.records(document, key))
                if resting
                else (library.awake[document].has(key))
            ):
                return document
        full = not chapters or library.entries(chapters[-1]) >= limits.CHAPTER_ENTRIES_MAX
        home = self._chapter(len(chapters)) if full else chapters[-1]
        library.private.add(home)
        return home

    def _chapters(self) -> list[DocumentId]:
        count = 0
        while self._chapter(count) in self._library:
            count += 1
        return self._known[:count]

    def _chapter(self, number: int) -> DocumentId:
        while len(self._known) <= number:
            name = f"{NAME}-{len(self._known) + 1}" if self._known else NAME
            self._known.append(self._document_of(name))
        return self._known[number]
