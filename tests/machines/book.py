"""What a document reads after a set of changes, worked out the slow and plain way: a second opinion on the replica.

A record may have been begun several times at once: what was written to each is its own, and of two with the same
field the greater is shown. Of a field's values the greatest that nothing replaced is shown, and a text is built letter
by letter in the order of ids: an operation's id is (counter, actor). Nothing here knows the code under test, or
Automerge.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Id = tuple[int, bytes]
TEXT: Final = object()


@dataclass(frozen=True)
class Made:
    """A record was begun."""

    id: Id
    key: str


@dataclass(frozen=True)
class Put:
    """A field got a value, or TEXT for an empty text of its own, in place of others."""

    id: Id
    holder: Id
    name: str
    value: Any
    replaced: frozenset[Id]


@dataclass(frozen=True)
class Typed:
    """A letter came into a text, right after another one or first."""

    id: Id
    text: Id
    after: Id | None
    letter: str


@dataclass(frozen=True)
class Erased:
    """A letter went."""

    id: Id
    text: Id
    letter: Id


@dataclass(frozen=True)
class Other:
    """Something that no record shows, but that counts as an operation."""

    id: Id


Step = Made | Put | Typed | Erased | Other


@dataclass
class Book:
    """Everything that was ever done, as sets: the order in which it is told does not matter."""

    makers: dict[str, set[Id]] = field(default_factory=dict)
    fields: dict[tuple[Id, str], dict[Id, Any]] = field(default_factory=dict)
    replaced: set[Id] = field(default_factory=set)
    letters: dict[Id, dict[Id, Typed]] = field(default_factory=dict)
    erased: set[Id] = field(default_factory=set)

    @classmethod
    def of(cls, steps: Iterable[Step]) -> "Book":
        book = cls()
        for step in steps:
            book.take(step)
        return book

    def take(self, step: Step) -> None:
        match step:
            case Made():
                self.makers.setdefault(step.key, set()).add(step.id)
            case Put():
                self.fields.setdefault((step.holder, step.name), {})[step.id] = step.value
                self.replaced |= step.replaced
            case Typed():
                self.letters.setdefault(step.text, {})[step.id] = step
            case Erased():
                self.erased.add(step.letter)

    def standing(self, holder: Id, name: str) -> frozenset[Id]:
        """The values of a field that nothing replaced, side by side."""
        return frozenset(self.fields.get((holder, name), {})) - self.replaced

    def line(self, text: Id) -> list[Id]:
        """The letters of a text in order: each was put right after its neighbour when it was the newest of all."""
        line: list[Id] = []
        for each in sorted(self.letters.get(text, {})):
            after = self.letters[text][each].after
            line.insert(0 if after is None else line.index(after) + 1, each)
        return [each for each in line if each not in self.erased]

    def text(self, text: Id) -> str:
        return "".join(self.letters[text][each].letter for each in self.line(text))

    def shown(self, holder: Id, name: str) -> Any:
        """What a field reads, or None beside its id None."""
        standing = self.standing(holder, name)
        return (None, None) if not standing else (max(standing), self.fields[holder, name][max(standing)])

    def read(self) -> dict[str, dict[str, Any]]:
        """Every record by its key, texts as str."""
        found: dict[str, dict[str, Any]] = {}
        for key, makers in self.makers.items():
            found[key] = {}
            for holder in sorted(makers):
                for name in {name for place, name in self.fields if place == holder and self.standing(holder, name)}:
                    identifier, value = self.shown(holder, name)
                    found[key][name] = self.text(identifier) if value is TEXT else value
        return found


class Pen:
    """Writes edits into a book as one change of one actor, and keeps the steps it took."""

    def __init__(self, book: Book, actor: bytes, start: int) -> None:
        self.book = book
        self.steps: list[Step] = []
        self._actor = actor
        self._start = start

    @property
    def _id(self) -> Id:
        return self._start + len(self.steps), self._actor

    def _do(self, step: Step) -> Id:
        self.steps.append(step)
        self.book.take(step)
        return step.id

    def other(self) -> None:
        self._do(Other(self._id))

    def fields(self, key: str, fields: Mapping[str, Any]) -> None:
        holder = self._holder(key)
        for name, value in fields.items():
            self._do(Put(self._id, holder, name, value, self.book.standing(holder, name)))

    def text(self, key: str, name: str, text: str) -> None:
        """Only what differs between the common start and the common end is touched."""
        holder = self._holder(key)
        place, value = self.book.shown(holder, name)
        if value is not TEXT or place is None:
            place = self._do(Put(self._id, holder, name, TEXT, self.book.standing(holder, name)))
        line, old = self.book.line(place), self.book.text(place)
        start = 0
        while old[start : start + 1] == text[start : start + 1] != "":
            start += 1
        end = 0
        while end < min(len(old), len(text)) - start and old[len(old) - 1 - end] == text[len(text) - 1 - end]:
            end += 1
        for each in line[start : len(line) - end]:
            self._do(Erased(self._id, place, each))
        after = line[start - 1] if start else None
        for letter in text[start : len(text) - end]:
            after = self._do(Typed(self._id, place, after, letter))

    def _holder(self, key: str) -> Id:
        makers = self.book.makers.get(key)
        return max(makers) if makers else self._do(Made(self._id, key))
