"""Two real devices, with what two people agree on and do together: agreements, limits, checklists, sessions, tasks."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collar_sync.domain import checklist, focus
from collar_sync.domain.agreements import Reflection
from collar_sync.domain.consents import State
from collar_sync.errors import InvalidInput
from tests.node.people import pair
from tests.node.test_device import open_device, until

CLEAR = Reflection(need="evenings that belong to us", free_to_refuse=True, source="clarity")


async def test_what_two_people_agree_on_holds_on_both_devices_and_after_a_restart(tmp_path: Path) -> None:
    async with await open_device(tmp_path / "alex") as one, await open_device(tmp_path / "sam") as two:
        ours = await one.create_space("Us", me="Alex")
        theirs, _ = await pair(one, ours, two)
        two.zone = "Pacific/Auckland"
        with pytest.raises(InvalidInput, match="time zone is not known"):
            two.zone = "Middle/Earth"

        rule = await ours.agreements.propose("rule", ["phones away", "a photo"], CLEAR)
        await until(two, lambda: bool(theirs.agreements.visible()))
        await theirs.agreements.grant(rule.id)
        limit = await theirs.limits.set("a photo", "hard limit")
        await until(one, lambda: bool(ours.limits.standing()) and bool(ours.agreements.get(rule.id).limited))
        held = ours.agreements.get(rule.id)
        assert held.state(ours.now()) is State.ACTIVE
        assert held.holds.includes == ("phones away",)

        scene = await ours.checklists.begin("scene", ["I want this"])
        await ours.checklists.tick(scene.id)
        await until(two, lambda: bool(theirs.checklists.open()))
        assert (await theirs.checklists.tick(scene.id)).state(theirs.now()) is checklist.State.READY
        await theirs.checklists.untick(scene.id)
        await until(one, lambda: ours.checklists.get(scene.id).state(ours.now()) is checklist.State.STOPPED)

        session = await theirs.sessions.begin("study", 25)
        await until(one, lambda: bool(ours.sessions.open()))
        joined = await ours.sessions.join(session.id)
        now = ours.now()
        await until(two, lambda: len(theirs.sessions.get(session.id).inside) == 2)
        assert theirs.sessions.get(session.id).left(now) == joined.left(now)
        await ours.pauses.pause()
        await until(two, lambda: theirs.sessions.get(session.id).state(theirs.now()) is focus.State.STOPPED)
        await ours.pauses.lift()

        task = await ours.tasks.ask(
            "Call your sister", of=theirs.me, due=f"{(datetime.now(UTC) + timedelta(days=3)).date()}T18:00"
        )
        await until(two, lambda: bool(theirs.tasks.all()))
        assert (await theirs.tasks.accept(task.id)).zone == "Pacific/Auckland"
        await theirs.reminders.set(task.id, 10)
        await until(one, lambda: ours.tasks.get(task.id).zone == "Pacific/Auckland")
        assert (len(theirs.reminders.all()), ours.reminders.all()) == (1, ())
        await ours.reviews.held(rule.id)
    async with await open_device(tmp_path / "sam") as two:
        (theirs,) = two.spaces
        assert theirs.agreements.get(rule.id).limited == ("a photo",)
        assert theirs.limits.standing() == (limit,)
        assert [each.minutes_before for each in theirs.reminders.all()] == [10]
        assert theirs.checklists.get(scene.id).state(theirs.now()) is checklist.State.STOPPED
        assert theirs.problems() == ()
        await two.believe_clock()
