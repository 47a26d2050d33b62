"""Everything said in a space that does not count, and why, in one list.

Statements of other families belong to others and are passed over. Nothing here decides: each noun's own fold does.
"""

from collections.abc import Iterable, Mapping

from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import consent_fold, pause, task
from collar_sync.domain.reading import Problem, ordered
from collar_sync.ids import PersonId

__all__ = ["Problem", "problems"]


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Every pause, consent and task statement that does not count, each with a reason; never raises."""
    statements = tuple(statements)
    return ordered(
        (
            *pause.problems(statements, people),
            *consent_fold.problems(statements, people),
            *task.problems(statements, people),
        )
    )
