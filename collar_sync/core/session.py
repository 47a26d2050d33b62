"""What two replicas say to each other on one connection: have / changes / snapshot / stored.

A session knows what the peer has, by what it said and by what was sent since, and so sends each change at most once
and in one message. It reads replicas and never writes them; who may have written what is for the space to judge.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from collar_sync import ids, limits
from collar_sync.core.durable import LoggedChange, Tip
from collar_sync.core.replica import Replica
from collar_sync.core.space import Space
from collar_sync.core.wire import Changes, Have, Holding, Known, Message, Snapshot, Stored
from collar_sync.errors import InvalidFrame
from collar_sync.ids import DocumentId

_VECTOR_ENTRIES_MAX: Final = 512  # entries sent unasked in a first `Have`; a handshake of about 32 KiB
_STRANGE_MAX: Final = 30_000  # actors that only the peer has, over all documents; what it has more is sent again
_SNAPSHOT_BYTES_MAX: Final = limits.MESSAGE_BYTES_MAX - (4 << 20)  # room for the tips
Clock = dict[bytes, int]  # actor → how many of its changes


class Session:
    """One side of one conversation about one space; `beside` another one with the same peer, where two crossed."""

    def __init__(self, space: Space, stored: dict[DocumentId, Clock] | None = None, *, beside: bool = False) -> None:
        self._library = space.library
        self._peer_has: dict[DocumentId, Clock] = {}
        self._unclear: set[DocumentId] = set()  # asked for, since digests differed; nothing is sent on a guess
        self._unsaid: set[DocumentId] = set()  # the peer got a digest only: it cannot know yet what is missing here
        self.version: int | None = None  # of the protocol, once both have said what they speak
        self.asks = False  # whether what answers the peer's last `Have` asks something in return
        self.greeted = False  # whether the peer has said what it has
        self.owes = False  # said what it has before that was on the disk, so that nothing of it is confirmed
        self.stored: dict[DocumentId, Clock] = {} if stored is None else stored  # one for all sessions with a peer
        self._room = _STRANGE_MAX
        self._elsewhere: set[DocumentId] = set()  # documents that are not here of which something is remembered
        for document, clock in [] if beside else list(self.stored.items()):  # the peer says the rest again
            here = self._library.clock(document)
            self.stored[document] = {actor: seq for actor, seq in clock.items() if actor in here}
            if not here:
                del self.stored[document]
        self.too_large: dict[DocumentId, Clock] = {}  # what could not be sent at once to a peer that had so much of it
        self.asked_again: set[DocumentId] = set()  # what is on its way of them may not fit, and comes again
        self.ask_again: set[DocumentId] = set()  # documents whose authors were unknown; asked for after core

    def hello(self, *, durable: bool) -> Have:
        """The first message: a digest of every document, and version vectors as far as they are small; core first."""
        self.owes = not durable
        room = _VECTOR_ENTRIES_MAX
        holdings: list[Holding] = []
        for document in self._library.shared():
            ends = self._library.ends(document)
            room -= len(ends)
            full = (self._library.whole(document) or document in self._library.awake) and room >= 0
            holdings.append(_holding(document, self._library.digest(document), ends if full else None))
            if not full:
                self._unsaid.add(document)
        return Have(tuple(holdings), complete=True, durable=durable, again=bool(self.asked_again))

    def have(self, documents: Iterable[DocumentId], *, durable: bool, again: bool = False) -> Have:
        """Version vectors of these documents, to be answered with what is missing here."""
        self.owes = self.owes or not durable
        documents = list(documents)
        if again:
            self.asked_again.update(documents)
        documents = self._library.order(documents)
        self._unsaid.difference_update(documents)
        holdings = tuple(self._vector(document) for document in documents)
        return Have(holdings, complete=False, durable=durable, again=again or bool(self.asked_again))

    def receive_have(self, message: Have, *, durable: bool) -> Iterator[Message]:
        """Take in what the peer has; answers what it lacks, and this side's vectors where digests alone differed.

        What is not taken from the answer was not offered. `durable` says whether all that this side has is on its disk.
        A document that is only talked about costs nothing here: it is begun when something of it comes.
        """
        unclear = self._core_unclear()
        asked: list[DocumentId] = []
        told: list[DocumentId] = []
        for holding in message.holdings:
            document = self._document(holding.document)
            if self._library.splits.frozen(document) or not self._remembers(document):
                continue  # of the first it does not know yet, and is told
            if document in self._library and holding.digest == self._library.digest(document):
                self._agree(document, dict(self._library.clock(document)), message)
                if not message.complete and document in self._unsaid:
                    told.append(document)  # it asked, and came to the same by another way meanwhile
            elif holding.known is None:
                asked.append(document)
            else:
                self._agree(document, self._clock(document, holding.known), message)
                if document in self._unsaid:
                    told.append(document)
        mentioned = [self._document(holding.document) for holding in message.holdings]
        if message.complete:
            self.greeted = True
            for document in self._peer_has.keys() - mentioned if message.again else ():
                self._peer_has[document] = {}  # nothing was kept of what was sent
        answers: list[Message] = [self.have([*asked, *told], durable=durable)] if asked or told else []
        self._unclear.update(asked)
        self.asks = bool(answers)
        cleared = unclear and not self._core_unclear()
        whole = message.complete or cleared
        return self._answers(answers, self._library.shared() if whole else self._library.order(mentioned))

    def _answers(self, answers: list[Message], documents: Iterable[DocumentId]) -> Iterator[Message]:
        yield from answers
        for document in documents:
            yield from self.offer(document)

    def offer(self, document: DocumentId) -> Iterator[Message]:
        """What the peer lacks of a document, as far as is known; nothing before it said what it has.

        Each message counts as sent once it is taken from here: who stops asking goes on later where it stopped.
        """
        more = True
        while more:
            message, more = self._next(document)
            if message is not None:
                yield message

    def _next(self, document: DocumentId) -> tuple[Message | None, bool]:
        """The next message of a document, and whether another may follow it: the next slice."""
        known = self._peer_has.get(document, {})
        hopeless = self.too_large.get(document) == known  # finding out again would cost a whole document, at each edit
        if hopeless or not self.greeted or document in self._unclear or not self._offered(document):
            return None, False
        rest = self._library.resting.get(document)
        if rest is not None:
            if all(known.get(actor, 0) >= seq for actor, seq, _ in rest.ends):
                return None, False
            if not known and rest.operations <= limits.BATCH_OPS_MAX:
                kept = self._library.shelf.load(document)
                if kept.chunk is not None and not kept.log and len(kept.chunk) <= _SNAPSHOT_BYTES_MAX:
                    self._peer_has[document] = rest.clock()
                    return Snapshot(document, kept.chunk, rest.tips), False
        replica = self._library.replica(document)
        missing = replica.missing(known)
        batch = _batch(replica, missing) if missing else None
        if not missing or batch is not None:
            self._peer_has[document] = _greatest(replica.clock, known)
            return batch, False
        piece = _slice(replica, known)
        if piece is None:
            self.too_large[document] = dict(known)
            return None, False
        self._peer_has[document] = _greatest(piece[1], known)
        return piece[0], True

    def _offered(self, document: DocumentId) -> bool:
        library = self._library
        if document not in library or library.splits.frozen(document):
            return False
        return library.is_core(document) or not self._core_unclear()  # what it cannot attribute it would only drop

    def received(self, document: DocumentId, ends: Mapping[bytes, int]) -> None:
        """This peer sent changes up to these: it has them."""
        clock = self._peer_has.setdefault(document, {})
        for actor, seq in ends.items():
            clock[actor] = max(seq, clock.get(actor, 0))

    def put_off(self, document: DocumentId) -> None:
        """What came of a document was not taken in: let go of the rest too, and ask for all of it again."""
        if self._remembers(document):
            self.ask_again.add(document)

    def lacking(self) -> int:
        """How many changes the peer has, as far as it said, that are not here."""
        count = 0
        for document, clock in self._peer_has.items():
            own = clock if self._library.splits.frozen(document) else self._library.clock(document)
            count += sum(max(0, seq - own.get(actor, 0)) for actor, seq in clock.items())
        return count

    def receive_stored(self, message: Stored) -> None:
        """The peer has these on its disk."""
        document = self._document(message.document)
        if not self._remembers(document):
            return
        clock = self.stored.setdefault(document, {})
        for actor, seq in self._clock(document, message.known).items():
            clock[actor] = max(seq, clock.get(actor, 0))

    def _vector(self, document: DocumentId) -> Holding:
        return _holding(document, self._library.digest(document), self._library.ends(document))

    def _clock(self, document: DocumentId, known: Iterable[Known]) -> Clock:
        """The peer's version vector, where the peer's hashes and ours agree on the history they share.

        Where they do not agree, an actor is left out: all of its changes are sent, and prove that it wrote two
        histories, or that this peer lies.
        """
        replica = self._library.awake.get(document)
        ends = {(actor, seq): digest for actor, seq, digest in self._library.ends(document)}
        clock: Clock = {}
        for entry in known:
            here = replica.hash_at(entry.actor, entry.seq) if replica else ends.get((entry.actor, entry.seq))
            if here is not None and here != entry.hash:
                continue
            clock[entry.actor] = entry.seq
        return self._remembered(document, clock)

    def _remembers(self, document: DocumentId) -> bool:
        """Whether anything is remembered of a document: of one that is not here only while those are not too many."""
        if document in self._library or document in self._elsewhere:
            return True
        if len(self._elsewhere) >= limits.DOCUMENTS_MAX:
            return False
        self._elsewhere.add(document)
        return True

    def _remembered(self, document: DocumentId, clock: Clock) -> Clock:
        """The same, with no more of what is not here than is remembered of one conversation."""
        here, before = self._library.clock(document), self._peer_has.get(document, {})
        strange = [actor for actor in clock if actor not in here and actor not in before]
        for actor in strange[self._room :]:
            del clock[actor]
        self._room = max(0, self._room - len(strange))
        return clock

    def _agree(self, document: DocumentId, clock: Clock, message: Have) -> None:
        """The peer has this much. What was sent since it said so is on its way, unless it says that it was not kept."""
        before = {} if message.again else self._peer_has.get(document, {})
        self._peer_has[document] = _greatest(clock, before)
        self._unclear.discard(document)
        if message.durable:
            self.stored[document] = _greatest(clock, self.stored.get(document, {}))

    def _core_unclear(self) -> bool:
        library = self._library
        return any(library.is_core(each) and not library.splits.frozen(each) for each in self._unclear)

    def _document(self, text: str) -> DocumentId:
        if not ids.is_id(text, "document") or text in self._library.private:
            raise InvalidFrame("A message named a document in a form that no document has.")
        return DocumentId(text)


def _greatest(one: Mapping[bytes, int], other: Mapping[bytes, int]) -> Clock:
    return {actor: max(one.get(actor, 0), other.get(actor, 0)) for actor in {**one, **other}}


def stored(document: DocumentId, ends: Iterable[LoggedChange]) -> Stored:
    """The confirmation that these changes, and all before them, are on this device's disk."""
    return Stored(document, tuple(Known(end.actor, end.seq, end.hash) for end in islice(ends, limits.ACTORS_MAX)))


