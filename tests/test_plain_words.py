"""What a person may read is said in their words, a record, a device, a backup, and not in those of who built it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
SENTENCE: Final = re.compile(r"(?!(\{\} )?[A-Z]{2,} )[A-Z“{].*[.:…?!}]\"?$", re.DOTALL)  # and no SQL
BUILDERS: Final = re.compile(
    r"\b(stores?|replicas?|statements?|documents?|spaces?|hex|snapshots?|nodes?|peers?|ids?|actors?|nonces?)\b",
    re.IGNORECASE,
)
PLAIN: Final = re.compile(r"\b(app store|blank spaces?|free space)\b", re.IGNORECASE)
FOR_BUILDERS: Final = {  # read by whoever builds on this, or told only behind "for whoever looks into it"
    "collar_sync/__main__.py": "the command that looks through files",
    "collar_sync/node/verify.py": "what that command says",
    "collar_sync/ids.py": "an app handed over no id",
    "collar_sync/core/identity.py": "an app's or our own mistake",
    "collar_sync/core/statement.py": "an app's mistake, or what another sent",
    "collar_sync/core/sketch.py": "an app's mistake, or what another sent",
    **dict.fromkeys(
        (f"collar_sync/core/{name}.py" for name in ("binding", "change", "inspect", "lineage", "session")),
        "what another device sent and no honest one sends",
    ),
}
SAID_TO_BUILDERS: Final = {  # the same, of modules that say something to people too
    "A proof came that belongs to another space.",
    "A message named a document in a form that no shared document has.",
    "A snapshot came that holds nothing.",
    "A snapshot came that cannot be loaded.",
    "A snapshot came that unfolds into more than any document holds.",
    "A snapshot came that nothing can load within the memory and time there is for it.",
    "A snapshot is longer than 16 MiB.",
    "A document's name has 1 to 64 characters.",
    "The form of a document's records is a class made of msgspec.Struct.",
}


def _texts(source: str) -> Iterator[str]:
    """Every text of a module but its docstrings; what is filled in reads as {}."""
    tree = ast.parse(source)
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed |= {id(each) for each in node.values}
            yield "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            yield node.value


def _built(texts: Iterator[str]) -> list[str]:
    """Those that are a sentence with a word of builders in it."""
    found = (" ".join(text.split()) for text in texts if SENTENCE.fullmatch(text) and " " in text)
    return [each for each in found if BUILDERS.search(re.sub(r"\{[^}]*\}", "", PLAIN.sub("", each)))]


def _modules() -> list[str]:
    both = (*(ROOT / "collar_sync").rglob("*.py"), *(ROOT / "demo_app").glob("*.py"))
    names = (path.relative_to(ROOT).as_posix() for path in both)
    return sorted(name for name in names if not name.startswith("collar_sync/testing/") and name not in FOR_BUILDERS)


def test_no_sentence_that_reaches_a_person_is_in_the_words_of_builders() -> None:
    found = {name: _built(_texts((ROOT / name).read_text())) for name in _modules()}
    amiss = {name: left for name, texts in found.items() if (left := [t for t in texts if t not in SAID_TO_BUILDERS])}
    assert amiss == {}
    said = {text for texts in found.values() for text in texts}
    assert said == SAID_TO_BUILDERS, "what is said no more is listed no more"


def test_no_sentence_of_the_page_is_either() -> None:
    strings = sorted((ROOT / "demo_app/static/strings").glob("*.js"))
    texts = [text for path in strings for text in re.findall(r"[\"`]([^\"`\n]+)[\"`]", path.read_text())]
    assert len(texts) > len(strings)
    assert _built(iter(texts)) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ('raise X("The store is closed. Open it again.")', ["The store is closed. Open it again."]),
        ('raise X(f"{name} is in no space here.")', ["{} is in no space here."]),
        ('"""A store."""\ndef f():\n    """A space."""\n    return "A record."', []),
        ('X = "SELECT id FROM documents"', []),
    ],
)
def test_a_sentence_in_the_words_of_builders_is_found(planted: str, found: list[str]) -> None:
    assert _built(_texts(planted)) == found
