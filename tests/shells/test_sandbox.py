"""A snapshot from a peer is loaded where it can do no harm: whatever it does there, this process and the next one stay.

Real children and real hostile documents; nothing here is stood in for.
"""

import asyncio
import contextlib
import functools
import hashlib
import os
import resource
import signal
import sys
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from automerge import core as automerge

from collar_sync import limits
from collar_sync.core.binding import load_snapshot
from collar_sync.core.columns import read_unsigned, unsigned
from collar_sync.core.edits import Say
from collar_sync.errors import Closed, InvalidChange, LocalError
from collar_sync.shells import cell, sandbox
from collar_sync.shells.sandbox import Sandbox
from tests.core.story import couple, write

UNTIL_SECONDS_MAX = 60  # when a test gives up
VALUES, DEFLATED = 0x57, 0x08  # the column of values in a document's operations, and the mark of one that is packed


@functools.cache
def document(changes: int, title: str = "Ferns") -> bytes:
    """A document chunk that Automerge wrote."""
    written = automerge.Document(bytes(limits.ACTOR_BYTES))
    for number in range(changes):
        with written.transaction() as transaction:
            transaction.put(automerge.ROOT, f"{number}", automerge.ScalarType.Str, title)
    return bytes(written.save())


def unfolding(size: int, kind: int = VALUES) -> bytes:
    """A document chunk in which one column of values unfolds into so many zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    mebibyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)  # after which it begins anew
    bomb = mebibyte * (size >> 20) + packer.flush()
    head, changes, operations, tail = taken_apart(document(2))
    operations = [(spec | DEFLATED, bomb) if spec == kind else (spec, data) for spec, data in operations]
    described = b"".join(
        unsigned(len(each)) + b"".join(unsigned(spec) + unsigned(len(data)) for spec, data in each)
        for each in (changes, operations)
    )
    body = head + described + b"".join(data for _, data in (*changes, *operations)) + tail
    hashed = b"\x00" + unsigned(len(body)) + body
    return b"\x85\x6f\x4a\x83" + hashlib.sha256(hashed).digest()[:4] + hashed


Columns = Sequence[tuple[int, bytes]]


def taken_apart(chunk: bytes) -> tuple[bytes, Columns, Columns, bytes]:
    """Actors and heads; the columns of changes and of operations; what follows."""
    _, start = read_unsigned(chunk, 9)
    actors, place = read_unsigned(chunk, start)
    for _ in range(actors):
        size, place = read_unsigned(chunk, place)
        place += size
    heads, place = read_unsigned(chunk, place)
    place += 32 * heads
    head = chunk[start:place]
    described: list[list[tuple[int, int]]] = [[], []]
    for columns in described:
        count, place = read_unsigned(chunk, place)
        for _ in range(count):
            spec, place = read_unsigned(chunk, place)
            size, place = read_unsigned(chunk, place)
            columns.append((spec, size))
    found: list[list[tuple[int, bytes]]] = [[], []]
    for columns, into in zip(described, found, strict=True):
        for spec, size in columns:
            into.append((spec, chunk[place : place + size]))
            place += size
    return head, found[0], found[1], chunk[place:]


_others: set[int] = set()  # children that other tests have left running


@pytest.fixture(autouse=True)
def only_the_children_of_this_test() -> None:
    _others.clear()
    _others.update(children())


def children() -> set[int]:
    """The ids of this process's children, whatever thread began them, that this test began."""
    listed: set[int] = set()
    for path in Path("/proc/self/task").glob("*/children"):
        listed |= {int(each) for each in path.read_text().split()}
    return listed - _others


async def begun(count: int) -> None:
    """Wait until there are so many children."""
    until = time.monotonic() + UNTIL_SECONDS_MAX
    while len(children()) != count:
        assert time.monotonic() < until, f"and there are {len(children())} children"
        await asyncio.sleep(0.001)


@contextlib.contextmanager
def sent(box: Sandbox, then: Callable[[int], None]) -> Iterator[None]:
    """Once a child has taken what it is to load, and loads it, this is done, given its id."""
    send = box._sent

    async def watched(child: asyncio.subprocess.Process, chunk: bytes) -> bool:
        taken = await send(child, chunk)
        then(child.pid)
        return taken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(box, "_sent", watched)
        yield


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    box = Sandbox()
    yield box
    await box.close()


