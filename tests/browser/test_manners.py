"""How the page behaves: for the keyboard, for who must hide it quickly, for who cannot see it well, for privacy."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Two
from tests.browser.windows import NARROW, WIDE, App, Window
from tests.lan.bed import Holder

LOOKS = (("light", WIDE), ("dark", NARROW))
DOUBLE_MILLISECONDS = 700  # longer than the page takes two Escapes for one wish to hide it


def _sound(window: Window) -> None:
    """Nothing that axe finds, in the light wide window and in the dark narrow one."""
    for scheme, size in LOOKS:
        window.look(scheme, size)
        assert window.violations() == [], (scheme, size)
    window.look("light", WIDE)


def test_every_screen_can_be_used_by_everybody(paired: Two) -> None:
    left, right = paired
    left.add("Something of my own")
    right.add("Something asked", whom="Alex")
    left.page.get_by_role("button", name="Yes, I will").wait_for()
    left.press("Add a task")
    _sound(left)
    left.page.keyboard.press("Escape")
    left.go("Consents")
    _sound(left)
    left.press("Offer one")
    _sound(left)
    left.press("Cancel")
    left.go("Pairing & sync")
    left.press("Show a code")
    left.reads("Works once")
    for summary in left.page.locator("summary").all():
        summary.click()
    _sound(left)
    left.press("Stop showing it")
    left.press("Shortcuts")
    _sound(left)
    left.press("Close")
    left.go("Today")


def test_no_window_is_wider_than_a_phone_where_the_phone_is_narrow(paired: Two) -> None:
    left = paired.left
    left.look("light", NARROW)
    for screen in ("Consents", "Pairing & sync", "Today"):
        left.go(screen)
        assert left.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert left.page.get_by_role("button", name="Pause", exact=True).is_visible()
    left.look("light", WIDE)


def test_every_field_is_kept_from_the_browsers_memory(paired: Two) -> None:
    left = paired.left
    left.press("Add a task")
    fields = left.page.locator("input, textarea, select")
    assert fields.count() >= 3
    for field in fields.all():
        assert field.get_attribute("autocomplete") == "off"
    assert left.page.get_by_label("What is it?").get_attribute("spellcheck") == "false"
    assert left.page.locator("html").get_attribute("translate") == "no"
    left.page.keyboard.press("Escape")
    left.page.wait_for_timeout(DOUBLE_MILLISECONDS)  # the next Escape, in a story of its own, is no second one


def test_what_the_partner_writes_moves_neither_the_focus_nor_what_is_being_typed(paired: Two) -> None:
    left, right = paired
    left.press("Add a task")
    expect(left.page.get_by_label("What is it?")).to_be_focused()
    left.page.keyboard.type("Half a sen")
    right.add("Written meanwhile", whom="Alex")
    left.reads("Written meanwhile")
    assert left.focused() == "INPUT Half a sen"
    left.page.keyboard.type("tence")
    assert left.focused() == "INPUT Half a sentence"


def test_a_pause_by_the_partner_takes_the_page_and_gives_back_what_was_being_typed(paired: Two) -> None:
    left, right = paired
    right.page.keyboard.press("Alt+p")
    left.sees("Paused")
    expect(left.page.get_by_role("heading", name="Paused")).to_be_focused()
    assert left.page.get_by_role("heading", name="Today").count() == 0
    right.press("Lift my pause")
    left.sees("Today")
    field = left.page.get_by_label("What is it?")
    expect(field).to_be_visible()  # a key that is pressed before the dialog is open again closes nothing
    assert field.input_value() == "Half a sentence"
    field.press("Escape")
    expect(field).not_to_be_visible()
    left.page.wait_for_timeout(DOUBLE_MILLISECONDS)


def test_pause_is_in_reach_inside_a_dialog_by_key_and_by_button(paired: Two) -> None:
    left = paired.left
    left.go("Consents")
    for way in ("key", "button"):
        left.press("Offer one")
        left.page.get_by_label("What is it for?").fill("Kept while paused")
        if way == "key":
            left.page.keyboard.press("Alt+p")
        else:
            left.page.get_by_role("dialog").get_by_role("button", name="Pause", exact=True).click()
        left.sees("Paused")
        left.press("Lift my pause")
        left.sees("Offer a consent")
        assert left.page.get_by_label("What is it for?").input_value() == "Kept while paused"
        left.press("Cancel")
    left.go("Today")


def test_an_act_that_is_not_answered_yet_is_taken_back_and_not_the_one_before_it(paired: Two) -> None:
    left = paired.left
    box = left.page.get_by_role("checkbox", name="Something of my own")
    box.evaluate(
        """box => {
            box.click();
            box.dispatchEvent(new KeyboardEvent("keydown", { key: "z", ctrlKey: true, bubbles: true }));
        }"""
    )
    left.reads("Taken back.")
    expect(box).not_to_be_checked()


def test_done_and_a_new_name_can_be_taken_back_by_key_a_no_cannot(paired: Two) -> None:
    left, right = paired
    box = left.page.get_by_role("checkbox", name="Something of my own")
    box.check()
    right.row("Something of my own").get_by_text("done today").wait_for()
    left.page.keyboard.press("Control+z")
    expect(box).not_to_be_checked()
    left.press("Rename: Something of my own")
    left.page.get_by_label("New name").fill("Something renamed")
    left.page.keyboard.press("Enter")
    right.row("Something renamed")
    expect(left.page.get_by_label("New name")).to_have_count(0)
    left.page.keyboard.press("Control+z")
    right.row("Something of my own")
    left.press("No to: Written meanwhile")
    right.page.get_by_text("Answered with no").wait_for()
    left.page.keyboard.press("Control+z")
    left.reads("There is nothing to take back.")
    assert left.page.get_by_role("button", name="Yes, I will: Written meanwhile").count() == 0


def test_single_keys_are_listed_and_can_be_switched_off(paired: Two) -> None:
    left = paired.left
    left.page.keyboard.press("2")
    left.sees("Consents")
    left.page.keyboard.press("?")
    left.sees("Shortcuts")
    left.picture("shortcuts")
    left.page.get_by_label("Use the single keys, too").uncheck()
    left.press("Close")
    left.page.keyboard.press("1")
    left.page.keyboard.press("?")
    assert left.page.get_by_role("heading", name="Consents", exact=True).is_visible()
    assert left.page.get_by_role("dialog").count() == 0
    left.press("Shortcuts")
    left.page.get_by_label("Use the single keys, too").check()
    left.press("Close")
    left.page.keyboard.press("1")
    left.sees("Today")


def test_a_double_escape_empties_the_page_locks_it_and_back_reveals_nothing(paired: Two) -> None:
    left, right = paired
    left.page.keyboard.press("Escape")
    left.page.keyboard.press("Escape")
    left.page.wait_for_url("**/blank")
    assert left.page.title() == "Blank page"
    assert left.page.inner_text("body") == ""
    left.page.go_back()
    left.page.wait_for_url("**/blank")
    assert left.page.inner_text("body") == ""
    left.page.goto(left.page.url.replace("/blank", "/"))
    left.sees("Locked")
    assert "Something of my own" not in left.page.content()
    _sound(left)
    left.page.keyboard.press("Alt+p")
    right.sees("Paused")
    left.unlock("not the right one")
    left.reads("That passphrase does not open this store.")
    left.unlock()
    left.press("Lift my pause")
    left.sees("Today")


def test_nothing_was_asked_of_any_other_host_and_the_pages_policy_was_never_broken(paired: Two) -> None:
    for window in (paired.left, paired.right):
        origin = window.page.evaluate("location.origin")
        assert {re.sub(r"(?<=\w)/.*", "", url) for url in window.requested} == {origin}
        assert window.faults == []


def test_paused_looks_sound_too(paired: Two) -> None:
    left, right = paired
    left.page.keyboard.press("Alt+p")
    right.sees("Paused")
    right.press("Add my own pause")
    left.reads("It stays paused until Sam lifts theirs, too.")
    for summary in left.page.locator("main.paused summary").all():
        summary.click()
    _sound(left)
    _sound(right)


def test_when_the_app_is_gone_the_page_says_so_and_shows_nothing_any_more(duo: App, paired: Two) -> None:
    duo.kill()
    for window in (paired.left, paired.right):
        window.sees("The app on this laptop is not running")
        assert "Something of my own" not in window.page.content()
    paired.left.picture("app_gone")
    _sound(paired.left)


def test_the_ways_in_can_be_used_by_everybody(network: Holder, browser: Browser, tmp_path: Path) -> None:
    app = App(network, tmp_path, people=["me"])
    try:
        app.doors["left"] = app.doors["me"]
        window = Window(browser, "left")
        window.page.goto(app.doors["left"][0])
        _sound(window)
        window.page.get_by_label("Code").fill("WRONG-CODE-HERE")
        window.press("Open")
        window.reads("That code does not open this page.")
        _sound(window)
        window.page.get_by_label("Code").fill(app.doors["left"][1].lower().replace("-", " "))
        window.press("Open")
        window.sees("Welcome")
        _sound(window)
        window.page.get_by_label("What should we call you?").fill("Robin")
        window.page.get_by_label("Choose a passphrase").fill("one thing")
        window.page.get_by_label("The same passphrase again").fill("another thing")
        window.press("Start")
        window.reads("The two passphrases are not the same.")
        assert window.focused() == "INPUT another thing"
        _sound(window)
    finally:
        app.kill()
