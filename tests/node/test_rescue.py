"""A device whose store is damaged goes on with what can be read, says what is missing, and gets it back."""

import asyncio
import io
import random
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from collar_sync import Device, Space, WrongPassphrase
from collar_sync.__main__ import main
from collar_sync.errors import StoreDamaged, StoreError
from collar_sync.node.opening import open_store
from collar_sync.shells import database, files
from tests.node.people import pair
from tests.shells.logged import ROOT

PASSPHRASE = "a passphrase"
PAGE = database.PAGE_BYTES

Read = tuple[frozenset[str], frozenset[tuple[str, str]], frozenset[str]]


async def open_device(directory: Path, *, listen: bool = False) -> Device:
    where = ("127.0.0.1", 0) if listen else None
    return await Device.open(directory, PASSPHRASE, listen=where, discovery=False, cost="interactive")


async def lived_in(directory: Path, *, lives: int = 2) -> None:
    """A device with tasks and a journal, opened and closed a few times."""
    for life in range(lives):
        async with await open_device(directory) as device:
            space = device.spaces[0] if device.spaces else await device.create_space("Us", me="Alex")
            for number in range(12):
                task = await space.tasks.promise(f"Water fern {life}/{number}")
                await space.tasks.done(task.id)
            for number in range(4):
                await space.journal.write(f"What I think {life}/{number}. " * 20)


def reads(space: Space) -> Read:
    """All that was said, the tasks and the journal as they read."""
    said = frozenset(each.id for each in space.history(count=10_000))
    tasks = frozenset((task.id, task.title) for task in space.tasks.all())
    return said, tasks, frozenset(each.text for each in space.journal.all())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Read]:
    """A device that was lived in, to be copied, and how all of it reads."""
    directory = tmp_path_factory.mktemp("whole") / "alex"
    asyncio.run(lived_in(directory))
    return directory, asyncio.run(now(directory))


@pytest.fixture
def alex(tmp_path: Path, whole: tuple[Path, Read]) -> Path:
    """The directory of a device that was lived in."""
    shutil.copytree(whole[0], tmp_path / "alex")
    return tmp_path / "alex"


@pytest.fixture
def right(whole: tuple[Path, Read]) -> Read:
    """How it reads."""
    return whole[1]


async def now(directory: Path) -> Read:
    async with await open_device(directory) as device:
        return reads(device.spaces[0])


