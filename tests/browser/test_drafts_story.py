"""What is half typed is there again after another screen, a reload, the lock; once it is sent it is nowhere."""

from playwright.sync_api import expect

from tests.browser.conftest import Two
from tests.browser.windows import WAIT_MILLISECONDS, Window, sound

KEPT = "Half written, and kept on this laptop alone until you send it."


def _half_typed(window: Window) -> None:
    """Begin a task for the other, and stop in the middle."""
    window.press("Add a task")
    window.page.get_by_label("What is it?").press_sequentially("Call the pl")
    window.page.get_by_label("Sam", exact=True).check()
    window.reads(KEPT)


def _is_there_again(window: Window) -> None:
    expect(window.page.get_by_label("What is it?")).to_have_value("Call the pl", timeout=WAIT_MILLISECONDS)
    expect(window.page.get_by_label("Sam", exact=True)).to_be_checked(timeout=WAIT_MILLISECONDS)
    window.page.get_by_role("button", name="Ask Sam").wait_for()


def _is_kept_nowhere_in_the_browser(window: Window) -> None:
    kept = window.page.evaluate(
        "(async () => [...Object.entries(localStorage), ...Object.entries(sessionStorage), ...(await caches.keys()),"
        " ...(await indexedDB.databases()).map((each) => each.name), document.cookie, JSON.stringify(history.state)])()"
    )
    assert "Call the pl" not in str(kept)
    assert [each for each in kept if each not in ("", '{"screen":"today"}', '{"screen":"limits"}', None, "null")] == []


def test_what_is_half_typed_outlives_another_screen_a_reload_and_the_lock_and_goes_once_it_is_sent(two: Two) -> None:
    alex = two.left
    _half_typed(alex)
    _is_kept_nowhere_in_the_browser(alex)
    alex.go("Limits")
    alex.go("Today")
    _is_there_again(alex)
    alex.picture("draft")
    sound(alex)
    alex.page.reload()
    alex.sees("Today")
    alex.press("Add a task")
    _is_there_again(alex)
    alex.page.get_by_label("What is it?").press("End")
    alex.page.keyboard.type("umber")
    alex.press_escape_twice()  # at once, before typing has settled
    alex.page.wait_for_url("**/blank")
    alex.page.goto(alex.origin)
    alex.unlock()
    alex.sees("Today")
    alex.press("Add a task")
    expect(alex.page.get_by_label("What is it?")).to_have_value("Call the plumber", timeout=WAIT_MILLISECONDS)
    alex.press("Ask Sam")
    alex.row("Call the plumber")
    alex.press("Add a task")
    expect(alex.page.get_by_label("What is it?")).to_have_value("")
    alex.press("Cancel")
    alex.add("Mend the lamp")
    assert alex.page.get_by_text(KEPT).count() == 0
    two.right.press("No to: Call the plumber")


def test_what_is_half_typed_can_be_discarded_and_then_nothing_of_it_comes_back(two: Two) -> None:
    alex = two.left
    _half_typed(alex)
    alex.press("Cancel")
    alex.press("Add a task")
    _is_there_again(alex)
    alex.press("Discard what is half written: Add a task")
    expect(alex.page.get_by_label("What is it?")).to_have_value("")
    expect(alex.page.get_by_label("Me", exact=True)).to_be_checked()
    assert alex.focused().startswith("INPUT")
    alex.go("Limits")
    alex.go("Today")
    alex.page.get_by_label("What is it?").wait_for()
    alex.press("Cancel")
    alex.add("Feed the cat")  # it is asked about what is kept by now, and nothing was
    assert alex.page.get_by_text(KEPT).count() == 0


def test_an_offer_is_gone_on_with_where_it_was_left_also_from_its_second_step(two: Two) -> None:
    alex = two.left
    alex.go("Consents")
    alex.press("Offer one")
    alex.page.get_by_label("What is it for?").fill("To feel near on busy days")
    alex.page.get_by_label("What is included?").fill("one photo\none voice note")
    alex.press("Read it once more")
    alex.press("Back")
    alex.page.get_by_label("What is not?").fill("faces")
    alex.press("Cancel")
    alex.press("Offer one")
    expect(alex.page.get_by_label("What is not?")).to_have_value("faces", timeout=WAIT_MILLISECONDS)  # it was kept
    alex.page.reload()
    alex.press("Offer one")
    for label, value in (
        ("What is it for?", "To feel near on busy days"),
        ("What is included?", "one photo\none voice note"),
        ("What is not?", "faces"),
    ):
        expect(alex.page.get_by_label(label)).to_have_value(value, timeout=WAIT_MILLISECONDS)
    alex.picture("draft-offer")
    alex.press("Discard what is half written: Offer a consent")
    expect(alex.page.get_by_label("What is it for?")).to_have_value("")
    alex.press("Cancel")
