"""One simulated device: its disk and clocks, the engine that is running on it, and the space as its person acts in it.

A device is running or stopped; while it is stopped it has no engine, and what had not reached its disk is gone. Nothing
here decides when that happens, or carries out what an engine asks.
"""

from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from collar_sync.core import events
from collar_sync.core.edits import Edit, Say, Scalar, SetFields, SetText
from collar_sync.core.engine import Engine
from collar_sync.core.events import Now
from collar_sync.core.passing import Heard, Told
from collar_sync.core.people import Person
from collar_sync.core.space import Space
from collar_sync.core.statement import Said
from collar_sync.domain.finished import unfinished
from collar_sync.domain.gate import make_gate
from collar_sync.errors import Closed, LocalError
from collar_sync.ids import DeviceId, PersonId, StatementId
from collar_sync.testing.clock import Clock
from collar_sync.testing.disk import Disk

T = TypeVar("T")
_OWN: Final = "own"  # the private document of the domain


class Device:
    """A device and what is on its way to its disk."""

    def __init__(self, name: str, disk: Disk, clock: Clock, seed: bytes = b"") -> None:
        self.name = name
        self.seed = seed or name.encode().ljust(32, b".")  # what its keys come from
        self.disk = disk
        self.clock = clock
        self.engine: Engine | None = None
        self.instance = b""  # what it announces, another one each time it is opened
        self.port = 0
        self.writing: deque[events.Store] = deque()
        self.examining: deque[events.Examine] = deque()  # snapshots to be looked at
        self.comparing: deque[int] = deque()  # pairings whose words its person has on the screen
        self.answers: dict[int, Any] = {}
        self.announcing = False
        self.asked: list[int] = []  # invitations and joinings under way
        self.latest = 0  # the latest time that a fold was given since it was opened
        self.failed = False  # a write failed: nothing more reaches the disk until it is opened again
        self.halted = False  # a read failed: the engine takes in nothing more until it is opened again
        self.as_stored = False  # one of them did, and the engine holds what is on the disk
        self.slow = False  # its disk writes only where nothing else can happen
        self.effects_left: int | None = None  # how many more effects it carries out before it crashes

    @property
    def running(self) -> Engine:
        """Its engine; raises `Closed` while the device is stopped."""
        if self.engine is None:
            raise Closed("This device is stopped.")
        return self.engine

    @property
    def space(self) -> Space:
        """The one space that it is in; raises `Closed` while the device is stopped or in none."""
        if self.engine is None or not self.engine.spaces:
            raise Closed("This device is stopped.")
        (space,) = self.engine.spaces.values()
        return space

    def awaits(self) -> bool:
        """Whether it is running, and says that the space it joined is not here yet."""
        return self.engine is not None and bool(self.engine.spaces) and self.engine.awaited(self.space) is not None

    def stop(self) -> None:
        """Forget everything but the disk."""
        self.engine = None
        self.writing.clear()
        self.examining.clear()
        self.comparing.clear()
        self.answers.clear()
        self.asked.clear()
        self.announcing = self.failed = self.halted = self.as_stored = False
        self.effects_left = None
        self.latest = 0


def open_engine(device: Device) -> Engine:
    """The engine of a device, as it is on its disk; raises `StoreError`."""
    return Engine(device.seed, lambda: device.disk.settings, device.disk, unfinished, make_gate)


class Asker(Protocol):
    """Who puts a person's requests to a device, and has the world's time and chance."""

    def request(self, device: Device, event: Callable[[int], events.Event]) -> int:
        """Put a request; its number. Raises what the engine raises."""

    def tell(self, device: Device, event: events.Event) -> None:
        """Tell a device of an event; raises what the engine raises."""

    def moment(self, device: Device) -> Now:
        """The time on both clocks of a device."""

    def time(self, device: Device) -> int:
        """The device's time for folds."""

    def draw(self, size: int) -> bytes:
        """That many random bytes."""


