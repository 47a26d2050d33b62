"""What the engine is told and what it asks for: the whole border between deciding and doing.

Times are two: `wall`, milliseconds since the epoch, for what people read; `steady`, milliseconds of a clock that
never jumps, for deadlines. A `request` is the caller's own number, given back with the answer; a `connection` and a
`token` likewise.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from collar_sync.core.durable import Batch
from collar_sync.core.edits import Edit
from collar_sync.core.statement import Said
from collar_sync.errors import CollarError, How
from collar_sync.ids import DeviceId, DocumentId, PersonId, SpaceId

Entropy = Callable[[int], bytes]  # that many random bytes


class Now(msgspec.Struct, frozen=True):
    """The time of one event, on both clocks, in milliseconds."""

    wall: int
    steady: int


class Address(msgspec.Struct, frozen=True, array_like=True):
    """Where a device listens. `instance` is what it announced there; None for an address a person typed."""

    host: str
    port: int
    instance: bytes | None = None


class Introduction(msgspec.Struct, frozen=True):
    """Whom a pairing would connect this device with, and the three words that must be the same on both screens.

    `own` says that the joining device becomes one more of the person who invites.
    """

    words: tuple[str, str, str]
    space_name: str
    person_name: str
    device_name: str
    own: bool = False


# --- events: what happened ---


class Opened(msgspec.Struct, frozen=True):
    """A connection is open: one that was dialled, or a stranger's, who is at this host."""

    connection: int
    host: str = ""


class Sent(msgspec.Struct, frozen=True):
    """So many bytes of what was to be sent are on their way. Told now and then, not for each frame."""

    connection: int
    bytes: int


class Received(msgspec.Struct, frozen=True):
    """A whole binary frame came."""

    connection: int
    frame: bytes


class Closed(msgspec.Struct, frozen=True):
    """A connection ended, or a dial came to nothing; `reason` in words, `how` where it never opened."""

    connection: int
    reason: str
    how: How | None = None


class Found(msgspec.Struct, frozen=True):
    """Somebody announced themself on the network."""

    instance: bytes
    tags: tuple[bytes, ...]
    addresses: tuple[tuple[str, int], ...]


class Written(msgspec.Struct, frozen=True):
    """A batch is on the disk."""

    token: int


class Examined(msgspec.Struct, frozen=True):
    """A snapshot was loaded where it could not hurt: its raw changes, or why there are none.

    `local` says that the fault is this device's own.
    """

    token: int
    changes: tuple[bytes, ...] | None
    problem: str | None = None
    local: bool = False


class WriteFailed(msgspec.Struct, frozen=True):
    """A batch is not on the disk; nothing more is written until the device is opened again."""

    token: int
    error: CollarError


class Moved(msgspec.Struct, frozen=True):
    """This computer is on another network than before, or has just been asleep."""


class Looked(msgspec.Struct, frozen=True):
    """A person opened this device's app, or looks at it: whoever is missing may be waited for."""


class Tick(msgspec.Struct, frozen=True):
    """Time passed."""


class CreateSpace(msgspec.Struct, frozen=True):
    """Found a space; answered with its `SpaceId`."""

    request: int
    name: str
    person_name: str
    device_name: str


class Write(msgspec.Struct, frozen=True):
    """Write edits, all or none, one change a document; answered with the ids of its statements.

    With no document named, each edit goes to its home in the space. `at` is the device's time by which it was judged,
    and is what it is signed with; without it that is the time of the writing.
    """

    request: int
    space: SpaceId
    document: DocumentId | None
    edits: Sequence[Edit]
    at: int | None = None


class Invite(msgspec.Struct, frozen=True):
    """Show this code until somebody used it; answered with the `PersonId` who joined.

    `own` says that the other device is one more of this device's person.
    """

    request: int
    space: SpaceId
    code: str
    own: bool = False


class Join(msgspec.Struct, frozen=True):
    """Join by a code, at an address or, without one, at whoever announces that code; answered with the `SpaceId`."""

    request: int
    code: str
    person_name: str
    device_name: str
    address: Address | None


class Compared(msgspec.Struct, frozen=True):
    """The person at this device said whether the words of an invitation or a joining are the same on both screens."""

    request: int
    same: bool


