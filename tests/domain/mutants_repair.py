"""Planted violations of the rules about slip-ups and repairs, each with the property that must notice it."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Say
from collar_sync.domain import (
    consent_fold,
    consents,
    private,
    repair,
    repair_book,
    repair_fold,
    repair_forms,
    repair_writing,
    repairs,
    safety,
    slip,
)
from collar_sync.domain.repair_forms import AGAIN, CLOSE, TABLE, Stage
from collar_sync.domain.written import parse
from collar_sync.testing.mutants import replaced, rewritten
from tests.domain import test_repair_freedom_rules as free
from tests.domain import test_repair_rules as rules
from tests.domain.plain import DAY, MINUTE
from tests.domain.planting import inside


@dataclasses.dataclass(frozen=True)
class Planted:
    """One violation: `plant` it while its context lasts, and `rule` must fail over some history."""

    rule: Callable[..., None]
    plant: Callable[[], Any]


def _moved(act: str, by: str) -> Any:
    """The table lets other people make that move."""
    changed = tuple(msgspec.structs.replace(move, by=by) if move.act == act else move for move in TABLE)
    return replaced(repair_book, "TABLE", changed)


class _AnyKind(slip.Body, frozen=True):
    kind: str  # type: ignore[assignment]  # whatever a peer says


@contextmanager
def _a_deadline() -> Iterator[None]:
    own = repairs.Repairs._own

    def hurried(self: Any, view: Any) -> Any:
        over = self._ledger.now() - view.slip.at > 30 * DAY
        return own(self, msgspec.structs.replace(view, stage=Stage.CLOSED) if over else view)

    with replaced(repairs.Repairs, "_own", hurried):
        yield


@contextmanager
def _told() -> Iterator[None]:
    write = safety.Safety.write

    async def telling(self: Any, kind: Any, words: str = "", *, about: str = "") -> Any:
        await self._ledger.write(Say("repair.take_back", about))
        return await write(self, kind, words, about=about)

    with replaced(safety.Safety, "write", telling):
        yield


def _anybody_shares(said: Any, body: slip.Body, people: Any) -> str | None:
    return slip._flaw(msgspec.structs.replace(said, author=body.parties[0]), body, people)


def _anybodys() -> Any:
    own = "for each in named if each.author == said.author}"
    return rewritten(repair_book, "_take_back", (own, "for each in named}"))


def _lost_by_leaving() -> Any:
    yeses = "self.yeses.get(key, ())"
    return rewritten(repair_book.Entry, "sayers", (yeses, f"({yeses} if not self.acts.get(OUT) else ())"))


@contextmanager
def _forgiving() -> Iterator[None]:
    forms = {**repair_forms.FORMS, "repair.forgive": repair_forms.Plain}
    with replaced(repair_book, "FORMS", forms), replaced(repair_forms, "FORMS", forms):
        yield


@contextmanager
def _roots_said() -> Iterator[None]:
    """Sharing takes the roots along."""
    words = repair_forms.part_words
    with replaced(repair_writing, "part_words", lambda part: {**words(part), "roots": getattr(part, "roots", "")}):
        yield


@contextmanager
def _loose_plans() -> Iterator[None]:
    """A plan holds any number of small promises."""

    class Plans(repair_forms.Plan, frozen=True, kw_only=True):
        commitments: tuple[repair_forms.Commitment, ...] = ()

    forms = {**repair_forms.FORMS, repair_forms.PLAN: Plans}
    with replaced(repair_book, "FORMS", forms), replaced(repair_forms, "FORMS", forms):
        yield


def _without_flaws(said: Any, _people: Any) -> tuple[msgspec.Struct | None, str | None]:
    form = parse(said.body, repair_forms.FORMS[said.kind])
    return form, None if form is not None else "It is not in a form known here."


@contextmanager
def _drafts_said() -> Iterator[None]:
    draft = repair_writing.RepairWriting.write_apology

    async def telling(self: Any, identifier: str, **words: str) -> Any:
        await self._ledger.write(Say("repair.apology", identifier, {"round": 1, **words}))
        return await draft(self, identifier, **words)

    with replaced(repair_writing.RepairWriting, "write_apology", telling):
        yield


@contextmanager
def _plans_grant() -> Iterator[None]:
    """What a repair says counts as said about consents."""
    fold = consent_fold.fold

    def generous(statements: Any, people: Any) -> Any:
        found = fold(statements, people)
        return {**found, **{each.id: None for each in statements if each.kind == "repair.part"}}

    with replaced(consents, "fold", generous):
        yield


@contextmanager
def _notes_said() -> Iterator[None]:
    put = private.Drawer.put

    async def telling(self: Any, identifier: str, **fields: Any) -> None:
        await self._ledger.write(Say("moment.share", body={"text": repr(fields)}))
        await put(self, identifier, **fields)

    with replaced(private.Drawer, "put", telling):
        yield


_INHERITED: Final = "signs.get(said.id, set()) | set().union(*(signs.get(each, set()) for each in said.answers)) |"

MUTANTS: Final = {
    "one who is ready opens a stage for all": Planted(
        rules.test_each_stage_opens_only_when_all_are_ready,
        lambda: _moved(repair_forms.READY, "anyone"),
    ),
    "a stage that all are ready for stays shut": Planted(
        rules.test_a_stage_for_which_all_are_ready_is_open_whoever_was_slow_and_whenever,
        lambda: rewritten(repair_book, "_open", ("entry.present <= said", "entry.present < said")),
    ),
    "a yes cannot be taken back": Planted(
        rules.test_not_yet_works_at_once_and_alone,
        lambda: rewritten(repair_book.Entry, "sayers", ("if not standing or self.stands(said)", "")),
    ),
    "anybody takes back a yes": Planted(
        rules.test_nobody_is_ready_for_another_and_nobody_takes_that_back_for_another,
        _anybodys,
    ),
    "anybody brings back who stepped out": Planted(
        rules.test_stepping_out_stands_until_its_own_author_names_it,
        _anybodys,
    ),
    "stepping out loses the stage": Planted(
        rules.test_it_can_be_left_and_entered_again_at_any_point,
        _lost_by_leaving,
    ),
    "in a pause of the space it is asked all the same": Planted(
        rules.test_what_waits_for_a_yes_waits_unseen_while_it_rests,
        lambda: rewritten(repair.Repair, "asks", ("if self.rests or", "if")),
    ),
    "a timeline shows what waits in a pause": Planted(
        rules.test_what_waits_for_a_yes_waits_unseen_while_it_rests,
        lambda: rewritten(repair.Repair, "unseen_by", ("if self.rests else", "if self.out else")),
    ),
    "a repair is over after a month": Planted(rules.test_there_is_no_deadline, _a_deadline),
    "one signature is enough": Planted(
        rules.test_what_all_agree_on_is_signed_by_all_on_its_exact_text,
        lambda: rewritten(repair_fold, "_sheet", ("entry.present <= {*alone.signed_by}", "alone.signed_by")),
    ),
    "a signature that was taken back counts": Planted(
        rules.test_what_all_agree_on_is_signed_by_all_on_its_exact_text,
        lambda: rewritten(repair_fold, "_signatures", ("if entry.stands(said):", "if said:")),
    ),
    "signatures move on to an edited text": Planted(
        rules.test_shared_facts_lose_every_signature_when_their_text_changes,
        lambda: rewritten(repair_fold, "_versions", ("signs.get(said.id, set())", "set().union(*signs.values())")),
    ),
    "signatures move on to the text that replaces theirs": Planted(
        rules.test_shared_facts_lose_every_signature_when_their_text_changes,
        lambda: rewritten(repair_fold, "_versions", ("signs.get(said.id, set()) |", _INHERITED)),
    ),
    "whoever signed a text has signed what replaces it": Planted(
        rules.test_what_all_agree_on_is_signed_by_all_on_its_exact_text,
        lambda: rewritten(repair_fold, "_versions", ("signs.get(said.id, set()) |", _INHERITED)),
    ),
    "another replaces one's part": Planted(
        rules.test_each_writes_only_their_own_part,
        lambda: rewritten(repair_fold, "_shared", (" if by.get(answer) == said.author}", "}")),
    ),
    "what came too early is shown": Planted(
        rules.test_nothing_of_a_stage_is_shown_for_which_not_everyone_was_ever_ready,
        lambda: rewritten(repair_book, "_keep_what_is_open", (" in entry.reached:", ":")),
    ),
    "one closes it for all": Planted(
        rules.test_it_is_closed_when_all_say_so_in_its_last_round_and_not_before,
        lambda: _moved(CLOSE, "anyone"),
    ),
    "going round again needs everyone": Planted(
        rules.test_anyone_can_go_round_again_and_that_opens_with_a_pause,
        lambda: _moved(AGAIN, "everyone"),
    ),
    "a removed device opens stages": Planted(
        rules.test_a_device_beyond_its_removal_only_narrows,
        lambda: rewritten(repair_book, "_enter", ("if said.beyond_cut and not narrows:", "if False:")),
    ),
    "the order of arrival is the order of texts": Planted(
        rules.test_the_same_history_gives_the_same_repairs_in_any_order_of_arrival,
        lambda: rewritten(
            repair_fold, "_versions", ("sorted(found, key=lambda each: (each[0].at, each[0].id))", "found")
        ),
    ),
    "a stranger to a repair has a say": Planted(
        free.test_who_takes_no_part_changes_nothing,
        lambda: rewritten(repair_book, "_enter", ("if said.author not in entry.slip.parties:", "if False:")),
    ),
    "somebody shares another's slip-up": Planted(
        rules.test_a_slip_up_is_shared_only_by_its_author_and_never_one_of_the_safety_branch,
        lambda: inside(slip.SLIP, flaw=_anybody_shares),
    ),
    "a threat is shown as a slip-up": Planted(
        rules.test_a_slip_up_is_shared_only_by_its_author_and_never_one_of_the_safety_branch,
        lambda: inside(slip.SLIP, form=_AnyKind),
    ),
    "forgiveness can be asked for": Planted(
        rules.test_there_is_no_forgiveness_to_be_asked_for_or_given,
        _forgiving,
    ),
    "a closed repair counts as open": Planted(
        rules.test_what_is_open_is_what_was_begun_and_not_closed_and_stays_at_hand,
        lambda: replaced(repair.Repair, "is_open", property(lambda view: view.stage is not Stage.SHARED)),
    ),
    "a slip-up that was just shared holds nothing back": Planted(
        free.test_whoever_takes_part_is_in_a_repair_until_it_is_closed_or_was_let_be_for_14_days,
        lambda: rewritten(
            repair.Repair, "holds_back", ("self.stage is Stage.CLOSED", "self.stage in {Stage.SHARED, Stage.CLOSED}")
        ),
    ),
    "a slip-up of which nobody begins a repair holds back for ever": Planted(
        free.test_whoever_takes_part_is_in_a_repair_until_it_is_closed_or_was_let_be_for_14_days,
        lambda: rewritten(repair.Repair, "holds_back", ("[self.slip.at] if self.stage is Stage.SHARED else []", "[]")),
    ),
    "a break makes room for a price": Planted(
        free.test_whoever_takes_part_is_in_a_repair_until_it_is_closed_or_was_let_be_for_14_days,
        lambda: rewritten(
            repair.Repair,
            "holds_back",
            ("for each, at in self.out_since if each", "for each in self.out if each"),
            ("[at for", "[now - 15 * 86_400_000 for"),
        ),
    ),
    "whoever leaves a repair is kept in it": Planted(
        free.test_nobody_is_kept_in_a_repair_longer_than_14_days_whatever_others_say,
        lambda: replaced(repair_book.Entry, "out_since", lambda _entry: ()),
    ),
    "leaving a repair takes everyone": Planted(
        free.test_nobody_is_kept_in_a_repair_longer_than_14_days_whatever_others_say,
        lambda: rewritten(repair.Repair, "holds_back", ("if each == person]", "if {*self.present} <= {*self.out}]")),
    ),
    "an open repair is let go of": Planted(
        rules.test_what_is_open_is_what_was_begun_and_not_closed_and_stays_at_hand,
        lambda: rewritten(
            repair_fold, "open_names", ("if each.stage is not Stage.CLOSED", "if each.stage is Stage.SHARED")
        ),
    ),
    "what does not count is passed over without a word": Planted(
        rules.test_what_somebody_said_is_shown_or_named_with_a_reason,
        lambda: replaced(repair_fold, "problems", lambda *_: ()),
    ),
    "somebody's need of help shows in what comes next for others": Planted(
        free.test_help_comes_before_everything_for_who_noted_it_and_nobody_else_can_tell,
        lambda: rewritten(repair.Repair, "_look", ("person == self.first_help", "self.first_help is not None")),
    ),
    "what waits for a yes is asked of somebody who needs help first": Planted(
        free.test_help_comes_before_everything_for_who_noted_it_and_nobody_else_can_tell,
        lambda: rewritten(repair.Repair, "asks", (" or reader == self.first_help", "")),
    ),
    "a note about safety says something": Planted(
        free.test_help_comes_before_everything_for_who_noted_it_and_nobody_else_can_tell, _told
    ),
    "a note about safety changes no next step": Planted(
        free.test_help_comes_before_everything_for_who_noted_it_and_nobody_else_can_tell,
        lambda: rewritten(repairs.Repairs, "_own", ("if self._safety.concerns(view.id)", "if False")),
    ),
    "roots are shared": Planted(free.test_roots_and_what_is_noted_about_safety_are_never_said, _roots_said),
    "a talk is suggested for next month": Planted(
        free.test_a_talk_is_between_twenty_minutes_and_a_day_from_when_it_was_suggested,
        lambda: replaced(limits, "TALK_MILLISECONDS_MAX", 90 * DAY),
    ),
    "a talk is suggested for now": Planted(
        free.test_a_talk_is_between_twenty_minutes_and_a_day_from_when_it_was_suggested,
        lambda: replaced(limits, "TALK_MILLISECONDS_MIN", 0),
    ),
    "a talk is suggested for a minute beyond a day": Planted(
        free.test_a_talk_is_between_twenty_minutes_and_a_day_from_when_it_was_suggested,
        lambda: replaced(limits, "TALK_MILLISECONDS_MAX", DAY + MINUTE),
    ),
    "a talk is suggested for a moment too early": Planted(
        free.test_a_talk_is_between_twenty_minutes_and_a_day_from_when_it_was_suggested,
        lambda: replaced(limits, "TALK_MILLISECONDS_MIN", 20 * MINUTE - 1),
    ),
    "a plan promises as much as it likes": Planted(
        free.test_a_plan_holds_one_to_three_small_promises_and_an_apology_all_of_its_parts, _loose_plans
    ),
    "half an apology counts": Planted(
        free.test_a_plan_holds_one_to_three_small_promises_and_an_apology_all_of_its_parts,
        lambda: replaced(repair_book, "form_of", _without_flaws),
    ),
    "half an apology is offered": Planted(
        free.test_an_unfinished_apology_is_kept_and_not_offered_and_its_style_never_stands_in_the_way,
        lambda: replaced(repair_writing.ApologyDraft, "missing", ()),
    ),
    "a detour blocks an apology": Planted(
        free.test_an_unfinished_apology_is_kept_and_not_offered_and_its_style_never_stands_in_the_way,
        lambda: rewritten(repair_writing.RepairWriting, "offer_apology", ("if draft.missing:", "if draft.hints:")),
    ),
    "no detour is named": Planted(
        free.test_an_unfinished_apology_is_kept_and_not_offered_and_its_style_never_stands_in_the_way,
        lambda: replaced(repair_writing, "DETOURS", ()),
    ),
    "an apology is sent when it is drafted": Planted(
        free.test_an_unfinished_apology_is_kept_and_not_offered_and_its_style_never_stands_in_the_way, _drafts_said
    ),
    "to be wary is not enough": Planted(
        free.test_still_wary_is_a_full_answer_and_closes_nothing,
        lambda: rewritten(repair_writing.RepairWriting, "say", ('"still_wary": still_wary', '"still_wary": False')),
    ),
    "a word in a review closes it": Planted(
        free.test_still_wary_is_a_full_answer_and_closes_nothing,
        lambda: rewritten(
            repair_writing.RepairWriting, "say", ("return await", "await self.close(view.id)\n    return await")
        ),
    ),
    "one promises what another is to do": Planted(
        free.test_nobody_promises_for_another_what_a_plan_holds,
        lambda: rewritten(repair_writing.RepairWriting, "_own_promises", (" if each.person == self._ledger.me]", "]")),
    ),
    "whoever takes no part has a say in whether it opens": Planted(
        rules.test_each_stage_opens_only_when_all_are_ready,
        lambda: rewritten(repair_book, "_open", ("entry.present <= said", "len(said) >= len(entry.present) - 1")),
    ),
    "what comes up again opens a consent": Planted(rules.test_a_repair_grants_nothing_and_lifts_nothing, _plans_grant),
    "in a repair nothing can be written for oneself": Planted(
        free.test_whatever_the_next_step_is_a_person_can_step_out_pause_and_write_privately,
        lambda: rewritten(
            repair_writing.RepairWriting,
            "_draft",
            ("slot = self._slot(self.get(identifier))", "slot = ''; self.may(self.get(identifier), BELONGS[PART])"),
        ),
    ),
    "a private journal of a repair is shared": Planted(
        free.test_help_comes_before_everything_for_who_noted_it_and_nobody_else_can_tell, _notes_said
    ),
}
