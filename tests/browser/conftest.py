"""Windows for the browser tests: a network, a browser, and two people who are paired already."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.windows import STARTED, App, Window, chromium, pair, private_network
from tests.lan.bed import Holder


class Two(NamedTuple):
    """Two windows of a running duo."""

    left: Window
    right: Window


@pytest.fixture(autouse=True)
def apps_end_with_their_test() -> Iterator[None]:
    """An app that a test started and left running, since it failed, is ended."""
    before = len(STARTED)
    yield
    while len(STARTED) > before:
        STARTED.pop().kill()


@pytest.fixture(scope="module")
def network() -> Iterator[Holder]:
    """A network with nobody else in it."""
    with private_network(multicast=True) as network:
        yield network


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """What drives browsers; ended with each module, since no other loop can run beside it."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright, network: Holder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium in that network."""
    with chromium(playwright, network, tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the two keep their data."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def duo(network: Holder, folder: Path) -> Iterator[App]:
    """A running duo."""
    app = App(network, folder, "--duo")
    try:
        yield app
    finally:
        app.kill()


@pytest.fixture(scope="module")
def paired(duo: App, browser: Browser) -> Two:
    """Two people, paired, each on Today with nothing written yet; for one story told by several tests in turn."""
    two = Two(Window(browser, "left"), Window(browser, "right"))
    for window in two:
        window.enter(duo)
        window.first_run()
    pair(two.left, two.right)
    return two
