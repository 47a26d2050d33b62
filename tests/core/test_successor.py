"""After a document was split, everybody goes on in one successor, whatever they held and whenever they heard of it."""

from collections.abc import Iterable, Mapping
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import ids, limits
from collar_sync.core.binding import GENESIS_HASH
from collar_sync.core.change import Action, Change, Op, Value
from collar_sync.core.durable import LoggedChange, Tip
from collar_sync.core.edits import Say, Scalar, SetFields, SetText
from collar_sync.core.equivocation import Convicted, prove, verify
from collar_sync.core.inspect import inspect
from collar_sync.core.lineage import line, named
from collar_sync.core.membership import Learnt
from collar_sync.core.outline import RECORDS
from collar_sync.core.replica import Replica
from collar_sync.core.space import Space
from collar_sync.core.steps import Author
from collar_sync.core.successor import Portion, Splits, portions, salvage, words
from collar_sync.ids import DeviceId, DocumentId
from tests.core.story import Forger, couple, deliver, join, write

DOCUMENT = ids.document_id(b"the document, 16")
X, Y, Z, W, V = (ids.device_id(letter * ids.SHORT_BYTES) for letter in (b"x", b"y", b"z", b"w", b"v"))


def successor(document: DocumentId, excluded: Iterable[DeviceId]) -> DocumentId:
    return named(line(document, [*excluded]))


def convicted(device: DeviceId, document: DocumentId = DOCUMENT) -> Convicted:
    return Convicted(device, ids.person_id(bytes(16)), document, ids.raw_bytes(device) + b"opening1", 7)


def test_a_document_that_nobody_split_is_its_own_home() -> None:
    splits = Splits([convicted(X, ids.document_id(bytes(16)))])
    assert splits.home(DOCUMENT) == DOCUMENT
    assert not splits.frozen(DOCUMENT)
    assert splits.excluded(DOCUMENT) == frozenset()
    assert splits.sources(DOCUMENT) == ()
    assert splits.line(DOCUMENT) == {DOCUMENT}
    assert splits.blocked == {X}


def test_the_successors_id_is_pinned_and_depends_on_who_split_and_not_on_where() -> None:
    there = successor(DOCUMENT, [X])
    assert there == "document_a0d3df28906c86f6c88daa208a933049"
    elsewhere = Convicted(X, ids.person_id(bytes(16)), DOCUMENT, ids.raw_bytes(X) + b"opening2", 3)
    splits = Splits([convicted(X), elsewhere])
    assert splits.home(DOCUMENT) == there
    assert splits.frozen(DOCUMENT)
    assert splits.sources(DOCUMENT) == (DOCUMENT,)
    assert len({there, successor(DOCUMENT, [Y]), successor(DOCUMENT, [X, Y]), successor(there, [X])}) == 4
    assert successor(DOCUMENT, [X, Y]) == successor(DOCUMENT, [Y, X])


def test_who_split_a_document_cannot_split_its_successor() -> None:
    there = successor(DOCUMENT, [X])
    splits = Splits([convicted(X), convicted(X, there)])
    assert splits.home(DOCUMENT) == there
    assert splits.excluded(there) == {X}


def test_a_successor_that_another_splits_has_one_too_and_both_are_out() -> None:
    there = successor(DOCUMENT, [X])
    splits = Splits([convicted(X), convicted(Y, there)])
    last = successor(there, [X, Y])
    assert splits.home(DOCUMENT) == splits.home(there) == last
    assert splits.excluded(last) == {X, Y}
    assert set(splits.sources(DOCUMENT)) == {DOCUMENT, there}
    assert splits.origin(last) == splits.origin(there) == splits.origin(DOCUMENT) == DOCUMENT
    assert splits.line(DOCUMENT) == {each for each in (DOCUMENT, there, last) if splits.origin(each) == DOCUMENT}


def test_one_more_splitter_moves_everybody_on_and_what_was_brought_before_is_brought_again() -> None:
    splits = Splits([convicted(X), convicted(Y)])
    assert splits.home(DOCUMENT) == successor(DOCUMENT, [X, Y])
    left = {DOCUMENT, successor(DOCUMENT, [X]), successor(DOCUMENT, [Y])}
    assert left <= set(splits.sources(DOCUMENT))
    assert all(splits.frozen(each) and splits.home(each) == splits.home(DOCUMENT) for each in left)
    assert splits.excluded(successor(DOCUMENT, [X])) == {X}


