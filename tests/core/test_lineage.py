"""Who is kept out of a document that takes over from another, as its id and its first changes tell."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import ids
from collar_sync.core import identity, lineage
from collar_sync.core.change import Action, Change, Op, Value
from collar_sync.core.durable import Kept
from collar_sync.core.outline import RECORDS
from collar_sync.core.replica import Replica
from collar_sync.errors import InvalidChange
from collar_sync.ids import DocumentId
from tests.core.story import Forger, couple, founded, keys_of

SPLIT = ids.document_id(b"the document, 16")
RECORD = Op(RECORDS, "note/1", action=Action.MAKE_MAP)
DEVICES = st.lists(st.binary(min_size=16, max_size=16).map(ids.device_id), min_size=1, max_size=5, unique=True)


@given(st.text(max_size=20))
def test_no_document_that_is_named_takes_over_from_another_and_every_successor_does(name: str) -> None:
    space = founded()
    assert not ids.takes_over(identity.document_of(space.id, name))
    assert not ids.takes_over(identity.private_document_of(space.keys, name))
    assert ids.takes_over(lineage.named(lineage.line(identity.document_of(space.id, name), [space.keys.device])))


@given(DEVICES, st.randoms())
def test_the_id_stands_for_whom_it_excludes_and_for_no_order(devices: list[ids.DeviceId], chance: Random) -> None:
    there = lineage.named(lineage.line(SPLIT, devices))
    chance.shuffle(devices)
    assert lineage.named(lineage.line(SPLIT, devices)) == there
    assert lineage.named(lineage.line(SPLIT, devices[1:])) != there
    assert lineage.named(lineage.line(there, devices)) != there


class Story:
    """Alex's replica of what takes over from a document that Sam's device split."""

    def __init__(self) -> None:
        self.alex, sam = couple()
        self.line = lineage.line(SPLIT, [sam.keys.device])
        self.document: DocumentId = lineage.named(self.line)
        self.alexs, self.sams = (Forger(self.alex.id, self.document, each.keys) for each in (self.alex, sam))
        self.replica = Replica(self.alex.id, self.document)

    def first(self, forger: Forger, *lines: bytes) -> Change:
        shown = [Op((3, forger.actor), "~line", value=Value.of(each)) for each in lines]
        return forger.change(RECORD, *shown)

    def admit(self, forger: Forger, *changes: Change) -> None:
        staged = self.replica.stage([each.raw for each in changes])
        self.replica.admit(staged, [forger.tip(changes[-1])], self.alex.membership)

    def follow(self, forger: Forger, before: Change) -> Change:
        return forger.change(
            Op(RECORDS, "note/2", action=Action.MAKE_MAP), start_op=before.max_op + 1, deps=[before.hash]
        )


REFUSED: dict[str, Callable[[Story], tuple[Forger, Change]]] = {
    "no line": lambda story: (story.alexs, story.first(story.alexs)),
    "another line": lambda story: (story.alexs, story.first(story.alexs, lineage.line(SPLIT, [keys_of("Kim").device]))),
    "its own exclusion": lambda story: (story.sams, story.first(story.sams, story.line)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_first_change_without_the_line_or_of_somebody_on_it_is_refused(case: str) -> None:
    story = Story()
    forger, change = REFUSED[case](story)
    with pytest.raises(InvalidChange, match="takes over from"):
        story.admit(forger, change)
    assert not story.replica.changes


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after it was opened again"])
def test_whoever_is_excluded_cannot_follow_what_another_began(again: bool) -> None:  # noqa: FBT001  # as pytest passes it
    story = Story()
    first = story.first(story.alexs, b"anything", story.line)
    story.admit(story.alexs, first)
    if again:
        kept = Kept(None, tuple(story.replica.missing({})), tuple(story.replica.tips.values()))
        story.replica = Replica(story.alex.id, story.document)
        story.replica.restore(kept)
    with pytest.raises(InvalidChange, match="split what this document takes over from"):
        story.admit(story.sams, story.follow(story.sams, first))
    third = story.alexs.change(
        Op(RECORDS, "note/3", action=Action.MAKE_MAP), seq=2, start_op=first.max_op + 1, deps=[first.hash]
    )
    story.admit(story.alexs, third)
    assert story.replica.changes == 2
