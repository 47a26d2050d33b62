"""What is left of the words of who has left, and of what a device said beyond its removal, in every fold there is.

Each rule is asked of all folds at once, over arbitrary lives, so that none is forgotten.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from random import Random
from typing import Any, Final

import msgspec

from collar_sync.core.passing import Gate
from collar_sync.core.statement import Said
from collar_sync.domain import agreements, checklist, consents, focus, gate, limit, pause, progress, reviews, task_fold
from collar_sync.domain.consent import Consent, State
from collar_sync.domain.nouns import NOUNS
from collar_sync.domain.problems import problems
from collar_sync.errors import LocalError
from collar_sync.ids import PersonId, StatementId
from tests.domain import partings, test_erasing, test_presence
from tests.domain import test_day_rules as day_rules
from tests.domain import test_repair_rules as repair_rules
from tests.domain.lives import over_lives
from tests.domain.moments import some_time
from tests.domain.plain import Household, run

NARROWS: Final = frozenset(
    {
        *("pause", "limit.set", "task.decline", "agreement.lapse"),
        *(f"{noun}.{no}" for noun in ("consent", "agreement") for no in ("decline", "pause", "revoke")),
        *("checklist.untick", "checklist.end", "focus.leave", "focus.break", "focus.end"),
    }
)
LIFT: Final = "pause.lift"  # beyond a cut it lifts nothing; what it names as stopped is stopped all the same
YESES: Final = {f"{noun}.{yes}" for noun in ("consent", "agreement") for yes in ("propose", "grant")}


HERE: Final = {"pause", "limit", "consent", "agreement", "task", "checklist", "focus session", "review"}
ELSEWHERE: Final = {  # whose lives are others, each with a rule of this in the file of its own
    "check-in": day_rules.test_whoever_heard_the_same_reads_the_same_and_a_removed_device_adds_nothing,
    "moment": day_rules.test_whoever_heard_the_same_reads_the_same_and_a_removed_device_adds_nothing,
    "update": day_rules.test_whoever_heard_the_same_reads_the_same_and_a_removed_device_adds_nothing,
    "repair": repair_rules.test_a_device_beyond_its_removal_only_narrows,
    "erasing": test_erasing.test_what_does_not_count_is_named,
    "presence": test_presence.test_what_was_said_on_a_removed_device_after_its_removal_hides_and_never_shows,
}


def test_no_noun_is_forgotten() -> None:
    assert HERE | ELSEWHERE.keys() == {noun.name for noun in NOUNS}
    assert HERE.isdisjoint(ELSEWHERE)
    assert {kind for noun in NOUNS if noun.name in HERE for kind in noun.kinds} >= {*NARROWS, LIFT, *YESES}


def given(home: Household, said: Iterable[Said]) -> dict[StatementId, Consent]:
    """Every consent and agreement."""
    said = tuple(said)
    return {**consents.fold(said, home.people), **agreements.fold(said, home.people)}


def say_and_take_back(home: Household, chance: Random) -> None:
    """Some accept what was asked, say done and take that back, take a break and end it: seldom, of itself."""
    home.sync()
    for ledger in chance.sample(home.ledgers, chance.randint(1, len(home.ledgers))):
        tasks = [each.id for each in ledger.tasks.all() if each.for_person == ledger.me]
        sessions = [each.id for each in ledger.sessions.all() if ledger.me in each.inside]
        acts: tuple[tuple[list[StatementId], Callable[[StatementId], Any]], ...] = (
            (tasks, ledger.tasks.accept),
            (tasks, ledger.tasks.done),
            (tasks, ledger.tasks.take_back),
            (sessions, ledger.sessions.take_break),
            (sessions, ledger.sessions.resume),
        )
        for about, act in acts:
            for each in about[:3]:
                with suppress(LocalError):
                    run(act(each))


def pauses(home: Household, said: list[Said]) -> object:
    found = pause.read(said, home.people)
    return found.standing, found.rests, found.lifted


def others(home: Household, said: list[Said]) -> list[object]:
    """What all folds but those of pauses, of consents and of agreements read."""
    people = home.people
    return [
        limit.standing(said, people),
        task_fold.fold(said, {}, people),
        checklist.fold(said, people),
        focus.fold(said, people),
        reviews.read(said, people)[0],
    ]


@over_lives
def test_what_would_widen_from_beyond_a_cut_reads_as_if_it_was_never_said(home: Household, chance: Random) -> None:
    say_and_take_back(home, chance)
    said = partings.cut(home, chance)
    kept = [each for each in said if not each.beyond_cut or each.kind in {*NARROWS, LIFT}]
    assert others(home, said) == others(home, kept)
    assert pauses(home, said) == pauses(home, [each for each in kept if not (each.kind == LIFT and each.beyond_cut)])


@over_lives
def test_a_consent_or_an_agreement_opens_by_no_word_from_beyond_a_cut(home: Household, chance: Random) -> None:
    said, now = partings.cut(home, chance), some_time(chance)
    kept = [each for each in said if not each.beyond_cut or each.kind in {*NARROWS, LIFT}]
    with_all, without = given(home, said), given(home, kept)
    replaced = {each.lineage for each in with_all.values() if each.id not in without or yes_from_beyond(said, each)}
    for identifier, found in with_all.items():
        if found.lineage not in replaced:  # what all said yes to ends the version before, from wherever they did
            assert plain(found) == plain(without[identifier])
        if found.state(now) is State.ACTIVE:
            assert {*found.parties} <= yeses_from_inside(said, found)
        if found.state(now) is State.ACTIVE and identifier in without:
            assert without[identifier].state(now) is State.ACTIVE
            assert {*found.holds.includes} <= {*without[identifier].holds.includes}
    assert without.keys() <= with_all.keys()


def yes_from_beyond(said: Iterable[Said], found: Consent) -> bool:
    return any(each.beyond_cut and each.kind in YESES and found.id in (each.id, each.subject) for each in said)


def yeses_from_inside(said: Iterable[Said], found: Consent) -> set[PersonId]:
    inside = [each for each in partings.within(said) if each.kind in YESES]
    return {each.author for each in inside if found.id in (each.id, each.subject)}


def plain(found: Consent) -> Consent:
    """Without what hangs on other lineages."""
    return msgspec.structs.replace(found, unseen=())


@over_lives
def test_whatever_narrows_counts_alike_on_whichever_side_of_a_cut_it_was_said(home: Household, chance: Random) -> None:
    said = partings.cut(home, chance)
    inside = [msgspec.structs.replace(each, beyond_cut=each.beyond_cut and each.kind not in NARROWS) for each in said]
    assert (pauses(home, said), others(home, said)) == (pauses(home, inside), others(home, inside))
    assert given(home, said) == given(home, inside)
    assert problems(said, home.people) == problems(inside, home.people)


@over_lives
def test_of_who_has_left_no_pause_stands_and_nothing_with_them_goes_on(home: Household, chance: Random) -> None:
    said, now = home.everything(), some_time(chance)
    here = {*home.present()}
    assert {each.person for each in pause.standing(said, home.people)} <= here
    agreed = given(home, said).values()
    for found in agreed:
        assert {*found.parties} <= here or found.state(now) is State.REVOKED
    for each in checklist.fold(said, home.people).values():
        assert {*each.people} <= here or each.state(each.begun_at) is checklist.State.STOPPED
    for session in focus.fold(said, home.people).values():
        assert {*session.inside} <= here
    may = gate_of(home, said)
    for viewer in home.people:
        for person in home.people:
            if not {viewer, person} <= here:
                assert not may("app/anything", person, viewer, now)
                assert viewer == person or not progress.may_see(agreed, viewer, person, now)


def gate_of(home: Household, said: list[Said]) -> Gate:
    return gate.make_gate(lambda prefix: [each for each in said if each.kind.startswith(prefix)], home.people)


@over_lives
def test_a_pause_of_somebody_here_is_ended_by_nobodys_leaving(home: Household, chance: Random) -> None:
    said = partings.cut(home, chance)
    lifted = {
        (each.author, answer)
        for each in said
        if each.kind == LIFT and not (each.body or each.beyond_cut)
        for answer in each.answers
    }
    own = {each.id for each in said if each.kind == "pause" and each.author in home.present()}
    standing = {each.id for each in pause.standing(said, home.people)}
    assert standing == {each.id for each in said if each.id in own and (each.author, each.id) not in lifted}
