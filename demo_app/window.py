"""What one browser window looks at, and what it was told already: it is told what reads differently, and no more.

Most of a picture stays as it is from one push to the next, and some parts of it take long to make. So a window says
which of those it shows, the others are not made for it, and of all parts only those go out that have changed. A window
that was told nothing yet, or shows another record or another stage, is told everything: no part is ever missing.
"""

from collections.abc import Collection

import msgspec

from demo_app import views
from demo_app.laptop import Laptop
from demo_app.pictures import DEAR


class Window:
    """One window's memory; `looks_at` names the parts it shows of those that are dear, all of them where it is None."""

    def __init__(self) -> None:
        self.looks_at: Collection[str] | None = None
        self._of: tuple[str, str] | None = None  # the stage and the record it was told of
        self._told: dict[str, bytes] = {}
        self._owed = True

    def owe(self) -> None:
        """Send news even if there are none.

        The page may show more than it was told: a box ticks as it is clicked, also where nothing came of it.
        """
        self._owed = True

    def news(self, laptop: Laptop) -> bytes | None:
        """Return what changed since it was asked last, as JSON by the name of the part; None where nothing did.

        A picture with a `stage` is whole, and takes the place of all that was told before.
        """
        space = laptop.space
        of = (laptop.stage, "" if space is None else space.id)
        if of != self._of:
            self._of, self._told = of, {}
        everything = self.looks_at is None or not self._told or space is None or bool(space.pauses.standing())
        looked_at = DEAR if everything else frozenset(self.looks_at or ()) & DEAR
        state = views.picture(laptop, looked_at)
        found: dict[str, msgspec.Raw] = {}
        for field in msgspec.structs.fields(state):
            if field.name in DEAR and field.name not in looked_at:
                continue  # it was not made; what the window has of it stays there
            part = msgspec.json.encode(getattr(state, field.name))
            if self._told.get(field.encode_name) != part:
                self._told[field.encode_name] = part
                found[field.encode_name] = msgspec.Raw(part)
        if not found and not self._owed:
            return None
        self._owed = False
        return msgspec.json.encode(found)