def test_what_follows_does_not_depend_on_the_order_of_proofs() -> None:
    there = successor(DOCUMENT, [X])
    proofs = [convicted(X), convicted(Y, there), convicted(X, there), convicted(Z, successor(there, [X, Y]))]
    found = []
    for order in permutations(proofs):
        splits = Splits(order)
        line = (DOCUMENT, *splits.sources(DOCUMENT), splits.home(DOCUMENT))
        found.append((splits.blocked, line, {each: splits.excluded(each) for each in line}))
    assert all(each == found[0] for each in found)
    assert found[0][1][-1] == successor(successor(there, [X, Y]), [X, Y, Z])


def test_there_are_never_more_successors_in_a_row_than_devices_that_split() -> None:
    devices, proofs = [X, Y, Z, W, V], []
    document, homes = DOCUMENT, set[DocumentId]()
    for _ in range(20):
        proofs += [convicted(device, document) for device in devices[: 1 + len(homes) % 5]]
        document = Splits(proofs).home(DOCUMENT)
        homes.add(document)
    splits = Splits([*proofs, *(convicted(device, home) for home in homes for device in devices)])
    assert splits.excluded(splits.home(DOCUMENT)) == set(devices)
    assert len(homes) <= len(devices)


# --- with real devices ---


class Story:
    """Alex's, Kim's and Lee's devices on both sides of what Sam's altered software did to their chapter."""

    def __init__(self) -> None:
        self.alex, self.sam = couple()
        self.kim, self.lee = join(self.alex, "Kim"), join(self.alex, "Lee")
        self.spaces = [self.alex, self.kim, self.lee]
        deliver(self.alex, self.kim, self.alex.core)
        self.document: DocumentId = self.alex.home("chapter")
        self.sams = Forger(self.alex.id, self.document, self.sam.keys)
        self.first = self.sams.change(
            Op(RECORDS, "note/s", action=Action.MAKE_MAP), Op((3, self.sams.actor), "by", value=Value.of("Sam"))
        )
        self.receive(self.spaces, self.first)
        write(self.alex, SetFields("note", "1", {"title": "Alex's", "due": 1}), SetText("note", "1", "body", "common"))
        for space in self.spaces[1:]:
            deliver(self.alex, space, self.document)

    def receive(self, spaces: list[Space], change: Change) -> None:
        for space in spaces:
            space.receive(self.document, [change.raw], [self.sams.tip(change)])

    def split(self) -> list[Change]:
        """Sam's device tells Alex one thing, and Kim and Lee another."""
        sides = []
        for title, spaces in (("Ferns", [self.alex]), ("Moss", [self.kim, self.lee])):
            op = Op((3, self.sams.actor), "title", value=Value.of(title))
            change = self.sams.change(op, seq=2, start_op=self.first.max_op + 1, deps=(self.first.hash,))
            self.receive(spaces, change)
            sides.append(change)
        return sides

    def convict(self, sides: list[Change]) -> Splits:
        rival = [sides[1].raw], [self.sams.tip(sides[1])]
        held = self.alex.replica(self.document)
        proof = prove((self.alex.id, self.document), held, *rival, self.alex.membership)
        assert proof is not None
        return Splits([verify(proof, self.kim.membership)])


def brought(space: Space, document: DocumentId, splits: Splits) -> list[Portion]:
    """What a device brings from a frozen document, as the space will do it."""
    home = splits.home(document)
    held, there = space.replica(document), space.replica(home)
    learnt = said_in(space, held.missing({}))
    standing = {each.id for each in said_in(space, there.missing({}))}
    authors = {space.keys.device, *splits.excluded(home)}
    edits = salvage(
        held.record_keys(), lambda key: merged(held, key), held.outline, authors, lambda key: merged(there, key)
    )
    return portions(edits, words(learnt, space.keys.device, standing))


def said_in(space: Space, logged: list[LoggedChange]) -> tuple[Learnt, ...]:
    return Replica(space.id, DOCUMENT).stage([each.raw for each in logged]).learnt if logged else ()


