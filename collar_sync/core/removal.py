"""Removals: what is said when a person removes a device of theirs, and which of its words that leaves standing.

A removal names the **cut**: for each document the newest change of each of the removed device's actors that the remover
held. What the device said inside the cut counts as before; of what it said beyond, only what narrows. Several removals
of one device leave standing what all of them do. A cut that lies takes in no words but those of one's own devices. This
module knows the form of a removal and the arithmetic of cuts; whose device may remove whose is for membership to say.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from collar_sync import ids, limits
from collar_sync.core import identity
from collar_sync.core.edits import Say
from collar_sync.core.identity import Keys
from collar_sync.core.statement import Statement
from collar_sync.ids import DeviceId, DocumentId, SpaceId

REMOVE: Final = "device.remove"
NAME_BYTES: Final = 8
Ends = tuple[tuple[bytes, int, bytes], ...]  # (actor, seq, hash)
Cut = Mapping[DocumentId, Mapping[bytes, tuple[int, bytes]]]  # by actor: seq and hash of its last change inside

_ENTRY_BYTES: Final = 2 * ids.SHORT_BYTES + 64  # more than an entry takes, with its document
_ENTRIES_MAX: Final = (limits.STATEMENT_BYTES_MAX - 1024) // _ENTRY_BYTES  # of one statement


class Part(msgspec.Struct, frozen=True):
    """One statement of a removal; those of the same remover and name are one removal, and share its proof."""

    by: DeviceId
    device: DeviceId
    name: bytes
    proof: bytes
    cut: Cut


def says(keys: Keys, space: SpaceId, device: DeviceId, held: Mapping[DocumentId, Ends], name: bytes) -> list[Say]:
    """What a device says to remove another of its person: `held` has that one's ends by document, `name` is random."""
    proof = keys.sign(identity.remove_message(space, keys.device, device))
    return [Say(REMOVE, device, body, home="core") for body in bodies(name, proof, held)]


def bodies(name: bytes, proof: bytes, held: Mapping[DocumentId, Ends]) -> Iterator[dict[str, Any]]:
    """The bodies of a removal's statements, nearly always one: `held` has the removed device's ends by document."""
    entries = [(document, end) for document, ends in sorted(held.items()) for end in sorted(ends)]
    for start in range(0, max(1, len(entries)), _ENTRIES_MAX):
        cut: dict[bytes, list[list[object]]] = {}
        for document, (actor, seq, digest) in entries[start : start + _ENTRIES_MAX]:
            cut.setdefault(ids.raw_bytes(document), []).append([actor[ids.SHORT_BYTES :], seq, digest])
        yield {"name": name, "proof": proof, "cut": [[document, ends] for document, ends in cut.items()]}


def read(statement: Statement, by: DeviceId, space: SpaceId, signing: bytes) -> Part | None:
    """What a statement of removal says, where the device that said it signed for it; `signing` is that device's key.

    It narrows, so it counts whatever else its body holds: a cut that cannot be read leaves nothing standing.
    """
    name, proof = statement.body.get("name"), statement.body.get("proof")
    if not ids.is_id(statement.subject, "device") or not isinstance(proof, bytes):
        return None
    device = DeviceId(statement.subject)
    if not identity.verify(signing, identity.remove_message(space, by, device), proof):
        return None
    cut = _cut(statement.body.get("cut"), device)
    return Part(by, device, name if isinstance(name, bytes) else b"", proof, cut)


def common(parts: Iterable[Part]) -> Cut:
    """What all removals of one device leave standing, whatever the order in which they came."""
    removals: dict[tuple[DeviceId, bytes], dict[DocumentId, dict[bytes, tuple[int, bytes]]]] = {}
    for part in parts:
        removal = removals.setdefault((part.by, part.name), {})
        for document, ends in part.cut.items():
            for actor, end in ends.items():
                own = removal.setdefault(document, {})
                own[actor] = max(end, own.get(actor, end))
    cuts = list(removals.values())
    if not cuts:
        return {}
    found: dict[DocumentId, dict[bytes, tuple[int, bytes]]] = {}
    for document, ends in cuts[0].items():
        for actor in ends:
            lines = [cut.get(document, {}).get(actor) for cut in cuts]
            known = [line for line in lines if line is not None]
            if len(known) == len(lines) and len({end for end in known if end[0] == min(known)[0]}) == 1:
                found.setdefault(document, {})[actor] = min(known)
    return found


def _cut(content: object, device: DeviceId) -> Cut:
    try:
        listed = msgspec.convert(content, list[tuple[bytes, list[tuple[bytes, int, bytes]]]])
    except msgspec.ValidationError:
        return {}
    cut: dict[DocumentId, dict[bytes, tuple[int, bytes]]] = {}
    for document, ends in listed:
        if len(document) == ids.SHORT_BYTES:
            own = cut.setdefault(ids.document_id(document), {})
            for nonce, seq, digest in ends:
                actor = ids.raw_bytes(device) + nonce
                own[actor] = max((seq, digest), own.get(actor, (seq, digest)))
    return cut
