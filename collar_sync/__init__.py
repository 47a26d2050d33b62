"""Local-first sync for the shared record of people whose data must stay theirs.

Start at `Device.open`. What an app needs is named here; what a noun of a space takes and gives (a kind of slip-up, the
questions before an agreement) is named by that noun's own file in `collar_sync.domain`.
"""

from collar_sync.core.edits import Say, SetFields, SetText
from collar_sync.core.events import Changed, Introduction
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.consent import State as ConsentState
from collar_sync.errors import (
    CollarError,
    InvalidInput,
    LocalError,
    NewerVersion,
    NotAllowed,
    NotFound,
    PairingFailed,
    PeerError,
    StoreDamaged,
    StoreError,
    StoreInUse,
    Unreachable,
    WrongCode,
    WrongPassphrase,
)
from collar_sync.node import Counter, Device, DeviceStatus, Document, Invitation, Space, Text

__all__ = [
    "Changed",
    "CollarError",
    "ConsentState",
    "Counter",
    "Device",
    "DeviceStatus",
    "Document",
    "Introduction",
    "InvalidInput",
    "Invitation",
    "LocalError",
    "NewerVersion",
    "NotAllowed",
    "NotFound",
    "PairingFailed",
    "PeerError",
    "Person",
    "Said",
    "Say",
    "SetFields",
    "SetText",
    "Space",
    "StoreDamaged",
    "StoreError",
    "StoreInUse",
    "Text",
    "Unreachable",
    "WrongCode",
    "WrongPassphrase",
]
