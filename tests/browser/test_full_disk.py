"""A disk that is full, for real: said where one writes and on every screen, and what was saved is there again."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.windows import App, Window, sound
from tests.lan.bed import Holder

# A disk of its own for the app, which fills up once the file $2 is there.
SMALL = """
mount -t tmpfs -o size=24m none "$1" && shift || exit 1
flag="$1"; room="$2/room"; shift 2
(while kill -0 $$ 2>/dev/null; do
  [ -e "$flag" ] && { cat /dev/zero > "$room" 2>/dev/null; rm "$flag"; break; }; sleep 0.1
done) &
exec "$@"
"""


def test_a_full_disk_is_said_and_what_was_saved_is_kept(network: Holder, browser: Browser, tmp_path: Path) -> None:
    disk, full = tmp_path / "disk", tmp_path / "full"
    disk.mkdir()
    small = ("unshare", "-m", "--", "sh", "-c", SMALL, "sh", str(disk), str(full), str(disk))
    app = App(network, disk / "data", people=("me",), within=small)
    app.doors["left"] = app.doors["me"]
    left = Window(browser, "left")
    left.enter(app)
    left.page.get_by_label("What should we call you?").fill("Alex")
    left.first_run()
    left.add("Saved before")
    full.touch()
    while full.exists():
        left.page.wait_for_timeout(50)
    left.press("Add a task")
    left.page.get_by_label("What is it?").fill("Written too late " + "and at length " * 12)
    left.press("Add to my list")
    left.reads("The disk is full, so this was not saved; all that was saved before is safe")
    left.sees("Nothing you write is kept just now")
    for screen in ("Consents", "Today"):
        left.go(screen)
        left.sees("Nothing you write is kept just now")
    left.reads("Make room on the disk, then close the app and open it again.")
    left.reads("What is shown is what was saved.")
    assert left.page.get_by_role("listitem").filter(has_text="Written too late").count() == 0
    sound(left)
    left.picture("full_disk")
    left.row("Saved before")
    assert left.faults == []
