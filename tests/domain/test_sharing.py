"""The Sharing rule over arbitrary histories of consents, pauses and clocks: what may flow live, and when it may not.

Each expectation is written from the rule, straight over what everyone granted, and shares no code with the fold.
"""

import contextlib
from collections.abc import Callable
from random import Random
from typing import Any, Literal

import pytest
from hypothesis import strategies as st

from collar_sync.domain import consents, pause
from collar_sync.domain import gate as gates
from collar_sync.domain.consents import State
from collar_sync.domain.sharing import LINES, PREFIX, Sharings, What, covered_until
from collar_sync.errors import InvalidInput, LocalError, NotAllowed
from tests.domain.plain import DAY, MAY_DAY, Household, PlainLedger, run
from tests.domain.planting import over
from tests.domain.test_presence import Quiet

PLACE = PREFIX + "place"
WEIGHTS = {
    "grant": 12,
    "propose": 2,
    "amend": 3,
    "plain": 3,
    "track": 2,
    "decline": 1,
    "hold": 1,
    "resume": 3,
    "revoke": 1,
    "pause": 1,
    "lift": 3,
    "hear": 4,
    "meet": 6,
    "clock": 2,
    "lie": 3,
}


def face(ledger: PlainLedger) -> Sharings:
    return Sharings(ledger, ledger.consents, Quiet())


def live(seed: int, people: int, steps: int) -> Household:
    """Live sharing is proposed, granted, amended, narrowed; the space is paused and lifted; clocks jump; some lie."""
    chance = Random(seed)  # noqa: S311  # one seed replays a history
    home = Household(*("Alex", "Sam", "Kim")[:people])
    everyone, first = sorted(home.people), home.ledgers[0]
    named = chance.choice((everyone, sorted({first.me, home.ledgers[1].me})))
    run(
        face(first).propose(["place", "mood"], purpose="near", whose=named, parties=named, until=first.now() + 60 * DAY)
    )
    run(first.consents.propose("near", [LINES["free"]], flow=chance.choice(("sharing", "tracking")), whose=[first.me]))
    if chance.random() < 0.3:
        first.say("consent.propose", body=lie(home, first, chance, [*LINES.values()]))
    home.sync()
    for ledger in home.ledgers:
        for each in ledger.consents.all():
            if ledger.me in each.parties and chance.random() < 0.8:
                run(ledger.consents.grant(each.id))
    home.sync()
    for _ in range(steps):
        ledger = chance.choice(home.ledgers)
        try:
            step(home, ledger, chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0], chance)
        except LocalError:
            continue
    return home


def step(home: Household, ledger: PlainLedger, name: str, chance: Random) -> None:
    everything = ledger.consents.all()
    known: list[str] = [each.id for each in everything]
    waiting: list[str] = [each.id for each in everything if ledger.me in each.waiting_for]
    consent = chance.choice(waiting if waiting and name == "grant" else known or ["none"])
    lines = chance.sample([*LINES.values(), "a photo"], 2)
    far = ledger.now() + chance.choice((1, 30, 90, 200)) * DAY
    starts = chance.choice((None, ledger.now() - DAY, ledger.now() + DAY))
    whose = sorted(home.people)[: chance.randint(1, 3)]
    what = [each for each in LINES if chance.randrange(2)] or ["place"]
    some = chance.choice((None, chance.sample(sorted(home.people), 2)))
    acts: dict[str, Callable[[], Any]] = {
        "grant": lambda: ledger.consents.grant(consent),
        "propose": lambda: face(ledger).propose(what, purpose="near", whose=some or whose, parties=some),
        "amend": lambda: ledger.consents.propose(
            "n", lines, starts=starts, until=far, supersedes=consent, flow="sharing", whose=whose
        ),
        "plain": lambda: ledger.consents.propose("n", lines, starts=starts, until=chance.choice((None, far))),
        "track": lambda: ledger.consents.propose("n", lines, flow="tracking", whose=some or whose, parties=some),
        "decline": lambda: ledger.consents.decline(consent),
        "hold": lambda: ledger.consents.pause(consent),
        "resume": lambda: ledger.consents.resume(consent),
        "revoke": lambda: ledger.consents.revoke(consent),
        "pause": ledger.pauses.pause,
        "lift": ledger.pauses.lift,
    }
    if name == "hear":
        unheard = [said for said in home.everything() if said.id not in ledger.heard]
        ledger.hear(*chance.sample(unheard, chance.randint(0, len(unheard))))
    elif name == "meet":
        home.sync()
    elif name == "clock":
        ledger.clock = MAY_DAY + chance.randint(-20 * DAY, 60 * DAY)
    elif name == "lie":
        ledger.say("consent.propose", body=lie(home, ledger, chance, lines))
    else:
        run(acts[name]())


