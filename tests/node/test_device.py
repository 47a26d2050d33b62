"""Real devices on one machine: real stores, real sockets on the loopback, explicit addresses."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import connect

from collar_sync import (
    Counter,
    Device,
    NewerVersion,
    PairingFailed,
    Person,
    SetFields,
    Space,
    StoreDamaged,
    StoreInUse,
    Text,
    Unreachable,
    WrongCode,
    WrongPassphrase,
    limits,
)
from collar_sync.domain import pause
from collar_sync.errors import Closed, InvalidInput, NotAllowed, NotFound
from collar_sync.node import device as device_module
from tests.node.people import pair, yes


async def open_device(directory: Path, passphrase: str = "a passphrase") -> Device:  # noqa: S107  # a story's
    return await Device.open(directory, passphrase, listen=("127.0.0.1", 0), discovery=False, cost="interactive")


@contextlib.asynccontextmanager
async def two_devices(tmp_path: Path) -> AsyncIterator[tuple[Device, Device, Space, Space, Person]]:
    async with await open_device(tmp_path / "alex") as alex, await open_device(tmp_path / "sam") as sam:
        ours = await alex.create_space("Us", me="Alex")
        theirs, partner = await pair(alex, ours, sam)
        yield alex, sam, ours, theirs, partner


UNTIL_SECONDS_MAX = 60  # what is promised in seconds is measured; this is when a test gives up


async def until(device: Device, true: Callable[[], bool]) -> None:
    async with asyncio.timeout(UNTIL_SECONDS_MAX):
        async for _ in device.watch():
            if true():
                return


async def test_two_devices_pair_by_code_and_share_tasks_consents_and_pauses(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, partner):
        assert partner.name == "Sam"
        assert ours.people() == theirs.people()
        task = await ours.tasks.ask("Water the ferns", of=partner)
        await until(sam, lambda: any(each.id == task.id for each in theirs.tasks.all()))
        await theirs.tasks.done(task.id)
        await until(alex, lambda: bool(ours.tasks.get(task.id).dones))
        await theirs.pauses.pause()
        await until(alex, lambda: bool(ours.pauses.standing()))
        with pytest.raises(NotAllowed):
            await ours.pauses.lift()


async def test_everything_is_there_again_after_both_were_closed_and_they_find_each_other_again(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, _, ours, _, partner):
        await ours.tasks.ask("Book the cabin", of=partner)
        port = alex.port
    alex = await Device.open(tmp_path / "alex", "a passphrase", listen=("127.0.0.1", port), discovery=False)
    async with alex, await open_device(tmp_path / "sam") as sam:
        (ours,), (theirs,) = alex.spaces, sam.spaces
        assert [task.title for task in ours.tasks.all()] == ["Book the cabin"]
        await until(sam, lambda: theirs.sync_status()[0].in_step)
        assert [task.title for task in theirs.tasks.all()] == ["Book the cabin"]


async def test_a_device_on_another_network_drops_what_leads_nowhere_at_once_and_calls_again(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, _):
        await until(sam, lambda: theirs.sync_status()[0].in_step)
        before = set(sam._runner._connections)
        sam._runner.moved(frozenset({"10.9.8.7", "127.0.0.1"}))
        await asyncio.sleep(0.05)
        assert set(sam._runner._connections) == before, "its address is still this computer's"
        sam._runner.moved(frozenset({"10.9.8.7"}))
        await until(sam, lambda: not before & set(sam._runner._connections))
        await until(sam, lambda: theirs.sync_status()[0].in_step)
        await until(alex, lambda: ours.sync_status()[0].in_step)


async def test_sync_status_counts_what_the_other_has_not_confirmed_and_says_why_it_is_not_connected(
    tmp_path: Path,
) -> None:
    async with await open_device(tmp_path / "alex") as alex:
        sam = await open_device(tmp_path / "sam")
        ours = await alex.create_space("Us", me="Alex")
        theirs, _ = await pair(alex, ours, sam)
        await until(alex, lambda: ours.sync_status()[0].in_step)
        await until(sam, lambda: theirs.sync_status()[0].in_step)
        await sam.close()
        await until(alex, lambda: not ours.sync_status()[0].connected)
        for number in range(3):
            await ours.tasks.promise(f"small promise {number}")
        (status,) = ours.sync_status()
        assert status.waiting_out == 3
        assert status.last_reached is not None
        assert status.why
        assert (status.person_name, status.in_step) == ("Sam", False)


async def test_a_wrong_code_burns_it_on_both_sides_and_a_new_one_works(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex") as alex, await open_device(tmp_path / "sam") as sam:
        ours = await alex.create_space("Us", me="Alex")
        address = ("127.0.0.1", alex.port)
        async with alex.invite(ours) as invitation:
            wrong = f"{(int(invitation.code.replace(' ', '')) + 1) % 10**8:08d}"
            with pytest.raises(WrongCode):
                await sam.join(wrong, me="Sam", address=address, compare=yes)
            with pytest.raises(WrongCode):
                await invitation.met()
            with pytest.raises(Unreachable):
                await sam.join(invitation.code, me="Sam", address=address, compare=yes)
        assert (await pair(alex, ours, sam))[0].id == ours.id


async def test_whoever_waits_at_a_code_that_is_taken_off_the_screen_is_told(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex") as alex, await open_device(tmp_path / "sam") as sam:
        ours = await alex.create_space("Us", me="Alex")
        async with alex.invite(ours) as invitation:
            waiting = [asyncio.create_task(each) for each in (invitation.met(), invitation.confirm())]
            await asyncio.sleep(0)
        for each in (*waiting, invitation.confirm(), invitation.joined(yes), invitation.reject()):
            with pytest.raises(Closed, match="not shown any more"):
                await asyncio.wait_for(each, UNTIL_SECONDS_MAX)
        joining = asyncio.create_task(
            sam.join(invitation.code, me="Sam", compare=yes, address=("127.0.0.1", alex.port))
        )
        await asyncio.sleep(0)
        joining.cancel()
        await asyncio.wait([joining])
        assert not alex._runner._requests
        assert not sam._runner._requests
        assert (await pair(alex, ours, sam))[0].id == ours.id


async def test_the_picture_beside_a_code_holds_the_address_too(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex") as alex, await open_device(tmp_path / "sam") as sam:
        ours = await alex.create_space("Us", me="Alex")
        async with alex.invite(ours) as invitation:
            seen = sam.join(f"{invitation.code}@127.0.0.1:{alex.port}", me="Sam", compare=yes)
            theirs, _ = await asyncio.gather(seen, invitation.confirm())
            assert theirs.id == ours.id


async def test_a_space_is_founded_under_no_name_that_could_not_be_shown(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex") as alex:
        for names in (("Us\x1b", "Alex"), ("Us", "Al\x00ex"), (" ", "Alex"), ("Us", "A" * 81), ("Us", "Al\u200bex")):
            with pytest.raises(InvalidInput, match="A name is one line"):
                await alex.create_space(names[0], me=names[1])
        assert alex.spaces == ()
        assert (await alex.create_space("Us \n two", me="Alex")).people()


async def test_joining_where_nobody_listens_says_so_in_words(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        async with await open_device(tmp_path / "sam") as sam:
            with pytest.raises((Unreachable, PairingFailed), match=r"code|reach|answer"):
                await sam.join("1234 5678", me="Sam", address=("127.0.0.1", port), compare=yes)


async def test_a_wrong_passphrase_leaves_the_store_untouched(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex") as alex:
        await alex.create_space("Us", me="Alex")
    before = {path.name: path.read_bytes() for path in (tmp_path / "alex").iterdir()}
    with pytest.raises(WrongPassphrase):
        await open_device(tmp_path / "alex", "another passphrase")
    assert {path.name: path.read_bytes() for path in (tmp_path / "alex").iterdir()} == before


async def test_another_passphrase_opens_the_device_that_goes_on_and_older_backups_keep_theirs(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex") as alex:
        space = await alex.create_space("Us", me="Alex")
        await alex.backup(tmp_path / "before.bin")
        with pytest.raises(WrongPassphrase):
            await alex.new_passphrase("a guess", "another", cost="interactive")
        await alex.new_passphrase("a passphrase", "another", cost="interactive")
        await space.tasks.promise("Written afterwards")
        await alex.backup(tmp_path / "after.bin")
    with pytest.raises(WrongPassphrase):
        await open_device(tmp_path / "alex")
    async with await open_device(tmp_path / "alex", "another") as alex:
        assert [task.title for task in alex.spaces[0].tasks.all()] == ["Written afterwards"]
    await Device.restore(tmp_path / "before.bin", tmp_path / "old", "a passphrase")
    await Device.restore(tmp_path / "after.bin", tmp_path / "new", "another")


async def test_a_damaged_store_is_named_with_the_way_to_restore_and_nothing_is_overwritten(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex") as alex:
        await alex.create_space("Us", me="Alex")
    store = max((tmp_path / "alex").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(store.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    store.write_bytes(content)
    with pytest.raises(StoreDamaged, match=f"{store.name}.*backup"):
        await open_device(tmp_path / "alex")
    assert store.read_bytes() == bytes(content)


async def test_a_device_that_is_open_cannot_be_opened_twice(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex"):
        with pytest.raises(StoreInUse):
            await open_device(tmp_path / "alex")


async def test_an_address_in_use_is_said_the_device_works_alone_and_listens_once_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_module, "_LISTEN_AGAIN_SECONDS", 0.05)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = ("127.0.0.1", taken.getsockname()[1])
        async with await Device.open(
            tmp_path / "alex", "a passphrase", listen=place, discovery=False, cost="interactive"
        ) as alex:
            assert any("used by another program" in problem for problem in alex.problems()), alex.problems()
            ours = await alex.create_space("Us", me="Alex")
            await ours.tasks.promise("a glass of water")
            assert len(ours.tasks.all()) == 1
            taken.close()
            await until(alex, lambda: not alex.problems())
            async with await open_device(tmp_path / "sam") as sam:
                assert (await pair(alex, ours, sam))[0].id == ours.id


@pytest.mark.parametrize(
    "frame", [b"", b"\x01", b"\x01" + bytes(271), b"\x02\x01" + bytes(2_190), b"\xff" * 1000, "text"]
)
async def test_a_frame_that_is_none_closes_that_connection_and_the_node_goes_on(
    tmp_path: Path, frame: bytes | str
) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, _):
        async with connect(f"ws://127.0.0.1:{alex.port}/", compression=None, proxy=None) as stranger:
            await stranger.send(frame)
            await asyncio.wait_for(stranger.wait_closed(), UNTIL_SECONDS_MAX)
        task = await theirs.tasks.promise("still here")
        await until(alex, lambda: any(each.id == task.id for each in ours.tasks.all()))
        assert sam.problems() == []


class Note(msgspec.Struct):
    title: str = ""
    body: Text = ""
    likes: Counter = 0
    pinned: bool = False


async def test_an_apps_own_document_merges_fields_texts_and_counters(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, _):
        mine = await ours.document("notes", Note)
        yours = await theirs.document("notes", Note)
        await mine.put("one", Note(title="Ferns", body="Water them", likes=2))
        await until(sam, lambda: yours.get("one") is not None)
        await asyncio.gather(
            mine.edit_text("one", "body", "Water them well"),
            yours.edit_text("one", "body", "Please water them".replace("water", "Water")),
            mine.add("one", "likes", 1),
            yours.add("one", "likes", 3),
            yours.change("one", pinned=True),
        )
        expected = Note(title="Ferns", body="Please Water them well", likes=6, pinned=True)
        await until(alex, lambda: mine.get("one") == expected)
        await until(sam, lambda: yours.get("one") == expected)
        await yours.remove("one")
        await until(alex, lambda: mine.all() == {})
        with pytest.raises(NotFound):
            await mine.change("one", pinned=False)
        with pytest.raises(InvalidInput):
            await mine.put("two", Note(title="x" * (2 << 20)))


async def test_what_does_not_fit_a_record_is_refused_and_leaves_it_as_it_was(tmp_path: Path) -> None:
    wrong: Any = "yes"
    async with two_devices(tmp_path) as (_, sam, ours, theirs, _):
        mine = await ours.document("notes", Note)
        yours = await theirs.document("notes", Note)
        whole = Note(title="Ferns", body="Water them", likes=2)
        await mine.put("one", whole)
        acts: tuple[tuple[Callable[[], Awaitable[None]], str], ...] = (
            (lambda: mine.change("one", pinned=wrong), "does not fit these records.+pinned"),
            (lambda: mine.change("one", title=5), "does not fit these records.+title"),
            (lambda: mine.put("one", Note(pinned=wrong)), "does not fit these records.+pinned"),
            (lambda: mine.put("two", Note(title=wrong, likes=wrong)), "'likes' takes whole numbers"),
            (lambda: mine.put("two", wrong), "each a Note"),
            (lambda: mine.add("one", "likes", wrong), "`amount` is to be a whole number"),
            (lambda: mine.add("one", "title", 1), "title is no counter"),
            (lambda: mine.edit_text("one", "title", "x"), "title is no text"),
        )
        for act, sentence in acts:
            with pytest.raises(InvalidInput, match=sentence):
                await act()
        assert (mine.all(), mine.unread()) == ({"one": whole}, ())
        await mine.change("one", pinned=True)
        await until(sam, lambda: yours.get("one") == Note(title="Ferns", body="Water them", likes=2, pinned=True))


async def test_changes_tells_of_own_and_partners_writes_once_they_are_durable(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (_, _, ours, theirs, _):
        heard: list[tuple[bool, str]] = []

        async def listen() -> None:
            async for change in ours.changes():
                heard.extend((change.mine, said.kind) for said in change.statements)
                if len(heard) == 2:
                    return

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0)
        await ours.pauses.pause()
        await theirs.pauses.pause()
        await asyncio.wait_for(listening, UNTIL_SECONDS_MAX)
        assert heard == [(True, "pause"), (False, "pause")]


class Fern(msgspec.Struct):
    """What the first version of an app knows of a fern."""

    name: str
    water: int = 0


class FernWithLight(msgspec.Struct):
    """What its second version knows."""

    name: str
    light: str
    water: str = "weekly"


async def test_an_older_app_keeps_what_a_newer_one_wrote_says_so_and_never_overwrites_it(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (_, sam, ours, theirs, _partner):
        newer = await ours.document("ferns", FernWithLight, version=2)
        await newer.put("1", FernWithLight("Bracken", "shade"))
        older = await theirs.document("ferns", Fern)
        await until(sam, lambda: older.newer)
        assert (older.version, older.all(), older.unread()) == (2, {}, ("1",))
        with pytest.raises(NewerVersion, match="update the app"):
            await older.put("1", Fern("Bracken", 3))
        await older.put("2", Fern("Maidenhair", 2))
        assert any("'ferns', was written by a newer version" in problem for problem in theirs.problems())
        assert not any("newer version" in problem for problem in ours.problems())
        await newer.change("1", light="half shade")
        await until(sam, lambda: theirs.problems() != ())
        assert newer.get("1") == FernWithLight("Bracken", "half shade")
        assert (older.version, newer.newer) == (2, False)


async def test_a_private_document_is_this_devices_alone_and_is_there_after_opening_again(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, _, ours, theirs, _partner):
        mine = await ours.document("journal", Fern, private=True)
        await mine.put("1", Fern("for nobody else"))
        task = await ours.tasks.promise("Something shared, afterwards")
        await until(alex, lambda: all(status.in_step for status in ours.sync_status()))
        assert theirs.tasks.get(task.id).title == "Something shared, afterwards"
        shared = {document for document in ours._state.library if document not in ours._state.library.private}
        assert set(theirs._state.library) == shared
        assert (await theirs.document("journal", Fern, private=True)).all() == {}
    async with await open_device(tmp_path / "alex") as alex:
        (space,) = alex.spaces
        assert (await space.document("journal", Fern, private=True)).all() == {"1": Fern("for nobody else")}


async def test_a_device_that_is_closing_lets_nobody_in_while_it_writes_what_is_left(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex") as alex:
        await alex.create_space("Us", me="Alex")
        port, stop = alex.port, alex._runner.stop
        refused: list[bool] = []

        async def watched() -> None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                refused.append(False)
            except ConnectionRefusedError:
                refused.append(True)
            await stop()

        alex._runner.stop = watched  # type: ignore[method-assign]  # looks, then does the same
        await alex.close()
        assert refused == [True]


async def test_years_of_a_journal_are_read_without_being_loaded_and_an_old_entry_is_changed_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CHAPTER_ENTRIES_MAX", 5)
    async with await open_device(tmp_path / "alex") as alex:
        space = await alex.create_space("Us", me="Alex")
        entries = [await space.journal.write(f"Entry {number}.") for number in range(12)]
    async with await open_device(tmp_path / "alex") as alex:
        (space,) = alex.spaces
        library = space._state.library
        assert sorted(each.text for each in space.journal.all()) == sorted(f"Entry {number}." for number in range(12))
        assert (len(library.private), [each for each in library.awake if each in library.private]) == (3, [])
        assert space.records("journal") == {}
        assert space.recall(entries[0].id) is False
        await space.journal.edit(entries[0].id, "Changed.")
        assert len([each for each in library.awake if each in library.private]) == 1
    assert await Device.verify(tmp_path / "alex", "a passphrase") == []
    async with await open_device(tmp_path / "alex") as alex:
        (space,) = alex.spaces
        assert (len(space.journal.all()), len(space._state.library.private)) == (12, 3)
        assert "Changed." in [each.text for each in space.journal.all()]


async def test_a_pause_that_was_lifted_is_not_read_again_at_each_opening_and_when_it_was_is_remembered(
    tmp_path: Path,
) -> None:
    async with await open_device(tmp_path / "alex") as alex:
        space = await alex.create_space("Us", me="Alex")
        lifted = await space.pauses.pause()
        await asyncio.sleep(0.003)  # within one millisecond it would cover no time
        await space.pauses.lift()
        standing = await space.pauses.pause()
    async with await open_device(tmp_path / "alex") as alex:
        (space,) = alex.spaces
        assert [each.id for each in space.statements("pause")] == [standing.id]
        rests = pause.read(space.statements("pause"), space.people(), space.past()).rests
        assert rests[0].covers(lifted.at)
        assert space.pauses.standing() == (standing,)
        await space.pauses.lift()
        assert space.recall(lifted.id)
        assert {each.kind for each in space.statements("pause")} == {"pause", "pause.lift"}
    assert await Device.verify(tmp_path / "alex", "a passphrase") == []


async def test_a_journal_of_years_outlives_the_space_that_was_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CHAPTER_ENTRIES_MAX", 3)
    async with await open_device(tmp_path / "alex") as alex:
        space = await alex.create_space("Us", me="Alex")
        for number in range(8):
            await space.journal.write(f"Entry {number}.")
    async with await open_device(tmp_path / "alex") as alex:
        (space,) = alex.spaces
        await space.erase()
        assert len(space.journal.all()) == 8
        await space.journal.write("One more.")
    async with await open_device(tmp_path / "alex") as alex:
        (space,) = alex.spaces
        assert "One more." in [each.text for each in space.journal.all()]
        assert len(space.journal.all()) == 9
        assert space.repairs.all() == ()


async def test_what_is_kept_privately_is_there_after_opening_again_and_meets_no_document_of_an_app(
    tmp_path: Path,
) -> None:
    async with two_devices(tmp_path) as (alex, _, ours, theirs, _partner):
        await ours.write_private(SetFields("journal", "1", {"text": "for nobody else"}))
        await ours.tasks.promise("Something shared, afterwards")
        await until(alex, lambda: all(status.in_step for status in ours.sync_status()))
        shared = {document for document in ours._state.library if document not in ours._state.library.private}
        assert set(theirs._state.library) == shared
        assert (theirs.private_records("journal"), ours.records("journal")) == ({}, {})
        assert (await ours.document("own", Fern, private=True)).all() == {}
    async with await open_device(tmp_path / "alex") as alex:
        (space,) = alex.spaces
        assert space.private_records("journal") == {"1": {"text": "for nobody else"}}
