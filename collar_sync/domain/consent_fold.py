"""From the statements about consents to what each consent reads: the Consent rule as a pure fold.

Supersession is a fact that only ever becomes true: a version replaces all those it grew from once everyone named in it
has granted it, and nothing said later brings them back. Several versions that all have granted and none of which
replaces another hold only in what they share. Knows no clock: the state at a moment is the view's own question.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from collar_sync import limits
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import consent_book, pause
from collar_sync.domain.consent import UNSEEN_MILLISECONDS, Consent, Narrowing
from collar_sync.domain.consent_book import NO, Book, Key, Offer
from collar_sync.domain.reading import Problem, ordered
from collar_sync.domain.terms import Terms, combine
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
    settled = _settled(book)
    replaced = _replaced(book, settled)
    open_versions: dict[StatementId, list[Offer]] = defaultdict(list)
    for offer in book.offers.values():
        if offer.id not in replaced:
            open_versions[offer.lineage].append(offer)
    for versions in open_versions.values():
        versions.sort(key=lambda each: (each.id not in settled, each.id))
    refusals = _refusals(book)
    noes = {key: _condensed(book, said) for key, said in book.noes.items()}
    found = [
        _view(
            book,
            offer,
            replaced=replaced,
            settled=settled,
            others=open_versions[offer.lineage],
            refusals=refusals,
            noes=noes,
            paused=paused,
        )
        for offer in book.offers.values()
    ]
    return {each.id: each for each in sorted(found, key=lambda each: (each.proposed_at, each.id))}


def _settled(book: Book) -> set[StatementId]:
    """Return the versions that everyone named in them has granted."""
    return {
        offer.id
        for offer in book.offers.values()
        if all((offer.id, party) in book.granted for party in offer.body.parties)
    }


def _replaced(book: Book, settled: set[StatementId]) -> dict[StatementId, list[StatementId]]:
    """Return the versions that a settled one grew from, each with the direct successors through which it did."""
    replaced: dict[StatementId, list[StatementId]] = defaultdict(list)
    for offer in reversed(book.offers.values()):
        if offer.id in settled or offer.id in replaced:
            for parent in set(offer.body.supersedes):
                replaced[parent].append(offer.id)
    return replaced


def _view(
    book: Book,
    offer: Offer,
    *,
    replaced: Mapping[StatementId, list[StatementId]],
    settled: set[StatementId],
    others: Sequence[Offer],
    refusals: Refusals,
    noes: Mapping[Key, Sequence[Said]],
    paused: bool,
) -> Consent:
    parties = tuple(sorted(offer.body.parties))
    narrowings = _narrowings(book, offer, noes)
    refused = {each.person for each in narrowings if each.kind != "pause"}
    granted = tuple(each for each in parties if (offer.id, each) in book.granted and each not in refused)
    superseded_by = tuple(sorted(replaced.get(offer.id, ())))
    return Consent(
        id=offer.id,
        proposer=offer.said.author,
        proposed_at=offer.said.at,
        terms=offer.body.terms(),
        holds=_holds(offer, [] if superseded_by or offer.id not in settled else [e for e in others if e.id in settled]),
        parties=parties,
        granted_by=granted,
        waiting_for=tuple(each for each in parties if each not in granted and each not in refused),
        narrowings=narrowings,
        departed=tuple(each for each in parties if book.people[each].left),
        space_paused=paused,
        lineage=offer.lineage,
        supersedes=tuple(sorted(set(offer.body.supersedes))),
        superseded_by=superseded_by,
        rivals=() if superseded_by else _rivals(book, offer, others),
        unseen=_unseen(book, offer, refusals),
    )


def _holds(offer: Offer, settled: Sequence[Offer]) -> Terms:
    return combine(offer.body.terms(), [each.body.terms() for each in settled if each.id != offer.id])


def _rivals(book: Book, offer: Offer, others: Sequence[Offer]) -> tuple[StatementId, ...]:
    rivals: list[StatementId] = []
    for each in others:
        if each.id != offer.id and each.id not in book.before(offer.id) and offer.id not in book.before(each.id):
            rivals.append(each.id)
            if len(rivals) == limits.RIVALS_MAX:
                break
    return tuple(rivals)


def _narrowings(book: Book, offer: Offer, noes: Mapping[Key, Sequence[Said]]) -> tuple[Narrowing, ...]:
    """Each person's latest standing no of each kind, the last one last.

    A pause by someone who has left no longer counts, as with the pause of a space.
    """
    latest: dict[tuple[PersonId, str], Said] = {}
    for party in offer.body.parties:
        for said in noes.get((offer.lineage, party), ()):
            kind = NO[said.kind]
            known = latest.get((party, kind))
            if known is not None and (known.at, known.id) >= (said.at, said.id):
                continue
            if book.stands(said, offer) and not (kind == "pause" and book.people[party].left):
                latest[party, kind] = said
    return tuple(
        Narrowing(id=said.id, kind=NO[said.kind], person=said.author, subject=StatementId(said.subject), at=said.at)
        for said in sorted(latest.values(), key=lambda each: (each.at, each.id))
    )


def _condensed(book: Book, noes: Sequence[Said]) -> list[Said]:
    """Those that can still bind: every one that some grant names, and of the others the latest of each kind."""
    condensed = [said for said in noes if said.id in book.answered and said.id not in book.resumed]
    latest: dict[str, Said] = {}
    for said in noes:
        if said.id not in book.answered and said.id not in book.resumed:
            known = latest.get(said.kind)
            if known is None or (known.at, known.id) < (said.at, said.id):
                latest[said.kind] = said
    return [*condensed, *latest.values()]


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
