"""What a person should not have to look for: that nothing can be saved, and who was let in, or added in their name.

What may well be as it should is told once: what was read here is noted, privately on this laptop, by a digest of it.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from collar_sync import SetFields
from collar_sync.node import Space
from demo_app.laptop import Laptop
from demo_app.shapes import View

RECORD: Final = "notice"


class HeedView(View, frozen=True):
    """Why nothing can be saved any more, where that is so; and what was noticed and not read here yet."""

    stopped: Sequence[str]
    notices: Sequence[str]


def heed(laptop: Laptop, space: Space) -> HeedView:
    """What is to be said on every screen."""
    read = space.private_records(RECORD)
    notices = [] if space.over else [each for each in space.notices() if _name(each) not in read]
    return HeedView(stopped=laptop.stopped, notices=notices)


async def note_read(space: Space, notice: str) -> None:
    """This person read it: it stays in Pairing & sync, and is not said on every screen any more."""
    if notice in space.notices():
        await space.write_private(SetFields(RECORD, _name(notice), {"read": space.now()}))


def _name(notice: str) -> str:
    return hashlib.blake2s(notice.encode(), digest_size=16).hexdigest()
