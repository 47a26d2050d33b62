"""Own entries about a habit, and pictures of follow-through: seen by the other while both agree, and nowhere after."""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two
from tests.browser.windows import Window, sound

NEED = "Sleep that carries us"
HABIT = "Lights out by eleven"
NOTE = "A little later: the film."
WHY = "Looking back together"
THEIRS = "Alex\N{RIGHT SINGLE QUOTATION MARK}s"


def _side(window: Window, whose: str) -> Locator:
    return window.page.get_by_role("group", name=whose, exact=True)


def _agree(left: Window, right: Window) -> None:
    left.press("Propose one…")
    dialog = left.page.get_by_role("dialog")
    dialog.get_by_label("What need does this serve?").fill(NEED)
    dialog.get_by_label("Yes, each of us").check()
    dialog.get_by_label("From clarity").check()
    expect(dialog.get_by_label("Tracking")).to_be_checked()
    dialog.get_by_label("Which habit do you want to look at together?").fill(HABIT)
    dialog.get_by_role("button", name="Read it once more").click()
    left.press("Offer this to Sam")
    right.reads("Resting or waiting")
    expect(right.page.get_by_text("Shown of")).to_be_visible()
    right.press(f"Grant…: {NEED}")
    right.press("Yes, I grant this")


def test_entries_are_each_ones_own_and_gone_from_the_other_when_it_ends(two: Two) -> None:
    left, right = two
    for window in two:
        window.go("Habits")
    left.sees("No habit is looked at together")
    sound(left)
    left.picture("habits_before")
    _agree(left, right)
    for window in two:
        window.sees(HABIT)
    left.page.get_by_label("A note (may stay empty)").fill(NOTE)
    left.press("Write it down")
    _side(left, "Yours").get_by_text("The entries").click()
    expect(_side(left, "Yours").get_by_text(NOTE)).to_be_visible()
    theirs = _side(right, THEIRS)
    theirs.get_by_text("The entries").click()
    expect(theirs.get_by_text(NOTE)).to_be_visible()
    expect(theirs.get_by_role("button", name="Take it back")).to_have_count(0)
    expect(theirs.get_by_role("img", name=f"{THEIRS}, the last five weeks: entries on today")).to_be_visible()
    expect(left.page.get_by_role("group", name="What you share now")).to_contain_text("Shown to Sam")
    for window in two:
        sound(window)
    left.picture("habits")
    left.page.get_by_label("A note (may stay empty)").fill("half a sent")
    right.page.get_by_label("A note (may stay empty)").fill("In time.")
    right.press("Write it down")
    expect(_side(left, THEIRS.replace("Alex", "Sam")).get_by_text("The entries")).to_be_visible()
    assert left.focused() == "INPUT half a sent", "the partner's entry moves nothing under the hand"
    right.press(f"Pause this: {HABIT}")
    right.sees("Resting or waiting")
    for window in two:
        expect(window.page.get_by_text(NOTE)).to_have_count(0)
    left.page.get_by_text("Your earlier entries").click()
    expect(left.page.get_by_text(NOTE)).to_be_visible()
    sound(left)
    right.press(f"Lift my pause on it: {NEED}")
    theirs.get_by_text("The entries").click()
    expect(theirs.get_by_text(NOTE)).to_be_visible()
    left.go("Agreements")
    left.press(f"Withdraw: {NEED}")
    for window in two:
        window.go("Habits")
        window.sees("No habit is looked at together")
        expect(window.page.get_by_text(HABIT)).to_have_count(0)
    left.page.get_by_text("Your earlier entries").click()
    left.press(f"Take it back: {HABIT}, today")
    left.reads("There are none.")
    left.press("Undo")
    expect(left.page.get_by_text(NOTE)).to_be_visible()
    right.page.get_by_text("Your earlier entries").click()
    right.reads("In time.")


def test_follow_through_is_a_picture_first_ones_own_and_anothers_while_they_consent(two: Two) -> None:
    left, right = two
    left.add("Feed the sourdough")
    left.page.get_by_role("checkbox", name="Feed the sourdough").click()
    left.reads("Done: Feed the sourdough")
    for window in two:
        window.go("Timeline")
    expect(_side(left, "Yours").get_by_role("img", name="a calendar of the last five weeks")).to_be_visible()
    expect(right.page.get_by_role("group", name=THEIRS)).to_have_count(0)
    sound(left)
    left.press("Offer to show it…")
    left.page.get_by_role("dialog").get_by_label("What is it for?").fill(WHY)
    left.press("Read it once more")
    left.reads("what was done of what was agreed")
    left.press("Offer this to Sam")
    right.go("Consents")
    right.press(f"Grant…: {WHY}")
    right.press("Yes, I grant this")
    right.go("Timeline")
    expect(_side(right, THEIRS).get_by_role("img", name="a calendar of the last five weeks")).to_be_visible()
    _side(right, THEIRS).get_by_text("In words").click()
    expect(_side(right, THEIRS).get_by_text("today: done")).to_be_visible()
    for window in two:
        sound(window)
    right.picture("follow_through")
    left.go("Sharing")
    left.press("Pause this: Your follow-through: what was done of what was agreed")
    expect(right.page.get_by_role("group", name=THEIRS)).to_have_count(0)
    expect(_side(right, "Yours")).to_be_visible()
