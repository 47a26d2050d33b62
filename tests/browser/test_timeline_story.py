"""The timeline through the page: what each did, taking back, and a copy of one's own that the browser saves."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Two
from tests.browser.windows import Window, sound


def _line(window: Window, text: str) -> str:
    """The line of the timeline with that sentence."""
    line = window.page.locator("li.line-of-day").filter(has_text=text)
    line.wait_for()
    return line.inner_text()


def test_each_reads_who_did_what_and_of_the_other_the_day_alone(two: Two) -> None:
    left, right = two
    left.go("Timeline")
    right.go("Timeline")
    left.page.keyboard.press("n")
    left.page.get_by_label("What is it?").fill("Air the tent")
    left.press("Add to my list")
    left.go("Timeline")
    assert re.match(r"\d\d:\d\d\s", _line(left, "You promised “Air the tent”."))
    assert _line(right, "Alex promised “Air the tent”.").strip().startswith("Alex")
    sound(left)
    left.picture("timeline")


def test_what_was_done_is_taken_back_in_the_timeline_too(two: Two) -> None:
    left = two.left
    left.add("Oil the hinges")
    left.page.get_by_role("checkbox", name="Oil the hinges").click()
    left.reads("Done: Oil the hinges")
    left.go("Timeline")
    left.reads("Take back that “Oil the hinges” is done.")
    left.press("Take it back")
    left.reads("Taken back.")
    expect(left.page.get_by_text("Take back that “Oil the hinges” is done.")).to_have_count(0)
    left.go("Today")
    expect(left.page.get_by_role("checkbox", name="Oil the hinges")).not_to_be_checked()
    left.page.keyboard.press("Control+z")  # it is not taken back twice
    left.reads("There is nothing to take back.")


def test_a_copy_is_saved_by_the_browser_after_its_warning_also_while_paused(two: Two) -> None:
    left, right = two
    left.add("Something to keep")
    left.go("Timeline")
    left.press("A copy of your own…")
    left.reads("This is a copy outside the encrypted files")
    sound(left)
    left.picture("copy")
    with left.page.expect_download() as saving:
        left.press("Save it outside the app")
    assert saving.value.suggested_filename == "copy.md"
    assert "Something to keep" in saving.value.path().read_text()
    expect(left.page.get_by_role("dialog")).to_have_count(0)
    left.sees("Timeline")
    left.press("A copy of your own…")
    left.reads("This is a copy outside the encrypted files")
    right.page.keyboard.press("Alt+p")
    left.sees("Paused")
    expect(left.page.get_by_role("dialog")).to_have_count(0)
    left.press("A copy of your own…")
    left.page.get_by_label("To keep").check()
    sound(left)
    with left.page.expect_download() as saving:
        left.press("Save it outside the app")
    assert saving.value.suggested_filename == "copy.json"
    left.sees("Paused")
