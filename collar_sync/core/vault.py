"""What this device keeps: its spaces, what waits to be on the disk, and what follows once it is.

It asks for batches to be stored and knows nothing of who sent what is in them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from collar_sync.core.durable import Batch, LoggedChange, Tip
from collar_sync.core.events import Effect, Entropy, Now, PeerKey, Refresh, Store
from collar_sync.core.identity import Keys, PublicKeys
from collar_sync.core.peers import PeerRecord
from collar_sync.core.replica import Applied
from collar_sync.core.space import Space
from collar_sync.errors import NotFound, StoreError
from collar_sync.ids import DeviceId, DocumentId, SpaceId

SALT_BYTES: Final = 16
_FLOOR: Final = "clock/floor"


class Turn(msgspec.Struct, frozen=True):
    """One event's turn: when it happened, its chance, and the effects that it has so far."""

    now: Now
    entropy: Entropy
    out: list[Effect] = []

    def add(self, effect: Effect) -> None:
        """Ask for something to be done."""
        self.out.append(effect)


class SpaceRecord(msgspec.Struct, frozen=True, array_like=True):
    """What is kept about a space beside its documents: the salt of its keys, and who let this device in."""

    salt: bytes
    sponsor: PublicKeys | None = None


class Pending(msgspec.Struct, frozen=True):
    """What a batch on its way to the disk holds, and what follows."""

    space: Space | None = None
    applied: Applied | None = None
    then: Callable[[Turn], None] | None = None


class Vault:
    """The spaces of this device and the way of their changes to its disk. `settings` are those of its store."""

    def __init__(self, seed: bytes, settings: Mapping[str, bytes]) -> None:
        self.seed = seed
        self.spaces: dict[SpaceId, Space] = {}
        self.sponsors: dict[SpaceId, PublicKeys] = {}
        self.peer_records: dict[PeerKey, PeerRecord] = {}
        self.documents: dict[DocumentId, SpaceId] = {}
        self.floor = int.from_bytes(settings.get(_FLOOR, b""), "big")
        self.halted: StoreError | None = None
        self._pending: dict[int, Pending] = {}
        self._tokens = 0
        for name, value in settings.items():
            self._restore_setting(name.split("/"), value)

    def keys(self) -> Mapping[SpaceId, Keys]:
        """This device's keys in each space."""
        return {space.id: space.keys for space in self.spaces.values()}

    def space(self, identifier: SpaceId) -> Space:
        """The space of that id; raises `NotFound`."""
        found = self.spaces.get(identifier)
        if found is None:
            raise NotFound("There is no such space on this device.")
        return found

    def restore(self, document: DocumentId, log: Sequence[LoggedChange], tips: Sequence[Tip]) -> Space:
        """Take in one document's log; answers its space."""
        space = self.spaces[self.documents[document]]
        space.restore(document, log, tips)
        return space

    def add(self, space: Space, salt: bytes, sponsor: PublicKeys | None = None) -> dict[str, bytes]:
        """Make a space this device's own; the settings to keep with it."""
        self.spaces[space.id] = space
        if sponsor is not None:
            self.sponsors[space.id] = sponsor
        return {f"space/{space.id}": msgspec.msgpack.encode(SpaceRecord(salt, sponsor))}

    def writable(self) -> None:
        """Raise what went wrong where nothing more can be kept."""
        if self.halted is not None:
            raise self.halted

    def keep(self, space: Space, applied: Applied, turn: Turn, then: Callable[[Turn], None] | None = None) -> None:
        """Have a batch of changes written; `then` happens once it is on the disk."""
        settings: dict[str, bytes] = {}
        if applied.document not in self.documents:
            self.documents[applied.document] = space.id
            settings[f"document/{applied.document}"] = space.id.encode()
        batch = Batch(
            [(applied.document, change) for change in applied.changes],
            [(applied.document, tip) for tip in applied.tips],
            self._settings(settings, turn),
        )
        self._store(batch, Pending(space, applied, then), turn)

    def keep_settings(
        self, settings: Mapping[str, bytes], turn: Turn, then: Callable[[Turn], None] | None = None
    ) -> None:
        """Have settings written; `then` happens once they are on the disk."""
        self._store(Batch(settings=self._settings(settings, turn)), Pending(then=then), turn)

    def written(self, token: int) -> Pending:
        """Take out what a token stands for: it is on the disk."""
        return self._pending.pop(token)

    def durable(self, space: Space) -> bool:
        """Whether all that is known of a space is on the disk."""
        return not any(pending.space is space for pending in self._pending.values())

    def _settings(self, settings: Mapping[str, bytes], turn: Turn) -> dict[str, bytes | None]:
        """Every batch keeps the time too: no later fold may believe in an earlier one."""
        self.floor = max(self.floor, turn.now.wall)
        return {**settings, _FLOOR: self.floor.to_bytes(8, "big")}

    def _store(self, batch: Batch, pending: Pending, turn: Turn) -> None:
        self._tokens += 1
        self._pending[self._tokens] = pending
        turn.add(Refresh())
        turn.add(Store(self._tokens, batch))

    def _restore_setting(self, name: list[str], value: bytes) -> None:
        match name:
            case ["space", space]:
                record = msgspec.msgpack.decode(value, type=SpaceRecord)
                identifier = SpaceId(space)
                self.spaces[identifier] = Space(identifier, Keys.derive(self.seed, record.salt))
                if record.sponsor is not None:
                    self.sponsors[identifier] = record.sponsor
            case ["document", document]:
                self.documents[DocumentId(document)] = SpaceId(value.decode())
            case ["peer", space, device]:
                key = (SpaceId(space), DeviceId(device))
                self.peer_records[key] = msgspec.msgpack.decode(value, type=PeerRecord)
