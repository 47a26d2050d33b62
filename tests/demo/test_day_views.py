"""What a page is told of an ordinary day: one's own alone until it is shared, by the day, and no further back."""

import asyncio

from collar_sync import Say, SetFields
from demo_app import actions, day_views, views
from demo_app.day_views import DAY, SHOWN_MAX
from demo_app.folk import Folk
from tests.demo.served import Served, window
from tests.demo.test_repair_views import _do, _seen, _until
from tests.demo.test_views import _paired, _space


async def test_a_check_in_changes_nothing_for_the_other_until_it_is_shared_and_then_tells_its_day(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    before = views.picture(sam.laptop)
    assert await _do(alex, "checkin.notNow") is None
    written = {"arriving": ["tender", ""], "need": "An evening without plans.", "gratitude": ""}
    assert await _do(alex, "checkin.write", **written, share=False) is None
    mine = _seen(alex).today.mine
    assert mine is not None
    assert (mine.arriving, mine.not_now, mine.shared, mine.when.at is None) == (("tender",), False, False, False)
    assert _seen(alex).sync.standing == "in_step", "nothing of it is on its way to anybody"
    assert views.picture(sam.laptop) == before
    assert await _do(alex, "checkin.share", id=mine.id) is None
    (theirs,) = (await _until(sam, lambda state: state.today.theirs)).today.theirs
    assert (theirs.by.name, theirs.when.at, theirs.need) == ("Alex", None, "An evening without plans.")
    assert (_seen(sam).today.mine, _seen(alex).today.theirs) == (None, [])
    assert await _do(sam, "checkin.share", id=mine.id) == "There is no such check-in of yours on this device."
    assert await _do(sam, "aside.hide", id=theirs.id) is None
    assert _seen(sam).today.theirs == []


async def test_a_check_in_is_written_and_shared_in_one_go_or_taken_away_and_is_of_its_day(alex: Served) -> None:
    empty = {"arriving": [""], "need": " ", "gratitude": ""}
    assert str(await _do(alex, "checkin.write", **empty, share=True)).startswith("Say how you arrive")
    assert _seen(alex).today.mine is None
    assert await _do(alex, "checkin.write", **empty | {"gratitude": "Tea."}, share=True) is None
    shared = _seen(alex).today.mine
    assert shared is not None
    assert (shared.gratitude, shared.shared) == ("Tea.", True)
    await asyncio.sleep(0.002)  # what is written within one millisecond has no order
    assert await _do(alex, "checkin.notNow") is None
    mine = _seen(alex).today.mine
    assert mine is not None
    assert mine.not_now
    assert await _do(alex, "checkin.remove", id=mine.id) is None
    assert _seen(alex).today.mine == shared
    space = _space(alex.laptop)
    await space.write_private(SetFields("checkin", shared.id, {"at": space.now() - DAY}))
    assert _seen(alex).today.mine is None, "yesterday's is no answer for today"


async def test_of_what_was_told_the_newest_is_shown_and_nothing_of_long_ago(alex: Served) -> None:
    space = _space(alex.laptop)
    for number in range(SHOWN_MAX + 1):
        assert await _do(alex, "moment.share", text=f"Moment {number}") is None
        await asyncio.sleep(0.002)  # what is said within one millisecond has no order
    assert await _do(alex, "update.share", changed="", feeling="", inPlace="") is not None
    assert await _do(alex, "update.share", changed="I call at eight.", feeling="", inPlace="An alarm.") is None
    told = _seen(alex).today
    assert [each.text for each in told.moments] == [f"Moment {number}" for number in range(SHOWN_MAX, 0, -1)]
    assert [(each.changed, each.in_place) for each in told.updates] == [("I call at eight.", "An alarm.")]
    folk = Folk(space)
    assert day_views.today(space, folk, space.now() + 8 * DAY).moments == []
    assert day_views.today(space, folk, space.now() + 15 * DAY).updates == []


async def test_no_order_tells_when_another_spoke_between_two_words_of_ones_own(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    assert await _do(alex, "moment.share", text="First") is None
    await _until(sam, lambda state: state.today.moments)
    await asyncio.sleep(0.002)
    assert await _do(sam, "moment.share", text="Between") is None
    await _until(alex, lambda state: len(state.today.moments) == 2)
    await asyncio.sleep(0.002)
    assert await _do(alex, "moment.share", text="Last") is None
    assert [each.text for each in _seen(alex).today.moments] == ["Last", "First", "Between"]


async def test_nobody_can_ask_for_an_update(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    assert await _do(alex, "update.ask", of="Sam") == actions.NOT_UNDERSTOOD
    before = _seen(sam)
    await _space(alex.laptop).write(Say("update.ask", "Sam"))  # altered software
    await _until(sam, lambda state: state.problems)
    assert _seen(sam).today == before.today


async def test_the_words_of_these_screens_are_read_once_and_are_the_librarys_own(alex: Served) -> None:
    async with window(alex) as line:
        texts = await line.look("day.texts")
    assert {"tender", "I do not know yet"} <= {*texts["arriving"]}
    assert texts["kinds"] == ["journaling", "consent review", "aftercare", "study"]
    assert set(texts["starters"]) == {"scene", "aftercare"}


async def test_a_clock_that_ticks_is_told_once_and_to_nobody_outside_the_session(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    people = [_space(sam.laptop).me]
    assert str(await _do(alex, "focus.begin", kind="study", minutes=0, people=people)).startswith("A session lasts")
    assert await _do(alex, "focus.begin", kind="study", minutes=25, people=people) is None
    (offered,) = (await _until(sam, lambda state: state.focus.others)).focus.others
    assert (offered.kind, offered.minutes, offered.by.name, offered.when.at) == ("study", 25, "Alex", None)
    assert (offered.until, offered.left, _seen(sam).focus.mine) == (None, None, None)
    assert await _do(sam, "focus.step", session=offered.id, step="join") is None
    mine = (await _until(alex, lambda state: state.focus.mine and len(state.focus.mine.inside) == 2)).focus.mine
    theirs = _seen(sam).focus.mine
    assert mine is not None
    assert theirs is not None
    assert (mine.until, mine.left) == (theirs.until, theirs.left)
    assert mine.until is not None
    assert 24 * 60_000 < mine.until - _space(alex.laptop).now() <= 25 * 60_000
    await _until(alex, lambda state: state.sync.standing == "in_step")
    shown = views.picture(alex.laptop)
    await asyncio.sleep(0.05)
    assert views.picture(alex.laptop) == shown, "nothing is pushed for time that passes"


async def test_a_break_stops_the_clock_for_both_and_a_pause_the_session(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    people = [_space(sam.laptop).me]
    assert await _do(alex, "focus.begin", kind="aftercare", minutes=30, people=people) is None
    (offered,) = (await _until(sam, lambda state: state.focus.others)).focus.others
    step = {"session": offered.id}
    assert await _do(sam, "focus.step", **step, step="join") is None
    assert str(await _do(sam, "focus.step", **step, step="resume")).startswith("You have no break of your own here.")
    assert await _do(sam, "focus.step", **step, step="takeBreak") is None
    stands = (await _until(alex, lambda state: state.focus.mine and state.focus.mine.on_break)).focus.mine
    assert stands is not None
    assert ([each.name for each in stands.on_break], stands.until) == (["Sam"], None)
    assert _seen(alex).focus.mine == stands
    assert await _do(sam, "focus.step", **step, step="resume") is None
    await _until(alex, lambda state: state.focus.mine and state.focus.mine.until)
    assert await _do(sam, "pause.add") is None
    stopped = (await _until(alex, lambda state: state.pauses)).focus.mine
    assert stopped is not None
    assert (stopped.state, stopped.until) == ("stopped", None)
    assert str(await _do(alex, "focus.begin", kind="study", minutes=5, people=[])).startswith("A pause stands.")
    assert await _do(sam, "pause.lift") is None
    assert (await _until(alex, lambda state: not state.pauses)).focus.mine == stopped, "it does not go on by itself"
    space = _space(alex.laptop)
    assert day_views.focus_time(space, Folk(space), space.now() + DAY).mine is None


async def test_a_checklist_is_everyones_own_to_tick_and_anyones_to_stop(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    begin = {"occasion": "scene", "title": "", "lines": ["I ate.", "I slept."], "people": [_space(sam.laptop).me]}
    assert await _do(alex, "checklist.begin", **begin) is None
    (shown,) = (await _until(sam, lambda state: state.checklists.open)).checklists.open
    assert (shown.state, shown.title, shown.when.at, len(shown.waits_for)) == ("waiting", "", None, 2)
    for line in ("I ate.", "I slept."):
        assert await _do(sam, "checklist.tick", round=shown.id, line=line) is None
    assert str(await _do(sam, "checklist.tick", round=shown.id, line="x")).startswith("That line is not in")
    (half,) = (await _until(alex, lambda state: len(state.checklists.open[0].waits_for) == 1)).checklists.open
    assert ([each.name for each in half.waits_for], half.state) == (["Alex"], "waiting"), "silence is not ready"
    assert [[each.name for each in line.ticked] for line in half.lines] == [["Sam"], ["Sam"]]
    for line in ("I ate.", "I slept."):
        assert await _do(alex, "checklist.tick", round=shown.id, line=line) is None
    await _until(sam, lambda state: state.checklists.open[0].state == "ready")
    assert await _do(alex, "checklist.step", round=shown.id, step="untick") is None
    (stopped,) = (await _until(sam, lambda state: state.checklists.stopped)).checklists.stopped
    assert (stopped.state, stopped.may_tick, _seen(sam).checklists.open) == ("stopped", False, [])
    assert await _do(sam, "checklist.step", round=shown.id, step="again") is None
    afresh = (await _until(alex, lambda state: state.checklists.open)).checklists
    assert [line.ticked for line in afresh.open[0].lines] == [[], []]
    assert afresh.stopped == []
    assert await _do(alex, "checklist.step", round=afresh.open[0].id, step="end") is None
    assert (await _until(sam, lambda state: not state.checklists.open)).checklists.stopped == []
