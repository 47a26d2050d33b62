"""A new store in the making, out of the rows that were read of a damaged one: document by document, each put to rest.

Core comes first, since it says whose signatures count. What is missing is noted as it is found. It knows what the names
of settings mean, and no page, file or key file.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec

from collar_sync import ids
from collar_sync.core import rescue
from collar_sync.core.cover import device_of
from collar_sync.core.durable import Batch
from collar_sync.core.equivocation import Proof
from collar_sync.core.identity import Keys
from collar_sync.core.membership import Learnt, Membership
from collar_sync.core.rescue import Remains, Restored
from collar_sync.core.sayings import Sayings, keep
from collar_sync.core.space import Space
from collar_sync.core.standing import Ending
from collar_sync.core.vault import SpaceRecord, Vault
from collar_sync.domain.finished import unfinished
from collar_sync.errors import InvalidChange, PeerError
from collar_sync.ids import DeviceId, DocumentId, SpaceId, StatementId
from collar_sync.node.losses import Loss, day, sentences
from collar_sync.node.remains import Sorting
from collar_sync.node.verify import Progress, place_of
from collar_sync.shells.salvage import Salvaged
from collar_sync.shells.store import Store

_BY_SPACE: Final = ("choice", "note", "peer", "ended", "past", "proof", "heard", "answered")
_BY_DOCUMENT: Final = ("document", "private", "seal", "marks")


class Rebuilding:
    """A new store in the making."""

    def __init__(self, store: Store, seed: bytes, found: Salvaged) -> None:
        self._store = store
        self._seed = seed
        self._found = found
        self._floor = int.from_bytes(found.settings.get("clock/floor", b""), "big")
        self._spaces: dict[SpaceId, Space] = {}
        for name, value in found.settings.items():
            if name.startswith("space/"):
                identifier, record = SpaceId(name.partition("/")[2]), msgspec.msgpack.decode(value, type=SpaceRecord)
                space = self._spaces[identifier] = Space(identifier, Keys.derive(seed, record.salt), store)
                ended = found.settings.get(f"ended/{identifier}")
                space.ended = None if ended is None else Ending(ended.decode())
        self._proofs = {name: value for name, value in found.settings.items() if name.startswith("proof/")}
        self._sorting = Sorting(found, {space.id: space.keys for space in self._spaces.values()})
        for document, place in self._sorting.places.items():
            shown = found.settings.get(f"line/{document}")
            if shown is not None and place in self._spaces:
                self._spaces[place].evidence.lines[document] = shown
        self._statements: set[StatementId] = set()
        self._records: set[tuple[DocumentId, str]] = set()
        self._losses: list[Loss] = []
        self._core: dict[SpaceId, list[Learnt]] = {identifier: [] for identifier in self._spaces}  # all said there
        self._brought = 0
        self._newest = 0  # when the last of what is kept was said

    def run(self, progress: Progress) -> Iterator[str]:
        """Write everything; what a person should know of it."""
        self._store.write(Batch(settings=dict(self._settings())))
        todo = [(space, each) for space in self._spaces.values() for each in self._sorting.documents(space.id)]
        for done, (space, document) in enumerate(todo):
            progress(done, len(todo))
            if document != space.core:
                self._weigh(space)
            self._bring(space, document)
        self._choose()
        progress(len(todo), len(todo))
        yield from self._words()

    def _settings(self) -> Iterator[tuple[str, bytes | None]]:
        """All settings but those of documents, which are made anew, and of spaces that are not known any more."""
        for name, value in self._found.settings.items():
            kind, _, rest = name.partition("/")
            if kind in _BY_DOCUMENT or (kind in _BY_SPACE and rest.partition("/")[0] not in self._spaces):
                continue
            yield name, value

    def _bring(self, space: Space, document: DocumentId) -> None:
        """Write one document, put to rest, with all that counts in it."""
        library, private = space.library, document in self._sorting.private
        alone = private or space.membership.devices.keys() <= {space.keys.device}
        remains = self._sorting.remains(document, alone=alone)
        if private:
            library.private.add(document)
        core = library.is_core(document)
        if core:  # enrolments prove themselves, and say whose signatures fit
            space.membership = Membership(space.id).with_more((*self._core[space.id], *remains.said()))
        may = private or (not space.over and space.keys.device in space.membership.devices)
        taken = library.splits.frozen(document) or ids.takes_over(document)
        chance = os.urandom(8) if may and not taken else None
        try:
            restored = rescue.restore(space.id, remains, space.membership, space.keys, chance)
        except InvalidChange:  # then nobody could have opened it
            restored = Restored(library.fresh(document), (), remains.ends, None, 0)
        if core:
            self._core[space.id] += restored.learnt
            space.membership = Membership(space.id).with_more(self._core[space.id])
        self._mourn(space, document, remains, restored)
        replica = restored.replica
        if not replica.changes:
            return
        held = Sayings()
        for each in restored.learnt:
            held.add(document, each)
            self._newest = max(self._newest, each.statement.at)
        library.awake[document] = replica
        library.arrived(document)
        readable = library.readable(document)
        said = [keep(each, document, brought) for each, brought in held.said_in(document)] if readable else []
        seal, rest = library.seal(document, said)
        kind = "private" if private else "document"
        settings = {
            f"{kind}/{document}": space.id.encode(),
            f"seal/{document}": rest,
            f"marks/{document}": restored.marks,
        }
        changes = [(document, each) for each in replica.missing({})]
        self._store.write(Batch(changes, [(document, tip) for tip in replica.tips.values()], settings, [seal]))
        self._brought += len(changes)
        if readable:
            self._statements |= {each.id for each in seal.statements}
            self._records |= {(document, each.key) for each in seal.records}
        del library.awake[document]
        library.open(document, rest, private=private)
        library.arrived(document)

    def _weigh(self, space: Space) -> None:
        """Take in who split which document, as far as that can be understood by now."""
        for name, value in [*self._proofs.items()]:
            if name.split("/")[1] == space.id:
                with suppress(PeerError, msgspec.MsgspecError):
                    space.convict(msgspec.msgpack.decode(value, type=Proof))
                    del self._proofs[name]

    def _mourn(self, space: Space, document: DocumentId, remains: Remains, restored: Restored) -> None:
        """Take note of what is missing of a document."""
        lost: dict[DeviceId, dict[bytes, int]] = {}
        for actor, count in restored.lost.items():
            lost.setdefault(device_of(actor), {})[actor] = count
        clock = restored.replica.clock
        for device, actors in lost.items():
            gone = [
                each.at
                for each in remains.statements
                if any(actor in actors and seq > clock.get(actor, 0) for actor, seq in each.brought)
            ]
            before = [each.statement.at for each in restored.learnt if each.device == device]
            if len(gone) < sum(actors.values()):  # of some it is only known between what they were written
                gone += [max(before)] if before else []
                gone += [self._floor] if self._floor else []
            holders = tuple(
                space.device_name(DeviceId(name))
                for (place, name), peer in sorted(self._sorting.peers.items())
                if place == space.id
                and all(peer.stored.get(document, {}).get(actor, 0) >= remains.ends[actor] for actor in actors)
            )
            private, mine = document in self._sorting.private, device == space.keys.device
            self._losses.append(
                Loss(
                    place_of(space, document),
                    "this device" if mine else space.device_name(device),
                    sum(actors.values()),
                    restored.again if mine else 0,
                    min(gone, default=None),
                    max(gone, default=None),
                    holders,
                    mine,
                    private,
                    space.library.is_core(document),
                )
            )

    def _choose(self) -> None:
        """Choose what is to be read at each opening, as this device does whenever it puts something to rest."""
        self._store.write(Batch(at_hand=(frozenset(self._statements), frozenset(self._records))))
        vault = Vault(self._seed, self._store.settings, self._store, unfinished)
        stay = [space.settle(vault.floor.time) for space in vault.spaces.values()]
        self._store.write(
            Batch(
                settings={f"past/{space.id}": space.past for space in vault.spaces.values()},
                at_hand=(frozenset().union(*(own for own, _ in stay)), frozenset().union(*(own for _, own in stay))),
            )
        )

    def _words(self) -> Iterator[str]:
        found = self._found
        yield (
            f"{found.unread:,} of {found.pages:,} pages of the file could not be read. A new one was made with all "
            f"that could: {self._brought:,} changes, each verified."
        )
        yield from sentences(self._losses)
        if self._sorting.nowhere:
            yield (
                f"Of {self._sorting.nowhere:,} changes it cannot be told any more where they belong. What other "
                "devices have of them comes back with the next connection."
            )
        if "settings" in found.torn:
            yield (
                "What this device keeps beside the record may not be complete: drafts, which devices you refuse here, "
                "records that you left or erased. Look whether it is as you left it."
            )
        if found.unread:
            since = f" after {day(self._newest)}" if self._newest else ""
            yield (
                f"What was written last{since} may be missing without a trace. What other devices have of it comes "
                "back with the next connection."
            )
