"""Tracking, progress and reviews over arbitrary lives; each expectation is written from the rule, not from the fold."""

from contextlib import suppress
from random import Random

from collar_sync.domain import agreements, consents, reviews, tracking
from collar_sync.domain.consent import State
from collar_sync.domain.gate import make_gate
from collar_sync.domain.problems import problems
from collar_sync.domain.progress import FOLLOW_THROUGH
from collar_sync.errors import NotAllowed
from collar_sync.ids import PersonId
from tests.domain.lives import CLEAR, LINES, over_lives
from tests.domain.moments import MAY, some_time
from tests.domain.plain import DAY, MAY_DAY, MINUTE, Household, PlainLedger, run


def entries_of(home: Household, person: PersonId) -> set[tuple[str, str, str]]:
    """What that person wrote, on any device of theirs: habit, day, words."""
    own = (each.tracking.mine() for each in home.ledgers if each.me == person)
    return {(each.habit, each.day, each.note) for mine in own for each in mine}


def agree(home: Household, chance: Random) -> None:
    """Some agree once more to track something."""
    for ledger in home.ledgers:
        with suppress(NotAllowed):
            run(ledger.pauses.lift())
    first = chance.choice(home.ledgers)
    others = [each for each in home.present() if each != first.me]
    parties = chance.sample(others, chance.randint(1, len(others)))
    until = first.now() + chance.randint(1, 89) * DAY + MINUTE
    made = run(first.agreements.propose("tracking", [*LINES, "sleep"], CLEAR, parties=parties, until=until))
    home.sync()
    for ledger in home.ledgers:
        with suppress(NotAllowed):
            run(ledger.agreements.grant(made.id))
    home.sync()


def show_all(home: Household, chance: Random) -> None:
    """Some agree once more to track something, whoever does so writes entries, and all that is to be shown is."""
    home.sync()
    agree(home, chance)
    for ledger in home.ledgers:
        for agreement, habit in ledger.tracking.habits()[-chance.randint(1, 4) :]:
            with suppress(NotAllowed):
                run(ledger.tracking.write(agreement.id, habit, f"so it was, wrote {ledger.owner.name}"))
        ledger.tracking.tell()
    home.sync()


def heard_of(ledger: PlainLedger, other: PlainLedger) -> int:
    return sum(each.person == other.me for each in ledger.air.heard())


@over_lives
def test_an_entry_is_shown_to_those_alone_who_track_the_same_while_it_holds(home: Household, chance: Random) -> None:
    show_all(home, chance)
    made = agreements.fold(home.everything(), home.people)
    for ledger in home.ledgers:
        for other in home.ledgers:
            for each in ledger.tracking.of(other.me):
                assert (each.habit, each.day, each.note) in entries_of(home, other.me)
                assert made[each.agreement].kind == "tracking"
                assert made[each.agreement].covers(each.habit, ledger.now())
                assert {ledger.me, other.me} <= {*made[each.agreement].terms.whose}
            may_hear = {
                tracking.word(each.lineage, habit)
                for each in made.values()
                for habit in each.terms.includes
                if {ledger.me, other.me} <= {*each.terms.whose} and each.covers(habit, ledger.now())
            }
            if other.me != ledger.me:
                assert {each.kind for each in ledger.air.heard() if each.person == other.me} <= may_hear


@over_lives
def test_a_device_is_deaf_to_entries_about_what_its_person_does_not_track_whatever_it_is_sent(
    home: Household, chance: Random
) -> None:
    home.sync()
    agree(home, chance)
    made = [each for each in agreements.fold(home.everything(), home.people).values() if each.kind == "tracking"]
    for hearer in home.ledgers:
        gate, now = make_gate(hearer.statements, home.people), hearer.now()
        for speaker in home.people.keys() - {hearer.me}:
            named = [each for each in made if {hearer.me, speaker} <= {*each.terms.whose}]
            allowed = {tracking.word(each.lineage, line) for each in named for line in LINES if each.covers(line, now)}
            words = {tracking.word(each.lineage, line) for each in made for line in LINES}
            assert {word for word in words if gate(word, speaker, hearer.me, now)} <= allowed


