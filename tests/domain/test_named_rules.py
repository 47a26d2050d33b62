"""What an act names must be here and theirs to name: else it is in no timeline, and a problem with a reason.

`FITS` says so of every kind of statement there is, in one table, read off nothing but what was said.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random
from typing import Any, Final

import pytest
from hypothesis import strategies as st

from collar_sync.core.statement import Said
from collar_sync.domain import consent_book, erasing, focus, limit, pause, presence, repair_book, reviews, task_book
from collar_sync.domain.nouns import OF_KIND
from collar_sync.domain.problems import problems
from collar_sync.errors import NotAllowed
from collar_sync.ids import StatementId
from tests.domain.plain import DAY, HOUR, Household, PlainLedger, person, run
from tests.domain.planting import Mutant, noticed, over, words
from tests.domain.test_hostile import VALID
from tests.domain.worded import lived

Here = Mapping[str, Said]
Fits = Callable[[Said, Here], bool]

NOWHERE: Final = StatementId(f"statement_{'0' * 64}")
PARTIES: Final = {"consent.propose": "parties", "agreement.propose": "parties", "slip.share": "parties"}
NAMED: Final = {**PARTIES, "checklist.begin": "people", "focus.begin": "people"}
SHEETS: Final = ("repair.talk", "repair.facts", "repair.plan", "repair.weekly")


def anything(_said: Said, _here: Here) -> bool:
    return True


def about(*kinds: str) -> Fits:
    """It is about something of these kinds, in which its author has a say."""

    def fits(said: Said, here: Here) -> bool:
        found = here.get(said.subject)
        if found is None or found.kind not in kinds:
            return False
        whose = found.body.get(NAMED.get(found.kind, "for"), found.author)
        return said.author in ((whose,) if isinstance(whose, str) else whose)

    return fits


def names(*kinds: str, own: bool = True, there: bool = False) -> Fits:
    """It names one of these kinds: its author's `own`, and about the same thing, where that is asked."""

    def fits(said: Said, here: Here) -> bool:
        found = [here[each] for each in said.answers if each in here and here[each].kind in kinds]
        return any(
            (each.author == said.author or not own) and (said.subject in {each.subject, each.id} or not there)
            for each in found
        )

    return fits


def both(*several: Fits) -> Fits:
    return lambda said, here: all(each(said, here) for each in several)


def person_here(said: Said, _here: Here) -> bool:
    return said.subject in PEOPLE and said.subject != said.author


def offers(noun: str) -> dict[str, Fits]:
    of = about(f"{noun}.propose")
    return {
        f"{noun}.propose": anything,
        **dict.fromkeys((f"{noun}.{act}" for act in ("grant", "decline", "pause", "revoke")), of),
        f"{noun}.resume": both(of, names(f"{noun}.pause")),
    }


TASK: Final = about("task.ask", "task.promise")
ROUND: Final = about("checklist.begin")
SESSION: Final = about("focus.begin")
REPAIR: Final = about("slip.share")
FITS: Final[Mapping[str, Fits]] = {
    "pause": anything,
    "pause.lift": names("pause"),
    "limit.set": anything,
    "limit.loosen": names("limit.set"),
    **offers("consent"),
    **offers("agreement"),
    "agreement.lapse": names("agreement.propose", own=False),
    **dict.fromkeys(("task.ask", "task.promise"), anything),
    **dict.fromkeys(("task.accept", "task.reword", "task.decline", "task.done"), TASK),
    "task.take_back": both(TASK, names("task.done", there=True)),
    "checklist.begin": anything,
    **dict.fromkeys(("checklist.tick", "checklist.untick", "checklist.end"), ROUND),
    "focus.begin": anything,
    **dict.fromkeys(("focus.join", "focus.break", "focus.end"), SESSION),
    "focus.leave": both(SESSION, names("focus.begin", "focus.join", there=True)),
    "focus.resume": both(SESSION, names("focus.break", there=True)),
    "review.held": about("consent.propose", "agreement.propose"),
    **dict.fromkeys(("checkin.share", "moment.share", "update.share", "slip.share"), anything),
    **dict.fromkeys((kind for kind in OF_KIND if kind.startswith("repair.")), REPAIR),
    "repair.take_back": both(REPAIR, names(*SHEETS, "repair.ready", "repair.sign", "repair.close", there=True)),
    "repair.back": both(REPAIR, names("repair.out", there=True)),
    "repair.sign": both(REPAIR, names(*SHEETS, own=False, there=True)),
    "erase.ask": anything,
    "erase.receipt": names("erase.ask", own=False),
    "presence.show": person_here,
    "presence.hide": lambda said, here: said.subject == "" or person_here(said, here) or said.subject == said.author,
}
PEOPLE: Final = {person(name).id for name in ("Alex", "Sam", "Kim")}


