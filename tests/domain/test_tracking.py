"""Behaviour tracking, told as stories: own entries, kept by their author, shown while both agree, and nowhere after."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.core.passing import Told
from collar_sync.domain import tracking
from collar_sync.domain.agreements import Agreement
from collar_sync.domain.tracking import Shown, word
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from tests.domain.histories import json
from tests.domain.lives import CLEAR
from tests.domain.plain import DAY, Household, PlainLedger, run

HABIT = "lights out by eleven"


async def tracked(home: Household, alex: PlainLedger, sam: PlainLedger, *habits: str) -> Agreement:
    """An agreement of both to track these habits, or to go to bed."""
    made = await alex.agreements.propose("tracking", habits or [HABIT], CLEAR)
    home.sync()
    await sam.agreements.grant(made.id)
    home.sync()
    return sam.agreements.get(made.id)


async def test_each_writes_their_own_entries_and_both_read_them_while_both_agree(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    made = await tracked(home, alex, sam)
    assert sam.tracking.habits() == ((made, HABIT),)
    entry = await sam.tracking.write(made.id, HABIT, " a little  later ")
    assert (entry.day, entry.note) == ("2026-05-01", "a little later")
    assert sam.tracking.mine() == (entry,)
    shown = (Shown(made.id, sam.me, HABIT, "2026-05-01", "a little later"),)
    assert alex.tracking.of(sam.owner) == shown
    await alex.aside.mute(sam.me)
    assert alex.tracking.of(sam.owner) == (), "it waits unseen, as all that somebody muted tells"
    await alex.aside.show(sam.me)
    assert alex.tracking.of(sam.owner) == shown
    await sam.agreements.pause(made.id)
    assert alex.tracking.of(sam.owner) == (), "sam's device tells it no more, and no message was needed"
    with pytest.raises(NotAllowed, match="Your journal is always yours"):
        await sam.tracking.write(made.id, HABIT)
    await sam.agreements.resume(made.id)
    home.sync()
    sam.tracking.tell()
    assert alex.tracking.of(sam.me) == shown
    alex.clock += 14 * DAY
    assert (alex.tracking.of(sam.me), sam.tracking.mine()) == ((), (entry,))
    told = [line.text for day in alex.timeline.page().days for line in day.lines]
    assert told
    assert not any("a little later" in text or "entry" in text for text in told)


async def test_a_new_version_shows_what_was_written_under_the_one_before_as_far_as_it_includes_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    made = await tracked(home, alex, sam, "sleep", "screens")
    for habit in ("sleep", "screens"):
        await sam.tracking.write(made.id, habit)
    assert [each.habit for each in alex.tracking.of(sam.me)] == ["screens", "sleep"]
    later = await alex.agreements.propose("tracking", ["sleep"], CLEAR, supersedes=made.id)
    home.sync()
    await sam.agreements.grant(later.id)
    home.sync()
    sam.tracking.tell()
    assert [(each.habit, each.agreement) for each in alex.tracking.of(sam.me)] == [("sleep", later.id)]
    assert len(sam.tracking.mine()) == 2
    other = await tracked(home, alex, sam, "screens")
    sam.tracking.tell()
    assert [each.habit for each in alex.tracking.of(sam.me)] == ["sleep"], "another agreement is another one"
    assert other.lineage != later.lineage


async def test_own_entries_stay_with_the_device_they_were_written_on_and_ones_other_device_is_shown_them(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    phone = home.second_device("Sam")
    made = await tracked(home, alex, sam)
    await sam.tracking.write(made.id, HABIT, "on the laptop")
    await phone.tracking.write(made.id, HABIT, "on the phone")
    assert [each.note for each in sam.tracking.mine()] == ["on the laptop"]
    assert [each.note for each in sam.tracking.of(sam.me)] == ["on the phone"]
    assert [each.note for each in alex.tracking.of(sam.me)] == ["on the laptop", "on the phone"]
    await alex.agreements.revoke(made.id)
    home.sync()
    assert sam.tracking.of(sam.me) == alex.tracking.of(sam.me) == ()
    assert [each.note for each in phone.tracking.mine()] == ["on the phone"]


async def test_an_entry_is_taken_back_by_its_author_alone(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    made = await tracked(home, alex, sam)
    entry = await sam.tracking.write(made.id, HABIT, day="2026-04-30")
    kept = await sam.tracking.write(made.id, HABIT, "kept")
    with pytest.raises(NotFound, match="no such entry of yours"):
        await alex.tracking.remove(entry.id)
    with pytest.raises(NotFound):
        await sam.tracking.remove(kept.id, "another")
    await sam.tracking.remove(entry.id)
    assert sam.tracking.mine() == (kept,)
    assert [each.note for each in alex.tracking.of(sam.me)] == ["kept"]
    await sam.tracking.remove(kept.id)
    assert (alex.tracking.of(sam.me), sam.tracking.mine(), alex.air.heard()) == ((), (), ())


async def test_what_is_shown_is_told_again_at_the_next_opening_and_not_while_it_is_told_already(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    made = await tracked(home, alex, sam)
    await sam.tracking.write(made.id, HABIT)
    sam.air.words.clear()  # the device was closed
    sam.tracking.tell()
    assert [each.habit for each in alex.tracking.of(sam.me)] == [HABIT]
    before = sam.air.told()
    sam.tracking.tell()
    assert sam.air.told() == before


async def test_the_longest_note_fits_alone(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    made = await tracked(home, alex, sam)
    await sam.tracking.write(made.id, HABIT, "\N{SHORTCAKE}" * 500)
    assert {len(each.note) for each in alex.tracking.of(sam.me)} == {500}


async def test_entries_about_anything_but_a_named_habit_are_refused(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    made = await tracked(home, alex, sam)
    rule = await alex.agreements.propose("rule", ["phones away"], CLEAR)
    with pytest.raises(NotAllowed, match="no agreement of yours to track"):
        await alex.tracking.write(rule.id, "phones away")
    with pytest.raises(InvalidInput, match="a habit that this agreement names"):
        await alex.tracking.write(made.id, "where you were")
    with pytest.raises(InvalidInput, match="by its day"):
        await alex.tracking.write(made.id, HABIT, day="yesterday")
    assert (alex.tracking.mine(), alex.air.told()) == ((), ())


bodies = st.binary(max_size=64) | st.builds(msgspec.msgpack.encode, st.lists(json | st.lists(json, max_size=3)))


@given(st.lists(bodies, max_size=4))
def test_no_word_whatever_that_altered_software_tells_breaks_what_is_shown(said: list[bytes]) -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    made = run(tracked(home, alex, sam))
    for body in said:
        kind = word(made.lineage, HABIT)
        sam.air.words[kind] = Told(kind, body, (alex.me,), sam.now(), sam.now() + DAY)
        assert all(each.habit == HABIT and each.person == sam.me for each in alex.tracking.of(sam.me))
    elsewhere = tracking.PREFIX + "elsewhere"
    sam.air.words[elsewhere] = Told(elsewhere, b"\x90", (alex.me,), sam.now(), sam.now() + DAY)
    assert [each.kind for each in alex.air.heard()] == [word(made.lineage, HABIT)] * bool(said)


@pytest.mark.parametrize("body", [{"kind": "tracking", "until": "soon"}, {"kind": "tracking", "until": 1 << 62}, {}])
async def test_no_proposal_whatever_breaks_what_is_shown(body: dict[str, Any]) -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    sam.say("agreement.propose", body=body)
    home.sync()
    alex.tracking.tell()
    assert alex.air.told() == ()
