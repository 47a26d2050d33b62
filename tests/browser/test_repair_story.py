"""The day after through the page: a slip-up is one's own until it is shared, and repaired in four stages or never.

What is about safety stays on its own laptop, and the other's page is the same with and without it.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two, afresh
from tests.browser.windows import Window, sound

SLIP = "You waited for an hour, since I did not call as I had promised."


@pytest.fixture
def two(apart: Two) -> Iterator[Two]:
    yield from afresh(apart)


def _mend(window: Window, sentence: str) -> Locator:
    """The repair of that slip-up."""
    return window.page.locator("li.mend").filter(has_text=sentence)


def _press(window: Window, name: str) -> None:
    """Press what belongs to the repair of this story: there may be others on the page."""
    _mend(window, SLIP).get_by_role("button", name=name, exact=True).click()


def _write(window: Window, kind: str, sentence: str) -> None:
    window.go("Repair")
    window.press("Write one down")
    window.page.get_by_label(kind).check()
    window.page.get_by_label("One accurate sentence").fill(sentence)
    window.press("Keep it, for me")


def _both(left: Window, right: Window, act: str) -> None:
    for window in (left, right):
        _press(window, act)


def _stage(window: Window, stage: str) -> None:
    expect(_mend(window, SLIP).locator("[aria-current=step]")).to_have_text(stage)


def test_a_slip_up_is_ones_own_until_it_is_shared_and_then_goes_through_four_stages_with_both_of_them(two: Two) -> None:
    left, right = two
    right.go("Repair")
    _write(left, "A promise was missed", "I just forgot.")
    left.reads("only you can read this")
    left.reads("It makes small what may not have been small to them.")
    sound(left)
    left.press("Take it away: I just forgot.")
    _write(left, "A promise was missed", SLIP)
    left.press(f"Share it with Sam…: {SLIP}")
    left.reads("It cannot be called back")
    assert right.page.get_by_text(SLIP).count() == 0
    left.press("Share it")
    left.picture("slip_shared")
    _press(right, "Begin a repair")
    assert right.page.get_by_text("I just forgot.").count() == 0  # it was there before what is here now
    _pause(left, right)
    _debrief(left, right)
    _amend(left, right)
    _review(left, right)


def _pause(left: Window, right: Window) -> None:
    _stage(left, "Pause")
    sound(left)
    _press(left, "Suggest this")
    _press(right, "Yes to exactly this")
    for window in (left, right):
        expect(_mend(window, SLIP)).to_contain_text("All said yes")
    _press(right, "Step out for now")
    expect(_mend(left, SLIP)).to_contain_text("Somebody stepped out for now.")
    _press(right, "Come back")
    expect(_mend(left, SLIP)).to_contain_text("Say that you are ready to go on, once you are.")
    _press(left, "I am ready for the next stage")
    expect(_mend(right, SLIP)).to_contain_text("Ready for what comes next: Alex.")
    _stage(right, "Pause")  # one who is ready opens nothing
    _press(right, "I am ready for the next stage")


def _debrief(left: Window, right: Window) -> None:
    for window in (left, right):
        _stage(window, "Debrief")
    _mend(left, SLIP).get_by_label("What happened, as a camera would have seen it").fill("I did not call at eight.")
    _mend(left, SLIP).get_by_label("Where it grew from (never shared)").fill("I was afraid of the talk.")
    _press(left, "Share my part")
    expect(_mend(right, SLIP)).to_contain_text("I did not call at eight.")
    assert "afraid of the talk" not in right.page.content()
    _mend(right, SLIP).get_by_label("What it did, in your body and your day").fill("I could not eat.")
    _press(right, "Share my part")
    expect(_mend(left, SLIP)).to_contain_text("I could not eat.")
    sound(left)
    _mend(left, SLIP).get_by_label("The shared facts").fill("Alex did not call on Monday.")
    _press(left, "Suggest this")
    _press(right, "Yes to exactly this")
    expect(_mend(left, SLIP)).to_contain_text("All said yes")
    right.picture("repair_debrief")
    _both(left, right, "I am ready for the next stage")


def _amend(left: Window, right: Window) -> None:
    for window in (left, right):
        _stage(window, "Amends")
    _mend(left, SLIP).get_by_label("Regret").fill("I am sorry, but I was tired")
    _press(left, "Offer it")
    expect(_mend(left, SLIP)).to_contain_text("The apology is saved and not offered.")
    expect(_mend(left, SLIP)).to_contain_text("What comes after it often takes the apology back.")
    for label, text in (
        ("Regret", "I am sorry."),
        ("What was yours, without a reason why", "I did not call, and I had said that I would."),
        ("What it did to them", "You waited and could not eat."),
        ("What you will do differently, concretely", "I set an alarm."),
        ("A question that leaves them free", "Is there anything you would like from me, or nothing?"),
    ):
        _mend(left, SLIP).get_by_label(label).fill(text)
    sound(left)
    _press(left, "Offer it")
    expect(_mend(right, SLIP)).to_contain_text("I set an alarm.")
    _mend(left, SLIP).get_by_label("What is small promise 1?").fill("Set the alarm at seven")
    _mend(left, SLIP).get_by_label("How often is small promise 1?").select_option("daily, for two weeks")
    _press(left, "Suggest this")
    expect(_mend(right, SLIP)).to_contain_text("Set the alarm at seven (Alex)")
    _press(right, "Yes to exactly this")
    _press(left, "Put my small promises on my list")
    expect(_mend(left, SLIP)).to_contain_text("On your lists: Alex: Set the alarm at seven")
    right.picture("repair_amends")
    _both(left, right, "I am ready for the next stage")


def _review(left: Window, right: Window) -> None:
    for window in (left, right):
        _stage(window, "Review")
    _press(left, "Suggest this")
    _press(right, "Yes to exactly this")
    _mend(left, SLIP).get_by_label("What changed?").fill("I call at eight.")
    _press(left, "Say it")
    _mend(right, SLIP).get_by_label("I am still wary").check()
    _press(right, "Say it")
    expect(_mend(left, SLIP)).to_contain_text("Still wary. That is a full answer.")
    sound(right)
    right.picture("repair_review")
    _both(left, right, "It can be closed")
    for window in (left, right):
        expect(_mend(window, SLIP)).to_have_count(0)
        window.page.get_by_text("Closed").first.wait_for()


def test_what_is_about_safety_stays_here_shows_help_and_changes_nothing_on_the_others_page(two: Two) -> None:
    left, right = two
    _write(right, "A confidence was broken", "I told Robin about us.")
    right.press("Share it with Alex…: I told Robin about us.")
    right.press("Share it")
    left.go("Repair")
    _mend(left, "I told Robin about us.").get_by_role("button", name="Begin a repair").click()
    right.reads("Suggest a time to talk")
    told = right.page.locator("main:not([hidden])")
    before = told.inner_text()
    left.press("Write one down")
    left.page.get_by_label("I said stop, and it was ignored").check()
    left.page.get_by_label("A note for yourself (may stay empty)").fill("On Friday night.")
    sound(left)
    left.press("Keep it, for me")
    left.reads("Someone may check this device.")
    left.reads("When it is about safety")
    left.reads("You noted that this is about safety.")
    mend = _mend(left, "I told Robin about us.")
    expect(mend.get_by_role("button")).to_have_text(["Hide this here"])  # nothing suggests negotiating
    sound(left)
    left.picture("safety")
    left.press("Pause")  # it is offered, with the note that the other will see it
    right.sees("Paused")
    left.press("Lift my pause")
    right.sees("Repair")
    expect(told).to_have_text(before, use_inner_text=True)
    left.page.get_by_text("What you noted").click()
    left.press("Show things as usual again: I said stop, and it was ignored")
    expect(left.page.get_by_text("Someone may check this device.")).to_have_count(0)
    mend.get_by_role("button", name="Step out for now").wait_for()
    mend.get_by_role("button", name="Hide this here").click()
    expect(mend).to_have_count(0)
    assert told.inner_text() == before


def test_what_the_other_shared_is_said_once_on_today_and_not_pressed(two: Two) -> None:
    left, right = two
    sentence = "You read my letter before I did."
    _write(left, "Something else", sentence)
    assert right.page.get_by_text("shared a slip-up").count() == 0
    left.press(f"Share it with Sam…: {sentence}")
    left.press("Share it")
    said = right.page.locator("main:not([hidden]) .note").filter(has_text="Alex shared a slip-up with you.")
    said.wait_for()
    sound(right)
    right.picture("slip_announced")
    said.get_by_role("button", name="Look at it").click()
    _mend(right, sentence).wait_for()
    right.go("Today")
    right.page.get_by_role("button", name="Add a task").wait_for()
    expect(said).to_have_count(0)
    right.page.reload()
    right.page.get_by_role("button", name="Add a task").wait_for()
    expect(said).to_have_count(0)
