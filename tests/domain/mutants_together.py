"""Planted violations of the rules of checklists, sessions, tracking, progress, reviews, occurrences and reminders.

Each breaks one rule in the code while its context lasts; the property that is named after the rule must notice.
"""

from typing import Final

import msgspec

from collar_sync.domain import (
    checklist,
    consent,
    finished,
    focus,
    gate,
    occurrences,
    pauses,
    progress,
    reminders,
    reviews,
    task,
    tracking,
)
from collar_sync.domain.consent import State
from collar_sync.domain.nouns import NOUNS
from tests.domain import test_occurrence_rules as occurring
from tests.domain import test_together_rules as together
from tests.domain import test_tracking_rules as tracked
from tests.domain.mutants_live import opened
from tests.domain.planting import Mutant, Planting, both, other, without, words


def put_away(name: str) -> Planting:
    """Plant by letting all of a noun go when documents are put to rest."""
    nouns = tuple(
        msgspec.structs.replace(each, open_names=lambda *_: set()) if each.name == name else each for each in NOUNS
    )
    return other(finished, "NOUNS", nouns)


MUTANTS: Final = (
    Mutant(
        "a checklist is ready when nobody said no",
        without(checklist, checklist.State.WAITING),
        together.test_silence_means_not_ready,
    ),
    Mutant(
        "one line is enough",
        words(checklist.Round, "state", ("waiting=bool(self.waiting_for)", "waiting=not self.ticked")),
        together.test_silence_means_not_ready,
    ),
    Mutant(
        "a checklist is never ready",
        words(checklist, "_act", ("entry.ticks[said.author] |= {*body.lines}", "pass")),
        together.test_everyone_who_ticked_everything_in_time_and_unstopped_is_ready,
    ),
    Mutant(
        "a tick outdoes an untick",
        words(checklist.Round, "state", ("stopped=self.stopped", "stopped=bool(self.waiting_for) and self.stopped")),
        together.test_anyones_untick_stops_it_for_good_whatever_else_arrives,
    ),
    Mutant(
        "ticks of the round before count again",
        words(
            checklist,
            "_read",
            (
                "_act(entries.get(StatementId(said.subject)), said)",
                "next(iter([_act(each, said) for each in entries.values()]), None)",
            ),
        ),
        together.test_all_tick_afresh_each_time,
    ),
    Mutant(
        "whoever is not named ticks and stops",
        words(checklist, "_act", ("said.author not in entry.body.people", "False")),
        together.test_whoever_is_not_named_in_a_checklist_has_no_say_in_it,
    ),
    Mutant(
        "a checklist stays ready for ever",
        words(checklist.Round, "state", ("self.ended or now >= self.until", "self.ended")),
        together.test_a_checklist_is_ready_for_a_day_at_most_and_never_in_a_pause,
    ),
    Mutant(
        "a tick lasts as long as the clock of whoever began says",
        words(checklist, "_act", ("min(entry.until, said.at + _LASTS_MAX)", "entry.until")),
        together.test_a_tick_is_for_a_day_whatever_the_clock_of_whoever_began,
    ),
    Mutant(
        "a checklist is ready in a pause",
        without(checklist, checklist.State.PAUSED),
        together.test_a_checklist_is_ready_for_a_day_at_most_and_never_in_a_pause,
    ),
    Mutant(
        "a removed device ticks",
        words(checklist, "_act", ("if said.beyond_cut:", "if False:")),
        together.test_what_a_removed_device_said_beyond_its_removal_only_narrows,
    ),
    Mutant(
        "a person is in two sessions",
        words(
            focus,
            "fold",
            (
                "inside.setdefault(session_of(last), []).append(person)",
                "[inside.setdefault(session_of(each), []).append(person) for each in entered]",
            ),
        ),
        together.test_each_person_is_in_one_session_at_most,
    ),
    Mutant(
        "the clock runs in a break",
        words(
            focus.Session,
            "elapsed",
            ("- self._stood(until)", ""),
        ),
        together.test_the_clock_stands_still_in_a_break,
    ),
    Mutant(
        "the clock runs beyond its minutes",
        words(
            focus.Session,
            "elapsed",
            ("min(until - self.begun_at - self._stood(until), self.minutes * _MINUTE)", "until - self.begun_at"),
        ),
        together.test_both_read_the_same_clock_and_it_never_runs_back_or_beyond_its_minutes,
    ),
    Mutant(
        "what is told of when it is over leaves the breaks out",
        words(focus.Session, "up_at", (" + self._stood(now)", "")),
        together.test_the_clock_stands_still_in_a_break,
    ),
    Mutant(
        "a session goes on after a pause that fell into it",
        words(
            focus, "_view", ("pause.first_within(rests, begun, ended)", "next((r for r in rests if not r.end), None)")
        ),
        together.test_a_pause_that_names_nothing_stops_what_it_falls_into_by_the_clocks,
    ),
    Mutant(
        "neither a pause nor its lift names a session",
        words(pauses.Pauses, "_under_way", ("sessions | rounds", "rounds")),
        together.test_a_pause_stops_every_session_and_none_goes_on_by_itself,
    ),
    Mutant(
        "a pause names nothing",
        words(pauses.Pauses, "pause", ("tuple(self._under_way())", "()")),
        together.test_no_checklist_that_a_pause_fell_into_is_ready_after_it,
    ),
    Mutant(
        "a lift names nothing",
        words(pauses.Pauses, "lift", ("stops = self._under_way()", "stops = []")),
        together.test_a_pause_stops_every_session_and_none_goes_on_by_itself,
    ),
    Mutant(
        "neither a pause nor its lift names a checklist",
        words(
            pauses.Pauses,
            "_under_way",
            ("sessions | rounds", "sessions"),
        ),
        together.test_no_checklist_that_a_pause_fell_into_is_ready_after_it,
    ),
    Mutant(
        "a checklist is ready after a pause that its ticks had not heard of",
        words(checklist, "fold", ("each in named or _fell_into(entry, since)", "each in named")),
        together.test_a_checklist_ticked_by_who_heard_of_no_pause_is_not_ready_after_it,
    ),
    Mutant(
        "when the time is up the session is over",
        words(focus.Session, "state", ("ended=self.ended_at", "ended=self.left(now) == 0 or self.ended_at")),
        together.test_the_end_of_a_session_is_soft,
    ),
    Mutant(
        "when the time is up nobody reads it",
        without(focus, focus.State.TIME_IS_UP),
        together.test_the_end_of_a_session_is_soft,
    ),
    Mutant(
        "whoever leaves ends it for all",
        words(focus, "_read", ("own.get((answer, said.author)) == said.subject", "True")),
        together.test_leaving_a_session_is_for_oneself,
    ),
    Mutant(
        "whoever leaves stays in",
        words(focus, "_read", ("if said.kind == LEAVE", "if said.kind == END")),
        together.test_leaving_a_session_is_for_oneself,
    ),
    Mutant(
        "what ticks a line that is not there is named, and ticks all",
        words(
            checklist,
            "_act",
            (
                'return "It ticks what this checklist does not say."',
                """entry.ticks[said.author] |= {*entry.body.lines}
            return "It ticks what this checklist does not say.\"""",
            ),
        ),
        together.test_what_does_not_count_is_named_and_changes_nothing,
    ),
    Mutant(
        "anyone ends a break",
        words(focus, "_breaks", ("found.author == said.author", "True")),
        together.test_a_break_stands_exactly_until_its_own_author_ends_it_by_name,
    ),
    Mutant(
        "when the time is up the clock goes on",
        words(focus.Session, "left", ("self.minutes * _MINUTE - self.elapsed(now)", "max(1, self.minutes)")),
        together.test_both_read_the_same_clock_and_it_never_runs_back_or_beyond_its_minutes,
    ),
    Mutant(
        "entries are said, as everything else is",
        words(
            tracking.Tracking,
            "write",
            ("self.tell()", 'self._ledger.say("track.entry", body={"note": text}); self.tell()'),
        ),
        tracked.test_nothing_that_anyone_wrote_about_a_habit_is_ever_kept_by_another,
    ),
    Mutant(
        "what others show is written down",
        words(
            tracking.Tracking,
            "tell",
            (
                "wanted = self._wanted()",
                """wanted = self._wanted()
    for each in self._air.heard():
        self._ledger.own.setdefault("seen", {})[each.kind] = {"body": repr(each.body)}""",
            ),
        ),
        tracked.test_nothing_that_anyone_wrote_about_a_habit_is_ever_kept_by_another,
    ),
    Mutant(
        "entries are heard after the end and in a pause",
        words(tracking, "_habits", ('agreements.in_force(agreed, "tracking", now)', "agreed")),
        tracked.test_one_persons_no_takes_every_entry_back_at_once_on_both_sides,
    ),
    Mutant(
        "an agreement that has ended shows entries",
        without(consent, State.EXPIRED),
        tracked.test_an_end_needs_no_message_and_leaves_no_entry_with_anyone_else,
    ),
    Mutant(
        "an agreement shows entries for a day more",
        words(consent.Consent, "state", ("now >= self.holds.until", "now >= self.holds.until + 86_400_000")),
        tracked.test_an_end_needs_no_message_and_leaves_no_entry_with_anyone_else,
    ),
    Mutant(
        "whoever tracks anything tells and hears everything",
        both(
            words(tracking, "may_hear", ("hearer in each.holds.whose", "True")),
            words(tracking.Tracking, "_wanted", ("for person in each.holds.whose if", "for person in people if")),
        ),
        tracked.test_an_entry_is_shown_to_those_alone_who_track_the_same_while_it_holds,
    ),
    Mutant(
        "who tracks nothing hears what altered software tells",
        words(tracking, "may_hear", ("hearer in each.holds.whose", "True")),
        tracked.test_a_device_is_deaf_to_entries_about_what_its_person_does_not_track_whatever_it_is_sent,
    ),
    Mutant(
        "who tracks nothing is heard about it where altered software tells",
        words(tracking, "_habits", ("if person in each.holds.whose", "if person")),
        tracked.test_a_device_is_deaf_to_entries_about_what_its_person_does_not_track_whatever_it_is_sent,
    ),
    Mutant(
        "everybody here hears entries",
        opened(gate.State.TRACKING),
        tracked.test_one_persons_no_takes_every_entry_back_at_once_on_both_sides,
    ),
    Mutant(
        "nobody is shown anything",
        words(tracking.Tracking, "_wanted", ("if kind in written_about and to", "if kind in written_about and not to")),
        tracked.test_everyone_who_tracks_a_habit_is_shown_what_the_others_wrote_about_it,
    ),
    Mutant(
        "what was taken out goes on being shown",
        words(tracking.Tracking, "remove", ("self.tell()", "pass")),
        tracked.test_what_was_taken_out_is_shown_to_nobody_until_it_is_put_back,
    ),
    Mutant(
        "what was put back is not shown again",
        words(tracking.Tracking, "restore", ("self.tell()", "pass")),
        tracked.test_what_was_taken_out_is_shown_to_nobody_until_it_is_put_back,
    ),
    Mutant(
        "a slip-up takes away what was done",
        words(
            progress.Progress,
            "mine",
            ("return strip(", "return () if self._ledger.statements('slip.') else strip("),
        ),
        tracked.test_progress_is_derived_and_a_slip_up_is_no_part_of_it,
    ),
    Mutant(
        "progress is shown to all",
        other(progress, "may_see", lambda *_: True),
        tracked.test_anothers_progress_is_shown_only_under_their_tracking_consent,
    ),
    Mutant(
        "progress is shown under a consent about somebody else",
        words(progress, "may_see", ("person in each.holds.whose", "True")),
        tracked.test_anothers_progress_is_shown_only_under_their_tracking_consent,
    ),
    Mutant(
        "progress is shown to a third person under a consent of two",
        words(progress, "may_see", ("        and viewer in each.parties\n", "")),
        tracked.test_progress_is_shown_to_nobody_but_those_named_in_the_consent,
    ),
    Mutant(
        "progress is shown under whatever consent tracks anything",
        words(progress, "may_see", ("        and FOLLOW_THROUGH in each.holds.includes\n", "")),
        tracked.test_anothers_progress_is_shown_only_under_their_tracking_consent,
    ),
    Mutant(
        "progress is shown on under a consent that is paused",
        words(
            progress, "may_see", ("each.state(now) is State.ACTIVE", "each.state(now) in {State.ACTIVE, State.PAUSED}")
        ),
        tracked.test_anothers_progress_is_shown_only_under_their_tracking_consent,
    ),
    Mutant(
        "looking again is for everybody",
        words(
            reviews,
            "read",
            (
                "key = (StatementId(said.subject), said.author)",
                "key = [(StatementId(said.subject), each) for each in people]",
            ),
            (
                "looked[key] = max(looked.get(key, (0, said.id, 0)), (said.at, said.id, body.again_at))",
                "looked.update({each: (said.at, said.id, body.again_at) for each in key})",
            ),
        ),
        tracked.test_looking_again_is_each_persons_own,
    ),
    Mutant(
        "what has ended is due for review",
        words(reviews, "due", (" or each.state(now) not in _OPEN", "")),
        tracked.test_what_is_due_for_review_still_holds_and_names_the_person,
    ),
    Mutant(
        "a pause leaves things missed",
        words(task.Task, "rests_on", ("(moment, ends - 1)", "(ends - 1,)")),
        occurring.test_an_occurrence_in_a_pause_is_neither_due_nor_missed,
    ),
    Mutant(
        "a pause into the next day leaves things missed",
        words(task.Task, "rests_on", ("(moment, ends - 1)", "(moment,)")),
        occurring.test_an_occurrence_in_a_pause_is_neither_due_nor_missed,
    ),
    Mutant(
        "the list of today forgets a pause that was lifted",
        words(task.Task, "timing", ("self.space_paused or self.rests_on(due, zone, now)", "self.space_paused")),
        occurring.test_an_occurrence_in_a_pause_is_neither_due_nor_missed,
    ),
    Mutant(
        "what lies before the yes to it is missed in a calendar",
        words(occurrences, "_days", ("agreed is not None and agreed <= only", "agreed is not None")),
        occurring.test_nothing_is_due_or_missed_that_nobody_agreed_to,
    ),
    Mutant(
        "what lies before the yes to it is missed",
        words(task.Task, "timing", ("not agreed <= due <= today", "due > today")),
        occurring.test_nothing_is_due_or_missed_that_nobody_agreed_to,
    ),
    Mutant(
        "what was only asked is due",
        words(occurrences, "_days", ("agreed is not None and agreed <= only", "(agreed is None or agreed <= only)")),
        occurring.test_nothing_is_due_or_missed_that_nobody_agreed_to,
    ),
    Mutant(
        "what is missed is lost",
        words(
            occurrences,
            "_occurrence",
            ("if task.done_on(day.isoformat()) or", "if (today - day).days < 200 and task.done_on(day.isoformat()) or"),
        ),
        occurring.test_a_missed_occurrence_takes_nothing_away,
    ),
    Mutant(
        "reminders ring in a pause",
        words(reminders.Reminders, "_times", (" or task.space_paused", "")),
        occurring.test_reminders_are_silent_in_a_pause_and_never_leave_the_device,
    ),
    Mutant(
        "what a pause covered is told as gone by",
        words(reminders.Reminders, "gone_by", ("is Standing.MISSED", "in {Standing.MISSED, Standing.RESTING}")),
        occurring.test_of_what_nobody_heard_it_is_told_once_and_of_nothing_that_a_pause_covered,
    ),
    Mutant(
        "reminders are shared",
        words(
            reminders.Reminders,
            "_write",
            ("self._ledger.write_private(", "self._ledger.write("),
        ),
        occurring.test_reminders_are_silent_in_a_pause_and_never_leave_the_device,
    ),
    Mutant(
        "the first to arrive is the one that a person is in",
        words(focus, "fold", ("last = _last(book, entered)", "last = entered[0]")),
        together.test_in_any_order_of_arrival_the_same_is_read,
    ),
    Mutant(
        "progress is written down",
        words(
            progress.Progress,
            "mine",
            ("return strip(", 'self._ledger.say("progress.seen"); return strip('),
        ),
        tracked.test_progress_is_derived_and_a_slip_up_is_no_part_of_it,
    ),
    Mutant(
        "what a stranger to a session says counts",
        words(focus, "_act", ("said.author not in entry.body.people", "False")),
        together.test_anyone_in_a_session_ends_it_and_nobody_else,
    ),
    Mutant("open checklists are put away", put_away("checklist"), together.test_what_goes_on_stays_at_hand),
    Mutant("the session one is in is put away", put_away("focus session"), together.test_what_goes_on_stays_at_hand),
)