async def test_a_snapshot_has_the_same_changes_there_as_here(box: Sandbox) -> None:
    alex, _ = couple()
    write(alex, Say("pause", home="core"), document=alex.core)
    chunk = alex.replica(alex.core).save()
    assert await box.changes(chunk) == tuple(load_snapshot(chunk)) != ()
    chunk = document(1_000)
    assert await box.changes(chunk) == tuple(load_snapshot(chunk))


@linux
async def test_a_small_snapshot_that_unfolds_into_gigabytes_is_refused_and_costs_this_process_nothing(
    box: Sandbox,
) -> None:
    chunk = unfolding(900 << 20)
    assert len(chunk) < 1 << 20
    before = memory()
    with pytest.raises(InvalidChange, match="memory and time"):
        await box.changes(chunk)
    assert memory() - before < 64 << 20
    good = document(1)
    assert await box.changes(good) == tuple(load_snapshot(good))


@pytest.mark.alone
@linux
async def test_what_takes_too_long_is_refused_when_its_time_is_over_and_its_process_ends() -> None:
    box = Sandbox()
    long = document(80_000)  # which no machine loads in that time
    begin: list[float] = []

    def hasty(_child: int) -> None:
        begin.append(time.monotonic())
        box._load_seconds = 0.1

    with sent(box, hasty), pytest.raises(InvalidChange, match="memory and time"):
        await box.changes(long)
    assert time.monotonic() - begin[0] > 0.1
    assert children() == set()
    box._load_seconds = limits.SNAPSHOT_LOAD_SECONDS_MAX
    good = document(1)
    assert await box.changes(good) == tuple(load_snapshot(good))
    await box.close()


@pytest.mark.alone
@linux
async def test_a_child_that_stands_still_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Sandbox()
    good = document(1)
    await box.changes(good)
    (first,) = children()
    os.kill(first, signal.SIGSTOP)
    start = box._start

    async def patiently() -> asyncio.subprocess.Process:
        box._load_seconds = limits.SNAPSHOT_LOAD_SECONDS_MAX
        return await start()

    monkeypatch.setattr(box, "_start", patiently)
    box._load_seconds = 0.1
    assert await box.changes(good) == tuple(load_snapshot(good))
    assert first not in children()
    await box.close()


@linux
@pytest.mark.parametrize("moment", ["idle", "loading"])
async def test_a_child_that_somebody_kills_is_replaced(box: Sandbox, moment: str) -> None:
    good = document(1)
    await box.changes(good)
    (first,) = children()
    if moment == "loading":
        with sent(box, lambda child: os.kill(child, signal.SIGKILL)), pytest.raises(InvalidChange):
            await box.changes(document(20_000))
    else:
        os.kill(first, signal.SIGKILL)
    assert await box.changes(good) == tuple(load_snapshot(good))
    (second,) = children()
    assert first != second


@linux
async def test_who_stops_waiting_leaves_no_child_behind_and_the_next_is_answered(box: Sandbox) -> None:
    await box.changes(document(1))
    (child,) = children()
    os.kill(child, signal.SIGSTOP)  # however fast the machine, it is not done when nobody waits for it any more
    asked = asyncio.create_task(box.changes(document(20_000)))
    await asyncio.sleep(0.05)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert children() == set()
    assert await box.changes(document(2)) == tuple(load_snapshot(document(2)))


@linux
async def test_closing_ends_the_child_and_whoever_waits_is_told_that_it_was_closed() -> None:
    box = Sandbox()
    await box.close()
    assert children() == set()
    box = Sandbox()
    asked = asyncio.create_task(box.changes(document(20_000)))
    await begun(1)
    await box.close()
    await box.close()
    with pytest.raises(Closed):
        await asked
    assert children() == set()
    with pytest.raises(Closed):
        await box.changes(document(1))
    assert children() == set()