@over_lives
def test_everyone_who_tracks_a_habit_is_shown_what_the_others_wrote_about_it(home: Household, chance: Random) -> None:
    show_all(home, chance)
    for ledger in home.ledgers:
        for agreement, habit in ledger.tracking.habits():
            for other in home.ledgers:
                theirs = [each for each in other.tracking.habits() if each == (agreement, habit)]
                told = other.me != ledger.me and other.me in agreement.holds.whose and theirs
                wrote = [e for e in other.tracking.mine() if (e.agreement, e.habit) == (agreement.id, habit)]
                if told and wrote:
                    assert habit in {each.habit for each in ledger.tracking.of(other.me)}


@over_lives
def test_one_persons_no_takes_every_entry_back_at_once_on_both_sides(home: Household, chance: Random) -> None:
    show_all(home, chance)
    ledger = chance.choice(home.ledgers)
    if chance.random() < 0.25:
        run(ledger.pauses.pause())
    else:
        how = chance.choice((ledger.agreements.pause, ledger.agreements.revoke, ledger.agreements.decline))
        for agreement in ledger.agreements.all():
            if ledger.me in agreement.parties and agreement.kind == "tracking":
                run(how(agreement.id))
    others = [each for each in home.ledgers if each.me != ledger.me]
    assert [ledger.tracking.of(each.me) for each in others] == [()] * len(others), "with no network"
    assert not any(each.kind.startswith(tracking.PREFIX) for each in ledger.air.told())
    home.sync()
    for each in home.ledgers:
        each.tracking.tell()
    assert not any(heard_of(ledger, each) + heard_of(each, ledger) for each in others)


@over_lives
def test_an_end_needs_no_message_and_leaves_no_entry_with_anyone_else(home: Household, chance: Random) -> None:
    show_all(home, chance)
    made = agreements.fold(home.everything(), home.people).values()
    tracked = [each for each in made if each.kind == "tracking"]
    over = chance.sample(home.ledgers, chance.randint(1, len(home.ledgers)))  # the others' clocks are behind
    for ledger in over:
        heard = {each.kind for each in ledger.air.heard()}
        words_of = [{tracking.word(each.lineage, habit) for habit in each.holds.includes} for each in tracked]
        ends = [each.holds.until or 0 for each, words in zip(tracked, words_of, strict=True) if words & heard]
        ledger.clock = max(ledger.now(), chance.choice(ends or [MAY_DAY]))
    for ledger in home.ledgers:
        ledger.tracking.tell()
    for ledger in over:
        now = ledger.now()
        going_on = [each for each in tracked if now < (each.holds.until or 0) and each.state(now) is State.ACTIVE]
        words = {tracking.word(each.lineage, habit) for each in going_on for habit in each.holds.includes}
        assert {each.kind for each in ledger.air.heard()} | {each.kind for each in ledger.air.told()} <= words
        assert going_on or all(ledger.tracking.of(person) == () for person in home.people)


@over_lives
def test_nothing_that_anyone_wrote_about_a_habit_is_ever_kept_by_another(home: Household, chance: Random) -> None:
    """Not in what was said, not in a record, not in a timeline, a copy or among the problems; then or later."""
    show_all(home, chance)
    for ledger in home.ledgers:
        kept = repr((ledger.heard, ledger.fields, ledger.own, ledger.shelf))
        kept += ledger.export.json(journal=True) + ledger.export.markdown(journal=True)
        kept += repr((ledger.timeline.everything(), problems(ledger.statements(""), home.people)))
        for other in home.people.values():
            assert other.id == ledger.me or f"so it was, wrote {other.name}" not in kept


@over_lives
def test_what_was_taken_out_is_shown_to_nobody_until_it_is_put_back(home: Household, chance: Random) -> None:
    show_all(home, chance)
    ledger = chance.choice(home.ledgers)
    mine = ledger.tracking.mine()
    shown = [each.tracking.of(ledger.me) for each in home.ledgers]
    chosen = chance.sample(mine, chance.randint(0, len(mine)))
    if chosen:
        run(ledger.tracking.remove(*(each.id for each in chosen)))
    left = [(each.habit, each.day, each.note) for each in ledger.tracking.mine()]
    assert len(left) == len(mine) - len(chosen)
    device = ledger.owner.devices[0]
    for other in home.ledgers:
        heard = [each for each in other.air.heard() if each.device == device]
        assert sum(len(tracking._lines(each.body)) for each in heard) <= len(left)
    for entry in chosen:
        run(ledger.tracking.restore(entry.id))
    assert ledger.tracking.mine() == mine
    assert [each.tracking.of(ledger.me) for each in home.ledgers] == shown


