"""However many devices split one document, what was said and written wherever somebody went on is followed."""

from collections.abc import Iterator

import msgspec
import pytest

from collar_sync.core import bringing, equivocation
from collar_sync.core.change import Action, Op
from collar_sync.core.durable import Kept
from collar_sync.core.edits import Edit, Say, SetFields
from collar_sync.core.equivocation import Proof, prove
from collar_sync.core.events import Now, Store
from collar_sync.core.outline import RECORDS
from collar_sync.core.space import Space
from collar_sync.core.steps import Applied
from collar_sync.core.vault import SpaceRecord, Turn, Vault
from collar_sync.ids import DocumentId
from tests.core.story import NOW, SALT, Forger, Papers, chance, deliver, founded, join

SPLITTERS = 7


class Story:
    """Alex's and Kim's devices, and those of others, which all split one document; Alex has both sides of each."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.alex = founded()
        self.kim = join(self.alex, "Kim")
        others = [join(self.alex, f"Other {number}") for number in range(SPLITTERS)]
        self.written: list[Applied] = []
        deliver(self.alex, self.kim, self.alex.core)
        self.act(self.alex, 0)
        self.document: DocumentId = self.place(self.alex)
        self.proofs = [*self.split([Forger(self.alex.id, self.document, each.keys) for each in others])]
        deliver(self.alex, self.kim, self.document)

    def place(self, space: Space) -> DocumentId:
        """Where it is written now."""
        return space.home("core" if self.home == "core" else "chapter")

    def act(self, space: Space, number: int) -> None:
        """Say something, and write something, where it is written now."""
        edits: list[Edit] = [
            Say("word", f"{space.keys.device} {number}"),
            SetFields("note", f"{space.keys.device}{number}", {"a": 1}),
        ]
        applied, _ = space.write(self.place(space), edits, NOW, chance(16))
        self.written += applied if space is self.alex else []

    def split(self, forgers: list[Forger]) -> Iterator[Proof]:
        """Have each device tell two histories."""
        heads = sorted(self.alex.replica(self.document).heads)
        start = max(self.alex.replica(self.document)._last_op.values()) + 1
        rivals = []
        for number, forger in enumerate(forgers):
            one, other = (
                forger.change(Op(RECORDS, f"{side}/{number}", action=Action.MAKE_MAP), start_op=start, deps=heads)
                for side in ("one", "other")
            )
            self.written.append(self.alex.receive(self.document, [one.raw], [forger.tip(one)]))
            rivals.append(([other.raw], [forger.tip(other)]))
        for rival in rivals:
            held = self.alex.replica(self.document)
            proof = prove((self.alex.id, self.document), held, *rival, self.alex.membership)
            assert proof is not None
            yield proof

    def hear(self, space: Space, proof: Proof) -> None:
        """Learn of one more, and go on."""
        space.convict(proof)
        brought = bringing.bring(space, chance(8))
        self.written += brought if space is self.alex else []


def reads(story: Story, space: Space) -> tuple[set[str], set[str]]:
    """What was said, and the notes, as they read."""
    return {each.subject for each in space.statements("word")}, set(space.library.records("note/"))


def of(space: Space, count: int) -> set[str]:
    return {f"{space.keys.device} {number}" for number in range(count)}


@pytest.mark.parametrize("home", ["core", "chapter"])
def test_what_was_said_between_two_of_many_splits_stands_in_the_home_of_all(home: str) -> None:
    story = Story(home)
    for number, proof in enumerate(story.proofs, 1):
        story.hear(story.alex, proof)
        story.act(story.alex, number)
    said, notes = reads(story, story.alex)
    assert said == of(story.alex, SPLITTERS + 1)
    assert len(notes) == SPLITTERS + 1
    there = story.alex.replica(story.place(story.alex))
    assert {key for key in there.record_keys() if key.startswith("note/")} == {f"note/{each}" for each in notes}
    assert all(story.alex.library.readable(document) for document in story.alex.library)


@pytest.mark.parametrize("home", ["core", "chapter"])
def test_two_who_heard_of_many_splits_in_another_order_end_with_the_same(home: str) -> None:
    story = Story(home)
    for number in range(SPLITTERS):
        story.hear(story.alex, story.proofs[number])
        story.act(story.alex, number + 1)
        story.hear(story.kim, story.proofs[-1 - number])
        story.act(story.kim, number + 1)
    for document in [*story.alex.library]:  # also what the other went on in meanwhile
        if not story.alex.library.splits.frozen(document):
            deliver(story.alex, story.kim, document)
    deliver(story.kim, story.alex, story.place(story.kim))
    assert reads(story, story.alex) == reads(story, story.kim)
    words, _ = reads(story, story.alex)
    assert words >= of(story.alex, SPLITTERS + 1) | (of(story.kim, SPLITTERS + 1) - of(story.kim, 1))


@pytest.mark.parametrize("home", ["core", "chapter"])
def test_what_another_went_on_in_before_they_heard_of_all_is_read_where_it_shows_its_line(home: str) -> None:
    story = Story(home)
    for proof in story.proofs[:5]:
        story.hear(story.alex, proof)
    story.act(story.alex, 1)
    between = story.place(story.alex)
    deliver(story.alex, story.kim, between)  # who has heard of nobody
    for proof in reversed(story.proofs):
        story.hear(story.kim, proof)
    assert story.kim.library.splits.frozen(between)
    assert story.kim.library.readable(between)
    assert reads(story, story.kim)[0] == of(story.alex, 2)


@pytest.mark.parametrize("home", ["core", "chapter"])
def test_it_is_followed_after_the_next_opening_too(home: str) -> None:
    story = Story(home)
    seed = b"Alex".ljust(32, b".")
    settings: dict[str, bytes] = {}
    papers = Papers()
    vault = Vault(seed, lambda: settings, papers)
    settings |= vault.add(story.alex, SpaceRecord(SALT))
    for number, proof in enumerate(story.proofs, 1):
        story.hear(story.alex, proof)
        story.act(story.alex, number)
        settings[f"proof/{story.alex.id}/{equivocation.name(proof).hex()}"] = msgspec.msgpack.encode(proof)
    turn = Turn(Now(NOW, 0), bytes)
    core = [document for document in story.alex.library if document == story.alex.core]
    for applied in story.written:
        vault.keep(story.alex, [applied], turn)
    for effect in turn.out:
        if isinstance(effect, Store):
            settings |= {name: value for name, value in effect.batch.settings.items() if value is not None}
    settings |= {f"document/{each}": story.alex.id.encode() for each in core}
    for document, replica in story.alex.library.awake.items():
        papers.kept[document] = Kept(None, tuple(replica.missing({})), tuple(replica.tips.values()))
    again = Vault(seed, lambda: settings, papers).spaces[story.alex.id]
    assert reads(story, again) == reads(story, story.alex)
    assert all(again.library.readable(document) for document in again.library)


def test_a_line_that_names_somebody_who_split_nothing_is_not_followed() -> None:
    story = Story("chapter")
    for proof in story.proofs[:5]:
        story.hear(story.alex, proof)
    made_up = story.alex.library.splits.home(story.document)
    for proof in story.proofs[1:]:
        story.hear(story.kim, proof)
    deliver(story.alex, story.kim, made_up)
    assert not story.kim.library.readable(made_up), "of the first to split it, Kim has heard nothing yet"
    story.hear(story.kim, story.proofs[0])
    assert story.kim.library.readable(made_up)
