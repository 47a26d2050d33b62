"""The program in the README works as it stands, and is as short as it looks."""

import asyncio
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from collar_sync import ConsentState, Device, Invitation, Space, TaskState
from collar_sync.node.air import Air
from collar_sync.node.belonging import Devices
from tests.node.people import pair

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 40
LOOPBACK = ("127.0.0.1", 0)

PRINTED = """\
Sam reads: Evening check-in and A photo a day
Alex reads: active
Alex reads: withdrawn
"""


def _programs() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)


def test_two_devices_pair_ask_propose_grant_and_withdraw_and_each_reads_the_other(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_programs()[0])
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == (PRINTED, "", 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["program.py"], "it cleans up after itself"


def test_what_an_app_writes_to_meet_and_to_part_is_there() -> None:
    text = (ROOT / "README.md").read_text()
    faces = {"device": Device, "space": Space, "invite": Invitation, "devices": Devices, "air": Air}
    named = set(re.findall(r"(?=\b(device|space|invite|devices|air)\.([a-z_]+))", text))
    assert len(named) > 20
    for name, face in faces.items():
        there = {*dir(face), *re.findall(r"self\.([a-z_]+) = ", inspect.getsource(face))}
        assert {attribute for owner, attribute in named if owner == name} <= there, name


async def test_two_people_agree_and_repair_and_a_small_promise_becomes_a_task(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    exec(_programs()[1], names)  # noqa: S102 - our own text, as it stands
    async with await _opened(tmp_path / "alex") as alex, await _opened(tmp_path / "sam") as sam:
        ours = await alex.create_space("Us", me="Alex")
        theirs, _ = await pair(alex, ours, sam, me="Sam")
        ritual, (promised,) = await names["agree_and_repair"](ours, theirs, _arrived)
        assert (promised.title, promised.state) == ("Set an alarm for tea", TaskState.OPEN)
        await _arrived(lambda: ours.agreements.get(ritual.id).state(ours.now()) is ConsentState.ACTIVE)
        await _arrived(lambda: [each.title for each in ours.tasks.visible()] == [promised.title])
        assert ours.problems() == theirs.problems() == ()


async def _opened(path: Path) -> Device:
    return await Device.open(path, "a passphrase of a story", listen=LOOPBACK, discovery=False, cost="interactive")


async def _arrived(ready: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not ready():  # noqa: ASYNC110  # at either of two devices
            await asyncio.sleep(0.01)


def test_each_program_has_at_most_forty_lines() -> None:
    assert all(len(each.splitlines()) <= LINES_MAX for each in _programs())
