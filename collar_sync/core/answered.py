"""First messages that were answered: whoever repeats one gets nothing, also after this device was opened again.

A first message names the instance under which this device announced itself, or the hour, where an address was typed.
Instances are drawn anew at each opening; so only what names an hour is worth keeping. No clock says for how long, since
a clock that is set back makes an old hour new: so many are kept of each device, and what is let go of takes its hour
with it, which that device may not name any more. It knows no connection and writes nothing: what is to be kept is
answered as settings.
"""

from collections.abc import Container, Iterable, Mapping
from typing import Final

from collar_sync import limits
from collar_sync.core.events import PeerKey
from collar_sync.ids import DeviceId, SpaceId

HOUR_MILLISECONDS: Final = 3_600_000
KIND: Final = "answered"


def hour(wall: int) -> bytes:
    """What stands for the instance at an address that was typed; it bounds how long a recorded first message is new."""
    return max(0, wall // HOUR_MILLISECONDS).to_bytes(8, "big")


class Answered:
    """Every call that got an answer and could be repeated still. `settings` are those of the store."""

    def __init__(self, settings: Mapping[str, bytes] | None = None) -> None:
        self._named: dict[PeerKey, dict[bytes, bytes]] = {}  # the hour of each call that named one
        self._over: dict[PeerKey, bytes] = {}  # the latest hour of which not every call is remembered
        self._announced: dict[bytes, bytes] = {}  # the instance of each other call
        for name, value in (settings or {}).items():
            match name.split("/"):
                case ["answered", space, device, ephemeral]:
                    self._named.setdefault((SpaceId(space), DeviceId(device)), {})[bytes.fromhex(ephemeral)] = value
                case ["answered", space, device]:
                    self._over[SpaceId(space), DeviceId(device)] = value

    def __contains__(self, ephemeral: object) -> bool:
        return ephemeral in self._announced or any(ephemeral in calls for calls in self._named.values())

    def takes(self, peer: PeerKey, hours: Iterable[bytes]) -> tuple[bytes, ...]:
        """Those of these hours that a device may name."""
        over = self._over.get(peer, b"")
        return tuple(each for each in hours if each > over)

    def add(
        self, peer: PeerKey, ephemeral: bytes, instance: bytes, instances: Container[bytes]
    ) -> dict[str, bytes | None]:
        """Remember one; answers the settings to write, with None for those that are not needed any more."""
        if ephemeral in self:
            return {}
        if instance in instances:
            self._announced[ephemeral] = instance
            for old, named in list(self._announced.items()):
                if named not in instances or len(self._announced) > limits.ANSWERED_MAX:
                    del self._announced[old]
            return {}
        calls = self._named.setdefault(peer, {})
        calls[ephemeral] = instance
        settings: dict[str, bytes | None] = {_name(peer, ephemeral): instance}
        if len(calls) > limits.ANSWERED_MAX:
            over = self._over[peer] = min(calls.values())
            settings[_name(peer)] = over
            for old in [each for each, named in calls.items() if named <= over]:
                del calls[old]
                settings[_name(peer, old)] = None
        return settings


def _name(peer: PeerKey, ephemeral: bytes = b"") -> str:
    return "/".join((KIND, *peer, *([ephemeral.hex()] if ephemeral else [])))