def lie(home: Household, ledger: PlainLedger, chance: Random, lines: list[str]) -> dict[str, Any]:
    """The body of a proposal as altered software would write it: for longer, about others, or with no end."""
    starts = ledger.now() - chance.randint(0, 5) * DAY
    return {
        "purpose": "near",
        "includes": lines,
        "parties": sorted({ledger.me, *chance.sample(sorted(home.people), 2)}),
        "whose": sorted(chance.sample(sorted(home.people), chance.randint(0, len(home.people)))),
        "flow": chance.choice(("sharing", "sharing", "tracking", None)),
        "starts": chance.choice((starts, starts, None)),
        "until": chance.choice((None, starts + chance.choice((10, 60, 400)) * DAY)),
    }


histories = st.builds(live, st.integers(0, 1 << 32), st.integers(2, 3), st.sampled_from((0, 1, 3, 6, 12, 30)))
nows = st.integers(MAY_DAY - 30 * DAY, MAY_DAY + 200 * DAY)


@over(histories, nows, share=1 / 2)
def test_nothing_flows_but_under_a_bounded_consent_that_is_active_and_includes_it(home: Household, now: int) -> None:
    said = home.everything()
    gate = gates.make_gate(lambda prefix: [each for each in said if each.kind.startswith(prefix)], home.people)
    views = consents.fold(said, home.people).values()
    for what, line in LINES.items():
        for one in home.people:
            for other in home.people:
                if one == other or not gate(PREFIX + what, one, other, now):
                    continue
                assert not pause.standing(said, home.people)
                assert any(
                    view.state(now) is State.ACTIVE
                    and line in view.includes
                    and line not in view.excludes
                    and {one, other} <= {*view.parties}
                    and not view.waiting_for
                    and view.terms.flow == "sharing"
                    and one in view.terms.whose
                    and view.starts is not None
                    and view.until is not None
                    and view.starts <= now < view.until <= view.starts + 90 * DAY
                    for view in views
                )


@over(histories, st.sampled_from(("pause", "revoke", "hold", "decline", "limit")), st.integers(0, 2), share=1 / 2)
def test_any_no_of_anyone_named_closes_it_at_once_with_no_network(home: Household, how: str, whose: int) -> None:
    ledger = home.ledgers[whose % len(home.ledgers)]
    other = next(each for each in home.ledgers if each is not ledger)
    now = max(each.now() for each in home.ledgers)
    home.sync()
    fresh = run(face(ledger).propose("place", purpose="near", until=now + DAY, whose=sorted(home.people)))
    home.sync()
    for each in home.ledgers:
        with contextlib.suppress(NotAllowed):
            run(each.pauses.lift())
        run(each.consents.grant(fresh.id))
    home.sync()
    assert gates.make_gate(ledger.statements, home.people)(PLACE, ledger.me, other.me, now)
    covering = [
        view.id
        for view in ledger.consents.all()
        if any(
            covered_until([view], "place", *pair, now) is not None
            for pair in ((ledger.me, other.me), (other.me, ledger.me))
        )
    ]
    assert fresh.id in covering
    if how == "pause":
        run(ledger.pauses.pause())
    if how == "limit":
        run(ledger.limits.set(LINES["place"].upper(), "hard limit"))
    acts = {"revoke": ledger.consents.revoke, "hold": ledger.consents.pause, "decline": ledger.consents.decline}
    for consent in covering if how in acts else ():
        run(acts[how](consent))
    gate = gates.make_gate(ledger.statements, home.people)
    assert not gate(PLACE, ledger.me, other.me, now)
    assert not gate(PLACE, other.me, ledger.me, now)
    assert not gate(PLACE, ledger.me, ledger.me, now) or len(home.people) > 2


@over(histories, nows, st.integers(0, 400 * DAY), share=1 / 2)
def test_what_reached_its_end_needs_no_message_and_does_not_come_back(home: Household, now: int, later: int) -> None:
    views = [*consents.fold(home.everything(), home.people).values()]
    one, other = list(home.people)[:2]
    until = covered_until(views, "place", one, other, now)
    for view in views:
        covered = covered_until([view], "place", one, other, now)
        if covered is not None:
            assert covered_until([view], "place", one, other, covered - 1) == covered
            assert covered_until([view], "place", one, other, covered + later) is None
    assert until is None or until > now


@over(histories, nows, share=1 / 2)
def test_of_what_an_app_tells_nothing_is_heard_in_a_pause_or_of_a_kind_that_nobody_knows(
    home: Household, now: int
) -> None:
    said = home.everything()
    one, other = list(home.people)[:2]
    gate = gates.make_gate(lambda prefix: [each for each in said if each.kind.startswith(prefix)], home.people)
    assert gate("app/line", one, other, now) is not bool(pause.standing(said, home.people))
    assert not gate("other/line", one, other, now)
    home.leave("Sam")
    gate = gates.make_gate(lambda prefix: [each for each in said if each.kind.startswith(prefix)], home.people)
    assert not any(gate(kind, one, other, now) for kind in ("app/line", PLACE, "presence"))


