"""The Presence rule over arbitrary histories: off until its subject shows it, gone with one act, whatever else is said.

Each expectation is written from the rule, straight over the statements, and shares no code with the fold.
"""

from collections.abc import Iterable
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st

from collar_sync.core.passing import Heard, Told
from collar_sync.core.statement import Said
from collar_sync.domain import gate as gates
from collar_sync.domain import presence
from collar_sync.domain.presence import HIDE, SHOW, Presence
from collar_sync.domain.sentences import Folk, sentence
from collar_sync.domain.terms import FLOW_MILLISECONDS
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId
from tests.domain.plain import DAY, MAY_DAY, Household, PlainLedger, run
from tests.domain.planting import over


class Quiet:
    """An air in which only what its own person tells is kept, and how long it is to last."""

    def __init__(self) -> None:
        self.kinds: dict[str, tuple[PersonId, ...]] = {}
        self.bodies: dict[str, bytes] = {}
        self.lifetimes: dict[str, int] = {}

    def tell(self, kind: str, body: bytes, to: Iterable[PersonId], lifetime_milliseconds: int) -> None:
        self.kinds[kind], self.bodies[kind], self.lifetimes[kind] = tuple(to), body, lifetime_milliseconds

    def hush(self, kind: str) -> None:
        self.kinds.pop(kind, None)

    def told(self) -> tuple[Told, ...]:
        return tuple(Told(kind, self.bodies[kind], to, 0, self.lifetimes[kind]) for kind, to in self.kinds.items())

    def heard(self) -> tuple[Heard, ...]:
        return ()


def face(ledger: PlainLedger) -> Presence:
    return Presence(ledger, Quiet())


def live(seed: int, people: int, steps: int) -> Household:
    """People with a second device each show and hide, hear of each other in any order; some say anything at all."""
    chance = Random(seed)  # noqa: S311  # one seed replays a history
    home = Household(*("Alex", "Sam", "Kim")[:people])
    for each in list(home.ledgers):
        home.second_device(each.owner.name)
    for _ in range(steps):
        ledger = chance.choice(home.ledgers)
        other = chance.choice(sorted(home.people))
        everything = sorted(home.everything(), key=lambda said: said.id)
        match chance.choice(("show", "show", "hide", "hide all", "hear", "hear", "meet", "clock", "lie")):
            case "show" if other != ledger.me:
                run(face(ledger).show(other, until=ledger.now() + chance.randint(1, 90) * DAY))
            case "hide":
                run(face(ledger).hide(other))
            case "hide all":
                run(face(ledger).hide())
            case "hear":
                ledger.hear(*chance.sample(everything, chance.randint(0, len(everything))))
            case "meet":
                home.sync()
            case "clock":
                ledger.clock = MAY_DAY + chance.randint(-60 * DAY, 60 * DAY)
            case "lie":
                body: dict[str, Any] = chance.choice(
                    [{}, {"until": MAY_DAY + chance.randint(0, 400) * DAY}, {"until": "x"}, {"y": 1}]
                )
                named = chance.sample([said.id for said in everything], min(len(everything), chance.randint(0, 3)))
                ledger.say(chance.choice((SHOW, HIDE, "presence.other")), chance.choice((other, "", "x")), body, named)
            case _:
                pass
    return home


histories = st.builds(live, st.integers(0, 1 << 32), st.integers(2, 3), st.integers(0, 40))
nows = st.integers(MAY_DAY - 100 * DAY, MAY_DAY + 200 * DAY)


@over(histories, nows, st.randoms(use_true_random=False), share=1 / 2)
def test_in_any_order_of_arrival_the_same_is_read(home: Household, now: int, chance: Random) -> None:
    said = home.everything()
    expected = presence.read(said, home.people)
    chance.shuffle(said)
    assert presence.read([*said, *said[:3]], home.people) == expected


