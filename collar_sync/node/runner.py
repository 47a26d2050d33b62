"""Carries out what the engine asks, on one asyncio loop and one writer thread. Decides nothing.

Frames of one connection are sent in order by its own task; batches are written in order by one thread, several in one
transaction where they wait. After a failed write nothing more is written: memory is ahead of the disk, and only
opening the store again can tell by how much.
"""

import asyncio
import os
import queue
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Final

from collar_sync import limits
from collar_sync.core import events
from collar_sync.core.durable import Batch
from collar_sync.core.engine import Engine
from collar_sync.core.events import Effect, Event, Now
from collar_sync.errors import Closed, CollarError, PeerError, StoreError, Unreachable
from collar_sync.shells import clock, transport
from collar_sync.shells.sandbox import Sandbox
from collar_sync.shells.store import Store
from collar_sync.shells.transport import Connection

_TICK_SECONDS: Final = 0.2
_FAREWELL_SECONDS: Final = 1.0  # how long farewells may take on their way out
_GROUP_MAX: Final = 256  # batches written in one transaction


class Runner:
    """The engine of one device, at work."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self.engine = engine
        self.advertise: Callable[[], None] = lambda: None
        self.fell_silent: Callable[[], None] = lambda: None  # told once, where the disk failed
        self.near: Callable[[str], bool] = lambda _host: True  # whether it is on a network that this computer is on
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._requests: dict[int, asyncio.Future[Any]] = {}
        self._progress: dict[int, Callable[[events.Introduction], None]] = {}
        self._next_request = 1
        self._next_stranger = -1
        self._connections: dict[int, Connection] = {}
        self._outboxes: dict[int, asyncio.Queue[list[bytes] | str]] = {}  # bounded by the engine, which is told
        self._dials: dict[int, asyncio.Task[None]] = {}  # those that are not connected yet
        self._tasks: set[asyncio.Task[None]] = set()
        self._writes: queue.SimpleQueue[tuple[int, Batch] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_forever, name="store", daemon=True)
        self._changes: set[asyncio.Queue[events.Changed | None]] = set()
        self._watchers: set[asyncio.Event] = set()
        self._ticking: asyncio.Task[None] | None = None
        self._sandbox = Sandbox()
        self._stopped = asyncio.Event()
        self._closed = self._silent = False

    async def apart(self) -> "Runner":
        """Return a runner of an engine made from the disk as it is now, which writes nothing and meets nobody.

        It shares the store, which serves any thread, and nothing else; it is made in a thread. Raises `StoreError`.
        """
        apart = Runner(await asyncio.to_thread(self.engine.again), self._store)
        apart._closed = True  # whoever asks it to write is refused
        return apart

    def start(self) -> None:
        """Begin to write and to keep time."""
        self._writer.start()
        self._ticking = self._spawn(self._tick())

    async def stop(self) -> None:
        """Say farewell, write what is left, and end every task."""
        if self._closed:
            await self._stopped.wait()
            return
        self.handle(events.Stop())
        self._closed = True
        self._write_soon(None)
        await asyncio.to_thread(self._writer.join)
        await self._sandbox.close()
        serving = [task for task in self._tasks if task is not self._ticking]
        if serving:
            await asyncio.wait(serving, timeout=_FAREWELL_SECONDS)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for future in self._requests.values():
            if not future.done():
                future.set_exception(Closed("It was closed before this was done."))
                future.exception()  # whoever asked may be gone
        for changes in self._changes:
            changes.put_nowait(None)
        self.refresh()
        self._stopped.set()

    def request(
        self, event: Callable[[int], Event], progress: Callable[[events.Introduction], None] | None = None
    ) -> tuple[int, asyncio.Future[Any]]:
        """Put a request to the engine; its number, and what it will be answered with. Raises what the engine raises."""
        if self._closed:
            raise Closed("This device is closed.")
        number = self._next_request
        self._next_request += 1
        future = self._requests[number] = self._loop.create_future()
        if progress is not None:
            self._progress[number] = progress
        try:
            self.handle(event(number))
        except BaseException:
            del self._requests[number]
            self._progress.pop(number, None)
            raise
        return number, future

    def stop_asking(self, request: int, error: CollarError) -> None:
        """Take a request back that has no answer yet; whoever waits for it is told so."""
        self.handle(events.Cancel(request))
        self._settle(request, error)

    def handle(self, event: Event) -> None:
        """Tell the engine of an event and do what it asks."""
        if self._closed:
            return
        self._carry_out(self.engine.handle(event, self.now(), os.urandom))

    def now(self) -> Now:
        """The time on both clocks of this machine."""
        return Now(clock.now(), clock.steady())

    async def accept(self, connection: Connection) -> None:
        """Serve a stranger's connection until it ends."""
        number = self._next_stranger
        self._next_stranger -= 1
        await self._serve(number, connection, connection.remote[0])

    async def changes(self) -> AsyncIterator[events.Changed]:
        """Every verified change from now on, once it is durable."""
        mine: asyncio.Queue[events.Changed | None] = asyncio.Queue()
        self._changes.add(mine)
        try:
            while (change := await mine.get()) is not None:
                yield change
        finally:
            self._changes.discard(mine)

    async def watch(self) -> AsyncIterator[None]:
        """Now, and whenever anything that a person could see may be different; many such moments become one."""
        mine = asyncio.Event()
        mine.set()
        self._watchers.add(mine)
        try:
            while not self._closed:
                await mine.wait()
                mine.clear()
                yield None
        finally:
            self._watchers.discard(mine)

    def _carry_out(self, effects: list[Effect]) -> None:
        if self.engine.failed is not None and not self._silent:
            self._silent = True
            self.fell_silent()
        for effect in effects:
            match effect:
                case events.Send():
                    self._outbox(effect.connection).put_nowait(effect.frames)
                case events.Disconnect():
                    self._disconnect(effect)
                case events.Dial():
                    self._dials[effect.connection] = self._spawn(self._dial(effect))
                case events.Store():
                    self._write_soon((effect.token, effect.batch))
                case events.Examine():
                    self._spawn(self._examine(effect))
                case _:
                    self._report(effect)

    def _write_soon(self, item: tuple[int, Batch] | None) -> None:
        """Pass a batch to the writer once frames and readers have had their turn: its own would slow down both."""
        self._loop.call_soon(lambda: self._loop.call_soon(self._writes.put, item))

    def _report(self, effect: Effect) -> None:
        """Tell this device's own side."""
        match effect:
            case events.Answer():
                self._settle(effect.request, effect.value)
            case events.Refuse():
                self._settle(effect.request, effect.error)
            case events.Progress():
                self._progress[effect.request](effect.introduction)
            case events.Changed():
                for changes in self._changes:
                    changes.put_nowait(effect)
            case events.Advertise():
                self.advertise()
            case events.Refresh():
                self.refresh()

    def _settle(self, request: int, value: object) -> None:
        self._progress.pop(request, None)
        future = self._requests.pop(request, None)
        if future is None or future.done():
            return
        if isinstance(value, CollarError):
            future.set_exception(value)
        else:
            future.set_result(value)

    def refresh(self) -> None:
        """Wake everybody who watches."""
        for watcher in self._watchers:
            watcher.set()

    # --- connections ---

    def _outbox(self, connection: int) -> asyncio.Queue[list[bytes] | str]:
        return self._outboxes.setdefault(connection, asyncio.Queue())

    def moved(self, hosts: frozenset[str]) -> None:
        """This computer has these addresses now: what was connected from another leads nowhere any more."""
        for connection in list(self._connections.values()):
            if connection.local[0] not in hosts:
                connection.abort("The connection was lost: this computer is on another network now.")
        self.handle(events.Moved())

    def _disconnect(self, effect: events.Disconnect) -> None:
        dial = self._dials.pop(effect.connection, None)
        if dial is not None:
            dial.cancel()
        else:
            self._outbox(effect.connection).put_nowait(effect.reason)
            connection = self._connections.get(effect.connection)
            if connection is not None:  # whoever does not read what was sent before is not waited for
                self._loop.call_later(_FAREWELL_SECONDS, connection.abort, effect.reason)

    async def _dial(self, effect: events.Dial) -> None:
        """Call; where an address was announced and not typed, only on a network that this computer is on by now."""
        try:
            if effect.address.instance is not None and not self.near(effect.address.host):
                raise Unreachable("It was heard on another network.", "no way")
            connection = await transport.dial(effect.address.host, effect.address.port)
        except CollarError as error:
            how = error.how if isinstance(error, Unreachable) else None
            self.handle(events.Closed(effect.connection, str(error), how))
            return
        finally:
            self._dials.pop(effect.connection, None)
        await self._serve(effect.connection, connection)

    async def _serve(self, number: int, connection: Connection, stranger: str = "") -> None:
        """Pass frames both ways until either side ends it."""
        self._connections[number] = connection
        sender = asyncio.create_task(self._send(number, connection))
        try:
            self.handle(events.Opened(number, stranger))
            async for frame in connection:
                begun = self._loop.time()
                self.handle(events.Received(number, frame))
                if self.engine.links.behind(number):  # who asks and does not read has to wait
                    took = self._loop.time() - begun
                    await asyncio.sleep(min(limits.UNREAD_WAITS * took, limits.UNREAD_WAIT_SECONDS_MAX))
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            await connection.close("")
            self._connections.pop(number, None)
            self._outboxes.pop(number, None)
            self.handle(events.Closed(number, connection.reason or "The connection ended."))

    async def _send(self, number: int, connection: Connection) -> None:
        outbox = self._outbox(number)
        sent = 0
        while True:
            item = await outbox.get()
            if isinstance(item, str):
                await connection.close(item)
                return
            try:
                await connection.send(item)
            except Closed:
                return  # the reading side reports it
            sent += sum(map(len, item))
            if sent >= limits.SENT_BYTES_TOLD:
                self.handle(events.Sent(number, sent))
                sent = 0

    async def _examine(self, effect: events.Examine) -> None:
        """Load a peer's snapshot in a process of its own."""
        try:
            changes = await self._sandbox.changes(effect.chunk)
        except PeerError as error:
            self.handle(events.Examined(effect.token, None, str(error)))
        except (CollarError, OSError) as error:
            self.handle(events.Examined(effect.token, None, str(error), local=True))
        else:
            self.handle(events.Examined(effect.token, changes))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self.handle(events.Tick())

    # --- the writer thread ---

    def _write_forever(self) -> None:
        while True:
            batches = list(self._waiting())
            done = not batches or batches[-1] is None
            todo = [batch for batch in batches if batch is not None]
            try:
                if todo:
                    self._store.write_many([batch for _, batch in todo])
            except Exception as error:  # noqa: BLE001  # whatever it is, whoever waits must learn of it
                problem = error if isinstance(error, StoreError) else StoreError(f"This was not saved: {error}")
                self._loop.call_soon_threadsafe(self._failed, [token for token, _ in todo], problem)
                return
            self._loop.call_soon_threadsafe(self._wrote, [token for token, _ in todo])
            if done:
                return

    def _waiting(self) -> Iterator[tuple[int, Batch] | None]:
        """What waits to be written, at least one; None, the sign to end, comes last."""
        item = self._writes.get()
        yield item
        for _ in range(_GROUP_MAX):
            if item is None:
                return
            try:
                item = self._writes.get_nowait()
            except queue.Empty:
                return
            yield item

    def _wrote(self, tokens: list[int]) -> None:
        for token in tokens:
            self._carry_out(self.engine.handle(events.Written(token), self.now(), os.urandom))

    def _failed(self, tokens: list[int], error: StoreError) -> None:
        """Stop: whoever waits for a write learns that it is not on the disk."""
        for token in tokens:
            self.handle(events.WriteFailed(token, error))
        for request in list(self._requests):
            self._settle(request, error)
        self.refresh()
