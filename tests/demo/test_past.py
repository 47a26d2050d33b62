"""Looking back, and a copy of one's own: what is told, to whom, and how it leaves the app."""

import asyncio
import io
import json
import threading
import zipfile
from collections.abc import Sequence

import pytest

from collar_sync import Space
from collar_sync.domain.export import Private
from demo_app import past
from tests.demo.served import WAIT_SECONDS_MAX, Served, window


async def test_the_past_is_read_when_it_is_asked_for_and_ones_own_acts_alone_carry_their_time(alex: Served) -> None:
    async with window(alex) as line:
        seen = await line.until()
        me = seen["space"]["me"]["id"]
        assert await line.act("task.add", title="Water the ferns", of=me) is None
        told = await line.look("timeline.look", lines=50)
        (day,) = told["days"]
        assert [each["text"] for each in day["lines"]][-1] == "You promised “Water the ferns”."
        assert all(each["at"] is not None for each in day["lines"])
        assert (told["further"], told["undo"]) == (False, None)
        task = (await line.until(lambda state: state["tasks"]))["tasks"][0]["id"]
        assert await line.act("task.done", task=task) is None
        told = await line.look("timeline.look", lines=50)
        assert told["undo"] == "Take back that “Water the ferns” is done."
        assert await line.act("undo.last") is None
        await line.until(lambda state: state["tasks"][0]["state"] == "accepted")
        assert str(await line.act("undo.last")).startswith("There is nothing of yours to take back here.")
        assert await line.act("timeline.look", lines=0) is not None, "not so few"
        assert (await line.look("timeline.look", lines=1))["further"] is False, "days are whole"


@pytest.mark.parametrize("kind", ["markdown", "json", "automerge"])
async def test_a_copy_is_handed_over_under_a_name_that_says_nothing_and_private_only_when_asked(
    alex: Served, kind: str
) -> None:
    space = alex.laptop.space
    assert space is not None
    await space.tasks.promise("Water the ferns")
    await space.journal.write("what I would not say aloud")

    async def copy(**form: str) -> str:
        answer = await alex.ask("/copy", method="POST", form={"kind": kind, **form}, origin=alex.door.origin)
        assert answer.status == 200
        suffix = {"markdown": "md", "json": "json", "automerge": "zip"}[kind]
        assert answer.headers["content-disposition"] == f'attachment; filename="copy.{suffix}"'
        assert answer.headers["cache-control"] == "no-store"
        if kind != "automerge":
            return answer.body
        with zipfile.ZipFile(io.BytesIO(answer.raw)) as packed:
            return repr([packed.read(each) for each in packed.namelist()]) + repr(packed.namelist())

    shared, everything = await copy(), await copy(journal="on")
    assert "what I would not say aloud" not in shared
    assert len(everything) > len(shared)
    if kind == "automerge":
        assert "core.automerge" in shared
    else:
        assert "Water the ferns" in shared
        assert "what I would not say aloud" in everything
    if kind == "json":
        assert json.loads(shared)["format"] == "collar_sync export"


async def test_no_copy_leaves_a_locked_laptop_or_goes_to_another_page(alex: Served) -> None:
    form = {"kind": "markdown"}
    for origin in ("http://127.0.0.1:1", "null", None):
        assert (await alex.ask("/copy", method="POST", form=form, origin=origin)).status == 403
    assert (await alex.ask("/copy")).status == 405
    assert (await alex.ask("/copy", method="POST", form=form, origin=alex.door.origin, cookie=None)).status == 401
    odd = await alex.ask("/copy", method="POST", form={"kind": "odd"}, origin=alex.door.origin)
    assert (odd.status, odd.headers["location"], odd.raw) == (303, "/", b"")
    alex.laptop.hide()
    locked = await alex.ask("/copy", method="POST", form=form, origin=alex.door.origin)
    assert (locked.status, locked.headers["location"], locked.raw) == (303, "/", b"")


async def test_while_a_copy_is_made_pause_is_answered(alex: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    made, paused = threading.Event(), threading.Event()

    def slow(space: Space, *, journal: bool, beside: Sequence[Private]) -> past.File:
        made.set()
        assert paused.wait(WAIT_SECONDS_MAX)  # however long the copy takes: here until after the pause
        return past._markdown(space, journal=journal, beside=beside)

    monkeypatch.setitem(past._COPIES, "markdown", slow)
    ours = alex.laptop.space
    assert ours is not None
    await ours.tasks.promise("Water the ferns")
    async with window(alex) as line:
        await line.until()
        form = {"kind": "markdown"}
        copying = asyncio.create_task(alex.ask("/copy", method="POST", form=form, origin=alex.door.origin))
        assert await asyncio.to_thread(made.wait, WAIT_SECONDS_MAX)
        assert await line.act("pause.add") is None
        await line.until(lambda seen: seen["pauses"])
        assert not copying.done()
        paused.set()
        answer = await copying
    assert "Water the ferns" in answer.body
