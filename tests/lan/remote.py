"""Laptops of the LAN tests as seen from the test: each a process of its own, told what to do and asked what it sees."""

import contextlib
import json
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lan.bed import Bed

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWER_SECONDS_MAX = 60
MEET_SECONDS_MAX = 60  # until something is given up that takes a few; what is promised in seconds is measured
LEAVE_SECONDS_MAX = 30

SPACE = "Our quiet lighthouse"
ALEX, SAM = "Alexandrina Vale", "Samphire Moss"
ALEX_LAPTOP, SAM_LAPTOP = "Alexandrina's grey laptop", "Samphire's old laptop"


class Remote:
    """A laptop process in its namespace, driven by JSON lines."""

    def __init__(self, bed: Bed, name: str, folder: Path, port: int = 0, *, leaking: bool = False) -> None:
        folder.parent.mkdir(exist_ok=True)
        self._errors = (folder.parent / f"{name}.err").open("w+")
        self._process = subprocess.Popen(
            [*bed.enter(name), sys.executable, "-W", "error", "-m", "tests.lan.laptop", str(folder), str(port)]
            + ["leaking"] * leaking,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._name = name
        self.opened: float = self._answer()["ready"]  # seconds of the clock that all processes share

    def __call__(self, do: str, **arguments: Any) -> dict[str, Any]:
        """What a command is answered."""
        self.tell(do, **arguments)
        return self._answer()

    def tell(self, do: str, **arguments: Any) -> None:
        """Gives a command whose answer is fetched later with `hear`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """The answer to `tell`."""
        return self._answer()

    def until(self, do: str, ready: Callable[[dict[str, Any]], bool], seconds: float = MEET_SECONDS_MAX) -> float:
        """Asks again and again until the answer will do; how long that took, in seconds."""
        begun = time.monotonic()
        while not ready(answer := self(do)):
            if time.monotonic() - begun > seconds:
                pytest.fail(f"{self._name}: {do} still answers {answer} after {seconds} s")
            time.sleep(0.02)
        return time.monotonic() - begun

    def when(self, ready: Callable[[dict[str, Any]], bool], since: float, seconds: float = MEET_SECONDS_MAX) -> float:
        """How many seconds after `since` a connection first came to stand so, as the laptop itself noticed it."""
        until = time.monotonic() + seconds
        while True:
            moments = self("moments")["moments"]
            for moment in moments:
                if moment["at"] >= since and ready(moment):
                    return float(moment["at"]) - since
            if time.monotonic() > until:
                pytest.fail(f"{self._name}: not within {seconds} s, but {moments[-5:]}")
            time.sleep(0.05)

    def sleep(self) -> None:
        """Closes the lid: from now on nothing runs, while the network card still answers."""
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Undoes `sleep`."""
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> str:
        """Ends it as a person would; what it said on its error stream. Calling it again is harmless."""
        if self._errors.closed:
            return ""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(LEAVE_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.seek(0)
        said = self._errors.read()
        self._errors.close()
        return said

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], ANSWER_SECONDS_MAX)[0]:
            pytest.fail(f"{self._name} did not answer")
        line = self._process.stdout.readline()
        if not line:
            pytest.fail(f"{self._name} ended: {self.close()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextlib.contextmanager
def laptops(bed: Bed, folder: Path, *names: str, port: int = 0, leaking: bool = False) -> Iterator[list[Remote]]:
    """These laptops, or Alex's and Sam's, switched on; each ends in silence."""
    with contextlib.ExitStack() as closing:
        started = []
        for name in names or ("alex", "sam"):
            started.append(Remote(bed, name, folder / name, port, leaking=leaking))
            closing.callback(started[-1].close)
        yield started
        assert [laptop.close() for laptop in started] == ["" for _ in started]


def pair(alex: Remote, sam: Remote) -> str:
    """Alex founds a space and shows a code, and Sam types it; no address is given to anyone. The code."""
    alex("create", name=SPACE, me=ALEX, device_name=ALEX_LAPTOP)
    return join(alex, sam)


def join(
    inviter: Remote,
    joiner: Remote,
    *,
    me: str = SAM,
    device_name: str = SAM_LAPTOP,
    address: tuple[str, int] | None = None,
    own: bool = False,
) -> str:
    """One shows a code for the space that they have, another types it, with an address or without; the code."""
    code: str = inviter("invite", own=own)["code"]
    joiner.tell("join", code=code, me=me, device_name=device_name, address=address)
    inviter.tell("joined")
    joined, invited = joiner.hear(), inviter.hear()
    assert invited["name"] == me
    assert invited["words"] == joined["words"]
    return code


def in_step(laptop: Remote) -> float:
    return laptop.until("status", lambda status: bool(status["in_step"]))
