"""The Checklist rule, told as stories."""

import pytest

from collar_sync import limits
from collar_sync.domain.checklist import State
from collar_sync.domain.checklists import STARTERS
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from tests.domain.plain import DAY, HOUR, MAY_DAY, Household, PlainLedger

LINES = ["I want this", "I know the word that stops everything"]


async def test_silence_means_not_ready_and_ready_is_everyone_having_ticked_everything(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    begun = await alex.checklists.begin("scene", LINES, "Before we play")
    assert (begun.state(MAY_DAY), begun.waiting_for) == (State.WAITING, tuple(sorted(home.people)))
    await alex.checklists.tick(begun.id)
    home.sync()
    half = await sam.checklists.tick(begun.id, "I want this")
    assert (half.state(MAY_DAY), half.waiting_for, half.ticked_by(sam.me)) == (State.WAITING, (sam.me,), (LINES[0],))
    assert (await sam.checklists.tick(begun.id)).state(MAY_DAY) is State.READY
    home.sync()
    assert alex.checklists.all() == sam.checklists.all()


@pytest.mark.parametrize("line", ["I want \u202eon siht", "I want\u200b this"])
async def test_what_everyone_ticks_holds_nothing_that_cannot_be_seen_whoever_began_it(
    home: Household, alex: PlainLedger, sam: PlainLedger, line: str
) -> None:
    for words in ({"lines": [line]}, {"lines": LINES, "title": line}):
        with pytest.raises(InvalidInput, match="cannot be seen"):
            await alex.checklists.begin("scene", **words)
    body = {"occasion": "scene", "title": "scene", "people": [alex.me, sam.me], "until": MAY_DAY + HOUR}
    alex.say("checklist.begin", "", {**body, "lines": [line]})
    home.sync()
    assert sam.checklists.all() == ()
    (found,) = sam.checklists.problems()
    assert "cannot be seen" in found.reason


async def test_anyones_untick_stops_it_for_good_and_a_new_round_is_ticked_afresh(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    begun = await alex.checklists.begin("scene", LINES)
    home.sync()
    for ledger in (alex, sam):
        await ledger.checklists.tick(begun.id)
    home.sync()
    stopped = await sam.checklists.untick(begun.id)
    assert (stopped.state(MAY_DAY), stopped.stopped_by) == (State.STOPPED, (sam.me,))
    with pytest.raises(NotAllowed, match="Begin it afresh"):
        await sam.checklists.tick(begun.id)
    alex.say("checklist.tick", begun.id, {"lines": LINES})
    home.sync()
    assert alex.checklists.get(begun.id).state(MAY_DAY) is State.STOPPED
    again = await alex.checklists.again(begun.id)
    assert (again.lines, again.ticked, again.state(MAY_DAY)) == (tuple(LINES), (), State.WAITING)


async def test_a_new_round_ends_the_one_before_and_so_do_its_hours(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    first = await alex.checklists.begin("aftercare", hours=2)
    assert first.lines == STARTERS["aftercare"]
    second = await alex.checklists.begin("aftercare", hours=2)
    assert alex.checklists.get(first.id).state(MAY_DAY) is State.OVER
    assert [each.id for each in alex.checklists.open()] == [second.id]
    assert second.state(second.begun_at + 2 * HOUR) is State.OVER
    third = await alex.checklists.begin("scene", LINES)
    home.sync()
    assert (await sam.checklists.end(third.id)).state(MAY_DAY) is State.OVER


async def test_in_a_pause_nothing_is_ready_nothing_is_ticked_and_new_rounds_wait_unseen(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    begun = await alex.checklists.begin("scene", LINES)
    home.sync()
    for ledger in (alex, sam):
        await ledger.checklists.tick(begun.id)
    await sam.pauses.pause()
    home.sync()
    assert alex.checklists.get(begun.id).state(MAY_DAY) is State.STOPPED
    assert alex.checklists.get(begun.id).stopped_by_pause
    other = await alex.checklists.begin("scene", LINES, "Another")
    home.sync()
    with pytest.raises(NotAllowed, match="A pause stands"):
        await sam.checklists.tick(other.id)
    assert other.state(MAY_DAY) is State.PAUSED
    assert sam.checklists.open() == ()
    assert (await sam.checklists.untick(other.id)).stopped_by == (sam.me,)


async def test_whoever_is_not_named_has_no_say_and_who_leaves_stops_it() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    begun = await alex.checklists.begin("scene", LINES, people=[sam.owner])
    home.sync()
    for act in (kim.checklists.tick, kim.checklists.untick, kim.checklists.end, kim.checklists.again):
        with pytest.raises(NotAllowed, match="Only those who are named"):
            await act(begun.id)
    for kind in ("tick", "stop", "finish"):
        kim.say(f"checklist.{kind}", begun.id)
    home.sync()
    assert alex.checklists.get(begun.id).state(MAY_DAY) is State.WAITING
    assert len(alex.checklists.problems()) == 3
    home.leave("Sam")
    assert alex.checklists.get(begun.id).state(MAY_DAY) is State.STOPPED


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"lines": []}, "It is no checklist that this version can show."),
        ({"lines": ["a", "a"]}, "It says a line twice."),
        ({"people": []}, "It is no checklist that this version can show."),
        ({"people": ["person_x"]}, "Whoever begins a checklist takes part in it."),
        ({"until": MAY_DAY + 2 * DAY}, "It would be ready for longer than 24 hours."),
        ({"occasion": "inspection"}, "It is no checklist that this version can show."),
    ],
)
async def test_a_round_that_could_not_be_begun_here_is_named(
    sam: PlainLedger, body: dict[str, object], reason: str
) -> None:
    whole = {"occasion": "scene", "title": "t", "lines": ["a"], "people": [sam.me], "until": MAY_DAY, **body}
    sam.say("checklist.begin", body=whole)
    assert [each.reason for each in sam.checklists.problems()] == [reason]
    assert sam.checklists.all() == ()


