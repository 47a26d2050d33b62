"""Statements: immutable sentences by one person, as canonical bytes.

A statement carries no signature of its own. Its author is the device whose signed change brought it, which is why its
id covers that device: the same bytes said by another device are another statement. Nothing here knows documents or
people.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from collar_sync import ids, limits
from collar_sync.errors import InvalidInput
from collar_sync.ids import DeviceId, DocumentId, PersonId, StatementId

Json = None | bool | int | str | bytes | list["Json"] | dict[str, "Json"]  # no floats: two encodings of one number

NONCE_BYTES: Final = 8  # equal words said twice are two statements
_LABEL: Final = b"collar/statement/1"
_KIND_CHARACTERS_MAX: Final = 64
_SUBJECT_CHARACTERS_MAX: Final = 128
AT_END: Final = 1 << 53  # no statement is said at that time or later: every JSON reader can hold what is before
_DEPTH_MAX: Final = 8  # lists in lists; terms need two


class Statement(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What was said. `at` is the author's own clock, milliseconds since the epoch, for showing, never for deciding."""

    kind: str
    subject: str
    body: dict[str, Any]
    at: int
    answers: tuple[StatementId, ...]
    nonce: bytes


class Said(msgspec.Struct, frozen=True):
    """A statement with its verified author, as folds read it.

    `beyond_cut` says that the device was removed and that the removal does not cover this: it counts only where it
    narrows (a pause, a no, a withdrawal, a leaving), never where it widens.
    """

    id: StatementId
    kind: str
    subject: str
    body: Mapping[str, Any]
    at: int
    answers: tuple[StatementId, ...]
    author: PersonId
    device: DeviceId
    document: DocumentId
    beyond_cut: bool = False


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(Statement)


def encode(statement: Statement) -> bytes:
    """The canonical bytes; raises `InvalidInput` where the statement breaks a bound."""
    answers = tuple(sorted(set(statement.answers)))
    statement = msgspec.structs.replace(statement, answers=answers)
    try:
        raw = _encoder.encode(statement)
        _decoder.decode(raw)  # a body that is a list, a kind that is bytes: others would blame this device for it
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        raise InvalidInput("This cannot be written down: it holds a value of a kind that is not kept.") from error
    problem = _problem(statement)
    if problem is not None:
        raise InvalidInput(problem)
    if len(raw) > limits.STATEMENT_BYTES_MAX:
        raise InvalidInput("This is too long to be kept as one piece. Make it shorter, or say it in several.")
    return raw


def decode(raw: bytes) -> Statement | None:
    """The statement, or None where the bytes are not one in canonical form and within bounds."""
    if len(raw) > limits.STATEMENT_BYTES_MAX:
        return None
    try:
        statement = _decoder.decode(raw)
        if _problem(statement) is not None or _encoder.encode(statement) != raw:
            return None
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError, OverflowError):
        return None
    return statement


def decode_kept(raw: bytes) -> Statement | None:
    """The same of bytes that were decoded before this device kept them: they are not held against the bounds again.

    That would be half of what it costs to read a page of the past.
    """
    try:
        return _decoder.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def identify(author: DeviceId, raw: bytes) -> StatementId:
    """The id of these canonical bytes as said by that device."""
    return ids.statement_id(hashlib.sha256(_LABEL + ids.raw_bytes(author) + raw).digest())


def _problem(statement: Statement) -> str | None:
    if not 0 < len(statement.kind) <= _KIND_CHARACTERS_MAX or len(statement.subject) > _SUBJECT_CHARACTERS_MAX:
        return "A statement needs a kind of at most 64 and a subject of at most 128 characters."
    if len(statement.nonce) != NONCE_BYTES or not 0 <= statement.at < AT_END:
        return "A statement needs a nonce of 8 bytes and a time after 1970."
    if len(statement.answers) > limits.STATEMENT_ANSWERS_MAX:
        return "A statement can answer 256 others at most."
    if list(statement.answers) != sorted(set(statement.answers)) or not all(
        ids.is_id(answer, "statement") for answer in statement.answers
    ):
        return "The answers of a statement are sorted, distinct statement ids."
    if _plain(statement.body.values()):
        return None
    return "A statement holds only text, whole numbers, yes or no, and lists of them."


def _plain(values: Iterable[object], depth: int = 0) -> bool:
    if depth > _DEPTH_MAX:
        return False
    for value in values:
        if value is None or isinstance(value, bool | str | bytes):
            continue
        if isinstance(value, int):
            if not -(1 << 63) <= value < 1 << 63:
                return False
        elif isinstance(value, list | tuple):
            if not _plain(value, depth + 1):
                return False
        elif isinstance(value, dict):
            if not all(isinstance(key, str) for key in value) or not _plain(value.values(), depth + 1):
                return False
        else:
            return False
    return True
