"""What must hold in a world once it is quiet: devices in step read the same, and nothing that goes on was put away.

It asks `invariants` for the word that breaks a promise, and makes nothing happen but that documents wake.
"""

from collections.abc import Sequence
from typing import Final

from collar_sync.domain.consent import State
from collar_sync.domain.consents import Consents, fold
from collar_sync.domain.pause import Pauses
from collar_sync.domain.tasks import Tasks, TaskState
from collar_sync.testing.device import Device, Ledger
from collar_sync.testing.invariants import hold

_SETTLED: Final = frozenset({State.REVOKED, State.SUPERSEDED, State.EXPIRED, State.DECLINED})


def converged(devices: Sequence[Device], ledgers: Sequence[Ledger], now: int) -> None:
    """Devices that are in step hold the same and make the same of it; raises `Violation`.

    It wakes every document, brings all to hand, and sees that what is not finished was at hand before.
    """
    readings = []
    for device, ledger in zip(devices, ledgers, strict=True):
        settled(device, ledger)
        at_hand = _unfinished(ledger)
        library = device.space.library
        for document in library.shared():
            library.replica(document)
        device.space.hand.reopen()
        hold(_unfinished(ledger) == at_hand, f"{device.name} did not have at hand what is not finished")
        held = {document: library.digest(document) for document in library.shared()}
        readings.append((held, _reading(ledger, now)))
    for device, (held, reading) in zip(devices[1:], readings[1:], strict=True):
        hold(held == readings[0][0], f"{devices[0].name} and {device.name} are in step and hold different changes")
        hold(
            reading == readings[0][1],
            f"{devices[0].name} and {device.name} hold the same changes and read them differently",
        )


def _unfinished(ledger: Ledger) -> object:
    over = {TaskState.DONE, TaskState.DECLINED}
    tasks = sorted((task for task in Tasks(ledger).all() if task.state not in over), key=lambda each: each.id)
    return tasks, ledger.records("note")


def _reading(ledger: Ledger, now: int) -> object:
    return (
        [(consent, consent.state(now)) for consent in Consents(ledger).all()],
        sorted(Tasks(ledger).all(), key=lambda each: each.id),
        Pauses(ledger).standing(),
        {name: fields for name, fields in ledger.records("note").items() if fields},
        ledger.people(),
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
