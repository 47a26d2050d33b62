"""How this suite shares a machine's cores: what is marked `alone` is, and who names one file waits for nobody."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

OWN = Path(__file__).parent / "conftest.py"
ROOT = OWN.parent.parent

STORY = '''
import os, time
from pathlib import Path
import pytest

HERE = Path(__file__).parent

def say(what):
    with (HERE / "log").open("a") as log:
        log.write(f"{what}\\n")

def until(true):
    ends = time.monotonic() + 40
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)

def met(name, other):
    """Wait for each other, which only two that run side by side can do."""
    say(f"{name} begins")
    until(lambda: f"{other} begins" in (HERE / "log").read_text())
    say(f"{name} ends")

def test_one():
    met("one", "other")

@pytest.mark.parametrize("number", range(8))
def test_any(number):
    say(f"any{number} begins")
    say(f"any{number} ends")

@pytest.mark.alone
@pytest.mark.parametrize("number", range(2))
def test_alone(number):
    say(f"alone{number} begins")
    until(lambda: len(list(HERE.glob("*.ready"))) == 2)
    time.sleep(0.3)  # whoever need not wait begins now
    say(f"alone{number} ends")

def test_other():
    met("other", "one")
'''
READY = """
import os
from pathlib import Path

def pytest_collection_finish():
    if "PYTEST_XDIST_WORKER" in os.environ:
        Path(f"{os.environ['PYTEST_XDIST_WORKER']}.ready").touch()
"""
QUICK = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # plugins take longer to load than the story takes

TAKE = """
import sys
from pathlib import Path
from tests.turns import Turns
turns = Turns(Path(sys.argv[1]))
turns.take(alone=sys.argv[2] == "alone")
print("in", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="There, one process runs all tests.")
def test_while_a_test_that_is_alone_runs_no_other_does_and_all_the_rest_run_side_by_side(tmp_path: Path) -> None:
    shutil.copy(OWN, tmp_path)
    (tmp_path / "test_story.py").write_text(STORY)
    (tmp_path / "ready.py").write_text(READY)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = alone\naddopts = --strict-markers -p no:cacheprovider\n")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "ready", "-n", "2", "--dist", "worksteal", "."]
    path = os.pathsep.join((str(ROOT), str(tmp_path)))
    done = subprocess.run(
        command, cwd=tmp_path, env={**plain, **QUICK, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    running: set[str] = set()
    crowds = []
    for line in (tmp_path / "log").read_text().splitlines():
        name, what = line.split()
        running ^= {name}
        if what == "begins":
            crowds.append({*running})
    assert [crowd for crowd in crowds if len(crowd) > 1 and any(name.startswith("alone") for name in crowd)] == []
    assert any({"one", "other"} <= crowd for crowd in crowds)
    everybody = {name for crowd in crowds for name in crowd}
    assert everybody == {"one", "other", "alone0", "alone1", *(f"any{number}" for number in range(8))}


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells who waits for a lock.")
def test_who_waits_to_be_alone_comes_before_whoever_asks_later_and_a_process_that_ends_keeps_nobody_waiting(
    tmp_path: Path,
) -> None:
    turns = tmp_path / "turns"
    turns.touch()
    with contextlib.ExitStack() as ending:

        def asks(how: str) -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                [sys.executable, "-c", TAKE, turns, how], cwd=ROOT, text=True, stdin=-1, stdout=-1
            )
            ending.callback(process.communicate)
            ending.callback(process.kill)
            return process

        first = asks("shared")
        assert heard(first) == "in\n"
        alone = asks("alone")
        waits(alone)
        later = asks("shared")
        waits(later)
        first.kill()
        assert heard(alone) == "in\n"
        waits(later)
        alone.kill()
        assert heard(later) == "in\n"


def heard(process: "subprocess.Popen[str]") -> str:
    """What it says next."""
    assert process.stdout is not None
    return process.stdout.readline()


def waits(process: "subprocess.Popen[str]") -> None:
    """Wait until it waits for a lock, which only a program that has said nothing yet does."""
    waiting = re.compile(rf"-> POSIX +ADVISORY +\w+ +{process.pid} ")
    until = time.monotonic() + 30
    while not waiting.search(Path("/proc/locks").read_text()):
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("named", "capture", "shared"),
    [
        (["tests"], "fd", True),
        (["tests/test_house.py", "tests/core"], "fd", True),
        (["tests/test_house.py"], "fd", False),
        (["tests/test_house.py::test_a_module_opens_with_its_purpose", "tests/test_needs.py"], "fd", False),
        (["tests"], "no", False),
    ],
)
def test_whole_folders_are_shared_and_who_names_files_or_looks_at_what_is_printed_has_one_process(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, named: list[str], capture: str, *, shared: bool
) -> None:
    monkeypatch.chdir(ROOT)
    asked = SimpleNamespace(args=named, option=SimpleNamespace(capture=capture))
    processes = request.config.hook.pytest_xdist_auto_num_workers(config=asked)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    assert processes in (range(2, 5) if shared and cores > 1 and sys.platform != "win32" else [0])
