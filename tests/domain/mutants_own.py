"""Planted violations of what is one person's alone: scripts, safety, entries, taking back, copies, private words."""

from typing import Any, Final

import msgspec

from collar_sync.domain import aside, erasing, export, offers, private, safety, scripts, tasks, timeline, tracking
from collar_sync.domain import help as help_pages
from collar_sync.domain import undo as taking_back
from tests.domain import mutants_record as record
from tests.domain import test_own_rules as rules
from tests.domain import test_record_rules as told
from tests.domain import test_timeline
from tests.domain.planting import Mutant, Planting, other, words

ROLES: Final = rules.test_no_permission_anywhere_depends_on_a_role
SCRIPTS: Final = rules.test_a_set_of_scripts_uses_no_roles_and_none_uses_rank_to_reach_closeness
EDITED: Final = rules.test_every_script_is_everyones_own_to_edit_and_to_have_back_as_it_was
SAFETY: Final = (
    rules.test_what_is_about_safety_opens_with_help_suggests_no_negotiating_and_offers_pause_with_what_shows_of_it
)
ENTRIES: Final = rules.test_no_use_of_a_device_makes_an_entry_and_nobody_touches_anothers
NOES: Final = rules.test_taking_back_reverses_no_pause_no_decline_no_withdrawal_and_no_other_no
OWN_ACTS: Final = rules.test_taking_back_is_of_ones_own_acts_on_this_device_and_what_another_wrote_since_stays
UNSIGNED: Final = rules.test_a_copy_carries_no_signature_and_no_device_and_says_that_it_proves_nothing
PRIVATE: Final = rules.test_what_is_private_is_in_a_copy_only_where_its_person_says_so_and_never_anothers
BESIDE: Final = (
    rules.test_a_journal_begun_beside_another_space_is_in_a_copy_where_its_person_says_so_and_nothing_of_that_space
)
ERASE: Final = rules.test_the_journal_and_all_that_is_private_is_untouched_by_an_erase_that_is_asked_for_and_told

_ENTRY: Final = (
    "self._ledger.own.setdefault('tracked', {})['seen'] = {'agreement': 'a', 'habit': 'b', 'day': '2026-05-01'}"
)
_LEADS: Final = "any(each.get('roles') for each in self._ledger.private_records('script').values())"


def only_without_roles(owner: Any, name: str, after: str) -> Planting:
    """Plant by refusing whoever keeps words for a role."""
    return record.refused(owner, name, after, _LEADS)


def script(name: str, *helps: str) -> Planting:
    """Plant by other words in one script."""
    changed = msgspec.structs.replace(scripts.SCRIPTS[name], helps=helps)
    return other(scripts, "SCRIPTS", {**scripts.SCRIPTS, name: changed})


def can_be_taken_back(kind: str, by: str) -> Planting:
    """Plant by one kind more that can be taken back."""
    return other(taking_back, "UNDOABLE", {**taking_back.UNDOABLE, kind: (by, "Take it back.")})


def safety_text(*more: str) -> Planting:
    """Plant by more words on the page about safety."""
    before = help_pages.TEXTS["safety"]
    return other(
        help_pages,
        "TEXTS",
        {**help_pages.TEXTS, "safety": msgspec.structs.replace(before, paragraphs=(*before.paragraphs, *more))},
    )


_markdown = export.Export.markdown


def _with_everything(self: export.Export, **_: bool) -> str:
    return _markdown(self, journal=True)


