"""The main job, end to end: two windows, two nodes, one record, through a stop and a start."""

import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.browser.windows import App, Window, chromium, pair, private_network, shown_code, sound
from tests.lan.bed import Holder

DOOR_LINE = re.compile(r"^\[\w+\] open http://127\.0\.0\.1:\d+/ and type the code \S+$", flags=re.MULTILINE)


def test_two_people_pair_share_pause_and_find_it_all_again_after_a_restart(
    network: Holder, browser: Browser, tmp_path: Path
) -> None:
    app = App(network, tmp_path, "--duo", module="tests.browser.patient")
    left, right = Window(browser, "left"), Window(browser, "right")
    _begin(app, left, right)
    pair(left, right)
    right.go("Pairing & sync")
    right.reads("Last reached today.")
    assert right.page.get_by_text("introduced by address").count() == 0  # they found each other
    right.picture("paired")
    right.go("Today")
    _share_two_tasks(left, right)
    _pause_on_the_right(left, right)
    for window in (left, right):
        window.page.reload()
        window.sees("Paused")
        assert window.faults == []
    code, said, complained = app.stop(signal.SIGINT)
    assert (code, complained) == (0, "")
    assert DOOR_LINE.sub("", said).strip() == ""
    for window in (left, right):
        window.sees("The app is closed")

    again = App(network, tmp_path, "--duo")
    try:
        _unlock(again, left, right)
        right.press("Lift my pause")
        for window in (left, right):
            window.sees("Today")
            expect(window.row("Water the ferns").get_by_text("done today")).to_be_visible()
            window.row("Book the cabin")
        left.add("Still here, and still in step")
        right.row("Still here, and still in step")
    finally:
        again.stop()


def _begin(app: App, left: Window, right: Window) -> None:
    for window in (left, right):
        window.enter(app)
        window.sees("Welcome")
        window.reads("Everything you write stays on your own devices.")
    left.picture("first_run")
    for window in (left, right):
        window.first_run()
        window.reads("Just you, for now")
    left.picture("today_alone")
    left.go("Consents")
    left.reads("Nothing agreed in writing yet")
    left.reads("When you are paired with someone, either of you can offer one here.")
    left.go("Pairing & sync")
    left.press("Show a code")
    left.reads("Works once, for another")
    left.picture("pairing_code")
    left.press("Stop showing it")


def _share_two_tasks(left: Window, right: Window) -> None:
    left.add("Water the ferns")
    left.add("Book the cabin", whom="Sam")
    right.row("Water the ferns")
    right.sees("Waiting for your yes")
    right.press("Yes, I will: Book the cabin")
    left.reads("Sam said yes")
    left.page.get_by_role("checkbox", name="Water the ferns").click()
    right.row("Water the ferns").get_by_text("done today").wait_for()
    assert left.row("Book the cabin").get_by_role("checkbox").count() == 0
    left.picture("today")


def _pause_on_the_right(left: Window, right: Window) -> None:
    right.page.keyboard.press("Alt+p")
    for window in (left, right):
        window.sees("Paused")
    left.reads("Sam paused today.")
    right.reads(re.compile("It has reached Alex.s laptop"))
    left.picture("paused_by_sam")
    right.picture("paused_by_me")


def _unlock(app: App, left: Window, right: Window) -> None:
    for window in (left, right):
        window.enter(app)
        window.sees("Welcome back")
    left.picture("unlock")
    left.unlock("a passphrase of somebody else")
    left.reads("That is not the passphrase.")
    for window in (left, right):
        window.unlock()
        window.sees("Paused")
    left.reads(re.compile("In step with Sam.s laptop"))


