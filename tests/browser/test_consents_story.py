"""Consents through the page: offered in two steps, granted in two, narrowed at once, and seen in both windows."""

from tests.browser.conftest import Two
from tests.browser.windows import Window


def _card(window: Window, purpose: str) -> str:
    """What the card of a consent says."""
    return window.page.get_by_role("listitem").filter(has_text=purpose).first.inner_text()


def test_what_is_missing_is_said_before_anything_is_offered(paired: Two) -> None:
    left = paired.left
    left.go("Consents")
    left.reads("Nothing agreed in writing yet")
    left.press("Offer one")
    left.press("Read it once more")
    left.reads("Say in a few words what it is for.")
    left.page.get_by_label("What is it for?").fill("Photos of us")
    left.press("Read it once more")
    left.reads("Name at least one thing that is included.")
    assert left.focused().startswith("TEXTAREA")
    left.press("Cancel")


def test_an_offer_is_written_read_once_more_and_then_waits_for_the_other(paired: Two) -> None:
    left, right = paired
    left.press("Offer one")
    left.page.get_by_label("What is it for?").fill("Photos of us")
    left.page.get_by_label("What is included?").fill("Faces, clothed\nHolidays")
    left.page.get_by_label("What is not?").fill("Posting them anywhere")
    left.page.get_by_label("Until when?").fill("2099-01-31")
    left.picture("offer_step_one")
    left.press("Read it once more")
    left.reads("Step 2 of 2")
    left.reads("until 31 January 2099")
    left.picture("offer_step_two")
    left.press("Offer this to Sam")
    left.reads("waits for Sam")
    assert "Grant" not in _card(left, "Photos of us")
    right.reads("Alex offers a consent")
    right.press("Read it: Photos of us")
    right.reads("offered by Alex, today")


def test_granting_takes_two_steps_and_holds_in_both_windows(paired: Two) -> None:
    left, right = paired
    right.press("Grant…: Photos of us")
    right.reads("You can pause or withdraw at any moment")
    right.picture("grant")
    right.press("Not now")
    assert "Offered" in _card(right, "Photos of us")
    right.press("Grant…: Photos of us")
    right.press("Yes, I grant this")
    for window in (left, right):
        window.reads("between you and")
        assert "Granted" in _card(window, "Photos of us")
    left.picture("consents_granted")


def test_a_pause_on_it_is_one_press_and_shows_whose_it_is_and_since_when(paired: Two) -> None:
    left, right = paired
    right.press("Pause this: Photos of us")
    left.reads("by Sam, today")
    assert "Paused" in _card(left, "Photos of us")
    assert left.page.get_by_text("by Sam, today, ").count() == 0  # the day, never the minute
    right.reads("by you, today, ")
    assert left.page.get_by_role("button", name="Lift my pause on it").count() == 0
    right.picture("consents_paused")


def test_withdrawing_is_one_press_also_on_a_paused_one_and_the_other_cannot_offer_it_again(paired: Two) -> None:
    left, right = paired
    right.press("Withdraw: Photos of us")
    left.reads("Withdrawn")
    assert "by Sam, today" in _card(left, "Photos of us")
    assert left.page.get_by_role("button", name="again").count() == 0
    right.page.get_by_role("button", name="Offer it again…: Photos of us").wait_for()
    left.picture("consents_withdrawn")


def test_while_everything_is_paused_a_consent_can_still_be_withdrawn(paired: Two) -> None:
    left, right = paired
    right.press("Offer one")
    right.page.get_by_label("What is it for?").fill("Reading my letters")
    right.page.get_by_label("What is included?").fill("Those on the desk")
    right.press("Read it once more")
    right.press("Offer this to Alex")
    left.press("Grant…: Reading my letters")
    left.press("Yes, I grant this")
    right.reads("between you and Alex")
    left.page.keyboard.press("Alt+p")
    right.sees("Paused")
    right.page.get_by_text("Consents you can withdraw").click()
    right.press("Withdraw: Reading my letters")
    right.reads("There is no consent to withdraw.")
    left.press("Lift my pause")
    left.sees("Consents")
    assert "Withdrawn" in _card(left, "Reading my letters")
    for window in (left, right):
        assert window.faults == []
