"""What of a space is at hand: all that goes on or is recent, and of what is finished whatever somebody named.

A document at rest has in memory what was chosen when it was put to rest; the rest of it is found on the disk, by every
name that it is or speaks of. A no of long ago must never be overlooked: whoever speaks of a finished thing brings all
to hand that has to do with it, both ways and as far as that leads, before anything is read of it.
It knows no meaning: what is finished, its caller says.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, filterfalse, islice
from typing import Final

import msgspec

from collar_sync.core.durable import AtHand, KeptRecord, KeptStatement
from collar_sync.core.library import Library
from collar_sync.core.membership import Learnt
from collar_sync.core.sayings import Brought, Sayings, belonging, rested, spoken_of
from collar_sync.core.statement import AT_END, Said
from collar_sync.ids import DocumentId, StatementId

_NAMES_FOLLOWED_MAX: Final = 64  # by way of chapters; a task is two names, altered software may chain them without end
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
        """Bring to hand what is not about a name, and about all that it leads to; whether there is anything."""
        return self._bring([name])

    def hear(self, learnts: Iterable[Learnt]) -> None:
        """Bring to hand all that news has to do with; what is at hand already has all with it."""
        named = ((each.id, *filterfalse(self._sayings.at_hand, spoken_of(each))) for each in learnts)
        self._bring(chain.from_iterable(named))

    def rests(self, identifier: StatementId) -> bool:
        """Whether a statement is kept of a document at rest, at hand or not."""
        return any(each.id == identifier for each in self._library.about(identifier).statements)

    def reopen(self) -> None:
        """Bring all of core to hand: what it was judged by may be otherwise now."""
        library = self._library
        resting = [each for each in library.cores() if each in library.resting]
        self.take(AtHand(tuple(library.shelf.history(resting, (AT_END, ""), _ALL))))
        self._sayings.bring_all()

    def away(self) -> list[Found]:
        """All of core that is not at hand."""
        found = self.history((AT_END, ""), _ALL)
        return [each for each in found if self._library.is_core(each[1]) and not self._sayings.at_hand(each[0].id)]

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
            if all(place in library.resting for place, _, _ in sayings.brought(each.id)):
                sayings.forget(each.id)
            elif library.is_core(each.document):
                sayings.put_away(each.id)
        stay = {each.id for each in said if each.id in names}
        return stay, library.settle(names), {each.id for each in gone}

    def _bring(self, names: Iterable[str]) -> bool:
        """Bring to hand all that has to do with these names; whether there is anything.

        All of it and at once, or nothing where the disk cannot be read: a part would read otherwise than the whole.
        What core leads to has no bound, since there may be a no at the end of it.
        """
        library, sayings = self._library, self._sayings
        near, far, followed, seen = [*names], deque[str](), 0, set[str]()
        fresh: dict[tuple[DocumentId, StatementId], KeptStatement] = {}
        records: list[KeptRecord] = []
        away = set[StatementId]()
        found = False
        while near or (far and followed < _NAMES_FOLLOWED_MAX):
            by_chapter = not near
            name = far.popleft() if by_chapter else near.pop()
            if name in seen:
                continue
            seen.add(name)
            followed += by_chapter
            kept = library.about(name)
            found = found or bool(kept.statements or kept.records)
            records += kept.records
            for each in kept.statements:
                if sayings.at_hand(each.id, each.document):
                    continue
                fresh[each.document, each.id] = each
                if library.is_core(each.document):
                    near += (each.id, *each.names)
                else:
                    far.extendleft(each.names)
                    far.append(each.id)
            for learnt in sayings.away_about(name):
                away.add(learnt.id)
                near += (learnt.id, *spoken_of(learnt))
        self.take(AtHand(tuple(fresh.values()), tuple(records)))
        sayings.bring(away)
        return found or bool(away)
