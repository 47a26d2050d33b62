"""What a page is told of the laptop itself, and what it may do to it: another passphrase, a backup."""

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from collar_sync import Device
from collar_sync.errors import WrongPassphrase
from collar_sync.shells import clock
from demo_app import backups, views
from demo_app.backups import Backup
from demo_app.day_views import DAY
from demo_app.folk import day_of
from tests.demo.served import PASSPHRASE, QUIET, WAIT_SECONDS_MAX, Served, served, window
from tests.demo.test_repair_views import _do, _seen

NEW = "three boats under one bridge"


async def _made(page: Served, path: Path | str) -> Backup:
    """Make a backup, or fail to; what came of it."""
    assert await _do(page, "settings.backup", path=str(path)) is None
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        with page.laptop.bell.listening() as rung:
            while page.laptop.backups.newest.running:
                rung.clear()
                await rung.wait()
    return page.laptop.backups.newest


async def test_another_passphrase_opens_this_laptop_from_then_on_the_lock_and_the_store(
    alex: Served, tmp_path: Path
) -> None:
    assert await _do(alex, "settings.passphrase", old="a guess", new=NEW) == str(WrongPassphrase())
    assert await _do(alex, "settings.passphrase", old=PASSPHRASE, new="") == (
        "A passphrase has at least one character and at most 1,024 bytes."
    )
    alex.laptop.hide()
    assert await _do(alex, "settings.passphrase", old=PASSPHRASE, new=NEW) == "This laptop is locked. Unlock it first."
    await alex.laptop.unlock(PASSPHRASE)
    assert await _do(alex, "settings.passphrase", old=PASSPHRASE, new=NEW) is None
    alex.laptop.hide()
    with pytest.raises(WrongPassphrase):
        await alex.laptop.unlock(PASSPHRASE)
    await alex.laptop.unlock(NEW)
    await alex.laptop.close()
    async with served(tmp_path / "alex") as page:
        await page.laptop.unlock(NEW)
        assert page.laptop.stage == "open"