@linux
async def test_a_child_with_nothing_to_do_ends(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SNAPSHOT_IDLE_SECONDS", 0.05)
    await box.changes(document(1))
    assert len(children()) == 1
    await begun(0)
    assert await box.changes(document(1)) == tuple(load_snapshot(document(1)))


async def test_snapshots_asked_for_at_once_are_answered_each_with_its_own(box: Sandbox) -> None:
    chunks = [document(number) for number in range(1, 9)]
    answers = await asyncio.gather(*map(box.changes, chunks))
    assert answers == [tuple(load_snapshot(chunk)) for chunk in chunks]


@pytest.mark.parametrize(
    "chunk",
    [
        b"",
        b"garbage",
        document(2)[:-1],
        document(2)[:40] + b"\x00" + document(2)[41:],
        bytes(limits.MESSAGE_BYTES_MAX),
        bytes(limits.MESSAGE_BYTES_MAX + 1),
    ],
    ids=["nothing", "garbage", "cut short", "altered", "zeros", "too long"],
)
async def test_what_is_no_snapshot_is_refused_in_words(box: Sandbox, chunk: bytes) -> None:
    with pytest.raises(InvalidChange, match="A snapshot"):
        await box.changes(chunk)


@linux
async def test_after_a_refusal_the_next_is_loaded_by_another_child(box: Sandbox) -> None:
    await box.changes(document(1))
    (first,) = children()
    with pytest.raises(InvalidChange, match="cannot be loaded"):
        await box.changes(b"garbage")
    assert children() == set()
    await box.changes(document(1))
    assert first not in children()


async def test_a_snapshot_of_more_changes_than_any_document_has_is_refused_on_either_side_of_the_pipe(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BATCH_OPS_MAX", 3)
    assert len(await box.changes(document(3))) == 3
    with pytest.raises(InvalidChange, match="unfolds"):
        await box.changes(document(4))
    assert cell._load(document(3))[0] == cell.LOADED
    assert cell._load(document(4)) == (cell.TOO_MUCH, [])


async def test_a_snapshot_whose_changes_are_too_long_together_is_refused_on_either_side_of_the_pipe(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = document(2, title="long" * 1_000)
    monkeypatch.setattr(limits, "SNAPSHOT_CHANGES_BYTES_MAX", 4_500)
    with pytest.raises(InvalidChange, match="unfolds"):
        await box.changes(chunk)
    assert cell._load(chunk) == (cell.TOO_MUCH, [])
    assert cell._load(document(2))[0] == cell.LOADED


@linux
async def test_nothing_of_what_is_loaded_stands_where_other_programs_look_and_the_child_gave_up_what_it_does_not_need(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLAR_MARK", "seven quiet lanterns")
    await box.changes(document(1, title="seven quiet lanterns"))
    (child,) = children()
    place = Path(f"/proc/{child}")
    assert b"lanterns" not in (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
    assert len(list((place / "fd").iterdir())) == 3
    caps = {line[:26].strip(): line[26:].split()[0] for line in (place / "limits").read_text().splitlines()}
    assert (caps["Max core file size"], caps["Max file size"]) == ("0", "0")
    assert limits.SNAPSHOT_MEMORY_BYTES_MAX < int(caps["Max address space"]) < 4 * limits.SNAPSHOT_MEMORY_BYTES_MAX
    assert 0 < int(caps["Max cpu time"]) < 2 * limits.SNAPSHOT_LOAD_SECONDS_MAX
    maps = (place / "maps").read_text()
    assert "automerge" in maps
    assert "sqlcipher" not in maps


@linux
async def test_the_child_ends_with_the_one_who_started_it_even_in_the_middle_of_a_load(tmp_path: Path) -> None:
    chunk = tmp_path / "chunk"
    chunk.write_bytes(document(50_000))
    program = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom collar_sync.shells.sandbox import Sandbox\n"
        "async def main():\n"
        "    box = Sandbox()\n"
        "    send = box._sent\n"
        "    async def sent(child, chunk):\n"
        "        taken = await send(child, chunk)\n"
        "        print(child.pid, flush=True)\n"
        "        return taken\n"
        "    box._sent = sent\n"
        "    await box.changes(Path(sys.argv[1]).read_bytes())\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(chunk)), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    os.kill(child, signal.SIGSTOP)  # so that it does not end by itself, once it has loaded and finds nobody there
    with contextlib.suppress(ProcessLookupError):
        parent.kill()
    await parent.communicate()
    until = time.monotonic() + UNTIL_SECONDS_MAX
    while lives(child):
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            pytest.fail("the child outlives its parent")
        await asyncio.sleep(0.02)


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_where_no_process_can_be_started_nobody_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Sandbox()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(LocalError, match="has no room for it"):
        await box.changes(document(1))
    monkeypatch.undo()
    monkeypatch.setattr(sandbox, "_PROGRAM", "raise SystemExit")
    with pytest.raises(LocalError, match="has no room for it"):
        await box.changes(document(1))
    monkeypatch.undo()
    assert await box.changes(document(1)) == tuple(load_snapshot(document(1)))
    await box.close()
