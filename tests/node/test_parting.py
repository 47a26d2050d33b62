"""Devices removed, spaces left, devices refused, records erased: real devices, stores and sockets."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from collar_sync import Device, SetFields, Space
from collar_sync.domain.consent import Consent, State
from collar_sync.errors import NotAllowed, NotFound, PairingFailed
from collar_sync.ids import DeviceId
from tests.node.people import pair
from tests.node.test_device import open_device, until


def in_step(space: Space) -> bool:
    return [each.in_step for each in space.sync_status()] == [True, True]


REMOVED_HERE = "This device was removed"


@contextlib.asynccontextmanager
async def three(tmp_path: Path) -> AsyncIterator[tuple[tuple[Device, Space], ...]]:
    """Alex's laptop and tablet, and Sam's laptop, all connected with each other."""
    async with (
        await open_device(tmp_path / "laptop") as laptop,
        await open_device(tmp_path / "tablet") as tablet,
        await open_device(tmp_path / "sam") as sam,
    ):
        ours = await laptop.create_space("Us", me="Alex")
        theirs, _ = await pair(laptop, ours, sam)
        mine, _ = await pair(laptop, ours, tablet, me="Alex", device_name="tablet", own_device=True)
        tablet.connect("127.0.0.1", sam.port)
        for device, space in ((laptop, ours), (tablet, mine), (sam, theirs)):
            await until(device, partial(in_step, space))
        yield (laptop, ours), (tablet, mine), (sam, theirs)


def id_of(space: Space, name: str) -> DeviceId:
    return next(each.id for each in space.devices.all() if each.name == name)


async def test_a_second_device_speaks_for_its_person_and_is_announced_on_all_of_theirs(tmp_path: Path) -> None:
    async with three(tmp_path) as ((laptop, ours), (_, mine), (sam, theirs)):
        assert mine.me == ours.me
        assert [person.name for person in theirs.people().values() if len(person.devices) == 2] == ["Alex"]
        async with await open_device(tmp_path / "phone") as phone:
            await pair(laptop, ours, phone, me="Alex", device_name="phone", own_device=True)
            await until(sam, lambda: len(theirs.devices.all()) == 4)
            assert any("phone is one of your devices" in each for each in mine.notices())
            assert not any("phone" in each for each in theirs.notices())
            assert not any("phone" in each for each in ours.notices()), "it let it in itself"
        await mine.pauses.pause()
        await until(laptop, lambda: len(ours.pauses.standing()) == 1)
        await ours.pauses.lift()
        await until(sam, lambda: not theirs.pauses.standing())


async def test_a_removal_is_announced_on_all_devices_of_that_person_and_on_nobody_elses(tmp_path: Path) -> None:
    """Whoever found one of them unlocked could remove the others in silence."""
    async with (
        three(tmp_path) as ((laptop, ours), (tablet, mine), (sam, theirs)),
        await open_device(tmp_path / "phone") as phone,
    ):
        own, _ = await pair(laptop, ours, phone, me="Alex", device_name="phone", own_device=True)
        await until(tablet, lambda: len(mine.devices.all()) == 4)
        await ours.devices.remove(id_of(ours, "phone"))
        told = (
            "Alex's phone is no device of yours here any more: Alex's laptop removed it. If that was not you, "
            "remove Alex's laptop too."
        )
        await until(tablet, lambda: told in mine.notices())
        await until(phone, lambda: own.over.startswith(REMOVED_HERE))
        await until(sam, lambda: any(each.apart for each in theirs.devices.all()))
        assert not any("phone" in each for each in theirs.notices())
        assert not any("phone" in each for each in ours.notices()), "it was done here"


async def test_a_removed_device_is_told_gets_nothing_more_and_stays_readable(tmp_path: Path) -> None:
    async with three(tmp_path) as ((laptop, ours), (tablet, mine), (sam, theirs)):
        await mine.write(SetFields("note", "before", {"line": "from the tablet"}))
        await until(laptop, lambda: "before" in ours.records("note"))
        await ours.devices.remove(id_of(ours, "tablet"))
        await until(tablet, lambda: mine.over.startswith(REMOVED_HERE))
        await until(sam, lambda: [each.connected for each in theirs.sync_status()].count(True) == 1)
        await ours.write(SetFields("note", "after", {"line": "not for the tablet"}))
        await until(sam, lambda: "after" in theirs.records("note"))
        assert "before" in mine.records("note")
        assert "after" not in mine.records("note")
        with pytest.raises(NotAllowed, match="removed"):
            await mine.write(SetFields("note", "late", {"line": "too late"}))
        with pytest.raises(NotAllowed, match="removed"):
            async with tablet.invite(mine):
                pass
        with pytest.raises(NotAllowed, match="already"):
            await ours.devices.remove(id_of(ours, "tablet"))
        assert not tablet._engine.advertise((b"instance",)), "nobody looks for it any more"
    async with await open_device(tmp_path / "tablet") as tablet:
        (mine,) = tablet.spaces
        assert mine.over.startswith(REMOVED_HERE)
        assert "before" in mine.records("note")


async def test_a_device_that_was_away_when_it_was_removed_is_told_when_it_calls_and_learns_nothing_else(
    tmp_path: Path,
) -> None:
    async with three(tmp_path) as ((_, ours), (_, mine), (sam, _)):
        removed = id_of(ours, "tablet")
        port = sam.port
    async with await open_device(tmp_path / "laptop") as laptop:
        (ours,) = laptop.spaces
        await ours.devices.remove(removed)
        async with await Device.open(
            tmp_path / "sam", "a passphrase", listen=("127.0.0.1", port), discovery=False, cost="interactive"
        ) as sam:
            (theirs,) = sam.spaces
            laptop.connect("127.0.0.1", port)
            await until(sam, lambda: any(each.apart for each in theirs.devices.all()))
            await theirs.write(SetFields("note", "after", {"line": "not for the tablet"}))
            async with await open_device(tmp_path / "tablet") as tablet:
                (mine,) = tablet.spaces
                assert not mine.over
                tablet.connect("127.0.0.1", port)
                await until(tablet, lambda: mine.over.startswith(REMOVED_HERE))
                assert "after" not in mine.records("note")
                assert len(mine.devices.mine()) == 2, "it was told, and not sent what was said"


async def test_nobody_removes_a_device_of_somebody_else(tmp_path: Path) -> None:
    async with three(tmp_path) as ((_, ours), _, (_, theirs)):
        for device in theirs.devices.all():
            if not device.mine:
                with pytest.raises(NotAllowed, match="only their own"):
                    await theirs.devices.remove(device.id)
        assert not any(each.apart for each in ours.devices.all())


async def granted_and_paused(one: tuple[Device, Space], other: tuple[Device, Space]) -> Consent:
    """A consent that one proposed and the other granted, and the other's pause; both know of both."""
    (laptop, ours), (sam, theirs) = one, other
    consent = await ours.consents.propose("a photo", ["one"], [], ["us"])
    await until(sam, lambda: bool(theirs.consents.all()))
    await theirs.consents.grant(consent.id)
    await theirs.pauses.pause()
    await until(laptop, lambda: bool(ours.pauses.standing()) and not ours.consents.get(consent.id).waiting_for)
    return consent


