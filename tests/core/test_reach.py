"""From what came of looking for a device to why it is not connected: each row of the table, and no address in any."""

import re

import pytest

from collar_sync.core.reach import SENTENCES, Cause, Tries
from collar_sync.errors import How

NOW = 10_000_000
LATER = NOW + 180_001

ROWS: list[tuple[str, list[tuple[str, How | None]], bool, int, Cause]] = [
    ("nothing ever came", [], False, NOW, Cause.NOBODY),
    ("only kept addresses were tried", [("kept", "silent")], False, NOW, Cause.NOBODY),
    ("others are heard", [("kept", "refused")], True, NOW, Cause.UNHEARD),
    ("just heard", [("heard", None)], True, NOW, Cause.TRYING),
    ("heard and silent", [("heard", None), ("announced", "silent")], True, NOW, Cause.APART),
    ("heard and no way there", [("heard", None), ("announced", "no way")], True, NOW, Cause.APART),
    ("heard and turned away", [("heard", None), ("announced", "refused")], True, NOW, Cause.TURNED_AWAY),
    ("heard long ago and silent", [("heard", None), ("announced", "silent")], True, LATER, Cause.QUIET),
    ("heard long ago, not tried", [("heard", None)], True, LATER, Cause.QUIET),
    ("answers without knowing us", [("heard", None), ("announced", "unanswered")], True, NOW, Cause.UNKNOWN_THERE),
    ("the same at a typed address", [("kept", "unanswered")], False, NOW, Cause.UNKNOWN_THERE),
    ("something else at a typed address", [("kept", "strange")], False, NOW, Cause.STRANGE),
    ("was there", [("heard", None), ("reached", None), ("announced", "silent")], True, NOW, Cause.AWAY),
    ("was there and knows us no more", [("reached", None), ("kept", "unanswered")], True, NOW, Cause.UNKNOWN_THERE),
]


@pytest.mark.parametrize(("story", "happened", "anybody", "when", "cause"), ROWS, ids=[row[0] for row in ROWS])
def test_the_cause_follows_from_what_happened(
    story: str, happened: list[tuple[str, How | None]], anybody: object, when: int, cause: Cause
) -> None:
    tries = Tries()
    for what, how in happened:
        match what:
            case "heard":
                tries.heard(NOW)
            case "reached":
                tries.reached()
            case _:
                assert how is not None
                tries.failed(how, announced=what == "announced")
    assert tries.cause(when, anybody=bool(anybody), met=True) is cause
    unmet = Cause.UNMET if cause is Cause.UNHEARD else cause
    assert tries.cause(when, anybody=bool(anybody), met=False) is unmet, "and where it was never met"


def test_every_cause_happens_and_has_a_sentence_without_an_address() -> None:
    told = {row[-1] for row in ROWS} | {Cause.UNMET}
    assert told == set(Cause) - {Cause.GREETING}, "which is for a connection that stands"
    assert set(Cause) == set(SENTENCES)
    for sentence in SENTENCES.values():
        assert not re.search(r"\d|port|\{", sentence)
        assert sentence.endswith(".")