async def test_a_round_that_is_about_something_else_does_not_count(sam: PlainLedger) -> None:
    """What another name holds at hand would stay there when what stopped it had gone to rest."""
    body = {"occasion": "scene", "title": "t", "lines": ["a"], "people": [sam.me], "until": MAY_DAY}
    sam.say("checklist.begin", sam.say("pause").id, body)
    assert sam.checklists.all() == ()
    assert len(sam.checklists.problems()) == 1


async def test_what_cannot_be_begun_or_ticked_is_refused_with_what_to_do(sam: PlainLedger) -> None:
    with pytest.raises(InvalidInput, match="Choose one of these occasions"):
        await sam.checklists.begin("inspection")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="Begin it afresh when the time comes"):
        await sam.checklists.begin("scene", hours=limits.CHECKLIST_HOURS_MAX + 1)
    with pytest.raises(NotFound, match="no such checklist"):
        await sam.checklists.tick("statement_x")
    begun = await sam.checklists.begin("scene", LINES)
    with pytest.raises(InvalidInput, match="not in this checklist"):
        await sam.checklists.tick(begun.id, "I want everything")
    assert len(sam.heard) == 1
    sam.say("checklist.tick", begun.id, {"lines": ["I want everything"]})
    sam.say("checklist.force", begun.id)
    sam.say("checklist.tick", "statement_x", {"lines": []})
    assert len(sam.checklists.problems()) == 3


async def test_a_round_that_was_stopped_or_is_over_rests_and_comes_back_as_it_was_when_it_is_named(
    sam: PlainLedger,
) -> None:
    first = await sam.checklists.begin("scene", LINES)
    second = await sam.checklists.begin("scene", LINES)
    third = await sam.checklists.begin("aftercare")
    await sam.checklists.tick(second.id)
    await sam.checklists.untick(second.id)
    sam.put_away()
    assert [each.id for each in sam.checklists.all()] == [third.id]
    assert sam.checklists.get(second.id).state(MAY_DAY) is State.STOPPED
    assert sam.checklists.get(first.id).state(MAY_DAY) is State.OVER
