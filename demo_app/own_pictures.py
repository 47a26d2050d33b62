"""The shapes of what a page shows of what is its person's alone. It is handed over when they look, and never pushed."""

from collections.abc import Mapping, Sequence
from typing import Literal

from demo_app.shapes import PersonView, View


class EntryView(View, frozen=True):
    """One entry of the journal; `prompt` names one of the prompts or none."""

    id: str
    text: str
    prompt: str
    at: int


class DraftLimitView(View, frozen=True):
    """A limit that its person is still thinking about."""

    id: str
    text: str
    at: int


class ContactView(View, frozen=True):
    """Somebody to call."""

    id: str
    name: str
    reach: str
    knows: str


class JournalView(View, frozen=True):
    """The journal: its newest entries, whether there are more, and who can read it, in words."""

    note: str
    prompts: Mapping[str, str]
    entries: Sequence[EntryView]
    further: bool
    drafts: Sequence[DraftLimitView]
    contacts: Sequence[ContactView]


class ScriptView(View, frozen=True):
    """One set of words. `ours` came with the app, and `edited` says that its person changed it."""

    id: str
    title: str
    helps: Sequence[str]
    avoid: Sequence[str]
    roles: bool
    ours: bool
    edited: bool


class ScriptsView(View, frozen=True):
    """Every script, those that came with the app first."""

    scripts: Sequence[ScriptView]


class OwnPlaceView(View, frozen=True):
    """Somebody or somewhere to turn to, and what it is called to be edited."""

    id: str
    name: str
    reach: str


class PlacesView(View, frozen=True):
    """The list of places, behind the sentence that is always first; `changed` where it is not as it came."""

    opening: str
    places: Sequence[OwnPlaceView]
    pause: str
    changed: bool


Noun = Literal["task", "consent", "agreement", "checkIn", "moment", "update", "slip", "checklist", "focus", "erasing"]


class HiddenView(View, frozen=True):
    """Something that is hidden here: what it is, by whom, and in what words. None where it is not here any more."""

    id: str
    noun: Noun | None
    by: PersonView | None
    title: str


class AsideView(View, frozen=True):
    """What is set aside on this laptop."""

    hidden: Sequence[HiddenView]
    muted: Sequence[PersonView]
