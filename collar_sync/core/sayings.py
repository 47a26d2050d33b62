"""Everything said that is in memory: each statement once, with the documents and changes that brought it.

A statement is nearly always brought by one change. Altered software may put it into several, and where a document was
split its author says it again in the successor: every place is remembered, so that what follows from them does not
depend on which came first. What is finished can be put away: it stays in memory, and nobody who asks what was said is
given it until somebody names it. It knows no meaning, no document's content and no disk.
"""

import bisect
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from collar_sync.core import statement
from collar_sync.core.durable import KeptStatement
from collar_sync.core.membership import Learnt
from collar_sync.core.statement import Said
from collar_sync.ids import DocumentId, StatementId

Place = tuple[DocumentId, bytes]  # a document and the actor that said it there
Brought = tuple[DocumentId, bytes, int]  # the same, and the first of the actor's changes that holds it
Held = tuple[Learnt, DocumentId]  # a statement, and the document in which it was found first


class Sayings:
    """The statements of one space, by kind and id; and those that are put away."""

    def __init__(self) -> None:
        self._said: dict[str, dict[StatementId, Held]] = {}
        self._kinds: dict[StatementId, str] = {}
        self._again: dict[StatementId, dict[Place, int]] = {}  # where else
        self._away: dict[StatementId, Held] = {}
        self._about: dict[str, set[StatementId]] = {}  # of what is away, by each name that it is or speaks of
        self._orders: dict[str | None, list[tuple[int, StatementId]]] = {}  # of what is away, of a kind or all, by time

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._kinds or identifier in self._away

    def add(self, document: DocumentId, learnt: Learnt, *, away: bool = False) -> None:
        """Take in a statement, or one more place of it; one that is new here is put away at once where `away` says."""
        known = self._held(learnt.id)
        if known is None and away:
            self._put(learnt.id, (learnt, document))
        elif known is None:
            self._kinds[learnt.id] = learnt.statement.kind
            self._said.setdefault(learnt.statement.kind, {})[learnt.id] = (learnt, document)
        elif (document, learnt.actor) != (known[1], known[0].actor) or learnt.seq < known[0].seq:
            again = self._again.setdefault(learnt.id, {})
            again[document, learnt.actor] = min(learnt.seq, again.get((document, learnt.actor), learnt.seq))

    def forget(self, identifier: StatementId) -> None:
        """Let go of a statement that rests on the disk."""
        if identifier in self._away:
            self._take(identifier)
        else:
            del self._said[self._kinds.pop(identifier)][identifier]
        self._again.pop(identifier, None)

    def put_away(self, identifier: StatementId) -> None:
        """Have a statement in memory, and at hand no more."""
        self._put(identifier, self._said[self._kinds.pop(identifier)].pop(identifier))

    def away_about(self, name: str) -> list[Learnt]:
        """What is away that has this name, or speaks of it."""
        return [self._away[each][0] for each in self._about.get(name, ())]

    def bring(self, identifiers: Iterable[StatementId]) -> None:
        """Bring these to hand; one that is at hand stays so."""
        for each in identifiers:
            if each in self._away:
                learnt, document = self._take(each)
                self._kinds[each] = learnt.statement.kind
                self._said.setdefault(learnt.statement.kind, {})[each] = (learnt, document)

    def bring_all(self) -> None:
        """Bring all to hand that is away."""
        self.bring([*self._away])

    def away(self, before: tuple[int, str], kind: str | None = None) -> Iterator[Held]:
        """What is away, of that kind where one is named, and was said before this (time, id), the last said first."""
        order = self._orders.get(kind)
        if order is None:
            asked = ((held[0].statement, each) for each, held in self._away.items())
            order = sorted((said.at, each) for said, each in asked if kind in {None, said.kind})
            self._orders[kind] = order
        place = bisect.bisect_left(order, (before[0], StatementId(before[1])))
        yield from (self._away[each] for _, each in reversed(order[:place]))

    def of(self, prefix: str) -> list[Held]:
        """Every statement at hand whose kind starts so, with the document in which it was found first.

        As of now: whoever looks through them may come to wake a document, which brings more to hand.
        """
        return self.of_kinds(kind for kind in self._said if kind.startswith(prefix))

    def of_kinds(self, kinds: Iterable[str]) -> list[Held]:
        """Every statement at hand of these kinds, likewise."""
        return [each for kind in kinds for each in self._said.get(kind, {}).values()]

    def everything(self) -> list[Held]:
        """Every statement, at hand or away, likewise."""
        return [*self.of(""), *self._away.values()]

    def at_hand(self, identifier: str, document: DocumentId | None = None) -> bool:
        """Whether a statement is at hand, and known to be in that document where one is named."""
        if identifier not in self._kinds:
            return False
        own = StatementId(identifier)
        return document is None or any(place == document for place, _, _ in self.brought(own))

    def place(self, identifier: StatementId) -> DocumentId:
        """The document in which it was found first."""
        return self._said[self._kinds[identifier]][identifier][1]

    def brought(self, identifier: StatementId) -> list[Brought]:
        """Every place of a statement, as of now."""
        held = self._held(identifier)
        if held is None:
            return []
        learnt, document = held
        again = self._again.get(identifier, {}).items()
        return [(document, learnt.actor, learnt.seq), *((other, actor, seq) for (other, actor), seq in again)]

    def again_in(self, document: DocumentId) -> list[StatementId]:
        """The statements that were found in that document too, after another."""
        return [each for each, places in self._again.items() if any(place == document for place, _ in places)]

    def said_in(self, document: DocumentId) -> Iterator[tuple[Learnt, tuple[tuple[bytes, int], ...]]]:
        """Every statement of a document, with the (actor, seq) of each change there that holds it."""
        for learnt, place in self.everything():
            if place == document or learnt.id in self._again:
                brought: dict[bytes, int] = {}
                for where, actor, seq in self.brought(learnt.id):
                    if where == document:
                        brought[actor] = min(seq, brought.get(actor, seq))
                if brought:
                    yield learnt, tuple(sorted(brought.items()))

    def _held(self, identifier: StatementId) -> Held | None:
        kind = self._kinds.get(identifier)
        return self._away.get(identifier) if kind is None else self._said[kind][identifier]

    def _put(self, identifier: StatementId, held: Held) -> None:
        self._away[identifier] = held
        self._orders.clear()
        for name in (identifier, *spoken_of(held[0])):
            self._about.setdefault(name, set()).add(identifier)

    def _take(self, identifier: StatementId) -> Held:
        held = self._away.pop(identifier)
        self._orders.clear()
        for name in (identifier, *spoken_of(held[0])):
            self._about[name].discard(identifier)
            if not self._about[name]:
                del self._about[name]
        return held


