"""Sam's device runs altered software against real nodes: each lie is refused and named, and Kim notices nothing.

Its keys are good and its channel is the real one, over a real socket; the lies are those told to engines in memory.
"""

import asyncio
import contextlib
import os
import resource
import statistics
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest

from collar_sync import Device, Space, limits
from collar_sync.core import space as core_space
from collar_sync.core import wire
from collar_sync.core.answered import hour
from collar_sync.core.change import Action, Change, Op
from collar_sync.core.channel import Channel
from collar_sync.core.company import UNFIT
from collar_sync.core.outline import STATEMENTS
from collar_sync.core.wire import Changes, Have, Holding, Known, Stored
from collar_sync.errors import CollarError
from collar_sync.ids import DeviceId
from collar_sync.shells import clock, transport
from tests.core.story import Forger, fingerprint
from tests.node.people import pair
from tests.node.test_device import open_device, until
from tests.simulation.hostile_laptop import REFUSED, note

MEMORY_BYTES_MAX = 64 << 20
HELLO: tuple[wire.Message, ...] = (
    wire.Hello(limits.WIRE_VERSION_OLDEST, limits.WIRE_VERSION),
    Have((), complete=True, durable=True),
)


class Somebody(NamedTuple):
    """A device as the lies see it."""

    space: core_space.Space


class Scene:
    """Alex's and Kim's nodes, connected; Sam's keys, in other hands. It looks as the scene in memory does."""

    def __init__(self, node: Device, kims_node: Device, ours: Space, kims: Space, sams: Space) -> None:
        self.node = node
        self.kims_node = kims_node
        self.ours = ours
        self.kims = kims
        self.alex, self.kim, self.sam = (Somebody(each._state) for each in (ours, kims, sams))
        self.space = ours.id
        self.core = self.alex.space.core
        self.chapter = self.alex.space.home("chapter")

    def forger(self, device: Somebody, nonce: bytes = b"altered!", name: str = "chapter") -> Forger:
        return Forger(self.space, self.core if name == "core" else self.chapter, device.space.keys, nonce)

    def following(self, forger: Forger, *ops: Op, name: str = "chapter") -> Change:
        replica = self.alex.space.replica(self.core if name == "core" else self.chapter)
        start_op = max(replica._last_op[head] for head in replica.heads) + 1
        return forger.change(*ops, start_op=start_op, deps=sorted(replica.heads))

    def calls(self, peer: Somebody) -> Channel:
        """A call of Sam's device that is still to be made."""
        return Channel.initiator(
            keys=self.sam.space.keys,
            peer=peer.space.keys.public,
            space=self.alex.space.id,
            instance=hour(clock.now()),
            ephemeral=os.urandom(32),
        )

    @contextlib.asynccontextmanager
    async def connected(self, *, kim: bool = False) -> AsyncIterator["Line"]:
        """A connection of Sam's device with Alex's, or Kim's, proven and greeted."""
        node, peer = (self.kims_node, self.kim) if kim else (self.node, self.alex)
        connection = await transport.dial("127.0.0.1", node.port)
        channel = self.calls(peer)
        await connection.send([channel.start()])
        await connection.send(channel.receive(await anext(connection)).send)
        line = Line(connection, channel)
        try:
            await line.say(*map(wire.encode, HELLO))
            yield line
        finally:
            line.reading.cancel()
            await asyncio.gather(line.reading, return_exceptions=True)
            await connection.close("")

    async def goes_on(self) -> None:
        """What Alex writes reaches Kim, who was told of nothing."""
        task = await self.ours.tasks.promise(f"still here {os.urandom(4).hex()}")
        await until(self.node, lambda: any(each.id == task.id for each in self.kims.tasks.all()))
        assert self.kims.problems() == ()
        assert self.node.problems() == []


class Line:
    """A connection of altered software, which reads what comes and believes none of it."""

    def __init__(self, connection: transport.Connection, channel: Channel) -> None:
        self.heard: list[wire.Message] = []
        self._connection = connection
        self._channel = channel
        self.reading = asyncio.create_task(self._read())

    async def say(self, *messages: bytes) -> None:
        for message in messages:
            await self._connection.send(self._channel.seal(message))

    async def _read(self) -> None:
        async for frame in self._connection:
            self.heard += map(wire.decode, self._channel.receive(frame).messages)


