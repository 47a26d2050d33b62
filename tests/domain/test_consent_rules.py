"""The Consent and Pause rules over arbitrary histories of concurrent people with arbitrary clocks.

Each expectation is written from the rule, straight over the statements, and shares no code with the fold.
"""

from collections.abc import Iterable, Mapping
from random import Random

import msgspec
from hypothesis import strategies as st

from collar_sync.core.statement import Said
from collar_sync.domain import consents, pause
from collar_sync.domain.consents import Consent, State
from collar_sync.domain.problems import problems
from collar_sync.errors import NotAllowed
from collar_sync.ids import PersonId, StatementId
from tests.domain.histories import over_histories, pick, pick_if_any
from tests.domain.partings import within
from tests.domain.plain import DAY, MAY_DAY, Household, run

FINAL = {State.REVOKED, State.SUPERSEDED}
YES = {"consent.propose", "consent.grant"}
nows = st.integers(MAY_DAY - 100 * DAY, MAY_DAY + 200 * DAY)


def lineage(read: Mapping[StatementId, Consent], identifier: StatementId) -> set[StatementId]:
    """Every version that a chain of amendments joins to this one."""
    found, todo = set(), {identifier}
    while todo:
        each = todo.pop()
        found.add(each)
        todo |= set(read[each].supersedes) | {other.id for other in read.values() if each in other.supersedes}
        todo -= found
    return found


def yeses(said: Iterable[Said], read: Consent) -> set[PersonId]:
    return {
        each.author
        for each in said
        if each.id == read.id or (each.kind == "consent.grant" and each.subject == read.id and not each.body)
    }


def nobody_to_agree_with(home: Household) -> bool:
    return len(home.present()) < 2


@over_histories(st.randoms(use_true_random=False), nows)
def test_in_any_order_of_arrival_the_same_is_read(home: Household, chance: Random, now: int) -> None:
    said = home.everything()
    expected = consents.fold(said, home.people)
    chance.shuffle(said)
    read = consents.fold([*said, *said[:3]], home.people)
    assert read == expected
    assert list(read) == list(expected)
    assert pause.read(said, home.people) == pause.read(reversed(said), home.people)
    assert problems(said, home.people) == problems(reversed(said), home.people)
    home.sync()
    assert all({each.id: each for each in ledger.consents.all()} == expected for ledger in home.ledgers)


@over_histories(st.lists(st.integers(0, 1 << 40), min_size=1), nows)
def test_no_clock_of_an_author_decides_anything(home: Household, clocks: list[int], now: int) -> None:
    said = home.everything()
    other = [msgspec.structs.replace(each, at=clocks[index % len(clocks)]) for index, each in enumerate(said)]
    before, after = consents.fold(said, home.people), consents.fold(other, home.people)
    assert {each: read.state(now) for each, read in before.items()} == {
        each: read.state(now) for each, read in after.items()
    }
    assert {each.id for each in pause.standing(said, home.people)} == {
        each.id for each in pause.standing(other, home.people)
    }


@over_histories(nows)
def test_nobodys_grant_but_their_own_counts(home: Household, now: int) -> None:
    said = home.everything()
    for read in consents.fold(said, home.people).values():
        if read.state(now) in {State.ACTIVE, State.PAUSED, State.UPCOMING}:
            assert set(read.parties) <= yeses(within(said), read)


@over_histories(nows)
def test_while_active_every_no_was_taken_back_by_its_author_and_by_name(home: Household, now: int) -> None:
    said = home.everything()
    everything = consents.fold(said, home.people)
    for read in everything.values():
        if read.state(now) is not State.ACTIVE:
            continue
        versions = lineage(everything, read.id)
        for no in said:
            named = no.subject in versions and no.author in everything[StatementId(no.subject)].parties
            if not named or no.author not in read.parties:
                continue
            assert no.kind != "consent.revoke"
            if no.kind in {"consent.decline", "consent.pause"}:
                lifting = YES if no.kind == "consent.decline" else YES | {"consent.resume"}
                own = [each for each in within(said) if each.author == no.author and no.id in each.answers]
                assert any(yes.kind in lifting for yes in own)


@over_histories(st.integers(0, 50), st.integers(0, 50), nows)
def test_a_revoke_is_for_ever(home: Household, which: int, who: int, now: int) -> None:
    ledger = pick(home.ledgers, who)
    target = pick_if_any(ledger.consents.all(), which)
    if target is None or ledger.me not in target.parties:
        return
    run(ledger.consents.revoke(target.id))
    for each in home.ledgers:
        each.say("consent.grant", target.id, answers=[said.id for said in ledger.heard.values()])
    home.sync()
    everything = {each.id: each for each in ledger.consents.all()}
    for version in lineage(everything, target.id):
        if ledger.me in everything[version].parties:
            assert everything[version].state(now) is State.REVOKED
            for each in home.ledgers:
                try:
                    run(each.consents.grant(version))
                except NotAllowed:
                    continue
                raise AssertionError("a withdrawn consent was granted")


