"""Who is who in one space: people and their devices, as a fold over the core document's enrolments and removals.

The result depends only on the set of statements learnt, never on their order. It answers whose device this is, whether
it was ever enrolled, who left and what was removed. Everything starts at the founding statement, whose hash is the
space id, so a space cannot be handed to somebody else. A device is removed by one of the same person, and by nobody
else. It knows no document, no clock and no network.
"""

import bisect
import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

import msgspec

from collar_sync import ids
from collar_sync.core import identity, naming, removal
from collar_sync.core.identity import PublicKeys
from collar_sync.core.people import Person, is_name
from collar_sync.core.removal import REMOVE, Cut, Part
from collar_sync.core.statement import Statement
from collar_sync.errors import HandshakeFailed
from collar_sync.ids import DeviceId, PersonId, SpaceId, StatementId

FOUND: Final = "space.found"
ENROL: Final = "device.enrol"
LEAVE: Final = "person.leave"
KINDS: Final = (FOUND, ENROL, REMOVE, LEAVE)  # what says who is who; in core only


class Device(msgspec.Struct, frozen=True):
    """One enrolled device: its keys in this space, whose it is and what its owner calls it."""

    id: DeviceId
    person: PersonId
    public: PublicKeys
    name: str


class _Founding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `space.found`."""

    name: str
    person_name: str
    device_name: str
    signing: bytes
    exchange: bytes


class _Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `device.enrol`; the subject is the new device's id, `proof` its own signature over the enrolment."""

    person: PersonId
    person_name: str
    device_name: str
    signing: bytes
    exchange: bytes
    proof: bytes


class Learnt(msgspec.Struct, frozen=True):
    """One statement, with the device whose verified change brought it, and which change that was."""

    device: DeviceId
    id: StatementId
    statement: Statement
    actor: bytes
    seq: int


class Enrolling(msgspec.Struct, frozen=True):
    """A valid enrolment: by whom, of which device and keys, whose it says that is, and what it calls them."""

    id: StatementId
    enroller: DeviceId
    device: DeviceId
    public: PublicKeys
    person: PersonId
    person_name: str
    device_name: str


class _Checked:
    """Signatures that were verified: what follows from a statement's own bytes is worked out once."""

    def __init__(self) -> None:
        self._enrolments: dict[StatementId, Enrolling | None] = {}
        self._parts: dict[StatementId, Part | None] = {}

    def enrolling(self, learnt: Learnt, space: SpaceId) -> Enrolling | None:
        """The enrolment that a statement is, if it is one."""
        if learnt.statement.kind != ENROL:
            return None
        if learnt.id not in self._enrolments:
            self._enrolments[learnt.id] = _enrolling(learnt, space)
        return self._enrolments[learnt.id]

    def part(self, learnt: Learnt, space: SpaceId, by: PublicKeys) -> Part | None:
        """The removal that a statement is, or a part of one, if it is."""
        if learnt.id not in self._parts:
            self._parts[learnt.id] = removal.read(learnt.statement, learnt.device, space, by.signing)
        return self._parts[learnt.id]


