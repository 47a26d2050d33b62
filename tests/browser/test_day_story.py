"""The ordinary day through the page: what is said for oneself, what is shared, and what nobody can ask for."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two
from tests.browser.windows import Window, sound


def _group(window: Window, name: str) -> Locator:
    return window.page.get_by_role("region", name=name, exact=True)


def test_a_check_in_is_ones_own_until_it_is_shared_and_what_people_tell_each_other_is_theirs_to_tell(two: Two) -> None:
    left, right = two
    mine, theirs = _group(left, "Checking in"), _group(right, "Checking in")
    right.press("Not now")
    expect(theirs).to_contain_text("Not now. That is a whole answer.")
    left.press("Check in")
    expect(left.page.get_by_role("heading", name="How do you arrive today?")).to_be_focused()
    left.press("Keep it, for me")
    left.reads("Say how you arrive, what you need or what you are grateful for")
    left.page.get_by_label("tender").check()
    left.page.get_by_label("Or in a word of your own").fill("a bit foggy")
    left.page.get_by_label("Something you need").fill("An evening without plans.")
    sound(left)
    left.picture("check_in")
    right.add("Written meanwhile", whom="Alex")
    left.reads("Written meanwhile")
    expect(left.page.get_by_label("Something you need")).to_be_focused()
    left.press("Keep it, for me")
    expect(mine).to_contain_text("tender and a bit foggy")
    expect(mine).to_contain_text("only you can read this")
    left.add("Written after it")
    right.row("Written after it")  # so what was before it would be here as well
    assert right.page.get_by_text("tender").count() == 0
    left.press("Share it with Sam")
    expect(theirs).to_contain_text("Alex checked in, today")
    expect(theirs).to_contain_text("An evening without plans.")
    _told(left, right)
    sound(right)
    right.picture("today_told")


def _told(left: Window, right: Window) -> None:
    right.page.get_by_label("A word of thanks").fill("You left the light on for me.")
    right.page.keyboard.press("Enter")
    expect(right.page.get_by_label("A word of thanks")).to_have_value("")
    expect(_group(left, "Small moments")).to_contain_text("You left the light on for me.")
    expect(_group(left, "Small moments")).to_contain_text("Sam, today")
    assert right.page.get_by_role("button", name="open update").all_inner_texts() == ["Write an open update"]
    right.press("Write an open update")
    right.press("Share this update")
    right.reads("One of them is enough.")
    right.page.get_by_label("What did you change?").fill("I put my phone away at eight.")
    right.press("Share this update")
    expect(_group(left, "Open updates")).to_contain_text(re.compile("Sam.s open update"))
    expect(_group(left, "Open updates")).to_contain_text("I put my phone away at eight.")
    left.press(re.compile("Hide this here: Sam.s open update"))
    expect(_group(left, "Open updates")).not_to_contain_text("I put my phone away")
    expect(_group(right, "Open updates")).to_contain_text("I put my phone away")
