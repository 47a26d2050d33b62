"""A small world in one thread: production engines over a network and disks that fail when told to.

Frames of one connection arrive in order, those of different connections in any order; a connection may be cut at any
frame. A device that crashes loses what was not on its disk. Everything follows from one seed.
"""

import random
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from collar_sync.core import events
from collar_sync.core.binding import load_snapshot
from collar_sync.core.durable import AtHand, Kept, KeptRecord, KeptStatement, LoggedChange, Seal, Tip
from collar_sync.core.edits import Edit, Say, Scalar, SetFields, SetText
from collar_sync.core.engine import Engine
from collar_sync.core.events import Address, Event, Now
from collar_sync.core.people import Person
from collar_sync.core.space import Space
from collar_sync.core.statement import Said
from collar_sync.domain.finished import unfinished
from collar_sync.domain.gate import make_gate
from collar_sync.errors import InvalidChange
from collar_sync.ids import DocumentId, PersonId, SpaceId, StatementId

PORT = 1
START = 1_790_000_000_000


class Disk:
    """What survives a crash: batches, whole or not at all."""

    def __init__(self) -> None:
        self.settings: dict[str, bytes] = {}
        self.logs: dict[DocumentId, list[LoggedChange]] = {}
        self.tips: dict[DocumentId, dict[bytes, Tip]] = {}
        self.seals: dict[DocumentId, Seal] = {}
        self.hand: tuple[frozenset[StatementId], frozenset[tuple[DocumentId, str]]] = (frozenset(), frozenset())

    def write(self, batch: Any) -> None:
        if batch.erase is not None:
            self.erase(batch.erase)
        for document, change in batch.changes:
            self.logs.setdefault(document, []).append(change)
        for document, tip in batch.tips:
            self.tips.setdefault(document, {})[tip.actor] = tip
        for name, value in batch.settings.items():
            if value is None:
                self.settings.pop(name, None)
            else:
                self.settings[name] = value
        for seal in batch.seals:
            self.seals[seal.document] = seal
            ends = {actor: seq for actor, seq, _ in seal.ends}
            log = self.logs[seal.document]
            self.logs[seal.document] = [each for each in log if each.seq > ends.get(each.actor, 0)]
        if batch.at_hand is not None:
            self.hand = batch.at_hand

    def erase(self, erasure: Any) -> None:
        for document in erasure.documents:
            for kept in (self.logs, self.tips, self.seals):
                kept.pop(document, None)
        for name in [each for each in self.settings if each.startswith(erasure.settings)]:
            del self.settings[name]

    def load(self, document: DocumentId, *, older: bool = False) -> Kept:  # noqa: ARG002  # it has but one
        seal = self.seals.get(document)
        tips = tuple(self.tips.get(document, {}).values())
        return Kept(seal.chunk if seal else None, tuple(self.logs.get(document, [])), tips)

    def at_hand(self) -> AtHand:
        statements = (each for seal in self.seals.values() for each in seal.statements if each.id in self.hand[0])
        records = (
            each for seal in self.seals.values() for each in seal.records if (each.document, each.key) in self.hand[1]
        )
        return AtHand(tuple(statements), tuple(records))

    def about(self, name: str) -> AtHand:
        statements = (e for seal in self.seals.values() for e in seal.statements if name in (e.id, e.subject))
        records = (e for seal in self.seals.values() for e in seal.records if e.key.partition("/")[2] == name)
        return AtHand(tuple(statements), tuple(records))

    def records(self, document: DocumentId, prefix: str) -> list[KeptRecord]:
        seal = self.seals.get(document)
        return [each for each in (seal.records if seal else ()) if each.key.startswith(prefix)]

    def history(self, documents: Sequence[DocumentId], before: tuple[int, str], count: int) -> list[KeptStatement]:
        found = (e for document in documents for e in self.seals[document].statements)
        return sorted((e for e in found if (e.at, e.id) < before), key=lambda e: (e.at, e.id), reverse=True)[:count]

    def copy(self) -> "Disk":
        other = Disk()
        other.settings = dict(self.settings)
        other.logs = {document: list(log) for document, log in self.logs.items()}
        other.tips = {document: dict(tips) for document, tips in self.tips.items()}
        other.seals = dict(self.seals)
        other.hand = self.hand
        return other


class Device:
    """One device: its disk, the engine that is running on it, and what is on the way to the disk."""

    def __init__(self, name: str, seed: bytes, disk: Disk) -> None:
        self.name = name
        self.seed = seed
        self.disk = disk
        self.answers: dict[int, Any] = {}
        self.changed: list[events.Changed] = []
        self.open()

    def open(self) -> None:
        self.writing: deque[events.Store] = deque()
        self.examining: deque[events.Examine] = deque()
        self.comparing: deque[events.Progress] = deque()
        self.engine = Engine(self.seed, self.disk.settings, self.disk, unfinished, make_gate)

    @property
    def space(self) -> Space:
        (space,) = self.engine.spaces.values()
        return space


