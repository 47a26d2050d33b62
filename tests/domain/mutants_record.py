"""Planted violations of what holds for every noun at once: Pause, what is shown of others, what is private."""

from typing import Any, Final

import msgspec

from collar_sync.core.edits import Say
from collar_sync.domain import (
    aside,
    checklist,
    checklists,
    consent,
    consent_fold,
    erasing,
    export,
    limit,
    memory,
    nouns,
    offers,
    pause,
    pauses,
    private,
    repair,
    repairs,
    slips,
    task,
    tasks,
    timeline,
)
from collar_sync.domain import help as help_pages
from tests.domain import test_record_rules as rules
from tests.domain.planting import Mutant, Planting, both, other, words

UNSEEN: Final = rules.test_new_asks_wait_unseen_while_a_pause_stands_and_are_seen_once_it_is_lifted
TRAPPED: Final = rules.test_a_pause_traps_nobody
DAY: Final = rules.test_another_act_shows_the_day_and_neither_the_minute_nor_when_between_ones_own
ASIDE: Final = rules.test_what_is_hidden_here_and_whoever_is_muted_looks_to_everyone_else_like_unanswered
NARROWS: Final = rules.test_what_narrows_is_shown_whatever_and_whoever_is_set_aside
GRANT: Final = rules.test_a_grant_grants_one_thing_and_nobody_else_can_be_made_to
COPY: Final = rules.test_a_copy_that_is_brought_in_grants_and_says_nothing
TRACE: Final = rules.test_help_and_scripts_are_read_without_a_trace_and_edits_of_them_stay_here
ERASE: Final = rules.test_erasing_is_asked_and_never_done_for_another_and_a_receipt_is_owed_to_nobody


def hides_nothing() -> tuple[nouns.Noun, ...]:
    return tuple(msgspec.structs.replace(each, hidden=lambda *_: set()) for each in nouns.NOUNS)


def refused(owner: Any, name: str, after: str, when: str) -> Planting:
    """Plant a refusal behind these words of a function."""
    return words(owner, name, (after, f"{after}\n    if {when}: raise NotAllowed('It is paused.')"))


_bring_in = memory.Memories.bring_in


async def _grants(self: Any, text: str) -> memory.Memory:
    for each in self._ledger.statements("consent.propose"):
        await self._ledger.write(Say("consent.grant", each.id))
    return await _bring_in(self, text)


_hide, _mute = aside.Aside.hide, aside.Aside.mute


async def _declines(self: Any, identifier: str) -> None:
    await self._ledger.write(Say("task.decline", identifier))
    await _hide(self, identifier)


async def _tells(self: Any, person: Any) -> None:
    await self._ledger.write(Say("update.share", body={"feeling": "I muted you"}))
    await _mute(self, person)


