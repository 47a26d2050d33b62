"""What of the past must stay at hand: everything but what its own noun calls over.

A document at rest costs nothing only if what is finished in it is not read at each opening. This module says what is
not finished, by name, and knows nothing of documents or of where anything is kept. Whatever no noun understands stays
at hand, and so does all of a noun that never calls anything over. What is at hand is each device's own choice by its
own `now`: it decides what is read over again, never how anything reads.
"""

from collections.abc import Mapping, Sequence

from collar_sync.core.edits import Scalar
from collar_sync.core.people import Person
from collar_sync.core.space import Choice
from collar_sync.core.statement import Said
from collar_sync.domain import pause
from collar_sync.domain.nouns import NOUNS
from collar_sync.ids import PersonId


def unfinished(
    statements: Sequence[Said],
    records: Mapping[str, Mapping[str, Scalar]],
    people: Mapping[PersonId, Person],
    now: int,
    past: bytes,
) -> Choice:
    """Choose what must stay at hand at `now`; `records` are by `kind/id`.

    `past` is what was remembered so far of what is not at hand, and the answer says what is to be.
    """
    resting = [noun for noun in NOUNS if noun.open_names is not None]
    kinds = frozenset().union(*(noun.kinds for noun in resting))
    written = frozenset().union(*(noun.records for noun in resting))
    names: set[str] = {each.id for each in statements if each.kind not in kinds}
    keys = (key.partition("/") for key in records)
    names.update(name for kind, _, name in keys if kind not in written)
    for noun in resting:
        if noun.open_names is not None:
            names |= noun.open_names(statements, records, people, now)
    return Choice(names, pause.remember(statements, people, past))
