"""The journal through the page: for one person alone, also in Pause; what is hidden or muted looks unanswered."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Two, afresh
from tests.browser.windows import Window, sound

SECRET = "I said yes on Tuesday, and I meant no."
DRAFT = "No talks about us after midnight"
QUIET = """async () => {
  const { state } = await import('/static/link.js');
  const calm = () => state.value.sync.standing === 'in_step' && JSON.stringify(state.value);
  let [told, since] = [calm(), performance.now()];
  while (!told || performance.now() - since < 1000) {
    await new Promise((go) => setTimeout(go, 50));
    const now = calm();
    if (now !== told) [told, since] = [now, performance.now()];
  }
  return told;
}"""


@pytest.fixture
def two(apart: Two) -> Iterator[Two]:
    yield from afresh(apart)


def _told(window: Window) -> str:
    """All that its page was told, in the very characters, in step and with nothing new for a second.

    The mark on the page is not asked: it may be the one from before the last write. Whoever calls has waited for the
    last thing that they know to be on its way; the second is for what they do not know.
    """
    told: str = window.page.evaluate(QUIET)
    return told


def _group(window: Window, name: str) -> Locator:
    return window.page.locator("main:not([hidden])").get_by_role("region", name=name, exact=True)


def _form(window: Window, name: str) -> Locator:
    return window.page.locator("main:not([hidden])").get_by_role("form", name=name, exact=True)


def _open(window: Window, fold: str) -> Locator:
    """Open a fold of the screen; the whole of it."""
    found = window.page.locator("main:not([hidden]) details", has=window.page.get_by_text(fold, exact=True)).last
    found.locator("summary").first.click()
    return found


def test_the_journal_is_ones_own_and_the_other_is_told_the_same_bytes_with_it_and_without(two: Two) -> None:
    left, right = two
    before = _told(right)
    left.go("Journal")
    left.reads("Nobody can ask for it, nobody sees that you write")
    left.press("Keep it")
    left.reads("A single word is enough.")
    left.reads("Only this device has what you write here.")
    _open(left, "What else to know about it").get_by_text("Leaving a record").wait_for()
    left.page.get_by_label("What do I refuse, whatever it costs me to say so?").check()
    field = left.page.get_by_role("textbox", name="What do I refuse, whatever it costs me to say so?")
    field.fill(SECRET)
    left.reads("Half written, and kept on this laptop alone.")  # nothing of "until you send it": it goes nowhere
    left.go("Today")
    left.go("Journal")
    expect(field).to_have_value(SECRET)  # half written, it outlives another screen
    left.press("Keep it")
    left.reads("Kept, on this laptop alone.")
    entries = _group(left, "What you wrote")
    expect(entries).to_contain_text(SECRET)
    expect(left.page.get_by_label("What is there?")).to_have_value("")
    entries.get_by_role("button", name="Change").first.click()  # the newest comes first
    entries.get_by_role("textbox", name="What you wrote").fill(f"{SECRET} I know it now.")
    sound(left)
    entries.get_by_role("button", name="Save").click()
    expect(entries).to_contain_text("I know it now.")
    entries.get_by_role("button", name="Take it away").first.click()
    expect(left.page.locator("main:not([hidden])")).not_to_contain_text(SECRET)
    expect(left.page.get_by_role("heading", name="Journal", exact=True)).to_be_focused()
    left.press("Undo")
    expect(_group(left, "What you wrote")).to_contain_text("I know it now.")
    _people(left)
    _drafted(left)
    assert _told(right) == before
    assert left.page.title() == right.page.title() == "Ours"
    left.go("Timeline")
    left.page.locator("main:not([hidden])").get_by_role("region").first.wait_for()
    for words in (SECRET, DRAFT, "Robin"):
        assert words not in left.page.inner_text("body")
    _said(left, right)


def _people(left: Window) -> None:
    left.page.get_by_text("Add somebody", exact=True).click()
    people = _form(left, "People to call")
    people.get_by_label("Who?").fill("Robin")
    people.get_by_label("How do you reach them?").fill("the number on the fridge")
    people.get_by_role("button", name="Add them").click()
    expect(_group(left, "People to call")).to_contain_text("the number on the fridge")
    expect(people.get_by_label("Who?")).to_have_value("")


def _drafted(left: Window) -> None:
    form = _form(left, "Limits you are thinking about")
    form.get_by_label("What might you not want?").fill(DRAFT)
    form.get_by_role("button", name="Keep it as a draft").click()
    expect(_group(left, "Limits you are thinking about")).to_contain_text(DRAFT)
    left.picture("journal")


def _said(left: Window, right: Window) -> None:
    """A draft is said as a limit only after it was told who will read it."""
    for window, screen in ((left, "Journal"), (right, "Limits")):
        window.go(screen)
    left.press(f"Say it as a limit…: {DRAFT}")
    left.reads("Sam will read exactly these words")
    sound(left)
    assert right.page.get_by_text(DRAFT).count() == 0
    left.press("Say it as a boundary")
    expect(right.page.locator("li.limit")).to_contain_text([DRAFT])
    expect(_group(left, "Limits you are thinking about")).not_to_contain_text(DRAFT)


def test_writing_for_oneself_goes_on_in_a_pause_with_what_was_half_written(two: Two) -> None:
    left, right = two
    left.go("Journal")
    half = left.page.locator("main:not([hidden])").get_by_label("What is there?")
    half.fill("Half a thought")
    right.page.keyboard.press("Alt+p")
    left.sees("Paused")
    fold = _open(left, "Journal")
    expect(half).to_have_value("Half a thought")
    half.fill("Half a thought, and the rest of it.")
    expect(_open(left, "Somebody to turn to").locator("strong")).to_contain_text("Someone may check this device.")
    sound(left)
    left.picture("paused_journal")
    fold.get_by_role("button", name="Keep it", exact=True).click()
    expect(_group(left, "What you wrote")).to_contain_text("and the rest of it.")
    right.press("Lift my pause")
    left.sees("Journal")
    expect(_group(left, "What you wrote")).to_contain_text("and the rest of it.")
    expect(half).to_have_value("")


def test_the_words_and_the_places_are_found_where_they_are_needed_and_are_ones_own_to_change(two: Two) -> None:
    left, right = two
    left.go("Repair")
    scripts = _open(left, "Words for a hard talk")
    scripts.get_by_text("I was hurt", exact=True).click()
    scripts.get_by_role("button", name="Change: I was hurt", exact=True).click()
    change = scripts.get_by_role("form", name="Change: I was hurt", exact=True)
    change.get_by_label("Words that help").fill("I need an hour.\n\nThen I come back.")
    change.get_by_role("button", name="Save").click()
    expect(scripts).to_contain_text("your own version")
    expect(scripts.get_by_text("Then I come back.")).to_be_visible()
    sound(left)
    left.picture("scripts")
    left.go("Journal")
    places = _open(left, "Somebody to turn to")
    places.get_by_role("button", name="Take it away: A helpline for violence in relationships").click()
    places.get_by_text("Add somebody or some place").click()
    places.get_by_label("Who or what?").fill("The library")
    places.get_by_role("button", name="Add it").click()
    expect(places.get_by_role("listitem").filter(has_text="The library")).to_be_visible()
    expect(places.locator("strong").first).to_contain_text("Someone may check this device.")
    sound(left)
    left.picture("places")
    places.get_by_role("button", name="Read those it came with as they were").click()
    expect(places).to_contain_text("A helpline for violence in relationships")
    scripts = _open(left, "Words for a hard talk")
    scripts.locator("summary").filter(has_text=re.compile("I was hurt your own version")).click()
    scripts.get_by_role("button", name="Read it as it came: I was hurt", exact=True).click()
    expect(scripts).not_to_contain_text("Then I come back.")
    right.go("Repair")
    expect(_open(right, "Words for a hard talk")).not_to_contain_text("your own version")


def test_what_is_hidden_here_is_found_again_and_to_the_other_it_looks_unanswered(two: Two) -> None:
    left, right = two
    left.add("Something that weighs", whom="Sam")
    left.row("Something that weighs").get_by_text("waits for Sam’s yes").wait_for()  # noqa: RUF001
    right.page.get_by_role("button", name="No to: Something that weighs").wait_for()
    before = _told(left)
    right.picture("today_asked")
    right.press("Hide this here: Something that weighs")
    right.reads("Hidden on this laptop; nobody is told.")
    expect(right.page.get_by_text("Something that weighs")).to_have_count(0)
    right.page.keyboard.press("Control+z")
    right.page.get_by_role("button", name="No to: Something that weighs").wait_for()
    right.press("Hide this here: Something that weighs")
    right.go("Journal")
    aside = _open(right, "Set aside here")
    expect(aside).to_contain_text("From Alex: a task, “Something that weighs”")
    sound(right)
    right.picture("set_aside")
    assert _told(left) == before
    aside.get_by_role("button", name=re.compile("Show it again: .*Something that weighs")).click()
    expect(aside.get_by_text("Something that weighs")).to_have_count(0)
    right.go("Today")
    right.press("No to: Something that weighs")
    left.page.get_by_text("Answered with no").wait_for()


def test_an_offer_that_is_hidden_is_no_answer_and_comes_back_as_it_was(two: Two) -> None:
    left, right = two
    left.go("Consents")
    left.press("Offer one")
    left.page.get_by_label("What is it for?").fill("Keeping my diary")
    left.page.get_by_label("What is included?").fill("those from this year")
    left.press("Read it once more")
    left.press("Offer this to Sam")
    right.page.get_by_role("button", name="Hide this here: Keeping my diary").wait_for()
    offered = left.page.locator("li.consent").filter(has_text="Keeping my diary")
    expect(offered).to_contain_text("waits for Sam")
    before = _told(left)
    right.go("Consents")
    right.press("Hide this here: Keeping my diary")
    expect(right.page.get_by_role("heading", name="Keeping my diary")).to_have_count(0)
    assert _told(left) == before
    expect(offered).to_contain_text("waits for Sam")
    right.press("Undo")
    right.page.get_by_role("button", name="No, thank you: Keeping my diary").click()
    expect(offered).to_contain_text("Declined")


def test_what_somebody_muted_asks_waits_unseen_and_their_pause_does_not(two: Two) -> None:
    left, right = two
    right.go("Pairing & sync")
    device = right.page.locator("li.device").filter(has_text="Alex")
    device.get_by_text("Mute Alex", exact=True).first.click()
    device.get_by_text("waits unseen on this laptop").wait_for()
    sound(right)
    right.picture("mute")
    before = _told(left)
    device.get_by_role("button", name="Mute Alex").click()
    device.get_by_role("button", name="Hear from Alex again").wait_for()
    assert _told(left) == before
    right.go("Today")
    left.add("Asked of somebody who rests", whom="Sam")
    left.add("Promised by somebody who rests")
    left.row("Promised by somebody who rests")
    left.row("Asked of somebody who rests").get_by_text("waits for Sam’s yes").wait_for()  # noqa: RUF001
    _told(left)  # in step: both are stored on the other laptop
    _told(right)
    assert right.page.get_by_text("somebody who rests").count() == 0
    left.page.keyboard.press("Alt+p")
    right.sees("Paused")
    left.press("Lift my pause")
    right.sees("Today")
    right.go("Journal")
    _open(right, "Set aside here").get_by_role("button", name="Hear from Alex again").click()
    right.go("Today")
    right.row("Promised by somebody who rests")
    right.press("No to: Asked of somebody who rests")
