"""Checklists, focus sessions, and all that people do together, over arbitrary lives.

Each expectation is written from the rule, straight over the statements, and shares no code with the fold.
"""

from collections.abc import Iterable
from random import Random

from collar_sync.core.statement import Said
from collar_sync.domain import checklist, consents, focus, progress, reviews
from collar_sync.domain.checklist import State as RoundState
from collar_sync.domain.focus import State as SessionState
from collar_sync.errors import NotAllowed
from collar_sync.ids import PersonId, StatementId
from tests.domain import partings
from tests.domain.lives import LINES, over_lives
from tests.domain.moments import some_time
from tests.domain.plain import DAY, HOUR, MAY_DAY, MINUTE, Household, run


def soon(chance: Random, home: Household) -> int:
    """A time near what is going on, where a checklist or a session can still read as open."""
    begun = [each.at for each in home.everything() if each.kind in {"checklist.begin", "focus.begin"}]
    return chance.choice(begun or [MAY_DAY]) + chance.randint(-HOUR, 14 * HOUR)


def ticked(said: list[Said], identifier: str) -> dict[PersonId, set[str]]:
    found: dict[PersonId, set[str]] = {}
    for each in said:
        lines = each.body.get("lines")
        if each.kind == "checklist.tick" and each.subject == identifier and isinstance(lines, list | tuple):
            found.setdefault(each.author, set()).update(map(str, lines))
    return found


# --- checklists ---


@over_lives
def test_silence_means_not_ready(home: Household, chance: Random) -> None:
    said = home.everything()
    for each in checklist.fold(said, home.people).values():
        if each.state(soon(chance, home)) is RoundState.READY:
            own = ticked(partings.within(said), each.id)
            assert all(own.get(person, set()) >= set(each.lines) for person in each.people)


