"""Windows for the browser tests: a network, a browser, and two people who are paired already."""

import contextlib
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.sluggish import Sluggish
from tests.browser.windows import (
    OPENED,
    SLUGGISH,
    STARTED,
    WAIT_MILLISECONDS,
    App,
    Window,
    arrive,
    chromium,
    pair,
    private_network,
)
from tests.lan.bed import Holder

STORY_SECONDS_MAX = 360.0  # whatever is waited for in it has a limit of its own
SLUGGISH_TIMES_SLOWER = 3


class Two(NamedTuple):
    """Two windows of a running duo."""

    left: Window
    right: Window


def pytest_addoption(parser: pytest.Parser) -> None:
    said = "everything comes late by chance in the browser's stories, as drawn from this seed"
    parser.addoption("--sluggish", type=int, metavar="SEED", help=said)


def pytest_configure(config: pytest.Config) -> None:
    if config.option.sluggish is not None:
        SLUGGISH.append(Sluggish(config.option.sluggish))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    seconds = STORY_SECONDS_MAX * (SLUGGISH_TIMES_SLOWER if SLUGGISH else 1)
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(seconds))


@pytest.fixture(autouse=True)
def on_a_slow_machine_hands_hesitate(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing of it unless that was asked for."""
    with contextlib.ExitStack() as slow:
        for each in SLUGGISH:
            slow.enter_context(each.hands(request.node.nodeid))
        yield


@pytest.fixture(autouse=True)
def what_a_test_starts_ends_with_it() -> Iterator[None]:
    """An app that a test left running, since it failed, is ended; its windows are closed."""
    apps, windows = len(STARTED), len(OPENED)
    yield
    while len(STARTED) > apps:
        STARTED.pop().kill()
    while len(OPENED) > windows:
        OPENED.pop().context.close()


@pytest.fixture(scope="package", autouse=True)
def where_it_is_noon() -> Iterator[None]:
    """Stories, apps and browser live where it is about noon now: none of them meets a midnight."""
    hours = 12 - datetime.now(UTC).hour
    with pytest.MonkeyPatch.context() as there:
        there.setenv("TZ", f"Etc/GMT{-hours:+d}")  # named as they were long ago: what is east of London is less
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="package")
def network() -> Iterator[Holder]:
    """A network with nobody else in it."""
    with private_network(multicast=True) as network:
        yield network


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """What drives browsers; ended with the last of these tests, since no other loop can run beside it."""
    expect.set_options(timeout=WAIT_MILLISECONDS)  # as everything else that is waited for
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright, network: Holder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium in that network."""
    with chromium(playwright, network, tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the two keep their data."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="package")
def duo(network: Holder, folder: Path) -> Iterator[App]:
    """A running duo."""
    app = App(network, folder, "--duo")
    try:
        yield app
    finally:
        app.kill()


@pytest.fixture(scope="package")
def paired(duo: App, browser: Browser) -> Two:
    """Two people, paired; what they write stays for the next test."""
    return _paired(duo, browser)


@pytest.fixture(scope="module")
def apart(network: Holder, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Two people for one module alone, after whose stories other offers would wait: a no, a muting, an open repair."""
    app = App(network, tmp_path_factory.mktemp("apart"), "--duo")
    try:
        yield _paired(app, browser)
    finally:
        app.kill()


def _paired(app: App, browser: Browser) -> Two:
    two = Two(Window(browser, "left"), Window(browser, "right"))
    arrive(app, *two)
    pair(two.left, two.right)
    return two


@pytest.fixture
def two(paired: Two) -> Iterator[Two]:
    """The two as if they had just opened their pages, on Today and with no pause; each test brings what it needs."""
    yield from afresh(paired)


def afresh(paired: Two) -> Iterator[Two]:
    """Bring them there, and hold after a test that their pages asked no other host and kept to their policy."""
    for window in paired:
        window.start_afresh()
    for window in paired:
        window.is_at_home()
    for window in paired:
        window.sees("Today")
    yield paired
    for window in paired:
        assert {re.sub(r"(?<=\w)/.*", "", url) for url in window.requested} == {window.origin}
        assert window.faults == []
