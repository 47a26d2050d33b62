"""The Slip-up rule as a pure fold: one accurate sentence, impact first; private until its author shares it.

A shared slip-up is one statement by its author, about themself or about what they lived through; nobody shares
another's. Nothing here counts them. A kind that belongs to the safety branch is none of these kinds, so no such
statement is ever shown.
"""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from collar_sync import limits
from collar_sync.core.letters import is_blank
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.ledger import Ledger, sought
from collar_sync.domain.slip_kinds import KINDS, About, SlipKind
from collar_sync.domain.told import Told
from collar_sync.errors import NotAllowed
from collar_sync.ids import PersonId, StatementId

SHARE: Final = "slip.share"
_OF_REPAIRS: Final = ("slip.", "repair.")
_NO_PRICE: Final = (
    "Nothing is asked of somebody else for a repair, so that nothing becomes its price. Each of you can promise "
    "something of your own, in its plan or at any time."
)
_UNFIT: Final = "It is no slip-up that this version can show."


class Body(msgspec.Struct, frozen=True):
    """What sharing says. `mine` is "this was mine"; nobody says so of another. `parties` take part in its repair."""

    sentence: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.SENTENCE_CHARACTERS_MAX)]
    kind: SlipKind
    parties: Annotated[tuple[PersonId, ...], msgspec.Meta(min_length=2, max_length=limits.PARTIES_MAX)]
    mine: bool = True


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """One shared slip-up. `draft` is its private record on its author's device."""

    id: StatementId
    person: PersonId
    at: int
    sentence: str
    kind: SlipKind
    mine: bool
    parties: tuple[PersonId, ...]
    draft: str = ""

    @property
    def about(self) -> About:
        """What its kind is called, what it threatens, and where amends belong."""
        return KINDS[self.kind]


def none_is_its_price(ledger: Ledger, of: PersonId, serves: str | None) -> None:
    """Raise `NotAllowed` where what is asked of another is to serve a shared slip-up or its repair.

    Rule (Agreement): nothing is the price of a repair; what comes out of one, each promises of themself.
    """

    def find() -> Said | None:
        said = (each for prefix in _OF_REPAIRS for each in ledger.statements(prefix))
        return next((each for each in said if each.id == serves), None)

    if serves is not None and of != ledger.me and sought(ledger, serves, find) is not None:
        raise NotAllowed(_NO_PRICE)


def _flaw(said: Said, body: Body, people: Mapping[PersonId, Person]) -> str | None:
    if is_blank(body.sentence):
        return _UNFIT
    if said.author not in body.parties:
        return "Whoever shares a slip-up takes part in its repair; nobody shares another's."
    if len(set(body.parties)) != len(body.parties) or not set(body.parties) <= people.keys():
        return "It names somebody who is not in this record, or somebody twice."
    return None


def _shared(said: Said, body: Body) -> Slip:
    return Slip(
        id=said.id,
        person=said.author,
        at=said.at,
        sentence=body.sentence,
        kind=body.kind,
        mine=body.mine,
        parties=body.parties,
        draft=said.subject,
    )


SLIP: Final = Told(kind=SHARE, form=Body, unfit=_UNFIT, flaw=_flaw, view=_shared)
PREFIX: Final = SLIP.prefix
