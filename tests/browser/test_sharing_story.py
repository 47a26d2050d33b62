"""Live sharing through two windows: agreed by both, typed by one, seen by the other; gone from both with one press."""

import contextlib
import re

from playwright.sync_api import Locator, expect
from playwright.sync_api import TimeoutError as TooLong

from tests.browser.conftest import Two
from tests.browser.test_drafts_story import KEPT
from tests.browser.windows import NARROW, WIDE, Window, sound

PURPOSE = "Knowing that you arrived"
PLACE = "at the library, on the third floor"
HALF = "at the li"
NOTHING = "Nothing from Alex just now. That can mean anything, or nothing at all."


def _chip(window: Window) -> Locator:
    return window.page.get_by_role("group", name="What you share now")


def _share(window: Window, text: str) -> None:
    window.page.get_by_label("What do you want them to see?").fill(text)
    window.press(re.compile("^Share (it|this instead)$"))


def _shared_for_a_moment(left: Window, right: Window, text: str) -> bool:
    """What no choice on the page is short enough for; longer where that was too short for anybody to see it."""
    for seconds in (1, 5, 25):
        fields = {"what": "place", "text": text, "milliseconds": seconds * 1_000}
        problem = left.page.evaluate(
            "async (fields) => (await (await import('/static/link.js')).act('sharing.tell', fields)).problem", fields
        )
        assert problem is None
        with contextlib.suppress(TooLong):
            right.page.get_by_text(text).wait_for(timeout=seconds * 1_000)
            return True
    return False


def _gone(left: Window, right: Window, text: str) -> None:
    """On neither side, in no frame, and to the other with no reason."""
    expect(right.page.get_by_text(text)).to_have_count(0)
    expect(right.page.get_by_text(NOTHING)).to_be_visible()
    expect(left.page.get_by_text(text)).to_have_count(0)
    expect(_chip(left)).to_have_count(0)


def _refused_and_offered(left: Window, right: Window) -> None:
    left.press("Offer to share…")
    dialog = left.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Read it once more").click()
    left.reads("Choose at least one thing.")
    sound(left)
    left.picture("sharing_offer")
    _agreed(left, right)


def _agreed(left: Window, right: Window) -> None:
    """The left has begun to offer it."""
    dialog = left.page.get_by_role("dialog")
    dialog.get_by_label("Where I am").check()
    dialog.get_by_label("What is it for?").fill(PURPOSE)
    dialog.get_by_role("button", name="Read it once more").click()
    expect(dialog.get_by_text("Live sharing: where I am")).to_be_visible()
    expect(dialog.get_by_text("Shared live by")).to_be_visible()
    left.press("Offer this to Sam")
    right.press(f"Grant…: {PURPOSE}")
    right.press("Yes, I grant this")


def test_what_one_types_the_other_sees_while_both_agree_and_it_is_gone_from_both_with_one_press(two: Two) -> None:
    left, right = two
    for window in two:
        window.go("Sharing")
    left.sees("Nothing is agreed that you may share")
    sound(left)
    left.picture("sharing_before")
    _refused_and_offered(left, right)
    _share(left, "  ")
    left.reads(re.compile("What is shared has 1 to"))
    field = left.page.get_by_label("What do you want them to see?")
    field.fill(HALF)
    left.page.get_by_label("An hour", exact=True).check()
    left.go("Today")
    left.go("Sharing")
    expect(field).to_have_value(HALF)
    expect(left.page.get_by_label("An hour", exact=True)).to_be_checked()
    left.reads(KEPT)
    left.picture("sharing_half_typed")
    _share(left, PLACE)
    expect(field).to_have_value("")
    right.reads(PLACE)
    expect(right.page.get_by_text(NOTHING)).to_have_count(0)
    left.go("Today")
    expect(_chip(left)).to_contain_text("Sharing with Sam")
    left.look("dark", NARROW)
    expect(_chip(left)).to_be_in_viewport()
    left.look("light", WIDE)
    _chip(left).get_by_role("button", name="Sharing with Sam").click()
    left.sees("Sharing")
    expect(field).to_have_value("")  # what was sent is half typed no more
    left.reads(re.compile(r"with Sam · since \d\d:\d\d · until .* at the latest"))
    for window in two:
        sound(window)
    left.picture("sharing_now")
    right.picture("sharing_seen")
    lets = [window.page.get_by_role("region", name="What lets it flow") for window in two]
    expect(lets[0]).to_be_visible()
    expect(lets[1]).to_have_count(0)  # to whom it is shown, a consent would say here why nothing is
    _chip(left).get_by_role("button", name="Stop sharing").click()
    left.reads("Stopped. Nothing of it is left with anyone here.")
    _gone(left, right, PLACE)
    assert _shared_for_a_moment(left, right, "at the door")
    _gone(left, right, "at the door")
    left.press("Withdraw: " + PURPOSE)
    left.sees("Nothing is agreed that you may share")


def test_a_pause_ends_it_on_both_sides_and_its_end_brings_nothing_back(two: Two) -> None:
    left, right = two
    for window in two:
        window.go("Sharing")
    left.press("Offer to share…")
    _agreed(left, right)
    _share(left, PLACE)
    right.reads(PLACE)
    right.page.keyboard.press("Alt+p")
    left.sees("Paused")
    expect(_chip(left)).to_have_count(0)
    right.press("Lift my pause")
    left.sees("Sharing")
    _gone(left, right, PLACE)
    _share(left, "on my way home")  # in step again: what came before would be here by now
    right.reads("on my way home")
    expect(right.page.get_by_text(PLACE)).to_have_count(0)
    left.press("Withdraw: " + PURPOSE)
    _gone(left, right, "on my way home")
    left.sees("Nothing is agreed that you may share")
    sound(right)


def test_being_here_is_a_switch_of_its_own_and_is_said_by_hand(two: Two) -> None:
    left, right = two
    for window in two:
        window.go("Sharing")
    box = left.page.get_by_role("checkbox", name="Let Sam see it when I say that I am here")
    expect(box).not_to_be_checked()
    expect(left.page.get_by_role("button", name="I am here", exact=True)).to_have_count(0)
    box.check()
    left.press("I am here")
    right.reads("Alex says: here now")
    left.reads("That you are here: Sam can see it")
    sound(left)
    left.picture("sharing_here")
    right.page.keyboard.press("Alt+p")
    left.sees("Paused")
    right.press("Lift my pause")
    left.sees("Sharing")
    _gone(left, right, "That you are here: Sam can see it")
    left.press("I am here")  # a pause takes it back, and the switch stays as it was
    right.reads("Alex says: here now")
    left.page.keyboard.press("Alt+p")
    left.sees("Paused")
    left.page.locator("main.paused").get_by_text("Being here").click()
    sound(left)
    left.page.get_by_role("checkbox", name="Let Sam see it when I say that I am here").click()  # it goes with its press
    left.reads("Sam sees it no more.")
    left.press("Lift my pause")
    left.sees("Sharing")
    expect(box).not_to_be_checked()
    _gone(left, right, "That you are here: Sam can see it")
    expect(right.page.get_by_text("Alex says: here now")).to_have_count(0)
