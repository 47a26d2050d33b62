"""Sorts the rows that were read out of a damaged store by document, also where what tells so is gone itself.

A change whose author's row is lost belongs where what it follows, or what follows it, is; the first of an author, where
a signature of it fits. A document that no setting names is known by its id, if it is core, a chapter or private. It
decides nothing about what counts, and knows no file.
"""

from collections.abc import Mapping
from contextlib import suppress
from itertools import chain
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core import identity
from collar_sync.core.binding import GENESIS_HASH, load_snapshot
from collar_sync.core.change import Change
from collar_sync.core.cover import device_of
from collar_sync.core.durable import Tip
from collar_sync.core.identity import Keys
from collar_sync.core.inspect import inspect
from collar_sync.core.library import CHAPTER, CORE, Rest
from collar_sync.core.marks import Marks
from collar_sync.core.own import NAME as OWN
from collar_sync.core.peers import PeerRecord
from collar_sync.core.rescue import Remains
from collar_sync.errors import InvalidChange
from collar_sync.ids import DocumentId, SpaceId, is_id
from collar_sync.shells.salvage import Logged, Salvaged

_OWN_MAX: Final = 1_000  # private documents of one space whose ids are worked out; each holds a thousand records


class Sorting:
    """The rows of a damaged store by document. `keys` are this device's, of each space that is known."""

    def __init__(self, found: Salvaged, keys: Mapping[SpaceId, Keys]) -> None:
        self._found = found
        self._keys = keys
        self.places: dict[DocumentId, SpaceId] = {}
        self.private: set[DocumentId] = set()
        self.peers: dict[tuple[SpaceId, str], PeerRecord] = {}
        self._order: dict[DocumentId, int] = {}
        self._log: dict[DocumentId, list[tuple[bytes, int, Logged]]] = {}
        self._chunks: dict[DocumentId, list[bytes]] = {}
        for name, value in found.settings.items():
            self._take_setting(name.split("/"), value)
        for (document, _), chunk in found.snapshots.items():
            self._chunks.setdefault(document, []).append(chunk)
        self._lost: list[tuple[Change, Logged]] = []  # by authors whose rows are lost
        for (number, seq), logged in sorted(found.log.items()):
            author = found.authors.get(number)
            if author is not None:
                self._log.setdefault(author.document, []).append((author.actor, seq, logged))
            else:
                with suppress(InvalidChange):
                    self._lost.append((inspect(logged.raw), logged))
        self._foresee()
        self.nowhere = self._bring_home()

    def documents(self, space: SpaceId) -> list[DocumentId]:
        """The documents of a space of which there is anything, core first and chapters as they were written."""
        own = [document for document, place in self.places.items() if place == space]
        core = identity.document_of(space, CORE)
        return sorted(own, key=lambda each: (each != core, self._order.get(each, 0), each))

    def remains(self, document: DocumentId, *, alone: bool) -> Remains:
        """All that was read of one document; records as rows where nobody but this device may have written any."""
        found, remains = self._found, Remains(document)
        for chunk in self._chunks.get(document, ()):
            with suppress(InvalidChange):
                for raw in load_snapshot(chunk):
                    remains.take(raw)
        for actor, seq, logged in self._log.get(document, ()):
            remains.take(logged.raw)
            remains.know(actor, seq)
            if logged.signature is not None:
                remains.sign(Tip(actor, seq, logged.hash, logged.signature))
        for author in found.authors.values():
            if author.document == document:
                remains.know(author.actor, author.sealed)
                if author.tip is not None:
                    remains.sign(Tip(author.actor, *author.tip))
        self._settings(document, remains)
        remains.statements += (kept for (place, _), kept in found.statements.items() if place == document)
        remains.records += (kept for (place, _), kept in found.records.items() if alone and place == document)
        heard = [each.brought for each in remains.statements]
        heard += [tuple(peer.stored.get(document, {}).items()) for peer in self.peers.values()]
        for actor, seq in chain.from_iterable(heard):
            remains.know(actor, seq)
        return remains

    def _settings(self, document: DocumentId, remains: Remains) -> None:
        """What was noted of a document as it rested, and of where it can be cut."""
        with suppress(KeyError, msgspec.MsgspecError):
            rest = msgspec.msgpack.decode(self._found.settings[f"seal/{document}"], type=Rest)
            for tip in rest.tips:
                remains.sign(tip)
            for actor, seq in rest.clock().items():
                remains.know(actor, seq)
        remains.marks = self._found.settings.get(f"marks/{document}")
        with suppress(msgspec.MsgspecError):
            for _, tips in Marks(remains.marks).slices({}):
                for tip in tips:
                    remains.sign(tip)

    def _take_setting(self, name: list[str], value: bytes) -> None:
        match name:
            case ["document" | "private" as kind, document]:
                self.places[DocumentId(document)] = SpaceId(value.decode())
                if kind == "private":
                    self.private.add(DocumentId(document))
            case ["peer", space, device]:
                with suppress(msgspec.MsgspecError):
                    self.peers[SpaceId(space), device] = msgspec.msgpack.decode(value, type=PeerRecord)
            case _:
                pass

    def _foresee(self) -> None:
        """Give documents that no setting names a place by their ids, or by the only space there is."""
        here = {*self._log, *self._chunks, *(each.document for each in self._found.authors.values())}
        here.update(document for document, _ in (*self._found.statements, *self._found.records))
        for space, keys in self._keys.items():
            names = [CORE, *(f"{CHAPTER}{number}" for number in range(1, limits.DOCUMENTS_MAX))]
            for number, name in enumerate(names):
                document = identity.document_of(space, name)
                self._order[document] = number
                if document in here:
                    self.places.setdefault(document, space)
            for number in range(1, _OWN_MAX):
                document = identity.private_document_of(keys, OWN if number == 1 else f"{OWN}-{number}")
                if document in here:
                    self.places.setdefault(document, space)
                    self.private.add(document)
        if len(self._keys) == 1:
            for document in here - self.places.keys():
                if is_id(document, "document"):
                    self.places[document] = next(iter(self._keys))

    def _bring_home(self) -> int:
        """File the changes of authors whose rows are lost; how many belong nowhere."""
        if not self._lost:
            return 0
        homes = {logged.hash: document for document, rows in self._log.items() for _, _, logged in rows}
        for document, chunks in self._chunks.items():
            for chunk in chunks:
                with suppress(InvalidChange):
                    homes.update((inspect(raw).hash, document) for raw in load_snapshot(chunk))
        waiting = sorted(self._lost, key=lambda each: each[0].start_op)
        grown = True
        while waiting and grown:
            for change, logged in (*waiting, *reversed(waiting)):  # after what it follows, then before what follows it
                home = next(filter(None, map(homes.get, (change.hash, *change.deps))), None)
                home = home or self._signed(change, logged)
                if home is not None:
                    homes.update(dict.fromkeys({change.hash, *change.deps} - {GENESIS_HASH}, home))
            left = [each for each in waiting if each[0].hash not in homes]
            grown, waiting = len(left) < len(waiting), left
        for change, logged in self._lost:
            home = homes.get(change.hash)
            if home is not None:
                self._log.setdefault(home, []).append((change.actor, change.seq, logged))
        return len(waiting)

    def _signed(self, change: Change, logged: Logged) -> DocumentId | None:
        """The document in which this device signed a change of its own; None where none is known."""
        for document, space in self.places.items():
            keys = self._keys.get(space)
            if keys is not None and keys.device == device_of(change.actor) and logged.signature is not None:
                message = identity.tip_message(space, document, change.actor, change.seq, change.hash)
                if identity.verify(keys.public.signing, message, logged.signature):
                    return document
        return None
