"""What every intention of a page is made of: its number, and texts, ids, days and times of a bounded length."""

from typing import Annotated

import msgspec

from collar_sync import limits

Text = Annotated[str, msgspec.Meta(max_length=4_000)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Id = Annotated[str, msgspec.Meta(max_length=128)]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Time = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Lines = Annotated[tuple[Text, ...], msgspec.Meta(max_length=64)]


class Intention(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="do"):
    """What somebody wants; `number` is the page's own, given back with the answer.

    `draft` names the form that this was half typed in: once it is done, the draft goes.
    """

    number: int
    draft: Annotated[str, msgspec.Meta(max_length=limits.DRAFT_NAME_CHARACTERS_MAX)] = ""
