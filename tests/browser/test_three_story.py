"""More than two through the page: three people, one of them with two laptops and another with a record of their own."""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from tests.browser.windows import App, Window, pair, shown_code, sound
from tests.lan.bed import Holder

S = "\u2019s"
KIM = "Kim-Alexandra Hohenstein-Feldkirch"


class Person(Window):
    """Somebody at a laptop of their own, whose first run has begun."""

    def __init__(self, browser: Browser, app: App, name: str) -> None:
        super().__init__(browser, "left")
        self.name, self.side = name, "me"
        self.enter(app)
        self.begin(name)

    def group(self, name: str) -> Locator:
        """A named part of the page."""
        return self.page.get_by_role("region", name=name, exact=True)


def test_three_read_who_asked_whom_whose_yes_counts_and_whose_pause_stands(
    network: Holder, browser: Browser, tmp_path: Path
) -> None:
    with ThreadPoolExecutor() as starting:  # four laptops, side by side
        apps = list(starting.map(lambda name: App(network, tmp_path / name, people=("me",)), ("a", "b", "c", "d")))
    alex, sam, kim, tablet = map(partial(Person, browser), apps, ("Alex", "Sam", KIM, "Sam"))
    for person in (alex, sam, kim, tablet):
        person.sees("Today")
    kim.add("A record of one's own")
    pair(alex, sam)
    pair(alex, kim)
    for person in (alex, sam, kim):
        person.reads("In step with everyone")
    _asked_and_offered(alex, sam, kim)
    _mended_by_two(alex, sam, kim)
    _two_records_on_one_laptop(kim)
    _paused_by_three(alex, sam, kim)
    _one_more_laptop(alex, sam, tablet)
    for person in (alex, sam, kim):
        assert person.faults == []


def _asked_and_offered(alex: Person, sam: Person, kim: Person) -> None:
    alex.add("Bring the folder", whom=KIM)
    row = sam.group(f"{KIM}{S}").get_by_role("listitem")
    expect(row).to_contain_text(f"asked by Alex · waits for {KIM}{S} yes")
    kim.press("Yes, I will: Bring the folder")
    expect(row).to_contain_text(f"asked by Alex · {KIM} said yes")
    alex.go("Consents")
    alex.press("Offer one")
    alex.page.get_by_label("What is it for?").fill("Sharing my calendar")
    alex.page.get_by_label("What is included?").fill("working days")
    for name in ("Sam", KIM):
        alex.page.get_by_role("checkbox", name=name).uncheck()
    alex.press("Read it once more")
    alex.reads("Choose somebody.")
    sound(alex)
    alex.page.get_by_role("checkbox", name="Sam").check()
    alex.press("Read it once more")
    alex.reads("you and Sam")
    alex.reads("Just Alex and Sam")  # those who were chosen, and not everybody
    alex.press("Offer this to Sam")
    for person in (sam, kim):
        person.go("Consents")
    kim.reads("waits for Sam")
    assert kim.page.get_by_role("button", name="Grant").count() == 0, "it is not theirs to grant"
    sam.reads("you and Alex")
    sam.press("Grant…: Sharing my calendar")
    sam.reads("You agree with Alex to exactly what is written above.")
    sam.press("Yes, I grant this")
    kim.reads("between Alex and Sam")
    alex.reads("between you and Sam")
    for person in (alex, sam, kim):
        person.go("Today")


def _mended_by_two(alex: Person, sam: Person, kim: Person) -> None:
    for person in (alex, sam, kim):
        person.go("Repair")
    alex.press("Write one down")
    alex.page.get_by_label("A promise was missed").check()
    alex.page.get_by_label("One accurate sentence").fill("I came home late.")
    alex.press("Keep it, for me")
    alex.page.get_by_role("button", name="I came home late.").filter(has_text="Share it with").click()
    alex.page.get_by_role("checkbox", name=KIM).uncheck()
    sound(alex)
    alex.picture("shared_with_one_of_two")
    alex.press("Share it")
    sam.press("Begin a repair")
    sam.press("I am ready for the next stage")
    alex.reads("Ready for what comes next: Sam")
    kim.reads("I came home late.")
    assert kim.page.get_by_role("button", name="I am ready").count() == 0, "it is not theirs to mend"
    for person in (alex, sam, kim):
        person.go("Today")


def _two_records_on_one_laptop(kim: Person) -> None:
    choice = kim.page.get_by_label("Which record to look at")
    shared = choice.locator("option", has_text=re.compile("^Ours, with (Alex and Sam|Sam and Alex)$"))
    expect(choice.locator("option")).to_have_count(2)
    choice.select_option(label="Ours, just you")
    kim.row("A record of one's own")
    expect(kim.page.get_by_text("Bring the folder")).to_have_count(0)
    sound(kim)
    kim.picture("two_records")
    choice.select_option(value=shared.get_attribute("value"))
    kim.row("Bring the folder")


def _paused_by_three(alex: Person, sam: Person, kim: Person) -> None:
    kim.press("Pause")
    sam.sees("Paused")
    sam.press("Add my own pause")
    sam.reads(f"It stays paused until {KIM} lifts theirs, too.")
    expect(alex.page.locator("main.paused li.who")).to_have_count(2)
    alex.press("Add my own pause")
    alex.reads(re.compile(f"It stays paused until (Sam and {KIM}|{KIM} and Sam) lift theirs, too."))
    alex.reads(re.compile(f"It has reached .*Sam{S} laptop"))
    sound(alex)
    alex.picture("paused_by_three")
    for person in (kim, sam, alex):
        person.press("Lift my pause")
    for person in (kim, sam, alex):
        person.sees("Today")


def _one_more_laptop(alex: Person, sam: Person, tablet: Person) -> None:
    for person in (alex, sam, tablet):
        person.go("Pairing & sync")
    sam.press("For another laptop of mine")
    tablet.page.get_by_text("A name for this laptop").click()
    tablet.page.get_by_label("What do you call it?").fill("tablet")
    tablet.page.get_by_label("The code on their screen").fill(shown_code(sam))
    tablet.press("Continue")
    for person in (tablet, sam):
        person.sees("Another laptop of Sam?")
        person.press("Yes, the same")
    for person in (tablet, sam):
        person.sees("One more laptop of yours is paired")
    expect(alex.page.locator("li.device h3")).to_contain_text([f"Sam{S} tablet"])
    sound(alex)
    alex.picture("devices_of_three")
    tablet.go("Today")
    tablet.row("Bring the folder")
