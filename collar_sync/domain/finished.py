"""What of the past must stay at hand: everything but tasks that are over.

A document at rest costs nothing only if what is finished in it is not read at each opening. This module says what is
not finished, by name, and knows nothing of documents or of where anything is kept. Whatever it does not understand
stays at hand.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from collar_sync.core.edits import Scalar
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.task import RECORD, TaskState, fold
from collar_sync.domain.task_book import PREFIX
from collar_sync.ids import PersonId

_OVER: Final = frozenset({TaskState.DONE, TaskState.DECLINED})


def unfinished(
    statements: Sequence[Said],
    records: Mapping[str, Mapping[str, Scalar]],
    people: Mapping[PersonId, Person],
) -> set[str]:
    """Names, ids of statements and records, that must stay at hand; `records` are by `kind/id`."""
    start = f"{RECORD}/"
    words = {key[len(start) :]: fields for key, fields in records.items() if key.startswith(start)}
    names: set[str] = {each.id for each in statements if not each.kind.startswith(PREFIX)}
    names |= {key.partition("/")[2] for key in records if not key.startswith(start)}
    asked: set[str] = set()
    for task in fold((each for each in statements if each.kind.startswith(PREFIX)), words, people).values():
        asked.add(task.record)
        if task.state not in _OVER:
            names |= {task.id, task.record}
    return names | (words.keys() - asked)  # words whose task has not arrived yet
