"""Parting through the page: kept away and allowed again, asked to erase, erased with a word, left; said on both."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.windows import App, Window, arrive, pair, sound
from tests.lan.bed import Holder

PARTING = "Leave or erase"


def test_two_keep_apart_ask_erase_and_leave_each_by_their_own_act_alone(
    network: Holder, browser: Browser, tmp_path: Path
) -> None:
    app = App(network, tmp_path, "--duo")
    left, right = Window(browser, "left"), Window(browser, "right")
    arrive(app, left, right)
    pair(left, right)
    left.add("Water the ferns")
    right.row("Water the ferns")
    _kept_away_and_allowed_again(left, right)
    _erased_by_one_at_the_others_request(left, right)
    _left_and_then_erased(left)
    for window in (left, right):
        assert window.faults == []


def _kept_away_and_allowed_again(left: Window, right: Window) -> None:
    right.go("Pairing & sync")
    right.page.get_by_text("Keep it away").click()
    right.reads("to Alex it looks like a laptop that is not reached")
    sound(right)
    right.press(re.compile("Keep no connection with it: Alex.s laptop"))
    right.reads("Not connected, by your choice")
    right.reads("Not connected with anyone")
    sound(right)
    right.picture("kept_away")
    left.go("Pairing & sync")
    expect(left.page.locator("li.device .chip")).to_have_text("Not reached")
    assert not re.search("choice|chose|refus|kept away", left.page.inner_text("main"), re.IGNORECASE)
    left.go("Today")
    left.add("Written while kept away")
    right.go("Today")
    right.add("Written by Sam meanwhile")  # more than what the other wrote would have taken to be here
    assert right.page.get_by_text("Written while kept away").count() == 0
    right.go("Pairing & sync")
    right.press(re.compile("Allow it again: Alex.s laptop"))
    right.reads(re.compile("In step with Alex.s laptop"))
    right.go("Today")
    right.row("Written while kept away")


def _erased_by_one_at_the_others_request(left: Window, right: Window) -> None:
    left.go("Pairing & sync")
    left.page.get_by_text(PARTING).click()
    left.press("Ask everyone to erase it…")
    left.reads("Nothing is erased by asking")
    sound(left)
    left.press("Not now")
    expect(left.page.get_by_role("button", name="Ask everyone to erase it…")).to_be_focused()
    left.press("Ask everyone to erase it…")
    left.press("Ask")
    left.reads("You asked that this record be erased, today")
    right.reads("Shall this record be erased?")
    sound(right)
    right.press("Read what that means")
    right.reads("Nothing is erased unless you do it here.")
    right.press("Erase it from this laptop…")
    right.reads("cannot be called back")
    sound(right)
    right.picture("erase_asked")
    right.press("Keep it")
    right.row("Alex asks that this record be erased")
    right.press("Erase it from this laptop…")
    right.press("Erase it here, and tell Alex")
    right.reads("Erased from this laptop.")
    right.sees("Nothing is waiting")
    assert "Water the ferns" not in right.page.content()
    left.reads(re.compile("Sam.s laptop erases it: said today"))
    left.go("Today")
    left.row("Water the ferns")  # what one erases, the other keeps


def _left_and_then_erased(left: Window) -> None:
    left.press("Pause")
    left.sees("Paused")  # a pause traps nobody
    left.press("Leave this record…")
    left.reads("What the others have already stays with them.")
    sound(left)
    left.press("Leave without a word")
    left.reads("You have left this record.")
    left.press("What you can do now")
    left.press("Tell them that you left…")
    left.reads("what you agreed and a pause of yours still stand there")
    sound(left)
    left.picture("tell_that_i_left")
    left.press("Say that I left")
    expect(left.page.get_by_role("button", name="Tell them that you left…")).to_have_count(0)
    left.picture("left_the_space")
    for screen in ("Consents", "Today", "Pairing & sync"):
        left.go(screen)
        left.reads("You have left this record.")
        sound(left)
        expect(left.page.get_by_role("button", name="Pause", exact=True)).to_have_count(0)
    left.go("Today")
    expect(left.page.get_by_role("checkbox", name="Water the ferns")).to_be_disabled()
    expect(left.page.get_by_role("button", name="Add a task")).to_have_count(0)
    left.press("What you can do now")
    left.press("Erase it from this laptop…")
    left.press("Erase it here")
    left.sees("Nothing is waiting")
    assert "Water the ferns" not in left.page.content()
    left.page.get_by_role("button", name="Pause", exact=True).wait_for()
    left.add("A record of one's own again")
    left.page.reload()
    left.row("A record of one's own again")
