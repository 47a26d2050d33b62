"""Reading the statements about consents and agreements: which count, what they bind to, and what answers what.

The rules of the Consent row, as one pass over a set; an agreement is read by the same rules under its own name. Only
those named in a proposal count, and nobody's act stands for another's. A no (decline, pause, revoke) counts whatever
else its statement holds, and binds its author in the whole lineage of proposals and their amendments. A yes (grant,
resume, a proposal as its author's grant) counts only in its plain form, and answers exactly the statements it names. A
yes from a device that had been removed before opens nothing; where with it all had said yes to a new version, the one
before has ended all the same. No clock and no order of arrival is looked at.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain import terms
from collar_sync.domain.consent import NarrowingKind
from collar_sync.domain.reading import BEYOND_CUT, NOT_PLAIN, UNKNOWN_AUTHOR, UNKNOWN_KIND, Problem, problem, unique
from collar_sync.ids import PersonId, StatementId

PROPOSE: Final = "propose"
GRANT: Final = "grant"
RESUME: Final = "resume"
LAPSE: Final = "lapse"  # of consequences: what waits for the author's yes as they close a repair is not to be had by it
NO: Final[Mapping[str, NarrowingKind]] = {"decline": "decline", "pause": "pause", "revoke": "revoke"}

_UNREADABLE: Final = "Its terms are not in a form that this version can show."
_UNNAMED: Final = "It does not answer what it would replace."  # by which that is brought to hand where it rests


class Dialect(msgspec.Struct, frozen=True):
    """What is proposed and granted: its name, with its article, and whether its terms are those of an agreement.

    A statement about it is of the kind `<name>.<verb>`; the verbs are those above.
    """

    name: str
    article: str
    agreement: bool = False

    @property
    def prefix(self) -> str:
        """What the kind of every statement about it begins with."""
        return f"{self.name}."

    def kind(self, verb: str) -> str:
        """Return the kind of a statement with this verb."""
        return self.prefix + verb

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of statement about it that this version understands."""
        return frozenset(map(self.kind, (PROPOSE, GRANT, RESUME, *NO, *((LAPSE,) if self.agreement else ()))))

    def verb(self, said: Said) -> str:
        """Return the verb of a statement about it."""
        return said.kind.removeprefix(self.prefix)

    def __str__(self) -> str:
        return f"{self.article} {self.name}"


CONSENT: Final = Dialect("consent", "a")
AGREEMENT: Final = Dialect("agreement", "an", agreement=True)
DIALECTS: Final = (CONSENT, AGREEMENT)


@dataclasses.dataclass(frozen=True, slots=True)
class Offer:
    """A proposal that counts; `lineage` is the first proposal of its chain, `depth` its place in it."""

    said: Said
    body: terms.Proposal
    terms: terms.Terms
    lineage: StatementId
    depth: int

    @property
    def id(self) -> StatementId:
        """The proposal's statement."""
        return self.said.id


Key = tuple[StatementId, PersonId]


@dataclasses.dataclass(slots=True)
class Family:
    """One lineage, its versions sorted by id; a set of them is a whole number with the bit of each version set.

    Questions about ancestry are asked of every pair, and a lineage may be long, so they are answered by such sets.
    """

    versions: list[Offer] = dataclasses.field(default_factory=list)
    bit: dict[StatementId, int] = dataclasses.field(default_factory=dict)
    before: dict[StatementId, int] = dataclasses.field(default_factory=dict)  # all that it would replace in the end
    after: dict[StatementId, int] = dataclasses.field(default_factory=dict)  # all that grew from it

    def pick(self, versions: int) -> Iterator[Offer]:
        """Return the versions in this set, one by one."""
        while versions:
            lowest = versions & -versions
            yield self.versions[lowest.bit_length() - 1]
            versions ^= lowest


@dataclasses.dataclass(slots=True)
class Book:
    """Every statement about the noun that counts, indexed once; `offers` holds each proposal after what it replaces."""

    noun: Dialect
    people: Mapping[PersonId, Person]
    offers: dict[StatementId, Offer] = dataclasses.field(default_factory=dict)
    families: dict[StatementId, Family] = dataclasses.field(default_factory=dict)  # by lineage
    granted: set[Key] = dataclasses.field(default_factory=set)  # (proposal, person)
    ended: set[Key] = dataclasses.field(
        default_factory=set
    )  # the same, with what opens nothing but ends what was before
    noes: dict[Key, list[Said]] = dataclasses.field(default_factory=lambda: defaultdict(list))  # (lineage, person)
    refused: set[Key] = dataclasses.field(default_factory=set)  # (proposal, person): a no was said about this very one
    resumed: set[StatementId] = dataclasses.field(default_factory=set)  # pauses that their author lifted
    lapsed: dict[StatementId, set[PersonId]] = dataclasses.field(default_factory=dict)  # by proposal, for whom
    settled: dict[StatementId, int] = dataclasses.field(default_factory=dict)  # by no: versions
    problems: list[Problem] = dataclasses.field(default_factory=list)

    def no(self, said: Said) -> NarrowingKind:
        """Return the kind of this no."""
        return NO[self.noun.verb(said)]

    def binds(self, said: Said) -> int:
        """Return the set of versions that this no binds."""
        family = self.families[self.offers[StatementId(said.subject)].lineage]
        everything = (1 << len(family.versions)) - 1
        return 0 if said.id in self.resumed else everything & ~self.settled.get(said.id, 0)

    def standing(self, person: PersonId, offer: Offer) -> list[Said]:
        """Return every no of that person that binds this offer."""
        bit = self.families[offer.lineage].bit[offer.id]
        return [said for said in self.noes.get((offer.lineage, person), ()) if self.binds(said) & bit]


