"""First messages that were answered: whoever repeats one gets nothing, also after this device was opened again.

A first message names the instance under which this device announced itself, or the hour, where an address was typed.
Instances are drawn anew at each opening; so only what names an hour is worth keeping, and only while that hour is
taken. It knows no connection and writes nothing: what is to be kept is answered as settings.
"""

from collections.abc import Container, Mapping
from typing import Final

import msgspec

from collar_sync import limits

HOUR_MILLISECONDS: Final = 3_600_000
PREFIX: Final = "answered/"
_NEW_MILLISECONDS: Final = 3 * HOUR_MILLISECONDS  # longer than any first message can be new that names an hour


class _Answer(msgspec.Struct, frozen=True):
    """When it was given, and to a call under which instance; None for one that named an hour."""

    at: int  # wall milliseconds
    instance: bytes | None


def hour(wall: int) -> bytes:
    """What stands for the instance at an address that was typed; it bounds how long a recorded first message is new."""
    return max(0, wall // HOUR_MILLISECONDS).to_bytes(8, "big")


class Answered:
    """Every call that got an answer and could be repeated still. `settings` are those of the store."""

    def __init__(self, settings: Mapping[str, bytes] | None = None) -> None:
        self._calls: dict[bytes, _Answer] = {}
        kept = [
            (int.from_bytes(value, "big"), bytes.fromhex(name.removeprefix(PREFIX)))
            for name, value in (settings or {}).items()
            if name.startswith(PREFIX)
        ]
        for at, ephemeral in sorted(kept):
            self._calls[ephemeral] = _Answer(at, None)

    def __contains__(self, ephemeral: object) -> bool:
        return ephemeral in self._calls

    def add(self, ephemeral: bytes, instance: bytes, instances: Container[bytes], wall: int) -> dict[str, bytes | None]:
        """Remember one; answers the settings to write, with None for those that are not needed any more."""
        if ephemeral in self._calls:
            return {}
        announced = instance in instances
        settings: dict[str, bytes | None] = {}
        self._calls[ephemeral] = _Answer(wall, instance if announced else None)
        if not announced:
            settings[_name(ephemeral)] = wall.to_bytes(8, "big")
        for old, answer in list(self._calls.items()):
            over = answer.instance not in instances if answer.instance else wall - answer.at > _NEW_MILLISECONDS
            if over or len(self._calls) > limits.ANSWERED_MAX:
                del self._calls[old]
                if answer.instance is None:
                    settings[_name(old)] = None
            elif answer.instance is None:
                break  # those behind it are newer
        return settings


def _name(ephemeral: bytes) -> str:
    return PREFIX + ephemeral.hex()
