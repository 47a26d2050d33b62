"""What of a space is at hand: all that goes on or is recent, and of what is finished whatever somebody named.

A document at rest has in memory what was chosen when it was put to rest; the rest of it is read from the disk when it
is named. Core is different in that a no of long ago must never be overlooked: whoever speaks of a finished thing of
core brings all to hand that has to do with it, so all of core is known here from the first such moment on, put away.
It knows no meaning: what is finished, its caller says.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

from collar_sync.core.durable import AtHand
from collar_sync.core.library import Library
from collar_sync.core.membership import Learnt
from collar_sync.core.sayings import Brought, Sayings, belonging, rested, spoken_of
from collar_sync.core.statement import AT_END, Said
from collar_sync.ids import DocumentId, StatementId

_NAMES_RECALLED_MAX: Final = 64  # a task is two names; altered software may chain them without end
_ALL: Final = 1 << 40

Found = tuple[Learnt, DocumentId, tuple[Brought, ...]]  # a statement, where it was found first, and every place of it


class Hand:
    """The choice of what is at hand, over the documents and statements of one space. `learn` takes statements in."""

    def __init__(
        self, library: Library, sayings: Sayings, learn: Callable[[DocumentId, Iterable[Learnt]], None]
    ) -> None:
        self._library = library
        self._sayings = sayings
        self._learn = learn
        self._known: set[DocumentId] = set()  # documents of core at rest of which all is in memory

    def take(self, kept: AtHand) -> None:
        """Take in what the store kept of documents at rest."""
        for record in kept.records:
            self._library.keep_at_hand(record)
        by_document: dict[DocumentId, list[Learnt]] = {}
        for learnt, document, brought in filter(None, map(rested, kept.statements)):
            for _, actor, seq in brought:
                again = msgspec.structs.replace(learnt, actor=actor, seq=seq)
                by_document.setdefault(document, []).append(again)
        for document, learnts in by_document.items():
            self._learn(document, learnts)

    def recall(self, name: str) -> bool:
        """Bring to hand what is not about a name, and about the names that it leads to; whether there was anything."""
        waiting, seen = [name], set[str]()
        found = False
        while waiting and len(seen) < _NAMES_RECALLED_MAX:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            found = self._bring([name]) or found
            kept = self._library.about(name)
            found = found or bool(kept.statements or kept.records)
            self.take(kept)
            for each in kept.statements:
                waiting += [other for other in (each.id, each.subject) if other and other not in seen]
        return found

    def hear(self, learnts: Iterable[Learnt]) -> None:
        """Bring to hand all of core that news has to do with."""
        self._bring([name for learnt in learnts for name in (learnt.id, *spoken_of(learnt))])

    def reopen(self) -> None:
        """Bring all of core to hand: what it was judged by may be otherwise now."""
        self._know()
        self._sayings.bring_all()

    def away(self) -> Iterator[tuple[Learnt, DocumentId]]:
        """All of core that is not at hand."""
        self._know()
        return self._sayings.away((AT_END, ""))

    def history(self, before: tuple[int, str], count: int, kind: str | None = None) -> list[Found]:
        """Up to `count` statements that rest or are put away, at hand or not, the last said first, before that.

        Where a kind is named, of that kind alone.
        """
        library = self._library
        documents = [each for each in library.resting if library.readable(each)]
        found = [*filter(None, map(rested, library.shelf.history(documents, before, count, kind)))]
        awake = (held for held in self._sayings.away(before, kind) if held[1] in library.awake)
        found += ((learnt, document, ()) for learnt, document in islice(awake, count))
        return sorted(found, key=lambda each: (each[0].statement.at, each[0].id), reverse=True)[:count]

    def choose(
        self, said: Sequence[Said], names: set[str]
    ) -> tuple[set[StatementId], set[tuple[DocumentId, str]], set[StatementId]]:
        """Let go of what nothing names; answers the statements and records that stay at hand, and what does not.

        `said` is what is at hand of core and chapters, `names` what goes on. With a name goes all that belongs to it,
        and all of the newest chapters stays.
        """
        library, sayings = self._library, self._sayings
        recent = [each for each in said if library.whole(each.document) and not library.is_core(each.document)]
        names = belonging(said, names.union(*((each.id, each.subject) for each in recent)))
        gone = [each for each in said if each.id not in names]
        for each in gone:
            if library.is_core(each.document):
                sayings.put_away(each.id)
            elif each.document in library.resting:
                sayings.forget(each.id)
        stay = {each.id for each in said if each.id in names}
        return stay, library.settle(names), {each.id for each in gone}

    def _bring(self, names: Sequence[str]) -> bool:
        if self._unknown():
            asked = (self._library.about(name).statements for name in names if name not in self._sayings)
            if any(self._library.is_core(each.document) for kept in asked for each in kept):
                self._know()
        return self._sayings.bring(names)

    def _unknown(self) -> list[DocumentId]:
        resting = self._library.resting
        found = self._library.cores() & resting.keys() - self._known  # asked for every name: not of every document
        return [each for each in resting if each in found] if found else []

    def _know(self) -> None:
        """Have all of core in memory, put away where it is not at hand; a core awake is known already."""
        library = self._library
        for document in self._unknown():
            kept = library.shelf.history([document], (AT_END, ""), _ALL)
            for learnt, place, brought in filter(None, map(rested, kept)):
                for _, actor, seq in brought:
                    self._sayings.add(place, msgspec.structs.replace(learnt, actor=actor, seq=seq), away=True)
            self._known.add(document)
