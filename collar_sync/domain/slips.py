"""The Slip-up rule, acted on: write one privately, look at its words, share it or never.

A kind of the safety branch is not written here: `Safety.write` keeps it, on this device. A kind that comes up again
leads to a text about help from outside, which only this person sees.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Say
from collar_sync.core.people import Person
from collar_sync.core.statement import AT_END
from collar_sync.domain.given import careful
from collar_sync.domain.help import TEXTS, HelpText
from collar_sync.domain.ledger import Ledger, named, sought
from collar_sync.domain.private import Drawer
from collar_sync.domain.reading import taking_part
from collar_sync.domain.safety import SafetyKind
from collar_sync.domain.slip import SHARE, SLIP, Slip
from collar_sync.domain.slip_kinds import KINDS, Hint, SlipKind, hints
from collar_sync.domain.told import Tellings
from collar_sync.domain.written import sentence
from collar_sync.errors import InvalidInput
from collar_sync.ids import PersonId, StatementId

_READ_AT_ONCE: Final = 100
_EMPTY = "Write one sentence: what happened, and first what it did."


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A slip-up that its author wrote for themself. `shared` is its statement, once it was shared."""

    id: str = ""
    sentence: str
    kind: SlipKind
    mine: bool = True
    at: int = 0
    shared: StatementId | None = None

    @property
    def hints(self) -> tuple[Hint, ...]:
        """Phrases that make it smaller; shown, and never in the way.

        Rule (Slip-up): minimising phrases are shown as ones to avoid; no words are refused for their style.
        """
        return hints(self.sentence)


@careful
class Slips(Tellings[Slip]):
    """The slip-ups of one space: what anyone shared, and what this person wrote. There is no sum of them."""

    _told = SLIP

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._drafts = Drawer(ledger, "slip", Draft, "There is no such slip-up of yours on this device.")

    def get(self, identifier: str) -> Slip:
        """One that was shared; raises `NotFound`."""
        return named(
            self._ledger,
            identifier,
            lambda: self._find(identifier),
            "No such slip-up was shared here. It may not have arrived yet.",
        )

    def mine(self) -> tuple[Draft, ...]:
        """Every one that was written on this device, shared or not, the earliest first."""
        shared = {each.draft: each.id for each in self.all() if each.person == self._ledger.me}
        found = (self._view(name, draft, shared.get(name)) for name, draft in self._drafts.all().items())
        return tuple(sorted(found, key=lambda each: (each.at, each.id)))

    async def write(self, words: str, kind: SlipKind | str, *, mine: bool = True) -> Draft:
        """Write one, for oneself; `mine` is "this was mine". Raises `InvalidInput`.

        Rule (Slip-up): private until its author shares it; a kind of the safety branch is not taken here.
        """
        known, words = _kind(kind), sentence(words, "The sentence", needed=_EMPTY)
        identifier = await self._drafts.add(sentence=words, kind=known.value, mine=mine, at=self._ledger.now())
        return self._view(identifier, self._drafts.get(identifier), None)

    async def edit(self, identifier: str, words: str, kind: SlipKind | str | None = None) -> Draft:
        """Change one's own; what was shared already stays said as it was. Raises `NotFound`, `InvalidInput`.

        Rule (Slip-up): the author's own copy only; what was shared is not rewritten behind anybody's back.
        """
        before = self._drafts.get(identifier)
        known = before.kind if kind is None else _kind(kind)
        words = sentence(words, "The sentence", needed=_EMPTY)
        await self._drafts.put(identifier, sentence=words, kind=known.value)
        return self._view(identifier, self._drafts.get(identifier), self._shared(identifier))

    async def remove(self, identifier: str) -> None:
        """Take one's own out of this device; what was shared stays said. Raises `NotFound`.

        Rule (Slip-up): its author's to keep or not; nobody is told, and nothing that was shared is called back.
        """
        await self._drafts.remove(identifier)

    async def share(self, identifier: str, parties: Iterable[Person | PersonId] | None = None) -> Slip:
        """Share one's own as it stands. Everyone in the space can read it; `parties`, or all, take part in its repair.

        Raises `NotFound`, `InvalidInput` and `NotAllowed`; shared once, it is not said again.

        Rule (Slip-up): only its author shares it, as theirs or as what they lived through; nobody shares another's.
        """
        draft = self._drafts.get(identifier)
        shared = self._shared(identifier)
        if shared is not None:
            return self.get(shared)
        named = taking_part(parties, self._ledger.people(), self._ledger.me)
        if len(named) < 2:  # noqa: PLR2004 - a repair is between people
            raise InvalidInput("There is nobody here to share it with. It stays with you.")
        body = {
            "sentence": draft.sentence,
            "kind": draft.kind.value,
            "parties": sorted(named),
            "mine": draft.mine,
        }
        (said,) = await self._ledger.write(Say(kind=SHARE, subject=identifier, body=body), at=self._ledger.now())
        await self._drafts.put(identifier, shared=said)  # what is shared may rest one day, and was shared all the same
        return self.get(said)

    def outside_help(self, kind: SlipKind | str) -> HelpText | None:
        """A text for this person alone where that kind has come up before, to be read before another repair.

        A kind recurs by whomever, and on whichever of this person's devices they wrote it.

        Rule (Slip-up): a kind that recurs suggests outside help, privately, before another loop; it names no number.
        """
        known = _kind(kind)
        if known is SlipKind.OTHER:
            return None
        mine = {each.id: each.kind for each in self.mine()}
        once = {name for name, kind in mine.items() if kind is known}
        for each in chain(self.all(), self._resting(known)):
            if each.kind is known and not (each.person == self._ledger.me and each.draft in mine):
                once.add(each.id)
            if len(once) > 1:  # before more is read from the disk
                break
        return TEXTS["outside"] if len(once) > 1 else None

    def _resting(self, kind: SlipKind) -> Iterator[Slip]:
        """Read those that rest of that kind, as far back as a look goes: their repairs are closed."""
        before, people = (AT_END, ""), self._ledger.people()
        for _ in range(limits.RECURRENCE_READ_MAX // _READ_AT_ONCE):
            found = self._ledger.history(before, _READ_AT_ONCE, SHARE)
            yield from SLIP.read((each for each in found if each.body.get("kind") == kind), people)[0].values()
            if len(found) < _READ_AT_ONCE:
                return
            before = (found[-1].at, found[-1].id)

    def _find(self, identifier: str) -> Slip | None:
        return self._by_statement().get(StatementId(identifier))

    def _shared(self, draft: str) -> StatementId | None:
        def find() -> Slip | None:
            mine = (each for each in self.all() if each.person == self._ledger.me and each.draft == draft)
            return next(mine, None)

        found = sought(self._ledger, draft, find)
        return None if found is None else found.id

    @staticmethod
    def _view(identifier: str, draft: Draft, shared: StatementId | None) -> Draft:
        return msgspec.structs.replace(draft, id=identifier, shared=draft.shared if shared is None else shared)


def _kind(kind: SlipKind | str) -> SlipKind:
    try:
        return SlipKind(kind)
    except ValueError:
        if kind in set(SafetyKind):
            raise InvalidInput(
                "That is about safety. It is kept in a place of its own, on this device only: note it there."
            ) from None
        raise InvalidInput(f"Choose one of these kinds: {', '.join(each.label for each in KINDS.values())}.") from None