def unconfirmed(space: Space, stored_there: Mapping[DocumentId, Clock]) -> int:
    """How many changes a peer has not confirmed to be on its disk."""
    return sum(here - there for _, here, there in confirmed(space, stored_there))


def confirmed(space: Space, stored_there: Mapping[DocumentId, Clock]) -> Iterator[tuple[DocumentId, int, int]]:
    """Of each shared document, sorted, how many changes are here and how many of these a peer has confirmed."""
    for document in sorted(space.library.shared()):
        there = stored_there.get(document, {})
        clock = space.library.clock(document)
        both = sum(min(seq, there.get(actor, 0)) for actor, seq in clock.items())
        yield document, sum(clock.values()), both


def _holding(document: DocumentId, digest: bytes, ends: Iterable[tuple[bytes, int, bytes]] | None) -> Holding:
    return Holding(document, digest, None if ends is None else tuple(Known(*end) for end in _first(tuple(ends))))


def _first(ends: tuple[tuple[bytes, int, bytes], ...]) -> Iterable[tuple[bytes, int, bytes]]:
    """As many as one message may hold, those of a device that wrote as very many actors last: altered software.

    What is left out is sent again by whoever has it, and does no more harm than that.
    """
    if len(ends) <= limits.ACTORS_MAX:
        return ends
    actors = Counter(actor[: ids.SHORT_BYTES] for actor, _, _ in ends)
    return sorted(ends, key=lambda end: (actors[end[0][: ids.SHORT_BYTES]], end))[: limits.ACTORS_MAX]