class RemoveDevice(msgspec.Struct, frozen=True):
    """Remove a device of this person from a space; answered with None."""

    request: int
    space: SpaceId
    device: DeviceId


class Leave(msgspec.Struct, frozen=True):
    """Leave a space, for good; `tell` says so to the others. Answered with None."""

    request: int
    space: SpaceId
    tell: bool


class Choose(msgspec.Struct, frozen=True):
    """Refuse another's device on this one, or allow it; answered with None."""

    request: int
    space: SpaceId
    device: DeviceId
    refuse: bool


class Note(msgspec.Struct, frozen=True):
    """Keep a note for this device's person in place of the one of that name, or None for none; answered with None.

    It is in no document and has no history: nothing of it can be sent, and what was there before is gone.
    """

    request: int
    space: SpaceId
    name: str
    value: bytes | None


class BelieveClock(msgspec.Struct, frozen=True):
    """Let the `now` of folds be what the clock says, though later times were kept; answered with None."""

    request: int


class Erase(msgspec.Struct, frozen=True):
    """Wipe a space from this device, what is its person's alone too where `private`; answered with None."""

    request: int
    space: SpaceId
    private: bool = False


class Cancel(msgspec.Struct, frozen=True):
    """Stop an invitation or a joining."""

    request: int


class Locate(msgspec.Struct, frozen=True):
    """Devices of this person may be found at this address; kept trying while not connected."""

    address: Address


class Tell(msgspec.Struct, frozen=True):
    """Tell these people something in passing, in place of what was told of that kind: nothing of it is ever stored."""

    space: SpaceId
    kind: str
    body: bytes
    to: tuple[PersonId, ...]
    lifetime_milliseconds: int


class Hush(msgspec.Struct, frozen=True):
    """Take back what was told of that kind."""

    space: SpaceId
    kind: str


class Stop(msgspec.Struct, frozen=True):
    """The device is being closed: the last event."""


Event = (
    Opened | Received | Sent | Closed | Found | Written | WriteFailed | Examined | Tick | Stop
    | CreateSpace | Write | Note | Invite | Join | RemoveDevice | Leave | Choose | BelieveClock | Erase | Compared
    | Cancel | Locate | Moved | Looked | Tell | Hush
)  # fmt: skip
REQUESTS: Final = (
    CreateSpace,
    Write,
    Note,
    Invite,
    Join,
    RemoveDevice,
    Leave,
    Choose,
    BelieveClock,
    Erase,
)  # whoever asked is waiting for an answer


# --- effects: what is to be done ---


class Send(msgspec.Struct, frozen=True):
    """Send these frames, in this order."""

    connection: int
    frames: list[bytes]


class Disconnect(msgspec.Struct, frozen=True):
    """Close a connection, after what was sent on it."""

    connection: int
    reason: str


class Dial(msgspec.Struct, frozen=True):
    """Open a connection under this number."""

    connection: int
    address: Address


class Store(msgspec.Struct, frozen=True):
    """Make a batch durable, in the order of tokens."""

    token: int
    batch: Batch


class Examine(msgspec.Struct, frozen=True):
    """Load a peer's snapshot where it cannot hurt this process, and say what changes it holds."""

    token: int
    chunk: bytes


class Answer(msgspec.Struct, frozen=True):
    """A request is done."""

    request: int
    value: object


class Refuse(msgspec.Struct, frozen=True):
    """A request came to nothing."""

    request: int
    error: CollarError


class Progress(msgspec.Struct, frozen=True):
    """The two people can compare their words now."""

    request: int
    introduction: Introduction


class Changed(msgspec.Struct, frozen=True):
    """A verified change is on this device's disk."""

    space: SpaceId
    document: DocumentId
    author: PersonId
    mine: bool
    statements: tuple[Said, ...]
    records: tuple[str, ...]


class Refresh(msgspec.Struct, frozen=True):
    """Something a person could see is different."""


class Advertise(msgspec.Struct, frozen=True):
    """What is announced on the network is different."""


Effect = Send | Disconnect | Dial | Store | Examine | Answer | Refuse | Progress | Changed | Refresh | Advertise
PeerKey = tuple[SpaceId, DeviceId]
