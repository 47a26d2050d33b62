"""The watch over words in passing: each is told and heard only while those who know what they know allow it.

It makes a gate of its own, from all that was said, at each look; it never asks what the engine remembers of one. Words
of a life are all different, so that one can be told from another by what it says.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Protocol

import msgspec

from collar_sync import limits
from collar_sync.core import events, wire
from collar_sync.core.durable import Batch
from collar_sync.core.events import Now
from collar_sync.core.passing import Gate, Heard
from collar_sync.domain.gate import make_gate
from collar_sync.errors import LocalError
from collar_sync.ids import PersonId
from collar_sync.testing.device import Air, Asker, Device
from collar_sync.testing.invariants import Violation
from collar_sync.testing.truth import Truth

MARK: Final = b"in passing "  # every word of a life begins so


class _Word(msgspec.Struct, frozen=True):
    """What really was told: to whom, for how long."""

    to: frozenset[PersonId]
    lifetime: int
    at: int  # true time


class Passing:
    """Every word in passing of one world."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._words: dict[tuple[str, bytes], _Word] = {}  # by whose device, and what
        self._first: dict[tuple[str, str, bytes], int] = {}  # when a device heard whose word, since its opening
        self._gates: dict[str, tuple[object, Gate]] = {}

    def opened(self, device: Device) -> None:
        """A device opened: of what it heard before, which may be on its way to it once more, it knows nothing."""
        self._first = {key: at for key, at in self._first.items() if key[0] != device.name}

    def after(
        self,
        device: Device,
        event: events.Event,
        effects: list[events.Effect],
        messages: Iterable[wire.Message],
        now: Now,
        true: int,
    ) -> None:
        """A device answered an event: what it tells and hears at this moment may be told and heard."""
        if device.engine is None or not device.engine.spaces:
            return
        space, air = device.space, device.engine.air
        if isinstance(event, events.Tell):
            self._words[device.name, event.body] = _Word(frozenset(event.to), event.lifetime_milliseconds, true)
            self._first = {key: at for key, at in self._first.items() if key[1:] != (device.name, event.body)}
        if device.name in self._truth.hostile_names:
            return
        for effect in effects:
            if isinstance(effect, events.Store):
                self._unwritten(device, effect.batch)
        self._told_no_longer(device, messages, true)
        reached, heard = air.reached(space), air.heard(space, now)
        if not any(reached.values()) and not heard:
            return
        gate, moment = self._gate(device), device.engine.time(now.wall)
        for kind, devices in reached.items():
            for person in {space.author(each) for each in devices} - {space.me}:
                _hold(gate(kind, space.me, person, moment), f"{device.name} tells {kind} to one who may not hear it")
        for each in heard:
            _hold(gate(each.kind, each.person, space.me, moment), f"{device.name} hears {each.kind}, and may not")
            self._really_told(device, each, true)

    def _told_no_longer(self, device: Device, messages: Iterable[wire.Message], true: int) -> None:
        for message in messages:
            if isinstance(message, wire.Tell):
                word = self._words[device.name, message.body]
                left = word.at + word.lifetime - true
                _hold(message.lifetime <= left, f"{device.name} tells a word for longer than it has left")

    def _really_told(self, device: Device, heard: Heard, true: int) -> None:
        """An honest device told it, to this person, and its lifetime since it was first heard is not over."""
        teller = self._truth.names.get(heard.device, "")
        if teller in self._truth.hostile_names:
            return
        word, me = self._words.get((teller, heard.body)), device.space.me
        if word is None:
            raise Violation(f"{device.name} hears what nobody told.")
        _hold(me in word.to or heard.person == me, f"{device.name} hears what was told to others")
        first = self._first.setdefault((device.name, teller, heard.body), true)
        _hold(true < first + word.lifetime, f"{device.name} hears a word after its end")

    def honest(self, device: Device) -> bool:
        """Whether a device is in its own person's hands."""
        return device.name not in self._truth.hostile_names

    def at_rest(self, devices: list[Device], now: Callable[[Device], Now]) -> int:
        """Where all is connected and quiet, what is heard is what is told at this moment; how many words that are."""
        told = {
            (device.space.keys.device, each.kind, each.body)
            for device in devices
            if device.engine is not None
            for each in device.engine.air.told(device.space, now(device))
        }
        count = 0
        for device in devices:
            for each in device.engine.air.heard(device.space, now(device)) if device.engine is not None else ():
                if self._truth.names.get(each.device) in {other.name for other in devices}:
                    _hold((each.device, each.kind, each.body) in told, f"{device.name} hears what is told no more")
                    count += 1
        return count

    def _unwritten(self, device: Device, batch: Batch) -> None:
        values = [change.raw for _, change in batch.changes] + [each or b"" for each in batch.settings.values()]
        values += [msgspec.msgpack.encode(batch.seals)] if batch.seals else []
        _hold(not any(MARK in value for value in values), f"{device.name} asked its disk to keep a word in passing")

    def _gate(self, device: Device) -> Gate:
        space = device.space
        said = frozenset(
            each.id
            for prefix in ("pause", "consent.", "agreement.", "limit.", "presence.")
            for each in space.statements(prefix)
        )
        beyond = frozenset(each.id for each in space.statements("presence.") if each.beyond_cut)
        key = (said, beyond, tuple((person.id, person.left) for person in space.people().values()))
        known, gate = self._gates.get(device.name, (None, None))
        if gate is None or known != key:
            gate = make_gate(space.statements, space.people())
            self._gates[device.name] = (key, gate)
        return gate


class World(Asker, Protocol):
    """A world in which things happen one by one, and time passes."""

    def step(self) -> bool:
        """One thing happens; false where nothing can."""

    def wait(self, milliseconds: int) -> None:
        """Let time pass."""

    def running(self) -> list[Device]:
        """The devices that are running."""


def last_words(world: World, passing: Passing) -> int:
    """In a world at rest each tells all others something, and takes it back; how many words were heard."""
    devices = [device for device in world.running() if device.engine is not None and device.engine.spaces]
    devices = [device for device in devices if passing.honest(device)]
    world.wait(limits.AIR_LOST_MILLISECONDS)  # words whose connection is gone are gone now
    for device in devices:
        others = [person for person in device.space.people() if person != device.space.me]
        with suppress(LocalError):  # in a pause nobody tells anything
            Air(world, device).tell("app/last", MARK + world.draw(8), others, limits.AIR_LIFETIME_MILLISECONDS_MAX)
    while world.step():
        pass
    heard = passing.at_rest(devices, world.moment)
    for device in devices:
        for told in Air(world, device).told():
            Air(world, device).hush(told.kind)
    while world.step():
        pass
    passing.at_rest(devices, world.moment)
    return heard


def _hold(condition: bool, otherwise: str) -> None:  # noqa: FBT001  # reads as an assertion
    if not condition:
        raise Violation(otherwise + ".")
