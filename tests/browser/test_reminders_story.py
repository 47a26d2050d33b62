"""Reminders through the page: set on a task of one's own, a quiet line when one comes, a notice only where wanted."""

import math
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.windows import App, Window, arrive, pair, sound
from tests.lan.bed import Holder

MORNING = timedelta(hours=6)
SECRET = "Kneel by the window"
NOTE = "There is something you wanted to remember."
LISTEN = """
  window.noticed = [];
  const System = window.Notification;
  window.Notification = class extends System {
    constructor(...said) {
      super(...said);
      window.noticed.push(said);
      document.documentElement.dataset.noticed = window.noticed.length;
    }
  };
"""


class Later:
    """The clock of the machine that the two run on."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._began = datetime.now().astimezone()
        self.comes(self._began)

    def noon(self, days: int) -> datetime:
        """Noon so many days from today, by the clocks of that day."""
        noon = self._began.replace(hour=12, minute=0, second=0, microsecond=0, tzinfo=None)
        return (noon + timedelta(days=days)).astimezone()

    def comes(self, moment: datetime) -> None:
        """It is that time, or less than an hour later."""
        hours = self.file.with_suffix(".new")
        hours.write_text(str(math.ceil((moment - self._began) / timedelta(hours=1))))
        hours.replace(self.file)  # at once, or somebody would read of no hours


def test_what_one_asked_to_be_reminded_of_comes_quietly_and_says_nothing(
    network: Holder, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Later(tmp_path / "hours")
    monkeypatch.setenv("LATER", str(later.file))
    app = App(network, tmp_path, "--duo", module="tests.browser.later")
    left, right = Window(browser, "left"), Window(browser, "right")
    left.context.add_init_script(LISTEN)
    arrive(app, left, right)
    pair(left, right)
    _set(left, later.noon(2))
    _heard(left, right, later)
    _silent_in_a_pause(left, right, later)
    _aloud_behind_the_lock(left, later)
    for window in (left, right):
        assert window.faults == []


def _set(left: Window, due: datetime) -> None:
    left.press("Add a task")
    left.page.get_by_label("What is it?").fill(SECRET)
    left.page.get_by_label("At what time?").fill("18:00")
    left.press("Add to my list")
    left.reads("Choose a day for that time, too.")
    left.page.get_by_label("By when?").fill(f"{due:%Y-%m-%d}")
    left.page.get_by_label("At what time?").fill(f"{due:%H:%M}")
    left.page.get_by_label("How often?").select_option(label="every day")
    sound(left)
    left.press("Add to my list")
    left.page.get_by_label("What is it?").wait_for(state="detached")
    row = left.row(SECRET)
    expect(row).to_contain_text(f"{due:%H:%M}")
    expect(row).to_contain_text("every day")
    left.press(f"Remind me: {SECRET}")
    expect(left.page.get_by_label("When?")).to_be_focused()
    left.page.get_by_label("At what time?").fill("")
    left.press("Remind me then")
    left.reads("Choose a time")
    left.page.get_by_label("At what time?").fill(f"{due:%H:%M}")
    sound(left)
    left.picture("remind_me")
    left.page.keyboard.press("Enter")
    expect(row).to_contain_text(f"reminds you on its day, {due:%H:%M}")
    expect(left.page.get_by_role("button", name=f"Remind me: {SECRET}")).to_be_focused()
    assert left.page.get_by_role("region", name="Reminders").count() == 0
    assert left.page.get_by_text(NOTE).count() == 0


def _heard(left: Window, right: Window, later: Later) -> None:
    left.go("Consents")
    later.comes(later.noon(2))
    right.add("Written meanwhile")  # anything new lets a page look at the clock, as every few seconds does
    left.reads(NOTE)
    assert SECRET not in left.page.inner_text("main")
    sound(left)
    left.picture("reminded")
    left.press("Look at Today")
    expect(left.row(SECRET)).to_contain_text("you wanted to remember this")
    assert right.page.get_by_text(NOTE).count() == 0
    left.press("Thank you")
    expect(left.page.get_by_text(NOTE)).to_have_count(0)
    later.comes(later.noon(4) - MORNING)
    right.add("Written days later")
    left.reads("its day has gone by. Nothing follows from it.")
    assert left.page.locator(".reminded").count() == 1, "however many there were"
    left.press("Let it rest")
    expect(left.page.locator(".reminded")).to_have_count(0)


def _silent_in_a_pause(left: Window, right: Window, later: Later) -> None:
    right.press("Pause")
    left.sees("Paused")
    later.comes(later.noon(5) - MORNING)
    right.press("Lift my pause")
    left.reads("The pause is over.")
    assert left.page.locator(".reminded").count() == 0


def _aloud_behind_the_lock(left: Window, later: Later) -> None:
    left.context.grant_permissions(["notifications"], origin=left.origin)
    left.press(f"Remind me: {SECRET}")
    aloud = left.page.get_by_label("Show a notice of the system, too")
    aloud.click()
    expect(aloud).to_be_checked()  # once the system allows it
    left.press("Cancel")
    second = left.context.new_page()
    second.goto(left.origin)
    second.get_by_role("heading", name="Today", exact=True).wait_for()
    second.keyboard.press("?")
    second.get_by_role("button", name="Hide this page now").click()
    left.sees("Locked")
    assert left.page.evaluate("window.noticed") == []
    later.comes(later.noon(5))
    left.page.get_by_label("Passphrase").fill("not this one")
    left.press("Unlock")  # the app is asked something, so it looks at the clock
    left.reads("That is not the passphrase.")  # until it is answered, nothing more can be asked
    expect(left.page.locator("html")).to_have_attribute("data-noticed", "1")
    assert NOTE not in left.page.content()
    ((said, how),) = left.page.evaluate("window.noticed")
    assert said == NOTE
    assert SECRET not in str(how)
    left.unlock()
    left.reads(NOTE)
    assert len(left.page.evaluate("window.noticed")) == 1
