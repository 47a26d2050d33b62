"""Three real devices of which two never meet: each of them only ever calls the third."""

import contextlib
from pathlib import Path

import msgspec

from collar_sync import Device, Space
from collar_sync.node.status import DeviceStatus
from tests.node.people import pair
from tests.node.test_device import open_device, until


class Line(msgspec.Struct):
    """What somebody tells in passing."""

    text: str


def of(space: Space, name: str) -> DeviceStatus:
    return next(status for status in space.sync_status() if status.person_name == name)


async def test_a_record_passes_through_the_one_in_the_middle_and_a_word_in_passing_does_not(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as open_:
        sam = await open_.enter_async_context(await open_device(tmp_path / "sam"))
        ends = [
            await open_.enter_async_context(
                await Device.open(tmp_path / name, "a passphrase", listen=None, discovery=False, cost="interactive")
            )
            for name in ("alex", "kim")
        ]
        middle = await sam.create_space("Us", me="Sam")
        left, _ = await pair(sam, middle, ends[0], me="Alex")
        right, _ = await pair(sam, middle, ends[1], me="Kim")
        await until(ends[0], lambda: len(left.people()) == 3)
        task = await left.tasks.ask("Water the ferns", of=right.me)
        await until(ends[1], lambda: any(each.id == task.id for each in right.tasks.all()))
        assert right.tasks.get(task.id).asked_by == left.me  # verified as Alex's, whoever passed it on
        await right.tasks.done(task.id)
        await right.pauses.pause()
        await until(ends[0], lambda: bool(left.tasks.get(task.id).dones) and bool(left.pauses.standing()))
        await right.pauses.lift()
        await until(ends[0], lambda: not left.pauses.standing())

        await until(ends[0], lambda: of(left, "Sam").in_step)
        kim = of(left, "Kim")
        assert not kim.connected
        assert kim.last_reached is None
        assert kim.waiting_out == sum(each.here for each in kim.stored) > 0  # Kim has it, and never said so here
        assert kim.waiting_in is None
        assert kim.why

        left.air.tell("line", Line("for Kim"), to=[right.me], lifetime_seconds=60)
        left.air.tell("other", Line("for Sam"), to=[middle.me], lifetime_seconds=60)
        await until(sam, lambda: [word.body.text for word in middle.air.heard("other", Line)] == ["for Sam"])
        assert middle.air.heard("line", Line) == right.air.heard("line", Line) == ()
