"""The shape of what a page shows of each record on this laptop."""

from collections.abc import Sequence

from demo_app.shapes import View


class ChoiceView(View, frozen=True):
    """A record one could look at instead, and whether anything in it can be stopped."""

    id: str
    name: str
    others: Sequence[str]
    paused: bool
    """Whether anybody's pause stands in it."""
    flows: bool
    """Whether something of this person's is shared live in it from here, or that they are here."""
    over: bool