class Membership:
    """The people and devices of one space, as far as the statements learnt tell.

    `devices` are all that were ever enrolled: whose changes count. `first` has the enrolment that each came by.
    `removals` are those by a device of the same person, for each device that was removed; enrolments count for them
    whatever else was removed, or two removals could void each other. `forged` are attempts on somebody else's device:
    by which, on which.
    """

    def __init__(self, space: SpaceId, learnt: tuple[Learnt, ...] = (), checked: "_Checked | None" = None) -> None:
        self.space = space
        self.name = ""
        self.devices: dict[DeviceId, Device] = {}
        self.first: dict[DeviceId, Enrolling] = {}
        self.removals: dict[DeviceId, tuple[Part, ...]] = {}
        self.cuts: dict[DeviceId, Cut] = {}
        self.left: dict[PersonId, int] = {}  # when, by their own clock
        self.forged: frozenset[tuple[DeviceId, DeviceId]] = frozenset()
        self._learnt = {each.id: each for each in learnt}
        self._checked = checked or _Checked()
        self._valid: list[Enrolling] = []
        self._names: dict[PersonId, str] = {}
        self._strange: set[DeviceId] = set()  # that something was said by, or of, and that are not enrolled
        self._people: Mapping[PersonId, Person] | None = None
        self._settle()

    def with_more(self, learnt: Iterable[Learnt]) -> "Membership":
        """What would hold if these were learnt too; itself where they add nothing.

        Where what they say can change nothing that was said before, it is added to a copy: else one device after the
        other would cost all before it, each time.
        """
        news = tuple(each for each in learnt if each.id not in self._learnt and each.statement.kind in KINDS)
        if not news:
            return self
        grown = copy.copy(self)
        grown.devices, grown.first, grown._names = dict(self.devices), dict(self.first), dict(self._names)
        grown.removals, grown.cuts, grown.left = dict(self.removals), dict(self.cuts), dict(self.left)
        grown._learnt, grown._valid, grown._strange = dict(self._learnt), list(self._valid), set(self._strange)
        grown._people = None
        if all(map(grown._add, news)):
            return grown
        return Membership(self.space, (*self._learnt.values(), *news), self._checked)

    def _add(self, learnt: Learnt) -> bool:
        """Take in one more statement; false where something that was said before may read otherwise because of it."""
        self._learnt[learnt.id] = learnt
        if not self.devices or learnt.statement.kind == FOUND:
            return False
        part = self._parting(learnt)
        if part is not None:
            together = (*self.removals.get(part.device, ()), part)
            self.removals = dict(sorted({**self.removals, part.device: tuple(sorted(together, key=_order))}.items()))
            self.cuts[part.device] = removal.common(together)
        step = self._checked.enrolling(learnt, self.space)
        if step is None:
            return True
        bisect.insort(self._valid, step, key=lambda each: each.id)
        if step.enroller not in self.devices:
            self._strange.add(step.enroller)
            return True
        by, fresh = self.devices[step.enroller], identity.person_of(step.device)
        person = step.person if step.person == by.person else fresh
        odd = step.person == identity.person_of(step.enroller) != by.person
        if step.device in self._strange or step.device in self.devices or odd:
            return False
        self.first[step.device] = step
        self.devices[step.device] = Device(step.device, person, step.public, step.device_name)
        self._names.setdefault(person, step.person_name)
        return True

    def people(self) -> Mapping[PersonId, Person]:
        """Every member with their devices, ids sorted."""
        if self._people is None:
            devices: dict[PersonId, list[DeviceId]] = {}
            for device in sorted(self.devices.values(), key=lambda each: each.id):
                devices.setdefault(device.person, []).append(device.id)
            names = naming.called({person: self._names[person] for person in devices})
            self._people = {
                person: Person(
                    id=person,
                    name=names[person],
                    devices=tuple(owned),
                    left=person in self.left,
                    left_at=self.left.get(person, 0),
                    chosen=self._names[person],
                )
                for person, owned in sorted(devices.items())
            }
        return self._people

    def enrolments(self) -> Iterator[Enrolling]:
        """Every valid enrolment by a device that was itself ever enrolled, ids sorted."""
        return (each for each in self._valid if each.enroller in self.devices)

    def _settle(self) -> None:
        """Work it out from the whole set."""
        founding = next(filter(None, (_founding(each, self.space) for each in self._learnt.values())), None)
        valid = filter(None, (self._checked.enrolling(each, self.space) for each in self._learnt.values()))
        self._valid = sorted(valid, key=lambda each: each.id)
        if founding is None:
            return
        founder, body = founding
        self.name = body.name
        reached = reachable(founder.id, self._valid)
        first: dict[DeviceId, Enrolling] = {}
        for each in self._valid:
            if each.enroller in reached and each.device != founder.id:
                first.setdefault(each.device, each)
        self.first = first
        owners = _owners(first, founder.id)
        self.devices = {founder.id: founder} | {
            device: Device(device, owners[device], each.public, each.device_name) for device, each in first.items()
        }
        self._names = {founder.person: body.person_name}
        for own in (True, False):  # people are called what their first device says
            for device, each in first.items():
                if own == (identity.person_of(device) == owners[device]):
                    self._names.setdefault(owners[device], each.person_name)
        self._strange = {each.enroller for each in self._valid if each.enroller not in self.devices}
        parts: dict[DeviceId, list[Part]] = {}
        for part in filter(None, map(self._parting, self._learnt.values())):
            parts.setdefault(part.device, []).append(part)
        self.removals = {device: tuple(sorted(found, key=_order)) for device, found in sorted(parts.items())}
        self.cuts = {device: removal.common(found) for device, found in self.removals.items()}

    def _parting(self, learnt: Learnt) -> Part | None:
        """Take in that somebody left, or tried to remove what is not theirs; answers a removal that is."""
        kind = learnt.statement.kind
        if kind not in {LEAVE, REMOVE}:
            return None
        by = self.devices.get(learnt.device)
        if by is None:
            self._strange.add(learnt.device)
            return None
        if kind == LEAVE:
            self.left[by.person] = min(learnt.statement.at, self.left.get(by.person, learnt.statement.at))
            return None
        part = self._checked.part(learnt, self.space, by.public)
        device = None if part is None else self.devices.get(part.device)
        if part is None or device is None:
            self._strange.update([] if part is None else [part.device])
            return None
        if device.person != by.person:
            self.forged |= {(by.id, device.id)}
            return None
        return part