@over_histories(st.integers(0, 1 << 40), nows, nows)
def test_what_is_final_stays_so_whatever_else_arrives_and_however_time_goes_on(
    home: Household, mask: int, one: int, other: int
) -> None:
    said = sorted(home.everything(), key=lambda each: each.id)
    some = [each for index, each in enumerate(said) if mask >> index & 1]
    early, late = min(one, other), max(one, other)
    everything = consents.fold(said, home.people)
    for identifier, read in consents.fold(some, home.people).items():
        before, after = read.state(early), everything[identifier].state(late)
        if before is State.REVOKED:
            assert after is State.REVOKED
        if before is State.SUPERSEDED:
            assert after in FINAL
        if before is State.EXPIRED:
            assert after in FINAL | {State.EXPIRED}


@over_histories(nows)
def test_a_version_is_replaced_when_all_have_granted_a_later_one_and_only_then(home: Household, now: int) -> None:
    said = home.everything()
    everything = consents.fold(said, home.people)

    def replaced(identifier: StatementId) -> bool:
        later = [each for each in everything.values() if identifier in each.supersedes]
        return any(set(each.parties) <= yeses(said, each) or replaced(each.id) for each in later)

    for read in everything.values():
        assert bool(read.superseded_by) == replaced(read.id)
        if read.superseded_by:
            assert read.state(now) in FINAL


@over_histories()
def test_of_rival_versions_only_what_all_of_them_include_holds(home: Household) -> None:
    said = home.everything()
    everything = consents.fold(said, home.people)
    for read in everything.values():
        versions = [everything[each] for each in lineage(everything, read.id)]
        rivals = [each for each in versions if set(each.parties) <= yeses(said, each) and not each.superseded_by]
        if read not in rivals or not set(read.parties) <= yeses(within(said), read):
            continue
        assert set(read.rivals) >= {each.id for each in rivals if each is not read}
        for rival in rivals:
            assert set(read.holds.includes) <= set(rival.includes)
            assert set(read.holds.access) <= set(rival.access)
            if rival.until is not None:
                assert read.state(rival.until) is not State.ACTIVE
        ends = [each.until for each in rivals if each.until is not None]
        assert read.holds.until == (min(ends) if ends else None)
        assert set(read.holds.includes) == set.intersection(*(set(each.includes) for each in rivals))


@over_histories(st.randoms(use_true_random=False), share=1 / 5)
def test_only_those_named_in_a_consent_can_propose_to_change_it(home: Household, chance: Random) -> None:
    home.sync()
    if nobody_to_agree_with(home):
        return
    here = [home.named(home.people[each].name) for each in home.present()]
    one, other, *others = chance.sample(here, len(here))
    made = run(one.consents.propose("between two", ["a"], parties=[other.me]))
    home.sync()
    for stranger in others:
        try:
            run(stranger.consents.propose("among three", ["a"], supersedes=made.id))
        except NotAllowed:
            everyone = sorted({*made.parties, stranger.me})
            body = {"purpose": "among three", "includes": ["a"], "parties": everyone, "supersedes": [made.id]}
            pushed = stranger.say("consent.propose", "", body, [made.id])
            home.sync()
            for each in (one, other, stranger):
                each.say("consent.grant", pushed.id)
            home.sync()
            assert pushed.id not in {each.id for each in one.consents.all()}
            assert pushed.id in {each.statement for each in one.consents.problems()}
            assert one.consents.get(made.id).superseded_by == ()
        else:
            raise AssertionError("somebody who is not named changed what two people agree on")


@over_histories(st.sampled_from(["decline", "pause", "revoke"]), st.integers(0, 50), st.integers(0, 50), nows)
def test_one_persons_no_works_at_once_and_wherever_it_arrives(
    home: Household, kind: str, which: int, who: int, now: int
) -> None:
    ledger = pick(home.ledgers, who)
    target = pick_if_any(ledger.consents.all(), which)
    if target is None or ledger.me not in target.parties:
        return
    read = run(getattr(ledger.consents, kind)(target.id))
    assert read.state(now) is not State.ACTIVE
    home.sync()
    everything = {each.id: each for each in ledger.consents.all()}
    assert all(
        everything[each].state(now) is not State.ACTIVE
        for each in lineage(everything, target.id)
        if ledger.me in everything[each].parties
    )