def _batch(replica: Replica, missing: list[LoggedChange]) -> Message | None:
    """These changes with the tips of their actors, or a snapshot where that is smaller than so many single changes.

    None where either would be more than any message may hold.
    """
    if _fits(replica, missing, limits.BATCH_CHANGES_MAX, limits.BATCH_BYTES_MAX):
        actors = {change.actor for change in missing}
        tips = tuple(tip for actor, tip in replica.tips.items() if actor in actors)
        return _changes(replica, missing, tips)
    if not _fits(replica, replica.missing({}), limits.BATCH_OPS_MAX, limits.SNAPSHOT_CHANGES_BYTES_MAX):
        return None
    chunk = replica.save()
    tips = replica.needed_tips()
    few = len(chunk) <= _SNAPSHOT_BYTES_MAX and len(tips) <= limits.ACTORS_MAX
    return Snapshot(replica.document, chunk, tips) if few else None


def _slice(replica: Replica, known: Clock) -> tuple[Changes, Clock] | None:
    """The next slice of what is beyond `known`, and how far it goes; None where it is more than a message may hold."""
    ends, tips = next(replica.marks.slices(known))
    part = replica.missing(known, ends)
    fits = _fits(replica, part, limits.BATCH_OPS_MAX, limits.SNAPSHOT_CHANGES_BYTES_MAX)
    return (_changes(replica, part, tips), ends) if fits else None


def _fits(replica: Replica, changes: list[LoggedChange], count: int, size: int) -> bool:
    few = len(changes) <= count and sum(len(change.raw) for change in changes) <= size
    return few and replica.operations(changes) <= limits.BATCH_OPS_MAX


def _changes(replica: Replica, changes: list[LoggedChange], tips: tuple[Tip, ...]) -> Changes:
    return Changes(replica.document, tuple(change.raw for change in changes), tips)
