"""What runs in the sandbox: loads snapshots for the process that started it, one at a time, under limits it set itself.

Asked and answering over its standard input and output, in frames whose sizes stand before them. It must not know
documents, devices or signatures, and must open nothing: whatever is loaded here may be hostile. Where the platform has
no resource limits (Windows), or does not hold a process to its address space (macOS), only its parent's deadline ends
what takes too much.
"""

import contextlib
import ctypes
import os
import signal
import struct
import sys
from pathlib import Path
from typing import BinaryIO, Final

from collar_sync import limits
from collar_sync.core.binding import load_snapshot
from collar_sync.errors import InvalidChange

SIZE: Final = struct.Struct(">I")  # of what follows: a chunk, or a change
COUNT: Final = struct.Struct(">BI")  # the outcome, and how many changes follow
READY: Final = b"\x06"  # limits are set; and then, once for each chunk: it was read, loading begins
LOADED, UNLOADABLE, TOO_MUCH = 0, 1, 2

_PR_SET_PDEATHSIG: Final = 1
_FILES_MAX: Final = 16


def main() -> None:
    """Answer until the parent closes the pipe or ends."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    _follow_the_parent()
    cage()
    answers.write(READY)
    answers.flush()
    while serve(asked, answers):
        pass


def serve(asked: BinaryIO, answers: BinaryIO) -> bool:
    """Load one chunk and answer its changes; False where none was asked."""
    head = asked.read(SIZE.size)
    if len(head) < SIZE.size:
        return False
    chunk = asked.read(SIZE.unpack(head)[0])
    answers.write(READY)
    answers.flush()
    _allow_seconds()
    outcome, changes = _load(chunk)
    answers.write(COUNT.pack(outcome, len(changes)))
    for change in changes:
        answers.write(SIZE.pack(len(change)))
        answers.write(change)
    answers.flush()
    return True


def _load(chunk: bytes) -> tuple[int, list[bytes]]:
    try:
        changes = load_snapshot(chunk)
    except InvalidChange:
        return UNLOADABLE, []
    too_long = sum(map(len, changes)) > limits.SNAPSHOT_CHANGES_BYTES_MAX
    if too_long or len(changes) > limits.BATCH_OPS_MAX:
        return TOO_MUCH, []
    return LOADED, changes


def cage() -> None:
    """Give up what loading does not need: more memory, files, core dumps. For good."""
    try:
        import resource  # noqa: PLC0415  # no such module on Windows
    except ImportError:
        return
    memory = _address_space_bytes() + limits.SNAPSHOT_MEMORY_BYTES_MAX
    caps = [("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", 0), ("RLIMIT_NOFILE", _FILES_MAX), ("RLIMIT_AS", memory)]
    for name, cap in caps:
        with contextlib.suppress(AttributeError, ValueError, OSError):  # what a platform lacks, the deadline makes good
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            lowest = cap if hard == resource.RLIM_INFINITY else min(cap, hard)
            resource.setrlimit(kind, (lowest, lowest))


def _allow_seconds() -> None:
    """Let the system end this process if loading takes too long and the parent is not there to see it."""
    try:
        import resource  # noqa: PLC0415  # as above
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + limits.SNAPSHOT_LOAD_SECONDS_MAX) + 1
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _address_space_bytes() -> int:
    """What this process has mapped already, which the limit counts too."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return limits.SNAPSHOT_MEMORY_BYTES_MAX


def _follow_the_parent() -> None:
    """End with the parent even in the middle of a load. Elsewhere than on Linux the end of the pipe does it, later."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
