"""Of what is left of a document counts what holds together and is signed; what only rows have is said once more."""

from collections.abc import Callable

import pytest

from collar_sync.core import identity
from collar_sync.core.durable import KeptRecord, KeptStatement, Tip
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.membership import Membership
from collar_sync.core.rescue import Remains, Restored, restore
from collar_sync.core.sayings import Sayings, keep
from collar_sync.core.space import Space
from collar_sync.ids import DocumentId
from tests.core.story import couple, deliver, write

CHANCE = b"rescuing"


class Scene:
    """A chapter in which Alex and Sam wrote in turn, as Alex's device has it, and what a damaged store left of it."""

    def __init__(self) -> None:
        self.alex, self.sam = couple()
        self.document: DocumentId = self.alex.home("chapter")
        self.tips: list[Tip] = []
        for number in range(4):
            for one, other in ((self.alex, self.sam), (self.sam, self.alex)):
                self.tips += write(
                    one, Say("word", str(number)), SetFields("note", str(number), {"by": one.keys.device})
                ).tips
                deliver(one, other, self.document)
        self.replica = self.alex.replica(self.document)
        self.log = self.replica.missing({})

    def remains(self, keep_change: Callable[[int], bool] = lambda _place: True) -> Remains:
        """What is left: the changes at these places of the log, and every signature."""
        remains = Remains(self.document)
        for place, change in enumerate(self.log):
            if keep_change(place):
                remains.take(change.raw)
            remains.know(change.actor, change.seq)
        for tip in self.tips:
            remains.sign(tip)
        return remains

    def rows(self, by: Space) -> list[KeptStatement]:
        """The rows of what one of them said."""
        held = Sayings()
        for learnt, document in self.alex.sayings.of("word"):
            if learnt.device == by.keys.device:
                held.add(document, learnt)
        return [keep(each, self.document, brought) for each, brought in held.said_in(self.document)]

    def restored(self, remains: Remains, chance: bytes | None = None, membership: Membership | None = None) -> Restored:
        return restore(self.alex.id, remains, membership or self.alex.membership, self.alex.keys, chance)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_what_is_whole_is_the_same_again_and_nothing_is_missing(scene: Scene) -> None:
    restored = scene.restored(scene.remains(), CHANCE)
    assert restored.replica.digest() == scene.replica.digest()
    assert restored.replica.tips == scene.replica.tips
    assert (dict(restored.lost), restored.again) == ({}, 0)


def test_what_follows_a_change_that_is_gone_is_not_taken_and_is_counted(scene: Scene) -> None:
    restored = scene.restored(scene.remains(lambda place: place != 3))
    assert [each.hash for each in restored.replica.missing({})] == [each.hash for each in scene.log[:3]]
    assert sum(restored.lost.values()) == len(scene.log) - 3
    assert restored.replica.signed_by({tip.hash for tip in restored.replica.tips.values()})


def test_own_changes_are_signed_anew_where_the_signature_is_gone_and_others_are_left_out(scene: Scene) -> None:
    remains = scene.remains()
    (own,) = (tip for tip in scene.replica.tips.values() if tip.actor == scene.log[0].actor)
    (theirs,) = (tip for tip in scene.replica.tips.values() if tip != own)
    del remains.tips[own.actor]
    assert scene.restored(remains).replica.tips == scene.replica.tips, "the same signature: it follows from the bytes"
    remains.tips[theirs.actor] = [Tip(theirs.actor, theirs.seq, theirs.hash, bytes(64))]
    restored = scene.restored(remains)
    assert [each.hash for each in restored.replica.missing({})] == [scene.log[0].hash], "nothing of Sam's, nor after it"
    assert dict(restored.lost) == {own.actor: 3, theirs.actor: 4}


def test_an_older_signature_covers_what_came_before_it(scene: Scene) -> None:
    remains = Remains(scene.document)
    for change in scene.log:
        remains.take(change.raw)
    second = scene.log[3]
    message = identity.tip_message(scene.alex.id, scene.document, second.actor, second.seq, second.hash)
    remains.sign(Tip(second.actor, second.seq, second.hash, scene.sam.keys.sign(message)))
    restored = scene.restored(remains)
    assert [each.hash for each in restored.replica.missing({})] == [each.hash for each in scene.log[:5]]


def test_a_device_that_nobody_let_in_counts_for_nothing(scene: Scene) -> None:
    restored = scene.restored(scene.remains(), membership=Membership(scene.alex.id))
    assert [each.hash for each in restored.replica.missing({})] == [scene.log[0].hash]


def test_own_words_of_which_only_a_row_is_left_are_said_again_as_the_same_and_no_other_s_are(scene: Scene) -> None:
    remains = scene.remains(lambda place: place < 4)
    remains.statements = [*scene.rows(scene.alex), *scene.rows(scene.sam)]
    restored = scene.restored(remains, CHANCE)
    said = {each.id: each.device for each in restored.learnt}
    own = {each.id for each in scene.rows(scene.alex)}
    assert {each for each, device in said.items() if device == scene.alex.keys.device} == own
    assert len(said) == len(own) + 2, "of Sam's, those that Sam's changes say"
    assert (restored.again, restored.replica.changes) == (2, 5)
    assert restored.replica.signed_by({tip.hash for tip in restored.replica.tips.values()})
    assert scene.sam.receive(
        scene.document, [each.raw for each in restored.replica.missing({})], [*restored.replica.tips.values()]
    )


def test_a_row_that_is_not_what_it_is_named_is_not_said(scene: Scene) -> None:
    row, other = scene.rows(scene.alex)[-2:]
    remains = scene.remains(lambda place: place < 4)
    remains.statements = [
        KeptStatement(row.id, *(getattr(other, name) for name in KeptStatement.__struct_fields__[1:]))
    ]
    assert scene.restored(remains, CHANCE).replica.changes == 4


def test_fields_that_only_a_row_has_are_written_again_and_those_that_stand_are_left(scene: Scene) -> None:
    remains = scene.remains(lambda place: place < 2)
    remains.records = [
        KeptRecord(scene.document, "note/0", {"by": "somebody", "title": "Ferns"}),
        KeptRecord(scene.document, "note/9", {"title": "Moss"}),
    ]
    restored = scene.restored(remains, CHANCE)
    before = scene.replica.record("note/0")
    assert before is not None
    assert restored.replica.record("note/0") == {**before, "title": "Ferns"}
    assert restored.replica.record("note/9") == {"title": "Moss"}
    assert scene.restored(remains).replica.record("note/9") is None, "not where this device may write nothing"


def test_what_is_no_change_is_passed_over(scene: Scene) -> None:
    remains = scene.remains()
    remains.take(b"nonsense")
    altered = bytearray(scene.log[0].raw)
    altered[-1] ^= 1
    remains.take(bytes(altered))
    remains.marks = b"nonsense"
    restored = scene.restored(remains)
    assert restored.replica.digest() == scene.replica.digest()
    assert restored.marks is None
