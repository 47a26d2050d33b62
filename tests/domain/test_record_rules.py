"""Rules that hold for every noun at once, over arbitrary lives: Pause, what is shown of others, and what is private.

Each expectation is written from the rule, straight over the statements, and shares no code with the fold.
"""

import contextlib
from collections.abc import Callable
from random import Random
from typing import Any

from collar_sync.core.statement import Said
from collar_sync.domain import erasing
from collar_sync.domain.erasing import Erasing
from collar_sync.domain.help import TEXTS
from collar_sync.domain.presence import Presence
from collar_sync.domain.sharing import Sharings
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.errors import LocalError, NotAllowed
from collar_sync.ids import PersonId, StatementId
from tests.domain.lives import CLEAR, LINES, over_lives
from tests.domain.plain import DAY, Household, PlainLedger, run
from tests.domain.test_presence import Quiet


def told(ledger: PlainLedger) -> set[StatementId]:
    """The statements of which this person's timeline tells."""
    return {line.id for day in ledger.timeline.everything()[0] for line in day.lines}


def ask_everything(ledger: PlainLedger, of: PersonId) -> dict[str, str]:
    """Ask somebody for one thing of each noun; the asks by kind."""
    draft = run(ledger.slips.write("You waited, since I did not call.", SlipKind.PROMISE_MISSED))
    slip = run(ledger.slips.share(draft.id, [of]))
    run(ledger.repairs.begin(slip.id))
    return {
        "slip.share": slip.id,
        "task.ask": run(ledger.tasks.ask("t", of=of)).id,
        "consent.propose": run(ledger.consents.propose("p", LINES, parties=[of])).id,
        "agreement.propose": run(ledger.agreements.propose("rule", LINES, CLEAR, parties=[of])).id,
        "checklist.begin": run(ledger.checklists.begin("scene", LINES, "fresh", people=[of])).id,
        "erase.ask": run(Erasing(ledger).ask()).id,
        "repair.talk": run(ledger.repairs.propose_talk(slip.id, ledger.now() + DAY // 24)).talk.current[-1].id,
    }


def asked(ledger: PlainLedger) -> set[str]:
    """Everything in any list of this person's that waits for their answer."""
    return {
        *(each.id for each in ledger.tasks.visible()),
        *(each.id for each in ledger.consents.visible()),
        *(each.id for each in ledger.agreements.visible()),
        *(each.id for each in ledger.checklists.open()),
        *(each.id for each in Erasing(ledger).visible()),
        *(each.id for each in ledger.slips.visible()),
        *(text.id for each in ledger.repairs.open() for text in each.asks(ledger.me)),
        *(each.about.id for each in ledger.reviews.due()),
    }


def lift_all(home: Household) -> None:
    for each in home.ledgers:
        with contextlib.suppress(NotAllowed):
            run(each.pauses.lift())
    home.sync()


def two(home: Household, chance: Random) -> tuple[PlainLedger, PlainLedger]:
    """Two people, each on any device of theirs, who have heard everything; all clocks are right from now on."""
    home.sync()
    one = chance.choice(home.ledgers)
    latest = max(each.now() for each in home.ledgers)
    for each in home.ledgers:
        each.clock = latest
    return one, chance.choice([each for each in home.ledgers if each.me != one.me])


def waits(asks: dict[str, str]) -> set[str]:
    """Those that wait for an answer; a slip-up that was shared asks for none."""
    return {identifier for kind, identifier in asks.items() if kind != "slip.share"}


# --- Pause ---


@over_lives
def test_new_asks_wait_unseen_while_a_pause_stands_and_are_seen_once_it_is_lifted(
    home: Household, chance: Random
) -> None:
    home.sync()
    lift_all(home)
    one, other = two(home, chance)
    asks = ask_everything(one, other.me)
    run(chance.choice(home.ledgers).pauses.pause())
    home.sync()
    found = other.export.json()
    assert asked(other).isdisjoint(waits(asks))
    assert told(other).isdisjoint(waits(asks))
    assert not any(f'"{each}"' in found for each in waits(asks))
    assert f'"{one.tasks.get(asks["task.ask"]).record}"' not in found  # its words lie in a record
    assert told(one) >= waits(asks)  # one's own are no secret
    lift_all(home)
    held_back = {
        each.id
        for each in (*other.consents.all(), *other.agreements.all())
        if each.held_back_from(other.me, other.now())  # by a no of theirs, two weeks long
    }
    assert asked(other) | held_back >= {*asks.values()}


@over_lives
def test_a_pause_traps_nobody(home: Household, chance: Random) -> None:
    """Withdrawing, saying no, limits, private writing, help, a copy and leaving things work as at any time."""
    one, other = two(home, chance)
    lift_all(home)
    asks = ask_everything(one, other.me)
    home.sync()
    run(other.checklists.tick(asks["checklist.begin"]))
    session = run(other.sessions.begin("study", 30))
    run(chance.choice(home.ledgers).pauses.pause())
    home.sync()
    repair = next(each.id for each in other.repairs.all() if other.me in each.present)
    acts: list[Callable[[], Any]] = [
        other.pauses.pause,
        *(
            lambda verb=verb, offers=offers, kind=kind: getattr(offers, verb)(asks[kind])
            for offers, kind in ((other.consents, "consent.propose"), (other.agreements, "agreement.propose"))
            for verb in ("pause", "decline", "revoke")
        ),
        lambda: other.tasks.decline(asks["task.ask"]),
        lambda: other.checklists.untick(asks["checklist.begin"]),
        lambda: other.sessions.leave(session.id),
        lambda: other.sessions.end(session.id),
        lambda: other.repairs.step_out(repair),
        lambda: other.repairs.write_part(repair, impact="i"),
        lambda: other.repairs.write_apology(repair, regret="r"),
        lambda: other.limits.set("not that"),
        lambda: other.journal.write("words"),
        lambda: other.journal.drafts.write("perhaps not that"),
        lambda: other.slips.write("one sentence", SlipKind.OTHER),
        lambda: other.safety.write("coercion"),
        lambda: other.help.write("Robin"),
        lambda: other.aside.hide(asks["task.ask"]),
        lambda: other.aside.mute(one.me),
        lambda: Presence(other, Quiet()).hide(),
        lambda: other.memories.bring_in(other.export.json(journal=True)),
    ]
    chance.shuffle(acts)
    for act in acts:
        try:
            run(act())
        except LocalError as refusal:
            raise AssertionError("a pause trapped somebody") from refusal
    Sharings(other, other.consents, Quiet()).hush()
    assert other.export.markdown(journal=True)
    assert other.help.list().places
    home.sync()
    assert other.me in {each.person for each in one.pauses.standing()}
    assert other.me in one.consents.get(asks["consent.propose"]).revoked_by
    assert "not that" in {each.text for each in one.limits.of(other.me)}


@over_lives
def test_each_adds_a_pause_of_their_own_to_one_that_stands_and_lifts_that_alone(
    home: Household, chance: Random
) -> None:
    one, other = two(home, chance)
    lift_all(home)
    for each in (one, other):
        run(each.pauses.pause())
        home.sync()
    run(one.pauses.lift())
    home.sync()
    for each in home.ledgers:
        assert {standing.person for standing in each.pauses.standing()} == {other.me}


# --- what is shown of others ---


@over_lives
def test_another_act_shows_the_day_and_neither_the_minute_nor_when_between_ones_own(
    home: Household, chance: Random
) -> None:
    one, _ = two(home, chance)
    said = {each.id: each for each in one.heard.values()}
    days, _ = one.timeline.everything()
    for day in days:
        for line in day.lines:
            assert (line.at is not None) == (line.person == one.me == said[line.id].author)
            assert str(said[line.id].at) not in line.text
        people = [line.person for line in day.lines]
        apart = [each for index, each in enumerate(people) if index == 0 or people[index - 1] != each]
        assert len(apart) == len(set(apart))  # whoever it was, all of theirs stands together
        assert one.me not in apart[1:]


@over_lives
def test_what_does_not_count_is_told_to_nobody(home: Household, chance: Random) -> None:
    one, _ = two(home, chance)
    amiss = {each.statement for noun in vars(one).values() if hasattr(noun, "problems") for each in noun.problems()}
    partly = {said.id for said in one.heard.values() if said.answers}  # an answer of theirs may be amiss, not they
    assert told(one).isdisjoint(amiss - partly)


@over_lives
def test_what_is_hidden_here_and_whoever_is_muted_looks_to_everyone_else_like_unanswered(
    home: Household, chance: Random
) -> None:
    one, other = two(home, chance)
    lift_all(home)
    asks = ask_everything(one, other.me)
    home.sync()
    said, before = set(other.heard), reads(one)
    run(other.aside.mute(one.me) if chance.random() < 0.5 else other.aside.hide(chance.choice([*asks.values()])))
    put_aside = {*asks.values()} if one.me in other.aside.all() else other.aside.all() - {asks["repair.talk"]}
    assert asked(other).isdisjoint(put_aside)
    assert told(other).isdisjoint(put_aside)
    home.sync()
    assert (set(other.heard), reads(one)) == (said, before)


def reads(ledger: PlainLedger) -> list[object]:
    return [
        noun.all() for noun in (ledger.consents, ledger.agreements, ledger.tasks, ledger.checklists, ledger.repairs)
    ]


@over_lives
def test_what_narrows_is_shown_whatever_and_whoever_is_set_aside(home: Household, chance: Random) -> None:
    one, other = two(home, chance)
    lift_all(home)
    consent = run(one.consents.propose("p", LINES, parties=[other.me]))
    home.sync()
    run(other.consents.grant(consent.id))
    run(other.aside.mute(one.me))
    run(other.aside.hide(consent.id))
    home.sync()
    one.clock += 1  # two pauses of one device at one moment are parts of one
    narrowing = [
        run(one.limits.set("not that")).id,
        run(one.consents.revoke(consent.id)).narrowings[-1].id,
        run(one.pauses.pause()).id,
    ]
    home.sync()
    assert told(other) >= {*narrowing}
    for each in narrowing:  # nor can any of it be hidden by its own name
        run(other.aside.hide(each))
    assert told(other) >= {*narrowing}
    assert other.consents.get(consent.id).revoked_by == (one.me,)
    assert one.me in {each.person for each in other.pauses.standing()}
    assert narrowing[0] in {each.id for each in other.limits.standing()}


# --- one yes is about one thing; a copy is none ---


@over_lives
def test_a_grant_grants_one_thing_and_nobody_else_can_be_made_to(home: Household, chance: Random) -> None:
    one, other = two(home, chance)
    lift_all(home)
    for number in range(2):
        run(one.consents.propose(f"p{number}", LINES, parties=[other.me]))
        run(one.agreements.propose("rule", [f"l{number}"], CLEAR, parties=[other.me]))
    home.sync()

    def granted() -> set[tuple[str, PersonId]]:
        views = (*other.consents.all(), *other.agreements.all())
        return {(each.id, person) for each in views for person in each.granted_by}

    before = granted()
    offers: Any = chance.choice((other.consents, other.agreements))
    waiting = chance.choice([each.id for each in offers.all() if other.me in each.waiting_for])
    with contextlib.suppress(NotAllowed):
        run(offers.grant(waiting))
        assert granted() - before == {(waiting, other.me)}


@over_lives
def test_a_copy_that_is_brought_in_grants_and_says_nothing(home: Household, chance: Random) -> None:
    one, other = two(home, chance)
    copy = one.export.json(journal=True)
    run(other.consents.propose("new since", LINES))
    home.sync()
    said, fields = set(other.heard), dict(other.fields)
    states = [each.state(other.now()) for each in other.consents.all()]
    run(other.memories.bring_in(copy))
    assert (set(other.heard), other.fields) == (said, fields)
    assert [each.state(other.now()) for each in other.consents.all()] == states


# --- what is one's own ---


@over_lives
def test_help_and_scripts_are_read_without_a_trace_and_edits_of_them_stay_here(home: Household, chance: Random) -> None:
    one, other = two(home, chance)

    def kept(ledger: PlainLedger) -> object:
        own = {kind: {name: dict(fields) for name, fields in found.items()} for kind, found in ledger.own.items()}
        return own, set(ledger.heard), dict(ledger.fields)

    before, theirs = kept(one), kept(other)
    for name in TEXTS:
        one.help.text(name)
    for page in (one.help.list, one.scripts.all, one.safety.page, one.safety.all, one.journal.all, one.aside.all):
        page()
    for kind in SlipKind:
        one.slips.outside_help(kind)
    assert kept(one) == before
    run(one.help.write("Robin", "by the bridge"))
    run(one.scripts.edit(chance.choice([each.id for each in one.scripts.all()]), ["words"], []))
    home.sync()
    assert kept(other) == theirs


@over_lives
def test_erasing_is_asked_and_never_done_for_another_and_a_receipt_is_owed_to_nobody(
    home: Household, chance: Random
) -> None:
    one, other = two(home, chance)
    lift_all(home)
    before = set(other.heard)
    request = run(Erasing(one).ask())
    assert request.receipts == ()  # not even by whoever asks
    home.sync()
    assert set(other.heard) - before == {request.id}
    stranger = chance.choice(home.ledgers)
    run(Erasing(other).receipt())
    stranger.say("erase.receipt", body={"for": other.me}, answers=[request.id])
    home.sync()
    said: list[Said] = home.everything()
    read, _ = erasing.read(said, home.people)
    (receipts,) = [each.receipts for each in read if each.id == request.id]
    assert {each.person for each in receipts} == {other.me}
    devices = {each.device for each in said if each.kind == "erase.receipt" and not each.body}
    assert {each.device for each in receipts} <= devices
