"""What every fold shares: how a statement that does not count is named, and a person as a caller gives one.

It knows no kind of statement. Nothing here raises for what a peer wrote.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from collar_sync import ids, limits
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId, StatementId

UNKNOWN_AUTHOR = "It was said by someone who is not in this record."
UNKNOWN_KIND = "It is of a kind that this version does not know. It is kept; a newer version of the app may show it."
NOT_PLAIN = "It carries more than this version understands, so it opens nothing."
BEYOND_CUT = "It was said on a device after that device was removed, so it opens nothing."

MISLEADS: Final = "It holds characters that cannot be seen and change how it reads. Type it anew, without formatting."

ANSWERS_MAX: Final = 128  # an id is 74 characters; twice as many would not fit one statement


class Problem(msgspec.Struct, frozen=True):
    """A statement, or one of its answers, that does not count, and a sentence that says why."""

    statement: StatementId
    author: PersonId
    kind: str
    reason: str


def problem(said: Said, reason: str) -> Problem:
    """Return that this statement does not count, and why."""
    return Problem(statement=said.id, author=said.author, kind=said.kind, reason=reason)


def amiss(said: Said, people: Mapping[PersonId, Person], *, known: bool) -> str | None:
    """Return why nothing of this can count, whatever it holds, or None: for what only ever adds or widens."""
    table = (
        (said.author not in people, UNKNOWN_AUTHOR),
        (not known, UNKNOWN_KIND),
        (said.beyond_cut, BEYOND_CUT),
    )
    return next((reason for applies, reason in table if applies), None)


def ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, in an order that does not depend on arrival."""
    return tuple(sorted(set(problems), key=lambda each: (each.statement, each.reason)))


def unique(statements: Iterable[Said]) -> Iterable[Said]:
    """Each statement once."""
    return {said.id: said for said in statements}.values()


def chunks(answers: Iterable[StatementId]) -> Sequence[tuple[StatementId, ...]]:
    """Split the answers over as many statements as they need; one statement, even where there is nothing to answer."""
    todo = sorted(set(answers))
    return [tuple(todo[start : start + ANSWERS_MAX]) for start in range(0, len(todo), ANSWERS_MAX)] or [()]


def id_of(person: Person | PersonId) -> PersonId:
    """Return the id of a person as a reader gives one; asked of nobody whether there is such a one."""
    return person.id if isinstance(person, Person) else person


def identify(person: Person | PersonId) -> PersonId:
    """Return the id of a person as a caller gives one; raises `InvalidInput` for an id that is no person's."""
    identifier = id_of(person)
    if not ids.is_id(identifier, "person"):
        raise InvalidInput("That is nobody here. Choose one of the people of this record.")
    return identifier


def known(person: Person | PersonId, people: Mapping[PersonId, Person]) -> PersonId:
    """Return the id of someone who is or was in the space; raises `InvalidInput` for a stranger."""
    identifier = id_of(person)
    if identifier not in people:
        raise InvalidInput("That person is not in this record. Choose someone who is, or invite them first.")
    return identifier


def member(person: Person | PersonId, people: Mapping[PersonId, Person]) -> PersonId:
    """Return the id of someone in the space; raises `InvalidInput` for a stranger, `NotAllowed` for who has left."""
    identifier = known(person, people)
    if people[identifier].left:
        name = people[identifier].name
        raise NotAllowed(f"{name} has left this record, so nothing new can be asked of or agreed with them here.")
    return identifier


def members(persons: Iterable[Person | PersonId] | None, people: Mapping[PersonId, Person]) -> set[PersonId]:
    """Return the ids of these, or where it is None, of everyone who has not left; raises as `member`."""
    if persons is None:
        return {each.id for each in people.values() if not each.left}
    return {member(each, people) for each in persons}


def taking_part(
    persons: Iterable[Person | PersonId] | None, people: Mapping[PersonId, Person], me: PersonId
) -> set[PersonId]:
    """Return these, as `members`, and oneself; raises `InvalidInput` where they are more than one thing can name.

    How many are here is up to whoever lets them in: where there are more, one names those with whom it is.
    """
    found = {*members(persons, people), me}
    if len(found) > limits.PARTIES_MAX:
        raise InvalidInput(f"This can name {limits.PARTIES_MAX} people at most. Name those with whom it is.")
    return found
