"""A world in one thread: devices with the production engine, over a network, disks and clocks that fail when told to.

Everything follows from one seed: which of the things that can happen happens next, and every random byte that an
engine draws. A crash stops a device between any two effects of one event, or with its writes in flight lost but for
the first few. The world watches its invariants at each event; it decides nothing of what people do, and `effects.py`
carries out what engines ask for.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any, Final

from collar_sync.core import beacon, events, wire
from collar_sync.core.edits import SetFields
from collar_sync.core.events import Event
from collar_sync.errors import PeerError, StoreError
from collar_sync.testing.clock import Clock
from collar_sync.testing.device import Device, Ledger, done, open_engine
from collar_sync.testing.disk import Disk
from collar_sync.testing.effects import Effects
from collar_sync.testing.invariants import (
    Invariants,
    Violation,
    conversing,
    in_step,
    messages_max,
    reasons,
    remaining,
)
from collar_sync.testing.network import Network
from collar_sync.testing.passing import Passing
from collar_sync.testing.quiet import converged
from collar_sync.testing.truth import Truth

_DAY_MILLISECONDS: Final = 86_400_000
_REST_MILLISECONDS: Final = 5_000  # at a time, while a world comes to rest: more than any handshake or ping may take
_HEARD_OF: Final = 3  # one of so many devices hears a newly opened one before that hears it: else both always dial
_PLACES: Final = 2  # at which one device may be called: where it announced itself, and where a person said it is
_RESTS_MAX: Final = 40  # the longest wait between two dials of one device, several times


class World:
    """Devices that can reach each other, unless a pair of them is parted."""

    def __init__(self, seed: int, truth: Truth | None = None) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # a simulation must be replayable
        self.true = 0  # milliseconds since it began
        self.network = Network(self.chance)
        self.devices: dict[str, Device] = {}
        self.truth = truth or Truth()
        self.invariants = Invariants(self.truth)
        self.passing = Passing(self.truth)
        self.counts: Counter[str] = Counter()
        self.effects = Effects(self.network, self.devices, self.chance, self.counts, self._tell_as_now)
        self._trace = hashlib.blake2b(digest_size=16)
        self._requests = 0

    # --- devices ---

    def add(self, name: str, disk: Disk | None = None, skew: int = 0, seed: bytes = b"") -> Device:
        """A device, running; new, or as it is on a disk. `seed` is another device's where this is a copy of that."""
        device = self.devices[name] = Device(name, disk or Disk(), Clock(skew), seed)
        self.truth.joining.add(name)
        self.start(device)
        return device

    def start(self, device: Device) -> bool:
        """Open a stopped device; false where its disk cannot be read now."""
        if device.engine is not None:
            return True
        device.clock.restart(self.true, self.chance.randrange(1 << 20))
        try:
            device.engine = open_engine(device)
        except StoreError:
            device.engine = None
            self.counts["openings that failed"] += 1
            return False
        device.instance = self.chance.randbytes(16)
        device.port += 1  # another one each time, as systems give them
        self.counts["openings"] += 1
        self._log(device, "open")
        device.announcing = True
        for each in self.running():  # some of the others are asked who is there, and answer
            each.announcing = each.announcing or self.chance.randrange(_HEARD_OF) == 0
        if device.engine.spaces:
            self._introduce(device)
            self.invariants.opened(device)
            self.passing.opened(device)
            self.check(device)
        return True

    def crash(self, device: Device, kept: int | None = None) -> None:
        """Stop a device at once: of its writes in flight the first few are on the disk, `kept` or so many by lot."""
        if device.engine is None:
            return
        self.counts["crashes"] += 1
        self._log(device, "crash")
        if not device.failed and not device.disk.full:
            kept = self.chance.randint(0, len(device.writing)) if kept is None else kept
            for _ in range(min(kept, len(device.writing))):
                device.disk.write(device.writing.popleft().batch)
        if device.writing or device.failed or device.effects_left is not None:
            self.truth.forgetful.add(device.name)
        self.network.vanish(device.name, self.true)
        device.stop()

    def close(self, device: Device) -> None:
        """Stop a device as its person does: it says farewell, and all that it kept is written."""
        self.tell(device, events.Stop())
        while device.engine is not None and device.writing and not device.failed:
            self.effects.write(device)
        if device.failed:  # what its disk refused may have been sent before
            self.truth.forgetful.add(device.name)
        if device.engine is not None:
            self._log(device, "close")
            self.network.vanish(device.name, self.true)
            device.stop()

    def restore(self, device: Device, disk: Disk) -> None:
        """A person puts an older copy of a device's disk in place of its own, and opens it; what is newer is gone."""
        self.crash(device)
        device.disk = disk
        self.truth.forgetful.add(device.name)
        self.invariants.restored(device)
        self.start(device)

    def running(self) -> list[Device]:
        """The devices that are running."""
        return [device for device in self.devices.values() if device.engine is not None]

    def ledger(self, device: Device) -> Ledger:
        """The space of a device, for the domain."""
        return Ledger(self, device)

    def time(self, device: Device) -> int:
        """A device's time for folds."""
        if device.engine is None:
            return device.latest
        now = device.engine.time(device.clock.now(self.true).wall)
        if now < device.latest:
            raise Violation(
                f"{device.name} went back in time by {device.latest - now} ms: what is over could come back."
            )
        device.latest = now
        return now

    def moment(self, device: Device) -> events.Now:
        """The time on both clocks of a device."""
        return device.clock.now(self.true)

    def draw(self, size: int) -> bytes:
        """That many random bytes."""
        return self.chance.randbytes(size)

    # --- events ---

    def request(self, device: Device, event: Callable[[int], Event]) -> int:
        """Put a request to a running device; its number. Raises what the engine raises."""
        self._requests += 1
        self.tell(device, event(self._requests))
        return self._requests

    def answer(self, device: Device, event: Callable[[int], Event]) -> Any:
        """Put a request and let the world go on until it is answered."""
        number = self.request(device, event)
        for _ in range(10_000):
            if number in device.answers:
                return device.answers[number]
            if not self.step():
                self.wait(250)
        raise Violation(f"{device.name} never answered a request.")

    def tell(self, device: Device, event: Event) -> None:
        """Tell a device of an event and carry out what it asks for, until it crashes over it."""
        if device.engine is None:
            return
        self._log(device, type(event).__name__, event.frame if isinstance(event, events.Received) else b"")
        effects, messages = self._handle(device, event)
        self.counts["events"] += 1
        for effect in effects:
            if device.effects_left == 0:
                break
            if device.effects_left is not None:
                device.effects_left -= 1
            if isinstance(effect, events.Store):
                self._log(device, "store", b"".join(change.hash for _, change in effect.batch.changes))
            self.effects.carry_out(device, effect)
        if device.name in self.truth.joining and device.engine.spaces:
            self._introduce(device)
        if device.engine.spaces:  # before the first sync, a device does not know whose it is
            self.truth.people[device.space.keys.device] = device.space.me
        self.invariants.parted(device, event)
        news = self.invariants.after(device, event, effects, messages)
        self.passing.after(device, event, effects, messages, self.moment(device), self.true)
        reasons(device, self.moment(device).steady)
        if device.effects_left == 0:
            self.crash(device)
        elif news and device.engine.spaces:
            self.invariants.folds(device, self.ledger(device))

    def check(self, device: Device) -> None:
        """Hold all that a device has against what is true."""
        self.invariants.everything(device, self.ledger(device))

    def check_all(self) -> None:
        """The same of every device that is running and in the space."""
        for device in self.running():
            if device.engine is not None and device.engine.spaces:
                self.check(device)

    def wait(self, milliseconds: int) -> None:
        """Let time pass."""
        self.true += milliseconds
        self.network.notice(self.true)
        for device in self.running():
            self.tell(device, events.Tick())

    def locate(self, device: Device, other: Device) -> None:
        """A person types the address where another device listens now."""
        self.tell(device, events.Locate(events.Address(other.name, other.port)))

    def cut(self, one: Device, other: Device) -> None:
        """What connects two devices breaks at some byte, and both learn of it before anything else happens."""
        for connection in self.network.between(one.name, other.name):
            self.network.cut(connection, self.true)
            for end in connection.ends:
                while end.arriving:
                    self.effects.deliver(end)

    def announce(self, device: Device) -> None:
        """A device says on the network that it is there, to whoever can hear it."""
        device.announcing = False
        if device.engine is None:
            return
        secrets = device.engine.advertise((device.instance,))
        epoch = device.clock.now(self.true).wall // _DAY_MILLISECONDS
        tags = beacon.tags_for(secrets, epoch, device.instance, self.draw(beacon.FILL_BYTES))
        for other in self.running():
            if other is not device and self.network.hears(device.name, other.name):
                self.tell(other, events.Found(device.instance, tags, ((device.name, device.port),)))

    def step(self) -> bool:
        """One thing that can happen now happens, by lot; false where nothing can."""
        things, late = self.effects.waiting(self.announce)
        if things or late:
            self.chance.choice(things or late)()
        return bool(things or late)

    def arrive(self) -> None:
        """All happens that can, and all that comes of it, while no time passes."""
        while self.step():
            pass

    def go_on(self, milliseconds: int = 120_000, each: int = 10_000) -> None:
        """All happens that can while so much time passes, `each` at once; what is parted or stopped remains so."""
        for _ in range(milliseconds // each):
            self.arrive()
            self.wait(each)
        self.arrive()

    def settle(self) -> list[Device]:
        """Mend everything and let all happen that can, until all devices are in step; raises `Violation` if never.

        Answers those that are: all but who parted, and who can know of nobody.
        """
        for one, other in combinations(self.devices, 2):
            self.network.meet(one, other)
        for device in self.devices.values():
            device.disk.full = False
            device.disk.unreadable = 0
            device.effects_left = None
            if device.failed or device.halted:
                self.crash(device)
            self.start(device)
            device.announcing = True
        self.arrive()  # whoever is being let in is in the space now
        honest = [
            device
            for device in self.running()
            if device.engine is not None and device.engine.spaces and not self.invariants.hostile(device)
        ]
        for rest in range(_RESTS_MAX):
            self.arrive()
            honest = remaining(device for device in honest if not self.invariants.unheard_of(device, honest))
            # Two devices of one person may have removed each other, each with somebody who heard of one removal only.
            honest = [device for device in honest if not self.invariants.unheard_of(device, honest)]
            if rest and all(in_step(*pair) for pair in permutations(honest, 2)):
                break
            self.wait(_REST_MILLISECONDS)
        else:
            raise Violation("Devices that can reach each other never came into step.")
        for device in honest:
            self.check(device)
        self.counts["documents split"] += sum(1 for _ in honest[0].space.evidence.split()) if honest else 0
        ledgers = [self.ledger(device) for device in honest]
        if honest:
            converged(honest, ledgers, max(ledger.now() for ledger in ledgers))
        return honest

    def calm(self, changes: int = 3) -> None:
        """See that changes made in a world at rest cost no more messages than they may."""
        members = [device for device in self.running() if device.engine is not None and device.engine.spaces]
        devices = remaining(members)
        parted = [device for device in members if device not in devices and conversing(device)]
        if not devices or parted or not all(in_step(*pair) for pair in permutations(devices, 2)):
            return  # one is in hostile hands: it keeps company with whoever was removed, or says so of what it does not
        messages, calls = self.counts["messages"], self.counts["connections"]
        for _ in range(changes):
            device = self.chance.choice(devices)
            fields = SetFields("note", "calm", {"number": self.chance.randrange(1 << 30)})
            done(self.ledger(device).write(fields))
            self.arrive()
        called = self.counts["connections"] - calls  # each of which costs a frame
        sent = self.counts["messages"] - messages - called
        missing = len(self.devices) - len(devices)
        if called > missing * len(devices) * _PLACES:  # each member may call each who is missing once
            raise Violation(f"{changes} changes cost {called} calls of {len(devices)} devices to {missing}.")
        if sent > messages_max(len(devices)) * changes:
            raise Violation(f"{changes} changes on {len(devices)} devices cost {sent} messages.")

    def digest(self) -> str:
        """Stands for everything that happened: equal where two worlds went the same way."""
        return self._trace.copy().hexdigest()

    # --- effects ---

    def _handle(self, device: Device, event: Event) -> tuple[list[events.Effect], list[wire.Message]]:
        """What the engine makes of an event, and the messages that it put together for peers."""
        now = device.clock.now(self.true)
        assert device.engine is not None  # noqa: S101  # whoever calls has seen it
        self.invariants.before(device, event, device.engine.time(now.wall))
        if isinstance(event, events.BelieveClock):
            device.latest = 0  # its person says so
        self.invariants.parting(device, event)
        messages: list[wire.Message] = []
        encode, failures = wire.encode, device.disk.failures

        def overheard(message: wire.Message) -> bytes:
            messages.append(message)
            return encode(message)

        wire.encode = overheard
        try:
            return device.engine.handle(event, now, self.draw), messages
        except PeerError as error:
            raise Violation(f"{device.name} let a peer's error through: {error!r}.") from error
        finally:
            wire.encode = encode
            device.halted = device.halted or device.disk.failures > failures
            self._look_again(device)

    def _look_again(self, device: Device) -> None:
        """Where its disk failed and it holds just what is stored, it is as one that was opened."""
        engine = device.engine
        if engine is not None and engine.failed is not None and engine.as_stored and not device.as_stored:
            device.as_stored = True
            if engine.spaces:
                self.invariants.opened(device)

    def _tell_as_now(self, device: Device, event: Event) -> None:
        """`tell`, looked up at each event: a test may have put another in its place."""
        self.tell(device, event)

    def _introduce(self, device: Device) -> None:
        self.truth.joining.discard(device.name)
        self.truth.names[device.space.keys.device] = device.name
        self.truth.people[device.space.keys.device] = device.space.me

    def _log(self, device: Device, what: str, content: bytes = b"") -> None:
        self._trace.update(f"{self.true} {device.name} {what} ".encode() + content)
