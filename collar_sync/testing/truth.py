"""What really happened in a world: who said what on which device, and what each device was told that it kept.

It is written down from what the world told the engines, never from what they made of it, so that a fold can be held
against it. It judges nothing.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from collar_sync.core import columns, events, membership
from collar_sync.core.change import HASH_BYTES
from collar_sync.core.edits import Say
from collar_sync.core.removal import REMOVE
from collar_sync.core.statement import Said
from collar_sync.ids import DeviceId, DocumentId, PersonId, StatementId

Sentence = tuple[DeviceId, str, str, bytes, tuple[str, ...], int]  # device, kind, subject, body, answers, at

_encoder = msgspec.msgpack.Encoder(order="deterministic")


class Truth:
    """The ground truth of one world."""

    def __init__(self) -> None:
        self.names: dict[DeviceId, str] = {}  # whose device, by its keys in the space
        self.hostile_names: set[str] = set()  # whose devices may say anything, in their own name
        self.forgetful: set[str] = set()  # devices that crashed before all that they wrote was on the disk
        self.joining: set[str] = set()  # devices that have no keys in the space yet
        self.silent: set[DeviceId] = set()  # whose person left without a word: they tell nobody anything
        self.faults: set[str] = set()  # of a device itself, as it was told: these it may speak of
        self.private: dict[DocumentId, str] = {}  # whose each is
        self.private_words: set[bytes] = set()
        self.changes = 0  # that people made
        self._said: set[Sentence] = set()
        self._named: dict[DeviceId, set[str]] = {}  # pauses that a device lifted, devices that it enrolled
        self.people: dict[DeviceId, PersonId] = {}  # whose device, as it was let in
        self._parted: set[tuple[DeviceId, str, str]] = set()  # who was told to remove which device, or to leave
        self._seen: dict[tuple[DeviceId, bytes], frozenset[StatementId]] = {}  # by removal: what its remover had seen
        self._invitations: dict[DeviceId, int] = {}  # codes shown by which nobody was enrolled yet
        self._deps: dict[bytes, tuple[bytes, ...]] = {}

    def says(self, device: DeviceId, event: events.Write, now: int) -> None:
        """A device whose time is `now` is told to write these edits."""
        at = now if event.at is None else event.at
        for edit in event.edits:
            if isinstance(edit, Say):
                self._add(device, edit.kind, edit.subject, edit.body, edit.answers, at)

    def invites(self, device: DeviceId) -> None:
        """A person shows a code on this device: it may enrol one more."""
        self._invitations[device] = self._invitations.get(device, 0) + 1

    def really_said(self, said: Said) -> bool:
        """Whether the device that is given as the author of this was told to say it, or says whatever it likes."""
        name = self.names.get(said.device)
        if name is None or name in self.hostile_names:
            return name is not None
        if said.kind == membership.FOUND:
            return True  # its hash is the space's id
        if said.kind in {REMOVE, membership.LEAVE}:
            return (said.device, said.kind, said.subject) in self._parted
        if said.kind == membership.ENROL:
            return self._was_invited(said.device, said.subject)
        key = (said.device, said.kind, said.subject, _encoder.encode(said.body), tuple(sorted(said.answers)), said.at)
        return key in self._said

    def lifted(self, pause: Said) -> bool:
        """Whether whoever paused was ever told to lift that very pause."""
        own = (device for device, person in self.people.items() if person == pause.author)
        return self.names.get(pause.device) in self.hostile_names or any(
            pause.id in self._named.get(device, ()) for device in own
        )

    def parts(self, device: DeviceId, kind: str, subject: str) -> None:
        """A device is told to remove another, or to leave."""
        self._parted.add((device, kind, subject))

    def removed(self, device: DeviceId, name: bytes, seen: Iterable[StatementId]) -> None:
        """A removal was written whose remover had seen these words of the removed device."""
        self._seen.setdefault((device, name), frozenset(seen))

    def was_removed(self, device: DeviceId) -> bool:
        """Whether a person wanted it removed, or whoever holds it may have.

        Where a disk failed over that, it was refused, and counts in memory until that device is opened again.
        """
        hostile = self.names.get(device) in self.hostile_names
        return hostile or any((kind, removed) == (REMOVE, device) for _, kind, removed in self._parted)

    def seen(self, device: DeviceId, names: Iterable[bytes]) -> frozenset[StatementId]:
        """Of a device removed by all of these, what each remover had seen."""
        return frozenset.intersection(*(self._seen.get((device, name), frozenset()) for name in names))

    def dependencies(self, raw: bytes, digest: bytes) -> tuple[bytes, ...]:
        """The hashes of the changes that a change follows."""
        found = self._deps.get(digest)
        if found is None:
            found = self._deps[digest] = _dependencies(raw)
        return found

    def copy(self) -> "Truth":
        """The same, to go its own way."""
        other = Truth()
        other.names.update(self.names)
        other.people.update(self.people)
        other._said |= self._said
        other._named = {device: set(named) for device, named in self._named.items()}
        other._invitations.update(self._invitations)
        other._deps = self._deps
        return other

    def _was_invited(self, device: DeviceId, newcomer: str) -> bool:
        """Whether it let this newcomer in, or has shown a code that nobody was let in by yet."""
        named = self._named.setdefault(device, set())
        if newcomer not in named and self._invitations.get(device, 0) > 0:
            self._invitations[device] -= 1
            named.add(newcomer)
        return newcomer in named

    def _add(self, device: DeviceId, kind: str, subject: str, body: Any, answers: Iterable[str], at: int) -> None:
        answers = tuple(sorted(set(answers)))
        self._said.add((device, kind, subject, _encoder.encode(body), answers, at))
        if kind == "pause.lift":
            self._named.setdefault(device, set()).update(answers)


def _dependencies(raw: bytes) -> tuple[bytes, ...]:
    """Read where they stand in a change: behind its start, a checksum, its kind and its size."""
    _, position = columns.read_unsigned(raw, 9)
    count, position = columns.read_unsigned(raw, position)
    return tuple(raw[at : at + HASH_BYTES] for at in range(position, position + count * HASH_BYTES, HASH_BYTES))
