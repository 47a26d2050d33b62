"""Answers that come late: what was typed or pressed since stays, and so does the keyboard where its person has gone.

What is pressed twice before the first press is answered is said once, and what is half typed loses no field.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Two

HOLDING = """
  const Line = window.WebSocket;
  const held = [];
  let holds = "";
  const pass = (what, on) => (holds === what ? held.push(on) : on());
  window.wanted = [];
  window.WebSocket = class extends Line {
    send(wish) {
      window.wanted.push(JSON.parse(wish).do);
      pass("said", () => super.send(wish));
    }
    set onmessage(hear) {
      super.onmessage = (event) => pass("heard", () => hear(event));
    }
  };
  window.hold = (what = "heard") => {
    holds = what;
    window.wanted = [];
  };
  window.letGo = () => {
    holds = "";
    for (const each of held.splice(0)) each();
  };
"""
NEWS = """
  () =>
    import("/static/link.js").then((line) => line.state.value.limits.some((each) => each.text.includes("breakfast")))
"""


@pytest.fixture
def page(two: Two) -> Iterator[Page]:
    """Another page of the left one's, on Limits; once it says `hold`, what it hears, or what it says, comes late."""
    page = two.left.context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.add_init_script(HOLDING)
    page.goto(two.left.origin)
    page.get_by_role("navigation").get_by_role("button", name="Limits", exact=True).click()
    page.get_by_role("heading", name="Limits", exact=True).wait_for()
    yield page
    assert faults == []
    page.close()


def test_what_is_typed_before_the_answer_is_there_stays_and_so_does_the_keyboard(page: Page) -> None:
    field = page.get_by_label("What is not to be?")
    page.evaluate("hold()")
    field.fill("No calls after ten.")
    field.press("Enter")
    field.fill("Nothing in the rain.")
    menu = page.get_by_role("navigation").get_by_role("button", name="Help", exact=True)
    menu.focus()
    page.evaluate("letGo()")
    page.get_by_role("listitem").filter(has_text="No calls after ten.").wait_for()
    page.get_by_text("It holds from now on.").wait_for()
    expect(field).to_have_value("Nothing in the rain.")
    expect(menu).to_be_focused()
    field.fill("No surprises on Mondays.")
    field.press("Enter")
    page.get_by_role("listitem").filter(has_text="No surprises on Mondays.").wait_for()
    expect(field).to_have_value("")
    expect(field).to_be_focused()


def _go(page: Page, screen: str) -> None:
    page.get_by_role("navigation").get_by_role("button", name=screen, exact=True).click()
    page.get_by_role("heading", name=screen, exact=True, level=1).wait_for()


def _has_sent(page: Page, what: str) -> None:
    while what not in page.evaluate("wanted"):
        page.wait_for_timeout(20)


def test_what_is_pressed_twice_before_it_is_answered_is_said_once(two: Two, page: Page) -> None:
    _go(page, "Today")
    page.get_by_role("button", name="Add a task").click()
    page.get_by_label("What is it?").fill("Fix the gate")
    page.evaluate("hold()")
    page.get_by_role("button", name="Add to my list").dblclick()
    two.right.row("Fix the gate")
    page.evaluate("letGo()")
    expect(page.get_by_label("What is it?")).to_have_count(0)
    two.left.add("Sweep the porch")  # it is sent after both presses
    for each in (two.right.page, page):
        expect(each.get_by_role("listitem").filter(has_text="Sweep the porch")).to_have_count(1)
        expect(each.get_by_role("listitem").filter(has_text="Fix the gate")).to_have_count(1)


def test_what_is_typed_before_the_answer_is_there_is_kept_as_half_typed(two: Two, page: Page) -> None:
    _go(page, "Today")
    field = page.get_by_label("A word of thanks")
    field.fill("For the soup")
    page.evaluate("hold()")
    field.press("Enter")
    two.right.reads("For the soup")
    field.fill("For the soup, and for")
    page.evaluate("letGo()")
    page.get_by_text("Half written, and kept on this laptop alone until you send it.").wait_for()
    expect(field).to_have_value("For the soup, and for")
    page.get_by_role("button", name="Discard what is half written: Small moments").click()
    expect(field).to_have_value("")


def test_what_is_typed_before_the_draft_is_there_loses_no_field_of_it(two: Two, page: Page) -> None:
    two.left.go("Consents")
    two.left.press("Offer one")
    two.left.page.get_by_label("What is it for?").fill("To feel near")
    two.left.page.get_by_label("What is included?").fill("one photo")
    two.left.press("Cancel")
    _go(page, "Consents")
    for purpose, is_left_before_it_came in (("To feel nearer", True), ("To be near", False)):
        page.evaluate("hold()")
        page.get_by_role("button", name="Offer one").click()
        page.get_by_label("What is it for?").fill(purpose)
        if is_left_before_it_came:
            page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        _has_sent(page, "draft.keep")
        page.evaluate("letGo()")
        if is_left_before_it_came:
            page.get_by_role("button", name="Offer one").click()
        expect(page.get_by_label("What is included?")).to_have_value("one photo")
        expect(page.get_by_label("What is it for?")).to_have_value(purpose)
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Offer one").click()
    page.get_by_role("button", name="Discard what is half written: Offer a consent").click()
    expect(page.get_by_label("What is it for?")).to_have_value("")


def test_what_is_cancelled_before_it_is_answered_begins_anew(page: Page) -> None:
    _go(page, "Agreements")
    page.get_by_role("button", name="Propose one").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What need does this serve?").fill("A calm week")
    dialog.get_by_label("Yes, each of us").check()
    dialog.get_by_label("From clarity").check()
    dialog.get_by_label("What do you want to agree on?").fill("One evening without plans")
    page.evaluate("hold()")
    dialog.get_by_role("button", name="Read it once more").click()
    dialog.get_by_role("button", name="Cancel").click()
    _has_sent(page, "draft.keep")
    page.evaluate("letGo()")
    page.get_by_role("button", name="Propose one").click()
    dialog.get_by_role("button", name="Discard what is half written: ").click()
    expect(dialog.get_by_label("What need does this serve?")).to_have_value("")
    expect(dialog.get_by_role("button", name="Read it once more")).to_be_visible()


def test_news_that_come_before_the_answer_do_not_undo_what_was_pressed(page: Page, two: Two) -> None:
    _go(page, "Sharing")
    box = page.get_by_role("checkbox", name="Let Sam see it when I say that I am here")
    expect(box).not_to_be_checked()
    page.evaluate("hold('said')")
    box.click()
    two.right.go("Limits")
    two.right.page.get_by_label("What is not to be?").fill("No news at breakfast.")
    two.right.press("Say it")
    page.wait_for_function(NEWS)
    expect(box).to_be_checked()
    page.evaluate("letGo()")
    page.get_by_text("Sam can see it when you say so").first.wait_for()
    expect(box).to_be_checked()
    box.click()
    page.get_by_text("Sam sees it no more.").wait_for()
    expect(box).not_to_be_checked()
