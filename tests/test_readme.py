"""The program in the README works as it stands, and is as short as it looks."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

from collar_sync import Device, Invitation, Space
from collar_sync.node.air import Air
from collar_sync.node.belonging import Devices

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 40

PRINTED = """\
Sam reads: Evening check-in and A photo a day
Alex reads: active
Alex reads: withdrawn
"""


def _program() -> str:
    (program,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    return str(program)


def test_two_devices_pair_ask_propose_grant_and_withdraw_and_each_reads_the_other(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_program())
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


def test_the_program_has_at_most_forty_lines() -> None:
    assert len(_program().splitlines()) <= LINES_MAX