def damage(directory: Path, pages: list[int], chance: random.Random) -> bytes:
    """Flip a bit on each of these pages; what the file holds then."""
    path = directory / "store.db"
    content = bytearray(path.read_bytes())
    for page in pages:
        content[page * PAGE + chance.randrange(PAGE)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    return bytes(content)


async def rescued_each(tmp_path: Path, right: Read, rounds: int, seed: int) -> None:
    """Damage a few pages at a time, rescue, and see that what is left goes on, whole and readable."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable test
    pages = (tmp_path / "alex" / "store.db").stat().st_size // PAGE
    found = 0
    for number in range(rounds):
        directory = tmp_path / f"damaged {number}"
        shutil.copytree(tmp_path / "alex", directory)
        damaged = damage(directory, chance.sample(range(pages), 1 + number % 3), chance)
        try:
            words = await Device.rescue(directory, PASSPHRASE)
        except StoreError as error:
            assert "keys of this device" in str(error)  # noqa: PT017 - either is right
            assert (directory / "store.db").read_bytes() == damaged
            continue
        assert (directory / "damaged-1" / "store.db").read_bytes() == damaged, "kept as it was"
        assert await Device.verify(directory, PASSPHRASE) == []
        left = await now(directory)
        assert all(some <= everything for some, everything in zip(left, right, strict=True)), "nothing is made up"
        if left != right:
            assert any("could not be read" in word and "this device" in word for word in words), words
        found += sum(map(len, left))
        async with await open_device(directory) as device:
            await device.spaces[0].tasks.promise("And one more")
            await device.backup(directory / "backup")
        assert await Device.rescue(directory, PASSPHRASE) == [], "all is well then"
    assert found > rounds * sum(map(len, right)) // 2


async def test_a_damaged_store_goes_on_with_what_can_be_read_of_it(tmp_path: Path, alex: Path, right: Read) -> None:
    assert alex.exists()
    await rescued_each(tmp_path, right, 2, 1)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(2, 6))
async def test_damaged_stores_go_on_with_what_can_be_read_of_them(
    tmp_path: Path, alex: Path, right: Read, seed: int
) -> None:
    assert alex.exists()
    await rescued_each(tmp_path, right, 25, seed)


async def test_where_all_is_well_nothing_is_touched(alex: Path) -> None:
    before = {each.name: each.read_bytes() for each in (alex).iterdir()}
    assert await Device.rescue(alex, PASSPHRASE) == []
    assert {each.name: each.read_bytes() for each in (alex).iterdir()} == before


async def test_without_its_first_page_nothing_is_missing(alex: Path, right: Read) -> None:
    path = alex / "store.db"
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])
    with pytest.raises(StoreDamaged, match="collar_sync rescue"):
        await open_device(alex)
    await Device.rescue(alex, PASSPHRASE)
    assert await now(alex) == right


def meddle(directory: Path, *statements: str) -> None:
    """Have rows gone, as where their pages are."""
    store, _ = open_store(directory, PASSPHRASE, "interactive")
    for each in statements:
        store._open_connection().execute(each)
    store.close()


async def test_own_words_that_only_rows_still_have_are_said_again_and_are_the_same(alex: Path, right: Read) -> None:
    meddle(alex, "DELETE FROM snapshots WHERE document IN (SELECT document FROM records)")
    meddle(
        alex,
        "DELETE FROM log WHERE author IN (SELECT authors.number FROM authors JOIN records USING (document))",
    )
    words = await Device.rescue(alex, PASSPHRASE)
    assert any("written again" in word for word in words), words
    assert await now(alex) == right, "the same statements, tasks and entries"


async def test_changes_whose_author_is_not_known_any_more_are_brought_home(alex: Path, right: Read) -> None:
    meddle(
        alex,
        "DELETE FROM snapshots WHERE number NOT IN (SELECT min(number) FROM snapshots GROUP BY document)",
        "DELETE FROM authors",
        "DELETE FROM statements",
        "DELETE FROM records",
    )
    await Device.rescue(alex, PASSPHRASE)
    assert await now(alex) == right


async def test_a_document_that_no_setting_names_is_known_by_its_id(alex: Path, right: Read) -> None:
    meddle(
        alex,
        "DELETE FROM settings WHERE name GLOB 'document/*' OR name GLOB 'private/*' OR name GLOB 'seal/*'",
    )
    await Device.rescue(alex, PASSPHRASE)
    assert await now(alex) == right


async def until(device: Device, ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        async for _ in device.watch():
            if ready():
                return


async def test_what_was_lost_of_two_comes_back_from_the_other_and_is_named_before(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex", listen=True) as alex, await open_device(tmp_path / "sam") as sam:
        ours = await alex.create_space("Us", me="Alex")
        theirs, _ = await pair(alex, ours, sam)
        for number in range(6):
            await theirs.tasks.promise(f"Sam's {number}")
            await ours.tasks.promise(f"Alex's {number}")
        pause = await theirs.pauses.pause()
        await until(alex, lambda: len(ours.tasks.all()) == 12 and bool(ours.pauses.standing()))
        await until(sam, lambda: len(theirs.tasks.all()) == 12)
        await until(
            alex,
            lambda: bool(stored := ours.sync_status()[-1].stored) and all(each.here == each.there for each in stored),
        )
        right = reads(ours)
    assert pause
    meddle(tmp_path / "alex", "DELETE FROM snapshots", "DELETE FROM log WHERE position > 5", "DELETE FROM statements")
    words = await Device.rescue(tmp_path / "alex", PASSPHRASE)
    assert any("Us" in word and "by Sam's laptop" in word for word in words), words
    assert any("Sam's laptop confirmed to have them" in word for word in words), words
    assert any("a pause, a no or a withdrawal" in word for word in words), words
    async with await open_device(tmp_path / "alex", listen=True) as alex, await open_device(tmp_path / "sam") as sam:
        (ours,) = alex.spaces
        assert reads(ours) != right
        sam.connect("127.0.0.1", alex.port)
        await until(alex, lambda: reads(ours) == right)
        assert ours.pauses.standing()
    assert await Device.verify(tmp_path / "alex", PASSPHRASE) == []


class PowerCut(BaseException):
    """Nothing that catches errors catches this."""


@pytest.mark.parametrize("step", range(6))
async def test_a_power_cut_at_any_step_of_the_exchange_loses_neither_store(
    alex: Path, right: Read, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    path = alex / "store.db"
    path.write_bytes(damaged := bytes(PAGE) + path.read_bytes()[PAGE:])
    (alex / "store.db-wal").write_bytes(b"what a crash left")
    steps = 0

    def cut(move: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
        def moved(source: Path, target: Path) -> None:
            nonlocal steps
            if source.parent.name != "fresh" or target.parent.name != "fresh":
                if steps == step:
                    raise PowerCut
                steps += 1
            move(source, target)

        return moved

    with monkeypatch.context() as patched:
        patched.setattr(files, "move_durably", cut(files.move_durably))
        rescue: Awaitable[list[str]] = Device.rescue(alex, PASSPHRASE)
        if step < 5:
            with pytest.raises(PowerCut):
                await rescue
        else:
            await rescue
    kept = [each for each in (path, alex / "damaged-1" / "store.db") if each.exists()]
    assert damaged in [each.read_bytes() for each in kept]
    if step < 2:
        assert await Device.rescue(alex, PASSPHRASE)
    assert await now(alex) == right
    assert (alex / "damaged-1" / "store.db").read_bytes() == damaged


@pytest.mark.slow
async def test_kills_at_random_moments_of_a_rescue_leave_a_store_that_can_be_rescued(
    tmp_path: Path, alex: Path, right: Read
) -> None:
    chance = random.Random(5)  # noqa: S311 - a repeatable test
    path = alex / "store.db"
    path.write_bytes(damaged := bytes(PAGE) + path.read_bytes()[PAGE:])
    for number in range(20):
        directory = tmp_path / f"killed {number}"
        shutil.copytree(alex, directory)
        command = [sys.executable, "-m", "collar_sync", "rescue", str(directory)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=ROOT) as child:
            assert child.stdin is not None
            child.stdin.write(f"{PASSPHRASE}\n".encode())
            child.stdin.close()
            await asyncio.sleep(chance.uniform(0.3, 3))
            child.kill()
        if (directory / "store.db").exists() and (directory / "store.db").read_bytes() == damaged:
            await Device.rescue(directory, PASSPHRASE)
        assert await now(directory) == right
        assert (directory / "damaged-1" / "store.db").read_bytes() == damaged


async def test_what_cannot_be_rescued_is_left_and_why_is_said(tmp_path: Path, alex: Path) -> None:
    path = alex / "store.db"
    path.write_bytes(gone := bytes(path.stat().st_size))
    with pytest.raises(StoreDamaged, match=r"Nothing in .* can be read"):
        await Device.rescue(alex, PASSPHRASE)
    assert path.read_bytes() == gone
    assert not (alex / "damaged-1").exists()
    with pytest.raises(WrongPassphrase):
        await Device.rescue(alex, "another")
    with pytest.raises(StoreError, match="no device"):
        await Device.rescue(tmp_path / "nobody", PASSPHRASE)


def test_the_command_rescues_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(lived_in(tmp_path / "alex", lives=1))

    def command() -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSPHRASE}\n"))
        return main(["rescue", str(tmp_path / "alex")])

    assert command() == 0
    assert capsys.readouterr().out == "All is well; nothing was changed.\n"
    path = tmp_path / "alex" / "store.db"
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])
    assert command() == 0
    said = capsys.readouterr().out
    assert "1 of " in said
    assert f"It is kept in {tmp_path / 'alex' / 'damaged-1'}" in said