def bring(space: Space, document: DocumentId, splits: Splits, nonce: bytes = b"bringing") -> list[LoggedChange]:
    """Write it as a fresh actor on genesis alone, and take it in."""
    home = splits.home(document)
    alone, written, tips = Replica(space.id, home, splits.line_of(home)), list[LoggedChange](), list[Tip]()
    author = Author(space.keys.device, ids.raw_bytes(space.keys.device) + nonce, space.keys.sign)
    for portion in brought(space, document, splits):
        draft = alone.draft(portion.edits, portion.said, author)
        if draft is not None:
            applied = alone.commit(draft)
            written += applied.changes
            tips = list(applied.tips)
    if written:
        space.receive(home, [each.raw for each in written], tips)
    return written


def merged(replica: Replica, key: str) -> dict[str, Scalar]:
    """A record that several devices began at once, as it reads: field by field, the greatest beginning first."""
    found: dict[str, Scalar] = {}
    for holder in sorted(replica.outline.live(RECORDS, key)):
        found.update(replica._doc.read(holder))
    return found


def readable(space: Space, document: DocumentId) -> dict[str, Mapping[str, Scalar]]:
    replica = space.replica(document)
    return {key: merged(replica, key) for key in replica.record_keys()}


def exchange(spaces: list[Space], document: DocumentId) -> None:
    for source in spaces:
        for target in spaces:
            if source is not target and source.replica(document).clock:
                deliver(source, target, document)


def test_devices_on_either_side_meet_in_the_successor_with_the_same_records_and_statements() -> None:
    story = Story()
    sides = story.split()
    write(story.alex, SetFields("note", "a", {"line": "on Sam's one side"}), Say("pause"))
    write(
        story.kim, SetFields("note", "1", {"due": 2}), SetFields("note", "k", {"line": "on the other"}), Say("revoke")
    )
    deliver(story.kim, story.lee, story.document)
    write(story.lee, SetText("note", "l", "body", "Lee's own text"), Say("decline"))
    splits = story.convict(sides)
    home = splits.home(story.document)
    for space in story.spaces:
        for change in bring(space, story.document, splits):
            assert inspect(change.raw).deps == (GENESIS_HASH,)
    exchange(story.spaces, home)
    exchange(story.spaces, home)
    found = [readable(space, home) for space in story.spaces]
    assert found[0] == found[1] == found[2]
    assert found[0]["note/1"] == {"title": "Alex's", "body": "common", "due": found[0]["note/1"]["due"]}
    assert found[0]["note/a"] == {"line": "on Sam's one side"}
    assert found[0]["note/k"] == {"line": "on the other"}
    assert found[0]["note/l"] == {"body": "Lee's own text"}
    assert found[0]["note/s"]["by"] == "Sam", "what the convicted wrote, the others bring"
    assert found[0]["note/s"]["title"] in ("Ferns", "Moss")
    said = [{(each.kind, each.device, each.id) for each in space.statements("")} for space in story.spaces]
    assert said[0] == said[1] == said[2]
    assert {kind for kind, _, _ in said[0]} >= {"pause", "revoke", "decline"}


def test_what_was_said_keeps_its_id_and_its_author_when_it_is_brought() -> None:
    story = Story()
    sides = story.split()
    write(story.alex, Say("pause"))
    (before,) = story.alex.statements("pause")
    splits = story.convict(sides)
    bring(story.alex, story.document, splits)
    (mine,) = story.alex.statements("pause")
    deliver(story.alex, story.kim, splits.home(story.document))
    (there,) = story.kim.statements("pause")
    assert before.id == mine.id == there.id
    assert there.author == story.alex.me


def test_a_device_brings_only_what_it_wrote_and_what_the_convicted_did() -> None:
    story = Story()
    sides = story.split()
    write(story.kim, SetFields("note", "1", {"due": 2}), Say("pause"))
    deliver(story.kim, story.lee, story.document)
    splits = story.convict(sides)
    (portion,) = brought(story.lee, story.document, splits)
    assert portion == Portion((SetFields("note", "s", {"by": "Sam", "title": "Moss"}),), {})
    (portion,) = brought(story.alex, story.document, splits)
    assert SetText("note", "1", "body", "common") in portion.edits, (
        "a text is brought as one, to be merged by character"
    )
    (portion,) = brought(story.kim, story.document, splits)
    assert SetFields("note", "1", {"due": 2}) in portion.edits
    assert len(portion.said) == 1


