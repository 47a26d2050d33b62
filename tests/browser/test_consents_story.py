"""Consents through the page: offered in two steps, granted in two, narrowed at once, and seen in both windows.

Alex offers and withdraws, Sam answers: what the other offers to somebody who has withdrawn is not shown for a while,
which would be the next test's.
"""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two
from tests.browser.windows import Window


def _card(window: Window, purpose: str) -> Locator:
    """The card of a consent, wherever it stands."""
    return window.page.locator("main:not([hidden]) li.card").filter(has_text=purpose)


def _offer(left: Window, right: Window, purpose: str) -> None:
    """Alex offers it, and it has reached Sam."""
    left.go("Consents")
    left.press("Offer one")
    left.page.get_by_label("What is it for?").fill(purpose)
    left.page.get_by_label("What is included?").fill("Faces, clothed\nHolidays")
    left.page.get_by_label("What is not?").fill("Posting them anywhere")
    left.page.get_by_label("Until when?").fill("2099-01-31")
    left.press("Read it once more")
    left.press("Offer this to Sam")
    expect(_card(left, purpose)).to_contain_text("waits for Sam")
    right.press(f"Read it: {purpose}")
    expect(_card(right, purpose)).to_contain_text("offered by Alex, today")


def _grant(right: Window, left: Window, purpose: str) -> None:
    """Sam grants it, and Alex sees that."""
    right.press(f"Grant…: {purpose}")
    right.press("Yes, I grant this")
    for window in (right, left):
        expect(_card(window, purpose)).to_contain_text("Granted")
        expect(_card(window, purpose)).to_contain_text("between you and")


def _open_the_past(window: Window) -> None:
    """Look at what is over; where nothing else was there, it is open from the start."""
    past = window.page.locator("main:not([hidden]) details.fold")
    past.evaluate("fold => fold.open || fold.querySelector('summary').click()")


def test_what_is_missing_is_said_before_anything_is_offered(two: Two) -> None:
    left = two.left
    left.go("Consents")
    left.press("Offer one")
    left.press("Read it once more")
    left.reads("Say in a few words what it is for.")
    left.page.get_by_label("What is it for?").fill("Photos of us")
    left.press("Read it once more")
    left.reads("Name at least one thing that is included.")
    assert left.focused().startswith("TEXTAREA")


def test_an_offer_is_read_once_more_before_it_goes_out_and_then_waits_for_the_other_alone(two: Two) -> None:
    left, right = two
    left.go("Consents")
    left.press("Offer one")
    left.page.get_by_label("What is it for?").fill("Photos of us")
    left.page.get_by_label("What is included?").fill("Faces, clothed\nHolidays")
    left.page.get_by_label("Until when?").fill("2099-01-31")
    left.picture("offer_step_one")
    left.press("Read it once more")
    left.reads("Step 2 of 2")
    left.reads("until 31 January 2099")
    left.picture("offer_step_two")
    left.press("Offer this to Sam")
    expect(_card(left, "Photos of us")).to_contain_text("waits for Sam")
    assert "Grant" not in _card(left, "Photos of us").inner_text()
    right.reads("Alex offers a consent")
    right.press("Read it: Photos of us")
    expect(_card(right, "Photos of us")).to_contain_text("offered by Alex, today")


def test_granting_takes_two_steps_and_holds_in_both_windows(two: Two) -> None:
    left, right = two
    _offer(left, right, "Letters read aloud")
    right.press("Grant…: Letters read aloud")
    right.reads("You can pause or withdraw at any moment")
    right.picture("grant")
    right.press("Not now")
    expect(_card(right, "Letters read aloud")).to_contain_text("Offered")
    _grant(right, left, "Letters read aloud")
    left.picture("consents_granted")


def test_a_pause_on_it_is_one_press_and_shows_whose_it_is_and_since_when(two: Two) -> None:
    left, right = two
    _offer(left, right, "Calls at noon")
    _grant(right, left, "Calls at noon")
    right.press("Pause this: Calls at noon")
    expect(_card(right, "Calls at noon")).to_contain_text("by you, today, ")
    expect(_card(left, "Calls at noon")).to_contain_text("Paused")
    expect(_card(left, "Calls at noon")).to_contain_text("by Sam, today")
    assert "by Sam, today, " not in _card(left, "Calls at noon").inner_text()  # the day, never the minute
    assert _card(left, "Calls at noon").get_by_role("button", name="Lift my pause on it").count() == 0
    right.picture("consents_paused")


def test_withdrawing_is_one_press_also_on_a_paused_one_and_the_other_cannot_offer_it_again(two: Two) -> None:
    left, right = two
    _offer(left, right, "A shared calendar")
    _grant(right, left, "A shared calendar")
    right.press("Pause this: A shared calendar")
    expect(_card(left, "A shared calendar")).to_contain_text("Paused")
    left.press("Withdraw: A shared calendar")
    for window in (left, right):
        expect(_card(window, "A shared calendar")).to_contain_text("Withdrawn")
        _open_the_past(window)
    assert "by Alex, today" in _card(right, "A shared calendar").inner_text()
    assert _card(right, "A shared calendar").get_by_role("button", name="again").count() == 0
    left.page.get_by_role("button", name="Offer it again…: A shared calendar").wait_for()
    left.picture("consents_withdrawn")


def test_while_everything_is_paused_a_consent_can_still_be_withdrawn(two: Two) -> None:
    left, right = two
    _offer(left, right, "Reading my letters")
    _grant(right, left, "Reading my letters")
    right.page.keyboard.press("Alt+p")
    left.sees("Paused")
    left.page.get_by_text("What you can withdraw from").click()
    left.press("Withdraw: Reading my letters")
    expect(_card(left, "Reading my letters")).to_have_count(0)
    right.press("Lift my pause")
    right.sees("Consents")
    expect(_card(right, "Reading my letters")).to_contain_text("Withdrawn")