def test_the_table_says_of_every_kind_of_statement_what_it_may_name() -> None:
    assert FITS.keys() == OF_KIND.keys()


def lie(home: Household, ledger: PlainLedger, chance: Random, kind: str) -> None:
    """Say a kind in its right form, about anything and naming anything: what is here, what never was, nothing."""
    known = sorted(home.everything(), key=lambda said: said.id)
    alike = [each for each in known if each.kind == kind]
    family = [each.id for each in known if each.kind.partition(".")[0] == kind.partition(".")[0]] or [NOWHERE]
    body: Mapping[str, Any] = chance.choice(alike).body if alike else BODIES.get(kind, {})
    subjects = [*(each.subject for each in alike), *family, chance.choice(known).id, NOWHERE, "", *sorted(PEOPLE)]
    named = [
        NOWHERE,
        chance.choice(family),
        chance.choice(known).id,
        *(name for each in alike for name in each.answers),
    ]
    ledger.say(kind, chance.choice(subjects), body, chance.sample(named, min(len(named), chance.randint(0, 2))))


BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    **VALID,
    "task.accept": {"title": "t"},
    "task.reword": {"title": "t"},
    "task.done": {},
    "moment.share": {"text": "t"},
    "repair.ready": {"round": 1, "stage": "debrief"},
    "repair.close": {"round": 1},
    "review.held": {"again_at": 0},
    "presence.show": {"until": 1},
}


@over(st.integers(0, 1 << 32), st.integers(2, 3), st.integers(0, 50), share=1 / 2)
def test_what_names_nothing_of_its_author_is_a_problem_with_a_reason_and_in_no_timeline(
    seed: int, people: int, steps: int
) -> None:
    life = lived(seed, people, steps)
    home, chance = life.home, life.chance
    run(home.ledgers[0].pauses.pause())
    for kind in OF_KIND:
        lie(home, chance.choice(home.ledgers), chance, kind)
    home.sync()
    one, other = home.ledgers[:2]
    found = problems(one.statements(""), one.people())
    assert all(each.reason for each in found)
    amiss = {each.statement for each in found}
    here: dict[str, Said] = {each.id: each for each in one.statements("")}
    for said in here.values():
        assert said.id in amiss or FITS[said.kind](said, here), (said.kind, said.subject, said.answers)
    with suppress(NotAllowed):  # one of these may have lifted it
        run(one.pauses.lift())
    for ledger in (one, other):
        assert not amiss & {line.id for day in ledger.timeline.everything()[0] for line in day.lines}


