"""Readable, prefixed, immutable ids: `device_1f8a03c2…`.

An id is text everywhere, so logs, JSON and dictionary keys explain themselves; the bytes behind it are a hash. This
module knows only the form of ids, not how each hash is made (identity and statement do).
"""

import re
from typing import NewType

DeviceId = NewType("DeviceId", str)
PersonId = NewType("PersonId", str)
SpaceId = NewType("SpaceId", str)
DocumentId = NewType("DocumentId", str)
StatementId = NewType("StatementId", str)

SHORT_BYTES = 16  # device, person, space, document: second preimages cost 2**128
STATEMENT_BYTES = 32  # an author must not find two statements with one id either

_TAKES_OVER = 0x80
_FORM = re.compile(r"(device|person|space|document|statement)_([0-9a-f]+)")


def _text(prefix: str, raw: bytes) -> str:
    return f"{prefix}_{raw.hex()}"


def device_id(raw: bytes) -> DeviceId:
    """The id of 16 raw bytes."""
    return DeviceId(_text("device", raw))


def person_id(raw: bytes) -> PersonId:
    """The id of 16 raw bytes."""
    return PersonId(_text("person", raw))


def space_id(raw: bytes) -> SpaceId:
    """The id of 16 raw bytes."""
    return SpaceId(_text("space", raw))


def document_id(raw: bytes) -> DocumentId:
    """The id of 16 raw bytes, marked or not as they are."""
    return DocumentId(_text("document", raw))


def marked(raw: bytes, *, takes_over: bool) -> bytes:
    """These bytes for a document's id: the first bit says whether it takes over from another one."""
    return bytes((raw[0] & ~_TAKES_OVER | _TAKES_OVER * takes_over, *raw[1:]))


def takes_over(document: DocumentId) -> bool:
    """Whether a document takes over from one that was split."""
    return bool(raw_bytes(document)[0] & _TAKES_OVER)


def statement_id(raw: bytes) -> StatementId:
    """The id of 32 raw bytes."""
    return StatementId(_text("statement", raw))


def raw_bytes(identifier: str) -> bytes:
    """The bytes behind an id.

    Raises `ValueError` where the text is no id of this form, so that peers cannot spell one id in two ways.
    """
    match = _FORM.fullmatch(identifier)
    if match is None:
        raise ValueError("not an id")
    prefix, body = match.groups()
    size = STATEMENT_BYTES if prefix == "statement" else SHORT_BYTES
    if len(body) != 2 * size:
        raise ValueError("not an id")
    return bytes.fromhex(body)


def is_id(identifier: object, prefix: str) -> bool:
    """Whether this is a well-formed id with that prefix."""
    if not isinstance(identifier, str) or not identifier.startswith(prefix + "_"):
        return False
    try:
        raw_bytes(identifier)
    except ValueError:
        return False
    return True
