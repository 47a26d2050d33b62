"""The house: its public names, the size of its rooms, its two front doors, and the words that never stand in it."""

import ast
import functools
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from collar_sync import limits

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("collar_sync", "demo_app", "benchmarks")
LINES_MAX = 400  # of a module in these rooms; tests tell their stories at their own length
FUNCTION_LINES_MAX = 70
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

LEFT_BEHIND = re.compile(r"\..*|__pycache__|dist|build|test-artifacts|.*\.egg-info")

PUBLIC_NAMES: list[str] = [
    "Changed",
    "CollarError",
    "ConsentState",
    "Counter",
    "Device",
    "DeviceStatus",
    "Document",
    "Introduction",
    "InvalidInput",
    "Invitation",
    "LocalError",
    "NewerVersion",
    "NotAllowed",
    "NotFound",
    "PairingFailed",
    "PeerError",
    "Person",
    "Reflection",
    "RepairStage",
    "Said",
    "Say",
    "SetFields",
    "SetText",
    "SlipKind",
    "Space",
    "StoreDamaged",
    "StoreError",
    "StoreInUse",
    "TaskState",
    "Text",
    "Unreachable",
    "WrongCode",
    "WrongPassphrase",
    "commitment",
]


def _files(*suffixes: str) -> list[Path]:
    """Every file of the project whose name ends so; what tools and runs leave behind is none of the project's."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name == ".ci" or not LEFT_BEHIND.fullmatch(name))
        found += [Path(folder, name) for name in sorted(names) if name.endswith(suffixes)]
    assert found, "the house is never empty"
    return found


def _fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)\n```$", README, flags=re.DOTALL | re.MULTILINE)


def _short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


PYTHON = _files(".py")


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_the_public_names_are_these_and_no_others() -> None:
    tree = ast.parse((ROOT / "collar_sync/__init__.py").read_text())
    listed = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]
    ]
    assert listed == [PUBLIC_NAMES]
    assert sorted(PUBLIC_NAMES) == PUBLIC_NAMES


class Module(NamedTuple):
    """What is asked of a module."""

    lines: int
    function_lines: dict[str, int]
    purpose: str | None


@functools.cache
def _modules() -> dict[str, Module]:
    """Every module by its path, each read once."""
    found = {}
    for path in PYTHON:
        tree = _tree(path)
        functions = {
            f"{node.name} at {node.lineno}": node.end_lineno - node.lineno + 1
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
        }
        found[_short(path)] = Module(len(path.read_text().splitlines()), functions, ast.get_docstring(tree))
    return found


def test_a_module_is_one_head_and_a_function_one_screen() -> None:
    rooms = {name: module for name, module in _modules().items() if name.split("/")[0] in ROOMS}
    assert {name: module.lines for name, module in rooms.items() if module.lines > LINES_MAX} == {}
    lines = {(name, *each): each[1] for name, module in rooms.items() for each in module.function_lines.items()}
    assert max(lines.values()) > FUNCTION_LINES_MAX // 2, "they are counted"
    assert {where for where, count in lines.items() if count > FUNCTION_LINES_MAX} == set()


def test_a_module_opens_with_its_purpose() -> None:
    assert [name for name, module in _modules().items() if not module.purpose] == []


def test_each_front_door_is_one_line_for_a_shell_and_one_for_powershell() -> None:
    for ending in ("--extra demo collar-demo --duo", "--extra demo --extra test pytest -rs"):
        shell = "python3 -m venv .venv-uv && .venv-uv/bin/python -m pip install -q uv && .venv-uv/bin/uv run " + ending
        windows = (
            r"py -m venv .venv-uv; if ($?) { .venv-uv\Scripts\python -m pip install -q uv; "
            rf"if ($?) {{ .venv-uv\Scripts\uv run {ending} }} }}"
        )
        assert _fenced("sh").count(shell) == 1
        assert _fenced("powershell").count(windows) == 1
    assert len(_fenced("sh")) == len(_fenced("powershell")) == 2


def test_every_extra_and_script_that_the_readme_names_exists() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    assert {*re.findall(r"--extra (\w+)", README)} <= {*extras}
    assert PROJECT["project"]["scripts"] == {"collar-demo": "demo_app.__main__:main"}


def test_ci_runs_the_line_that_people_are_given() -> None:
    script = (ROOT / ".ci/run").read_text()
    read = re.search(r"^tests=\$\((.*)\)$", script, flags=re.MULTILINE)
    assert read is not None
    found = subprocess.run(["bash", "-c", read[1]], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line for line in _fenced("sh") if "pytest" in line] == found.splitlines()
    assert script.rstrip().endswith('bash -euo pipefail -c "$tests"')
    assert "export CI=true" in script
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_what_the_commands_leave_behind_is_ignored() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {".venv*", "uv.lock"} <= {*ignored}


def test_the_wheel_holds_the_library_and_the_app() -> None:
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["collar_sync", "demo_app"]
    assert (ROOT / "collar_sync/py.typed").exists()


# In pieces, so that this file does not hold them either: where packages come from, where one person's files lie, what
# only makes sense to those who were there, and marks of a merge.
FORBIDDEN = re.compile(
    "|".join(
        (
            r"(?i:pypi\." + "org)",
            r"(?i:python" + r"hosted\.)",
            r"(?i:registry\." + r"npm)",
            r"(?i:deb\." + r"debian\.)",
            r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me|op" + r"t|Us" + r"ers)/",
            r"(?i:C:\\+Us" + "ers)",
            r"(?i:\biss" + r"ue #?\d)",
            r"\bTO" + r"DO\b",
            r"\bFIX" + r"ME\b",
            r"^(?:<{7}|>{7})(?: |$)",
        )
    )
)


@pytest.mark.parametrize(
    "sample",
    [
        "/wo" + "rk/main",
        "see iss" + "ue 7",
        "https://py" + "pi.org/x",
        "# TO" + "DO: later",
        "C:\\" + "Users",
        "<" * 7 + " ours",
    ],
)
def test_the_search_for_forbidden_words_finds_them(sample: str) -> None:
    assert FORBIDDEN.search(sample)


TEXT = (".py", ".md", ".toml", ".js", ".mjs", ".css", ".html", ".json", ".svg", "run", ".gitignore", "LICENSE")


def test_no_file_names_a_registry_a_machine_or_a_tracker() -> None:
    lines = [(_short(path), line) for path in _files(*TEXT) for line in path.read_text().splitlines()]
    assert [each for each in lines if FORBIDDEN.search(each[1])] == []


def test_no_file_holds_the_marks_of_a_merge() -> None:
    marks = re.compile(r"^(<{7} |>{7} |={7}$)", re.MULTILINE)
    assert marks.search("a\n" + "<" * 7 + " HEAD\n"), "the search finds one"
    texts = _files(".py", ".js", ".css", ".html", ".md", ".toml")
    assert len(texts) > 100
    assert [_short(path) for path in texts if marks.search(path.read_text())] == []


def test_every_link_between_documents_leads_somewhere() -> None:
    links = [
        (path, link)
        for path in _files(".md")
        for link in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", path.read_text())
    ]
    assert links
    assert [(_short(path), link) for path, link in links if not (path.parent / link).exists()] == []


def test_the_reading_order_leaves_no_module_out() -> None:
    told = (ROOT / "docs/architecture.md").read_text()
    modules = [path for path in PYTHON if path.is_relative_to(ROOT / "collar_sync") and path.name != "__init__.py"]
    assert [_short(path) for path in modules if f"{path.name}`" not in told] == []


@functools.cache
def _hanging_on_a_space() -> dict[str, str]:
    """What a space and its lists are made with, by its public name, and of which class that is."""
    return _made_with("node/space.py", "Space") | _made_with("domain/lists.py", "Lists")


def _made_with(path: str, name: str) -> dict[str, str]:
    body = _tree(ROOT / "collar_sync" / path).body
    (made,) = (node for node in body if isinstance(node, ast.ClassDef) and node.name == name)
    (begun,) = (node for node in made.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    return {
        target.attr: ast.unparse(node.value.func)
        for node in ast.walk(begun)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Attribute) and not target.attr.startswith("_")
    }


def test_the_readme_lists_what_hangs_on_a_space() -> None:
    listed = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", README, flags=re.MULTILINE)
    named = {name for row in listed for name in re.findall(r"`(\w+)`", row)}
    assert named == _hanging_on_a_space().keys()


def test_every_bound_that_the_documents_name_exists() -> None:
    named = {name for path in _files(".md") for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", path.read_text())}
    assert named
    assert {name for name in named if not hasattr(limits, name)} == set()


# What the software is for, row by row: each rule that a docstring names is one of these.
ROWS = (
    "Pause",
    "Consent",
    "Limit",
    "Agreement",
    "Task",
    "Progress",
    "Checklist",
    "Focus session",
    "Check-in",
    "Small moment",
    "Open update",
    "Behaviour tracking",
    "Private journal",
    "Slip-up",
    "Safety branch",
    "Repair loop",
    "Scripts",
    "Sharing",
    "Timeline",
    "Undo",
    "Export",
    "People and devices",
)
RULE = re.compile(rf"Rule \((?:{'|'.join(map(re.escape, ROWS))})\): \S+(?: \S+){{2,}}")


def _rules(said: str | None) -> list[str]:
    return re.findall(r"^Rule\b.*$", said or "", flags=re.MULTILINE)


@functools.cache
def _acts() -> dict[str, str | None]:
    """Every public act of a noun with its docstring: what is awaited of all that hangs on a space or is such a part."""
    made = {*_hanging_on_a_space().values()}
    return {
        f"{path.name}: {noun.name}.{act.name}": ast.get_docstring(act)
        for path in PYTHON
        if path.parent in {ROOT / "collar_sync/domain", ROOT / "collar_sync/node"}
        for noun in _tree(path).body
        if isinstance(noun, ast.ClassDef)
        and (
            noun.name in made
            or (path.parent.name == "domain" and "careful" in [ast.unparse(each) for each in noun.decorator_list])
        )
        for act in noun.body
        if isinstance(act, ast.AsyncFunctionDef) and not act.name.startswith("_")
    }


def test_every_act_names_the_rule_that_it_keeps() -> None:
    nouns = {act.split(": ")[1].split(".")[0] for act in _acts()}
    assert nouns > {"Offers", "Consents", "Tasks", "Pauses", "Undo", "Devices", "Repairs"}, "they are found"
    assert [act for act, said in _acts().items() if not _rules(said)] == []


def test_every_rule_that_a_docstring_names_is_one_of_what_the_software_is_for() -> None:
    rules = [
        (_short(path), line)
        for path in PYTHON
        if path.is_relative_to(ROOT / "collar_sync")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for line in _rules(ast.get_docstring(node))
    ]
    assert [each for each in rules if not RULE.match(each[1])] == []
    assert {row for row in ROWS if any(line.startswith(f"Rule ({row})") for _, line in rules)} == {*ROWS}