@over_lives
def test_anothers_progress_is_shown_only_under_their_tracking_consent(home: Household, chance: Random) -> None:
    home.sync()
    ledger = chance.choice(home.ledgers)
    said = home.everything()
    for each in home.ledgers:
        if each.me == ledger.me or not each.progress.may_see(ledger.me):
            continue
        now = each.now()
        given = [*consents.fold(said, home.people).values(), *agreements.fold(said, home.people).values()]
        assert any(
            one.covers(FOLLOW_THROUGH, now) and one.terms.flow == "tracking" and ledger.me in one.terms.whose
            for one in given
            if each.me in one.parties
        )
        assert any(one.author == ledger.me and one.kind in {"consent.propose", "consent.grant"} for one in said)
    for consent in ledger.consents.all():
        if ledger.me in consent.parties:
            run(ledger.consents.pause(consent.id))
    for agreement in ledger.agreements.all():
        if ledger.me in agreement.parties:
            run(ledger.agreements.pause(agreement.id))
    home.sync()
    assert not any(each.progress.may_see(ledger.me) for each in home.ledgers if each.me != ledger.me)
    assert ledger.progress.may_see(ledger.me)


@over_lives
def test_progress_is_shown_to_nobody_but_those_named_in_the_consent(home: Household, chance: Random) -> None:
    home.sync()
    ledger = chance.choice(home.ledgers)
    for offers in (ledger.consents, ledger.agreements):
        for each in offers.all():
            if ledger.me in each.parties:
                run(offers.revoke(each.id))
    other = chance.choice([each for each in home.ledgers if each.me != ledger.me])
    made = run(ledger.consents.propose("p", [FOLLOW_THROUGH], flow="tracking", parties=[other.me]))
    home.sync()
    with suppress(NotAllowed):  # by a clock far ahead it has ended
        run(other.consents.grant(made.id))
    home.sync()
    for reader in home.ledgers:
        holds = reader.consents.get(made.id).state(reader.now()) is State.ACTIVE
        assert reader.progress.may_see(ledger.me) == (reader.me == ledger.me or (holds and reader.me == other.me))


@over_lives
def test_progress_is_derived_and_a_slip_up_is_no_part_of_it(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    before = ledger.progress.mine(*MAY)
    said, fields = set(ledger.heard), dict(ledger.fields)
    assert ledger.progress.mine(*MAY) == before
    assert (set(ledger.heard), ledger.fields) == (said, fields)
    for kind in ("slip.share", "repair.begin", "track.entry", "checklist.untick", "moment.share", "review.held"):
        ledger.say(kind, body={"sentence": "I forgot", "kind": "promise missed"})
    assert ledger.progress.mine(*MAY) == before


@over_lives
def test_looking_again_is_each_persons_own(home: Household, chance: Random) -> None:
    home.sync()
    ledger = chance.choice(home.ledgers)
    ledger.clock = MAY_DAY + chance.choice((10, 130)) * DAY
    now = ledger.now()
    others = {each.me for each in home.ledgers if each.me != ledger.me}
    before = {each: reviews.due_for(home.everything(), home.people, each, now) for each in others}
    for each in reviews.due_for(home.everything(), home.people, ledger.me, ledger.now()):
        run(ledger.reviews.held(each.about.id))
        assert each.about.id not in {one.about.id for one in ledger.reviews.due()}
    said = home.everything()
    assert {each: reviews.due_for(said, home.people, each, now) for each in others} == before


@over_lives
def test_what_is_due_for_review_still_holds_and_names_the_person(home: Household, chance: Random) -> None:
    now = some_time(chance) + chance.choice((0, 80 * DAY))
    for ledger in home.ledgers:
        for each in reviews.due_for(home.everything(), home.people, ledger.me, now):
            assert ledger.me in each.about.parties
            assert each.about.state(now) in {State.ACTIVE, State.PAUSED, State.UPCOMING}
            assert each.at <= now
    run(chance.choice(home.ledgers).pauses.pause())
    for person in home.people:
        assert reviews.due_for(home.everything(), home.people, person, now) == ()
