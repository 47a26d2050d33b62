"""Looks through a whole store and says what is wrong with it, in words. Changes nothing and mends nothing.

Every page, every change, every signature, and every row that is kept for quick reading is held against what it was
made from. It takes minutes for years of records; `progress` tells how far it is.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from collar_sync import ids
from collar_sync.core import identity
from collar_sync.core.durable import Kept, KeptRecord, KeptStatement, Tip
from collar_sync.core.engine import Engine
from collar_sync.core.identity import PublicKeys
from collar_sync.core.library import Rest
from collar_sync.core.marks import Marks
from collar_sync.core.membership import Learnt
from collar_sync.core.replica import Replica
from collar_sync.core.sayings import Sayings, keep
from collar_sync.core.space import Space
from collar_sync.core.statement import AT_END
from collar_sync.errors import CollarError, StoreError
from collar_sync.ids import DeviceId, DocumentId
from collar_sync.node.opening import open_store
from collar_sync.shells import keystore
from collar_sync.shells.store import Store

_ROWS: Final = 500  # statements read at a time
Progress = Callable[[int, int], None]  # documents done, documents in all


def verify(directory: Path, passphrase: str, progress: Progress = lambda _done, _all: None) -> list[str]:
    """What is wrong with the store in this directory, a sentence each; nothing where all is well.

    Raises `WrongPassphrase`, `StoreInUse`, and `StoreError` where there is no store to look at.
    """
    if not keystore.exists(directory):
        raise StoreError(f"There is no device in {directory}.")
    store, seed = open_store(directory, passphrase, "moderate")
    try:
        try:
            store.check()
            engine = Engine(seed, store.settings, store)
        except StoreError as error:
            return [str(error)]
        return list(_findings(store, engine, progress))
    finally:
        store.close()


def _findings(store: Store, engine: Engine, progress: Progress) -> Iterator[str]:
    todo = [(space, document) for space in engine.spaces.values() for document in space.library]
    known = {document for _, document in todo}
    if any(document not in known for document in store.documents()):
        yield "The store holds changes of a document that no space here has. They are kept and not read."
    for done, (space, document) in enumerate(todo):
        progress(done, len(todo))
        name = place_of(space, document)
        try:
            yield from (f"{name}: {finding}" for finding in _of_document(store, space, document))
        except CollarError as error:
            yield f"{name}: {error}"
    progress(len(todo), len(todo))


def _of_document(store: Store, space: Space, document: DocumentId) -> Iterator[str]:
    kept = store.load(document)
    replica = Replica(space.id, document)
    learnt = replica.restore(kept)  # inspects every change, and sees that Automerge holds them
    by_place = {(change.actor, change.seq): change for change in replica.missing({})}
    for logged in kept.log:
        if by_place.get((logged.actor, logged.seq)) != logged:
            yield "a change in the log is not the one that it is filed as."
    yield from _signatures(space, replica, kept)
    if not space.library.splits.frozen(document):
        yield from _marks(store, space, replica)
    setting = store.load_setting(f"seal/{document}")
    if setting is not None:
        rest = msgspec.msgpack.decode(setting, type=Rest)
        if (rest.digest, rest.clock()) != (replica.digest(), replica.clock):
            yield "what is noted of it while it rests is not what it holds."
        if space.library.in_rows(document):
            yield from _rows(store, replica, learnt, frozen=space.library.splits.frozen(document))


def _signatures(space: Space, replica: Replica, kept: Kept) -> Iterator[str]:
    signed = set[bytes]()
    known = _known(space)
    for tip in kept.tips:
        device = ids.device_id(tip.actor[: ids.SHORT_BYTES])
        if device not in known:
            yield "something in it was signed by a device that was never let in."
        elif not _fits(space, replica, tip):
            yield f"a signature of {space.device_name(device)} does not fit what it stands for."
        elif replica.hash_at(tip.actor, tip.seq) == tip.hash:
            signed.add(tip.hash)
    if not replica.signed_by(signed):
        yield "it holds a change that no signature covers."


def _marks(store: Store, space: Space, replica: Replica) -> Iterator[str]:
    """Hold the places at which it is cut, to be sent in slices, against the document."""
    kept = store.load_setting(f"marks/{replica.document}")
    if kept is None:
        return
    for upto, tips in Marks(kept).slices({}):
        beyond = any(replica.hash_at(actor, seq) is None for actor, seq in upto.items())
        if beyond or not all(replica.hash_at(tip.actor, tip.seq) == tip.hash for tip in tips):
            yield "a place noted for sending it in slices is not one of its own."
            return
        if not all(_fits(space, replica, tip) for tip in tips):
            yield "a signature noted for sending it in slices does not fit what it stands for."
            return


def _known(space: Space) -> Mapping[DeviceId, PublicKeys]:
    own = space.keys.public  # known also where the others are not: before the first sync, and in what an erasing left
    return {own.device: own} | {device: each.public for device, each in space.membership.devices.items()}


def _fits(space: Space, replica: Replica, tip: Tip) -> bool:
    """Whether a device that was let in signed this tip of the document."""
    public = _known(space).get(ids.device_id(tip.actor[: ids.SHORT_BYTES]))
    message = identity.tip_message(space.id, replica.document, tip.actor, tip.seq, tip.hash)
    return public is not None and identity.verify(public.signing, message, tip.signature)


def _rows(store: Store, replica: Replica, learnt: list[Learnt], *, frozen: bool) -> Iterator[str]:
    """Hold what is kept for quick reading against the document."""
    document = replica.document
    kept: set[KeptStatement] = set()
    before = (AT_END, "")
    while rows := store.history([document], before, _ROWS):
        kept.update(rows)
        before = (rows[-1].at, rows[-1].id)
    held = Sayings()
    for each in learnt:
        held.add(document, each)
    said = {keep(each, document, brought) for each, brought in held.said_in(document)}
    if said - kept or (kept - said and not frozen):  # of a split document, what was only heard is kept too
        yield "the statements kept for quick reading are not those that it holds."
    for key, fields in replica.records(""):
        found = store.about(key.partition("/")[2]).records
        if KeptRecord(document, key, fields) not in found:
            yield "a record kept for quick reading does not read as it does in the document."
            return


def place_of(space: Space, document: DocumentId) -> str:
    """What a person reads for a document."""
    place = space.membership.name or "A space that is not here"
    if document in space.library.private:
        return f"{place}, what is this device's alone"
    if document == space.core:
        return f"{place}, people and agreements"
    if space.library.readable(document):
        return f"{place}, a chapter of the record"
    return f"{place}, a document of the app's own"
