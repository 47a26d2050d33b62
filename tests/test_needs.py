"""The promise of `tests.needs`: nothing is skipped in silence, and in CI nothing is skipped at all."""

import subprocess
from pathlib import Path

import pytest

from tests import needs

HERE = {"PATH": "/usr/bin:/bin"}


def test_a_program_that_is_there_is_found_by_its_path() -> None:
    assert Path(needs.program("sh", "dash", environment=HERE)).name == "sh"


def test_a_program_of_the_system_is_found_off_the_path_of_an_ordinary_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "a-system-tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setattr(needs, "SYSTEM_FOLDERS", (str(tmp_path),))
    assert needs.program("a-system-tool", "none", environment={"PATH": "/nowhere"}) == str(tool)


def test_a_missing_program_skips_with_the_command_that_installs_it() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"^no-such-tool is missing: apt-get install some-package$"):
        needs.program("no-such-tool", "some-package", environment=HERE)


def test_in_ci_a_missing_program_is_a_failure() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"no-such-tool is missing: apt-get install some-package"):
        needs.program("no-such-tool", "some-package", environment={**HERE, "CI": "true"})


def test_where_namespaces_cannot_be_made_the_reason_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = tmp_path / "unshare"
    refused.write_text("#!/bin/sh\nexit 1\n")
    refused.chmod(0o755)
    with pytest.raises(pytest.skip.Exception, match="run as root"):
        needs.namespaces(environment={"PATH": str(tmp_path)})
    with pytest.raises(pytest.fail.Exception, match="run as root"):
        needs.namespaces(environment={"PATH": str(tmp_path), "CI": "true"})


def test_what_makes_namespaces_gives_a_network_of_its_own() -> None:
    inside = subprocess.run([*needs.namespaces(), "cat", "/proc/net/dev"], capture_output=True, text=True, check=True)
    names = [line.split(":")[0].strip() for line in inside.stdout.splitlines()[2:]]
    assert names == ["lo"]
