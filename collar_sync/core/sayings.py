"""Everything said that is in memory: each statement once, with the documents and changes that brought it.

A statement is nearly always brought by one change. Altered software may put it into several, and where a document was
split its author says it again in the successor: every place is remembered, so that what follows from them does not
depend on which came first. It knows no meaning, no document's content and no disk.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from collar_sync.core import statement
from collar_sync.core.durable import KeptStatement
from collar_sync.core.membership import Learnt
from collar_sync.core.statement import Said
from collar_sync.ids import DocumentId, StatementId

Place = tuple[DocumentId, bytes]  # a document and the actor that said it there
Brought = tuple[DocumentId, bytes, int]  # the same, and the first of the actor's changes that holds it


class Sayings:
    """The statements of one space, by kind and id."""

    def __init__(self) -> None:
        self._said: dict[str, dict[StatementId, tuple[Learnt, DocumentId]]] = {}
        self._kinds: dict[StatementId, str] = {}
        self._again: dict[StatementId, dict[Place, int]] = {}  # where else

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._kinds

    def add(self, document: DocumentId, learnt: Learnt) -> None:
        """Take in a statement, or one more place of it."""
        kind = self._kinds.setdefault(learnt.id, learnt.statement.kind)
        found, place = self._said.setdefault(kind, {}).setdefault(learnt.id, (learnt, document))
        if (document, learnt.actor) != (place, found.actor) or learnt.seq < found.seq:
            again = self._again.setdefault(learnt.id, {})
            again[document, learnt.actor] = min(learnt.seq, again.get((document, learnt.actor), learnt.seq))

    def forget(self, identifier: StatementId) -> None:
        """Let go of a statement that rests on the disk."""
        del self._said[self._kinds.pop(identifier)][identifier]
        self._again.pop(identifier, None)

    def of(self, prefix: str) -> list[tuple[Learnt, DocumentId]]:
        """Every statement whose kind starts so, with the document in which it was found first.

        As of now: whoever looks through them may come to wake a document, which brings more to hand.
        """
        return self.of_kinds(kind for kind in self._said if kind.startswith(prefix))

    def of_kinds(self, kinds: Iterable[str]) -> list[tuple[Learnt, DocumentId]]:
        """Every statement of these kinds, likewise."""
        return [each for kind in kinds for each in self._said.get(kind, {}).values()]

    def place(self, identifier: StatementId) -> DocumentId:
        """The document in which it was found first."""
        return self._said[self._kinds[identifier]][identifier][1]

    def brought(self, identifier: StatementId) -> list[Brought]:
        """Every place of a statement, as of now."""
        kind = self._kinds.get(identifier)
        if kind is None:
            return []
        learnt, document = self._said[kind][identifier]
        again = self._again.get(identifier, {}).items()
        return [(document, learnt.actor, learnt.seq), *((other, actor, seq) for (other, actor), seq in again)]

    def again_in(self, document: DocumentId) -> list[StatementId]:
        """The statements that were found in that document too, after another."""
        return [each for each, places in self._again.items() if any(place == document for place, _ in places)]

    def said_in(self, document: DocumentId) -> Iterator[tuple[Learnt, tuple[tuple[bytes, int], ...]]]:
        """Every statement of a document, with the (actor, seq) of each change there that holds it."""
        for found in self._said.values():
            for learnt, place in found.values():
                if place == document or learnt.id in self._again:
                    brought: dict[bytes, int] = {}
                    for where, actor, seq in self.brought(learnt.id):
                        if where == document:
                            brought[actor] = min(seq, brought.get(actor, seq))
                    if brought:
                        yield learnt, tuple(sorted(brought.items()))


def belonging(said: Sequence[Said], names: AbstractSet[str]) -> set[str]:
    """Names with all that belongs to what they name: what is about it, what answers it, and what those are about.

    So nothing is ever read without what was said about it later, or taken back of it.
    """
    by_id = {each.id: each for each in said}
    with_it: dict[str, list[Said]] = {}
    for each in said:
        for name in (each.subject, *each.answers):
            with_it.setdefault(name, []).append(each)
    found = {name for name in names if name}
    waiting = [*found]
    while waiting:
        name = waiting.pop()
        own = by_id.get(StatementId(name))
        for each in (*with_it.get(name, ()), *([own] if own is not None else ())):
            news = {each.id, each.subject} - found - {""}
            found |= news
            waiting += news
    return found


def keep(learnt: Learnt, document: DocumentId, brought: tuple[tuple[bytes, int], ...]) -> KeptStatement:
    """What the store is to keep of a statement beside its document."""
    said = learnt.statement
    raw = statement.encode(said)
    return KeptStatement(learnt.id, document, learnt.device, said.kind, said.subject, raw, said.at, brought)


def rested(kept: KeptStatement) -> tuple[Learnt, DocumentId, tuple[Brought, ...]] | None:
    """What the store kept of a statement: it, its document, and each place of it there; None where it holds none."""
    said = statement.decode(kept.raw)
    if said is None or not kept.brought:
        return None
    brought = tuple((kept.document, actor, seq) for actor, seq in kept.brought)
    return Learnt(kept.device, kept.id, said, *kept.brought[0]), kept.document, brought