@over(histories, nows, share=1 / 2)
def test_nobody_is_shown_who_did_not_show_themself_and_has_named_every_hide_since(home: Household, now: int) -> None:
    said = home.everything()
    by_id = {each.id: each for each in said}
    reading = presence.read(said, home.people)
    for one in home.people:
        for other in home.people:
            shows = [
                e for e in said if (e.kind, e.author, e.subject) == (SHOW, one, other) and e.body.keys() == {"until"}
            ]
            hides = {e.id for e in said if e.kind == HIDE and e.author == one and e.subject in {other, ""}}
            seen, todo = set(), [answer for show in shows for answer in show.answers]
            while todo:  # what they named, and what was named there
                each = todo.pop()
                if each in by_id and each not in seen and by_id[each].author == one:
                    seen.add(each)
                    todo += by_id[each].answers
            if reading.shows(one, other, now):
                assert one != other
                assert hides <= seen
                assert any(isinstance(e.body["until"], int) and now < e.body["until"] for e in shows)


@over(histories, nows, st.sampled_from((0, 1)), st.sampled_from((True, False)), share=1 / 2)
def test_one_hide_on_any_device_hides_at_once_and_wherever_it_arrives(
    home: Household, now: int, whose: int, everyone: object
) -> None:
    ledger = home.ledgers[-1 - whose]
    run(face(ledger).hide(None if everyone else home.ledgers[0].me))
    reading = presence.read(home.everything(), home.people)
    hidden_from = home.people if everyone else {home.ledgers[0].me}
    assert not any(reading.shows(ledger.me, each, now) for each in hidden_from)


@over(histories, st.randoms(use_true_random=False), share=1 / 2)
def test_a_hide_from_one_hides_from_them_alone(home: Household, chance: Random) -> None:
    ledger, other = chance.choice(home.ledgers), chance.choice(sorted(home.people))
    before, now = presence.read(ledger.statements(""), home.people), ledger.now()
    run(face(ledger).hide(other))
    after = presence.read(ledger.statements(""), home.people)
    for pair in after.towards:
        assert after.shows(*pair, now) == (before.shows(*pair, now) and pair != (ledger.me, other))


@over(histories, nows, share=1 / 2)
def test_nobody_else_can_show_or_hide_somebody(home: Household, now: int) -> None:
    one = home.ledgers[0].me
    said = home.everything()
    others = [e for e in said if e.author != one]
    own = [e for e in said if e.author == one]
    without = presence.read(others, home.people)
    assert not any(without.shows(one, each, now) for each in home.people)
    alone, together = (presence.read(some, home.people).towards for some in (own, said))
    assert all(together[one, each] == alone[one, each] for each in home.people)


@over(histories, nows, st.lists(st.integers(0, 1 << 40), min_size=1), share=1 / 2)
def test_no_clock_of_an_author_decides_anything(home: Household, now: int, clocks: list[int]) -> None:
    said = home.everything()
    other = [msgspec.structs.replace(each, at=clocks[index % len(clocks)]) for index, each in enumerate(said)]
    assert presence.read(said, home.people).towards == presence.read(other, home.people).towards


@over(histories, nows, share=1 / 2)
def test_what_was_said_on_a_removed_device_after_its_removal_hides_and_never_shows(home: Household, now: int) -> None:
    said = home.everything()
    device = home.ledgers[-1].owner.devices[0]
    cut = [msgspec.structs.replace(each, beyond_cut=True) if each.device == device else each for each in said]
    shows = {(e.author, e.subject) for e in cut if e.kind == SHOW and not e.beyond_cut}
    before, after = presence.read(said, home.people), presence.read(cut, home.people)
    showing = {key for key in after.towards if after.shows(*key, now)}
    assert all(before.shows(*key, now) for key in showing)
    assert showing <= shows


