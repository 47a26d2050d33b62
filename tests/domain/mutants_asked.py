"""Planted violations of what a yes to a task binds, each with the property that must notice it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final
from unittest.mock import patch

from collar_sync.domain import occurrences, progress, reminders, task, task_book, task_fold, tasks, undo
from collar_sync.domain.task import TaskState
from collar_sync.domain.task_book import Done
from tests.domain import test_asked_again as again
from tests.domain import test_removed_device as beyond
from tests.domain import test_words_unseen as unseen
from tests.domain.planting import Mutant, Planting, both, other, words

BACK: Final = again.test_what_is_put_back_is_agreed_to_only_where_its_person_had_said_yes_to_it
BINDS: Final = again.test_a_task_is_agreed_to_and_due_only_as_a_standing_yes_has_it
CHANGED: Final = again.test_what_another_changes_waits_and_takes_nothing_done_away
LOST: Final = again.test_nothing_done_is_lost_whatever_is_changed
OWN: Final = again.test_whoever_changes_their_own_says_yes_to_it_in_the_same_act
MUTED: Final = unseen.test_new_words_of_somebody_muted_wait_unseen_and_what_was_agreed_to_stays
PAUSED: Final = unseen.test_in_a_pause_new_words_wait_unseen_and_what_was_agreed_to_stays
SHOWN: Final = again.test_a_yes_is_to_what_was_shown_and_to_nothing_that_came_while_it_was_read
STAYS: Final = unseen.test_somebody_muted_switches_off_no_reminder_and_no_day_unseen
SINCE: Final = again.test_no_day_before_a_new_yes_is_missed_and_no_own_rewording_asks_or_misses


def agreeing(*changed: tuple[str, str]) -> Planting:
    """Plant by other words in what enters a yes, wherever that is entered from."""

    @contextmanager
    def planted() -> Iterator[None]:
        with words(task_book, "_agree", *changed)():
            other_ways = dict.fromkeys((task_book.ACCEPT, task_book.REWORD), task_book._agree)
            with patch.dict(task_book._ACTS, other_ways):
                yield

    return planted


def wholly(counts: Callable[[Done], bool]) -> Planting:
    """Plant another reading of which done is of the whole of a task, wherever that is asked."""

    def is_whole(dones: Iterable[Done], _due: str | None) -> bool:
        return any(map(counts, dones))

    return both(other(task, "is_whole", is_whole), other(task_fold, "is_whole", is_whole))


MUTANTS: Final = (
    # --- what a yes is to ---
    Mutant(
        "a yes is to whatever the words become",
        words(task_fold, "_view", ("any(each.terms == read_as for each in yeses)", "bool(yeses)")),
        CHANGED,
    ),
    Mutant(
        "a yes is to the title alone",
        words(task_fold, "_view", ("each.terms == read_as", "each.terms.title == read_as.title")),
        CHANGED,
    ),
    Mutant(
        "a yes is to the times alone",
        words(task_fold, "_view", ("each.terms == read_as", "each.terms.when == read_as.when")),
        CHANGED,
    ),
    Mutant(
        "a yes leaves open whose evening it is",
        words(
            task_fold,
            "_view",
            (
                "each.terms == read_as",
                "(each.terms.title, each.terms.when[::2]) == (read_as.title, read_as.when[::2])",
            ),
        ),
        CHANGED,
    ),
    Mutant(
        "only the last yes by the clock binds",
        words(task_fold, "_view", ("for each in yeses)", "for each in yeses[-1:])")),
        BINDS,
    ),
    Mutant(
        "an earlier yes binds for ever",
        words(task_book.Entry, "standing_yeses", ("if yes.id not in named", "")),
        BINDS,
    ),
    Mutant(
        "own new words leave the yes before them standing",
        agreeing(("said.answers)", "said.answers if said.kind == ACCEPT else ())")),
        BINDS,
    ),
    Mutant(
        "own new words answer a no",
        agreeing(("if said.kind == ACCEPT:", "if True:")),
        BINDS,
    ),
    Mutant(
        "own new words are no yes",
        agreeing(("entry.yeses.append(", "said.kind == ACCEPT and entry.yeses.append(")),
        OWN,
    ),
    Mutant(
        "a yes to nothing answers a no",
        agreeing(
            (
                'return "It does not say to which words it says yes."',
                "return entry.accepts.append(said) if said.kind == ACCEPT else None",
            )
        ),
        BINDS,
    ),
    Mutant(
        "what was changed since counts as agreed to where a day of it was done",
        words(task_fold, "_view", ("agreed = any(", "agreed = bool(dones) or any(")),
        BINDS,
    ),
    Mutant(
        "own new words from beyond a removal's cut are a yes",
        words(task_book, "_enter", ("said.kind != DECLINE", "said.kind not in {DECLINE, REWORD}")),
        beyond.test_a_yes_from_beyond_to_other_words_is_none_and_leaves_the_one_before_it_standing,
    ),
    Mutant(
        "a yes from beyond a removal's cut is one",
        words(task_book, "_enter", ("said.kind != DECLINE", "said.kind not in {DECLINE, ACCEPT}")),
        beyond.test_a_yes_from_beyond_to_other_words_is_none_and_leaves_the_one_before_it_standing,
    ),
    # --- when it is due ---
    Mutant(
        "what waits for a new yes is due",
        both(
            words(
                task.Task,
                "timing",
                ("not in {TaskState.ACCEPTED, TaskState.OPEN}", "in {TaskState.DONE, TaskState.DECLINED}"),
            ),
            words(
                task_fold,
                "_view",
                ("entry.agreed_at(read_as) if agreed else None", "entry.agreed_at(read_as) if yeses else None"),
            ),
            words(task_book.Entry, "agreed_at", ("yes.terms.when == terms.when and", "")),
        ),
        CHANGED,
    ),
    Mutant(
        "what recurs is in the calendar with no yes to it",
        both(
            words(
                task_fold,
                "_view",
                ("entry.agreed_at(read_as) if agreed else None", "entry.agreed_at(read_as) if yeses else None"),
            ),
            words(task_book.Entry, "agreed_at", ("yes.terms.when == terms.when and", "")),
        ),
        BINDS,
    ),
    Mutant(
        "days before the yes to them are missed",
        words(task_book.Entry, "agreed_at", ("yes.terms.when == terms.when and", "")),
        SINCE,
    ),
    Mutant(
        "an earlier yes to the same times reaches over one to others",
        words(task_book.Entry, "agreed_at", ("rest = [*self.standing_yeses()]", "rest = [*self.yeses]")),
        SINCE,
    ),
    Mutant(
        "own new words begin the days anew",
        words(task_book.Entry, "agreed_at", ("rest += [yeses[each] for each in yes.answers if each in yeses]", "pass")),
        SINCE,
    ),
    Mutant(
        "days done are lost when the times change",
        words(
            occurrences,
            "_days",
            ("if day is not None and first", "if task.agreed_at is not None and day is not None and first"),
        ),
        LOST,
    ),
    Mutant(
        "a day of what repeated makes the one that came after it done",
        wholly(lambda _each: True),
        BINDS,
    ),
    Mutant(
        "the one day that it has is no done of it",
        wholly(lambda each: each.occurrence is None),
        BINDS,
    ),
    Mutant(
        "days done are lost when it becomes a single one",
        words(occurrences, "_days", ("if task.repeat is None:", "if task.repeat is None:\n        days = set()")),
        LOST,
    ),
    Mutant(
        "only days of the new times stay done",
        words(
            occurrences,
            "_days",
            (
                "days |= {day for day in recurs if day >= agreed}",
                "days = {day for day in recurs if day >= agreed or day in days}",
            ),
        ),
        LOST,
    ),
    # --- at the call ---
    Mutant(
        "a yes is to what came while it was read",
        words(tasks.Tasks, "accept", ("if shown is not None and shown != found.terms", "if False")),
        SHOWN,
    ),
    Mutant(
        "a yes is to new words that wait unseen in a pause",
        words(tasks.Tasks, "accept", ("names(self._ledger)) != found", "names(self._ledger)) != found and False")),
        PAUSED,
    ),
    Mutant(
        "a yes is to new words that wait unseen of somebody muted",
        words(tasks.Tasks, "accept", ("self._ledger.me, names(self._ledger))", "self._ledger.me, ())")),
        MUTED,
    ),
    Mutant(
        "a yes leaves the one before it standing",
        words(tasks.Tasks, "_yes", ("[each.id for each in entry.standing_yeses()]", "[]")),
        SINCE,
    ),
    Mutant(
        "own new words are asked again",
        words(tasks.Tasks, "reworded", ("each.agreed_at is not None", "False")),
        OWN,
    ),
    Mutant(
        "own new words say yes to what was never agreed to",
        words(tasks.Tasks, "reworded", ("and each.agreed_at is not None", "")),
        OWN,
    ),
    Mutant(
        "new words of what was declined say yes to it",
        words(tasks.Tasks, "reworded", ("and task.state is not TaskState.DECLINED", "")),
        OWN,
    ),
    Mutant(
        "own words that are put back are asked again",
        words(undo.Undo, "take_back", ("edits += Tasks(self._ledger).reworded(whole, back=True)", "")),
        OWN,
    ),
    Mutant(
        "undo says a yes to what another asked",
        words(undo.Undo, "take_back", ("back=True", "back=False")),
        BACK,
    ),
    Mutant(
        "undo says a yes to times that were never agreed to",
        words(tasks.Tasks, "_yes", ("each.terms != meant", "each.terms.title != meant.title")),
        BACK,
    ),
    Mutant(
        "words put back one by one are agreed to one by one",
        other(undo, "_together", list),
        OWN,
    ),
    Mutant(
        "own new words cannot be taken back",
        words(undo.Steps, "before", (" and edit.kind != task_book.REWORD", "")),
        OWN,
    ),
    # --- while new asks wait unseen ---
    Mutant(
        "new words are read in a pause",
        words(task.Task, "read_by", ("self.space_paused or self.asked_by in aside", "self.asked_by in aside")),
        PAUSED,
    ),
    Mutant(
        "whoever changed it is shown the words before in a pause",
        words(task.Task, "read_by", ("self.for_person == id_of(person) and", "")),
        PAUSED,
    ),
    Mutant(
        "the words before are shown after the pause, too",
        words(task.Task, "read_by", (" and waits", "")),
        PAUSED,
    ),
    Mutant(
        "new words of somebody muted are read",
        words(task.Task, "read_by", ("self.space_paused or self.asked_by in aside", "self.space_paused")),
        MUTED,
    ),
    Mutant(
        "what was done with no yes vanishes when somebody muted changes it",
        words(tasks.Tasks, "visible", ("(each.unanswered or", "(each.state is TaskState.ASKED or")),
        MUTED,
    ),
    Mutant(
        "what was done before the change reads as still to do in a pause",
        words(task.Task, "as_agreed", ("done=done, ", "")),
        PAUSED,
    ),
    Mutant(
        "what somebody muted changes is no longer due",
        words(task.Task, "as_agreed", (", agreed_at=self.yes_at", "")),
        STAYS,
    ),
    Mutant(
        "a reminder of what somebody muted changes is silent",
        words(reminders.Reminders, "_times", ("self._tasks.as_read()", "self._tasks.all()")),
        STAYS,
    ),
    Mutant(
        "one's own picture shows what somebody muted wrote",
        words(progress.Progress, "mine", ("self._tasks.as_read()", "self._tasks.all()")),
        STAYS,
    ),
    Mutant(
        "a done is of what somebody muted wrote",
        words(tasks.Tasks, "done", (".read_by(self._ledger.me, names(self._ledger))", "")),
        STAYS,
    ),
    Mutant(
        "a done is taken back of what somebody muted wrote",
        words(tasks.Tasks, "take_back", (".read_by(self._ledger.me, names(self._ledger))", "")),
        STAYS,
    ),
    Mutant(
        "new words of what was done are read in a pause",
        words(task.Task, "as_agreed", ("{TaskState.ASKED, TaskState.DONE}", "{TaskState.ASKED}")),
        PAUSED,
    ),
    Mutant(
        "what was agreed to vanishes in a pause",
        other(task.Task, "unanswered", property(lambda read: read.state is TaskState.ASKED and not read.dones)),
        PAUSED,
    ),
    Mutant(
        "what was done vanishes in a pause",
        other(task.Task, "unanswered", property(lambda read: read.state is TaskState.ASKED and read.agreed is None)),
        PAUSED,
    ),
)
