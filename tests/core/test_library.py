"""Chapters, documents at rest and what stays at hand: reading is the same whether a document rests or not."""

from collections.abc import Mapping, Sequence

import pytest

from collar_sync import limits
from collar_sync.core import identity, membership
from collar_sync.core.durable import AtHand, Kept, KeptRecord, KeptStatement, LoggedChange, Seal
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.people import Person
from collar_sync.core.space import Choice, Records, Space
from collar_sync.core.statement import AT_END, Said
from collar_sync.errors import InvalidChange
from collar_sync.ids import DocumentId, PersonId, StatementId
from tests.core.story import chance, couple, deliver, keys_of, write


class Shelves:
    """A shelf that keeps seals."""

    def __init__(self) -> None:
        self.seals: dict[DocumentId, Seal] = {}
        self.loads: list[DocumentId] = []
        self.broken = False

    def load(self, document: DocumentId, *, older: bool = False) -> Kept:
        self.loads.append(document)
        seal = self.seals[document]
        chunk = seal.chunk[:-1] if self.broken and not older else seal.chunk
        return Kept(chunk, (), ())

    def at_hand(self) -> AtHand:
        return AtHand()

    def about(self, name: str) -> AtHand:
        statements = (e for seal in self.seals.values() for e in seal.statements if name in (e.id, *e.names))
        records = (e for seal in self.seals.values() for e in seal.records if e.key.partition("/")[2] == name)
        return AtHand(tuple(statements), tuple(records))

    def records(self, document: DocumentId, prefix: str) -> list[KeptRecord]:
        seal = self.seals.get(document)
        return [each for each in (seal.records if seal else ()) if each.key.startswith(prefix)]

    def history(
        self, documents: Sequence[DocumentId], before: tuple[int, str], count: int, kind: str | None = None
    ) -> list[KeptStatement]:
        kept = (e for document in documents if document in self.seals for e in self.seals[document].statements)
        found = (e for e in kept if kind in {None, e.kind})
        return sorted((e for e in found if (e.at, e.id) < before), key=lambda e: (e.at, e.id), reverse=True)[:count]


def only_open(
    said: Sequence[Said], _records: Records, _people: Mapping[PersonId, Person], _now: int, _past: bytes
) -> Choice:
    """A task is over once it was done."""
    done = {each.subject for each in said if each.kind == "task.done"}
    return Choice({each.id for each in said if each.kind == "task.ask" and each.id not in done})


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHAPTER_ENTRIES_MAX", 4)


def founded(shelves: Shelves) -> Space:
    host, _ = couple()
    space = Space(host.id, keys_of("Alex"), shelves, only_open)
    deliver(host, space, host.core)
    return space


def ask(space: Space, name: str) -> str:
    _, said = space.write(None, [Say("task.ask", name), SetFields("task", name, {"title": name})], 1, chance(16))
    return said[0]


def put_to_rest(space: Space, shelves: Shelves, document: DocumentId) -> None:
    seal, _ = space.seal(document)
    shelves.seals[document] = seal
    space.library.rest(document)
    space.settle(1)


@pytest.mark.usefixtures("small")
def test_a_full_chapter_is_followed_by_the_next_and_a_record_is_written_where_it_is() -> None:
    space = founded(Shelves())
    for number in range(5):
        ask(space, f"task{number}")
    assert space.home("chapter") == space.library.chapter(3)
    (applied,), _ = space.write(None, [SetFields("task", "task0", {"title": "other"})], 1, chance(8))
    assert applied.document == space.library.chapter(1)
    assert space.library.records("task/")["task0"] == {"title": "other"}


@pytest.mark.parametrize("rests", [False, True])
def test_a_record_that_two_devices_began_in_two_chapters_is_edited_where_it_shows(*, rests: bool) -> None:
    shelves = Shelves()
    space = founded(shelves)
    chapters = [space.library.chapter(number) for number in (1, 2)]
    for document in chapters:
        write(space, SetFields("task", "once", {"title": document}), document=document)
    if rests:
        for document in chapters:
            put_to_rest(space, shelves, document)
    for title in ("one", "two"):
        space.write(None, [SetFields("task", "once", {"title": title})], 1, chance(8))
        assert space.library.records("task/")["once"] == {"title": title}


@pytest.mark.usefixtures("small")
def test_what_is_about_nothing_does_not_keep_all_else_that_is_about_nothing_at_hand() -> None:
    shelves = Shelves()
    space = founded(shelves)
    for number in range(24):
        space.write(None, [Say("moment.share", body={"text": f"thanks {number}"})], 1, chance(16))
    for number in (1, 2, 3):
        put_to_rest(space, shelves, space.library.chapter(number))
    at_hand = {said.body["text"] for said in space.statements("moment.")}
    assert {f"thanks {number}" for number in range(12)}.isdisjoint(at_hand)
    assert {f"thanks {number}" for number in range(12, 24)} == at_hand


@pytest.mark.usefixtures("small")
def test_what_stays_at_hand_stays_with_what_was_taken_back_of_it_whatever_that_is_about() -> None:
    shelves = Shelves()
    space = founded(shelves)
    task = ask(space, "early")
    (_, (taken,)) = space.write(None, [Say("task.take", answers=(StatementId(task),))], 1, chance(16))
    (_, (further,)) = space.write(None, [Say("task.take", answers=(taken,))], 1, chance(16))
    while space.home("chapter") != space.library.chapter(5):
        ask(space, f"later{len(list(space.statements('task.')))}")
    put_to_rest(space, shelves, space.library.chapter(1))
    assert {task, taken, further} <= {said.id for said in space.statements("task.")}