def spoken_of(learnt: Learnt) -> tuple[str, ...]:
    """Every name that a statement speaks of."""
    own = learnt.statement
    return (own.subject, *own.answers) if own.subject else own.answers


def belonging(said: Sequence[Said], names: AbstractSet[str]) -> set[str]:
    """Names with all that belongs to what they name: what is about it, what answers it, and what those speak of.

    So nothing is ever read without what was said about it later, or taken back of it, and never in part.
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
            news = {each.id, each.subject, *each.answers} - found - {""}
            found |= news
            waiting += news
    return found


def keep(learnt: Learnt, document: DocumentId, brought: tuple[tuple[bytes, int], ...]) -> KeptStatement:
    """What the store is to keep of a statement beside its document."""
    said = learnt.statement
    raw = statement.encode(said)
    return KeptStatement(learnt.id, document, learnt.device, said.kind, spoken_of(learnt), raw, said.at, brought)


def rested(kept: KeptStatement) -> tuple[Learnt, DocumentId, tuple[Brought, ...]] | None:
    """What the store kept of a statement: it, its document, and each place of it there; None where it holds none."""
    said = statement.decode_kept(kept.raw)
    if said is None or not kept.brought:
        return None
    brought = tuple((kept.document, actor, seq) for actor, seq in kept.brought)
    return Learnt(kept.device, kept.id, said, *kept.brought[0]), kept.document, brought
