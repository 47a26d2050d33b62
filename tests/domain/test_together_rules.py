"""Checklists, focus sessions, tracking, progress, reviews, occurrences and reminders over arbitrary lives.

Each expectation is written from the rule, straight over the statements, and shares no code with the fold.
"""

from contextlib import suppress
from datetime import date
from random import Random

import msgspec

from collar_sync.core.edits import Scalar
from collar_sync.core.statement import Said
from collar_sync.domain import agreements, checklist, consents, focus, progress, reviews, schedule, tracking
from collar_sync.domain.checklist import State as RoundState
from collar_sync.domain.consent import State
from collar_sync.domain.focus import State as SessionState
from collar_sync.domain.occurrences import Standing, occurrences
from collar_sync.domain.problems import problems
from collar_sync.domain.progress import FOLLOW_THROUGH
from collar_sync.domain.task import Task
from collar_sync.errors import LocalError, NotAllowed
from collar_sync.ids import PersonId, StatementId
from tests.domain.lives import CLEAR, LINES, over_lives
from tests.domain.plain import DAY, HOUR, MAY_DAY, MINUTE, Household, PlainLedger, run

MAY = (date(2026, 4, 1), date(2026, 6, 30))


def some_time(chance: Random) -> int:
    return MAY_DAY + chance.randint(-40 * DAY, 60 * DAY)


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
            own = ticked(said, each.id)
            assert all(own.get(person, set()) >= set(each.lines) for person in each.people)


