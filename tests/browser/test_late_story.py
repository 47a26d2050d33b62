"""Answers that come late: what was typed since stays, and the keyboard stays where its person has gone meanwhile."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Two

HOLDING = """
  const Line = window.WebSocket;
  const held = [];
  let holds = false;
  window.WebSocket = class extends Line {
    set onmessage(hear) {
      super.onmessage = (event) => (holds ? held.push(() => hear(event)) : hear(event));
    }
  };
  window.hold = () => (holds = true);
  window.letGo = () => {
    holds = false;
    for (const each of held.splice(0)) each();
  };
"""


@pytest.fixture
def page(two: Two) -> Iterator[Page]:
    """Another page of the left one's, on Limits, to which everything comes late once it says `hold()`."""
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