MUTANTS: Final = (
    # --- Pause ---
    Mutant(
        "an ask shows in a pause",
        words(task.Task, "visible_to", ("not (self.space_paused and", "not (False and")),
        UNSEEN,
    ),
    Mutant(
        "a proposal shows in a pause",
        words(consent.Consent, "visible_to", ("self.space_paused and", "False and")),
        UNSEEN,
    ),
    Mutant(
        "a checklist shows in a pause",
        words(checklist.Round, "unseen_by", ("self.space_paused and", "False and")),
        UNSEEN,
    ),
    Mutant(
        "a list of checklists shows all in a pause",
        words(checklists.Checklists, "visible", ("not each.unseen_by(me) and ", "")),
        UNSEEN,
    ),
    Mutant(
        "a request to erase shows in a pause",
        words(erasing, "hidden", ("if not pause.standing(statements, people):", "if True:")),
        UNSEEN,
    ),
    Mutant(
        "a text asks for a yes in a pause",
        both(
            words(repair.Repair, "asks", ("if self.rests or", "if")),
            words(repairs.Repairs, "visible", ("each.read_by(me)", "each")),
        ),
        UNSEEN,
    ),
    Mutant("a timeline shows what waits in a pause", other(timeline, "NOUNS", hides_nothing()), UNSEEN),
    Mutant(
        "a copy shows what waits in a pause",
        words(export._Shown, "offers", ("self._lists.consents.visible()", "self._lists.consents.all()")),
        UNSEEN,
    ),
    Mutant(
        "only one's own no hides, and no pause",
        words(consent_fold, "may_hide", (" or bool(pause.standing(statements, people))", "")),
        UNSEEN,
    ),
    Mutant(
        "what waited is gone after the pause",
        words(task.Task, "visible_to", ("self.space_paused and", "bool(self.rests) and")),
        UNSEEN,
    ),
    Mutant(
        "a no waits for the end of a pause",
        refused(offers.Offers, "_refuse", "view = self._mine(identifier)", "view.space_paused"),
        TRAPPED,
    ),
    Mutant(
        "a task cannot be declined in a pause",
        refused(tasks.Tasks, "decline", "found = self._mine(identifier)", "found.space_paused"),
        TRAPPED,
    ),
    Mutant(
        "nothing is unticked in a pause",
        refused(checklists.Checklists, "untick", "found = self._mine(identifier)", "found.space_paused"),
        TRAPPED,
    ),
    Mutant(
        "nobody steps out of a repair in a pause",
        words(
            repairs.Repairs,
            "step_out",
            ("await self", "self.may(view, Stage.SHARED); await self"),
        ),
        TRAPPED,
    ),
    Mutant(
        "nothing is written in a pause",
        words(private.Drawer, "put", ("await", "if self._ledger.statements('pause'): raise NotFound('')\n    await")),
        TRAPPED,
    ),
    Mutant(
        "no limit is set in a pause",
        refused(limit.Limits, "set", "body = _body(text, kind)", "self._ledger.statements('pause')"),
        TRAPPED,
    ),
    Mutant(
        "one pause is enough",
        words(
            pauses.Pauses,
            "pause",
            ("(identifier,) =", "if self.standing(): return self.standing()[0]\n    (identifier,) ="),
        ),
        rules.test_each_adds_a_pause_of_their_own_to_one_that_stands_and_lifts_that_alone,
    ),
    # --- what is shown of others ---
    Mutant(
        "a timeline tells the minute", words(timeline.Timeline, "_told", ("said.at if own else None", "said.at")), DAY
    ),
    Mutant(
        "a timeline tells what came when",
        words(
            timeline.Timeline,
            "_told",
            ("order = (not own, said.author, said.at, said.id)", "order = (False, '', said.at, said.id)"),
        ),
        DAY,
    ),
    Mutant(
        "what does not count is told",
        words(timeline.Timeline, "_counting", ("amiss | hidden |", "hidden |")),
        rules.test_what_does_not_count_is_told_to_nobody,
    ),
    Mutant("to hide is to decline", other(aside.Aside, "hide", _declines), ASIDE),
    Mutant("who is muted is told so", other(aside.Aside, "mute", _tells), ASIDE),
    Mutant(
        "what a muted person asks is shown",
        words(tasks.Tasks, "visible", ("each.unanswered or each.for_person != me", "False")),
        ASIDE,
    ),
    Mutant(
        "what a muted person proposes is shown",
        words(offers.Offers, "visible", ("and not (each.is_new_to(me) and each.proposer in aside)", "")),
        ASIDE,
    ),
    Mutant(
        "what a muted person shares is shown",
        words(slips.Slips, "visible", ("(said, each.id, each.person)", "(said, each.id)")),
        ASIDE,
    ),
    Mutant("what is hidden is shown", words(offers.Offers, "visible", ("and each.id not in aside", "")), ASIDE),
    Mutant("a timeline tells what is set aside", words(aside, "unseen", ("if not aside:", "if True:")), ASIDE),
    Mutant(
        "a withdrawal by a muted person is kept from who muted them",
        other(aside, "NARROWING", frozenset({"pause", "limit.set"})),
        NARROWS,
    ),
    Mutant(
        "a pause can be hidden",
        other(aside, "NARROWING", aside.NARROWING - {pause.PAUSE}),
        NARROWS,
    ),
    Mutant(
        "a limit can be hidden",
        other(aside, "NARROWING", aside.NARROWING - {limit.SET}),
        NARROWS,
    ),
    Mutant(
        "a pause by a muted person does not show",
        words(aside, "unseen", ("if each.kind not in NARROWING]", "]"), ("and each.kind in ASKING", "")),
        NARROWS,
    ),
    # --- yes and copies ---
    Mutant(
        "a grant grants all that waits",
        words(
            offers.Offers,
            "grant",
            (
                "await self._write(GRANT, view, answers, now)",
                "[await self._write(GRANT, each, (), now) for each in self.all() if each.waiting_for]",
            ),
        ),
        GRANT,
    ),
    Mutant(
        "a grant grants for everyone named",
        words(
            consent_fold,
            "_family_views",
            (
                "if (offer.id, each) in book.granted and",
                "if any((offer.id, p) in book.granted for p in parties if p != offer.said.author) and",
            ),
        ),
        GRANT,
    ),
    Mutant("a copy grants what it held", other(memory.Memories, "bring_in", _grants), COPY),
    # --- what is one's own ---
    Mutant(
        "reading help is kept",
        words(
            help_pages.Help,
            "list",
            ("own =", "self._places._ledger.own.setdefault('seen', {})['help'] = {}\n    own ="),
        ),
        TRACE,
    ),
    Mutant(
        "edits of help are shared",
        words(private.Drawer, "put", ("self._ledger.write_private(", "self._ledger.write(")),
        TRACE,
    ),
    Mutant(
        "whoever asks says that they erased",
        words(erasing.Erasing, "ask", ("return next(", "await self.receipt()\n    return next(")),
        ERASE,
    ),
    Mutant(
        "a receipt with more in it counts",
        words(erasing, "read", ("(NOT_PLAIN if said.body else None)", "None")),
        ERASE,
    ),
    Mutant(
        "to hear of a request is to answer it",
        words(
            erasing,
            "read",
            (
                "asked[said.id] = said",
                "asked[said.id] = said; receipts[said.id] = {Receipt(each, said.device, said.at) for each in people}",
            ),
        ),
        ERASE,
    ),
)
