"""How the page behaves: for the keyboard, for who must hide it quickly, for who cannot see it well, for privacy."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Two
from tests.browser.windows import DOUBLE_MILLISECONDS, NARROW, App, Window, sound
from tests.lan.bed import Holder


def test_every_screen_can_be_used_by_everybody(two: Two) -> None:
    left, right = two
    left.add("A thing to look at")
    right.add("A thing asked", whom="Alex")
    left.page.get_by_role("button", name="Yes, I will: A thing asked").wait_for()
    left.press("Add a task")
    left.page.get_by_label("What is it?").wait_for()
    sound(left)
    left.page.keyboard.press("Escape")
    left.go("Consents")
    sound(left)
    left.press("Offer one")
    left.sees("Offer a consent")
    sound(left)
    left.press("Cancel")
    left.go("Pairing & sync")
    left.press("Show a code")
    left.reads("Works once")
    for summary in left.page.locator("summary").all():
        summary.click()
    sound(left)
    left.press("Stop showing it")
    left.reads("The code is no longer shown")
    left.press("Shortcuts")
    left.sees("Shortcuts")
    sound(left)


def test_no_window_is_wider_than_a_phone_where_the_phone_is_narrow(two: Two) -> None:
    left = two.left
    left.look("light", NARROW)
    for screen in ("Consents", "Pairing & sync", "Today"):
        left.go(screen)
        expect(left.menu()).to_contain_text(screen)  # the one that is looked at stays in sight
        expect(left.menu()).to_be_in_viewport()
        assert left.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(left.page.get_by_role("button", name="Pause", exact=True)).to_be_visible()


def test_another_screen_is_shown_from_its_top_however_far_down_one_was(two: Two) -> None:
    left = two.left
    left.look("light", NARROW)
    left.go("Settings")
    left.page.get_by_role("button", name="Close the app").scroll_into_view_if_needed()
    assert left.page.evaluate("scrollY") > 0
    left.go("Help")
    expect(left.page.get_by_role("heading", name="Help", level=1)).to_be_in_viewport(ratio=1)


def test_the_menu_of_a_narrow_window_keeps_pause_in_reach_and_closes_for_whatever_leaves_it(two: Two) -> None:
    left, page = two.left, two.left.page
    left.look("light", NARROW)
    screens = page.get_by_role("navigation").get_by_role("group")
    expect(screens).to_have_count(0)
    left.menu().press("Enter")
    expect(screens).to_have_count(4)
    left.picture("menu")
    sound(left)
    left.look("light", NARROW)
    page.keyboard.press("Escape")
    expect(screens).to_have_count(0)
    expect(left.menu()).to_be_focused()
    left.menu().press("Enter")
    page.get_by_role("navigation").get_by_role("button", name="Limits", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Limits", level=1)).to_be_focused()
    expect(screens).to_have_count(0)
    left.menu().click()
    page.locator("header .space").click()
    expect(screens).to_have_count(0)
    left.menu().click()
    left.press("Pause")
    left.sees("Paused")
    left.press("Lift my pause")
    expect(left.menu()).to_be_visible()
    expect(screens).to_have_count(0)


def test_every_field_is_kept_from_the_browsers_memory(two: Two) -> None:
    left = two.left
    left.press("Add a task")
    left.page.get_by_label("What is it?").wait_for()
    fields = left.page.locator("input, textarea, select")
    assert fields.count() >= 3
    for field in fields.all():
        assert field.get_attribute("autocomplete") == "off"
    assert left.page.get_by_label("What is it?").get_attribute("spellcheck") == "false"
    assert left.page.locator("html").get_attribute("translate") == "no"


def test_what_the_partner_writes_moves_neither_the_focus_nor_what_is_being_typed(two: Two) -> None:
    left, right = two
    left.press("Add a task")
    expect(left.page.get_by_label("What is it?")).to_be_focused()
    left.page.keyboard.type("Half a sen")
    right.add("Written meanwhile", whom="Alex")
    left.reads("Written meanwhile")
    assert left.focused() == "INPUT Half a sen"
    left.page.keyboard.type("tence")
    assert left.focused() == "INPUT Half a sentence"
    left.press("Discard what is half written: Add a task")


def test_a_pause_by_the_partner_takes_the_page_and_gives_back_what_was_being_typed(two: Two) -> None:
    left, right = two
    left.press("Add a task")
    field = left.page.get_by_label("What is it?")
    expect(field).to_be_focused()
    left.page.keyboard.type("Half a sentence")
    right.page.keyboard.press("Alt+p")
    left.sees("Paused")
    expect(left.page.get_by_role("heading", name="Paused")).to_be_focused()
    assert left.page.get_by_role("heading", name="Today").count() == 0
    right.press("Lift my pause")
    left.sees("Today")
    expect(field).to_be_visible()
    expect(field).to_have_value("Half a sentence")
    left.press("Discard what is half written: Add a task")
    field.press("Escape")
    expect(field).not_to_be_visible()


def test_pause_is_in_reach_inside_a_dialog_by_key_and_by_button(two: Two) -> None:
    left = two.left
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
        expect(left.page.get_by_label("What is it for?")).to_have_value("Kept while paused")
        left.press("Discard what is half written: Offer a consent")
        left.press("Cancel")
        expect(left.page.get_by_role("dialog")).to_have_count(0)


def test_an_act_that_is_not_answered_yet_is_taken_back_and_not_the_one_before_it(two: Two) -> None:
    left = two.left
    left.add("The one before it")
    left.add("Ticked and taken back")
    left.page.get_by_role("checkbox", name="The one before it").click()
    left.reads("Done: The one before it")
    box = left.page.get_by_role("checkbox", name="Ticked and taken back")
    box.evaluate(
        """box => {
            box.click();
            box.dispatchEvent(new KeyboardEvent("keydown", { key: "z", ctrlKey: true, bubbles: true }));
        }"""
    )
    left.reads("Taken back.")
    expect(box).not_to_be_checked()
    expect(left.page.get_by_role("checkbox", name="The one before it")).to_be_checked()


def test_other_news_does_not_untick_what_was_just_ticked(two: Two) -> None:
    left = two.left
    left.add("Ticked while news come in")
    box = left.page.get_by_role("checkbox", name="Ticked while news come in")
    shown = box.evaluate(
        """async (box) => {
            const { state } = await import("/static/link.js");
            const shown = [];
            box.click();
            for (let news = 0; news < 5; news += 1) {
                state.value = { ...state.value }; // what was on its way when the box was ticked
                await new Promise((resolve) => setTimeout(resolve));
                shown.push(box.checked);
            }
            return shown;
        }"""
    )
    assert all(shown)
    left.reads("Done: Ticked while news come in")
    expect(box).to_be_checked()


def test_done_and_a_new_name_can_be_taken_back_by_key_a_no_cannot(two: Two) -> None:
    left, right = two
    left.add("Something of my own")
    right.add("A thing to say no to", whom="Alex")
    box = left.page.get_by_role("checkbox", name="Something of my own")
    box.click()
    right.row("Something of my own").get_by_text("done today").wait_for()
    left.page.keyboard.press("Control+z")
    expect(box).not_to_be_checked()
    left.press("Change: Something of my own")
    left.page.get_by_label("What is it?").fill("Something renamed")
    left.page.keyboard.press("Enter")
    right.row("Something renamed")
    expect(left.page.get_by_label("What is it?")).to_have_count(0)
    left.page.keyboard.press("Control+z")
    right.row("Something of my own")
    box.click()
    left.reads("Done: Something of my own")
    left.press("No to: A thing to say no to")
    left.reads("You said no. That is all it takes.")
    left.page.keyboard.press("Control+z")
    left.reads("There is nothing to take back.")
    expect(box).to_be_checked()  # nor is something older taken back in its place
    right.page.get_by_text("Answered with no").wait_for()
    assert left.page.get_by_role("button", name="Yes, I will: A thing to say no to").count() == 0


def test_what_was_changed_after_a_yes_says_so_and_asks_again(two: Two) -> None:
    left, right = two
    right.add("Something to say yes to", whom="Alex")
    left.press("Yes, I will: Something to say yes to")
    right.row("Something to say yes to").get_by_text("said yes").wait_for()
    right.press("Change: Something to say yes to")
    right.page.get_by_label("What is it?").fill("Something else")
    right.page.keyboard.press("Enter")
    right.reads("Changed. Alex is asked for a new yes.")
    left.reads("You had said yes to “Something to say yes to”. Now it says “Something else”.")
    assert left.page.get_by_role("checkbox", name="Something else").count() == 0
    right.row("Something else").get_by_text("waits for a new one").wait_for()
    left.press("Yes, I will: Something else")
    left.page.get_by_role("checkbox", name="Something else").wait_for()


def test_single_keys_are_listed_and_can_be_switched_off(two: Two) -> None:
    left = two.left
    left.page.keyboard.press("5")
    left.sees("Consents")
    left.page.keyboard.press("?")
    left.sees("Shortcuts")
    listed = left.page.get_by_role("navigation").get_by_role("group").get_by_role("button").all_inner_texts()
    for digit, screen in enumerate(listed[:9], start=1):
        expect(left.page.get_by_role("row", name=f"{digit} {screen}", exact=True)).to_be_visible()
    left.picture("shortcuts")
    left.page.get_by_label("Use the single keys, too").uncheck()
    left.press("Close")
    expect(left.page.get_by_role("dialog")).to_have_count(0)
    left.page.keyboard.press("1")
    left.page.keyboard.press("?")
    left.is_answered()  # a screen is shown once the app has answered
    expect(left.page.get_by_role("heading", name="Consents", exact=True)).to_be_visible()
    assert left.page.get_by_role("dialog").count() == 0
    left.press("Shortcuts")
    left.page.get_by_label("Use the single keys, too").check()
    left.press("Close")
    expect(left.page.get_by_role("dialog")).to_have_count(0)
    left.page.keyboard.press("1")
    left.sees("Today")


def test_a_double_escape_empties_the_page_locks_it_and_back_reveals_nothing(two: Two) -> None:
    left, right = two
    left.add("Something to hide")
    left.press_escape_twice()
    left.page.wait_for_url("**/blank")
    assert left.page.title() == "Blank page"
    assert left.page.inner_text("body") == ""
    left.page.go_back(wait_until="commit")  # it may leave again before it has loaded
    left.page.wait_for_url("**/blank")
    assert left.page.inner_text("body") == ""
    left.page.goto(left.origin)
    left.sees("Locked")
    assert "Something to hide" not in left.page.content()
    sound(left)
    left.page.keyboard.press("Alt+p")
    right.sees("Paused")
    left.unlock("not the right one")
    left.reads("That is not the passphrase.")
    left.unlock()
    left.press("Lift my pause")
    left.sees("Today")
    left.row("Something to hide")
    _what_was_just_said_is_gone_behind_the_lock(left)


def _what_was_just_said_is_gone_behind_the_lock(left: Window) -> None:
    left.page.get_by_role("checkbox", name="Something to hide").check()
    left.reads("Done: Something to hide")
    left.go("Settings")
    left.press("Lock it now")
    left.sees("Locked")
    assert "Something to hide" not in left.page.content()
    assert left.page.get_by_role("button", name="Undo").count() == 0
    left.unlock()
    left.sees("Settings")


def test_a_single_escape_or_two_far_apart_hide_nothing(two: Two) -> None:
    left = two.left
    left.page.keyboard.press("Escape")
    left.page.wait_for_timeout(DOUBLE_MILLISECONDS)
    left.page.keyboard.press("Escape")
    left.page.wait_for_timeout(DOUBLE_MILLISECONDS)
    left.sees("Today")
    assert left.page.url == left.origin + "/"


def test_paused_looks_sound_too(two: Two) -> None:
    left, right = two
    left.page.keyboard.press("Alt+p")
    right.sees("Paused")
    right.press("Add my own pause")
    left.reads("It stays paused until Sam lifts theirs, too.")
    for summary in left.page.locator("main.paused summary").all():
        summary.click()
    sound(left)
    sound(right)


def test_the_ways_in_can_be_used_by_everybody(network: Holder, browser: Browser, tmp_path: Path) -> None:
    app = App(network, tmp_path, people=["me"])
    try:
        app.doors["left"] = app.doors["me"]
        window = Window(browser, "left")
        window.page.goto(app.doors["left"][0])
        sound(window)
        window.page.get_by_label("Code").fill("WRONG-CODE-HERE")
        window.press("Open")
        window.reads("That code does not open this page.")
        sound(window)
        window.page.get_by_label("Code").fill(app.doors["left"][1].lower().replace("-", " "))
        window.press("Open")
        window.sees("Welcome")
        sound(window)
        window.page.get_by_label("What should we call you?").fill("Robin")
        window.page.get_by_label("Choose a passphrase").fill("one thing")
        window.page.get_by_label("The same passphrase again").fill("another thing")
        window.press("Start")
        window.reads("The two passphrases are not the same.")
        assert window.focused() == "INPUT another thing"
        sound(window)
    finally:
        app.kill()
