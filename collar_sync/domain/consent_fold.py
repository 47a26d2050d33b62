"""From the statements about consents to what each consent reads: the Consent rule as a pure fold.

Supersession is a fact that only ever becomes true: a version replaces all those it grew from once everyone named in it
has granted it, and nothing said later brings them back. Several versions that all have granted and none of which
replaces another hold only in what they share. Knows no clock: the state at a moment is the view's own question.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

from collar_sync import limits
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import consent_book, pause
from collar_sync.domain.consent import UNSEEN_MILLISECONDS, Consent, Narrowing
from collar_sync.domain.consent_book import NO, Book, Family, Offer
from collar_sync.domain.reading import Problem, ordered
from collar_sync.domain.terms import combine
from collar_sync.ids import PersonId, StatementId

SEEN = "seen"  # in a no's body: proposals by others that were before its author then, so they need not be hidden

Refusals = dict[PersonId, list[tuple[int, frozenset[str]]]]  # per person: until when, and what they knew; latest first


def fold(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> dict[StatementId, Consent]:
    """Every consent by the id of its proposal, from the consent and pause statements among these."""
    statements = tuple(statements)
    paused = bool(pause.standing(statements, people))
    return views(consent_book.read(statements, people), paused=paused)


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the consent statements that do not count, and why."""
    return ordered(consent_book.read(statements, people).problems)


def views(book: Book, *, paused: bool) -> dict[StatementId, Consent]:
    """Every consent in the book, the earliest proposal (by its author's clock) first."""
    agreed = {
        offer.id
        for offer in book.offers.values()
        if all((offer.id, party) in book.granted for party in offer.body.parties)
    }
    replaced = _replaced(book, agreed)
    refusals = _refusals(book)
    found = [
        view
        for family in book.families.values()
        for view in _family_views(book, family, agreed, replaced, refusals, paused=paused)
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
    book: Book,
    family: Family,
    agreed: set[StatementId],
    replaced: Mapping[StatementId, list[StatementId]],
    refusals: Refusals,
    *,
    paused: bool,
) -> Iterator[Consent]:
    """Read each version of one lineage."""
    current = [offer for offer in family.versions if offer.id not in replaced]
    holding = [offer for offer in current if offer.id in agreed]
    holding_bits = sum(family.bit[offer.id] for offer in holding)
    waiting_bits = sum(family.bit[offer.id] for offer in current) & ~holding_bits
    narrowings = _narrowings(book, family)
    for offer in family.versions:
        parties = tuple(sorted(offer.body.parties))
        own = tuple(sorted(narrowings.get(offer.id, ()), key=lambda each: (each.at, each.id)))
        refused = {each.person for each in own if each.kind != "pause"}
        granted = tuple(each for each in parties if (offer.id, each) in book.granted and each not in refused)
        holds = offer.id in agreed and offer.id not in replaced
        others = [each.terms for each in holding if each.id != offer.id] if holds else []
        beside = ~(family.bit[offer.id] | family.before[offer.id] | family.after[offer.id])
        rivals = chain(family.pick(holding_bits & beside), family.pick(waiting_bits & beside))
        yield Consent(
            id=offer.id,
            proposer=offer.said.author,
            proposed_at=offer.said.at,
            terms=offer.terms,
            holds=combine(offer.terms, others),
            parties=parties,
            granted_by=granted,
            waiting_for=tuple(each for each in parties if each not in granted and each not in refused),
            narrowings=own,
            departed=tuple(each for each in parties if book.people[each].left),
            space_paused=paused,
            lineage=offer.lineage,
            supersedes=tuple(sorted(set(offer.body.supersedes))),
            superseded_by=tuple(sorted(replaced.get(offer.id, ()))),
            rivals=() if offer.id in replaced else tuple(each.id for each in islice(rivals, limits.RIVALS_MAX)),
            unseen=_unseen(book, offer, refusals),
        )


def _narrowings(book: Book, family: Family) -> dict[StatementId, list[Narrowing]]:
    """By version, each person's latest standing no of each kind; a pause by someone who has left no longer counts."""
    found: dict[StatementId, list[Narrowing]] = defaultdict(list)
    lineage = family.versions[0].lineage
    for person in sorted({party for offer in family.versions for party in offer.body.parties}):
        by_kind: dict[str, list[Said]] = defaultdict(list)
        for said in book.noes.get((lineage, person), ()):
            by_kind[said.kind].append(said)
        for kind, noes in by_kind.items():
            if NO[kind] == "pause" and book.people[person].left:
                continue
            noes.sort(key=lambda each: (each.at, each.id), reverse=True)
            left = sum(family.bit[offer.id] for offer in family.versions if person in offer.body.parties)
            for said in noes:
                bound = book.binds(said) & left
                left &= ~bound
                narrowing = _narrowing(said)
                for offer in family.pick(bound):
                    found[offer.id].append(narrowing)
                if not left:
                    break
    return found


def _narrowing(said: Said) -> Narrowing:
    return Narrowing(id=said.id, kind=NO[said.kind], person=said.author, subject=StatementId(said.subject), at=said.at)


def _refusals(book: Book) -> Refusals:
    """When each person said no (declined or withdrew), and what was before them then."""
    granted_by_another = {
        identifier for identifier, person in book.granted if book.offers[identifier].said.author != person
    }
    refusals: Refusals = defaultdict(list)
    for (_, person), noes in book.noes.items():
        for said in noes:
            subject = StatementId(said.subject)
            own_unanswered = book.offers[subject].said.author == person and subject not in granted_by_another
            if NO[said.kind] != "pause" and not own_unanswered:
                seen = said.body.get(SEEN)
                known = (
                    frozenset(each for each in seen if isinstance(each, str)) if isinstance(seen, list | tuple) else ()
                )
                refusals[person].append((said.at + UNSEEN_MILLISECONDS, frozenset(known)))
    for each in refusals.values():
        each.sort(key=lambda refusal: (-refusal[0], sorted(refusal[1])))
    return refusals


def _unseen(book: Book, offer: Offer, refusals: Refusals) -> tuple[tuple[PersonId, int], ...]:
    """Until when this proposal is not shown to whom: those who said no to something, and nothing yet to this."""
    unseen: list[tuple[PersonId, int]] = []
    for party in sorted(offer.body.parties):
        direct = (offer.id, party) in book.granted or (offer.id, party) in book.refused
        if direct or party not in refusals:
            continue
        until = next((until for until, seen in refusals[party] if offer.id not in seen), None)
        if until is not None:
            unseen.append((party, until))
    return tuple(unseen)


def hidden(statements: Iterable[Said], people: Mapping[PersonId, Person], me: PersonId, now: int) -> set[str]:
    """Return the ids of proposals that are not to be shown to this person now."""
    return {each.id for each in fold(statements, people).values() if not each.visible_to(me, now)}
