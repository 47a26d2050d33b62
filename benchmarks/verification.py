"""How long a small change of somebody else's takes to take in, where there are few changes before it and where many.

Taken in is: inspected and held against the document, its author's signature verified, given to Automerge, and what
Automerge then holds compared. Two documents of 1,000 and of 50,000 changes by two authors in turns, each change a
record of five fields or one statement; the figures take turns change by change. In memory: nothing is written here, see
`durable_write`. The signature alone, which no way of writing this can go below, has its own row.
"""

import os
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from benchmarks.measure import Answer, Figure, Figures, Row, Table, note, print_answers, take_turns
from benchmarks.past import Household
from collar_sync import ids
from collar_sync.core import identity, membership
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.membership import Learnt, Membership
from collar_sync.core.replica import Replica, statement_bytes
from collar_sync.core.statement import decode, identify
from collar_sync.core.steps import Author, Draft
from collar_sync.ids import StatementId

SIZES: Final = (1_000, 50_000)
ROUNDS: Final = 400
TAKEN_IN_MILLISECONDS_MAX: Final = 0.3
_FOUNDED_AT: Final = 1_451_606_400_000


class History:
    """One document at Robin's device and the two who write in it, drafting here and taken in as from outside."""

    def __init__(self, household: Household) -> None:
        self._replica = Replica(household.space, identity.document_of(household.space, "app/diary"))
        self._members = _members(household)
        keys = [member.keys for member in household.members[:2]]
        self._authors = [Author(own.device, ids.raw_bytes(own.device) + os.urandom(8), own.sign) for own in keys]
        self._public = [own.public for own in keys]

    def grow(self, changes: int) -> None:
        """Have so many changes there, half of them records and half statements."""
        while self._replica.changes < changes:
            self._replica.commit(self._draft(said=self._replica.changes % 4 > 1))

    async def take_in(self, rounds: int, *, said: bool) -> list[float]:
        """Seconds to take in one change, each by the other author than the last."""
        found = []
        for _ in range(rounds):
            draft = self._draft(said=said)
            raws = [change.raw for change in draft.staged.changes]
            begun = time.perf_counter()
            staged = self._replica.stage(raws)
            self._replica.admit(staged, [draft.tip], self._members)
            found.append(time.perf_counter() - begun)
        return found

    async def verify(self, rounds: int) -> list[float]:
        """Seconds to verify one signature over a tip."""
        found = []
        for _ in range(rounds):
            tip, who = self._draft(said=True).tip, self._replica.changes % 2
            begun = time.perf_counter()
            message = identity.tip_message(self._replica.space, self._replica.document, tip.actor, tip.seq, tip.hash)
            assert identity.verify(self._public[who].signing, message, tip.signature)
            found.append(time.perf_counter() - begun)
        return found

    def _draft(self, *, said: bool) -> Draft:
        """What the author whose turn it is would send next."""
        number = self._replica.changes
        author = self._authors[number % 2]
        statements: dict[StatementId, bytes] = {}
        records: list[SetFields] = []
        if said:
            raw = statement_bytes(Say("task.done", f"{number:026d}"), at=_FOUNDED_AT + number, nonce=os.urandom(8))
            statements[identify(author.device, raw)] = raw
        else:
            due = f"2016-01-01T{number % 24:02}:00"
            fields = {"title": f"Check-in {number}", "due": due, "zone": "Europe/Berlin", "repeat": None, "done": False}
            records.append(SetFields("task", f"{number:026d}", fields))
        draft = self._replica.draft(records, statements, author)
        assert draft is not None
        return draft


def _members(household: Household) -> Membership:
    """Who is enrolled: Alex, who founded the space, and Sam."""
    alex, sam = (member.keys for member in household.members[:2])
    person = identity.person_of(sam.device)
    proof = sam.sign(identity.enrol_message(household.space, alex.device, sam.public, person))
    body = membership.enrolment("Sam", "Laptop", sam.public, proof)
    enrolling = statement_bytes(Say(membership.ENROL, sam.device, body), at=_FOUNDED_AT, nonce=bytes(8))
    learnt = []
    for raw in (household.founding, enrolling):
        statement = decode(raw)
        assert statement is not None
        learnt.append(Learnt(alex.device, identify(alex.device, raw), statement, bytes(24), 1))
    return Membership(household.space, tuple(learnt))


def _answers(rows: Sequence[Row]) -> list[Answer]:
    milliseconds = [Figure(row.name, row.median * 1e3, "ms", TAKEN_IN_MILLISECONDS_MAX) for row in rows[1:]]
    return [Table("Taking in one change of another's", rows), Figures("Median, against what it may take", milliseconds)]


async def run() -> list[Answer]:
    """Give the table of this question."""
    household = Household.new(_FOUNDED_AT)
    histories = {size: History(household) for size in SIZES}
    for size, history in histories.items():
        note(f"verification: writing {size:,} changes")
        history.grow(size)
    contestants = {"its signature alone": histories[SIZES[0]].verify}
    for what, said in (("record of five fields", False), ("statement", True)):
        for size, history in histories.items():
            contestants[f"{what}, after {size:,}"] = partial(history.take_in, said=said)
    return _answers(await take_turns(contestants, ROUNDS, blocks=ROUNDS))


if __name__ == "__main__":
    print_answers(run)
