"""What happened, for looking back, and one's own copy of it. The library says what is shown and in what words.

A copy is made when its person asks for it and at no other time; it is handed to the browser and kept nowhere here.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from collar_sync.domain.export import Private
from collar_sync.node import Space
from demo_app.pictures import DayView, LineView, PastView


class File(msgspec.Struct, frozen=True):
    """A copy, as the browser saves it; its name says nothing about what is in it."""

    name: str
    media_type: str
    content: bytes


class _Maker(Protocol):
    """Makes a copy of a space."""

    def __call__(self, space: Space, *, journal: bool, beside: Sequence[Private]) -> File: ...


def look(space: Space, lines: int) -> PastView:
    """Read the newest days until there are so many lines."""
    page = space.timeline.page(lines=lines)
    days = [
        DayView(
            day=each.day,
            lines=[LineView(id=line.id, text=line.text, at=line.at) for line in each.lines],
            more=each.more,
        )
        for each in page.days
    ]
    return PastView(days=days, further=page.before is not None, undo=None if space.over else space.undo.last())


def _markdown(space: Space, *, journal: bool, beside: Sequence[Private]) -> File:
    return File("copy.md", "text/markdown", space.export.markdown(journal=journal, beside=beside).encode())


def _json(space: Space, *, journal: bool, beside: Sequence[Private]) -> File:
    return File("copy.json", "application/json", space.export.json(journal=journal, beside=beside).encode())


def _documents(space: Space, *, journal: bool, beside: Sequence[Private]) -> File:  # noqa: ARG001 - of this one alone
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in sorted(space.automerge(journal=journal).items()):
            file.writestr(zipfile.ZipInfo(name), content)
    return File("copy.zip", "application/zip", packed.getvalue())


_COPIES: Final[Mapping[str, _Maker]] = {
    "markdown": _markdown,
    "json": _json,
    "automerge": _documents,
}


async def copy(records: Sequence[Space], kind: str, *, journal: bool) -> File | None:
    """Make a copy of the first of these, with what is private where its person says so; None for no such kind.

    The journal that lies beside the others is in it too, since it is one journal to whoever writes it.
    It is read apart from everything else, which goes on meanwhile: Pause before all.
    """
    make = _COPIES.get(kind)
    if make is None:
        return None
    space, *others = records
    beside = [each.export.own() for each in others] if journal else []
    return await space.apart(lambda apart: make(apart, journal=journal, beside=beside))