def test_a_wrong_code_is_used_up_on_both_screens_and_the_next_one_works(
    network: Holder, browser: Browser, tmp_path: Path
) -> None:
    app = App(network, tmp_path, "--duo")
    try:
        left, right = Window(browser, "left"), Window(browser, "right")
        for window in (left, right):
            window.enter(app)
            window.first_run()
            window.go("Pairing & sync")
        left.press("Show a code")
        shown = shown_code(left)
        wrong = shown[:-1] + str((int(shown[-1]) + 1) % 10)
        right.page.get_by_label("The code on their screen").fill(wrong)
        right.press("Continue")
        for window in (left, right):
            window.reads("The code did not match. It is used up now")
        right.picture("pairing_wrong_code")
        right.page.get_by_label("The code on their screen").fill("12")
        right.press("Continue")
        right.reads("A pairing code is 8 digits")
        pair(left, right)
    finally:
        app.kill()


def test_words_that_differ_undo_it_all_and_another_laptop_of_the_same_person_joins_and_is_removed_and_told_so(
    network: Holder, browser: Browser, tmp_path: Path
) -> None:
    app = App(network, tmp_path, "--duo")
    try:
        left, right = Window(browser, "left"), Window(browser, "right")
        for window in (left, right):
            window.enter(app)
            window.first_run()
            window.go("Pairing & sync")
        left.press("Show a code")
        right.page.get_by_label("The code on their screen").fill(shown_code(left))
        right.press("Continue")
        left.sees("Is this Sam?")
        right.sees("Is this Alex?")
        right.picture("pairing_words")
        right.press("No, they differ")
        right.reads("You said that the words differ, so nothing was kept on either device.")
        left.reads("The other person said that the words differ, so nothing was kept on either device.")
        for window in (left, right):
            window.reads("No other device yet.")
        left.press("For another laptop of mine")
        right.page.get_by_label("The code on their screen").fill(shown_code(left))
        right.press("Continue")
        for window in (left, right):
            window.sees("Another laptop of Alex?")
            window.press("Yes, the same")
        for window in (left, right):
            window.sees("One more laptop of yours is paired")
            window.reads("yours")
        left.press(re.compile("Remove this laptop of yours…: Alex.s laptop"))
        left.reads("This is for good: to use it again, erase the record there")
        sound(left)
        left.press("Remove it")
        left.reads("No longer connected")
        for screen in ("Pairing & sync", "Today"):
            right.go(screen)
            right.reads("This device was removed from here.")
            sound(right)
            assert right.page.get_by_role("button", name="Pause", exact=True).count() == 0
        right.picture("removed")
        for window in (left, right):
            assert window.faults == []
    finally:
        app.kill()


def test_where_the_network_carries_no_multicast_the_two_are_introduced_by_address_and_it_says_so(
    playwright: Playwright, tmp_path: Path
) -> None:
    with private_network(multicast=False) as network, chromium(playwright, network, tmp_path) as browser:
        app = App(network, tmp_path / "data", "--duo")
        try:
            left, right = Window(browser, "left"), Window(browser, "right")
            for window in (left, right):
                window.enter(app)
                window.first_run()
            pair(left, right)
            right.go("Pairing & sync")
            right.reads("so they were introduced by address")
            left.add("Written without multicast")
            right.go("Today")
            right.row("Written without multicast")
            app.stop()
            app = App(network, tmp_path / "data", "--duo")
            for window in (left, right):
                window.enter(app)
                window.unlock()
            right.add("And after a restart")
            left.row("And after a restart")
        finally:
            app.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl+C", "terminate"])
def test_one_person_alone_starts_stops_and_unlocks_again(
    network: Holder, browser: Browser, tmp_path: Path, number: signal.Signals
) -> None:
    app = App(network, tmp_path, "--name", "Robin", people=["me"])
    app.doors["left"] = app.doors["me"]
    window = Window(browser, "left")
    window.enter(app)
    assert window.page.get_by_label("What should we call you?").input_value() == "Robin"
    window.first_run()
    window.add("One small thing")
    window.page.reload()
    window.row("One small thing")
    assert app.stop(number)[0] == 0
    again = App(network, tmp_path, people=["me"])
    again.doors["left"] = again.doors["me"]
    window.enter(again)
    window.unlock()
    window.row("One small thing")
    assert again.stop(number)[0] == 0
