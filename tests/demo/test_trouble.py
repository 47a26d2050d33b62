"""A fault of ours: the page says so and what to do, and what was being written shows nowhere."""

import json
from pathlib import Path

import pytest

from collar_sync import Device
from demo_app import actions, trouble
from demo_app.laptop import Laptop

SECRET = "slow rivers keep warm stones"


async def test_a_fault_of_ours_is_said_with_what_to_do_and_names_nothing_that_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def opening(_directory: Path, passphrase: str) -> Device:
        raise ValueError(passphrase)

    laptop = Laptop(tmp_path, opening=opening)
    asked = json.dumps({"do": "setup.start", "number": 3, "name": "Alex", "passphrase": SECRET})
    answer = await actions.perform(laptop, asked)
    assert (answer.answers, answer.problem) == (3, trouble.SENTENCE)
    said = capsys.readouterr().err
    assert said.startswith(trouble.SENTENCE)
    assert "ValueError at " in said
    assert "laptop.py:" in said
    assert SECRET not in said
    assert laptop.stage == "firstRun", "and it can be tried again"
