"""The page ends its sentences as the library does."""

import re
from pathlib import Path

import demo_app
from collar_sync.core import quoting

GRAMMAR = Path(demo_app.__file__).parent / "static" / "strings" / "grammar.js"


def test_what_ends_a_sentence_ends_it_on_the_page_too() -> None:
    found = re.search(r"^const STOPPED = /(.+)/u;$", GRAMMAR.read_text(), re.MULTILINE)
    assert found is not None
    stopped = re.compile(found[1])
    for sign in map(chr, range(0x20, 0xD800)):
        for text in (f"a{sign}", f"a.{sign}", f"a{sign}”", f"a.”{sign}"):
            assert (stopped.search(text) is None) == (quoting.ended(text) != text), ascii(text)
