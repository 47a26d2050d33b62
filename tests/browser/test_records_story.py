"""Several records on one laptop through the page: one more is begun, each is known by its name and has its own stop."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two
from tests.browser.windows import Window, pair, sound

OURS = "Ours"
TWO = "A record for travels"


def _title(window: Window) -> Locator:
    """Which record the frame says is looked at."""
    return window.page.get_by_label("Which record to look at").locator("option:checked")


def _begun(alex: Window) -> None:
    alex.go("Pairing & sync")
    expect(alex.page.locator("header .space")).to_have_text(OURS)
    alex.page.get_by_text("Begin another record…").click()
    name = alex.page.get_by_label("The name of the record")
    name.fill(OURS)
    alex.press("Begin it")
    alex.reads("You have a record of that name.")
    sound(alex)
    name.fill(TWO)
    name.scroll_into_view_if_needed()
    alex.picture("record_new")
    alex.page.get_by_label("What are you called in it?").fill("A.")
    alex.press("Begin it")
    expect(_title(alex)).to_have_text(f"{TWO}, just you")
    alex.page.get_by_text("Begin another record…").click()
    expect(name).to_have_value("")


def _paired_in_it(alex: Window, sam: Window) -> None:
    called, alex.name = alex.name, "A."
    pair(alex, sam)
    alex.name = called
    for window, other in ((alex, "Sam"), (sam, "A.")):
        expect(_title(window)).to_have_text(f"{TWO}, with {other}")
    alex.add("Only in this one")
    sam.row("Only in this one")


def test_one_more_record_is_begun_and_each_is_known_by_its_name_and_stopped_by_itself(apart: Two) -> None:
    alex, sam = apart
    _begun(alex)
    _paired_in_it(alex, sam)
    alex.press("Pause")
    sam.sees("Paused")
    others = sam.page.get_by_role("region", name="Your other records", exact=True).get_by_role("listitem")
    expect(others).to_have_count(1)
    sound(sam)
    sam.picture("paused_in_one_of_two_records")
    others.get_by_role("button", name="Pause it: Ours, with Alex").click()
    expect(others).to_have_count(0)
    for window in apart:
        window.page.get_by_label("Which record to look at").select_option(
            label="Ours, with " + _other(window) + " (paused)"
        )
        expect(window.page.get_by_text(re.compile("(Sam|You) paused")).first).to_be_visible()
    expect(alex.page.get_by_role("button", name="Lift my pause")).to_have_count(0)  # it is Sam's, and A.'s is elsewhere
    sam.press("Lift my pause")
    for window in apart:
        window.sees("Today")
        expect(window.page.get_by_text("Only in this one")).to_have_count(0)
    alex.go("Pairing & sync")
    mine = alex.page.get_by_role("region", name="Your records", exact=True)
    expect(mine.get_by_role("listitem")).to_have_count(2)
    expect(mine.get_by_role("listitem").filter(has_text=TWO)).to_contain_text("Paused")
    sound(alex)
    mine.scroll_into_view_if_needed()
    alex.picture("records")
    alex.press(f"Look at it: {TWO}, with Sam")
    alex.press("Lift my pause")
    sam.page.get_by_label("Which record to look at").select_option(label=f"{TWO}, with A.")
    sam.row("Only in this one")
    for window in apart:
        assert window.faults == []


def _other(window: Window) -> str:
    return "Sam" if window.side == "left" else "Alex"
