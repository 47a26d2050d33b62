"""Times and words of a task: in plain choices, with the next days shown before; changed in the open, with a new yes."""

import re
from datetime import date, timedelta
from typing import NamedTuple

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two
from tests.browser.windows import Window, sound

WATER = "Water the window boxes"


class Dates(NamedTuple):
    """By the pages' own clock: the day after today; one on no Monday or Thursday; the next that are on one of these."""

    tomorrow: date
    begins: date
    comes: tuple[date, ...]


def _dates() -> Dates:
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011 - the clock of this machine is that of the pages
    ahead = [tomorrow + timedelta(days=number) for number in range(14)]
    begins = next(day for day in ahead if day.weekday() not in {0, 3})
    return Dates(tomorrow, begins, tuple(day for day in ahead if day > begins and day.weekday() in {0, 3}))


def _changing(window: Window, title: str) -> Locator:
    """The form of a task that is there."""
    window.press(f"Change: {title}")
    form = window.page.get_by_role("form", name=f"Change: {title}")
    form.wait_for()
    return form


def _asked(two: Two, dates: Dates) -> None:
    """Alex asks Sam for something every Monday and Thursday, from another day, and both see beforehand when that is."""
    alex, sam = two
    page = alex.page
    alex.press("Add a task")
    page.get_by_label("What is it?").fill(WATER)
    page.get_by_label("Sam", exact=True).check()
    page.get_by_label("By when?").fill(dates.begins.isoformat())
    page.get_by_label("At what time?").fill("18:00")
    page.get_by_label("How often?").select_option(label="every week")
    page.get_by_label("Monday").check()
    page.get_by_label("Thursday").check()
    words = re.compile(rf"^Next: [^·]+ · [^·]+ · [^·]*({dates.comes[2]:%A}|{dates.comes[2].day} {dates.comes[2]:%B})")
    page.get_by_role("status").get_by_text(words).wait_for()
    page.get_by_label("Details").fill("The blue can\nstands by the door.")
    alex.picture("task-new")
    sound(alex)
    alex.press("Ask Sam")
    card = sam.row(WATER)
    card.get_by_text(f"Alex asks · {dates.comes[0]:%A}, 18:00 · every Monday and Thursday").wait_for()
    card.get_by_text("stands by the door").wait_for()
    sam.press(f"Yes, I will: {WATER}")
    alex.row(WATER).get_by_text("said yes").wait_for()


def test_times_are_changed_in_the_open_and_need_a_new_yes_and_details_need_none(two: Two) -> None:
    alex, sam = two
    dates = _dates()
    _asked(two, dates)
    form = _changing(alex, WATER)
    expect(form.get_by_label("Thursday")).to_be_checked()
    form.get_by_label("At what time?").fill("19:30")
    form.get_by_label("How often?").select_option(label="on weekdays")
    form.get_by_text("Next: ").wait_for()
    alex.picture("task-change")
    sound(alex)
    form.get_by_role("button", name="Save").click()
    alex.reads("Changed. Sam is asked for a new yes.")
    sam.reads(re.compile(rf"You had said yes to this time: {dates.comes[0]:%A}, 18:00\. Now: .*19:30\."))
    sam.reads("You had said yes to this often: every Monday and Thursday. Now: on weekdays.")
    sam.picture("task-changed")
    sam.press(f"Yes, I will: {WATER}")
    alex.row(WATER).get_by_text("said yes").wait_for()
    form = _changing(sam, WATER)
    form.get_by_label("Details").fill("The green can.")
    form.get_by_role("button", name="Save").click()
    sam.reads("Changed.")
    row = alex.row(WATER)
    row.get_by_text("Details").click()
    row.get_by_text("The green can.").wait_for()
    row.get_by_text("said yes").wait_for()
    sam.page.keyboard.press("Control+z")
    row.get_by_text("The blue can").wait_for()


def test_what_would_never_come_is_said_before_anybody_is_asked(two: Two) -> None:
    alex = two.left
    page, tomorrow = alex.page, _dates().tomorrow
    alex.press("Add a task")
    page.get_by_label("What is it?").fill("Nothing at all")
    page.get_by_label("By when?").fill(tomorrow.isoformat())
    page.get_by_label("How often?").select_option(label="every day")
    page.get_by_label("Until when?").fill((tomorrow - timedelta(days=1)).isoformat())
    alex.reads("This recurrence ends before its first day.")
    alex.press("Add to my list")
    expect(page.get_by_role("alert").get_by_text("This recurrence ends before its first day.")).to_have_count(2)
    page.get_by_label("Until when?").fill((tomorrow + timedelta(days=1)).isoformat())
    page.get_by_role("status").get_by_text(re.compile(r"^Next: tomorrow · [^·]+$")).wait_for()
    alex.press("Discard what is half written: Add a task")
    expect(page.get_by_label("What is it?")).to_have_value("")
    alex.press("Cancel")


def test_a_time_elsewhere_is_said_as_it_is_there_and_as_it_is_here(two: Two) -> None:
    alex, sam = two
    alex.press("Add a task")
    alex.page.get_by_label("What is it?").fill("Ring the bell")
    alex.page.get_by_label("Sam", exact=True).check()
    alex.page.get_by_label("By when?").fill(_dates().tomorrow.isoformat())
    alex.page.get_by_label("At what time?").fill("12:00")
    alex.press("Ask Sam")
    sam.row("Ring the bell")
    browser = sam.context.browser
    assert browser is not None
    away = browser.new_context(timezone_id="Asia/Tokyo", locale="en-GB", storage_state=sam.context.storage_state())
    try:
        page = away.new_page()
        page.goto(sam.origin)
        page.get_by_role("button", name="Yes, I will: Ring the bell").click()
        page.get_by_role("checkbox", name="Ring the bell").wait_for()
        there = page.get_by_role("listitem").filter(has_text="Ring the bell")
        expect(there).not_to_contain_text("Tokyo")
        alex.row("Ring the bell").get_by_text(re.compile(r"tomorrow, 12:00 in Tokyo \(.*where you are\)")).wait_for()
    finally:
        away.close()
        sam.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # says again where Sam is
    sam.row("Ring the bell").get_by_text(re.compile(r"12:00 in Tokyo")).wait_for()
