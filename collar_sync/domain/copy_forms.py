"""What a copy of a space holds, as its JSON has it: what was to be seen, by whom, on which day, in plain words.

Nothing of it names a key, a device or a minute of another's day. It must not know how a copy is made or shown.
"""

from typing import Any, Final, Literal

import msgspec

FORMAT: Final = "collar_sync export"
VERSION: Final = 1


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the space, as the copy names them."""

    id: str
    name: str
    left: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the timeline: who, in what words. `at` is the reader's own time."""

    by: str
    text: str
    at: int | None = None
    kind: str = ""
    id: str = ""


class DayOf(msgspec.Struct, frozen=True, kw_only=True):
    """What happened on a day."""

    day: str
    entries: tuple[Entry, ...]


class OwnLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that stood: whose, and in what words."""

    by: str
    text: str
    kind: str


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A consent or an agreement as it read: its terms, between whom, in what state, and when to look at it again."""

    noun: Literal["consent", "agreement"]
    state: str
    terms: dict[str, Any]
    parties: tuple[str, ...] = ()
    review: int | None = None
    id: str = ""


class AskedFor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A task as its reader read it. `done` are the days for which it was said to be done; times are wall time."""

    title: str
    by: str
    of: str
    state: str
    details: str = ""
    kind: str = "task"
    due: str | None = None
    zone: str | None = None
    repeat: str | None = None
    done: tuple[str, ...] = ()
    id: str = ""


class Written(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wrote for the others to read: what it is, on which day, and its words, line by line, by heading.

    `yes` are those who said yes to it, where that is asked of anyone.
    """

    what: str
    by: str
    day: str
    words: dict[str, tuple[str, ...]]
    yes: tuple[str, ...] = ()
    id: str = ""


class Mended(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A shared slip-up and the repair of it: where that stood, and what was written in it."""

    by: str
    day: str
    sentence: str
    about: str
    stage: str
    round: int
    written: tuple[Written, ...] = ()
    id: str = ""


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of a copy, as the JSON has it."""

    format: str
    version: int
    note: str
    made_on: str
    space: str
    me: str
    people: tuple[Member, ...]
    limits: tuple[OwnLimit, ...] = ()
    offers: tuple[Offered, ...] = ()
    tasks: tuple[AskedFor, ...] = ()
    shared: tuple[Written, ...] = ()
    repairs: tuple[Mended, ...] = ()
    days: tuple[DayOf, ...] = ()
    private: dict[str, dict[str, dict[str, Any]]] = {}