@over(histories, share=1 / 2)
def test_live_sharing_is_proposed_for_two_weeks_and_for_ninety_days_at_most(home: Household) -> None:
    for ledger in home.ledgers:
        now, before = ledger.now(), set(ledger.heard)
        with pytest.raises(InvalidInput, match="90 days"):
            run(face(ledger).propose("place", purpose="near", until=now + 91 * DAY))
        with pytest.raises(InvalidInput, match="one of: place, mood, free"):
            run(face(ledger).propose("heartbeat", purpose="near"))  # type: ignore[arg-type]  # what nobody can share
        assert set(ledger.heard) == before
        consent = run(face(ledger).propose("place", purpose="near", access=["the two of us"]))
        assert consent.access == ("the two of us",)
        assert (consent.starts, consent.until) == (now // DAY * DAY, now // DAY * DAY + 14 * DAY)
        assert consent.terms.whose == (ledger.me,)
        assert consent.includes == ("Live sharing: where I am",)
        assert run(face(ledger).propose("mood", purpose="near", until=now + 90 * DAY)).until == now + 90 * DAY


@over(histories, st.sampled_from(sorted(LINES)), st.integers(1, 120 * DAY), share=1 / 2)
def test_a_value_goes_to_those_alone_whom_a_consent_lets_hear_it_and_ends_with_it_or_in_a_day(
    home: Household, what: What, lifetime: int
) -> None:
    for ledger in home.ledgers:
        air, now = Quiet(), ledger.now()
        mine = Sharings(ledger, ledger.consents, air)
        everything = ledger.consents.all()
        ends = {
            other: until
            for other in set(home.people) - {ledger.me}
            if (until := covered_until(everything, what, ledger.me, other, now)) is not None
        }
        assert mine.hearers().get(what, {}) == ends
        if not ends:
            with pytest.raises(NotAllowed, match="nothing was shared"):
                mine.tell(what, "here", lifetime_milliseconds=lifetime)
            assert not air.told()
            assert not mine.mine()
            continue
        shared = mine.tell(what, "here", lifetime_milliseconds=lifetime)
        assert set(air.kinds[PREFIX + what]) == set(ends)
        assert air.lifetimes[PREFIX + what] == min(lifetime, max(ends.values()) - now)
        assert mine.mine() == (shared,)  # whoever shares sees it
        assert (shared.what, shared.text, set(shared.to)) == (what, "here", set(ends))
        assert (shared.since, shared.until) == (air.told()[0].since, air.told()[0].ends)
        mine.hush(what)
        assert not air.told()
        assert not mine.mine()
        mine.hush(what)  # never refused


@over(histories, nows, share=1 / 2)
def test_another_device_of_ones_own_hears_what_anybody_may_hear_of_it_and_nothing_else(
    home: Household, now: int
) -> None:
    said = home.everything()
    gate = gates.make_gate(lambda prefix: [each for each in said if each.kind.startswith(prefix)], home.people)
    for one in home.people:
        for kind in ("app/line", PLACE, "presence", "other/line"):
            heard = any(gate(kind, one, other, now) for other in home.people if other != one)
            assert gate(kind, one, one, now) == heard


@pytest.mark.parametrize("flow", [None, "tracking"])
def test_another_kind_of_consent_with_that_line_covers_nothing_live(flow: Literal["tracking"] | None) -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    now = alex.now()
    consent = run(alex.consents.propose("near", [LINES["place"]], starts=now, until=now + 10 * DAY, flow=flow))
    home.sync()
    run(sam.consents.grant(consent.id))
    home.sync()
    assert alex.consents.get(consent.id).state(now) is State.ACTIVE
    assert covered_until(alex.consents.all(), "place", alex.me, sam.me, now) is None


def test_only_those_whose_it_is_may_share_and_only_those_named_may_hear() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    consent = run(face(alex).propose("place", purpose="near", parties=[alex.me, sam.me]))
    home.sync()
    run(sam.consents.grant(consent.id))
    home.sync()
    assert covered_until(alex.consents.all(), "place", alex.me, sam.me, alex.now()) == consent.until
    assert covered_until(alex.consents.all(), "place", sam.me, alex.me, alex.now()) is None
    assert covered_until(alex.consents.all(), "place", alex.me, kim.me, alex.now()) is None


def test_in_an_erased_space_nothing_is_shared_and_asking_breaks_nothing(home: Household, alex: PlainLedger) -> None:
    home.people.clear()
    assert face(alex).mine() == ()
