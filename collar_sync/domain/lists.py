"""The lists of one space that a person is shown, each bound in one place to those that it asks.

Whoever makes a page, an answer or a copy asks the same ones, so what waits unseen waits unseen in all of them. Nothing
is decided here; each noun's own list knows what is to be shown now.
"""

from collar_sync.domain.agreements import Agreements
from collar_sync.domain.checkin import CheckIns
from collar_sync.domain.checklists import Checklists
from collar_sync.domain.consents import Consents
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.limit import Limits
from collar_sync.domain.moment import Moments
from collar_sync.domain.repair_writing import RepairWriting
from collar_sync.domain.tasks import Tasks
from collar_sync.domain.update import Updates


class Lists:
    """What was said and written in one space, as the person of this device reads and answers it."""

    def __init__(self, ledger: Ledger) -> None:
        self.limits = Limits(ledger)
        self.consents = Consents(ledger)
        self.repairs = RepairWriting(ledger, lambda: self.agreements.lapses())  # noqa: PLW0108  # they are made next
        self.agreements = Agreements(ledger, self.repairs.in_repair)
        self.tasks = Tasks(ledger)
        self.checklists = Checklists(ledger)
        self.check_ins = CheckIns(ledger)
        self.moments = Moments(ledger)
        self.updates = Updates(ledger)
