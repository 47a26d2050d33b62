"""Time together through the page: one clock for both, and a checklist that everyone ticks afresh or stops."""

import re
import time

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two
from tests.browser.windows import WAIT_MILLISECONDS, Window, sound

OWN = "I ate something."
STILL_SECONDS_MAX = 5  # how old a second may be that a busy page still shows


def _clock(window: Window) -> Locator:
    return window.page.get_by_role("timer")


def _seconds(window: Window) -> int:
    minutes, seconds = _clock(window).inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def _one_clock(left: Window, right: Window) -> bool:
    """What the one shows lies between two readings of the other, however long these take."""
    before, there, after = _seconds(left), _seconds(right), _seconds(left)
    return after - 1 <= there <= before + 1


def _show_one_clock(left: Window, right: Window) -> None:
    """They do, sooner or later: a page that stood still for a moment shows an old second."""
    ends = time.monotonic() + WAIT_MILLISECONDS / 1_000
    while not _one_clock(left, right):
        assert time.monotonic() < ends


def test_two_share_one_clock_that_ticks_stands_in_a_break_and_ends_softly(two: Two) -> None:
    left, right = two
    left.go("Focus time")
    left.page.get_by_label("How many minutes?").fill("0")
    left.press("Begin")
    left.reads("A session lasts 1 to 240 minutes.")
    left.page.get_by_label("How many minutes?").fill("25")
    left.press("Begin")
    expect(_clock(left)).to_have_text(re.compile("2[45]:"))
    right.reads("Journaling, 25 minutes")
    right.press("Look at it: Journaling")
    sound(right)
    right.press("Join: Journaling")
    expect(_clock(right)).to_be_visible()
    left.reads("with Sam")
    shown = _clock(left).inner_text()
    began, now = _seconds(left), time.monotonic()
    expect(_clock(left)).not_to_have_text(shown)
    assert 0 < began - _seconds(left) <= time.monotonic() - now + STILL_SECONDS_MAX
    _show_one_clock(left, right)
    right.press("Take a break")
    left.reads("On a break: Sam. The clock stands still.")
    stands, now = _clock(left).inner_text(), time.monotonic()
    sound(left)
    left.picture("focus_break")
    left.page.wait_for_timeout(max(0, 1_100 - 1_000 * (time.monotonic() - now)))
    assert _clock(left).inner_text() == stands
    right.press("Go on")
    expect(_clock(left)).not_to_have_text(stands)
    left.page.keyboard.press("Alt+p")
    right.sees("Paused")
    left.press("Lift my pause")
    for window in (left, right):
        window.reads("A pause stopped it. It does not go on by itself")


def test_a_checklist_is_ready_once_all_ticked_all_of_it_and_one_tick_taken_back_stops_it(two: Two) -> None:
    left, right = two
    left.go("Checklists")
    left.page.get_by_label("What each of you ticks").fill(f"{OWN}\nI know the word that stops everything.")
    left.press("Begin")
    right.reads("Alex began a checklist")
    right.press("Look at it: Before a scene")
    for window, other in ((left, "Sam"), (right, "Alex")):
        window.reads(re.compile(f"not everything is ticked by .*{other}"))
        boxes = window.page.get_by_role("list", name="Before a scene").get_by_role("checkbox")
        expect(boxes).to_have_count(2)
        for box in boxes.all():
            box.check()
    for window in (left, right):
        window.reads("Everyone is ready, for now")
    expect(right.page.get_by_text("ticked by Alex")).to_have_count(2)
    sound(right)
    right.picture("checklist_ready")
    left.page.get_by_role("checkbox", name=OWN).press("Space")
    for window in (left, right):
        window.reads("Nothing that was ticked counts any more.")
        expect(window.page.get_by_text("Everyone is ready, for now")).to_have_count(0)
    sound(right)
    right.press("Begin it afresh: Before a scene")
    box = left.page.get_by_role("checkbox", name=OWN)
    expect(box).to_be_enabled()
    expect(box).not_to_be_checked()
    left.press("We are done with it: Before a scene")
    expect(right.page.get_by_role("checkbox", name=OWN)).to_have_count(0)
