"""Whoever has the passphrase looks through a store, backs it up and restores it; what is wrong is said in words."""

import asyncio
import io
import re
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collar_sync import Device, WrongPassphrase
from collar_sync.__main__ import main
from collar_sync.core.binding import load_snapshot
from collar_sync.core.durable import Batch
from collar_sync.core.marks import Mark
from collar_sync.errors import StoreError
from collar_sync.node.opening import open_store

PASSPHRASE = "a passphrase"


async def open_device(directory: Path) -> Device:
    return await Device.open(directory, PASSPHRASE, listen=None, discovery=False, cost="interactive")


async def lived_in(directory: Path) -> None:
    """A device with some tasks, closed, so that all of it rests."""
    async with await open_device(directory) as device:
        space = await device.create_space("Us", me="Alex")
        for number in range(5):
            task = await space.tasks.promise(f"Water fern {number}")
            await space.tasks.done(task.id)


def meddle(directory: Path, statement: str, *values: Any) -> None:
    """Alter a row as a fault of our own could, page checksums and all."""
    store, _ = open_store(directory, PASSPHRASE, "interactive")
    for each in statement.split(";"):
        store._open_connection().execute(each, values)
    store.close()


def all_of(device: Device) -> tuple[set[str], set[tuple[str, str]]]:
    """The statements by id and the tasks as they read."""
    space = device.spaces[0]
    return {each.id for each in space.history(count=10_000)}, {(task.id, task.title) for task in space.tasks.all()}


async def test_all_is_well_in_a_store_that_was_closed_and_in_one_that_was_opened_since(tmp_path: Path) -> None:
    await lived_in(tmp_path / "alex")
    assert await Device.verify(tmp_path / "alex", PASSPHRASE) == []
    async with await open_device(tmp_path / "alex") as device:
        await device.spaces[0].tasks.promise("One more")
    steps: list[tuple[int, int]] = []
    assert await Device.verify(tmp_path / "alex", PASSPHRASE, lambda done, all_: steps.append((done, all_))) == []
    assert steps == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "UPDATE statements SET raw = CAST(raw || x'00' AS BLOB)",
            "quick reading",
        ),
        ("DELETE FROM statements", "statements kept"),
        ("DELETE FROM spoken_of", "is damaged"),
        ("UPDATE statements SET names = '[]'; DELETE FROM spoken_of", "statements kept"),
        ("UPDATE records SET fields = x'80'", "a record kept"),
        ("UPDATE authors SET tip_signature = zeroblob(64)", "a signature of"),
        ("UPDATE snapshots SET chunk = CAST(x'00' || substr(chunk, 2) AS BLOB)", "is damaged.* still there"),
        ("DELETE FROM snapshots", "is damaged.* still there"),
        ("DELETE FROM snapshots; DELETE FROM log", "is damaged"),
    ],
)
async def test_what_does_not_fit_is_named_and_nothing_is_changed(tmp_path: Path, statement: str, found: str) -> None:
    await lived_in(tmp_path / "alex")
    meddle(tmp_path / "alex", statement)
    first = await Device.verify(tmp_path / "alex", PASSPHRASE)
    assert any(re.search(found, finding) for finding in first), first
    assert await Device.verify(tmp_path / "alex", PASSPHRASE) == first


@pytest.mark.parametrize("lives", [0, 1, 2])
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshots SET chunk = CAST(x'00' || substr(chunk, 2) AS BLOB) WHERE number IN newest",
        "DELETE FROM snapshots WHERE number IN newest",
    ],
)
async def test_with_a_newest_snapshot_damaged_a_device_has_everything_and_makes_it_anew(
    tmp_path: Path, damage: str, lives: int
) -> None:
    await lived_in(tmp_path / "alex")
    for number in range(lives + 1):
        async with await open_device(tmp_path / "alex") as device:
            await device.spaces[0].tasks.promise(f"In life {number}")
    async with await open_device(tmp_path / "alex") as device:
        before = all_of(device)
        whole = sorted(load_snapshot(device.spaces[0].automerge()["chapter-1.automerge"]))
    chapter = "(SELECT document FROM statements WHERE kind = 'task.promise' LIMIT 1)"
    newest = f"(SELECT max(number) FROM snapshots WHERE document = {chapter})"  # noqa: S608 - our own
    meddle(tmp_path / "alex", damage.replace("newest", newest))
    assert "is damaged" in str(await Device.verify(tmp_path / "alex", PASSPHRASE))
    async with await open_device(tmp_path / "alex") as device:
        space = device.spaces[0]
        assert all_of(device) == before
        assert sorted(load_snapshot(space.automerge()["chapter-1.automerge"])) == whole
        await space.tasks.promise("And one more")
        assert len(space.tasks.all()) == 7 + lives
    assert await Device.verify(tmp_path / "alex", PASSPHRASE) == []


