"""Two devices that meet tell each other what they have, send what is missing once, and confirm what is stored."""

from collections import Counter, deque

import pytest

from collar_sync import ids, limits
from collar_sync.core import session, wire
from collar_sync.core.binding import load_snapshot
from collar_sync.core.edits import Say, SetFields, SetText
from collar_sync.core.inspect import inspect
from collar_sync.core.session import Session, unconfirmed
from collar_sync.core.space import Space
from collar_sync.core.steps import Author
from collar_sync.core.wire import Changes, Have, Holding, Known, Message, Snapshot, Stored
from collar_sync.errors import InvalidFrame, UnknownAuthor
from tests.core.story import begun, couple, deliver, fingerprint, join, write


class Side:
    """One device in a conversation: takes in what comes, durable at once, and counts what it was sent."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.session = Session(space)
        self.out: deque[bytes] = deque()
        self.kinds: list[str] = []
        self.came: Counter[bytes] = Counter()

    def say(self, *messages: Message) -> None:
        self.out.extend(map(wire.encode, messages))

    def hear(self, message: Message) -> None:
        self.kinds.append(type(message).__name__)
        match message:
            case Have():
                self.say(*self.session.receive_have(message, durable=True))
            case Changes():
                self.take(message, list(message.changes))
            case Snapshot():
                self.take(message, load_snapshot(message.chunk))
            case Stored():
                self.session.receive_stored(message)

    def take(self, message: Changes | Snapshot, raws: list[bytes]) -> None:
        self.came.update(inspect(raw).hash for raw in raws)
        document = ids.DocumentId(message.document)
        applied = self.space.receive(document, raws, message.tips)
        self.session.received(document, applied.clock)
        self.say(*self.session.offer(document))
        if applied.changes:
            self.say(session.stored(document, applied.ends()))


def talk(one: Side, two: Side) -> None:
    for _ in range(100):  # two that never agreed would talk for ever
        for speaker, listener in ((one, two), (two, one)):
            if speaker.out:
                listener.hear(wire.decode(speaker.out.popleft()))
    assert not one.out
    assert not two.out


def meet(one: Space, two: Space) -> tuple[Side, Side]:
    sides = Side(one), Side(two)
    for side in sides:
        side.say(side.session.hello(durable=True))
    talk(*sides)
    return sides


def openings(space: Space, count: int) -> None:
    """As many openings of a device, each of which writes once."""
    replica = space.replica(space.home("chapter"))
    for number in range(count):
        actor = ids.raw_bytes(space.keys.device) + number.to_bytes(8, "big")
        author = Author(space.keys.device, actor, space.keys.sign)
        replica.write([SetFields("note", "1", {"n": number})], {}, author)


def test_two_that_wrote_apart_have_the_same_after_one_round_and_each_change_came_once() -> None:
    alex, sam = couple()
    for space in (alex, sam):
        for place in range(5):
            write(space, SetFields("note", f"{place}", {"by": str(space.me)}), Say("task.ask", f"{place}"))
        write(space, Say("pause", home="core"), document=space.core)
    sides = meet(alex, sam)
    assert fingerprint(alex) == fingerprint(sam)
    for side in sides:
        assert side.came.total() == 6
        assert set(side.came.values()) == {1}
        assert side.kinds == ["Have", "Changes", "Changes", "Stored", "Stored"]
        assert side.session.lacking() == 0
        assert unconfirmed(side.space, side.session.stored) == 0


def test_two_that_have_the_same_say_so_and_no_more() -> None:
    alex, sam = couple()
    for side in meet(alex, sam):
        assert side.kinds == ["Have"]
        assert unconfirmed(side.space, side.session.stored) == 0


def test_what_is_written_while_connected_is_sent_once_and_never_back() -> None:
    alex, sam = couple()
    one, two = meet(alex, sam)
    document = alex.home("chapter")
    for text in ("a", "ab", "abc"):
        write(alex, SetText("note", "1", "body", text))
        one.say(*one.session.offer(document))
        one.say(*one.session.offer(document))
        talk(one, two)
        assert sam.records(document, "note")["1"] == {"body": text}
    assert (one.came.total(), two.came.total()) == (0, 3)
    assert set(two.came.values()) == {1}


def test_nothing_is_sent_to_one_who_has_not_said_what_they_have() -> None:
    alex, _ = couple()
    write(alex, SetFields("note", "1", {"n": 1}))
    assert list(Session(alex).offer(alex.home("chapter"))) == []


def test_core_goes_first_since_without_it_nobody_else_is_known() -> None:
    alex, sam = couple()
    kim = join(alex, "Kim")
    write(kim, SetFields("note", "1", {"n": 1}))
    deliver(kim, alex, kim.home("chapter"))
    answers = list(Session(alex).receive_have(Session(sam).hello(durable=True), durable=True))
    assert [answer.document for answer in answers if isinstance(answer, Changes)] == [alex.core, alex.home("chapter")]
    assert Session(alex).hello(durable=True).holdings[0].document == alex.core


def test_a_newcomer_without_anything_gets_everything() -> None:
    alex, sam = couple()
    write(alex, SetFields("note", "1", {"n": 1}))
    sides = meet(alex, begun(alex.id, sam.keys))
    assert fingerprint(sides[1].space) == fingerprint(alex)


def test_a_first_sync_of_many_changes_is_one_snapshot_that_is_verified_and_gives_the_same() -> None:
    alex, sam = couple()
    for place in range(limits.BATCH_CHANGES_MAX + 1):
        write(alex, SetFields("note", str(place % 7), {"n": place}))
    write(alex, Say("task.ask", "1"), SetText("note", "1", "body", "words"))
    one, two = meet(alex, sam)
    assert fingerprint(sam) == fingerprint(alex)
    assert [kind for kind in two.kinds if kind != "Have"] == ["Snapshot"]
    assert set(two.came.values()) == {1}
    assert unconfirmed(alex, one.session.stored) == 0
    write(sam, SetFields("note", "1", {"n": -1}))
    two.say(*two.session.offer(sam.home("chapter")))
    talk(one, two)
    assert one.kinds[-1] == "Changes"
    assert fingerprint(sam) == fingerprint(alex)


@pytest.mark.parametrize("writers", [1, 2])
def test_of_a_document_with_very_many_openings_only_a_digest_is_sent_until_it_differs(writers: int) -> None:
    alex, sam = couple()
    openings(alex, session._VECTOR_ENTRIES_MAX + 1)
    document = alex.home("chapter")
    deliver(alex, sam, document)
    (core, chapter) = Session(alex).hello(durable=True).holdings
    assert core.known is not None
    assert chapter.known is None
    assert all(side.kinds == ["Have"] for side in meet(alex, sam))
    for space in (alex, sam)[:writers]:
        write(space, SetFields("note", "1", {"n": str(space.me)}))
    one, two = meet(alex, sam)
    assert fingerprint(alex) == fingerprint(sam)
    assert two.came.total() == 1
    assert one.came.total() == writers - 1
    assert unconfirmed(alex, one.session.stored) == unconfirmed(sam, two.session.stored) == 0


def test_only_what_is_on_the_peers_disk_counts_as_confirmed() -> None:
    alex, sam = couple()
    write(alex, SetFields("note", "1", {"n": 1}))
    document = alex.home("chapter")
    deliver(alex, sam, document)
    one, two = Session(alex), Session(sam)
    list(one.receive_have(two.hello(durable=False), durable=True))
    assert unconfirmed(alex, one.stored) == 3
    one.receive_stored(Stored(document, tuple(Known(*end) for end in sam.replica(document).ends())))
    assert unconfirmed(alex, one.stored) == 2
    list(one.receive_have(two.hello(durable=True), durable=True))
    assert unconfirmed(alex, one.stored) == 0


def test_of_two_connections_that_crossed_the_second_forgets_nothing_that_the_first_was_told() -> None:
    alex, sam = couple()
    there: dict[ids.DocumentId, dict[bytes, int]] = {}
    first = Session(alex, there)
    write(sam, SetFields("note", "1", {"title": "Ferns"}))
    list(first.receive_have(Session(sam).hello(durable=True), durable=True))
    Session(alex, there, beside=True)  # opened before what was told of is here, and lost before it hears the same
    deliver(sam, alex, sam.home("chapter"))
    assert unconfirmed(alex, there) == 0


def test_a_document_by_an_unknown_author_comes_again_when_it_is_asked_for_after_core() -> None:
    alex, sam = couple()
    one, two = meet(alex, sam)
    kim = join(alex, "Kim")
    document = alex.home("chapter")
    write(kim, SetFields("note", "1", {"n": 1}))
    deliver(kim, alex, document)
    early, late = list(one.session.offer(document)), list(one.session.offer(alex.core))
    assert list(one.session.offer(document)) == []
    with pytest.raises(UnknownAuthor):
        two.hear(early[0])
    two.hear(late[0])
    one.hear(two.session.have([document], durable=True, again=True))
    talk(one, two)
    assert fingerprint(sam) == fingerprint(alex)


def test_a_whole_document_that_could_not_be_kept_is_sent_again_to_who_names_all_that_is_there_without_it() -> None:
    """The question for that document alone may have been one message too many for the connection."""
    alex, sam = couple()
    one, two = meet(alex, sam)
    write(alex, SetFields("note", "1", {"n": 1}))
    document = alex.home("chapter")
    assert list(one.session.offer(document)), "Sam has no room for it"
    two.session.have([document], durable=True, again=True)
    one.hear(two.session.hello(durable=True))
    talk(one, two)
    assert fingerprint(sam) == fingerprint(alex)


def test_a_peer_that_claims_another_history_of_a_device_gets_all_of_it_so_that_one_of_the_two_can_be_proven() -> None:
    alex, _ = couple()
    (core,) = Session(alex).hello(durable=True).holdings
    assert core.known
    claimed = tuple(Known(each.actor, each.seq, bytes(32)) for each in core.known)
    lie = Holding(core.document, bytes(32), claimed)
    side = Session(alex)
    (answer,) = side.receive_have(Have((lie,), complete=True, durable=True), durable=True)
    assert isinstance(answer, Changes)
    assert list(answer.changes) == [change.raw for change in alex.replica(alex.core).missing({})]
    side.receive_stored(Stored(core.document, claimed))
    assert unconfirmed(alex, side.stored) == len(answer.changes)


@pytest.mark.parametrize("text", ["", "core", "document_", "space_" + "0" * 32, "document_" + "A" * 32])
def test_a_document_named_in_another_form_is_refused(text: str) -> None:
    alex, _ = couple()
    with pytest.raises(InvalidFrame):
        Session(alex).receive_have(Have((Holding(text, bytes(32), None),), complete=True, durable=True), durable=True)
    with pytest.raises(InvalidFrame):
        Session(alex).receive_stored(Stored(text, ()))


def test_a_peer_that_claims_more_than_there_is_gets_nothing_and_breaks_nothing() -> None:
    alex, _ = couple()
    replica = alex.replica(alex.core)
    known = tuple(Known(actor, limits.OP_COUNTER_MAX, bytes(32)) for actor in replica.clock)
    one = Session(alex)
    have = Have((Holding(alex.core, bytes(32), known),), complete=True, durable=True)
    assert list(one.receive_have(have, durable=True)) == []
    assert one.lacking() == limits.OP_COUNTER_MAX - replica.clock[known[0].actor]


def test_a_device_that_wrote_as_more_actors_than_a_message_holds_keeps_nobody_from_coming_into_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "ACTORS_MAX", 40)
    alex, sam = couple()
    kim = join(alex, "Kim")
    deliver(alex, sam, alex.core)
    openings(kim, limits.ACTORS_MAX + 10)
    document = alex.home("chapter")
    deliver(kim, alex, document)
    deliver(kim, sam, document)
    for space in (alex, sam):
        write(space, SetFields("note", "1", {"n": str(space.me)}))
    for space in (alex, sam):
        for holding in Session(space).have([document], durable=True).holdings:
            assert holding.known is not None
            assert len(holding.known) == limits.ACTORS_MAX
            assert ids.raw_bytes(space.keys.device) in {each.actor[: ids.SHORT_BYTES] for each in holding.known}
    one, two = meet(alex, sam)
    assert fingerprint(alex) == fingerprint(sam)
    for side in (one, two):
        side.say(side.session.hello(durable=True))
    talk(one, two)
    assert unconfirmed(alex, one.session.stored) == unconfirmed(sam, two.session.stored) == 0


def test_of_documents_that_are_not_here_no_more_are_remembered_than_a_space_may_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "DOCUMENTS_MAX", 20)
    alex, _ = couple()
    one = Session(alex)
    for turn in range(8):
        names = [ids.document_id(bytes([turn]) * 15 + bytes([place])) for place in range(20)]
        for known in (None, ()):
            holdings = tuple(Holding(each, bytes(32), known) for each in names)
            list(one.receive_have(Have(holdings, complete=False, durable=True), durable=True))
        for name in names:
            one.receive_stored(Stored(name, ()))
            one.put_off(name)
        list(one.have(one.ask_again, durable=True, again=True).holdings)
    sizes = {name: len(kept) for name, kept in vars(one).items() if isinstance(kept, dict | set)}
    assert max(sizes.values()) <= limits.DOCUMENTS_MAX, sizes
    assert set(Session(alex, one.stored).stored) <= set(alex.library), "nor from one conversation to the next"
