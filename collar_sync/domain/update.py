"""The Open update rule: what I changed, how I feel, what I put in place; volunteered.

There is no request for one, here or anywhere: no statement of this family but the update itself is known, and what an
altered peer says instead is passed over and named. Nothing says how long ago the last one was.
"""

from typing import Final

import msgspec

from collar_sync.core.edits import Say
from collar_sync.core.letters import is_blank
from collar_sync.domain.given import careful
from collar_sync.domain.told import Tellings, Told
from collar_sync.domain.written import Passage, passage
from collar_sync.errors import InvalidInput
from collar_sync.ids import PersonId, StatementId

SHARE: Final = "update.share"
_UNFIT: Final = "It is no open update that this version can show."


class Body(msgspec.Struct, frozen=True):
    """What an update says; any one of the three is enough."""

    changed: Passage = ""
    feeling: Passage = ""
    in_place: Passage = ""


class Update(msgspec.Struct, frozen=True):
    """One open update, by whom, and when by their own clock."""

    id: StatementId
    person: PersonId
    at: int
    changed: str
    feeling: str
    in_place: str


UPDATE: Final = Told(
    kind=SHARE,
    form=Body,
    unfit=_UNFIT,
    flaw=lambda _said, body, _people: None if _says_something(body) else _UNFIT,
    view=lambda said, body: Update(said.id, said.author, said.at, *msgspec.structs.astuple(body)),
)


@careful
class Updates(Tellings[Update]):
    """The open updates of one space."""

    _told = UPDATE

    async def share(self, changed: str = "", feeling: str = "", in_place: str = "") -> Update:
        """Volunteer an update; raises `InvalidInput`.

        Rule (Open update): volunteered by its author about themself; nobody can be asked for one.
        """
        body = Body(
            passage(changed, "What you changed"),
            passage(feeling, "How you feel"),
            passage(in_place, "What you put in place"),
        )
        if not _says_something(body):
            raise InvalidInput("Write what you changed, how you feel or what you put in place. One of them is enough.")
        words = {name: value for name, value in msgspec.structs.asdict(body).items() if value}
        now = self._ledger.now()
        (identifier,) = await self._ledger.write(Say(kind=SHARE, body=words), at=now)
        return Update(identifier, self._ledger.me, now, body.changed, body.feeling, body.in_place)


def _says_something(body: Body) -> bool:
    return not all(map(is_blank, (body.changed, body.feeling, body.in_place)))