class Pipe:
    """One connection: for each end the device, its number there, and the frames on their way to it."""

    def __init__(self, caller: Device, caller_number: int, listener: Device, listener_number: int) -> None:
        self.ends = [(caller, caller_number), (listener, listener_number)]
        self.arriving: list[deque[bytes]] = [deque(), deque()]


class World:
    """Devices that can reach each other, unless a pair of them is parted."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # a simulation must be replayable
        self.now = Now(START, 0)
        self.devices: dict[str, Device] = {}
        self.parted: set[frozenset[str]] = set()
        self.pipes: list[Pipe] = []
        self._dials: deque[tuple[Device, events.Dial]] = deque()
        self.strangers = 0
        self._requests = 0

    def add(self, name: str, disk: Disk | None = None) -> Device:
        device = Device(name, name.encode().ljust(32, b"."), disk or Disk())
        self.devices[name] = device
        return device

    def locate_all(self) -> None:
        for device in self.devices.values():
            for other in self.devices.values():
                if other is not device:
                    self.tell(device, events.Locate(Address(other.name, PORT)))

    def tell(self, device: Device, event: Event) -> None:
        for effect in device.engine.handle(event, self.now, self.chance.randbytes):
            match effect:
                case events.Send():
                    self._send(device, effect)
                case events.Disconnect():
                    self._disconnect(device, effect.connection)
                case events.Dial():
                    self._dials.append((device, effect))
                case events.Store():
                    device.writing.append(effect)
                case events.Examine():
                    device.examining.append(effect)
                case events.Answer() | events.Refuse():
                    device.answers[effect.request] = effect.value if isinstance(effect, events.Answer) else effect.error
                case events.Progress():
                    device.comparing.append(effect)
                case events.Changed():
                    device.changed.append(effect)

    def people_say(self, device: Device, seen: events.Introduction) -> bool:  # noqa: ARG002 - a story may say no
        return True

    def request(self, device: Device, make: Any) -> int:
        self._requests += 1
        self.tell(device, make(self._requests))
        return self._requests

    def answer(self, device: Device, make: Any) -> Any:
        """Put a request and let the world go on until it is answered."""
        number = self.request(device, make)
        for _ in range(10_000):
            if number in device.answers:
                return device.answers[number]
            if not self.step():
                self.wait(250)
        raise AssertionError("a request was never answered")

    def wait(self, milliseconds: int) -> None:
        self.now = Now(self.now.wall + milliseconds, self.now.steady + milliseconds)
        for device in self.devices.values():
            self.tell(device, events.Tick())

    def step(self) -> bool:
        """One thing that can happen now happens, by lot; false where nothing can."""
        things: list[tuple[str, Any]] = [("dial", None)] if self._dials else []
        things += [("frame", (pipe, end)) for pipe in self.pipes for end in (0, 1) if pipe.arriving[end]]
        things += [("disk", device) for device in self.devices.values() if device.writing]
        things += [("words", device) for device in self.devices.values() if device.comparing]
        things += [("snapshot", device) for device in self.devices.values() if device.examining]
        if not things:
            return False
        kind, what = self.chance.choice(things)
        if kind == "dial":
            self._connect(*self._dials.popleft())
        elif kind == "snapshot":
            examine = what.examining.popleft()
            try:
                answer = events.Examined(examine.token, tuple(load_snapshot(examine.chunk)))
            except InvalidChange as error:
                answer = events.Examined(examine.token, None, str(error))
            self.tell(what, answer)
        elif kind == "words":
            seen = what.comparing.popleft()
            self.tell(what, events.Compared(seen.request, same=self.people_say(what, seen.introduction)))
        elif kind == "disk":
            store = what.writing.popleft()
            what.disk.write(store.batch)
            self.tell(what, events.Written(store.token))
        else:
            pipe, end = what
            device, number = pipe.ends[end]
            frame = pipe.arriving[end].popleft()
            self.tell(device, events.Received(number, frame))
            sender, their_number = pipe.ends[1 - end]
            self.tell(sender, events.Sent(their_number, len(frame)))
        return True

    def settle(self) -> None:
        """Let everything happen that can, through several retries, until the world is quiet."""
        for _ in range(12):
            while self.step():
                pass
            self.wait(10_000)
        while self.step():
            pass

    def cut(self, pipe: Pipe) -> None:
        """The connection breaks: what was on its way is lost."""
        if pipe in self.pipes:
            self.pipes.remove(pipe)
            for device, number in pipe.ends:
                self.tell(device, events.Closed(number, "cut"))

    def crash(self, device: Device) -> None:
        """The device stops between any two things; it opens again with what is on its disk."""
        for pipe in [pipe for pipe in self.pipes if device in (pipe.ends[0][0], pipe.ends[1][0])]:
            self.pipes.remove(pipe)
            for end, number in pipe.ends:
                if end is not device:
                    self.tell(end, events.Closed(number, "cut"))
        self._dials = deque((caller, dial) for caller, dial in self._dials if caller is not device)
        device.open()
        for other in self.devices.values():
            if other is not device:
                self.tell(device, events.Locate(Address(other.name, PORT)))

    def _connect(self, caller: Device, dial: events.Dial) -> None:
        listener = self.devices.get(dial.address.host)
        if listener is None or frozenset((caller.name, listener.name)) in self.parted:
            self.tell(caller, events.Closed(dial.connection, "unreachable"))
            return
        self.strangers -= 1
        self.pipes.append(Pipe(caller, dial.connection, listener, self.strangers))
        self.tell(listener, events.Opened(self.strangers))
        self.tell(caller, events.Opened(dial.connection))

    def _find(self, device: Device, number: int) -> tuple[Pipe, int] | None:
        for pipe in self.pipes:
            for end in (0, 1):
                if pipe.ends[end] == (device, number):
                    return pipe, end
        return None

    def _send(self, device: Device, effect: events.Send) -> None:
        found = self._find(device, effect.connection)
        if found is not None:
            pipe, end = found
            pipe.arriving[1 - end].extend(effect.frames)

    def _disconnect(self, device: Device, number: int) -> None:
        """The device closes it: what it sent before still arrives."""
        found = self._find(device, number)
        if found is None:
            return
        pipe, end = found
        other, other_number = pipe.ends[1 - end]
        frames = list(pipe.arriving[1 - end])
        self.pipes.remove(pipe)
        for frame in frames:
            self.tell(other, events.Received(other_number, frame))
        self.tell(other, events.Closed(other_number, "closed by the other side"))


class SimulatedLedger:
    """A space of the world as the domain sees it; a write is done when its change is made, and durable later."""

    def __init__(self, world: World, device: Device) -> None:
        self._world = world
        self._device = device

    @property
    def me(self) -> PersonId:
        return self._device.space.me

    def now(self) -> int:
        return self._device.engine.time(self._world.now.wall)

    def zone(self) -> str:
        return "UTC"

    def people(self) -> Mapping[PersonId, Person]:
        return self._device.space.people()

    def statements(self, prefix: str) -> Sequence[Said]:
        return tuple(self._device.space.statements(prefix))

    def records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        return self._device.space.library.records(f"{kind}/")

    def recall(self, name: str) -> bool:
        return self._device.space.recall(name)

    def history(self, before: tuple[int, str], count: int) -> Sequence[Said]:
        return self._device.space.history(before, count)

    def new_id(self) -> str:
        return self._world.chance.randbytes(13).hex()

    def private_records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        return self._device.space.records(self._device.space.private_document("own"), kind)

    async def write_private(self, *edits: SetFields | SetText) -> None:
        space = self._device.space
        document = space.private_document("own")
        self._world.request(self._device, lambda number: events.Write(number, space.id, document, edits))

    async def write(self, *edits: Edit) -> tuple[StatementId, ...]:
        space = self._device.space
        known = {said.id for said in space.statements("")}
        self._world.request(self._device, lambda number: events.Write(number, space.id, None, edits))
        new = {said.kind: said.id for said in space.statements("") if said.id not in known}
        return tuple(new[edit.kind] for edit in edits if isinstance(edit, Say))


def done(work: Any) -> Any:
    """Run a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as finished:
        return finished.value
    raise AssertionError("it waited")


def found_space(world: World, names: Sequence[str]) -> SpaceId:
    """The first device founds a space, the others join it by code, as two people do."""
    first, *others = (world.devices[name] for name in names)
    space: SpaceId = world.answer(first, lambda number: events.CreateSpace(number, "Us", first.name, "laptop"))
    for place, other in enumerate(others):
        code = f"1234567{place}"
        shown = world.request(first, lambda number, code=code: events.Invite(number, space, code))
        joined = world.answer(
            other,
            lambda number, other=other, code=code: events.Join(
                number, code, other.name, "laptop", Address(first.name, PORT)
            ),
        )
        assert joined == space
        world.settle()
        assert first.answers[shown] == other.space.me
    return space