@contextlib.asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    async with await open_device(folder / "alex") as alex, await open_device(folder / "kim") as kim:
        ours = await alex.create_space("Us", me="Alex")
        kims, _ = await pair(alex, ours, kim, me="Kim", device_name="laptop")
        sam = await open_device(folder / "sam")
        sams, _ = await pair(alex, ours, sam, me="Sam", device_name="laptop")
        await ours.tasks.promise("Ferns")
        await ours.pauses.pause()
        await until(alex, lambda: all(each.in_step for each in ours.sync_status()))
        await sam.close()
        yield Scene(alex, kim, ours, kims, sams)


def named(space: Space) -> Sequence[str]:
    return [problem for problem in space.problems() if problem.startswith("Sam's laptop was refused: ")]


async def test_every_lie_is_refused_whole_and_named_by_a_node_that_goes_on(tmp_path: Path) -> None:
    async with scene(tmp_path) as each:
        before = fingerprint(each.alex.space)
        size = resident_bytes()
        for case, lie in REFUSED.items():
            each.alex.space.problems.clear()
            async with each.connected() as line:
                await line.say(*lie(cast("Any", each)))
                async with asyncio.timeout(60):
                    await line.reading
                farewells = [message for message in line.heard if isinstance(message, wire.Farewell)]
            assert len(named(each.ours)) == 1, case
            assert named(each.ours)[0].endswith(farewells[-1].reason), "it is told why, in the same words"
            (status,) = [other for other in each.ours.sync_status() if other.person_name == "Sam"]
            assert (status.connected, status.why) == (False, UNFIT), "and the status of it says so plainly"
            assert fingerprint(each.alex.space) == before, case
        assert resident_bytes() - size < MEMORY_BYTES_MAX
        await each.goes_on()


async def test_endless_changes_are_taken_in_as_they_come_and_keep_nobody_from_writing(tmp_path: Path) -> None:
    async with scene(tmp_path) as each:
        forger = each.forger(each.sam)
        size, needed = resident_bytes(), list[float]()
        async with each.connected() as line:
            pouring = asyncio.create_task(pour(each, forger, line))
            for _ in range(5):
                started = asyncio.get_running_loop().time()
                await each.goes_on()
                needed.append(asyncio.get_running_loop().time() - started)
                await asyncio.sleep(0.2)
            pouring.cancel()
            await asyncio.gather(pouring, return_exceptions=True)
        poured = len(each.alex.space.records(each.chapter, "note"))
        assert poured > 20, "they are good changes: it may write them"
        await until(each.node, lambda: len(each.kim.space.records(each.chapter, "note")) >= poured)
        assert statistics.median(needed) < 5, "a write and its way to Kim while it pours"
        assert resident_bytes() - size < MEMORY_BYTES_MAX
        assert each.ours.problems() == ()


async def pour(each: Scene, forger: Forger, line: Line) -> None:
    """One good change after the other, each a note more."""
    change = each.following(forger, note("note/0"))
    number = 0
    while True:
        await line.say(wire.encode(Changes(each.chapter, (change.raw,), (forger.tip(change),))))
        number += 1
        place = {"seq": number + 1, "start_op": change.start_op + 1, "deps": [change.hash]}
        change = forger.change(note(f"note/{number} {'x' * 200}"), **place)  # type: ignore[arg-type]
        await asyncio.sleep(0)


def resident_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except FileNotFoundError:
        return 0  # only Linux tells; the rest of the test holds everywhere


def invented(count: int) -> tuple[Known, ...]:
    return tuple(Known(number.to_bytes(limits.ACTOR_BYTES, "big"), 1 << 20, os.urandom(32)) for number in range(count))


async def test_lies_about_what_it_has_cost_little_and_change_nothing_but_what_is_said_of_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as each:
        size = resident_bytes()
        kims = next(status for status in each.ours.sync_status() if status.person_name == "Kim")
        real = next(iter(each.alex.space.library.ends(each.chapter)))
        lies: list[wire.Message] = [
            Have((Holding(each.chapter, bytes(32), invented(5_000)),), complete=False, durable=True),
            Have((Holding(each.chapter, os.urandom(32), ()),), complete=False, durable=True, again=True),
            Have(
                (Holding(each.chapter, os.urandom(32), (Known(real[0], real[1] + 1_000, os.urandom(32)),)),),
                complete=False,
                durable=True,
            ),
            Have(
                (Holding(each.chapter, os.urandom(32), (Known(real[0], real[1], os.urandom(32)),)),),
                complete=False,
                durable=True,
            ),
            Stored(each.chapter, invented(5_000)),
            Stored(each.chapter, (Known(real[0], limits.OP_COUNTER_MAX, os.urandom(32)),)),
        ]
        async with each.connected() as line:
            for _ in range(20):
                await line.say(*map(wire.encode, lies))
            await each.goes_on()
            assert not line.reading.done()
            assert {task.title.split()[0] for task in each.ours.tasks.all()} == {"Ferns", "still"}
        assert resident_bytes() - size < MEMORY_BYTES_MAX
        again = next(status for status in each.ours.sync_status() if status.person_name == "Kim")
        assert (again.connected, again.person_name) == (kims.connected, kims.person_name)
        assert all(
            (status.waiting_out or 0) >= 0 and (status.waiting_in or 0) >= 0 for status in each.ours.sync_status()
        )