@pytest.mark.usefixtures("small")
def test_of_a_chapter_at_rest_only_what_is_unfinished_or_spoken_of_since_stays_at_hand() -> None:
    shelves = Shelves()
    space = founded(shelves)
    first = [ask(space, f"early{number}") for number in range(2)]
    space.write(None, [Say("task.done", first[0])], 1, chance(16))
    while space.home("chapter") != space.library.chapter(5):
        ask(space, f"later{len(list(space.statements('task.')))}")
    for number in (1, 2):
        put_to_rest(space, shelves, space.library.chapter(number))
    subjects = {said.subject for said in space.statements("task.ask")}
    assert "early1" in subjects
    assert "early0" not in subjects
    assert "early1" in space.library.records("task/")
    assert "early0" not in space.library.records("task/")
    assert {said.subject for said in space.history((AT_END, ""), 10_000)} >= {"early0", "early1"}
    assert shelves.loads == [], "nothing had to be woken for that"
    assert space.recall(first[0])
    assert {said.kind for said in space.statements("") if first[0] in (said.id, said.subject)} == {
        "task.ask",
        "task.done",
    }
    assert space.library.records("task/")["early0"] == {"title": "early0"}


@pytest.mark.usefixtures("small")
def test_something_new_about_an_old_thing_brings_it_back() -> None:
    shelves = Shelves()
    space = founded(shelves)
    first = ask(space, "early")
    space.write(None, [Say("task.done", first)], 1, chance(16))
    while space.home("chapter") != space.library.chapter(5):
        ask(space, f"later{len(list(space.statements('task.')))}")
    put_to_rest(space, shelves, space.library.chapter(1))
    assert "early" not in space.library.records("task/")
    space.write(None, [Say("task.take_back", first)], 1, chance(16))
    assert {said.kind for said in space.statements("") if said.subject == first} == {"task.done", "task.take_back"}
    assert space.library.records("task/")["early"] == {"title": "early"}


def test_a_document_at_rest_says_the_same_of_itself_and_wakes_to_the_same() -> None:
    shelves = Shelves()
    space = founded(shelves)
    for number in range(3):
        ask(space, f"task{number}")
    chapter, library = space.home("chapter"), space.library
    before = (library.digest(chapter), dict(library.clock(chapter)), library.ends(chapter), library.records(""))
    changes = {change.raw for change in space.replica(chapter).missing({})}
    put_to_rest(space, shelves, chapter)
    assert chapter not in library.awake
    assert (library.digest(chapter), dict(library.clock(chapter)), library.ends(chapter), library.records("")) == before
    assert {change.raw for change in space.replica(chapter).missing({})} == changes
    assert library.records("") == before[3]


def test_where_nothing_can_be_made_of_the_newest_snapshot_the_one_before_is_used() -> None:
    shelves = Shelves()
    space = founded(shelves)
    ask(space, "task")
    chapter = space.home("chapter")
    put_to_rest(space, shelves, chapter)
    shelves.broken = True
    assert space.replica(chapter).has("task/task")
    assert shelves.loads == [chapter, chapter]


def test_a_snapshot_that_does_not_hold_every_change_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    space = founded(Shelves())
    ask(space, "task")
    replica = space.replica(space.home("chapter"))
    replica._log.append(LoggedChange(bytes(24), 1, bytes(32), b"one more"))
    monkeypatch.setattr(replica, "_deps", [*replica._deps, ()])
    with pytest.raises(InvalidChange, match="could not be made shorter"):
        space.seal(space.home("chapter"))


def test_a_private_document_has_an_id_of_its_device_alone_and_is_never_shared() -> None:
    alex, sam = couple()
    journal = alex.private_document("journal")
    assert journal != alex.document("journal")
    assert journal not in (sam.private_document("journal"), sam.document("journal"))
    write(alex, SetFields("entry", "1", {"line": "mine"}), document=journal)
    assert journal not in alex.library.shared()
    assert alex.record(journal, "entry", "1") == {"line": "mine"}
    assert alex.library.records("entry/") == {}


def enrol_tablet(space: Space) -> Space:
    """A second device of the same person, with all that is here."""
    newcomer = keys_of("tablet")
    proof = newcomer.sign(identity.enrol_message(space.id, space.keys.device, newcomer.public, space.me))
    body = membership.enrolment("Alex", "tablet", newcomer.public, proof, space.me)
    space.say(Say(membership.ENROL, newcomer.device, body, home="core"), 1, chance(16))
    tablet = Space(space.id, newcomer, Shelves(), only_open)
    for document in (space.core, *space.library.shared()):
        deliver(space, tablet, document)
    return tablet


@pytest.mark.usefixtures("small")
def test_a_fold_that_needs_a_resting_document_to_tell_what_is_inside_a_removal_reads_all_the_same() -> None:
    shelves = Shelves()
    space = founded(shelves)
    first = ask(space, "early")
    tablet = enrol_tablet(space)
    chapter = space.library.chapter(1)
    (_, (mine,)) = tablet.write(chapter, [Say("task.ask", "theirs")], 1, chance(16))
    deliver(tablet, space, chapter)
    says = space.removal(tablet.keys.device, chance(8))
    space.write(space.core, says, 1, chance(8 + 8 * len(says)))
    tablet.write(chapter, [Say("task.ask", "later")], 1, chance(16))
    deliver(tablet, space, chapter)
    space.write(None, [Say("task.done", first)], 1, chance(16))
    while space.home("chapter") != space.library.chapter(5):
        ask(space, f"later{len(list(space.statements('task.')))}")
    put_to_rest(space, shelves, chapter)
    space._cuts._held.clear()  # as after an opening
    space._read.clear()
    beyond = {said.id: said.beyond_cut for said in space.statements("") if said.device == tablet.keys.device}
    assert beyond[mine] is False
    assert list(beyond.values()).count(True) == 1
