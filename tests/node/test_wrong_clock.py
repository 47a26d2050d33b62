"""A device whose clock is set back, or was ahead once: what its person does then counts, there and for good."""

from pathlib import Path

import pytest

from collar_sync import Device
from collar_sync.core.edits import Say
from collar_sync.errors import InvalidInput
from collar_sync.shells import clock

HOUR = 60 * 60 * 1000


class Wall:
    """The clock of this machine, which the story sets."""

    def __init__(self) -> None:
        self._real = clock.now
        self.ahead = 0

    def now(self) -> int:
        return self._real() + self.ahead


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(clock, "now", wall.now)
    return wall


async def opened(folder: Path) -> Device:
    return await Device.open(folder, "correct horse", discovery=False, cost="interactive", listen=None)


async def test_what_is_begun_while_a_clock_was_set_back_is_open_and_what_was_before_it_is_over(
    tmp_path: Path, wall: Wall
) -> None:
    async with await opened(tmp_path) as device:
        space = await device.create_space("Us", me="Alex")
        first = await space.checklists.begin("scene", hours=24)
        wall.ahead = -HOUR
        second = await space.checklists.begin("scene", hours=24)
        assert [each.id for each in space.checklists.open()] == [second.id]
        assert first.begun_at < second.begun_at
        assert space.problems() == ()


async def test_a_device_that_was_ahead_once_goes_on_from_there_and_everything_done_on_it_counts(
    tmp_path: Path, wall: Wall
) -> None:
    wall.ahead = 13 * HOUR
    async with await opened(tmp_path) as device:
        space = await device.create_space("Us", me="Alex")
        moments = [await space.moments.share("Thank you.")]
    wall.ahead = 0
    async with await opened(tmp_path) as device:
        (space,) = device.spaces
        assert space.now() > moments[0].at
        moments += [await space.moments.share("And again.") for _ in range(9)]
        scene, study = await space.checklists.begin("scene"), await space.sessions.begin("study", 30)
        assert [each.id for each in space.checklists.open()] == [scene.id]
        assert [each.id for each in space.sessions.open()] == [study.id]
        assert space.moments.all() == tuple(moments)
        assert space.problems() == ()
        await device.believe_clock()
        believed = await space.moments.share("By the clock on the wall.")
        assert believed.at < moments[0].at


async def test_nothing_is_said_at_a_time_that_has_not_come_yet(tmp_path: Path) -> None:
    async with await opened(tmp_path) as device:
        space = await device.create_space("Us", me="Alex")
        with pytest.raises(InvalidInput, match="has not come yet"):
            await space.write(Say("moment.share", body={"text": "Soon."}), at=space.now() + HOUR)
        assert space.moments.all() == ()
        (said,) = await space.write(Say("moment.share", body={"text": "Now."}), at=space.now())
        assert [each.id for each in space.moments.all()] == [said]
