"""What this person has half typed: kept on this device until it is sent or let go, and then gone.

An app keeps what stands in a form a moment after typing stops, so that neither a change of screen nor a lock nor a
crash takes it. A draft is nobody else's, says nothing and is in no document: it is a note of this device's store, which
has no history, so what was written over or discarded is not kept, and however long somebody types, nothing grows. It is
in no copy, and goes with the space where that is erased here. Knows no form of any app, only names and texts.
"""

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from collar_sync import limits
from collar_sync.core.letters import is_blank
from collar_sync.domain.given import careful
from collar_sync.errors import InvalidInput, NotFound

_MISSING: Final = "There is no such draft on this device. It was sent or discarded."


class Notes(Protocol):
    """What a draft asks of whoever keeps a space: the time, and notes of this device alone."""

    def now(self) -> int:
        """Milliseconds since the epoch, never earlier than any value it gave before."""

    def notes(self) -> Mapping[str, bytes]:
        """Return every note of this device's person, by name."""

    async def note(self, name: str, value: bytes | None) -> None:
        """Keep this in place of the note of that name, or have none; it is on the disk then, and goes nowhere else."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What stands half typed in a form, by the name of the field. `at` is when it was begun, in milliseconds."""

    form: str
    words: dict[str, str]
    at: int


@careful
class Drafts:
    """The drafts of one person in one space, on this device."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def all(self) -> tuple[Draft, ...]:
        """Every draft, the one begun first first."""
        found = (_read(value) for value in self._notes.notes().values())
        return tuple(sorted((each for each in found if each is not None), key=lambda each: (each.at, each.form)))

    def find(self, form: str) -> Draft | None:
        """What is half typed in that form, or None."""
        kept = self._notes.notes().get(form)
        return None if kept is None else _read(kept)

    def get(self, form: str) -> Draft:
        """What is half typed in that form; raises `NotFound`."""
        found = self.find(form)
        if found is None:
            raise NotFound(_MISSING)
        return found

    async def keep(self, form: str, words: Mapping[str, str]) -> None:
        """Have this be what is half typed in that form; nothing but blanks is none. Raises `InvalidInput`.

        Keep it once typing stops, not with every key: each keeping is one durable write.

        Rule (Private journal): on this device alone, in no document; nothing of it is ever sent, or kept once it is
        sent by its person, changed or discarded.
        """
        before = self.find(form)
        kept = dict(words)
        if not all(isinstance(each, str) for each in (*kept, *kept.values())):
            raise InvalidInput("What is half typed is text, by the name of the field.")
        if is_blank("".join(kept.values())):
            await self.discard(form)
            return
        _bounded(form, kept)
        if before is None and len(self._notes.notes()) >= limits.DRAFTS_MAX:
            raise InvalidInput(
                f"{limits.DRAFTS_MAX} things are half written here already, so this one is not kept yet. "
                "Send one of them or discard it."
            )
        if before is None or before.words != kept:
            draft = Draft(form=form, words=kept, at=self._notes.now() if before is None else before.at)
            await self._notes.note(form, _encoded(draft))

    async def discard(self, form: str) -> None:
        """Let go of what is half typed in that form: it was sent, or is not wanted. Harmless where there is nothing.

        Rule (Private journal): its person's to let go of; nothing of it stays, and nobody is told.
        """
        if form in self._notes.notes():
            await self._notes.note(form, None)


def _bounded(form: str, words: Mapping[str, str]) -> None:
    most = limits.DRAFT_NAME_CHARACTERS_MAX
    if not 0 < len(form) <= most or any(not 0 < len(name) <= most for name in words):
        raise InvalidInput(f"The name of a form or of a field in it has 1 to {most} characters.")
    if sum(len(name) + len(value) for name, value in words.items()) > limits.DRAFT_CHARACTERS_MAX:
        raise InvalidInput(
            f"This is too long to be kept half written: {limits.DRAFT_CHARACTERS_MAX:,} characters at most. "
            "Finish it before you leave it, or shorten it."
        )


def _encoded(draft: Draft) -> bytes:
    try:
        return msgspec.msgpack.encode(draft)
    except UnicodeEncodeError as error:
        raise InvalidInput("A text holds half a character and cannot be kept. Please write it again.") from error


def _read(kept: bytes) -> Draft | None:
    try:
        return msgspec.msgpack.decode(kept, type=Draft)
    except msgspec.MsgspecError:  # of a newer version: it stays, and is not read here
        return None