async def test_a_store_of_which_one_of_two_copies_is_damaged_is_backed_up_before_that_is_made_anew(
    tmp_path: Path,
) -> None:
    await lived_in(tmp_path / "alex")
    chapter = "(SELECT document FROM statements WHERE kind = 'task.promise' LIMIT 1)"
    newest = f"(SELECT max(number) FROM snapshots WHERE document = {chapter})"  # noqa: S608 - our own
    meddle(tmp_path / "alex", f"DELETE FROM snapshots WHERE number IN {newest}")  # noqa: S608 - our own
    async with await open_device(tmp_path / "alex") as device:
        before = all_of(device)
        await device.backup(tmp_path / "a.backup")
    await Device.restore(tmp_path / "a.backup", tmp_path / "restored", PASSPHRASE)
    assert "still there" in str(await Device.verify(tmp_path / "restored", PASSPHRASE))
    async with await open_device(tmp_path / "restored") as device:
        assert all_of(device) == before
        await device.spaces[0].tasks.promise("And one more")
    assert await Device.verify(tmp_path / "restored", PASSPHRASE) == []


async def test_a_note_about_a_resting_document_that_is_wrong_is_found(tmp_path: Path) -> None:
    await lived_in(tmp_path / "alex")
    store, _ = open_store(tmp_path / "alex", PASSPHRASE, "interactive")
    names = [name for name in store.settings() if name.startswith("seal/")]
    one, other = (store.load_setting(name) for name in names)
    store.write(Batch(settings={names[0]: other, names[1]: one}))
    store.close()
    findings = await Device.verify(tmp_path / "alex", PASSPHRASE)
    assert len([each for each in findings if "while it rests" in each]) == 2


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"signature": bytes(64)}, ["a signature noted for sending it in slices does not fit what it stands for."]),
        ({"hash": bytes(32)}, ["a place noted for sending it in slices is not one of its own."]),
        ({"seq": 9_999}, ["a place noted for sending it in slices is not one of its own."]),
    ],
)
async def test_a_place_for_slices_that_is_not_the_documents_own_is_found(
    tmp_path: Path, change: dict[str, Any], found: list[str]
) -> None:
    await lived_in(tmp_path / "alex")
    store, _ = open_store(tmp_path / "alex", PASSPHRASE, "interactive")
    for document in store.documents():
        (tip,) = store.load(document).tips
        tip = msgspec.structs.replace(tip, **change)
        store.write(
            Batch(settings={f"marks/{document}": msgspec.msgpack.encode((Mark(((tip.actor, tip.seq),), (tip,)),))})
        )
    store.close()
    findings = await Device.verify(tmp_path / "alex", PASSPHRASE)
    assert [each.partition(": ")[2] for each in findings] == 2 * found


async def test_a_backup_made_while_the_device_is_used_opens_elsewhere_with_everything_in_it(tmp_path: Path) -> None:
    await lived_in(tmp_path / "alex")
    async with await open_device(tmp_path / "alex") as device:
        await device.backup(tmp_path / "backup")
        before = {task.title for task in device.spaces[0].tasks.all()}
    await Device.restore(tmp_path / "backup", tmp_path / "again", PASSPHRASE)
    assert await Device.verify(tmp_path / "again", PASSPHRASE) == []
    async with await open_device(tmp_path / "again") as device:
        assert {task.title for task in device.spaces[0].tasks.all()} == before
        await device.spaces[0].tasks.promise("Written after")


async def test_the_wrong_passphrase_and_a_place_without_a_device_are_refused(tmp_path: Path) -> None:
    await lived_in(tmp_path / "alex")
    with pytest.raises(WrongPassphrase):
        await Device.verify(tmp_path / "alex", "another")
    with pytest.raises(StoreError, match="no device"):
        await Device.verify(tmp_path / "nobody", PASSPHRASE)
    assert not (tmp_path / "nobody").exists()


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSPHRASE}\n"))
    return main(list(arguments))


def test_the_command_verifies_backs_up_and_restores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(lived_in(tmp_path / "alex"))
    alex, backup, again = str(tmp_path / "alex"), str(tmp_path / "backup"), str(tmp_path / "again")
    assert command(monkeypatch, "backup", alex, backup) == 0
    assert command(monkeypatch, "restore", backup, again) == 0
    assert command(monkeypatch, "verify", again) == 0
    assert capsys.readouterr().out.endswith("All is well.\n")
    meddle(tmp_path / "again", "UPDATE records SET fields = x'80'")
    assert command(monkeypatch, "verify", again) == 1
    assert command(monkeypatch, "verify", str(tmp_path / "nobody")) == 2
    assert command(monkeypatch, "backup", str(tmp_path / "nobody"), backup) == 2
    assert "no device" in capsys.readouterr().err
