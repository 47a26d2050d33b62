"""Whatever somebody muted says waits unseen, wherever it could be read, and what they narrow always shows."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

import msgspec
import pytest

from collar_sync.domain import aside, presence, progress, tasks
from collar_sync.domain.agreements import Reflection
from collar_sync.domain.consents import State
from collar_sync.domain.progress import FOLLOW_THROUGH
from tests.domain.plain import DAY, Household, PlainLedger, granted, run
from tests.domain.planting import Mutant, noticed, other, words

WORDS: Final = "Find me at nine"
CALM: Final = Reflection(need=WORDS, free_to_refuse=True, source="clarity")
MAY: Final = (date(2026, 5, 1), date(2026, 5, 4))

SAYINGS: Final[dict[str, Callable[[PlainLedger, PlainLedger], Any]]] = {
    "an ask": lambda alex, sam: alex.tasks.ask(WORDS, of=sam.me, details=WORDS),
    "an ask of somebody else": lambda alex, _: alex.tasks.ask(WORDS, of=alex.near[2].me),
    "a promise": lambda alex, _: alex.tasks.promise(WORDS, details=WORDS),
    "other words for a promise": lambda alex, _: alex.tasks.rename(_first(alex, "The dishes"), WORDS),
    "a consent": lambda alex, _: alex.consents.propose(WORDS, [WORDS], [WORDS], [WORDS]),
    "an agreement": lambda alex, _: alex.agreements.propose("rule", [WORDS], CALM),
    "a checklist": lambda alex, _: alex.checklists.begin("scene", [WORDS], title=WORDS),
    "a small moment": lambda alex, _: alex.moments.share(WORDS),
    "an open update": lambda alex, _: alex.updates.share(WORDS),
    "a check-in": lambda alex, _: alex.check_ins.share(run(alex.check_ins.write("tender", need=WORDS)).id),
    "a slip-up": lambda alex, _: alex.slips.share(run(alex.slips.write(WORDS, "other")).id),
}


def _first(ledger: PlainLedger, title: str) -> str:
    return next(each.id for each in ledger.tasks.all() if each.title == title)


def looked_at(ledger: PlainLedger) -> str:
    """Everything that a person can look at without asking for one thing by its id, as one text."""
    lists: tuple[object, ...] = (
        ledger.tasks.visible(),
        ledger.consents.visible(),
        ledger.agreements.visible(),
        ledger.checklists.open(),
        ledger.sessions.open(),
        ledger.moments.visible(),
        ledger.updates.visible(),
        ledger.check_ins.visible(),
        ledger.slips.visible(),
        ledger.repairs.open(),
        ledger.reviews.due(),
        ledger.tasks.unread(),
        ledger.timeline.page(lines=10_000),
        ledger.export.json(),
    )
    return msgspec.json.encode(lists, enc_hook=repr).decode()


@pytest.mark.parametrize("what", SAYINGS)
def test_no_word_of_somebody_muted_is_anywhere_until_they_are_heard_again(what: str) -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    run(alex.tasks.promise("The dishes"))
    home.sync()
    run(sam.aside.mute(alex.me))
    run(SAYINGS[what](alex, sam))
    home.sync()
    for each in kim.tasks.visible():
        if each.for_person == kim.me:
            run(kim.tasks.accept(each.id))
    home.sync()
    assert WORDS not in looked_at(sam)
    run(sam.aside.show(alex.me))
    assert WORDS in looked_at(sam), "it was there all the while"


def test_the_follow_through_of_somebody_muted_waits_unseen_and_ones_own_goes_on_showing_to_them(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    run(sam.tasks.promise("Stretch", due="2026-05-01T07:00", repeat="FREQ=DAILY"))
    for giver, other_one in ((alex, sam), (sam, alex)):
        given = run(giver.consents.propose("so that you can cheer", [FOLLOW_THROUGH], flow="tracking"))
        home.sync()
        run(other_one.consents.grant(given.id))
        home.sync()
    before = alex.progress.of(sam.me, *MAY)
    assert sam.progress.may_see(alex.me)
    run(sam.aside.mute(alex.me))
    home.sync()
    assert not sam.progress.may_see(alex.me)
    assert sam.progress.of(alex.me, *MAY) == ()
    assert (alex.progress.may_see(sam.me), alex.progress.of(sam.me, *MAY)) == (True, before), "and they are not told"
    run(sam.aside.show(alex.me))
    assert sam.progress.of(alex.me, *MAY)


def test_that_somebody_muted_chose_to_show_when_they_are_here_is_told_once_they_are_heard_again(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    run(sam.aside.mute(alex.me))
    alex.say(presence.SHOW, sam.me, {"until": alex.now() + DAY})
    home.sync()
    assert "when they are here" not in looked_at(sam)
    run(sam.aside.show(alex.me))
    assert "when they are here" in looked_at(sam)


def test_other_words_of_somebody_muted_for_what_was_asked_of_them_are_in_no_timeline() -> None:
    reworded()


def test_whatever_somebody_muted_narrows_shows(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    paused, declined, revoked = (run(granted(home, alex, sam)) for _ in range(3))
    asked = run(sam.tasks.ask("Tea at nine", of=alex.me))
    home.sync()
    run(sam.aside.mute(alex.me))
    run(alex.consents.pause(paused.id))
    run(alex.consents.decline(declined.id))
    run(alex.consents.revoke(revoked.id))
    run(alex.tasks.decline(asked.id))
    run(alex.limits.set("Nothing on video"))
    run(alex.pauses.pause())
    home.sync()
    states = {each.id: each.state(sam.now()) for each in sam.consents.visible()}
    assert State.ACTIVE not in states.values()
    assert len(sam.pauses.standing()) == 1
    assert [each.text for each in sam.limits.standing()] == ["Nothing on video"]
    shown = looked_at(sam)
    for told in (
        "Alex paused “Evenings apart”",
        "Alex said no to “Evenings apart”",
        "Alex withdrew from “Evenings apart”",
        "Alex said no to “Tea at nine”",
        "Alex set a limit: “Nothing on video”",
        "Alex paused everything",
    ):
        assert told in shown
    assert {each.kind for each in alex.heard.values() if each.author == alex.me} & aside.NARROWING


def no_word_of(what: str) -> Callable[[], None]:
    return lambda: test_no_word_of_somebody_muted_is_anywhere_until_they_are_heard_again(what)


def reworded() -> None:
    """Other words for what was asked of them stand in the task, which is this person's own; a timeline is silent."""
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    task = run(sam.tasks.ask("Tea at nine", of=alex.me))
    home.sync()
    run(alex.tasks.accept(task.id))
    run(sam.aside.mute(alex.me))
    run(alex.tasks.rename(task.id, WORDS))
    home.sync()
    assert not [line for day in sam.timeline.page().days for line in day.lines if WORDS in line.text]


