"""The Check-in rule: how I arrive, a need, a gratitude; "not now" is an answer; shared only when its author shares it.

A check-in is written privately. Sharing it is a statement, once and for all readers. None is ever due or missed here:
a rhythm is a ritual that was agreed, and lives with the tasks. What others have not shared does not exist.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from collar_sync import limits
from collar_sync.core.edits import Say
from collar_sync.core.letters import is_blank
from collar_sync.core.statement import Said
from collar_sync.domain import schedule
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger, sought
from collar_sync.domain.private import Drawer
from collar_sync.domain.told import Tellings, Told
from collar_sync.domain.written import Passage, passage
from collar_sync.errors import InvalidInput
from collar_sync.ids import PersonId, StatementId

SHARE: Final = "checkin.share"
_UNFIT: Final = "It is no check-in that this version can show."
ARRIVING: Final = (  # offered; a person may use words of their own
    "steady",
    "tired",
    "tender",
    "unsettled but staying",
    "restless",
    "far away",
    "playful",
    "grateful",
    "heavy",
    "I do not know yet",
)
_DAY_LASTS_MAX: Final = 26 * 60 * 60 * 1000  # milliseconds of a local day on which clocks are set back, and some more

Feeling = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.FEELING_CHARACTERS_MAX)]


class Body(msgspec.Struct, frozen=True):
    """What a shared check-in says; with `not_now` nothing else."""

    arriving: Annotated[tuple[Feeling, ...], msgspec.Meta(max_length=limits.FEELINGS_MAX)] = ()
    need: Passage = ""
    gratitude: Passage = ""
    not_now: bool = False


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """One check-in. As everyone reads it, `id` is its statement; as its author does, that of its private record.

    `said` is the statement of one that was shared. So nobody can share anything under the name of another's.
    """

    id: str
    person: PersonId
    at: int
    arriving: tuple[str, ...]
    need: str
    gratitude: str
    not_now: bool
    said: StatementId | None = None
    draft: str = ""  # its private record on its author's device

    @property
    def shared(self) -> bool:
        """Whether its author shared it."""
        return self.said is not None


class _Draft(msgspec.Struct, frozen=True):
    at: int
    arriving: str = ""  # a line each
    need: str = ""
    gratitude: str = ""
    not_now: bool = False
    said: StatementId | None = None  # once it was shared, which may have gone to rest since


def _shared(said: Said, body: Body) -> CheckIn:
    body = Body(not_now=True) if body.not_now else body
    return CheckIn(
        id=said.id,
        draft=said.subject,
        person=said.author,
        at=said.at,
        arriving=body.arriving,
        need=body.need,
        gratitude=body.gratitude,
        not_now=body.not_now,
        said=said.id,
    )


CHECK_IN: Final = Told(
    kind=SHARE,
    form=Body,
    unfit=_UNFIT,
    flaw=lambda _said, body, _people: None if _says_something(body) else _UNFIT,
    view=_shared,
)


@careful
class CheckIns(Tellings[CheckIn]):
    """The check-ins of one space: what everyone shared, and this person's own."""

    _told = CHECK_IN

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._drafts = Drawer(ledger, "checkin", _Draft, "There is no such check-in of yours on this device.")

    def mine(self) -> tuple[CheckIn, ...]:
        """Every check-in written on this device, shared or not, the earliest first."""
        return self._mine(0)

    def today(self) -> CheckIn | None:
        """This person's latest of their local day; None asks nothing of them.

        Rule (Check-in): none is ever due, so a day without one is nothing missed.
        """
        where = schedule.zone(self._ledger.zone())
        if where is None:
            return None
        now = self._ledger.now()
        day = schedule.local(now, where).date()
        found = reversed(self._mine(now - _DAY_LASTS_MAX))
        return next((each for each in found if schedule.local(each.at, where).date() == day), None)

    async def write(self, arriving: Sequence[str] | str = (), need: str = "", gratitude: str = "") -> CheckIn:
        """Write a check-in for oneself; raises `InvalidInput`.

        Rule (Check-in): one's own only, and private until its author shares it.
        """
        body = Body(_feelings(arriving), passage(need, "The need"), passage(gratitude, "The gratitude"))
        if not _says_something(body):
            raise InvalidInput('Say how you arrive, what you need or what you are grateful for; or answer "not now".')
        return await self._keep(body)

    async def not_now(self) -> CheckIn:
        """Answer "not now", which is a whole answer.

        Rule (Check-in): "not now" is an answer, and no reason goes with it.
        """
        return await self._keep(Body(not_now=True))

    async def share(self, identifier: str) -> CheckIn:
        """Share one that was written here, as it stands; only its author can. Raises `NotFound`.

        Rule (Check-in): shared only when its author shares it, each by a choice of its own.
        """
        draft = self._drafts.get(identifier)
        if (before := sought(self._ledger, identifier, lambda: self._said(identifier))) is not None:
            return self._view(identifier, draft, before)  # shared already
        view = self._view(identifier, draft, None)
        words = {name: getattr(view, name) for name in Body.__struct_fields__ if getattr(view, name)}
        (said,) = await self._ledger.write(Say(kind=SHARE, subject=identifier, body=words), at=self._ledger.now())
        await self._drafts.put(identifier, said=said)
        return self._view(identifier, draft, said)

    async def remove(self, identifier: str) -> None:
        """Take one's own out of this device; what was shared stays said.

        Rule (Check-in): its author's to keep or not; others are told nothing, and keep what was shared with them.
        """
        await self._drafts.remove(identifier)

    def _mine(self, since: int) -> tuple[CheckIn, ...]:
        """Every one written here since then, the earliest first; of years of them only those are read."""
        said = {each.draft: each.said for each in self._by_statement(since).values() if each.person == self._ledger.me}
        drafts = self._drafts.all(since=since)
        found = (self._view(name, draft, said.get(name)) for name, draft in drafts.items())
        return tuple(sorted(found, key=lambda each: (each.at, each.id)))

    def _said(self, identifier: str) -> StatementId | None:
        mine = (each for each in self.all() if each.person == self._ledger.me)
        return next((each.said for each in mine if each.draft == identifier), None)

    async def _keep(self, body: Body) -> CheckIn:
        identifier = await self._drafts.add(
            at=self._ledger.now(),
            arriving="\n".join(body.arriving),
            need=body.need,
            gratitude=body.gratitude,
            not_now=body.not_now,
        )
        return self._view(identifier, self._drafts.get(identifier), None)

    def _view(self, identifier: str, draft: _Draft, said: StatementId | None) -> CheckIn:
        return CheckIn(
            id=identifier,
            person=self._ledger.me,
            at=draft.at,
            arriving=tuple(draft.arriving.splitlines()),
            need=draft.need,
            gratitude=draft.gratitude,
            not_now=draft.not_now,
            said=draft.said if said is None else said,
        )


def _says_something(body: Body) -> bool:
    return body.not_now or bool(body.arriving) or not is_blank(body.need + body.gratitude)


def _feelings(arriving: Sequence[str] | str) -> tuple[str, ...]:
    arriving = [arriving] if isinstance(arriving, str) else arriving
    found = tuple(dict.fromkeys(" ".join(word.split()) for word in arriving if not is_blank(word)))
    if len(found) > limits.FEELINGS_MAX:
        raise InvalidInput(f"Choose the {limits.FEELINGS_MAX} words that fit best.")
    if any(len(word) > limits.FEELING_CHARACTERS_MAX for word in found):
        raise InvalidInput("A word for how you arrive is short; put the rest into what you need.")
    return found
