"""What a window is told: all of it once, then what changed, and of what takes long to make only what it shows."""

import json
from typing import Any

import pytest

from demo_app import views
from demo_app.pictures import DEAR
from demo_app.window import Window
from tests.demo.served import PASSPHRASE, Served, window


def _told(window: Window, page: Served) -> dict[str, Any] | None:
    news = window.news(page.laptop)
    return None if news is None else json.loads(news)


async def test_the_first_news_are_everything_and_then_only_what_changed(alex: Served) -> None:
    space = alex.laptop.space
    assert space is not None
    mine = Window()
    whole = _told(mine, alex)
    assert whole is not None
    assert whole.keys() > DEAR | {"stage", "space", "pauses"}
    assert _told(mine, alex) is None
    await space.moments.share("Thank you for the tea")
    changed = _told(mine, alex)
    assert changed is not None
    assert changed.keys() == {"today"}
    assert [each["text"] for each in changed["today"]["moments"]] == ["Thank you for the tea"]
    await space.tasks.promise("Water the plants")
    changed = _told(mine, alex)
    assert changed is not None
    assert [each["title"] for each in changed.pop("tasks")] == ["Water the plants"]
    assert changed == {}


async def test_what_a_window_does_not_look_at_is_not_made_and_is_there_as_soon_as_it_does(
    alex: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = alex.laptop.space
    assert space is not None
    mine = Window()
    _told(mine, alex)
    mine.looks_at = ("consents",)
    await space.tasks.promise("Water the plants")
    with monkeypatch.context() as dear:
        for name in ("_current", "repairs", "agreements"):
            dear.setattr(views, name, _never)
        dear.setattr(type(space), "problems", _never)
        assert _told(mine, alex) is None
    mine.looks_at = ("tasks",)
    with monkeypatch.context() as dear:
        for name in ("repairs", "agreements", "consent_view"):
            dear.setattr(views, name, _never)
        changed = _told(mine, alex)
    assert changed is not None
    assert changed.keys() == {"tasks"}


def _never(*_: object) -> None:
    raise AssertionError("this was made for nobody")


async def test_in_a_pause_all_of_it_is_made_whatever_the_window_looked_at_before(alex: Served) -> None:
    space = alex.laptop.space
    assert space is not None
    mine = Window()
    _told(mine, alex)
    mine.looks_at = ()
    await space.limits.set("Nothing before ten")
    await space.tasks.promise("Water the plants")
    assert (_told(mine, alex) or {}).keys() == {"limits"}
    await space.pauses.pause()
    assert (_told(mine, alex) or {}).keys() >= {"pauses", "tasks"}


async def test_behind_the_lock_and_after_it_a_window_is_told_everything_that_it_may_know(alex: Served) -> None:
    mine = Window()
    first = _told(mine, alex)
    mine.looks_at = ()
    alex.laptop.hide()
    blank = {"nameHint": "", "rangAt": None, "restored": None}
    assert _told(mine, alex) == {"stage": "unlock", "mayPause": True, **blank}
    await alex.laptop.unlock(PASSPHRASE)
    assert _told(mine, alex) == first


async def test_another_record_is_told_whole(alex: Served) -> None:
    first = alex.laptop.space
    assert first is not None
    await first.tasks.promise("Water the plants")
    mine = Window()
    _told(mine, alex)
    mine.looks_at = ()
    device = alex.laptop._opened()
    band = await device.create_space("The band", me="Alex")
    alex.laptop.choose(band.id)
    told = _told(mine, alex)
    assert told is not None
    assert told["space"]["name"] == "The band"
    assert told["tasks"] == []
    assert told.keys() > DEAR


async def test_what_is_owed_is_sent_even_if_nothing_changed(alex: Served) -> None:
    mine = Window()
    _told(mine, alex)
    mine.owe()
    assert _told(mine, alex) == {}
    assert _told(mine, alex) is None


async def test_a_page_that_turns_to_a_screen_has_what_it_shows_before_its_wish_is_over(alex: Served) -> None:
    space = alex.laptop.space
    assert space is not None
    async with window(alex) as line:
        await line.until(lambda seen: seen["stage"] == "open")
        assert await line.act("look", parts=["consents"]) is None
        await space.tasks.promise("Water the plants")
        assert await line.act("look", parts=["tasks"]) is None
        await line.again(line.states)  # the first news after the answer
        assert [each["title"] for each in (await line.until())["tasks"]] == ["Water the plants"]
        assert await line.act("look", parts=["everything"]) is not None
