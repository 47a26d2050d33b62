"""The Small moment rule: one line of thanks, or of a little promise that was kept. Uncounted.

There is no sum, no rank and no "how many" here; a moment is read and that is all.
"""

from typing import Final

import msgspec

from collar_sync.core.edits import Say
from collar_sync.core.letters import is_blank
from collar_sync.domain.given import careful
from collar_sync.domain.told import Tellings, Told
from collar_sync.domain.written import Sentence, sentence
from collar_sync.ids import PersonId, StatementId

SHARE: Final = "moment.share"
_UNFIT: Final = "It is no small moment that this version can show."


class Body(msgspec.Struct, frozen=True):
    """What a moment says."""

    text: Sentence


class Moment(msgspec.Struct, frozen=True):
    """One small moment: what, by whom, and when by their own clock."""

    id: StatementId
    person: PersonId
    at: int
    text: str


MOMENT: Final = Told(
    kind=SHARE,
    form=Body,
    unfit=_UNFIT,
    flaw=lambda _said, body, _people: _UNFIT if is_blank(body.text) else None,
    view=lambda said, body: Moment(said.id, said.author, said.at, body.text),
)


@careful
class Moments(Tellings[Moment]):
    """The small moments of one space."""

    _told = MOMENT

    async def share(self, text: str) -> Moment:
        """Share one line; raises `InvalidInput`.

        Rule (Small moment): one line, by its own author; nothing asks for one and nothing counts them.
        """
        text = sentence(text, "The line", needed="Write one line: what was it?")
        now = self._ledger.now()
        (identifier,) = await self._ledger.write(Say(kind=SHARE, body={"text": text}), at=now)
        return Moment(identifier, self._ledger.me, now, text)
