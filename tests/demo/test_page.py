"""What one window gets to see and may do: before first run, behind the lock, open, and with its store in use."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from collar_sync.core.mishaps import Mishap
from demo_app.server import SETTLE_SECONDS
from tests.demo.served import PASSPHRASE, WAIT_SECONDS_MAX, Served, served, window


def _stage(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda seen: seen["stage"] == name


async def test_first_run_makes_a_space_that_is_usable_alone(page: Served) -> None:
    await page.enter()
    async with window(page) as line:
        blank = {"nameHint": "", "rangAt": None, "restored": None}
        assert (await line.until()) == {"stage": "firstRun", "mayPause": False, **blank}
        assert await line.act("task.add", title="Too early", of="person_x") is not None
        assert await line.act("setup.start", name=" Alex ", passphrase=PASSPHRASE) is None
        seen = await line.until(_stage("open"))
    assert seen["sync"]["standing"] == "alone"
    assert seen["space"]["me"]["name"] == "Alex"


async def test_a_first_run_without_a_name_or_a_passphrase_makes_nothing(page: Served) -> None:
    await page.enter()
    async with window(page) as line:
        assert (
            await line.act("setup.start", name="  ", passphrase=PASSPHRASE) == "Say what you would like to be called."
        )
        problem = await line.act("setup.start", name="Alex", passphrase="")
        assert problem == "A passphrase has at least one character and at most 1,024 bytes."
        assert page.laptop.stage == "firstRun"


async def test_a_window_gets_the_state_again_after_an_act_that_changed_nothing_for_its_box_may_show_more(
    page: Served,
) -> None:
    await page.enter()
    async with window(page) as line:
        before = await line.until()
        shown = line.states
        assert await line.act("setup.start", name="  ", passphrase=PASSPHRASE) is not None
        await line.again(shown)
        assert await line.until() == before


async def test_the_longest_name_there_may_be_is_a_name(page: Served) -> None:
    await page.enter()
    async with window(page) as line:
        assert await line.act("setup.start", name="x" * 81, passphrase=PASSPHRASE) == Mishap.NO_NAME.sentence
        await line.until(_stage("unnamed"))
        assert await line.act("setup.name", name="x" * 80) is None
        await line.until(_stage("open"))


async def test_a_first_run_that_was_cut_short_asks_for_the_name_that_is_missing(tmp_path: Path) -> None:
    async with served(tmp_path) as cut_short:
        await cut_short.laptop.unlock(PASSPHRASE)  # the store is made, the space is not
    async with served(tmp_path) as page:
        await page.enter()
        async with window(page) as line:
            assert await line.act("setup.unlock", passphrase=PASSPHRASE) is None
            await line.until(_stage("unnamed"))
            assert await line.act("setup.name", name="Alex") is None
            await line.until(_stage("open"))


async def test_a_wrong_passphrase_is_said_and_leaves_the_store_untouched(alex: Served, tmp_path: Path) -> None:
    await alex.laptop.close()
    before = {path.name: path.read_bytes() for path in (tmp_path / "alex").iterdir()}
    async with served(tmp_path / "alex") as page:
        await page.enter()
        async with window(page) as line:
            problem = await line.act("setup.unlock", passphrase="another one")
            assert problem == "That is not the passphrase. Nothing was changed. Try again."
        assert page.laptop.stage == "unlock"
    assert {path.name: path.read_bytes() for path in (tmp_path / "alex").iterdir()} == before


async def test_a_store_that_is_open_elsewhere_is_said_in_words(alex: Served, tmp_path: Path) -> None:
    async with served(tmp_path / "alex") as second:
        await second.enter()
        async with window(second) as line:
            problem = await line.act("setup.unlock", passphrase=PASSPHRASE)
    assert problem is not None
    assert "in use" in problem or "open" in problem
    assert problem.endswith(".")


async def test_behind_the_lock_nothing_is_shown_and_only_pause_works(alex: Served) -> None:
    async with window(alex) as line, window(alex) as other:
        assert alex.laptop.space is not None
        me = alex.laptop.space.me
        await line.act("task.add", title="Marked words", of=me)
        await line.act("hide")
        for each in (line, other):
            assert await each.until(_stage("unlock")) == {
                "stage": "unlock",
                "mayPause": True,
                "nameHint": "",
                "rangAt": None,
                "restored": None,
            }
        assert await line.act("task.add", title="No", of=me) == "This laptop is locked. Unlock it first."
        assert await line.act("pause.lift") == "This laptop is locked. Unlock it first."
        assert await line.act("pause.add") is None
        assert await line.act("setup.unlock", passphrase="wrong") is not None
        assert alex.laptop.stage == "unlock"
        assert await line.act("setup.unlock", passphrase=PASSPHRASE) is None
        seen = await line.until(_stage("open"))
    assert len(seen["pauses"]) == 1


async def test_a_slow_window_gets_the_newest_state_and_not_every_one(alex: Served) -> None:
    space = alex.laptop.space
    assert space is not None
    large, writes = 12, 30
    for number in range(large):  # all states together are more than any system's buffers take
        await space.tasks.promise(f"Large {number}", details="\N{ALCHEMICAL SYMBOL FOR AIR}" * 8_000)
    async with window(alex) as slow:
        await slow.until()
        slow.socket.transport.pause_reading()
        for number in range(writes):
            await space.tasks.promise(f"Number {number}")
            alex.laptop.bell.ring()
            await asyncio.sleep(2 * SETTLE_SECONDS)  # on a slow machine each would be a push of its own, and so here
        slow.socket.transport.resume_reading()
        await slow.until(lambda seen: len(seen["tasks"]) == large + writes)
        assert slow.states < writes


async def test_closing_ends_the_page_with_its_own_sign(alex: Served) -> None:
    async with window(alex) as line:
        await line.until()
        await line.act("quit")
        await asyncio.wait_for(line.socket.wait_closed(), WAIT_SECONDS_MAX)
    assert line.socket.close_code == 4001


async def test_what_is_said_and_refused_is_the_domains_own_sentence(alex: Served) -> None:
    async with window(alex) as line:
        problem = await line.act(
            "consent.offer", purpose="x", includes=["y"], excludes=[], access=[], until=None, howToPause=""
        )
        assert problem == "A consent is between people. Invite someone first, or name who this is with."
        assert await line.act("task.done", task="none") == "There is no such task here. It may not have arrived yet."
        problem = await line.act("pairing.join", code="1234 5678", address="somewhere")
        assert problem == Mishap.NO_ADDRESS.sentence


async def test_a_window_that_leaves_with_wishes_under_way_has_them_done_and_the_last_is_to_lock(alex: Served) -> None:
    space = alex.laptop.space
    assert space is not None
    async with window(alex) as line:
        await line.until(_stage("open"))
        for number in range(20):
            wish = {
                "do": "draft.keep",
                "number": number,
                "space": space.id,
                "form": "task",
                "words": {"a": str(number)},
            }
            await line.socket.send(json.dumps(wish))
        await line.socket.send(json.dumps({"do": "hide", "number": 21}))
        await line.socket.close()
    async with window(alex) as line:
        await line.until(_stage("unlock"))
    assert space.drafts.get("task").words == {"a": "19"}
