"""What a consequence could be the price of: a slip-up that was shared, and a repair that is in its review."""

from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.ids import PersonId, StatementId
from tests.domain.plain import Household, PlainLedger, run


def reviewed(home: Household, *, people: int = 2) -> StatementId:
    """A shared slip-up of the first, whose repair has come as far as the review."""
    first = home.ledgers[0]
    parties = [ledger.me for ledger in home.ledgers[:people]]
    draft = run(first.slips.write("You waited for a call that did not come", SlipKind.PROMISE_MISSED))
    slip = run(first.slips.share(draft.id, parties)).id
    home.sync()
    run(first.repairs.begin(slip))
    for _ in range(3):
        home.sync()
        for ledger in home.ledgers[:people]:
            run(ledger.repairs.ready(slip))
    home.sync()
    return slip


def pushed(ledger: PlainLedger, *parties: PersonId) -> StatementId:
    """A consequence that altered software proposes, whatever day it is."""
    body = {"purpose": "p", "includes": ["no phone"], "parties": sorted({ledger.me, *parties}), "kind": "consequence"}
    return ledger.say("agreement.propose", body=body).id


def shared(ledger: PlainLedger, *parties: PersonId) -> StatementId:
    """A slip-up that this person shared with those."""
    draft = run(ledger.slips.write("You waited for a call that did not come", SlipKind.PROMISE_MISSED))
    return run(ledger.slips.share(draft.id, parties or None)).id
