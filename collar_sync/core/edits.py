"""What an app wants written, before it is a change: the vocabulary between domain, node and replica.

Edits name records and statements only by kind and id; they know no Automerge object, no clock and no author.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from collar_sync.ids import StatementId

Scalar = str | int | bool | bytes | float | None
Home = Literal["core", "chapter"]  # core: people, devices, pauses, consents, limits, agreements; chapter: the rest


class Say(msgspec.Struct, frozen=True):
    """Put one statement; `answers` names exactly what it settles.

    `early` is for what narrows and names nobody: it may be said before the first sync has told whose device this is.
    """

    kind: str
    subject: str = ""
    body: Mapping[str, Any] = {}
    answers: tuple[StatementId, ...] = ()
    home: Home = "chapter"
    early: bool = False


class SetFields(msgspec.Struct, frozen=True):
    """Create the record `kind/id` where it is missing, and set these scalar fields (last write wins a field)."""

    kind: str
    id: str
    fields: Mapping[str, Scalar]
    home: Home = "chapter"


class SetText(msgspec.Struct, frozen=True):
    """Make a text field read `text`, as the smallest replacement, so that concurrent edits merge by character."""

    kind: str
    id: str
    field: str
    text: str
    home: Home = "chapter"


Edit = Say | SetFields | SetText
