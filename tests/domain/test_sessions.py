"""The Focus session rule, told as stories."""

import pytest

from collar_sync import limits
from collar_sync.domain.focus import State
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from tests.domain.plain import HOUR, MAY_DAY, MINUTE, Household, PlainLedger


async def test_both_read_the_same_clock_and_the_end_is_soft(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    started = await alex.sessions.begin("journaling", 20)
    home.sync()
    sam.clock += 5 * MINUTE
    joined = await sam.sessions.join(started.id)
    home.sync()
    assert joined.inside == tuple(sorted(home.people))
    for now in (MAY_DAY, MAY_DAY + 7 * MINUTE, MAY_DAY + 3 * HOUR):
        assert alex.sessions.get(started.id).left(now) == sam.sessions.get(started.id).left(now)
    assert (joined.elapsed(MAY_DAY + 7 * MINUTE), joined.left(MAY_DAY + 7 * MINUTE)) == (7 * MINUTE, 13 * MINUTE)
    assert joined.state(MAY_DAY + 20 * MINUTE - 1) is State.RUNNING
    assert joined.state(MAY_DAY + 20 * MINUTE) is State.TIME_IS_UP
    assert joined.left(MAY_DAY + 3 * HOUR) == 0
    assert alex.sessions.current() == sam.sessions.current() == joined
    ended = await sam.sessions.end(started.id)
    assert ended.state(sam.now()) is State.ENDED
    assert sam.sessions.current() is None


async def test_breaks_are_each_persons_own_and_stop_the_clock_once(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    started = await alex.sessions.begin("study", 30)
    home.sync()
    await sam.sessions.join(started.id)
    home.sync()
    for ledger, minutes in ((alex, 5), (sam, 8)):
        ledger.clock = MAY_DAY + minutes * MINUTE
        await ledger.sessions.take_break(started.id)
    home.sync()
    alex.clock = MAY_DAY + 10 * MINUTE
    held = await alex.sessions.resume(started.id)
    assert (held.on_break, held.state(alex.now()), held.elapsed(alex.now())) == ((sam.me,), State.BREAK, 5 * MINUTE)
    with pytest.raises(NotAllowed, match="no break of your own"):
        await alex.sessions.resume(started.id)
    home.sync()
    sam.clock = MAY_DAY + 20 * MINUTE
    gone_on = await sam.sessions.resume(started.id)
    assert (gone_on.state(sam.now()), gone_on.elapsed(sam.clock + MINUTE)) == (State.RUNNING, 6 * MINUTE)


async def test_a_pause_stops_it_and_it_does_not_go_on_by_itself(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    started = await alex.sessions.begin("aftercare", 60)
    home.sync()
    sam.clock += 10 * MINUTE
    await sam.pauses.pause()
    with pytest.raises(NotAllowed, match="A pause stands"):
        await sam.sessions.begin("study", 5)
    home.sync()
    read = alex.sessions.get(started.id)
    assert (read.state(MAY_DAY + HOUR), read.elapsed(MAY_DAY + HOUR)) == (State.STOPPED, 10 * MINUTE)
    sam.clock += MINUTE
    await sam.pauses.lift()
    home.sync()
    assert alex.sessions.get(started.id).state(MAY_DAY + HOUR) is State.STOPPED
    with pytest.raises(NotAllowed, match="This session is over"):
        await sam.sessions.join(started.id)
    sam.clock += MINUTE
    assert (await sam.sessions.begin("aftercare", 10)).state(sam.now()) is State.RUNNING


async def test_what_a_pause_stopped_stays_so_when_whoever_paused_leaves() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, kim = home.named("Alex"), home.named("Kim")
    started = await alex.sessions.begin("aftercare", 60)
    home.sync()
    kim.clock += 10 * MINUTE
    await kim.pauses.pause()
    home.sync()
    home.leave("Kim")
    assert alex.sessions.get(started.id).state(MAY_DAY + HOUR) is State.STOPPED


async def test_each_person_is_in_one_session_at_a_time(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    first = await alex.sessions.begin("study", 30)
    home.sync()
    await sam.sessions.join(first.id)
    home.sync()
    sam.clock += MINUTE
    second = await sam.sessions.begin("journaling", 10)
    home.sync()
    assert (alex.sessions.get(first.id).inside, alex.sessions.get(second.id).inside) == ((alex.me,), (sam.me,))
    phone = home.second_device("Sam")
    phone.hear(*home.everything())
    phone.clock = MAY_DAY + 2 * MINUTE
    await phone.sessions.join(first.id)
    sam.clock = MAY_DAY + 3 * MINUTE
    third = await sam.sessions.begin("study", 10)
    home.sync()
    current = sam.sessions.current()
    assert current is not None
    assert current.id == third.id
    assert [sam.me in each.inside for each in alex.sessions.all()] == [False, False, True]


async def test_leaving_is_for_oneself_and_when_nobody_is_left_it_has_ended(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    started = await alex.sessions.begin("study", 30)
    home.sync()
    await sam.sessions.join(started.id)
    home.sync()
    left = await alex.sessions.leave(started.id)
    assert (left.inside, left.state(MAY_DAY)) == ((sam.me,), State.RUNNING)
    assert (await alex.sessions.leave(started.id)).inside == (sam.me,)
    with pytest.raises(NotAllowed, match="Join this session first"):
        await alex.sessions.take_break(started.id)
    home.sync()
    assert (await sam.sessions.leave(started.id)).state(MAY_DAY) is State.ENDED


async def test_whoever_was_not_asked_in_has_no_say() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    started = await alex.sessions.begin("study", 30, people=[sam.owner])
    home.sync()
    for act in (kim.sessions.join, kim.sessions.end, kim.sessions.leave, kim.sessions.take_break):
        with pytest.raises(NotAllowed, match="not asked into"):
            await act(started.id)
    for kind in ("join", "break", "resume", "end"):
        kim.say(f"focus.{kind}", started.id)
    kim.say("focus.leave", answers=[started.id])
    kim.say("focus.extend", started.id)
    kim.say("focus.end", "statement_x")
    home.sync()
    assert alex.sessions.get(started.id).state(MAY_DAY) is State.RUNNING
    assert len(alex.sessions.problems()) == 7
    assert kim.sessions.open() == ()


async def test_what_is_no_session_is_refused_here_and_named_there(sam: PlainLedger) -> None:
    with pytest.raises(InvalidInput, match="Choose one of these kinds"):
        await sam.sessions.begin("interrogation", 5)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="minutes"):
        await sam.sessions.begin("study", limits.FOCUS_MINUTES_MAX + 1)
    with pytest.raises(NotFound, match="no such session"):
        await sam.sessions.join("statement_x")
    assert sam.heard == {}
    for body in ({}, {"kind": "study", "minutes": 0, "people": [sam.me]}, {"kind": "study", "minutes": 5}):
        sam.say("focus.begin", body=body)
    assert sam.sessions.all() == ()
    assert len(sam.sessions.problems()) == 3


async def test_an_ended_session_rests_and_who_left_one_does_not_come_back_into_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    ended = await alex.sessions.begin("study", 30)
    await alex.sessions.end(ended.id)
    going_on = await alex.sessions.begin("study", 30)
    home.sync()
    await sam.sessions.join(going_on.id)
    await sam.sessions.leave(going_on.id)
    sam.put_away()
    assert [(each.id, each.inside) for each in sam.sessions.all()] == [(going_on.id, (alex.me,))]
    assert sam.sessions.get(ended.id).state(MAY_DAY) is State.ENDED