class Ledger:
    """The space of a device as the domain sees it; a write is done when its change is made, and durable later."""

    def __init__(self, asker: Asker, device: Device) -> None:
        self._asker = asker
        self._device = device

    @property
    def me(self) -> PersonId:
        """The person whose device it is."""
        return self._device.space.me

    @property
    def device(self) -> DeviceId:
        """The device, as its space knows it."""
        return self._device.space.keys.device

    def now(self) -> int:
        """The time for folds."""
        return self._asker.time(self._device)

    def zone(self) -> str:
        """The zone of every device of a world."""
        return "UTC"

    def people(self) -> Mapping[PersonId, Person]:
        """Everyone in the space."""
        return self._device.space.people()

    def statements(self, prefix: str) -> Sequence[Said]:
        """Everything said whose kind starts so."""
        return tuple(self._device.space.statements(prefix))

    def records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        """The records of a kind, by id."""
        return self._device.space.library.records(f"{kind}/")

    def recall(self, name: str) -> bool:
        """Bring to hand what rests about a name."""
        return self._device.space.recall(name)

    def history(self, before: tuple[int, str], count: int, kind: str | None = None) -> Sequence[Said]:
        """What rests, the last said first."""
        return tuple(self._device.space.history(before, count, kind))

    def past(self) -> bytes:
        """What is remembered of what is not at hand."""
        return self._device.space.past

    def new_id(self) -> str:
        """Return a fresh id for a record."""
        return self._asker.draw(13).hex()

    def private_records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        """The records of a kind that the device keeps for its person alone, by id."""
        return self._device.space.records(self._device.space.private_document(_OWN), kind)

    async def write_private(self, *edits: SetFields | SetText) -> None:
        """Put edits of private records to the device; raises `Closed` where it crashed over them."""
        space = self._device.space
        document = space.private_document(_OWN)
        self._asker.request(self._device, lambda number: events.Write(number, space.id, document, edits))
        if self._device.engine is None:
            raise Closed("This device stopped while it was writing.")

    def notes(self) -> Mapping[str, bytes]:
        """What the device notes for its person alone, by name."""
        engine = self._device.engine
        return {} if engine is None else engine.notes(self._device.space.id)

    async def note(self, name: str, value: bytes | None) -> None:
        """Have the device keep a note; raises `Closed` where it crashed over it."""
        space = self._device.space
        self._asker.request(self._device, lambda number: events.Note(number, space.id, name, value))
        if self._device.engine is None:
            raise Closed("This device stopped while it was writing.")

    async def write(self, *edits: Edit, at: int | None = None) -> tuple[StatementId, ...]:
        """Put edits to the device; raises `Closed` where it crashed over them."""
        space = self._device.space
        kinds = sorted({edit.kind for edit in edits if isinstance(edit, Say)})
        before = {said.id for kind in kinds for said in space.statements(kind)}
        self._asker.request(self._device, lambda number: events.Write(number, space.id, None, edits, at))
        if self._device.engine is None:
            raise Closed("This device stopped while it was writing.")
        new: dict[str, list[StatementId]] = {}
        for kind in kinds:
            new[kind] = [said.id for said in space.statements(kind) if said.kind == kind and said.id not in before]
        return tuple(new[edit.kind].pop(0) for edit in edits if isinstance(edit, Say))


class Air:
    """The words in passing of a device's space, as the domain tells and hears them."""

    def __init__(self, asker: Asker, device: Device) -> None:
        self._asker = asker
        self._device = device

    def tell(self, kind: str, body: bytes, to: Iterable[PersonId], lifetime_milliseconds: int) -> None:
        """Tell these people."""
        space = self._device.space
        self._asker.tell(self._device, events.Tell(space.id, kind, body, tuple(to), lifetime_milliseconds))

    def hush(self, kind: str) -> None:
        """Take it back."""
        self._asker.tell(self._device, events.Hush(self._device.space.id, kind))

    def told(self) -> Sequence[Told]:
        """What the device tells now."""
        space, engine = self._device.space, self._device.engine
        return engine.air.told(space, self._asker.moment(self._device)) if engine else ()

    def heard(self) -> Sequence[Heard]:
        """What it hears now."""
        space, engine = self._device.space, self._device.engine
        return engine.air.heard(space, self._asker.moment(self._device)) if engine else ()


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits, as all of the domain is over a `Ledger`."""
    try:
        work.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    raise LocalError("Something in the domain waited for more than its ledger.")