def read(statements: Iterable[Said], people: Mapping[PersonId, Person], noun: Dialect = CONSENT) -> Book:
    """Index the statements about the noun; all others are passed over. Never raises, whatever a body holds."""
    book = Book(noun=noun, people=people)
    proposals: list[Said] = []
    acts: list[Said] = []
    for said in unique(statements):
        if not said.kind.startswith(noun.prefix):
            continue
        verb = noun.verb(said)
        if said.author not in people:
            book.problems.append(problem(said, UNKNOWN_AUTHOR))
        elif verb == PROPOSE:
            proposals.append(said)
        elif said.kind in noun.kinds:
            acts.append(said)
        else:
            book.problems.append(problem(said, UNKNOWN_KIND))
    _place(book, proposals)
    _relate(book)
    counting = [said for said in acts if _counts(book, said)]
    refusals = {said.id: said for said in counting if noun.verb(said) in NO}
    for said in refusals.values():
        subject = StatementId(said.subject)
        book.noes[book.offers[subject].lineage, said.author].append(said)
        book.refused.add((subject, said.author))
    grants = [said for said in counting if noun.verb(said) == GRANT]
    book.granted |= {(StatementId(said.subject), said.author) for said in grants if not said.beyond_cut}
    book.ended |= book.granted | {(StatementId(said.subject), said.author) for said in grants}
    for said in [*counting, *(offer.said for offer in book.offers.values())]:
        if noun.verb(said) not in NO and said.beyond_cut:
            book.problems.append(problem(said, BEYOND_CUT))
        elif noun.verb(said) not in NO:
            _answer(book, said, refusals)
    return book


def _lapse(book: Book, said: Said) -> bool:
    """Enter which consequences lapse for the author of this, whatever else it holds; it is about no single one."""
    named = [book.offers[answer] for answer in said.answers if answer in book.offers]
    fitting = [each for each in named if each.body.kind == "consequence" and said.author in each.body.parties]
    for each in fitting:
        book.lapsed.setdefault(each.id, set()).add(said.author)
    if len(fitting) < len(named) or not named:
        book.problems.append(problem(said, "It names what is no consequence between its author and others here."))
    return False


def _counts(book: Book, said: Said) -> bool:
    """Whether this act counts; where it does not, why goes to the problems."""
    if book.noun.verb(said) == LAPSE:
        return _lapse(book, said)
    offer = book.offers.get(StatementId(said.subject))
    reason = None
    if offer is None:
        reason = "It is about a proposal that is not here."
    elif said.author not in offer.body.parties:
        reason = f"Only those named in {book.noun} can say anything about it."
    elif said.body and book.noun.verb(said) not in NO:
        reason = NOT_PLAIN
    if reason is not None:
        book.problems.append(problem(said, reason))
    return reason is None


def _place(book: Book, proposals: Iterable[Said]) -> None:
    """Enter the proposals that count, each after those it supersedes; a chain is walked, never recursed into."""
    bodies: dict[StatementId, terms.Proposal] = {}
    waiting: dict[StatementId, Said] = {}
    missing: dict[StatementId, int] = {}
    children: dict[StatementId, list[Said]] = defaultdict(list)
    for said in proposals:
        body = terms.parse(said.body)
        reason = _UNREADABLE if body is None else _unfit(book.noun, body) or terms.flaw(body)
        if body is not None and reason is None and not {*body.supersedes} <= {*said.answers}:
            reason = _UNNAMED
        if body is None or reason is not None:
            book.problems.append(problem(said, reason or _UNREADABLE))
            continue
        bodies[said.id] = body
        waiting[said.id] = said
        missing[said.id] = len(set(body.supersedes))
        for parent in set(body.supersedes):
            children[parent].append(said)
    ready = [said for said in waiting.values() if not missing[said.id]]
    while ready:
        said = ready.pop()
        del waiting[said.id]
        reason = _misplaced(book, said, bodies[said.id])
        if reason is not None:
            book.problems.append(problem(said, reason))
            continue
        _enter(book, said, bodies[said.id])
        for child in children.get(said.id, ()):
            missing[child.id] -= 1
            if not missing[child.id]:
                ready.append(child)
    book.problems += [problem(said, "It amends a proposal that is not here.") for said in waiting.values()]