@over_lives
def test_everyone_who_ticked_everything_in_time_and_unstopped_is_ready(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    begun = run(ledger.checklists.begin("scene", LINES, "ready?"))
    home.sync()
    paused = bool(ledger.pauses.standing())
    if any(each.kind in {"pause", "pause.lift"} and each.at > begun.begun_at for each in home.everything()):
        return  # by a clock that is ahead, a pause falls into it
    for each in home.ledgers:
        each.clock = max(each.clock, begun.begun_at)
        try:
            run(each.checklists.tick(begun.id))
        except NotAllowed:
            each.say("checklist.tick", begun.id, {"lines": list(LINES)})
    found = checklist.fold(home.everything(), home.people)[begun.id]
    assert found.state(begun.begun_at) is (RoundState.PAUSED if paused else RoundState.READY)


@over_lives
def test_anyones_untick_stops_it_for_good_whatever_else_arrives(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    known = [each for each in ledger.checklists.all() if ledger.me in each.people]
    if not known:
        return
    target = chance.choice(known)
    run(ledger.checklists.untick(target.id))
    for each in home.ledgers:
        each.say(
            "checklist.tick", target.id, {"lines": list(target.lines)}, [said.id for said in home.everything()][-60:]
        )
    home.sync()
    for each in home.ledgers:
        assert each.checklists.get(target.id).state(soon(chance, home)) is RoundState.STOPPED


@over_lives
def test_all_tick_afresh_each_time(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    known = [each for each in ledger.checklists.all() if ledger.me in each.people]
    if not known:
        return
    again = run(ledger.checklists.again(chance.choice(known).id))
    home.sync()
    for each in home.ledgers:
        found = each.checklists.get(again.id)
        assert found.ticked == ()
        assert found.state(again.begun_at) in {RoundState.WAITING, RoundState.PAUSED}


@over_lives
def test_a_checklist_is_ready_for_a_day_at_most_and_never_in_a_pause(home: Household, chance: Random) -> None:
    said = home.everything()
    begun = {each.id: each.at for each in said}
    for each in checklist.fold(said, home.people).values():
        assert each.state(begun[each.id] + 24 * HOUR) in {RoundState.OVER, RoundState.STOPPED}
    run(chance.choice(home.ledgers).pauses.pause())
    for each in checklist.fold(home.everything(), home.people).values():
        assert each.state(soon(chance, home)) is not RoundState.READY


@over_lives
def test_a_tick_is_for_a_day_whatever_the_clock_of_whoever_began(home: Household, chance: Random) -> None:
    liar = chance.choice(home.ledgers)
    liar.clock = max(each.now() for each in home.ledgers) + chance.randint(0, 400) * DAY
    begun = run(liar.checklists.begin("scene", LINES, "for ever", hours=24))
    home.sync()
    for each in home.ledgers:
        if each.me != liar.me:
            each.say("checklist.tick", begun.id, {"lines": list(LINES)})
    liar.say("checklist.tick", begun.id, {"lines": list(LINES)})
    said = home.everything()
    read = checklist.fold(said, home.people)[begun.id]
    for person in read.people:
        first = min(each.at for each in said if (each.subject, each.author) == (begun.id, person))
        assert read.state(first + DAY) is not RoundState.READY


@over_lives
def test_whoever_is_not_named_in_a_checklist_has_no_say_in_it(home: Household, chance: Random) -> None:
    before = checklist.fold(home.everything(), home.people)
    for each in before.values():
        for ledger in home.ledgers:
            if ledger.me not in each.people:
                ledger.say(chance.choice(("checklist.untick", "checklist.end")), each.id)
                ledger.say("checklist.tick", each.id, {"lines": list(each.lines)})
    assert checklist.fold(home.everything(), home.people) == before


# --- focus sessions ---


@over_lives
def test_each_person_is_in_one_session_at_most(home: Household, chance: Random) -> None:
    sessions = focus.fold(home.everything(), home.people).values()
    inside = [person for each in sessions for person in each.inside]
    assert len(inside) == len(set(inside))
    ledger = chance.choice(home.ledgers)
    home.sync()
    for each in ledger.sessions.open():
        try:
            run(ledger.sessions.join(each.id))
        except NotAllowed:
            continue
        home.sync()
        inside = [person for each in ledger.sessions.all() for person in each.inside]
        assert len(inside) == len(set(inside))


@over_lives
def test_both_read_the_same_clock_and_it_never_runs_back_or_beyond_its_minutes(home: Household, chance: Random) -> None:
    home.sync()
    now = soon(chance, home)
    for each in home.ledgers[0].sessions.all():
        read = {ledger.sessions.get(each.id).left(now) for ledger in home.ledgers}
        assert len(read) == 1
        later = now + chance.randint(0, DAY)
        assert each.left(now) == each.minutes * MINUTE - each.elapsed(now)
        assert 0 <= each.elapsed(now) <= each.elapsed(later) <= each.minutes * MINUTE
        assert each.elapsed(later) - each.elapsed(now) <= later - now
        up = each.up_at(now)  # what a screen ticks by
        assert (up is not None) == (each.state(now) is SessionState.RUNNING)
        assert up is None or each.left(now) == min(up - now, each.minutes * MINUTE)


def over_for_good(home: Household, sessions: Iterable[StatementId], chance: Random) -> bool:
    found = focus.fold(home.everything(), home.people)
    return all(found[each].state(some_time(chance)) in {SessionState.STOPPED, SessionState.ENDED} for each in sessions)


@over_lives
def test_a_pause_stops_every_session_and_none_goes_on_by_itself(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    heard = chance.random() < 0.5  # otherwise some were begun by people who had not heard of the pause
    if heard:
        home.sync()
    run(ledger.pauses.pause())
    ledger.clock += MINUTE
    home.sync()
    before = focus.fold(home.everything(), home.people).keys()
    assert over_for_good(home, before, chance)
    if heard and chance.random() < 0.5:
        home.leave(home.people[ledger.me].name)
    else:
        run(ledger.pauses.lift())
        home.sync()
    if not ledger.pauses.standing():
        assert over_for_good(home, before, chance)


@over_lives
def test_a_pause_that_names_nothing_stops_what_it_falls_into_by_the_clocks(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    now = ledger.now()
    before = {each.id for each in focus.fold(home.everything(), home.people).values() if each.begun_at <= now}
    said = ledger.say("pause")
    ledger.clock = max(ledger.clock, now) + MINUTE
    assert over_for_good(home, before, chance)
    ledger.say("pause.lift", answers=(said.id,))
    assert over_for_good(home, before, chance)


@over_lives
def test_no_checklist_that_a_pause_fell_into_is_ready_after_it(home: Household, chance: Random) -> None:
    ledger, other = chance.sample(home.ledgers, 2)
    begun = run(other.checklists.begin("scene", LINES, "what a pause falls into", people=()))
    heard = chance.random() < 0.5  # otherwise it is ticked by somebody who has not heard of the pause
    other.say("checklist.tick", begun.id, {"lines": list(LINES)})
    if heard:
        home.sync()
    run(ledger.pauses.pause())
    home.sync()
    assert not ready(home, begun.id, chance)
    if heard and chance.random() < 0.5:
        home.leave(home.people[ledger.me].name)
    else:
        run(ledger.pauses.lift())
        home.sync()
    assert not ready(home, begun.id, chance)


@over_lives
def test_a_checklist_ticked_by_who_heard_of_no_pause_is_not_ready_after_it(home: Household, chance: Random) -> None:
    """Whoever pauses and lifts has heard of no tick, so names nothing; all clocks are right."""
    home.sync()
    ledger, other = chance.sample(home.ledgers, 2)
    latest = max(each.now() for each in home.ledgers)
    other.clock = latest
    begun = run(other.checklists.begin("scene", LINES, "ticked apart", people=()))
    first = chance.random() < 0.5
    if first:
        other.say("checklist.tick", begun.id, {"lines": list(LINES)})
    ledger.clock = latest + MINUTE
    run(ledger.pauses.pause())
    if not first:
        other.clock = latest + 2 * MINUTE
        other.say("checklist.tick", begun.id, {"lines": list(LINES)})
    ledger.clock = latest + 3 * MINUTE
    run(ledger.pauses.lift())
    home.sync()
    assert not ready(home, begun.id, chance)


def ready(home: Household, identifier: StatementId, chance: Random) -> bool:
    found = checklist.fold(home.everything(), home.people)[identifier]
    return found.state(found.begun_at + chance.randint(0, HOUR)) is RoundState.READY


@over_lives
def test_the_clock_stands_still_in_a_break(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    home.sync()
    current = ledger.sessions.current()
    if current is None or current.state(ledger.now()) is not SessionState.RUNNING:
        return
    began = ledger.now()
    held = run(ledger.sessions.take_break(current.id))
    ledger.clock = ledger.now() + chance.randint(1, 90) * MINUTE
    assert held.elapsed(ledger.now()) == current.elapsed(began)
    resumed = ledger.now()
    again = run(ledger.sessions.resume(current.id))
    assert again.elapsed(resumed) == current.elapsed(began)
    later = resumed + MINUTE
    others = any(each.end is None or each.end > ledger.now() for each in again.halts)  # by clocks that are ahead
    if again.state(later) is SessionState.RUNNING and began >= again.begun_at and not others:
        assert again.elapsed(later) - current.elapsed(began) == MINUTE
        assert again.up_at(later) == later + again.left(later)


@over_lives
def test_anyone_in_a_session_ends_it_and_nobody_else(home: Household, chance: Random) -> None:
    someone = chance.choice(home.ledgers)
    for each in focus.fold(home.everything(), home.people).values():
        if chance.random() < 0.5:
            someone.say("focus.end", each.id)
    said = home.everything()
    for each in focus.fold(said, home.people).values():
        ends = [one for one in said if one.kind == "focus.end" and one.subject == each.id and one.author in each.people]
        assert (each.ended_at is not None) == bool(ends)
        assert not ends or each.state(some_time(chance)) is SessionState.ENDED


@over_lives
def test_a_break_stands_exactly_until_its_own_author_ends_it_by_name(home: Household, chance: Random) -> None:
    someone, everything = chance.choice(home.ledgers), home.everything()
    breaks = [each.id for each in everything if each.kind == "focus.break"]
    for session in focus.fold(everything, home.people):
        someone.say("focus.resume", session, answers=breaks[:60])
    said = home.everything()
    for each in focus.fold(said, home.people).values():
        about = [one for one in said if one.subject == each.id and one.author in each.people]
        ended = {
            (one.author, answer)
            for one in partings.within(about)
            if one.kind == "focus.resume" and not one.body
            for answer in one.answers
        }
        standing = {one.author for one in about if one.kind == "focus.break" and (one.author, one.id) not in ended}
        assert set(each.on_break) == standing & set(each.inside)


@over_lives
def test_the_end_of_a_session_is_soft(home: Household, chance: Random) -> None:
    """When its minutes are over nobody is thrown out, and nothing is written."""
    ledger = chance.choice(home.ledgers)
    if ledger.pauses.standing():
        return
    made = run(ledger.sessions.begin("study", chance.randint(1, 60)))
    before = len(home.everything())
    for each in focus.fold(ledger.statements(""), home.people).values():
        late = max(each.begun_at, made.begun_at) + 40 * DAY
        if each.ended_at is None and each.stopped_at is None and each.inside and not each.on_break:
            assert each.state(late) is SessionState.TIME_IS_UP
            assert each.left(late) == 0
    found = ledger.sessions.get(made.id)
    if found.stopped_at is None:  # no pause covered it by a clock that is ahead
        ledger.clock = max(ledger.clock, made.begun_at) + 40 * DAY
        assert found.inside == (ledger.me,)
        assert made.id in {each.id for each in ledger.sessions.open()}
    assert len(home.everything()) == before


@over_lives
def test_leaving_a_session_is_for_oneself(home: Household, chance: Random) -> None:
    home.sync()
    ledger = chance.choice(home.ledgers)
    others = {each.id: {*each.inside} - {ledger.me} for each in ledger.sessions.all()}
    for each in ledger.sessions.all():
        if ledger.me in each.people:
            assert ledger.me not in run(ledger.sessions.leave(each.id)).inside
        entered = [said.id for said in ledger.heard.values() if each.id in (said.id, said.subject)]
        ledger.say("focus.leave", each.id, answers=entered[:60])  # whoever entered
    home.sync()
    for each in home.ledgers[0].sessions.all():
        assert {*each.inside} == others[each.id]


# --- all of them ---


@over_lives
def test_in_any_order_of_arrival_the_same_is_read(home: Household, chance: Random) -> None:
    home.sync()
    said = home.everything()
    ledger = home.ledgers[0]

    def everything(some: list[Said]) -> list[object]:
        return [
            list(checklist.fold(some, home.people).items()),
            list(focus.fold(some, home.people).items()),
            reviews.due_for(some, home.people, ledger.me, MAY_DAY + 90 * DAY),
            *(noun.problems(some, home.people) for noun in (checklist, focus, reviews)),
            *(noun.open_names(some, {}, home.people, MAY_DAY) for noun in (checklist, focus)),
        ]

    expected = everything(said)
    chance.shuffle(said)
    assert everything([*said, *said[:3]]) == expected


@over_lives
def test_what_a_removed_device_said_beyond_its_removal_only_narrows(home: Household, chance: Random) -> None:
    said, now = home.everything(), soon(chance, home)
    cut = partings.cut(home, chance)
    ready = [
        {each.id for each in checklist.fold(some, home.people).values() if each.state(now) is RoundState.READY}
        for some in (said, cut)
    ]
    assert ready[1] <= ready[0]
    beyond = {each.id for each in cut if each.beyond_cut}
    inside = [each for each in cut if each.id not in beyond]
    for each in checklist.fold(cut, home.people).values():
        own = ticked(inside, each.id)
        assert all({*lines} <= own.get(person, set()) for person, lines in each.ticked)
        stops = {one.author for one in said if one.kind == "checklist.untick" and one.subject == each.id}
        assert {*each.stopped_by} == stops & {*each.people}
    assert not beyond & {*checklist.fold(cut, home.people), *focus.fold(cut, home.people)}
    given = consents.fold(cut, home.people).values()
    for viewer in home.people:
        for person in home.people:
            if progress.may_see(given, viewer, person, now):
                assert progress.may_see(consents.fold(said, home.people).values(), viewer, person, now)


@over_lives
def test_what_does_not_count_is_named_and_changes_nothing(home: Household, chance: Random) -> None:
    for begun in [each for each in home.everything() if each.kind == "checklist.begin"]:
        chance.choice(home.ledgers).say("checklist.tick", begun.id, {"lines": ["a line that is not there"]})
    said = home.everything()
    for noun in (checklist, focus):
        named = {each.statement for each in noun.problems(said, home.people)}
        counting = [each for each in said if each.id not in named or each.kind == "checklist.begin"]
        assert noun.fold(counting, home.people) == noun.fold(said, home.people)
    for found in (each.problems(said, home.people) for each in (checklist, focus, reviews)):
        assert all(each.reason.endswith(".") for each in found)


@over_lives
def test_what_goes_on_stays_at_hand(home: Household, chance: Random) -> None:
    home.sync()
    ledger = chance.choice(home.ledgers)

    def going_on() -> list[object]:
        made = ledger.agreements.all()
        return [
            made,
            ledger.limits.standing(),
            ledger.reviews.due(),
            ledger.checklists.open(),
            ledger.sessions.current(),
            [each.inside for each in ledger.sessions.open()],
            ledger.tracking.mine(),
            [ledger.tracking.of(each) for each in sorted(home.people)],
        ]

    before = going_on()
    ledger.put_away()
    assert going_on() == before
