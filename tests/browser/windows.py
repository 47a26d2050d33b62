"""Two people at their windows: the demo app as a program of its own, and what a person does on its page.

The app and the browser run in a network of their own, made for one test, with nothing in it but the two of them: what
the app announces reaches nobody else, and what a page might fetch from elsewhere cannot arrive.
"""

import contextlib
import math
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, ViewportSize

from tests import needs
from tests.browser.sluggish import Sluggish
from tests.lan.bed import Holder

ROOT = Path(__file__).resolve().parent.parent.parent
ARTIFACTS = ROOT / "test-artifacts"
AXE = (Path(__file__).parent / "axe/axe.min.js").read_text()
BARS = (  # what stays in sight as a page is scrolled: a button half behind it just then is no small button
    "position => document.querySelectorAll('header, nav, .pause-bar, .toasts')"
    ".forEach((each) => { each.style.position = position })"
)
LOOKS = "[innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches]"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 390, "height": 844}
WAIT_MILLISECONDS = 60_000  # a first run makes a slow key on purpose, and machines are shared
STOP_SECONDS_MAX = 15
DOUBLE_MILLISECONDS = 700  # longer than the page takes two Escapes for one wish to hide it
QUICK_SECONDS_MAX = 0.5
PASSPHRASES = {"left": "slow rivers keep warm stones", "right": "a lamp above seven ferns"}
NAMES = {"left": "Alex", "right": "Sam"}
DOOR = re.compile(r"\[(\w+)\] open (http://127\.0\.0\.1:\d+)/ and type the code (\S+)")
READY = "Stop with Ctrl+C."

STARTED: list["App"] = []  # every app that a test started, so that none outlives it
OPENED: list["Window"] = []  # and every window
SLUGGISH: list[Sluggish] = []  # what makes everything slow, where that was asked for


@contextlib.contextmanager
def private_network(*, multicast: bool) -> Iterator[Holder]:
    """A network namespace with one interface beside loopback; without `multicast` nobody in it hears any mDNS."""
    ip = needs.program("ip", "iproute2")
    with contextlib.closing(Holder(needs.namespaces())) as network:
        network.run(ip, "link", "set", "lo", "up")
        network.run(ip, "link", "add", "lan0", "type", "veth", "peer", "name", "lan1")
        network.run(ip, "address", "add", "10.77.0.1/24", "dev", "lan0")
        network.run(ip, "link", "set", "lan0", "up")
        network.run(ip, "link", "set", "lan1", "up")
        if not multicast:
            deaf = "table inet deaf { chain in { type filter hook input priority 0; udp dport 5353 drop; }; }"
            network.run(needs.program("nft", "nftables"), deaf)
        until = time.monotonic() + 10
        while "tentative" in network.run(ip, "-6", "address"):  # a new address drops what Chromium is loading just then
            assert time.monotonic() < until
            time.sleep(0.1)
        with contextlib.ExitStack() as slow:
            for each in SLUGGISH:
                slow.enter_context(each.machine(network))
            yield network


@contextlib.contextmanager
def chromium(playwright: Playwright, network: Holder, folder: Path) -> Iterator[Browser]:
    """The system's Chromium, inside that network."""
    program = needs.program("chromium", "chromium")
    inside = folder / "chromium"
    inside.write_text(f'#!/bin/sh\nexec {shlex.join([*network.enter, program])} "$@"\n')
    inside.chmod(0o755)
    with playwright.chromium.launch(executable_path=inside, args=FLAGS) as browser:
        yield browser