MUTANTS: Final = (
    # --- scripts ---
    Mutant(
        "whoever reads words for a role grants nothing",
        only_without_roles(offers.Offers, "grant", "view = self._mine(identifier)"),
        ROLES,
    ),
    Mutant(
        "whoever reads words for a role cannot decline",
        only_without_roles(tasks.Tasks, "decline", "found = self._mine(identifier)"),
        ROLES,
    ),
    Mutant("a text without roles names one", script("slipped", "I am your Dominant, and I slipped."), SCRIPTS),
    Mutant("a text uses rank", script("dominant-slipped", "Kneel, and come here."), SCRIPTS),
    Mutant("a text pulls rank for closeness", script("hurt-in-dynamic", "As your submissive I forgive you."), SCRIPTS),
    Mutant(
        "there are no words for who was hurt in a dynamic",
        other(scripts, "SCRIPTS", {n: each for n, each in scripts.SCRIPTS.items() if n != "hurt-in-dynamic"}),
        SCRIPTS,
    ),
    Mutant(
        "what came with the app cannot be edited",
        words(
            scripts.Scripts, "all", ("self._own.all().items())}", "self._own.all().items()) if name not in SCRIPTS}")
        ),
        EDITED,
    ),
    Mutant(
        "an edit turns a text by role into one without",
        words(scripts.Scripts, "edit", ("roles=before.roles", "roles=False")),
        EDITED,
    ),
    Mutant(
        "edits that were taken out are gone for good",
        words(private.Drawer, "remove", ("{REMOVED: True}", "{REMOVED: True, 'helps': ''}")),
        EDITED,
    ),
    # --- the safety branch ---
    Mutant("help does not say first who may look", other(help_pages, "OPENING", "Here are places to turn to."), SAFETY),
    Mutant(
        "pause is offered without what others see of it",
        other(help_pages, "PAUSE_SEEN", "You can press Pause at any moment, without a reason."),
        SAFETY,
    ),
    Mutant("the page suggests to negotiate", safety_text("Perhaps the two of you can meet halfway."), SAFETY),
    Mutant(
        "the list leads to somebody who mediates",
        other(
            help_pages, "PLACES", {"them": help_pages.Place(name="A mediator for the two of you"), **help_pages.PLACES}
        ),
        SAFETY,
    ),
    Mutant(
        "a repair goes on beside what is about safety",
        words(safety.Safety, "concerns", ("return any(", "return False and any(")),
        SAFETY,
    ),
    # --- tracking ---
    Mutant(
        "what is done is an entry",
        words(
            tasks.Tasks,
            "done",
            (
                "if found.state is TaskState.DECLINED:",
                f"{_ENTRY}\n    if found.state is TaskState.DECLINED:",
            ),
        ),
        ENTRIES,
    ),
    Mutant(
        "to be shown is to write",
        words(
            tracking.Tracking,
            "tell",
            (
                "wanted = self._wanted()",
                f"wanted = self._wanted()\n    {_ENTRY}",
            ),
        ),
        ENTRIES,
    ),
    Mutant(
        "what is not here can be taken out",
        words(
            tracking.Tracking,
            "remove",
            ("if not entries or not {*entries} <= self._entries.all().keys():", "if False:"),
            ("self._entries.remove(each)", "self._entries.put(each, note='')"),
        ),
        ENTRIES,
    ),
    # --- taking back ---
    Mutant("a pause can be taken back", can_be_taken_back("pause", "pause.lift"), NOES),
    Mutant("a no to a task can be taken back", can_be_taken_back("task.decline", "task.accept"), NOES),
    Mutant("a no to a consent can be taken back", can_be_taken_back("consent.decline", "consent.grant"), NOES),
    Mutant("a pause on a consent can be taken back", can_be_taken_back("consent.pause", "consent.resume"), NOES),
    Mutant("a no to an agreement can be taken back", can_be_taken_back("agreement.decline", "agreement.grant"), NOES),
    Mutant("a limit can be taken back", can_be_taken_back("limit.set", "limit.loosen"), NOES),
    Mutant("a step out can be taken back", can_be_taken_back("focus.leave", "focus.join"), NOES),
    Mutant(
        "what another wrote is overwritten",
        other(taking_back.Undo, "_untouched", lambda _self, _field: True),
        OWN_ACTS,
    ),
    Mutant(
        "what another did is taken back",
        words(taking_back.Undo, "_earlier", ("said.device == ledger.device and", "True and")),
        OWN_ACTS,
    ),
    Mutant("nothing is taken back", other(taking_back, "UNDOABLE", {}), OWN_ACTS),
    # --- copies ---
    Mutant(
        "a line carries a signature",
        words(export, "_day_of", ("id=line.id", f"id=line.id + {rules.signature()!r}")),
        UNSIGNED,
    ),
    Mutant(
        "a copy names the device",
        words(export.Export, "_copy", ("space=self._name()", "space=self._name() + ledger.device")),
        UNSIGNED,
    ),
    Mutant("a copy calls itself proof", other(export, "WARNING", "Signed by everyone in it."), UNSIGNED),
    Mutant("the journal is in every copy", other(export.Export, "markdown", _with_everything), PRIVATE),
    Mutant(
        "drafts are in every copy",
        words(export.Export, "_copy", ("{} if beside is None else _together(ledger, beside)", "_together(ledger, ())")),
        PRIVATE,
    ),
    Mutant("a copy leaves out what lies beside", words(export, "_together", ("reversed(beside)", "()")), BESIDE),
    Mutant("a copy tells of another space", other(export, "OF_THE_PERSON", export.PRIVATE), BESIDE),
    Mutant(
        "what lies beside is in every copy",
        words(export.Export, "json", ("beside if journal else None", "beside or None")),
        BESIDE,
    ),
    Mutant("a copy leaves out what was asked for", other(export, "PRIVATE", ("journal",)), PRIVATE),
    # --- erasing ---
    Mutant(
        "to say that one erased takes the journal along",
        words(
            erasing.Erasing,
            "receipt",
            ("await write_in_parts(", "self._ledger.own.clear(); await write_in_parts("),
        ),
        ERASE,
    ),
    # --- what is told, and what is set aside ---
    Mutant(
        "forged acts are told",
        other(timeline.Timeline, "_counting", lambda _self, page, _at_hand: page),
        told.test_what_does_not_count_is_told_to_nobody,
    ),
    Mutant(
        "a page forgets what rests",
        other(timeline.Timeline, "_resting", lambda _self, _start, _end: ([], False)),
        test_timeline.test_page_by_page_it_says_the_same_and_so_it_does_after_what_is_over_was_put_away,
    ),
    Mutant("a muted person's asks are shown", other(aside, "ASKING", ()), record.ASIDE),
    Mutant(
        "a copy alone shows what waits",
        words(export._Shown, "tasks", ("self._lists.tasks.visible()", "self._lists.tasks.all()")),
        record.UNSEEN,
    ),
)
