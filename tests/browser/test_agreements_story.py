"""Agreements through the page: three questions first, words that press shown with others, rivals side by side.

Alex proposes, withdraws and says no, Sam never does: what is proposed to whoever said no is not shown to them for a
while, also not in the next test.
"""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two
from tests.browser.windows import Window, sound


def _card(window: Window, need: str) -> Locator:
    """The card of an agreement, wherever it stands."""
    return window.page.locator("main:not([hidden]) li.card").filter(has_text=need)


def _write(window: Window, need: str, line: str) -> None:
    """Fill in what has to be said, on clear ground."""
    window.page.get_by_label("What need does this serve?").fill(need)
    window.page.get_by_label("Yes, each of us").check()
    window.page.get_by_label("From clarity").check()
    window.page.get_by_label("What do you want to agree on?").fill(line)
    window.press("Read it once more")
    window.reads("Step 2 of 2")


def test_what_nobody_is_free_to_refuse_is_not_offered_and_words_that_press_are_shown_with_others(two: Two) -> None:
    left, right = two
    left.go("Agreements")
    left.press("Propose one")
    left.press("Read it once more")
    left.reads("Say in a few words what need it serves.")
    left.page.get_by_label("What need does this serve?").fill("To hear from each other")
    left.press("Read it once more")
    left.reads("Answer this for yourself first.")
    sound(left)
    left.page.get_by_label("Not quite").check()
    left.page.get_by_label("From clarity").check()
    left.page.get_by_label("What do you want to agree on?").fill("You must call me every evening")
    left.press("Read it once more")
    left.reads("It leaves no room to say no.")
    sound(left)
    left.picture("agreement_step_two")
    left.press("Offer this to Sam")
    left.reads("An agreement that someone is not free to refuse is none.")
    left.press("Back")
    left.page.get_by_label("Yes, each of us").check()
    left.page.get_by_label("What do you want to agree on?").fill("A call in the evening, if we both like")
    left.press("Read it once more")
    left.reads("A call in the evening, if we both like")
    assert left.page.get_by_text("Another way to say it").count() == 0
    left.press("Offer this to Sam")
    expect(_card(left, "To hear from each other")).to_contain_text("waits for Sam")
    right.reads("Alex proposes an agreement")
    right.press("Read it: To hear from each other")
    right.sees("Agreements")
    right.press("Grant…: To hear from each other")
    right.press("Yes, I grant this")
    for window in (left, right):
        expect(_card(window, "To hear from each other")).to_contain_text("Granted")
        expect(_card(window, "To hear from each other")).to_contain_text("Look at it again: ")
        sound(window)
    left.press("Withdraw: To hear from each other")
    expect(_card(right, "To hear from each other")).to_contain_text("Withdrawn")


def test_two_versions_written_without_knowing_of_each_other_stand_side_by_side_until_one_is_granted(two: Two) -> None:
    left, right = two
    left.go("Agreements")
    left.press("Propose one")
    _write(left, "Slow Sundays", "One slow Sunday a month")
    left.press("Offer this to Sam")
    right.press("Read it: Slow Sundays")
    right.press("Grant…: Slow Sundays")
    right.press("Yes, I grant this")
    expect(_card(left, "Slow Sundays")).to_contain_text("between you and Sam")
    for window, line in ((left, "Two slow Sundays a month"), (right, "Every Sunday is slow")):
        window.press("Suggest a change…: Slow Sundays")
        _write(window, "Slow Sundays", line)
    for window in (left, right):  # each has read what the other has not sent yet
        window.press("Offer this to Sam" if window is left else "Offer this to Alex")
    right.sees("Two versions, side by side")
    rivals = _card(right, "Two versions, side by side")
    expect(rivals.get_by_role("group", name="Yours")).to_contain_text("Every Sunday is slow")
    expect(rivals.get_by_role("group", name="Alex’s")).to_contain_text("Two slow Sundays a month")  # noqa: RUF001
    expect(_card(right, "One slow Sunday a month")).to_contain_text("Granted")  # what held goes on holding
    sound(right)
    right.picture("agreements_rivals")
    rivals.get_by_role("button", name="Grant…: Slow Sundays").click()
    right.press("Yes, I grant this")
    expect(_card(right, "Two slow Sundays a month").first).to_contain_text("Granted")
    expect(_card(left, "Two slow Sundays a month").first).to_contain_text("Granted")
    # Alone as the second, where what Sam proposes waits unseen by Alex, who withdrew in the test before; or beside it.
    expect(_card(left, "Two slow Sundays a month").first).to_contain_text(re.compile("version 2|Two versions"))
