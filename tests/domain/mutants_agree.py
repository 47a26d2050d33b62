"""Planted violations of the rules of limits and agreements.

Each breaks one rule in the code while its context lasts; the property that is named after the rule must notice. The
replaced words must be there, so that no mutant is one that changes nothing.
"""

from typing import Final

from collar_sync.domain import (
    agreements,
    consent,
    consent_book,
    consent_fold,
    limit,
    offers,
    sessions,
    terms,
    wording,
)
from collar_sync.domain.consent import State
from tests.domain import test_agreement_rules as agreed
from tests.domain.planting import Mutant, other, without, words

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
        other(limit, "readings", lambda text: frozenset({text})),
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
                "await self._ledger.write(Say(kind=END, subject=found.id), at",
                'await self._ledger.write(Say(kind=END, subject=found.id), Say(kind="agreement.propose"), at',
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
)
