"""The asyncio face of the library: devices, spaces and documents."""

from collar_sync.node.belonging import KnownDevice
from collar_sync.node.device import Device
from collar_sync.node.document import Counter, Document, Text
from collar_sync.node.pairing import Invitation
from collar_sync.node.space import Space
from collar_sync.node.status import DeviceStatus

__all__ = ["Counter", "Device", "DeviceStatus", "Document", "Invitation", "KnownDevice", "Space", "Text"]