async def test_who_leaves_with_a_word_has_left_everywhere_and_their_consents_have_ended(tmp_path: Path) -> None:
    async with three(tmp_path) as ((laptop, ours), (tablet, mine), (sam, theirs)):
        consent = await granted_and_paused((laptop, ours), (sam, theirs))
        await theirs.leave(tell=True)
        await until(laptop, lambda: ours.people()[theirs.me].left)
        await until(tablet, lambda: mine.people()[theirs.me].left)
        assert not ours.pauses.standing()
        assert ours.consents.get(consent.id).state(ours.now()) is State.REVOKED
        assert theirs.over.startswith("You have left")
        await until(sam, lambda: not any(each.connected for each in theirs.sync_status()))
        await ours.write(SetFields("note", "after", {"line": "not for Sam"}))
        await until(tablet, lambda: "after" in mine.records("note"))
        assert "after" not in theirs.records("note")
        with pytest.raises(NotAllowed, match="left"):
            await theirs.tasks.promise("something")


async def test_who_leaves_silently_is_only_not_reached(tmp_path: Path) -> None:
    async with three(tmp_path) as ((laptop, ours), _, (sam, theirs)):
        await theirs.leave()
        assert theirs.over.startswith("You have left")
        await until(laptop, lambda: [each.connected for each in ours.sync_status()].count(True) == 1)
        assert not ours.people()[theirs.me].left
        await ours.write(SetFields("note", "after", {"line": "not for Sam"}))
    async with await open_device(tmp_path / "sam") as sam:
        (theirs,) = sam.spaces
        assert theirs.over.startswith("You have left")
        assert "after" not in theirs.records("note")


async def test_who_left_silently_in_a_pause_can_still_say_so_after_a_restart_and_hears_nothing(tmp_path: Path) -> None:
    async with three(tmp_path) as ((laptop, ours), (tablet, mine), (sam, theirs)):
        consent = await granted_and_paused((laptop, ours), (sam, theirs))
        await theirs.leave()
        assert theirs.left_silently
        await until(laptop, lambda: not all(each.connected for each in ours.sync_status()))
        await ours.write(SetFields("note", "after", {"line": "not for Sam"}))
        await sam.close()
        async with await open_device(tmp_path / "sam") as again:
            (left,) = again.spaces
            with pytest.raises(NotAllowed, match="left"):
                await left.leave()
            await left.leave(tell=True)
            assert not left.left_silently
            assert left.over.startswith("You have left")
            for other in (laptop, tablet):
                again.connect("127.0.0.1", other.port)
            await until(laptop, lambda: ours.people()[left.me].left)
            await until(tablet, lambda: mine.people()[left.me].left)
            for space in (ours, mine):
                assert not space.pauses.standing()
                assert space.consents.get(consent.id).state(space.now()) is State.REVOKED
            await until(again, lambda: not any(each.connected for each in left.sync_status()))
            assert "after" not in left.records("note")
            with pytest.raises(NotAllowed, match="left"):
                await left.leave(tell=True)


