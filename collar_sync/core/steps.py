"""A batch on its way into a replica, step by step: staged, drafted, applied. Shapes only."""

from collections.abc import Callable

import msgspec

from collar_sync.core.change import Change
from collar_sync.core.durable import LoggedChange, Tip
from collar_sync.core.membership import Learnt
from collar_sync.core.outline import Outline
from collar_sync.ids import DeviceId, DocumentId


class Staged(msgspec.Struct, frozen=True):
    """Changes that are well-formed and in their place, but whose authors are not verified yet.

    `clock` is how far each actor goes in the whole batch, what was here already included.
    """

    clock: dict[bytes, int]
    changes: tuple[Change, ...]
    outline: Outline
    learnt: tuple[Learnt, ...]
    records: frozenset[str]
    overwritten: frozenset[DeviceId]


class Draft(msgspec.Struct, frozen=True):
    """One change of this device that is signed and not applied yet."""

    staged: Staged
    tip: Tip


class Applied(msgspec.Struct, frozen=True):
    """What one batch added: for the log, for the folds, and for whoever watches."""

    document: DocumentId
    clock: dict[bytes, int]
    changes: tuple[LoggedChange, ...]
    deps: tuple[tuple[bytes, ...], ...]  # of each change
    tips: tuple[Tip, ...]
    learnt: tuple[Learnt, ...]
    records: frozenset[str]
    overwritten: frozenset[DeviceId] = frozenset()

    def ends(self) -> tuple[LoggedChange, ...]:
        """The newest change of each actor among those that are new."""
        return tuple({change.actor: change for change in self.changes}.values())


class Author(msgspec.Struct, frozen=True):
    """Who writes a change on this device: the actor of this opening and how its tips are signed."""

    device: DeviceId
    actor: bytes
    sign: Callable[[bytes], bytes]