def _enter(book: Book, said: Said, body: terms.Proposal) -> None:
    parents = [book.offers[parent] for parent in body.supersedes]
    book.offers[said.id] = Offer(
        said=said,
        body=body,
        terms=body.terms(),
        lineage=parents[0].lineage if parents else said.id,
        depth=1 + max((parent.depth for parent in parents), default=0),
    )
    (book.ended if said.beyond_cut else book.granted).add((said.id, said.author))


def _relate(book: Book) -> None:
    """Enter each lineage's versions and which grew from which."""
    for offer in book.offers.values():
        book.families.setdefault(offer.lineage, Family()).versions.append(offer)
    for family in book.families.values():
        in_turn = list(family.versions)
        family.versions.sort(key=lambda each: each.id)
        family.bit = {offer.id: 1 << index for index, offer in enumerate(family.versions)}
        family.after = dict.fromkeys(family.bit, 0)
        for offer in in_turn:
            before = 0
            for parent in offer.body.supersedes:
                before |= family.before[parent] | family.bit[parent]
            family.before[offer.id] = before
        for offer in reversed(in_turn):
            for parent in offer.body.supersedes:
                family.after[parent] |= family.after[offer.id] | family.bit[offer.id]


def _unfit(noun: Dialect, body: terms.Proposal) -> str | None:
    """Why well-formed terms are not those of this noun, or None."""
    if (body.kind is not None) != noun.agreement or (body.kind == "tracking") != (noun.agreement and bool(body.flow)):
        return _UNREADABLE
    if body.kind == "tracking" and (body.flow != "tracking" or set(body.whose) != set(body.parties)):
        return "Tracking is mutual or not at all: it is about everyone named, or about nobody."
    return None


def _misplaced(book: Book, said: Said, body: terms.Proposal) -> str | None:
    """Why a well-formed proposal does not count among these people and proposals, or None."""
    parties = set(body.parties)
    parents = [book.offers[parent] for parent in body.supersedes]
    left_out = {
        party
        for parent in parents
        for party in parent.body.parties
        if party not in parties and not book.people[party].left
    }
    table = (
        (len(parties) != len(body.parties), "It names someone twice."),
        (
            said.author not in parties,
            f"Whoever proposes {book.noun} takes part in it; nobody agrees for others.",
        ),
        (not parties <= book.people.keys(), "It names someone who is not in this record."),
        (not parties >= {*body.whose}, "It would share or track someone who does not take part in it."),
        (
            len({parent.lineage for parent in parents}) > 1,
            f"It would replace versions of different {book.noun.name}s at once.",
        ),
        (
            any(said.author not in parent.body.parties for parent in parents),
            f"Only those named in {book.noun} can propose to change it.",
        ),
        (
            any(parent.body.kind != body.kind for parent in parents),
            "It would replace what is of another kind; that needs a fresh proposal.",
        ),
        (bool(left_out), f"It would replace {book.noun} without asking everyone named in that."),
        (
            any(parent.depth >= limits.AMENDMENTS_DEEP_MAX for parent in parents),
            f"This {book.noun.name} has been changed too often; it needs a fresh proposal.",
        ),
    )
    return next((reason for applies, reason in table if applies), None)


def _answer(book: Book, said: Said, refusals: Mapping[StatementId, Said]) -> None:
    """Enter what a grant, a resume, or a proposal answers; what it may not answer stays unanswered, and is named."""
    verb = book.noun.verb(said)
    subject = said.id if verb == PROPOSE else StatementId(said.subject)
    lineage = book.offers[subject].lineage
    if verb == RESUME and refusals.keys().isdisjoint(said.answers):
        book.problems.append(problem(said, "It names no pause that is here."))
    for answer in said.answers:
        refusal = refusals.get(answer)
        if refusal is None:
            continue
        kind = book.no(refusal)
        if refusal.author != said.author:
            book.problems.append(problem(said, "It answers what someone else said; nobody can take back another's no."))
        elif book.offers[StatementId(refusal.subject)].lineage != lineage:
            book.problems.append(problem(said, f"It answers what was said about another {book.noun.name}."))
        elif kind == "revoke":
            book.problems.append(problem(said, "It answers a withdrawal, and a withdrawal is final."))
        elif verb != RESUME:
            book.settled[answer] = book.settled.get(answer, 0) | _settles(book, subject, StatementId(refusal.subject))
        elif kind == "pause":
            book.resumed.add(answer)
        else:
            book.problems.append(problem(said, "It lifts what is no pause; a decline is answered by a grant."))


def _settles(book: Book, granted: StatementId, refused: StatementId) -> int:
    """Return the versions for which a grant of one, naming a no about another, settles that no.

    Those are the version granted and all that grow from it; but a later version that was itself refused stays refused,
    and so does what grows from it: granting the earlier one afresh is not a yes to the amendment.
    """
    family = book.families[book.offers[granted].lineage]
    settled = family.after[granted]
    if family.bit[granted] & family.before[refused]:
        settled &= ~(family.bit[refused] | family.after[refused])
    return settled | family.bit[granted]
