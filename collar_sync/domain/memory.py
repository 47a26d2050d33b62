"""Reading one's own export again: a memory to look at, and nothing that anybody agreed to.

Nothing of a copy enters the shared record: no statement is made of it, so it grants nothing, asks nobody for anything
and lifts nothing. A copy carries no signature, so what it says of others is what a file says. It is kept privately, on
this device alone. What its person wants again they say again: their own limits, which need nobody, or a proposal, which
the others are free to refuse.
"""

from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.edits import SetFields
from collar_sync.domain import schedule
from collar_sync.domain.copy_forms import FORMAT, VERSION, Copy, DayOf
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import PrivateLedger
from collar_sync.domain.private import Drawer
from collar_sync.errors import InvalidInput

NOTE: Final = (
    "This comes from a file, and nobody has signed it. It is for remembering: nothing in it is agreed to here, "
    "and nobody else sees it."
)
RECORD: Final = "memory"
PIECE: Final = "memory-piece"
_PIECE_CHARACTERS: Final = 200_000  # at most four bytes each, so that a piece fits one change
_NO_COPY: Final = "This is no copy that this app made. Choose the JSON file of an export of your own."
_NEWER: Final = "A newer version of this app made that copy. Update the app here, and bring it in again."


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """One copy that was brought in: of which space, made when, and when it was brought in, milliseconds."""

    id: str = ""
    space: str
    made_on: str
    at: int = 0
    pieces: int


@careful
class Memories:
    """What one person brought in from their own exports; read-only, and private to this device."""

    NOTE = NOTE

    def __init__(self, ledger: PrivateLedger) -> None:
        self._ledger = ledger
        self._kept = Drawer(ledger, RECORD, Memory, "There is no such memory here.")

    def all(self) -> tuple[Memory, ...]:
        """Every copy that was brought in, the earliest made first."""
        return tuple(sorted(self._kept.all().values(), key=lambda each: (each.made_on, each.at, each.id)))

    def get(self, identifier: str) -> Copy:
        """Return what a copy says; raises `NotFound`.

        Rule (Export): a copy carries no signatures: a memory aid, not a proof.
        """
        pieces = self._ledger.private_records(PIECE)
        count = self._kept.get(identifier).pieces
        return read("".join(str(pieces.get(f"{identifier}.{place}", {}).get("text", "")) for place in range(count)))

    async def bring_in(self, text: str) -> Memory:
        """Keep a copy that `Export.json` made, privately; raises `InvalidInput`, with nothing kept.

        Rule (Export): nothing is granted, asked or lifted by a copy; it enters no shared document.
        """
        copy = read(text)
        identifier = self._ledger.new_id()
        text = msgspec.json.encode(copy).decode()
        pieces = [text[start : start + _PIECE_CHARACTERS] for start in range(0, len(text), _PIECE_CHARACTERS)]
        for place, piece in enumerate(pieces):  # the memory itself comes last: half of one is none
            await self._ledger.write_private(SetFields(PIECE, f"{identifier}.{place}", {"text": piece}))
        await self._kept.put(
            identifier, space=copy.space, made_on=copy.made_on, at=self._ledger.now(), pieces=len(pieces)
        )
        return self._kept.get(identifier)

    async def remove(self, identifier: str) -> None:
        """Take a memory out; its words stay in this device's encrypted history. Raises `NotFound`.

        Rule (Export): what one brought in is one's own to take out; the record is as it was.
        """
        await self._kept.remove(identifier)


def read(text: str) -> Copy:
    """Return the copy that this text is; raises `InvalidInput` with a sentence that says what to do.

    Some editors put a mark before the text of a file that they save; it is no part of the copy.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > limits.COPY_CHARACTERS_MAX:
        raise InvalidInput("This file is larger than any copy that this app makes. Choose the JSON file of an export.")
    try:
        head = msgspec.json.decode(text, type=_Head)
        if head.format != FORMAT:
            raise InvalidInput(_NO_COPY)
        if head.version > VERSION:
            raise InvalidInput(_NEWER)
        copy = msgspec.json.decode(text, type=Copy)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InvalidInput(_NO_COPY) from error
    if not all(map(_is_day, [copy.made_on, *(each.day for each in copy.days)])):
        raise InvalidInput(_NO_COPY)
    return copy


class _Head(msgspec.Struct, frozen=True):
    format: str
    version: int


def _is_day(text: str) -> bool:
    return schedule.day_of(text) is not None


def own_limits(copy: Copy) -> tuple[str, ...]:
    """Return the limits that the reader had stated then; they can be stated again, and bind at once when they are."""
    return tuple(each.text for each in copy.limits if each.by == copy.me)


def days(copy: Copy) -> tuple[DayOf, ...]:
    """Return what happened, the last day first."""
    return tuple(sorted(copy.days, key=lambda each: each.day, reverse=True))
