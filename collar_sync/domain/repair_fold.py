"""From the statements about slip-ups and their repairs to what each repair reads: the Repair loop rule as a pure fold.

What all have to agree on reads as agreed only where there is one text and all who are here have signed exactly that. A
newer text replaces those that it names, and only its own author replaces what somebody shared of their own. No clock
and no order of arrival is looked at. It knows nobody's private notes.
"""

from collections.abc import Iterable, Mapping, Sequence

from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import pause, repair_book, slip
from collar_sync.domain.reading import Problem, ordered
from collar_sync.domain.repair import Repair, Shared, Version, Versions
from collar_sync.domain.repair_book import Entry
from collar_sync.domain.repair_forms import (
    APOLOGY,
    FACTS,
    PART,
    PLAN,
    SIGN,
    TABLE,
    TALK,
    WEEKLY,
    WORD,
    Apology,
    Facts,
    Part,
    Plain,
    Plan,
    Sheet,
    Stage,
    Talk,
    Weekly,
    Word,
)
from collar_sync.ids import PersonId, StatementId


def fold(
    statements: Iterable[Said], people: Mapping[PersonId, Person], *, paused: bool = False
) -> dict[StatementId, Repair]:
    """Every shared slip-up with its repair, by id; `paused` says whether a Pause of the space stands."""
    entries, _ = repair_book.read(statements, people)
    found = sorted(entries.values(), key=lambda each: (each.slip.at, each.slip.id))
    return {each.slip.id: _view(each, paused=paused) for each in found}


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the statements about slip-ups and their repairs that do not count, and why."""
    statements = tuple(statements)
    _, found = repair_book.read(statements, people)
    return ordered((*slip.SLIP.problems(statements, people), *found))


def in_repair(statements: Iterable[Said], people: Mapping[PersonId, Person], now: int) -> frozenset[PersonId]:
    """Return those with whom nothing is to be agreed at `now` that could be the price of a slip-up or a repair."""
    views = fold(statements, people).values()
    return frozenset(person for each in views for person in each.present if each.holds_back(person, now))


def open_names(
    statements: Sequence[Said], _records: Mapping[str, object], people: Mapping[PersonId, Person], _now: int
) -> set[str]:
    """Name what must stay at hand: slip-ups whose repair is not closed, and what is not understood or out of place."""
    names: set[str] = {each.id for each in fold(statements, people).values() if each.stage is not Stage.CLOSED}
    return names | {each.statement for each in problems(statements, people)}


def hidden(statements: Sequence[Said], people: Mapping[PersonId, Person], me: PersonId, _now: int) -> set[str]:
    """Return the ids of texts that wait for this person's yes while their repair rests.

    Rule (Pause): while one stands, new asks wait unseen.
    """
    found = fold(statements, people, paused=is_paused(statements, people)).values()
    return {name for each in found for name in each.unseen_by(me)}


def is_paused(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> bool:
    """Whether a Pause of the whole space stands."""
    return bool(pause.standing(statements, people))


def _view(entry: Entry, *, paused: bool) -> Repair:
    number, stage = entry.now
    signs = _signatures(entry)
    return Repair(
        id=entry.slip.id,
        slip=entry.slip,
        stage=stage,
        round=number,
        present=tuple(sorted(entry.present)),
        ready=tuple(sorted(_ready(entry) & entry.present)),
        out=tuple(sorted(entry.out())),
        out_since=entry.out_since(),
        space_paused=paused,
        talk=_sheet(entry, TALK, Talk, signs),
        facts=_sheet(entry, FACTS, Facts, signs),
        plan=_sheet(entry, PLAN, Plan, signs),
        weekly=_sheet(entry, WEEKLY, Weekly, signs),
        parts=_shared(entry, PART, Part),
        apologies=_shared(entry, APOLOGY, Apology),
        words=_shared(entry, WORD, Word),
        before=_before(entry, signs),
    )


def _ready(entry: Entry) -> frozenset[PersonId]:
    """Whoever said the yes that all have to say for the next stage."""
    move = next((each for each in TABLE if each.stage is entry.now.stage and each.by == "everyone"), None)
    return frozenset() if move is None else entry.sayers(move, entry.now.round, standing=True)


def _signatures(entry: Entry) -> dict[StatementId, set[PersonId]]:
    found: dict[StatementId, set[PersonId]] = {}
    for said, _ in entry.said(SIGN, Plain):
        if entry.stands(said):
            for answer in said.answers:
                found.setdefault(answer, set()).add(said.author)
    return found


def _sheet(entry: Entry, kind: str, form: type[Sheet], signs: Mapping[StatementId, set[PersonId]]) -> Versions:
    """The versions of one sheet in this round; a version is replaced by one that names it."""
    found = [(said, what) for said, what in entry.said(kind, form) if what.round == entry.now.round]
    replaced = {answer for said, _ in found for answer in said.answers}
    versions = _versions(entry, found, signs)
    current = tuple(each for each in versions if each.id not in replaced)
    alone = current[0] if len(current) == 1 else None
    agreed = alone if alone is not None and entry.present <= {*alone.signed_by} else None
    return Versions(current=current, earlier=tuple(each for each in versions if each.id in replaced), agreed=agreed)


def _before(entry: Entry, signs: Mapping[StatementId, set[PersonId]]) -> tuple[Version, ...]:
    """What nothing replaced of the sheets of the rounds before this one."""
    if entry.now.round == 1:
        return ()
    sheets: tuple[tuple[str, type[Sheet]], ...] = ((TALK, Talk), (FACTS, Facts), (PLAN, Plan), (WEEKLY, Weekly))
    found = [each for kind, form in sheets for each in entry.said(kind, form) if each[1].round < entry.now.round]
    replaced = {answer for said, _ in found for answer in said.answers}
    return tuple(each for each in _versions(entry, found, signs) if each.id not in replaced)


def _versions(
    entry: Entry, found: Iterable[tuple[Said, Sheet]], signs: Mapping[StatementId, set[PersonId]]
) -> list[Version]:
    """Return these as texts, the earliest first, each with whose yes to it stands."""
    return [
        Version(
            id=said.id,
            person=said.author,
            at=said.at,
            what=what,
            signed_by=tuple(sorted(signs.get(said.id, set()) | ({said.author} if entry.stands(said) else set()))),
        )
        for said, what in sorted(found, key=lambda each: (each[0].at, each[0].id))
    ]


def _shared(entry: Entry, kind: str, form: type[Part | Apology | Word]) -> tuple[Shared, ...]:
    """What people shared of their own; only its own author replaces one, by naming it."""
    found = list(entry.said(kind, form))
    by = {said.id: said.author for said, _ in found}
    replaced = {answer for said, _ in found for answer in said.answers if by.get(answer) == said.author}
    return tuple(
        Shared(id=said.id, person=said.author, at=said.at, what=what)
        for said, what in sorted(found, key=lambda each: (each[0].at, each[0].id))
        if said.id not in replaced
    )