def followed() -> None:
    home = Household("Alex", "Sam")
    test_the_follow_through_of_somebody_muted_waits_unseen_and_ones_own_goes_on_showing_to_them(home, *home.ledgers)


def here() -> None:
    home = Household("Alex", "Sam")
    test_that_somebody_muted_chose_to_show_when_they_are_here_is_told_once_they_are_heard_again(home, *home.ledgers)


UNASKED: Final = " or each.for_person != me"

MUTANTS: Final = (
    Mutant("a promise shows", words(tasks.Tasks, "visible", (UNASKED, "")), no_word_of("a promise")),
    Mutant(
        "an ask of others shows", words(tasks.Tasks, "visible", (UNASKED, "")), no_word_of("an ask of somebody else")
    ),
    *(
        Mutant(f"a timeline tells {kind}", other(aside, "ASKING", tuple({*aside.ASKING} - {kind})), noticing)
        for kind, noticing in (
            ("task.promise", no_word_of("a promise")),
            ("presence.show", here),
            ("task.reword", reworded),
        )
    ),
    Mutant(
        "follow-through shows in spite of it",
        words(progress.Progress, "may_see", ("identifier not in names(self._ledger) and ", "")),
        followed,
    ),
    Mutant(
        "follow-through can be looked at in spite of it",
        words(progress.Progress, "of", ("if identifier in names(self._ledger)", "if False")),
        followed,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    assert not noticed(mutant.property)
    with mutant.plant():
        assert noticed(mutant.property)