async def test_asking_for_everything_again_and_again_while_reading_nothing_fills_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(transport._SETTINGS, "ping_timeout", None)  # or it would be thrown out for answering nothing
    async with scene(tmp_path) as each:
        for _ in range(40):
            await each.ours.tasks.promise(os.urandom(90).hex())
        monkeypatch.setattr(limits, "OUTBOX_BYTES_MAX", 100_000)
        documents = (each.core, each.chapter)
        holdings = tuple(Holding(document, os.urandom(32), ()) for document in documents)
        asking = wire.encode(Have(holdings, complete=True, durable=True, again=True))
        most, beyond = 0, 0
        async with each.connected() as line:
            line.reading.cancel()
            await asyncio.gather(line.reading, return_exceptions=True)
            with contextlib.suppress(CollarError, TimeoutError):
                async with asyncio.timeout(60):
                    while beyond < 200:
                        await line.say(asking)
                        await asyncio.sleep(0)
                        most = max(most, *(link.unsent for link in each.node._engine.links.all()))
                        beyond += most > limits.OUTBOX_BYTES_MAX
            assert limits.OUTBOX_BYTES_MAX < most < 2 * limits.OUTBOX_BYTES_MAX
        await each.goes_on()


async def test_two_histories_told_to_two_nodes_are_proven_named_on_both_and_the_two_go_on_without_that_device(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as each, each.connected() as to_alex, each.connected(kim=True) as to_kim:
        forger = each.forger(each.sam)
        one, two = (each.following(forger, note(text)) for text in ("note/one", "note/two"))
        await to_alex.say(wire.encode(Changes(each.chapter, (one.raw,), (forger.tip(one),))))
        await to_kim.say(wire.encode(Changes(each.chapter, (two.raw,), (forger.tip(two),))))
        sams = each.sam.space.keys.device
        for device, space in ((each.node, each.ours), (each.kims_node, each.kims)):
            await until(device, partial(blocked, space, sams))
            (status,) = [other for other in space.sync_status() if other.device == sams]
            assert not status.connected
            assert (status.why or "").startswith("It told two different stories")
            assert [text for text in space.problems() if text.startswith("Sam's laptop told two different stories")]
        async with asyncio.timeout(60):
            await asyncio.gather(to_alex.reading, to_kim.reading)
        for space, node, other in ((each.ours, each.kims_node, each.kims), (each.kims, each.node, each.ours)):
            task = await space.tasks.promise(f"without it {space.me}")
            await until(node, partial(has_task, other, task.id))
            assert "Ferns" in {one.title for one in other.tasks.all()}
        again = await transport.dial("127.0.0.1", each.node.port)
        await again.send([each.calls(each.alex).start()])
        assert [frame async for frame in again] == [], "not one frame, from now on"


def blocked(space: Space, device: DeviceId) -> bool:
    return device in space._state.library.splits.blocked


def has_task(space: Space, identifier: str) -> bool:
    return any(each.id == identifier for each in space.tasks.all())


@pytest.mark.parametrize("action", [Action.DELETE, Action.SET])
async def test_a_pause_that_is_deleted_or_overwritten_still_stands_on_both_and_the_device_is_named(
    tmp_path: Path, action: Action
) -> None:
    async with scene(tmp_path) as each:
        (pause,) = each.alex.space.statements("pause")
        key = pause.id.removeprefix("statement_")
        live = tuple(each.alex.space.replica(each.core).outline.live(STATEMENTS, key))
        forger = each.forger(each.sam, name="core")
        change = each.following(forger, Op(STATEMENTS, key, action=action, predecessors=live), name="core")
        async with each.connected() as line:
            await line.say(wire.encode(Changes(each.core, (change.raw,), (forger.tip(change),))))
            await until(each.node, lambda: bool(each.ours.problems()))
        assert "tried to delete or overwrite something that was said" in each.ours.problems()[0]
        for space in (each.ours, each.kims):
            assert [standing.id for standing in space.pauses.standing()] == [pause.id]