def test_nobody_shares_anything_under_the_name_of_another_s_check_in(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    mine = run(sam.check_ins.write("tired"))
    shared = run(sam.check_ins.share(mine.id))
    taken = alex.say("checkin.share", mine.id, {"need": "something else"})
    home.sync()
    assert len({each.id for each in sam.check_ins.visible()}) == 2
    assert [each.arriving for each in sam.check_ins.mine()] == [("tired",)]
    run(sam.aside.hide(taken.id))
    assert [each.said for each in sam.check_ins.visible()] == [shared.said]
    assert "You shared a check-in." in [line.text for day in sam.timeline.page().days for line in day.lines]


def test_a_timeline_tells_of_no_device_that_never_was(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    sam.say("device.remove", "device_00000000000000000000000000000000", {"name": "laptop"})
    home.sync()
    assert alex.timeline.page().days == ()


def test_a_lift_of_more_than_one_statement_names_names_a_pause_in_each(home: Household, sam: PlainLedger) -> None:
    for _ in range(127):
        run(sam.pauses.pause())
    second = home.second_device("Sam")
    for minutes in (1, 2):
        run(second.sessions.begin("study", minutes))
        second.clock += DAY
    home.sync()
    sam.clock += HOUR
    run(sam.pauses.lift())
    home.sync()
    assert sam.pauses.standing() == ()
    assert problems(sam.statements(""), sam.people()) == ()


def test_acts_that_name_nothing_of_their_author_are_told_nowhere_and_each_is_a_problem(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    session = run(sam.sessions.begin("study", 30))
    home.sync()
    run(alex.sessions.join(session.id))
    run(alex.sessions.take_break(session.id))
    consent = run(alex.consents.propose("Photos", ["a"]))
    task = run(sam.tasks.promise("Water the ferns"))
    slip = run(sam.slips.share(run(sam.slips.write("You waited", "promise-missed")).id))
    home.sync()
    entry, rest = (each.id for kind in ("focus.join", "focus.break") for each in alex.statements(kind))
    told = {line.text for day in alex.timeline.everything()[0] for line in day.lines}
    said = (
        sam.say("pause.lift", "", {}, [NOWHERE]),
        sam.say("limit.loosen", "", {}, [NOWHERE]),
        sam.say("consent.resume", consent.id, {}, [NOWHERE]),
        sam.say("task.take_back", task.id, {}, [NOWHERE]),
        sam.say("focus.leave", session.id, {}, [entry]),
        sam.say("focus.resume", session.id, {}, [rest]),
        sam.say("review.held", NOWHERE, {"again_at": sam.now() + DAY}),
        sam.say("erase.receipt", "", {}, [NOWHERE]),
        sam.say("presence.hide", NOWHERE),
        sam.say("repair.sign", slip.id, {}, [NOWHERE]),
        sam.say("repair.ready", slip.id, {"round": 7, "stage": "debrief"}),
    )
    home.sync()
    assert {each.id for each in said} <= {each.statement for each in problems(alex.statements(""), alex.people())}
    for ledger in home.ledgers:
        now = {line.id for day in ledger.timeline.everything()[0] for line in day.lines}
        assert now.isdisjoint({each.id for each in said})
    assert told == {line.text for day in alex.timeline.everything()[0] for line in day.lines}


STORY: Final = test_acts_that_name_nothing_of_their_author_are_told_nowhere_and_each_is_a_problem


def named() -> None:
    home = Household("Alex", "Sam")
    STORY(home, *home.ledgers)


MUTANTS: Final = (
    Mutant(
        "a lift of nothing counts",
        words(pause, "_lifted", ("        if not named:", "        if not lift.answers:")),
        named,
    ),
    Mutant(
        "a loosening of nothing counts",
        words(limit, "_loosened", ("        if not named:", "        if not said.answers:")),
        named,
    ),
    Mutant(
        "a resume of nothing counts",
        words(consent_book, "_answer", ("refusals.keys().isdisjoint(said.answers)", "not said.answers")),
        named,
    ),
    Mutant(
        "taking back nothing counts",
        words(task_book, "_take_backs_amiss", ("dones.isdisjoint(said.answers)", "not said.answers")),
        named,
    ),
    Mutant("leaving what another entered counts", words(focus, "_naming_nothing", ("LEAVE: own, ", "")), named),
    Mutant("ending what is no break counts", words(focus, "_naming_nothing", (", RESUME: breaks", "")), named),
    Mutant(
        "whoever is not named looks again",
        words(reviews, "_outside", ("each.author not in parties.get(StatementId(each.subject), ())", "False")),
        named,
    ),
    Mutant(
        "a receipt for no request counts",
        words(erasing, "read", ("asked.keys().isdisjoint(said.answers)", "False")),
        named,
    ),
    Mutant(
        "hiding from a stranger counts",
        words(presence, "read", ("elif said.kind == HIDE and said.subject not in people", "elif False")),
        named,
    ),
    Mutant(
        "a yes to no text counts",
        words(repair_book, "_aimless", ("if known.isdisjoint(said.answers):", "if False:")),
        named,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    with mutant.plant():
        assert noticed(mutant.property)