@over(histories, nows, share=1 / 2)
def test_who_has_left_is_shown_to_nobody_and_is_shown_nobody(home: Household, now: int) -> None:
    home.leave("Sam")
    gone = home.named("Sam").me
    reading = presence.read(home.everything(), home.people)
    assert not any(reading.shows(gone, each, now) or reading.shows(each, gone, now) for each in home.people)


@over(histories, nows, share=1 / 2)
def test_it_lasts_to_its_end_and_90_days_at_most_and_the_end_needs_no_message(home: Household, now: int) -> None:
    said = home.everything()
    reading = presence.read(said, home.people)
    for one in home.people:
        for other in home.people:
            if not reading.shows(one, other, now):
                continue
            assert not reading.shows(one, other, now + 90 * DAY)
            own = [e for e in said if e.author == one and e.subject in {other, ""}]
            named = {answer for e in own for answer in e.answers}
            ends = [e.body["until"] for e in own if e.kind == SHOW and e.id not in named]
            assert not any(reading.shows(one, other, end) for end in ends)


@over(histories, share=1 / 2)
def test_without_an_end_it_lasts_two_weeks_and_no_choice_lasts_beyond_90_days(home: Household) -> None:
    for ledger in home.ledgers:
        for other in set(home.people) - {ledger.me}:
            now, before = ledger.now(), set(ledger.heard)
            for until in (now + 90 * DAY + 1, now, now - DAY):
                with pytest.raises(InvalidInput):
                    run(face(ledger).show(other, until=until))
            assert set(ledger.heard) == before
            assert run(face(ledger).show(other)).until == now + FLOW_MILLISECONDS == now + 14 * DAY
            assert presence.read(ledger.statements(""), home.people).shows(ledger.me, other, now)


@over(histories, share=1 / 2)
def test_who_is_shown_sees_all_the_time_to_whom_and_it_is_told_to_these_alone(home: Household) -> None:
    for ledger in home.ledgers:
        reading, air = presence.read(ledger.statements(""), home.people), Quiet()
        mine = Presence(ledger, air)
        shown = {each for each in home.people if reading.shows(ledger.me, each, ledger.now())}
        assert {each.to for each in mine.mine()} == shown
        if shown:
            mine.arrive()
            assert set(air.kinds[presence.WORD]) == mine.told() == shown
            assert air.lifetimes[presence.WORD] <= presence.HERE_MILLISECONDS
            mine.leave()
        else:
            with pytest.raises(NotAllowed):
                mine.arrive()
        assert mine.told() == set()
        assert air.told() == ()
        run(mine.show(next(each for each in home.people if each != ledger.me)))
        assert air.told() == ()  # to be shown is not to be here


@over(histories, st.sampled_from((True, False)), share=1 / 2)
def test_to_hide_is_never_refused_and_takes_back_what_is_told_to_the_last_who_sees(
    home: Household, everyone: object
) -> None:
    for ledger in home.ledgers:
        air = Quiet()
        mine = Presence(ledger, air)
        air.tell(presence.WORD, b"", [each.to for each in mine.mine()], 1)
        for each in [None] if everyone else set(home.people) - {ledger.me}:
            run(mine.hide(each))
        assert mine.mine() == ()
        assert air.told() == ()


@over(histories, nows, share=1 / 2)
def test_the_gate_lets_presence_through_as_it_is_shown_and_never_in_a_pause(home: Household, now: int) -> None:
    ledger = home.ledgers[-1]
    reading = presence.read(ledger.statements(""), home.people)
    gate = gates.make_gate(ledger.statements, home.people)
    for one in home.people:
        for other in set(home.people) - {one}:
            assert gate(presence.WORD, one, other, now) == reading.shows(one, other, now)
        seen = any(gate(presence.WORD, one, other, now) for other in set(home.people) - {one})
        assert gate(presence.WORD, one, one, now) == seen  # on another of their own devices
    run(ledger.pauses.pause())
    gate = gates.make_gate(ledger.statements, home.people)
    assert not any(gate(presence.WORD, one, other, now) for one in home.people for other in home.people)


