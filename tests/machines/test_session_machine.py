"""Sessions against plain sets: each change once a connection, nothing claimed that is not so, and in the end the same.

Three devices write, put documents to rest, are slow to store, crash, and talk over connections that carry messages in
order, break at any moment and may be several between the same two. The model knows which changes each device has, has
on its disk, and was told that another has.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from collar_sync.core import session, wire
from collar_sync.core.binding import load_snapshot
from collar_sync.core.durable import LoggedChange
from collar_sync.core.edits import SetFields
from collar_sync.core.session import Session, unconfirmed
from collar_sync.core.space import Space
from collar_sync.core.wire import Changes, Have, Message, Snapshot, Stored
from collar_sync.errors import UnknownAuthor
from collar_sync.ids import DocumentId
from tests.core.story import founded, join
from tests.machines.device import Device
from tests.machines.search import search

SIDES = 3
NAMES = ("core", "chapter-1", "notes")
PAIRS = ((0, 1), (0, 2), (1, 2))
Sets = dict[DocumentId, set[bytes]]
sides = st.integers(0, SIDES - 1)
carried = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), max_size=12)  # which connection, to which end


# --- the model ---


def hash_of(raw: bytes) -> bytes:
    return hashlib.sha256(raw[8:]).digest()


@dataclass
class Line:
    """One connection: both ends' sessions, what is on its way to each, and what each end knows by it."""

    ends: tuple[int, int]
    sessions: list[Session]
    arriving: tuple[deque[Any], deque[Any]] = field(default_factory=lambda: (deque(), deque()))
    sent: tuple[Sets, Sets] = field(default_factory=lambda: ({}, {}))
    other_has: tuple[Sets, Sets] = field(default_factory=lambda: ({}, {}))
    greeted: list[bool] = field(default_factory=lambda: [False, False])


