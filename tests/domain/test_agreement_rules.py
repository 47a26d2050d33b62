"""The Limit and Agreement rules over arbitrary lives of concurrent people with arbitrary clocks.

Each expectation is written from the rule, straight over the statements, and shares no code with the fold.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from random import Random

import msgspec
import pytest

from collar_sync.core.statement import Said
from collar_sync.domain import agreements, consent_fold, limit
from collar_sync.domain.agreements import Agreement, Reflection
from collar_sync.domain.consent import Consent, State
from collar_sync.domain.consent_book import AGREEMENT, CONSENT
from collar_sync.domain.consents import fold as fold_consents
from collar_sync.errors import LocalError, NotAllowed
from collar_sync.ids import PersonId, StatementId
from tests.domain import partings
from tests.domain.lives import AGREEMENT_KINDS, CLEAR, LINES, over_lives
from tests.domain.plain import DAY, MAY_DAY, Household, PlainLedger, run

WEEK = 7 * DAY
NEED = "evenings that are ours"
CONTROLLING = (
    *("you must kneel", "You have to ask me", "you are not allowed to go", "you may not say no", "I forbid it"),
    *("no matter what", "without question", "a good submissive obeys", "if you loved me you would", "you owe me this"),
    *("earn back my trust", "prove to me that you care", "or else", "I will leave you", "there will be consequences"),
    *("show me your phone", "at all times", "ask for my permission"),
)


def read(home: Household) -> dict[StatementId, Agreement]:
    return agreements.fold(home.everything(), home.people)


def some_time(chance: Random) -> int:
    return MAY_DAY + chance.randint(-40 * DAY, 120 * DAY)


def one(chance: Random, home: Household) -> tuple[PlainLedger, Agreement] | None:
    """Anyone, and an agreement that they know and are named in."""
    ledger = chance.choice(home.ledgers)
    named = [each for each in ledger.agreements.all() if ledger.me in each.parties]
    return (ledger, chance.choice(named)) if named else None


def lineage(everything: Mapping[StatementId, Agreement], identifier: StatementId) -> set[StatementId]:
    """Every version that a chain of amendments joins to this one."""
    found, todo = set[StatementId](), {identifier}
    while todo:
        each = todo.pop()
        found.add(each)
        todo |= set(everything[each].supersedes)
        todo |= {other.id for other in everything.values() if each in other.supersedes}
        todo -= found
    return found


def yeses(said: list[Said], found: Consent) -> set[PersonId]:
    return {
        each.author
        for each in said
        if each.id == found.id or (each.kind == "agreement.grant" and each.subject == found.id and not each.body)
    }


@over_lives
def test_a_limit_stands_exactly_until_its_own_author_loosens_it_by_name(home: Household, chance: Random) -> None:
    someone = chance.choice(home.ledgers)
    body = chance.choice(({}, {"only": "tonight"}))
    someone.say("limit.loosen", body=body, answers=[each.id for each in someone.limits.standing()][:40])
    said = home.everything()
    loosened = {
        (each.author, answer)
        for each in partings.within(said)
        if each.kind == "limit.loosen" and not each.body
        for answer in each.answers
    }
    expected = {each.id for each in said if each.kind == "limit.set" and (each.author, each.id) not in loosened}
    assert {each.id for each in limit.standing(said, home.people)} == expected


@over_lives
def test_a_limit_is_in_force_at_once_and_nobody_has_to_grant_it(home: Household, chance: Random) -> None:
    ledger, line = chance.choice(home.ledgers), chance.choice(LINES)
    made = run(ledger.limits.set(f" {line.upper()} "))
    assert made in ledger.limits.standing()
    now = some_time(chance)
    home.sync()
    for each in home.ledgers:
        assert made.id in {found.id for found in each.limits.standing()}
        for found in (*each.agreements.all(), *each.consents.all()):
            assert ledger.me not in found.parties or not found.covers(line, now)


@over_lives
def test_only_its_author_loosens_a_limit(home: Household, chance: Random) -> None:
    home.sync()
    for ledger in home.ledgers:
        for each in ledger.limits.standing():
            if each.person != ledger.me:
                try:
                    run(ledger.limits.loosen(each.id))
                except NotAllowed:
                    continue
                raise AssertionError("someone else loosened a limit")


@over_lives
def test_an_agreement_holds_only_where_each_named_person_said_yes_themselves(home: Household, chance: Random) -> None:
    said, now = home.everything(), some_time(chance)
    for found in read(home).values():
        if found.state(now) in {State.ACTIVE, State.PAUSED, State.UPCOMING}:
            assert set(found.parties) <= yeses(partings.within(said), found)


@over_lives
def test_one_persons_no_ends_or_pauses_an_agreement_at_once_and_everywhere(home: Household, chance: Random) -> None:
    found = one(chance, home)
    if found is None:
        return
    ledger, target = found
    now = chance.choice((ledger.now(), some_time(chance)))
    home.sync()
    for each in home.ledgers:  # for a no to end something, it has to hold
        for answer in (each.pauses.lift, partial(each.agreements.grant, target.id)):
            with suppress(LocalError):
                run(answer())
    home.sync()
    act = chance.choice((ledger.agreements.decline, ledger.agreements.pause, ledger.agreements.revoke))
    assert run(act(target.id)).state(now) is not State.ACTIVE
    home.sync()
    for each in home.ledgers:
        everything = {version.id: version for version in each.agreements.all()}
        for version in lineage(everything, target.id):
            assert ledger.me not in everything[version].parties or everything[version].state(now) is not State.ACTIVE


@over_lives
def test_a_withdrawal_from_an_agreement_is_for_ever(home: Household, chance: Random) -> None:
    found = one(chance, home)
    if found is None:
        return
    ledger, target = found
    run(ledger.agreements.revoke(target.id))
    for each in home.ledgers:
        each.say("agreement.grant", target.id, answers=[said.id for said in ledger.heard.values()][-60:])
    home.sync()
    everything = read(home)
    for version in lineage(everything, target.id):
        if ledger.me in everything[version].parties:
            assert everything[version].state(some_time(chance)) is State.REVOKED


@over_lives
def test_a_consequence_never_arises_by_itself(home: Household, chance: Random) -> None:
    """Whatever is looked at, however late, missed, slipped or stopped: nobody but a person proposes one."""
    before = {each.id for each in home.everything() if each.kind.startswith("agreement.")}
    home.sync()
    for ledger in home.ledgers:
        ledger.clock += chance.randint(0, 400) * DAY
        for look in (ledger.agreements.visible, ledger.tasks.all, ledger.reviews.due, ledger.checklists.open):
            look()
        for act in (ledger.tasks.take_back, ledger.tasks.decline, ledger.checklists.untick, ledger.sessions.end):
            tasks, lists, sessions = ledger.tasks.all(), ledger.checklists.all(), ledger.sessions.all()
            known = [*(each.id for each in tasks), *(each.id for each in lists), *(each.id for each in sessions)]
            for identifier in known:
                try:
                    run(act(identifier))
                except LocalError:
                    continue
    assert {each.id for each in home.everything() if each.kind.startswith("agreement.")} == before


@over_lives
def test_a_consequence_holds_only_while_everyone_currently_agrees(home: Household, chance: Random) -> None:
    now, said = some_time(chance), home.everything()
    everything = read(home)
    for each in agreements.in_force(everything.values(), "consequence", now):
        assert set(each.parties) <= yeses(partings.within(said), each)
        for person in each.parties:
            ledger = next(ledger for ledger in home.ledgers if ledger.me == person)
            ledger.hear(*said)
            run(chance.choice((ledger.agreements.pause, ledger.agreements.decline))(each.id))
            after_a_no = read(home).values()
            assert each.id not in {still.id for still in agreements.in_force(after_a_no, "consequence", now)}


@over_lives
def test_no_consequence_is_proposed_or_granted_as_the_price_of_an_open_repair(home: Household, chance: Random) -> None:
    home.sync()
    in_it = {*chance.sample(sorted(home.people), chance.randint(1, len(home.people)))}
    for ledger in home.ledgers:
        before = {each.id for each in ledger.agreements.visible()}
        ledger.in_repair |= in_it
        found = [each for each in ledger.agreements.all() if each.kind == "consequence"]
        kept = {each.id for each in found if in_it & {*each.parties}}
        named = chance.sample(sorted(home.people), 2)
        for each in (None, *sorted(kept)):
            propose, grant = ledger.agreements.propose, ledger.agreements.grant
            try:
                run(propose("consequence", ["a"], CLEAR, parties=named) if each is None else grant(each))
            except NotAllowed:
                continue
            assert each is None, "it became the price of a repair"
            assert in_it.isdisjoint({ledger.me, *named}), "it became the price of a repair"
        shown = {each.id for each in ledger.agreements.visible()}
        asked = {each.id for each in found if ledger.me in each.waiting_for and ledger.me != each.proposer}
        unanswered = {each.id for each in found if not each.answered_by(ledger.me)}
        assert not kept & asked & unanswered & shown, "what another asks waits unseen"
        assert {each.id for each in found if each.id in before} - shown <= kept, "nobody in it is named in the others"


@over_lives
def test_how_to_repair_is_agreed_on_a_calm_day(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    if chance.random() < 0.5:
        ledger.in_repair.add(ledger.me)
    else:
        run(ledger.pauses.pause())
    try:
        run(ledger.agreements.propose("repair loop", ["a"], CLEAR))
    except NotAllowed:
        return
    raise AssertionError("a repair loop was proposed on a day that is not calm")


@over_lives
def test_rival_versions_stand_side_by_side_and_are_never_merged_silently(home: Household, chance: Random) -> None:
    said, everything = home.everything(), read(home)
    for found in everything.values():
        versions = [everything[each] for each in lineage(everything, found.id)]
        rivals = [each for each in versions if set(each.parties) <= yeses(said, each) and not each.superseded_by]
        if found not in rivals or not set(found.parties) <= yeses(partings.within(said), found):
            continue
        assert {found.id, *found.rivals} >= {each.id for each in rivals}
        for rival in rivals:
            assert set(found.holds.includes) <= set(rival.includes)
            assert set(found.holds.whose) <= set(rival.terms.whose)
            assert set(found.holds.access) <= set(rival.terms.access)
            assert rival.until is None or found.state(rival.until) is not State.ACTIVE
        assert all(found.terms == each.terms for each in versions if each.id == found.id)


@over_lives
def test_what_is_tracked_or_shared_ends_after_90_days_at_most(home: Household, chance: Random) -> None:
    said = home.everything()
    for found in (*read(home).values(), *fold_consents(said, home.people).values()):
        if found.terms.flow is None:
            continue
        assert found.starts is not None
        assert found.until is not None
        assert found.until - found.starts <= 90 * DAY
        for now in (found.starts + 90 * DAY, found.starts + 90 * DAY + chance.randint(0, 400) * DAY):
            assert found.state(now) is not State.ACTIVE


@over_lives
def test_tracking_is_mutual_or_not_at_all(home: Household, chance: Random) -> None:
    ledger, people = chance.choice(home.ledgers), sorted(home.people)
    body = {"purpose": "x", "includes": ["a"], "parties": people, "kind": "tracking", "flow": "tracking"}
    whose = chance.sample(people, chance.randint(1, len(people)))
    ledger.say("agreement.propose", body={**body, "starts": MAY_DAY, "until": MAY_DAY + DAY, "whose": whose})
    for each in read(home).values():
        assert (each.kind == "tracking") == (each.terms.flow == "tracking")
        assert each.kind != "tracking" or set(each.terms.whose) == set(each.parties)


@over_lives
def test_an_agreement_is_reviewed_after_12_weeks_where_nobody_chose(home: Household, chance: Random) -> None:
    for each in read(home).values():
        begins = each.proposed_at // DAY * DAY if each.holds.starts is None else each.holds.starts
        assert each.review == (begins + 12 * WEEK if each.holds.review is None else each.holds.review)


@over_lives
def test_what_is_tracked_or_shared_lasts_two_weeks_where_nobody_chose(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    made: list[Consent] = [
        run(ledger.agreements.propose("tracking", ["a"], CLEAR)),
        run(ledger.consents.propose("p", ["a"], flow="tracking")),
        run(ledger.consents.propose("p", ["a"], flow="sharing")),
    ]
    for each in made:
        assert each.starts is not None
        assert each.until == each.starts + 14 * DAY
        assert ledger.now() - DAY < each.starts <= ledger.now()


@over_lives
def test_what_nobody_is_free_to_refuse_or_comes_from_fear_is_not_offered_and_only_the_need_is_told(
    home: Household, chance: Random
) -> None:
    ledger, before = chance.choice(home.ledgers), len(home.everything())
    for kind in AGREEMENT_KINDS:
        for answers in (
            Reflection(NEED, free_to_refuse=False, source="clarity"),
            Reflection(NEED, free_to_refuse=True, source="fear"),
        ):
            with pytest.raises(NotAllowed):
                run(ledger.agreements.propose(kind, ["a"], answers))
    assert len(home.everything()) == before
    made = run(ledger.agreements.propose("rule", ["a"], Reflection(NEED, free_to_refuse=True, source="clarity")))
    (said,) = [each for each in home.everything() if each.id == made.id]
    assert said.body["purpose"] == made.need == NEED
    assert not {"free_to_refuse", "source"} & {*said.body}
    assert "clarity" not in repr(said.body)


@over_lives
def test_a_controlling_wording_is_shown_with_another_way_to_say_it_and_blocks_nothing(
    home: Household, chance: Random
) -> None:
    ledger = chance.choice(home.ledgers)
    controlling = chance.choice(CONTROLLING)
    wording = f"{chance.choice(('', 'Dear, '))}{controlling}, {chance.choice(('please', 'always'))}"
    found = ledger.agreements.rewrites(wording)
    assert found
    assert all(each.found.casefold() in wording.casefold() and each.why and each.instead for each in found)
    assert all(each.found.casefold() not in each.instead.casefold() for each in found)
    made = run(ledger.agreements.propose("rule", [wording], CLEAR))
    assert made.includes == (wording,)


@over_lives
def test_after_a_no_nothing_new_by_another_is_shown_for_14_days_under_any_name(home: Household, chance: Random) -> None:
    home.sync()
    found = one(chance, home)
    if found is None:
        return
    ledger, target = found
    others = [each for each in home.ledgers if each.me != ledger.me]
    if target.proposer == ledger.me or not others:
        return
    said_at = ledger.now()
    run(ledger.agreements.decline(target.id))
    other = chance.choice(others)
    pushed = run(other.consents.propose("again", ["a"]))
    again = run(other.agreements.propose("rule", ["a"], CLEAR))
    home.sync()
    for later in (0, 14 * DAY - 1):
        assert not ledger.consents.get(pushed.id).visible_to(ledger.me, said_at + later)
        assert not ledger.agreements.get(again.id).visible_to(ledger.me, said_at + later)


@over_lives
def test_in_any_order_of_arrival_the_same_limits_and_agreements_are_read(home: Household, chance: Random) -> None:
    said = home.everything()
    expected = read(home), limit.read(said, home.people), agreements.problems(said, home.people)
    chance.shuffle(said)
    said += said[:3]
    assert expected == (
        agreements.fold(said, home.people),
        limit.read(said, home.people),
        agreements.problems(said, home.people),
    )
    assert list(expected[0]) == list(agreements.fold(said, home.people))


@over_lives
def test_no_clock_of_an_author_decides_what_is_agreed_or_which_limit_stands(home: Household, chance: Random) -> None:
    said = home.everything()
    chance.choice(home.ledgers).say("limit.loosen", answers=[each.id for each in said if each.kind == "limit.set"][:60])
    said, now = home.everything(), some_time(chance)
    other = [msgspec.structs.replace(each, at=chance.randrange(1 << 41)) for each in said]
    states = [
        {each.id: each.state(now) for each in agreements.fold(some, home.people).values()} for some in (said, other)
    ]
    assert states[0] == states[1]
    standing = [{each.id for each in limit.standing(some, home.people)} for some in (said, other)]
    assert standing[0] == standing[1]


@over_lives
def test_what_a_removed_device_said_beyond_its_removal_only_narrows(home: Household, chance: Random) -> None:
    now, said = some_time(chance), home.everything()
    cut = partings.cut(home, chance)
    before, afterwards = read(home), agreements.fold(cut, home.people)
    for line in LINES:
        covered = {each.id for each in before.values() if each.covers(line, now)}
        assert {each.id for each in afterwards.values() if each.covers(line, now)} <= covered
    assert set(limit.standing(cut, home.people)) >= set(limit.standing(said, home.people))
    beyond = {each.id for each in cut if each.beyond_cut}
    for each in cut:
        if each.kind == "limit.loosen" and each.id in beyond:
            named = [made for made in cut if made.id in each.answers and made.kind == "limit.set"]
            others = {
                answer for one in cut if one.kind == "limit.loosen" and one.id not in beyond for answer in one.answers
            }
            still = {made.id for made in limit.standing(cut, home.people)}
            assert all(made.id in still for made in named if made.id not in others)


@over_lives
def test_what_can_still_flow_reads_the_same_without_what_has_ended(home: Household, chance: Random) -> None:
    home.sync()
    since = MAY_DAY + chance.randint(-20 * DAY, 60 * DAY)
    said = home.everything()
    for noun, fold in ((AGREEMENT, agreements.fold), (CONSENT, fold_consents)):
        left = consent_fold.flowing(noun, said, since)
        read, few = fold(said, home.people), fold(left, home.people)
        flows = {each.id for each in read.values() if each.terms.flow and (each.terms.until or 0) > since}
        assert flows <= few.keys() <= {each.id for each in read.values() if each.lineage in lineages(read, flows)}
        for each in few.values():
            assert msgspec.structs.replace(each, unseen=()) == msgspec.structs.replace(read[each.id], unseen=())


def lineages(read: Mapping[StatementId, Consent], some: set[StatementId]) -> set[StatementId]:
    return {read[each].lineage for each in some}
