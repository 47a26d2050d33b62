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

        left.air.tell("line", Line("for Kim"), to=[right.me], lifetime_milliseconds=60_000)
        left.air.tell("other", Line("for Sam"), to=[middle.me], lifetime_milliseconds=60_000)
        await until(sam, lambda: [word.body.text for word in middle.air.heard("other", Line)] == ["for Sam"])
        assert middle.air.heard("line", Line) == right.air.heard("line", Line) == ()


async def test_who_joins_under_the_name_of_another_or_as_you_is_told_apart_on_every_device(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as open_:
        alex, sam, tablet = [
            await open_.enter_async_context(await open_device(tmp_path / name)) for name in ("alex", "sam", "tablet")
        ]
        ours = await alex.create_space("Us", me="You")
        theirs, partner = await pair(alex, ours, sam, me="you")
        assert partner.id == theirs.me
        for space in (ours, theirs):
            names = [person.name for person in space.people().values()]
            assert len({name.casefold() for name in names}) == 2
            assert not {name.casefold() for name in names} & {"you"}
        again, same = await pair(alex, ours, tablet, me="You", own_device=True, device_name="tablet")
        await until(tablet, lambda: len(again.people()) == 2)
        assert same.id == ours.me
        assert again.people()[ours.me].chosen == "You", "another device of one's own changes no name"
        await ours.limits.set("Nothing on video")
        await until(sam, lambda: bool(theirs.limits.standing()))
        told = [line.text for day in theirs.timeline.page().days for line in day.lines]
        assert f"{theirs.people()[ours.me].name} set a limit: “Nothing on video”." in told
