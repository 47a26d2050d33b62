"""The ways into the page in a real browser: the launch file, the typed code, and a window from before a restart."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.windows import App, Window, sound
from tests.lan.bed import Holder

WAIT_SECONDS_MAX = 30
AT = """
  (milliseconds) => {
    for (const each of document.getAnimations()) {
      each.pause();
      each.currentTime = milliseconds;
    }
  }
"""
PORT = "8765"  # in a network of their own, and below those that are given by chance, so it stays free


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
        expect(window.page).to_have_url("about:blank")  # nothing of the way in was left behind
    finally:
        app.kill()


def test_a_window_whose_app_is_gone_shows_nothing_any_more_and_says_after_a_restart_that_it_is_not_known(
    network: Holder, browser: Browser, tmp_path: Path
) -> None:
    before = App(network, tmp_path, "--name", "Robin", "--port", PORT, people=["me"])
    before.doors["left"] = before.doors["me"]
    window = Window(browser, "left")
    window.enter(before)
    window.first_run()
    window.add("Something of my own")
    before.kill()
    window.sees("The app on this laptop is not running")
    assert "Something of my own" not in window.page.content()
    assert window.violations() == []
    window.picture("app_gone")
    after = App(network, tmp_path, "--port", PORT, people=["me"])
    try:
        window.sees("The app was started again")
        window.page.get_by_role("link", name="Type the new code").click()
        window.page.get_by_label("Code").fill(after.doors["me"][1])
        window.press("Open")
        window.sees("Welcome back")
    finally:
        after.kill()


@pytest.fixture(scope="module")
def welcomed(network: Holder, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window before its first run, for tests that load it again."""
    app = App(network, tmp_path_factory.mktemp("welcomed"), people=["me"])
    try:
        app.doors["left"] = app.doors["me"]
        window = Window(browser, "left")
        window.enter(app)
        window.sees("Welcome")
        yield window
    finally:
        app.kill()


def test_a_first_run_can_begin_from_a_backup_and_says_what_is_wrong_with_what_was_named(
    welcomed: Window, tmp_path: Path
) -> None:
    welcomed.page.get_by_text("Begin from a backup").click()
    welcomed.page.get_by_label("Where is it?").fill(str(tmp_path / "copy.bin"))
    welcomed.page.get_by_label("The passphrase of the day it was made").fill("a guess")
    welcomed.press("Make this laptop out of it")
    welcomed.reads("Nothing was restored.")
    welcomed.page.get_by_text("What that means, in full").click()
    welcomed.reads("The encryption keeps out strangers and thieves.")
    sound(welcomed)
    welcomed.picture("first_run_from_a_backup")
    slow = tmp_path / "slow.bin"  # a disk that gives nothing yet
    os.mkfifo(slow)
    welcomed.page.get_by_label("Where is it?").fill(str(slow))
    welcomed.press("Make this laptop out of it")
    welcomed.page.get_by_role("progressbar", name="Reading all of it…").wait_for()
    welcomed.reads("0 % done.")
    sound(welcomed)
    welcomed.picture("first_run_restoring")
    welcomed.page.reload()
    expect(
        welcomed.page.get_by_role("button", name="Stop it")
    ).to_be_visible()  # also in a window that did not begin it
    slow.write_bytes(b"a letter")
    expect(welcomed.page.get_by_role("button", name="Make this laptop out of it")).to_be_visible()


@pytest.mark.parametrize("file", ["app.js", "screens/consents.js", "lib/preact.mjs", "app.css"])
def test_a_page_of_which_a_file_did_not_arrive_loads_itself_again(welcomed: Window, file: str) -> None:
    before = len(welcomed.requested)
    welcomed.context.route(f"**/static/{file}", lambda route: route.abort("connectionfailed"), times=1)
    welcomed.page.reload()
    welcomed.sees("Welcome")
    expect(welcomed.page.locator("body")).to_have_css("margin", "0px")  # with its looks
    welcomed.page.wait_for_load_state()
    assert len([url for url in welcomed.requested[before:] if url.endswith(f"/static/{file}")]) == 2
    assert not welcomed.page.locator("#late").is_visible()
    assert welcomed.faults == []


def test_a_page_that_cannot_be_loaded_says_what_to_do_and_stops_trying(welcomed: Window) -> None:
    tries: list[str] = []

    def stop(route: Route) -> None:
        tries.append(route.request.url)
        route.abort("connectionfailed")

    welcomed.context.route("**/static/strings.js", stop)
    welcomed.page.reload()
    # By what the page marks it with: until its looks arrive every word counts as visible, though nothing is painted.
    said = welcomed.page.locator("#late.now", has_text="This page did not load completely.")
    said.wait_for()
    assert "Reload it" in said.inner_text()
    told_after = len(tries)
    welcomed.page.wait_for_timeout(500)
    assert len(tries) == told_after == 4
    assert welcomed.violations() == []
    welcomed.context.route("**/static/start.js", stop)  # not even what would load it again
    welcomed.page.reload()
    welcomed.page.evaluate(AT, 9_999)  # however long loading it took here
    assert not welcomed.page.locator("#late").is_visible()
    welcomed.page.evaluate(AT, 10_000)
    welcomed.reads("This page did not load completely.")
    welcomed.context.unroute_all()
    welcomed.page.reload()
    welcomed.sees("Welcome")
    assert welcomed.faults == []