@over_lives
def test_everyone_who_ticked_everything_in_time_and_unstopped_is_ready(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    begun = run(ledger.checklists.begin("scene", LINES, "ready?"))
    home.sync()
    paused = bool(ledger.pauses.standing())
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


@over_lives
def test_a_pause_stops_every_session_and_none_goes_on_by_itself(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    now = ledger.now()
    home.sync()
    before = {each.id for each in ledger.sessions.all() if each.ended_at is None and each.begun_at <= now}
    run(ledger.pauses.pause())
    ledger.clock = max(ledger.clock, now) + MINUTE
    home.sync()

    def stopped() -> bool:
        over = {SessionState.STOPPED, SessionState.ENDED}
        found = focus.fold(home.everything(), home.people)
        return all(found[each].state(some_time(chance)) in over for each in before)

    assert stopped()
    run(ledger.pauses.lift())
    assert stopped()


@over_lives
def test_the_clock_stands_still_in_a_break(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    home.sync()
    current = ledger.sessions.current()
    if current is None or current.state(ledger.now()) is not SessionState.RUNNING:
        return
    held = run(ledger.sessions.take_break(current.id))
    began = ledger.now()
    ledger.clock = max(ledger.clock, began) + chance.randint(1, 90) * MINUTE
    assert held.elapsed(ledger.now()) == current.elapsed(began)
    again = run(ledger.sessions.resume(current.id))
    assert again.elapsed(ledger.now()) == current.elapsed(began)
    later = ledger.now() + MINUTE
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
            for one in about
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


# --- tracking, progress, reviews ---


def entries_of(home: Household, person: PersonId) -> set[tuple[str, str, str]]:
    """What that person wrote, on any device of theirs: habit, day, words."""
    own = (each.tracking.mine() for each in home.ledgers if each.me == person)
    return {(each.habit, each.day, each.note) for mine in own for each in mine}


def show_all(home: Household, chance: Random) -> None:
    """Some agree once more to track something, whoever does so writes entries, and all that is to be shown is."""
    home.sync()
    for ledger in home.ledgers:
        with suppress(NotAllowed):
            run(ledger.pauses.lift())
    first = chance.choice(home.ledgers)
    others = [each for each in home.people if each != first.me]
    parties = chance.sample(others, chance.randint(1, len(others)))
    until = first.now() + chance.randint(1, 89) * DAY + MINUTE
    made = run(first.agreements.propose("tracking", [*LINES, "sleep"], CLEAR, parties=parties, until=until))
    home.sync()
    for ledger in home.ledgers:
        with suppress(NotAllowed):
            run(ledger.agreements.grant(made.id))
    home.sync()
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
def test_what_was_taken_out_is_shown_to_nobody(home: Household, chance: Random) -> None:
    show_all(home, chance)
    ledger = chance.choice(home.ledgers)
    mine = ledger.tracking.mine()
    chosen = chance.sample(mine, chance.randint(0, len(mine)))
    if chosen:
        run(ledger.tracking.remove(*(each.id for each in chosen)))
    left = [(each.habit, each.day, each.note) for each in ledger.tracking.mine()]
    assert len(left) == len(mine) - len(chosen)
    device = ledger.owner.devices[0]
    for other in home.ledgers:
        heard = [each for each in other.air.heard() if each.device == device]
        assert sum(len(tracking._lines(each.body)) for each in heard) <= len(left)


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


# --- occurrences and reminders ---


def tasks_of(home: Household, ledger: PlainLedger) -> tuple[Task, ...]:
    home.sync()
    return tuple(each for each in ledger.tasks.all() if each.for_person == ledger.me)


@over_lives
def test_an_occurrence_in_a_pause_is_neither_due_nor_missed(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    run(ledger.pauses.pause())
    begins = ledger.now()
    ledger.clock = max(ledger.clock, begins) + chance.randint(1, 72) * HOUR
    ends = ledger.now()
    if chance.random() < 0.5:
        run(ledger.pauses.lift())
    now = ends + chance.randint(0, 9) * DAY
    for found in tasks_of(home, ledger):
        for each in occurrences(found, *MAY, now):
            if each.due_at is not None and begins <= each.due_at < ends:
                assert each.standing not in {Standing.DUE, Standing.MISSED}


@over_lives
def test_nothing_is_due_or_missed_that_nobody_agreed_to(home: Household, chance: Random) -> None:
    now = some_time(chance)
    for ledger in home.ledgers:
        said = home.everything()
        for found in tasks_of(home, ledger):
            own = [one for one in said if one.author == found.for_person and found.id in (one.id, one.subject)]
            agreed = [one.at for one in own if one.kind in {"task.accept", "task.promise", "task.done"}]
            for each in occurrences(found, *MAY, now):
                assert agreed
                if each.standing in {Standing.DUE, Standing.MISSED} and found.repeat is not None:
                    first = schedule.local(min(agreed), schedule.UTC_ZONE).date().isoformat()
                    assert each.day >= first or found.asked_by == found.for_person


@over_lives
def test_a_missed_occurrence_takes_nothing_away(home: Household, chance: Random) -> None:
    """However late it is read, where a task stands and what was done of it stay, and nothing is written."""
    ledger = chance.choice(home.ledgers)
    before = tasks_of(home, ledger)
    said = len(home.everything())
    for found in before:
        early, late = (
            {each.day for each in occurrences(found, *MAY, now) if each.standing is Standing.DONE}
            for now in (MAY_DAY, MAY_DAY + 300 * DAY)
        )
        assert early == late
    ledger.clock += 300 * DAY
    ledger.reminders.ringing()
    assert (tasks_of(home, ledger), len(home.everything())) == (before, said)


@over_lives
def test_reminders_are_silent_in_a_pause_and_never_leave_the_device(home: Household, chance: Random) -> None:
    home.sync()
    ledger = chance.choice(home.ledgers)
    before: tuple[dict[StatementId, Said], dict[tuple[str, str, str], tuple[int, str, Scalar]]]
    before = dict(ledger.heard), dict(ledger.fields)
    for found in tasks_of(home, ledger):
        try:
            run(ledger.reminders.set(found.id, chance.randint(0, 600)))
        except LocalError:
            continue
    assert (ledger.heard, ledger.fields) == before
    ledger.clock += chance.randint(0, 3) * DAY
    for each in ledger.reminders.ringing():
        assert ledger.tasks.get(each.task).for_person == ledger.me
        if chance.random() < 0.5:
            run(ledger.reminders.seen(each))
            assert each not in ledger.reminders.ringing()
    run(chance.choice(home.ledgers).pauses.pause())
    home.sync()
    ledger.clock += chance.randint(0, 48) * HOUR
    assert ledger.reminders.ringing() == ()
    assert ledger.reminders.next_at() is None


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
    owner = chance.choice(home.ledgers).me
    cut = [msgspec.structs.replace(each, beyond_cut=each.author == owner and chance.random() < 0.6) for each in said]
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
