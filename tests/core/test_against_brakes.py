"""Nobody with altered software may keep another person from writing, or make a small change cost minutes."""

import time

import pytest

from collar_sync import ids, limits
from collar_sync.core.binding import GENESIS
from collar_sync.core.change import Action, Op, Value
from collar_sync.core.edits import Say, SetFields, SetText
from collar_sync.core.outline import RECORDS
from collar_sync.errors import InvalidInput
from tests.core.story import Forger, begun, couple, deliver, write

FIRST = GENESIS.max_op + 1


@pytest.mark.parametrize("heads", [limits.CHANGE_DEPS_MAX - 1, limits.CHANGE_DEPS_MAX + 4, 3 * limits.CHANGE_DEPS_MAX])
def test_however_many_heads_a_device_makes_everybody_can_still_pause_and_be_heard(heads: int) -> None:
    alex, sam = couple()
    alex.write(alex.core, [Say("pause", home="core")], 1, b"one act." * 2)
    for number in range(heads):
        forger = Forger(alex.id, alex.core, sam.keys, number.to_bytes(8, "big"))
        change = forger.change(Op(RECORDS, f"junk/{number}", action=Action.MAKE_MAP))
        alex.receive(alex.core, [change.raw], [forger.tip(change)])
    applied = write(alex, Say("pause", home="core"), document=alex.core)
    assert len(alex.replica(alex.core).heads) == 1
    deliver(alex, sam, alex.core)
    assert applied.learnt[0].id in {said.id for said in sam.statements("pause")}
    assert sam.replica(sam.core).heads == alex.replica(alex.core).heads
    again = alex.replica(alex.core)
    assert [change.seq for change in again.missing({}) if change.actor == applied.tips[0].actor][-1] == applied.tips[
        0
    ].seq


def test_however_many_values_stand_side_by_side_a_field_can_still_be_set() -> None:
    alex, sam = couple()
    chapter = alex.home("chapter")
    write(alex, SetFields("note", "1", {"line": "first"}))
    deliver(alex, sam, chapter)
    record = (FIRST, next(iter(alex.replica(chapter).clock)))
    forger = Forger(alex.id, chapter, sam.keys)
    start, heads = FIRST + 2, sorted(alex.replica(chapter).heads)
    for seq in range(1, 2 + limits.OP_PREDECESSORS_MAX // limits.CHANGE_SLOT_OPS_MAX):
        ops = [Op(record, "line", value=Value.of(f"{number}")) for number in range(limits.CHANGE_SLOT_OPS_MAX)]
        change = forger.change(*ops, seq=seq, start_op=start, deps=heads)
        alex.receive(chapter, [change.raw], [forger.tip(change)])
        start, heads = start + len(ops), [change.hash]
    write(alex, SetFields("note", "1", {"line": "mine"}))
    assert alex.records(chapter, "note")["1"]["line"] == "mine"


def test_a_change_that_overwrites_one_field_again_and_again_is_refused_before_automerge_spends_seconds_on_it() -> None:
    alex, sam = couple()
    chapter = alex.home("chapter")
    write(alex, SetFields("note", "1", {"line": "first"}))
    actor = next(iter(alex.replica(chapter).clock))
    forger = Forger(alex.id, chapter, sam.keys)
    start = FIRST + 2
    ops = [Op((FIRST, actor), "line", value=Value.of(0), predecessors=((FIRST + 1, actor),))]
    ops += [
        Op((FIRST, actor), "line", value=Value.of(0), predecessors=((start + number, forger.actor),))
        for number in range(limits.CHANGE_SLOT_OPS_MAX)
    ]
    with pytest.raises(InvalidInput, match="to one place"):
        forger.change(*ops, start_op=start, deps=sorted(alex.replica(chapter).heads))
    forger.change(*ops[:-1], start_op=start, deps=sorted(alex.replica(chapter).heads))


def test_insertions_all_over_a_long_text_cost_no_more_than_any_operations() -> None:
    alex, sam = couple()
    chapter = alex.home("chapter")
    write(alex, SetText("note", "1", "body", "x" * (limits.CHANGE_OPS_MAX - 10)))
    actor = next(iter(alex.replica(chapter).clock))
    text, places = (FIRST + 1, actor), limits.CHANGE_OPS_MAX - 20
    forger = Forger(alex.id, chapter, sam.keys)
    ops = [
        Op(text, (FIRST + 2 + number * 7_919 % places, actor), True, value=Value.of("y"))
        for number in range(limits.CHANGE_OPS_MAX)
    ]
    change = forger.change(*ops, start_op=FIRST + limits.CHANGE_OPS_MAX - 8, deps=sorted(alex.replica(chapter).heads))
    begun = time.process_time()
    alex.receive(chapter, [change.raw], [forger.tip(change)])
    assert time.process_time() - begun < 3, "quadratic, it takes twenty-five seconds"


def test_two_edits_of_one_text_in_one_write_leave_what_the_last_one_asked_for() -> None:
    alex, _ = couple()
    write(alex, SetText("note", "1", "body", "hello"), SetText("note", "1", "body", "world"))
    assert alex.records(alex.home("chapter"), "note")["1"]["body"] == "world"


def test_what_is_said_before_the_first_sync_is_ones_own_and_readable() -> None:
    alex, sam = couple()
    alone = begun(sam.id, sam.keys)
    applied = write(alone, Say("task.promise", "1"))
    assert [said.author for said in alone.said(applied)] == [alone.me] == [sam.me]
    assert [said.author for said in alone.statements("task.")] == [sam.me]
    assert ids.is_id(alex.me, "person")
