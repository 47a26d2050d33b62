"""The library's own pages of help: the same for everybody. Reading them writes nothing."""

from collections.abc import Sequence
from typing import Final

from collar_sync.domain.help import Help
from demo_app.shapes import View


class HelpPageView(View, frozen=True):
    """One page of help."""

    title: str
    paragraphs: Sequence[str]


class HelpTextsView(View, frozen=True):
    """All of them."""

    pages: Sequence[HelpPageView]


_SHOWN: Final = ("slip-up", "forgiveness", "safety")

TEXTS_OF_HELP: Final = HelpTextsView(
    pages=[HelpPageView(title=text.title, paragraphs=text.paragraphs) for text in (Help.text(name) for name in _SHOWN)]
)
