"""Planted violations of the Consent, Pause and Task rules, each with the property that must notice it."""

from typing import Final

from collar_sync.domain import (
    consent,
    consent_book,
    consent_fold,
    offers,
    pause,
    reminders,
    task,
    task_book,
    tasks,
)
from collar_sync.domain.consent import State
from collar_sync.domain.task import TaskState
from tests.domain import test_consent_rules as agreed
from tests.domain import test_task_rules as done
from tests.domain.planting import Mutant, other, without, words

MUTANTS: Final = (
    Mutant(
        "what arrives late is not read",
        words(consent_fold, "fold_as", ("statements = tuple(statements)", "statements = tuple(statements)[:25]")),
        agreed.test_in_any_order_of_arrival_the_same_is_read,
    ),
    Mutant(
        "a later grant outdoes an earlier no",
        words(
            consent_book,
            "_answer",
            (
                "for answer in said.answers:",
                "for answer in [each for each in refusals if refusals[each].at < said.at]:",
            ),
        ),
        agreed.test_no_clock_of_an_author_decides_anything,
    ),
    Mutant(
        "silence is a yes",
        without(consent, State.PROPOSED),
        agreed.test_nobodys_grant_but_their_own_counts,
    ),
    Mutant(
        "a grant by one is a grant by all",
        words(
            consent_book,
            "read",
            (
                "book.granted |= {(StatementId(said.subject), said.author) for said in grants if not said.beyond_cut}",
                "book.granted |= {(StatementId(said.subject), each) for said in grants for each in people}",
            ),
        ),
        agreed.test_nobodys_grant_but_their_own_counts,
    ),
    Mutant(
        "a grant answers every no of its author, named or not",
        words(consent_book, "_answer", ("for answer in said.answers:", "for answer in refusals:")),
        agreed.test_while_active_every_no_was_taken_back_by_its_author_and_by_name,
    ),
    Mutant(
        "a withdrawal is taken back by a grant",
        words(consent_book, "_answer", ('elif kind == "revoke":', 'elif kind == "never":')),
        agreed.test_a_revoke_is_for_ever,
    ),
    Mutant(
        "what was replaced comes back when somebody says no",
        words(consent_fold, "_replaced", ("if offer.id in agreed or", "if not book.noes and offer.id in agreed or")),
        agreed.test_what_is_final_stays_so_whatever_else_arrives_and_however_time_goes_on,
    ),
    Mutant(
        "one yes to a change is enough to end what was",
        words(consent_fold, "_replaced", ("if offer.id in agreed or offer.id in replaced:", "if True:")),
        agreed.test_a_version_is_replaced_when_all_have_granted_a_later_one_and_only_then,
    ),
    Mutant(
        "of two rivals each holds as written",
        words(consent_fold, "_family_views", ("combine(offer.terms, others)", "combine(offer.terms, [])")),
        agreed.test_of_rival_versions_only_what_all_of_them_include_holds,
    ),
    Mutant(
        "of rivals, the last end is the end",
        words(consent_fold, "combine", ("until=min(", "until=max(")),
        agreed.test_of_rival_versions_only_what_all_of_them_include_holds,
    ),
    Mutant(
        "of rivals, whoever any of them lets see may see",
        words(
            consent_fold,
            "combine",
            ("access=tuple(line for line in terms.access if line in other.access)", "access=terms.access"),
        ),
        agreed.test_of_rival_versions_only_what_all_of_them_include_holds,
    ),
    Mutant(
        "whoever is not named changes what others agree on",
        words(
            consent_book, "_misplaced", ("any(said.author not in parent.body.parties for parent in parents)", "False")
        ),
        agreed.test_only_those_named_in_a_consent_can_propose_to_change_it,
    ),
    Mutant(
        "a no binds only the version that it names",
        words(
            consent_book.Book,
            "binds",
            ("everything = (1 << len(family.versions)) - 1", "everything = family.bit[StatementId(said.subject)]"),
        ),
        agreed.test_one_persons_no_works_at_once_and_wherever_it_arrives,
    ),
    Mutant(
        "a grant lifts a pause of another",
        words(consent_book, "_answer", ("if refusal.author != said.author:", "if False:")),
        agreed.test_a_pause_on_a_consent_stands_until_its_author_lifts_it,
    ),
    Mutant(
        "a decline is for ever",
        words(consent_book, "_answer", ("elif verb != RESUME:", "elif False:")),
        agreed.test_someone_who_declined_can_say_yes_later,
    ),
    Mutant(
        "a pause of the space stops nothing that was granted",
        without(consent, State.PAUSED),
        agreed.test_one_pause_stops_every_consent_for_everyone,
    ),
    Mutant(
        "a lift lifts every pause of its author",
        words(
            pause,
            "_lifted",
            (
                "[pauses[each] for each in lift.answers if each in pauses]",
                "[each for each in pauses.values() if each.author == lift.author]",
            ),
        ),
        agreed.test_a_concurrent_pause_and_lift_leave_a_pause,
    ),
    Mutant(
        "anyone lifts anyone's pause",
        words(pause, "_lifted", ("if pause.author == lift.author:", "if True:")),
        agreed.test_a_pause_stands_exactly_until_its_own_author_names_it,
    ),
    Mutant(
        "a pause of someone who has left stands for ever",
        words(pause, "read", (", left=people[said.author].left", "")),
        agreed.test_who_has_left_no_longer_pauses_and_agrees_to_nothing,
    ),
    Mutant(
        "what someone who left agreed to goes on",
        words(consent.Consent, "state", ("bool(self.revoked_by or self.departed)", "bool(self.revoked_by)")),
        agreed.test_who_has_left_no_longer_pauses_and_agrees_to_nothing,
    ),
    Mutant(
        "an end needs somebody to say so",
        without(consent, State.EXPIRED),
        agreed.test_expiry_needs_no_message,
    ),
    Mutant(
        "after a no the next try is shown at once",
        words(consent_fold, "_unseen", ("if direct or party not in refusals:", "if True:")),
        agreed.test_for_14_days_after_a_no_nothing_new_by_another_is_shown,
    ),
    Mutant(
        "only a decline keeps the next try away",
        words(consent_fold, "_refusals", ('book.no(said) != "pause"', 'book.no(said) == "decline"')),
        agreed.test_for_14_days_after_a_no_nothing_new_by_another_is_shown,
    ),
    Mutant(
        "the next try is shown after a week",
        other(consent_fold, "UNSEEN_MILLISECONDS", 7 * 86_400_000),
        agreed.test_for_14_days_after_a_no_nothing_new_by_another_is_shown,
    ),
    Mutant(
        "the next try is never shown",
        other(consent_fold, "UNSEEN_MILLISECONDS", 1 << 45),
        agreed.test_for_14_days_after_a_no_nothing_new_by_another_is_shown,
    ),
    Mutant(
        "a no makes vanish what somebody knew",
        words(offers.Offers, "_waiting_before_me", ("known[-_NAMED_MAX:]", "known[:0]")),
        agreed.test_for_14_days_after_a_no_nothing_new_by_another_is_shown,
    ),
    Mutant(
        "a no hides what its own author proposes",
        words(consent_fold, "_unseen", ("(offer.id, party) in book.granted or", "False or")),
        agreed.test_for_14_days_after_a_no_nothing_new_by_another_is_shown,
    ),
    Mutant(
        "after a withdrawal nothing can be granted any more",
        words(
            consent_fold,
            "_family_views",
            (
                "if book.people[each].left),\n            lapsed",
                "if book.people[each].left or any(person == each for _, person in book.noes)),\n            lapsed",
            ),
        ),
        agreed.test_after_a_withdrawal_what_is_proposed_afresh_can_be_granted,
    ),
    Mutant(
        "terms read as rivals leave them",
        words(consent_fold, "_family_views", ("terms=offer.terms,", "terms=held,")),
        agreed.test_terms_read_as_they_were_written_whatever_else_is_said,
    ),
    Mutant(
        "what somebody proposes is by everyone named",
        words(consent_fold, "_family_views", ("proposer=offer.said.author", "proposer=parties[-1]")),
        agreed.test_terms_read_as_they_were_written_whatever_else_is_said,
    ),
    Mutant(
        "what is to start later holds now",
        without(consent, State.UPCOMING),
        agreed.test_nothing_holds_before_its_start_and_the_start_needs_no_message,
    ),
    Mutant(
        "what was replaced goes on",
        without(consent, State.SUPERSEDED),
        agreed.test_a_version_is_replaced_when_all_have_granted_a_later_one_and_only_then,
    ),
    Mutant(
        "what is done is never done",
        without(task, TaskState.DONE),
        done.test_a_done_stands_exactly_until_the_assignee_takes_it_back_by_name,
    ),
    Mutant(
        "the order of arrival decides between dones",
        words(task_book.Entry, "standing_dones", ("if len(dones) > 1:", "if False:")),
        done.test_in_any_order_of_arrival_the_same_tasks_are_read,
    ),
    Mutant(
        "anyone says that a task is done",
        words(task_book, "_enter", ("elif said.author != entry.body.for_person:", "elif False:")),
        done.test_only_the_assignees_own_words_move_a_task,
    ),
    Mutant(
        "a taking back takes all back",
        words(task_book.Entry, "standing_dones", ("if said.id not in undone", "if not undone")),
        done.test_a_done_stands_exactly_until_the_assignee_takes_it_back_by_name,
    ),
    Mutant(
        "any acceptance answers every decline",
        words(task_book.Entry, "standing_declines", ("if said.id not in answered", "if not self.accepts")),
        done.test_a_decline_stands_exactly_until_the_assignee_names_it_in_an_acceptance,
    ),
    Mutant(
        "a taking back takes back what is earlier by the clock",
        words(
            task_book.Entry,
            "standing_dones",
            ("if said.id not in undone", "if all(each.at < said.at for each in self.take_backs)"),
        ),
        done.test_no_clock_of_an_author_decides_where_a_task_stands,
    ),
    Mutant(
        "a pause leaves tasks due",
        words(task.Task, "timing", ("if self.space_paused or self.rests_on(due, zone, now):", "if False:")),
        done.test_in_pause_no_task_is_due_or_missed,
    ),
    Mutant(
        "what nobody accepted is due",
        words(task.Task, "timing", ("if self.state not in {TaskState.ACCEPTED, TaskState.OPEN}:", "if False:")),
        done.test_what_nobody_agreed_to_is_never_due,
    ),
    Mutant(
        "a no to an ask waits until it is seen",
        without(task, TaskState.DECLINED),
        done.test_a_no_to_an_ask_works_at_once_and_wherever_it_arrives,
    ),
    Mutant(
        "the call lets anyone answer for another",
        words(tasks.Tasks, "_mine", ("found.for_person != self._ledger.me", "False")),
        done.test_nobody_answers_for_another_at_the_call_either,
    ),
    Mutant(
        "a promise is for whoever hears it",
        words(task_book, "_asked", ("AskBody(said.author,", "AskBody(PersonId(said.subject),")),
        done.test_a_promise_is_its_authors_own_and_waits_for_no_yes,
    ),
    Mutant(
        "a promise waits for a yes",
        words(task_book, "read", ("[] if terms is None else [Yes(said.id, said.at, terms, said.answers)]", "[]")),
        done.test_a_promise_is_its_authors_own_and_waits_for_no_yes,
    ),
    Mutant(
        "a task is due in the zone of whoever reads",
        words(task.Task, "where", ("(schedule.zone(self.zone) if self.zone else None) or", "")),
        done.test_a_task_is_due_on_its_day_in_its_own_zone_whoever_reads,
    ),
    Mutant(
        "one done is for all days",
        words(task.Task, "done_on", ("each.occurrence[:10] == day", "True")),
        done.test_each_day_of_what_repeats_is_done_and_taken_back_on_its_own,
    ),
    Mutant(
        "one taking back is for all days",
        words(tasks.Tasks, "take_back", ("if (each.occurrence and each.occurrence[:10]) in days", "")),
        done.test_each_day_of_what_repeats_is_done_and_taken_back_on_its_own,
    ),
    Mutant(
        "somebody reminds another",
        words(reminders.Reminders, "set", ("found.for_person != self._ledger.me", "False")),
        done.test_a_reminder_is_set_by_whom_it_is_for_and_shows_nothing_of_the_task,
    ),
    Mutant(
        "a reminder shows the task",
        words(reminders.Reminders, "_times", ("day=each.day", "day=task.title")),
        done.test_a_reminder_is_set_by_whom_it_is_for_and_shows_nothing_of_the_task,
    ),
)
