"""The command itself: what it prints, what it refuses, and that it says nothing it should not."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from demo_app.door import Door

ROOT = Path(__file__).resolve().parent.parent.parent
LINE = re.compile(
    r"\[(\w+)\] open (http://127\.0\.0\.1:(\d+)/) and type the code ([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})"
)
WAIT_SECONDS_MAX = 60


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "demo_app", *arguments]


@contextmanager
def _running(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """The command, before anybody's first run: no store is made and nothing is announced."""
    process = subprocess.Popen(
        _command("--no-browser", *arguments), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _line(process: "subprocess.Popen[str]") -> re.Match[str]:
    assert process.stdout is not None
    found = LINE.fullmatch(process.stdout.readline().strip())
    assert found is not None
    return found


def test_each_person_gets_one_line_in_the_form_that_the_help_names(tmp_path: Path) -> None:
    told = subprocess.run(_command("--help"), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "[label] open http://127.0.0.1:PORT/ and type the code XXXX-XXXX-XXXX" in told
    with _running("--duo", "--data-dir", str(tmp_path)) as duo:
        assert [_line(duo)[1], _line(duo)[1]] == ["left", "right"]
    with _running("--data-dir", str(tmp_path)) as alone:
        assert _line(alone)[1] == "me"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_asked_and_logs_no_visit(tmp_path: Path, number: signal.Signals) -> None:
    with _running("--data-dir", str(tmp_path)) as process:
        url = _line(process)[2]
        opener = build_opener(ProxyHandler({}))
        for path in ("", "static/app.js", "marked-path"):
            with pytest.raises(OSError, match="401"):
                opener.open(url + path, timeout=WAIT_SECONDS_MAX)
        assert process.stdout is not None
        assert process.stdout.readline() == "Stop with Ctrl+C.\n"
        process.send_signal(number)
        said, complained = process.communicate(timeout=WAIT_SECONDS_MAX)
    assert (process.returncode, said.strip(), complained) == (0, "", "")


def test_the_ports_can_be_chosen_and_one_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with _held() as held:
        port = held.getsockname()[1]
        with _held(port) as taken:
            taken.listen()
            ended = subprocess.run(
                _command("--no-browser", "--data-dir", str(tmp_path), "--port", str(port)),
                cwd=ROOT, capture_output=True, text=True, timeout=WAIT_SECONDS_MAX, check=False,
            )  # fmt: skip
        assert ended.returncode == 1
        assert ended.stderr == f"Port {port} is taken or not allowed. Choose another with --port, or leave it out.\n"
        with _running("--data-dir", str(tmp_path), "--port", str(port)) as process:
            assert int(_line(process)[3]) == port


def _held(port: int = 0) -> socket.socket:
    """A port that nobody is given by chance meanwhile; whoever names it may have it while none listens."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    return held


@pytest.mark.parametrize("port", ["-1", "65535", "seven"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        _command("--data-dir", str(tmp_path), f"--port={port}"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "--port" in ended.stderr


def test_nothing_is_written_before_the_first_run(tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    with _running("--data-dir", str(folder)) as process:
        _line(process)
        assert not folder.exists()


def test_two_codes_are_never_the_same() -> None:
    assert len({Door(1).typed_code for _ in range(200)}) == 200