@over_histories(st.integers(0, 50), st.integers(0, 50), nows)
def test_a_pause_on_a_consent_stands_until_its_author_lifts_it(home: Household, which: int, who: int, now: int) -> None:
    home.sync()
    ledger = pick(home.ledgers, who)
    target = pick_if_any([each for each in ledger.consents.all() if ledger.me in each.parties], which)
    if target is None:
        return
    run(ledger.consents.pause(target.id))
    home.sync()
    for other in home.ledgers:
        if other.me != ledger.me:
            for kind in ("consent.resume", "consent.grant"):
                other.say(kind, target.id, answers=[said.id for said in home.everything()][-60:])
    home.sync()
    assert ledger.me in ledger.consents.get(target.id).paused_by
    assert ledger.me not in run(ledger.consents.resume(target.id)).paused_by


@over_histories(st.integers(0, 50))
def test_someone_who_declined_can_say_yes_later(home: Household, which: int) -> None:
    home.sync()
    for ledger in home.ledgers:
        target = pick_if_any([each for each in ledger.consents.all() if ledger.me in each.parties], which)
        if target is None or target.state(ledger.now()) in FINAL | {State.EXPIRED}:
            continue
        run(ledger.consents.decline(target.id))
        read = run(ledger.consents.grant(target.id))
        assert ledger.me in read.granted_by
        assert ledger.me not in read.declined_by + read.paused_by


@over_histories(st.integers(0, 50), nows)
def test_one_pause_stops_every_consent_for_everyone(home: Household, who: int, now: int) -> None:
    run(pick(home.ledgers, who).pauses.pause())
    home.sync()
    for ledger in home.ledgers:
        assert all(read.state(now) is not State.ACTIVE for read in ledger.consents.all())


@over_histories(st.integers(0, 50))
def test_a_concurrent_pause_and_lift_leave_a_pause(home: Household, who: int) -> None:
    home.sync()
    ledger = pick(home.ledgers, who)
    again = home.second_device(ledger.owner.name)
    run(again.pauses.pause())
    try:
        run(ledger.pauses.lift())
    except NotAllowed:
        assert ledger.me not in {each.person for each in ledger.pauses.standing()}
    home.sync()
    assert ledger.me in {each.person for each in ledger.pauses.standing()}


@over_histories(st.integers(0, 50))
def test_a_pause_stands_exactly_until_its_own_author_names_it(home: Household, who: int) -> None:
    pauses = [each.id for each in home.everything() if each.kind == "pause"]
    pick(home.ledgers, who).say("pause.lift", answers=pauses)
    said = home.everything()
    lifted = {
        (each.author, answer)
        for each in within(said)
        if each.kind == "pause.lift" and not each.body
        for answer in each.answers
    }
    own = [each for each in said if each.kind == "pause" and each.author in home.present()]
    assert {each.id for each in pause.standing(said, home.people)} == {
        each.id for each in own if (each.author, each.id) not in lifted
    }


@over_histories(st.integers(0, 50), nows)
def test_who_has_left_no_longer_pauses_and_agrees_to_nothing(home: Household, who: int, now: int) -> None:
    gone = pick(home.ledgers, who)
    said = home.everything()
    home.leave(gone.owner.name)
    assert gone.me not in {each.person for each in pause.standing(said, home.people)}
    for read in consents.fold(said, home.people).values():
        assert gone.me not in read.parties or read.state(now) is State.REVOKED


@over_histories(nows)
def test_expiry_needs_no_message(home: Household, now: int) -> None:
    for read in consents.fold(home.everything(), home.people).values():
        if read.until is not None and now >= read.until:
            assert read.state(now) in FINAL | {State.EXPIRED}


@over_histories(st.integers(0, 50), st.integers(0, 50), st.sampled_from(["decline", "revoke"]))
def test_for_14_days_after_a_no_nothing_new_by_another_is_shown(
    home: Household, who: int, whose: int, how: str
) -> None:
    home.sync()
    ledger, other = pick(home.ledgers, who), pick(home.ledgers, whose)
    target = pick_if_any(
        [each for each in ledger.consents.all() if ledger.me in each.parties and each.proposer != ledger.me], who
    )
    if target is None or other.me == ledger.me:
        return
    known = {each.id for each in ledger.consents.visible()}
    said_at = ledger.now()
    run(getattr(ledger.consents, how)(target.id))
    assert known <= {each.id for each in ledger.consents.visible()}  # what they knew does not vanish
    other.clock = MAY_DAY - 1000 * DAY
    pushed = run(other.consents.propose("again", ["a"]))
    own = run(ledger.consents.propose("mine", ["a"]))
    home.sync()
    read = ledger.consents.get(pushed.id)
    assert not read.visible_to(ledger.me, said_at)
    assert not read.visible_to(ledger.me, said_at + 14 * DAY - 1)
    noes = ("consent.decline", "consent.revoke", "agreement.decline", "agreement.revoke")
    latest = max(each.at for each in home.everything() if each.author == ledger.me and each.kind in noes)
    assert read.visible_to(ledger.me, max(ledger.now(), latest) + 14 * DAY) or read.space_paused
    assert read.visible_to(other.me, said_at) or read.space_paused
    assert own.visible_to(ledger.me, said_at)


