"""Local-first sync for the shared record of people whose data must stay theirs.

Start at `Device.open`. What an app needs is named here, with what agreeing and repairing take (the questions before an
agreement, a kind of slip-up, a small promise) and how things read. What else a noun of a space gives is in that noun's
own file in `collar_sync.domain`.
"""

from collar_sync.core.edits import Say, SetFields, SetText
from collar_sync.core.events import Changed, Introduction
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.agreements import Reflection
from collar_sync.domain.consent import State as ConsentState
from collar_sync.domain.repair_forms import Stage as RepairStage
from collar_sync.domain.repair_writing import commitment
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.domain.task import TaskState
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
    "Reflection",
    "RepairStage",
    "Said",
    "Say",
    "SetFields",
    "SetText",
    "SlipKind",
    "Space",
    "StoreDamaged",
    "StoreError",
    "StoreInUse",
    "TaskState",
    "Text",
    "Unreachable",
    "WrongCode",
    "WrongPassphrase",
    "commitment",
]