@over(histories, share=1 / 2)
def test_a_timeline_tells_of_presence_those_alone_whom_it_is_about_and_of_hiding_who_hid(home: Household) -> None:
    home.sync()
    for ledger in home.ledgers:
        for said in ledger.heard.values():
            own, about_me = said.author == ledger.me, said.subject == ledger.me and said.kind == SHOW
            if said.kind in {SHOW, HIDE}:
                assert (_line(said, ledger) is not None) <= (own or about_me)


def _line(said: Said, ledger: PlainLedger) -> str | None:
    return sentence(said, Folk(ledger.me, ledger.people(), ledger.statements("")))


def test_it_is_off_until_shown_and_nobody_owes_it_in_return() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    gate = gates.make_gate(alex.statements, home.people)
    assert not gate(presence.WORD, alex.me, sam.me, alex.now())
    with pytest.raises(NotAllowed, match="Choose first"):
        face(alex).arrive()
    showing = run(face(alex).show(sam.me))
    gate = gates.make_gate(alex.statements, home.people)
    assert gate(presence.WORD, alex.me, sam.me, alex.now())
    assert not gate(presence.WORD, sam.me, alex.me, alex.now())
    assert not gate(presence.WORD, alex.me, kim.me, alex.now())
    assert face(alex).mine() == (showing,)


def test_showing_one_person_again_answers_a_hide_from_everyone_for_that_person_alone() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    other = home.second_device("Alex")
    run(face(alex).show(sam.me))
    run(face(other).hide())  # on another device, which does not know of it
    run(face(other).show(kim.me))
    home.sync()
    reading = presence.read(home.everything(), home.people)
    assert not reading.shows(alex.me, sam.me, alex.now())
    assert reading.shows(alex.me, kim.me, alex.now())


def test_a_show_that_does_not_count_still_ends_the_one_it_was_to_replace() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    run(face(alex).show(sam.me))
    run(face(alex).show(sam.me, until=alex.now() + DAY))
    shorter = max(alex.heard.values(), key=lambda said: len(said.answers))
    for odd in ({"beyond_cut": True}, {"body": {"until": alex.now() + DAY, "and": "more"}}):
        said = [msgspec.structs.replace(each, **odd) if each is shorter else each for each in alex.heard.values()]
        assert not presence.read(said, home.people).shows(alex.me, sam.me, alex.now())
        assert len(presence.problems(said, home.people)) == 1


def test_nobody_shows_themself_to_themself() -> None:
    alex = Household("Alex", "Sam").ledgers[0]
    with pytest.raises(InvalidInput):
        run(face(alex).show(alex.me))
    assert alex.heard == {}


def test_a_timeline_tells_of_presence_only_those_whom_it_is_about_and_of_hiding_only_who_hid() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    run(face(alex).show(sam.me))
    run(face(alex).hide(sam.me))
    run(face(alex).hide())
    home.sync()
    told = {
        ledger.owner.name: {line for said in ledger.heard.values() if (line := _line(said, ledger))}
        for ledger in (alex, sam, kim)
    }
    assert told == {
        "Alex": {
            "You chose to show Sam when you are here.",
            "You stopped showing Sam when you are here.",
            "You stopped showing anyone when you are here.",
        },
        "Sam": {"Alex chose to show you when they are here."},
        "Kim": set(),
    }


def test_hiding_from_the_last_who_sees_stops_telling_and_from_another_does_not() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    air = Quiet()
    mine = Presence(alex, air)
    run(mine.show(sam.me))
    run(mine.show(kim.me))
    mine.arrive()
    run(mine.hide(kim.me))
    assert set(air.kinds[presence.WORD]) == {sam.me, kim.me}  # the gate has closed for Kim, and takes it back
    run(mine.hide(sam.me))
    assert air.kinds == {}
