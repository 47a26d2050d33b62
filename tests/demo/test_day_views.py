"""What a page is told of an ordinary day: one's own alone until it is shared, by the day, and no further back."""

from collar_sync import Say, SetFields
from demo_app import actions, day_views, views
from demo_app.day_views import DAY, SHOWN_MAX
from tests.demo.served import Served, window
from tests.demo.test_repair_views import _do, _seen, _until
from tests.demo.test_views import _paired, _space


async def test_a_check_in_changes_nothing_for_the_other_until_it_is_shared_and_then_tells_its_day(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    before = views.encode(sam.laptop)
    assert await _do(alex, "checkin.notNow") is None
    written = {"arriving": ["tender", ""], "need": "An evening without plans.", "gratitude": ""}
    assert await _do(alex, "checkin.write", **written, share=False) is None
    mine = _seen(alex).today.mine
    assert mine is not None
    assert (mine.arriving, mine.not_now, mine.shared, mine.when.at is None) == (("tender",), False, False, False)
    assert _seen(alex).sync.standing == "in_step", "nothing of it is on its way to anybody"
    assert views.encode(sam.laptop) == before
    assert await _do(alex, "checkin.share", id=mine.id) is None
    (theirs,) = (await _until(sam, lambda state: state.today.theirs)).today.theirs
    assert (theirs.by.name, theirs.when.at, theirs.need) == ("Alex", None, "An evening without plans.")
    assert (_seen(sam).today.mine, _seen(alex).today.theirs) == (None, [])
    assert await _do(sam, "checkin.share", id=mine.id) == "There is no such check-in of yours on this device."
    assert await _do(sam, "aside.hide", id=theirs.id) is None
    assert _seen(sam).today.theirs == []


async def test_a_check_in_is_written_and_shared_in_one_go_or_taken_away(alex: Served) -> None:
    empty = {"arriving": [""], "need": " ", "gratitude": ""}
    assert str(await _do(alex, "checkin.write", **empty, share=True)).startswith("Say how you arrive")
    assert _seen(alex).today.mine is None
    assert await _do(alex, "checkin.write", **empty | {"gratitude": "Tea."}, share=True) is None
    shared = _seen(alex).today.mine
    assert shared is not None
    assert (shared.gratitude, shared.shared) == ("Tea.", True)
    assert await _do(alex, "checkin.notNow") is None
    mine = _seen(alex).today.mine
    assert mine is not None
    assert mine.not_now
    assert await _do(alex, "checkin.remove", id=mine.id) is None
    assert _seen(alex).today.mine == shared


async def test_of_what_was_told_the_newest_is_shown_and_nothing_of_long_ago(alex: Served) -> None:
    space = _space(alex.laptop)
    for number in range(SHOWN_MAX + 1):
        assert await _do(alex, "moment.note", text=f"Moment {number}") is None
    assert await _do(alex, "update.offer", changed="", feeling="", inPlace="") is not None
    assert await _do(alex, "update.offer", changed="I call at eight.", feeling="", inPlace="An alarm.") is None
    told = _seen(alex).today
    assert [each.text for each in told.moments] == [f"Moment {number}" for number in range(SHOWN_MAX, 0, -1)]
    assert [(each.changed, each.in_place) for each in told.updates] == [("I call at eight.", "An alarm.")]
    folk = views.Folk(space)
    assert day_views.today(space, folk, space.now() + 8 * DAY).moments == []
    assert day_views.today(space, folk, space.now() + 15 * DAY).updates == []


async def test_a_check_in_of_yesterday_is_no_answer_for_today(alex: Served) -> None:
    assert await _do(alex, "checkin.notNow") is None
    mine = _seen(alex).today.mine
    assert mine is not None
    space = _space(alex.laptop)
    await space.write_private(SetFields("checkin", mine.id, {"at": space.now() - DAY}))
    assert _seen(alex).today.mine is None


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