class App:
    """The running program, and the line it printed for each person."""

    def __init__(
        self,
        network: Holder,
        folder: Path,
        *arguments: str,
        people: Sequence[str] = ("left", "right"),
        browser: str | None = None,
        module: str = "demo_app",
        within: Sequence[str] = (),
    ) -> None:
        command = [
            *network.enter,
            *within,
            sys.executable,
            "-W",
            "error",
            "-m",
            module,
            "--data-dir",
            str(folder),
            *arguments,
        ]
        self._process = subprocess.Popen(
            command if browser else [*command, "--no-browser"],
            cwd=ROOT,
            env={**os.environ, "BROWSER": browser or ""},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        STARTED.append(self)
        self.doors: dict[str, tuple[str, str]] = {}
        assert self._process.stdout is not None
        while (line := self._process.stdout.readline().strip()) != READY:
            found = DOOR.fullmatch(line)
            assert found, f"the app said {line!r}: {self._process.communicate()[1]}"
            self.doors[found[1]] = (found[2], found[3])
        assert self.doors.keys() == {*people}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Ends it; its exit code, what it said on standard output since it was ready, and on standard error."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        said, complained = self._process.communicate(timeout=STOP_SECONDS_MAX)
        return self._process.returncode, said, complained

    def kill(self) -> None:
        """Ends it as a power cut would."""
        if self._process.poll() is None:
            self.stop(signal.SIGKILL)


class Window:
    """One person's browser window, and what they do in it, by the words they see."""

    def __init__(self, browser: Browser, side: str) -> None:
        self.side = side
        self.name = NAMES[side]
        self.context: BrowserContext = browser.new_context(
            viewport=WIDE, color_scheme="light", locale="en-GB", reduced_motion="reduce"
        )
        self.context.set_default_timeout(WAIT_MILLISECONDS)
        self.page: Page = self.context.new_page()
        OPENED.append(self)
        for each in SLUGGISH:
            each.window(self.context, self.page)
        self.requested: list[str] = []
        self.faults: list[str] = []
        self.origin = ""
        self.context.on("request", lambda request: self.requested.append(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda said: self.faults.append(said.text) if "Content Security" in said.text else None)

    def enter(self, app: App) -> None:
        """Open the printed address and type the printed code."""
        self.origin, code = app.doors[self.side]
        self.page.goto(self.origin)
        self.page.get_by_label("Code").fill(code)
        self.press("Open")

    def first_run(self) -> None:
        """Take the name offered, choose a passphrase, start."""
        self.begin()
        self.sees("Today")

    def begin(self, name: str | None = None) -> None:
        """All of that but the waiting; `name` is another than the one offered."""
        if name is not None:
            self.page.get_by_label("What should we call you?").fill(name)
        for label in ("Choose a passphrase", "The same passphrase again"):
            self.page.get_by_label(label).fill(PASSPHRASES.get(self.side, PASSPHRASES["left"]))
        self.press("Start")

    def start_afresh(self) -> None:
        """Open the page anew, whatever was open in it; `is_at_home` waits for it."""
        self.look("light", WIDE)
        self.page.evaluate("localStorage.clear(); history.replaceState(null, '')")
        self.page.goto(self.origin, wait_until="commit")

    def is_at_home(self) -> None:
        """Unlock the page and lift this person's pause, where it is so."""
        self.page.get_by_role("heading", level=1).wait_for()
        if self.page.get_by_role("heading", name="Locked").is_visible():
            self.unlock()
        self.page.locator("header").wait_for()
        if self.page.get_by_role("button", name="Lift my pause").is_visible():
            self.press("Lift my pause")
            self.page.get_by_role("button", name="Lift my pause").wait_for(state="detached")

    def unlock(self, passphrase: str | None = None) -> None:
        """Type the passphrase."""
        self.page.get_by_label("Passphrase").fill(passphrase or PASSPHRASES[self.side])
        self.press("Unlock")

    def go(self, screen: str) -> None:
        """Open one of the screens, from the menu where the window is narrow."""
        if self.menu().is_visible():
            self.menu().click()
        self.page.get_by_role("navigation").get_by_role("button", name=screen, exact=True).click()
        self.page.get_by_role("heading", name=screen, exact=True, level=1).wait_for()

    def menu(self) -> Locator:
        """The button that a narrow window has in place of the list of screens."""
        return self.page.get_by_role("navigation").get_by_role("button", name="Menu")

    def press(self, name: str | re.Pattern[str], *, exact: bool = True) -> None:
        """Press the button of that name."""
        self.page.get_by_role("button", name=name, exact=exact).click()

    def sees(self, heading: str) -> None:
        """Wait for a heading."""
        self.page.get_by_role("heading", name=heading, exact=True).wait_for()

    def reads(self, text: str | re.Pattern[str]) -> Locator:
        """Wait for words anywhere on the page."""
        found = self.page.get_by_text(text).first
        found.wait_for()
        return found

    def add(self, title: str, *, whom: str = "Me", due: str | None = None) -> None:
        """Add a task."""
        self.press("Add a task")
        self.page.get_by_label("What is it?").fill(title)
        if whom != "Me":
            self.page.get_by_label(whom, exact=True).check()
        if due is not None:
            self.page.get_by_label("By when?").fill(due)
        self.press(f"Ask {whom}" if whom != "Me" else "Add to my list")
        self.page.get_by_label("What is it?").wait_for(state="detached")

    def row(self, title: str) -> Locator:
        """The line of a task, waited for."""
        row = self.page.get_by_role("listitem").filter(has_text=title)
        row.wait_for()
        return row

    def is_answered(self) -> None:
        """Wait until whatever the page asked of the app before this is answered, and what came of it is here."""
        self.page.evaluate("import('/static/link.js').then(({ greet }) => greet())")

    def press_escape_twice(self) -> None:
        """Two presses as quick as a hand's, however busy this machine is."""
        took = math.inf
        while took > QUICK_SECONDS_MAX:
            self.page.wait_for_timeout(DOUBLE_MILLISECONDS if took < math.inf else 0)
            began = time.monotonic()
            self.page.keyboard.press("Escape")
            self.page.keyboard.press("Escape")
            took = time.monotonic() - began

    def focused(self) -> str:
        """What the keyboard is on: its tag and its text or value."""
        found: str = self.page.evaluate(
            "(() => { const on = document.activeElement; return `${on.tagName} ${on.value || on.textContent}` })()"
        )
        return found

    def picture(self, name: str) -> None:
        """Keep a screenshot of the page as it is: light and wide, dark and narrow."""
        ARTIFACTS.mkdir(exist_ok=True)
        for scheme, size, place in (("light", WIDE, "light_1280"), ("dark", NARROW, "dark_390")):
            self.look(scheme, size)
            self.page.screenshot(path=ARTIFACTS / f"{name}_{place}.png", animations="disabled")
        self.look("light", WIDE)

    def look(self, scheme: str, size: ViewportSize) -> None:
        """Change the window's size and the system's colours."""
        self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        self.page.set_viewport_size(size)
        wanted = [size["width"], size["height"], scheme == "dark"]
        while self.page.evaluate(LOOKS) != wanted:  # the page may hear of it later than we do
            self.page.wait_for_timeout(10)

    def violations(self) -> list[str]:
        """What axe finds wrong with the page as it is, by WCAG 2.2 AA and its own best practices."""
        self.page.evaluate(BARS, "static")
        self.page.evaluate(AXE)  # evaluated by the browser itself, since the page's policy lets no script in
        found: list[str] = self.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
            ".then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`))"
        )
        self.page.evaluate(BARS, "")
        return found


def sound(window: Window) -> None:
    """Nothing that axe finds, in the light wide window and in the dark narrow one, which is no wider than a phone."""
    for scheme, size in (("light", WIDE), ("dark", NARROW)):
        window.look(scheme, size)
        height = int(window.page.evaluate("document.documentElement.scrollHeight"))
        window.look(scheme, {**size, "height": max(size["height"], height)})  # no bar lies over anything
        found = window.violations()
        assert not found, (scheme, size, found)
        assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    window.look("light", WIDE)


def arrive(app: App, *windows: Window) -> None:
    """Each comes to their page and through their first run, whose slow keys are made side by side."""
    for window in windows:
        window.enter(app)
        window.begin()
    for window in windows:
        window.sees("Today")


def pair(left: Window, right: Window) -> None:
    """Pair through the page: the left shows a code, the right types it, both compare three words."""
    for window in (left, right):
        window.go("Pairing & sync")
    left.press("Show a code")
    right.page.get_by_label("The code on their screen").fill(shown_code(left))
    right.press("Continue")
    right.sees(f"Is this {left.name}?")
    left.sees(f"Is this {right.name}?")
    words = [window.page.locator(".code.words").inner_text() for window in (left, right)]
    assert words[0] == words[1]
    assert re.fullmatch(r"[a-z]+ · [a-z]+ · [a-z]+", words[0])
    right.press("Yes, the same")
    right.reads(f"Waiting for {left.name} to say so too")
    left.press("Yes, the same")
    right.sees(f"You are paired with {left.name}")
    left.sees(f"You are paired with {right.name}")
    for window in (left, right):
        window.go("Today")


def shown_code(window: Window) -> str:
    """The code on a person's screen."""
    return window.page.locator(".code").inner_text()