def reachable(founder: DeviceId, enrolments: Iterable[Enrolling]) -> set[DeviceId]:
    """The devices that these enrolments let in, one by the other, beginning with the founder's."""
    by_enroller: dict[DeviceId, list[DeviceId]] = {}
    for each in enrolments:
        by_enroller.setdefault(each.enroller, []).append(each.device)
    reached, ahead = {founder}, [founder]
    while ahead:
        for device in by_enroller.pop(ahead.pop(), ()):
            if device not in reached:
                reached.add(device)
                ahead.append(device)
    return reached


def _owners(first: Mapping[DeviceId, Enrolling], founder: DeviceId) -> dict[DeviceId, PersonId]:
    """Whose each device is: the person claimed, where the chain of enrollers is that person's own devices.

    Otherwise it is the first device of a person of its own.
    """
    owners = {founder: identity.person_of(founder)}
    for start in first:
        chain: list[DeviceId] = []
        seen: set[DeviceId] = set()
        device, claimed = start, first[start].person
        while True:
            if identity.person_of(device) == claimed or (owners.get(device) == claimed):
                owned = True
                break
            step = first.get(device)
            if device in seen or device in owners or step is None or step.person != claimed:
                owned = False
                break
            seen.add(device)
            chain.append(device)
            device = step.enroller
        for each in chain:
            owners[each] = claimed if owned else identity.person_of(each)
        owners.setdefault(start, claimed if owned else identity.person_of(start))
    return owners


def found(name: str, person_name: str, device_name: str, public: PublicKeys) -> dict[str, object]:
    """The body of a founding statement."""
    body = _Founding(
        name=name, person_name=person_name, device_name=device_name, signing=public.signing, exchange=public.exchange
    )
    return msgspec.structs.asdict(body)


def enrolment(
    person_name: str, device_name: str, public: PublicKeys, proof: bytes, person: PersonId | None = None
) -> dict[str, object]:
    """The body with which a member enrols a new person's first device, or a further device of that person."""
    body = _Enrolment(
        person=person or identity.person_of(public.device),
        person_name=person_name,
        device_name=device_name,
        signing=public.signing,
        exchange=public.exchange,
        proof=proof,
    )
    return msgspec.structs.asdict(body)


def _founding(learnt: Learnt, space: SpaceId) -> tuple[Device, _Founding] | None:
    """The founder's device, where this statement is the one whose hash is the space."""
    if learnt.statement.kind != FOUND or identity.space_of(learnt.id) != space:
        return None
    body = _read(learnt.statement, _Founding)
    if body is None:
        return None
    public = PublicKeys(signing=body.signing, exchange=body.exchange)
    if public.device != learnt.device:
        return None
    return Device(public.device, identity.person_of(public.device), public, body.device_name), body


def _enrolling(learnt: Learnt, space: SpaceId) -> Enrolling | None:
    """The enrolment, where the new device agreed to exactly this one."""
    body = _read(learnt.statement, _Enrolment)
    if body is None or not ids.is_id(body.person, "person") or not _protects(body.exchange):
        return None
    public = PublicKeys(signing=body.signing, exchange=body.exchange)
    message = identity.enrol_message(space, learnt.device, public, body.person)
    if public.device != learnt.statement.subject or not identity.verify(public.signing, message, body.proof):
        return None
    return Enrolling(learnt.id, learnt.device, public.device, public, body.person, body.person_name, body.device_name)


def _protects(exchange: bytes) -> bool:
    """Whether a secret can be shared with this key; with one of the few that cannot, every dial would fail here."""
    try:
        identity.agree(bytes(identity.KEY_BYTES), exchange)
    except HandshakeFailed:
        return False
    return True


def _order(part: Part) -> tuple[DeviceId, bytes, bytes]:
    return part.by, part.name, part.proof


_Body = TypeVar("_Body", _Founding, _Enrolment)


def _read(statement: Statement, form: type[_Body]) -> _Body | None:
    """The body in its form and within bounds, or None."""
    try:
        body = msgspec.convert(statement.body, form)
    except msgspec.ValidationError:
        return None
    if not (is_name(body.person_name) and is_name(body.device_name)):
        return None
    return body if len(body.signing) == len(body.exchange) == identity.KEY_BYTES else None
