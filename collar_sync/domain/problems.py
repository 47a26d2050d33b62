"""Everything said in a space that does not count, and why, in one list.

Statements of other families belong to others and are passed over. Nothing here decides: each noun's own fold does.
"""

from collections.abc import Iterable, Mapping

from collar_sync.core.letters import on_one_line
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.nouns import NOUNS, OF_KIND
from collar_sync.domain.reading import Problem, ordered
from collar_sync.ids import PersonId

__all__ = ["Problem", "problems", "sentence"]


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Every statement of every noun that does not count, each with a reason; never raises."""
    statements = tuple(statements)
    return ordered(each for noun in NOUNS for each in noun.problems(statements, people))


def sentence(found: Problem, people: Mapping[PersonId, Person]) -> str:
    """Say what was passed over and why, for a person: by whom, and of what kind.

    A kind that is not known is not repeated, or altered software could write to whoever does not want to hear from it.
    """
    author = people.get(found.author)
    name = on_one_line(author.name) if author is not None else "Someone unknown"
    kind = f" ({found.kind})" if found.kind in OF_KIND else ""
    return f"{name} said something that does not count here{kind}: {found.reason}"
