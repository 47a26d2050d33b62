"""What must hold in a world once it is quiet: devices in step read the same, and nothing that goes on was put away.

It asks `invariants` for the word that breaks a promise, and makes nothing happen but that documents wake.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from collar_sync.core.cover import device_of
from collar_sync.core.edits import Scalar
from collar_sync.core.outline import RECORDS
from collar_sync.core.people import Person
from collar_sync.domain.consent import Consent, State
from collar_sync.domain.consents import Consents, fold
from collar_sync.domain.pauses import Pauses
from collar_sync.domain.task import Task
from collar_sync.domain.tasks import Tasks, TaskState
from collar_sync.ids import DeviceId, PersonId
from collar_sync.testing.device import Device, Ledger
from collar_sync.testing.invariants import hold

_SETTLED: Final = frozenset({State.REVOKED, State.SUPERSEDED, State.EXPIRED, State.DECLINED})


_Field = tuple[str, str]  # a record `kind/id`, and a field of it


class _Reading(msgspec.Struct, frozen=True):
    """What a device makes of all that it holds."""

    consents: list[tuple[Consent, State]]
    tasks: list[Task]
    pauses: object
    notes: dict[str, dict[str, Scalar]]
    people: Mapping[PersonId, Person]


def converged(devices: Sequence[Device], ledgers: Sequence[Ledger], now: int) -> None:
    """Devices that are in step hold the same and make the same of it; raises `Violation`.

    It wakes every document, brings all to hand, and sees that what is not finished was at hand before. What nobody
    here brought out of a split document, since whoever wrote it has not come back, is left out: it shows where it had
    arrived.
    """
    held, readings, unbrought = [], [], set[_Field]()
    for device, ledger in zip(devices, ledgers, strict=True):
        settled(device, ledger)
        at_hand = _unfinished(ledger)
        library = device.space.library
        for document in library.shared():
            library.replica(document)
        device.space.hand.reopen()
        hold(_unfinished(ledger) == at_hand, f"{device.name} did not have at hand what is not finished")
        held.append({document: library.digest(document) for document in library.shared()})
        readings.append(_read(ledger, now))
        unbrought |= _unbrought(device, {each.space.keys.device for each in devices})
    compared = [_without(unbrought, reading) for reading in readings]
    for device, changes, reading in zip(devices[1:], held[1:], compared[1:], strict=True):
        hold(changes == held[0], f"{devices[0].name} and {device.name} are in step and hold different changes")
        hold(
            reading == compared[0],
            f"{devices[0].name} and {device.name} hold the same changes and read them differently",
        )


def _unfinished(ledger: Ledger) -> object:
    over = {TaskState.DONE, TaskState.DECLINED}
    tasks = sorted((task for task in Tasks(ledger).all() if task.state not in over), key=lambda each: each.id)
    return tasks, ledger.records("note")


def _unbrought(device: Device, here: Collection[DeviceId]) -> set[_Field]:
    """The fields that a device reads in a split document alone, and that were written by none who is to bring them."""
    library, found = device.space.library, set[_Field]()
    for document in [each for each in library if library.splits.frozen(each)]:
        replica, home = library.replica(document), library.splits.home(document)
        there = library.replica(home) if home in library else None
        for key in replica.record_keys():
            holders = sorted(replica.outline.live(RECORDS, key), reverse=True)
            for field in (replica.record(key) or {}).keys() - ((there and there.record(key)) or {}).keys():
                winner = next(filter(None, (replica.outline.winner(holder, field) for holder in holders)), None)
                if winner is not None and device_of(winner[1]) not in {*here, *library.splits.excluded(home)}:
                    found.add((key, field))
    return found


def _read(ledger: Ledger, now: int) -> _Reading:
    return _Reading(
        [(consent, consent.state(now)) for consent in Consents(ledger).all()],
        sorted(Tasks(ledger).all(), key=lambda each: each.id),
        Pauses(ledger).standing(),
        {name: dict(fields) for name, fields in ledger.records("note").items()},
        ledger.people(),
    )


def _without(unbrought: Collection[_Field], reading: _Reading) -> _Reading:
    tasks = {key.partition("/")[2] for key, _ in unbrought}
    notes = {
        name: {field: value for field, value in fields.items() if (f"note/{name}", field) not in unbrought}
        for name, fields in reading.notes.items()
    }
    return msgspec.structs.replace(
        reading,
        tasks=[each for each in reading.tasks if each.id not in tasks],
        notes={name: fields for name, fields in notes.items() if fields},
    )


def settled(device: Device, ledger: Ledger) -> None:
    """What is at hand of consents reads as it would with all that is put away, and that is over or declined."""
    now, people, me = ledger.now(), ledger.people(), ledger.me
    away = device.space.away()
    if not away or me not in people:
        return
    at_hand = {each.id: each for each in Consents(ledger).all()}
    whole = fold([*ledger.statements(""), *away], people)
    for identifier, consent in whole.items():
        here = at_hand.pop(identifier, None)
        reads = None if here is None else (here.state(now), here.granted_by, here.narrowings, here.visible_to(me, now))
        if reads is None:
            hold(consent.state(now) in _SETTLED, f"{device.name} put away a consent that is {consent.state(now)}")
        else:
            told = (consent.state(now), consent.granted_by, consent.narrowings, consent.visible_to(me, now))
            hold(reads == told, f"{device.name} reads a consent otherwise once others are put away")
    hold(not at_hand, f"{device.name} reads a consent that is none")
