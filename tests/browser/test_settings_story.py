"""Settings and Help through the page: this laptop's own, help that needs nobody, both also in a pause."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two
from tests.browser.windows import PASSPHRASES, Window, sound

NEW = "three boats under one bridge"


def _change(window: Window, old: str, new: str, again: str | None = None) -> Locator:
    """Fill in the form for another passphrase and send it; the form."""
    form = window.page.locator("main:not([hidden]) form").filter(has_text="The passphrase of today")
    form.get_by_label("The passphrase of today").fill(old)
    form.get_by_label("A new one").fill(new)
    form.get_by_label("The new one again").fill(new if again is None else again)
    form.get_by_role("button", name="Change the passphrase").click()
    return form


def test_a_passphrase_is_changed_and_the_lock_opens_with_the_new_one_alone(two: Two) -> None:
    left = two.left
    left.go("Settings")
    left.page.locator("summary").filter(has_text="Change the passphrase").click()
    sound(left)
    _change(left, PASSPHRASES["left"], NEW, "another")
    left.reads("The two passphrases are not the same.")
    form = _change(left, "a guess", NEW)
    left.reads("That is not the passphrase. Nothing was changed.")
    left.picture("settings_passphrase")
    _change(left, PASSPHRASES["left"], NEW)
    left.reads("Changed. From now on the new passphrase opens this laptop.")
    for field in form.locator("input[type=password]").all():
        expect(field).to_have_value("")
    left.press("Lock it now")
    left.sees("Locked")
    left.unlock(PASSPHRASES["left"])
    left.reads("That is not the passphrase.")
    left.unlock(NEW)
    left.sees("Settings")
    left.page.locator("summary").filter(has_text="Change the passphrase").click()
    _change(left, NEW, PASSPHRASES["left"])
    left.reads("Changed. From now on")
    sound(left)


def test_a_backup_is_one_new_file_where_its_person_says_and_what_is_refused_can_be_mended(
    two: Two, tmp_path: Path
) -> None:
    left = two.left
    left.go("Settings")
    path = left.page.get_by_label("Where to?")
    expect(path).to_have_value(re.compile("^/"))
    path.fill("copy.b")
    left.go("Help")
    left.go("Settings")
    expect(path).to_have_value("copy.b")
    left.reads("Half written, and kept on this laptop alone.")
    path.fill("copy.bin")
    left.press("Make the backup")
    left.reads("Say where the file is to be found, with its whole path")
    left.go("Help")
    left.go("Settings")
    left.reads("Say where the file is to be found, with its whole path")
    expect(path).to_have_value("copy.bin")
    sound(left)
    target = tmp_path / "copy.bin"
    path.fill(str(target))
    left.press("Make the backup")
    left.reads(f"Made: {target}")
    expect(path).not_to_have_value(str(target))  # it is taken by now
    left.picture("settings")
    assert [each.name for each in tmp_path.iterdir()] == ["copy.bin"]
    assert target.stat().st_size > 0
    expect(left.page.get_by_role("navigation").get_by_role("button", name="Settings")).to_have_attribute(
        "aria-current", "page"
    )


def test_single_keys_are_switched_off_here_too(two: Two) -> None:
    left = two.left
    left.go("Settings")
    left.page.get_by_label("Use the single keys, too").uncheck()
    left.page.keyboard.press("1")
    left.page.get_by_label("Use the single keys, too").check()
    left.page.keyboard.press("1")
    left.sees("Today")


def test_help_says_what_each_page_is_for_how_to_stop_and_what_cannot_be_called_back(two: Two) -> None:
    left = two.left
    left.go("Help")
    left.page.locator("summary").filter(has_text="Forgiveness, and trust").wait_for()  # the library's own come in
    for topic in left.page.locator("main:not([hidden]) details.topic > summary").all()[1:]:
        topic.click()
    main = left.page.locator("main:not([hidden])")
    for words in (
        "How to stop",
        "What somebody with this laptop can read",
        "What cannot be called back",
        "When a laptop is lost or breaks",
        "When two laptops cannot find each other",
        "Forgiveness, and trust",
        "Forgiving is not trusting.",
        "When it is about safety",
        "Shortcuts",
    ):
        expect(main.get_by_text(words, exact=words[-1] != ".").first).to_be_visible()
    listed = left.page.get_by_role("navigation").get_by_role("group").get_by_role("button").all_inner_texts()
    assert main.locator("dt").all_inner_texts() == listed
    assert all(text for text in main.locator("dd").all_inner_texts())
    sound(left)
    left.picture("help")


def test_reading_help_asks_no_network_and_leaves_nothing_in_the_browser(two: Two) -> None:
    left = two.left
    left.page.wait_for_load_state("networkidle")  # what belongs to opening the page is all here
    asked = len(left.requested)
    left.go("Help")
    left.page.locator("summary").filter(has_text="Forgiveness, and trust").click()
    left.reads("Forgiving is not trusting.")
    assert left.requested[asked:] == []
    assert left.page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_in_a_pause_help_and_this_laptop_stay_in_reach(two: Two) -> None:
    left, right = two
    left.go("Settings")
    right.page.keyboard.press("Alt+p")
    left.sees("Paused")
    left.press("Help")
    dialog = left.page.get_by_role("dialog", name="Help")
    expect(dialog.get_by_text("Only you can lift your pause.")).to_be_visible()
    sound(left)
    left.picture("help_in_a_pause")
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(dialog).to_be_hidden()
    left.press("Settings")
    dialog = left.page.get_by_role("dialog", name="Settings")
    expect(dialog.get_by_role("button", name="Lock it now")).to_be_visible()
    sound(left)
    right.press("Lift my pause")
    expect(dialog).to_be_hidden()
    for window, screen in ((left, "Settings"), (right, "Today")):
        window.sees(screen)
    right.page.keyboard.press("Alt+p")
    left.sees("Paused")
    expect(left.page.get_by_role("dialog")).to_have_count(0)
