"""Consents and agreements as a page shows them: how each reads now, why, and what this person may do about it."""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from collar_sync.domain.agreements import Agreement
from collar_sync.domain.consent import Consent, State
from collar_sync.ids import StatementId
from collar_sync.node import Space
from demo_app.folk import Folk
from demo_app.pictures import AgreementView, ConsentView, RewriteView, WordingView

Shown = TypeVar("Shown", bound=ConsentView)

_REVOCABLE: Final = frozenset({State.ACTIVE, State.PAUSED, State.UPCOMING})
_PAUSABLE: Final = frozenset({State.ACTIVE, State.UPCOMING})

_CHANGEABLE: Final = frozenset({State.ACTIVE, State.PAUSED, State.UPCOMING, State.PROPOSED, State.EXPIRED})


def agreements(space: Space, folk: Folk, now: int) -> list[AgreementView]:
    """Every agreement to show now, the newest first."""
    everything = {each.id: each for each in space.agreements.all()}
    visible = space.agreements.visible()
    shown = {each.id for each in visible}
    held_back = space.agreements.held_back()
    found = [(_agreement(each, folk, now, everything, shown), held_back.get(each.id)) for each in reversed(visible)]
    return [view if why is None else _without_a_yes(view, why) for view, why in found]


def wording(space: Space, texts: tuple[str, ...]) -> WordingView:
    """Return other ways to say what reads as controlling in a draft, as the library offers them."""
    found = space.agreements.rewrites(*texts)
    return WordingView(rewrites=[RewriteView(found=each.found, why=each.why, instead=each.instead) for each in found])


def _agreement(
    agreement: Agreement, folk: Folk, now: int, everything: Mapping[StatementId, Agreement], shown: set[StatementId]
) -> AgreementView:
    view = consent_view(agreement, folk, now)
    named = folk.me in agreement.parties
    return AgreementView(
        **msgspec.structs.asdict(view),
        kind=agreement.kind,
        review=agreement.review,
        version=_version(agreement.id, everything),
        rivals=[each for each in agreement.rivals if each in shown],
        limited=agreement.limited,
        may_change=named and view.state in _CHANGEABLE,
    )


def _without_a_yes(agreement: AgreementView, why: str) -> AgreementView:
    """Return it as one that can only be narrowed today, with the reason where it would else have been offered."""
    missed = agreement.may_grant or agreement.may_resume or agreement.may_change or agreement.may_offer_again
    return msgspec.structs.replace(
        agreement,
        may_grant=False,
        may_resume=False,
        may_change=False,
        may_offer_again=False,
        held_back=why if missed else "",
    )


def _version(identifier: StatementId, everything: Mapping[StatementId, Agreement]) -> int:
    """How many proposals led to this one, itself included; one that is not at hand begins the count."""
    count, line = 0, {identifier}
    while line:
        count += 1
        line = {before for each in line if each in everything for before in everything[each].supersedes}
    return count


def consent_view(consent: Consent, folk: Folk, now: int) -> ConsentView:
    """One consent, or what an agreement has of one."""
    state = consent.state(now)
    me = folk.me
    kinds = {State.PAUSED: "pause", State.DECLINED: "decline", State.REVOKED: "revoke"}
    last = next((each for each in reversed(consent.narrowings) if each.kind == kinds.get(state)), None)
    named = me in consent.parties
    waiting = me in consent.waiting_for
    mine = consent.proposer == me
    no_of_others = set(consent.revoked_by) | set(consent.declined_by) | set(consent.departed)
    return ConsentView(
        id=consent.id,
        purpose=consent.purpose,
        includes=consent.holds.includes,
        excludes=consent.holds.excludes,
        access=consent.holds.access,
        how_to_pause=consent.how_to_pause,
        flow=consent.holds.flow,
        whose=folk.several(consent.holds.whose),
        starts=consent.holds.starts,
        until=consent.holds.until,
        state=state,
        by=folk.view(consent.proposer),
        when=folk.when(consent.proposer, consent.proposed_at),
        parties=folk.several(consent.parties),
        waits_for=folk.several(consent.waiting_for),
        last_by=folk.view(last.person) if last else None,
        last_when=folk.when(last.person, last.at) if last else None,
        space_paused=consent.space_paused and state is State.PAUSED and not consent.paused_by,
        may_grant=named
        and ((state is State.PROPOSED and waiting) or (state is State.DECLINED and me in consent.declined_by)),
        may_decline=named and state is State.PROPOSED and waiting and not mine,
        may_pause=named and (state in _PAUSABLE or (state is State.PAUSED and me not in consent.paused_by)),
        may_resume=named and state is State.PAUSED and me in consent.paused_by,
        may_revoke=named and (state in _REVOCABLE or (state is State.PROPOSED and not waiting)),
        may_offer_again=named and state in {State.REVOKED, State.EXPIRED} and no_of_others <= {me},
    )


def without_acts(consent: Shown) -> Shown:
    """Return it as one that can only be read."""
    acts = [name for name in ConsentView.__struct_fields__ if name.startswith("may_")]
    return msgspec.structs.replace(consent, **dict.fromkeys(acts, False))