async def test_a_refused_device_is_cut_off_at_once_and_taken_back_at_will(tmp_path: Path) -> None:
    async with three(tmp_path) as ((laptop, ours), _, (sam, theirs)):
        mine = next(each.id for each in theirs.devices.all() if each.person == ours.me and each.name != "tablet")
        await theirs.devices.refuse(mine)
        await until(laptop, lambda: any(not each.connected for each in ours.sync_status()))
        (status,) = [each for each in ours.sync_status() if each.person == theirs.me]
        assert status.why is not None
        assert "refuse" not in status.why
        assert "chose" not in status.why
        await theirs.devices.allow(mine)
        sam.connect("127.0.0.1", laptop.port)
        await until(laptop, lambda: all(each.in_step for each in ours.sync_status()))


class Page(msgspec.Struct):
    words: str


async def test_nobody_takes_their_only_device_out_by_mistake_and_is_here_no_more_without_having_left(
    tmp_path: Path,
) -> None:
    async with three(tmp_path) as ((laptop, ours), (_, mine), (sam, theirs)):
        (only,) = theirs.devices.mine()
        with pytest.raises(NotAllowed, match="only device here"):
            await theirs.devices.remove(only.id)
        await theirs.tasks.promise("It goes on")
        await until(laptop, lambda: len(ours.tasks.all()) == 1)
        await mine.devices.remove(id_of(mine, "tablet"))
        assert mine.over.startswith(REMOVED_HERE)
        await until(laptop, lambda: len(ours.devices.mine()) == 1)
        with pytest.raises(NotAllowed, match="only device here"):
            await ours.devices.remove(ours.devices.mine()[0].id)
        assert theirs.over == sam.spaces[0].over == ""


async def test_an_erased_space_is_gone_from_memory_and_file_and_the_journal_is_not(tmp_path: Path) -> None:
    async with three(tmp_path) as ((_, ours), _, (sam, theirs)):
        journal = await theirs.document("journal", Page, private=True)
        await journal.put("1", Page("for nobody else"))
        await theirs.write(SetFields("note", "shared", {"line": "to be erased"}))
        space = theirs.id
        await theirs.erase()
        assert not theirs.people()
        assert not theirs.records("note")
        assert not theirs.devices.all()
        with pytest.raises(NotAllowed, match="erased"):
            await theirs.write(SetFields("note", "shared", {"line": "again"}))
        again = await theirs.document("journal", Page, private=True)
        assert again.get("1") == Page("for nobody else")
        await ours.erase()
        with pytest.raises(NotFound):
            ours.people()
    async with await open_device(tmp_path / "sam") as sam:
        (theirs,) = sam.spaces
        assert theirs.id == space
        assert (await theirs.document("journal", Page, private=True)).get("1") == Page("for nobody else")
        assert not theirs.people()
    assert await Device.verify(tmp_path / "sam", "a passphrase") == []
    async with await open_device(tmp_path / "laptop") as laptop:
        assert laptop.spaces == ()


async def test_a_device_that_was_removed_is_let_in_anew_once_all_of_the_space_is_erased_there(tmp_path: Path) -> None:
    async with three(tmp_path) as ((laptop, ours), (tablet, mine), _):
        await mine.journal.write("what nobody else reads")
        copied = await mine.apart(lambda read: read.export.json(journal=True))
        await ours.devices.remove(id_of(ours, "tablet"))
        await until(tablet, lambda: bool(mine.over))
        for first in (None, mine.erase):
            if first is not None:
                await first()
            with pytest.raises(PairingFailed, match="what is yours alone there"):
                await pair(laptop, ours, tablet, me="Alex", device_name="tablet", own_device=True)
        assert [each.text for each in mine.journal.all()] == ["what nobody else reads"], "an erasing leaves it"
        await mine.erase(private=True)
        assert tablet.spaces == ()
        again, _ = await pair(laptop, ours, tablet, me="Alex", device_name="tablet", own_device=True)
        assert again.me == ours.me
        await until(tablet, lambda: [each.connected for each in again.sync_status()].count(True) >= 1)
        assert not again.journal.all()
        memory = await again.memories.bring_in(copied)
        assert "what nobody else reads" in str(again.memories.get(memory.id))
    assert await Device.verify(tmp_path / "tablet", "a passphrase") == []


async def test_a_request_to_erase_takes_a_yes_on_each_device_and_a_receipt_is_told_before_it_is_done(
    tmp_path: Path,
) -> None:
    async with three(tmp_path) as ((laptop, ours), (_, mine), (sam, theirs)):
        await ours.write(SetFields("note", "shared", {"line": "still here"}))
        await ours.erasing.ask()
        await until(sam, lambda: bool(theirs.erasing.all()) and "shared" in theirs.records("note"))
        assert "shared" in mine.records("note"), "nothing is erased by asking"
        await theirs.erase(receipt=True)
        await until(laptop, lambda: bool(ours.erasing.all()[0].receipts))
        (receipt,) = ours.erasing.all()[0].receipts
        assert ours.people()[receipt.person].name == "Sam"
        assert sam.spaces == ()
        assert "shared" in ours.records("note")