class Sessions(RuleBasedStateMachine):
    """Alex let in Sam first and Kim later: Sam does not know Kim before core tells."""

    def __init__(self) -> None:
        super().__init__()
        alex = founded()
        sam = join(alex, "Sam")
        kim = join(alex, "Kim")
        self.devices = [Device(alex), Device(sam), Device(kim)]
        self.documents = [alex.document(name) for name in NAMES]
        self.place: dict[bytes, tuple[bytes, int]] = {}  # each change's actor and number
        self.has: list[Sets] = []
        self.stored: list[Sets] = []
        for device in self.devices:
            mine = {document: set(self._noted(device.space, document)) for document in self.documents}
            self.has.append(mine)
            self.stored.append({document: set(each) for document, each in mine.items()})
        self.lines: list[Line] = []
        self.bound = pytest.MonkeyPatch()

    # --- what happens ---

    def teardown(self) -> None:
        self.bound.undo()

    @initialize(begins=st.booleans(), rested=st.sets(sides), room=st.sampled_from([512, 4, 1]))
    def a_day_begins(self, begins: bool, rested: set[int], room: int) -> None:  # noqa: FBT001
        """Kim wrote something that Alex has; some were closed since, with core at rest.

        With little room in a first message, as after years of openings, it has digests in place of version vectors.
        """
        self.bound.setattr(session, "_VECTOR_ENTRIES_MAX", room)
        if begins:
            self._write(2, self.documents[1], 0)
            self._meet_in_peace((0, 2))
        for side in rested:
            while self.devices[side].waiting:
                self._store_next(side)
            self.devices[side].put_to_rest(self.documents[0])
            self._open_again(side)

    @rule(
        writes=st.lists(st.tuples(sides, st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=4), carried=carried
    )
    def people_write_and_messages_arrive(
        self, writes: list[tuple[int, int, int]], carried: list[tuple[int, int]]
    ) -> None:
        for side, which, number in writes:
            self._write(side, self.documents[which], number)
        self._carry_some(carried)

    @rule(pair=st.sampled_from(PAIRS), carried=carried, in_peace=st.sampled_from([False, False, True]))
    def two_connect(self, pair: tuple[int, int], carried: list[tuple[int, int]], in_peace: bool) -> None:  # noqa: FBT001
        """Perhaps once more, while another connection of theirs still stands; perhaps until all is said."""
        if in_peace:
            self._meet_in_peace(pair)
        else:
            self._connect(pair)
        self._carry_some(carried)

    @rule(side=sides, which=st.integers(0, 2), rests=st.sets(st.integers(0, 2), min_size=1), carried=carried)
    def somebody_writes_alone_and_opens_again(
        self, side: int, which: int, rests: set[int], carried: list[tuple[int, int]]
    ) -> None:
        """All is stored, and some of it at rest, when it is closed."""
        self._write(side, self.documents[which], 0)
        while self.devices[side].waiting:
            self._store_next(side)
        for each in rests:
            self.devices[side].put_to_rest(self.documents[each])
        self._open_again(side)
        self._carry_some(carried)

    @rule(stores=st.lists(sides, min_size=1, max_size=6), carried=carried)
    def disks_store_and_messages_arrive(self, stores: list[int], carried: list[tuple[int, int]]) -> None:
        for side in stores:
            if self.devices[side].waiting:
                self._store_next(side)
        self._carry_some(carried)

    @rule(kind=st.sampled_from(["break", "rest", "rest", "crash"]), side=sides, which=st.sets(st.integers(0, 2)))
    def something_ends(self, kind: str, side: int, which: set[int]) -> None:
        """A connection, the wakefulness of documents, or a device, which loses what it did not store."""
        if kind == "break" and self.lines:
            del self.lines[side % len(self.lines)]
        if kind == "rest":
            for each in which:
                self.devices[side].put_to_rest(self.documents[each])
        if kind == "crash":
            self._open_again(side)

    # --- what must hold ---

    @invariant()
    def nobody_has_or_claims_anything_else(self) -> None:
        for side, device in enumerate(self.devices):
            for document in self.documents:
                library = device.space.library
                assert dict(library.clock(document)) == self._clock(self.has[side].get(document, set()))
        for line in self.lines:
            for end, side in enumerate(line.ends):
                other = self.stored[line.ends[1 - end]]
                for document, clock in line.sessions[end].stored.items():
                    there = self._clock(other.get(document, set()))
                    assert all(seq <= there.get(actor, 0) for actor, seq in clock.items()), "stored is on the disk"
                known = line.other_has[end].items()
                beyond = sum(len(each - self.has[side].get(document, set())) for document, each in known)
                assert line.sessions[end].lacking() == beyond, (line.ends, end)

    # --- the machine's hands ---

    def _meet_in_peace(self, pair: tuple[int, int]) -> None:
        """After one round trip both have the same, or two where a digest alone had to do; then all is confirmed."""
        self.lines = [line for line in self.lines if line.ends != pair]
        line = self._connect(pair)
        rounds = 1 + all(self._full(message) for queue in line.arriving for message, _ in queue)
        self._exchange(line, 4 - rounds)
        one, two = pair
        assert self.has[one] == self.has[two]
        for side in pair:
            while self.devices[side].waiting:
                self._store_next(side)
        self._exchange(line, 4)
        for end, side in enumerate(pair):
            assert not line.arriving[end]
            assert line.sessions[end].lacking() == 0
            assert unconfirmed(self.devices[side].space, line.sessions[end].stored) == 0

    def _write(self, side: int, document: DocumentId, number: int) -> None:
        applied, _, _ = self.devices[side].write(document, [SetFields("note", "1", {"n": number})])
        self._note(side, document, applied.changes)
        self._push(side, document)

    def _connect(self, pair: tuple[int, int]) -> Line:
        one, two = pair
        sessions = [
            Session(self.devices[one].space, self.devices[one].confirmed.setdefault(two, {})),
            Session(self.devices[two].space, self.devices[two].confirmed.setdefault(one, {})),
        ]
        line = Line(pair, sessions)
        self.lines.append(line)
        for end, side in enumerate(pair):
            self._send(line, end, [sessions[end].hello(durable=self.devices[side].durable)])
        return line

    def _open_again(self, side: int) -> None:
        self.lines = [line for line in self.lines if side not in line.ends]
        self.devices[side].open()
        self.has[side] = {document: set(each) for document, each in self.stored[side].items()}

    def _exchange(self, line: Line, rounds: int) -> None:
        """So many times, each end takes in all that the other has said so far."""
        for _ in range(rounds):
            counts = [len(queue) for queue in line.arriving]
            for end in (0, 1):
                for _ in range(counts[end]):
                    self._carry(line, end)

    def _carry_some(self, carried: list[tuple[int, int]]) -> None:
        for which, end in carried:
            if self.lines:
                self._carry(self.lines[-1 - which % len(self.lines)], end)

    def _carry(self, line: Line, end: int) -> None:
        if line.arriving[end]:
            data, told = line.arriving[end].popleft()
            self._hear(line, end, wire.decode(data), told)

    def _hear(self, line: Line, end: int, message: Message, told: Sets) -> None:
        side, talk = line.ends[end], line.sessions[end]
        device = self.devices[side]
        match message:
            case Have():
                for holding in message.holdings:
                    document = DocumentId(holding.document)
                    if holding.known is not None or told[document] == self.has[side].get(document, set()):
                        before = set() if message.again else line.other_has[end].get(document, set())
                        line.other_has[end][document] = before | told[document]
                    if message.again:
                        line.sent[end].pop(document, None)
                line.greeted[end] |= message.complete
                self._send(line, end, talk.receive_have(message, durable=device.durable))
            case Changes() | Snapshot():
                self._take(line, end, message)
            case Stored():
                talk.receive_stored(message)

    def _take(self, line: Line, end: int, message: Changes | Snapshot) -> None:
        side, talk, document = line.ends[end], line.sessions[end], DocumentId(message.document)
        raws = message.changes if isinstance(message, Changes) else load_snapshot(message.chunk)
        try:
            applied = self.devices[side].receive(document, raws, message.tips)
        except UnknownAuthor:
            assert document != self.documents[0]
            talk.ask_again.add(document)
            return
        talk.received(document, applied.clock)
        line.other_has[end].setdefault(document, set()).update(map(hash_of, raws))
        if not applied.changes:
            return
        self._note(side, document, applied.changes)
        self._push(side, document)
        if document == self.documents[0]:
            self._ask_again(side)

    def _ask_again(self, side: int) -> None:
        for line, end in self._lines_of(side):
            talk = line.sessions[end]
            if talk.ask_again:
                have = talk.have(talk.ask_again, durable=self.devices[side].durable, again=True)
                talk.ask_again.clear()
                self._send(line, end, [have])

    def _push(self, side: int, document: DocumentId) -> None:
        for line, end in self._lines_of(side):
            self._send(line, end, line.sessions[end].offer(document))

    def _send(self, line: Line, end: int, messages: Iterable[Message]) -> None:
        """Put on the way, once it was seen that no change goes twice, or back where it came from."""
        side = line.ends[end]
        for message in messages:
            told: Sets = {}
            if isinstance(message, Have):
                told = {
                    DocumentId(each.document): set(self.has[side].get(DocumentId(each.document), set()))
                    for each in message.holdings
                }
            elif isinstance(message, Changes | Snapshot):
                document = DocumentId(message.document)
                raws = message.changes if isinstance(message, Changes) else load_snapshot(message.chunk)
                hashes = [hash_of(raw) for raw in raws]
                before = line.sent[end].setdefault(document, set())
                assert len(set(hashes)) == len(hashes)
                assert line.greeted[end], "only once the other said what it has"
                assert not before & set(hashes), "sent once"
                assert not line.other_has[end].get(document, set()) & set(hashes), "nothing that the other has"
                before.update(hashes)
                line.other_has[end].setdefault(document, set()).update(self.has[side][document])
            line.arriving[1 - end].append((wire.encode(message), told))

    def _store_next(self, side: int) -> None:
        applied = self.devices[side].store_next()
        mine = self.stored[side].setdefault(applied.document, set())
        mine.update(change.hash for change in applied.changes)
        for line, end in self._lines_of(side):
            self._send(line, end, [session.stored(applied.document, applied.ends())])
            if line.sessions[end].owes and self.devices[side].durable:
                self._send(line, end, [line.sessions[end].hello(durable=True)])

    def _lines_of(self, side: int) -> list[tuple[Line, int]]:
        return [(line, line.ends.index(side)) for line in self.lines if side in line.ends]

    def _full(self, message: bytes) -> bool:
        have = wire.decode(message)
        return isinstance(have, Have) and all(each.known is not None for each in have.holdings)

    def _note(self, side: int, document: DocumentId, changes: Sequence[LoggedChange]) -> None:
        for change in changes:
            self.place[change.hash] = (change.actor, change.seq)
            self.has[side].setdefault(document, set()).add(change.hash)

    def _noted(self, space: Space, document: DocumentId) -> list[bytes]:
        if document not in space.library:
            return []
        missing = space.replica(document).missing({})
        self.place.update({change.hash: (change.actor, change.seq) for change in missing})
        return [change.hash for change in missing]

    def _clock(self, has: Iterable[bytes]) -> dict[bytes, int]:
        clock: dict[bytes, int] = {}
        for each in has:
            actor, _ = self.place[each]
            clock[actor] = clock.get(actor, 0) + 1
        return clock


def test_each_change_goes_once_nothing_false_is_claimed_and_those_who_meet_have_the_same() -> None:
    run(Sessions, settings=search(stories=60, steps=25))


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_each_change_goes_once_in_long_stories() -> None:
    run(Sessions, settings=search(stories=1_500, steps=60))
