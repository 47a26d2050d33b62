"""A document larger than one message may be goes in slices, each signed for; no batch holds more than it may."""

import random

import pytest

from collar_sync import limits
from collar_sync.core import evidence, wire
from collar_sync.core.binding import GENESIS
from collar_sync.core.change import HEAD, Action, Change, Op, Value
from collar_sync.core.durable import Kept
from collar_sync.core.edits import SetFields
from collar_sync.core.outline import RECORDS
from collar_sync.core.replica import Replica
from collar_sync.core.session import Session
from collar_sync.core.space import Space
from collar_sync.core.wire import Changes
from collar_sync.errors import InvalidChange
from tests.core.story import Forger, couple, deliver, fingerprint, join, write
from tests.core.test_session import Side, meet, talk

PICTURES = 60
PICTURE_BYTES = 40_000
SEVERAL = 4


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> tuple[Space, Space]:
    """Alex and Sam put pictures into one document in turns, and come into step each time; bounds are small."""
    monkeypatch.setattr(limits, "BATCH_BYTES_MAX", 300_000)
    monkeypatch.setattr(limits, "SNAPSHOT_CHANGES_BYTES_MAX", 600_000)
    alex, sam = couple()
    for number in range(PICTURES):
        writer, reader = (alex, sam) if number % 2 else (sam, alex)
        content = random.Random(number).randbytes(PICTURE_BYTES)  # noqa: S311  # not to be compressed
        write(writer, SetFields("picture", f"{number:03d}", {"of": content}))
        deliver(writer, reader, alex.home("chapter"))
    return alex, sam


def plain(side: Side) -> list[wire.Message]:
    return [wire.decode(each) for each in side.out]


def test_a_document_larger_than_a_message_comes_whole_in_messages_of_which_each_fits(
    pictures: tuple[Space, Space],
) -> None:
    alex, _ = pictures
    kim = join(alex, "Kim")
    one, two = Side(alex), Side(kim)
    for side in (one, two):
        side.say(side.session.hello(durable=True))
    one.hear(wire.decode(two.out.popleft()))
    two.hear(wire.decode(one.out.popleft()))
    slices = [each for each in plain(one) if isinstance(each, Changes)]
    assert len(slices) > SEVERAL
    for message in slices:
        assert sum(map(len, message.changes)) <= limits.SNAPSHOT_CHANGES_BYTES_MAX
    talk(one, two)
    assert fingerprint(kim) == fingerprint(alex)
    assert set(two.came.values()) == {1}
    assert not one.session.too_large


def test_slices_that_were_not_taken_to_be_sent_are_not_taken_for_sent_and_what_is_written_meanwhile_comes_after_them(
    pictures: tuple[Space, Space],
) -> None:
    alex, sam = pictures
    kim = join(alex, "Kim")
    chapter = alex.home("chapter")
    one, two = Side(alex), Side(kim)
    one.session.receive_have(two.session.hello(durable=True), durable=True)
    one.say(*one.session.offer(alex.core))
    begun = one.session.offer(chapter)
    one.say(next(begun), next(begun))  # the network takes no more for now
    write(sam, SetFields("note", "1", {"line": "meanwhile"}))
    deliver(sam, alex, chapter)
    one.say(*one.session.offer(chapter))
    talk(one, two)
    assert fingerprint(kim) == fingerprint(alex)
    assert set(two.came.values()) == {1}


def test_where_a_document_can_be_cut_is_known_after_it_was_sealed_and_read_back_in_another_order(
    pictures: tuple[Space, Space],
) -> None:
    alex, sam = pictures
    chapter = alex.home("chapter")
    before = alex.replica(chapter)
    marks = alex.library.marked(chapter)
    assert marks is not None
    assert alex.library.marked(chapter) is None, "it is kept once"
    chunk, _ = before.seal()
    again = Replica(alex.id, chapter)
    again.restore(Kept(chunk, (), tuple(before.tips.values()), marks))
    alex.library.awake[chapter] = again
    write(sam, SetFields("note", "1", {"line": "later"}))
    deliver(sam, alex, chapter)
    kim = join(alex, "Kim")
    one, two = meet(alex, kim)
    assert fingerprint(kim) == fingerprint(alex)
    assert not one.session.too_large
    assert two.kinds.count("Changes") > SEVERAL


def test_a_document_that_came_as_one_snapshot_goes_on_as_slices_once_it_grew(
    pictures: tuple[Space, Space], monkeypatch: pytest.MonkeyPatch
) -> None:
    alex, sam = pictures
    chapter = alex.home("chapter")
    monkeypatch.setattr(limits, "SNAPSHOT_CHANGES_BYTES_MAX", PICTURES * PICTURE_BYTES * 2)
    lee = join(alex, "Lee")
    _, two = meet(alex, lee)
    assert "Snapshot" in two.kinds
    for number in range(PICTURES):
        write(sam, SetFields("note", str(number), {"of": random.Random(number).randbytes(PICTURE_BYTES * 2)}))  # noqa: S311
        deliver(sam, lee, chapter)
    kim = join(alex, "Kim")
    one, two = meet(lee, kim)
    assert fingerprint(kim) == fingerprint(lee)
    assert not one.session.too_large
    assert "Snapshot" not in two.kinds


def dense(space: Space, count: int) -> tuple[Forger, list[Change]]:
    """Changes of as many operations as one may hold, one character each: twenty kilobytes take ten megabytes."""
    forger = Forger(space.id, space.home("chapter"), space.keys)
    made: list[Change] = []
    start, deps, key = GENESIS.max_op + 1, (GENESIS.hash,), HEAD
    record, text = (start, forger.actor), (start + 1, forger.actor)
    ops = [Op(RECORDS, "note/a", action=Action.MAKE_MAP), Op(record, "body", action=Action.MAKE_TEXT)]
    for seq in range(1, count + 1):
        while len(ops) < limits.CHANGE_OPS_MAX:
            ops.append(Op(text, key, insert=True, value=Value.of("a")))
            key = (start + len(ops) - 1, forger.actor)  # type: ignore[assignment]
        made.append(forger.change(*ops, seq=seq, start_op=start, deps=deps))
        start, deps, ops = start + len(ops), (made[-1].hash,), []
    return forger, made


def test_more_operations_than_may_come_at_once_are_refused_however_few_bytes_they_take() -> None:
    alex, sam = couple()
    before = fingerprint(alex)
    forger, changes = dense(sam, limits.BATCH_OPS_MAX // limits.CHANGE_OPS_MAX + 1)
    raws, tips = [change.raw for change in changes], (forger.tip(changes[-1]),)
    with pytest.raises(InvalidChange, match="More operations came at once"):
        alex.receive(sam.home("chapter"), raws, tips)
    with pytest.raises(InvalidChange, match="More operations came at once"):
        evidence.attributed(wire.Testimony(sam.home("chapter"), tuple(raws), tips), alex.membership, in_core=False)
    assert fingerprint(alex) == before


def test_a_long_text_goes_in_slices_of_no_more_operations_than_may_come_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "BATCH_OPS_MAX", limits.CHANGE_OPS_MAX)
    alex, sam = couple()
    forger, changes = dense(sam, 3)
    for change in changes:
        alex.receive(sam.home("chapter"), [change.raw], [forger.tip(change)])
    assert alex.replica(sam.home("chapter")).operations() > limits.BATCH_OPS_MAX
    one, two = meet(alex, sam)
    assert fingerprint(sam) == fingerprint(alex)
    assert two.kinds.count("Changes") == 3
    assert not one.session.too_large
    assert not Session(alex).too_large
