"""Strangers without number at a running device: a paired one is let in all the same, and memory stays as it was."""

import asyncio
import contextlib
import os
import resource
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from collar_sync import Device, Space, limits
from collar_sync.core.events import Address
from collar_sync.core.strangers import From, to_drop
from collar_sync.shells import transport
from tests import in_time
from tests.node.people import pair
from tests.node.test_device import open_device, until

ROOT: Final = Path(__file__).parents[2]
MEMORY_BYTES_MAX: Final = 48 << 20
IN_SECONDS_MAX: Final = 3.0
UPGRADE: Final = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
CALL: Final = UPGRADE + b"\x82\xfe\x01\x10" + bytes(4) + b"\x01" + os.urandom(271)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has many loopback addresses, and /proc.")


@contextlib.asynccontextmanager
async def couple(folder: Path) -> AsyncIterator[tuple[Device, Device, Space, Space]]:
    """Alex and Sam, paired and in step; strangers come to Alex."""
    async with await open_device(folder / "alex") as alex, await open_device(folder / "sam") as sam:
        ours = await alex.create_space("Us", me="Alex")
        theirs, _ = await pair(alex, ours, sam)
        await until(alex, lambda: ours.sync_status()[0].in_step)
        yield alex, sam, ours, theirs


class Flood:
    """A program that floods a device, and how many strangers came by now."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.strangers = 0

    async def until(self, strangers: int) -> None:
        assert self._process.stdout is not None
        async with asyncio.timeout(100):
            while self.strangers < strangers:
                self.strangers = int(await self._process.stdout.readline())


@contextlib.asynccontextmanager
async def flooding(device: Device, says: bytes, addresses: int) -> AsyncIterator[Flood]:
    """Strangers come until the end of the block."""
    command = (sys.executable, "-m", "tests.node.flood", str(device.port), str(addresses), says.hex())
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        yield Flood(process)
    finally:
        process.kill()
        await process.communicate()


async def back(device: Device, space: Space) -> float:
    """How long it takes, from a break of its connection, until a device is in step again: its own time, and waiting.

    For how long the machine did other things meanwhile is no part of it.
    """
    for connection in list(device._runner._connections.values()):
        connection.abort("")
    await until(device, lambda: not space.sync_status()[0].connected)
    started = asyncio.get_running_loop().time() - in_time.stood_back()
    device.looked_at()  # what ended as soon as it was there would be called again later
    await until(device, lambda: space.sync_status()[0].in_step)
    return asyncio.get_running_loop().time() - in_time.stood_back() - started


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


MANY: Final = 10_000
QUICK: Final = [("silent", b"", 500, 1), ("calls", CALL, 500, MANY)]
DEEP: Final = [
    (name, says, MANY, addresses)
    for name, says in (("silent", b""), ("upgrades", UPGRADE), ("calls", CALL))
    for addresses in (1, MANY)
]


@pytest.mark.alone
@pytest.mark.parametrize(
    ("says", "strangers", "addresses"),
    [
        pytest.param(*rest, id=f"{rest[1]:,} {name} of {rest[2]:,}", marks=[pytest.mark.slow] * (rest[1] == MANY))
        for name, *rest in (*QUICK, *DEEP)
    ],
)
async def test_a_flood_keeps_no_paired_device_out_and_takes_no_memory(
    tmp_path: Path, says: bytes, strangers: int, addresses: int
) -> None:
    async with couple(tmp_path) as (alex, sam, ours, theirs):
        async with flooding(alex, says, addresses) as flood:
            await flood.until(200)
            before = resident_bytes()
            await in_time.kept_there(lambda: back(sam, theirs), IN_SECONDS_MAX)
            await flood.until(strangers)
            await in_time.kept_there(lambda: back(sam, theirs), IN_SECONDS_MAX)
            unproven = [link for link in alex._engine.links.all() if link.session is None and not link.outgoing]
            assert len(unproven) <= 2 * limits.CONNECTIONS_UNPROVEN_MAX
            assert resident_bytes() - before < MEMORY_BYTES_MAX
        assert alex.problems() == []
        assert ours.problems() == ()


@pytest.mark.alone
@pytest.mark.parametrize("says", [b"", UPGRADE], ids=["silent", "upgraded"])
async def test_patient_strangers_cost_each_other_and_not_who_is_quick_though_it_comes_from_nowhere_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: bytes
) -> None:
    monkeypatch.setattr(limits, "HANDSHAKE_MILLISECONDS_MAX", 30_000)
    monkeypatch.setattr(transport, "_OPEN_SECONDS", 30.0)
    async with couple(tmp_path) as (alex, sam, _, theirs):
        for peer in alex._engine.links.peers.values():
            peer._proven.clear()
            peer.addresses = ()
        assert alex._engine.links.standing("127.0.0.1") == 0
        strangers = []
        for number in range(2 * limits.CONNECTIONS_UNPROVEN_MAX):
            source = (f"127.0.1.{number + 1}", 0)
            strangers.append(await asyncio.open_connection("127.0.0.1", alex.port, local_addr=source))
            strangers[-1][1].write(says)
        await in_time.kept_there(lambda: back(sam, theirs), IN_SECONDS_MAX)
        for _, writer in strangers:
            writer.transport.abort()


def test_the_one_who_has_dawdled_longest_at_the_busiest_address_of_its_standing_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS_UNPROVEN_MAX", 3)
    known = {9: From("k", 2), 8: From("a", 1)}

    def dropped(hosts: str, newcomer: From) -> int | None:
        return to_drop({**known, **{n: From(host) for n, host in enumerate(hosts)}, 7: newcomer}, 7)

    assert dropped("abc", From("b")) == 1
    assert dropped("abc", From("d")) == 0
    assert dropped("abc", From("a")) == 0
    assert dropped("ab", From("b")) is None
    assert dropped("aaa", From("k", 2)) is None
    assert dropped("aaa", From("a", 1)) is None
    known.update({number: From("k", 2) for number in (10, 11)})
    assert dropped("aaa", From("k", 2)) == 9, "and who is known costs those who are known as well"


async def test_a_host_is_known_better_where_a_key_was_proven_than_where_one_is_announced(tmp_path: Path) -> None:
    async with couple(tmp_path) as (alex, sam, ours, _):
        links = alex._engine.links
        (peer,) = links.peers.values()
        assert links.standing("127.0.0.1") == 2
        assert links.standing("10.0.0.9") == links.standing("fe80::9") == 0
        peer.found(b"an instance", (Address("10.0.0.9", 7, b"i"), Address("fe80::9%2", 7, b"i")), 0)
        assert links.standing("10.0.0.9") == links.standing("fe80::9") == 1
        await ours.devices.refuse(peer.key[1])
        assert links.standing("127.0.0.1") == 0, "whoever is kept away has no place"
        assert sam.port
