"""Limits through the page: said alone, read by both, loosened by their author only, also while all is paused."""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two
from tests.browser.windows import Window, sound


def _limit(window: Window, text: str) -> Locator:
    return window.page.locator("main:not([hidden]) li.limit").filter(has_text=text)


def test_a_limit_holds_for_both_at_once_and_only_its_author_can_loosen_it(two: Two) -> None:
    left, right = two
    for window in (left, right):
        window.go("Limits")
    left.press("Say it")
    left.reads("Write what the limit is: it is empty.")
    left.page.get_by_label("What is not to be?").fill("Photos of my face")
    left.page.get_by_label("Hard limit").check()
    left.press("Say it")
    left.reads("It holds from now on.")
    expect(left.page.get_by_label("What is not to be?")).to_have_value("")
    expect(_limit(left, "Photos of my face")).to_contain_text("Hard limit")
    expect(_limit(right, "Photos of my face")).to_contain_text("since today")
    assert _limit(right, "Photos of my face").get_by_role("button").count() == 0
    for window in (left, right):
        sound(window)
    left.picture("limits")
    left.press("Loosen…: Photos of my face")
    left.reads("Nothing is agreed to by it.")
    sound(left)
    left.press("Keep it")
    left.page.get_by_label("What is not to be?").fill("Calls at work")
    left.press("Say it")
    _limit(right, "Calls at work").wait_for()  # so what was before it would be here as well
    expect(_limit(right, "Photos of my face")).to_have_count(1)
    for text in ("Photos of my face", "Calls at work"):
        left.press(f"Loosen…: {text}")
        left.press("Loosen it")
        for window in (left, right):
            expect(_limit(window, text)).to_have_count(0)


def test_a_limit_can_be_said_while_everything_is_paused(two: Two) -> None:
    left, right = two
    right.go("Limits")
    right.page.keyboard.press("Alt+p")
    left.sees("Paused")
    left.page.get_by_text("Your limits").click()
    left.page.get_by_label("What is not to be?").fill("Calls at night")
    left.press("Say it")
    expect(_limit(left, "Calls at night")).to_contain_text("Boundary")
    sound(left)
    right.press("Lift my pause")
    expect(_limit(right, "Calls at night")).to_contain_text("since today")
