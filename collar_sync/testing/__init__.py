"""A simulated world for tests of this library and of apps: real engines, simulated network, disks, clocks, chance."""

from collar_sync.testing.couple import found_space
from collar_sync.testing.device import Device, Ledger, done
from collar_sync.testing.disk import Disk
from collar_sync.testing.invariants import Violation
from collar_sync.testing.world import World

__all__ = ["Device", "Disk", "Ledger", "Violation", "World", "done", "found_space"]
