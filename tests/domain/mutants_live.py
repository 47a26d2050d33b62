"""Planted violations of the rules of presence, of live sharing and of who may hear a word in passing."""

from collections.abc import Callable
from functools import partial
from typing import Final

from collar_sync.core import air
from collar_sync.domain import consent, export, gate, offers, presence, sharing, terms, timeline
from collar_sync.domain.presence import Presence
from collar_sync.domain.sentences import SENTENCES
from collar_sync.domain.sharing import Sharings
from tests.domain import test_export as copied
from tests.domain import test_presence as shown
from tests.domain import test_sharing as shared
from tests.domain.planting import Mutant, Planting, both, entry, other, without, without_rule, words
from tests.simulation import test_live_sharing as whole

DAY: Final = 86_400_000


def opened(state: gate.State) -> Planting:
    """Plant by letting everybody hear what the gate decides so."""
    table = tuple(
        type(rule)(rule.words, rule.applies, gate.State.OPEN) if rule.state is state else rule for rule in gate.TABLE
    )
    return other(gate, "TABLE", table)


def ended(how: str) -> Callable[[], None]:
    """However it ends, the other reads the same nothing; that story, for one end."""
    return partial(whole.test_however_it_ends_the_other_reads_the_same_nothing, how)


MUTANTS: Final = (
    # --- presence ---
    Mutant(
        "presence is on until somebody hides it",
        without(presence, presence.State.OFF),
        shown.test_nobody_is_shown_who_did_not_show_themself_and_has_named_every_hide_since,
    ),
    Mutant(
        "a hide hides nothing",
        without(presence, presence.State.HIDDEN),
        shown.test_one_hide_on_any_device_hides_at_once_and_wherever_it_arrives,
    ),
    Mutant(
        "any show answers every hide",
        words(presence, "_towards", ("if said.id not in answered]\n    standing", "if not shows]\n    standing")),
        shown.test_nobody_is_shown_who_did_not_show_themself_and_has_named_every_hide_since,
    ),
    Mutant(
        "a hide from everyone hides from nobody",
        words(presence, "read", ("if said.subject in {EVERYONE, other}", "if said.subject == other")),
        shown.test_one_hide_on_any_device_hides_at_once_and_wherever_it_arrives,
    ),
    Mutant(
        "a hide from one hides from all",
        words(presence, "read", ("if said.subject in {EVERYONE, other}]", "]")),
        shown.test_a_hide_from_one_hides_from_them_alone,
    ),
    Mutant(
        "whoever is shown somebody is shown to them",
        words(presence, "read", ("shows.get(person, ()) if said.subject == other", "shows.get(other, ())")),
        shown.test_nobody_else_can_show_or_hide_somebody,
    ),
    Mutant(
        "another hides somebody",
        words(
            presence,
            "read",
            (
                "hides.setdefault(said.author, []).append(said)\n        elif",
                "hides.setdefault(said.subject, []).append(said)\n        elif",
            ),
        ),
        shown.test_nobody_else_can_show_or_hide_somebody,
    ),
    Mutant(
        "presence is shown for ever",
        without(presence, presence.State.OVER),
        shown.test_it_lasts_to_its_end_and_90_days_at_most_and_the_end_needs_no_message,
    ),
    Mutant(
        "presence is shown for a year",
        without(presence, presence.State.EARLY),
        shown.test_it_lasts_to_its_end_and_90_days_at_most_and_the_end_needs_no_message,
    ),
    Mutant(
        "of two ends the later counts",
        words(presence, "_towards", ("until=min(", "until=max(")),
        shown.test_it_lasts_to_its_end_and_90_days_at_most_and_the_end_needs_no_message,
    ),
    Mutant(
        "presence is shown for a month where nobody chose",
        other(presence, "FLOW_MILLISECONDS", 30 * DAY),
        shown.test_without_an_end_it_lasts_two_weeks_and_no_choice_lasts_beyond_90_days,
    ),
    Mutant(
        "presence may be shown for half a year",
        words(Presence, "show", ("> FLOW_MILLISECONDS_MAX", "> 2 * FLOW_MILLISECONDS_MAX")),
        shown.test_without_an_end_it_lasts_two_weeks_and_no_choice_lasts_beyond_90_days,
    ),
    Mutant(
        "who has left is shown on",
        without(presence, presence.State.DEPARTED),
        shown.test_who_has_left_is_shown_to_nobody_and_is_shown_nobody,
    ),
    Mutant(
        "a removed device shows",
        words(presence, "_showing", ("if said.beyond_cut else", "if False else")),
        shown.test_what_was_said_on_a_removed_device_after_its_removal_hides_and_never_shows,
    ),
    Mutant(
        "a hide from a removed device hides nothing",
        words(presence, "read", ("elif said.kind == HIDE:", "elif said.kind == HIDE and not said.beyond_cut:")),
        shown.test_what_was_said_on_a_removed_device_after_its_removal_hides_and_never_shows,
    ),
    Mutant(
        "a later show outdoes a hide",
        words(
            presence,
            "_towards",
            (
                "hidden = [said.id for said in hides if said.id not in answered]",
                "hidden = [e.id for e in hides if e.id not in answered and all(s.at < e.at for s, _ in shows)]",
            ),
        ),
        shown.test_no_clock_of_an_author_decides_anything,
    ),
    Mutant(
        "the first end to arrive counts",
        words(
            presence,
            "_towards",
            ("min((until for", "next(iter(until for"),
            (", default=None)", ", None)"),
        ),
        shown.test_in_any_order_of_arrival_the_same_is_read,
    ),
    Mutant(
        "to arrive tells everyone",
        words(Presence, "arrive", ("to = [each.to for each in self.mine()]", "to = [*self._ledger.people()]")),
        shown.test_who_is_shown_sees_all_the_time_to_whom_and_it_is_told_to_these_alone,
    ),
    Mutant(
        "to show is to be here",
        words(Presence, "show", ("return Showing(", 'self._air.tell(WORD, b"", [other], 1); return Showing(')),
        shown.test_who_is_shown_sees_all_the_time_to_whom_and_it_is_told_to_these_alone,
    ),
    Mutant(
        "one is here for a day without another word",
        other(presence, "HERE_MILLISECONDS", DAY),
        whole.test_presence_is_off_until_its_subject_shows_it_and_one_act_hides_it_at_once,
    ),
    Mutant(
        "who sees somebody is not shown to them",
        words(Presence, "mine", ("if person == me and", "if to == me and")),
        shown.test_who_is_shown_sees_all_the_time_to_whom_and_it_is_told_to_these_alone,
    ),
    Mutant(
        "who hides is told on",
        words(Presence, "hide", ("self._air.hush(WORD)", "pass")),
        shown.test_to_hide_is_never_refused_and_takes_back_what_is_told_to_the_last_who_sees,
    ),
    Mutant(
        "everyone reads whom somebody hid from",
        entry(SENTENCES, presence.HIDE, lambda said, folk: f"{folk.name(said.author)} hides."),
        shown.test_a_timeline_tells_of_presence_those_alone_whom_it_is_about_and_of_hiding_who_hid,
    ),
    Mutant(
        "everyone reads who is shown to whom",
        entry(SENTENCES, presence.SHOW, lambda said, folk: f"{folk.name(said.author)} shows."),
        shown.test_a_timeline_tells_of_presence_those_alone_whom_it_is_about_and_of_hiding_who_hid,
    ),
    # --- who may hear ---
    Mutant(
        "presence is told in a pause",
        without_rule(gate, "a pause of the space stands"),
        shown.test_the_gate_lets_presence_through_as_it_is_shown_and_never_in_a_pause,
    ),
    Mutant(
        "everyone hears who is here",
        opened(gate.State.PRESENCE),
        shown.test_the_gate_lets_presence_through_as_it_is_shown_and_never_in_a_pause,
    ),
    Mutant(
        "who has left hears on",
        without_rule(gate, "one of the two is not in the space, or has left"),
        shared.test_of_what_an_app_tells_nothing_is_heard_in_a_pause_or_of_a_kind_that_nobody_knows,
    ),
    Mutant(
        "a kind that nobody knows is heard",
        other(gate, "TABLE", (*gate.TABLE[:-1], type(gate.TABLE[-1])("", gate.TABLE[-1].applies, gate.State.OPEN))),
        shared.test_of_what_an_app_tells_nothing_is_heard_in_a_pause_or_of_a_kind_that_nobody_knows,
    ),
    Mutant(
        "one's own devices hear everything",
        opened(gate.State.OWN),
        shared.test_another_device_of_ones_own_hears_what_anybody_may_hear_of_it_and_nothing_else,
    ),
    Mutant(
        "one's own devices are strangers",
        without(gate, gate.State.OWN),
        shown.test_the_gate_lets_presence_through_as_it_is_shown_and_never_in_a_pause,
    ),
    # --- live sharing ---
    Mutant(
        "live values flow without a consent",
        opened(gate.State.SHARING),
        shared.test_nothing_flows_but_under_a_bounded_consent_that_is_active_and_includes_it,
    ),
    *(
        Mutant(
            f"a value flows though {words_}",
            without_rule(sharing, words_),
            shared.test_nothing_flows_but_under_a_bounded_consent_that_is_active_and_includes_it,
        )
        for words_ in (rule.words for rule in sharing.TABLE[:-1])
    ),
    Mutant(
        "live sharing lasts for years",
        words(terms, "flaw", ("(lasts is None or lasts > FLOW_MILLISECONDS_MAX)", "lasts is None")),
        shared.test_nothing_flows_but_under_a_bounded_consent_that_is_active_and_includes_it,
    ),
    Mutant(
        "a value flows though nobody granted",
        without(consent, consent.State.PROPOSED),
        shared.test_nothing_flows_but_under_a_bounded_consent_that_is_active_and_includes_it,
    ),
    Mutant(
        "a pause lets values flow",
        both(without(consent, consent.State.PAUSED), without_rule(gate, "a pause of the space stands")),
        shared.test_any_no_of_anyone_named_closes_it_at_once_with_no_network,
    ),
    Mutant(
        "a withdrawal lets values flow",
        without(consent, consent.State.REVOKED),
        shared.test_any_no_of_anyone_named_closes_it_at_once_with_no_network,
    ),
    Mutant(
        "a limit lets values flow",
        words(gate, "make_gate", ("(consents.PREFIX, limit.PREFIX)", "(consents.PREFIX,)")),
        shared.test_any_no_of_anyone_named_closes_it_at_once_with_no_network,
    ),
    Mutant(
        "a value flows after the end",
        without(consent, consent.State.EXPIRED),
        shared.test_what_reached_its_end_needs_no_message_and_does_not_come_back,
    ),
    Mutant(
        "live sharing is proposed for a month",
        other(terms, "FLOW_MILLISECONDS", 30 * DAY),
        shared.test_live_sharing_is_proposed_for_two_weeks_and_for_ninety_days_at_most,
    ),
    Mutant(
        "whose it is, is everyone's where nobody chose",
        words(Sharings, "propose", ("whose=whose,", "whose=[*self._ledger.people()] if whose is None else whose,")),
        shared.test_live_sharing_is_proposed_for_two_weeks_and_for_ninety_days_at_most,
    ),
    Mutant(
        "a value is told to everyone",
        words(Sharings, "tell", ("body, ends, lasts", "body, self._ledger.people(), lasts")),
        shared.test_a_value_goes_to_those_alone_whom_a_consent_lets_hear_it_and_ends_with_it_or_in_a_day,
    ),
    Mutant(
        "whom a consent lets hear it is not known before it is told",
        words(Sharings, "hearers", ("if person != me and", "if person == me and")),
        shared.test_a_value_goes_to_those_alone_whom_a_consent_lets_hear_it_and_ends_with_it_or_in_a_day,
    ),
    Mutant(
        "nothing that all granted can flow",
        words(offers.Offers, "flowing", ("if not said:", "if said:")),
        shared.test_a_value_goes_to_those_alone_whom_a_consent_lets_hear_it_and_ends_with_it_or_in_a_day,
    ),
    Mutant(
        "the points of live sharing leave out who may see it",
        words(Sharings, "propose", ("access,\n", "(),\n")),
        shared.test_live_sharing_is_proposed_for_two_weeks_and_for_ninety_days_at_most,
    ),
    Mutant(
        "who says that they are here does not see it",
        words(Presence, "told", ("told.kind == WORD", "told.kind != WORD")),
        shown.test_who_is_shown_sees_all_the_time_to_whom_and_it_is_told_to_these_alone,
    ),
    Mutant(
        "a value outlives its consent",
        words(Sharings, "tell", ("min(lifetime_milliseconds, max(ends.values()) - now)", "lifetime_milliseconds")),
        shared.test_a_value_goes_to_those_alone_whom_a_consent_lets_hear_it_and_ends_with_it_or_in_a_day,
    ),
    Mutant(
        "whoever shares does not see with whom",
        words(Sharings, "mine", ("value.text, told.to, told.since, told.ends)", "value.text)")),
        shared.test_a_value_goes_to_those_alone_whom_a_consent_lets_hear_it_and_ends_with_it_or_in_a_day,
    ),
    Mutant(
        "to hush hushes nothing",
        words(Sharings, "hush", ("self._air.hush(PREFIX + kind)", "pass")),
        shared.test_a_value_goes_to_those_alone_whom_a_consent_lets_hear_it_and_ends_with_it_or_in_a_day,
    ),
    # --- both, between whole devices ---
    Mutant(
        "a pause ends a value only where it was made",
        words(
            air.Air, "_lasts", ("return self._gate(space)(kind, space.author(device), space.me, time)", "return True")
        ),
        ended("the other pauses all"),
    ),
    Mutant(
        "a withdrawal ends a value only at whoever hears it",
        words(air.Air, "_settle_told", (" if left > 0 and gate(kind, space.me, person, time)}", " if left > 0}")),
        partial(whole.test_it_is_gone_at_its_owner_too_and_does_not_begin_again_by_itself, "the other withdraws"),
    ),
    Mutant(
        "what was paused flows again by itself",
        words(air.Air, "_settle_told", ("telling.to = stay ", "pass ")),
        whole.test_whoever_said_no_is_not_told_again_when_they_say_yes_again_while_others_still_hear,
    ),
    Mutant(
        "a value outlives its day",
        words(air.Air, "_lasts", ("hearing.word.left(now, time) <= 0", "False")),
        ended("its day is over"),
    ),
    Mutant(
        "who is offline is heard on",
        words(air.Air, "_lasts", ("if hearing.lost is not None and", "if False and")),
        ended("the owner goes offline"),
    ),
    Mutant(
        "what is taken back stays with the other",
        words(air.Air, "_hush", ("if link is not None and", "if False and")),
        ended("the owner stops"),
    ),
    # --- the day, and not the minute, of what another did ---
    Mutant(
        "what nobody chose is counted from the minute",
        other(terms, "day_of", lambda moment: moment),
        copied.test_no_time_in_a_copy_tells_at_which_minute_of_a_day_another_did_something,
    ),
    Mutant(
        "a copy holds the minute of what another began",
        words(export._Shown, "_written", ("yes=yes", "yes=(*yes, at)")),
        copied.test_no_time_in_a_copy_tells_at_which_minute_of_a_day_another_did_something,
    ),
    Mutant(
        "a timeline gives the minute to copies",
        words(timeline.Timeline, "_told", ("said.at if own else None", "said.at")),
        copied.test_no_time_in_a_copy_tells_at_which_minute_of_a_day_another_did_something,
    ),
)