def test_a_second_no_in_a_lineage_hides_no_version_that_was_answered_itself() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    first = run(alex.consents.propose("p", ["a"]))
    home.sync()
    second = run(alex.consents.propose("q", ["a"], supersedes=first.id))
    home.sync()
    run(sam.consents.revoke(first.id))
    sam.clock += DAY
    run(sam.consents.revoke(second.id))
    run(alex.pauses.pause())
    home.sync()
    assert {each.id for each in sam.consents.visible()} == {first.id, second.id}


def test_ones_own_proposal_from_beyond_a_removals_cut_is_hidden_from_oneself_by_no_no() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    old = home.second_device("Sam")
    asked = run(alex.consents.propose("p", ["a"]))
    home.sync()
    home.remove(old, sam)
    own = run(old.consents.propose("q", ["a"]))
    home.sync()
    run(sam.consents.revoke(asked.id))
    assert own.id in {each.id for each in sam.consents.visible()}


def test_a_no_to_a_newer_version_hides_no_version_that_had_a_yes() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    first = run(alex.consents.propose("p", ["a"]))
    home.sync()
    run(sam.consents.grant(first.id))
    second = run(alex.consents.propose("q", ["a"], supersedes=first.id))
    home.sync()
    run(sam.consents.revoke(second.id))
    run(alex.pauses.pause())
    home.sync()
    assert {each.id for each in sam.consents.visible()} == {first.id, second.id}


@over_histories(st.integers(0, 50), st.integers(0, 50), share=1 / 5)
def test_after_a_withdrawal_what_is_proposed_afresh_can_be_granted(home: Household, who: int, which: int) -> None:
    home.sync()
    ledger = pick(home.ledgers, who)
    target = pick_if_any([each for each in ledger.consents.all() if ledger.me in each.parties], which)
    if target is None:
        return
    run(ledger.consents.revoke(target.id))
    home.sync()
    if target.departed:
        return
    fresh = run(ledger.consents.propose("afresh", ["a"], parties=target.parties))
    home.sync()
    for each in home.ledgers:
        if each.me in fresh.parties:
            run(each.consents.grant(fresh.id))
    home.sync()
    read = ledger.consents.get(fresh.id)
    assert read.state(ledger.now()) is (State.PAUSED if read.space_paused else State.ACTIVE)
    assert ledger.consents.get(target.id).state(ledger.now()) is State.REVOKED


@over_histories(share=1 / 5)
def test_terms_read_as_they_were_written_whatever_else_is_said(home: Household) -> None:
    by_id = {each.id: each for each in home.everything()}
    for read in consents.fold(by_id.values(), home.people).values():
        body = by_id[read.id].body
        assert (read.proposer, read.purpose) == (by_id[read.id].author, body["purpose"])
        for name in ("includes", "excludes", "access"):
            assert list(getattr(read, name)) == list(body.get(name, ()))
        assert (read.starts, read.until, read.review) == tuple(body.get(n) for n in ("starts", "until", "review"))
        assert {*read.parties} == {*body["parties"]}
        assert {*read.holds.includes} <= {*read.includes}  # rivals and limits only ever take away


@over_histories(st.integers(0, 50), st.integers(1, 60), share=1 / 5)
def test_nothing_holds_before_its_start_and_the_start_needs_no_message(home: Household, who: int, days: int) -> None:
    home.sync()
    ledger = pick(home.ledgers, who)
    starts = ledger.now() + days * DAY
    if nobody_to_agree_with(home):
        return
    made = run(ledger.consents.propose("later", ["a"], starts=starts))
    home.sync()
    for each in home.ledgers:
        if each.me in made.parties:
            run(each.consents.grant(made.id))
    home.sync()
    read = ledger.consents.get(made.id)
    paused = read.space_paused
    assert read.state(starts - 1) is (State.PAUSED if paused else State.UPCOMING)
    assert read.state(starts) is (State.PAUSED if paused else State.ACTIVE)
    assert not read.covers("a", starts - 1)
