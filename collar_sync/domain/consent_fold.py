"""From the statements about consents or agreements to what each of them reads: the Consent rule as a pure fold.

Supersession is a fact that only ever becomes true: a version replaces all those it grew from once everyone named in it
has granted it, and nothing said later brings them back. Several versions that all have granted and none of which
replaces another hold only in what they share. A line that is word for word a limit of somebody named does not hold
while that limit stands. Whoever said no, to a consent or to an agreement, is shown nothing new of either for 14 days:
what was refused under one name is not asked for again under another. Knows no clock: the state at a moment is the
view's own question.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TypeVar

import msgspec

from collar_sync import limits
from collar_sync.core.alike import readings
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import consent_book, limit, pause
from collar_sync.domain.consent import UNSEEN_MILLISECONDS, Consent, Narrowing
from collar_sync.domain.consent_book import (
    AGREEMENT,
    CONSENT,
    DIALECTS,
    LAPSE,
    NO,
    PROPOSE,
    Book,
    Dialect,
    Family,
    Offer,
)
from collar_sync.domain.reading import Problem, ordered
from collar_sync.domain.terms import Terms, combine
from collar_sync.ids import PersonId, StatementId

SEEN = "seen"  # in a no's body: proposals by others that were before its author then, so they need not be hidden

Refusals = dict[PersonId, list[tuple[int, frozenset[str]]]]  # per person: until when, and what they knew; latest first


Lines = Mapping[PersonId, frozenset[str]]  # what each person has set a limit to, as `letters.plain` has it
View = TypeVar("View", bound=Consent)


def fold(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> dict[StatementId, Consent]:
    """Every consent by the id of its proposal, from the consent, pause and limit statements among these."""
    return fold_as(Consent, CONSENT, statements, people)


def fold_as(
    view: type[View], noun: Dialect, statements: Iterable[Said], people: Mapping[PersonId, Person]
) -> dict[StatementId, View]:
    """Every consent or agreement by the id of its proposal, the earliest (by its author's clock) first."""
    statements = tuple(statements)
    paused = bool(pause.standing(statements, people))
    lines = limit.lines(statements, people)
    books = {each: consent_book.read(statements, people, each) for each in DIALECTS}
    return views(view, books[noun], _refusals(books.values()), lines, paused=paused)


def flowing(noun: Dialect, statements: Iterable[Said], since: int) -> list[Said]:
    """Leave out of these what was said about lineages in which nothing can flow at `since` or later.

    Asked with every statement that arrives while something flows, so it must not cost a fold of all there ever was. The
    views of what is left are the same but for `unseen`, which hangs on what was refused elsewhere.
    """
    statements = tuple(statements)
    proposals = [said for said in statements if said.kind == noun.kind(PROPOSE)]
    joined: dict[str, list[str]] = defaultdict(list)
    for said in proposals:
        parents = said.body.get("supersedes")
        for parent in parents if isinstance(parents, list | tuple) else ():
            if isinstance(parent, str):
                joined[said.id].append(parent)
                joined[parent].append(said.id)
    ends = ((said.id, said.body.get("until")) for said in proposals if said.body.get("flow") is not None)
    waiting: list[str] = [name for name, until in ends if isinstance(until, int) and until > since]
    names = set(waiting)
    while waiting:
        news = {*joined[waiting.pop()]} - names
        names |= news
        waiting += news
    propose = noun.kind(PROPOSE)
    return [
        said
        for said in statements
        if not said.kind.startswith(noun.prefix) or (said.id if said.kind == propose else said.subject) in names
    ]


def problems(
    statements: Iterable[Said], people: Mapping[PersonId, Person], noun: Dialect = CONSENT
) -> tuple[Problem, ...]:
    """Return the statements about the noun that do not count, and why."""
    return ordered(consent_book.read(statements, people, noun).problems)


def views(view: type[View], book: Book, refusals: Refusals, lines: Lines, *, paused: bool) -> dict[StatementId, View]:
    """Every consent or agreement in the book; `refusals` as everyone made them, `lines` their limits."""
    agreed, ended = (
        {each.id for each in book.offers.values() if all((each.id, party) in yes for party in each.body.parties)}
        for yes in (book.granted, book.ended)
    )
    agreed -= book.lapsed.keys()
    replaced = _replaced(book, ended)
    found = [
        each
        for family in book.families.values()
        for each in _family_views(view, book, family, (agreed, ended), replaced, refusals, lines, paused=paused)
    ]
    found.sort(key=lambda each: (each.proposed_at, each.id))
    return {each.id: each for each in found}


def _replaced(book: Book, agreed: set[StatementId]) -> dict[StatementId, list[StatementId]]:
    """The versions that an agreed one grew from, each with the direct successors through which it did."""
    replaced: dict[StatementId, list[StatementId]] = defaultdict(list)
    for offer in reversed(book.offers.values()):
        if offer.id in agreed or offer.id in replaced:
            for parent in set(offer.body.supersedes):
                replaced[parent].append(offer.id)
    return replaced


def _family_views(
    view: type[View],
    book: Book,
    family: Family,
    yeses: tuple[set[StatementId], set[StatementId]],
    replaced: Mapping[StatementId, list[StatementId]],
    refusals: Refusals,
    lines: Lines,
    *,
    paused: bool,
) -> Iterator[View]:
    """Read each version of one lineage; `yeses` are the versions that open something, and those that narrow others."""
    agreed, ended = yeses
    current = [offer for offer in family.versions if offer.id not in replaced]
    holding = [offer for offer in current if offer.id in ended]
    holding_bits = sum(family.bit[offer.id] for offer in holding)
    waiting_bits = sum(family.bit[offer.id] for offer in current if offer.id not in book.lapsed) & ~holding_bits
    narrowings, itself, yes = _narrowings(book, family), _refused_itself(book, family), book.granted
    for offer in family.versions:
        parties = tuple(sorted(offer.body.parties))
        own = tuple(sorted(narrowings.get(offer.id, ()), key=lambda each: (each.at, each.id)))
        refused = {each.person for each in own if each.kind != "pause"}
        granted = tuple(each for each in parties if (offer.id, each) in book.granted and each not in refused)
        holds = offer.id in agreed and offer.id not in replaced
        others = [each.terms for each in holding if each.id != offer.id] if holds else []
        beside = ~(family.bit[offer.id] | family.before[offer.id] | family.after[offer.id])
        rivals = chain(family.pick(holding_bits & beside), family.pick(waiting_bits & beside))
        shared = combine(offer.terms, others)
        held, limited = _within_limits(shared, parties, lines)
        yield view(
            id=offer.id,
            proposer=offer.said.author,
            proposed_at=offer.said.at,
            terms=offer.terms,
            holds=held,
            limited=limited,
            parties=parties,
            granted_by=granted,
            waiting_for=tuple(each for each in parties if each not in granted and each not in refused),
            narrowings=own,
            refused_by=tuple(
                each for each in parties if (offer.id, each) in itself or (each in refused and (offer.id, each) in yes)
            ),
            departed=tuple(each for each in parties if book.people[each].left),
            lapsed_for=tuple(sorted(book.lapsed.get(offer.id, ()))),
            space_paused=paused,
            lineage=offer.lineage,
            supersedes=tuple(sorted(set(offer.body.supersedes))),
            superseded_by=tuple(sorted(replaced.get(offer.id, ()))),
            rivals=() if offer.id in replaced else tuple(each.id for each in islice(rivals, limits.RIVALS_MAX)),
            unseen=_unseen(book, offer, refusals),
        )


def _within_limits(shared: Terms, parties: Iterable[PersonId], lines: Lines) -> tuple[Terms, tuple[str, ...]]:
    """Return what of these terms no limit of anyone named forbids, and the lines that one does."""
    forbidden = frozenset[str]().union(*(lines.get(each, ()) for each in parties))
    limited = tuple(line for line in shared.includes if not forbidden.isdisjoint(readings(line))) if forbidden else ()
    if not limited:
        return shared, ()
    return msgspec.structs.replace(
        shared, includes=tuple(line for line in shared.includes if line not in limited)
    ), limited


def _narrowings(book: Book, family: Family) -> dict[StatementId, list[Narrowing]]:
    """By version, each person's latest standing no of each kind; a pause by someone who has left no longer counts."""
    found: dict[StatementId, list[Narrowing]] = defaultdict(list)
    lineage = family.versions[0].lineage
    for person in sorted({party for offer in family.versions for party in offer.body.parties}):
        by_kind: dict[str, list[Said]] = defaultdict(list)
        for said in book.noes.get((lineage, person), ()):
            by_kind[book.no(said)].append(said)
        for kind, noes in by_kind.items():
            if kind == "pause" and book.people[person].left:
                continue
            noes.sort(key=lambda each: (each.at, each.id), reverse=True)
            left = sum(family.bit[offer.id] for offer in family.versions if person in offer.body.parties)
            for said in noes:
                bound = book.binds(said) & left
                left &= ~bound
                narrowing = _narrowing(book, said)
                for offer in family.pick(bound):
                    found[offer.id].append(narrowing)
                if not left:
                    break
    return found


def _refused_itself(book: Book, family: Family) -> set[tuple[StatementId, PersonId]]:
    """Each version with those whose standing no is about that very one, whatever else they said no to since."""
    lineage = family.versions[0].lineage
    people = {party for offer in family.versions for party in offer.body.parties}
    return {
        (StatementId(said.subject), person)
        for person in people
        for said in book.noes.get((lineage, person), ())
        if book.binds(said) & family.bit[StatementId(said.subject)]
    }


def _narrowing(book: Book, said: Said) -> Narrowing:
    return Narrowing(id=said.id, kind=book.no(said), person=said.author, subject=StatementId(said.subject), at=said.at)


def _refusals(books: Iterable[Book]) -> Refusals:
    """When each person said no (declined or withdrew), and what was before them then."""
    refusals: Refusals = defaultdict(list)
    for book in books:
        by_another = {
            identifier for identifier, person in book.granted if book.offers[identifier].said.author != person
        }
        for (_, person), noes in book.noes.items():
            for said in noes:
                subject = StatementId(said.subject)
                own_unanswered = book.offers[subject].said.author == person and subject not in by_another
                if book.no(said) != "pause" and not own_unanswered:
                    refusals[person].append((said.at + UNSEEN_MILLISECONDS, _seen(said)))
    for each in refusals.values():
        each.sort(key=lambda refusal: (-refusal[0], sorted(refusal[1])))
    return refusals


def _seen(said: Said) -> frozenset[str]:
    seen = said.body.get(SEEN)
    return frozenset(each for each in seen if isinstance(each, str)) if isinstance(seen, list | tuple) else frozenset()


def _unseen(book: Book, offer: Offer, refusals: Refusals) -> tuple[tuple[PersonId, int], ...]:
    """Until when this proposal is not shown to whom: those who said no to something, and nothing yet to this."""
    unseen: list[tuple[PersonId, int]] = []
    for party in sorted({*offer.body.parties} - {offer.said.author}):  # also where it was said beyond a cut
        direct = (offer.id, party) in book.granted or (offer.id, party) in book.refused
        if direct or party not in refusals:
            continue
        until = next((until for until, seen in refusals[party] if offer.id not in seen), None)
        if until is not None:
            unseen.append((party, until))
    return tuple(unseen)


def may_hide(statements: Iterable[Said], people: Mapping[PersonId, Person], me: PersonId, now: int) -> bool:
    """Whether anything can be kept from this person now: a pause stands, a no of theirs is young, or some lapsed."""
    statements = tuple(statements)
    noes = {noun.kind(no) for noun in DIALECTS for no in NO}
    lapse = AGREEMENT.kind(LAPSE)
    if any(said.kind == lapse and said.author == me for said in statements):
        return True
    said_no = (said.at for said in statements if said.author == me and said.kind in noes)
    return any(now < at + UNSEEN_MILLISECONDS for at in said_no) or bool(pause.standing(statements, people))


def hidden(statements: Iterable[Said], people: Mapping[PersonId, Person], me: PersonId, now: int) -> set[str]:
    """Return the ids of consents that are not to be shown to this person now."""
    statements = tuple(statements)
    if not may_hide(statements, people, me, now):
        return set()
    return {each.id for each in fold(statements, people).values() if not each.visible_to(me, now)}
