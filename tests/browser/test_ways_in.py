"""The ways into the page in a real browser: the launch file, the typed code, and a window from before a restart."""

import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.windows import App, Window
from tests.lan.bed import Holder

WAIT_SECONDS_MAX = 10


def _address_given_to_the_browser(noted: Path) -> str:
    """What the app asked the system's browser to open."""
    ends = time.monotonic() + WAIT_SECONDS_MAX
    while not (noted.exists() and noted.read_text().endswith("\n")):
        assert time.monotonic() < ends, "no browser was opened"
        time.sleep(0.05)
    return noted.read_text().strip()


def test_the_file_that_the_browser_is_opened_with_leads_in_once_and_leaves_nothing_for_back(
    network: Holder, browser: Browser, tmp_path: Path
) -> None:
    noted = tmp_path / "noted"
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {noted}\n')
    program.chmod(0o755)
    app = App(network, tmp_path / "data", people=["me"], browser=str(program))
    try:
        address = _address_given_to_the_browser(noted)
        assert address.startswith("file://")
        file = Path(address.removeprefix("file://"))
        content = file.read_text()
        window = Window(browser, "left")
        window.page.goto(address)
        window.sees("Welcome")
        assert not file.exists()
        assert window.page.url == app.doors["me"][0] + "/"
        copied = tmp_path / "copied.html"
        copied.write_text(content)
        stranger = Window(browser, "right")
        stranger.page.goto(copied.as_uri())
        stranger.reads("That code does not open this page.")
        window.page.go_back()
        assert "Welcome" not in window.page.content()
    finally:
        app.kill()


def test_a_window_from_before_a_restart_says_that_it_is_not_known_any_more(
    network: Holder, browser: Browser, tmp_path: Path
) -> None:
    before = App(network, tmp_path, people=["me"])
    port = before.doors["me"][0].rstrip("/").rpartition(":")[2]
    before.doors["left"] = before.doors["me"]
    window = Window(browser, "left")
    window.enter(before)
    window.sees("Welcome")
    before.kill()
    window.sees("The app on this laptop is not running")
    after = App(network, tmp_path, "--port", port, people=["me"])
    try:
        window.sees("The app was started again")
        window.page.get_by_role("link", name="Type the new code").click()
        window.page.get_by_label("Code").fill(after.doors["me"][1])
        window.press("Open")
        window.sees("Welcome")
    finally:
        after.kill()
