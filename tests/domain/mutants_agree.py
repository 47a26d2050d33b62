"""Planted violations of the rules of limits, agreements, tasks, checklists, sessions, tracking, progress and reviews.

Each breaks one rule in the code while its context lasts; the property that is named after the rule must notice. The
replaced words must be there, so that no mutant is one that changes nothing.
"""

from typing import Final

import msgspec

from collar_sync.domain import (
    agreements,
    checklist,
    consent,
    consent_book,
    consent_fold,
    finished,
    focus,
    gate,
    limit,
    occurrences,
    offers,
    pauses,
    progress,
    reminders,
    reviews,
    sessions,
    terms,
    tracking,
    wording,
)
from collar_sync.domain.consent import State
from collar_sync.domain.nouns import NOUNS
from tests.domain import test_agreement_rules as agreed
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
        "anyone loosens a limit",
        words(limit, "_loosened", ("limit.author == said.author", "True")),
        agreed.test_a_limit_stands_exactly_until_its_own_author_loosens_it_by_name,
    ),
    Mutant(
        "a loosening with conditions counts",
        words(limit, "_loosened", ("if said.body or said.beyond_cut", "if said.beyond_cut")),
        agreed.test_a_limit_stands_exactly_until_its_own_author_loosens_it_by_name,
    ),
    Mutant(
        "a removed device loosens a limit",
        words(limit, "_loosened", ("if said.body or said.beyond_cut", "if said.body")),
        agreed.test_what_a_removed_device_said_beyond_its_removal_only_narrows,
    ),
    Mutant(
        "the call lets anyone loosen a limit",
        words(limit.Limits, "_mine", ("found.person != self._ledger.me", "False")),
        agreed.test_only_its_author_loosens_a_limit,
    ),
    Mutant(
        "a limit changes nothing in what was agreed before",
        words(consent_fold, "_within_limits", ("if forbidden else ()", "if False else ()")),
        agreed.test_a_limit_is_in_force_at_once_and_nobody_has_to_grant_it,
    ),
    Mutant(
        "a limit is compared letter by letter",
        words(limit, "plain", ("on_one_line(line).casefold()", "line")),
        agreed.test_a_limit_is_in_force_at_once_and_nobody_has_to_grant_it,
    ),
    Mutant(
        "a limit in words that are not known is none",
        words(limit, "read", ("elif said.kind == SET:", "elif said.kind == SET and 'text' in said.body:")),
        agreed.test_a_limit_stands_exactly_until_its_own_author_loosens_it_by_name,
    ),
    Mutant(
        "one yes is enough for an agreement",
        without(consent, State.PROPOSED),
        agreed.test_an_agreement_holds_only_where_each_named_person_said_yes_themselves,
    ),
    Mutant(
        "a consequence holds whatever is said later",
        words(consent_fold, "_narrowings", ("if not left:", "if True:"), ("for said in noes:", "for said in ():")),
        agreed.test_a_consequence_holds_only_while_everyone_currently_agrees,
    ),
    Mutant(
        "a no waits for the others",
        without(consent, State.DECLINED),
        agreed.test_one_persons_no_ends_or_pauses_an_agreement_at_once_and_everywhere,
    ),
    Mutant(
        "a withdrawal can be taken back",
        words(consent_book, "_answer", ('elif kind == "revoke":', 'elif kind == "never":')),
        agreed.test_a_withdrawal_from_an_agreement_is_for_ever,
    ),
    Mutant(
        "a consequence may be proposed while a repair is open",
        words(agreements.Agreements, "_day", ("self._in_repair()", "()")),
        agreed.test_no_consequence_is_proposed_or_granted_as_the_price_of_an_open_repair,
    ),
    Mutant(
        "a consequence is held back for others than those who are in a repair",
        words(agreements, "_kept_for_later", ("any(each in in_repair for each in parties)", "bool(in_repair)")),
        agreed.test_no_consequence_is_proposed_or_granted_as_the_price_of_an_open_repair,
    ),
    Mutant(
        "only its proposer holds a consequence back",
        words(
            agreements.Agreements,
            "propose",
            ("_kept_for_later(kind, named,", "_kept_for_later(kind, [self._ledger.me],"),
        ),
        agreed.test_no_consequence_is_proposed_or_granted_as_the_price_of_an_open_repair,
    ),
    Mutant(
        "a consequence that waits is shown while a repair is open",
        other(agreements.Agreements, "visible", offers.Offers.visible),
        agreed.test_no_consequence_is_proposed_or_granted_as_the_price_of_an_open_repair,
    ),
    Mutant(
        "a consequence may be granted while a repair is open",
        other(agreements.Agreements, "grant", offers.Offers.grant),
        agreed.test_no_consequence_is_proposed_or_granted_as_the_price_of_an_open_repair,
    ),
    Mutant(
        "an ended session makes a consequence",
        words(
            sessions.Sessions,
            "end",
            (
                "await self._ledger.write(Say(kind=END, subject=found.id))",
                'await self._ledger.write(Say(kind=END, subject=found.id), Say(kind="agreement.propose"))',
            ),
        ),
        agreed.test_a_consequence_never_arises_by_itself,
    ),
    Mutant(
        "a repair loop may be agreed in a pause",
        words(agreements, "_kept_for_later", ("and paused", "and False")),
        agreed.test_how_to_repair_is_agreed_on_a_calm_day,
    ),
    Mutant(
        "of rivals, all that any of them includes holds",
        words(consent_fold, "_family_views", ("combine(offer.terms, others)", "combine(offer.terms, [])")),
        agreed.test_rival_versions_stand_side_by_side_and_are_never_merged_silently,
    ),
    Mutant(
        "tracking may last for years",
        words(terms, "flaw", ("(lasts is None or lasts > FLOW_MILLISECONDS_MAX)", "lasts is None")),
        agreed.test_what_is_tracked_or_shared_ends_after_90_days_at_most,
    ),
    Mutant(
        "what is tracked lasts a month where nobody chose",
        other(terms, "FLOW_MILLISECONDS", 30 * 86_400_000),
        agreed.test_what_is_tracked_or_shared_lasts_two_weeks_where_nobody_chose,
    ),
    Mutant(
        "what somebody proposes tells the minute",
        other(terms, "day_of", lambda moment: moment - 2 * 86_400_000),
        agreed.test_what_is_tracked_or_shared_lasts_two_weeks_where_nobody_chose,
    ),
    Mutant(
        "what nobody is free to refuse is offered",
        words(agreements.Agreements, "propose", ("if not reflection.free_to_refuse:", "if False:")),
        agreed.test_what_nobody_is_free_to_refuse_or_comes_from_fear_is_not_offered_and_only_the_need_is_told,
    ),
    Mutant(
        "what comes from fear is offered",
        words(agreements.Agreements, "propose", ('if reflection.source != "clarity":', "if False:")),
        agreed.test_what_nobody_is_free_to_refuse_or_comes_from_fear_is_not_offered_and_only_the_need_is_told,
    ),
    Mutant(
        "why something is offered is told",
        words(agreements.Agreements, "propose", ("purpose=reflection.need,", "purpose=f'{reflection}',")),
        agreed.test_what_nobody_is_free_to_refuse_or_comes_from_fear_is_not_offered_and_only_the_need_is_told,
    ),
    Mutant(
        "no wording is controlling",
        other(wording, "_PATTERNS", wording._PATTERNS[:2]),
        agreed.test_a_controlling_wording_is_shown_with_another_way_to_say_it_and_blocks_nothing,
    ),
    Mutant(
        "a controlling wording is taken out",
        words(
            agreements.Agreements,
            "propose",
            ("includes=includes,", "includes=[each for each in includes if not rewrites(each)] or ['…'],"),
        ),
        agreed.test_a_controlling_wording_is_shown_with_another_way_to_say_it_and_blocks_nothing,
    ),
    Mutant(
        "one may track the other",
        words(consent_book, "_unfit", ("set(body.whose) != set(body.parties)", "False")),
        agreed.test_tracking_is_mutual_or_not_at_all,
    ),
    Mutant(
        "nobody looks again where nobody chose a day",
        other(agreements, "REVIEW_MILLISECONDS", 1 << 50),
        agreed.test_an_agreement_is_reviewed_after_12_weeks_where_nobody_chose,
    ),
    Mutant(
        "what changes something that flows is not read",
        words(consent_fold, "flowing", ("joined[parent].append(said.id)", "pass")),
        agreed.test_what_can_still_flow_reads_the_same_without_what_has_ended,
    ),
    Mutant(
        "what flows is read without what it grew from",
        words(consent_fold, "flowing", ("joined[said.id].append(parent)", "pass")),
        agreed.test_what_can_still_flow_reads_the_same_without_what_has_ended,
    ),
    Mutant(
        "what was refused as a consent is pushed as an agreement",
        words(offers, "fold_as", ("for each in DIALECTS", "for each in [noun]")),
        agreed.test_after_a_no_nothing_new_by_another_is_shown_for_14_days_under_any_name,
    ),
    Mutant(
        "whoever arrives first is right",
        words(consent_fold, "fold_as", ("statements = tuple(statements)", "statements = tuple(statements)[:40]")),
        agreed.test_in_any_order_of_arrival_the_same_limits_and_agreements_are_read,
    ),
    Mutant(
        "the later clock wins over a limit",
        words(
            limit,
            "_loosened",
            ("if limit.author == said.author:", "if limit.author == said.author or said.at > limit.at:"),
        ),
        agreed.test_no_clock_of_an_author_decides_what_is_agreed_or_which_limit_stands,
    ),
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
        words(pauses.Pauses, "_under_way", ("*sessions, *", "*")),
        together.test_a_pause_stops_every_session_and_none_goes_on_by_itself,
    ),
    Mutant(
        "a pause names nothing",
        words(pauses.Pauses, "pause", ("chunks(self._under_way())", "[()]")),
        together.test_no_checklist_that_a_pause_fell_into_is_ready_after_it,
    ),
    Mutant(
        "a lift names nothing",
        words(pauses.Pauses, "lift", ("[*own, *self._under_way()]", "own")),
        together.test_a_pause_stops_every_session_and_none_goes_on_by_itself,
    ),
    Mutant(
        "neither a pause nor its lift names a checklist",
        words(
            pauses.Pauses,
            "_under_way",
            ("*checklist.under_way([*self._ledger.statements(checklist.PREFIX), *pauses], people)", ""),
        ),
        together.test_no_checklist_that_a_pause_fell_into_is_ready_after_it,
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
        "everybody here hears entries",
        opened(gate.State.TRACKING),
        tracked.test_one_persons_no_takes_every_entry_back_at_once_on_both_sides,
    ),
    Mutant(
        "nobody is shown anything",
        words(tracking.Tracking, "_going_on", ("if not said:", "if said:")),
        tracked.test_everyone_who_tracks_a_habit_is_shown_what_the_others_wrote_about_it,
    ),
    Mutant(
        "what was taken out goes on being shown",
        words(tracking.Tracking, "remove", ("self.tell()", "pass")),
        tracked.test_what_was_taken_out_is_shown_to_nobody,
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
                "looked[key] = max(looked[key], body.again_at)",
                "looked.update({each: max(looked[each], body.again_at) for each in key})",
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
        words(occurrences, "_rests", ("first_within(rests, due_at, due_at + 1) is not None", "False")),
        occurring.test_an_occurrence_in_a_pause_is_neither_due_nor_missed,
    ),
    Mutant(
        "what was only asked is due",
        words(occurrences, "_days", ("if task.state in {TaskState.ASKED, TaskState.DECLINED}:", "if False:")),
        occurring.test_nothing_is_due_or_missed_that_nobody_agreed_to,
    ),
    Mutant(
        "what is missed is lost",
        words(occurrences, "_occurrence", ("if done:", "if done and (today - day).days < 200:")),
        occurring.test_a_missed_occurrence_takes_nothing_away,
    ),
    Mutant(
        "reminders ring in a pause",
        words(reminders.Reminders, "_times", (" or task.space_paused", "")),
        occurring.test_reminders_are_silent_in_a_pause_and_never_leave_the_device,
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
