"""What a test needs of the machine it runs on: programs, and the right to make network namespaces.

Where something is missing the test is skipped, and the reason is the command that mends it. With CI=true a skip would
hide a hole, so there the same reason is a failure. Knows nothing of this library.
"""

import functools
import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import NoReturn

import pytest

SYSTEM_FOLDERS = ("/usr/sbin", "/sbin")  # where `ip`, `nft` and `tcpdump` live, off the PATH of an ordinary user
NAMESPACE_SECONDS_MAX = 20


def program(name: str, package: str, *, environment: Mapping[str, str] = os.environ) -> str:
    """The path of a program; where it is missing, skips (or with CI=true fails) naming the Debian package."""
    folders = os.pathsep.join((environment.get("PATH", os.defpath), *SYSTEM_FOLDERS))
    path = shutil.which(name, path=folders)
    if path is None:
        missing(f"{name} is missing: apt-get install {package}", environment=environment)
    return path


def namespaces(*, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The command before which a program gets a network namespace of its own, as root or in a user namespace.

    Where neither is possible, skips (or with CI=true fails) with what to do.
    """
    unshare = program("unshare", "util-linux", environment=environment)
    flags = next((flags for flags in ("-n", "-Urn") if _runs(unshare, flags)), None)
    if flags is None:
        missing(
            "network namespaces are not possible here: run as root, or sysctl -w user.max_net_namespaces=1024 "
            "kernel.unprivileged_userns_clone=1",
            environment=environment,
        )
    return (unshare, flags, "--")


def missing(reason: str, *, environment: Mapping[str, str] = os.environ) -> NoReturn:
    """Ends the test: skipped for this reason, or failed where CI=true promises that nothing is skipped."""
    if environment.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@functools.cache
def _runs(unshare: str, flags: str) -> bool:
    """Whether a namespace can be made and its own network set up in it."""
    result = subprocess.run(
        [unshare, flags, "--", "sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; ip link add probe type bridge"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=NAMESPACE_SECONDS_MAX,
        check=False,
    )
    return result.returncode == 0
