"""What a person should not have to look for: devices added in their name, and a statement that does not count."""

from pathlib import Path

import pytest

from collar_sync import Say
from collar_sync.node import belonging
from tests.demo.served import PASSPHRASE, Served, served
from tests.demo.test_repair_views import _do, _seen, _until
from tests.demo.test_views import _paired, _space


async def _joins(host: Served, guest: Served, called: str, *, own: bool = True) -> None:
    await host.laptop.show_code(own=own)
    code = await _until(host, lambda state: state.pairing.code)
    await guest.laptop.join(str(code.pairing.code), host.laptop.address, called)
    for page in (host, guest):
        await _until(page, lambda state: state.pairing.words is not None)
        page.laptop.compared(same=True)
    for page in (host, guest):
        await _until(page, lambda state: state.pairing.paired)
        await _until(page, lambda state: any(each.standing == "in_step" for each in state.devices))


async def test_a_device_added_in_ones_name_is_said_on_all_of_ones_own_until_it_was_read_there(
    alex: Served, sam: Served, tmp_path: Path
) -> None:
    async with served(tmp_path / "third") as third:
        await third.enter()
        await third.laptop.start("Somebody", PASSPHRASE)
        await _joins(alex, sam, "tablet")
        assert (_seen(alex).heed.notices, _seen(sam).heed.notices) == ([], [])
        await _joins(alex, third, "old phone")
        (told,) = (await _until(sam, lambda state: state.heed.notices)).heed.notices
        assert told == (
            "old phone is one of your devices here, let in by Alex's laptop. If it is not yours, remove it."
        )
        assert [each.name for each in _seen(sam).devices if each.removable and "old phone" in each.name] == [
            "Alex\u2019s old phone"
        ]
        assert await _do(sam, "notice.read", notice="Something else") is None
        assert _seen(sam).heed.notices == [told]
        assert await _do(sam, "notice.read", notice=told) is None
        assert (_seen(sam).heed.notices, told in _seen(sam).notices) == ([], True)
        assert await _do(third, "device.remove", device=_space(sam.laptop).device) is None
        (told,) = (await _until(alex, lambda state: state.heed.notices)).heed.notices
        assert told == (
            "Alex's tablet is no device of yours here any more: Alex's old phone removed it. If that was not you, "
            "remove Alex's old phone too."
        )


async def test_somebody_who_was_let_in_is_told_on_the_others_pages_with_what_they_read(
    alex: Served, sam: Served, tmp_path: Path
) -> None:
    async with served(tmp_path / "third") as kim:
        await kim.enter()
        await kim.laptop.start("Kim", PASSPHRASE)
        await _paired(alex, sam)
        assert [_seen(page).heed.notices for page in (alex, sam)] == [[], []], "they met each other"
        await _joins(alex, kim, "", own=False)
        (told,) = (await _until(sam, lambda state: state.heed.notices)).heed.notices
        assert told == (
            "Kim is in this record, let in by Alex's laptop, and reads everything in it, also what was written before."
        )
        assert _seen(alex).heed.notices == [], "it was done here"
        assert await _do(sam, "notice.read", notice=told) is None
        assert (_seen(sam).heed.notices, told in _seen(sam).notices) == ([], True)
        async with served(tmp_path / "fourth") as lee:
            await lee.enter()
            await lee.laptop.start("Lee", PASSPHRASE)
            await _joins(alex, lee, "", own=False)
            (news,) = (await _until(sam, lambda state: state.heed.notices)).heed.notices
            assert news == (
                "Kim and Lee are in this record, let in by Alex's laptop, and read everything in it, also what was "
                "written before."
            )
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(belonging, "_NAMED_MAX", 1)
                (crowd,) = _seen(sam).heed.notices
            assert crowd.startswith("Kim and 1 more are in this record"), "altered software could let in a crowd"
            assert await _do(lee, "space.leave", tell=True) is None
            await _until(sam, lambda state: state.heed.notices == [] and told in state.notices)


async def test_whom_one_of_ones_own_devices_let_in_is_said_on_the_others_with_what_to_do_if_one_did_not(
    alex: Served, sam: Served, tmp_path: Path
) -> None:
    async with served(tmp_path / "third") as kim:
        await kim.enter()
        await kim.laptop.start("Kim", PASSPHRASE)
        await _joins(alex, sam, "tablet")
        await _joins(sam, kim, "", own=False)
        (told,) = (await _until(alex, lambda state: state.heed.notices)).heed.notices
        assert told == (
            "Kim is in this record, let in by Alex's tablet, and reads everything in it, also what was written before. "
            "If that was not you, remove Alex's tablet."
        )
        assert _seen(sam).heed.notices == [], "it was done here"
        assert await _do(alex, "device.remove", device=_space(sam.laptop).device) is None
        (told,) = _seen(alex).heed.notices
        assert told.endswith("also what was written before."), "it is removed already"


async def test_what_does_not_count_is_named_with_its_reason_in_pairing_and_changes_nothing_else(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    task = await _space(alex.laptop).tasks.promise("Water the ferns")
    await _until(sam, lambda state: state.tasks)
    before = _seen(alex).tasks
    await _space(sam.laptop).write(Say("task.done", subject=task.id))  # altered software
    (named,) = (await _until(alex, lambda state: state.problems)).problems
    assert named.startswith("Sam said something that does not count here (task.done): ")
    assert (_seen(alex).tasks, _seen(alex).heed.notices) == (before, [])