async def test_a_backup_goes_to_the_file_that_was_named_and_a_device_comes_out_of_it(
    alex: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _do(alex, "task.add", title="Kept twice", of=_seen(alex).space.me.id) is None
    target, percents, ring = tmp_path / "copy.bin", list[int](), alex.laptop.bell.ring

    def noted() -> None:
        percents.append(alex.laptop.backups.newest.percent)
        ring()

    monkeypatch.setattr(alex.laptop.bell, "ring", noted)
    assert await _made(alex, f" {target} ") == Backup(made=str(target))
    assert {50, 100} <= set(percents), "it says how far it is"
    assert _seen(alex).settings.backup.made == str(target)
    assert b"Kept twice" not in target.read_bytes()
    await Device.restore(target, tmp_path / "again", PASSPHRASE)
    async with await QUIET(tmp_path / "again", PASSPHRASE) as device:
        assert [task.title for task in device.spaces[0].tasks.all()] == ["Kept twice"]


async def test_a_first_run_begins_from_a_backup_where_nothing_is_yet_and_from_nothing_else(
    alex: Served, tmp_path: Path
) -> None:
    assert await _do(alex, "task.add", title="From the old laptop", of=_seen(alex).space.me.id) is None
    backup = tmp_path / "copy.bin"
    assert (await _made(alex, backup)).made is not None
    await alex.laptop.close()
    (tmp_path / "letter").write_text("a letter")
    async with served(tmp_path / "new") as page:
        await page.enter()
        async with window(page) as line:
            for path, passphrase, sentence in (
                ("copy.bin", PASSPHRASE, backups.NO_PATH),
                (str(tmp_path / "nowhere.bin"), PASSPHRASE, "No such file or directory. Nothing was restored."),
                (str(tmp_path / "letter"), PASSPHRASE, "is not a backup of this app. Choose another file."),
                (str(backup), "a guess", str(WrongPassphrase())),
            ):
                assert sentence in str(await line.act("setup.restore", path=path, passphrase=passphrase))
                assert not (tmp_path / "new").exists()
            assert await line.act("setup.restore", path=str(backup), passphrase=PASSPHRASE) is None
            seen = await line.until(lambda state: state["stage"] == "open")
            assert [task["title"] for task in seen["tasks"]] == ["From the old laptop"]
            again = await line.act("setup.restore", path=str(backup), passphrase=PASSPHRASE)
            assert "It was left as it is" in str(again)


async def test_a_restore_says_how_far_it_is_and_can_be_stopped_with_nothing_made(
    alex: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, restore, go_on = tmp_path / "copy.bin", Device.restore, asyncio.Event()
    assert (await _made(alex, backup)).made is not None
    await alex.laptop.close()

    async def held(source: Path, directory: Path, passphrase: str, progress: Callable[[int, int], None]) -> None:
        await go_on.wait()
        await restore(source, directory, passphrase, progress)

    monkeypatch.setattr(Device, "restore", held)
    async with served(tmp_path / "new") as page:
        await page.enter()
        wish = {"path": str(backup), "passphrase": PASSPHRASE}
        async with window(page) as one, window(page) as two:
            begun = asyncio.create_task(one.act("setup.restore", **wish))
            await two.until(lambda state: state["restored"] == 0)
            assert str(await two.act("setup.restore", **wish)).startswith("A backup is being restored already.")
            assert await two.act("setup.stopRestoring") is None
            go_on.set()
            assert await begun == backups.NOT_RESTORED
            assert (page.laptop.stage, page.laptop.backups.restored) == ("firstRun", None)
            assert sorted(path.name for path in tmp_path.iterdir()) == ["alex", "copy.bin"]
            percents, ring = list[int | None](), page.laptop.bell.ring

            def noted() -> None:
                percents.append(page.laptop.backups.restored)
                ring()

            monkeypatch.setattr(page.laptop.bell, "ring", noted)
            assert await one.act("setup.restore", **wish) is None
            assert {0, 50, 100, None} <= set(percents)
            assert page.laptop.stage == "open"


async def test_a_backup_is_refused_in_words_where_it_cannot_or_should_not_be_and_nothing_is_made(
    alex: Served, tmp_path: Path
) -> None:
    there = tmp_path / "there already"
    there.write_text("a letter")
    (tmp_path / "linked").symlink_to(tmp_path / "alex")
    before = sorted(tmp_path.rglob("*"))
    for path, sentence in {
        "": backups.NO_PATH,
        "copy.bin": backups.NO_PATH,
        "~nobody-of-that-name/copy.bin": backups.NO_PATH,
        "/": backups.NO_PATH,
        f"{tmp_path}/a\0b": backups.NO_PATH,
        str(tmp_path): backups.A_FOLDER,
        str(tmp_path / "alex" / "copy.bin"): backups.INSIDE,
        str(tmp_path / "linked" / "copy.bin"): backups.INSIDE,
        str(there): f"There is a file at {there} already. It was left as it is: choose another name.",
    }.items():
        assert await _made(alex, path) == Backup(problem=sentence)
    nowhere = await _made(alex, tmp_path / "nowhere" / "copy.bin")
    assert (nowhere.problem or "").startswith(f"There is no folder {tmp_path / 'nowhere'}.")
    assert "is safe" in (nowhere.problem or "")
    assert there.read_text() == "a letter"
    assert sorted(tmp_path.rglob("*")) == before


async def test_the_name_that_is_suggested_for_a_backup_is_never_one_that_there_is(
    alex: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    named = list[str]()
    for _ in range(3):
        place = Path(_seen(alex).settings.suggestion)
        assert await _made(alex, place) == Backup(made=str(place))
        named.append(place.name)
    day = day_of(clock.now())
    assert named == [f"copy-{day}.bin", f"copy-{day}-2.bin", f"copy-{day}-3.bin"]
    (tmp_path / f"copy-{day}-4.bin").symlink_to(tmp_path / "nowhere")
    assert Path(_seen(alex).settings.suggestion).name == f"copy-{day}-5.bin"
    linked = tmp_path / f"copy-{day}-4.bin"
    assert (await _made(alex, linked)).problem is not None, "a link that leads nowhere is somebody's too"
    assert linked.is_symlink()
    assert Path(_seen(alex).settings.suggestion) == linked, "what was refused is there to be mended"


async def test_a_backup_can_be_stopped_there_is_one_at_a_time_and_quitting_waits_for_none(
    alex: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, place, goes_on = tmp_path / "copy.bin", alex.laptop.backups._place, threading.Event()

    def slowly(path: str) -> Path:
        assert goes_on.wait(WAIT_SECONDS_MAX)
        return place(path)

    monkeypatch.setattr(alex.laptop.backups, "_place", slowly)  # so that it is not finished before it is stopped
    assert await _do(alex, "settings.backup", path=str(target)) is None
    assert str(await _do(alex, "settings.backup", path=str(target))).startswith("A backup is being made already.")
    assert _seen(alex).settings.backup.running
    assert await _do(alex, "settings.stopBackup") is None
    goes_on.set()
    await alex.laptop.close()
    assert alex.laptop.backups.newest == Backup(problem=backups.STOPPED)
    assert [path.name for path in tmp_path.iterdir()] == ["alex"]
    assert not (tmp_path / "alex" / "backup.tmp").exists()


async def test_a_page_reads_where_this_laptops_data_lies_only_while_it_is_open(alex: Served, tmp_path: Path) -> None:
    await alex.enter()
    async with window(alex) as line:
        settings = (await line.until())["settings"]
        assert (settings["device"], settings["directory"]) == ("Alex\u2019s laptop", str(tmp_path / "alex"))
        assert Path(settings["suggestion"]).is_absolute()
        assert not any(word in settings["suggestion"].lower() for word in ("collar", "ours", "alex", "backup"))
    alex.laptop.hide()
    assert str(tmp_path).encode() not in views.encode(alex.laptop)


async def test_a_clock_that_was_a_year_ahead_is_named_and_believed_again_by_this_persons_act_alone(
    alex: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _seen(alex).settings.ahead is None
    right = clock.now
    with monkeypatch.context() as wrong:
        wrong.setattr(clock, "now", lambda: right() + 365 * DAY)
        assert await _do(alex, "moment.share", text="A year too early.") is None
    ahead = _seen(alex).settings.ahead
    assert ahead is not None
    assert ahead > right() + 364 * DAY
    assert await _do(alex, "settings.believeClock") is None
    assert _seen(alex).settings.ahead is None


async def test_reading_help_writes_nothing_and_reads_the_same_for_everybody(
    alex: Served, sam: Served, tmp_path: Path
) -> None:
    for page in (alex, sam):
        await page.enter()
    before = views.encode(alex.laptop), _written(tmp_path)
    async with window(alex) as one, window(sam) as two:
        texts = await one.look("help.texts")
        assert texts == await two.look("help.texts")
    assert [page["title"] for page in texts["pages"]] == [
        "After a slip-up",
        "Forgiveness, and trust",
        "When it is about safety",
    ]
    assert (views.encode(alex.laptop), _written(tmp_path)) == before


def _written(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (folder / "alex").iterdir()}


@pytest.mark.parametrize(
    ("method", "asked"),
    [
        ("unlock", {"do": "setup.unlock", "passphrase": PASSPHRASE}),
        ("new_passphrase", {"do": "settings.passphrase", "old": PASSPHRASE, "new": NEW}),
    ],
)
async def test_a_pause_does_not_wait_until_a_passphrase_was_checked(
    alex: Served, monkeypatch: pytest.MonkeyPatch, method: str, asked: dict[str, str]
) -> None:
    checked, check = asyncio.Event(), getattr(alex.laptop, method)

    async def slowly(*passphrases: str) -> None:
        await checked.wait()
        await check(*passphrases)

    monkeypatch.setattr(alex.laptop, method, slowly)
    space = alex.laptop.space
    assert space is not None
    if method == "unlock":
        alex.laptop.hide()
    async with alex.live() as line, asyncio.timeout(WAIT_SECONDS_MAX):

        async def answer() -> dict[str, object]:
            while "answers" not in (message := json.loads(await line.recv())):
                pass
            assert isinstance(message, dict)
            return message

        await line.send(json.dumps({**asked, "number": 1}))
        await line.send(json.dumps({"do": "pause.add", "number": 2}))
        assert await answer() == {"answers": 2, "problem": None, "seen": None}
        assert len(space.pauses.standing()) == 1
        checked.set()
        assert await answer() == {"answers": 1, "problem": None, "seen": None}
    assert alex.laptop.stage == "open"
