"""Who is who in one space: people and their devices, as a fold over the core document's enrolments.

The result depends only on the set of statements learnt, never on their order. It answers two questions: whose device
is this, and was it ever enrolled. Everything starts at the founding statement, whose hash is the space id, so a space
cannot be handed to somebody else. It knows no document, no clock and no network.
"""

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

import msgspec

from collar_sync import ids, limits
from collar_sync.core import identity
from collar_sync.core.identity import PublicKeys
from collar_sync.core.people import Person
from collar_sync.core.statement import Statement
from collar_sync.errors import HandshakeFailed
from collar_sync.ids import DeviceId, PersonId, SpaceId, StatementId

FOUND: Final = "space.found"
ENROL: Final = "device.enrol"


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
    """One membership statement, with the device whose verified change brought it."""

    device: DeviceId
    id: StatementId
    statement: Statement


class _Enrolling(msgspec.Struct, frozen=True):
    """A valid enrolment: by whom, of which keys."""

    id: StatementId
    enroller: DeviceId
    public: PublicKeys
    body: _Enrolment


class Membership:
    """The people and devices of one space, as far as the statements learnt tell."""

    def __init__(self, space: SpaceId, learnt: tuple[Learnt, ...] = ()) -> None:
        self.space = space
        self.name = ""
        self.devices: Mapping[DeviceId, Device] = {}
        self._learnt = {each.id: each for each in learnt}
        self._names: dict[PersonId, str] = {}
        self._settle()

    def with_more(self, learnt: Iterable[Learnt]) -> "Membership":
        """What would hold if these were learnt too; itself where they add nothing."""
        news = tuple(each for each in learnt if each.id not in self._learnt and each.statement.kind in (FOUND, ENROL))
        return Membership(self.space, (*self._learnt.values(), *news)) if news else self

    def people(self) -> Mapping[PersonId, Person]:
        """Every member with their devices, ids sorted."""
        devices: dict[PersonId, list[DeviceId]] = {}
        for device in sorted(self.devices.values(), key=lambda each: each.id):
            devices.setdefault(device.person, []).append(device.id)
        return {
            person: Person(id=person, name=self._names[person], devices=tuple(owned))
            for person, owned in sorted(devices.items())
        }

    def _settle(self) -> None:
        """Recompute from the whole set: a fold that grows step by step would depend on the order of arrival."""
        founding = next(filter(None, (_founding(each, self.space) for each in self._learnt.values())), None)
        if founding is None:
            return
        device, body = founding
        self.name = body.name
        self.devices = {device.id: device}
        self._names = {device.person: body.person_name}
        valid = sorted(filter(None, (_enrolling(each, self.space) for each in self._learnt.values())), key=_by_id)
        reached = {device.id}
        while grown := {each.public.device for each in valid if each.enroller in reached} - reached:
            reached |= grown
        first: dict[DeviceId, _Enrolling] = {}
        for each in valid:
            if each.enroller in reached and each.public.device != device.id:
                first.setdefault(each.public.device, each)
        devices = dict(self.devices)
        for each in first.values():
            person = _owner(each, first)
            self._names.setdefault(person, each.body.person_name)
            devices[each.public.device] = Device(each.public.device, person, each.public, each.body.device_name)
        self.devices = devices


def _owner(enrolling: _Enrolling, first: Mapping[DeviceId, _Enrolling]) -> PersonId:
    """The person claimed, where the chain of enrollers is that person's own devices; otherwise a person of its own."""
    claimed = enrolling.body.person
    device, seen = enrolling.public.device, set[DeviceId]()
    while device not in seen:
        if identity.person_of(device) == claimed:
            return claimed
        seen.add(device)
        step = first.get(device)
        if step is None or step.body.person != claimed:
            break
        device = step.enroller
    return identity.person_of(enrolling.public.device)


def found(name: str, person_name: str, device_name: str, public: PublicKeys) -> dict[str, object]:
    """The body of a founding statement."""
    body = _Founding(
        name=name, person_name=person_name, device_name=device_name, signing=public.signing, exchange=public.exchange
    )
    return msgspec.structs.asdict(body)


def enrolment(person_name: str, device_name: str, public: PublicKeys, proof: bytes) -> dict[str, object]:
    """The body with which a member enrols a new person's first device."""
    body = _Enrolment(
        person=identity.person_of(public.device),
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


def _enrolling(learnt: Learnt, space: SpaceId) -> _Enrolling | None:
    """The enrolment, where the new device agreed to exactly this one."""
    if learnt.statement.kind != ENROL:
        return None
    body = _read(learnt.statement, _Enrolment)
    if body is None or not ids.is_id(body.person, "person") or not _protects(body.exchange):
        return None
    public = PublicKeys(signing=body.signing, exchange=body.exchange)
    message = identity.enrol_message(space, learnt.device, public, body.person)
    if public.device != learnt.statement.subject or not identity.verify(public.signing, message, body.proof):
        return None
    return _Enrolling(learnt.id, learnt.device, public, body)


def _protects(exchange: bytes) -> bool:
    """Whether a secret can be shared with this key; with one of the few that cannot, every dial would fail here."""
    try:
        identity.agree(bytes(identity.KEY_BYTES), exchange)
    except HandshakeFailed:
        return False
    return True


def _by_id(enrolling: _Enrolling) -> StatementId:
    return enrolling.id


_Body = TypeVar("_Body", _Founding, _Enrolment)


def _read(statement: Statement, form: type[_Body]) -> _Body | None:
    """The body in its form and within bounds, or None."""
    try:
        body = msgspec.convert(statement.body, form)
    except msgspec.ValidationError:
        return None
    names = (body.person_name, body.device_name)
    if not all(0 < len(name) <= limits.NAME_CHARACTERS_MAX for name in names):
        return None
    return body if len(body.signing) == len(body.exchange) == identity.KEY_BYTES else None