def test_what_stands_in_the_successor_is_newer_and_is_brought_by_nobody_again() -> None:
    story = Story()
    sides = story.split()
    write(story.kim, SetFields("note", "1", {"due": 2}), Say("pause"))
    splits = story.convict(sides)
    home = splits.home(story.document)
    bring(story.alex, story.document, splits)
    write(story.alex, SetFields("note", "1", {"due": 9}), document=home)
    deliver(story.alex, story.kim, home)
    bring(story.kim, story.document, splits)
    assert readable(story.kim, home)["note/1"]["due"] == 9
    assert brought(story.kim, story.document, splits) == []
    assert brought(story.alex, story.document, splits) == []


@settings(max_examples=6)
@given(
    texts=st.lists(st.sampled_from([0, 1, 9_000, 30_000]), max_size=2),
    fields=st.integers(0, 40),
    size=st.integers(0, 60_000),
    said=st.integers(0, 80),
)
@pytest.mark.parametrize("letter", ["a", "\U0001f33f"])
def test_whatever_a_device_brings_fits_its_changes(
    letter: str, texts: list[int], fields: int, size: int, said: int
) -> None:
    story = Story()
    edits: list[SetFields | SetText] = [SetText("note", str(n), "body", letter * size) for n, size in enumerate(texts)]
    edits.append(SetFields("note", "f", {f"field {number}": letter * (size // 4) for number in range(fields)}))
    words = {ids.statement_id(number.to_bytes(32, "big")): bytes(limits.STATEMENT_BYTES_MAX) for number in range(said)}
    alone = Replica(story.alex.id, DOCUMENT)
    author = Author(story.alex.keys.device, ids.raw_bytes(story.alex.keys.device) + b"bringing", story.alex.keys.sign)
    for portion in portions(edits, words):
        draft = alone.draft(portion.edits, portion.said, author)
        assert draft is not None
        alone.commit(draft)
    for number, length in enumerate(texts):
        found = alone.record(f"note/{number}") or {}
        assert found.get("body") == letter * length
    assert len(alone.record("note/f") or {}) == fields


def test_ten_years_of_one_device_take_a_few_changes() -> None:
    said = {ids.statement_id(number.to_bytes(32, "big")): bytes(300) for number in range(10_000)}
    edits: list[SetFields | SetText] = [SetFields("task", str(n), {"title": "x" * 40, "due": n}) for n in range(5_000)]
    assert len(portions(edits[:300], dict(list(said.items())[:300]))) == 1
    assert len(portions(edits, said)) < 30


class Told:
    """The story after the split, in which each device learns of it at a time of its own."""

    def __init__(self) -> None:
        self.story = Story()
        self.splits = self.story.convict(self.story.split())
        self.home = self.splits.home(self.story.document)
        self.said: set[str] = set()
        self._told: set[int] = set()

    def learn(self, place: int) -> None:
        if place not in self._told:
            self._told.add(place)
            bring(self.story.spaces[place], self.story.document, self.splits)

    def step(self, number: int, place: int, what: str) -> None:
        story, space = self.story, self.story.spaces[place]
        document = self.home if place in self._told else story.document
        if what == "write":
            write(space, SetFields("note", str(number % 5), {"by": place, "at": number}), document=document)
        elif what == "say":
            self.said |= {each.id for each in write(space, Say("pause", str(number)), document=document).learnt}
        elif what == "learn":
            self.learn(place)
        elif place in self._told:
            exchange([story.spaces[each] for each in sorted(self._told)], self.home)
        elif place == 2 and 1 not in self._told:
            deliver(story.kim, story.lee, story.document)


@settings(max_examples=40)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["write", "say", "hear", "learn"])), min_size=4, max_size=24
    )
)
def test_whenever_each_device_learns_of_the_split_all_end_with_the_same_and_nothing_said_is_lost(
    steps: list[tuple[int, str]],
) -> None:
    told = Told()
    for number, (place, what) in enumerate(steps):
        told.step(number, place, what)
    story, home = told.story, told.home
    for place in range(3):
        told.learn(place)
    exchange(story.spaces, home)
    exchange(story.spaces, home)
    found = [readable(space, home) for space in story.spaces]
    assert found[0] == found[1] == found[2], steps
    for space in story.spaces:
        assert told.said <= {each.id for each in space.statements("pause")}, steps
        assert {each.id for each in space.statements("")} == {each.id for each in story.alex.statements("")}, steps
    assert {key for key in found[0] if key[5:].isdigit()} >= {
        f"note/{number % 5}" for number, (_, what) in enumerate(steps) if what == "write"
    }, steps
