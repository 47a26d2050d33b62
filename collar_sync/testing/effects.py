"""What engines ask for is carried out: frames go on their way, batches to disks, snapshots and words are looked at.

Some of it happens at once, the rest waits until the lot falls on it. What an engine makes of what came of it, and which
thing comes next, is for the world to say; nothing here knows a clock or decides what people do.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

from collar_sync.core import events
from collar_sync.core.binding import load_snapshot
from collar_sync.core.events import Event
from collar_sync.errors import PeerError, StoreError
from collar_sync.testing.device import Device
from collar_sync.testing.network import Call, End, Network

Thing = Callable[[], None]  # that can happen now


class Effects:
    """What the engines of a world asked for, done or still waiting."""

    def __init__(
        self,
        network: Network,
        devices: Mapping[str, Device],
        chance: random.Random,
        counts: Counter[str],
        tell: Callable[[Device, Event], None],
    ) -> None:
        self.compares = True  # people look at the words when the lot says so; else a story says when
        self.distrust = 0  # one of so many times a person says that the words differ; 0 is never
        self._network = network
        self._devices = devices
        self._chance = chance
        self._counts = counts
        self._tell = tell

    def carry_out(self, device: Device, effect: events.Effect) -> None:
        """Do what an engine asks for, or let it wait for its turn."""
        match effect:
            case events.Send():
                self._counts["messages"] += 1
                self._network.send(device.name, effect.connection, effect.frames)
            case events.Disconnect():
                self._network.disconnect(device.name, effect.connection)
            case events.Dial():
                self._network.calls.append(
                    Call(device.name, effect.connection, effect.address.host, effect.address.port)
                )
            case events.Store():
                if not device.failed:
                    device.writing.append(effect)
            case events.Examine():
                device.examining.append(effect)
            case events.Answer() | events.Refuse():
                device.answers[effect.request] = effect.value if isinstance(effect, events.Answer) else effect.error
            case events.Progress():
                device.comparing.append(effect.request)
            case events.Advertise():
                device.announcing = True

    def waiting(self, announce: Callable[[Device], None]) -> tuple[list[Thing], list[Thing]]:
        """Everything that can happen now, and what only can where nothing else does."""
        things: list[Thing] = [partial(self.deliver, end) for end in self._network.waiting()]
        late: list[Thing] = []
        for device in self._devices.values():
            if device.writing and not device.failed:
                (late if device.slow else things).append(partial(self.write, device))
            if device.examining:
                things.append(partial(self._examine, device))
            if device.comparing and self.compares:
                things.append(partial(self._compare, device))
            if device.announcing and self._network.announces:
                things.append(partial(announce, device))
        if self._network.calls:
            things.append(self._connect)
        return things, late

    def write(self, device: Device) -> None:
        """One batch, or now and then all that wait in one transaction, reaches the disk, or the disk is full."""
        count = 1 if self._chance.randrange(4) else len(device.writing)
        stores = [device.writing.popleft() for _ in range(count)]
        try:
            for store in stores:
                device.disk.write(store.batch)
        except StoreError as error:
            self._fail(device, [*stores, *device.writing], error)
            return
        for store in stores:
            self._counts["batches written"] += 1
            self._tell(device, events.Written(store.token))

    def deliver(self, end: End) -> None:
        """The next thing that is on its way to an end arrives there."""
        for name, event in self._network.deliver(end):
            self._tell(self._devices[name], event)

    def _compare(self, device: Device) -> None:
        """A person looks at the three words; now and then one says that they differ, and then nothing may be kept."""
        same = bool(self._chance.randrange(self.distrust)) if self.distrust else True
        self._counts["words compared"] += 1
        self._tell(device, events.Compared(device.comparing.popleft(), same))

    def _examine(self, device: Device) -> None:
        """Load a peer's snapshot; a shell does it in a process of its own."""
        examine = device.examining.popleft()
        self._counts["snapshots"] += 1
        try:
            answer = events.Examined(examine.token, tuple(load_snapshot(examine.chunk)))
        except PeerError as error:
            answer = events.Examined(examine.token, None, str(error))
        self._tell(device, answer)

    def _fail(self, device: Device, stores: list[events.Store], error: StoreError) -> None:
        """Nothing more is written until the device is opened again."""
        self._counts["disks full"] += 1
        device.failed = True
        device.writing.clear()
        for store in stores:
            self._tell(device, events.WriteFailed(store.token, error))

    def _connect(self) -> None:
        call = self._network.calls.popleft()
        listener = self._devices.get(call.host)
        listens = listener is not None and listener.engine is not None and listener.port == call.port
        for name, event in self._network.answer(call, listens=listens):
            self._counts["connections"] += isinstance(event, events.Opened) and name == call.host
            self._tell(self._devices[name], event)
